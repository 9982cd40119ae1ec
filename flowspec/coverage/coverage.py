"""Spec + inventory -> the coverage document: what is permitted at each NIC, less what the questions of the spec ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from msgspec.structs import replace

from flowspec.coverage.permits import Rulings, rulings
from flowspec.intents.case import Case
from flowspec.intents.cover import count_apart
from flowspec.intents.questions import Question
from flowspec.model.documents.coverage import FORMAT_VERSION, Coverage, CoverageGap, SilentRule
from flowspec.model.documents.values import IntentProblem
from flowspec.model.inventory import Access, Direction, Inventory
from flowspec.model.platform import ALL_BUT_PLATFORM
from flowspec.model.spec import Spec
from flowspec.network.index import Endpoint
from flowspec.policy.layers import Decider, Policy
from flowspec.reporting.plan import LineLookup, place, problem
from flowspec.reporting.sensitive import without_secrets
from flowspec.reporting.set_names import names_in
from flowspec.reporting.targets import uncovered_of
from flowspec.reporting.text_of_sets import Scribe
from flowspec.sets.flows import FlowSet, existing
from flowspec.sets.intervals import AddressSet
from flowspec.version import __version__

_Place = tuple[str, str, Direction, bool, bool]
"""An NSG, its rule or what stands for one, the direction, whether it surely permits, and whether by default alone."""


@dataclass(slots=True, eq=False, kw_only=True)
class _Permit:
    """What one decider lets pass in one direction: at whom, and the flows of which nothing speaks.

    `by_default`: Azure's default rules alone let it pass.
    """

    decider: Decider
    direction: Direction
    sure: bool
    by_default: bool
    nics: dict[str, None] = field(default_factory=dict)
    left: list[FlowSet] = field(default_factory=list)
    places: list[AddressSet] = field(default_factory=list)

    def boxes(self, flows: Iterable[FlowSet]) -> FlowSet:
        """The flows but for those of a lone address with itself."""
        return _apart(flows, self.oneself)

    @property
    def oneself(self) -> AddressSet:
        return AddressSet.of(span for places in self.places for span in places.spans)


@dataclass(slots=True)
class _Count:
    """Permits of all NICs, and those of which the spec speaks."""

    permits: int = 0
    spoken: int = 0

    @property
    def percent(self) -> float:
        """Rounded down to a tenth."""
        return 1000 * self.spoken // self.permits / 10 if self.permits else 100.0


def coverage_of(spec: Spec, inventory: Inventory, today: date, located: LineLookup, max_boxes: int = 100) -> Coverage:
    """Every NIC with an address, in both directions; `located` finds the line of a place."""
    case = Case(spec, inventory, today)
    permits: dict[_Place, _Permit] = {}
    custom: dict[tuple[str, str], tuple[Decider, bool]] = {}
    counts = {by_default: _Count() for by_default in (False, True)}
    asked = {(q.address, way): _asked(q, way) for q in case.questions if not q.problems for way in Direction}
    for policy, endpoints, questions in _alike(case):
        places = AddressSet.of((e.place, e.place) for e in endpoints)
        here = _every(policy.direction, places)
        found = rulings(policy, here)
        spoken = FlowSet.union_all(asked[question.address, policy.direction].intersect(here) for question in questions)
        _note_rules(custom, found, spoken, places)
        _note_permits(permits, counts, policy.direction, found, spoken, endpoints, places)
    named = names_in(case.network, groups=case.planner.groups, within=ALL_BUT_PLATFORM)
    scribe = Scribe(points=case.network.points, max_boxes=max_boxes, reserved=case.network.reserved, names=named)
    gaps = [_gap(permit, scribe) for permit in permits.values() if permit.left]
    document = Coverage(
        format_version=FORMAT_VERSION,
        flowspec_version=__version__,
        percent=counts[False].percent,
        permits=counts[False].permits,
        spoken=counts[False].spoken,
        default_permits=counts[True].permits,
        default_spoken=counts[True].spoken,
        gaps=tuple(sorted(gaps, key=lambda gap: (-int(gap.total.count), gap.nsg, gap.rule, gap.direction))),
        silent_rules=tuple(_silent(decider, located) for decider, heard in custom.values() if not heard),
        uncovered=tuple(uncovered_of(case.planner.groups)),
        problems=tuple(_in_error(case, located)),
    )
    return without_secrets(document, inventory.sensitive)


def _alike(case: Case) -> Iterator[tuple[Policy, list[Endpoint], list[Question]]]:
    """Ip-configurations with one policy of whom the same questions are asked."""
    asked: dict[tuple[int, Direction], list[int]] = {}
    for number, question in enumerate(case.questions):
        if question.problems:
            continue
        for party, direction in question.parties():
            for endpoint in () if party.arrival or party.forwards else party.endpoints:
                asked.setdefault((id(endpoint), direction), []).append(number)
    for direction in Direction:
        groups: dict[tuple[Policy, tuple[int, ...]], list[Endpoint]] = {}
        for endpoint in case.network.endpoints:
            policy = case.planner.policies.of_endpoint(endpoint, direction)
            numbers = tuple(dict.fromkeys(asked.get((id(endpoint), direction), ())))
            groups.setdefault((policy, numbers), []).append(endpoint)
        for (policy, numbers), endpoints in groups.items():
            yield policy, endpoints, [case.questions[number] for number in numbers]


def _apart(flows: Iterable[FlowSet], oneself: AddressSet) -> FlowSet:
    """Flows, but for those of a lone address with itself."""
    return FlowSet.of(box for found in flows for box in found.boxes if count_apart(box, oneself))


def _every(direction: Direction, places: AddressSet) -> FlowSet:
    """All flows of some addresses with anyone but Azure's own platform."""
    others = ALL_BUT_PLATFORM
    return FlowSet.of(existing(others, places) if direction is Direction.INBOUND else existing(places, others))


