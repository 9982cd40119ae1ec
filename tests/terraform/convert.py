"""A drawn network in ARM's JSON -> the same in Terraform's documents, by other code than the package's.

`settled` is the network as Terraform can hold it, in ARM's JSON: default rules, what subnets list, the state of half a
peering and effective answers have no place in it, and an application security group holds for a whole NIC.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.terraform.documents import LATER, Plan

Json = dict[str, Any]


@dataclass(frozen=True)
class Ref:
    """The id of another resource, by its id in ARM."""

    id: str


@dataclass
class Item:
    """One Terraform resource: `values` may hold Refs; `id` is what Terraform has as its id."""

    type: str
    label: str
    id: str
    values: Json
    parts: Json = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"{self.type}.{self.label}"


def settled(resources: list[Json]) -> list[Json]:
    """The ARM form, as Terraform can hold it."""
    kept = [copy.deepcopy(r) for r in resources if r.get("type", "").startswith("Microsoft.Network/")]
    halves = {
        (vnet["id"].lower(), half["properties"]["remoteVirtualNetwork"]["id"].lower())
        for vnet in kept if vnet["type"].endswith("/virtualNetworks")
        for half in vnet["properties"]["virtualNetworkPeerings"]
    }  # fmt: skip
    for resource in kept:
        properties = resource["properties"]
        kind = resource["type"].rpartition("/")[2]
        if kind == "networkSecurityGroups":
            properties.pop("defaultSecurityRules", None)
        elif kind == "publicIPAddresses":
            resource.setdefault("sku", {"name": "Standard"})
        elif kind == "networkInterfaces":
            properties.pop("privateEndpoint", None)
            groups = {g["id"].lower(): g for c in properties["ipConfigurations"]
                      for g in c["properties"].get("applicationSecurityGroups", [])}  # fmt: skip
            for config in properties["ipConfigurations"]:
                config["properties"].pop("applicationSecurityGroups", None)
                if groups:
                    config["properties"]["applicationSecurityGroups"] = list(groups.values())
        elif kind == "virtualNetworks":
            for subnet in properties["subnets"]:
                subnet["properties"].pop("ipConfigurations", None)
            for half in properties["virtualNetworkPeerings"]:
                there = half["properties"]
                for name in ("remoteAddressSpace", "peeringState", "localSubnetNames", "remoteSubnetNames"):
                    there.pop(name, None)
                if (there["remoteVirtualNetwork"]["id"].lower(), resource["id"].lower()) in halves:
                    there["peeringState"] = "Connected"
    return kept


def items(resources: list[Json], seed: int) -> list[Item]:
    """Every resource, children inside their parents or beside them as the dice say, each time the same."""
    found: list[Item] = []
    for resource in resources:
        dice = random.Random(f"{seed} {resource['id']}")
        kind = resource["type"].rpartition("/")[2]
        found += {
            "networkSecurityGroups": _nsg, "virtualNetworks": _vnet, "routeTables": _table, "networkInterfaces": _nic,
            "publicIPAddresses": _public_ip, "applicationSecurityGroups": _group, "virtualNetworkGateways": _gateway,
            "localNetworkGateways": _local, "connections": _connection,
        }[kind](resource, dice)  # fmt: skip
    return found


def _frame(resource: Json) -> Json:
    return {"name": resource["name"], "resource_group_name": resource["id"].split("/")[4], "location": "westeurope"}


def _label(*names: str) -> str:
    return "-".join(names).replace(".", "-").lower()


RULE = (
    "description", "protocol", "sourcePortRange", "sourcePortRanges", "destinationPortRange", "destinationPortRanges",
    "sourceAddressPrefix", "sourceAddressPrefixes", "destinationAddressPrefix", "destinationAddressPrefixes", "access",
    "priority", "direction",
)  # fmt: skip


def snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def _rule(rule: Json, *, inside: bool) -> Json:
    """A rule: a list that is not set is empty inside an NSG and null in a resource of its own (azure.md B9.1)."""
    properties = rule["properties"]
    found: Json = {"name": rule["name"]}
    for name in RULE:
        plural = name.endswith(("Ranges", "Prefixes"))
        found[snake(name)] = properties.get(name) or (([] if inside else None) if plural else "" if inside else None)
    for side in ("source", "destination"):
        groups = [Ref(g["id"]) for g in properties.get(f"{side}ApplicationSecurityGroups", [])]
        found[f"{side}_application_security_group_ids"] = groups or ([] if inside else None)
    return found


def _nsg(resource: Json, dice: random.Random) -> Iterator[Item]:
    rules = resource["properties"]["securityRules"]
    name = resource["name"]
    if dice.random() < 0.5:
        values = {"security_rule": [_rule(rule, inside=True) for rule in rules]}
        yield Item("azurerm_network_security_group", _label(name), resource["id"], _frame(resource) | values)
        return
    stale = [_rule(rule, inside=True) for rule in rules if dice.random() < 0.5]
    parts = {"security_rule": stale}
    yield Item("azurerm_network_security_group", _label(name), resource["id"], _frame(resource), parts)
    for rule in rules:
        frame = {"resource_group_name": resource["id"].split("/")[4], "network_security_group_name": name}
        yield Item("azurerm_network_security_rule", _label(name, rule["name"]),
                   f"{resource['id']}/securityRules/{rule['name']}", _rule(rule, inside=False) | frame)  # fmt: skip


def _group(resource: Json, dice: random.Random) -> Iterator[Item]:
    yield Item("azurerm_application_security_group", _label(resource["name"]), resource["id"], _frame(resource))


def _vnet(resource: Json, dice: random.Random) -> Iterator[Item]:
    properties, frame = resource["properties"], _frame(resource)
    space = {"address_space": properties["addressSpace"]["addressPrefixes"], "dns_servers": []}
    inside = dice.random() < 0.4
    blocks = [_listed(subnet) for subnet in properties["subnets"]]
    if inside:
        yield Item(
            "azurerm_virtual_network", _label(resource["name"]), resource["id"], frame | space | {"subnet": blocks}
        )
    else:
        stale = [block | {"security_group": ""} for block in blocks if dice.random() < 0.5]
        yield Item(
            "azurerm_virtual_network", _label(resource["name"]), resource["id"], frame | space, {"subnet": stale}
        )
    for subnet in properties["subnets"]:
        yield from _subnet(resource, subnet, dice, inside=inside)
    for half in properties["virtualNetworkPeerings"]:
        there = half["properties"]
        yield Item("azurerm_virtual_network_peering", _label(resource["name"], half["name"]), half["id"], {
            "name": half["name"], "resource_group_name": frame["resource_group_name"],
            "virtual_network_name": resource["name"],
            "remote_virtual_network_id": Ref(there["remoteVirtualNetwork"]["id"]),
            "allow_virtual_network_access": there["allowVirtualNetworkAccess"],
            "allow_gateway_transit": there["allowGatewayTransit"], "use_remote_gateways": there["useRemoteGateways"],
            "peer_complete_virtual_networks_enabled": there.get("peerCompleteVnets", True)})  # fmt: skip


def _listed(subnet: Json) -> Json:
    properties = subnet["properties"]
    nsg = properties.get("networkSecurityGroup")
    prefixes = [*filter(None, [properties.get("addressPrefix")]), *properties.get("addressPrefixes", [])]
    return {"id": subnet["id"], "name": subnet["name"], "address_prefixes": prefixes,
                "security_group": nsg["id"] if nsg else "",
            "private_endpoint_network_policies": properties.get("privateEndpointNetworkPolicies")}  # fmt: skip


def _subnet(vnet: Json, subnet: Json, dice: random.Random, *, inside: bool) -> Iterator[Item]:
    properties, label = subnet["properties"], _label(vnet["name"], subnet["name"])
    prefixes = [*filter(None, [properties.get("addressPrefix")]), *properties.get("addressPrefixes", [])]
    if not inside:
        yield Item("azurerm_subnet", label, subnet["id"], {
            "name": subnet["name"], "resource_group_name": vnet["id"].split("/")[4],
            "virtual_network_name": vnet["name"], "address_prefixes": prefixes,
            "private_endpoint_network_policies": properties.get("privateEndpointNetworkPolicies")})  # fmt: skip
        if "networkSecurityGroup" in properties:
            yield Item("azurerm_subnet_network_security_group_association", label, subnet["id"], {
                "subnet_id": Ref(subnet["id"]),
                "network_security_group_id": Ref(properties["networkSecurityGroup"]["id"])})  # fmt: skip
    if "routeTable" in properties:
        yield Item("azurerm_subnet_route_table_association", label, subnet["id"], {
            "subnet_id": Ref(subnet["id"]), "route_table_id": Ref(properties["routeTable"]["id"])})  # fmt: skip


def _table(resource: Json, dice: random.Random) -> Iterator[Item]:
    properties = resource["properties"]
    routes = [{"name": r["name"], "address_prefix": r["properties"]["addressPrefix"],
               "next_hop_type": r["properties"]["nextHopType"],
               "next_hop_in_ip_address": r["properties"].get("nextHopIpAddress", "")}
              for r in properties["routes"]]  # fmt: skip
    off = properties["disableBgpRoutePropagation"]
    flag = {"bgp_route_propagation_enabled": not off} if dice.random() < 0.5 else {"disable_bgp_route_propagation": off}
    if dice.random() < 0.5:
        yield Item(
            "azurerm_route_table", _label(resource["name"]), resource["id"], _frame(resource) | flag | {"route": routes}
        )
        return
    yield Item("azurerm_route_table", _label(resource["name"]), resource["id"], _frame(resource) | flag, {"route": []})
    for route in routes:
        frame = {"resource_group_name": resource["id"].split("/")[4], "route_table_name": resource["name"]}
        yield Item("azurerm_route", _label(resource["name"], route["name"]),
                   f"{resource['id']}/routes/{route['name']}", route | frame)  # fmt: skip


def _nic(resource: Json, dice: random.Random) -> Iterator[Item]:
    properties, label = resource["properties"], _label(resource["name"])
    configs = []
    for config in properties["ipConfigurations"]:
        there = config["properties"]
        public = there.get("publicIPAddress")
        configs.append({
            "name": config["name"], "primary": there["primary"], "subnet_id": Ref(there["subnet"]["id"]),
            "private_ip_address": there.get("privateIPAddress", ""),
            "private_ip_address_version": there["privateIPAddressVersion"],
            "private_ip_address_allocation": "Static" if "privateIPAddress" in there else "Dynamic",
            **({"public_ip_address_id": Ref(public["id"])} if public else {"public_ip_address_id": ""}),
        })  # fmt: skip
    forwarding = {
        "ip_forwarding_enabled" if dice.random() < 0.5 else "enable_ip_forwarding": properties["enableIPForwarding"]
    }
    values = _frame(resource) | {"ip_configuration": configs} | forwarding
    yield Item("azurerm_network_interface", label, resource["id"], values, {"virtual_machine_id": ""})
    nsg = properties.get("networkSecurityGroup")
    if nsg:
        yield Item("azurerm_network_interface_security_group_association", label, f"{resource['id']}|{nsg['id']}", {
            "network_interface_id": Ref(resource["id"]), "network_security_group_id": Ref(nsg["id"])})  # fmt: skip
    for group in properties["ipConfigurations"][0]["properties"].get("applicationSecurityGroups", []):
        yield Item("azurerm_network_interface_application_security_group_association",
                   _label(label, group["id"].rpartition("/")[2]), f"{resource['id']}|{group['id']}", {
                       "network_interface_id": Ref(resource["id"]),
                       "application_security_group_id": Ref(group["id"])})  # fmt: skip


def _public_ip(resource: Json, dice: random.Random) -> Iterator[Item]:
    values = _frame(resource) | {"sku": resource["sku"]["name"], "allocation_method": "Static"}
    yield Item("azurerm_public_ip", _label(resource["name"]), resource["id"], values, {"ip_address": ""})


def _gateway(resource: Json, dice: random.Random) -> Iterator[Item]:
    properties = resource["properties"]
    clients = properties.get("vpnClientConfiguration")
    space = [{"address_space": clients["vpnClientAddressPool"]["addressPrefixes"]}] if clients else []
    yield Item("azurerm_virtual_network_gateway", _label(resource["name"]), resource["id"], _frame(resource) | {
        "type": properties["gatewayType"], "enable_bgp": properties["enableBgp"], "vpn_client_configuration": space,
        "ip_configuration": [{"name": c["name"], "subnet_id": Ref(c["properties"]["subnet"]["id"])}
                             for c in properties["ipConfigurations"]]})  # fmt: skip


def _local(resource: Json, dice: random.Random) -> Iterator[Item]:
    space = resource["properties"]["localNetworkAddressSpace"]["addressPrefixes"]
    yield Item("azurerm_local_network_gateway", _label(resource["name"]), resource["id"],
               _frame(resource) | {"address_space": space, "bgp_settings": []})  # fmt: skip


def _connection(resource: Json, dice: random.Random) -> Iterator[Item]:
    properties = resource["properties"]
    local = properties.get("localNetworkGateway2")
    label = _label(resource["name"])
    yield Item("azurerm_virtual_network_gateway_connection", label, resource["id"], _frame(resource) | {
        "type": properties["connectionType"], "enable_bgp": properties["enableBgp"],
        "virtual_network_gateway_id": Ref(properties["virtualNetworkGateway1"]["id"]),
        "local_network_gateway_id": Ref(local["id"]) if local else ""})  # fmt: skip


# Documents


def known(value: Any) -> Any:
    """Values with every reference as the id that it is."""
    if isinstance(value, Ref):
        return value.id
    if isinstance(value, dict):
        return {name: known(item) for name, item in value.items()}
    return [known(item) for item in value] if isinstance(value, list) else value


def state_values(item: Item) -> Json:
    """As a state has a resource."""
    return {"id": item.id, **known(item.values), **known(item.parts)}


PROVIDER = "registry.terraform.io/hashicorp/azurerm"


def shown_state(found: list[Item]) -> Json:
    """`terraform show -json` of a state; every third resource in a module."""

    def resource(item: Item, prefix: str) -> Json:
        return {"address": f"{prefix}{item.address}", "mode": "managed", "type": item.type, "name": item.label,
                "provider_name": PROVIDER, "values": state_values(item)}  # fmt: skip

    root = [resource(item, "") for at, item in enumerate(found) if at % 3]
    inner = [resource(item, 'module.net["a"].') for at, item in enumerate(found) if not at % 3]
    modules = [{"address": 'module.net["a"]', "resources": inner}]
    return {"format_version": "1.0", "terraform_version": "1.9.4",
            "values": {"root_module": {"resources": root, "child_modules": modules}}}  # fmt: skip


def filed_state(found: list[Item]) -> Json:
    """A state file of version 4; resources of one type are the instances of one with `for_each`."""
    kinds: dict[str, list[Json]] = {}
    for item in found:
        kinds.setdefault(item.type, []).append({"index_key": item.label, "attributes": state_values(item)})
    provider = f'provider["{PROVIDER}"]'
    return {"version": 4, "terraform_version": "1.9.4", "resources": [
        {"mode": "managed", "type": kind, "name": "all", "provider": provider, "instances": instances}
        for kind, instances in kinds.items()]}  # fmt: skip


def old_state(found: list[Item]) -> Json:
    """A state file of version 3: attributes are flat, and texts."""
    resources = {item.address: {"type": item.type, "provider": "provider.azurerm", "primary": {
        "id": item.id, "attributes": dict(_flat(state_values(item)))}} for item in found}  # fmt: skip
    return {"version": 3, "terraform_version": "0.11.10", "modules": [{"path": ["root"], "resources": resources}]}


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        yield f"{name}.#", str(len(value))
        for at, item in enumerate(value):
            yield from _flat(item, f"{name}.{at}")
    elif value is not None:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def creating(found: list[Item], dice: random.Random) -> Json:
    """A plan that makes all of it: what refers to others is known after apply; NSGs may be in modules."""
    plan = Plan(found[0].id.split("/")[2])
    here = {item.id.lower(): item for item in reversed(found) if "association" not in item.type}
    homes = {item.id.lower(): f"module.m{at}" for at, item in enumerate(found)
             if item.type == "azurerm_network_security_group" and dice.random() < 0.5}  # fmt: skip
    for item in found:
        home = homes.get(item.id.lower(), "")
        values, expressions = _later(item, here, homes)
        values |= {"id": LATER} | dict.fromkeys(item.parts, LATER)
        if home:
            given = plan.calls.setdefault(home.partition(".")[2], {"expressions": {}})["expressions"]
            for name, told in expressions.items():
                given[f"{item.label}-{name}"] = told
                expressions[name] = {"references": [f"var.{item.label}-{name}"]}
        plan.add(f"{home}.{item.address}" if home else item.address, values, expressions)
        if home:
            plan.outputs[home.partition(".")[2]] = {
                "id": {"expression": {"references": [f"{item.address}.id", item.address]}}
            }
    return plan.document()


def _later(item: Item, here: dict[str, Item], homes: dict[str, str]) -> tuple[Json, Json]:
    values: Json = {}
    expressions: Json = {}
    for name, value in item.values.items():
        if name == "security_rule" and len({ref.id.lower() for ref in refs_of(value)}) > 1:
            values[name] = known(value)  # they share one expression: with two groups nobody could tell which
            continue
        if isinstance(value, list) and value and isinstance(value[0], dict):
            blocks = [_later(Item(item.type, item.label, "", block), here, homes) for block in value]
            values[name] = [made for made, _ in blocks]
            if name == "security_rule":
                held = [r for _, told in blocks for e in told.values() for r in e["references"]]
                expressions |= {name: {"references": list(dict.fromkeys(held))}}
            elif any(told for _, told in blocks):
                expressions[name] = [told for _, told in blocks]
            continue
        several = value if isinstance(value, list) else [value]
        ids = [one.id.lower() for one in several if isinstance(one, Ref)]
        if len(ids) == 1 and ids[0] in here:
            target = here[ids[0]]
            home = homes.get(ids[0])
            named = [f"{home}.id", home] if home else [f"{target.address}.id", target.address]
            if ids[0] != target.id.lower() or target.type == "azurerm_virtual_network":
                named = [f"{target.address}.id", target.address]
            values[name], expressions[name] = LATER, {"references": named}
        else:
            values[name] = known(value)
    return values, expressions


def refs_of(value: Any) -> Iterator[Ref]:
    """All references in a value."""
    if isinstance(value, Ref):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from refs_of(inner)


def changing(before: list[Item], after: list[Item], dice: random.Random) -> Json:
    """A plan that turns one state into another; some of what stays is in another state."""
    plan = Plan()
    old = {(item.address, item.id.lower()): item for item in before}
    new = {(item.address, item.id.lower()): item for item in after}
    for at in dict.fromkeys([*old, *new]):
        was = state_values(old[at]) if at in old else None
        becomes = state_values(new[at]) if at in new else None
        if was is not None and becomes is not None:
            becomes |= known(old[at].parts)  # what was refreshed stays in the plan as it was
        if was == becomes and dice.random() < 0.4:
            continue
        plan.add(at[0], becomes, before=was, refreshed=("id", *(new[at].parts if at in new else ())))
    return plan.document()
