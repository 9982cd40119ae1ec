"""Spec + network -> questions: for each intent and boundary the exact flows it is about, and who is judged.

A question is decided by policy, not by NIC: a thousand NICs behind one NSG are one check, and pairs of NICs are never
listed (docs/semantics.md, "Intents").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from flowspec.engine.groups import PLATFORM, Groups, Maybe, Members
from flowspec.engine.network import Endpoint, Network
from flowspec.engine.policy import Policies
from flowspec.engine.sides import Party, Side, side_of
from flowspec.engine.tags import Scope, tag
from flowspec.errors import Problem, Severity
from flowspec.model.inventory import Access, Direction, id_part, key
from flowspec.model.netset import (
    ALL_ADDRESSES,
    ALL_NUMBERS,
    ALL_PORTS,
    ALL_PROTOCOLS,
    FAMILIES,
    NO_ADDRESSES,
    NO_FLOWS,
    NO_PORTS,
    NUMBERED_PORTS,
    PORTED,
    PORTLESS,
    AddressSet,
    Box,
    FlowSet,
    PortSet,
    Protocol,
    ProtocolSet,
)
from flowspec.model.spec import Boundary, Carveout, Intent, Partition, Service, Spec
from flowspec.model.spec import Side as At

EVERYTHING = (Service(tuple(Protocol)),)


@dataclass(frozen=True, slots=True)
class Question:
    """The flows an intent or boundary is about, and the two ends.

    `asked` includes `uncertain`, the flows that may or may not belong to it. `oneself` are the addresses that are not
    judged against themselves. A boundary judges one end only: the other has no parties.
    """

    of: Intent | Boundary
    expect: Access
    at: At
    asked: FlowSet
    sources: Side
    destinations: Side
    uncertain: FlowSet = NO_FLOWS
    uncertain_reason: str = ""
    excepted: FlowSet = NO_FLOWS
    oneself: AddressSet = NO_ADDRESSES
    maybe: tuple[Maybe, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def address(self) -> str:
        return self.of.address


_NO_SIDE = Side((), NO_ADDRESSES, {})


@dataclass(frozen=True, slots=True)
class Planner:
    """Turns intents and boundaries into questions; groups and sides are resolved once."""

    spec: Spec
    network: Network
    policies: Policies
    today: date
    groups: Groups = field(init=False)
    _sides: dict[tuple[tuple[str, ...], Direction], Side] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", Groups(self.spec, self.network))

    def question(self, of: Intent | Boundary) -> Question:
        """One question; what is wrong with it stands in its `problems`."""
        return self._boundary(of) if isinstance(of, Boundary) else self._intent(of)

    def region(self, intent: Intent) -> FlowSet:
        """All flows of an intent, before exceptions; what is uncertain of it included."""
        sources, destinations = self.groups.joined(intent.sources), self.groups.joined(intent.destinations)
        sure, unsure, _ = self._between(sources, destinations, intent.services)
        return sure.union(unsure).subtract(self._excepts(intent))

    def places(self, names: tuple[str, ...]) -> AddressSet:
        """Every address and point of some groups."""
        return self._places(self.groups.joined(names))

    def running(self, address: str) -> list[Carveout]:
        """The exceptions of an intent or boundary whose day has not passed."""
        return [e for e in self.spec.exceptions.values() if address in e.of and self.today <= e.expires]

    def _side(self, names: tuple[str, ...], members: Members, direction: Direction) -> Side:
        found = (names, direction)
        if members.virtual_network:
            return side_of(self.network, self.policies, members, direction)
        if found not in self._sides:
            self._sides[found] = side_of(self.network, self.policies, members, direction)
        return self._sides[found]

    def _intent(self, intent: Intent) -> Question:
        members = self.groups.joined(intent.sources), self.groups.joined(intent.destinations)
        sure, unsure, reason = self._between(*members, intent.services)
        members = (
            _with_virtual_network(members[0], sure, unsure, source=True),
            _with_virtual_network(members[1], sure, unsure, source=False),
        )
        sources = self._side(intent.sources, members[0], Direction.OUTBOUND)
        destinations = self._side(intent.destinations, members[1], Direction.INBOUND)
        everything = sure.union(unsure).subtract(self._excepts(intent))
        excepted = everything.intersect(self._carved(intent.address))
        unfiltered = _between_foreign(sources, destinations)
        question = Question(
            intent,
            intent.expect,
            intent.at,
            everything.subtract(excepted).subtract(unfiltered),
            sources,
            destinations,
            unsure,
            reason,
            excepted,
            _oneself(sources, destinations),
            tuple(dict.fromkeys(sources.maybe + destinations.maybe)),
            members[0].problems + members[1].problems,
        )
        return question if question.problems else _checked(question, everything)

    def _between(
        self, sources: Members, destinations: Members, services: tuple[Service, ...]
    ) -> tuple[FlowSet, FlowSet, str]:
        """The flows between two memberships: sure ones, uncertain ones, and why these are."""
        sure = flows_between(self._places(sources), self._places(destinations), services)
        unsure, reasons = NO_FLOWS, []
        here = sources.virtual_network
        if here or destinations.virtual_network:
            for (inside, maybe, reason), others in self._by_meaning(destinations if here else sources):
                sure = sure.union(_beside(inside, others, services, here=here))
                unsure = unsure.union(_beside(maybe, others, services, here=here))
                reasons.append(reason)
        return sure, unsure.subtract(sure), "; ".join(dict.fromkeys(r for r in reasons if r))

    def _by_meaning(self, members: Members) -> Iterable[tuple[tuple[AddressSet, AddressSet, str], AddressSet]]:
        """The judged addresses of a side, grouped by what VirtualNetwork means at their subnet: sure, maybe, why."""
        side = side_of(self.network, self.policies, members, Direction.INBOUND)
        found: dict[tuple[AddressSet, AddressSet, str], AddressSet] = {}
        for subnet, addresses in side.by_subnet.items():
            match = tag(Scope(self.network, subnet, ""), "VirtualNetwork")
            meaning = (match.sure.subtract(PLATFORM), match.maybe.subtract(PLATFORM), match.reason)
            found[meaning] = found.get(meaning, NO_ADDRESSES).union(addresses)
        return found.items()

    def _places(self, members: Members) -> AddressSet:
        """Every address and point of a membership."""
        spans = [(e.place, e.place) for e in members.endpoints]
        spans += [span for subnet in members.subnets for span in self.network.subnet_addresses(subnet).spans]
        inside = [e.place for e in self.network.numberless if e.subnet in members.subnets]
        inside += [e.place for e in self.network.numberless if self.network.candidates(e).is_subset(members.addresses)]
        return AddressSet.of([*spans, *((p, p) for p in inside), *members.addresses.spans])

    def _excepts(self, intent: Intent) -> FlowSet:
        """What `except` takes out: flows from or to its groups, and the flows of its intents."""
        taken = NO_FLOWS
        if intent.except_groups:
            places = self.places(intent.except_groups)
            taken = FlowSet.of([_any_flow(sources=places), _any_flow(destinations=places)])
        for name in intent.except_intents:
            taken = taken.union(self.region(self.spec.intents[name]))
        return taken

    def _carved(self, address: str) -> FlowSet:
        """The flows of the running exceptions."""
        carved = NO_FLOWS
        for exception in self.running(address):
            sources = self._end(exception.sources)
            destinations = self._end(exception.destinations)
            carved = carved.union(flows_between(sources, destinations, exception.services or EVERYTHING))
        return carved

    def _end(self, names: tuple[str, ...] | None) -> AddressSet:
        return ALL_ADDRESSES if names is None else self.places(names)

    def _boundary(self, boundary: Boundary) -> Question:
        members = self.groups.joined(boundary.around)
        remote = self.groups.joined(boundary.remote) if boundary.remote is not None else None
        everything, sources, destinations = NO_FLOWS, _NO_SIDE, _NO_SIDE
        for direction in boundary.directions:
            side = side_of(self.network, self.policies, members, direction)
            region = self._crossing(boundary, side, remote, direction)
            everything = everything.union(region)
            if direction is Direction.INBOUND:
                destinations = side
            else:
                sources = side
        listed = NO_FLOWS
        for name in boundary.allow:
            listed = listed.union(self.region(self.spec.intents[name]))
        everything = everything.subtract(listed)
        excepted = everything.intersect(self._carved(boundary.address))
        maybe = members.maybe + (remote.maybe if remote else ())
        problems = members.problems + (remote.problems if remote else ())
        question = Question(
            boundary,
            Access.DENY,
            At.EITHER,
            everything.subtract(excepted),
            sources,
            destinations,
            excepted=excepted,
            maybe=tuple(dict.fromkeys(sources.maybe + destinations.maybe + maybe)),
            problems=problems,
        )
        return question if problems else _checked(question, everything.union(listed))

    def _crossing(self, boundary: Boundary, side: Side, remote: Members | None, direction: Direction) -> FlowSet:
        """Every flow between each partition and what is outside it."""
        everyone = ALL_NUMBERS.union(AddressSet.of((e.place, e.place) for e in self.network.numberless))
        outside = self._places(remote) if remote is not None else everyone.subtract(PLATFORM)
        crossing: list[Box] = []
        for inside in self._partitions(boundary, side):
            there = outside.subtract(inside)
            ends = (there, inside) if direction is Direction.INBOUND else (inside, there)
            crossing.extend(flows_between(ends[0], ends[1], EVERYTHING).boxes)
        return FlowSet.of(crossing)

    def _partitions(self, boundary: Boundary, side: Side) -> list[AddressSet]:
        if boundary.each is None:
            return [side.judged()]
        spans: dict[str, list[tuple[int, int]]] = {}
        for party in side.parties:
            for endpoint in party.endpoints:
                spans.setdefault(_partition(boundary.each, endpoint), []).append((endpoint.place, endpoint.place))
        for subnet, addresses in side.by_subnet.items():
            if any(subnet in party.subnets for party in side.parties):
                name = subnet.rpartition("/subnets/")[0] if boundary.each is Partition.VNET else subnet
                spans.setdefault(name, []).extend(addresses.spans)
        return [AddressSet.of(found) for found in spans.values()]


def _partition(each: Partition, endpoint: Endpoint) -> str:
    match each:
        case Partition.VNET:
            return endpoint.subnet.rpartition("/subnets/")[0]
        case Partition.SUBNET:
            return endpoint.subnet
        case Partition.RESOURCE_GROUP:
            return key(f"{id_part(endpoint.nic.id, 'subscriptions')}/{id_part(endpoint.nic.id, 'resourceGroups')}")
        case Partition.NIC:
            return key(endpoint.nic.id)


def _with_virtual_network(members: Members, sure: FlowSet, unsure: FlowSet, *, source: bool) -> Members:
    """The tag VirtualNetwork turned into the addresses that it came to opposite the other side."""
    if not members.virtual_network:
        return members
    boxes = (*sure.boxes, *unsure.boxes)
    spans = [span for box in boxes for span in (box.sources if source else box.destinations).spans]
    return replace(members, addresses=members.addresses.union(AddressSet.of(spans)))


def flows_between(sources: AddressSet, destinations: AddressSet, services: Iterable[Service]) -> FlowSet:
    """Every flow of some services from one set of addresses to another, within each family."""
    boxes: list[Box] = []
    for family in FAMILIES:
        here, there = sources.intersect(family), destinations.intersect(family)
        if here and there:
            for service in services:
                boxes.extend(Box(p, here, s, there, d) for p, s, d in service_products(service))
    return FlowSet.of(boxes)


def _beside(tagged: AddressSet, others: AddressSet, services: Iterable[Service], *, here: bool) -> FlowSet:
    """Flows between a tag's addresses (the sources if `here`) and the other side's."""
    return flows_between(tagged, others, services) if here else flows_between(others, tagged, services)


def service_products(service: Service) -> list[tuple[ProtocolSet, PortSet, PortSet]]:
    """Protocols, source ports and destination ports of a service; protocols without ports apart."""
    protocols = ProtocolSet.of((p, p) for p in service.protocols)
    found = []
    if ported := protocols.intersect(PORTED):
        source_ports = PortSet.of(service.source_ports) if service.source_ports else NUMBERED_PORTS
        found.append((ported, source_ports, PortSet.of(service.ports) if service.ports else NUMBERED_PORTS))
    if portless := protocols.intersect(PORTLESS):
        found.append((portless, NO_PORTS, NO_PORTS))
    return found


def _any_flow(sources: AddressSet = ALL_ADDRESSES, destinations: AddressSet = ALL_ADDRESSES) -> Box:
    return Box(ALL_PROTOCOLS, sources, ALL_PORTS, destinations, ALL_PORTS)


def _between_foreign(sources: Side, destinations: Side) -> FlowSet:
    """Flows that no filter of ours judges: both ends lie outside."""
    box = _any_flow(sources.foreign, destinations.foreign)
    return NO_FLOWS if box.is_empty() else FlowSet((box,))


def _oneself(sources: Side, destinations: Side) -> AddressSet:
    """The addresses whose every holder on one side is the very holder on the other (identity, not address)."""
    common = sources.judged().intersect(destinations.judged())
    if not common:
        return common
    here, there = _holders(sources.parties), _holders(destinations.parties)
    several = {place for place in here.keys() & there.keys() if len(here[place] | there[place]) > 1}
    return common.subtract(AddressSet.of((place, place) for place in several))


def _holders(parties: Iterable[Party]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for party in parties:
        for endpoint in party.endpoints:
            found.setdefault(endpoint.place, set()).add(endpoint.configuration.id)
    return found


def _checked(question: Question, everything: FlowSet) -> Question:
    """An intent left with nothing to check is an error of that intent."""
    if question.asked or question.maybe:
        return question
    if everything and question.excepted and not everything.subtract(question.excepted):
        return question
    what = "nothing is left to check"
    if not question.sources.parties and not question.destinations.parties:
        detail = "neither side has a NIC or subnet of the inventory; one of them must"
    elif everything:
        detail = "`except` and the listed intents take out every flow"
    else:
        detail = "the two sides share no address family, or one of them is empty"
    problem = Problem(Severity.ERROR, f"{question.address}: {what}", detail, question.of.where)
    return replace(question, problems=(problem,))
