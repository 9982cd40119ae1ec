"""Templates in words: what the tests of this folder build theirs of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowspec.arm.documents import Deployment, deployed
from flowspec.arm.scope import DeploymentScope
from flowspec.arm.sections import Given
from flowspec.errors import Where
from flowspec.model.inventory import Inventory
from flowspec.model.templates import TemplateOptions
from flowspec.sources import load_inventory

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
PARAMETERS = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"
SUBSCRIPTION = "0b1f6471-1bf0-4dda-aec3-cb9272f09590"
SCOPE = DeploymentScope(SUBSCRIPTION, "rg-shop", "westeurope")
NET = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop/providers/Microsoft.Network"
OPTIONS = TemplateOptions(resource_group="rg-shop", subscription=SUBSCRIPTION, location="westeurope")

Json = dict[str, Any]


def template(*resources: Json, **sections: Any) -> Json:
    """A template with these resources, and sections such as `parameters` and `variables`."""
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", **sections, "resources": list(resources)}


def network(kind: str, name: str, /, **properties: Any) -> Json:
    """A resource of Microsoft.Network; `copy`, `condition` and the like stand beside `properties`."""
    beside = {
        key: properties.pop(key) for key in ("copy", "condition", "dependsOn", "tags", "sku") if key in properties
    }
    made = {"type": f"Microsoft.Network/{kind}", "apiVersion": "2023-11-01", "name": name, "location": "westeurope"}
    return {**made, **beside, "properties": properties}


def rule(name: str, priority: Any, /, **properties: Any) -> Json:
    fields = {"direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourcePortRange": "*",
              "destinationPortRange": "443", "sourceAddressPrefix": "*", "destinationAddressPrefix": "*"}  # fmt: skip
    return {"name": name, "properties": {"priority": priority, **fields, **properties}}


def deploy(made: Json, given: Mapping[str, Any] | None = None, scope: DeploymentScope = SCOPE) -> Deployment:
    values = {name: Given(value, Where("p.json")) for name, value in (given or {}).items()}
    return deployed(made, "t.json", scope, values)


def outcome(expression: str, **sections: Any) -> Any:
    """What an expression comes to, as the tag of a resource that a template deploys."""
    made = network("applicationSecurityGroups", "asg", tags={"value": expression})
    return deploy(template(made, **sections)).resources[0].document["tags"]["value"]


def write(path: Path, value: Any) -> str:
    path.write_text(json.dumps(value, indent=2), "utf-8")
    return str(path)


def load(folder: Path, made: Json, given: Mapping[str, Any] | None = None, options: Any = OPTIONS) -> Inventory:
    """The inventory of a template with parameters, through files."""
    files: tuple[str, ...] = ()
    if given is not None:
        told = {name: {"value": value} for name, value in given.items()}
        files = (write(folder / "p.json", {"$schema": PARAMETERS, "contentVersion": "1.0.0.0", "parameters": told}),)
    options = TemplateOptions(resource_group=options.resource_group, subscription=options.subscription,
                              location=options.location, parameters={0: files})  # fmt: skip
    return load_inventory([write(folder / "t.json", made)], templates=options)
