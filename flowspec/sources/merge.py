"""Contributions, the later over the earlier -> one, with the standalone children put into their parents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from flowspec.counting import counted
from flowspec.model.inventory import (
    BackendPool,
    BalancerRule,
    Frontend,
    IpConfiguration,
    Lack,
    Nic,
    Peering,
    Route,
    Rule,
    Subnet,
    key,
    lack,
)
from flowspec.sources import arm_id
from flowspec.sources.contribution import Contribution, FieldPatch, LooseChild, Membership, ParentTable, fill, place
from flowspec.sources.essential import is_absent
from flowspec.sources.fresh import written_anew
from flowspec.sources.notes import Notes, some
from flowspec.sources.outdated import Topology, outdate


@dataclass(frozen=True, slots=True)
class ChildKind:
    """Where a child resource belongs: the table and the field of its parent; how its collections are called in ids."""

    table: ParentTable
    field: str
    segments: tuple[str, ...]


CHILDREN: dict[type, ChildKind] = {
    IpConfiguration: ChildKind("nics", "ip_configurations", ("ipconfigurations",)),
    Peering: ChildKind("vnets", "peerings", ("virtualnetworkpeerings",)),
    Route: ChildKind("route_tables", "routes", ("routes",)),
    Rule: ChildKind("nsgs", "rules", ("securityrules",)),
    Frontend: ChildKind("balancers", "frontends", ("frontendipconfigurations",)),
    BackendPool: ChildKind("balancers", "pools", ("backendaddresspools",)),
    BalancerRule: ChildKind("balancers", "rules", ("loadbalancingrules", "inboundnatrules")),
}
CHILD_FIELDS = {segment: kind.field for kind in CHILDREN.values() for segment in kind.segments}
"""Segment of a child's id -> the field of its parent that holds it; each such child decides what its parent is."""
OF_CONFIGURATIONS = frozenset(("subnet", "address", "public_ip", "asgs", "pools", "nat_rules"))
"""Fields of the ip-configurations of a NIC, not of the NIC."""
KINDS = {
    "nsgs": "an NSG", "vnets": "a VNet", "nics": "a NIC", "route_tables": "a route table",
    "balancers": "a load balancer",
}  # fmt: skip


def merge(contributions: Iterable[Contribution], notes: Notes) -> Contribution:
    """One contribution that says what all say together: each changes what those before it came to."""
    base = Contribution(notes=notes)
    waiting: list[LooseChild] = []
    for into in contributions:
        before = Topology.of(base.upserts) if into.ahead and base.effective else None
        lay_under(base, into)
        lone = put_in(into.parts, into, strict=True)
        delete(base, into)
        write_lists(base, into)
        lay_over(base, into)
        patch(base, into)
        waiting = [part for part in waiting if not settled(part, base)] + put_in(lone, base, strict=False)
        if before is not None:
            outdate(before, into, base)
    for part in waiting:
        orphan(part, notes)
    return base


def lay_under(base: Contribution, into: Contribution) -> None:
    """Puts what a source leaves as it is below what the earlier ones said: it counts where they say nothing."""
    for below, kept in zip(base.upserts.every(), into.kept.every(), strict=True):
        for at, value in kept.items():
            below[at] = fill(below[at], value) if at in below else value


def lay_over(base: Contribution, into: Contribution) -> None:
    """Puts the later source over what the earlier ones said; resources that come out different are noted."""
    drop_replaced_subnets(base, into)
    doubt_listed_subnets(base, into)
    changed: list[str] = []
    for below, above in zip(base.upserts.every(), into.upserts.every(), strict=True):
        for at in above.keys() & below.keys():
            above[at] = _laid_over(above[at], below[at], into)
        changed += [value.name for at, value in above.items() if at in below and below[at] != value]
        below |= above
    replaced = {key(value.id) for table in into.upserts.every() for value in table.values()}
    base.claims[:] = [claim for claim in base.claims if key(claim.value) not in replaced] + into.claims
    base.endpoint_nics |= into.endpoint_nics
    base.admin_configuration += into.admin_configuration
    base.tagged += into.tagged
    base.states += into.states
    base.fresh |= into.fresh
    base.effective |= into.effective
    base.service_tags += into.service_tags
    base.unread += into.unread
    base.attached += into.attached
    base.assumed += into.assumed
    base.sensitive |= into.sensitive
    base.unmodelled |= into.unmodelled
    if changed:
        differ = counted(len(changed), "resource differs", "resources differ")
        base.notes.info(f"{differ} from an earlier source; the later one counts: {some(changed)}")


def _laid_over(above: Any, below: Any, into: Contribution) -> Any:
    """A resource over the same one of an earlier source, which may be written anew, itself or with its VNet."""
    anew = {key(above.id), key(above.vnet)} if isinstance(above, Subnet) else {key(above.id)}
    return written_anew(above, below) if anew & into.fresh else fill(above, below)


