"""NIC -> the watcher and VM that ipFlowVerify is asked with, or why it can't be or isn't asked (azure.md B1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flowspec.model.inventory import Inventory, Nic, id_part, key
from flowspec.model.live import Watchers


@dataclass(frozen=True, slots=True)
class Way:
    """`why_not`: ipFlowVerify does not take this NIC, by its nature or as it is now; "" when it does.

    `lacks`: it would, but a permission or a step is missing, which is named; no answer, as if Azure had refused.
    """

    watcher: str = ""
    vm: str = ""
    why_not: str = ""
    lacks: str = ""


class Ways:
    """How each NIC of an inventory is asked. `watchers`: those of the inventory, or as a live list has them."""

    def __init__(self, inventory: Inventory, watchers: Watchers) -> None:
        self._inventory = inventory
        self._watchers: Mapping[tuple[str, str], str] = {
            (key(id_part(w.id, "subscriptions") or ""), region(w.location)): w.id for w in watchers.found
        }
        self._unread = {key(subscription): words for subscription, words in watchers.unread.items()}
        self._known: dict[str, Way] = {}

    def of(self, nic_id: str) -> Way:
        if nic_id not in self._known:
            nic = self._inventory.nics.get(key(nic_id))
            self._known[nic_id] = self._way(nic) if nic else Way(why_not="the NIC is not in the inventory")
        return self._known[nic_id]

    def unserved(self) -> list[str]:
        """The subscriptions with a NIC that could be asked, had its region a Network Watcher."""
        ways = {nic.id: self.of(nic.id) for nic in self._inventory.nics.values()}
        return sorted({id_part(nic, "subscriptions") or "" for nic, way in ways.items() if way.lacks} - {""})

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
        return Way(watcher or "", vm.id if vm else nic.vm, lacks="" if watcher else self._lack(subscription, location))

    def _lack(self, subscription: str, location: str | None) -> str:
        """Why no watcher is known, with the step that brings one."""
        unread = self._unread.get(key(subscription))
        if unread is not None:
            return f"the Network Watchers of subscription {subscription} can't be listed: {unread}"
        if not location:
            return f"the inventory does not say in which region of subscription {subscription} the NIC is"
        step = f"az network watcher configure -g NetworkWatcherRG -l {region(location)} --enabled true"
        return f"there is no Network Watcher in {location} of subscription {subscription}: {step}"


def region(location: str | None) -> str:
    """`West Europe` and `westeurope` are one."""
    return (location or "").replace(" ", "").casefold()
