"""POST of a VM's start and deallocate: its power, and with it what Network Watcher answers."""

from __future__ import annotations

from dataclasses import replace

from flowspec.model.inventory import Inventory, Vm, key
from flowspec.server.changes import ResourceChange, properties_of
from flowspec.server.documents import instance_view
from flowspec.server.estate import Estate
from flowspec.server.wire import JsonObject

POWERS = {"start": ("starting", "running"), "deallocate": ("deallocating", "deallocated")}
"""The action in lower case -> the power while it runs, and afterwards."""


def change(estate: Estate, document: JsonObject, action: str) -> ResourceChange:
    """A VM that starts or is deallocated: its power on the way and afterwards."""
    at = key(str(document["id"]))
    vm = estate.inventory.vms[at]
    during, after = POWERS[action]

    def inventory(old: Inventory) -> Inventory:
        return replace(old, vms={**old.vms, at: replace(vm, power=after)})

    return ResourceChange(
        at=at, shown=_with_power(document, vm, during), done=_with_power(document, vm, after), inventory=inventory
    )


def _with_power(document: JsonObject, vm: Vm, power: str) -> JsonObject:
    view = properties_of(document).get("instanceView")
    shown = (view if isinstance(view, dict) else {}) | instance_view(replace(vm, power=power))
    return {**document, "properties": {**properties_of(document), "instanceView": shown}}
