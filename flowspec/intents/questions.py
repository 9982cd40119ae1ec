"""Spec + network -> questions: for each intent and boundary the exact flows it is about, and who is judged.

A question is decided by policy, not by NIC: a thousand NICs behind one NSG are one check, and pairs of NICs are never
listed (docs/semantics.md, "Intents").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from flowspec.errors import Problem, Severity
from flowspec.intents.cover import (
    EVERYONE,
    EVERYTHING,
    Cover,
    Reach,
    cover_at,
    cover_between,
    emptied,
    flows_between,
    places_of,
    reach_of,
    shared_places,
)
from flowspec.intents.groups import Groups, Maybe, Members
from flowspec.intents.sides import Party, Side, side_of
from flowspec.model.inventory import Access, Direction, id_part, key, vnet_part
from flowspec.model.platform import PLATFORM
from flowspec.model.spec import Boundary, Carveout, Intent, Partition, Service, Spec
from flowspec.model.spec import Side as At
from flowspec.network.index import Endpoint, Network
from flowspec.network.tags import Scope, term
from flowspec.policy.policies import Policies
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet, between
from flowspec.sets.intervals import ALL_NUMBERS, NO_ADDRESSES, AddressSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The flows an intent or boundary is about, and the two ends.

    `asked` includes `uncertain`, the flows that may or may not belong to it. `oneself` are the addresses that are not
    judged against themselves. A boundary judges one end only: `crossing` says what at the members of each direction.
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
    crossing: tuple[tuple[Direction, FlowSet], ...] = ()

    @property
    def address(self) -> str:
        return self.of.address

    def parties(self) -> Iterator[tuple[Party, Direction]]:
        """Who is judged, and in which direction."""
        yield from ((party, Direction.OUTBOUND) for party in self.sources.parties)
        yield from ((party, Direction.INBOUND) for party in self.destinations.parties)


_NO_SIDE = Side()


@dataclass(slots=True, kw_only=True, eq=False)
class Planner:
    """Turns intents and boundaries into questions; groups and sides are resolved once."""

    spec: Spec
    network: Network
    policies: Policies
    today: date
    groups: Groups = field(init=False)
    _sides: dict[tuple[tuple[str, ...], Direction], Side] = field(default_factory=dict)
    _places: dict[tuple[str, ...], AddressSet] = field(default_factory=dict)
    _reaches: dict[tuple[str, ...], Reach] = field(default_factory=dict)
    _selves: dict[tuple[tuple[str, ...], tuple[str, ...]], AddressSet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.groups = Groups(self.spec, self.network)

    def question(self, of: Intent | Boundary) -> Question:
        """One question; what is wrong with it stands in its `problems`."""
        return self._boundary(of) if isinstance(of, Boundary) else self._intent(of)

    def places(self, names: tuple[str, ...]) -> AddressSet:
        """Every address and point of some groups."""
        members = self.groups.joined(names)
        return places_of(self.network, members).subtract(shared_places(self.network, members))

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
        sure, unsure, reason = self._between(intent)
        members = (
            _with_virtual_network(members[0], sure, unsure, source=True),
            _with_virtual_network(members[1], sure, unsure, source=False),
        )
        sources = self._side(intent.sources, members[0], Direction.OUTBOUND)
        destinations = self._side(intent.destinations, members[1], Direction.INBOUND)
        taken, carved = self._excepts(intent), self._carved(intent.address)
        whole = sure.union(unsure).subtract(_between_foreign(sources, destinations))
        judged = whole.subtract(taken.sure)
        excepted = judged.intersect(carved.sure)
        hinging = judged.intersect(taken.union(carved).maybe)
        question = Question(
            of=intent,
            expect=intent.expect,
            at=intent.at,
            asked=judged.subtract(excepted),
            sources=sources,
            destinations=destinations,
            uncertain=unsure.union(hinging),
            uncertain_reason=_reason(reason, taken, carved) if hinging else reason,
            excepted=excepted,
            oneself=self._oneself(intent, sources, destinations),
            maybe=tuple(dict.fromkeys(sources.maybe + destinations.maybe)),
            problems=members[0].problems + members[1].problems,
        )
        return question if question.problems else _checked(question, everything=bool(whole))

    def _oneself(self, intent: Intent, sources: Side, destinations: Side) -> AddressSet:
        """The addresses whose every holder on one side is the very holder on the other (identity, not address)."""
        ends = (intent.sources, intent.destinations)
        if ends not in self._selves or any(self.groups.joined(names).virtual_network for names in ends):
            common = sources.judged.intersect(destinations.judged)
            several = common.intersect(self.network.ambiguous)
            self._selves[ends] = common.subtract(_held_twice(sources, destinations, several)) if several else common
        return self._selves[ends]

    def _place(self, names: tuple[str, ...]) -> AddressSet:
        if names not in self._places:
            self._places[names] = places_of(self.network, self.groups.joined(names))
        return self._places[names]

    def _between(self, intent: Intent) -> tuple[FlowSet, FlowSet, str]:
        """The flows of an intent before all that is taken out: sure ones, uncertain ones, and why these are."""
        sources, destinations = self.groups.joined(intent.sources), self.groups.joined(intent.destinations)
        services = intent.services
        sure = flows_between(self._place(intent.sources), self._place(intent.destinations), services)
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
        ends = self._everyone().subtract(PLATFORM)
        found: dict[tuple[AddressSet, AddressSet, str], AddressSet] = {}
        for subnet, addresses in side.by_subnet.items():
            match = term(Scope(self.network, subnet, ""), "VirtualNetwork", "")
            sure, maybe = (
                addresses_of.subtract(PLATFORM).intersect(ends) for addresses_of in (match.sure, match.maybe)
            )
            meaning = (sure, maybe, match.reason)
            found[meaning] = found.get(meaning, NO_ADDRESSES).union(addresses)
        return found.items()

    def _excepts(self, intent: Intent) -> Cover:
        """What `except` takes out: flows from or to its groups, and the flows of its intents."""
        taken = cover_at(self._reach(intent.except_groups)) if intent.except_groups else Cover()
        return self._listed(intent.except_intents).union(taken)

    def _listed(self, names: tuple[str, ...]) -> Cover:
        """The flows of some intents, before exceptions."""
        listed = Cover()
        for name in names:
            intent = self.spec.intents[name]
            sources, destinations = self.groups.joined(intent.sources), self.groups.joined(intent.destinations)
            ends = self._reach(intent.sources), self._reach(intent.destinations)
            covered = cover_between(*ends, intent.services)
            if sources.virtual_network or destinations.virtual_network:
                sure, unsure, reason = self._between(intent)
                covered = Cover(sure, unsure, (reason,) if unsure else ()).union(covered)
            listed = listed.union(covered.without(self._excepts(intent)))
        return listed

    def _carved(self, address: str) -> Cover:
        """The flows of the running exceptions."""
        carved = Cover()
        for exception in self.running(address):
            ends = self._reach(exception.sources), self._reach(exception.destinations)
            carved = carved.union(cover_between(*ends, exception.services or EVERYTHING))
        return carved

    def _reach(self, names: tuple[str, ...] | None) -> Reach:
        if names is None:
            return EVERYONE
        if names not in self._reaches:
            self._reaches[names] = reach_of(self.network, self.groups.joined(names))
        return self._reaches[names]

    def _boundary(self, boundary: Boundary) -> Question:
        members = self.groups.joined(boundary.around)
        remote = self.groups.joined(boundary.remote) if boundary.remote is not None else None
        everything, sources, destinations = NO_FLOWS, _NO_SIDE, _NO_SIDE
        regions = []
        for direction in boundary.directions:
            side = side_of(self.network, self.policies, members, direction)
            region = self._crossing(boundary, side, remote, direction)
            everything = everything.union(region)
            regions.append((direction, region))
            if direction is Direction.INBOUND:
                destinations = side
            else:
                sources = side
        listed, carved = self._listed(boundary.allow), self._carved(boundary.address)
        crossing = everything
        everything = everything.subtract(listed.sure)
        excepted = everything.intersect(carved.sure)
        hinging = everything.intersect(listed.union(carved).maybe)
        maybe = side_of(self.network, self.policies, remote, Direction.INBOUND).maybe if remote else ()
        problems = members.problems + (remote.problems if remote else ())
        question = Question(
            of=boundary,
            expect=Access.DENY,
            at=At.EITHER,
            asked=everything.subtract(excepted),
            sources=sources,
            destinations=destinations,
            uncertain=hinging,
            uncertain_reason=_reason("", listed, carved),
            excepted=excepted,
            maybe=tuple(dict.fromkeys(sources.maybe + destinations.maybe + maybe)),
            problems=problems,
            crossing=tuple(regions) if remote is not None else (),
        )
        return question if problems else _checked(question, everything=bool(crossing))

    def _crossing(self, boundary: Boundary, side: Side, remote: Members | None, direction: Direction) -> FlowSet:
        """Every flow between each partition and what is outside it."""
        everyone = self._everyone()
        outside = places_of(self.network, remote) if remote is not None else everyone.subtract(PLATFORM)
        crossing: list[Box] = []
        for inside in self._partitions(boundary, side):
            there = outside.subtract(inside)
            ends = (there, inside) if direction is Direction.INBOUND else (inside, there)
            crossing.extend(flows_between(ends[0], ends[1], EVERYTHING).boxes)
        return FlowSet.of(crossing)

    def _everyone(self) -> AddressSet:
        """Every address, and the NICs whose address is not known."""
        return ALL_NUMBERS.union(AddressSet.of((e.place, e.place) for e in self.network.numberless))

    def _partitions(self, boundary: Boundary, side: Side) -> list[AddressSet]:
        if boundary.each is None:
            return [side.judged]
        spans: dict[str, list[tuple[int, int]]] = {}
        for party in side.parties:
            for endpoint in party.endpoints:
                spans.setdefault(_partition(boundary.each, endpoint), []).append((endpoint.place, endpoint.place))
        own = AddressSet.of((e.place, e.place) for party in side.parties for e in party.endpoints)
        for subnet, addresses in side.by_subnet.items():
            if any(subnet in party.subnets for party in side.parties):
                name = vnet_part(subnet) if boundary.each is Partition.VNET else subnet
                spans.setdefault(name, []).extend(addresses.subtract(own).spans)
        return [AddressSet.of(found) for found in spans.values()]


def _partition(each: Partition, endpoint: Endpoint) -> str:
    match each:
        case Partition.VNET:
            return vnet_part(endpoint.subnet)
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


def _beside(tagged: AddressSet, others: AddressSet, services: Iterable[Service], *, here: bool) -> FlowSet:
    """Flows between a tag's addresses (the sources if `here`) and the other side's."""
    return flows_between(tagged, others, services) if here else flows_between(others, tagged, services)


def _between_foreign(sources: Side, destinations: Side) -> FlowSet:
    """Flows that no filter of ours judges: both ends lie outside."""
    box = between(sources.foreign, destinations.foreign)
    return NO_FLOWS if box.is_empty() else FlowSet((box,))


def _reason(reason: str, *covers: Cover) -> str:
    """Why it is uncertain whether flows belong to a question."""
    return "; ".join(dict.fromkeys(r for r in (reason, *(r for cover in covers for r in cover.reasons)) if r))


def _held_twice(sources: Side, destinations: Side, among: AddressSet) -> AddressSet:
    """Those of some addresses that several ip-configurations, or subnets judged as a whole, of the two sides hold."""
    held: dict[Endpoint | str, AddressSet] = {}
    for side in (sources, destinations):
        for party in side.parties:
            held.update((e, AddressSet.one(e.place)) for e in party.endpoints if e.place in among)
        held.update((subnet, rest.union(held.get(subnet, NO_ADDRESSES))) for subnet, rest in side.rest.items())
    once = twice = NO_ADDRESSES
    for addresses in held.values():
        here = addresses.intersect(among)
        once, twice = once.union(here), twice.union(once.intersect(here))
    return twice


def _checked(question: Question, *, everything: bool) -> Question:
    """An intent left with nothing to check is an error of that intent. `everything`: there were flows to begin with."""
    oneself = question.oneself
    if question.maybe or not emptied(question.excepted, oneself) or not emptied(question.asked, oneself):
        return question
    what = "nothing is left to check"
    if not question.sources.parties and not question.destinations.parties:
        detail = "neither side has a NIC or subnet of the inventory; one of them must"
    elif question.asked or question.excepted:
        detail = "all that is left is from an address to itself, which is not judged"
    elif everything:
        detail = "`except` and the listed intents take out every flow"
    else:
        detail = "the two sides share no address family, or one of them is empty"
    problem = Problem(Severity.ERROR, f"{question.address}: {what}", detail, question.of.where)
    return replace(question, problems=(problem,))
