"""Changes of one resource group -> an ARM template that deploys the rules one after the other."""

from __future__ import annotations

import json

from flowspec.patches.item import ChangeItem
from flowspec.patches.properties import API_VERSION, arm_properties
from flowspec.patches.quoting import arm, arm_argument
from flowspec.patches.wording import deletion, head_of_group, purpose

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
_RULES = "Microsoft.Network/networkSecurityGroups/securityRules"


def arm_template(items: list[ChangeItem], *, detours: bool) -> str:
    """The template; what it can't do, delete, is in its metadata as commands."""
    metadata: dict[str, object] = {"description": " ".join(head_of_group(items[0], detours=detours))}
    deletions = [deletion(item) for item in items if item.after is None]
    if deletions:
        metadata["deletions"] = deletions
    resources = ",\n".join(_resource(item) for item in items if item.after)
    lines = [
        "{",
        f'  "$schema": "{_SCHEMA}",',
        '  "contentVersion": "1.0.0.0",',
        f'  "metadata": {arm(metadata, 1)},',
        f'  "resources": [\n{resources}\n  ]' if resources else '  "resources": []',
        "}",
    ]
    return "\n".join(lines) + "\n"


def _resource(item: ChangeItem) -> str:
    assert item.after
    what = f"{item.symbol} {item.action} {item.nsg}/securityRules/{item.name}{purpose(item)}"
    lines = [
        "    {",
        f'      "comments": {arm(f"{what}. {item.note}" if item.note else what)},',
        f'      "type": "{_RULES}",',
        f'      "apiVersion": "{API_VERSION}",',
        f'      "name": {arm(f"{item.nsg}/{item.name}")},',
        *([f'      "dependsOn": [\n        {_id_of(item.waits_for)}\n      ],'] if item.waits_for else []),
        f'      "properties": {arm(arm_properties(item.after), 3)}',
        "    }",
    ]
    return "\n".join(lines)


def _id_of(item: ChangeItem) -> str:
    """An expression, so nothing of it is escaped but the names within."""
    return json.dumps(f"[resourceId('{_RULES}', {arm_argument(item.nsg)}, {arm_argument(item.name)})]")
