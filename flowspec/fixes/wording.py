"""Flows -> rules that match exactly them, written with the intent's own groups, tags and prefixes.

A tag is never spelt out: its prefixes change, and a rule that lists them goes stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowspec.intents.groups import Groups, Members
from flowspec.model.inventory import Rule, key, vnet_part
from flowspec.model.spec import GROUP_ANY, Select
from flowspec.network.tags import ANYWHERE
from flowspec.sets.address import parse_prefix, prefix_set, prefix_texts
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import (
    ALL_PROTOCOLS,
    FAMILIES,
    NO_ADDRESSES,
    NO_PORTS,
    NUMBERED_PORTS,
    PORTED,
    PORTLESS,
    AddressSet,
    PortSet,
    Protocol,
    family_of,
    is_point,
)
from flowspec.sets.written import SPELLINGS

_MAX_TERMS = 250
MAX_RULES = 8


@dataclass(frozen=True, slots=True)
class Term:
    """One way to write a set of addresses in a rule: prefixes or one tag, or application security groups."""

    addresses: AddressSet
    texts: tuple[str, ...] = ()
    asgs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The matching half of a rule."""

    protocol: str
    source: Term
    source_ports: tuple[str, ...]
    destination: Term
    destination_ports: tuple[str, ...]


class UnspeakableError(Exception):
    """These flows can't be written as rules; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speller:
    """Writes the addresses of some groups for NSGs of `vnet` (a key), beyond which its groups can't be named.

    `extra` are terms of rules in the way, of use when they come to the same addresses; `behind` are all addresses that
    the NSG judges, where this is the end that it judges: to it they are `*`.
    """

    groups: Groups
    names: tuple[str, ...]
    vnet: str
    extra: tuple[Term, ...] = ()
    behind: AddressSet = NO_ADDRESSES

    def spell(self, addresses: AddressSet) -> list[Term]:
        """The fewest terms that come to the addresses, which are of one family."""
        terms = []
        left = addresses
        family = FAMILIES[0] if family_of(addresses.spans[0][0]) == 4 else FAMILIES[1]
        for term in (*self._own(family), *(_of_family(term, family) for term in self.extra)):
            wanted = term.addresses.intersect(left if term.asgs else family)
            if wanted and wanted.is_subset(left):
                terms.append(term)
                left = left.subtract(wanted)
        if not left:
            return terms
        behind = self.behind.intersect(family)
        if behind and behind.is_subset(addresses) and any(is_point(low) for low, _ in left.spans):
            return [Term(addresses, ("*",))]
        return [*terms, self._prefixes(left)]

    def _own(self, family: AddressSet) -> Iterator[Term]:
        """How the groups themselves are written: their application security groups, their tags, `*`."""
        for name in self.names:
            if name == GROUP_ANY:
                yield Term(self.groups.members(name).addresses, ("*",))
                continue
            group = self.groups.spec.groups.get(name)
            if group is None:
                continue
            members = self.groups.members(name)
            asgs = _asgs_of(group.selects, group.excludes, members)
            if asgs and all(vnet_part(e.subnet) == self.vnet for e in members.endpoints):
                yield Term(AddressSet.of((e.place, e.place) for e in members.endpoints), (), asgs)
            for tag in group.service_tags:
                yield Term(self._tagged(tag, members), (tag,))
            if group.prefixes:
                yield _of_family(Term(members.addresses.intersect(prefix_set(group.prefixes)), group.prefixes), family)

    def _tagged(self, tag: str, members: Members) -> AddressSet:
        unsure = self.groups.network.tag_points.get(key(tag))
        if unsure is not None:
            return AddressSet.of([(unsure.v4, unsure.v4), (unsure.v6, unsure.v6)])
        prefixes = self.groups.network.inventory.service_tags.prefixes.get(key(tag))
        return prefix_set(prefixes) if prefixes is not None else members.addresses

    def _prefixes(self, addresses: AddressSet) -> Term:
        if any(is_point(low) for low, _ in addresses.spans):
            raise UnspeakableError("an address that is not known can't be written in a rule")
        for name in self.names:
            group = self.groups.spec.groups.get(name)
            if group is not None and group.service_tags and addresses.meets(self._tags_of(name)):
                raise UnspeakableError(
                    f"only a part of the tags of group.{name} is meant, and a tag is never spelt out"
                )
        texts = prefix_texts(addresses)
        if len(texts) > _MAX_TERMS:
            raise UnspeakableError(f"it would take {len(texts)} prefixes")
        return Term(addresses, tuple(texts))

    def _tags_of(self, name: str) -> AddressSet:
        members = self.groups.members(name)
        tags = self.groups.spec.groups[name].service_tags
        return AddressSet.of(span for tag in tags for span in self._tagged(tag, members).spans)


def _of_family(term: Term, family: AddressSet) -> Term:
    """Prefixes of one family: a rule does not mix them."""
    texts = tuple(text for text in term.texts if prefix_set((text,)).meets(family))
    return Term(term.addresses.intersect(family), texts, term.asgs)


def _asgs_of(selects: tuple[Select, ...], excludes: tuple[Select, ...], members: Members) -> tuple[str, ...]:
    """The ids of the application security groups that a group is made of, if it is made of nothing else."""
    plain = all(
        s.application_security_group
        and s == Select(application_security_group=s.application_security_group)
        and not any("*" in name or "?" in name for name in s.application_security_group)
        for s in selects
    )
    if not selects or excludes or not plain:
        return ()
    wanted = {name.rsplit("/", 1)[-1].casefold() for s in selects for name in s.application_security_group}
    found = {key(a): a for e in members.endpoints for a in e.configuration.asgs}
    return tuple(found[k] for k in sorted(found) if k.rsplit("/", 1)[-1] in wanted)


def rule_terms(rule: Rule | None, end: str) -> tuple[Term, ...]:
    """The source or destination of an existing rule as terms to write again, if it is prefixes."""
    if rule is None:
        return ()
    texts = rule.sources if end == "source" else rule.destinations
    if not texts or any(text.casefold() in ANYWHERE or parse_prefix(text) is None for text in texts):
        return ()
    return (Term(prefix_set(texts), texts),)


def spell_flows(flows: FlowSet, sources: Speller, destinations: Speller) -> list[Fields]:
    """Rules for exactly these flows; UnspeakableError when they can't be written, or only by very many rules."""
    found: dict[Fields, None] = {}
    for protocol, box in _by_protocol(flows.boxes):
        for source in sources.spell(box.sources):
            for destination in destinations.spell(box.destinations):
                found[_fields(protocol, box, source, destination)] = None
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


