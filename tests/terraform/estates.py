"""Drawn networks with load balancers, admin rules and several subscriptions, as azurerm and azapi would hold them."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

from tests.engine.generated import ADMIN
from tests.engine.test_balancers import balanced
from tests.naive.dice import ROOT, Dice
from tests.naive.drawn_rules import PORTS, PROTOCOLS, admin_addresses
from tests.naive.networks import draw
from tests.terraform import convert
from tests.terraform.convert import Item, Ref

Json = dict[str, Any]
SECOND = "0a1b2c3d-0000-0000-0000-000000000002"
COLLECTION = f"{ROOT}/networkManagers/nm/securityAdminConfigurations/sac/ruleCollections/rc"
BY_AZAPI = ("networkSecurityGroups", "routeTables", "virtualNetworks", "networkInterfaces", "loadBalancers")


def estate(seed: int) -> list[Json]:
    """The network as Terraform can hold it, in ARM's JSON, and the effective answers about it."""
    dice = Dice(seed ^ 0xE57A)
    resources = balanced(draw(seed), seed).drawn.resources
    for balancer in of(resources, "loadBalancers"):
        more(dice, balancer, of(resources, "networkInterfaces"))
    effective = [r for r in resources if r.get("type") == ADMIN]
    found = [*convert.settled([*map(joined(resources), resources)]), *admin_rules(dice)]
    return [*spread(dice, found), *effective]


def of(resources: list[Json], kind: str) -> list[Json]:
    return [r for r in resources if r.get("type", "").endswith(f"/{kind}")]


def more(dice: Dice, balancer: Json, nics: list[Json]) -> None:
    """Now and then an inbound NAT rule for one NIC, and an address in the pool."""
    properties, base = balancer["properties"], balancer["id"]
    if dice.chance(0.4) and nics:
        nat = {"frontendIPConfiguration": {"id": f"{base}/frontendIPConfigurations/front"}, "protocol": "Tcp",
               "frontendPort": 8443, "backendPort": 22, "enableFloatingIP": dice.chance(0.5)}  # fmt: skip
        properties["inboundNatRules"] = [{"id": f"{base}/inboundNatRules/nat", "name": "nat", "properties": nat}]
        first = dice.choice(nics)["properties"]["ipConfigurations"][0]["properties"]
        first.setdefault("loadBalancerInboundNatRules", []).append({"id": f"{base}/inboundNatRules/nat"})
    held = [c["properties"].get("privateIPAddress") for nic in nics for c in nic["properties"]["ipConfigurations"]]
    if dice.chance(0.3) and any(held):
        address = {"name": "bare", "properties": {"ipAddress": dice.choice([a for a in held if a])}}
        properties["backendAddressPools"][0]["properties"]["loadBalancerBackendAddresses"] = [address]


def joined(resources: list[Json]) -> Any:
    """NICs that name the pools they are in; pools that leave it to them."""
    pools = [p for balancer in of(resources, "loadBalancers") for p in balancer["properties"]["backendAddressPools"]]
    members = {i["id"].lower(): pool["id"] for pool in pools
               for i in pool["properties"].get("backendIPConfigurations", [])}  # fmt: skip

    def told(resource: Json) -> Json:
        found = copy.deepcopy(resource)
        for pool in found["properties"].get("backendAddressPools", []) if "properties" in found else ():
            pool["properties"].pop("backendIPConfigurations", None)
        if found.get("type", "").endswith("/networkInterfaces"):
            for config in found["properties"]["ipConfigurations"]:
                pool_id = members.get(f"{found['id']}/ipConfigurations/{config['name']}".lower())
                if pool_id is not None:
                    config["properties"].setdefault("loadBalancerBackendAddressPools", []).append({"id": pool_id})
        return found

    return told


def admin_rules(dice: Dice) -> Iterator[Json]:
    """Rules of a configuration, which may be deployed anywhere."""
    for at in range(dice.choice([0, 0, 0, 1, 2])):
        ends = {end: [{"addressPrefix": text, "addressPrefixType": "IPPrefix"} for text in admin_addresses(dice)]
                for end in ("sources", "destinations")}  # fmt: skip
        properties = {
            "access": dice.choice(["Allow", "Deny", "AlwaysAllow"]),
            "priority": 10 + at,
            "direction": dice.choice(["Inbound", "Outbound"]),
            "protocol": dice.weighted(PROTOCOLS),
            "sourcePortRanges": ["0-65535"],
            "destinationPortRanges": dice.some(PORTS, 1, 2),
            **ends,
        }
        yield {
            "id": f"{COLLECTION}/rules/r{at}",
            "name": f"r{at}",
            "kind": "Custom",
            "properties": properties,
            "type": "Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections/rules",
        }


