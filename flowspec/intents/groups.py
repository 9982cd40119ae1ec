"""A group of the spec + the network -> its members: ip-configurations, whole subnets, addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from flowspec.errors import Problem, Severity, Where
from flowspec.intents.candidates import Candidates
from flowspec.intents.misses import listed, nearest, ordered, subnet_name
from flowspec.intents.patterns import any_name, is_glob, may_be_named, subnet_matches, subnet_may_match
from flowspec.model.inventory import Tagged, Unlisted, id_part, key, lack, may_hold_nics, vnet_part
from flowspec.model.platform import ALL_BUT_PLATFORM, PLATFORM
from flowspec.model.spec import GROUP_ANY, GROUP_PUBLIC, Group, Select, Spec
from flowspec.network.arrivals import rules_named
from flowspec.network.index import Endpoint, Hidden, Network, is_nic_like
from flowspec.network.internet import internet_list
from flowspec.network.tags import PLATFORM_TAGS
from flowspec.sets.address import parse_prefix, prefix_set
from flowspec.sets.intervals import ALL_NUMBERS, NO_ADDRESSES, AddressSet

NOT_PUBLIC = prefix_set((
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "224.0.0.0/3", "::/3", "4000::/2", "8000::/1", "2001:db8::/32", "2001::/23", "3fff::/20",
))  # fmt: skip
"""Private and special-purpose ranges, of the IANA registries; of IPv6 only 2000::/3 is handed out at all.

