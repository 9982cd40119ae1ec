"""NSGs, subnets and NICs -> what has no NSG, and NSGs that nothing has. Where that is not sure, nothing is said."""

from __future__ import annotations

from collections.abc import Iterator

from flowspec.errors import Where
from flowspec.linting.codes import LOOSE_NSG, OPEN_NIC, OPEN_SUBNET
from flowspec.linting.found import LintFound
from flowspec.model.inventory import Inventory, Nic, Subnet, key, lack
from flowspec.network.index import Network

_WITHOUT = ("gatewaysubnet", "azurefirewallsubnet", "azurefirewallmanagementsubnet", "routeserversubnet")
"""Subnets of Azure's own services, on which an NSG is not supported."""
_BASTION = "azurebastionsubnet"
"""Only Azure Bastion lives in it, which does without an NSG as well."""
_ENABLED = ("enabled", "networksecuritygroupenabled")
_NAMED = 5


def loose(network: Network) -> Iterator[LintFound]:
    """NSGs attached to nothing, subnets without one, NICs without one beside others that have one."""
    yield from _nsgs(network)
    for _, subnet in sorted(network.inventory.subnets.items()):
        if subnet.known and lack(subnet, "nsg") is None and subnet.nsg is None:
            yield from _subnet(network, subnet)


def _nsgs(network: Network) -> Iterator[LintFound]:
    inventory = network.inventory
    if not _tells_every_holder(network):
        return
    named = {key(one.nsg) for kind in (inventory.nics, inventory.subnets) for one in kind.values() if one.nsg}
    for place, nsg in sorted(inventory.nsgs.items()):
        if place not in named:
            yield LintFound(kind=LOOSE_NSG, resource=nsg.id, nsg=nsg, where=nsg.where,
                            message="is attached to no subnet and no NIC: its rules judge nothing")  # fmt: skip


def _tells_every_holder(network: Network) -> bool:
    """Every subnet and NIC that there is tells its NSG."""
    inventory = network.inventory
    if not inventory.subnets and not inventory.nics:
        return False
    if inventory.unread or inventory.unlisted or inventory.tagged or network.hidden or network.anywhere is not None:
        return False
    unsaid = any(lack(one, "nsg") for kind in (inventory.nics, inventory.subnets) for one in kind.values())
    lists = any(vnet.lacks for vnet in inventory.vnets.values())
    return not unsaid and not lists and all(subnet.known for subnet in inventory.subnets.values())


def _subnet(network: Network, subnet: Subnet) -> Iterator[LintFound]:
    if subnet.name.casefold() in (*_WITHOUT, _BASTION):
        return
    inventory = network.inventory
    nics = {key(endpoint.nic.id): endpoint.nic for endpoint in network.by_subnet.get(key(subnet.id), ())}
    judged = [nic for nic in nics.values() if not _is_past_nsgs(nic, subnet)]
    if nics and not judged:
        return
    bare = [nic for nic in judged if nic.nsg is None and lack(nic, "nsg") is None]
    if not bare and judged:
        return
    if len(bare) < len(judged):
        for nic in sorted(bare, key=lambda one: one.id):
            yield LintFound(kind=OPEN_NIC, resource=nic.id, where=nic.where,
                            message=f"has no NSG, and neither has its subnet {network.subnet_name(key(subnet.id))};"
                            f" {_count(len(judged) - len(bare))} beside it has one")  # fmt: skip
        return
    names = sorted(nic.name for nic in bare)
    shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else "")
    held = f"nothing filters {shown}" if names else "a NIC put into it is filtered only if it has one of its own"
    yield LintFound(kind=OPEN_SUBNET, resource=subnet.id, where=subnet.where or _vnet_where(inventory, subnet),
                    message=f"has no NSG: {held}", level=None if names else "info")  # fmt: skip


def _vnet_where(inventory: Inventory, subnet: Subnet) -> Where | None:
    vnet = inventory.vnets.get(key(subnet.vnet))
    return vnet.where if vnet is not None else None


def _is_past_nsgs(nic: Nic, subnet: Subnet) -> bool:
    """A private endpoint that no NSG applies to."""
    return nic.private_endpoint and (subnet.private_endpoint_policies or "").casefold() not in _ENABLED


def _count(count: int) -> str:
    return "one NIC" if count == 1 else f"each of {count:,} NICs"
