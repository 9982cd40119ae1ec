"""The rules of each NSG -> names in them that stand for nothing. Where that is not sure, nothing is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from flowspec.linting.codes import EMPTY_ASG, EMPTY_TAG, HOST_BITS, NOWHERE
from flowspec.linting.found import LintFound, of_rule
from flowspec.model.inventory import Inventory, Nsg, Rule, key, lack
from flowspec.model.unknown import is_unknown
from flowspec.network.index import Network
from flowspec.network.tags import ANYWHERE, PLATFORM_TAGS
from flowspec.sets.address import parse_prefix, prefix_set, prefix_texts
from flowspec.sets.intervals import AddressSet

_PRIVATE = prefix_set(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
_OCTET = 8
_V4_BITS, _V6_BITS = 32, 128


@dataclass(frozen=True)
class NamesOfRules:
    """What rules may name, by the inventory."""

    network: Network

    @property
    def inventory(self) -> Inventory:
        return self.network.inventory

    def found(self) -> Iterator[LintFound]:
        """Every rule that names something that stands for nothing."""
        for _, nsg in sorted(self.inventory.nsgs.items()):
            for rule in nsg.rules:
                for group in dict.fromkeys((*rule.source_asgs, *rule.destination_asgs)):
                    yield from self._group(nsg, rule, group)
                for text in dict.fromkeys((*rule.sources, *rule.destinations)):
                    if not is_unknown(text) and text.casefold() not in ANYWHERE:
                        yield from self._text(nsg, rule, text)

    def _group(self, nsg: Nsg, rule: Rule, group: str) -> Iterator[LintFound]:
        known = self.inventory.asgs.get(key(group))
        if known is not None and self._members_are_known and key(group) not in self.network.members:
            yield of_rule(
                EMPTY_ASG, nsg, rule, f"names the application security group {known.name}, which no NIC is in"
            )

    def _text(self, nsg: Nsg, rule: Rule, text: str) -> Iterator[LintFound]:
        span = parse_prefix(text)
        if span is None:
            if self._is_empty_tag(text):
                yield of_rule(EMPTY_TAG, nsg, rule, f"names the service tag {text}, which holds no address")
            return
        addresses = AddressSet((span,))
        if self._private is not None and addresses.is_subset(_PRIVATE) and not addresses.meets(self._private):
            where = "no VNet, no peered network and no route of the inventory"
            yield of_rule(NOWHERE, nsg, rule, f"names {text}: private addresses that {where} has")
        yield from _host_bits(nsg, rule, text, addresses)

    def _is_empty_tag(self, text: str) -> bool:
        name = key(text)
        if name in ("virtualnetwork", "internet", *PLATFORM_TAGS):
            return False
        told = [held.tags for held in self.inventory.expansions.values()]
        told += [answer.tags for answer in self.inventory.unplaced]
        if any(name in tags for tags in told):
            return False
        data = self.network.tag_data(name)
        return data is not None and not data

    @cached_property
    def _members_are_known(self) -> bool:
        """Every NIC that there is tells its groups."""
        network = self.network
        unsaid = any(lack(endpoint.configuration, "asgs") is not None for endpoint in network.doubtful)
        return network.anywhere is None and not network.hidden and not self.inventory.unlisted and not unsaid

    @cached_property
    def _private(self) -> AddressSet | None:
        """Private addresses that something has, or leads to; None where more may be there than the inventory tells."""
        inventory = self.inventory
        if not inventory.vnets or inventory.unread or inventory.unplaced or _leads_outside(inventory):
            return None
        texts: list[str] = []
        for vnet in inventory.vnets.values():
            texts += vnet.prefixes
            for peering in vnet.peerings:
                if peering.remote_vnet is None or key(peering.remote_vnet) not in inventory.vnets:
                    if not peering.remote_prefixes:
                        return None
                    texts += peering.remote_prefixes
        for subnet in inventory.subnets.values():
            texts += subnet.prefixes
        for gateway in inventory.gateways.values():
            texts += gateway.client_prefixes
        for local in inventory.local_gateways.values():
            texts += local.prefixes
        for expansion in inventory.expansions.values():
            texts += expansion.learned or ()
            texts += [text for held in expansion.tags.values() for text in held]
        for table in inventory.route_tables.values():
            texts += [route.prefix for route in table.routes if not _is_everywhere(route.prefix)]
        held = [span for text in texts if (span := parse_prefix(text)) is not None]
        own = [(endpoint.place, endpoint.place) for endpoint in self.network.endpoints]
        return AddressSet.of([*held, *own])


def _is_everywhere(prefix: str) -> bool:
    return prefix.endswith("/0")


_WIDE = ("virtualhub", "virtualwan", "expressroute", "vpngateway", "p2svpn", "networkvirtualappliance")


def _leads_outside(inventory: Inventory) -> bool:
    """Something learns routes that no resource writes down, or does not tell."""
    gateways = any(gateway.bgp or gateway.kind.casefold() != "vpn" or gateway.lacks
                   for gateway in inventory.gateways.values())  # fmt: skip
    local = any(one.bgp or one.lacks for one in inventory.local_gateways.values())
    connections = any(one.bgp or one.lacks or one.kind.casefold() not in ("ipsec", "vnet2vnet")
                      for one in inventory.connections.values())  # fmt: skip
    unsaid = any(one.lacks for kind in (inventory.vnets, inventory.route_tables) for one in kind.values())
    unknown = any(not subnet.known for subnet in inventory.subnets.values())
    appliances = any(nic.ip_forwarding or lack(nic, "ip_forwarding") for nic in inventory.nics.values())
    wide = any(word in kind.casefold() for kind, _ in inventory.unmodelled for word in _WIDE)
    return gateways or local or connections or unsaid or unknown or appliances or wide


def _host_bits(nsg: Nsg, rule: Rule, text: str, addresses: AddressSet) -> Iterator[LintFound]:
    """A prefix whose address says more than its length keeps."""
    written, slash, length = text.partition("/")
    meant = prefix_texts(addresses)
    if not slash or not length.isdecimal() or len(meant) != 1:
        return
    bits = _V6_BITS if ":" in written else _V4_BITS
    if int(length) >= bits or AddressSet.of([span for span in (parse_prefix(written),) if span]) == AddressSet.of(
        [(addresses.spans[0][0], addresses.spans[0][0])]
    ):
        return
    likely = _likely_length(written)
    hint = f"; was {written}/{likely} meant?" if likely and likely > int(length) else ""
    message = f"names {text}, which is {meant[0]}: all after the first {length} bits is ignored{hint}"
    yield of_rule(HOST_BITS, nsg, rule, message, level=None if hint else "info")


def _likely_length(written: str) -> int:
    """`10.1.2.0` -> 24; 0 for an address that does not end in zeros, or of IPv6."""
    octets = written.split(".")
    zeros = 0
    while zeros < len(octets) and octets[-1 - zeros].strip("0") == "":
        zeros += 1
    return _V4_BITS - _OCTET * zeros if len(octets) == _V4_BITS // _OCTET and zeros else 0
