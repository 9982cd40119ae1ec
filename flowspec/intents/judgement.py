"""What came of a question: the values that a judgement is made of (docs/semantics.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowspec.decide.exact import Verdict
from flowspec.intents.join import Why
from flowspec.intents.questions import Question
from flowspec.intents.sides import Party
from flowspec.intents.summary import NOTHING_CHECKED, Outline
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Access, Direction
from flowspec.policy.layers import Decider
from flowspec.sets.flows import NO_FLOWS, FlowSet

if TYPE_CHECKING:
    from flowspec.sets.bdd import DiagramSet


@dataclass(frozen=True, slots=True)
class Checked:
    """One side decided: a party, its direction, and how the flows it was asked about part."""

    party: Party
    direction: Direction
    verdict: Verdict

    def allowed(self) -> FlowSet:
        return self.verdict.allowed()

    def denied(self) -> FlowSet:
        return self.verdict.denied()

    def open(self) -> FlowSet:
        """What is not surely denied."""
        return FlowSet.disjoint(part.flows for part in self.verdict.parts if part.access is not Access.DENY)

    def undecided(self) -> Iterator[tuple[Why, FlowSet]]:
        for part in self.verdict.parts:
            if part.access is None:
                yield Why(part.reason, part.settle, part.decider), part.flows


@dataclass(frozen=True, slots=True)
class Unsure:
    """Flows that can't be decided, why, and what would settle it. `decider` is the rule in doubt, if it is one."""

    flows: FlowSet
    reason: str
    settle: str = ""
    decider: Decider | None = None


@dataclass(frozen=True, slots=True)
class Shattered:
    """Of a judgement whose flows are too many boxes: the whole `drift`, and of one flow of it who decided.

    `endpoints` are the ids of the NICs and whole subnets on the side of `direction` where there is drift.
    """

    drift: DiagramSet
    deciders: tuple[Decider, ...] = ()
    endpoints: tuple[str, ...] = ()
    direction: Direction | None = None


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True, kw_only=True)
class Judgement:
    """A question answered. The sets are disjoint but for `drift`, the part of them that is not as wished.

    One that was settled by the `outline` of its checks has no `checks`; neither has one that is `shattered`.
    """

    question: Question
    status: Status
    checks: tuple[Checked, ...] = ()
    passing: FlowSet = NO_FLOWS
    stopped: FlowSet = NO_FLOWS
    unsure: tuple[Unsure, ...] = ()
    drift: FlowSet = NO_FLOWS
    outline: Outline = NOTHING_CHECKED
    shattered: Shattered | None = None
