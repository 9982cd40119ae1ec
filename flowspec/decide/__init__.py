"""A policy and a set of flows -> what is allowed, denied and unknown, and what decided it: exact."""
