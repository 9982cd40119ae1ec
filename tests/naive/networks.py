"""Seed -> a small network in raw ARM JSON, rich in what real ones have; `networks()` is its hypothesis strategy.

`tests.naive.features` names what a drawn network has, `tests.naive.questions` draws packets and intents for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.naive.dice import ROOT, Dice, resource
from tests.naive.drawn_rules import OPAQUE_TAGS, SERVICE_TAGS, crowd, draw_admin_rules, draw_nsg
from tests.naive.resources import Json, Network

GROUPS = [f"{ROOT}/applicationSecurityGroups/{name}" for name in ("asg-web", "asg-db", "asg-empty")]
MISSING_NSG = f"{ROOT}/networkSecurityGroups/nsg-elsewhere"
MISSING_TABLE = f"{ROOT}/routeTables/rt-elsewhere"
SCALE_SET = f"{ROOT}/virtualMachineScaleSets/vmss/virtualMachines/0/networkInterfaces/nic/ipConfigurations/ip"
POLICIES = ("Enabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled", "Disabled", None)
PEERINGS = {"connected": 4.0, "one-way": 1.0, "disconnected": 1.3, "no access": 1.3, "subnets": 1.3, "none": 1.5}
ROUTES: dict[tuple[str, str], float] = {
    ("0.0.0.0/0", "VirtualAppliance"): 1.2,
    ("0.0.0.0/0", "VirtualNetworkGateway"): 0.4,
    ("0.0.0.0/0", "Internet"): 0.7,
    ("0.0.0.0/0", "None"): 0.7,
    ("::/0", "VirtualAppliance"): 0.4,
    ("::/0", "None"): 0.2,
    ("172.16.0.0/12", "VirtualAppliance"): 1.5,
    ("192.168.10.0/24", "None"): 1.0,
    ("8.8.8.0/24", "Internet"): 1.0,
    ("10.1.0.0/16", "VirtualAppliance"): 1.5,
    ("10.0.0.0/8", "VirtualAppliance"): 0.7,
    ("10.0.0.0/24", "VnetLocal"): 1.2,
    ("10.1.0.0/24", "VnetLocal"): 1.0,
    ("Storage", "Internet"): 1.1,
    ("AzureMonitor", "Internet"): 1.1,
}


@dataclass(frozen=True, eq=False)
class Drawn:
    """A drawn network: ARM resources, tag data (a tag of OPAQUE_TAGS has none), assumptions, and the places to judge
    (ids of ip-configurations and of subnets)."""

    seed: int
    resources: list[Json]
    service_tags: dict[str, list[str]]
    assumptions: list[Json]
    places: tuple[str, ...]

    def network(self, internet: Iterable[str]) -> Network:
        return Network(self.resources, self.service_tags, list(internet), self.assumptions)


def networks() -> st.SearchStrategy[Drawn]:
    """Shrinking gives a smaller seed, not a smaller network: a few milliseconds for each matter more here."""
    return st.builds(draw, st.integers(0, 2**32 - 1))


def draw(seed: int) -> Drawn:
    dice = Dice(seed)
    nsgs = [draw_nsg(dice, f"nsg-{n}", GROUPS) for n in range(dice.randint(1, 3))]
    crowded = Dice(seed ^ 0xC40D)
    for nsg in nsgs:
        if crowded.chance(0.3):
            crowd(crowded, nsg)
    tables = [draw_table(dice, f"rt-{n}") for n in range(dice.choice([0, 1, 2, 2]))]
    vnets = draw_vnets(dice, [n["id"] for n in nsgs], [t["id"] for t in tables])
    nics, public_ips = draw_nics(dice, vnets, [n["id"] for n in nsgs])
    list_members(dice, vnets, nics)
    gateways = draw_gateways(dice, vnets)
    draw_peerings(dice, vnets, bool(gateways))
    assumptions = draw_assumptions(dice, gateways)
    admin = [draw_admin_rules(dice, dice.cased(vnet["id"])) for vnet in vnets if dice.chance(0.12)]
    places = [s["id"] for vnet in vnets for s in vnet["properties"]["subnets"] if s["name"] != "GatewaySubnet"]
    places += [ip_configuration_id(nic, c) for nic in nics for c in nic["properties"]["ipConfigurations"]]
    resources = [*nsgs, *tables, *vnets, *nics, *public_ips, *gateways, *groups(), *admin]
    dice.shuffle(resources)
    return Drawn(seed, drop_far_vnet(dice, resources), SERVICE_TAGS, assumptions, tuple(places))


def ip_configuration_id(nic: Json, configuration: Json) -> str:
    return f"{nic['id']}/ipConfigurations/{configuration['name']}"


def groups() -> list[Json]:
    return [resource("applicationSecurityGroups", group.rsplit("/", 1)[-1], {}) for group in GROUPS]


def drop_far_vnet(dice: Dice, resources: list[Json]) -> list[Json]:
    """Now and then a VNet is in another subscription that nobody read: a dangling peering, NICs without a subnet."""
    dropped = "vnet-b" if dice.chance(0.12) else ""
    return [r for r in resources if r.get("name") != dropped]


# VNets, subnets, routes


def draw_table(dice: Dice, name: str) -> Json:
    drawn = {dice.weighted(ROUTES) for _ in range(dice.randint(1, 3))}
    routes = [
        {
            "name": f"route-{n}",
            "properties": {"addressPrefix": dice.cased(prefix), "nextHopType": dice.cased(hop)}
            | ({"nextHopIpAddress": "10.1.0.4"} if hop == "VirtualAppliance" else {}),
        }
        for n, (prefix, hop) in enumerate(sorted({prefix: (prefix, hop) for prefix, hop in sorted(drawn)}.values()))
    ]
    return resource("routeTables", name, {"routes": routes, "disableBgpRoutePropagation": dice.chance(0.25)})


def draw_vnets(dice: Dice, nsgs: list[str], tables: list[str]) -> list[Json]:
    """vnet-a (perhaps with IPv6) and vnet-b, and perhaps a third that may overlap the first."""
    plan = [("vnet-a", "10.0", dice.randint(1, 2), dice.chance(0.4)), ("vnet-b", "10.1", 1, False)]
    if dice.chance(0.4):
        plan.append(("vnet-c", dice.choice(["10.2", "10.2", "10.0"]), 1, False))
    return [draw_vnet(dice, nsgs, tables, *row) for row in plan]


def draw_vnet(dice: Dice, nsgs: list[str], tables: list[str], name: str, net: str, count: int, has_ipv6: bool) -> Json:
    space = [f"{net}.0.0/16"] + (["fd00:a::/48"] if has_ipv6 else [])
    vnet = resource("virtualNetworks", name, {"addressSpace": {"addressPrefixes": space}})
    vnet["properties"] |= {"subnets": [], "virtualNetworkPeerings": []}
    prefixes = [[f"{net}.0.0/24"] + (["fd00:a::/64"] if has_ipv6 else []), [f"{net}.1.0/28"]][:count]
    for n, found in enumerate(prefixes):
        subnet_id = f"{vnet['id']}/subnets/snet-{n}"
        properties = draw_subnet(dice, found, nsgs, tables)
        vnet["properties"]["subnets"].append({"id": subnet_id, "name": f"snet-{n}", "properties": properties})
    return vnet


def draw_subnet(dice: Dice, prefixes: list[str], nsgs: list[str], tables: list[str]) -> Json:
    is_single = len(prefixes) == 1 and dice.chance(0.5)
    properties: Json = {"addressPrefix": prefixes[0]} if is_single else {"addressPrefixes": prefixes}
    if dice.chance(0.55):
        properties["networkSecurityGroup"] = dice.reference(MISSING_NSG if dice.chance(0.06) else dice.choice(nsgs))
    if tables and dice.chance(0.75):
        properties["routeTable"] = dice.reference(MISSING_TABLE if dice.chance(0.04) else dice.choice(tables))
    policy = dice.choice(POLICIES)
    return properties | ({"privateEndpointNetworkPolicies": dice.cased(policy)} if policy else {})


def draw_peerings(dice: Dice, vnets: list[Json], has_gateway: bool) -> None:
    """Peerings of the first VNet with the others, in every state that the API shows."""
    first = vnets[0]
    for other in vnets[1:]:
        if other["properties"]["addressSpace"] != first["properties"]["addressSpace"]:
            kind = dice.weighted(PEERINGS)
            uses = has_gateway and other is vnets[1] and kind not in ("none", "one-way") and dice.chance(0.6)
            if kind != "none":
                peer(dice, first, other, kind, uses)
            if kind not in ("none", "one-way"):
                peer(dice, other, first, kind, False)


def peer(dice: Dice, vnet: Json, other: Json, kind: str, uses_gateway: bool) -> None:
    state = {"one-way": "Initiated", "disconnected": "Disconnected"}.get(kind, "Connected")
    properties: Json = {
        "peeringState": dice.cased(state),
        "allowVirtualNetworkAccess": kind != "no access",
        "allowGatewayTransit": not uses_gateway,
        "useRemoteGateways": uses_gateway,
        "remoteVirtualNetwork": dice.reference(other["id"]),
    }
    if dice.chance(0.9):
        properties["remoteAddressSpace"] = other["properties"]["addressSpace"]
    if kind == "subnets":
        properties |= {"peerCompleteVnets": False, "localSubnetNames": ["snet-0"], "remoteSubnetNames": ["snet-0"]}
    peering = {"id": f"{vnet['id']}/virtualNetworkPeerings/to-{other['name']}", "name": f"to-{other['name']}"}
    vnet["properties"].setdefault("virtualNetworkPeerings", []).append({**peering, "properties": properties})


# NICs


def draw_nics(dice: Dice, vnets: list[Json], nsgs: list[str]) -> tuple[list[Json], list[Json]]:
    nics: list[Json] = []
    public_ips: list[Json] = []
    for vnet in vnets:
        for subnet in vnet["properties"]["subnets"]:
            for n in range(dice.randint(1, 2)):
                nic = draw_nic(dice, f"nic-{len(nics)}", subnet, 4 + 2 * n, nsgs)
                nics.append(nic)
                drawn = [draw_public_ip(dice, nic, c, subnet) for c in nic["properties"]["ipConfigurations"]]
                public_ips += [public_ip for public_ip in drawn if public_ip]
    keep_groups_in_one_vnet(nics)
    return nics, public_ips


def keep_groups_in_one_vnet(nics: list[Json]) -> None:
    """The first member of a group says in which VNet all are (azure.md B4.5)."""
    home: dict[str, str] = {}
    for configuration in (c["properties"] for nic in nics for c in nic["properties"]["ipConfigurations"]):
        vnet = configuration["subnet"]["id"].lower().rpartition("/subnets/")[0]
        kept = [
            group
            for group in configuration.pop("applicationSecurityGroups", [])
            if home.setdefault(group["id"].lower(), vnet) == vnet
        ]
        if kept:
            configuration["applicationSecurityGroups"] = kept


def draw_nic(dice: Dice, name: str, subnet: Json, host: int, nsgs: list[str]) -> Json:
    has_ipv6 = "fd00:a::/64" in subnet["properties"].get("addressPrefixes", [])
    first = (subnet["properties"].get("addressPrefix") or subnet["properties"]["addressPrefixes"][0]).rsplit(".", 1)[0]
    addresses = [f"{first}.{host}"] + ([f"{first}.{host + 1}"] if dice.chance(0.25) else [])
    addresses += [f"fd00:a::{host}"] if has_ipv6 and dice.chance(0.7) else []
    configurations = [draw_ip_configuration(dice, n, subnet, address) for n, address in enumerate(addresses)]
    properties: Json = {"ipConfigurations": configurations, "enableIPForwarding": False}
    if dice.chance(0.2):
        properties["privateEndpoint"] = {"id": f"{ROOT}/privateEndpoints/pe-{name}"}
    if dice.chance(0.5):
        properties["networkSecurityGroup"] = dice.reference(MISSING_NSG if dice.chance(0.06) else dice.choice(nsgs))
    return resource("networkInterfaces", name, properties)


def draw_ip_configuration(dice: Dice, n: int, subnet: Json, address: str) -> Json:
    properties: Json = {
        "privateIPAddressVersion": "IPv6" if ":" in address else "IPv4",
        "privateIPAllocationMethod": "Static",
        "primary": n == 0,
        "subnet": dice.reference(subnet["id"]),
    }
    if not dice.chance(0.12):
        properties["privateIPAddress"] = address
    if dice.chance(0.4):
        properties["applicationSecurityGroups"] = [dice.reference(group) for group in dice.some(GROUPS[:2], 1, 2)]
    return {"name": f"ipconfig{n + 1}", "properties": properties}


def draw_public_ip(dice: Dice, nic: Json, configuration: Json, subnet: Json) -> Json | None:
    """A public IP of a known or unknown SKU, or one that is not in the inventory; likelier where no NSG is, because
    only there it matters. A private endpoint has none: Azure gives it no public IP."""
    if "privateEndpoint" in nic["properties"]:
        return None
    is_bare = not any("networkSecurityGroup" in holder["properties"] for holder in (nic, subnet))
    if not dice.chance(0.6 if is_bare else 0.12):
        return None
    public_ip = resource("publicIPAddresses", f"pip-{nic['name']}-{configuration['name']}", {})
    configuration["properties"]["publicIPAddress"] = dice.reference(public_ip["id"])
    kind = dice.weighted({"Standard": 4.0, "Basic": 1.0, "no sku": 2.0, "missing": 0.6})
    sku = {"sku": {"name": dice.cased(kind), "tier": "Regional"}} if kind in ("Standard", "Basic") else {}
    return None if kind == "missing" else public_ip | sku


def list_members(dice: Dice, vnets: list[Json], nics: list[Json]) -> None:
    """`ipConfigurations` of the subnets, as the API lists them: their NICs', and now and then one that no NIC has."""
    for subnet in [s for vnet in vnets for s in vnet["properties"]["subnets"]]:
        listed = [
            {"id": ip_configuration_id(nic, c)}
            for nic in nics
            for c in nic["properties"]["ipConfigurations"]
            if c["properties"]["subnet"]["id"].lower() == subnet["id"].lower()
        ]
        if dice.chance(0.1):
            listed.append({"id": SCALE_SET})
        if dice.chance(0.5) or {"id": SCALE_SET} in listed:
            subnet["properties"]["ipConfigurations"] = [dice.reference(entry["id"]) for entry in listed]


