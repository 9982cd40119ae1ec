"""What resources of one inventory say of each other and themselves deny -> what hinges on it is not known, told once.

An NSG lists a subnet that names none, a subnet lists a NIC that says it is in another: an export that was put together
from different times or by different people. Neither of the two is believed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowspec.errors import Where
from flowspec.model.inventory import IpConfiguration, Lack, Nic, key, lack
from flowspec.sources import arm_id
from flowspec.sources.contribution import Claim, Contribution, place
from flowspec.sources.notes import some

WHAT = {"nsg": "NSG", "route_table": "route table", "subnet": "subnet", "public_ip": "public IP"}
SETTLE = "export both again, so that they are of one moment"
Contradiction = dict[tuple[str, str], list[str]]
"""(what disagrees, the place of the one and of the other) -> the names of those that it is about."""


def contradict(into: Contribution) -> None:
    """Marks every resource of which another one says otherwise."""
    found: Contradiction = {}
    for claim in into.claims:
        _hold(claim, into, found)
    for (summary, places), names in found.items():
        into.notes.warning(f"{summary}: {some(names)}", f"{places}; what hinges on it is unknown: {SETTLE}")


def _hold(claim: Claim, into: Contribution, found: Contradiction) -> None:
    """One claim against the resource that it is about, if the inventory has it."""
    nic_id, _, config = claim.id.lower().partition("/ipconfigurations/")
    at = key(claim.id)
    nic = into.upserts.nics.get(key(claim.id[: len(nic_id)]))
    if claim.field == "nsg" or claim.field == "route_table":
        table: dict[str, Any] = into.upserts.subnets if "/subnets/" in at else into.upserts.nics
        told = table.get(at)
        if told is not None and getattr(told, "known", True) and _disagrees(claim, told):
            table[at] = replace(told, lacks=(*told.lacks, _lack(claim, told.name, told.where, found)))
    elif nic is not None:
        configs = tuple(
            _unknown(c, claim, nic, found) if c.name.lower() == config and _disagrees(claim, c) else c
            for c in nic.ip_configurations
        )
        if configs != nic.ip_configurations:
            into.upserts.nics[key(nic.id)] = replace(nic, ip_configurations=configs)


def _unknown(config: IpConfiguration, claim: Claim, nic: Nic, found: Contradiction) -> IpConfiguration:
    """An ip-configuration that two resources see differently: neither is believed."""
    missing = _lack(claim, f"{nic.name}/{config.name}", nic.where, found)
    subnet = None if claim.field == "subnet" else config.subnet
    return replace(config, subnet=subnet, lacks=(*config.lacks, missing))


def _disagrees(claim: Claim, told: Any) -> bool:
    if lack(told, claim.field) is not None:
        return False
    own = getattr(told, claim.field)
    return own is None or key(own) != key(claim.value)


def _lack(claim: Claim, name: str, where: Where | None, found: Contradiction) -> Lack:
    kind, other = WHAT[claim.field], arm_id.name(claim.value)
    summary = f"the {kind} {other} lists what does not name it"
    found.setdefault((summary, f"see {place(claim.where)} and {place(where)}"), []).append(name)
    return Lack(claim.field, f"the {kind} {other} lists {name}, which does not name it", SETTLE)
