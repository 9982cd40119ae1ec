"""The steps of plans over drawn networks, made one by one: the naive evaluator finds nothing cut and nothing opened."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pytest

from flowspec.model.documents.plan import Change, Proof
from tests.engine.generated import INTERNET
from tests.naive import Network, Packet, side
from tests.naive.resources import lower_id
from tests.plan.differential import Case
from tests.plan.patching import patched
from tests.plan.sampling import places_of
from tests.plan.stepping import stepped

SEEDS = 1500 if os.environ.get("FLOWSPEC_DEEP") == "1" else 24
CHUNK = 12
PACKETS = 14 if SEEDS > 100 else 3
NOTHING = Proof(opens=(), closes=(), intents_checked=0, intents_changed=())


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_nothing_is_cut_or_opened_on_the_way(first: int) -> None:
    found: Counter[str] = Counter()
    for seed in range(first, first + CHUNK):
        case = Case(seed)
        report = case.before.report
        assert bool(report.steps) == bool(report.suggested_changes)
        states = list(stepped(case.drawn.resources, report.steps))
        if not states:
            continue
        found["steps"] += len(states)
        last = patched(case.drawn.resources, report.suggested_changes)
        assert rules_of(states[-1]) == rules_of(last), f"seed {seed}: the steps do not come to the changes"
        networks = [replace(case.drawn, resources=each).network(INTERNET) for each in (case.drawn.resources, *states)]
        for place, direction, packet in asked(case):
            found[check_packet(case, networks, place, direction, packet)] += 1
    assert found["steps"] >= CHUNK and min(found["changes"], found["stays"]) >= CHUNK, found


def rules_of(resources: list[dict[str, object]]) -> dict[str, list[str]]:
    nsgs = Network(resources).of_type("networkSecurityGroups")
    return {lower_id(nsg["id"]) or "": sorted(map(str, nsg["properties"].get("securityRules", []))) for nsg in nsgs}


def asked(case: Case) -> Iterator[tuple[str, str, Packet]]:
    """Places and packets around what the changes open and close, and anywhere near their rules."""
    batches: dict[int, list[Change]] = {}
    for change in case.before.report.suggested_changes:
        batches.setdefault(change.batch, []).append(change)
    for batch in batches.values():
        for direction in ("Inbound", "Outbound"):
            proofs = [c.proof for c in batch if direction_of(c) == direction] or [NOTHING]
            for place, packet in islice(case.packets(batch, proofs[0], direction, PACKETS), 3 * PACKETS):
                yield place, direction, packet


def direction_of(change: Change) -> str:
    rule = change.change.after or change.change.before
    assert rule is not None
    return rule.direction


def check_packet(case: Case, networks: list[Network], place: str, direction: str, packet: Packet) -> str:
    """One side, and the whole flow where the other end is judged too: who fares the same in the end does on the way."""
    other = {"Inbound": "Outbound", "Outbound": "Inbound"}[direction]
    remote = packet.source if direction == "Inbound" else packet.destination
    sides = [(place, direction), *((there, other) for there in places_of(case.before.naive, remote)[:1])]
    fares = [[side(network, there, way, packet).access for there, way in sides] for network in networks]
    told = f"seed {case.drawn.seed}: {fares}: {packet} at {sides}"
    for one in zip(*fares, strict=True):
        assert one[0] != one[-1] or set(one) == {one[0]}, told
    whole = [together(found) for found in fares]
    assert whole[0] != whole[-1] or set(whole) == {whole[0]}, told
    return "stays" if whole[0] == whole[-1] else "changes"


def together(sides: list[str]) -> str:
    """Denied at one end, or permitted at all, or not known."""
    return "Deny" if "Deny" in sides else "Unknown" if "Unknown" in sides else "Allow"
