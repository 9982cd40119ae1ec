"""An inventory -> what of it was not judged, by name and count, in few words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from flowspec.counting import counted
from flowspec.model.inventory import Inventory, Nic, key

_KINDS = (
    ("microsoft.network/azurefirewalls", "Azure Firewall"),
    ("microsoft.network/virtualhubs", "virtual hub"),
    ("microsoft.network/applicationgateways", "application gateway"),
    ("microsoft.network/bastionhosts", "Bastion"),
    ("microsoft.network/privatelinkservices", "private link service"),
    ("microsoft.network/networkmanagers", "network manager"),
    ("microsoft.compute/virtualmachinescalesets", "scale set"),
    ("microsoft.containerservice/managedclusters", "Kubernetes cluster"),
)
"""Types that decide, lead or take traffic themselves, which verdicts say nothing of."""
_NAMED = 3


def of_plan(inventory: Inventory) -> tuple[str, ...]:
    """What no intent was judged for."""
    forwarding = [_owner(inventory, nic) for _, nic in sorted(inventory.nics.items()) if nic.ip_forwarding]
    through = [f"forwarded traffic of {_names(forwarding)} (boundaries do judge it)"] if forwarding else []
    return (*_kinds(inventory), *through, *_everywhere(inventory), "the platform's own addresses")


def of_diff(*inventories: Inventory) -> tuple[str, ...]:
    """What was not compared; forwarded traffic and the platform's addresses are."""
    return (*_kinds(*inventories), *_everywhere(*inventories))


def _kinds(*inventories: Inventory) -> Iterator[str]:
    """Those of all inventories; of one name, as many as the inventory has that has most of them."""
    found = Counter[tuple[str, str]]()
    for one in inventories:
        found |= Counter(one.unmodelled)
    for kind, noun in _KINDS:
        names = [name for of, name in found.elements() if of == kind]
        if names:
            yield f"{noun if len(names) == 1 else counted(len(names), noun)} {_names(names)}"


def _everywhere(*inventories: Inventory) -> Iterator[str]:
    """Next hops, and firewalls inside of VMs: of how many, where there are any."""
    tables = len({at for one in inventories for at in one.route_tables})
    machines = len({at for one in inventories for at in one.vms})
    yield f"next hops ({counted(tables, 'route table')})" if tables else "next hops"
    yield f"guest firewalls ({counted(machines, 'VM')})" if machines else "guest firewalls"


def _owner(inventory: Inventory, nic: Nic) -> str:
    """The VM of a NIC, by which people know it."""
    vm = inventory.vms.get(key(nic.vm)) if nic.vm else None
    return vm.name if vm is not None else nic.name


def _names(names: Iterable[str]) -> str:
    found = list(dict.fromkeys(names))
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more
