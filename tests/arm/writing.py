"""Drawn resources -> an ARM template and a parameter file that deploy the same, as people and Bicep write them.

By one seed: names by variables and `concat`, ids by `resourceId` and `format`, rules by `copy`, by variables or as
children, subnets as children, parts in nested deployments (of outer and of inner scope, with parameters).
"""

from __future__ import annotations

import copy
import random
from typing import Any

from tests.arm.templates import PARAMETERS, SCHEMA

Json = dict[str, Any]
GROUP = "/subscriptions/0a1b2c3d-0000-0000-0000-000000000001/resourceGroups/rg-Net"
NET = f"{GROUP}/providers/Microsoft.Network/"


def written(resources: list[Json], seed: int) -> tuple[Json, Json]:
    """The template and its parameter file."""
    return _Writer(random.Random(seed)).whole(copy.deepcopy(resources))


class _Writer:
    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.variables: Json = {}
        self.parameters: Json = {}
        self.values: Json = {}

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def whole(self, resources: list[Json]) -> tuple[Json, Json]:
        made = [one for resource in resources for one in self.resource(resource)]
        if self.chance(0.6):
            made = self.with_modules(made)
        template = {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "parameters": self.parameters,
                    "variables": self.variables, "resources": made}  # fmt: skip
        if self.chance(0.3):
            named = {f"r{at}": one for at, one in enumerate(made)}
            template |= {"languageVersion": "2.0", "resources": named}
        values = {name: {"value": value} for name, value in self.values.items()}
        return template, {"$schema": PARAMETERS, "contentVersion": "1.0.0.0", "parameters": values}

    def resource(self, resource: Json) -> list[Json]:
        """The resource, and the children that are taken out of it."""
        made = {"type": resource["type"], "apiVersion": "2023-11-01", "name": self.name(resource["name"])}
        made |= {name: resource[name] for name in ("location", "tags", "sku") if name in resource}
        properties, children = resource["properties"], list[Json]()
        for section in ("securityRules", "subnets", "routes", "virtualNetworkPeerings"):
            if properties.get(section) and self.chance(0.5):
                properties[section], out = self.items(resource, section, properties[section])
                children += out
            if isinstance(properties.get(section), dict):
                loop = properties.pop(section)
                properties["copy"] = [*properties.get("copy", []), {"name": section, **loop}]
        made["properties"] = self.with_ids(properties)
        return [made, *map(self.with_ids, children)]

    def items(self, owner: Json, section: str, items: list[Json]) -> tuple[Any, list[Json]]:
        """Children as a variable, a parameter, a loop, or resources of their own."""
        form = self.dice.choice(["variable", "parameter", "loop", "children", "concat"])
        name = f"{section}-{owner['name']}-{len(self.variables)}"
        if form == "children" and section in ("securityRules", "subnets", "routes"):
            kept = self.dice.randint(0, len(items) - 1)
            kind = f"{owner['type']}/{section}"
            return items[:kept], [
                {"type": kind, "apiVersion": "2023-11-01", "name": f"{owner['name']}/{one['name']}",
                 "dependsOn": [f"[resourceId('{owner['type']}', '{owner['name']}')]"], "properties": one["properties"]}
                for one in items[kept:]
            ]  # fmt: skip
        if form == "parameter":
            self.parameters[name], self.values[name] = {"type": "array"}, items
            return f"[parameters('{name}')]", []
        self.variables[name] = items
        if form == "concat":
            cut = self.dice.randint(0, len(items))
            return f"[concat(take(variables('{name}'), {cut}), skip(variables('{name}'), {cut}))]", []
        if form == "loop":
            at = f"variables('{name}')[copyIndex('{section}')]"
            return {"count": f"[length(variables('{name}'))]",
                    "input": {"name": f"[{at}.name]", "properties": f"[{at}.properties]"}}, []  # fmt: skip
        return f"[variables('{name}')]", []

    def name(self, name: str) -> str:
        match self.dice.randint(0, 3):
            case 0:
                self.variables[f"name-{name}"] = name
                return f"[variables('NAME-{name}')]"
            case 1:
                self.parameters[f"name-{name}"] = {"type": "string", "defaultValue": name}
                return f"[parameters('name-{name}')]"
            case 2:
                cut = self.dice.randint(1, len(name))
                return f"[{self.dice.choice(['concat', 'Concat'])}('{name[:cut]}', '{name[cut:]}')]"
        return name

    def with_ids(self, value: Any) -> Any:
        """With expressions for ids; what stands in variables and parameters stays as it is."""
        if isinstance(value, dict):
            return {name: self.with_ids(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.with_ids(inner) for inner in value]
        if isinstance(value, str) and value.startswith(NET) and self.chance(0.7):
            return self.expression(value)
        return value

    def expression(self, resource_id: str) -> str:
        """An id, made of its parts."""
        words = resource_id.removeprefix(NET).split("/")
        kind, names = "/".join(["Microsoft.Network", *words[::2]]), ", ".join(f"'{name}'" for name in words[1::2])
        if len(words) % 2:
            return resource_id
        match self.dice.randint(0, 3):
            case 0:
                return f"[format('{{0}}/providers/Microsoft.Network/{{1}}', resourceGroup().id, '{'/'.join(words)}')]"
            case 1:
                scope = "format('{0}/resourceGroups/{1}', subscription().id, resourceGroup().name)"
                return f"[extensionResourceId({scope}, '{kind}', {names})]"
            case 2:
                return f"[resourceId(resourceGroup().name, '{kind}', {names})]"
        return f"[resourceId('{kind}', {names})]"

    def with_modules(self, made: list[Json]) -> list[Json]:
        """Some of the resources in deployments of their own: an outer one as it is, an inner one with parameters."""
        cut = self.dice.randint(0, len(made))
        outside, inside = made[:cut], made[cut:]
        outer = self.chance(0.5)
        properties: Json = {"mode": "Incremental", "template": {"$schema": SCHEMA, "contentVersion": "1.0.0.0"}}
        properties["template"]["resources"] = inside
        if not outer:
            properties["expressionEvaluationOptions"] = {"scope": "inner"}
            names = {name: {"value": f"[variables('{name}')]"} for name in self.variables}
            names |= {name: {"value": f"[parameters('{name}')]"} for name in self.parameters}
            properties["parameters"] = names
            properties["template"]["parameters"] = {name: {"type": "object"} for name in names}
            properties["template"]["variables"] = {name: f"[parameters('{name}')]" for name in self.variables}
        deployment = {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "module",
                      "properties": properties}  # fmt: skip
        return [*outside, deployment]
