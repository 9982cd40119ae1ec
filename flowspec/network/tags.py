"""A term of a rule's source or destination, at one NIC -> the addresses it means (azure.md A5-A7, B4.4, B4.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flowspec.model.inventory import Expansion, Lack, Rule, key, lack, vnet_part
from flowspec.model.platform import HOST, HOST_V6, METADATA
from flowspec.model.unknown import among, is_unknown, why
from flowspec.network.index import Endpoint, Network
from flowspec.network.internet import internet_list
from flowspec.network.match import EVERYTHING, Match, unknown_match
from flowspec.network.virtual_network import route_tag_addresses, virtual_network
from flowspec.sets.address import parse_prefix, prefix_set
from flowspec.sets.intervals import ALL_ADDRESSES, ALL_NUMBERS, NO_ADDRESSES, V4, V6, AddressSet, Span

ANYWHERE = ("*", "any")
V4_ANYWHERE = "0.0.0.0/0"
PLATFORM_TAGS = {
    "azureloadbalancer": prefix_set((HOST, HOST_V6)),
    "azureplatformdns": prefix_set((HOST,)),
    "azureplatformimds": prefix_set((METADATA,)),
}
"""Recorded expansions of AzureLoadBalancer have the IPv6 address since April 2020."""

_TAG_FILE = "add -i ServiceTags_Public_<date>.json"


@dataclass(frozen=True)
class Scope:
    """Where a rule is judged: tags mean different things at different subnets, and effective answers name NICs."""

    network: Network
    subnet: str
    nic: str

    @cached_property
    def expansions(self) -> tuple[Expansion, ...]:
        found = (self.network.inventory.expansions.get(k) for k in (self.nic, self.subnet))
        return tuple(expansion for expansion in found if expansion is not None)

    def expanded(self, tag: str) -> AddressSet | None:
        """What an effective answer for this NIC or subnet says of a tag."""
        for expansion in self.expansions:
            if tag in expansion.tags:
                return prefix_set(expansion.tags[tag])
        return None

    @property
    def is_nowhere(self) -> bool:
        """The subnet is in no VNet: it stands for whatever an NSG gets attached to."""
        subnet = self.network.inventory.subnets.get(self.subnet)
        return subnet is not None and not subnet.vnet

    @property
    def learned(self) -> tuple[str, ...] | None:
        return next((e.learned for e in self.expansions if e.learned is not None), None)


def term(scope: Scope, text: str, fact: str) -> Match:
    """A prefix, `*`, or a tag. `fact` names the doubt when the text itself is not known."""
    if text.casefold() in ANYWHERE:
        return EVERYTHING
    if is_unknown(text):
        return _one_of(scope, text, fact)
    if text == V4_ANYWHERE:
        reason = "Azure does not say whether 0.0.0.0/0 in a rule covers IPv6"
        settle = "write * (or Any) for both families, ::/0 for IPv6"
        match = Match(sure=V4, maybe=V6, fact=key(text), reason=reason, settle=settle)
        return _with_points(scope, match)
    span = parse_prefix(text)
    if span is not None:
        return _with_points(scope, Match(sure=AddressSet((span,)), fact=key(text)))
    if text[:1].isdigit() or ":" in text or "/" in text:
        return unknown_match(key(text), f"{text!r} is neither a prefix nor a tag")
    return _with_points(scope, tag(scope, text), text)


def _one_of(scope: Scope, text: str, fact: str) -> Match:
    """What is held back: any address, or those of the application security groups that it may be."""
    reason, settle = why(text)
    groups = [asg(scope, group) for group in among(text)]
    maybe = AddressSet.of(span for match in groups for span in match.sure.union(match.maybe).spans)
    maybe = maybe if groups else ALL_ADDRESSES
    return Match(sure=NO_ADDRESSES, maybe=maybe, fact=f"{fact}: {reason}", reason=reason, settle=settle)


def tag(scope: Scope, text: str) -> Match:
    """A service tag as numbers; points come on top."""
    match = _known_tag(scope, text)
    name = key(text)
    if scope.expanded(name) is not None:
        return match
    for answer in scope.network.inventory.unplaced:
        if name in answer.tags:
            other = prefix_set(answer.tags[name])
            sure = match.sure.intersect(other)
            maybe = match.maybe.union(match.sure).union(other).subtract(sure)
            reason = match.reason if match.maybe else answer.reason
            match = Match(sure=sure, maybe=maybe, fact=name, reason=reason, settle=match.settle or answer.settle)
    return match


def _known_tag(scope: Scope, text: str) -> Match:
    name = key(text)
    expanded = scope.expanded(name)
    if expanded is not None:
        return Match(sure=expanded, fact=name)
    if name == "virtualnetwork":
        extent = virtual_network(scope.network, scope.subnet, scope.learned)
        reason = "; ".join(extent.reasons)
        settle = "; ".join(s for s in dict.fromkeys(extent.settles) if s)
        maybe = extent.maybe.subtract(extent.sure)
        return Match(
            sure=extent.sure,
            maybe=maybe,
            fact=name,
            reason=f"VirtualNetwork is not certain here: {reason}" if maybe else "",
            settle=settle,
        )
    if name == "internet":
        return _internet(scope)
    if name in PLATFORM_TAGS:
        return Match(sure=PLATFORM_TAGS[name], fact=name)
    data = scope.network.tag_data(name)
    if data is not None:
        return Match(sure=data, fact=name)
    reason, settle = without_data(scope.network, text)
    return Match(sure=NO_ADDRESSES, maybe=ALL_NUMBERS, fact=name, reason=reason, settle=settle)


def without_data(network: Network, tag: str) -> tuple[str, str]:
    """Why it is not known what a service tag holds, and what would settle it: no data, or data without this tag."""
    label = network.inventory.service_tags.label
    if not label:
        return f"the tag {tag} has no data", _TAG_FILE
    return f"the tag {tag} is not in {label}", f"correct its name, or {_TAG_FILE} that has it"


def _internet(scope: Scope) -> Match:
    """The recorded list; IPv6 outside the VNets, and what routes to service tags take out, are in doubt (A7, A19)."""
    listed = internet_list().addresses
    doubtful = V6.subtract(scope.network.vnet_addresses)
    reason = "the recorded list of the tag Internet has no IPv6"
    subnet = scope.network.subnet(scope.subnet)
    if subnet is None:
        name = scope.network.subnet_name(scope.subnet)
        reason = f"the subnet {name} is not in the inventory, nor what its routes do"
        return unknown_match("internet", reason, f"add the subnet {name}")
    missing = lack(subnet, "route_table")
    if missing is not None:
        return unknown_match("internet", missing.reason, missing.settle)
    if subnet.route_table is None:
        return Match(sure=listed, maybe=doubtful, fact="internet", reason=reason)
    table = scope.network.inventory.route_tables.get(key(subnet.route_table))
    if table is None:
        name = subnet.route_table.rsplit("/", 1)[-1]
        return unknown_match(
            "internet", f"the route table {name} is not in the inventory", f"add the route table {name}"
        )
    missing = lack(table, "routes")
    if missing is not None:
        return unknown_match("internet", missing.reason, missing.settle)
    for route in table.routes:
        if parse_prefix(route.prefix) is None:
            taken = route_tag_addresses(scope.network, route)
            doubtful = doubtful.union(ALL_NUMBERS if taken is None else taken)
            reason = f"a route to the service tag {route.prefix} may take its prefixes out of the tag Internet"
    return Match(sure=listed.subtract(doubtful), maybe=doubtful, fact="internet", reason=reason)


def asg(scope: Scope, group: str) -> Match:
    """The members' addresses. A member without a known address may hold any free address of its subnet."""
    network = scope.network
    members = network.members.get(key(group), ())
    name = group.rsplit("/", 1)[-1]
    unsaid = {e: why for e in network.doubtful
              if (why := lack(e.configuration, "asgs")) is not None and _may_be(why, group)}  # fmt: skip
    first = next(iter(unsaid.items()), None)
    if not members and (scope.is_nowhere or key(group) not in network.inventory.asgs):
        return unknown_match(f"asg {key(group)}", f"{name} has no member in the inventory", "add the NICs")
    sure = AddressSet.of((member.place, member.place) for member in members)
    maybe = NO_ADDRESSES
    for member in members:
        if member.place in network.points:
            subnet = network.inventory.subnets.get(member.subnet)
            taken = network.taken.get(key(subnet.vnet), NO_ADDRESSES) if subnet is not None else NO_ADDRESSES
            maybe = maybe.union(network.candidates(member).subtract(taken))
    reason = f"a member of {name} has no known address"
    unlisted = network.unlisted_addresses({vnet_part(m.subnet) for m in members})
    settle = "add the NIC's address to the inventory"
    if unlisted:
        maybe = maybe.union(unlisted)
        reason = f"{name} may have members that the inventory does not hold"
        if network.anywhere is not None:
            reason, settle = f"{reason}: {network.anywhere.reason}", network.anywhere.settle
    if first is not None:
        maybe = maybe.union(AddressSet.of((e.place, e.place) for e in unsaid))
        for member in unsaid:
            if member.place in network.points:
                maybe = maybe.union(network.candidates(member))
        reason = f"it is not known whether {first[0].nic.name} is in {name}: {first[1].reason}"
        settle = first[1].settle
    for unsure in network.tag_points.values():
        if members or unlisted:
            maybe = maybe.union(AddressSet.of([(unsure.v4, unsure.v4), (unsure.v6, unsure.v6)]))
    maybe = maybe.union(_namesakes(network, members))
    return Match(
        sure=sure,
        maybe=maybe.subtract(sure),
        fact=f"asg {key(group)}",
        reason=reason,
        settle=settle,
    )


