"""A change of the small shop, put to the command: its exit code and its document, which fits its schema."""

from __future__ import annotations

import json
import os
from contextlib import chdir
from pathlib import Path
from typing import Any

from flowspec.cli.app import run
from tests.cli.shop import GROUP, NETWORK, SPEC, resources, rule
from tests.document import fits

Json = dict[str, Any]
STRICT = SPEC.replace('severity = "warning"', 'severity = "error"')
SUBNET = f"{NETWORK}/virtualNetworks/vnet-shop/subnets/snet"
NSG = f"{NETWORK}/networkSecurityGroups/nsg-shop"


def write(folder: Path, name: str, found: list[Json]) -> None:
    (folder / name).write_text(json.dumps({"value": found}, indent=2), "utf-8")


def told(folder: Path, command: str, *arguments: str) -> tuple[int, Json]:
    """The exit code of `plan` or `diff` and what it wrote."""
    file = folder / "out.json"
    file.unlink(missing_ok=True)
    with chdir(folder):
        code = run(
            [command, *arguments, "-o", f"json={file}", "-o", f"text={folder / 'out.txt'}", "-o", f"text={os.devnull}"]
        )
    return code, json.loads(fits(file.read_text("utf-8"), command)) if file.exists() else {}


def plan(folder: Path, old: list[Json], new: list[Json], *arguments: str, spec: str = STRICT) -> tuple[int, Json]:
    """The plan of the new network, with the old one as `old.json` for --base."""
    (folder / "shop.flow.hcl").write_text(spec, "utf-8")
    write(folder, "old.json", old)
    write(folder, "new.json", new)
    return told(folder, "plan", "-i", "new.json", *arguments)


def diff(folder: Path, old: list[Json], new: list[Json], *arguments: str) -> tuple[int, Json]:
    write(folder, "old.json", old)
    write(folder, "new.json", new)
    return told(folder, "diff", "old.json", "new.json", *arguments)


def text(folder: Path) -> str:
    """The report for a person, of the last run."""
    return (folder / "out.txt").read_text("utf-8")


def standings(document: Json) -> dict[str, str]:
    return {intent["address"].partition(".")[2]: intent["standing"] for intent in document["gate"]["intents"]}


def ssh(source: str) -> Json:
    return rule("tmp-allow-ssh", 190, "Allow", source, "22")


def nic(name: str, address: str | None, subnet: str = SUBNET) -> list[Json]:
    """A NIC and its VM; `address` None: it is not known yet."""
    of, vm = f"{NETWORK}/networkInterfaces/nic-{name}", f"{GROUP}/Microsoft.Compute/virtualMachines/vm-{name}"
    held = {"privateIPAddress": address} if address else {}
    return [
        {"id": of, "type": "Microsoft.Network/networkInterfaces", "name": f"nic-{name}", "location": "westeurope",
         "properties": {"virtualMachine": {"id": vm}, "enableIPForwarding": False, "ipConfigurations": [
             {"id": f"{of}/ipConfigurations/ip", "name": "ip",
              "properties": {**held, "primary": True, "subnet": {"id": subnet}}}]}},
        {"id": vm, "type": "Microsoft.Compute/virtualMachines", "name": f"vm-{name}", "location": "westeurope",
         "properties": {"networkProfile": {"networkInterfaces": [{"id": of}]}}},
    ]  # fmt: skip


def vnet(name: str, space: str, *rules: Json) -> list[Json]:
    """Another VNet with one subnet and an NSG of its own."""
    nsg, of = f"{NETWORK}/networkSecurityGroups/nsg-{name}", f"{NETWORK}/virtualNetworks/{name}"
    return [
        {"id": nsg, "type": "Microsoft.Network/networkSecurityGroups", "name": f"nsg-{name}", "location": "westeurope",
         "properties": {"securityRules": list(rules)}},
        {"id": of, "type": "Microsoft.Network/virtualNetworks", "name": name, "location": "westeurope",
         "properties": {"addressSpace": {"addressPrefixes": [space]}, "virtualNetworkPeerings": [], "subnets": [
             {"id": f"{of}/subnets/snet", "name": "snet",
              "properties": {"addressPrefix": space, "networkSecurityGroup": {"id": nsg}}}]}},
    ]  # fmt: skip


__all__ = ["NETWORK", "NSG", "STRICT", "SUBNET", "resources", "rule"]
