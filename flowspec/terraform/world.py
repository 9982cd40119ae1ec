"""All instances of a document -> their Azure ids, and what their references mean, as far as a plan tells it.

`x[count.index]` and `x[count.index % 2]` look alike in a plan: that an instance refers to the one of its own key is an
assumption, made only where every instance has its counterpart, and printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flowspec.errors import Where
from flowspec.model.inventory import id_part
from flowspec.model.unknown import is_unknown, opaque, unknown, why
from flowspec.terraform.addresses import Bracketed, InstanceKey, ModulePath, longest, parts
from flowspec.terraform.code import TerraformCode
from flowspec.terraform.configuration import Configuration, Expression, expression, expression_at
from flowspec.terraform.instances import Instance
from flowspec.terraform.meaning import AttributePath, Meant, ReferenceScope, Search, at, is_of, named_by
from flowspec.terraform.types import AZURE, CHILD_OF_ID, PARENT

DEEPEST = 30


class World:
    """The instances by module and resource; and what is known of the subscriptions of their providers."""

    def __init__(
        self,
        instances: Iterable[Instance],
        configuration: Configuration,
        subscriptions: Iterable[str],
        code: TerraformCode | None = None,
    ) -> None:
        self.code = code
        self.instances = list(instances)
        self.configuration = configuration
        self.paired: dict[str, str] = {}
        self._groups: dict[tuple[ModulePath, str], dict[InstanceKey, Instance]] = {}
        for one in self.instances:
            self._groups.setdefault((one.modules, one.resource), {})[one.key] = one
        self._below = list(dict.fromkeys(subscriptions))
        self._ids: dict[Instance, str] = {}
        self._subscriptions: dict[str, str] = {}

    def of(self, *kinds: str) -> list[Instance]:
        """The instances of some types."""
        return [one for one in self.instances if one.type in kinds]

    # Ids

    def id_of(self, one: Instance) -> str:
        """The id that Azure gave the resource, or will give it."""
        found = self._ids.get(one)
        if found is None:
            found = self._ids[one] = one.text("id") or self._made_id(one)
        return found

    def _made_id(self, one: Instance) -> str:
        name = self.name_of(one)
        if one.type in CHILD_OF_ID:
            owner = self.meant(one, (CHILD_OF_ID[one.type],), "")
            return f"{owner.sure or self._some_parent(one)}/{AZURE[one.type].rpartition('/')[2]}/{name}"
        if one.type == "azapi_resource":
            return self._azapi_id(one, name)
        scope = f"/subscriptions/{self.subscription_of(one)}/resourceGroups"
        if one.type == "azurerm_resource_group":
            return f"{scope}/{name}"
        if one.type in PARENT and (direct := self._parent_by_id(one)) is not None:
            return f"{direct}/{AZURE[one.type].rpartition('/')[2]}/{name}"
        kind = AZURE.get(one.type, "")
        namespace, *segments = kind.split("/")
        names = [name]
        if one.type in PARENT:
            parent_type, attribute = PARENT[one.type]
            above = None if one.text(attribute) else self.meant(one, (attribute,), AZURE[parent_type]).sure
            if above is not None:
                return f"{above}/{segments[-1]}/{name}"
            names = [self._known(one, attribute), name]
        scope = f"{scope}/{self._known(one, 'resource_group_name')}/providers/{namespace}"
        return "/".join((scope, *(f"{segment}/{part}" for segment, part in zip(segments, names, strict=True))))

    def _some_parent(self, one: Instance) -> str:
        """An id of the right shape for the parent of a child that names it by an id which is not known."""
        part = opaque(f"{one.address}.{CHILD_OF_ID[one.type]}")
        namespace, *kinds = AZURE[one.type].split("/")[:-1]
        scope = f"/subscriptions/{self.subscription_of(one)}/resourceGroups/{part}/providers/{namespace}"
        return "/".join((scope, *(f"{kind}/{part}" for kind in kinds)))

    def _parent_by_id(self, one: Instance) -> str | None:
        """The parent of a child that names it by id, as newer providers allow."""
        return one.text("network_security_group_id") or one.text("virtual_network_id")

    def _azapi_id(self, one: Instance, name: str) -> str:
        kind = (one.text("type") or "").partition("@")[0]
        parent = self.meant(one, ("parent_id",), "")
        above = parent.sure or f"/{opaque(f'{one.address}.parent_id')}"
        namespace, _, rest = kind.partition("/")
        if "/" in rest:
            return f"{above}/{rest.rpartition('/')[2]}/{name}"
        return f"{above}/providers/{namespace}/{rest}/{name}"

    def name_of(self, one: Instance) -> str:
        """The name; a part that is not known where it is not."""
        return self._known(one, "name")

    def _known(self, one: Instance, attribute: str) -> str:
        value = one.values.get(attribute)
        if isinstance(value, str) and value and not is_unknown(value):
            return value
        if attribute == "resource_group_name":
            group = self.meant(one, (attribute,), AZURE["azurerm_resource_group"])
            if group.sure is not None:
                return group.sure.rpartition("/")[2]
        return opaque(f"{one.address}.{attribute}")

    def subscription_of(self, one: Instance) -> str:
        """From the provider's configuration, other ids of that provider, or the only one that there is."""
        config = self.configuration.resource(one.modules, one.resource)
        provider = str(config.get("provider_config_key") or one.provider)
        if provider not in self._subscriptions:
            self._subscriptions[provider] = self._subscription(provider, one)
        return self._subscriptions[provider]

    def _subscription(self, provider: str, one: Instance) -> str:
        raw = self.configuration.providers.get(provider) or {}
        given = expression_at(raw, ("subscription_id",))
        if given is not None:
            value = given.constant
            for reference in given.references:
                kind, _, name = reference.partition(".")
                told = self.configuration.variables.get(name) if kind == "var" else None
                value = told.get("value") if isinstance(told, dict) else value
            return value if isinstance(value, str) and value else opaque(f"subscription of the provider {provider}")
        found = {id_part(other.text("id") or "", "subscriptions"): None for other in self.instances
                 if self._provider(other) == provider}  # fmt: skip
        known = [subscription for subscription in found if subscription and not subscription.startswith("‹")]
        for several in (list(dict.fromkeys(known)), self._below):
            if len(several) == 1:
                return several[0]
        return opaque(f"subscription of the provider {provider}")

    def _provider(self, one: Instance) -> str:
        config = self.configuration.resource(one.modules, one.resource)
        return str(config.get("provider_config_key") or one.provider)

    def place(self, one: Instance, where: Where, inside: str = "", name: object = None) -> Where:
        """Where an instance, or a block in it, stands: in Terraform's own files if they are at hand."""
        return self.code.where(one, where, inside, name) if self.code is not None else where

    # References

    def value(self, one: Instance, *path: str | int) -> Any:
        """The value of an attribute; what is held back says what it waits for."""
        found = at(one.values, path)
        if not is_unknown(found):
            return found
        told = self._expression(one, path)
        named = [reference for reference in longest(told.references) if named_by(reference)] if told else []
        return unknown(f"known after apply: {', '.join(named[:3])}") if named else found

    def is_written(self, one: Instance, name: str) -> bool:
        """Whether the configuration sets an attribute, or has blocks of the name; without a configuration it may."""
        config = self.configuration.resource(one.modules, one.resource)
        block = self.code.of(one.modules, one.resource) if self.code is not None else None
        return not config or name in (config.get("expressions") or {}) or (block is not None and name in block.dynamic)

    def writes(self, one: Instance, name: str) -> bool:
        """Whether the configuration surely has it: then a list is what the plan makes it, not what was refreshed."""
        config = self.configuration.resource(one.modules, one.resource)
        return name in (config.get("expressions") or {})

    def meant(self, one: Instance, path: AttributePath, wanted: str) -> Meant:
        """The resource that an attribute names, by its id or its name. `wanted`: its Azure type, "" for any."""
        found = at(one.values, path)
        if not is_unknown(found):
            return Meant((found,)) if isinstance(found, str) and found else Meant()
        search = Search(wanted.lower())
        told = self._expression(one, path)
        if told is None:
            return Meant((), open=True, reason=why(found)[0])
        self._follow(told, self._scope(one, path), search, 0)
        return Meant(tuple(search.ids), search.open or not search.ids, why(str(self.value(one, *path)))[0])

    def members(
        self, one: Instance, path: AttributePath, wanted: str, *, distinct: bool = False
    ) -> tuple[list[str], Meant | None]:
        """A list of references: those that surely are in it, and what else may be.

        A list may hold any of what its expression refers to: `c ? a : b` and `[a, b]` look alike. Where its items are
        `distinct` and as many as there are candidates, it holds them all.
        """
        value = at(one.values, path)
        if isinstance(value, list):
            known = [item for item in value if isinstance(item, str) and item and not is_unknown(item)]
            held = [n for n, item in enumerate(value) if is_unknown(item)]
            if not held:
                return known, None
            told = self.meant(one, (*path, held[0]), wanted)
            if not told.open and len(told.ids) == len(held) and (distinct or len(held) == 1):
                return [*known, *told.ids], None
            return known, told
        if value is None or value == "":
            return [], None
        told = self.meant(one, path, wanted)
        return ([told.sure], None) if told.sure is not None else ([], told)

    def _expression(self, one: Instance, path: AttributePath) -> Expression | None:
        config = self.configuration.resource(one.modules, one.resource)
        if len(path) > 2 and isinstance(path[1], int):
            blocks, here = (config.get("expressions") or {}).get(path[0]), at(one.values, path[:1])
            if isinstance(blocks, list) and isinstance(here, list) and len(blocks) != len(here):
                return None
        return expression_at(config, path)

    def _scope(self, one: Instance, path: AttributePath) -> ReferenceScope:
        config = self.configuration.resource(one.modules, one.resource)
        keys = frozenset(self._groups.get((one.modules, one.resource), ()))
        known = self.code.pairs_by_key(one.modules, one.resource, str(path[0])) if self.code is not None else None
        return ReferenceScope(modules=one.modules, key=one.key, owner=config, keys=keys, by_key=known)

    def _follow(self, told: Expression, scope: ReferenceScope, search: Search, depth: int) -> None:
        """Everything of the wanted type that an expression refers to."""
        mark = (told.references, scope.modules, scope.key, id(scope.owner))
        search.open = search.open or depth > DEEPEST
        if mark in search.seen or depth > DEEPEST:
            return
        search.seen.add(mark)
        references = longest(told.references)
        by_key = any(reference.partition(".")[0] in ("each", "count") for reference in references)
        for reference in references:
            self._refer(parts(reference), scope, search, by_key, depth + 1)

    def _refer(self, named: tuple[Any, ...], scope: ReferenceScope, search: Search, by_key: bool, depth: int) -> None:
        match named:
            case ("each", "value", *_):
                loop = scope.owner.get("for_each_expression")
                if loop is not None:
                    self._follow(expression(loop), scope, search, depth)
            case ("each", *_) | ("count", *_) | ("path", *_) | ("terraform", *_) | ("self", *_):
                pass
            case ("var", str(name), *_):
                self._variable(name, scope, search, depth)
            case ("local", *names):
                told = self.code.value(scope.modules, str(names[0])) if self.code is not None and names else None
                search.open = search.open or told is None
                self._follow(Expression(told or ()), scope, search, depth)
            case ("module", str(name), *rest):
                self._output(name, rest, scope, search, by_key, depth)
            case ("data", str(kind), str(name), *rest):
                self._instances(f"data.{kind}.{name}", rest, scope, search, by_key, depth)
            case (str(kind), str(name), *rest):
                self._instances(f"{kind}.{name}", rest, scope, search, by_key, depth)
            case _:
                search.open = True

    def _variable(self, name: str, scope: ReferenceScope, search: Search, depth: int) -> None:
        """What the call of the module gives; a variable of the root has a value that is known."""
        if not scope.modules:
            return
        *above, (called, key) = scope.modules
        parent = self.configuration.module(tuple(above))
        call = parent.calls.get(called, ({}, None))[0] if parent is not None else {}
        given = (call.get("expressions") or {}).get(name)
        if given is None:
            return
        told = expression(given)
        if told.constant is not None:
            self._constant(told.constant, search)
        keys = frozenset(path[-1][1] for path, _ in self._groups if path and path[:-1] == tuple(above)
                         and path[-1][0] == called)  # fmt: skip
        self._follow(told, ReferenceScope(modules=tuple(above), key=key, owner=call, keys=keys), search, depth)

    def _constant(self, value: Any, search: Search) -> None:
        """Ids that are written out."""
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and (is_of(text, search.wanted) if search.wanted else text.startswith("/")):
                search.ids[text] = None

    def _output(
        self, name: str, rest: Sequence[Any], scope: ReferenceScope, search: Search, by_key: bool, depth: int
    ) -> None:
        """An output of a module that is called here, of one of its instances or of all."""
        given = rest[0].value if rest and isinstance(rest[0], Bracketed) else None
        left = rest[1:] if given is not None else rest
        module = self.configuration.module((*scope.modules, (name, None)))
        if module is None:
            search.open = True
            return
        every = list(dict.fromkeys(path[len(scope.modules)][1] for path, _ in self._groups
                     if path[: len(scope.modules)] == scope.modules and len(path) > len(scope.modules)
                     and path[len(scope.modules)][0] == name))  # fmt: skip
        keys = [given] if given is not None else self._narrowed(every, scope, by_key, f"module.{name}")
        outputs = module.outputs
        asked = [str(left[0])] if left and str(left[0]) in outputs else list(outputs)
        for key in keys or [None]:
            inside = ReferenceScope(modules=(*scope.modules, (name, key)), key=None, owner={}, keys=frozenset())
            for one in asked:
                self._follow(expression((outputs[one] or {}).get("expression")), inside, search, depth)

    def _instances(
        self, resource: str, rest: Sequence[Any], scope: ReferenceScope, search: Search, by_key: bool, depth: int
    ) -> None:
        """The instances of a resource that a reference may mean, and what of them it may mean."""
        group = self._groups.get((scope.modules, resource), {})
        if rest and isinstance(rest[0], Bracketed):
            found = [group[rest[0].value]] if rest[0].value in group else []
            rest = rest[1:]
        else:
            found = [group[key] for key in self._narrowed(list(group), scope, by_key, resource)]
        if not group and not self._is_empty(scope.modules, resource):
            search.open = True
        for one in found:
            self._attribute(
                one, tuple(part.value if isinstance(part, Bracketed) else part for part in rest), search, depth
            )

    def _is_empty(self, modules: ModulePath, resource: str) -> bool:
        """Whether a resource surely has no instance: it counts to none."""
        config = self.configuration.resource(modules, resource)
        return "count_expression" in config or "for_each_expression" in config

    def _narrowed(self, keys: list[InstanceKey], scope: ReferenceScope, by_key: bool, what: str) -> list[InstanceKey]:
        """The instance of the same key, where every one of them has a counterpart; else all."""
        counterparts = scope.key in keys and scope.key is not None and scope.keys <= set(keys)
        if by_key and counterparts and scope.by_key is not False:
            if len(keys) > 1 and scope.by_key is None:
                owner = str(scope.owner.get("address") or "a module")
                self.paired[owner] = what
            return [scope.key]
        return keys

    def _attribute(self, one: Instance, path: AttributePath, search: Search, depth: int) -> None:
        """What an attribute of an instance comes to: the instance itself, an id it holds, or what that is made of."""
        own = self.azure_type(one)
        if own and search.wanted in ("", own) and path[:1] in ((), ("id",), ("name",)):
            search.ids[self.id_of(one)] = None
            return
        value = at(one.values, path)
        if own == AZURE["azurerm_virtual_network"].lower() and path[:1] == ("subnet",):
            self._inline_subnets(one, search)
        elif is_unknown(value) or (isinstance(value, (list, dict)) and not path):
            told = self._expression(one, path) if path else None
            if told is None:
                search.open = search.open or own != search.wanted
            else:
                self._follow(told, self._scope(one, path), search, depth)
        elif isinstance(value, (str, list)):
            self._constant(value, search)

    def _inline_subnets(self, one: Instance, search: Search) -> None:
        for block in one.blocks("subnet"):
            search.ids[block.get("id") or f"{self.id_of(one)}/subnets/{block.get('name')}"] = None

    def azure_type(self, one: Instance) -> str:
        """The Azure type of an instance in lower case; "" where it plays no part."""
        if one.type == "azapi_resource":
            return (one.text("type") or "").partition("@")[0].lower()
        return AZURE.get(one.type, "").lower()
