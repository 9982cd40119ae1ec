"""POST …/listNetworkManagerEffectiveSecurityAdminRules -> the admin rules of a VNet (azure.md B4.8)."""

from __future__ import annotations

from flowspec.model.inventory import Rule, key
from flowspec.model.unknown import is_unknown
from flowspec.server.documents import NETWORK
from flowspec.server.estate import Estate
from flowspec.server.wire import HttpAnswer, JsonObject, pretty
from flowspec.sources.rules import is_prefix


def admin_rules(estate: Estate, document: JsonObject) -> HttpAnswer:
    """One page with all of them; none when the inventory has no answer for the VNet."""
    vnet = str(document["id"])
    rules = estate.inventory.admin_rules.get(key(vnet), ())
    group = vnet.partition("/providers/")[0]
    return pretty({"value": [admin_rule_document(rule, group) for rule in rules]})


def admin_rule_document(rule: Rule, group: str) -> JsonObject:
    """A security admin rule as Azure answers it."""
    collection = "networkManagers/twin/securityAdminConfigurations/twin/ruleCollections/twin"
    properties: JsonObject = {
        "description": rule.description,
        "protocol": "Any" if rule.protocol == "*" else rule.protocol,
        "sources": [_item(text) for text in rule.sources],
        "destinations": [_item(text) for text in rule.destinations],
        "sourcePortRanges": [text for text in rule.source_ports if not is_unknown(text)],
        "destinationPortRanges": [text for text in rule.destination_ports if not is_unknown(text)],
        "access": str(rule.access),
        "priority": rule.priority,
        "direction": str(rule.direction),
        "provisioningState": "Succeeded",
    }
    rule_id = rule.id or f"{group}/providers/{NETWORK}{collection}/rules/{rule.name}"
    return {"id": rule_id, "kind": "Custom", "properties": properties}


def _item(text: str) -> JsonObject:
    if is_unknown(text):
        return {"addressPrefixType": "NetworkGroup"}
    return {"addressPrefix": text, "addressPrefixType": "IPPrefix" if is_prefix(text) or text == "*" else "ServiceTag"}
