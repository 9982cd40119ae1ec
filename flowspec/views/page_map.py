"""What an HTML report shows of the network: VNets, subnets and peerings, as plain data in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flowspec.model.documents.network_map import DrawnSubnet, NetworkMap, SubnetPairs
from flowspec.views.layout import visible
from flowspec.views.page_words import Data, sparse


def map_data(network: NetworkMap, name: Callable[[str], str], nsg: Callable[[str], int]) -> Data:
    """VNets with their subnets; peerings name VNets by number where they are on the map. `nsg` numbers the NSGs."""
    at = {vnet.id.casefold(): number for number, vnet in enumerate(network.vnets)}
    return {
        "vnets": [
            sparse(
                name=name(vnet.id),
                prefixes=", ".join(map(visible, vnet.prefixes)),
                peers=[
                    [at.get(peer.remote.casefold(), -1), name(peer.remote), visible(peer.state)]
                    for peer in vnet.peerings
                ],
                subnets=[_subnet(subnet, name, nsg) for subnet in vnet.subnets],
            )
            for vnet in network.vnets
        ],
        "vnetsLeft": network.vnets_left_out,
        "subnetsLeft": network.subnets_left_out,
    }


def subnet_names(network: NetworkMap | None, name: Callable[[str], str]) -> list[str]:
    """The names behind the numbers that `SubnetPairs` gives subnets."""
    subnets = [subnet.id for vnet in network.vnets for subnet in vnet.subnets] if network else []
    return [*map(name, subnets), "elsewhere, or not known", "an address of several subnets"]


def subnet_pairs(pairs: Iterable[SubnetPairs]) -> list[list[Any]]:
    """State, drift, sources, destinations."""
    return [[one.state, int(one.drift), one.sources, one.destinations] for one in pairs]


def map_ids(network: NetworkMap | None) -> set[str]:
    """The ids of all that the map names."""
    ids: set[str] = set()
    for vnet in network.vnets if network else ():
        ids |= {vnet.id, *(peer.remote for peer in vnet.peerings)}
        for subnet in vnet.subnets:
            ids |= {subnet.id, subnet.nsg, *subnet.nic_nsgs}
    return ids - {""}


def _subnet(subnet: DrawnSubnet, name: Callable[[str], str], nsg: Callable[[str], int]) -> Data:
    return sparse(
        name=name(subnet.id).rpartition("/")[2],
        prefixes=", ".join(map(visible, subnet.prefixes)),
        nics=subnet.nics,
        nsg=nsg(subnet.nsg) if subnet.nsg else None,
        own=[nsg(one) for one in subnet.nic_nsgs],
    )