# Gateways


def draw_gateways(dice: Dice, vnets: list[Json]) -> list[Json]:
    """Perhaps a gateway in the second VNet: VPN without BGP (its on-premises prefixes are known) or one that learns."""
    if not dice.chance(0.5):
        return []
    vnet, kind = vnets[1], dice.weighted({"static": 4.0, "bgp": 2.0, "bgp connection": 1.0, "expressroute": 1.0})
    subnet_id = f"{vnet['id']}/subnets/GatewaySubnet"
    inside = [{"id": f"{ROOT}/virtualNetworkGateways/vgw-hub/ipConfigurations/default"}]
    listing = {"addressPrefix": "10.1.255.0/27", "ipConfigurations": inside}
    vnet["properties"]["subnets"].append({"id": subnet_id, "name": "GatewaySubnet", "properties": listing})
    properties: Json = {
        "gatewayType": "ExpressRoute" if kind == "expressroute" else "Vpn",
        "enableBgp": kind == "bgp",
        "ipConfigurations": [{"name": "default", "properties": {"subnet": dice.reference(subnet_id)}}],
    }
    if dice.chance(0.3):
        properties["vpnClientConfiguration"] = {"vpnClientAddressPool": {"addressPrefixes": ["192.168.20.0/24"]}}
    gateway = resource("virtualNetworkGateways", "vgw-hub", properties)
    return [gateway, *draw_connection(dice, gateway["id"], kind)]