198.51.100.0/24 and 203.0.113.0/24 stay in: they are meant for documents, but Azure's tag Internet has them (azure.md
B0.7), so an NSG that opens to the Internet opens to them.
"""

_GLOBAL_UNICAST = prefix_set(("2000::/3",))


@dataclass(frozen=True, slots=True)
class Maybe:
    """An endpoint that may belong to a group, because the data that decides it is absent; `settle` would bring it."""

    id: str
    reason: str
    settle: str = ""


@dataclass(frozen=True, kw_only=True)
class Members:
    """What a group came to. `addresses` are those without an endpoint of their own: prefixes, tags, their points.

    `virtual_network`: the tag of this name, which means another thing at each subnet of the other side. `frontends`:
    what the named rules of load balancers bring to their backends.
    """

    endpoints: tuple[Endpoint, ...] = ()
    frontends: tuple[Endpoint, ...] = ()
    subnets: tuple[str, ...] = ()
    addresses: AddressSet = NO_ADDRESSES
    virtual_network: bool = False
    maybe: tuple[Maybe, ...] = ()
    problems: tuple[Problem, ...] = ()

    @cached_property
    def endpoint_set(self) -> frozenset[Endpoint]:
        return frozenset(self.endpoints)


@dataclass(slots=True, eq=False)
class Groups:
    """Every group of a spec, resolved when first asked for."""

    spec: Spec
    network: Network
    _found: dict[str, Members] = field(default_factory=dict)
    _joined: dict[tuple[str, ...], Members] = field(default_factory=dict)
    _candidates: Candidates = field(init=False)

    def __post_init__(self) -> None:
        self._candidates = Candidates(self.network)

    def members(self, name: str) -> Members:
        if name not in self._found:
            self._found[name] = self._resolve(name)
        return self._found[name]

    def joined(self, names: tuple[str, ...]) -> Members:
        """The union of several groups, made once."""
        if names not in self._joined:
            self._joined[names] = self._join(names)
        return self._joined[names]

    def _join(self, names: tuple[str, ...]) -> Members:
        all_of = [self.members(name) for name in names]
        if len(all_of) == 1:
            return all_of[0]
        return Members(
            endpoints=tuple(dict.fromkeys(e for m in all_of for e in m.endpoints)),
            frontends=tuple(dict.fromkeys(e for m in all_of for e in m.frontends)),
            subnets=tuple(dict.fromkeys(s for m in all_of for s in m.subnets)),
            addresses=AddressSet.of(span for m in all_of for span in m.addresses.spans),
            virtual_network=any(m.virtual_network for m in all_of),
            maybe=tuple(dict.fromkeys(x for m in all_of for x in m.maybe)),
            problems=tuple(p for m in all_of for p in m.problems),
        )

    def _resolve(self, name: str) -> Members:
        if name == GROUP_ANY:
            return Members(addresses=ALL_BUT_PLATFORM)
        if name == GROUP_PUBLIC:
            public = ALL_NUMBERS.subtract(NOT_PUBLIC).subtract(PLATFORM)
            return Members(addresses=public.subtract(self.network.vnet_addresses))
        return _resolved(self._candidates, self.spec.groups[name])


def opaque_tags(spec: Spec, known: Mapping[str, object]) -> list[str]:
    """The service tags that groups name and nobody has data for (contract section 3, point 8)."""
    builtin = {"virtualnetwork", "internet", *PLATFORM_TAGS}
    named = {key(tag): tag for group in spec.groups.values() for tag in group.service_tags}
    return [tag for name, tag in sorted(named.items()) if name not in builtin and name not in known]


def _resolved(candidates: Candidates, group: Group) -> Members:
    network = candidates.network
    problems: list[Problem] = []
    endpoints: dict[Endpoint, None] = {}
    maybe: list[Maybe] = []
    excluded = _Excluded(candidates, group.excludes)
    for number, select in enumerate(group.selects):
        found, unsure = _selected(candidates, select)
        kept = [e for e in found if excluded.keeps(e, maybe)]
        problems += _ambiguous(group, select, kept)
        if not kept and not unsure and group.expect_at_least != 0:
            why = _why_empty(candidates, select, found)
            problems.append(_empty_select(group, select, number, why))
        endpoints.update(dict.fromkeys(kept))
        maybe += [m for m in unsure if m.id not in excluded.ids]
    places = group.subnet_places or (group.where,) * len(group.subnets)
    named = zip(group.subnets, places, strict=True)
    subnets = [s for text, where in named for s in _subnets_named(network, group.address, text, where, problems)]
    frontends = [e for text in group.frontends for e in _arrivals_named(network, group, text, maybe, problems)]
    maybe += [m for text in group.subnets if is_glob(text) for m in _unseen_subnets(network, text)]
    maybe += [m for text in group.subnets for m in _half_named_subnets(network, text)]
    addresses, virtual_network = _addresses(network, group)
    nics = len({e.nic.id for e in endpoints})
    if group.expect_at_least is not None and nics < group.expect_at_least and not maybe:
        problems.append(_too_few(group, nics))
    unique = dict.fromkeys(m for m in maybe if m.id not in {e.configuration.id for e in endpoints})
    return Members(
        endpoints=tuple(endpoints),
        frontends=tuple(dict.fromkeys(frontends)),
        subnets=tuple(dict.fromkeys(subnets)),
        addresses=addresses,
        virtual_network=virtual_network,
        maybe=tuple(unique),
        problems=tuple(problems),
    )


class _Excluded:
    """What the `exclude` blocks of a group take out; what they may take out is a maybe of the group."""

    def __init__(self, candidates: Candidates, excludes: tuple[Select, ...]) -> None:
        sure: set[Endpoint] = set()
        self.ids: set[str] = set()
        self._maybe: dict[str, Maybe] = {}
        for select in excludes:
            found, unsure = _selected(candidates, select)
            sure.update(found)
            self._maybe.update({m.id: m for m in unsure})
        self._sure = sure
        self.ids.update(e.configuration.id for e in sure)

    def keeps(self, endpoint: Endpoint, maybe: list[Maybe]) -> bool:
        if endpoint in self._sure:
            return False
        unsure = self._maybe.get(endpoint.configuration.id)
        if unsure is not None:
            maybe.append(unsure)
        return unsure is None


def _selected(candidates: Candidates, select: Select) -> tuple[list[Endpoint], list[Maybe]]:
    """The ip-configurations that meet every condition, and those that may."""
    found, maybe = [], []
    network = candidates.network
    for endpoint in candidates.of(select):
        missing = _unmet(network, select, endpoint)
        if missing == "":
            found.append(endpoint)
        elif missing is not None:
            settle = "add az vm list -o json" if missing == _untagged(endpoint) else ""
            maybe.append(Maybe(endpoint.configuration.id, missing, settle))
    for unlisted in network.inventory.unlisted:
        reason = _may_be_unlisted(network, select, unlisted)
        if reason:
            maybe.append(Maybe(unlisted.id, reason))
    maybe += [Maybe(hidden.id, hidden.lack.reason) for hidden in network.hidden if _may_be_hidden(select, hidden)]
    maybe += [Maybe(t.id, f"{_short(t.id)} has NICs that are not modelled") for t in _scale_sets(network, select)]
    maybe += [Maybe(words, f"not read: {words}") for words in network.inventory.unread if _may_match(select, words)]
    return found, maybe


def _may_match(select: Select, unread: str) -> bool:
    """Whether NICs that could not be read may meet the conditions; a select of another subscription's does not."""
    elsewhere = select.subscription and not any(name.casefold() in unread.casefold() for name in select.subscription)
    globs = any(map(is_glob, select.subscription))
    return may_hold_nics(unread) and (globs or not elsewhere)


