"""A network -> the groups that an engineer might name in it, each with the addresses that the engine gives it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from flowspec.importing.passing import rules_of, tags_of
from flowspec.intents.cover import places_of
from flowspec.intents.groups import Groups
from flowspec.intents.patterns import is_glob
from flowspec.model.inventory import Inventory, id_part, vnet_part
from flowspec.model.spec import GROUP_ANY, GROUP_PUBLIC, Group, Select, Spec
from flowspec.model.unknown import CLOSE, OPEN, is_opaque, is_unknown
from flowspec.network.index import Network
from flowspec.reporting.sensitive import without_secrets
from flowspec.sets.address import parse_prefix, prefix_set, prefix_texts
from flowspec.sets.intervals import ALL_NUMBERS, AddressSet

_LONGEST_WORD = 40
"""Characters of the value of a tag that may still be a name."""
_CONDITIONS = ("vm", "nic", "subnet", "vnet", "resource_group", "application_security_group")


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """A group that may be named, and the addresses that are surely its. `group.name` is what it is best called.

    `is_list`: prefixes that were worked out, which nobody has by heart.
    """

    group: Group
    addresses: AddressSet
    predeclared: bool = False
    is_list: bool = False


def known_groups_of(network: Network) -> list[KnownGroup]:
    """Of groups with the same addresses only one: that whose name says most, of such the first."""
    secrets = network.inventory.sensitive
    ranked = [*_named(network.inventory), *_ranked(_PLAIN, _worked_out(network))]
    groups = {f"{number}": found for number, found in enumerate(ranked) if is_open(found[1], secrets)}
    resolved = Groups(Spec(groups={number: group for number, (_, group) in groups.items()}), network)
    found: dict[AddressSet, tuple[int, KnownGroup]] = {}
    for name in (GROUP_ANY, GROUP_PUBLIC):
        addresses = places_of(network, resolved.members(name))
        found.setdefault(addresses, (_TELLING, KnownGroup(Group(name=name), addresses, predeclared=True)))
    for number, (rank, group) in groups.items():
        members = resolved.members(number)
        if members.problems or members.maybe:
            continue
        addresses = places_of(network, members)
        if addresses and (addresses not in found or found[addresses][0] < rank):
            found[addresses] = rank, KnownGroup(group, addresses, is_list=bool(group.description))
    return [known for _, known in found.values()]


def is_open(group: Group, secrets: Iterable[str]) -> bool:
    """Whether a group can be written without a value that a source calls sensitive."""
    selects = [text for one in group.selects for name in _CONDITIONS for text in getattr(one, name)]
    tags = [text for one in group.selects for pair in one.tags for text in pair]
    texts = (group.name, *selects, *tags, *group.prefixes, *group.service_tags)
    return all(without_secrets((text,), secrets) == (text,) for text in texts)


_VAGUE, _PLAIN, _TELLING = range(3)
"""What is called after an id or a sentence; after something that some have in common; after what it is."""
_Ranked = tuple[int, Group]


def _named(inventory: Inventory) -> Iterator[_Ranked]:
    """Every group that may be named, with how much its name says, the ones that are best known first."""
    tags = [tag for tag in tags_of(inventory) if tag.casefold() != "internet"]
    yield from _ranked(_TELLING, (Group(name=tag, service_tags=(tag,)) for tag in (*tags, "Internet")))
    yield from _ranked(_TELLING, _of_security_groups(inventory))
    yield from _of_tags(inventory)
    yield from _of_places(inventory)
    for found in (_of_names, _of_prefixes, _of_frontends, _alone):
        yield from _ranked(_PLAIN, found(inventory))


def _ranked(rank: int, groups: Iterable[Group]) -> Iterator[_Ranked]:
    return ((rank, group) for group in groups)


def _of_security_groups(inventory: Inventory) -> Iterator[Group]:
    for asg in inventory.asgs.values():
        yield from _selects(asg.name, (asg.name, asg.id), lambda text: Select(application_security_group=(text,)))


def _of_tags(inventory: Inventory) -> Iterator[_Ranked]:
    """A pair of a tag that several NICs have, or their VMs; `hidden-…` is Azure's own."""
    pairs: dict[tuple[str, str], int] = {}
    tagged = [one.tags for one in inventory.vms.values()] + [one.tags for one in inventory.nics.values()]
    for tags in tagged:
        for name, value in tags:
            if not (is_unknown(value) or is_opaque(name) or name.casefold().startswith("hidden-")):
                pairs[name, value] = pairs.get((name, value), 0) + 1
    for (name, value), _ in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
        yield _PLAIN if _is_word(value) else _VAGUE, Group(name=value or name, selects=(Select(tags=((name, value),)),))


