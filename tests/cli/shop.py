"""A small network in Azure's JSON, and a spec that it drifts from."""

from __future__ import annotations

import json
from pathlib import Path

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-shop/providers"
NETWORK = f"{GROUP}/Microsoft.Network"

SPEC = """
flowspec {
  name = "shop"
}

group "web" {
  select {
    vm = "vm-web-*"
  }
}

group "db" {
  select {
    vm = "vm-db-*"
  }
}

intent "web-to-db" {
  from     = [group.web]
  to       = [group.db]
  protocol = "Tcp"
  ports    = [5432]
  expect   = "Allow"
}

intent "no-ssh-from-outside" {
  from     = [group.public]
  to       = [group.web, group.db]
  protocol = "Tcp"
  ports    = [22]
  expect   = "Deny"
  severity = "warning"
  owner    = "team-shop"
}
"""


def rule(name: str, priority: int, access: str, source: str, ports: str) -> dict[str, object]:
    """An inbound Tcp rule in ARM's shape."""
    return {
        "id": f"{NETWORK}/networkSecurityGroups/nsg-shop/securityRules/{name}",
        "name": name,
        "properties": {
            "priority": priority,
            "access": access,
            "direction": "Inbound",
            "protocol": "Tcp",
            "sourceAddressPrefix": source,
            "sourcePortRange": "*",
            "destinationAddressPrefix": "*",
            "destinationPortRange": ports,
        },
    }


def resources(*rules: dict[str, object]) -> list[dict[str, object]]:
    """One VNet, one subnet with one NSG, a web VM at 10.0.0.4 and a database VM at 10.0.0.5."""
    nsg, subnet = f"{NETWORK}/networkSecurityGroups/nsg-shop", f"{NETWORK}/virtualNetworks/vnet-shop/subnets/snet"
    found: list[dict[str, object]] = [
        {"id": nsg, "type": "Microsoft.Network/networkSecurityGroups", "name": "nsg-shop", "location": "westeurope",
         "properties": {"securityRules": list(rules)}},
        {"id": f"{NETWORK}/virtualNetworks/vnet-shop", "type": "Microsoft.Network/virtualNetworks", "name": "vnet-shop",
         "location": "westeurope",
         "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "virtualNetworkPeerings": [], "subnets": [
             {"id": subnet, "name": "snet",
              "properties": {"addressPrefix": "10.0.0.0/24", "networkSecurityGroup": {"id": nsg}}}]}},
    ]  # fmt: skip
    for name, address in (("web-01", "10.0.0.4"), ("db-01", "10.0.0.5")):
        nic, vm = f"{NETWORK}/networkInterfaces/nic-{name}", f"{GROUP}/Microsoft.Compute/virtualMachines/vm-{name}"
        found += [
            {"id": nic, "type": "Microsoft.Network/networkInterfaces", "name": f"nic-{name}", "location": "westeurope",
             "properties": {"virtualMachine": {"id": vm}, "enableIPForwarding": False, "ipConfigurations": [
                 {"id": f"{nic}/ipConfigurations/ip", "name": "ip",
                  "properties": {"privateIPAddress": address, "primary": True, "subnet": {"id": subnet}}}]}},
            {"id": vm, "type": "Microsoft.Compute/virtualMachines", "name": f"vm-{name}", "location": "westeurope",
             "properties": {"networkProfile": {"networkInterfaces": [{"id": nic}]}}},
        ]  # fmt: skip
    return found


SSH = rule("tmp-allow-ssh", 190, "Allow", "8.8.8.0/24", "22")
CLOSED = rule("deny-db", 200, "Deny", "*", "5432")


def lay_out(folder: Path, *rules: dict[str, object], spec: str = SPEC) -> Path:
    """The spec and the inventory as files of a folder: `shop.flow.hcl`, `net.json`."""
    (folder / "shop.flow.hcl").write_text(spec)
    (folder / "net.json").write_text(json.dumps({"value": resources(*rules)}, indent=2))
    return folder
