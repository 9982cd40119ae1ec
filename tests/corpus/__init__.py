"""Reduces recorded Azure answers to the facts under `tests/data` (see the README there)."""