def delete(base: Contribution, into: Contribution) -> None:
    """Takes away what a source deletes, with the children that stand below it in their own tables."""
    for table in base.upserts.every():
        for at in [at for at in table if at in into.deletes or at.rpartition("/subnets/")[0] in into.deletes]:
            del table[at]
    for at in into.deletes:
        base.endpoint_nics.pop(at, None)
        drop_child(base, at)
    base.claims[:] = [claim for claim in base.claims if key(claim.value) not in into.deletes]
    if into.deletes:
        detach(base, into.deletes)


def write_lists(base: Contribution, into: Contribution) -> None:
    """Takes away the children that a source does not know and that are not in the list which it writes."""
    for at, told in into.written.items():
        tables: tuple[dict[str, Any], ...] = (base.upserts.nsgs, base.upserts.route_tables)
        table = next((one for one in tables if at in one), None)
        children = getattr(table[at], told.field) if table is not None else ()
        others = [child for child in children if child.name.lower() not in told.names]
        if table is None or not others:
            continue
        names = some([child.name for child in others])
        if told.surely:
            left = tuple(child for child in children if child not in others)
            table[at] = replace(table[at], **{told.field: left})
            summary = f"gone once it is applied: {told.writer} writes its {told.field} as one list, without {names}"
            base.notes.info(summary, where=others[0].where)
        else:
            reason = f"{told.writer} is changed, and may write its {told.field} as one list, without {names}"
            missing = Lack(told.field, reason, "make the plan anew, so that it knows of them")
            table[at] = replace(table[at], lacks=(*table[at].lacks, missing))


def detach(base: Contribution, gone: set[str]) -> None:
    """Who names something that is gone names it no more: subnets their endpoints, NICs their VM, VMs their NICs."""
    for at, subnet in base.upserts.subnets.items():
        left = tuple(one for one in subnet.attached if key(one).partition("/ipconfigurations/")[0] not in gone)
        if left != subnet.attached:
            base.upserts.subnets[at] = replace(subnet, attached=left)
    for at, nic in base.upserts.nics.items():
        if nic.vm is not None and key(nic.vm) in gone:
            base.upserts.nics[at] = replace(nic, vm=None)
    for at, vm in base.upserts.vms.items():
        if any(key(one) in gone for one in vm.nics):
            base.upserts.vms[at] = replace(vm, nics=tuple(one for one in vm.nics if key(one) not in gone))


def drop_child(base: Contribution, at: str) -> None:
    """Takes a rule, route, peering or ip-configuration out of its parent."""
    parent, name = arm_id.parent(at), arm_id.name(at)
    for kind in CHILDREN.values():
        table = base.upserts.of(kind.table)
        owner = table.get(parent)
        if owner is not None and any(f"/{segment}/" in at for segment in kind.segments):
            kept = tuple(child for child in getattr(owner, kind.field) if not is_child(child, at, name))
            table[parent] = replace(owner, **{kind.field: kept})


def is_child(child: Any, at: str, name: str) -> bool:
    """Whether a child is the one of an id (a key). Load balancing and NAT rules are one list, and may share a name."""
    return key(child.id) == at if isinstance(child, BalancerRule) else child.name.lower() == name


def patch(base: Contribution, into: Contribution) -> None:
    """Changes single fields, and takes note of what is not known once all is applied."""
    told = {(key(change.id), name) for change in into.patches for name, _ in change.fields}
    if told:
        base.claims[:] = [claim for claim in base.claims if (key(claim.id), claim.field) not in told]
    for change in into.patches:
        table = next((table for table in base.upserts.every() if key(change.id) in table), None)
        if "/ipconfigurations/" in key(change.id):
            patch_configuration(base, change)
        elif table is None:
            summary = f"a source changes {arm_id.name(change.id)}, which is not in the inventory: {change.id}"
            base.notes.warning(summary, "add the source that it changes", change.where)
        else:
            changed = replace(table[key(change.id)], **dict(change.fields))
            table[key(change.id)] = known(changed, {name for name, _ in change.fields})
    for one in into.memberships:
        put_into(base, one)
    for at, lacks in into.unknown_after_apply.items():
        for table in base.upserts.every():
            if at in table:
                fields = {one.field for one in lacks}
                table[at] = doubted(known(table[at], fields), lacks)

    for name, missing in into.anywhere:
        table = getattr(base.upserts, name)
        for at, resource in table.items():
            table[at] = doubted(resource, (missing,))


def doubted(resource: Any, lacks: tuple[Lack, ...]) -> Any:
    """The resource, with fields that are not known; those of its ip-configurations (groups, pools) in each of these."""
    found = replace(resource, lacks=(*resource.lacks, *lacks))
    if isinstance(found, Subnet) and any(one.field == "known" for one in lacks):
        return replace(found, known=False)
    inner = tuple(one for one in lacks if one.field in OF_CONFIGURATIONS)
    if inner and isinstance(found, Nic):
        configs = tuple(replace(one, lacks=(*one.lacks, *inner)) for one in found.ip_configurations)
        found = replace(found, ip_configurations=configs)
    return found


