"""PUT of a NIC or a subnet that is there: its NSG, routes and application security groups change, nothing else.

Which address a new NIC or subnet would get is Azure's to say, so the twin makes none and moves none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from flowspec.model.inventory import Inventory, IpConfiguration, Nic, Subnet, key
from flowspec.server.changes import DONE, RUNS, ResourceChange, check_condition, properties_of, with_etag, with_state
from flowspec.server.documents import ref, refs
from flowspec.server.estate import Estate
from flowspec.server.overlay import read_as
from flowspec.server.reads import no_child
from flowspec.server.regions import region_of
from flowspec.server.wire import HttpCall, JsonObject, RefusedError, refused, unparsed

V = TypeVar("V", Nic, Subnet)

NIC_TAKES = {"networksecuritygroup", "enableipforwarding", "ipconfigurations", "virtualmachine"}
SUBNET_TAKES = {
    "networksecuritygroup", "routetable", "privateendpointnetworkpolicies", "addressprefix", "addressprefixes",
    "ipconfigurations", "privateendpoints",
}  # fmt: skip
"""Properties that are compared, set, or Azure's own, in lower case; any other must be as it is."""


def not_implemented(message: str) -> RefusedError:
    return RefusedError(501, "NotImplemented", message)


def check_location(call: HttpCall, given: object, held: JsonObject | None) -> None:
    """A new resource needs a location, an old one keeps its own."""
    if held is None or not held.get("location"):
        if held is None and (not isinstance(given, str) or not given):
            raise RefusedError(400, "LocationRequired", "The location property is required for this definition.")
        return
    if given is not None and region_of(str(given)) != region_of(str(held["location"])):
        there = region_of(str(held["location"]))
        message = (
            f"The resource '{held['name']}' already exists in location '{there}' in resource group "
            f"'{call.segments[3]}'. A resource with the same name cannot be created in location "
            f"'{region_of(str(given))[:100]}'. Please select a new resource name."
        )
        raise RefusedError(409, "InvalidResourceLocation", message)


def put_nic(estate: Estate, call: HttpCall) -> ResourceChange:
    """PUT of a NIC that exists: its NSG, its ASGs and its tags may change, everything else has to be as it was."""
    at = key("/" + "/".join(call.segments[:8]))
    before, held = estate.inventory.nics.get(at), estate.held.get(at)
    if before is None or held is None:
        raise not_implemented("The twin makes no network interfaces: which address one would get is not known.")
    check_condition(call.headers, _tag(held))
    given = call.members()
    check_location(call, given.get("location"), held)
    properties = _properties(given)
    configurations = _filled(properties, held)
    asked = {"id": before.id, "name": before.name, "tags": given.get("tags") or {}, "properties": properties}
    asked["properties"] = without(properties, "ipconfigurations") | {"ipConfigurations": configurations}
    wanted = _read(asked, "nics", before)
    _check_same_addresses(before.ip_configurations, wanted.ip_configurations)
    _check_kept(properties, properties_of(held), NIC_TAKES)
    _check_exists(before.id, estate.inventory.nsgs, [wanted.nsg])
    _check_exists(before.id, estate.inventory.asgs, [asg for c in wanted.ip_configurations for asg in c.asgs])
    after = replace(
        before,
        nsg=wanted.nsg,
        tags=wanted.tags,
        ip_forwarding=wanted.ip_forwarding,
        ip_configurations=tuple(
            replace(one, asgs=other.asgs)
            for one, other in zip(before.ip_configurations, wanted.ip_configurations, strict=True)
        ),
    )
    document = _laid(without(held, "tags"), {"networkSecurityGroup": ref(after.nsg)})
    document["properties"] = without(properties_of(document), "enableipforwarding") | {
        "enableIPForwarding": after.ip_forwarding,
        "ipConfigurations": [
            _laid(one, {"applicationSecurityGroups": refs(configuration.asgs) or None})
            for one, configuration in zip(_listed(properties_of(held)), after.ip_configurations, strict=True)
        ],
    }
    document |= {"tags": dict(after.tags)} if after.tags else {}

    def inventory(old: Inventory) -> Inventory:
        return replace(old, nics={**old.nics, at: after})

    return ResourceChange(
        at=at,
        shown=with_etag(with_state(document, RUNS["PUT"])),
        done=with_etag(with_state(document, DONE)),
        inventory=inventory,
    )