def _may_be(missing: Lack, resource_id: str) -> bool:
    return not missing.among or key(resource_id) in map(key, missing.among)


def unapplied_reason(scope: Scope, rule: Rule) -> str:
    """Why Azure may not apply a rule at all: it names a group without members beside others (azure.md A21)."""
    for texts, groups in ((rule.sources, rule.source_asgs), (rule.destinations, rule.destination_asgs)):
        held = [among(text) for text in texts if is_unknown(text)]
        perhaps = [group for several in held for group in several]
        if max(len(groups) + len(texts), len(perhaps)) > 1 and not scope.is_nowhere:
            if groups and () in held:
                return f"{rule.display} may name a group which has no member: Azure was seen not to apply such a rule"
            for group in (*groups, *perhaps):
                if key(group) not in scope.network.members:
                    name = group.rsplit("/", 1)[-1]
                    return f"{rule.display} names {name}, which has no member: Azure was seen not to apply such a rule"
    return ""


def _namesakes(network: Network, members: Sequence[Endpoint]) -> AddressSet:
    """Others without a known address that may have a member's: in another VNet, whose space overlaps."""
    held: dict[str, list[Span]] = {}
    for member in members:
        known = AddressSet.one(member.place) if member.place not in network.points else network.candidates(member)
        held.setdefault(vnet_part(member.subnet), []).extend(known.spans)
    for vnet in {vnet_part(key(unlisted.subnet)) for unlisted in network.inventory.unlisted}:
        if vnet in held or not members:
            held.setdefault(vnet, []).extend(network.unlisted_addresses({vnet}).spans)
    addresses = {vnet: AddressSet.of(spans) for vnet, spans in held.items()}
    own = {member.place for member in members}
    return AddressSet.of(
        (endpoint.place, endpoint.place)
        for endpoint in network.numberless
        if endpoint.place not in own
        and any(v != vnet_part(endpoint.subnet) and network.candidates(endpoint).meets(a) for v, a in addresses.items())
    )


