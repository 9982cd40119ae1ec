"""Effective answers about a network that a plan or template changes -> what still holds of them.

Azure answered before. Where the VNets, routes or gateways become other, `VirtualNetwork`, `Internet` and what gateways
teach are worked out from the resources; where admin rules are deployed anew, nobody knows which ones are in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flowspec.model.inventory import key
from flowspec.sources.contribution import Contribution, Effective, Tables

TOPOLOGICAL = frozenset(("virtualnetwork", "internet"))
"""Tags that hang on VNets, peerings, routes and gateways (azure.md A7, B8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """On what those tags hang, and where each NIC is."""

    vnets: Mapping[str, Any]
    tables: Mapping[str, Any]
    gateways: tuple[Mapping[str, Any], ...]
    subnets: Mapping[str, Any]
    nics: Mapping[str, Any]

    @classmethod
    def of(cls, found: Tables) -> Topology:
        """As the tables have it now."""
        return cls(
            vnets={at: (one.prefixes, one.peerings, one.lacks) for at, one in found.vnets.items()},
            tables=dict(found.route_tables),
            gateways=(dict(found.gateways), dict(found.local_gateways), dict(found.connections)),
            subnets={at: (one.route_table, one.lacks) for at, one in found.subnets.items()},
            nics={at: tuple(c.subnet for c in one.ip_configurations) for at, one in found.nics.items()},
        )


def outdate(before: Topology, into: Contribution, base: Contribution) -> None:
    """Takes out of the answers of earlier sources (in `base`) what a later one changes."""
    now = Topology.of(base.upserts)
    changed = now.gateways != before.gateways or any(
        new.get(at) != one
        for old, new in ((before.vnets, now.vnets), (before.tables, now.tables), (before.subnets, now.subnets))
        for at, one in old.items()
    )
    moved = {at for at, subnets in before.nics.items() if now.nics.get(at) != subnets}
    had_admin = any(entry.admin_rules is not None for entry in base.effective.values())
    for at, entry in list(base.effective.items()):
        if key(entry.scope or "") in moved:
            del base.effective[at]
        else:
            base.effective[at] = _left(entry, changed=changed, redeployed=into.redeploys)
    if into.redeploys and had_admin:
        base.admin_configuration.append(None)


def _left(entry: Effective, *, changed: bool, redeployed: bool) -> Effective:
    """The rules of an answer are only compared with the NSG's own, which may be about to change."""
    found = replace(entry, nsg=None)
    if changed:
        tags = {name: prefixes for name, prefixes in found.tags.items() if name not in TOPOLOGICAL}
        found = replace(found, tags=tags, learned=None)
    return replace(found, admin_rules=None) if redeployed else found
