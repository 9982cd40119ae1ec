"""PUT and DELETE of a security rule, refused in Azure's words (azure.md B1.6, B4.1); the twin's answers follow."""

from __future__ import annotations

import re

from flowspec.model.inventory import UNKNOWN, Nsg, Rule, key
from flowspec.server.documents import rule_document
from flowspec.server.estate import Estate
from flowspec.server.wire import Answer, Call, RefusedError, pretty, refused, unparsed
from flowspec.sources.node import Node
from flowspec.sources.notes import Notes
from flowspec.sources.rules import conflicts, read_rule

NAME = re.compile(r"\w([\w.-]{0,78}\w)?", re.ASCII)
LONGEST_DESCRIPTION = 140
PARSED = ("SecurityRuleInvalidDirection", "SecurityRuleInvalidAccess")
"""What the reader of files words as a fault of the rule, and Azure as one of the request."""

NEEDED = (
    (("sourceaddressprefix", "sourceaddressprefixes", "sourceapplicationsecuritygroups"),
     "SourceAddressPrefixes, SourceAddressPrefix, or SourceApplicationSecurityGroups"),
    (("destinationaddressprefix", "destinationaddressprefixes", "destinationapplicationsecuritygroups"),
     "DestinationAddressPrefixes, DestinationAddressPrefix, or DestinationApplicationSecurityGroups"),
    (("sourceportrange", "sourceportranges"), "SourcePortRanges, or SourcePortRange"),
    (("destinationportrange", "destinationportranges"), "DestinationPortRanges, or DestinationPortRange"),
    (("protocol",), "Protocol"),
)  # fmt: skip


def put(estate: Estate, call: Call) -> Answer:
    """Creates or changes the rule that the path names: 201 or 200 with the rule."""
    nsg = _nsg(estate, call, "write")
    name = call.segments[9]
    if not NAME.fullmatch(name):
        message = (
            f"Resource name {name[:200]} is invalid. The name can be up to 80 characters long. "
            "It must begin with a word character, and it must end with a word character or with '_'. "
            "The name may contain word characters or "
            "'.', '-', '_'."
        )
        raise refused("InvalidResourceName", message)
    before = _found(nsg, name)
    _check_condition(call, nsg, before)
    rule = read(call, nsg, name)
    others = [other for other in nsg.rules if other is not before]
    for first, second in conflicts((*others, rule)):
        message = f"Security rule {second.name} conflicts with rule {first.name}."
        raise refused("SecurityRuleConflict", f"{message} Rules cannot have the same Priority and Direction.")
    estate.put_rule(nsg, rule)
    return pretty(rule_document(rule, nsg.id), 201 if before is None else 200)


def delete(estate: Estate, call: Call) -> Answer:
    """200, or 204 when there is no such rule."""
    nsg = _nsg(estate, call, "delete")
    rule = _found(nsg, call.segments[9])
    if rule is None:
        return Answer(204)
    _check_condition(call, nsg, rule)
    estate.delete_rule(nsg, rule)
    return Answer(200)


def _nsg(estate: Estate, call: Call, action: str) -> Nsg:
    parent = "/" + "/".join(call.segments[:8])
    nsg = estate.inventory.nsgs.get(key(parent))
    if nsg is None:
        kind = "networkSecurityGroups/securityRules"
        message = f"Failed to perform '{action}' on resource(s) of type '{kind}', because the parent resource"
        raise RefusedError(404, "ParentResourceNotFound", f"{message} '{parent}' could not be found.")
    return nsg


def _found(nsg: Nsg, name: str) -> Rule | None:
    return next((rule for rule in nsg.rules if key(rule.name) == key(name)), None)


def _check_condition(call: Call, nsg: Nsg, before: Rule | None) -> None:
    """`If-Match` and `If-None-Match`, by which clients guard a change against others."""
    tag = rule_document(before, nsg.id)["etag"] if before is not None else None
    wanted, unwanted = call.headers.get("if-match"), call.headers.get("if-none-match")
    met = wanted is None or (tag is not None and wanted in ("*", tag))
    if not met or (unwanted == "*" and before is not None):
        raise refused("PreconditionFailed", "Precondition failed.", 412)


def read(call: Call, nsg: Nsg, name: str) -> Rule:
    """The rule in a body; refused where Azure refuses it."""
    properties = call.members().get("properties")
    if not isinstance(properties, dict):
        raise unparsed("Required property 'properties' not found in JSON. Path ''.")
    rule_id = f"{nsg.id}/securityRules/{name}"
    notes = Notes()
    node = Node({"id": rule_id, "name": name, "properties": properties}, "", "request", notes)
    _check_fields(node, rule_id)
    rule = read_rule(node, nsg.id)
    for problem in notes.errors:
        code, _, message = problem.summary.partition(": ")
        if not message or code in PARSED:
            raise unparsed(problem.summary)
        raise refused(code, message)
    if rule is None or UNKNOWN in (rule.protocol, *rule.source_ports, *rule.destination_ports):
        raise unparsed("; ".join(problem.summary for problem in notes.problems))
    if UNKNOWN in (*rule.sources, *rule.destinations):
        value = notes.problems[0].summary.rpartition(": ")[2]
        message = f"Security rule {rule_id} has invalid Address prefix. Value provided: {value}"
        raise refused("SecurityRuleInvalidAddressPrefix", message)
    if len(rule.description) > LONGEST_DESCRIPTION:
        raise refused("SecurityRuleDescriptionTooLong", "Security rule description cannot exceed 140 chars.")
    return rule


def _check_fields(node: Node, rule_id: str) -> None:
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
