"""PUT and DELETE of a security rule, refused in Azure's words (azure.md B1.6, B4.1); the twin's answers follow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from flowspec.model.inventory import Inventory, Nsg, Rule, key
from flowspec.model.unknown import is_unknown
from flowspec.server.changes import RUNS, ResourceChange, check_condition, properties_of, with_etag, with_state
from flowspec.server.documents import rule_document
from flowspec.server.estate import Estate
from flowspec.server.wire import HttpCall, JsonObject, RefusedError, refused, unparsed
from flowspec.sources.node import JsonNode
from flowspec.sources.notes import Notes
from flowspec.sources.rules import conflicts, read_rule

NAME = re.compile(r"\w([\w.-]{0,78}\w)?", re.ASCII)
LONGEST_DESCRIPTION = 140
PARSED = ("SecurityRuleInvalidDirection", "SecurityRuleInvalidAccess")
"""What the reader of files words as a fault of the rule, and Azure as one of the request."""

MODELLED = {
    "description", "protocol", "access", "priority", "direction", "provisioningstate",
    *(f"{side}{field}" for side in ("source", "destination")
      for field in ("portrange", "portranges", "addressprefix", "addressprefixes", "applicationsecuritygroups")),
}  # fmt: skip
"""The properties of a rule that the model has, in lower case."""

NEEDED = (
    (("sourceaddressprefix", "sourceaddressprefixes", "sourceapplicationsecuritygroups"),
     "SourceAddressPrefixes, SourceAddressPrefix, or SourceApplicationSecurityGroups"),
    (("destinationaddressprefix", "destinationaddressprefixes", "destinationapplicationsecuritygroups"),
     "DestinationAddressPrefixes, DestinationAddressPrefix, or DestinationApplicationSecurityGroups"),
    (("sourceportrange", "sourceportranges"), "SourcePortRanges, or SourcePortRange"),
    (("destinationportrange", "destinationportranges"), "DestinationPortRanges, or DestinationPortRange"),
    (("protocol",), "Protocol"),
)  # fmt: skip


def put(estate: Estate, call: HttpCall) -> ResourceChange:
    """Creates or changes the rule that the path names."""
    nsg = _nsg(estate, call, "write")
    name = call.segments[9]
    check_name(name)
    held = estate.held[key(nsg.id)]
    before = _found(nsg, name)
    check_condition(call.headers, str(held["etag"]) if before else None)
    body = call.members().get("properties")
    rule = read(body, nsg.id, name)
    rules = {key(other.name): other for other in nsg.rules} | {key(name): rule}
    check_conflicts(rules.values(), rule)
    documents = {key(str(child["name"])): child for child in children(held)}
    made = _with_unmodelled(rule_document(rule, nsg.id), body)
    shown = documents | {key(name): with_state(made, RUNS["PUT"])}
    done = documents | {key(name): made}
    return ResourceChange(
        at=key(nsg.id),
        shown=with_etag(with_state(with_rules(held, shown.values()), RUNS["PUT"])),
        done=with_etag(with_rules(held, done.values())),
        inventory=with_nsg(replace(nsg, rules=tuple(rules.values()))),
        part=lambda document: next(child for child in children(document) if key(str(child["name"])) == key(name)),
        status=201 if before is None else 200,
    )


def delete(estate: Estate, call: HttpCall) -> ResourceChange | None:
    """None when there is no such rule."""
    nsg = _nsg(estate, call, "delete")
    rule = _found(nsg, call.segments[9])
    if rule is None:
        return None
    held = estate.held[key(nsg.id)]
    check_condition(call.headers, str(held["etag"]))
    left = [child for child in children(held) if key(str(child["name"])) != key(rule.name)]
    ending = [with_state(c, RUNS["DELETE"]) if key(str(c["name"])) == key(rule.name) else c for c in children(held)]
    return ResourceChange(
        at=key(nsg.id),
        shown=with_etag(with_state(with_rules(held, ending), RUNS["PUT"])),
        done=with_etag(with_rules(held, left)),
        inventory=with_nsg(replace(nsg, rules=tuple(other for other in nsg.rules if other is not rule))),
    )


def _with_unmodelled(document: JsonObject, body: object) -> JsonObject:
    """A rule with the properties that were sent and that the model does not have."""
    sent = body if isinstance(body, dict) else {}
    more = {name: value for name, value in sent.items() if value is not None and name.casefold() not in MODELLED}
    return {**document, "properties": {**more, **properties_of(document)}}


def children(nsg: JsonObject) -> list[JsonObject]:
    """The documents of an NSG's own rules."""
    listed = properties_of(nsg).get("securityRules")
    return [child for child in listed if isinstance(child, dict)] if isinstance(listed, list) else []


