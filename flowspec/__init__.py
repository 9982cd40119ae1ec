"""Reachability as code for Azure."""

__version__ = "0.1.0"
