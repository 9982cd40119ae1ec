"""A select or a subnet's name that fits nothing -> why: what each condition leaves, and the values that there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches

from flowspec.model.inventory import id_part, key, vnet_part
from flowspec.model.spec import Select
from flowspec.network.index import Endpoint, Network

_SHOWN = 6
_LONGEST = 80
_COMPARED = 500
"""Names that are held against a misspelt one; of more, those that begin with its first letter."""
_NAMES = ("vm", "nic", "subnet", "vnet", "resource_group", "subscription", "location", "application_security_group")


def why_nothing(network: Network, select: Select, count: Callable[[Select], int]) -> str:
    """`of 300 NICs, vm = "vm-wbe-*" leaves none (there are vm-web-01, vm-web-02), tags.tier = "web" leaves 12`.

    `count` says how many NICs meet a select.
    """
    every = len(network.inventory.nics)
    if not every:
        return "the inventory has no NIC"
    told = [_told(network, text, alone, wanted, count(alone)) for text, alone, wanted in _alone(select)]
    together = "; none meets all of them" if len(told) > 1 and all("leaves none" not in t for t in told) else ""
    return f"of {every:,} NIC{'s' if every > 1 else ''}, {', '.join(told)}{together}"


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Names much like this one, the nearest first."""
    spellings = {text.casefold(): text for text in known}
    wanted = name.casefold()[:200]
    if len(spellings) > _COMPARED:
        spellings = {folded: text for folded, text in spellings.items() if folded[:1] == wanted[:1]}
    folded = list(spellings)[: 2 * _COMPARED]
    return [spellings[close] for close in get_close_matches(wanted, folded, 3, 0.6)]


def listed(names: Iterable[str], *, like: str = "") -> str:
    """Some of the names, those that are nearest to `like` first."""
    every = sorted(set(names), key=str.casefold)
    shown = list(dict.fromkeys([*nearest(like, every), *every]))[:_SHOWN]
    more = f" and {len(every) - len(shown):,} more" if len(every) > len(shown) else ""
    return f"{', '.join(text if len(text) <= _LONGEST else f'{text[:_LONGEST]}…' for text in shown)}{more}"


def _alone(select: Select) -> Iterator[tuple[str, Select, str]]:
    """Each condition as it is written, as a select of its own, and a value that it asks for."""
    for name in _NAMES:
        values: tuple[str, ...] = getattr(select, name)
        if values:
            yield f"{name} = {_quoted(values)}", Select(**{name: values}, tags=(), where=None), values[0]
    for tag in dict.fromkeys(tag for tag, _ in select.tags):
        values = tuple(value for name, value in select.tags if name == tag)
        yield f"tags.{tag} = {_quoted(values)}", Select(tags=tuple((tag, v) for v in values)), values[0]


def _quoted(values: tuple[str, ...]) -> str:
    texts = [f'"{value}"' for value in values]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _told(network: Network, text: str, alone: Select, wanted: str, count: int) -> str:
    if count:
        return f"{text} leaves {count:,}"
    values = {value for endpoint in network.endpoints for value in _values(network, alone, endpoint)}
    if values:
        return f"{text} leaves none (there are {listed(values, like=wanted)})"
    tags = {name for endpoint in network.endpoints for name, _ in _tags(network, endpoint)} if alone.tags else ()
    there = f"tags are {listed(tags, like=alone.tags[0][0])}" if tags else "none has any"
    return f"{text} leaves none ({there})"


def _values(network: Network, alone: Select, endpoint: Endpoint) -> Iterator[str]:
    """What an ip-configuration has where the condition looks."""
    nic = endpoint.nic
    if alone.vm and nic.vm:
        yield _last(nic.vm)
    if alone.nic:
        yield nic.name
    if alone.subnet:
        yield subnet_name(network, endpoint.subnet, long="/" in alone.subnet[0])
    if alone.vnet:
        yield subnet_name(network, endpoint.subnet, long=True).partition("/")[0]
    if alone.resource_group:
        yield id_part(nic.id, "resourceGroups") or ""
    if alone.subscription:
        yield id_part(nic.id, "subscriptions") or ""
    if alone.location and nic.location is not None:
        yield nic.location
    if alone.application_security_group:
        yield from map(_last, endpoint.configuration.asgs)
    for name, value in _tags(network, endpoint) if alone.tags else ():
        if name.casefold() == alone.tags[0][0].casefold():
            yield value


def _tags(network: Network, endpoint: Endpoint) -> tuple[tuple[str, str], ...]:
    nic = endpoint.nic
    vm = network.inventory.vms.get(key(nic.vm)) if nic.vm else None
    return (*nic.tags, *(vm.tags if vm else ()))


def subnet_name(network: Network, subnet: str, *, long: bool) -> str:
    """`vnet/subnet`, or the subnet's name alone, as the inventory spells it."""
    found = network.inventory.subnets.get(subnet)
    name = found.id if found else subnet
    vnet = name[: len(vnet_part(key(name)))]
    return f"{_last(vnet)}/{_last(name)}" if long else _last(name)


def _last(resource_id: str) -> str:
    return resource_id.rstrip("/").rsplit("/", 1)[-1]
