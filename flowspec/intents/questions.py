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
    NO_NAMESAKES,
    Cover,
    Namesakes,
    Reach,
    arriving,
    brought_to,
    cover_at,
    cover_between,
    emptied,
    everyone,
    flows_between,
    namesakes,
    places_of,
    reach_of,
    twice_held,
)
from flowspec.intents.crossing import members_side, outside_of, region
from flowspec.intents.groups import Groups, Maybe, Members
from flowspec.intents.hidden import at_public, behind_nat, let_in, passing_on
from flowspec.intents.sides import Party, Side, side_of
from flowspec.model.inventory import Access, Direction
from flowspec.model.platform import PLATFORM
from flowspec.model.spec import Boundary, Carveout, Intent, Service, Spec
from flowspec.model.spec import EnforceAt as At
from flowspec.network.index import Network
from flowspec.network.tags import Scope, term
from flowspec.policy.policies import Policies
from flowspec.sets.address import address_text
from flowspec.sets.flows import NO_FLOWS, FlowSet, between
from flowspec.sets.intervals import NO_ADDRESSES, AddressSet


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
_Ends = tuple[Side | None, Side | None]
"""The sides that judge the sources and the destinations of some flows; None where nobody of ours does."""


@dataclass(slots=True, kw_only=True, eq=False)
class Planner:
    """Turns intents and boundaries into questions; groups and sides are resolved once."""

    spec: Spec
    network: Network
    policies: Policies
    today: date
    groups: Groups = field(init=False)
    _sides: dict[tuple[tuple[str, ...], Direction, bool], Side] = field(default_factory=dict)
    _places: dict[tuple[str, ...], AddressSet] = field(default_factory=dict)
    _reaches: dict[tuple[str, ...], Reach] = field(default_factory=dict)
    _selves: dict[tuple[tuple[str, ...], tuple[str, ...]], AddressSet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.groups = Groups(self.spec, self.network)

    def question(self, of: Intent | Boundary) -> Question:
        """One question; what is wrong with it stands in its `problems`."""
        return self._boundary(of) if isinstance(of, Boundary) else self._intent(of)

    def places(self, names: tuple[str, ...]) -> AddressSet:
        """Every address and point that is of some groups alone."""
        members = self.groups.joined(names)
        return places_of(self.network, members).subtract(namesakes(self.network, members).shared)

    def running(self, address: str) -> list[Carveout]:
        """The exceptions of an intent or boundary whose day has not passed."""
        return [e for e in self.spec.exceptions.values() if address in e.of and self.today <= e.expires]

    def _side(self, names: tuple[str, ...], members: Members, direction: Direction, *, through: bool = False) -> Side:
        found = (names, direction, through)
        if members.virtual_network:
            return side_of(self.network, self.policies, members, direction, through=through)
        if found not in self._sides:
            self._sides[found] = side_of(self.network, self.policies, members, direction, through=through)
        return self._sides[found]

    def _intent(self, intent: Intent) -> Question:
        members = self.groups.joined(intent.sources), self.groups.joined(intent.destinations)
        sure, unsure, reason = self._between(intent)
        members = (
            _with_virtual_network(members[0], sure, unsure, source=True),
            _with_virtual_network(members[1], sure, unsure, source=False),
        )
        sources = self._side(intent.sources, members[0], Direction.OUTBOUND)
        through = intent.expect is Access.DENY
        destinations = self._side(intent.destinations, members[1], Direction.INBOUND, through=through)
        sure = sure.union(self._brought(intent, sources, destinations))
        unsure, ends = unsure.subtract(sure), (sources, destinations)
        taken, carved = self._excepts(intent, ends), self._carved(intent.address, ends)
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
            maybe=tuple(
                dict.fromkeys(
                    (
                        *sources.maybe,
                        *destinations.maybe,
                        *self._unplaced(intent, destinations),
                        *behind_nat(sources, members[1]),
                        *at_public(self.network, sources, members[1], destinations if through else None),
                    )
                )
            ),
            problems=members[0].problems + members[1].problems + _no_source(intent, members[0]),
        )
        return question if question.problems else _checked(question, has_flows=bool(whole))

    def _brought(self, intent: Intent, sources: Side, destinations: Side) -> FlowSet:
        """What load balancers bring; by a public IP nobody comes with the address of a NIC or subnet of ours."""
        here = self._place(intent.sources)
        public = [one for one in destinations.brought if one.arrival and one.arrival.public]
        private = [one for one in destinations.brought if one.arrival and not one.arrival.public]
        found = arriving(here, private, intent.services)
        return found.union(arriving(here.subtract(sources.judged), public, intent.services))

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
        sure = flows_between(self._place(intent.sources), self._place(intent.destinations), intent.services)
        tagged, unsure, reason = self._beside_tag(intent)
        sure = sure.union(tagged)
        return sure, unsure.subtract(sure), reason

    def _beside_tag(self, intent: Intent) -> tuple[FlowSet, FlowSet, str]:
        """The flows that an intent has by the tag VirtualNetwork: sure ones, uncertain ones, and why these are.

        Where subnets share addresses, and the tag means another thing at each, which of them is meant is not certain.
        """
        sources, destinations = self.groups.joined(intent.sources), self.groups.joined(intent.destinations)
        here, services = sources.virtual_network, intent.services
        sure, unsure, reasons = NO_FLOWS, NO_FLOWS, []
        if not (here or destinations.virtual_network):
            return sure, unsure, ""
        meanings = list(self._by_meaning(destinations if here else sources))
        twice = twice_held(others for _, others in meanings)
        for (inside, maybe, reason), others in meanings:
            sure = sure.union(_beside(inside, others.subtract(twice), services, here=here))
            unsure = unsure.union(_beside(inside, others.intersect(twice), services, here=here))
            unsure = unsure.union(_beside(maybe, others, services, here=here))
            reasons.append(reason)
        reasons += [f"VirtualNetwork means several things at {address_text(twice.spans[0][0])}"] if twice else []
        return sure, unsure.subtract(sure), "; ".join(dict.fromkeys(r for r in reasons if r))

    def _by_meaning(self, members: Members) -> Iterable[tuple[tuple[AddressSet, AddressSet, str], AddressSet]]:
        """The judged addresses of a side, grouped by what VirtualNetwork means at their subnet: sure, maybe, why."""
        side = side_of(self.network, self.policies, members, Direction.INBOUND)
        ends = everyone(self.network).subtract(PLATFORM)
        found: dict[tuple[AddressSet, AddressSet, str], AddressSet] = {}
        for subnet, addresses in side.by_subnet.items():
            match = term(Scope(self.network, subnet, ""), "VirtualNetwork", "")
            sure, maybe = (
                addresses_of.subtract(PLATFORM).intersect(ends) for addresses_of in (match.sure, match.maybe)
            )
            meaning = (sure, maybe, match.reason)
            found[meaning] = found.get(meaning, NO_ADDRESSES).union(addresses)
        return found.items()

    def _excepts(self, intent: Intent, ends: _Ends) -> Cover:
        """What `except` takes out: flows from or to its groups, and the flows of its intents."""
        taken = Cover()
        if intent.except_groups:
            taken = cover_at(*(self._reach(intent.except_groups, side) for side in ends))
        return self._listed(intent.except_intents, ends).union(taken)

    def _listed(self, names: tuple[str, ...], ends: _Ends) -> Cover:
        """The flows of some intents, before exceptions, among those that the sides judge."""
        listed = Cover()
        for name in names:
            intent = self.spec.intents[name]
            sources, destinations = self._reach(intent.sources, ends[0]), self._reach(intent.destinations, ends[1])
            covered = self._tagged(intent, ends).union(cover_between(sources, destinations, intent.services))
            listed = listed.union(covered.without(self._excepts(intent, ends)))
        return listed

    def _tagged(self, intent: Intent, ends: _Ends) -> Cover:
        """The flows that an intent has by the tag VirtualNetwork, as far as it is known whose they are."""
        sure, unsure, reason = self._beside_tag(intent)
        found = Cover(sure, unsure, (reason,) if unsure and reason else ())
        if not sure and not unsure:
            return found
        for names, side, is_source in ((intent.sources, ends[0], True), (intent.destinations, ends[1], False)):
            apart = self._namesakes(names, side)
            shared, foreign = (
                FlowSet.of([between(held) if is_source else between(destinations=held)])
                for held in (apart.shared, apart.foreign)
            )
            sure, maybe = found.sure.subtract(foreign), found.maybe.subtract(foreign)
            maybe = maybe.union(sure.intersect(shared))
            found = Cover(sure.subtract(shared), maybe, found.reasons + apart.reasons)
        return found

    def _carved(self, address: str, ends: _Ends) -> Cover:
        """The flows of the running exceptions, among those that the sides judge."""
        carved = Cover()
        for exception in self.running(address):
            reaches = self._reach(exception.sources, ends[0]), self._reach(exception.destinations, ends[1])
            carved = carved.union(cover_between(*reaches, exception.services or EVERYTHING))
        return carved

    def _reach(self, names: tuple[str, ...] | None, side: Side | None) -> Reach:
        if names is None:
            return EVERYONE
        if names not in self._reaches:
            self._reaches[names] = reach_of(self.network, self.groups.joined(names))
        apart = self._namesakes(names, side)
        found = self._reaches[names] if apart is NO_NAMESAKES else self._reaches[names].told_apart(apart)
        return brought_to(found, self.groups.joined(names), side)

    def _namesakes(self, names: tuple[str, ...], side: Side | None) -> Namesakes:
        return namesakes(self.network, self.groups.joined(names), side)

    def _boundary(self, boundary: Boundary) -> Question:
        members = self.groups.joined(boundary.around)
        remote = self.groups.joined(boundary.remote) if boundary.remote is not None else None
        sides = {d: members_side(self.network, self.policies, members, d) for d in boundary.directions}
        crossings = {d: self._crossing(boundary, side, remote, d) for d, side in sides.items()}
        maybe = side_of(self.network, self.policies, remote, Direction.INBOUND).maybe if remote else ()
        problems = members.problems + ((*remote.problems, *_no_source(boundary, remote)) if remote else ())
        sources, destinations = (sides.get(d, _NO_SIDE) for d in (Direction.OUTBOUND, Direction.INBOUND))
        outside = outside_of(self.network, remote)
        unplaced = let_in(self.network, destinations, outside.subtract(destinations.judged), EVERYTHING)
        passing = passing_on(sides, outside)
        asked = FlowSet.union_all(crossing.asked for crossing in crossings.values())
        apart = remote is not None or (len(crossings) > 1 and bool(self.network.ambiguous))
        question = Question(
            of=boundary,
            expect=Access.DENY,
            at=At.EITHER,
            asked=asked,
            sources=sources,
            destinations=destinations,
            uncertain=FlowSet.union_all(crossing.uncertain for crossing in crossings.values()),
            uncertain_reason="; ".join(dict.fromkeys(r for c in crossings.values() for r in c.reasons if r)),
            excepted=FlowSet.union_all(crossing.excepted for crossing in crossings.values()).subtract(asked),
            maybe=tuple(dict.fromkeys((*sources.maybe, *destinations.maybe, *maybe, *unplaced, *passing))),
            problems=problems,
            crossing=tuple((d, crossing.asked) for d, crossing in crossings.items()) if apart else (),
        )
        has_flows = any(crossing.all for crossing in crossings.values())
        return question if problems else _checked(question, has_flows=has_flows)

    def _unplaced(self, intent: Intent, side: Side) -> Iterator[Maybe]:
        """Of a Deny: who may be reached at the frontend of a load balancer that is not known."""
        if intent.expect is Access.DENY:
            yield from let_in(self.network, side, self._place(intent.sources), intent.services)

    def _crossing(self, boundary: Boundary, side: Side, remote: Members | None, direction: Direction) -> _Crossing:
        """What crosses in one direction, before and after all that is taken out."""
        ends = (None, side) if direction is Direction.INBOUND else (side, None)
        listed, carved = self._listed(boundary.allow, ends), self._carved(boundary.address, ends)
        crossing = region(self.network, boundary.each, side, remote, direction)
        everything = crossing.sure.union(crossing.maybe)
        left = everything.subtract(listed.sure)
        return _Crossing(
            all=everything,
            asked=left.subtract(carved.sure),
            uncertain=left.intersect(listed.union(carved).maybe.union(crossing.maybe)),
            excepted=left.intersect(carved.sure),
            reasons=(*listed.reasons, *carved.reasons, *crossing.reasons),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crossing:
    """What crosses a boundary in one direction. `asked` includes `uncertain`."""

    all: FlowSet
    asked: FlowSet
    uncertain: FlowSet
    excepted: FlowSet
    reasons: tuple[str, ...]


def _no_source(of: Intent | Boundary, members: Members) -> tuple[Problem, ...]:
    """Nothing comes from a frontend: it is where flows arrive."""
    if not members.frontends:
        return ()
    what = "`remote`" if isinstance(of, Boundary) else "`from`"
    detail = "flows only arrive at a frontend; name its backends with select"
    return (Problem(Severity.ERROR, f"{of.address}: {what} names frontends", detail, of.where),)


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
    """Flows that no filter of ours judges: both ends lie outside, and no load balancer brings them in."""
    box = between(sources.foreign, destinations.foreign)
    if box.is_empty():
        return NO_FLOWS
    arrivals = FlowSet.of(p.arrival.at(p.addresses) for p in destinations.parties if p.arrival)
    return FlowSet((box,)).subtract(arrivals)


def _reason(reason: str, *covers: Cover) -> str:
    """Why it is uncertain whether flows belong to a question."""
    return "; ".join(dict.fromkeys(r for r in (reason, *(r for cover in covers for r in cover.reasons)) if r))


def _held_twice(sources: Side, destinations: Side, among: AddressSet) -> AddressSet:
    """Those of some addresses that several ip-configurations, or subnets judged as a whole, of the two sides hold."""
    held = dict(sources.holders()) | dict(destinations.holders())
    return twice_held(addresses.intersect(among) for addresses in held.values())


def _checked(question: Question, *, has_flows: bool) -> Question:
    """An intent left with nothing to check is an error of that intent. `has_flows`: before all that is taken out."""
    oneself = question.oneself
    if question.maybe or not emptied(question.excepted, oneself) or not emptied(question.asked, oneself):
        return question
    what = "nothing is left to check"
    if not question.sources.parties and not question.destinations.parties:
        detail = "neither side has a NIC or subnet of the inventory; one of them must"
    elif question.asked or question.excepted:
        detail = "all that is left is from an address to itself, which is not judged"
    elif has_flows:
        detail = "`except` and the listed intents take out every flow"
    else:
        detail = "the two sides share no address family, or one of them is empty"
    problem = Problem(Severity.ERROR, f"{question.address}: {what}", detail, question.of.where)
    return replace(question, problems=(problem,))
