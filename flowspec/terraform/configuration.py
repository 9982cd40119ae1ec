"""The configuration in a plan -> the expression of an attribute, and what an expression refers to, scope by scope.

A plan does not hold expressions themselves, only what they refer to; locals do not stand in it at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowspec.errors import Where
from flowspec.terraform.addresses import ModulePath
from flowspec.terraform.frame import object_of, objects_of

ConfigJson = Mapping[str, Any]
NOTHING: ConfigJson = {}


@dataclass(frozen=True, slots=True)
class Expression:
    """What an expression refers to, or its constant value."""

    references: tuple[str, ...] = ()
    constant: Any = None


@dataclass(slots=True)
class ConfigModule:
    """One module of the configuration: its resources by `type.name`, and the modules that it calls."""

    resources: dict[str, ConfigJson] = field(default_factory=dict)
    calls: dict[str, tuple[ConfigJson, ConfigModule]] = field(default_factory=dict)
    outputs: ConfigJson = field(default_factory=dict)


@dataclass(slots=True)
class Configuration:
    """The root module, the providers as they are configured, and the values of the root's variables."""

    root: ConfigModule = field(default_factory=ConfigModule)
    providers: ConfigJson = field(default_factory=dict)
    variables: ConfigJson = field(default_factory=dict)

    def module(self, path: ModulePath) -> ConfigModule | None:
        """The module that an instance is of."""
        found: ConfigModule | None = self.root
        for name, _ in path:
            found = found.calls.get(name, (NOTHING, None))[1] if found is not None else None
        return found

    def resource(self, path: ModulePath, resource: str) -> ConfigJson:
        """What the configuration says of a resource; nothing where it is not in it."""
        module = self.module(path)
        return module.resources.get(resource, NOTHING) if module is not None else NOTHING


def read_configuration(document: Any, variables: Any, where: Where) -> Configuration:
    """`configuration` and `variables` of a plan."""
    raw = object_of(document, "configuration", where)
    return Configuration(
        _module(raw.get("root_module"), where),
        objects_in(raw.get("provider_config"), "provider_config", where),
        object_of(variables, "variables", where),
    )


def objects_in(value: Any, what: str, where: Where) -> dict[str, ConfigJson]:
    """An object whose members are objects."""
    return {name: object_of(item, f"{name} of {what}", where) for name, item in object_of(value, what, where).items()}


def _module(given: Any, where: Where) -> ConfigModule:
    raw = object_of(given, "a module of the configuration", where)
    found = ConfigModule(outputs=objects_in(raw.get("outputs"), "outputs", where))
    for resource in objects_of(raw.get("resources"), "resources", where):
        object_of(resource.get("expressions"), "expressions", where)
        prefix = "data." if resource.get("mode") == "data" else ""
        found.resources[f"{prefix}{resource.get('type')}.{resource.get('name')}"] = resource
    for name, call in objects_in(raw.get("module_calls"), "module_calls", where).items():
        object_of(call.get("expressions"), "expressions", where)
        found.calls[name] = call, _module(call.get("module"), where)
    return found


def expression(raw: Any) -> Expression:
    """An expression, or all that a block of them refers to together."""
    if isinstance(raw, dict) and "references" in raw:
        return Expression(tuple(_references(raw)))
    if isinstance(raw, dict) and "constant_value" in raw:
        return Expression((), raw["constant_value"])
    return Expression(tuple(_references(raw)))


def _references(raw: Any) -> Iterator[str]:
    if isinstance(raw, dict) and isinstance(raw.get("references"), list):
        yield from (name for name in raw["references"] if isinstance(name, str))
    elif isinstance(raw, dict):
        for value in raw.values():
            yield from _references(value)
    elif isinstance(raw, list):
        for value in raw:
            yield from _references(value)


def expression_at(resource: ConfigJson, path: Sequence[str | int]) -> Expression | None:
    """The expression of an attribute; of an attribute inside blocks that of its block, where each has one of its own.

    Blocks that an attribute stands for (`security_rule`) share one expression; those of `dynamic` have none.
    """
    raw: Any = resource.get("expressions") or {}
    for at, name in enumerate(path):
        if isinstance(raw, dict) and ("references" in raw or "constant_value" in raw):
            return expression(raw)
        if isinstance(raw, dict) and isinstance(name, str):
            if name not in raw:
                return None
            raw = raw[name]
        elif isinstance(raw, list) and isinstance(name, int):
            if name >= len(raw):
                return expression(raw)
            raw = raw[name]
        elif isinstance(raw, dict) and name == 0:
            continue
        else:
            return expression(raw) if at else None
    return expression(raw)
