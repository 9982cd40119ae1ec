"""Flows -> what of them no intent asks for: a fix may open what an Allow asks for, and close what a Deny asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from flowspec.fixes.edits import Edit
from flowspec.fixes.gates import Gate
from flowspec.fixes.prove import NOTHING_MOVED, Prover, Trial, but_platform
from flowspec.intents.cover import emptied
from flowspec.intents.questions import Question
from flowspec.model.inventory import Access, Direction
from flowspec.model.spec import Intent, Select
from flowspec.network.index import Network
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet, between
from flowspec.sets.intervals import NO_ADDRESSES, AddressSet, PortSet

BESIDE = "the rule that would mend it would change flows that the intent is not about"


@dataclass(slots=True, kw_only=True)
class Wishes:
    """What all intents and boundaries ask for, those in error left out; found by ports."""

    prover: Prover
    _exact: dict[Access, _ByPort] = field(default_factory=dict)
    _grown: dict[Access, _ByPort] = field(default_factory=dict)
    _gates: dict[Gate, Residents] = field(default_factory=dict)
    _near: dict[tuple[Gate, Access], tuple[_ByPort, _ByPort]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for access in (Access.ALLOW, Access.DENY):
            self._exact[access], self._grown[access] = _ByPort(), _ByPort()
        for question in self.prover.before.questions.values():
            if not question.problems:
                self._add(question)

    def beside(self, flows: FlowSet, access: Access, gate: Gate) -> FlowSet:
        """What of some flows at a gate nobody wants to have this access; the platform's and a NIC's own don't count.

        Addresses that nobody holds come with those of their subnet, where that is what an intent names, and with all
        that stands behind the gate, unless an intent wants them otherwise.
        """
        residents = self.residents(gate)
        here = but_platform(flows.intersect(FlowSet((residents.box,))))
        exact, grown = (asked.near(here) for asked in self._asked_at(gate, access))
        left = _without(here, exact)
        if not left:
            return NO_FLOWS
        nobody = _without(left, grown)
        if nobody and residents.free:
            nobody = _without(nobody, [residents.widened(box) for box in (*exact, *grown)])
        other = Access.DENY if access is Access.ALLOW else Access.ALLOW
        others = left.subtract(nobody)
        others_asked = self._asked_at(gate, other)[0].near(others)
        refused = others.subtract(_without(others, others_asked)) if others else NO_FLOWS
        found = nobody.union(refused)
        return NO_FLOWS if emptied(found, self.prover.planner.network.places) else found

    def objection(self, edits: Iterable[Edit], effect: Trial) -> str:
        """Why edits are not to be: they harm an intent, or open or close what nobody asks for."""
        harmed = effect.worse(self.prover.before)
        if harmed:
            return f"the rule that would mend it would break {', '.join(sorted(harmed)[:3])}"
        gates = dict.fromkeys(edit.gate for edit in edits)
        for way in Direction:
            moved = effect.moved.get(way, NOTHING_MOVED)
            for flows, access in ((moved.opens, Access.ALLOW), (moved.closes, Access.DENY)):
                left = flows
                for gate in gates:
                    left = self.beside(left, access, gate) if left and gate[1] is way else left
                if left:
                    return BESIDE
        return ""

    def residents(self, gate: Gate) -> Residents:
        """What stands behind a gate."""
        if gate not in self._gates:
            network, behind = self.prover.planner.network, self.prover.behind
            subnets = behind.subnets(gate)
            free = AddressSet.of(span for subnet in subnets for span in network.rest_of(subnet).spans)
            self._gates[gate] = Residents(gate[1], behind.addresses(gate).subtract(free), free)
        return self._gates[gate]

    def _asked_at(self, gate: Gate, access: Access) -> tuple[_ByPort, _ByPort]:
        """What is asked for of those who stand behind a gate, exact and grown."""
        if (gate, access) not in self._near:
            here = self.residents(gate).box
            self._near[gate, access] = self._exact[access].within(here), self._grown[access].within(here)
        return self._near[gate, access]

    def _add(self, question: Question) -> None:
        exact, grown = self._exact[question.expect], self._grown[question.expect]
        sure = question.asked.subtract(question.uncertain) if question.uncertain else question.asked
        for box in sure.boxes:
            exact.add(box)
        for box in self._with_subnets(question, sure):
            grown.add(box)

    def _with_subnets(self, question: Question, sure: FlowSet) -> Iterator[Box]:
        """The boxes of an intent that names subnets, with the addresses that nobody holds there."""
        of, planner = question.of, self.prover.planner
        sides = (of.sources, of.destinations) if isinstance(of, Intent) else ((*of.around, *(of.remote or ())),) * 2
        ends = [self.named_subnets(names) for names in sides]
        if not any(ends):
            return
        excepted = of.except_groups if isinstance(of, Intent) else ()
        taken = [planner.groups.members(name).addresses for name in excepted]
        spared = FlowSet.of([b for held in taken if held for b in (between(held), between(destinations=held))])
        for box in sure.boxes:
            sources = _with_free(planner.network, box.sources, ends[0])
            destinations = _with_free(planner.network, box.destinations, ends[1])
            if sources is not box.sources or destinations is not box.destinations:
                yield from FlowSet((replace(box, sources=sources, destinations=destinations),)).subtract(spared).boxes

    def named_subnets(self, names: Iterable[str]) -> tuple[str, ...]:
        """The subnets (keys) that groups are: all that they select is those, or whole VNets."""
        found: dict[str, None] = {}
        for name in names:
            group = self.prover.planner.spec.groups.get(name)
            if group is not None and group.selects and not group.excludes and all(map(_is_place, group.selects)):
                found.update((e.subnet, None) for e in self.prover.planner.groups.members(name).endpoints)
        return tuple(found)


def _without(flows: FlowSet, asked: Iterable[Box]) -> FlowSet:
    return flows.subtract(FlowSet(tuple(asked)).near(flows))


@dataclass(slots=True)
class _ByPort:
    """Boxes by their destination ports: most have a single one."""

    _single: dict[int, list[Box]] = field(default_factory=dict)
    _other: dict[PortSet, list[Box]] = field(default_factory=dict)

    def add(self, box: Box) -> None:
        spans = box.destination_ports.spans
        if len(spans) == 1 and spans[0][0] == spans[0][1]:
            self._single.setdefault(spans[0][0], []).append(box)
        else:
            self._other.setdefault(box.destination_ports, []).append(box)

    def within(self, here: Box) -> _ByPort:
        """The boxes, as far as they are in another one."""
        found = _ByPort()
        for boxes in (*self._single.values(), *self._other.values()):
            for box in boxes:
                if box.meets(here):
                    found.add(box.intersect(here))
        return found

    def near(self, flows: FlowSet) -> list[Box]:
        """The boxes that share ports with some flows."""
        ports = PortSet.of(span for box in flows.boxes for span in box.destination_ports.spans)
        if ports.count() < len(self._single):
            found = [box for port in ports for box in self._single.get(port, ())]
        else:
            found = [box for port, boxes in self._single.items() if port in ports for box in boxes]
        return found + [box for held, boxes in self._other.items() if held.meets(ports) for box in boxes]


@dataclass(frozen=True, slots=True)
class Residents:
    """The addresses behind a gate: those that are held, and those of its subnets that nobody holds."""

    direction: Direction
    held: AddressSet
    free: AddressSet

    @property
    def box(self) -> Box:
        """All flows that are judged here."""
        here = self.held.union(self.free)
        return between(destinations=here) if self.direction is Direction.INBOUND else between(here)

    def is_within(self, addresses: AddressSet) -> bool:
        """Whether all who stand here are among some addresses."""
        return bool(self.held) and self.held.is_subset(addresses)

    def widened(self, box: Box) -> Box:
        """A box of which all who stand here are a part, with the addresses that nobody holds here."""
        inbound = self.direction is Direction.INBOUND
        if not self.free or not self.is_within(box.destinations if inbound else box.sources):
            return box
        if inbound:
            return replace(box, destinations=box.destinations.union(self.free))
        return replace(box, sources=box.sources.union(self.free))


def _is_place(select: Select) -> bool:
    """Whether a selection is of subnets or VNets alone."""
    return bool(select.subnet or select.vnet) and select == Select(subnet=select.subnet, vnet=select.vnet)


def held_in(network: Network, subnet: str) -> AddressSet:
    """The addresses of the known ip-configurations of a subnet (a key)."""
    return AddressSet.of((endpoint.place, endpoint.place) for endpoint in network.by_subnet.get(subnet, ()))


def _with_free(network: Network, addresses: AddressSet, subnets: Iterable[str]) -> AddressSet:
    """With what nobody holds in those subnets of which everyone is there."""
    free = NO_ADDRESSES
    for subnet in subnets:
        held = held_in(network, subnet)
        if held and held.is_subset(addresses) and subnet in network.inventory.subnets:
            free = free.union(network.rest_of(subnet))
    return addresses.union(free) if free else addresses
