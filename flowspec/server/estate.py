"""An inventory -> the resources that a twin holds, as ARM documents; its rules can change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from flowspec.ipflowverify.classify import Verifier
from flowspec.model.inventory import Inventory, Subnet, id_part, key
from flowspec.server import documents
from flowspec.server.changes import ResourceChange, properties_of, with_etag
from flowspec.server.documents import NETWORK, resource
from flowspec.server.overlay import laid, says, without_lacks
from flowspec.server.raw import Raw
from flowspec.server.regions import DEFAULT_REGION, region_of
from flowspec.server.wire import JsonObject

Spell = Callable[[Any], JsonObject]

SPELLED: Mapping[str, Spell] = {
    "nsgs": documents.nsg_document,
    "nics": documents.nic_document,
    "vms": documents.vm_document,
    "route_tables": documents.route_table_document,
    "gateways": documents.gateway_document,
    "local_gateways": documents.local_gateway_document,
    "connections": documents.connection_document,
    "public_ips": documents.public_ip_document,
    "asgs": lambda v: resource(f"{NETWORK}applicationSecurityGroups", v.id, v.name, {}, v.location),
    "watchers": lambda v: resource(f"{NETWORK}networkWatchers", v.id, v.name, {}, v.location),
}
"""Table of the inventory -> how one of its values is spelt. VNets come with their subnets."""

WATCHER_GROUP = "NetworkWatcherRG"


@dataclass(frozen=True)
class _Running:
    """A change that is not done yet."""

    change: ResourceChange
    number: str
    due: float


class Estate:
    """What a twin knows. `held` are the documents of top-level resources by `key(id)`, in the order of their ids.

    `changed`: when it was last changed, at first when it was made.
    """

    def __init__(self, inventory: Inventory, raw: Raw | None = None) -> None:
        raw = raw or Raw()
        self.inventory = inventory
        self.service_tags = raw.tags or _tags(inventory)
        self.held = dict(raw.held)
        subnets = subnets_by_vnet(inventory)
        for at, vnet in inventory.vnets.items():
            spelled = without_lacks(documents.shown(documents.vnet_document(vnet, subnets.get(at, ()))), vnet)
            found = raw.held.get(at)
            same = found is not None and says(found, "vnets", vnet, subnets.get(at, []))
            self.held[at] = laid(found, spelled, same=same) if found else spelled
        for table, spell in SPELLED.items():
            for at, value in getattr(inventory, table).items():
                found, spelled = raw.held.get(at), without_lacks(documents.shown(spell(value)), value)
                self.held[at] = laid(found, spelled, same=says(found, table, value)) if found else spelled
        for document in (*self._watchers(), *self._machines()):
            self.held[key(str(document["id"]))] = document
        self.held = {at: self._with_one_etag(self.held[at]) for at in sorted(self.held)}
        self.changed = datetime.now(UTC)
        self._running: dict[str, _Running] = {}
        self._verifier: Verifier | None = None

    @staticmethod
    def _with_one_etag(document: JsonObject) -> JsonObject:
        tag = document.get("etag")
        return with_etag(document, tag) if isinstance(tag, str) else document

    @property
    def verifier(self) -> Verifier:
        """The engine over the network as it is now."""
        if self._verifier is None:
            self._verifier = Verifier(self.inventory)
        return self._verifier

    def begin(self, change: ResourceChange, number: str, due: float) -> None:
        """Shows a change as running. It is done when its operation (`number`) is, or at `due` (monotonic seconds)."""
        self._put(change.at, change.shown)
        self._running[change.at] = _Running(change, number, due)

    def apply(self, change: ResourceChange) -> None:
        """Makes a change: all answers follow."""
        before = users_of_nsgs(self.inventory)
        self._put(change.at, change.done)
        self.inventory = change.inventory(self.inventory)
        self.changed = datetime.now(UTC)
        after = users_of_nsgs(self.inventory)
        for at in self.inventory.nsgs:
            if at == change.at or before.get(at) != after.get(at):
                self.held[at] = self._referring(self.held[at], after.get(at, ()))
        self._verifier = None

    def _referring(self, nsg: JsonObject, users: Iterable[str]) -> JsonObject:
        """An NSG that shows which NICs and subnets have it; those that the inventory lacks stay."""
        properties = dict(properties_of(nsg))
        tables = {"networkInterfaces": self.inventory.nics, "subnets": self.inventory.subnets}
        for name, table in tables.items():
            shown = properties.pop(name, None)
            others = [one for one in (shown if isinstance(shown, list) else []) if not _is_in(one, table)]
            found = others + [{"id": one} for one in users if key(one) in table]
            properties |= {name: found} if found else {}
        return {**nsg, "properties": properties}

    def finish(self, number: str) -> None:
        """What an operation does is done."""
        for at, running in list(self._running.items()):
            if running.number == number:
                del self._running[at]
                self.apply(running.change)

    def settle(self, now: float) -> None:
        """Changes that nobody polls end by themselves, as Azure's do."""
        for running in list(self._running.values()):
            if running.due <= now:
                self.finish(running.number)

    def running(self, at: str) -> str | None:
        """The operation that changes a resource, or any resource where `at` is empty."""
        found = [running.number for key_, running in self._running.items() if not at or key_ == at]
        return found[0] if found else None

    def ending(self) -> str | None:
        """An operation that deletes a resource."""
        return next((one.number for one in self._running.values() if one.change.done is None), None)

    def _put(self, at: str, document: JsonObject | None) -> None:
        if document is None:
            self.held.pop(at, None)
        elif at in self.held:
            self.held[at] = document
        else:
            self.held = {one: document if one == at else self.held[one] for one in sorted([*self.held, at])}

    @cached_property
    def subscriptions(self) -> tuple[str, ...]:
        """The subscriptions of all resources, as first spelled."""
        return tuple(_first_spelled(id_part(str(d["id"]), "subscriptions") for d in self.held.values()))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The types of all resources, in lower case."""
        return frozenset(str(document.get("type", "")).casefold() for document in self.held.values())

    @cached_property
    def groups(self) -> Mapping[tuple[str, str], str]:
        """(subscription, group), folded -> the group's name."""
        found: dict[tuple[str, str], str] = {}
        for document in self.held.values():
            subscription, group = (id_part(str(document["id"]), part) for part in ("subscriptions", "resourceGroups"))
            if subscription and group:
                found.setdefault((subscription.casefold(), group.casefold()), group)
        return found

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """The regions in which something lies; the most frequent first."""
        counts: dict[str, int] = {}
        for document in self.held.values():
            if document.get("location"):
                region = region_of(str(document["location"]))
                counts[region] = counts.get(region, 0) + 1
        return tuple(sorted(counts, key=lambda region: (-counts[region], region))) or (DEFAULT_REGION,)

    def under(self, kind: str, subscription: str, group: str | None) -> list[JsonObject]:
        """The resources of a type (folded) in a subscription, or in one of its groups."""
        prefix = f"/subscriptions/{subscription}/" + (f"resourcegroups/{group}/" if group is not None else "")
        found = [d for at, d in self.held.items() if at.startswith(prefix.casefold())]
        return [d for d in found if str(d.get("type", "")).casefold() == kind]

    def _watchers(self) -> Iterable[JsonObject]:
        """Azure makes a watcher for each region that has a VNet; an export rarely holds them."""
        have = {
            (str(id_part(w.id, "subscriptions")).casefold(), region_of(w.location))
            for w in self.inventory.watchers.values()
        }
        placed: dict[tuple[str, str], str] = {}
        for document in self.held.values():
            subscription = id_part(str(document["id"]), "subscriptions")
            if subscription:
                region = region_of(str(document.get("location") or self.regions[0]))
                placed.setdefault((subscription.casefold(), region), subscription)
        for (_, region), subscription in placed.items():
            if (subscription.casefold(), region) not in have:
                name = f"NetworkWatcher_{region}"
                group = f"/subscriptions/{subscription}/resourceGroups/{WATCHER_GROUP}"
                watcher_id = f"{group}/providers/{NETWORK}networkWatchers/{name}"
                yield resource(f"{NETWORK}networkWatchers", watcher_id, name, {"runningOperationIds": []}, region)

    def _machines(self) -> Iterable[JsonObject]:
        """VMs with a location: clients look up the watcher by it. Without one of its own, that of a NIC counts."""
        for at, vm in self.inventory.vms.items():
            if not self.held[at].get("location"):
                nics = (self.inventory.nics.get(key(nic)) for nic in vm.nics)
                location = next((nic.location for nic in nics if nic is not None and nic.location), self.regions[0])
                yield self.held[at] | {"location": location}


