"""Mistakes planted into the package one at a time: the suite must notice each of them. `python -m tests.mutations`."""