def _with_points(scope: Scope, match: Match, text: str = "") -> Match:
    """Extends a match of numbers to the points: surely, maybe or never, by where the point may be."""
    network = scope.network
    if not network.points:
        return match
    sure, maybe = list(match.sure.spans), list(match.maybe.spans)
    reason, settle = match.reason, match.settle
    own = network.tag_points.get(key(text)) if text else None
    for endpoint in network.numberless:
        candidates = network.candidates(endpoint)
        if candidates.is_subset(match.sure):
            sure.append((endpoint.place, endpoint.place))
        elif candidates.meets(match.sure) or candidates.meets(match.maybe):
            maybe.append((endpoint.place, endpoint.place))
            if not reason:
                name = endpoint.nic.name
                reason, settle = f"the address of {name} is not known", f"add the address of {name} to the inventory"
    for unsure in network.tag_points.values():
        for place, family in ((unsure.v4, V4), (unsure.v6, V6)):
            if unsure is own or family.is_subset(match.sure):
                sure.append((place, place))
            elif family.meets(match.sure) or family.meets(match.maybe):
                maybe.append((place, place))
                if not reason:
                    reason, settle = without_data(network, unsure.tag)
    return Match(sure=AddressSet.of(sure), maybe=AddressSet.of(maybe), fact=match.fact, reason=reason, settle=settle)
