"""Lint: exact, and silent where nothing is wrong."""
