"""A place in a spec, the names in it and the network -> what may be written there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowspec.language_server.cursor import CursorPlace
from flowspec.language_server.names import NameUse
from flowspec.language_server.spelling import Spelling
from flowspec.model.inventory import Inventory, Nic, Vm, id_part
from flowspec.model.spec import GROUP_ANY, GROUP_PUBLIC
from flowspec.spec.document import KINDS, NESTED
from flowspec.spec.schema import Schema, arguments, followed, whole
from flowspec.spec.source import printable

MOST = 1000
"""Suggestions at a place; an editor asks again as more is typed."""
_REFERS = re.compile(r"\^\(([a-z|]+)\)")
_SELECTING = ("select", "exclude")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """`text` is what is written for it, with the cursor at `$0` and `$1` where `is_snippet`."""

    label: str
    text: str
    kind: str
    about: str = ""
    is_snippet: bool = False


def suggestions(
    place: CursorPlace, spelling: Spelling, uses: Iterable[NameUse], inventory: Inventory | None
) -> list[Suggestion]:
    """In the order in which they are of use."""
    found = dict.fromkeys(_Suggestions(place, spelling, list(uses), inventory).all())
    return list(found)[:MOST]


@dataclass(frozen=True, slots=True)
class _Suggestions:
    """Those of one place."""

    place: CursorPlace
    spelling: Spelling
    uses: list[NameUse]
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
            for name in _of_network(place, kind, inventory):
                if not any(secret in name for secret in inventory.sensitive):
                    yield self._text(name, "network")
        if not place.in_text and place.key != "":
            yield from self._references(("var", "local"))

    def _text(self, text: str, kind: str) -> Suggestion:
        return Suggestion(label=printable(text), text=self.spelling.text(text), kind=kind)

    def _references(self, kinds: Iterable[str]) -> Iterator[Suggestion]:
        for kind in kinds:
            names = [use.name for use in self.uses if use.declares and use.kind == kind]
            if kind == "group":
                names += [GROUP_ANY, GROUP_PUBLIC]
            for name in dict.fromkeys(names):
                address = f"{kind}.{name}"
                yield Suggestion(label=address, text=self.spelling.reference(address), kind="reference")


def _words(schema: Schema) -> list[str]:
    """The words that an argument takes."""
    one = followed(schema)
    return [word for way in (one, *one.get("anyOf", ())) for word in way.get("enum", ()) if isinstance(word, str)]


def _of_network(place: CursorPlace, kind: str, inventory: Inventory) -> list[str]:
    """The names in the inventory that fit an argument, each once and by name."""
    found = set(_named(place, kind, inventory)) - {None, ""}
    return sorted((name for name in found if name), key=str.casefold)


def _named(place: CursorPlace, kind: str, inventory: Inventory) -> Iterable[str | None]:
    held: list[Nic | Vm] = [*inventory.nics.values(), *inventory.vms.values()]
    match "select" if kind in _SELECTING else kind, place.argument:
        case "select", "vm":
            return [vm.name for vm in inventory.vms.values()]
        case "select", "nic":
            return [nic.name for nic in inventory.nics.values()]
        case ("select", "subnet") | ("group", "subnets"):
            return [f"{id_part(one.id, 'virtualNetworks')}/{one.name}" for one in inventory.subnets.values()]
        case "select", "vnet":
            return [vnet.name for vnet in inventory.vnets.values()]
        case "select", "application_security_group":
            return [asg.name for asg in inventory.asgs.values()]
        case "select", "location":
            return [one.location for one in held]
        case "select", "resource_group":
            return [id_part(one.id, "resourceGroups") for one in held]
        case "select", "subscription":
            return [id_part(one.id, "subscriptions") for one in held]
        case "select", "tags":
            tags = [tag for one in held for tag in one.tags]
            if not place.key:
                return [name for name, _ in tags]
            return [value for name, value in tags if name.casefold() == place.key.casefold()]
        case "group", "service_tags":
            return ["Internet", "VirtualNetwork", "AzureLoadBalancer", *inventory.service_tags.prefixes]
        case "group", "frontends":
            return [f"{one.name}/{rule.name}" for one in inventory.balancers.values() for rule in one.rules]
        case "assume", "gateway":
            return [gateway.name for gateway in inventory.gateways.values()]
    return []


def _about(schema: Schema) -> str:
    return str(schema.get("description") or "")
