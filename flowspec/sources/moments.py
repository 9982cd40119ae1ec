"""The network of one source at two moments -> what it changes: only that is laid over earlier sources."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from flowspec.model.inventory import IpConfiguration, Lack, LoadBalancer, key
from flowspec.sources.contribution import Contribution, FieldPatch, LooseChild, WrittenList

FRAME = frozenset(("id", "name", "where", "lacks"))
CHILDREN = {"rules": "securityRules", "routes": "routes", "peerings": "virtualNetworkPeerings"}
"""Fields that hold children with a place of their own, and the segment of their ids."""


def turn(
    then: Contribution, now: Contribution, replaced: set[str], updated: dict[str, WrittenList], into: Contribution
) -> None:
    """Puts into a contribution what turns the one moment into the other.

    `replaced` resources (keys) are made anew, of those that are `updated` the list may be written as a whole.
    """
    tables = zip(then.upserts.every(), now.upserts.every(), into.upserts.every(), into.kept.every(), strict=True)
    for before, after, upserts, kept in tables:
        for at, value in after.items():
            old = before.get(at)
            if old is None or at in replaced:
                upserts[at] = value
                into.deletes |= {at} if old is not None else set()
            else:
                kept[at] = old
                change(old, value, into)
                if at in updated:
                    both = (*getattr(old, updated[at].field), *getattr(value, updated[at].field))
                    names = frozenset(child.name.lower() for child in both)
                    into.written[at] = replace(updated[at], names=names)
        into.deletes |= before.keys() - after.keys()
    loose = {key(part.value.id) for part in now.parts if getattr(part.value, "id", "")}
    into.deletes |= {key(p.value.id) for p in then.parts if getattr(p.value, "id", "")} - loose
    into.parts += now.parts
    settings = {(one.id, name): value for one in now.patches for name, value in one.fields}
    into.patches += now.patches
    into.patches += [FieldPatch(one.id, ((name, None),), one.where) for one in then.patches for name, _ in one.fields
                     if (one.id, name) not in settings]  # fmt: skip
    into.memberships += [replace(one, gone=True) for one in then.memberships if one not in now.memberships]
    into.memberships += now.memberships
    gather(now, into)


def gather(now: Contribution, into: Contribution) -> None:
    """What is said of no single resource is as it is in the end."""
    for at, lacks in now.unknown_after_apply.items():
        into.unknown_after_apply[at] = tuple(dict.fromkeys((*into.unknown_after_apply.get(at, ()), *lacks)))
    into.endpoint_nics |= now.endpoint_nics
    into.admin_configuration += now.admin_configuration
    into.unmodelled |= now.unmodelled
    into.tagged += now.tagged
    into.unread += now.unread
    into.anywhere += now.anywhere
    into.attached += now.attached
    into.fresh |= now.fresh
    into.assumed += now.assumed
    into.resources += now.resources
    if into.raw is not None and now.raw is not None:
        into.raw.resources.update(now.raw.resources)


def change(old: Any, new: Any, into: Contribution) -> None:
    """What is other in a resource: its fields one by one, its children each by itself."""
    if old == new:
        return
    changed: list[tuple[str, Any]] = []
    for field in fields(new):
        name = field.name
        before, after = getattr(old, name), getattr(new, name)
        if name in FRAME or before == after:
            continue
        if name == "ip_configurations":
            configurations(old, new, into)
        elif name in CHILDREN and not isinstance(new, LoadBalancer):
            children(old, new, name, into)
        elif after is not None or name not in ("location", "address", "sku"):
            changed.append((name, after))
    if changed:
        into.patches.append(FieldPatch(new.id, tuple(changed), new.where))
    lacking(old, new, into)


def lacking(old: Any, new: Any, into: Contribution) -> None:
    """What was known and is not any more."""
    known = {one.field for one in getattr(old, "lacks", ())}
    later: tuple[Lack, ...] = tuple(
        one for one in getattr(new, "lacks", ()) if not one.assumed and (one.field not in known or one not in old.lacks)
    )
    if later:
        at = key(new.id)
        into.unknown_after_apply[at] = (*into.unknown_after_apply.get(at, ()), *later)


def children(old: Any, new: Any, name: str, into: Contribution) -> None:
    """Children that are gone, new or other."""
    before = {child.name.lower(): child for child in getattr(old, name)}
    after = {child.name.lower(): child for child in getattr(new, name)}
    into.deletes |= {key(f"{new.id}/{CHILDREN[name]}/{gone}") for gone in before.keys() - after.keys()}
    for at, child in after.items():
        if before.get(at) != child:
            into.parts.append(LooseChild(new.id, child, child.where or new.where))


def configurations(old: Any, new: Any, into: Contribution) -> None:
    """Ip-configurations that are gone, new or other; those that stay keep what nothing here tells."""
    before: dict[str, IpConfiguration] = {key(one.id): one for one in old.ip_configurations}
    after: dict[str, IpConfiguration] = {key(one.id): one for one in new.ip_configurations}
    into.deletes |= before.keys() - after.keys()
    for at, one in after.items():
        was = before.get(at)
        if was is None:
            into.parts.append(LooseChild(new.id, one, new.where))
            continue
        changed = tuple((f.name, getattr(one, f.name)) for f in fields(one)
                        if f.name not in FRAME and getattr(one, f.name) != getattr(was, f.name))  # fmt: skip
        lacks = tuple(lack for lack in one.lacks if not lack.assumed)
        if changed or lacks != tuple(lack for lack in was.lacks if not lack.assumed):
            kept = {lack.field for lack in lacks}
            told = tuple((name, value) for name, value in changed if name not in kept)
            into.patches.append(FieldPatch(one.id, (*told, ("lacks", lacks)) if lacks else told, new.where))