def _unmet(network: Network, select: Select, endpoint: Endpoint) -> str | None:
    """ "" when all conditions hold, None when one surely does not, else what is missing to tell."""
    missing = ""
    for holds in _conditions(network, select, endpoint):
        if holds is False:
            return None
        if isinstance(holds, str):
            missing = holds
    return missing


def _conditions(network: Network, select: Select, endpoint: Endpoint) -> Iterator[bool | str]:
    nic = endpoint.nic
    if select.nic:
        yield _named(select.nic, nic.id, nic.name, f"the name of {nic.name}")
    if select.resource_group:
        group = id_part(nic.id, "resourceGroups") or ""
        yield _named(select.resource_group, "", group, f"the resource group of {nic.name}")
    if select.subscription:
        subscription = id_part(nic.id, "subscriptions") or ""
        yield _named(select.subscription, "", subscription, f"the subscription of {nic.name}")
    if select.location:
        yield (
            f"the location of {nic.name} is not known"
            if nic.location is None
            else any_name(tuple(_place(name) for name in select.location), "", _place(nic.location))
        )
    if lack(endpoint.configuration, "subnet") is not None and (select.subnet or select.vnet):
        yield f"the subnet of {nic.name} is not known"
    elif select.subnet:
        meant = any(subnet_matches(pattern, endpoint.subnet) for pattern in select.subnet)
        may_be = any(subnet_may_match(pattern, endpoint.subnet) for pattern in select.subnet)
        yield meant or (may_be and f"the name of the subnet of {nic.name} is not known")
    if select.vnet and lack(endpoint.configuration, "subnet") is None:
        vnet = vnet_part(endpoint.subnet)
        yield _named(select.vnet, vnet, vnet.rsplit("/", 1)[-1], f"the name of the VNet of {nic.name}")
    if select.application_security_group and lack(endpoint.configuration, "asgs") is not None:
        yield f"the application security groups of {nic.name} are not in the inventory"
    elif select.application_security_group:
        names = select.application_security_group
        held = [_named(names, a, a.rsplit("/", 1)[-1], f"the name of a group of {nic.name}")
                for a in endpoint.configuration.asgs]  # fmt: skip
        yield any(one is True for one in held) or next((one for one in held if one), False)
    if select.vm and lack(nic, "vm") is not None:
        yield f"the VM of {nic.name} is not known"
    elif select.vm:
        named = nic.vm is not None and _named(
            select.vm, nic.vm, nic.vm.rsplit("/", 1)[-1], f"the name of the VM of {nic.name}"
        )
        yield named
    if select.tags:
        yield _tags_hold(network, select, endpoint)


def _named(patterns: tuple[str, ...], resource_id: str, name: str, what: str) -> bool | str:
    """Whether a name is meant; where only a part of it is known and it may be, why that is not known."""
    if any_name(patterns, resource_id, name):
        return True
    return may_be_named(patterns, resource_id, name) and f"{what} is not known"


def _place(location: str) -> str:
    """`West Europe` and `westeurope` are one region."""
    return location.replace(" ", "").casefold()


