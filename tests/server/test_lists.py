"""What the twin shows reads back as the inventory that it was given, page by page."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from flowspec.model.inventory import Inventory, Nsg, PublicIp, Rule, VirtualNetwork
from flowspec.server.estate import Estate
from flowspec.server.run import RunningTwin, load
from flowspec.sources import load_inventory
from tests.engine.loading import recorded
from tests.server.asking import BASE, GROUP, NIC, NSG, SHOP, SUBSCRIPTION, VM, Json, ask, with_version
from tests.server.conftest import Start

STATES = [(name, state) for name in ("ipflow", "effective") for state in recorded(name)["states"]]
APART = ("origins", "problems", "unread", "watchers", "where")
"""What differs by nature: where it was read, and the watchers that the twin adds."""


def plain(value: Any) -> Any:
    """The value without places; a rule without its id, which is made of names where a source leaves it out."""
    if is_dataclass(value):
        left_out = (*APART, "id") if isinstance(value, Rule) else APART
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.name not in left_out}
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def read_back(estate: Estate, folder: Path) -> Inventory:
    file = folder / "shown.json"
    file.write_text(json.dumps({"value": list(estate.held.values())}), "utf-8")
    return load_inventory([str(file)])


@pytest.mark.parametrize(("name", "state"), STATES)
def test_recorded_states_read_back(name: str, state: str, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text(json.dumps(recorded(name)["states"][state]), "utf-8")
    estate = load([str(file)])
    assert plain(read_back(estate, tmp_path)) == plain(estate.inventory)
    assert plain(read_back(Estate(estate.inventory), tmp_path)) == plain(estate.inventory)


def flat(document: Json) -> Json:
    """As `az` prints a resource: `properties` beside the rest, here and in its children."""
    if not isinstance(document, dict):
        return document
    inner = document.get("properties", {})
    merged = {n: v for n, v in document.items() if n != "properties"} | inner | {"resourceGroup": "rg"}
    return {n: [flat(item) for item in v] if isinstance(v, list) else v for n, v in merged.items()}


def test_what_az_prints_is_shown_in_rest_shape(tmp_path: Path) -> None:
    documents = list(load([SHOP]).held.values())
    file = tmp_path / "az.json"
    file.write_text(json.dumps([flat(document) for document in documents]), "utf-8")
    assert list(load([str(file)]).held.values()) == documents


def test_all_lists_give_all_that_is_held(start: Start) -> None:
    twin = start(page_size=1)
    shown: dict[str, Json] = {}
    for kind in sorted({str(d["type"]) for d in twin.estate.held.values()}):
        path = f"{with_version(f'{BASE}/providers/{kind}')}&$expand=instanceView"
        while path:
            page = ask(twin, "GET", path).json
            assert len(page["value"]) <= 1
            shown |= {value["id"].casefold(): value for value in page["value"]}
            path = page.get("nextLink", "")
    assert shown == twin.estate.held


@pytest.mark.parametrize("size", ["$top=2", "$top=2&$skiptoken=0", "$skiptoken=x&$top=2"])
def test_pages_as_small_as_asked(shop: RunningTwin, size: str) -> None:
    path = f"{BASE}/providers/Microsoft.Network/networkInterfaces?api-version=2024-05-01&{size}"
    assert len(ask(shop, "GET", path).json["value"]) == 2


def test_a_machine_shows_its_power_when_asked(start: Start, tmp_path: Path) -> None:
    machine = {"id": VM, "name": "vm-web-01", "type": "Microsoft.Compute/virtualMachines", "powerState": "VM running"}
    file = tmp_path / "vm.json"
    file.write_text(json.dumps(machine), "utf-8")
    twin = start(file)
    codes = ["ProvisioningState/succeeded", "PowerState/running"]
    assert "instanceView" not in ask(twin, "GET", VM).json["properties"]
    expanded = ask(twin, "GET", f"{VM}?api-version=2024-07-01&$expand=instanceView").json
    assert [s["code"] for s in expanded["properties"]["instanceView"]["statuses"]] == codes
    assert [s["code"] for s in ask(twin, "GET", f"{VM}/instanceView").json["statuses"]] == codes
    listed = ask(
        twin, "GET", f"{BASE}/providers/Microsoft.Compute/virtualMachines?api-version=2024-07-01&statusOnly=true"
    )
    assert [s["code"] for s in listed.json["value"][0]["properties"]["instanceView"]["statuses"]] == codes
    assert listed.json["value"][0]["location"] == "westeurope"


def test_a_stopped_machine_has_no_effective_rules(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "network.json"
    nic = {
        "id": NIC,
        "type": "Microsoft.Network/networkInterfaces",
        "virtualMachine": {"id": VM},
        "ipConfigurations": [],
        "enableIPForwarding": False,
    }
    file.write_text(json.dumps([nic, {"id": VM, "powerState": "VM deallocated"}]), "utf-8")
    twin = start(file)
    for action, code, words in (
        ("effectiveNetworkSecurityGroups", "SecurityGroups", "effective security groups"),
        ("effectiveRouteTable", "Routes", "effective routes"),
    ):
        reply = ask(twin, "POST", f"{NIC}/{action}")
        assert (reply.status, reply.code) == (400, f"NicMustBeAttachedToRunningVmToGetEffective{code}")
        assert reply.json["error"]["message"] == (
            f"A network interface must be attached to a running virtual machine to get {words}. "
            f"The network interface {NIC} is not attached to a running virtual machine."
        )


def test_subscriptions_groups_and_providers(shop: RunningTwin) -> None:
    (subscription,) = ask(shop, "GET", "/subscriptions").json["value"]
    assert (subscription["subscriptionId"], subscription["state"]) == (SUBSCRIPTION, "Enabled")
    assert ask(shop, "GET", BASE).json == subscription
    groups = ask(shop, "GET", f"{BASE}/resourcegroups").json["value"]
    assert [(group["name"], group["location"]) for group in groups] == [
        ("NetworkWatcherRG", "westeurope"),
        ("rg-shop", "westeurope"),
    ]
    assert ask(shop, "GET", GROUP).json == groups[1]
    assert ask(shop, "GET", f"{BASE}/providers/Microsoft.Network").json["registrationState"] == "Registered"
    assert ask(shop, "GET", f"{BASE}/locations").json["value"][0]["name"] == "westeurope"


def test_resources_by_type(shop: RunningTwin) -> None:
    query = "api-version=2021-04-01&$filter=resourceType%20eq%20'Microsoft.Network/networkSecurityGroups'"
    found = ask(shop, "GET", f"{BASE}/resources?{query}").json["value"]
    assert [resource["name"] for resource in found] == ["nsg-app", "nsg-db", "nsg-web"]
    assert all("properties" not in resource for resource in found)
    assert len(ask(shop, "GET", f"{BASE}/resources").json["value"]) == len(shop.estate.held)


def test_service_tags_as_the_list_api_shows_them(start: Start, tmp_path: Path) -> None:
    tag = {
        "name": "Storage.WestEurope",
        "id": "Storage.WestEurope",
        "properties": {"changeNumber": 7, "regionId": 18, "platform": "Azure", "addressPrefixes": ["20.0.0.0/24"]},
    }
    (tmp_path / "tags.json").write_text(json.dumps({"changeNumber": 9, "cloud": "Public", "values": [tag]}), "utf-8")
    (tmp_path / "nsg.json").write_text(
        json.dumps({"id": NSG, "type": "Microsoft.Network/networkSecurityGroups"}), "utf-8"
    )
    twin = start(tmp_path)
    answer = ask(twin, "GET", f"{BASE}/providers/Microsoft.Network/locations/westeurope/serviceTags")
    (shown,) = answer.json["values"]
    assert shown["name"] == "Storage.WestEurope"
    assert shown["properties"] == {"changeNumber": "7", "addressPrefixes": ["20.0.0.0/24"]}
    (tmp_path / "tags.json").write_bytes(answer.body)
    assert load_inventory([str(tmp_path)]).service_tags.prefixes == twin.estate.inventory.service_tags.prefixes


def test_security_admin_rules_read_back(start: Start, tmp_path: Path) -> None:
    vnet = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-shop"
    twin = start()
    call = f"{vnet}/listNetworkManagerEffectiveSecurityAdminRules"
    assert ask(twin, "POST", call, {}).json == {"value": []}
    rule = {
        "id": "/subscriptions/x/resourceGroups/y/providers/Microsoft.Network/networkManagers/m/rules/no-ssh",
        "properties": {
            "access": "Deny",
            "direction": "Inbound",
            "priority": 5,
            "protocol": "Tcp",
            "sources": [{"addressPrefix": "Internet", "addressPrefixType": "ServiceTag"}],
            "destinations": [{"addressPrefix": "*", "addressPrefixType": "IPPrefix"}],
            "sourcePortRanges": ["0-65535"],
            "destinationPortRanges": ["22"],
        },
    }
    (tmp_path / "admin.json").write_text(json.dumps({"id": call, "value": [rule]}), "utf-8")
    inventory = load_inventory([SHOP, str(tmp_path / "admin.json")])
    with RunningTwin(inventory) as managed:
        shown = ask(managed, "POST", call, {}).json
        effective = ask(managed, "POST", f"{NIC}/effectiveNetworkSecurityGroups")
        effective = ask(managed, "GET", effective.headers["Location"])
    (tmp_path / "admin.json").write_text(json.dumps(shown | {"id": call}), "utf-8")
    again = load_inventory([SHOP, str(tmp_path / "admin.json")])
    assert plain(again.admin_rules) == plain(inventory.admin_rules) != {}
    (tmp_path / "admin.json").write_bytes(effective.body)
    again = load_inventory([SHOP, str(tmp_path / "admin.json")])
    (found,) = again.admin_rules.values()
    assert [(r.name, r.access, r.destination_ports) for r in found] == [("no-ssh", "Deny", ("22-22",))]
    assert not [problem for problem in again.problems if "stale" in problem.summary]


def test_values_that_are_not_known_stay_unknown() -> None:
    """A model built by hand, without any file."""
    unknown = Rule(
        name="r",
        priority=100,
        direction="Inbound",
        access="Allow",
        protocol="Tcp",
        sources=("\0unknown",),
        source_ports=("*",),
        destinations=("*",),
        destination_ports=("*",),
    )  # type: ignore[arg-type]
    nsg = Nsg(id=NSG, name="nsg-web", rules=(unknown,))
    estate = Estate(
        Inventory(
            nsgs={NSG.casefold(): nsg},
            public_ips={"/ip": PublicIp(id="/ip", name="ip", sku="\0unknown")},
            vnets={"/v": VirtualNetwork(id="/v", name="v", location="\0unknown")},
        )
    )
    assert "\0" not in json.dumps(estate.held).replace("\\u0000", "\0")
    assert replace(nsg) == nsg
