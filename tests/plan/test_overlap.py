"""What two rules have in common, as it can be told from their texts: against every flow of a small network."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from flowspec.fixes.overlap import covers, may_meet
from flowspec.model.inventory import Access, Direction, Rule
from tests.naive.dice import Dice

ADDRESSES = [f"10.0.0.{number}" for number in range(4)]
PREFIXES = [f"{address}/32" for address in ADDRESSES] + ["10.0.0.0/31", "10.0.0.2/31", "10.0.0.0/30", "*"]
FLOWS = [(protocol, source, destination, port) for protocol in ("tcp", "udp") for source in ADDRESSES
         for destination in ADDRESSES for port in (1, 2, 3)]  # fmt: skip


def rule(**fields: object) -> Rule:
    plain: dict[str, object] = {
        "name": "r", "priority": 100, "direction": Direction.INBOUND, "access": Access.ALLOW, "sources": ("*",),
        "source_ports": ("*",), "destinations": ("*",), "destination_ports": ("*",),
    }  # fmt: skip
    return Rule(**{**plain, **fields})  # type: ignore[arg-type]


def matches(one: Rule, flow: tuple[str, str, str, int]) -> bool:
    protocol, source, destination, port = flow
    ends = ((one.sources, source), (one.destinations, destination))
    ports = any(text == "*" or int(text[0]) <= port <= int(text[-1]) for text in one.destination_ports)
    return (
        one.protocol.lower() in ("*", protocol)
        and ports
        and all(any(t == "*" or ip_address(a) in ip_network(t) for t in texts) for texts, a in ends)
    )


def drawn(dice: Dice) -> Rule:
    return rule(
        protocol=dice.choice(["Tcp", "udp", "*"]),
        sources=tuple(dice.some(PREFIXES, 1, 2)),
        destinations=tuple(dice.some(PREFIXES, 0, 2)),
        destination_ports=tuple(dice.some(["1", "2", "1-2", "2-3", "*"], 1, 2)),
    )


def test_on_plain_rules_it_is_exact() -> None:
    found = set()
    for seed in range(600):
        dice = Dice(seed)
        one, other = drawn(dice), drawn(dice)
        mine, theirs = ({flow for flow in FLOWS if matches(r, flow)} for r in (one, other))
        assert may_meet(one, other) or not mine & theirs, (one, other)
        assert mine >= theirs or not covers(one, other), (one, other)
        found |= {(may_meet(one, other), covers(one, other))}
        assert may_meet(one, other) == may_meet(other, one)
    assert {(True, True), (True, False), (False, False)} <= found


@pytest.mark.parametrize(("wide", "narrow", "is_covered"), [
    ({"sources": ("Storage",)}, {"sources": ("storage",)}, True),
    ({"sources": ("Storage",)}, {"sources": ("20.0.0.0/24",)}, False),
    ({"sources": ("any",)}, {"sources": ("Storage",)}, True),
    ({"sources": ("0.0.0.0/0",)}, {"sources": ("10.0.0.0/8",)}, True),
    ({"sources": ("10.0.0.0/8",)}, {"sources": ("0.0.0.0/0",)}, False),
    ({"sources": (), "source_asgs": ("/a", "/b")}, {"sources": (), "source_asgs": ("/A",)}, False),
    ({"sources": (), "source_asgs": ("/a",)}, {"sources": (), "source_asgs": ("/A",)}, True),
    ({"sources": ("*",)}, {"sources": (), "source_asgs": ("/a",)}, True),
    ({"destination_ports": ("80", "81-90")}, {"destination_ports": ("80-90",)}, True),
])  # fmt: skip
def test_tags_and_groups_are_what_they_are_called(
    wide: dict[str, object], narrow: dict[str, object], is_covered: bool
) -> None:
    assert covers(rule(**wide), rule(**narrow)) is is_covered
    assert may_meet(rule(**wide), rule(**narrow))
