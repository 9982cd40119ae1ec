"""Concrete flows, one or millions of them -> what decides each: fast."""
