"""Two policies side by side -> pieces of ground, each with both answers to its flows, where these differ.

A flow is walked through a layer as both sides have it, at once: what both have takes it on both sides. What is not
decided differently any more is let go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from flowspec.comparison.alignment import Aligned, AlignedItem
from flowspec.comparison.ground import Ground
from flowspec.comparison.meaning import doubts_of, meaning
from flowspec.decide.exact import NOTHING, Ruling, judge
from flowspec.policy.layers import Layer, Variant
from flowspec.sets.flows import Box

R = TypeVar("R")


class WalkOutcome(NamedTuple):
    """What a layer makes of a flow: `final` decides unless one of `seen`, which are in doubt, does."""

    seen: tuple[Variant, ...]
    final: Variant


@dataclass(frozen=True, slots=True)
class Turn:
    """A layer that answers otherwise than before. Variants of `changed` are those that one side alone has."""

    old: WalkOutcome
    new: WalkOutcome
    layers: tuple[Layer, Layer]
    changed: frozenset[int]


@dataclass(frozen=True, slots=True)
class Course:
    """The items of two aligned layers that a question meets."""

    aligned: Aligned
    items: tuple[AlignedItem, ...]
    changed: frozenset[int]

    @classmethod
    def of(cls, aligned: Aligned, hull: Box) -> Course:
        items = tuple(item for item in aligned.items if item.box.meets(hull))
        own = (variant for item in items if item.differs for variant in (item.old, item.new) if variant)
        return cls(aligned, items, frozenset(map(id, own)))


class _Half(NamedTuple):
    """How far a flow has come on one side."""

    seen: tuple[Variant, ...] = ()
    final: Variant | None = None

    def after(self, variant: Variant | None) -> _Half:
        """A variant in doubt is remembered, unless an earlier one surely takes what it takes."""
        if variant is None or self.final is not None:
            return self
        if not variant.doubts:
            return _Half(self.seen, variant)
        if any(earlier.doubts <= variant.doubts for earlier in self.seen):
            return self
        return _Half((*self.seen, variant))


_Both = tuple[_Half, _Half]
_Outcomes = tuple[WalkOutcome, WalkOutcome]
_Told = tuple[Ruling, Ruling, tuple[Turn, ...]]


@dataclass(slots=True)
class ParallelWalk(Generic[R]):
    """Pieces of ground on their way through the layers of both policies."""

    ground: Ground[R]
    courses: Sequence[Course]
    _firsts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._firsts = [sum(len(course.items) for course in self.courses[:n]) for n in range(len(self.courses))]

    def run(self) -> Iterator[tuple[_Told, R]]:
        """What differs. A flow that several layers answer otherwise is told at the first of them."""
        for number in range(len(self.courses)):
            for outcomes, piece in self._turned(number).items():
                yield from self._judged(number, outcomes, piece)

    def _turned(self, number: int) -> Mapping[_Outcomes, R]:
        """The pieces of which one layer says otherwise than before."""
        first = self._firsts[number]
        changing = [first + at for at, item in enumerate(self.courses[number].items) if item.differs]
        if not changing:
            return {}
        return self._through(number, self.ground.covered(changing), turned=True)

    def _through(self, number: int, piece: R, *, turned: bool) -> Mapping[_Outcomes, R]:
        """A piece by the outcomes of one layer; if `turned`, only where these do not come to the same."""
        items = self.courses[number].items
        last = max((at for at, item in enumerate(items) if item.differs), default=-1)
        found: dict[_Outcomes, list[R]] = {}
        open_: dict[_Both, R] = {(_Half(), _Half()): piece} if piece else {}
        for at, item in enumerate(items, self._firsts[number]):
            left: dict[_Both, list[R]] = {}
            for both, here in open_.items():
                after = both[0].after(item.old), both[1].after(item.new)
                if after == both:
                    left.setdefault(both, []).append(here)
                    continue
                hits, rest = self.ground.cut(here, at)
                if rest is not None:
                    left.setdefault(both, []).append(rest)
                if hits is None:
                    continue
                outcomes = _outcomes(after)
                if outcomes is None:
                    left.setdefault(after, []).append(hits)
                elif not turned or _differ(*outcomes):
                    found.setdefault(outcomes, []).append(hits)
            passed = turned and at - self._firsts[number] >= last
            open_ = {both: self._one(held) for both, held in left.items() if not (passed and _alike(both))}
            if not open_:
                break
        return {outcomes: self._one(held) for outcomes, held in found.items()}

    def _one(self, pieces: Sequence[R]) -> R:
        return pieces[0] if len(pieces) == 1 else self.ground.join(pieces)

    def _judged(self, number: int, outcomes: _Outcomes, piece: R) -> Iterator[tuple[_Told, R]]:
        """The other layers' part in it. What an earlier layer turns was told there."""
        ways: list[tuple[tuple[_Outcomes, ...], R]] = [((), piece)]
        for at in range(len(self.courses)):
            following: list[tuple[tuple[_Outcomes, ...], R]] = []
            for behind, here in ways:
                found = {outcomes: here} if at == number else self._through(at, here, turned=False)
                following += [
                    ((*behind, one), part) for one, part in found.items() if at >= number or not _differ(*one)
                ]
            ways = following
        for every, part in ways:
            told = self._told(every)
            if told is not None:
                yield told, part

    def _told(self, outcomes: tuple[_Outcomes, ...]) -> _Told | None:
        """Both answers, if it matters."""
        pairs = [course.aligned for course in self.courses]
        before = _answer([pair.old for pair in pairs], [old for old, _ in outcomes])
        after = _answer([pair.new for pair in pairs], [new for _, new in outcomes])
        if before[0] is after[0] and before[0] is not None:
            return None
        turns = tuple(
            Turn(old, new, (course.aligned.old, course.aligned.new), course.changed)
            for course, (old, new) in zip(self.courses, outcomes, strict=True)
            if _differ(old, new)
        )
        return before, after, turns


def _outcomes(both: _Both) -> _Outcomes | None:
    (seen, final), (seen_now, final_now) = both
    return None if final is None or final_now is None else (WalkOutcome(seen, final), WalkOutcome(seen_now, final_now))


def _alike(both: _Both) -> bool:
    """Nothing is decided on either side, and the same is in doubt: what follows is the same for both."""
    old, new = both
    if old.final is not None or new.final is not None or len(old.seen) != len(new.seen):
        return False
    pairs = zip(old.seen, new.seen, strict=True)
    return all(doubts_of(a) == doubts_of(b) and a.decider.access is b.decider.access for a, b in pairs)


def _differ(old: WalkOutcome, new: WalkOutcome) -> bool:
    if not old.seen and not new.seen:
        return old.final.decider.access is not new.final.decider.access
    return meaning(*old) != meaning(*new)


def _answer(layers: Sequence[Layer], outcomes: Sequence[WalkOutcome]) -> Ruling:
    carried = NOTHING
    for number, (layer, outcome) in enumerate(zip(layers, outcomes, strict=True)):
        answer, carried = judge(layer, carried, outcome.final, outcome.seen, number == len(layers) - 1)
        if answer is not None:
            return answer
    raise AssertionError("the last layer has an answer for every flow")
