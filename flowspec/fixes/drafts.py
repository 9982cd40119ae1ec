"""What an NSG should do otherwise -> the rules that would do it, spelt, not yet placed and named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product

from flowspec.fixes.goals import Want
from flowspec.fixes.prove import Prover
from flowspec.fixes.wishes import Wishes
from flowspec.fixes.wording import Speller, Term, UnspeakableError, rule_terms
from flowspec.model.inventory import Access, Direction, Rule
from flowspec.model.spec import Boundary
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import (
    ALL_PROTOCOLS,
    FAMILIES,
    NO_PORTS,
    NUMBERED_PORTS,
    PORTED,
    PORTLESS,
    AddressSet,
    PortSet,
    Protocol,
    ProtocolSet,
)
from flowspec.sets.written import SPELLINGS, port_text

MAX_RULES = 8
_SPELLINGS_TRIED = 4
"""Ways to write each end of a rule that are tried against each other."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A rule without a name and a place. `protocols`: one, or all of them."""

    access: Access
    protocols: ProtocolSet
    source: Term
    source_ports: PortSet
    destination: Term
    destination_ports: PortSet

    @cached_property
    def flows(self) -> FlowSet:
        """What it matches, as far as its terms are known."""
        return FlowSet(tuple(self._boxes()))

    def _boxes(self) -> Iterator[Box]:
        for family in FAMILIES:
            here, there = (term.addresses.intersect(family) for term in (self.source, self.destination))
            for kind, numbered in ((PORTED, True), (PORTLESS, False)) if here and there else ():
                if protocols := self.protocols.intersect(kind):
                    yield Box(
                        protocols=protocols,
                        sources=here,
                        source_ports=self.source_ports if numbered else NO_PORTS,
                        destinations=there,
                        destination_ports=self.destination_ports if numbered else NO_PORTS,
                    )

    @property
    def protocol(self) -> str:
        """As a rule spells it."""
        return "*" if self.protocols == ALL_PROTOCOLS else SPELLINGS[Protocol(self.protocols.spans[0][0])]

    @property
    def ends(self) -> tuple[Term, Term]:
        return self.source, self.destination

    def joined(self, other: Draft) -> Draft | None:
        """One rule that does what both do, and maybe more."""
        source, destination = self.source.joined(other.source), self.destination.joined(other.destination)
        protocols = self.protocols if self.protocols == other.protocols else ALL_PROTOCOLS
        source_ports = self.source_ports.union(other.source_ports)
        destination_ports = self.destination_ports.union(other.destination_ports)
        if source is None or destination is None or self.access is not other.access:
            return None
        if protocols == ALL_PROTOCOLS and not (source_ports == destination_ports == NUMBERED_PORTS):
            return None
        return Draft(
            access=self.access,
            protocols=protocols,
            source=source,
            source_ports=source_ports,
            destination=destination,
            destination_ports=destination_ports,
        )

    def rule(self, direction: Direction) -> Rule:
        """The rule, its name and place left open."""
        return Rule(
            name="",
            priority=0,
            direction=direction,
            access=self.access,
            protocol=self.protocol,
            sources=self.source.texts,
            source_ports=port_texts(self.source_ports),
            destinations=self.destination.texts,
            destination_ports=port_texts(self.destination_ports),
            source_asgs=self.source.asgs,
            destination_asgs=self.destination.asgs,
        )


def size_of(rule: Rule) -> int:
    """How many prefixes, tags, groups and ports a rule lists."""
    ends = (rule.sources, rule.source_asgs, rule.destinations, rule.destination_asgs)
    return sum(map(len, (*ends, rule.source_ports, rule.destination_ports)))


def port_texts(ports: PortSet) -> tuple[str, ...]:
    numbered = ports.intersect(NUMBERED_PORTS)
    if not numbered or numbered == NUMBERED_PORTS:
        return ("*",)
    return tuple(map(port_text, numbered.spans))