def with_rules(nsg: JsonObject, rules: Iterable[JsonObject]) -> JsonObject:
    return {**nsg, "properties": {**properties_of(nsg), "securityRules": list(rules)}}


def with_nsg(nsg: Nsg) -> Callable[[Inventory], Inventory]:
    return lambda inventory: replace(inventory, nsgs={**inventory.nsgs, key(nsg.id): nsg})


def check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        message = (
            f"Resource name {name[:200]} is invalid. The name can be up to 80 characters long. "
            "It must begin with a word character, and it must end with a word character or with '_'. "
            "The name may contain word characters or "
            "'.', '-', '_'."
        )
        raise refused("InvalidResourceName", message)


def check_conflicts(rules: Iterable[Rule], last: Rule) -> None:
    """The rules of an NSG, of which `last` is told as the one that conflicts."""
    for first, second in conflicts((*(rule for rule in rules if rule is not last), last)):
        message = f"Security rule {second.name} conflicts with rule {first.name}."
        raise refused("SecurityRuleConflict", f"{message} Rules cannot have the same Priority and Direction.")


def _nsg(estate: Estate, call: HttpCall, action: str) -> Nsg:
    parent = "/" + "/".join(call.segments[:8])
    nsg = estate.inventory.nsgs.get(key(parent))
    if nsg is None:
        kind = "networkSecurityGroups/securityRules"
        message = f"Failed to perform '{action}' on resource(s) of type '{kind}', because the parent resource"
        raise RefusedError(404, "ParentResourceNotFound", f"{message} '{parent}' could not be found.")
    return nsg


def _found(nsg: Nsg, name: str) -> Rule | None:
    return next((rule for rule in nsg.rules if key(rule.name) == key(name)), None)


def read(properties: object, nsg: str, name: str) -> Rule:
    """The rule in a body, for an NSG (its id); refused where Azure refuses it."""
    if not isinstance(properties, dict):
        raise unparsed("Required property 'properties' not found in JSON. Path ''.")
    rule_id = f"{nsg}/securityRules/{name}"
    notes = Notes()
    node = JsonNode({"id": rule_id, "name": name, "properties": properties}, "", "request", notes)
    _check_fields(node, rule_id)
    rule = read_rule(node, nsg)
    for problem in notes.errors:
        code, _, message = problem.summary.partition(": ")
        if not message or code in PARSED:
            raise unparsed(problem.summary)
        raise refused(code, message)
    if rule is None or any(map(is_unknown, (rule.protocol, *rule.source_ports, *rule.destination_ports))):
        raise unparsed("; ".join(problem.summary for problem in notes.problems))
    if any(map(is_unknown, (*rule.sources, *rule.destinations))):
        value = notes.problems[0].summary.rpartition(": ")[2]
        message = f"Security rule {rule_id} has invalid Address prefix. Value provided: {value}"
        raise refused("SecurityRuleInvalidAddressPrefix", message)
    if len(rule.description) > LONGEST_DESCRIPTION:
        raise refused("SecurityRuleDescriptionTooLong", "Security rule description cannot exceed 140 chars.")
    return rule


def _check_fields(node: JsonNode, rule_id: str) -> None:
    for names, words in NEEDED:
        if not any(node.fields.get(name) for name in names):
            message = f"Required security rule parameters are missing for security rule with Id: {rule_id}."
            raise refused("SecurityRuleParametersMissing", f"{message} Security rule must specify {words}.")
    for side in ("Source", "Destination"):
        for value in _listed(node.fields.get(f"{side}AddressPrefixes".lower())):
            if value == "*" or (value[:1].isalpha() and ":" not in value):
                message = (
                    f"Security rule parameter {side}AddressPrefix for rule with Id {rule_id} cannot specify existing "
                    f"VIRTUALNETWORK, INTERNET, AZURELOADBALANCER, '*' or system tags. Unsupported value used: {value}."
                )
                raise refused("SecurityRuleParameterContainsUnsupportedValue", message)


def _listed(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
