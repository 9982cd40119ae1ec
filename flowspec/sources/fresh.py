"""What a deployment writes anew -> what it does not set of it is none, and peerings that it completes are connected."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from flowspec.model.inventory import (
    BalancerRule,
    Connection,
    Gateway,
    IpConfiguration,
    Lack,
    LoadBalancer,
    LocalGateway,
    Nic,
    Nsg,
    Peering,
    RouteTable,
    Subnet,
    VirtualNetwork,
    key,
)
from flowspec.sources.contribution import PARTS, Contribution, PrivateEndpoint, R, fill
from flowspec.sources.essential import LACKS

NONE_WHEN_NEW: dict[type, frozenset[str]] = {
    VirtualNetwork: frozenset(("peerings", "subnets")), Nsg: frozenset(("rules",)), Nic: frozenset(("ip_forwarding",)),
    RouteTable: frozenset(("routes", "bgp_propagation")), Peering: frozenset(("use_remote_gateways",)),
    LoadBalancer: frozenset(("frontends", "pools", "rules")), PrivateEndpoint: frozenset(("nics", "asgs")),
    BalancerRule: frozenset(("floating_ip",)), IpConfiguration: frozenset(("family",)),
    Gateway: frozenset(("bgp",)), Connection: frozenset(("bgp",)), LocalGateway: frozenset(("prefixes",)),
}  # fmt: skip
"""What a new resource has none of where it does not say so: Azure's own defaults."""


KEPT = {(VirtualNetwork, "subnets"), (PrivateEndpoint, "nics"), (PrivateEndpoint, "asgs")}
"""What nobody takes away by leaving it out: subnets that are in use, and what Azure writes itself."""
LEFT_OUT = "the deployment leaves out {}, and whether what is there stays is not known"


def written_anew(value: R, before: R) -> R:
    """A resource that a deployment writes over the one that is there, of which it may not set all.

    Azure takes what is left out for its default, and has not always done so for lists of children. So where there is
    something, nobody knows whether it stays.
    """
    value = _with_parts(value, {key(value.id)}, Counter())
    filled = fill(value, before)
    if isinstance(filled, Subnet) and isinstance(value, Subnet):
        return replace(filled, private_endpoint_policies=value.private_endpoint_policies)
    none = NONE_WHEN_NEW.get(type(value), frozenset())
    doubts = tuple(
        Lack(one.field, LEFT_OUT.format(one.reason.removeprefix(LACKS)), "set it in the template")
        for one in getattr(value, "lacks", ())
        if one.field in none and (type(value), one.field) not in KEPT and one.reason.startswith(LACKS)
        and _differs(getattr(value, one.field), getattr(filled, one.field))
    )  # fmt: skip
    return replace(filled, lacks=(*getattr(filled, "lacks", ()), *doubts)) if doubts else filled  # type: ignore[type-var]


def _differs(mine: Any, filled: Any) -> bool:
    """Whether leaving it out, or keeping what is there, comes to something else."""
    return len(mine) != len(filled) if isinstance(mine, tuple) else bool(mine != filled)


def settle_fresh(into: Contribution) -> None:
    """Takes away what new resources lack only because nobody set it, and tells once."""
    told: Counter[str] = Counter()
    for table in into.upserts.every():
        for at in table.keys() & into.fresh:
            table[at] = _settled(table[at], told)
        for at, resource in table.items():
            table[at] = _with_parts(resource, into.fresh, told)
    if told:
        words = ", ".join(f"{name} ({count})" for name, count in sorted(told.items()))
        into.notes.info(f"taken as none, since the deployment of new resources sets none: {words}")


def _settled(resource: Any, told: Counter[str]) -> Any:
    none = NONE_WHEN_NEW.get(type(resource), frozenset())
    gone = [one for one in getattr(resource, "lacks", ()) if one.field in none and one.reason.startswith(LACKS)]
    if not gone:
        return resource
    told.update(dict.fromkeys((one.reason.removeprefix(LACKS).partition(" of the ")[0] for one in gone), 1))
    return replace(resource, lacks=tuple(one for one in resource.lacks if one not in gone))


def _with_parts(resource: R, fresh: set[str], told: Counter[str]) -> R:
    """A resource with its children as they will be which are new, or all of them where it is."""
    for name in PARTS.get(type(resource), ()):
        parts = getattr(resource, name)
        is_new = key(resource.id) in fresh
        settled = tuple(_settled(one, told) if is_new or key(one.id) in fresh else one for one in parts)
        if settled != parts:
            resource = replace(resource, **{name: settled})  # type: ignore[type-var]
    return resource


def join_peerings(into: Contribution) -> None:
    """A peering whose two halves are there, one of them new, will be Connected."""
    vnets = into.upserts.vnets
    for at, vnet in list(vnets.items()):
        halves = tuple(_joined(vnet, half, into) for half in vnet.peerings)
        if halves != vnet.peerings:
            vnets[at] = replace(vnet, peerings=halves)


def _joined(vnet: VirtualNetwork, half: Peering, into: Contribution) -> Peering:
    remote = into.upserts.vnets.get(key(half.remote_vnet)) if half.remote_vnet else None
    back = next((one for one in remote.peerings if one.remote_vnet and key(one.remote_vnet) == key(vnet.id)), None) \
        if remote is not None else None  # fmt: skip
    if remote is None or back is None or (half.state or "initiated").lower() != "initiated":
        return half
    is_new = [key(one.id) in into.fresh or key(owner.id) in into.fresh for one, owner in ((half, vnet), (back, remote))]
    return replace(half, state="Connected") if any(is_new) else half
