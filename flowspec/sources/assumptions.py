"""What sources leave untold and is taken for true, once all are merged: told in words, as nobody knows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flowspec.model.inventory import Peering, VirtualNetwork, key
from flowspec.sources.contribution import Contribution
from flowspec.sources.notes import some

WORDS = {
    "nsg": "NSG", "route_table": "route table", "peerings": "peering", "asgs": "application security group",
    "pools": "backend pool", "nat_rules": "inbound NAT rule", "rules": "rule",
}  # fmt: skip
Untold = dict[tuple[str, str], dict[str, None]]
"""(name of a resource, why nobody knows it) -> what it is taken not to have."""


def settle(into: Contribution) -> None:
    """Takes what only is assumed for true."""
    told: Untold = {}
    peerings: dict[str, dict[str, None]] = {}
    for table in into.upserts.every():
        for at, resource in table.items():
            settled = _settled(resource, resource.name, told)
            if getattr(settled, "ip_configurations", ()):
                configs = tuple(_settled(one, resource.name, told) for one in settled.ip_configurations)
                settled = replace(settled, ip_configurations=configs)
            if isinstance(settled, VirtualNetwork) and settled.peerings:
                settled = replace(
                    settled, peerings=tuple(_joined(p, settled, into, peerings) for p in settled.peerings)
                )
            table[at] = settled
    into.assumed += [f"{some(list(names))} Connected both ways: {why}" for why, names in peerings.items()]
    alike: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for (name, why), what in told.items():
        alike.setdefault((tuple(what), why), []).append(name)
    every: dict[str, list[str]] = {}
    for (kinds, why), names in alike.items():
        every.setdefault(why, []).append(f"no other {' or '.join(kinds)} of {some(names)}")
    into.assumed += [f"{why}: {', '.join(words)}" for why, words in every.items()]


def _settled(resource: Any, name: str, told: Untold) -> Any:
    """A resource, or a part of one, without the lacks that are assumptions."""
    lacks = getattr(resource, "lacks", ())
    if not any(one.assumed for one in lacks):
        return resource
    for one in lacks:
        if one.assumed and one.field in WORDS:
            told.setdefault((name, one.reason), {})[WORDS[one.field]] = None
    return replace(resource, lacks=tuple(one for one in lacks if not one.assumed))


def _joined(half: Peering, owner: VirtualNetwork, into: Contribution, told: dict[str, dict[str, None]]) -> Peering:
    """A half of a peering whose state nothing tells: connected where the other half is there."""
    why = next((one.reason for one in half.lacks if one.assumed), None)
    if why is None:
        return half
    found = replace(half, lacks=tuple(one for one in half.lacks if not one.assumed))
    if half.state is None and any(key(back.remote_vnet or "") == key(owner.id) for back in _halves(half, into)):
        told.setdefault(why, {})[half.name] = None
        return replace(found, state="Connected")
    return found


def _halves(half: Peering, into: Contribution) -> Iterator[Peering]:
    remote = into.upserts.vnets.get(key(half.remote_vnet or ""))
    yield from remote.peerings if remote is not None else ()
