"""Judgements -> what fails of an intent, flow by flow and place by place, and how much of it is new.

An address does not tell whose it is where address spaces overlap, or where it was given to another subnet. So flows are
kept for each subnet at which they are judged, and only flows of the same place count as known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flowspec.intents.judgement import Checked, Judgement
from flowspec.intents.questions import Question
from flowspec.model.documents.gate import Standing
from flowspec.model.documents.values import Status
from flowspec.model.inventory import Access, Direction, key
from flowspec.sets.flows import NO_FLOWS, FlowSet, between
from flowspec.sets.intervals import AddressSet
from flowspec.sets.sample import Sample

Places = Mapping[str, FlowSet]
"""Where flows are judged (a direction, and the key of a subnet or NIC; "" for all of them together) -> flows."""

MOST = 5000
"""Boxes of drift that are compared; what falls into more is not."""
NOT_COMPARED = "it falls into too many pieces to be held against what was known"
_RANKS = (Status.SATISFIED, Status.UNKNOWN, Status.DRIFTED, Status.ERRORED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """What is not as wished of one intent: the drift, and by reason what is not known, both by place.

    `is_exact` is false where the flows are too many to be written down: then nothing of it can be told to be known.
    """

    status: Status
    expect: str
    drift: Places = field(default_factory=dict)
    unknown: Mapping[str, Places] = field(default_factory=dict)
    is_exact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Worsened:
    """How an intent stands as against before: the flows that drift or are in doubt now and were not."""

    standing: Standing
    before: Status | None
    drift: FlowSet = NO_FLOWS
    unknown: FlowSet = NO_FLOWS
    reasons: tuple[str, ...] = ()


def failing(judgement: Judgement) -> Failing:
    """What fails of an intent that was judged."""
    question = judgement.question
    status, expect = judgement.status, str(question.expect)
    if status in (Status.SATISFIED, Status.ERRORED):
        return Failing(status=status, expect=expect)
    sets = [judgement.drift, *(unsure.flows for unsure in judgement.unsure)]
    if judgement.shattered is not None or any(isinstance(f, Sample) or len(f.boxes) > MOST for f in sets):
        return Failing(status=status, expect=expect, is_exact=False)
    unknown: dict[str, dict[str, FlowSet]] = {}
    for unsure in judgement.unsure:
        places = unknown.setdefault(unsure.reason, {})
        for where, flows in _by_place(judgement, unsure.flows, sure=False).items():
            places[where] = places.get(where, NO_FLOWS).union(flows)
    return Failing(
        status=status, expect=expect, drift=_by_place(judgement, judgement.drift, sure=True), unknown=unknown
    )


def _by_place(judgement: Judgement, flows: FlowSet, *, sure: bool) -> dict[str, FlowSet]:
    """The flows by where a filter answers otherwise than wished, and all of them."""
    found = {"": flows}
    for check in judgement.checks if flows else ():
        wrong = flows.intersect(_wrong(check, judgement.question.expect, sure=sure))
        for where, addresses in _holders(check, judgement.question) if wrong else ():
            outbound = check.direction is Direction.OUTBOUND
            here = between(addresses) if outbound else between(destinations=addresses)
            if held := wrong.intersect(FlowSet((here,))):
                name = f"{check.direction.value} {where}"
                found[name] = found.get(name, NO_FLOWS).union(held)
    return found


def _wrong(check: Checked, expect: Access, *, sure: bool) -> FlowSet:
    """What one side says that is not as wished; with what it does not know, unless that is to be `sure`."""
    if sure:
        return check.allowed() if expect is Access.DENY else check.denied()
    return FlowSet.disjoint(part.flows for part in check.verdict.parts if part.access is not expect)


def _holders(check: Checked, question: Question) -> Iterator[tuple[str, AddressSet]]:
    """Who is judged in a check: subnets with the addresses of theirs, and NICs where no subnet tells them apart."""
    party = check.party
    if party.forwards or party.arrival is not None:
        for endpoint in party.endpoints:
            yield (
                f"{key(endpoint.nic.id)} for others",
                (party.addresses if party.forwards else AddressSet.one(endpoint.place)),
            )
        return
    spans: dict[str, list[tuple[int, int]]] = {}
    for endpoint in party.endpoints:
        held = endpoint.subnet or key(endpoint.nic.id)
        spans.setdefault(held, []).append((endpoint.place, endpoint.place))
    side = question.sources if check.direction is Direction.OUTBOUND else question.destinations
    for subnet in party.subnets:
        spans.setdefault(key(subnet), []).extend(side.rest[subnet].spans)
    yield from ((held, AddressSet.of(found)) for held, found in spans.items())


def worsened(after: Failing, before: Failing | None, turned: FlowSet = NO_FLOWS) -> Worsened:
    """How an intent stands; `before` None: it was not judged. What can't be compared is not known.

    `turned`: flows for which other answers are possible than before. Doubt of them is new, whatever its reason.
    """
    was = before if before is not None and before.expect == after.expect else None
    was = was if was is not None and was.status is not Status.ERRORED else None
    status = was.status if was is not None else None
    failed = was is not None and was.status is not Status.SATISFIED
    if after.status is Status.SATISFIED:
        return Worsened(standing=Standing.MENDED if failed else Standing.KNOWN, before=status)
    grown = Standing.WORSE if failed else Standing.NEW
    if was is None or not failed:
        return Worsened(
            standing=grown,
            before=status,
            drift=after.drift.get("", NO_FLOWS),
            unknown=FlowSet.union_all(places.get("", NO_FLOWS) for places in after.unknown.values()),
            reasons=tuple(after.unknown),
        )
    if not (after.is_exact and was.is_exact):
        return Worsened(standing=grown, before=status, reasons=(NOT_COMPARED,))
    drift = _beyond(after.drift, [was.drift])
    doubts: dict[str, FlowSet] = {}
    for reason, places in after.unknown.items():
        known = was.unknown.get(reason)
        left = _beyond(places, [was.drift, known or {}])
        left = left.union(places.get("", NO_FLOWS).intersect(turned).subtract(was.drift.get("", NO_FLOWS)))
        if left or (known is None and not places.get("")):
            doubts[reason] = left
    is_known = not drift and not doubts and _RANKS.index(after.status) <= _RANKS.index(was.status)
    return Worsened(
        standing=Standing.KNOWN if is_known else grown,
        before=status,
        drift=drift,
        unknown=FlowSet.union_all(doubts.values()),
        reasons=tuple(doubts),
    )


def _beyond(after: Places, before: list[Places]) -> FlowSet:
    """The flows of each place that were not there before."""
    left = []
    for where, flows in after.items():
        for known in before:
            flows = flows.subtract(known.get(where, NO_FLOWS))
        left.append(flows)
    return FlowSet.union_all(left)
