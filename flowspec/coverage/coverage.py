"""Spec + inventory -> the coverage document: what is permitted at each NIC, less what the questions of the spec ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from msgspec import structs

from flowspec.coverage.asked import AskedFlows
from flowspec.coverage.permits import Layers, Rulings
from flowspec.decide.exact import Compiled
from flowspec.intents.case import Case
from flowspec.intents.cover import count_apart
from flowspec.model.documents.coverage import FORMAT_VERSION, Coverage, CoverageGap, SilentRule
from flowspec.model.documents.values import IntentProblem
from flowspec.model.inventory import Access, Direction, Inventory
from flowspec.model.platform import ALL_BUT_PLATFORM
from flowspec.model.spec import Spec
from flowspec.network.index import Endpoint
from flowspec.policy.layers import Decider, Layer, Policy
from flowspec.reporting.plan import LineLookup, place, problem
from flowspec.reporting.sensitive import without_secrets
from flowspec.reporting.set_names import names_in
from flowspec.reporting.targets import uncovered_of
from flowspec.reporting.text_of_sets import Scribe
from flowspec.sets.flows import Box, FlowSet, existing
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

    @property
    def oneself(self) -> AddressSet:
        return AddressSet.of(span for places in self.places for span in places.spans)

    def flows(self) -> FlowSet:
        """What is left; each address is judged once, but for those that several have."""
        alone = sum(places.count() for places in self.places) == self.oneself.count()
        return (FlowSet.disjoint(self.left) if alone else FlowSet.union_all(self.left)).merged()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Alike:
    """Ip-configurations with one policy, and their addresses (`places`), of whom the same questions are asked.

    `asked` is what these ask there, in boxes that may overlap, `silent` what none of them does.
    """

    endpoints: list[Endpoint]
    places: AddressSet
    asked: tuple[Box, ...]
    silent: FlowSet

    def is_asked(self, flows: FlowSet) -> bool:
        """Whether a question asks any of some flows, other than those of an address with itself."""
        pairs = ((mine, theirs) for theirs in self.asked for mine in flows.boxes)
        return any(mine.meets(theirs) and count_apart(mine.intersect(theirs), self.places) for mine, theirs in pairs)


@dataclass(slots=True)
class _Count:
    """Permits of all NICs, and those of which the spec speaks."""

    permits: int = 0
    spoken: int = 0

    @property
    def percent(self) -> float:
        """Rounded down to a tenth."""
        return 1000 * self.spoken // self.permits / 10 if self.permits else 100.0


@dataclass(slots=True)
class _Found:
    """What is permitted in a network, every custom rule with whether anything is said of it, and how much is said."""

    permits: dict[_Place, _Permit] = field(default_factory=dict)
    custom: dict[tuple[str, str], tuple[Decider, bool]] = field(default_factory=dict)
    counts: dict[bool, _Count] = field(default_factory=lambda: {False: _Count(), True: _Count()})


def percent_of(case: Case) -> float:
    """The percentage of the coverage document alone."""
    return _found_in(case).counts[False].percent


def coverage_of(spec: Spec, inventory: Inventory, today: date, located: LineLookup, max_boxes: int = 100) -> Coverage:
    """Every NIC with an address, in both directions; `located` finds the line of a place."""
    case = Case(spec, inventory, today)
    found = _found_in(case)
    counts = found.counts
    named = names_in(case.network, groups=case.planner.groups, within=ALL_BUT_PLATFORM)
    scribe = Scribe(points=case.network.points, max_boxes=max_boxes, reserved=case.network.reserved, names=named)
    gaps = [_gap(permit, scribe) for permit in found.permits.values() if permit.left]
    document = Coverage(
        format_version=FORMAT_VERSION,
        flowspec_version=__version__,
        percent=counts[False].percent,
        permits=counts[False].permits,
        spoken=counts[False].spoken,
        default_permits=counts[True].permits,
        default_spoken=counts[True].spoken,
        gaps=tuple(sorted(gaps, key=lambda gap: (-int(gap.total.count), gap.nsg, gap.rule, gap.direction))),
        silent_rules=tuple(_silent(decider, located) for decider, heard in found.custom.values() if not heard),
        uncovered=tuple(uncovered_of(case.planner.groups)),
        problems=tuple(_in_error(case, located)),
    )
    return without_secrets(document, inventory.sensitive)


def _found_in(case: Case) -> _Found:
    found = _Found()
    known: dict[Layer, Compiled] = {}
    for policy, groups in _by_policy(case).items():
        every = _every(policy.direction, AddressSet.of(span for one in groups for span in one.places.spans))
        rulings = Layers(policy, known).rulings(every)
        for alike in groups:
            _note_rules(found.custom, rulings, alike)
            _note_permits(found, policy.direction, rulings, alike)
    return found


def _by_policy(case: Case) -> dict[Policy, list[_Alike]]:
    """Every ip-configuration, under its policy in each direction."""
    found: dict[Policy, list[_Alike]] = {}
    for direction in Direction:
        asked: dict[int, list[int]] = {}
        for number, question in enumerate(case.questions):
            if question.problems:
                continue
            for party, way in question.parties():
                for endpoint in () if party.arrival or party.forwards or way is not direction else party.endpoints:
                    asked.setdefault(id(endpoint), []).append(number)
        groups: dict[tuple[Policy, tuple[int, ...]], list[Endpoint]] = {}
        for endpoint in case.network.endpoints:
            policy = case.planner.policies.of_endpoint(endpoint, direction)
            numbers = tuple(dict.fromkeys(asked.get(id(endpoint), ())))
            groups.setdefault((policy, numbers), []).append(endpoint)
        flows = AskedFlows(case.questions, direction, case.network.endpoints)
        for (policy, numbers), endpoints in groups.items():
            places = AddressSet.of((e.place, e.place) for e in endpoints)
            asks = tuple(flows.at(places, numbers))
            silent = _every(direction, places).subtract(FlowSet(asks))
            alike = _Alike(endpoints=endpoints, places=places, asked=asks, silent=silent)
            found.setdefault(policy, []).append(alike)
    return found


def _every(direction: Direction, places: AddressSet) -> FlowSet:
    """All flows of some addresses with anyone but Azure's own platform."""
    inbound = direction is Direction.INBOUND
    return FlowSet.of(existing(ALL_BUT_PLATFORM, places) if inbound else existing(places, ALL_BUT_PLATFORM))


