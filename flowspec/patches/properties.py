"""A rule -> its `properties` as ARM takes them: one value in the singular, several in the plural."""

from __future__ import annotations

from flowspec.model.documents.plan import RuleProperties
from flowspec.patches.quoting import azure_spelling

API_VERSION = "2024-05-01"
"""Of Microsoft.Network, for templates: one that has every field of a rule, and is in every cloud."""

ArmProperties = dict[str, int | str | list[str] | list[dict[str, str]]]


def arm_properties(rule: RuleProperties) -> ArmProperties:
    """Every field that is set, in the order of Azure's reference."""
    ends = {
        "sourceAddressPrefix": rule.sources,
        "sourceApplicationSecurityGroups": rule.source_asgs,
        "sourcePortRange": rule.source_ports,
        "destinationAddressPrefix": rule.destinations,
        "destinationApplicationSecurityGroups": rule.destination_asgs,
        "destinationPortRange": rule.destination_ports,
    }
    made: ArmProperties = {"description": rule.description} if rule.description else {}
    made |= {
        "priority": rule.priority,
        "direction": azure_spelling(rule.direction),
        "access": azure_spelling(rule.access),
        "protocol": azure_spelling(rule.protocol),
    }
    for name, values in ends.items():
        if name.endswith("Groups"):
            made |= {name: [{"id": value} for value in values]} if values else {}
        elif len(values) == 1:
            made[name] = values[0]
        elif values:
            made[f"{name}es" if name.endswith("Prefix") else f"{name}s"] = list(values)
    return made
