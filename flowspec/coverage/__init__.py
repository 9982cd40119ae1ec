"""A spec and a network -> which permitted flows and which rules no intent or boundary speaks about."""
