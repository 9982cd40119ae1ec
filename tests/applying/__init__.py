"""Plans applied to the twin."""
