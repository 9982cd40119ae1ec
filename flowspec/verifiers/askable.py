"""NIC -> the watcher and VM that ipFlowVerify is asked with, or the reason why it can't be asked (azure.md B1.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flowspec.model.inventory import Inventory, Nic, Watcher, id_part, key


@dataclass(frozen=True, slots=True)
class Way:
    """`why_not` is "" when the NIC can be asked."""

    watcher: str = ""
    vm: str = ""
    why_not: str = ""


class Ways:
    """How each NIC of an inventory is asked. `watchers`: those of the inventory, or as a live list has them."""

    def __init__(self, inventory: Inventory, watchers: Iterable[Watcher]) -> None:
        self._inventory = inventory
        self._watchers: Mapping[tuple[str, str], str] = {
            (key(id_part(w.id, "subscriptions") or ""), region(w.location)): w.id for w in watchers
        }
        self._known: dict[str, Way] = {}

    def of(self, nic_id: str) -> Way:
        if nic_id not in self._known:
            nic = self._inventory.nics.get(key(nic_id))
            self._known[nic_id] = self._way(nic) if nic else Way(why_not="the NIC is not in the inventory")
        return self._known[nic_id]

    def why_not(self, nic_id: str) -> str:
        return self.of(nic_id).why_not

    def _way(self, nic: Nic) -> Way:
        if "/virtualmachinescalesets/" in nic.id.casefold():
            return Way(why_not="ipFlowVerify does not take the NICs of scale sets")
        if nic.private_endpoint:
            return Way(why_not="a private endpoint is no VM")
        if not nic.vm:
            return Way(why_not="the NIC is attached to no VM")
        vm = self._inventory.vms.get(key(nic.vm))
        if vm is not None and vm.power not in (None, "running"):
            return Way(why_not=f"{vm.name} is {vm.power}: ipFlowVerify wants it running")
        location = nic.location or (vm.location if vm else None)
        subscription = id_part(nic.id, "subscriptions") or ""
        watcher = self._watchers.get((key(subscription), region(location)))
        if watcher is None:
            place = location or "its region"
            return Way(why_not=f"there is no Network Watcher in {place} of subscription {subscription}")
        return Way(watcher, vm.id if vm else nic.vm)


def region(location: str | None) -> str:
    """`West Europe` and `westeurope` are one."""
    return (location or "").replace(" ", "").casefold()
