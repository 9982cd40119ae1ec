"""Inventory + the changes of a plan -> a digest of each thing that their proof rests on.

That is all that is known of the VNets in which the NSGs judge, of those peered with them, and of what lies in them.
`flowspec apply` reads the network again and finds the same digests, or calls the plan stale.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from flowspec.errors import Where
from flowspec.model.documents.plan import BasisEntry, Change
from flowspec.model.inventory import Inventory, Lack, Nic, balancer_of, key

_TABLES = (
    "vnets", "subnets", "nics", "vms", "nsgs", "route_tables", "gateways", "connections", "local_gateways",
    "public_ips", "balancers",
)  # fmt: skip
ADMIN = "#admin rules"
SERVICE_TAG, EFFECTIVE = "service tag", "#effective"
_TELLING = {
    "virtualnetworks", "subnets", "networkinterfaces", "virtualnetworkgateways", "connections", "localnetworkgateways",
}  # fmt: skip
_LEFT_OUT = {
    "Rule": {"id", "description"},
    "VirtualNetwork": {"tags"},
    "Nsg": {"tags"},
    "Vm": {"power"},
    "Expansion": {"scope"},
}
"""What decides nothing, or is the same thing told once more."""
_DIGITS = 16


def basis_of(inventory: Inventory, changes: Iterable[Change]) -> tuple[BasisEntry, ...]:
    """What the changes rest on, in the order of the names; nothing where there are none."""
    changed, named = set(), set()
    for change in changes:
        changed.add(key(change.nsg))
        rules = (change.change.before, change.change.after)
        named |= {text for rule in rules if rule is not None for text in (*rule.sources, *rule.destinations)}
    if not changed:
        return ()
    found = dict(_Ground(inventory, changed, named).parts())
    known = sorted(name for name, value in found.items() if value is not None)
    return tuple(BasisEntry(id=name, digest=_digest(found[name])) for name in known)


def is_telling(name: str) -> bool:
    """Whether an entry that a plan does not have tells of a change, where the live network has it.

    What else is new there hangs on something that the plan knows and that would have changed with it (the route table
    of a subnet); the plan did not know what is in it, and its proofs leave open what hinges on that.
    """
    kind = name.partition("#")[0].rpartition("/")[0].rpartition("/")[2]
    return kind in _TELLING and not name.endswith(EFFECTIVE)


def entry_of(inventory: Inventory, name: str) -> BasisEntry | None:
    """An entry of this name for an inventory, whether or not it belongs to anything there; None for what it lacks."""
    for table in _TABLES:
        found = getattr(inventory, table).get(name)
        if found is not None:
            return BasisEntry(id=name, digest=_digest(found))
    at = name.removesuffix(ADMIN)
    if at != name and at in inventory.vnets:
        return BasisEntry(id=name, digest=_digest(inventory.admin_rules.get(at, ())))
    expansion = inventory.expansions.get(name.removesuffix(EFFECTIVE))
    tag = inventory.service_tags.prefixes.get(name.removeprefix(f"{SERVICE_TAG} "))
    value = tag if expansion is None else expansion
    return BasisEntry(id=name, digest=_digest(value)) if value is not None else None


class _Ground:
    """The part of an inventory that some NSGs have to do with."""

    def __init__(self, inventory: Inventory, changed: set[str], named: set[str]) -> None:
        self._all = inventory
        self._changed = changed
        self._vnets = self._related(self._touched())
        self._subnets = {at: s for at, s in inventory.subnets.items() if key(s.vnet) in self._vnets}
        groups = {key(one) for nsg in changed for one in self._groups_of(nsg)}
        self._nics = {at: nic for at, nic in inventory.nics.items() if self._is_near(nic, groups)}
        used = [nic.nsg for nic in self._nics.values()] + [subnet.nsg for subnet in self._subnets.values()]
        self._nsgs = {*changed, *(key(nsg) for nsg in used if nsg)}
        self._named = {text.casefold() for text in named}

    def _touched(self) -> set[str]:
        """The VNets in which the changed NSGs judge someone."""
        found = {key(s.vnet) for s in self._all.subnets.values() if s.nsg and key(s.nsg) in self._changed}
        for nic in self._all.nics.values():
            if nic.nsg and key(nic.nsg) in self._changed:
                subnets = (self._all.subnets.get(key(one.subnet)) for one in nic.ip_configurations if one.subnet)
                found |= {key(subnet.vnet) for subnet in subnets if subnet is not None}
        return found

    def _related(self, vnets: set[str]) -> set[str]:
        """These and the VNets peered with them, from either side."""
        found = set(vnets)
        for at, vnet in self._all.vnets.items():
            remote = {key(peering.remote_vnet) for peering in vnet.peerings if peering.remote_vnet}
            found |= remote if at in vnets else ({at} if remote & vnets else set())
        return found

    def _groups_of(self, nsg: str) -> Iterator[str]:
        """The application security groups that an NSG names."""
        held = self._all.nsgs.get(nsg)
        for rule in held.rules if held is not None else ():
            yield from (*rule.source_asgs, *rule.destination_asgs)

    def _is_near(self, nic: Nic, groups: set[str]) -> bool:
        subnets = (key(one.subnet) for one in nic.ip_configurations if one.subnet)
        member_of = {key(group) for one in nic.ip_configurations for group in one.asgs}
        return bool(nic.nsg and key(nic.nsg) in self._changed) or bool(
            member_of & groups or self._subnets.keys() & set(subnets)
        )

    def parts(self) -> Iterator[tuple[str, object]]:
        """Each thing by its name (a key of the inventory, or what it is) with what is known of it."""
        every = self._all
        for at in self._vnets & every.vnets.keys():
            yield at, every.vnets[at]
            yield f"{at}{ADMIN}", every.admin_rules.get(at, ())
        yield from self._subnets.items()
        yield from self._nics.items()
        for at in self._nsgs:
            yield at, every.nsgs.get(at)
        yield from ((at, vm) for at, vm in every.vms.items() if any(key(nic) in self._nics for nic in vm.nics))
        yield from self._routed()
        yield from self._fronted()
        for at in (*self._nics, *self._subnets):
            if at in every.expansions:
                yield f"{at}{EFFECTIVE}", every.expansions[at]
        for tag in self._named_tags():
            if tag in every.service_tags.prefixes:
                yield f"{SERVICE_TAG} {tag}", every.service_tags.prefixes[tag]

    def _routed(self) -> Iterator[tuple[str, object]]:
        """Route tables of the subnets; gateways in them, with what these are joined to."""
        every = self._all
        for at in {key(subnet.route_table) for subnet in self._subnets.values() if subnet.route_table}:
            yield at, every.route_tables.get(at)
        gateways = {at: one for at, one in every.gateways.items() if self._subnets.keys() & set(map(key, one.subnets))}
        yield from gateways.items()
        for at, connection in every.connections.items():
            if gateways.keys() & set(map(key, connection.gateways)):
                yield at, connection
                if connection.local_gateway:
                    yield key(connection.local_gateway), every.local_gateways.get(key(connection.local_gateway))

    def _fronted(self) -> Iterator[tuple[str, object]]:
        """Public IPs of the NICs, and the load balancers that they stand behind."""
        for configuration in (one for nic in self._nics.values() for one in nic.ip_configurations):
            if configuration.public_ip:
                yield key(configuration.public_ip), self._all.public_ips.get(key(configuration.public_ip))
            for part in (*configuration.pools, *configuration.nat_rules):
                if balancer := balancer_of(part):
                    yield key(balancer), self._all.balancers.get(key(balancer))

    def _named_tags(self) -> set[str]:
        """The service tags that rules and routes name."""
        nsgs = (self._all.nsgs[at] for at in self._nsgs if at in self._all.nsgs)
        named = {text.casefold() for nsg in nsgs for rule in nsg.rules for text in (*rule.sources, *rule.destinations)}
        tables = (self._all.route_tables.get(key(s.route_table)) for s in self._subnets.values() if s.route_table)
        named |= {route.prefix.casefold() for table in tables if table is not None for route in table.routes}
        return {tag for tag in named | self._named if tag[:1].isalpha() and ":" not in tag}


def _digest(value: object) -> str:
    text = json.dumps(_plain(value), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _plain(value: object, name: str = "") -> Any:
    """A value as JSON that is the same whenever the network is: no places, no order, no letter case but in tags."""
    if isinstance(value, Lack):
        return value.field
    if isinstance(value, Where):
        return None
    if is_dataclass(value) and not isinstance(value, type):
        kind = type(value).__name__
        left_out = _LEFT_OUT.get(kind, set()) | {"where"}
        return {kind: {f.name: _plain(getattr(value, f.name), f.name) for f in fields(value) if f.name not in left_out}}
    if isinstance(value, Mapping):
        return {str(one): _plain(inner, name) for one, inner in value.items()}
    if isinstance(value, tuple | list | frozenset | set):
        items = [_plain(item, name) for item in value]
        return (
            items if name == "tags" and all(isinstance(item, str) for item in value) else sorted(items, key=json.dumps)
        )
    if isinstance(value, Enum):
        return value.value.casefold()
    if isinstance(value, str):
        return value if name == "tags" else value.casefold()
    return value