def subnets_by_vnet(inventory: Inventory) -> Mapping[str, list[Subnet]]:
    """VNet (a key) -> its subnets, but for those of which only the name is known."""
    found: dict[str, list[Subnet]] = {}
    for subnet in inventory.subnets.values():
        if subnet.known:
            found.setdefault(key(subnet.vnet), []).append(subnet)
    return found


def _tags(inventory: Inventory) -> dict[str, JsonObject]:
    """The service tags of the model, whose names are in lower case."""
    found = inventory.service_tags.prefixes.items()
    return {name: {"name": name, "properties": {"addressPrefixes": [*prefixes]}} for name, prefixes in found}


def _first_spelled(names: Iterable[str | None]) -> Iterable[str]:
    found: dict[str, str] = {}
    for name in names:
        if name:
            found.setdefault(name.casefold(), name)
    return found.values()


def users_of_nsgs(inventory: Inventory) -> Mapping[str, list[str]]:
    """NSG (a key) -> the ids of the NICs and subnets that have it."""
    found: dict[str, list[str]] = {}
    pairs = [(nic.nsg, nic.id) for nic in inventory.nics.values()]
    for nsg, user in pairs + [(subnet.nsg, subnet.id) for subnet in inventory.subnets.values()]:
        if nsg:
            found.setdefault(key(nsg), []).append(user)
    return found


def _is_in(reference: object, table: Mapping[str, object]) -> bool:
    return isinstance(reference, dict) and key(str(reference.get("id"))) in table
