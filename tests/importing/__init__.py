"""What no intent or boundary speaks about."""
