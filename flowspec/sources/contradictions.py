"""What resources of one inventory say of each other and themselves deny -> what hinges on it is not known, told once.

An NSG lists a subnet that names none, a subnet lists a NIC that says it is in another: an export that was put together
from different times or by different people. Neither of the two is believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flowspec.errors import Where
from flowspec.model.inventory import IpConfiguration, Lack, Nic, key, lack, vnet_part
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
    _keep_groups_in_one_vnet(into, found)
    for (summary, places), names in found.items():
        into.notes.warning(f"{summary}: {some(names)}", f"{places}; what hinges on it is unknown: {SETTLE}")


def _keep_groups_in_one_vnet(into: Contribution, found: Contradiction) -> None:
    """Azure has all members of an application security group in one VNet (azure.md B4.5)."""
    vnets: dict[str, dict[str, Nic]] = {}
    for nic in into.upserts.nics.values():
        for config in nic.ip_configurations:
            if config.subnet is not None:
                vnet = vnet_part(key(config.subnet))
                for asg in config.asgs:
                    vnets.setdefault(key(asg), {}).setdefault(vnet, nic)
    scattered = {asg: list(first.values()) for asg, first in vnets.items() if len(first) > 1}
    for at, nic in into.upserts.nics.items() if scattered else ():
        configs = tuple(_in_no_sure_group(config, nic, scattered, found) for config in nic.ip_configurations)
        if configs != nic.ip_configurations:
            into.upserts.nics[at] = replace(nic, ip_configurations=configs)


def _in_no_sure_group(
    config: IpConfiguration, nic: Nic, scattered: Mapping[str, list[Nic]], found: Contradiction
) -> IpConfiguration:
    """Of an ip-configuration in a group that has members in several VNets it is not known in which groups it is."""
    asg = next((asg for asg in config.asgs if key(asg) in scattered), None)
    if asg is None:
        return config
    one, other = scattered[key(asg)][:2]
    summary = f"the application security group {arm_id.name(asg)} has members in several VNets, as Azure has none"
    found.setdefault((summary, f"see {place(one.where)} and {place(other.where)}"), []).append(nic.name)
    lacks = (*config.lacks, Lack("asgs", summary, SETTLE))
    return replace(config, asgs=(), lacks=lacks)


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
