"""A plan's steps -> Azure, one rule at a time, written down before each call; and back again."""