def _asked(question: Question, direction: Direction) -> FlowSet:
    """What a question surely asks in a direction; what an exception takes out is spoken of too."""
    if question.crossing:
        return dict(question.crossing).get(direction, FlowSet.of(())).subtract(question.uncertain)
    return question.asked.subtract(question.uncertain).union(question.excepted.subtract(question.uncertain))


def _note_rules(
    custom: dict[tuple[str, str], tuple[Decider, bool]], found: Rulings, spoken: FlowSet, places: AddressSet
) -> None:
    for part in found.of_rules():
        is_asked = bool(_apart([part.flows.intersect(spoken)], places))
        for decider in (part.decider, *part.others):
            if decider.rule is not None and not decider.rule.default:
                at = (decider.nsg, decider.rule.name)
                heard = at in custom and custom[at][1]
                custom[at] = (decider, heard or is_asked)


def _note_permits(
    permits: dict[_Place, _Permit],
    counts: dict[bool, _Count],
    direction: Direction,
    rulings: Rulings,
    spoken: FlowSet,
    endpoints: list[Endpoint],
    places: AddressSet,
) -> None:
    found: dict[_Place, tuple[Decider, list[FlowSet]]] = {}
    for one in rulings.permitted():
        at = _permit_at(one.decider, direction, sure=one.sure, by_default=one.by_default)
        found.setdefault(at, (one.decider, []))[1].append(one.flows)
    for at, (decider, flows) in found.items():
        _, _, _, sure, by_default = at
        permit = permits.setdefault(at, _Permit(decider=decider, direction=direction, sure=sure, by_default=by_default))
        permit.places.append(places)
        every = FlowSet.union_all(flows)
        rest, left, count = every.subtract(spoken), [], counts[by_default]
        for endpoint in endpoints:
            own = _every(direction, AddressSet.of([(endpoint.place, endpoint.place)]))
            if not permit.boxes([every.intersect(own)]):
                continue
            count.permits += 1
            remaining = permit.boxes([rest.intersect(own)])
            count.spoken += not remaining
            if remaining:
                permit.nics[endpoint.nic.id] = None
                left.append(remaining)
        if left:
            permit.left.append(FlowSet.union_all(left))


def _permit_at(decider: Decider, direction: Direction, *, sure: bool, by_default: bool) -> _Place:
    rule = decider.rule
    return decider.nsg, rule.display if rule is not None else decider.note, direction, sure, by_default


def _in_error(case: Case, located: LineLookup) -> Iterator[IntentProblem]:
    """The intents and boundaries that speak of nothing, since something is wrong with them."""
    for question in case.questions:
        for found in question.problems:
            told = problem(found, located)
            yield replace(told, summary=f"{question.address} is in error and not counted: {told.summary}")


def _gap(permit: _Permit, scribe: Scribe) -> CoverageGap:
    pairs, total = scribe.pairs(FlowSet.union_all(permit.left).merged(), permit.oneself)
    rule = permit.decider.rule
    return CoverageGap(
        access="Allow" if permit.sure else "Unknown",
        by_default=permit.by_default,
        direction="Inbound" if permit.direction is Direction.INBOUND else "Outbound",
        nsg=permit.decider.nsg,
        rule=rule.display if rule is not None else permit.decider.note,
        nics=tuple(permit.nics),
        flows=pairs,
        total=total,
    )


def _silent(decider: Decider, located: LineLookup) -> SilentRule:
    assert decider.rule is not None
    access: Literal["Allow", "Deny"] = "Deny" if decider.access is Access.DENY else "Allow"
    return SilentRule(
        nsg=decider.nsg, rule=decider.rule.display, access=access, where=place(decider.rule.where, located)
    )
