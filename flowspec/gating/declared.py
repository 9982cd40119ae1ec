"""A difference and a declared change -> what happens that is not declared, and what is declared that does not happen.

Covered is a flow only where the declared groups surely hold both of its ends: in the network after for what opens, in
the one before for what closes. All of it is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from flowspec.comparison.difference import Difference, DifferenceFound
from flowspec.comparison.places import JudgedNetwork
from flowspec.gating.access import may_close, may_open, open_gaps
from flowspec.intents.cover import EVERYTHING, flows_between
from flowspec.intents.questions import Planner
from flowspec.model.documents.diff import Diff, DiffCause
from flowspec.model.documents.gate import Brake, DeclaredBlock, Undeclared
from flowspec.model.documents.values import SourceLine
from flowspec.model.inventory import key
from flowspec.model.platform import PLATFORM
from flowspec.model.spec import GROUP_ANY, DeclaredFlows, Spec
from flowspec.reporting.text_of_sets import Scribe
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet
from flowspec.sets.intervals import NO_ADDRESSES, AddressSet
from flowspec.sets.sample import Sample

Effects = Literal["opens", "closes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredVerdict:
    """The brake, every block of the declared change, and what no block covers."""

    brake: Brake
    blocks: tuple[DeclaredBlock, ...]
    undeclared: tuple[Undeclared, ...]


def held_to_declared(found: Difference, diff: Diff, spec: Spec, today: date, scribe: Scribe) -> DeclaredVerdict:
    """Whether a change does no more than it declares. The causes of the document are those found, in their order."""
    declared = spec.declared or ()
    covers = [_flows(one, spec, found.new if one.effect == "opens" else found.old, today) for one in declared]
    undeclared: list[Undeclared] = []
    for effect in ("opens", "closes"):
        cover = FlowSet.union_all(c for one, c in zip(declared, covers, strict=True) if one.effect == effect)
        undeclared += _undeclared(found.causes, diff.causes, "opens" if effect == "opens" else "closes", cover, scribe)
    hidden = [gap.what for gap in open_gaps(diff)]
    reasons = [f"{one.effect}, and is not declared: cause {one.cause + 1} of the difference" for one in undeclared]
    reasons += [f"not known, so it may differ: {what}" for what in hidden]
    blocks = tuple(_block(one, cover, found, diff) for one, cover in zip(declared, covers, strict=True))
    return DeclaredVerdict(
        brake=Brake(name="declared", passes=not reasons, reasons=tuple(reasons)),
        blocks=blocks,
        undeclared=tuple(undeclared),
    )


def _flows(declared: DeclaredFlows, spec: Spec, side: JudgedNetwork, today: date) -> FlowSet:
    planner = Planner(spec=spec, network=side.network, policies=side.policies, today=today)
    here, there = (_places(planner, names, spec) for names in (declared.sources, declared.destinations))
    return flows_between(here, there, declared.services or EVERYTHING)


def _places(planner: Planner, names: Sequence[str], spec: Spec) -> AddressSet:
    """What is of the groups alone; nothing of a group that names a service tag without data.

    A difference speaks of Azure's own addresses too, so `group.any` has them here.
    """
    known = planner.network.inventory.service_tags.prefixes
    told = [
        name
        for name in names
        if name not in spec.groups or all(key(t) in known for t in spec.groups[name].service_tags)
    ]
    found = planner.places(tuple(told)) if told else NO_ADDRESSES
    return found.union(PLATFORM) if GROUP_ANY in names else found


def _is_of(cause: DiffCause, effect: Effects) -> bool:
    return may_open(cause) if effect == "opens" else may_close(cause)


def _undeclared(
    causes: Sequence[DifferenceFound], told: Sequence[DiffCause], effect: Effects, cover: FlowSet, scribe: Scribe
) -> Iterator[Undeclared]:
    for at, (cause, described) in enumerate(zip(causes, told, strict=True)):
        if not _is_of(described, effect):
            continue
        left = _left(cause, cover, scribe.max_boxes)
        if left:
            flows, total = scribe.pairs(left)
            yield Undeclared(cause=at, effect=effect, flows=flows, total=total, truncated=total.truncated)


def _left(cause: DifferenceFound, cover: FlowSet, most: int) -> FlowSet:
    """The flows of a cause that are not covered; of those that only diagrams hold as many as are shown."""
    boxes: list[Box] = []
    for shift, _ in cause.shifts:
        boxes += FlowSet(shift.boxes).subtract(cover).boxes
        for diagram in shift.diagrams:
            rest = diagram.subtract(diagram.of(cover.boxes))
            if rest:
                return Sample(rest.boxes(most).boxes, rest.count())
    return FlowSet.of(boxes).merged()


def _block(declared: DeclaredFlows, cover: FlowSet, found: Difference, diff: Diff) -> DeclaredBlock:
    """How much of a block happens. Flows that were as declared already are no change, so they do not happen."""
    happening = [c for c, told in zip(found.causes, diff.causes, strict=True) if _is_of(told, declared.effect)]
    shifts = [shift for cause in happening for shift, _ in cause.shifts]
    met = any(FlowSet(shift.boxes).meets(cover) for shift in shifts) or any(
        d.intersect(d.of(cover.boxes)) for shift in shifts for d in shift.diagrams
    )
    drawn = any(shift.diagrams for shift in shifts)
    left = cover if drawn else cover.subtract(FlowSet.union_all(FlowSet(shift.boxes) for shift in shifts))
    where = declared.where
    return DeclaredBlock(
        effect=declared.effect,
        text=declared.text,
        happens="nothing" if not met else "part" if left != NO_FLOWS and left else "all",
        where=SourceLine(file=where.file, line=where.line, column=where.column) if where is not None else None,
    )
