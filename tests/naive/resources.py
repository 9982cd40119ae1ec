"""Raw ARM JSON -> Network: plain look-ups over lower-cased ids, nothing decided here."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Prefix = ipaddress.IPv4Network | ipaddress.IPv6Network

ALL_IPV4: Prefix = ipaddress.IPv4Network("0.0.0.0/0")
ALL_IPV6: Prefix = ipaddress.IPv6Network("::/0")
EVERYTHING: tuple[Prefix, ...] = (ALL_IPV4, ALL_IPV6)


def read_prefix(text: object) -> Prefix | None:
    """An address or a CIDR prefix (host bits are ignored, as Azure does), or None when it is neither."""
    try:
        return ipaddress.ip_network(str(text).strip(), strict=False)
    except ValueError:
        return None


def read_address(text: object) -> Address | None:
    try:
        return ipaddress.ip_address(str(text).strip())
    except ValueError:
        return None


def lower_id(reference: object) -> str | None:
    """The id of an ARM reference ({"id": ...} or the id itself), lower-cased: ids are equal in any letter case."""
    text = reference.get("id") if isinstance(reference, dict) else reference
    return str(text).rstrip("/").lower() if text else None


def overlaps(prefix: Prefix, others: list[Prefix] | tuple[Prefix, ...]) -> bool:
    return any(prefix.version == other.version and prefix.overlaps(other) for other in others)


def covered(prefix: Prefix, others: list[Prefix] | tuple[Prefix, ...]) -> bool:
    """Is every address of `prefix` in one of the others? By halving, as one would on paper."""
    near = [other for other in others if overlaps(prefix, [other])]
    if any(other.prefixlen <= prefix.prefixlen for other in near):
        return True
    return bool(near) and all(covered(half, near) for half in prefix.subnets())


@dataclass(frozen=True)
class IpConfiguration:
    """One ip-configuration of a NIC. `address` is None when the inventory does not know it (yet)."""

    id: str
    nic: Json
    properties: Json
    subnet_id: str | None
    address: Address | None

    @property
    def vnet_id(self) -> str | None:
        return vnet_of(self.subnet_id)

    @property
    def version(self) -> int:
        if self.address:
            return self.address.version
        return 6 if str(self.properties.get("privateIPAddressVersion")).lower() == "ipv6" else 4


def vnet_of(subnet_id: str | None) -> str | None:
    return subnet_id.split("/subnets/")[0] if subnet_id else None


class Network:
    """The inventory. `internet` is the IPv4 list of the Internet tag; `service_tags` name -> prefixes.

    `assumptions` are dicts {"gateway": id or name, "learned_prefixes": [...]}.
    """

    def __init__(
        self,
        resources: list[Json],
        service_tags: dict[str, list[str]] | None = None,
        internet: list[str] | None = None,
        assumptions: list[Json] | None = None,
    ) -> None:
        self.resources = resources
        self.by_id = {lower_id(resource): resource for resource in resources if resource.get("id")}
        self.service_tags = {name.lower(): prefixes(data) for name, data in (service_tags or {}).items()}
        self.internet = prefixes(internet or [])
        self.assumptions = assumptions or []
        self.ip_configurations = [c for nic in self.of_type("networkInterfaces") for c in ip_configurations(nic)]
        subnets = [subnet for vnet in self.of_type("virtualNetworks") for subnet in self.subnets_of(vnet)]
        self.subnets = {str(lower_id(subnet)): subnet for subnet in subnets}

    def of_type(self, name: str) -> list[Json]:
        """All resources of a Microsoft.Network type (`name` in any letter case); a later one replaces its namesake."""
        wanted = f"microsoft.network/{name}".lower()
        return [r for r in self.by_id.values() if str(r.get("type")).lower() == wanted]

    def get(self, reference: object) -> Json | None:
        return self.by_id.get(lower_id(reference))

    def children(self, parent: Json, property_name: str, type_name: str) -> list[Json]:
        """The parent's nested list and the children that stand alone; every child gets its id."""
        nested = (parent.get("properties") or {}).get(property_name) or []
        found = {child_id(parent, property_name, child): child for child in nested}
        alone = [r for r in self.of_type(type_name) if str(lower_id(r)).startswith(f"{lower_id(parent)}/")]
        found.update({str(lower_id(child)): child for child in alone})
        return [{**child, "id": child.get("id") or key} for key, child in found.items()]

    def subnets_of(self, vnet: Json) -> list[Json]:
        return self.children(vnet, "subnets", "virtualNetworks/subnets")

    def peerings(self, vnet_id: str | None) -> list[Json]:
        """The properties of the peerings that a VNet of the inventory has."""
        vnet = self.get(vnet_id)
        found = self.children(vnet, "virtualNetworkPeerings", "virtualNetworks/virtualNetworkPeerings") if vnet else []
        return [peering.get("properties") or {} for peering in found]

    def subnet(self, subnet_id: str | None) -> Json | None:
        """The properties of a subnet; None when it is not in the inventory."""
        found = self.subnets.get(str(lower_id(subnet_id)))
        return None if found is None else found.get("properties") or {}

    def subnet_prefixes(self, subnet_id: str | None) -> list[Prefix]:
        subnet = self.subnet(subnet_id) or {}
        return prefixes([*filter(None, [subnet.get("addressPrefix")]), *(subnet.get("addressPrefixes") or [])])

    def vnet_prefixes(self, vnet_id: str | None) -> list[Prefix]:
        vnet = self.get(vnet_id) or {}
        return address_space((vnet.get("properties") or {}).get("addressSpace"))

    def ip_configuration(self, ip_configuration_id: str) -> IpConfiguration | None:
        wanted = lower_id(ip_configuration_id)
        return next((c for c in self.ip_configurations if c.id == wanted), None)

    def unlisted(self, subnet_id: str) -> set[str]:
        """Ids that a subnet says are in it and that no NIC of the inventory has (A14)."""
        subnet = self.subnet(subnet_id) or {}
        known = {c.id for c in self.ip_configurations}
        known |= {str(lower_id((c.nic.get("properties") or {}).get("privateEndpoint"))) for c in self.ip_configurations}
        listed = [*(subnet.get("ipConfigurations") or []), *(subnet.get("privateEndpoints") or [])]
        return {str(lower_id(entry)) for entry in listed} - known

    def possible_addresses(self, ip_configuration: IpConfiguration) -> list[Prefix]:
        """Where an ip-configuration may be: at its address, in its subnet, or (not known) anywhere in its family."""
        if ip_configuration.address:
            return prefixes([str(ip_configuration.address)])
        everywhere = [p for p in EVERYTHING if p.version == ip_configuration.version]
        subnet = [p for p in self.subnet_prefixes(ip_configuration.subnet_id) if p.version == ip_configuration.version]
        return subnet or everywhere


def prefixes(texts: list[str]) -> list[Prefix]:
    """All texts as prefixes; one that is none is the test's own mistake."""
    return [ipaddress.ip_network(text.strip(), strict=False) for text in texts]


def address_space(space: Json | None) -> list[Prefix]:
    return prefixes((space or {}).get("addressPrefixes") or [])


def child_id(parent: Json, property_name: str, child: Json) -> str:
    return str(lower_id(child) or f"{parent['id']}/{property_name}/{child['name']}".lower())


def ip_configurations(nic: Json) -> list[IpConfiguration]:
    found = []
    for raw in (nic.get("properties") or {}).get("ipConfigurations") or []:
        properties = raw.get("properties") or {}
        address = read_address(properties.get("privateIPAddress"))
        subnet_id = lower_id(properties.get("subnet"))
        found.append(IpConfiguration(child_id(nic, "ipConfigurations", raw), nic, properties, subnet_id, address))
    return found
