"""Small networks as JSON files, for what the shop has not got."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tests.server.asking import Json

SUB = "11111111-1111-1111-1111-111111111111"
GROUP = f"/subscriptions/{SUB}/resourceGroups/ContosoExampleRG"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
VM = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/ContosoVM"
NIC = f"{NETWORK}/networkInterfaces/contosovm842"
NSG = f"{NETWORK}/networkSecurityGroups/contoso-nsg"
VNET = f"{NETWORK}/virtualNetworks/contoso-vnet"
SUBNET = f"{VNET}/subnets/default"
ASG = f"{NETWORK}/applicationSecurityGroups/contoso-asg"
TABLE = f"{NETWORK}/routeTables/contoso-routes"
REGION = "westcentralus"
WATCHER = (
    f"/subscriptions/{SUB}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/"
    f"NetworkWatcher_{REGION}"
)


def rule(name: str, priority: int, **properties: object) -> Json:
    usual = {
        "priority": priority,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "*",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "*",
    }
    return {"name": name, "properties": usual | properties}


def nic(name: str, address: str, **properties: object) -> Json:
    configuration = {
        "name": "ipconfig1",
        "properties": {"privateIPAddress": address, "subnet": {"id": SUBNET}, "primary": True},
    }
    own = {"ipConfigurations": [configuration], "enableIPForwarding": False, "virtualMachine": {"id": VM}} | properties
    return {
        "id": f"{NETWORK}/networkInterfaces/{name}",
        "name": name,
        "type": "Microsoft.Network/networkInterfaces",
        "location": REGION,
        "properties": own,
    }


def contoso(
    rules: Sequence[Json] = (),
    *,
    nsg: bool = True,
    power: str = "running",
    nics: Sequence[Json] = (),
    defaults: Sequence[Json] | None = None,
    subnet: Json | None = None,
) -> list[Json]:
    """The machine of the API's own documents: 10.1.1.2, whose NIC has an NSG."""
    own = nics or [nic("contosovm842", "10.1.1.2", **({"networkSecurityGroup": {"id": NSG}} if nsg else {}))]
    group: Json = {"securityRules": list(rules)} | (
        {} if defaults is None else {"defaultSecurityRules": list(defaults)}
    )
    space = {"addressPrefix": "10.1.1.0/24", "privateEndpointNetworkPolicies": "Disabled"} | (subnet or {})
    return [
        {
            "id": VM,
            "name": "ContosoVM",
            "type": "Microsoft.Compute/virtualMachines",
            "location": REGION,
            "tags": {"env": "prod", "owner": "web team"},
            "properties": {
                "networkProfile": {"networkInterfaces": [{"id": one["id"]} for one in own]},
                "instanceView": {"statuses": [{"code": f"PowerState/{power}"}]},
            },
        },
        *own,
        {
            "id": NSG,
            "name": "contoso-nsg",
            "type": "Microsoft.Network/networkSecurityGroups",
            "location": REGION,
            "etag": 'W/"file"',
            "properties": group,
        },
        {
            "id": VNET,
            "name": "contoso-vnet",
            "type": "Microsoft.Network/virtualNetworks",
            "location": "West Central US",
            "properties": {
                "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]},
                "subnets": [{"id": SUBNET, "name": "default", "properties": space}],
                "virtualNetworkPeerings": [],
            },
        },
        {"id": ASG, "name": "contoso-asg", "type": "Microsoft.Network/applicationSecurityGroups", "location": REGION},
        {
            "id": TABLE,
            "name": "contoso-routes",
            "type": "Microsoft.Network/routeTables",
            "location": REGION,
            "properties": {"routes": [], "disableBgpRoutePropagation": False},
        },
    ]


def written(folder: Path, resources: Sequence[Json]) -> Path:
    """A file with the resources."""
    file = folder / "network.json"
    file.write_text(json.dumps(list(resources)), "utf-8")
    return file
