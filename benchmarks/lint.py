"""Rules that could go, union shadowing included, in NSGs of 1,000 rules."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.policies import realistic
from benchmarks.timing import Row, peak, timed
from flowspec.engine.lint import dead_rules
from flowspec.engine.policy import Policy


def run(seed: int) -> Iterator[Row]:
    policy = realistic(seed, 1000).policy
    for number, layer in enumerate(policy.layers):
        found, took = timed(dead_rules, Policy(policy.direction, (layer,)))
        shadowed = sum(dead.shadowed for dead in found)
        told = f"{took * 1000:.0f} ms: {shadowed} shadowed, {len(found) - shadowed} redundant"
        yield Row(f"shadowed and redundant of 1,000 rules, NSG {number + 1}", told, goal="< 500 ms", met=took < 0.5)
    yield Row("peak memory of lint", f"{peak():.0f} MB")
