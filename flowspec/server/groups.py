"""PUT and DELETE of an NSG, refused in Azure's words (azure.md B4.1, B4.3); its rules are read as single ones are."""

from __future__ import annotations

from dataclasses import replace

from flowspec.model.inventory import AZURE_DEFAULT_RULES, Inventory, Rule, key
from flowspec.server.associations import check_location, without
from flowspec.server.changes import DONE, RUNS, ResourceChange, check_condition, properties_of, with_etag, with_state
from flowspec.server.documents import NETWORK, resource, rule_document
from flowspec.server.estate import Estate, users_of_nsgs
from flowspec.server.overlay import read_as
from flowspec.server.rules import check_conflicts, check_name, read, with_nsg
from flowspec.server.wire import HttpCall, JsonObject, refused, unparsed

LISTED = f"{NETWORK}networkSecurityGroups"


def put(estate: Estate, call: HttpCall) -> ResourceChange:
    """Creates an NSG, or replaces all rules and tags of one; its default rules and whoever has it stay."""
    name, at = call.segments[7], key("/" + "/".join(call.segments[:8]))
    check_name(name)
    held, before = estate.held.get(at), estate.inventory.nsgs.get(at)
    check_condition(call.headers, str(held["etag"]) if held else None)
    given = call.members()
    check_location(call, given.get("location"), held)
    nsg_id = before.id if before else "/" + "/".join(call.segments[:8])
    rules = _rules(given.get("properties"), nsg_id)
    defaults = before.default_rules if before else AZURE_DEFAULT_RULES
    listed = {
        "securityRules": [rule_document(rule, nsg_id) for rule in rules],
        "defaultSecurityRules": [rule_document(rule, nsg_id) for rule in defaults],
    }
    location = str(held["location"] if held and held.get("location") else given["location"])
    made = held or resource(LISTED, nsg_id, name, {}, location)
    document = {**without(made, "tags"), "properties": properties_of(made) | listed}
    document |= {"tags": given["tags"]} if given.get("tags") else {}
    nsg = read_as(document, "nsgs", nsg_id)
    if nsg is None or nsg.rules != rules:
        raise unparsed("The twin can't read the network security group back as it was given.")
    done = with_etag(with_state(document, DONE))
    return ResourceChange(
        at=at,
        shown=with_etag(with_state(_all(document, RUNS["PUT"]), RUNS["PUT"])),
        done=done,
        inventory=with_nsg(replace(nsg, default_rules=defaults)),
        status=200 if before else 201,
    )


def delete(estate: Estate, call: HttpCall) -> ResourceChange | None:
    """None when there is no such NSG; refused while a NIC or a subnet has it."""
    at = key("/" + "/".join(call.segments[:8]))
    nsg, held = estate.inventory.nsgs.get(at), estate.held.get(at)
    if nsg is None or held is None:
        return None
    check_condition(call.headers, str(held["etag"]))
    users = users_of_nsgs(estate.inventory).get(at)
    if users:
        message = (
            f"Network security group {nsg.id} cannot be deleted because it is in use by the following resources: "
            f"{', '.join(users)}."
        )
        raise refused("InUseNetworkSecurityGroupCannotBeDeleted", message)

    def without(inventory: Inventory) -> Inventory:
        return replace(inventory, nsgs={one: value for one, value in inventory.nsgs.items() if one != at})

    return ResourceChange(at=at, shown=with_etag(with_state(held, RUNS["DELETE"])), done=None, inventory=without)


def _rules(properties: object, nsg: str) -> tuple[Rule, ...]:
    if properties is None:
        return ()
    listed = {n.casefold(): v for n, v in properties.items()} if isinstance(properties, dict) else None
    given = None if listed is None else listed.get("securityrules") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise unparsed("securityRules is a list of objects.")
    rules: dict[str, Rule] = {}
    for one in given:
        name = next((str(value) for field, value in one.items() if field.casefold() == "name"), "")
        check_name(name)
        if key(name) in rules:
            raise unparsed(f"securityRules has {name} twice.")
        rule = read(next((v for field, v in one.items() if field.casefold() == "properties"), None), nsg, name)
        check_conflicts(rules.values(), rule)
        rules[key(name)] = rule
    return tuple(rules.values())


def _all(nsg: JsonObject, state: str) -> JsonObject:
    """An NSG whose own rules are all in a state, as recorded while it is written."""
    properties = properties_of(nsg)
    rules = properties.get("securityRules")
    shown = [with_state(rule, state) for rule in rules] if isinstance(rules, list) else []
    return {**nsg, "properties": properties | {"securityRules": shown}}