def draw_connection(dice: Dice, gateway_id: str, kind: str) -> list[Json]:
    if kind == "expressroute":
        gateway, circuit = dice.reference(gateway_id), {"id": f"{ROOT}/expressRouteCircuits/erc"}
        found = {"virtualNetworkGateway1": gateway, "peer": circuit, "connectionType": "ExpressRoute"}
        return [resource("connections", "cn", {**found, "enableBgp": False})]
    space = {"localNetworkAddressSpace": {"addressPrefixes": ["192.168.10.0/24", "172.20.0.0/16"]}}
    local = resource("localNetworkGateways", "lgw-office", space)
    properties: Json = {
        "virtualNetworkGateway1": dice.reference(gateway_id),
        "localNetworkGateway2": dice.reference(local["id"]),
        "connectionType": "IPsec",
        "enableBgp": kind == "bgp connection" or (kind == "bgp" and dice.chance(0.7)),
    }
    return [local, resource("connections", "cn", properties)]


def draw_assumptions(dice: Dice, gateways: list[Json]) -> list[Json]:
    if not gateways or not dice.chance(0.5):
        return []
    name = dice.choice([gateways[0]["id"], gateways[0]["name"]])
    return [{"gateway": dice.cased(name), "learned_prefixes": ["10.200.0.0/13", "192.168.10.0/25"]}]


__all__ = ["OPAQUE_TAGS", "SERVICE_TAGS", "Drawn", "draw", "networks"]
