"""Both sides of a question, decided -> what is not as wished, and what nobody decides (docs/semantics.md, "Intents").

The same code joins boxes and decision diagrams: it knows of flows only what `sets.flows.Flows` promises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from flowspec.intents.questions import Question
from flowspec.intents.sides import Party, Side
from flowspec.model.inventory import Access, Direction
from flowspec.model.spec import Boundary
from flowspec.model.spec import EnforceAt as At
from flowspec.policy.layers import Decider
from flowspec.sets.flows import Flows, between
from flowspec.sets.intervals import NO_ADDRESSES, AddressSet

F = TypeVar("F", bound=Flows)
F_co = TypeVar("F_co", bound=Flows, covariant=True)


class Why(NamedTuple):
    """Why flows are undecided, what would settle it, and the rule in doubt, if it is one."""

    reason: str
    settle: str = ""
    decider: Decider | None = None


class SideAnswer(Protocol[F_co]):
    """What one party's filters say, in one direction, of the flows that it was asked about."""

    @property
    def party(self) -> Party: ...

    @property
    def direction(self) -> Direction: ...

    def allowed(self) -> F_co: ...

    def denied(self) -> F_co: ...

    def open(self) -> F_co:
        """What is not surely denied."""
        ...

    def undecided(self) -> Iterable[tuple[Why, F_co]]: ...


@dataclass(frozen=True, slots=True)
class Joined(Generic[F]):
    """`bad`: what is not as wished. `undecided`: what may not be, by the reason."""

    bad: F
    undecided: Mapping[Why, Sequence[F]]


@dataclass(frozen=True, slots=True)
class Outcome(Generic[F]):
    """The flows of a question in parts. `hinging`: what is bad only if it belongs to the question at all."""

    passing: F
    stopped: F
    drift: F
    hinging: F


def join(question: Question, answers: Sequence[SideAnswer[F]], asked: F) -> Joined[F]:
    """What is not as wished, and what nobody decides, of the flows `asked`."""
    union = asked.union_all
    if question.expect is Access.ALLOW:
        return _joined(union(answer.denied() for answer in answers), ((answer, None) for answer in answers))
    if isinstance(question.of, Boundary):
        return _joined(union(answer.allowed() for answer in answers), ((answer, None) for answer in answers))
    if question.at is At.EITHER:
        allowed, open_ = _passing(question, answers, asked)
        return _joined(allowed, ((answer, open_) for answer in answers))
    required = tuple(_required(question, answers, asked))
    return _joined(union(_within(answer.allowed(), flows) for answer, flows in required), required)


def _joined(bad: F, doubtful: Iterable[tuple[SideAnswer[F], F | None]]) -> Joined[F]:
    """`doubtful`: whose undecided flows are undecided for the question, each within some flows (None: all)."""
    undecided: dict[Why, list[F]] = {}
    for answer, within in doubtful:
        for why, flows in answer.undecided():
            undecided.setdefault(why, []).append(_within(flows.subtract(bad), within))
    return Joined(bad, undecided)


def outcome(question: Question, asked: F, bad: F, undecided: F, uncertain: F) -> Outcome[F]:
    """`asked` in parts, once it is known what is bad and what is undecided. What is `uncertain` is no sure drift."""
    rest = asked.subtract(bad).subtract(undecided)
    passing, stopped = (rest, bad) if question.expect is Access.ALLOW else (bad, rest)
    return Outcome(passing, stopped, bad.subtract(uncertain), bad.intersect(uncertain))


def _passing(question: Question, answers: Sequence[SideAnswer[F]], asked: F) -> tuple[F, F]:
    """The flows that both ends permit, and those that neither end surely denies."""
    allowed, open_ = [], []
    outward = _together(question.sources, _of(answers, Direction.OUTBOUND), _unfiltered(asked, question.sources))
    if outward:
        into = _unfiltered_there(question, asked)
        inward = _together(question.destinations, _of(answers, Direction.INBOUND), into)
        for out_allowed, out_open in outward:
            for in_allowed, in_open in inward:
                allowed.append(out_allowed.intersect(in_allowed))
                open_.append(out_open.intersect(in_open))
    return asked.union_all(allowed), asked.union_all(open_)


def _of(answers: Sequence[SideAnswer[F]], direction: Direction) -> list[SideAnswer[F]]:
    return [answer for answer in answers if answer.direction is direction]


def _together(side: Side, answers: Iterable[SideAnswer[F]], unfiltered: F) -> list[tuple[F, F]]:
    """What the answers of one direction allow, and leave open, in as few sets as can be.

    Parties with addresses of their own are told apart by the address; where address spaces overlap, a flow may be
    allowed at one holder and denied at the other, so those stay in sets of their own.
    """
    found: list[tuple[AddressSet, list[F], list[F]]] = [(NO_ADDRESSES, [unfiltered], [unfiltered])]
    for answer in answers:
        left_open = answer.open()
        if not left_open:
            continue
        local = NO_ADDRESSES if side.is_disjoint else answer.party.addresses
        at = next((n for n, (held, _, _) in enumerate(found) if not held.meets(local)), len(found))
        held, allowed, open_ = found.pop(at) if at < len(found) else (NO_ADDRESSES, [], [])
        found.insert(at, (held.union(local), [*allowed, answer.allowed()], [*open_, left_open]))
    sets = ((unfiltered.disjoint(allowed), unfiltered.disjoint(open_)) for _, allowed, open_ in found)
    return [(allowed, open_) for allowed, open_ in sets if open_]


def _unfiltered(asked: F, side: Side) -> F:
    """The flows of sources without a filter: permitted at that end."""
    return asked.intersect(asked.of((between(side.foreign),))) if side.foreign else asked.of(())


def _unfiltered_there(question: Question, asked: F) -> F:
    """The flows to destinations without a filter, but for what load balancers bring to those who have one."""
    side = question.destinations
    if not side.foreign:
        return asked.of(())
    found = asked.intersect(asked.of((between(destinations=side.foreign),)))
    return found.subtract(asked.of(side.arriving(question.sources.judged).boxes))


def _required(
    question: Question, answers: Sequence[SideAnswer[F]], asked: F
) -> Iterable[tuple[SideAnswer[F], F | None]]:
    """The sides that must stop, each with its flows; an end without a filter leaves it to the other."""
    out, into = _of(answers, Direction.OUTBOUND), _of(answers, Direction.INBOUND)
    first, second, foreign = (out, into, between(question.sources.foreign))
    if question.at is At.DESTINATION:
        first, second, foreign = (into, out, between(destinations=question.destinations.foreign))
    yield from ((answer, None) for answer in first)
    if question.at is At.BOTH:
        yield from ((answer, None) for answer in second)
    elif not foreign.is_empty():
        left = asked.of((foreign,))
        if question.at is At.DESTINATION:
            left = left.subtract(asked.of(question.destinations.arriving(question.sources.judged).boxes))
        yield from ((answer, left) for answer in second)


def _within(flows: F, place: F | None) -> F:
    return flows if place is None else flows.intersect(place)