def _tags_hold(network: Network, select: Select, endpoint: Endpoint) -> bool | str:
    nic = endpoint.nic
    vm = network.inventory.vms.get(key(nic.vm)) if nic.vm else None
    if _have_tags((*nic.tags, *(vm.tags if vm else ())), select):
        return True
    if lack(nic, "vm") is not None:
        return f"the VM of {nic.name}, and its tags, are not known"
    if lack(nic, "tags") is not None:
        return f"the tags of {nic.name} are not known"
    untold = nic.vm is not None and (vm is None or lack(vm, "tags") is not None)
    return _untagged(endpoint) if untold else False


def _untagged(endpoint: Endpoint) -> str:
    return f"the tags of {(endpoint.nic.vm or '').rsplit('/', 1)[-1]} are not in the inventory"


def _may_be_unlisted(network: Network, select: Select, unlisted: Unlisted) -> str:
    """Why an endpoint that only its subnet knows of may meet the conditions; "" when it does not (azure.md A14)."""
    nic_like = is_nic_like(unlisted.id)

    def part(segment: str) -> str:
        return id_part(unlisted.id, segment) or ""

    asked: list[tuple[tuple[str, ...], Callable[[], bool]]] = [
        (select.resource_group, lambda: may_be_named(select.resource_group, "", part("resourceGroups"))),
        (select.subscription, lambda: may_be_named(select.subscription, "", part("subscriptions"))),
        (select.subnet, lambda: any(subnet_may_match(p, key(unlisted.subnet)) for p in select.subnet)),
        (select.vnet, lambda: _vnet_matches(select.vnet, key(unlisted.subnet))),
        (select.nic, lambda: nic_like and may_be_named(select.nic, "", part("networkInterfaces"))),
    ]
    if any(patterns and not holds() for patterns, holds in asked):
        return ""
    by_place = select.subnet or select.vnet or select.resource_group or select.subscription
    if not nic_like and (select.vm or select.tags or select.application_security_group or not by_place):
        return ""
    return f"{_short(unlisted.id)} is attached to {_short(unlisted.subnet)} and not in the inventory"


def _may_be_hidden(select: Select, hidden: Hidden) -> bool:
    """Whether a NIC without a known ip-configuration may meet the conditions; what is not known of it may be so."""
    nic, vm = hidden.nic, hidden.vm
    is_nic = "/networkinterfaces/" in hidden.id.casefold()
    vm_id = vm.id if vm is not None else nic.vm if nic is not None else None
    if is_nic:
        named = not select.nic or may_be_named(select.nic, hidden.id, hidden.id.rsplit("/", 1)[-1])
        if not named or not _lies_in(select, hidden.id):
            return False
    location = nic.location if nic is not None else None
    if select.location and location and not any_name(tuple(map(_place, select.location)), "", _place(location)):
        return False
    if select.vm and vm_id and not may_be_named(select.vm, vm_id, vm_id.rsplit("/", 1)[-1]):
        return False
    told = nic is not None and (vm is not None or (nic.vm is None and lack(nic, "vm") is None))
    if select.tags and told and nic is not None and (vm is None or lack(vm, "tags") is None):
        return _have_tags((*nic.tags, *(vm.tags if vm else ())), select)
    return True


def _scale_sets(network: Network, select: Select) -> Iterator[Tagged]:
    """Scale sets whose instances may be meant: their NICs come with the tags of the set."""
    for tagged in network.inventory.tagged:
        otherwise = select.nic or select.vm or select.subnet or select.vnet or select.application_security_group
        if select.tags and not otherwise and _lies_in(select, tagged.id) and _have_tags(tagged.tags, select):
            yield tagged


def _lies_in(select: Select, resource_id: str) -> bool:
    """The resource group and the subscription of an id are those that a select names, if it names any."""
    asked = ((select.resource_group, "resourceGroups"), (select.subscription, "subscriptions"))
    return all(not names or may_be_named(names, "", id_part(resource_id, part) or "") for names, part in asked)


def _have_tags(tags: Iterable[tuple[str, str]], select: Select) -> bool:
    held = [(name.casefold(), value) for name, value in tags]
    wanted: dict[str, set[str]] = {}
    for name, value in select.tags:
        wanted.setdefault(name.casefold(), set()).add(value)
    return all(any(name == tag and value in values for tag, value in held) for name, values in wanted.items())


