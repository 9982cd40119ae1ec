"""A plan document as anybody would read it: from the JSON alone, against the naive evaluator."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from flowspec.views.json import view
from flowspec.views.style import Style
from tests.engine.generated import INTERNET
from tests.naive import Network, Packet, side
from tests.naive.dice import Dice
from tests.naive.resources import Json
from tests.plan.differential import Case
from tests.plan.sampling import Names, corners, is_platform, places_of
from tests.plan.test_suggestions import is_shared

SEEDS = 1500 if os.environ.get("FLOWSPEC_DEEP") == "1" else 20
CHUNK = 10
PACKETS = 2


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_what_a_document_says_is_so(first: int) -> None:
    found: Counter[str] = Counter()
    for seed in range(first, first + CHUNK):
        case = Case(seed)
        if not is_shared(case):
            checker = Checker(case, json.loads(view(case.before.report, Style())))
            found.update(checker.flows())
            found.update(checker.proofs())
            found.update(checker.steps())
    assert min(found[kind] for kind in ("passing", "stopped", "drift", "opens", "closes", "step")) >= 3, found


class Checker:
    """Holds a document to the network that it is about."""

    def __init__(self, case: Case, document: Any) -> None:
        self.case, self.document, self.dice = case, document, Dice(case.drawn.seed ^ 0xD0C)
        self.resources: list[Json] = list(case.drawn.resources)
        self.before = self.network(self.resources)
        self.names = Names(self.before)

    def network(self, resources: Iterable[Json]) -> Network:
        return replace(self.case.drawn, resources=list(resources)).network(INTERNET)

    def packets(self, pairs: Iterable[Any]) -> Iterator[Packet]:
        for pair in list(pairs)[:3]:
            for packet in corners(self.names, SimpleNamespace(**pair), self.dice, PACKETS):  # type: ignore[arg-type]
                if not is_platform(packet) and packet.source != packet.destination:
                    yield packet

    # What is judged

    def flows(self) -> Iterator[str]:
        for intent in self.document["intents"]:
            wanted = {"passing": "Allow", "stopped": "Deny"}
            wanted["drift"] = "Deny" if intent["expect"] == "Allow" else "Allow"
            for kind, expected in wanted.items() if self.is_either(intent) else ():
                for packet in self.packets(intent["flows"][kind]):
                    told = f"seed {self.case.drawn.seed}: {intent['address']} {kind}: {packet}"
                    assert self.fares(intent, packet) in (expected, "Unknown"), told
                    yield kind

    def is_either(self, intent: Any) -> bool:
        """A flow is stopped at whichever end does."""
        return self.case.spec.naive.get(intent["address"], {"at": "no intent"}).get("at", "either") == "either"

    def fares(self, intent: Any, packet: Packet) -> str:
        """Denied at one end, permitted at both, or not known; who is no party of the intent has no say."""
        checks = [(check["direction"], (*check["nics"], *check["subnets"])) for check in intent["checks"]]
        parties = {(place.lower(), way) for way, places in checks for place in places}
        ends = [("Outbound", packet.source), ("Inbound", packet.destination)]
        judged = [(place, way) for way, point in ends for place in places_of(self.before, point)]
        sides = {
            side(self.before, place, way, packet).access
            for place, way in judged
            if (place.lower().partition("/ipconfigurations/")[0], way) in parties
        }
        return "Deny" if "Deny" in sides else "Unknown" if "Unknown" in sides else "Allow"

    # What is proved

    def proofs(self) -> Iterator[str]:
        changes = self.document["suggested_changes"]
        for batch in sorted({change["batch"] for change in changes}):
            mine = [change for change in changes if change["batch"] == batch]
            after = self.network(self.applied(mine))
            for change in mine:
                rule = change["change"]["after"] or change["change"]["before"]
                for verb, (was, now) in {"opens": ("Deny", "Allow"), "closes": ("Allow", "Deny")}.items():
                    for place, packet in self.at_home(change["proof"][verb], rule["direction"]):
                        then, here = (side(n, place, rule["direction"], packet).access for n in (self.before, after))
                        told = f"seed {self.case.drawn.seed}: {change['rule']} {verb}: {packet}: {then} -> {here}"
                        assert then in (was, "Unknown") and here in (now, "Unknown"), told
                        yield verb

    def at_home(self, boxes: Iterable[Any], direction: str) -> Iterator[tuple[str, Packet]]:
        """Packets of one-sided boxes, at who is judged there."""
        ends = ("remote", "local") if direction == "Inbound" else ("local", "remote")
        pairs = [
            {"protocol": box["protocol"], "source": box[ends[0]], "source_ports": box[f"{ends[0]}_ports"],
             "destination": box[ends[1]], "destination_ports": box[f"{ends[1]}_ports"]}
            for box in boxes
        ]  # fmt: skip
        for packet in self.packets(pairs):
            local = packet.destination if direction == "Inbound" else packet.source
            yield from ((place, packet) for place in places_of(self.before, local)[:1])

    # What is to be done

    def steps(self) -> Iterator[str]:
        now = deepcopy(self.resources)
        for step in self.document["steps"]:
            made(now, step)
            yield "step"
        assert rules(now) == rules(self.applied(self.document["suggested_changes"])), self.case.drawn.seed
        assert bool(self.document["steps"]) == bool(self.document["suggested_changes"])

    def applied(self, changes: Iterable[Any]) -> list[Json]:
        found = deepcopy(self.resources)
        for change in sorted(changes, key=lambda change: change["change"]["after"] is not None):
            made(found, {**change["change"], "nsg": change["nsg"], "rule": change["rule"]}, is_checked=False)
        return found


def made(resources: list[Json], step: Any, *, is_checked: bool = True) -> None:
    """A rule written whole, or gone; between two steps no rules of a direction share a priority."""
    (nsg,) = [one for one in resources if str(one.get("id")).lower() == step["nsg"].lower()]
    there: list[Json] = nsg["properties"].setdefault("securityRules", [])
    there[:] = [rule for rule in there if rule["name"].lower() != step["rule"].lower()]
    if step["after"] is not None:
        written = {name: value for name, value in step["after"].items() if value not in (None, [])}
        there.append({"name": step["rule"], "properties": written})
    for direction in ("inbound", "outbound"):
        mine = [r["properties"]["priority"] for r in there if r["properties"]["direction"].lower() == direction]
        assert not is_checked or len(mine) == len(set(mine)), step


def rules(resources: Iterable[Json]) -> dict[str, list[str]]:
    return {one["id"]: sorted(map(str, one["properties"].get("securityRules", []))) for one in resources if "id" in one}
