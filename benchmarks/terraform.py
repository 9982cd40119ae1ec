"""`flowspec diff --no-new-access` of a Terraform plan of 20,000 resources over 10,000 NICs, as a process.

The plan is as Terraform writes it: every resource before and after, in `resource_changes` and again in `planned_values`
and `prior_state`, 100 MB in all. It changes fifty rules and makes fifty.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.processes import flowspec
from benchmarks.timing import Row

Json = dict[str, Any]
ROOT = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Network"
VNETS, SUBNETS, NICS, RULES, CHANGED = 100, 10, 10, 50, 50
SECONDS, MEGABYTES = 15, 1024
PROVIDER = "registry.terraform.io/hashicorp/azurerm"


def run(seed: int) -> Iterator[Row]:
    """One row: processor time, seconds on the clock beside it, and the most memory."""
    if seed != 1:
        return
    with TemporaryDirectory() as folder:
        live, plan, count = write(Path(folder), seed)
        done = flowspec(["diff", live, plan, "--both", live, "--no-new-access", "-o", "json"], b"", (2,))
        size = Path(plan).stat().st_size
    what = f"diff and gate of a plan of {count:,} resources ({size / 1e6:.0f} MB) over {VNETS * SUBNETS * NICS:,} NICs"
    told = f"{done.processor:.1f} s ({done.wall:.1f} s wall), {done.memory:.0f} MB"
    yield Row(what, told, "", None, f"{SECONDS} s, 1 GB", done.processor < SECONDS and done.memory < MEGABYTES)


def write(folder: Path, seed: int) -> tuple[str, str, int]:
    """The inventory, the plan over it, and how many resources that has."""
    dice = random.Random(seed)
    live: list[Json] = []
    changes: list[Json] = []
    changed = set(dice.sample(range(VNETS * RULES), CHANGED))
    for v in range(VNETS):
        draw(v, dice, changed, live, changes)
    for at in range(len(changes), 20_000):
        values = {"id": f"{ROOT}/privateDnsZones/z{at}", "name": f"z{at}", "resource_group_name": "rg", "tags": None}
        changes.append(entry("azurerm_private_dns_zone", f"z{at}", values, values))
    documents = [{k: c[k] for k in ("address", "mode", "type", "name", "provider_name")} for c in changes]
    planned = [d | {"values": c["change"]["after"]} for d, c in zip(documents, changes, strict=True)]
    prior = [d | {"values": c["change"]["before"]} for d, c in zip(documents, changes, strict=True)]
    plan = {
        "format_version": "1.2", "terraform_version": "1.9.4",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": changes, "prior_state": {"values": {"root_module": {"resources": prior}}},
        "configuration": {"provider_config": {}, "root_module": {"resources": [
            {"address": c["address"], "mode": "managed", "type": c["type"], "name": c["name"],
             "provider_config_key": "azurerm", "expressions": {"name": {"constant_value": c["name"]}}}
            for c in changes]}},
    }  # fmt: skip
    paths = folder / "live.json", folder / "plan.json"
    for path, document in zip(paths, (live, plan), strict=True):
        path.write_text(json.dumps(document), "utf-8")
    return str(paths[0]), str(paths[1]), len(changes)


def draw(v: int, dice: random.Random, changed: set[int], live: list[Json], changes: list[Json]) -> None:
    """A VNet with its NSG, subnets and NICs: as Azure has it, and as the plan has it."""
    vnet, nsg = f"{ROOT}/virtualNetworks/v{v}", f"{ROOT}/networkSecurityGroups/n{v}"
    rules = []
    for r in range(RULES):
        values = {
            "name": f"r{r}", "priority": 100 + r, "direction": "Inbound", "access": dice.choice(("Allow", "Deny")),
            "protocol": "Tcp", "source_port_range": "*", "destination_port_range": str(dice.randint(1, 65535)),
            "source_address_prefix": f"{dice.randint(11, 99)}.{dice.randint(0, 255)}.0.0/16",
            "destination_address_prefix": "*", "description": "", "source_address_prefixes": None,
            "source_port_ranges": None, "destination_address_prefixes": None, "destination_port_ranges": None,
        }  # fmt: skip
        rules.append(values)
        mine = values | {"id": f"{nsg}/securityRules/r{r}", "resource_group_name": "rg",
                         "network_security_group_name": f"n{v}", "timeouts": None}  # fmt: skip
        after = mine | {"destination_port_range": "*"} if v * RULES + r in changed else mine
        changes.append(entry("azurerm_network_security_rule", f"n{v}-r{r}", mine, after))
    frame = {"resource_group_name": "rg", "location": "westeurope", "tags": {"owner": f"team-{v}"}}
    listed = [rule | {"source_application_security_group_ids": []} for rule in rules]
    same(
        "azurerm_network_security_group",
        f"n{v}",
        {"id": nsg, "name": f"n{v}", "security_rule": listed, **frame},
        changes,
    )
    space = f"10.{v}.0.0/16"
    same("azurerm_virtual_network", f"v{v}", {
        "id": vnet, "name": f"v{v}", "address_space": [space], "subnet": [], **frame}, changes)  # fmt: skip
    live += [
        {"id": nsg, "name": f"n{v}", "type": "Microsoft.Network/networkSecurityGroups", "location": "westeurope",
         "properties": {"securityRules": [azure(rule) for rule in rules]}},
        {"id": vnet, "name": f"v{v}", "type": "Microsoft.Network/virtualNetworks", "properties": {
            "addressSpace": {"addressPrefixes": [space]}, "virtualNetworkPeerings": [], "subnets": [
                {"id": f"{vnet}/subnets/s{s}", "name": f"s{s}", "properties": {
                    "addressPrefix": f"10.{v}.{s}.0/24", "networkSecurityGroup": {"id": nsg}}}
                for s in range(SUBNETS)]}},
    ]  # fmt: skip
    for s in range(SUBNETS):
        subnet = f"{vnet}/subnets/s{s}"
        same("azurerm_subnet", f"v{v}-s{s}", {
            "id": subnet, "name": f"s{s}", "resource_group_name": "rg", "virtual_network_name": f"v{v}",
            "address_prefixes": [f"10.{v}.{s}.0/24"]}, changes)  # fmt: skip
        same("azurerm_subnet_network_security_group_association", f"v{v}-s{s}", {
            "id": subnet, "subnet_id": subnet, "network_security_group_id": nsg}, changes)  # fmt: skip
        for n in range(NICS):
            nic, name = f"{ROOT}/networkInterfaces/v{v}-s{s}-{n}", f"v{v}-s{s}-{n}"
            address = f"10.{v}.{s}.{4 + n}"
            same(
                "azurerm_network_interface",
                name,
                {
                    "id": nic,
                    "name": name,
                    "enable_ip_forwarding": False,
                    "virtual_machine_id": "",
                    **frame,
                    "ip_configuration": [
                        {
                            "name": "ip",
                            "subnet_id": subnet,
                            "private_ip_address": address,
                            "primary": True,
                            "private_ip_address_version": "IPv4",
                            "public_ip_address_id": "",
                        }
                    ],
                },
                changes,
            )
            live.append({"id": nic, "name": name, "type": "Microsoft.Network/networkInterfaces",
                         "properties": {"enableIPForwarding": False, "ipConfigurations": [
                             {"name": "ip", "properties": {"privateIPAddress": address, "primary": True,
                                                           "subnet": {"id": subnet}}}]}})  # fmt: skip


def azure(rule: Json) -> Json:
    """A rule as Azure has it."""
    return {"name": rule["name"], "properties": {
        "priority": rule["priority"], "direction": "Inbound", "access": rule["access"], "protocol": "Tcp",
        "sourcePortRange": "*", "destinationPortRange": rule["destination_port_range"],
        "sourceAddressPrefix": rule["source_address_prefix"], "destinationAddressPrefix": "*"}}  # fmt: skip


def same(kind: str, name: str, values: Json, changes: list[Json]) -> None:
    changes.append(entry(kind, name, values, values))


def entry(kind: str, name: str, before: Json, after: Json) -> Json:
    """A change as Terraform writes it, with the attributes that every resource has and nobody reads."""
    more = {"timeouts": None, "edge_zone": None, "internal_dns_name_label": "", "auxiliary_mode": "", "zones": [],
            "applied_dns_servers": [], "mac_address": "00-0D-3A-A0-9F-58",
            "internal_domain_name_suffix": "x" * 300}  # fmt: skip
    old, new = before | more, after | more
    return {
        "address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "provider_name": PROVIDER,
        "change": {"actions": ["no-op" if before == after else "update"], "before": old, "after": new,
                   "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {}},
    }  # fmt: skip


if __name__ == "__main__":
    for row in run(1):
        print(row)
