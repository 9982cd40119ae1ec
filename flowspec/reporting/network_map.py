"""Inventory -> the map of a plan: VNets, their subnets and peerings, and whose NSGs are where."""

from __future__ import annotations

from collections import defaultdict

from flowspec.model.documents.network_map import DrawnPeering, DrawnSubnet, DrawnVnet, NetworkMap
from flowspec.model.inventory import Inventory, Nic, Subnet, VirtualNetwork, key

_VNETS = 500
_SUBNETS = 2_000
_NSGS = 20
"""NSGs of the NICs of one subnet."""


def network_map(inventory: Inventory) -> NetworkMap:
    """The map, within bounds; VNets and subnets by id."""
    nics: dict[str, dict[str, Nic]] = defaultdict(dict)
    for nic in inventory.nics.values():
        for configuration in nic.ip_configurations:
            if configuration.subnet:
                nics[key(configuration.subnet)][key(nic.id)] = nic
    subnets: dict[str, list[Subnet]] = defaultdict(list)
    for _, subnet in sorted(inventory.subnets.items()):
        subnets[key(subnet.vnet)].append(subnet)
    vnets = [vnet for _, vnet in sorted(inventory.vnets.items())]
    drawn: list[DrawnVnet] = []
    room, left = _SUBNETS, 0
    for vnet in vnets[:_VNETS]:
        mine = subnets[key(vnet.id)]
        drawn.append(_vnet(vnet, [_subnet(one, list(nics[key(one.id)].values())) for one in mine[:room]]))
        left += max(0, len(mine) - room)
        room = max(0, room - len(mine))
    return NetworkMap(vnets=tuple(drawn), vnets_left_out=len(vnets) - len(drawn), subnets_left_out=left)


def _vnet(vnet: VirtualNetwork, subnets: list[DrawnSubnet]) -> DrawnVnet:
    peerings = (DrawnPeering(remote=p.remote_vnet or "", state=p.state or "") for p in vnet.peerings)
    return DrawnVnet(id=vnet.id, prefixes=vnet.prefixes, peerings=tuple(peerings), subnets=tuple(subnets))


def _subnet(subnet: Subnet, nics: list[Nic]) -> DrawnSubnet:
    own = sorted({nic.nsg for nic in nics if nic.nsg})
    return DrawnSubnet(
        id=subnet.id,
        prefixes=subnet.prefixes,
        nsg=subnet.nsg or "",
        nics=len(nics),
        nic_nsgs=tuple(own[:_NSGS]),
    )