@dataclass(slots=True)
class Drafter:
    """Writes rules for what is wanted, in the words of the intents."""

    prover: Prover
    asked: Wishes

    def ways(self, want: Want, in_the_way: Iterable[Rule]) -> Iterator[tuple[Draft, ...]]:
        """Rules for a want, the best words first; UnspeakableError where none can be written.

        First single rules, some of which do more than is wanted: that has to be looked at. Then rules for exactly the
        intent's flows here, and for exactly those that drift.
        """
        rules = tuple(in_the_way)
        spellers = self._spellers(want, rules)
        for flows in dict.fromkeys((want.own, want.flows)):
            yield from ((draft,) for draft in _single(want.access, flows, *spellers))
        failure: UnspeakableError | None = None
        for flows in dict.fromkeys((want.own, want.flows)):
            try:
                yield tuple(self._exact(want, flows, rules, spellers))
            except UnspeakableError as why:
                failure = failure or why
        if failure is not None:
            raise failure

    def spared(self, want: Want) -> Iterator[tuple[str, Term]]:
        """What a rule that is narrowed may be left with, by its end: the groups that the intent excepts or lists."""
        of, spec = want.judgement.question.of, self.prover.planner.spec
        groups = self.prover.planner.groups
        if isinstance(of, Boundary):
            listed = [spec.intents[name] for name in of.allow]
            names = {end: tuple(name for intent in listed for name in getattr(intent, f"{end}s"))
                     for end in ("source", "destination")}  # fmt: skip
        else:
            names = dict.fromkeys(("source", "destination"), of.except_groups)
        for end, found in names.items():
            for name in found:
                speller = Speller(
                    groups=groups, names=(name,), vnet=want.vnet, subnets=self.asked.named_subnets((name,))
                )
                held = groups.members(name)
                places = held.addresses.union(AddressSet.of((e.place, e.place) for e in held.endpoints))
                yield from ((end, term) for family in FAMILIES if (part := places.intersect(family))
                            for term in islice(speller.whole(part), 1))  # fmt: skip

    def _exact(
        self, want: Want, flows: FlowSet, rules: tuple[Rule, ...], spellers: tuple[Speller, Speller]
    ) -> list[Draft]:
        """The rules to be, each behind those that follow it.

        Protocols without a name are denied by a rule for all protocols, behind others that keep what now passes.
        """
        try:
            return spelt(want.access, flows, *spellers)
        except UnspeakableError:
            wide, kept = widened(flows)
            if want.access is Access.ALLOW or wide == flows:
                raise
        passing = self.prover.passing(want.gate, kept)
        denies = spelt(want.access, wide, *spellers)
        return denies + spelt(Access.ALLOW, passing, *self._spellers(want, rules, kept=True))

    def _spellers(self, want: Want, rules: tuple[Rule, ...], *, kept: bool = False) -> tuple[Speller, Speller]:
        """For the sources and the destinations; of what is `kept`, a boundary's listed intents have the words."""
        of, spec = want.judgement.question.of, self.prover.planner.spec
        inbound = want.gate[1] is Direction.INBOUND
        if not isinstance(of, Boundary):
            sources, destinations = of.sources, of.destinations
        elif kept:
            listed = [spec.intents[name] for name in of.allow]
            sources = tuple(name for intent in listed for name in intent.sources)
            destinations = tuple(name for intent in listed for name in intent.destinations)
        else:
            ends = (of.remote or (), of.around)
            sources, destinations = ends if inbound else (ends[1], ends[0])
        held = self.asked.residents(want.gate).held

        def speller(names: tuple[str, ...], end: str, behind: AddressSet) -> Speller:
            return Speller(
                groups=self.prover.planner.groups,
                names=names,
                vnet=want.vnet,
                extra=tuple(term for rule in rules for term in rule_terms(rule, end)),
                behind=behind,
                subnets=self.asked.named_subnets(names),
            )

        here, there = (AddressSet(), held) if inbound else (held, AddressSet())
        return speller(sources, "source", here), speller(destinations, "destination", there)


