"""An estate as a new user has it: a hub, 119 spokes, 300 NICs, rules copied from spoke to spoke, and 35 drifts.

`python -m tests.cli.drifted FOLDER` writes it: `network/nics.json`, `network/nsgs.json`, `network/vnets.json`,
`network/vms.json`, and a spec file for each team.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
SPOKES, NICS, APPS, DRIFTS = 119, 300, 17, 35
TEAMS = ("team-shop", "team-pay", "team-data", "team-web", "team-ops", "team-sap")
SSH, MONITORED, WRONG_PORT, OPEN = range(10), range(8), range(3, 10), range(9)
"""Apps: with a forgotten rule for SSH; without the rule of the monitoring (that `allow-vnet` does not let in); with
the wrong port for reports; open to all VNets."""
_SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"


def write(folder: Path) -> Path:
    """The folder, with `network/` and the specs in it."""
    network = folder / "network"
    network.mkdir(parents=True, exist_ok=True)
    spokes = range(1, SPOKES + 1)
    nics = list(_nics())
    for name, found in (
        ("nics", [nic for nic, _ in nics]),
        ("vms", [vm for _, vm in nics]),
        ("nsgs", [_item("networkSecurityGroups", f"nsg-{_name(n)}", securityRules=_rules(n)) for n in (0, *spokes)]),
        ("vnets", [_vnet(n) for n in (0, *spokes)]),
    ):
        (network / f"{name}.json").write_text(json.dumps({"value": found}, indent=1), "utf-8")
    for team, text in _specs().items():
        (folder / f"{team}.flow.hcl").write_text(text, "utf-8")
    return folder


def app_of(spoke: int) -> int:
    return (spoke - 1) % APPS


# The network


def _id(kind: str, name: str, provider: str = "Network") -> str:
    return f"{_SUBSCRIPTION}/resourceGroups/rg-net/providers/Microsoft.{provider}/{kind}/{name}"


def _item(kind: str, name: str, **properties: Any) -> Json:
    kept = {"provisioningState": "Succeeded", **properties}
    return {"id": _id(kind, name), "name": name, "type": f"Microsoft.Network/{kind}", "location": "westeurope",
            "properties": kept}  # fmt: skip


def _name(spoke: int) -> str:
    return f"s{spoke:03}" if spoke else "hub"


def _rules(spoke: int) -> list[Json]:
    """Each spoke has a copy of the same rules, but for what its app forgot."""
    app = app_of(spoke)
    port = "5433" if spoke and app in WRONG_PORT else "5432"
    web = [f"10.{spoke}.0.4", f"10.{spoke}.0.10"]
    found = [_rule("allow-web", 300, "Allow", "*", "443", web)]
    found += [_rule("allow-reports", 310, "Allow", "203.0.113.0/24", port)]
    found += [_rule("tmp-allow-ssh", 190, "Allow", "198.51.100.0/24", "22")] if spoke and app in SSH else []
    found += [_rule("allow-monitoring", 320, "Allow", "10.0.0.0/24", "9100")] if app not in MONITORED else []
    found += [_rule("allow-vnet", 3000, "Allow", "10.0.0.0/8", "1024-9000")] if spoke and app in OPEN else []
    return [*found, _rule("deny-all", 4000, "Deny", "*", "*")]


def _rule(name: str, priority: int, access: str, source: str, ports: str, to: list[str] | None = None) -> Json:
    ends = {"sourceAddressPrefix": source, "sourcePortRange": "*", "destinationAddressPrefixes": to or ["*"]}
    properties = {"priority": priority, "access": access, "direction": "Inbound", **ends, "destinationPortRange": ports}
    return {"name": name, "properties": {**properties, "protocol": "*" if ports == "*" else "Tcp"}}


def _vnet(spoke: int) -> Json:
    name = f"vnet-{_name(spoke)}"
    nsg = {"id": _id("networkSecurityGroups", f"nsg-{_name(spoke)}")}
    subnet = {"id": f"{_id('virtualNetworks', name)}/subnets/snet", "name": "snet",
              "properties": {"addressPrefix": f"10.{spoke}.0.0/24", "networkSecurityGroup": nsg}}  # fmt: skip
    others = range(1, SPOKES + 1) if spoke == 0 else (0,)
    peerings = [
        {"name": f"to-{_name(other)}", "properties": {
            "peeringState": "Connected", "allowVirtualNetworkAccess": True, "allowForwardedTraffic": False,
            "remoteVirtualNetwork": {"id": _id("virtualNetworks", f"vnet-{_name(other)}")}}}
        for other in others
    ]  # fmt: skip
    return _item("virtualNetworks", name, addressSpace={"addressPrefixes": [f"10.{spoke}.0.0/16"]}, subnets=[subnet],
                 virtualNetworkPeerings=peerings)  # fmt: skip


def _nics() -> Iterator[tuple[Json, Json]]:
    """Two NICs in each spoke, the rest in the hub and as third ones; each with its VM, which has the tags."""
    wanted = [(0, "monitor", 4), (0, "jump", 5)]
    wanted += [(spoke, tier, 4 + at) for spoke in range(1, SPOKES + 1) for at, tier in enumerate(("web", "db"))]
    wanted += [(1 + at % SPOKES, "web", 10) for at in range(NICS - len(wanted))]
    for spoke, tier, last in wanted:
        name = f"{tier}-{_name(spoke)}" + ("-b" if last == 10 else "")
        vm = _id("virtualMachines", f"vm-{name}", "Compute")
        subnet = {"id": f"{_id('virtualNetworks', f'vnet-{_name(spoke)}')}/subnets/snet"}
        configuration = {"name": "ip", "properties": {"privateIPAddress": f"10.{spoke}.0.{last}", "primary": True,
                         "privateIPAddressVersion": "IPv4", "subnet": subnet}}  # fmt: skip
        nic = _item(
            "networkInterfaces",
            f"nic-{name}",
            ipConfigurations=[configuration],
            enableIPForwarding=False,
            virtualMachine={"id": vm},
        )
        tags = {"tier": tier} | ({"app": f"app-{app_of(spoke):02}"} if spoke else {})
        yield nic, {"id": vm, "name": f"vm-{name}", "type": "Microsoft.Compute/virtualMachines", "tags": tags,
                    "location": "westeurope",
                    "properties": {"networkProfile": {"networkInterfaces": [{"id": nic["id"]}]}}}  # fmt: skip


# The specs


def _specs() -> dict[str, str]:
    found = dict.fromkeys(TEAMS, "")
    found["team-ops"] = _SHARED
    for app in range(APPS):
        team = TEAMS[app % len(TEAMS)]
        found[team] += _APP.replace("APP", f"app-{app:02}").replace("TEAM", team)
    return found


_SHARED = """flowspec {
  name = "estate"
}
group "monitor" {
  select {
    tags = { tier = "monitor" }
  }
}
group "office" {
  prefixes = ["203.0.113.0/24"]
}
group "databases" {
  select {
    tags = { tier = "db" }
  }
}
boundary "spokes" {
  description = "databases of two spokes do not see each other"
  around      = [group.databases]
  direction   = "Inbound"
  each        = "vnet"
  remote      = [group.databases]
  owner       = "team-ops"
}
"""
_APP = """
group "APP" {
  select {
    tags = { app = "APP" }
  }
}
group "APP-web" {
  select {
    tags = { app = "APP", tier = "web" }
  }
}
group "APP-db" {
  select {
    tags = { app = "APP", tier = "db" }
  }
}
intent "APP-no-ssh" {
  description = "administration comes from the office only"
  from        = [group.public]
  to          = [group.APP]
  protocol    = "Tcp"
  ports       = [22, 3389]
  expect      = "Deny"
  except      = [group.office]
  owner       = "TEAM"
}
intent "APP-monitoring" {
  from     = [group.monitor]
  to       = [group.APP]
  protocol = "Tcp"
  ports    = [9100]
  expect   = "Allow"
  owner    = "TEAM"
  severity = "warning"
}
intent "APP-reports" {
  from     = [group.office]
  to       = [group.APP-db]
  protocol = "Tcp"
  ports    = [5432]
  expect   = "Allow"
  owner    = "TEAM"
}
intent "APP-web" {
  from     = [group.public]
  to       = [group.APP-web]
  protocol = "Tcp"
  ports    = [443]
  expect   = "Allow"
  owner    = "TEAM"
}
boundary "APP-db" {
  around    = [group.APP-db]
  direction = "Inbound"
  remote    = [group.databases]
  owner     = "TEAM"
}
"""

if __name__ == "__main__":
    write(Path(sys.argv[1]))
