"""An inventory -> the resources that a twin holds, as ARM documents; its rules can change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from flowspec.ipflowverify.classify import Verifier
from flowspec.model.inventory import Inventory, Nsg, Rule, Subnet, id_part, key
from flowspec.server import documents
from flowspec.server.documents import NETWORK, resource
from flowspec.server.overlay import laid, says
from flowspec.server.raw import Raw
from flowspec.server.wire import Json

Spell = Callable[[Any], Json]

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
DEFAULT_REGION = "westeurope"


def region_of(location: str | None) -> str:
    """`West Europe` -> `westeurope`."""
    return (location or DEFAULT_REGION).replace(" ", "").lower()


class Estate:
    """What a twin knows. `held` are the documents of top-level resources by `key(id)`, in the order of their ids."""

    def __init__(self, inventory: Inventory, raw: Raw | None = None) -> None:
        raw = raw or Raw()
        self.inventory = inventory
        self.service_tags = raw.tags or _tags(inventory)
        self.held = dict(raw.held)
        subnets = subnets_by_vnet(inventory)
        for at, vnet in inventory.vnets.items():
            spelled = documents.vnet_document(vnet, subnets.get(at, ()))
            found = raw.held.get(at)
            same = found is not None and says(found, "vnets", vnet, subnets.get(at, []))
            self.held[at] = laid(found, spelled, same=same) if found else spelled
        for table, spell in SPELLED.items():
            for at, value in getattr(inventory, table).items():
                found = raw.held.get(at)
                self.held[at] = laid(found, spell(value), same=says(found, table, value)) if found else spell(value)
        for document in (*self._watchers(), *self._machines()):
            self.held[key(str(document["id"]))] = document
        self.held = {at: self.held[at] for at in sorted(self.held)}
        self._verifier: Verifier | None = None

    @property
    def verifier(self) -> Verifier:
        """The engine over the network as it is now."""
        if self._verifier is None:
            self._verifier = Verifier(self.inventory)
        return self._verifier

    def put_rule(self, nsg: Nsg, rule: Rule) -> None:
        """Adds a rule, or replaces the one of its name; all answers follow."""
        rules = {key(other.name): other for other in nsg.rules} | {key(rule.name): rule}
        document = documents.rule_document(rule, nsg.id)
        held = {key(str(child["name"])): child for child in self._rules(nsg)} | {key(rule.name): document}
        self._change(replace(nsg, rules=tuple(rules.values())), list(held.values()))

    def delete_rule(self, nsg: Nsg, rule: Rule) -> None:
        """Takes a rule out; all answers follow."""
        held = [child for child in self._rules(nsg) if key(str(child["name"])) != key(rule.name)]
        self._change(replace(nsg, rules=tuple(other for other in nsg.rules if other is not rule)), held)

    def _rules(self, nsg: Nsg) -> list[Json]:
        properties = self.held[key(nsg.id)]["properties"]
        assert isinstance(properties, dict)
        return list(properties["securityRules"])

    def _change(self, nsg: Nsg, rules: list[Json]) -> None:
        at = key(nsg.id)
        properties = self.held[at]["properties"]
        assert isinstance(properties, dict)
        self.held[at] = self.held[at] | {"properties": properties | {"securityRules": rules}}
        self.inventory = replace(self.inventory, nsgs={**self.inventory.nsgs, at: nsg})
        self._verifier = None

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

    def under(self, kind: str, subscription: str, group: str | None) -> list[Json]:
        """The resources of a type (folded) in a subscription, or in one of its groups."""
        prefix = f"/subscriptions/{subscription}/" + (f"resourcegroups/{group}/" if group is not None else "")
        found = [d for at, d in self.held.items() if at.startswith(prefix.casefold())]
        return [d for d in found if str(d.get("type", "")).casefold() == kind]

    def _watchers(self) -> Iterable[Json]:
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

    def _machines(self) -> Iterable[Json]:
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


def _tags(inventory: Inventory) -> dict[str, Json]:
    """The service tags of the model, whose names are in lower case."""
    found = inventory.service_tags.prefixes.items()
    return {name: {"name": name, "properties": {"addressPrefixes": [*prefixes]}} for name, prefixes in found}


def _first_spelled(names: Iterable[str | None]) -> Iterable[str]:
    found: dict[str, str] = {}
    for name in names:
        if name:
            found.setdefault(name.casefold(), name)
    return found.values()