def put_into(base: Contribution, one: Membership) -> None:
    """Puts ip-configurations of a NIC into something, or takes them out."""
    nic = base.upserts.nics.get(key(one.nic))
    if nic is None:
        return
    configs = []
    for config in nic.ip_configurations:
        if one.config is None or config.name.lower() == one.config.lower():
            left = tuple(held for held in getattr(config, one.field) if key(held) != key(one.value))
            changed: dict[str, Any] = {one.field: left if one.gone else (*left, one.value)}
            config = known(replace(config, **changed), {one.field})
        configs.append(config)
    base.upserts.nics[key(one.nic)] = replace(nic, ip_configurations=tuple(configs))


def patch_configuration(base: Contribution, change: FieldPatch) -> None:
    """Changes fields of one ip-configuration."""
    at = key(arm_id.parent(change.id))
    nic = base.upserts.nics.get(at)
    if nic is not None:
        named = {name for name, _ in change.fields}
        configs = tuple(
            known(replace(one, **dict(change.fields)), named) if key(one.id) == key(change.id) else one
            for one in nic.ip_configurations
        )
        base.upserts.nics[at] = replace(nic, ip_configurations=configs)


def known(resource: Any, fields: set[str]) -> Any:
    """The resource, with some fields no longer lacking."""
    left = tuple(one for one in resource.lacks if one.field not in fields)
    return resource if left == resource.lacks else replace(resource, lacks=left)


def drop_replaced_subnets(base: Contribution, into: Contribution) -> None:
    """A VNet that lists its subnets replaces the earlier one with all of its subnets."""
    for at in [at for at, subnet in base.upserts.subnets.items() if key(subnet.vnet) in into.whole]:
        if at not in into.upserts.subnets:
            gone = base.upserts.subnets.pop(at)
            base.notes.info(f"subnet {gone.name} of an earlier source is gone: a later one lists its VNet without it")


def doubt_listed_subnets(base: Contribution, into: Contribution) -> None:
    """Where nobody knows which subnets a VNet lists, each that an earlier source has may be another, or gone."""
    for at, subnet in base.upserts.subnets.items():
        vnet = into.upserts.vnets.get(key(subnet.vnet))
        missing = lack(vnet, "subnets") if vnet is not None else None
        if missing is not None and not is_absent(missing) and at not in into.upserts.subnets:
            doubt = replace(missing, field="known")
            base.upserts.subnets[at] = replace(subnet, known=False, lacks=(*subnet.lacks, doubt))


def put_in(parts: list[LooseChild], base: Contribution, *, strict: bool) -> list[LooseChild]:
    """Puts children into their parents; those whose parent isn't there are left over."""
    groups: dict[tuple[ParentTable, str], list[LooseChild]] = {}
    for part in parts:
        groups.setdefault((CHILDREN[type(part.value)].table, key(part.parent)), []).append(part)
    left: list[LooseChild] = []
    for (table, at), group in groups.items():
        parents = base.upserts.of(table)
        if at in parents:
            parents[at] = adopt(parents[at], group, base.notes if strict else None)
        else:
            left += group
    return left


def adopt(owner: Any, group: list[LooseChild], notes: Notes | None) -> Any:
    """The parent with its children; with `notes`, a child that it has already must say the same."""
    for name in sorted({field_of(part.value) for part in group}):
        mine = {own_name(child): child for child in getattr(owner, name)}
        for part in [part for part in group if field_of(part.value) == name]:
            known = mine.get(own_name(part.value))
            mine[own_name(part.value)] = part.value
            if notes and known is not None and known != part.value and getattr(known, "id", "-"):
                differs(part, place(getattr(known, "where", None) or owner.where), notes)
        owner = replace(owner, **{name: tuple(mine.values())})
    return owner


def own_name(child: Any) -> str:
    """By which a child is told from those beside it."""
    return key(child.id) if isinstance(child, BalancerRule) else str(child.name.lower())


def settled(part: LooseChild, base: Contribution) -> bool:
    """Whether the parent has come with a later source, which lists all of its children and so decides."""
    owner = base.upserts.of(CHILDREN[type(part.value)].table).get(key(part.parent))
    if owner is not None and part.value not in getattr(owner, field_of(part.value)):
        summary = f"{part.value.name} differs from a later source, which counts: {part.parent}"
        base.notes.info(summary, where=part.where)
    return owner is not None


def field_of(child: Any) -> str:
    return "default_rules" if isinstance(child, Rule) and child.default else CHILDREN[type(child)].field


def differs(part: LooseChild, other: str, notes: Notes) -> None:
    name = f"{part.parent}/{part.value.name}"
    detail = f"the other one is at {other}; keep one of them"
    notes.error(f"{part.value.name} is given twice with different contents: {name}", detail, part.where)


def orphan(part: LooseChild, notes: Notes) -> None:
    kind = KINDS[CHILDREN[type(part.value)].table]
    summary = f"{part.value.name} belongs to {kind} that is not in the inventory: {part.parent}"
    notes.warning(summary, "add its parent: on its own it decides nothing", part.where)
