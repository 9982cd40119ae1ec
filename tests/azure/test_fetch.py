"""A subscription read through ARM: what a snapshot holds, what may be missing, and what that does to a plan."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from flowspec.azure.client import connect
from flowspec.azure.lists import ACTIONS, BY_TYPE, LISTS, role
from flowspec.azure.snapshot import snapshot
from flowspec.errors import AzureError
from flowspec.model.inventory import may_hold_nics
from flowspec.model.live import Cloud
from flowspec.pipeline import PlanOptions, run
from flowspec.schema_files import read_schema
from flowspec.server.options import TwinOptions as TwinOptions
from flowspec.sources import load_inventory
from flowspec.spec import load_spec
from tests.azure.live import EXAMPLES, SHOP, SUBSCRIPTION, TODAY, Example, twin
from tests.azure.server import Asked, Response, failing, listing, serving

OTHER = "11111111-1111-1111-1111-111111111111"
NETWORK = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network"
COMPUTE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute"


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowspec.azure.asking._FIRST_PAUSE", 0.01)
    connect.cache_clear()


def taken(url: str, locator: str = f"azure:{SUBSCRIPTION}") -> dict[str, object]:
    found: dict[str, object] = json.loads(snapshot(locator, Cloud(arm_endpoint=url)))
    jsonschema.validate(found, json.loads(read_schema("snapshot")))
    return found


@pytest.mark.parametrize(
    "folder", [f for f in sorted(EXAMPLES.iterdir()) if (f / "network").is_dir()], ids=lambda f: f.name
)
def test_a_plan_of_the_live_network_is_the_plan_of_its_files(folder: Path) -> None:
    inventory = Example(folder).inventory()
    subscriptions = {nic.id.split("/")[2] for nic in inventory.nics.values()}
    with twin(TwinOptions(sync=True, page_size=2), folder) as running:
        live = load_inventory([f"azure:{','.join(sorted(subscriptions))}"], cloud=Cloud(arm_endpoint=running.url))
    spec = load_spec([folder], {}, [], {})
    plans = [run(spec, network, PlanOptions(today=TODAY)) for network in (inventory, live)]
    first, second = ([(i.address, i.status, i.flows.drift) for i in plan.intents] for plan in plans)
    assert first == second
    assert not live.unread


def test_two_readings_of_one_network_have_one_digest() -> None:
    with twin() as running:
        assert taken(running.url)["digest"] == taken(running.url)["digest"]


def test_power_states_come_along() -> None:
    with twin() as running:
        live = load_inventory([f"azure:{SUBSCRIPTION}"], cloud=Cloud(arm_endpoint=running.url))
    assert {vm.power for vm in live.vms.values()} == {"running"}


def test_a_subscription_that_is_not_there_is_told_and_the_other_goes_on() -> None:
    with twin() as running:
        live = load_inventory([f"azure:{SUBSCRIPTION},{OTHER}"], cloud=Cloud(arm_endpoint=running.url))
        spec = load_spec([SHOP], {}, [], {})
        report = run(spec, live, PlanOptions(today=TODAY))
    assert [words for words in live.unread if OTHER in words and "SubscriptionNotFound" in words]
    assert len(live.unread) == 1
    assert not report.complete and live.nics
    office = next(intent for intent in report.intents if intent.address == "intent.office-to-web")
    assert office.status == "unknown"
    assert any(OTHER in unknown.reason for unknown in office.flows.unknown)


def test_which_lists_may_hold_nics() -> None:
    told = {one.title: may_hold_nics(f"{one.title} of subscription x") for one in (*LISTS, BY_TYPE)}
    assert [title for title, may in told.items() if may] == ["network interfaces"]
    assert may_hold_nics("subscription x (SubscriptionNotFound)")


def test_nothing_that_may_be_read_is_an_error() -> None:
    with serving(lambda asked: failing(403, "AuthorizationFailed")) as server, pytest.raises(AzureError) as refused:
        taken(server.url)
    assert "AuthorizationFailed" in str(refused.value)


def test_a_list_that_may_not_be_read_is_told() -> None:
    def answer(asked: Asked) -> Response:
        if "/networkSecurityGroups?" in asked.path:
            return failing(403, "AuthorizationFailed")
        return listing()

    with serving(answer) as server:
        assert taken(server.url)["unread"] == [f"NSGs of subscription {SUBSCRIPTION} (AuthorizationFailed: No.)"]


def test_a_list_that_is_garbage_for_a_while_is_asked_for_again() -> None:
    seen: list[str] = []

    def answer(asked: Asked) -> Response:
        seen.append(asked.path)
        return Response(body=b"<html>") if seen.count(asked.path) < 3 else listing()

    with serving(answer) as server:
        assert taken(server.url)["unread"] == []


def test_a_list_that_points_to_itself_ends() -> None:
    def answer(asked: Asked) -> Response:
        link = f"http://{asked.headers['Host']}{asked.path}"
        return Response(body=json.dumps({"value": [], "nextLink": link}).encode())

    with serving(answer) as server:
        assert taken(server.url)["resources"] == []


def gateway_network(asked: Asked) -> Response:
    """A VNet with a gateway, and a running VM in it."""
    subnets = [
        {"name": "GatewaySubnet", "id": f"{NETWORK}/virtualNetworks/v/subnets/GatewaySubnet", "properties": {}},
        {"name": "s", "id": f"{NETWORK}/virtualNetworks/v/subnets/s", "properties": {}},
    ]
    vnet = {
        "id": f"{NETWORK}/virtualNetworks/v",
        "name": "v",
        "location": "westeurope",
        "properties": {"subnets": subnets},
    }
    config = {"name": "ip", "properties": {"subnet": {"id": subnets[1]["id"]}}}
    vm = f"{COMPUTE}/virtualMachines/vm"
    nics = [
        {"id": f"{NETWORK}/networkInterfaces/{name}", "name": name,
         "properties": {"virtualMachine": {"id": vm}, "enableIPForwarding": False, "ipConfigurations": [config]}}
        for name in ("one", "two")
    ]  # fmt: skip
    state = {"id": vm, "properties": {"instanceView": {"statuses": [{"code": "PowerState/running"}]}}}
    path = asked.path.partition("?")[0]
    gateway = f"{NETWORK}/virtualNetworkGateways/gw"
    known = {
        "/virtualNetworks": [vnet], "/networkInterfaces": nics, "/resources": [{"id": gateway}],
        "/virtualMachines": [state if "statusOnly" in asked.path else {"id": vm, "properties": {}}],
        "/effectiveRouteTable": [
            {"source": "VirtualNetworkGateway", "state": "Active", "addressPrefix": ["10.9.0.0/16"],
             "nextHopType": "VirtualNetworkGateway"}],
        "/effectiveNetworkSecurityGroups": [], "/listNetworkManagerEffectiveSecurityAdminRules": [],
    }  # fmt: skip
    if path == gateway:
        return Response(body=json.dumps({"id": gateway, "name": "gw", "properties": {"enableBgp": True}}).encode())
    found = [values for end, values in known.items() if path.endswith(end)]
    return listing(*found[0]) if found else listing()


def test_what_a_gateway_teaches_is_asked_of_one_nic_of_a_subnet() -> None:
    with serving(gateway_network) as server:
        live = load_inventory([f"azure:{SUBSCRIPTION}"], cloud=Cloud(arm_endpoint=server.url))
    asked = [one.path.partition("?")[0].rpartition("/")[2] for one in server.asked if one.method == "POST"]
    assert sorted(asked) == ["effectiveNetworkSecurityGroups", "effectiveRouteTable",
                             "listNetworkManagerEffectiveSecurityAdminRules"]  # fmt: skip
    subnet = f"{NETWORK}/virtualNetworks/v/subnets/s".casefold()
    assert live.expansions[subnet].learned == ("10.9.0.0/16",)
    assert list(live.gateways) == [f"{NETWORK}/virtualNetworkGateways/gw".casefold()]
    assert list(live.admin_rules.values()) == [()]


def test_names_of_subscriptions_are_looked_up() -> None:
    def answer(asked: Asked) -> Response:
        if asked.path.startswith("/subscriptions?"):
            return listing({"subscriptionId": SUBSCRIPTION, "displayName": "Shop (prod)"})
        return listing()

    with serving(answer) as server:
        assert taken(server.url, "azure:shop (PROD)")["resources"] == []
        with pytest.raises(AzureError, match="no subscription 'nobody'"):
            taken(server.url, "azure:nobody")
        with pytest.raises(AzureError, match="names no subscription"):
            taken(server.url, "azure:")


def test_the_role_allows_what_is_read_and_nothing_else() -> None:
    found = role((SUBSCRIPTION,))
    assert found["AssignableScopes"] == [f"/subscriptions/{SUBSCRIPTION}"]
    assert {one.action for one in LISTS} <= set(ACTIONS)
    assert all(action.endswith(("/read", "/action")) for action in ACTIONS)
    assert not any("*" in action or "write" in action or "delete" in action for action in ACTIONS)


def test_admin_rules_are_read_to_the_last_page() -> None:
    """Their next page is asked for in the body."""
    vnet = {"id": f"{NETWORK}/virtualNetworks/v", "name": "v", "properties": {"addressSpace": {"addressPrefixes": []}}}
    pages = {"": ("one", "t1"), "t1": ("two", "t2"), "t2": ("three", "")}

    def answer(asked: Asked) -> Response:
        if asked.method == "POST":
            name, following = pages[json.loads(asked.body).get("skipToken", "")]
            return Response(body=json.dumps({"value": [{"id": f"/r/{name}"}], "skipToken": following}).encode())
        return listing(vnet) if "/virtualNetworks?" in asked.path else listing()

    with serving(answer) as server:
        resources = taken(server.url)["resources"]
    assert isinstance(resources, list)
    answers = [r["value"] for r in resources if r["id"].endswith("listNetworkManagerEffectiveSecurityAdminRules")]
    assert answers == [[{"id": "/r/one"}, {"id": "/r/two"}, {"id": "/r/three"}]]
