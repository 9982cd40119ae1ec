"""Forms of groups and services -> `Group` and `Service`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from flowspec.errors import Where
from flowspec.model.spec import Group, Select, Service
from flowspec.sets.intervals import Protocol
from flowspec.spec import network
from flowspec.spec.form import Form, Pointer, place_of
from flowspec.spec.names import nearest
from flowspec.spec.network import BadValue
from flowspec.spec.values import Json, to_text

NAMING = ("select", "subnets", "frontends", "prefixes", "service_tags")
CONDITIONS = ("vm", "nic", "subnet", "vnet", "resource_group", "subscription", "location", "application_security_group")
SPELLINGS = ("Tcp", "Udp", "Icmp", "Esp", "Ah", "*")

_prefix = lru_cache(maxsize=65536)(network.prefix)


def group(form: Form) -> Group:
    """A group block -> Group: selects, subnets, prefixes and service tags, with the places of the subnets."""
    if not any(form.has(name) for name in NAMING):
        form.refuse(
            (),
            f"{form.declared.address} names nothing",
            "Give it a select block, or subnets, frontends, prefixes or service_tags.",
        )
    chosen, excludes = selects(form, "select"), selects(form, "exclude")
    subnets = _placed(form, form.argument("subnets"), _text)
    return Group(
        name=form.declared.name,
        selects=chosen,
        excludes=excludes,
        subnets=tuple(text for _, text in subnets),
        subnet_places=tuple(_where(form, pointer) for pointer, _ in subnets),
        frontends=_each(form, "frontends", _text),
        prefixes=_each(form, "prefixes", lambda item: _prefix(_text(item))),
        service_tags=_each(form, "service_tags", lambda item: network.service_tag(_text(item))),
        expect_at_least=form.count("expect_at_least"),
        description=form.text("description"),
        where=form.where,
    )


def prefixes(form: Form, name: str) -> tuple[str, ...]:
    return _each(form, name, lambda item: _prefix(_text(item)))


def _text(item: Json) -> str:
    """A text that is not empty."""
    text = to_text(item) if not isinstance(item, dict | list) else None
    if not text or not text.strip():
        raise BadValue("An empty string names nothing", "Write a name, or take the entry out.")
    return text


def _each(form: Form, name: str, read: Callable[[Json], str]) -> tuple[str, ...]:
    """All items of an argument, read and checked, each once."""
    return _read(form, form.argument(name), read)


def _read(form: Form, items: list[tuple[Pointer, Json]], read: Callable[[Json], str]) -> tuple[str, ...]:
    return tuple(text for _, text in _placed(form, items, read))


def _placed(
    form: Form, items: list[tuple[Pointer, Json]], read: Callable[[Json], str]
) -> tuple[tuple[Pointer, str], ...]:
    """The items with their places; of one text in several spellings, the first."""
    found: dict[str, tuple[Pointer, str]] = {}
    for pointer, item in items:
        try:
            text = read(item)
            found.setdefault(text.casefold(), (pointer, text))
        except BadValue as bad:
            form.refuse(pointer, bad.summary, bad.detail)
    return tuple(found.values())


def selects(form: Form, name: str) -> tuple[Select, ...]:
    return tuple(_select(form, pointer, item) for pointer, item in form.argument(name) if isinstance(item, dict))


def _select(form: Form, pointer: Pointer, conditions: Mapping[str, Json]) -> Select:
    if not form.is_wrong_in(pointer) and not any(name in conditions for name in (*CONDITIONS, "tags")):
        form.refuse(pointer, f"This {pointer[0]} has no condition", 'For every NIC, write vm = "*" or nic = "*".')
    read = {name: _condition(form, (*pointer, name)) for name in CONDITIONS if name in conditions}
    return Select(**read, tags=_tags(form, (*pointer, "tags"), conditions.get("tags")), where=_where(form, pointer))


def _where(form: Form, pointer: Pointer) -> Where:
    return form.declared.source.where(place_of(form.declared, pointer))


def _condition(form: Form, pointer: Pointer) -> tuple[str, ...]:
    items = form.items(*pointer)
    if not items and not form.is_wrong_in(pointer):
        form.refuse(
            pointer,
            f"The condition {pointer[-1]} is an empty list",
            "It would match nothing. Take it out, or give it a name.",
        )
    return _read(form, items, _text)


def _tags(form: Form, pointer: Pointer, tags: Json) -> tuple[tuple[str, str], ...]:
    """Pairs of name and value; of pairs with one name, any will do."""
    if tags is None or form.is_refused(*pointer):
        return ()
    pairs: dict[tuple[str, str], None] = {}
    for name in tags if isinstance(tags, dict) else ():
        values = form.items(*pointer, name)
        if not values and not form.is_wrong_in((*pointer, name)):
            form.refuse(
                (*pointer, name),
                f'The tag "{name}" has no value',
                "It would match nothing. Write the value, or take it out.",
            )
        for _, value in values:
            if not isinstance(value, dict | list):
                pairs[name, to_text(value) or ""] = None
    if not pairs and not form.is_wrong_in(pointer):
        form.refuse(pointer, "The condition tags is empty", "It would match every NIC. Take it out, or name a tag.")
    return tuple(pairs)


def service(form: Form) -> Service:
    """The service that `protocol`, `ports` and `source_ports` of a block make."""
    name = form.text("protocol")
    key = name.casefold()
    if key not in network.PROTOCOLS:
        if form.has("protocol") and not form.is_refused("protocol"):
            hint = nearest(name, SPELLINGS) or f"It is one of {', '.join(SPELLINGS)}."
            form.refuse(("protocol",), f'"{name}" is not a protocol', hint)
        key = "tcp"
    destination, source = _ports(form, "ports"), _ports(form, "source_ports")
    for argument in ("ports", "source_ports"):
        if key in network.PORTLESS and form.argument(argument):
            form.refuse((argument,), f"{name} has no ports", f"Take {argument} out, or make the protocol Tcp or Udp.")
    protocols = network.PROTOCOLS[key]
    if destination or source:
        protocols = tuple(protocol for protocol in protocols if protocol in (Protocol.TCP, Protocol.UDP))
    return Service(protocols, destination, source)


def _ports(form: Form, name: str) -> network.Ranges:
    ranges = []
    if form.values.get(name) == []:
        form.refuse(
            (name,),
            f"{name} is empty",
            'An empty list allows no port at all. For every port write ["*"], or leave it out.',
        )
    for pointer, item in form.argument(name):
        try:
            ranges.append(network.port_range(item))
        except BadValue as bad:
            form.refuse(pointer, bad.summary, bad.detail)
    return network.ports(ranges)