def put_subnet(estate: Estate, call: HttpCall) -> ResourceChange:
    """PUT of a subnet that exists: its NSG, route table and private endpoint policies may change."""
    vnet, at = key("/" + "/".join(call.segments[:8])), key("/" + "/".join(call.segments[:10]))
    before, held = estate.inventory.subnets.get(at), estate.held.get(vnet)
    if held is None:
        raise no_child("/" + "/".join(call.segments[:8]))
    if before is None or not before.known:
        raise not_implemented("The twin makes no subnets: it holds the network that it was given.")
    child = _subnet_in(held, before.name)
    check_condition(call.headers, _tag(held))
    properties = _properties(call.members())
    wanted = _read({"id": before.id, "name": before.name, "properties": properties}, "subnets", before)
    if set(wanted.prefixes) != set(before.prefixes):
        raise not_implemented(f"The twin moves no subnets: {before.name} has {', '.join(before.prefixes)}.")
    _check_kept(properties, properties_of(child), SUBNET_TAKES)
    _check_exists(before.id, estate.inventory.nsgs, [wanted.nsg])
    _check_exists(before.id, estate.inventory.route_tables, [wanted.route_table])
    after = replace(
        before,
        nsg=wanted.nsg,
        route_table=wanted.route_table,
        private_endpoint_policies=wanted.private_endpoint_policies,
    )
    document = _laid(
        child,
        {
            "networkSecurityGroup": ref(after.nsg),
            "routeTable": ref(after.route_table),
            "privateEndpointNetworkPolicies": after.private_endpoint_policies,
        },
    )

    def inventory(old: Inventory) -> Inventory:
        return replace(old, subnets={**old.subnets, at: after})

    return ResourceChange(
        at=vnet,
        shown=with_etag(_with_subnet(held, with_state(document, RUNS["PUT"]))),
        done=with_etag(_with_subnet(held, with_state(document, DONE))),
        inventory=inventory,
        part=lambda shown: _subnet_in(shown, before.name),
    )


def _tag(document: JsonObject) -> str:
    return str(document.get("etag", ""))


def _properties(given: Mapping[str, object]) -> JsonObject:
    properties = given.get("properties")
    if not isinstance(properties, dict):
        raise unparsed("Required property 'properties' not found in JSON. Path ''.")
    return properties


def _read(document: JsonObject, table: str, before: V) -> V:
    """A request as the sources read it; refused when they can't."""
    found = read_as(document, table, before.id)
    if not isinstance(found, type(before)):
        raise unparsed("The properties can't be read.")
    return found


def without(document: JsonObject, name: str) -> JsonObject:
    """A document without a member, in any letter case (`name` in lower case)."""
    return {n: v for n, v in document.items() if n.casefold() != name}


def _laid(document: JsonObject, changed: JsonObject) -> JsonObject:
    """A resource with some properties set; None takes one away."""
    properties = properties_of(document)
    for name, value in changed.items():
        properties = without(properties, name.casefold()) | ({} if value is None else {name: value})
    return {**document, "properties": properties}


