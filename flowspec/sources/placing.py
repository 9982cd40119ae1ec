"""Effective answers -> tag expansions and learned prefixes by NIC or subnet, admin rules by VNet; stale ones told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from flowspec.model.inventory import Expansion, Rule, Unplaced, key
from flowspec.sources.contribution import Contribution, Effective, place
from flowspec.sources.stale import stale_rules


@dataclass(frozen=True, slots=True)
class Placed:
    """Effective answers by NIC or subnet and by VNet, and those that may be about any of them."""

    expansions: dict[str, Expansion]
    admin_rules: dict[str, tuple[Rule, ...]]
    unplaced: tuple[Unplaced, ...]


def put(into: Contribution) -> Placed:
    """Puts every answer where it belongs; one that does not say, to the only NIC or VNet that it can be about."""
    expansions: dict[str, Expansion] = {}
    admin: dict[str, dict[str, Rule]] = {}
    unplaced: list[Unplaced] = []
    beside = vnets_by_page(into)
    for entry in into.effective.values():
        scope = entry.scope or beside.get(page_of(entry)) or by_file_name(entry, into) or the_only(entry, into)
        if scope is None:
            unplaced.append(note_unplaced(entry, into))
            continue
        if entry.tags or entry.learned is not None:
            expand(expansions, scope, entry)
        if entry.admin_rules is not None:
            vnet = vnet_of(scope, into)
            if vnet is not None:
                admin.setdefault(key(vnet), {}).update((rule.name.lower(), rule) for rule in entry.admin_rules)
        note_stale(entry, into)
    unplaced += configured(into)
    found = {vnet: tuple(rules.values()) for vnet, rules in admin.items()}
    return Placed(expansions, found, tuple(unplaced))


def the_only(entry: Effective, into: Contribution) -> str | None:
    """The NIC or VNet of the inventory, where there is but one."""
    named = {key(subnet.vnet) for subnet in into.upserts.subnets.values()} | into.upserts.vnets.keys()
    if entry.admin_rules is not None and entry.learned is None:
        return next(iter(named)) if len(named) == 1 else None
    return next(iter(into.upserts.nics)) if len(into.upserts.nics) == 1 and not into.unread else None


def configured(into: Contribution) -> Iterator[Unplaced]:
    """Admin rules of a configuration: they hold where it is deployed, which no resource says."""
    if into.admin_configuration:
        reason = "security admin rules of a configuration may be deployed on this VNet"
        settle = "add its listNetworkManagerEffectiveSecurityAdminRules"
        rules = [rule for rule in into.admin_configuration if rule is not None]
        whole = tuple(rules) if len(rules) == len(into.admin_configuration) else None
        into.notes.warning(f"{reason.removesuffix(' on this VNet')}, or not: what hinges on them is unknown", settle)
        yield Unplaced(name="admin configuration", reason=reason, settle=settle, admin_rules=whole)


def page_of(entry: Effective) -> tuple[str, str]:
    """The list that the entry stands in: one answer, about one NIC."""
    return entry.where.file, entry.where.pointer.rpartition("/")[0]


def vnets_by_page(into: Contribution) -> dict[tuple[str, str], str]:
    """The VNet that an answer's entries name, if they all name the same: the entry of a network manager names none."""
    found: dict[tuple[str, str], set[str]] = {}
    for entry in into.effective.values():
        if entry.scope:
            found.setdefault(page_of(entry), set()).add(vnet_of(entry.scope, into) or entry.scope)
    return {page: next(iter(vnets)) for page, vnets in found.items() if len(vnets) == 1}


def expand(expansions: dict[str, Expansion], scope: str, entry: Effective) -> None:
    """Adds to what is known of the scope."""
    known = expansions.get(key(scope), Expansion(scope))
    learned = tuple(dict.fromkeys(entry.learned)) if entry.learned is not None else known.learned
    expansions[key(scope)] = Expansion(known.scope, {**known.tags, **entry.tags}, learned)


def by_file_name(entry: Effective, into: Contribution) -> str | None:
    """The NIC (of routes) or VNet (of admin rules) that the file is named after, if it is the only one so named."""
    table: Iterable[tuple[str, str]] = [(nic.name, nic.id) for nic in into.upserts.nics.values()]
    if entry.learned is None:
        table = [(vnet.name, vnet.id) for vnet in into.upserts.vnets.values()]
    file = PurePath(entry.where.file).name.lower()
    found = [at for name, at in table if file.startswith(f"{name.lower()}.")]
    return found[0] if len(found) == 1 else None


def vnet_of(scope: str, into: Contribution) -> str | None:
    """The VNet of a NIC, of a subnet, or itself."""
    lower = scope.lower()
    if "/virtualnetworks/" in lower:
        return scope[: lower.index("/subnets/")] if "/subnets/" in lower else scope
    nic = into.upserts.nics.get(key(scope))
    subnets = (config.subnet for config in nic.ip_configurations) if nic else ()
    return next((vnet_of(subnet, into) for subnet in subnets if subnet), None)


def note_unplaced(entry: Effective, into: Contribution) -> Unplaced:
    """Tells of an answer that does not say whose it is; what it says may hold for anyone."""
    call, what, whose = "listNetworkManagerEffectiveSecurityAdminRules", "effective security admin rules", "VNet"
    if entry.learned is not None:
        call, what, whose = "effectiveRouteTable", "effective routes", "NIC"
    elif entry.admin_rules is None:
        call, what, whose = "effectiveNetworkSecurityGroups", "effective rules", "NIC"
    advice = f'name the file <{whose} name>.json, or put "id": "<{whose} id>/{call}" beside its list'
    words = f"{what} that don't say of which {whose} they are"
    into.notes.warning(f"{words}: what hinges on them is unknown", advice, entry.where)
    return Unplaced(
        name=f"{what} of {place(entry.where)}",
        reason=f"{PurePath(entry.where.file).name} has {words}",
        settle=advice,
        admin_rules=tuple(entry.admin_rules or ()),
        tags=entry.tags,
        learned=tuple(entry.learned or ()),
    )


def note_stale(entry: Effective, into: Contribution) -> None:
    nsg = into.upserts.nsgs.get(key(entry.nsg)) if entry.nsg else None
    names = stale_rules(entry.rules, nsg) if nsg else []
    if nsg and names:
        into.notes.warning(
            f"stale: effective rules of {nsg.name} differ from the NSG's own: {', '.join(names)}",
            "the NSG's own rules are judged; export both again so that they are of one moment",
            entry.where,
        )