def _fields(protocol: str, box: Box, source: Term, destination: Term) -> Fields:
    return Fields(
        protocol=protocol,
        source=source,
        source_ports=_ports(box.source_ports),
        destination=destination,
        destination_ports=_ports(box.destination_ports),
    )


def _ports(ports: PortSet) -> tuple[str, ...]:
    numbered = ports.intersect(NUMBERED_PORTS)
    if not numbered or numbered == NUMBERED_PORTS:
        return ("*",)
    return tuple(str(low) if low == high else f"{low}-{high}" for low, high in numbered.spans)


def _by_protocol(boxes: Iterable[Box]) -> Iterator[tuple[str, Box]]:
    """Boxes with the protocol of their rule. Tcp and Udp on every port and all that has no ports are one `*`."""
    boxes = list(boxes)
    portless = {(b.sources, b.destinations) for b in boxes if b.protocols == PORTLESS}
    everything = {
        (b.sources, b.destinations)
        for b in boxes
        if b.protocols == PORTED and (b.sources, b.destinations) in portless and _ports(b.source_ports) == ("*",)
        and _ports(b.destination_ports) == ("*",)
    }  # fmt: skip
    for box in boxes:
        ends = (box.sources, box.destinations)
        if box.protocols == ALL_PROTOCOLS or (ends in everything and box.protocols == PORTED):
            yield "*", box
        elif not (ends in everything and box.protocols == PORTLESS):
            for protocol in box.protocols:
                if protocol == Protocol.OTHER:
                    raise UnspeakableError("a rule can't name protocols other than Tcp, Udp, Icmp, Esp and Ah")
                yield SPELLINGS[Protocol(protocol)], box