def spread(dice: Dice, resources: list[Json]) -> list[Json]:
    """Perhaps some of the resources in a second subscription."""
    if not dice.chance(0.5):
        return resources
    chosen = tuple(r["id"].lower() for r in resources if dice.chance(0.4) and "/rules" not in r["type"])

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: moved(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [moved(inner) for inner in value]
        if isinstance(value, str) and any(value.lower() == at or value.lower().startswith(f"{at}/") for at in chosen):
            parts = value.split("/")
            return "/".join([*parts[:2], SECOND, *parts[3:]])
        return value

    return [moved(one) for one in resources]


# As Terraform has them


def items(resources: list[Json], seed: int) -> list[Item]:
    """Every resource by azurerm, or some by azapi, each time the same."""
    found: list[Item] = []
    for resource in resources:
        dice = random.Random(f"{seed} {resource['id'].lower()} azapi")
        kind = resource["type"].rpartition("/")[2]
        if kind in BY_AZAPI and dice.random() < 0.2:
            found.append(by_azapi(resource))
        elif kind == "loadBalancers":
            found += balancer(resource, dice)
        elif kind == "rules":
            found.append(admin_rule(resource))
        else:
            found += convert.items([resource], seed)
            if kind == "networkInterfaces":
                found += pooled(resource)
    return found


def by_azapi(resource: Json) -> Item:
    """A body as ARM takes it: children without ids."""
    own = resource["id"].lower()

    def told(value: Any, *, inside: bool = True) -> Any:
        if isinstance(value, dict):
            inner = {name: told(one) for name, one in value.items() if not (name == "id" and "name" in value)}
            return {n: Ref(v) if n == "id" and not v.lower().startswith(own) else v for n, v in inner.items()}
        return [told(one) for one in value] if isinstance(value, list) else value

    values = {"type": f"{resource['type']}@2023-11-01", "name": resource["name"], "location": "westeurope",
              "parent_id": resource["id"].rpartition("/providers/")[0],
              "body": {"properties": told(resource["properties"])}}  # fmt: skip
    return Item("azapi_resource", f"{resource['type'].rpartition('/')[2]}-{resource['name']}", resource["id"], values)


def balancer(resource: Json, dice: random.Random) -> Iterator[Item]:
    properties, base = resource["properties"], resource["id"]
    group = base.split("/")[4]
    frontends = [
        {
            "name": one["name"],
            "private_ip_address": one["properties"].get("privateIPAddress", ""),
            "private_ip_address_version": "IPv4",
            "public_ip_address_id": Ref(one["properties"]["publicIPAddress"]["id"])
            if "publicIPAddress" in one["properties"]
            else "",
        }
        for one in properties["frontendIPConfigurations"]
    ]
    name = resource["name"]
    yield Item("azurerm_lb", name, base, {"name": name, "resource_group_name": group, "location": "westeurope",
                                          "frontend_ip_configuration": frontends})  # fmt: skip
    pools = {}
    for one in properties["backendAddressPools"]:
        pools[one["id"].lower()] = pool = f"{base}/backendAddressPools/{one['name']}"
        yield Item("azurerm_lb_backend_address_pool", f"{name}-{one['name']}", pool,
                   {"name": one["name"], "loadbalancer_id": Ref(base)})  # fmt: skip
        for bare in one["properties"].get("loadBalancerBackendAddresses", []):
            yield Item("azurerm_lb_backend_address_pool_address", f"{name}-{bare['name']}",
                       f"{pool}/addresses/{bare['name']}", {
                           "name": bare["name"], "backend_address_pool_id": Ref(pool),
                           "ip_address": bare["properties"]["ipAddress"]})  # fmt: skip
    for kind, listed in (("azurerm_lb_rule", "loadBalancingRules"), ("azurerm_lb_nat_rule", "inboundNatRules")):
        for one in properties[listed]:
            told = one["properties"]
            values = {
                "name": one["name"], "loadbalancer_id": Ref(base), "protocol": told["protocol"],
                "frontend_ip_configuration_name": told["frontendIPConfiguration"]["id"].rpartition("/")[2].lower(),
                "frontend_port": told["frontendPort"], "backend_port": told["backendPort"],
                "floating_ip_enabled" if dice.random() < 0.5 else "enable_floating_ip": told["enableFloatingIP"],
            }  # fmt: skip
            if "backendAddressPool" in told:
                values["backend_address_pool_ids"] = [Ref(pools[told["backendAddressPool"]["id"].lower()])]
            yield Item(kind, f"{name}-{one['name']}", f"{base}/{listed}/{one['name']}", values)


def pooled(nic: Json) -> Iterator[Item]:
    """The pools and NAT rules of a NIC's ip-configurations."""
    for config in nic["properties"]["ipConfigurations"]:
        for listed, kind, attribute in (
            ("loadBalancerBackendAddressPools", "backend_address_pool", "backend_address_pool_id"),
            ("loadBalancerInboundNatRules", "nat_rule", "nat_rule_id"),
        ):
            for one in config["properties"].get(listed, []):
                label = "-".join((nic["name"], config["name"], *one["id"].split("/")[-3::2])).lower()
                yield Item(f"azurerm_network_interface_{kind}_association", label,
                           f"{nic['id']}/ipConfigurations/{config['name']}|{one['id']}", {
                               "network_interface_id": Ref(nic["id"]), "ip_configuration_name": config["name"],
                               attribute: Ref(one["id"])})  # fmt: skip


def admin_rule(rule: Json) -> Item:
    properties = rule["properties"]
    values = {"name": rule["name"], "admin_rule_collection_id": COLLECTION, "action": properties["access"],
              "direction": properties["direction"], "priority": properties["priority"],
              "protocol": properties["protocol"], "source_port_ranges": properties["sourcePortRanges"],
              "destination_port_ranges": properties["destinationPortRanges"]}  # fmt: skip
    for name, end in (("source", "sources"), ("destination", "destinations")):
        values[name] = [{"address_prefix_type": "IPPrefix", "address_prefix": one["addressPrefix"]}
                        for one in properties[end]]  # fmt: skip
    return Item("azurerm_network_manager_admin_rule", rule["name"], rule["id"], values)


def earlier(resources: list[Json], dice: random.Random) -> list[Json]:
    """What was there before: load balancers other or not there yet, NICs behind others."""
    kept = [r for r in resources if r.get("type") != ADMIN]
    for resource in (found := copy.deepcopy(kept)):
        properties = resource["properties"]
        if resource["type"].endswith("/loadBalancers"):
            for rule in properties["loadBalancingRules"] + properties["inboundNatRules"]:
                if dice.random() < 0.3:
                    rule["properties"]["enableFloatingIP"] = not rule["properties"]["enableFloatingIP"]
                if dice.random() < 0.3:
                    rule["properties"]["frontendPort"] = 22
            if dice.random() < 0.3:
                properties["loadBalancingRules"] = properties["loadBalancingRules"][1:]
        for config in properties.get("ipConfigurations", []) if resource["type"].endswith("/networkInterfaces") else ():
            if dice.random() < 0.3:
                config["properties"].pop("loadBalancerBackendAddressPools", None)
            if dice.random() < 0.3:
                config["properties"].pop("loadBalancerInboundNatRules", None)
    gone = [r for r in found if r["type"].rpartition("/")[2] in ("loadBalancers", "rules") and dice.random() < 0.25]
    return [r for r in found if r not in gone]


def provided(plan: Json, found: list[Item], dice: random.Random) -> None:
    """Resources of the second subscription by a provider of their own, whose subscription a plan may not tell."""
    second = {item.address for item in found if item.id.split("/")[2] == SECOND}
    if not second:
        return
    told: Json = dice.choice([{"constant_value": SECOND}, {"references": ["var.second"]},
                              {"references": ["local.second"]}, None])  # fmt: skip
    plan["variables"] = {"second": {"value": SECOND}}
    expressions = {"subscription_id": told} if told is not None else {}
    configuration = plan["configuration"]
    configuration["provider_config"]["azurerm"]["expressions"] = {
        "subscription_id": {"constant_value": ROOT.split("/")[2]}
    }
    configuration["provider_config"]["azurerm.second"] = {
        "name": "azurerm",
        "alias": "second",
        "expressions": expressions,
    }
    for resource in configuration["root_module"]["resources"]:
        if resource["address"] in second and resource["address"].startswith("azurerm_"):
            resource["provider_config_key"] = "azurerm.second"
