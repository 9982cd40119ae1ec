"""Real plans and states: all load, with as many resources as one counts, and states give what Azure's JSON gives."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flowspec.model.inventory import lack
from flowspec.sources import load_inventory
from tests.terraform.test_converted import compare, load

Json = dict[str, Any]
DATA = Path(__file__).parents[1] / "data" / "terraform.json"


@cache
def documents() -> dict[str, Json]:
    found: dict[str, Json] = json.loads(DATA.read_text("utf-8"))["documents"]
    return found


NAMES = sorted(documents())
STATES = [name for name in NAMES if name.startswith("states")]


def instances(document: Json) -> list[tuple[str, Json]]:
    """`(type, attributes)` of what the document has in the end, counted by hand."""
    if "resource_changes" in document:
        return [(r["type"], r["change"]["after"]) for r in document["resource_changes"]
                if r["mode"] == "managed" and r["change"].get("after") is not None]  # fmt: skip
    if "modules" in document:
        return [(r["type"], unflat(r["primary"]["attributes"]))
                for m in document["modules"] for r in m["resources"].values()]  # fmt: skip
    return [
        (r["type"], i["attributes"]) for r in document["resources"] if r["mode"] == "managed" for i in r["instances"]
    ]


def unflat(flat: dict[str, str], prefix: str = "") -> Json:
    """Attributes of a state of version 3, as the others have them."""
    found: Json = {}
    for name in dict.fromkeys(n[len(prefix) :].partition(".")[0] for n in flat if n.startswith(prefix)):
        at = f"{prefix}{name}"
        if f"{at}.#" in flat:
            keys = dict.fromkeys(n[len(at) + 1 :].partition(".")[0] for n in flat if n.startswith(f"{at}."))
            items = [key for key in keys if key != "#"]
            found[name] = [flat.get(f"{at}.{key}") or unflat(flat, f"{at}.{key}.") for key in items]
        elif at in flat:
            found[name] = flat[at]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_document_loads_whole(name: str, tmp_path: Path) -> None:
    document = documents()[name]
    found = load(tmp_path, document)
    held = instances(document)

    def count(*kinds: str) -> int:
        return sum(kind in kinds for kind, _ in held)

    endpoints = count("azurerm_private_endpoint")
    rules = {(a["name"], rule["name"]) for k, a in held if k == "azurerm_network_security_group"
             for rule in a.get("security_rule") or []}  # fmt: skip
    rules |= {(a["network_security_group_name"], a["name"]) for k, a in held if k == "azurerm_network_security_rule"}
    assert len(found.nsgs) == count("azurerm_network_security_group")
    assert len(found.vnets) == count("azurerm_virtual_network")
    assert len(found.nics) == count("azurerm_network_interface") + endpoints
    assert len(found.subnets) >= count("azurerm_subnet")
    if name.startswith("plans"):
        assert sum(len(nsg.rules) for nsg in found.nsgs.values()) == len(rules)
        assert all(lack(s, "nsg") is None for s in found.subnets.values())
        assert all(lack(c, "subnet") is None for n in found.nics.values() for c in n.ip_configurations)
        attached = count("azurerm_subnet_network_security_group_association")
        assert sum(subnet.nsg is not None for subnet in found.subnets.values()) == attached


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_the_network_of_azure_s_own_json(name: str, tmp_path: Path) -> None:
    document = documents()[name]
    resources = list(azure(instances(document)))
    (tmp_path / "s.json").write_text(json.dumps(document), "utf-8")
    compare(load_inventory([str(tmp_path / "s.json")]), load(tmp_path, resources), name)


def azure(held: list[tuple[str, Json]]) -> list[Json]:
    """The resources as Azure's REST API has them, as far as the state tells."""
    by_id: dict[str, Json] = {}
    tied = {a["network_interface_id"].lower(): a["network_security_group_id"] for k, a in held
            if k == "azurerm_network_interface_security_group_association"}  # fmt: skip
    under = {a["subnet_id"].lower(): a["network_security_group_id"] for k, a in held
             if k == "azurerm_subnet_network_security_group_association"}  # fmt: skip
    subnets: dict[str, Json] = {}
    for kind, a in held:
        if kind == "azurerm_virtual_network":
            for block in a.get("subnet") or []:
                if block.get("id"):
                    at = block["id"].lower()
                    prefixes = block.get("address_prefixes") or [block["address_prefix"]]
                    nsg = under.get(at) or block.get("security_group")
                    subnets[at] = subnet_of(block | {"address_prefixes": prefixes}, nsg)
    for kind, a in held:
        if kind == "azurerm_subnet":
            prefixes = a.get("address_prefixes") or [a["address_prefix"]]
            at = a["id"].lower()
            before = subnets.get(at, {}).get("properties", {}).get("networkSecurityGroup", {}).get("id")
            subnets[at] = subnet_of(a | {"address_prefixes": prefixes}, under.get(at) or before)
    for kind, a in held:
        if kind == "azurerm_network_security_group":
            by_id[a["id"].lower()] = made(a, "networkSecurityGroups", {"securityRules": [
                rule_of(rule) for rule in a.get("security_rule") or []]})  # fmt: skip
        elif kind == "azurerm_virtual_network":
            inside = [s for at, s in subnets.items() if at.startswith(f"{a['id'].lower()}/")]
            space = {"addressSpace": {"addressPrefixes": a["address_space"]}}
            properties: Json = space | {"virtualNetworkPeerings": [], "subnets": inside}
            by_id[a["id"].lower()] = made(a, "virtualNetworks", properties)
        elif kind == "azurerm_network_interface":
            nsg = tied.get(a["id"].lower()) or a.get("network_security_group_id")
            forwards = any(a.get(name) in (True, "true") for name in ("enable_ip_forwarding", "ip_forwarding_enabled"))
            configs = [config_of(c, a) for c in a["ip_configuration"]]
            properties = {"enableIPForwarding": forwards, "ipConfigurations": configs}
            properties |= {"networkSecurityGroup": {"id": nsg}} if nsg else {}
            properties |= {"virtualMachine": {"id": a["virtual_machine_id"]}} if a.get("virtual_machine_id") else {}
            by_id[a["id"].lower()] = made(a, "networkInterfaces", properties)
        elif kind == "azurerm_public_ip":
            sku = {"sku": {"name": a["sku"]}} if a.get("sku") else {}
            by_id[a["id"].lower()] = made(a, "publicIPAddresses", {"ipAddress": a.get("ip_address")}) | sku
        elif kind in ("azurerm_virtual_machine", "azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine"):
            by_id[a["id"].lower()] = {"id": a["id"], "name": a["name"], "type": "Microsoft.Compute/virtualMachines",
                "tags": {}, "properties": {"networkProfile": {"networkInterfaces": [
                    {"id": nic} for nic in a["network_interface_ids"]]}}}  # fmt: skip
    for kind, a in held:
        if kind == "azurerm_network_security_rule":
            rules = by_id[a["id"].lower().rpartition("/securityrules/")[0]]["properties"]["securityRules"]
            rules[:] = [rule for rule in rules if rule["name"].lower() != a["name"].lower()] + [rule_of(a)]
    orphans = [s for at, s in subnets.items() if at.rpartition("/subnets/")[0] not in by_id]
    return [*by_id.values(), *orphans]


