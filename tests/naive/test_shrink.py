"""Failures are shown on small networks."""

from __future__ import annotations

import pytest

from tests.naive.networks import Drawn, draw
from tests.naive.shrink import hold, shrunk


def rules_of(drawn: Drawn) -> list[str]:
    return [
        rule["name"] for resource in drawn.resources for rule in resource.get("properties", {}).get("securityRules", [])
    ]


def test_what_fails_for_one_rule_is_shrunk_to_that_rule() -> None:
    drawn = next(found for found in map(draw, range(50)) if len(rules_of(found)) > 5)
    wanted = rules_of(drawn)[3]

    def check(network: Drawn) -> None:
        assert wanted not in rules_of(network)

    small = shrunk(drawn, check)
    assert rules_of(small) == [wanted]
    assert len(small.resources) == 1
    assert not small.places


def test_another_failure_does_not_pass_for_this_one() -> None:
    drawn = draw(3)

    def check(network: Drawn) -> None:
        if network.resources != drawn.resources:
            raise KeyError("lost")
        raise AssertionError("as it was")

    assert shrunk(drawn, check) is drawn
    with pytest.raises(AssertionError, match=r"(?s)as it was.*seed 3, shrunk to:"):
        hold(drawn, check)


def test_what_holds_is_silent() -> None:
    hold(draw(1), lambda drawn: None)
