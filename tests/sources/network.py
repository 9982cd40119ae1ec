"""A small network in Azure's own JSON, and the same in the other spellings that Azure's tools print."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]

GROUP = "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/rg-shop"
NET = f"{GROUP}/providers/Microsoft.Network"
VM = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-web"
VNET = f"{NET}/virtualNetworks/vnet-shop"
SUBNET = f"{VNET}/subnets/snet-web"
NSG = f"{NET}/networkSecurityGroups/nsg-web"
NIC = f"{NET}/networkInterfaces/nic-web"
TOP = ("id", "name", "type", "location", "tags", "sku", "etag")


def resource(path: str, kind: str, /, **properties: Any) -> Json:
    """A top-level resource as REST answers it."""
    return {
        "name": path.rpartition("/")[2],
        "id": path,
        "type": kind,
        "location": "westeurope",
        "tags": {"tier": "web"},
        "properties": {"provisioningState": "Succeeded", **properties},
    }


def child(path: str, /, **properties: Any) -> Json:
    return {"name": path.rpartition("/")[2], "id": path, "etag": 'W/"1"', "properties": properties}


def ref(path: str) -> Json:
    return {"id": path}


def rule(name: str, priority: int, /, **properties: Any) -> Json:
    fields = {
        "description": "",
        "protocol": "Tcp",
        "sourcePortRange": "*",
        "destinationPortRange": "443",
        "sourceAddressPrefix": "Internet",
        "destinationAddressPrefix": "*",
        "access": "Allow",
        "priority": priority,
        "direction": "Inbound",
        "sourcePortRanges": [],
        "destinationPortRanges": [],
        "sourceAddressPrefixes": [],
        "destinationAddressPrefixes": [],
    }
    return child(f"{NSG}/securityRules/{name}", **{**fields, **properties})


def nsg(*rules: Json, path: str = NSG) -> Json:
    return resource(path, "Microsoft.Network/networkSecurityGroups", securityRules=list(rules))


def several(*prefixes: str) -> Json:
    """The fields of a rule with several sources, ports and groups."""
    asg = ref(f"{NET}/applicationSecurityGroups/asg-web")
    return {
        "sourceAddressPrefix": None,
        "sourceAddressPrefixes": list(prefixes),
        "destinationAddressPrefix": None,
        "destinationApplicationSecurityGroups": [asg],
        "destinationPortRange": None,
        "destinationPortRanges": ["80", "8000-8100"],
    }


def shop() -> list[Json]:
    """One of every kind of resource."""
    config = {"privateIPAddressVersion": "IPv4", "primary": True, "subnet": ref(SUBNET)}
    groups = [ref(f"{NET}/applicationSecurityGroups/asg-web")]
    peering = {
        "peeringState": "Connected",
        "allowVirtualNetworkAccess": True,
        "allowGatewayTransit": True,
        "useRemoteGateways": False,
        "remoteVirtualNetwork": ref(f"{NET}/virtualNetworks/vnet-hub"),
        "remoteAddressSpace": {"addressPrefixes": ["10.9.0.0/16"]},
    }
    web = {
        "addressPrefix": "10.1.0.0/24",
        "networkSecurityGroup": ref(NSG),
        "routeTable": ref(f"{NET}/routeTables/rt-web"),
        "ipConfigurations": [ref(f"{NIC}/ipConfigurations/ipconfig1"), ref(f"{NIC}/ipConfigurations/ipconfig2")],
        "privateEndpoints": [ref(f"{NET}/privateEndpoints/pe-sql")],
        "privateEndpointNetworkPolicies": "Disabled",
    }
    gateway_config = child(
        f"{NET}/virtualNetworkGateways/vgw/ipConfigurations/default", subnet=ref(f"{VNET}/subnets/GatewaySubnet")
    )
    configs = [
        child(
            f"{NIC}/ipConfigurations/ipconfig1",
            privateIPAddress="10.1.0.4",
            applicationSecurityGroups=groups,
            publicIPAddress=ref(f"{NET}/publicIPAddresses/pip-web"),
            **config,
        ),
        child(
            f"{NIC}/ipConfigurations/ipconfig2",
            privateIPAddress="fd00::4",
            privateIPAddressVersion="IPv6",
            primary=False,
            subnet=ref(SUBNET),
        ),
    ]
    endpoint = f"{NET}/networkInterfaces/pe-sql.nic.1"
    return [
        resource(
            VNET,
            "Microsoft.Network/virtualNetworks",
            addressSpace={"addressPrefixes": ["10.1.0.0/16", "fd00::/48"]},
            subnets=[child(SUBNET, **web), child(f"{VNET}/subnets/GatewaySubnet", addressPrefixes=["10.1.255.0/27"])],
            virtualNetworkPeerings=[child(f"{VNET}/virtualNetworkPeerings/to-hub", **peering)],
        ),
        nsg(rule("https", 100), rule("many", 110, **several("10.0.0.0/8", "10.1.2.3"))),
        resource(
            NIC,
            "Microsoft.Network/networkInterfaces",
            ipConfigurations=configs,
            networkSecurityGroup=ref(NSG),
            virtualMachine=ref(VM),
            enableIPForwarding=True,
        ),
        resource(
            endpoint,
            "Microsoft.Network/networkInterfaces",
            enableIPForwarding=False,
            ipConfigurations=[child(f"{endpoint}/ipConfigurations/pe", privateIPAddress="10.1.0.5", **config)],
            privateEndpoint=ref(f"{NET}/privateEndpoints/pe-sql"),
        ),
        resource(
            f"{NET}/privateEndpoints/pe-sql", "Microsoft.Network/privateEndpoints", networkInterfaces=[ref(endpoint)]
        ),
        resource(
            VM,
            "Microsoft.Compute/virtualMachines",
            networkProfile={"networkInterfaces": [ref(NIC)]},
            instanceView={"statuses": [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}]},
        ),
        resource(f"{NET}/applicationSecurityGroups/asg-web", "Microsoft.Network/applicationSecurityGroups"),
        resource(
            f"{NET}/routeTables/rt-web",
            "Microsoft.Network/routeTables",
            disableBgpRoutePropagation=True,
            routes=[
                child(
                    f"{NET}/routeTables/rt-web/routes/out",
                    addressPrefix="0.0.0.0/0",
                    nextHopType="VirtualAppliance",
                    nextHopIpAddress="10.9.0.4",
                )
            ],
        ),
        {
            **resource(
                f"{NET}/publicIPAddresses/pip-web", "Microsoft.Network/publicIPAddresses", ipAddress="203.0.113.7"
            ),
            "sku": {"name": "Standard", "tier": "Regional"},
        },
        resource(
            f"{NET}/virtualNetworkGateways/vgw",
            "Microsoft.Network/virtualNetworkGateways",
            gatewayType="Vpn",
            enableBgp=True,
            bgpSettings={"asn": 65515},
            ipConfigurations=[gateway_config],
            vpnClientConfiguration={"vpnClientAddressPool": {"addressPrefixes": ["172.16.0.0/24"]}},
        ),
        resource(
            f"{NET}/localNetworkGateways/lgw",
            "Microsoft.Network/localNetworkGateways",
            localNetworkAddressSpace={"addressPrefixes": ["192.168.0.0/16"]},
        ),
        resource(
            f"{NET}/connections/vpn",
            "Microsoft.Network/connections",
            connectionType="IPsec",
            virtualNetworkGateway1=ref(f"{NET}/virtualNetworkGateways/vgw"),
            localNetworkGateway2=ref(f"{NET}/localNetworkGateways/lgw"),
            enableBgp=False,
        ),
        resource(f"{NET}/networkWatchers/NetworkWatcher_westeurope", "Microsoft.Network/networkWatchers"),
    ]


def flatten(value: Any) -> Any:
    """As `az … -o json` prints it: properties hoisted, resourceGroup added, what is not set null."""
    if isinstance(value, list):
        return [flatten(item) for item in value]
    if not isinstance(value, dict):
        return value
    flat = {
        name: flatten(item) for name, item in {**value.get("properties", {}), **value}.items() if name != "properties"
    }
    return {**flat, "resourceGroup": "rg-shop", "dnsSettings": None} if "id" in flat else flat


def graph_row(value: Json) -> Json:
    """As Resource Graph gives it: the type in lower case, more columns."""
    row = {
        **value,
        "type": value["type"].lower(),
        "tenantId": "t",
        "kind": "",
        "plan": None,
        "resourceGroup": "rg-shop",
    }
    view = row["properties"].get("instanceView")
    if view:
        inner = {name: item for name, item in row["properties"].items() if name != "instanceView"}
        power = {"code": view["statuses"][1]["code"], "displayStatus": "VM running"}
        row["properties"] = {**inner, "extended": {"instanceView": {"powerState": power}}}
    return row


def recase(value: Any, how: str) -> Any:
    """Property names in another letter case; names that are data (of tags) stay."""
    if isinstance(value, list):
        return [recase(item, how) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        getattr(name, how)(): copy.deepcopy(item) if name == "tags" else recase(item, how)
        for name, item in value.items()
    }


def without_child_ids(value: Any, depth: int = 0) -> Any:
    """Children as a template writes them: by name alone."""
    if isinstance(value, list):
        return [without_child_ids(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    drop = depth > 1 and "name" in value
    return {name: without_child_ids(item, depth + 1) for name, item in value.items() if not (drop and name == "id")}


def write(path: Path, value: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value, indent=2), "utf-8")
    return str(path)
