"""The settings of the property tests: the same examples every time, more of them with FLOWSPEC_DEEP=1."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.engine.seeds import DEEP

LAWS = settings(
    derandomize=True,
    deadline=None,
    max_examples=2000 if DEEP else 150,
    suppress_health_check=[HealthCheck.too_slow],
)
