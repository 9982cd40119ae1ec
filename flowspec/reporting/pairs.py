"""A judgement -> the pairs of groups that its intent speaks of, and what becomes of the flows between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from flowspec.intents.cover import emptied, places_of
from flowspec.intents.groups import Groups, Members
from flowspec.intents.judgement import Judgement
from flowspec.intents.questions import Question
from flowspec.model.documents.network_map import PairState
from flowspec.model.documents.plan import GroupPair, Status
from flowspec.model.inventory import Access, Direction
from flowspec.model.spec import Boundary, EnforceAt, Intent
from flowspec.network.index import Network
from flowspec.sets.flows import FlowSet, between
from flowspec.sets.intervals import ALL_NUMBERS, AddressSet
from flowspec.sets.sample import Sample

EVERYONE_ELSE = "everyone else"
_MOST = 400
"""Pairs of one intent that are listed."""
_ROOM = 50_000
"""Pairs of all intents that are listed: some 6 MB of a plan document."""


@dataclass(slots=True)
class PairTeller:
    """Tells pairs of groups apart; each group is resolved once. `room`: how many pairs are still listed."""

    network: Network
    groups: Groups
    room: int = _ROOM
    _places: dict[str, AddressSet | None] = field(default_factory=dict)

    def pairs(self, judgement: Judgement) -> tuple[tuple[GroupPair, ...], int]:
        """The pairs, and how many are left out."""
        named = _named(judgement.question.of)
        alone = len(named) == 1
        found = tuple(self._pair(judgement, *ends, alone=alone) for ends in islice(named, min(_MOST, self.room)))
        self.room -= len(found)
        return found, len(named) - len(found)

    def _pair(self, judgement: Judgement, source: str, destination: str, *, alone: bool) -> GroupPair:
        names = {"source": _shown(source), "destination": _shown(destination)}
        if is_open(judgement):
            return GroupPair(**names, state="unknown", drift=judgement.status is Status.DRIFTED)
        unsure = FlowSet.union_all(one.flows for one in judgement.unsure)
        sets = (judgement.passing, judgement.stopped, unsure, judgement.drift)
        if not alone:
            ends = self._of(source), self._of(destination)
            if ends[0] is None or ends[1] is None or any(isinstance(flows, Sample) for flows in sets):
                return GroupPair(**names, state="untold", drift=judgement.status is Status.DRIFTED)
            box = FlowSet((between(ends[0], ends[1]),))
            sets = tuple(flows.intersect(box) for flows in sets)  # type: ignore[assignment]
        oneself = judgement.question.oneself
        passing, stopped, unknown, drift = (not emptied(flows, oneself) for flows in sets)
        return GroupPair(
            **names, state=state_of(judgement, passing=passing, stopped=stopped, unknown=unknown), drift=drift
        )

    def _of(self, name: str) -> AddressSet | None:
        """The addresses of a group; None where others have them too, or it has more."""
        if name == EVERYONE_ELSE:
            return ALL_NUMBERS.union(AddressSet.of((p, p) for p in self.network.points))
        if name not in self._places:
            members = self.groups.members(name)
            here = places_of(self.network, members)
            several = members.virtual_network or members.frontends or members.maybe or self._may_hold_others(members)
            self._places[name] = None if several or here.meets(self.network.ambiguous) else here
        return self._places[name]

    def _may_hold_others(self, members: Members) -> bool:
        """Whether somebody whose address is not known may have one of the group's."""
        mine = members.endpoint_set
        return any(
            one not in mine and self.network.candidates(one).meets(members.addresses) for one in self.network.numberless
        )


def _shown(name: str) -> str:
    return name if name == EVERYONE_ELSE else f"group.{name}"


def is_open(judgement: Judgement) -> bool:
    """Something is not known, and not of which flows."""
    if judgement.question.problems:
        return True
    return any(not one.flows for one in judgement.unsure) or (
        judgement.status is Status.UNKNOWN and not judgement.unsure
    )


def state_of(judgement: Judgement, *, passing: bool, stopped: bool, unknown: bool) -> PairState:
    """Of what is judged at one side alone, what passes there may be stopped at the other."""
    if unknown:
        return "unknown"
    if passing and _is_one_sided(judgement.question):
        return "open"
    if passing and stopped:
        return "partly"
    return "permitted" if passing else "denied" if stopped else "none"


def _is_one_sided(question: Question) -> bool:
    return isinstance(question.of, Boundary) or (question.expect is Access.DENY and question.at is not EnforceAt.EITHER)


def _named(of: Intent | Boundary) -> list[tuple[str, str]]:
    """Source and destination, each pair once; a boundary has those of each of its directions."""
    return list(dict.fromkeys(_ends(of)))


def _ends(of: Intent | Boundary) -> Iterator[tuple[str, str]]:
    if isinstance(of, Intent):
        yield from ((source, destination) for source in of.sources for destination in of.destinations)
        return
    beyond = (EVERYONE_ELSE,) if of.remote is None else of.remote
    for here in of.around:
        for there in beyond:
            if Direction.INBOUND in of.directions:
                yield there, here
            if Direction.OUTBOUND in of.directions:
                yield here, there
