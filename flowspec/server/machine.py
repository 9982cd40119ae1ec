"""A NIC that an action names -> its endpoint and scope; refused as Azure does when its VM does not run."""

from __future__ import annotations

from flowspec.model.inventory import Inventory, Nic, key
from flowspec.network.index import Endpoint, Network
from flowspec.network.tags import Scope
from flowspec.server.wire import Json, RefusedError, refused

SECURITY = ("SecurityGroups", "effective security groups")
ROUTES = ("Routes", "effective routes")


def running_nic(inventory: Inventory, document: Json, what: tuple[str, str]) -> Nic:
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
        raise RefusedError(412, "NoMatchingResource", f"targetResourceId: no matching resource {target}.", [])
    return nic
