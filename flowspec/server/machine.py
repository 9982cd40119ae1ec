"""A NIC that an action names -> its endpoint and scope; refused as Azure does when its VM does not run."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flowspec.model.inventory import Inventory, Nic, key
from flowspec.network.index import Endpoint, Network
from flowspec.network.tags import Scope
from flowspec.server.regions import region_of
from flowspec.server.wire import JsonObject, RefusedError, refused

SECURITY = ("SecurityGroups", "effective security groups")
ROUTES = ("Routes", "effective routes")

ONE_MACHINE = re.compile(r"(?<=/providers/microsoft\.compute/)virtualmachine(?=/[^/]+/?$)", re.IGNORECASE)


def targeted(given: Mapping[str, object]) -> dict[str, object]:
    """The members of a body. The API's own documents write a VM as `Microsoft.compute/virtualMachine/NAME`."""
    target = given.get("targetresourceid")
    if not isinstance(target, str):
        return dict(given)
    return {**given, "targetresourceid": ONE_MACHINE.sub("virtualMachines", target)}


def location_of(inventory: Inventory, target: str) -> str | None:
    """The region of a VM or a NIC; a VM lies where its NICs lie. None when the inventory does not tell."""
    vm, nic = inventory.vms.get(key(target)), inventory.nics.get(key(target))
    attached = (inventory.nics.get(key(one)) for one in (vm.nics if vm else ()))
    found = (one.location for one in (vm, nic, *attached) if one is not None)
    return next((location for location in found if location), None)


def check_region(inventory: Inventory, watcher: JsonObject, target: str) -> None:
    """A watcher sees its own region only (azure.md B1.5). A region that nobody tells refuses nothing."""
    here, there = str(watcher.get("location") or ""), location_of(inventory, target)
    if here and there and region_of(here) != region_of(there):
        message = (
            f"targetResourceId: {target} is in {region_of(there)}, the network watcher {watcher['name']} in "
            f"{region_of(here)}. It takes resources of its own region."
        )
        raise refused("InvalidParameter", message)


def running_nic(inventory: Inventory, document: JsonObject, what: tuple[str, str]) -> Nic:
    """The NIC; NicMustBeAttachedToRunningVm… unless its VM runs. A power state that is not told counts as running."""
    nic = inventory.nics[key(str(document["id"]))]
    vm = inventory.vms.get(key(nic.vm or ""))
    if nic.vm is None or (vm is not None and vm.power not in (None, "running")):
        code, words = f"NicMustBeAttachedToRunningVmToGetEffective{what[0]}", what[1]
        message = (
            f"A network interface must be attached to a running virtual machine to get {words}. "
            f"The network interface {nic.id} is not attached to a running virtual machine."
        )
        raise refused(code, message)
    return nic


def scope_of(network: Network, nic: Nic) -> tuple[Endpoint, Scope]:
    """The NIC's first ip-configuration, and where its tags are looked up."""
    for endpoint in network.endpoints:
        if key(endpoint.nic.id) == key(nic.id):
            return endpoint, Scope(network, endpoint.subnet, key(nic.id))
    raise refused("InvalidParameter", f"The network interface {nic.id} has no ip-configuration.")


def target_nic(inventory: Inventory, target: str) -> Nic:
    """The NIC that a diagnostic is about: itself, or the first of a VM; a subnet is none."""
    nic = inventory.nics.get(key(target))
    vm = inventory.vms.get(key(target))
    if nic is None and vm is not None:
        found = sorted(at for at, one in inventory.nics.items() if key(one.vm or "") == key(vm.id))
        nic = inventory.nics[found[0]] if found else None
    if nic is None:
        raise no_match(target)
    return nic


def no_match(target: str) -> RefusedError:
    return RefusedError(412, "NoMatchingResource", f"targetResourceId: no matching resource {target}.", [])
