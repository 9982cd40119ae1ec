"""A place in a spec, the names in it and the network -> what may be written there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from flowspec.language_server.cursor import CursorPlace
from flowspec.language_server.spelling import Spelling
from flowspec.model.inventory import Inventory, Nic, Vm, id_part
from flowspec.model.spec import GROUP_ANY, GROUP_PUBLIC
from flowspec.spec.document import KINDS, NESTED
from flowspec.spec.schema import Schema, arguments, followed, whole
from flowspec.spec.source import printable

MOST = 250
"""Suggestions at a place; an editor asks again as more is typed."""
_REFERS = re.compile(r"\^\(([a-z|]+)\)")
_SELECTING = ("select", "exclude")
_SERVICE_TAGS = ("Internet", "VirtualNetwork", "AzureLoadBalancer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """`text` is what is written for it, with the cursor at `$0` and `$1` where `is_snippet`."""

    label: str
    text: str
    kind: str
    about: str = ""
    is_snippet: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """The suggestions at a place, in the order in which they are of use. `is_whole`: there are no others."""

    suggestions: list[Suggestion]
    is_whole: bool = True


def asks_network(place: CursorPlace) -> bool:
    """Whether a name in the inventory may be written there."""
    return _slot(place) in _NAMED


def suggestions(
    place: CursorPlace, spelling: Spelling, names: Iterable[tuple[str, str]], inventory: Inventory | None, typed: str
) -> Completion:
    """`names`: kind and name of what the spec declares; of very many suggestions, those that `typed` may become."""
    found = list(dict.fromkeys(_Suggestions(place, spelling, list(names), inventory).all()))
    if len(found) <= MOST:
        return Completion(found)
    fitting = [one for one in found if _may_become(typed.casefold(), one.text.casefold())]
    fitting.sort(key=lambda one: typed.casefold() not in one.text.casefold())
    return Completion(fitting[:MOST], is_whole=False)


def _may_become(typed: str, text: str) -> bool:
    """The letters are there in their order, as editors compare them."""
    rest = iter(text)
    return all(letter in rest for letter in typed)


@dataclass(frozen=True, slots=True)
class _Suggestions:
    """Those of one place."""

    place: CursorPlace
    spelling: Spelling
    names: list[tuple[str, str]]
    inventory: Inventory | None

    def all(self) -> Iterator[Suggestion]:
        place = self.place
        kind = place.blocks[-1] if place.blocks else ""
        if place.in_template:
            yield from self._references(("var", "local"))
        elif not place.blocks:
            yield from () if place.in_text else self._blocks()
        elif kind == "locals":
            yield from () if place.in_text or not place.argument else self._references(("var", "local"))
        elif not place.argument:
            yield from () if place.in_text else self._arguments(kind)
        else:
            yield from self._values(kind)

    def _blocks(self) -> Iterator[Suggestion]:
        for kind in KINDS:
            if kind not in self.place.given:
                yield self._block(kind, self.spelling.block(kind), whole()["$defs"].get(kind, {}))

    def _block(self, kind: str, text: str, schema: Schema) -> Suggestion:
        return Suggestion(label=kind, text=text, kind="block", about=_about(schema), is_snippet="$0" in text)

    def _arguments(self, kind: str) -> Iterator[Suggestion]:
        for name, schema in arguments("select" if kind in _SELECTING else kind).items():
            if name == "//" or name in self.place.given:
                continue
            if name in NESTED.get(kind, ()):
                yield self._block(name, self.spelling.inner_block(name), schema)
            else:
                text = self.spelling.argument(name)
                yield Suggestion(label=name, text=text, kind="argument", about=_about(schema))

    def _values(self, kind: str) -> Iterator[Suggestion]:
        place, inventory = self.place, self.inventory
        schema = arguments("select" if kind in _SELECTING else kind).get(place.argument)
        if schema is None:
            return
        written = json.dumps(schema)
        referring = [word for found in _REFERS.findall(written) for word in found.split("|")]
        referring = [word for word in dict.fromkeys(referring) if word in KINDS]
        if not place.in_text and place.key is None:
            yield from self._references(referring)
        for word in [] if referring else _words(schema):
            yield self._text(word, "word")
        if not place.in_text and not place.quoted and '"#/$defs/boolean"' in written:
            yield from (Suggestion(label=word, text=word, kind="word") for word in ("true", "false"))
        if inventory is not None:
            for name in _of_network(place, inventory):
                if not any(secret in name for secret in inventory.sensitive):
                    yield self._text(name, "network")
        if not place.in_text and place.key != "":
            yield from self._references(("var", "local"))

    def _text(self, text: str, kind: str) -> Suggestion:
        return Suggestion(label=printable(text), text=self.spelling.text(text), kind=kind)

    def _references(self, kinds: Iterable[str]) -> Iterator[Suggestion]:
        for kind in kinds:
            names = [name for known, name in self.names if known == kind]
            if kind == "group":
                names += [GROUP_ANY, GROUP_PUBLIC]
            for name in dict.fromkeys(names):
                address = f"{kind}.{name}"
                yield Suggestion(label=address, text=self.spelling.reference(address), kind="reference")


def _words(schema: Schema) -> list[str]:
    """The words that an argument takes."""
    one = followed(schema)
    return [word for way in (one, *one.get("anyOf", ())) for word in way.get("enum", ()) if isinstance(word, str)]


def _of_network(place: CursorPlace, inventory: Inventory) -> list[str]:
    """The names in the inventory that fit an argument, each once and by name."""
    if (named := _NAMED.get(_slot(place))) is None:
        return []
    return sorted({name for name in named(inventory, place) if name}, key=str.casefold)


def _slot(place: CursorPlace) -> tuple[str, str]:
    """The kind of block and the argument that a value is written for."""
    kind = place.blocks[-1] if place.blocks else ""
    return "select" if kind in _SELECTING else kind, place.argument


def _held(inventory: Inventory) -> Iterator[Nic | Vm]:
    yield from inventory.nics.values()
    yield from inventory.vms.values()


def _subnets(inventory: Inventory, _: CursorPlace) -> Iterator[str]:
    return (f"{id_part(one.id, 'virtualNetworks')}/{one.name}" for one in inventory.subnets.values())


def _tags(inventory: Inventory, place: CursorPlace) -> Iterator[str]:
    """Names of tags, or the values of the one that is written."""
    for name, value in (tag for one in _held(inventory) for tag in one.tags):
        if not place.key:
            yield name
        elif name.casefold() == place.key.casefold():
            yield value


_NAMED: Mapping[tuple[str, str], Callable[[Inventory, CursorPlace], Iterable[str | None]]] = {
    ("select", "vm"): lambda inventory, _: (vm.name for vm in inventory.vms.values()),
    ("select", "nic"): lambda inventory, _: (nic.name for nic in inventory.nics.values()),
    ("select", "subnet"): _subnets,
    ("group", "subnets"): _subnets,
    ("select", "vnet"): lambda inventory, _: (vnet.name for vnet in inventory.vnets.values()),
    ("select", "application_security_group"): lambda inventory, _: (asg.name for asg in inventory.asgs.values()),
    ("select", "location"): lambda inventory, _: (one.location for one in _held(inventory)),
    ("select", "resource_group"): lambda inventory, _: (id_part(one.id, "resourceGroups") for one in _held(inventory)),
    ("select", "subscription"): lambda inventory, _: (id_part(one.id, "subscriptions") for one in _held(inventory)),
    ("select", "tags"): _tags,
    ("group", "service_tags"): lambda inventory, _: [*_SERVICE_TAGS, *inventory.service_tags.prefixes],
    ("group", "frontends"): lambda inventory, _: (
        f"{one.name}/{rule.name}" for one in inventory.balancers.values() for rule in one.rules
    ),
    ("assume", "gateway"): lambda inventory, _: (gateway.name for gateway in inventory.gateways.values()),
}
"""For an argument of a kind of block, where in the inventory its names are."""


def _about(schema: Schema) -> str:
    return str(schema.get("description") or "")