def _is_word(value: str) -> bool:
    """Whether a value of a tag says what something is: not an id, a number, a date or a sentence."""
    has_word = re.search(r"[^\W\d_]{2,}", value) is not None
    return has_word and len(value) <= _LONGEST_WORD and not re.fullmatch(r"[0-9a-fA-F-]{16,}", value)


def _of_places(inventory: Inventory) -> Iterator[_Ranked]:
    """The NICs of a subnet, a VNet and a resource group, all there are, and the address ranges of the first two.

    A tag that all NICs of a VNet have says less than its name.
    """
    for subnet in inventory.subnets.values():
        short = f"{vnet_part(subnet.id).rsplit('/', 1)[-1]}/{subnet.name}"
        found = _selects(f"{subnet.name}-nics", (short, subnet.id), lambda text: Select(subnet=(text,)))
        yield from _ranked(_PLAIN, found)
    for vnet in inventory.vnets.values():
        found = _selects(f"{vnet.name}-nics", (vnet.name, vnet.id), lambda text: Select(vnet=(text,)))
        yield from _ranked(_TELLING, found)
    for name in dict.fromkeys(id_part(nic.id, "resourceGroups") or "" for nic in inventory.nics.values()):
        yield from _ranked(_PLAIN, _selects(name, (name,), lambda text: Select(resource_group=(text,))))
    yield _TELLING, Group(name="nics", selects=(Select(nic=("*",)),))
    yield from _ranked(_PLAIN, (_ranges(vnet.name, vnet.prefixes) for vnet in inventory.vnets.values()))
    yield from _ranked(_PLAIN, (_ranges(subnet.name, subnet.prefixes) for subnet in inventory.subnets.values()))


def _worked_out(network: Network) -> Iterator[Group]:
    """The addresses of each VNet that no NIC has, and those that are in no VNet."""
    for vnet in network.inventory.vnets.values():
        free = prefix_set(tuple(text for text in vnet.prefixes if not is_unknown(text))).subtract(network.places)
        if free and free.meets(network.vnet_addresses):
            what = f"the addresses of {vnet.name} that no NIC has"
            yield Group(name=f"{vnet.name}-free", description=what, prefixes=tuple(prefix_texts(free)))
    outside = ALL_NUMBERS.subtract(network.vnet_addresses)
    what = "the addresses outside of every VNet here"
    yield Group(name="outside", description=what, prefixes=tuple(prefix_texts(outside)))


def _of_names(inventory: Inventory) -> Iterator[Group]:
    """VMs whose names begin alike, as vm-web-01 and vm-web-02 do."""
    stems: dict[str, int] = {}
    for vm in inventory.vms.values():
        stem = re.sub(r"[-_]?[0-9]+$", "", vm.name)
        if stem != vm.name and stem and not (is_glob(stem) or is_opaque(stem)):
            stems[stem] = stems.get(stem, 0) + 1
    for stem, count in stems.items():
        if count > 1:
            yield Group(name=stem, selects=(Select(vm=(f"{stem}*",)),))


def _of_prefixes(inventory: Inventory) -> Iterator[Group]:
    """The prefixes of one end of a rule, together and each."""
    for rule in rules_of(inventory):
        for end, texts in (("sources", rule.sources), ("destinations", rule.destinations)):
            prefixes = tuple(text for text in texts if not is_unknown(text) and parse_prefix(text) is not None)
            if len(prefixes) > 1:
                yield _ranges(f"{rule.name}-{end}", prefixes)
            yield from (_ranges(f"net-{prefix}", (prefix,)) for prefix in prefixes)


def _of_frontends(inventory: Inventory) -> Iterator[Group]:
    """The private address of each frontend of a load balancer."""
    for balancer in inventory.balancers.values():
        for frontend in balancer.frontends:
            if frontend.address and parse_prefix(frontend.address) is not None:
                yield _ranges(f"{balancer.name}-{frontend.name}", (frontend.address,))


def _alone(inventory: Inventory) -> Iterator[Group]:
    for vm in inventory.vms.values():
        yield from _selects(vm.name, (vm.name, vm.id), lambda text: Select(vm=(text,)))
    for nic in inventory.nics.values():
        yield from _selects(nic.name, (nic.name, nic.id), lambda text: Select(nic=(text,)))


def _selects(name: str, texts: Iterable[str], select: Callable[[str], Select]) -> Iterator[Group]:
    """By name, and by id where the name is not the only one; `*` stands for a part of either that is not known."""
    for text in texts:
        if text and not is_glob(text):
            yield Group(name=name, selects=(select(re.sub(f"{OPEN}[^{CLOSE}]*{CLOSE}", "*", text)),))


def _ranges(name: str, prefixes: Iterable[str]) -> Group:
    return Group(name=name, prefixes=tuple(prefix for prefix in prefixes if not is_unknown(prefix)))
