"""Effective answers -> tag expansions and learned prefixes by NIC or subnet, admin rules by VNet; stale ones told."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from flowspec.model.inventory import Expansion, Rule, key
from flowspec.sources.layer import Effective, Layer
from flowspec.sources.stale import stale_rules


def put(layer: Layer) -> tuple[dict[str, Expansion], dict[str, tuple[Rule, ...]]]:
    """`(expansions, admin rules)` of a merged layer."""
    expansions: dict[str, Expansion] = {}
    admin: dict[str, dict[str, Rule]] = {}
    beside = vnets_by_page(layer)
    for entry in layer.effective.values():
        scope = entry.scope or beside.get(page_of(entry)) or by_file_name(entry, layer)
        if scope is None:
            note_unplaced(entry, layer)
            continue
        if entry.tags or entry.learned is not None:
            expand(expansions, scope, entry)
        if entry.admin_rules is not None:
            vnet = vnet_of(scope, layer)
            if vnet is not None:
                admin.setdefault(key(vnet), {}).update((rule.name.lower(), rule) for rule in entry.admin_rules)
        note_stale(entry, layer)
    return expansions, {vnet: tuple(rules.values()) for vnet, rules in admin.items()}


def page_of(entry: Effective) -> tuple[str, str]:
    """The list that the entry stands in: one answer, about one NIC."""
    return entry.where.file, entry.where.pointer.rpartition("/")[0]


def vnets_by_page(layer: Layer) -> dict[tuple[str, str], str]:
    """The VNet that an answer's entries name, if they all name the same: the entry of a network manager names none."""
    found: dict[tuple[str, str], set[str]] = {}
    for entry in layer.effective.values():
        if entry.scope:
            found.setdefault(page_of(entry), set()).add(vnet_of(entry.scope, layer) or entry.scope)
    return {page: next(iter(vnets)) for page, vnets in found.items() if len(vnets) == 1}


def expand(expansions: dict[str, Expansion], scope: str, entry: Effective) -> None:
    """Adds to what is known of the scope."""
    known = expansions.get(key(scope), Expansion(scope))
    learned = tuple(dict.fromkeys(entry.learned)) if entry.learned is not None else known.learned
    expansions[key(scope)] = Expansion(known.scope, {**known.tags, **entry.tags}, learned)


def by_file_name(entry: Effective, layer: Layer) -> str | None:
    """The NIC (of routes) or VNet (of admin rules) that the file is named after, if it is the only one so named."""
    table: Iterable[tuple[str, str]] = [(nic.name, nic.id) for nic in layer.nics.values()]
    if entry.learned is None:
        table = [(vnet.name, vnet.id) for vnet in layer.vnets.values()]
    file = PurePath(entry.where.file).name.lower()
    found = [at for name, at in table if file.startswith(f"{name.lower()}.")]
    return found[0] if len(found) == 1 else None


def vnet_of(scope: str, layer: Layer) -> str | None:
    """The VNet of a NIC, of a subnet, or itself."""
    lower = scope.lower()
    if "/virtualnetworks/" in lower:
        return scope[: lower.index("/subnets/")] if "/subnets/" in lower else scope
    nic = layer.nics.get(key(scope))
    subnets = (config.subnet for config in nic.ip_configurations) if nic else ()
    return next((vnet_of(subnet, layer) for subnet in subnets if subnet), None)


def note_unplaced(entry: Effective, layer: Layer) -> None:
    routes = entry.learned is not None
    call = "effectiveRouteTable" if routes else "listNetworkManagerEffectiveSecurityAdminRules"
    what, whose = ("effective routes", "NIC") if routes else ("effective security admin rules", "VNet")
    layer.notes.warning(
        f"{what} that don't say of which {whose} they are: not used",
        f'name the file <{whose} name>.json, or put "id": "<{whose} id>/{call}" beside its list',
        entry.where,
    )


def note_stale(entry: Effective, layer: Layer) -> None:
    nsg = layer.nsgs.get(key(entry.nsg)) if entry.nsg else None
    names = stale_rules(entry.rules, nsg) if nsg else []
    if nsg and names:
        layer.notes.warning(
            f"stale: effective rules of {nsg.name} differ from the NSG's own: {', '.join(names)}",
            "the NSG's own rules are judged; export both again so that they are of one moment",
            entry.where,
        )