def _vnet_matches(patterns: tuple[str, ...], subnet: str) -> bool:
    vnet = vnet_part(subnet)
    return may_be_named(patterns, vnet, vnet.rsplit("/", 1)[-1])


def _short(resource_id: str) -> str:
    """The names at the end of an id, with that of the owner: `vnet/subnet`, `nic/ipconfig1`; enough to find it."""
    return "/".join(resource_id.split("/")[-3::2])


def _ambiguous(group: Group, select: Select, found: list[Endpoint]) -> list[Problem]:
    """A plain name that means several resources is an error that lists them (contract section 7)."""
    problems = []
    meant: tuple[tuple[str, tuple[str, ...], Callable[[Endpoint], list[str]]], ...] = (
        ("vm", select.vm, lambda e: [e.nic.vm] if e.nic.vm else []),
        ("nic", select.nic, lambda e: [e.nic.id]),
        ("vnet", select.vnet, lambda e: [vnet_part(e.subnet)]),
        ("subnet", select.subnet, lambda e: [e.subnet]),
        ("application_security_group", select.application_security_group, lambda e: list(e.configuration.asgs)),
    )
    for what, patterns, ids in meant:
        for name in patterns:
            if is_glob(name) or name.count("/") > 1:
                continue
            wanted = name.rsplit("/", 1)[-1].casefold()
            held = {key(i): i for e in found for i in ids(e) if key(i).rsplit("/", 1)[-1] == wanted}
            if len(held) > 1:
                detail = "give one of these ids, or narrow it: " + ", ".join(held[k] for k in sorted(held))
                problems.append(Problem(Severity.ERROR, f"{group.address}: {what} {name!r} is ambiguous", detail,
                                        select.where or group.where))  # fmt: skip
    return problems


def _why_empty(candidates: Candidates, select: Select, found: list[Endpoint]) -> str:
    if found:
        count = _nics(found)
        return (
            f"it finds {count:,} NIC{'s' * (count > 1)}, and exclude takes all of {'them' if count > 1 else 'it'} out"
        )
    return candidates.misses.why(select, lambda alone: _nics(_selected(candidates, alone)[0]))


def _nics(endpoints: list[Endpoint]) -> int:
    return len({endpoint.nic.id for endpoint in endpoints})


def _empty_select(group: Group, select: Select, number: int, why: str) -> Problem:
    which = f"select #{number + 1} of {group.address}" if len(group.selects) > 1 else f"the select of {group.address}"
    detail = f"{why}. Mend it, or set expect_at_least = 0"
    return Problem(Severity.ERROR, f"{which} matches nothing", detail, select.where or group.where)


def _too_few(group: Group, nics: int) -> Problem:
    summary = f"{group.address} has {nics} NICs, fewer than the {group.expect_at_least} it expects"
    return Problem(Severity.ERROR, summary, "mend its selects, or lower expect_at_least", group.where)


def _subnets_named(
    network: Network, address: str, text: str, where: Where | None, problems: list[Problem]
) -> list[str]:
    known = [k for k, s in sorted(network.inventory.subnets.items()) if s.known]
    found = [subnet for subnet in known if subnet_matches(text, subnet)]
    if not found and not any(_half_named_subnets(network, text)):
        detail = _near_subnets(network, text, known)
        problems.append(Problem(Severity.ERROR, f"{address}: there is no subnet {text!r}", detail, where))
    if len(found) > 1 and not is_glob(text):
        detail = "give one of these ids: " + ", ".join(network.inventory.subnets[s].id for s in found)
        problems.append(Problem(Severity.ERROR, f"{address}: subnet {text!r} is ambiguous", detail, where))
    return found