def _single(access: Access, flows: FlowSet, sources: Speller, destinations: Speller) -> Iterator[Draft]:
    """One rule each that holds all of some flows of one family, and maybe more."""
    protocols = ProtocolSet.of(span for box in flows.boxes for span in box.protocols.spans)
    source_ports = _hull(box.source_ports for box in flows.boxes)
    destination_ports = _hull(box.destination_ports for box in flows.boxes)
    if protocols.count() > 1 or Protocol.OTHER in protocols:
        protocols = ALL_PROTOCOLS
        if any(ports != NUMBERED_PORTS for box in flows.boxes if box.protocols.meets(PORTED)
               for ports in (box.source_ports, box.destination_ports)):  # fmt: skip
            source_ports = destination_ports = NUMBERED_PORTS
    ends = [AddressSet.of(s for box in flows.boxes for s in box.sources.spans),
            AddressSet.of(s for box in flows.boxes for s in box.destinations.spans)]  # fmt: skip
    wholes = [_wholes(speller, addresses) for speller, addresses in zip((sources, destinations), ends, strict=True)]
    for destination, source in product(wholes[1], wholes[0]):
        yield Draft(
            access=access,
            protocols=protocols,
            source=source,
            source_ports=source_ports or NUMBERED_PORTS,
            destination=destination,
            destination_ports=destination_ports or NUMBERED_PORTS,
        )


def _wholes(speller: Speller, addresses: AddressSet) -> list[Term]:
    """Terms for addresses; of both families, only those that name no prefixes."""
    families = [part for family in FAMILIES if (part := addresses.intersect(family))]
    if len(families) == 1:
        return list(islice(dict.fromkeys(speller.whole(addresses)), _SPELLINGS_TRIED))
    found = [list(speller.whole(part)) for part in families]
    return [term for term in dict.fromkeys(found[0]) if term in found[1] and not term.is_listable][:_SPELLINGS_TRIED]


def _hull(ports: Iterable[PortSet]) -> PortSet:
    return PortSet.of(span for some in ports for span in some.intersect(NUMBERED_PORTS).spans)


def spelt(access: Access, flows: FlowSet, sources: Speller, destinations: Speller) -> list[Draft]:
    """Rules for exactly these flows; UnspeakableError when they can't be written, or only by very many rules."""
    found: dict[Draft, None] = {}
    for protocols, box in _by_protocol(flows.boxes):
        ports = [numbered if (numbered := held.intersect(NUMBERED_PORTS)) else NUMBERED_PORTS
                 for held in (box.source_ports, box.destination_ports)]  # fmt: skip
        for source in sources.spell(box.sources):
            for destination in destinations.spell(box.destinations):
                draft = Draft(access=access, protocols=protocols, source=source, source_ports=ports[0],
                              destination=destination, destination_ports=ports[1])  # fmt: skip
                found[draft] = None
        if len(found) > MAX_RULES:
            raise UnspeakableError(f"it would take more than {MAX_RULES} rules")
    return list(found)


def widened(flows: FlowSet) -> tuple[FlowSet, FlowSet]:
    """With all protocols and ports between the same ends where protocols that no rule can name are among them.

    The second set is what came in by that.
    """
    hulls = FlowSet.of(
        Box(
            protocols=protocols,
            sources=box.sources,
            source_ports=ports,
            destinations=box.destinations,
            destination_ports=ports,
        )
        for box in flows.boxes
        if Protocol.OTHER in box.protocols
        for protocols, ports in ((PORTED, NUMBERED_PORTS), (PORTLESS, NO_PORTS))
    )
    return hulls.union(flows).merged(), hulls.subtract(flows).merged()


def _by_protocol(boxes: Iterable[Box]) -> Iterator[tuple[ProtocolSet, Box]]:
    """Boxes with the protocol of their rule. Tcp and Udp on every port and all that has no ports are one `*`."""
    boxes = list(boxes)
    portless = {(b.sources, b.destinations) for b in boxes if b.protocols == PORTLESS}
    everything = {
        (b.sources, b.destinations)
        for b in boxes
        if b.protocols == PORTED and (b.sources, b.destinations) in portless and port_texts(b.source_ports) == ("*",)
        and port_texts(b.destination_ports) == ("*",)
    }  # fmt: skip
    for box in boxes:
        ends = (box.sources, box.destinations)
        if box.protocols == ALL_PROTOCOLS or (ends in everything and box.protocols == PORTED):
            yield ALL_PROTOCOLS, box
        elif not (ends in everything and box.protocols == PORTLESS):
            for protocol in box.protocols:
                if protocol == Protocol.OTHER:
                    raise UnspeakableError("a rule can't name protocols other than Tcp, Udp, Icmp, Esp and Ah")
                yield ProtocolSet.one(protocol), box