def made(a: Json, kind: str, properties: Json) -> Json:
    return {"id": a["id"], "name": a["name"], "type": f"Microsoft.Network/{kind}", "tags": {}, "properties": properties}


def subnet_of(a: Json, nsg: str | None) -> Json:
    properties: Json = {"addressPrefixes": a["address_prefixes"]}
    properties |= {"networkSecurityGroup": {"id": nsg}} if nsg else {}
    policy = a.get("private_endpoint_network_policies")
    if policy is None and a.get("private_endpoint_network_policies_enabled") is True:
        policy = "Enabled"
    off = a.get("enforce_private_link_endpoint_network_policies")
    policy = policy or ({True: "Disabled", False: "Enabled"}[off] if isinstance(off, bool) else None)
    properties |= {"privateEndpointNetworkPolicies": policy} if policy else {}
    return {"id": a["id"], "name": a["name"], "properties": properties}


def rule_of(a: Json) -> Json:
    camel = {"access": "access", "direction": "direction", "protocol": "protocol", "priority": "priority"}
    camel |= {f"{side}_{what}": f"{side}{''.join(w.capitalize() for w in what.split('_'))}"
              for side in ("source", "destination")
              for what in ("port_range", "port_ranges", "address_prefix", "address_prefixes")}  # fmt: skip
    return {"name": a["name"], "properties": {azure: a[name] for name, azure in camel.items() if a.get(name)}}


def config_of(c: Json, nic: Json) -> Json:
    address = c.get("private_ip_address") or nic.get("private_ip_address")
    properties: Json = {"subnet": {"id": c["subnet_id"]}, "primary": c.get("primary") in (True, "true")}
    properties |= {"privateIPAddress": address} if address else {}
    properties |= {"publicIPAddress": {"id": c["public_ip_address_id"]}} if c.get("public_ip_address_id") else {}
    return {"name": c["name"], "properties": properties}