def _arrivals_named(
    network: Network, group: Group, text: str, maybe: list[Maybe], problems: list[Problem]
) -> tuple[Endpoint, ...]:
    """What the rule `lb-shop/https` (or an id) brings to its backends."""
    found = list(rules_named(network.inventory, text))
    if len(found) != 1:
        what = f"there is no frontend {text!r}" if not found else f"frontend {text!r} is ambiguous"
        detail = f"give one of these ids: {', '.join(rule.id for _, rule in found)}"
        problems.append(
            Problem(
                Severity.ERROR,
                f"{group.address}: {what}",
                detail if found else _near_frontends(network, text),
                group.where,
            )
        )
        return ()
    rule = found[0][1]
    lacking = network.balancers.lacking.get(key(rule.id), ())
    maybe += [Maybe(one, f"{_short(one)} is a backend of {text} and not in the inventory") for one in lacking]
    doubts = network.balancers.doubts.get(key(rule.id), ())
    maybe += [Maybe(rule.id, f"what arrives by {text} is not known: {one.reason}", one.settle) for one in doubts[:1]]
    arrivals = network.arrivals.get(key(rule.id), ())
    if not arrivals and not lacking and not doubts:
        detail = "its backend pool is empty, or its frontend has no address that is known"
        problems.append(Problem(Severity.ERROR, f"{group.address}: nothing arrives by {text}", detail, group.where))
    return arrivals


def _near_frontends(network: Network, text: str) -> str:
    every = ordered(f"{b.name}/{rule.name}" for b in network.inventory.balancers.values() for rule in b.rules)
    near = [f"{name!r}" for name in nearest(text, every)]
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"the inventory has {listed(every) or 'no load balancer'}; write load balancer/rule or an id"


def _unseen_subnets(network: Network, text: str) -> Iterator[Maybe]:
    """What a glob may mean besides: subnets of which only the name is known, and VNets that don't list theirs."""
    for at, subnet in sorted(network.inventory.subnets.items()):
        if not subnet.known and subnet_matches(text, at):
            yield Maybe(subnet.id, f"the prefixes of the subnet {subnet.name} are not in the inventory")
    for vnet in network.inventory.vnets.values():
        missing = lack(vnet, "subnets")
        if missing is not None:
            yield Maybe(vnet.id, missing.reason)


def _half_named_subnets(network: Network, text: str) -> Iterator[Maybe]:
    """Subnets that may be meant, of whose name only a part is known."""
    for at, subnet in sorted(network.inventory.subnets.items()):
        if subnet_may_match(text, at) and not subnet_matches(text, at):
            yield Maybe(subnet.id, f"the name of the subnet {subnet.name} is not known")


def _near_subnets(network: Network, text: str, known: list[str]) -> str:
    """Names in the form of the one that is wrong: an id, `vnet/subnet`, or a name."""
    if text.count("/") > 1:
        names = ordered(network.inventory.subnets[subnet].id for subnet in known)
    else:
        names = ordered(subnet_name(network, subnet, long="/" in text) for subnet in known)
    near = [f"{name!r}" for name in nearest(text, names)]
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"the inventory has {listed(names) or 'no subnet'}; write a name, vnet/subnet or an id"


def _addresses(network: Network, group: Group) -> tuple[AddressSet, bool]:
    """The prefixes and tags of a group. The platform stays in only where it is named (docs/semantics.md)."""
    found = NO_ADDRESSES
    for text in group.prefixes:
        span = parse_prefix(text)
        if span is not None:
            alone = span[0] == span[1]
            found = found.union(AddressSet((span,)) if alone else AddressSet((span,)).subtract(PLATFORM))
    names = [key(tag) for tag in group.service_tags]
    for name in names:
        found = found.union(_tag_addresses(network, name))
    return found, "virtualnetwork" in names


def _tag_addresses(network: Network, name: str) -> AddressSet:
    if name in PLATFORM_TAGS:
        return PLATFORM_TAGS[name]
    if name == "virtualnetwork":
        return NO_ADDRESSES
    if name == "internet":
        addresses = internet_list().addresses.union(_GLOBAL_UNICAST.subtract(network.vnet_addresses))
        return addresses.subtract(PLATFORM)
    unsure = network.tag_points.get(name)
    if unsure is not None:
        return AddressSet.of([(unsure.v4, unsure.v4), (unsure.v6, unsure.v6)])
    data = network.tag_data(name)
    assert data is not None, "a tag without data has a point"
    return data.subtract(PLATFORM)
