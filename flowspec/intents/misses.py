"""A select or a subnet's name that fits nothing -> why: what each condition leaves, and the values that there are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from flowspec.counting import counted
from flowspec.model.inventory import id_part, key, vnet_part
from flowspec.model.spec import Select
from flowspec.network.index import Endpoint, Network

_SHOWN = 6
_LONGEST = 80
_COMPARED = 200
"""Names that are held against a misspelt one; of more, those from where its first letters stand."""
_BEGINNING = 3
_LONG_SUBNET = "vnet/subnet"
_NAMES = ("vm", "nic", "subnet", "vnet", "resource_group", "subscription", "location", "application_security_group")


class Misses:
    """Tells why selects of a network match nothing. The values that there are, are gathered once for each condition."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._found: dict[tuple[str, ...], list[str]] = {}

    def why(self, select: Select, count: Callable[[Select], int]) -> str:
        """`of 300 NICs, vm = "vm-wbe-*" leaves none (there are vm-web-01, vm-web-02), tags.tier = "web" leaves 12`.

        `count` says how many NICs meet a select.
        """
        every = len(self._network.inventory.nics)
        if not every:
            return "the inventory has no NIC"
        counts = [(condition, count(condition.alone)) for condition in _conditions(select)]
        told = [self._told(condition, number) for condition, number in counts]
        together = "; none meets all of them" if len(counts) > 1 and all(number for _, number in counts) else ""
        return f"of {counted(every, 'NIC')}, {', '.join(told)}{together}"

    def _told(self, condition: _Condition, count: int) -> str:
        if count:
            return f"{condition.text} leaves {count:,}"
        there = self._values(condition.kind, condition.tag)
        if there:
            return f"{condition.text} leaves none (there are {listed(there, like=condition.wanted)})"
        tags = self._values("tags", "") if condition.tag else []
        told = f"tags are {listed(tags, like=condition.tag)}" if tags else "none has any"
        return f"{condition.text} leaves none ({told})"

    def _values(self, kind: str, tag: str) -> list[str]:
        """What the network has where the condition looks, each once and in order; of tags without a name, names."""
        name = (kind, tag.casefold())
        if name not in self._found:
            values = {
                value for endpoint in self._network.endpoints for value in _values(self._network, endpoint, *name)
            }
            self._found[name] = ordered(values)
        return self._found[name]


def nearest(name: str, known: Sequence[str]) -> list[str]:
    """Names much like this one, the nearest first; `known` is in the order of `ordered`."""
    wanted = name.casefold()[:200]
    start = 0 if len(known) <= _COMPARED else bisect_left(known, wanted[:_BEGINNING], key=str.casefold)
    spellings = {text.casefold(): text for text in known[start : start + _COMPARED]}
    return [spellings[close] for close in get_close_matches(wanted, spellings, 3, 0.6)]


def ordered(names: Iterable[str]) -> list[str]:
    """Each once, in any letter case."""
    return sorted(set(names), key=str.casefold)


def listed(every: Sequence[str], *, like: str = "") -> str:
    """Some of the names, those that are nearest to `like` first."""
    shown = list(dict.fromkeys([*nearest(like, every), *every]))[:_SHOWN]
    more = f" and {len(every) - len(shown):,} more" if len(every) > len(shown) else ""
    return f"{', '.join(text if len(text) <= _LONGEST else f'{text[:_LONGEST]}…' for text in shown)}{more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Condition:
    """One condition: as it is written, as a select of its own, and a value that it asks for.

    `kind` is its name, but of subnets given as `vnet/subnet` that form; `tag` the name of the tag it is about.
    """

    kind: str
    text: str
    alone: Select
    wanted: str
    tag: str = ""


def _conditions(select: Select) -> Iterator[_Condition]:
    for name in _NAMES:
        values: tuple[str, ...] = getattr(select, name)
        if values:
            kind = _LONG_SUBNET if name == "subnet" and "/" in values[0] else name
            alone = Select(**{name: values}, tags=(), where=None)
            yield _Condition(kind=kind, text=f"{name} = {_quoted(values)}", alone=alone, wanted=values[0])
    for tag in dict.fromkeys(tag for tag, _ in select.tags):
        values = tuple(value for name, value in select.tags if name == tag)
        alone = Select(tags=tuple((tag, value) for value in values))
        yield _Condition(kind="tags", text=f"tags.{tag} = {_quoted(values)}", alone=alone, wanted=values[0], tag=tag)


def _quoted(values: tuple[str, ...]) -> str:
    texts = [f'"{value}"' for value in values]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _values(network: Network, endpoint: Endpoint, kind: str, tag: str) -> Iterable[str]:
    """What an ip-configuration has where the condition looks."""
    nic = endpoint.nic
    match kind:
        case "vm":
            return [_last(nic.vm)] if nic.vm else []
        case "nic":
            return [nic.name]
        case "subnet":
            return [subnet_name(network, endpoint.subnet, long=False)]
        case "vnet":
            return [subnet_name(network, endpoint.subnet, long=True).partition("/")[0]]
        case "resource_group":
            return [id_part(nic.id, "resourceGroups") or ""]
        case "subscription":
            return [id_part(nic.id, "subscriptions") or ""]
        case "location":
            return [nic.location] if nic.location is not None else []
        case "application_security_group":
            return map(_last, endpoint.configuration.asgs)
        case "tags":
            tags = _tags(network, endpoint)
            return [value for name, value in tags if name.casefold() == tag] if tag else [name for name, _ in tags]
    return [subnet_name(network, endpoint.subnet, long=True)]


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
