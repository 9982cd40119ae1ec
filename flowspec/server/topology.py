"""POST …/topology -> the resources of a group, a VNet or a subnet and how they hang together, as recorded.

Azure answers it at once. The kinds that the recordings show: VMs, NICs, NSGs with their own rules, public IPs, virtual
network gateways, VNets with their subnets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

from flowspec.model.inventory import Inventory, Nic, Nsg, Subnet, VirtualNetwork, id_part, key, vnet_part
from flowspec.server.estate import Estate, subnets_by_vnet
from flowspec.server.machine import no_match
from flowspec.server.regions import region_of
from flowspec.server.wire import HttpAnswer, HttpCall, JsonObject, RefusedError, pretty, refused

CONTAINS, ASSOCIATED = "Contains", "Associated"
Link = tuple[str, str]
"""The id of a resource, and how it is associated."""


def topology(estate: Estate, call: HttpCall, watcher: JsonObject) -> HttpAnswer:
    """What a resource group, VNet or subnet holds in the region of the watcher, and how it is associated."""
    given = {name: value for name, value in call.members().items() if value is not None}
    subscription, region = call.segments[1], region_of(str(watcher.get("location") or ""))
    group = given.get("targetresourcegroupname")
    vnet, subnet = (_id(given.get(name)) for name in ("targetvirtualnetwork", "targetsubnet"))
    found = list(_resources(estate.inventory))
    if isinstance(group, str) and group:
        if (subscription.casefold(), group.casefold()) not in estate.groups:
            raise RefusedError(404, "ResourceGroupNotFound", f"Resource group '{group[:200]}' could not be found.")
        chosen = [one for one in found if _group(one.id) == (subscription.casefold(), group.casefold())]
    elif vnet or subnet:
        chosen = _around(estate.inventory, found, vnet, subnet)
    else:
        message = "targetResourceGroupName is missing; it takes the name of a resource group."
        raise refused("InvalidParameter", message)
    shown = [one for one in chosen if not one.location or region_of(one.location) == region]
    return pretty(
        {
            "id": str(uuid4()),
            "createdDateTime": _stamp(datetime.now(UTC)),
            "lastModified": _stamp(estate.changed),
            "resources": [one.document() for one in shown],
        }
    )


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def _id(value: object) -> str:
    return str(value.get("id", "")) if isinstance(value, dict) else ""


def _group(resource_id: str) -> tuple[str, str]:
    parts = (id_part(resource_id, name) or "" for name in ("subscriptions", "resourceGroups"))
    subscription, group = (part.casefold() for part in parts)
    return subscription, group


class Shown:
    """A resource of the answer, and what it is associated with."""

    def __init__(self, resource_id: str, location: str | None, links: Iterable[Link | None]) -> None:
        self.id, self.location = resource_id, location
        self.links = [link for link in links if link is not None]

    def document(self) -> JsonObject:
        placed: JsonObject = {"location": region_of(self.location)} if self.location else {}
        associations = [
            {"name": _name(other), "resourceId": other, "associationType": kind} for other, kind in self.links
        ]
        return {"name": _name(self.id), "id": self.id, **placed, "associations": associations, "properties": {}}


def _name(resource_id: str) -> str:
    return resource_id.rstrip("/").rpartition("/")[2]


def _resources(inventory: Inventory) -> Iterator[Shown]:
    for vm in inventory.vms.values():
        nics = {key(one): one for one in vm.nics}
        nics |= {at: nic.id for at, nic in inventory.nics.items() if key(nic.vm or "") == key(vm.id)}
        yield Shown(vm.id, vm.location, [(one, CONTAINS) for one in nics.values()])
    for nic in inventory.nics.values():
        yield Shown(nic.id, nic.location, _of_nic(nic))
    for nsg in inventory.nsgs.values():
        yield from _of_nsg(inventory, nsg)
    users = {key(c.public_ip): nic.id for nic in inventory.nics.values() for c in nic.ip_configurations if c.public_ip}
    for at, address in inventory.public_ips.items():
        yield Shown(address.id, None, [(users[at], ASSOCIATED) if at in users else None])
    for gateway in inventory.gateways.values():
        yield Shown(gateway.id, None, [(one, ASSOCIATED) for one in gateway.subnets])
    subnets = subnets_by_vnet(inventory)
    for at, vnet in inventory.vnets.items():
        yield from _of_vnet(inventory, vnet, subnets.get(at, ()))


def _of_nic(nic: Nic) -> Iterator[Link]:
    if nic.vm:
        yield nic.vm, ASSOCIATED
    if nic.nsg:
        yield nic.nsg, ASSOCIATED
    for name in ("subnet", "public_ip"):
        ids = (getattr(configuration, name) for configuration in nic.ip_configurations)
        yield from ((one, ASSOCIATED) for one in dict.fromkeys(ids) if one)


def _of_nsg(inventory: Inventory, nsg: Nsg) -> Iterator[Shown]:
    """An NSG shows its rules and its subnets; that a NIC has it, only the NIC shows."""
    rules = [rule.id or f"{nsg.id}/securityRules/{rule.name}" for rule in nsg.rules]
    subnets = [subnet.id for subnet in inventory.subnets.values() if key(subnet.nsg or "") == key(nsg.id)]
    yield Shown(nsg.id, nsg.location, [*((rule, CONTAINS) for rule in rules), *((one, ASSOCIATED) for one in subnets)])
    yield from (Shown(rule, nsg.location, ()) for rule in rules)


def _of_vnet(inventory: Inventory, vnet: VirtualNetwork, subnets: Iterable[Subnet]) -> Iterator[Shown]:
    subnets = list(subnets)
    inside = {key(subnet.id) for subnet in subnets}
    gateways = [g.id for g in inventory.gateways.values() if any(key(one) in inside for one in g.subnets)]
    yield Shown(vnet.id, vnet.location, [(one, CONTAINS) for one in (*(s.id for s in subnets), *gateways)])
    for subnet in subnets:
        yield Shown(subnet.id, vnet.location, [(subnet.nsg, ASSOCIATED) if subnet.nsg else None])


def _around(inventory: Inventory, found: list[Shown], vnet: str, subnet: str) -> list[Shown]:
    """What lies in a VNet or a subnet: the subnets, their NICs, and what these have."""
    wanted = key(subnet or vnet)
    known = inventory.subnets if subnet else inventory.vnets
    if wanted not in known:
        raise no_match(subnet or vnet)
    inside = {at for at in inventory.subnets if at == wanted or key(vnet_part(at)) == wanted}
    nics = [nic for nic in inventory.nics.values() if any(key(c.subnet or "") in inside for c in nic.ip_configurations)]
    near = {wanted if not subnet else key(vnet_part(wanted)), *inside}
    near |= {key(link[0]) for nic in nics for link in _of_nic(nic) if key(link[0]) not in inventory.subnets}
    near |= {key(nic.id) for nic in nics}
    near |= {key(inventory.subnets[at].nsg or "") for at in inside}
    near |= {key(g.id) for g in inventory.gateways.values() if any(key(one) in inside for one in g.subnets)}
    near |= {key(rule.id) for at in near & set(inventory.nsgs) for rule in inventory.nsgs[at].rules}
    return [one for one in found if key(one.id) in near]