def _note_rules(custom: dict[tuple[str, str], tuple[Decider, bool]], rulings: Rulings, alike: _Alike) -> None:
    for part in rulings.of_rules():
        unheard = []
        for decider in (part.decider, *part.others):
            if decider.rule is not None and not decider.rule.default:
                at = (decider.nsg, decider.rule.name)
                if not custom.setdefault(at, (decider, False))[1]:
                    unheard.append((at, decider))
        if unheard and alike.is_asked(part.flows):
            custom.update((at, (decider, True)) for at, decider in unheard)


def _note_permits(into: _Found, direction: Direction, rulings: Rulings, alike: _Alike) -> None:
    found: dict[_Place, tuple[Decider, list[FlowSet]]] = {}
    for one in rulings.permitted():
        at = _permit_at(one.decider, direction, sure=one.sure, by_default=one.by_default)
        found.setdefault(at, (one.decider, []))[1].append(one.flows)
    for at, (decider, flows) in found.items():
        _, _, _, sure, by_default = at
        permit = into.permits.setdefault(
            at, _Permit(decider=decider, direction=direction, sure=sure, by_default=by_default)
        )
        permit.places.append(alike.places)
        left = [box for one in flows for box in _left(one, alike)] if alike.silent else []
        for endpoint in alike.endpoints:
            if any(_is_at(endpoint, box, direction) for one in flows for box in one.boxes):
                is_left = any(_is_at(endpoint, box, direction) for box in left)
                into.counts[by_default].permits += 1
                into.counts[by_default].spoken += not is_left
                if is_left:
                    permit.nics[endpoint.nic.id] = None
        if left:
            permit.left.append(FlowSet(tuple(left)))


def _left(flows: FlowSet, alike: _Alike) -> Iterator[Box]:
    """What of some flows nothing asks, other than those of an address with itself."""
    return (box for box in flows.intersect(alike.silent).boxes if count_apart(box, alike.places))


def _is_at(endpoint: Endpoint, box: Box, direction: Direction) -> bool:
    """Whether a box holds flows of an ip-configuration with others."""
    inbound, place = direction is Direction.INBOUND, endpoint.place
    own, others = (box.destinations, box.sources) if inbound else (box.sources, box.destinations)
    return place in own and others.spans != ((place, place),)


def _permit_at(decider: Decider, direction: Direction, *, sure: bool, by_default: bool) -> _Place:
    rule = decider.rule
    return decider.nsg, rule.display if rule is not None else decider.note, direction, sure, by_default


def _in_error(case: Case, located: LineLookup) -> Iterator[IntentProblem]:
    """The intents and boundaries that speak of nothing, since something is wrong with them."""
    for question in case.questions:
        for found in question.problems:
            told = problem(found, located)
            yield structs.replace(told, summary=f"{question.address} is in error and not counted: {told.summary}")


def _gap(permit: _Permit, scribe: Scribe) -> CoverageGap:
    pairs, total = scribe.pairs(permit.flows(), permit.oneself)
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
