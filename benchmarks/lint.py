"""Rules that could go, union shadowing included, in NSGs of 1,000 rules; what is shadowed, against a diagram."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.peers import DiagramPolicy
from benchmarks.policies import realistic
from benchmarks.timing import Row, timed
from flowspec.engine.lint import dead_rules
from flowspec.engine.policy import Layer, Policy
from flowspec.model.inventory import Direction
from flowspec.model.netset import NUMBERED_PORTS, PORTED, V4, Box

_SEEN = Box(PORTED, V4, NUMBERED_PORTS, V4, NUMBERED_PORTS)
"""The flows that the peer knows."""


def run(seed: int) -> Iterator[Row]:
    policy = realistic(seed, 1000).policy
    for number, layer in enumerate(policy.layers):
        found, took = timed(dead_rules, Policy(policy.direction, (layer,)))
        shadowed = {dead.decider for dead in found if dead.shadowed}
        told = f"{took * 1000:.0f} ms: {len(shadowed)} shadowed, {len(found) - len(shadowed)} redundant"
        what = f"shadowed and redundant of 1,000 rules, NSG {number + 1}"
        yield Row(what, told, goal="< 500 ms", met=took < 0.5)
        yield _against_diagrams(f"shadowed among Tcp and Udp over IPv4, NSG {number + 1}, against oxidd", layer)


def _against_diagrams(what: str, layer: Layer) -> Row:
    """The peer tells what is shadowed, not what is redundant."""
    variants = tuple(replace(v, box=v.box.intersect(_SEEN)) for v in layer.variants if v.box.meets(_SEEN))
    seen = replace(layer, variants=variants)
    found, ours = timed(dead_rules, Policy(Direction.INBOUND, (seen,)))
    shadowed, theirs = timed(DiagramPolicy(Policy(Direction.INBOUND, ())).shadowed, seen)
    assert {dead.decider for dead in found if dead.shadowed} == shadowed, "the diagram finds others shadowed"
    told = f"{theirs * 1000:.0f} ms: {len(shadowed)} shadowed"
    return Row(what, f"{ours * 1000:.0f} ms", told, theirs / ours)