def _listed(properties: JsonObject) -> list[JsonObject]:
    found = next((value for name, value in properties.items() if name.casefold() == "ipconfigurations"), None)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _filled(properties: JsonObject, held: JsonObject) -> list[JsonObject]:
    """The ip-configurations of a request, by name as they are, with what Azure fills in where it is left out."""
    known = {str(one.get("name", "")).casefold(): one for one in _listed(properties_of(held))}
    given = {}
    for one in _listed(properties):
        given[next((str(v) for n, v in one.items() if n.casefold() == "name"), "").casefold()] = one
    if set(known) != set(given):
        message = f"The twin makes and removes no ip-configurations: the request must have {', '.join(sorted(known))}."
        raise not_implemented(message)
    filled = []
    for name, old in known.items():
        asked = next((v for n, v in given[name].items() if n.casefold() == "properties"), None)
        if not isinstance(asked, dict):
            raise unparsed(f"ipConfigurations: {name} has no properties.")
        own = {n.casefold() for n, v in asked.items() if v is not None}
        kept = {n: v for n, v in properties_of(old).items() if n.casefold() in FILLED and n.casefold() not in own}
        filled.append({"id": old.get("id"), "name": old.get("name"), "properties": {**asked, **kept}})
    return filled


FILLED = {"privateipaddress", "privateipaddressversion", "primary"}


def _check_same_addresses(before: Iterable[IpConfiguration], wanted: Iterable[IpConfiguration]) -> None:
    for one, other in zip(before, wanted, strict=True):
        pairs = {
            "privateIPAddress": (one.address, other.address),
            "subnet": (key(one.subnet or ""), key(other.subnet or "")),
            "publicIPAddress": (key(one.public_ip or ""), key(other.public_ip or "")),
            "primary": (one.primary, other.primary),
        }
        moved = [name for name, (old, new) in pairs.items() if old != new]
        if moved:
            raise not_implemented(f"The twin moves no addresses: {one.name} keeps its {', '.join(moved)}.")


def _check_kept(given: JsonObject, held: JsonObject, taken: set[str]) -> None:
    """Whatever the twin does not judge must be as it is: an answer of success would be untrue."""
    known = {name.casefold(): _plain(value) for name, value in held.items()}
    moved = [
        name
        for name, value in given.items()
        if name.casefold() not in taken | IGNORED and _plain(value) not in (None, known.get(name.casefold()))
    ]
    if moved:
        raise not_implemented(f"The twin does not change {', '.join(sorted(moved))[:500]}.")


IGNORED = {"provisioningstate", "resourceguid", "etag"}


def _plain(value: object) -> object:
    """A value as it is compared: without etags and states, and nothing where it is empty."""
    if isinstance(value, dict):
        kept = {name: _plain(item) for name, item in value.items() if name.casefold() not in IGNORED}
        return {name: item for name, item in kept.items() if item is not None} or None
    if isinstance(value, list):
        return [_plain(item) for item in value] or None
    return value or None if value is not False else None


def _check_exists(owner: str, table: Mapping[str, object], ids: Iterable[str | None]) -> None:
    for one in ids:
        if one is not None and key(one) not in table:
            message = (
                f"Resource {one} referenced by resource {owner} was not found. Please make sure that the referenced "
                "resource exists, and that both resources are in the same region."
            )
            details: list[JsonObject] = [{"code": "NotFound", "message": f"Resource {one} not found."}]
            raise refused("InvalidResourceReference", message, details=details)


def _subnet_in(vnet: JsonObject, name: str) -> JsonObject:
    listed = properties_of(vnet).get("subnets")
    for child in listed if isinstance(listed, list) else []:
        if isinstance(child, dict) and str(child.get("name", "")).casefold() == name.casefold():
            return child
    raise not_implemented(f"The twin does not show the subnet {name} as a part of its virtual network.")


def _with_subnet(vnet: JsonObject, subnet: JsonObject) -> JsonObject:
    listed = properties_of(vnet).get("subnets")
    name = str(subnet.get("name", "")).casefold()
    subnets = [
        subnet if isinstance(one, dict) and str(one.get("name", "")).casefold() == name else one
        for one in (listed if isinstance(listed, list) else [])
    ]
    return {**vnet, "properties": {**properties_of(vnet), "subnets": subnets}}
