"""A judgement that drifts -> its causes: the rules that decided, the flows and NICs of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from flowspec.decide.exact import Part
from flowspec.intents.cover import emptied
from flowspec.intents.judgement import Checked, Judgement
from flowspec.intents.questions import Question
from flowspec.model.inventory import Access, Direction, key
from flowspec.model.spec import Boundary
from flowspec.model.spec import EnforceAt as At
from flowspec.policy.layers import Decider
from flowspec.sets.flows import FlowSet, between
from flowspec.sets.intervals import ALL_ADDRESSES, AddressSet


@dataclass(frozen=True, slots=True)
class Blame:
    """Drifted flows at one side and who decided them: `part` of `check`, and the other side's deciders."""

    check: Checked
    part: Part
    flows: FlowSet
    others: tuple[Decider, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseFound:
    """All blames that name the same rules. `direction` None: several."""

    deciders: tuple[Decider, ...]
    blames: tuple[Blame, ...]
    flows: FlowSet
    endpoints: tuple[str, ...]
    direction: Direction | None


_FOUND: WeakKeyDictionary[Judgement, tuple[CauseFound, ...]] = WeakKeyDictionary()


def causes_of(judgement: Judgement) -> tuple[CauseFound, ...]:
    """The drift grouped by what decided it, the largest group first; worked out once for each judgement."""
    if judgement not in _FOUND:
        _FOUND[judgement] = _causes(judgement)
    return _FOUND[judgement]


def _causes(judgement: Judgement) -> tuple[CauseFound, ...]:
    told = judgement.shattered
    if told is not None:
        return (
            CauseFound(
                deciders=told.deciders,
                blames=(),
                flows=judgement.drift,
                endpoints=told.endpoints,
                direction=told.direction,
            ),
        )
    groups: dict[tuple[object, ...], list[Blame]] = {}
    for blame in _blames(judgement):
        if not emptied(blame.flows, judgement.question.oneself):
            groups.setdefault(_identity(blame), []).append(blame)
    found = [_cause(blames, judgement.question) for blames in groups.values()]
    return tuple(sorted(found, key=lambda cause: -len(cause.endpoints)))


def _identity(blame: Blame) -> tuple[object, ...]:
    return (blame.check.direction, *(_same(decider) for decider in (blame.part.decider, *blame.others)))


def _same(decider: Decider) -> tuple[str, str]:
    return key(decider.nsg), decider.rule.display if decider.rule is not None else decider.note


def _cause(blames: list[Blame], question: Question) -> CauseFound:
    flows = FlowSet.union_all(blame.flows for blame in blames).merged()
    endpoints = dict.fromkeys(name for blame in blames for name in judged_in(question, blame.check, blame.flows))
    deciders = (blames[0].part.decider, *blames[0].others)
    directions = {blame.check.direction for blame in blames}
    return CauseFound(
        deciders=deciders,
        blames=tuple(blames),
        flows=flows,
        endpoints=tuple(endpoints),
        direction=directions.pop() if len(directions) == 1 else None,
    )


def judged_in(question: Question, check: Checked, flows: FlowSet) -> Iterator[str]:
    """The ids of the NICs and whole subnets of a check at which some of the flows are judged."""
    inbound = check.direction is Direction.INBOUND
    local = AddressSet.of(span for box in flows.boxes for span in (box.destinations if inbound else box.sources).spans)
    yield from (e.nic.id for e in check.party.endpoints if e.place in local or check.party.forwards)
    rest = (question.destinations if inbound else question.sources).rest
    left = local.subtract(AddressSet.of((e.place, e.place) for e in check.party.endpoints))
    if left:
        yield from (subnet for subnet in check.party.subnets if left.intersect(rest.get(key(subnet), left)))


def _blames(judgement: Judgement) -> Iterator[Blame]:
    question = judgement.question
    if question.expect is Access.ALLOW:
        yield from _wrong(judgement, Access.DENY, None)
        return
    out = [c for c in judgement.checks if c.direction is Direction.OUTBOUND]
    into = [c for c in judgement.checks if c.direction is Direction.INBOUND]
    if isinstance(question.of, Boundary) or question.at is At.BOTH or not (out and into):
        yield from _wrong(judgement, Access.ALLOW, None)
    elif question.at is At.SOURCE:
        yield from _wrong(judgement, Access.ALLOW, Direction.OUTBOUND)
        yield from _within(_wrong(judgement, Access.ALLOW, Direction.INBOUND), sources=question.sources.foreign)
    else:
        for blame in _wrong(judgement, Access.ALLOW, Direction.INBOUND):
            others = _across(out, blame.flows) if question.at is At.EITHER else ()
            yield Blame(blame.check, blame.part, blame.flows, others)
        there = question.destinations.foreign
        yield from _within(_wrong(judgement, Access.ALLOW, Direction.OUTBOUND), destinations=there)


def _within(
    blames: Iterable[Blame], sources: AddressSet = ALL_ADDRESSES, destinations: AddressSet = ALL_ADDRESSES
) -> Iterator[Blame]:
    """The part of blames at an end that leaves it to the other: it has no filter."""
    box = FlowSet((between(sources, destinations),))
    for blame in blames:
        flows = blame.flows.intersect(box)
        if flows:
            yield Blame(blame.check, blame.part, flows)


def _wrong(judgement: Judgement, access: Access, direction: Direction | None) -> Iterator[Blame]:
    """The parts that answer otherwise than wished, where that makes the drift."""
    for check in judgement.checks:
        if direction in (None, check.direction):
            for part in check.verdict.parts:
                if part.access is access and (flows := part.flows.intersect(judgement.drift)):
                    yield Blame(check, part, flows)


def _across(checks: list[Checked], flows: FlowSet) -> tuple[Decider, ...]:
    """The deciders of the other side that let the same flows pass."""
    found: dict[tuple[str, str], Decider] = {}
    for check in checks:
        for part in check.verdict.parts:
            if part.access is Access.ALLOW and part.flows.meets(flows):
                found.setdefault(_same(part.decider), part.decider)
    return tuple(found[name] for name in sorted(found))
