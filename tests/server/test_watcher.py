"""securityGroupView, topology and connectivityCheck: as recorded, or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flowspec.model.inventory import key
from flowspec.server.options import TwinOptions
from flowspec.server.run import RunningTwin, load
from tests.engine.loading import recorded
from tests.server.asking import Json, Reply, ask
from tests.server.conftest import Start
from tests.server.networks import NETWORK, NSG, SUB, SUBNET, TABLE, VM, VNET, WATCHER, contoso, nic, rule, written

VIEWS = recorded("effective")["views"]
TOPOLOGIES = recorded("topology")["rows"]


class Twins:
    """A running twin for each recorded state, started when it is first asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[tuple[str, str], RunningTwin] = {}

    def of(self, name: str, state: str) -> RunningTwin:
        if (name, state) not in self.running:
            file = self.folder / f"{name}-{state}.json"
            file.write_text(json.dumps(recorded(name)["states"][state]), "utf-8")
            self.running[name, state] = RunningTwin(load([str(file)]), TwinOptions(sync=True)).start()
        return self.running[name, state]


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    found = Twins(tmp_path_factory.mktemp("states"))
    yield found
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(RunningTwin.stop, found.running.values()))


def watcher_in(twin: RunningTwin, subscription: str, region: str = "") -> str:
    path = f"/subscriptions/{subscription}/providers/Microsoft.Network/networkWatchers"
    listed = ask(twin, "GET", path).json["value"]
    return str(next(one["id"] for one in listed if region in one["location"]))


def as_recorded(rule_shown: Json) -> Json:
    """An effective rule in the spelling of the recorded facts: each value once, and `*` for any address."""
    found = {name: rule_shown[name] for name in ("name", "direction", "priority", "access", "protocol")}
    for side in ("source", "destination"):
        prefixes = {"*" if p == "0.0.0.0/0" else p for p in rule_shown[f"{side}AddressPrefixes"]}
        found[side] = sorted(prefixes)
        found[f"{side}_ports"] = sorted(set(rule_shown[f"{side}PortRanges"]))
        assert rule_shown[f"{side}AddressPrefix"] == rule_shown[f"{side}AddressPrefixes"][0]
    return found


def recorded_rule(fact: Json) -> Json:
    sides = {side: sorted({"*" if p == "0.0.0.0/0" else p for p in fact[side]}) for side in ("source", "destination")}
    return fact | sides | {name: sorted(fact[name]) for name in ("source_ports", "destination_ports")}


def by_name(rules: list[Json]) -> list[Json]:
    return sorted(rules, key=lambda one: (one["name"], one["direction"], one["priority"]))


@pytest.mark.parametrize("row", VIEWS, ids=lambda row: row["id"])
def test_security_group_view(twins: Twins, row: Json) -> None:
    twin = twins.of("effective", row["state"])
    interface = ask(twin, "GET", row["nic"]).json
    machine = interface["properties"]["virtualMachine"]["id"]
    watcher = watcher_in(twin, machine.split("/")[2], interface["location"])
    shown = ask(twin, "POST", f"{watcher}/securityGroupView", {"targetResourceId": machine}).json["networkInterfaces"]
    (found,) = [one["securityRuleAssociations"] for one in shown if key(one["id"]) == key(row["nic"])]
    names = {"nic": "networkInterfaceAssociation", "subnet": "subnetAssociation"}
    associated = {side: [r["name"] for r in found[n]["securityRules"]] for side, n in names.items() if n in found}
    assert associated == row["associated"]
    assert [r["name"] for r in found["defaultSecurityRules"]] == [
        "AllowVnetInBound", "AllowAzureLoadBalancerInBound", "DenyAllInBound", "AllowVnetOutBound",
        "AllowInternetOutBound", "DenyAllOutBound",
    ]  # fmt: skip
    assert {r["id"].rpartition("/providers/")[0] for r in found["defaultSecurityRules"]} == {
        "/subscriptions//resourceGroups/"
    }
    wanted = [recorded_rule(fact) for fact in recorded("effective")["rules"][row["rules"]]]
    assert by_name([as_recorded(one) for one in found["effectiveSecurityRules"]]) == by_name(wanted)


@pytest.mark.parametrize("row", TOPOLOGIES, ids=lambda row: row["id"])
def test_topology(twins: Twins, row: Json) -> None:
    twin = twins.of("topology", row["state"])
    subscription = row["watcher"].split("/")[2]
    document = ask(
        twin, "POST", f"{watcher_in(twin, subscription)}/topology", {"targetResourceGroupName": row["group"]}
    ).json
    assert list(document) == ["id", "createdDateTime", "lastModified", "resources"]
    found = {
        key(one["id"]): sorted([link["associationType"], key(link["resourceId"])] for link in one["associations"])
        for one in document["resources"]
    }
    if row["date"] < "2017-09":  # until then a subnet did not show its NSG
        found = {one: [] if "/subnets/" in one else links for one, links in found.items()}
    assert found == {
        key(one): sorted([kind, key(other)] for kind, other in links) for one, links in row["resources"].items()
    }
    for one in document["resources"]:
        assert list(one) in (
            ["name", "id", "location", "associations", "properties"], ["name", "id", "associations", "properties"],
        )  # fmt: skip
        assert one["id"].endswith(f"/{one['name']}")


def names(reply: Reply) -> set[str]:
    return {one["name"] for one in reply.json["resources"]}


def test_topology_of_a_vnet_and_of_a_subnet(start: Start, tmp_path: Path) -> None:
    twin = start(written(tmp_path, contoso([rule("web", 100)])))
    around = {"ContosoVM", "contosovm842", "contoso-nsg", "web", "contoso-vnet", "default"}
    for body in ({"targetVirtualNetwork": {"id": VNET}}, {"targetSubnet": {"id": SUBNET}}):
        assert names(ask(twin, "POST", f"{WATCHER}/topology", body)) == around
    reply = ask(twin, "POST", f"{WATCHER}/topology", {"targetSubnet": {"id": f"{SUBNET}2"}})
    assert (reply.status, reply.code) == (412, "NoMatchingResource")
    assert ask(twin, "POST", f"{WATCHER}/topology", {}).code == "InvalidParameter"
    reply = ask(twin, "POST", f"{WATCHER}/topology", {"targetResourceGroupName": "none"})
    assert (reply.status, reply.code) == (404, "ResourceGroupNotFound")
    group = {"targetResourceGroupName": "CONTOSOEXAMPLERG"}
    assert names(ask(twin, "POST", f"{WATCHER}/topology", group)) == around


def test_topology_is_that_of_the_watchers_region(start: Start, tmp_path: Path) -> None:
    vnet = {"id": f"{NETWORK}/virtualNetworks/far", "location": "eastus", "properties": {"subnets": []}}
    twin = start(written(tmp_path, [*contoso(), vnet]))
    group = {"targetResourceGroupName": "ContosoExampleRG"}
    for region, shown in (("eastus", {"far"}), ("westcentralus", names_of_contoso())):
        watcher = WATCHER.replace("westcentralus", region)
        assert names(ask(twin, "POST", f"{watcher}/topology", group)) == shown


def names_of_contoso() -> set[str]:
    return {"ContosoVM", "contosovm842", "contoso-nsg", "contoso-vnet", "default"}


def test_view_of_what_has_no_nsg_and_of_no_machine(start: Start, tmp_path: Path) -> None:
    twin = start(written(tmp_path, contoso(nsg=False)), sync=True)
    call = f"{WATCHER}/securityGroupView"
    assert ask(twin, "POST", call, {"targetResourceId": VM}).json == {"networkInterfaces": []}
    reply = ask(twin, "POST", call, {"targetResourceId": f"{VM}2"})
    assert (reply.status, reply.code) == (412, "NoMatchingResource")
    ask(twin, "POST", f"{VM}/deallocate")
    assert ask(twin, "POST", call, {"targetResourceId": VM}).code == "VMNotAllocated"


def check(twin: RunningTwin, **destination: object) -> Reply:
    body = {"source": {"resourceId": VM}, "destination": {"port": 3389} | destination}
    return ask(twin, "POST", f"{WATCHER}/connectivityCheck", body)


def issues(hop: Json) -> list[str]:
    return [f"{one['origin']} {one['severity']} {one['type']} {one['context'][0]['value']}" for one in hop["issues"]]


def test_connectivity_as_recorded(start: Start, tmp_path: Path) -> None:
    """A flow to private space outside the VNet: no route, and the default rules deny it (recorded, 2020)."""
    twin = start(written(tmp_path, contoso()), sync=True)
    document = check(twin, address="192.168.100.4").json
    assert {n: v for n, v in document.items() if n != "hops"} == {
        "connectionStatus": "Unreachable", "probesSent": 30, "probesFailed": 30,
    }  # fmt: skip
    source, destination = document["hops"]
    assert (source["type"], source["address"], source["resourceId"]) == ("Source", "10.1.1.2", VM)
    assert (destination["type"], destination["address"], destination["resourceId"]) == (
        "Destination",
        "192.168.100.4",
        "",
    )
    assert source["nextHopIds"] == [destination["id"]]
    assert destination["previousHopIds"] == [source["id"]]
    assert [link["nextHopId"] for link in source["links"] + destination["previousLinks"]] == [destination["id"]] * 2
    assert issues(source) == [
        "Outbound Error UserDefinedRoute Default",
        "Outbound Error NetworkSecurityRule DefaultRule_DenyAllOutBound",
    ]
    assert issues(destination) == []


def test_connectivity_stopped_at_either_end(start: Start, tmp_path: Path) -> None:
    group = {"id": NSG}
    nics = [nic("contosovm842", "10.1.1.2", networkSecurityGroup=group)]
    other = nic("far", "10.1.1.3", networkSecurityGroup=group, virtualMachine=None)
    rules = [rule("out", 100, direction="Outbound", access="Deny", destinationPortRange="1"),
             rule("in", 100, access="Deny", destinationPortRange="2")]  # fmt: skip
    twin = start(written(tmp_path, [*contoso(rules, nics=nics), other]), sync=True)
    for port, outbound, inbound in (
        (1, ["Outbound Error NetworkSecurityRule UserRule_out"], []),
        (2, [], ["Inbound Error NetworkSecurityRule UserRule_in"]),
    ):
        for destination in ({"address": "10.1.1.3"}, {"resourceId": other["id"]}):
            source, far = check(twin, port=port, **destination).json["hops"]
            assert (issues(source), issues(far)) == (outbound, inbound)
    assert check(twin, port=3, address="10.1.1.3").status == 501


def test_who_has_the_address_in_another_vnet_is_not_asked(start: Start, tmp_path: Path) -> None:
    """Nothing leads there: what that NIC's NSG denies says nothing of the flow."""
    far = nic("far", "10.9.0.5", networkSecurityGroup={"id": NSG}, virtualMachine=None)
    elsewhere = f"{NETWORK}/virtualNetworks/other"
    far["properties"]["ipConfigurations"][0]["properties"]["subnet"] = {"id": f"{elsewhere}/subnets/s"}
    subnets = [{"id": f"{elsewhere}/subnets/s", "name": "s", "properties": {"addressPrefix": "10.9.0.0/24"}}]
    vnet = {"id": elsewhere, "properties": {"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}, "subnets": subnets}}
    rules = [rule("in", 100, access="Deny"), rule("out", 100, direction="Outbound", access="Deny")]
    twin = start(written(tmp_path, [*contoso(rules), far, vnet]), sync=True)
    source, destination = check(twin, address="10.9.0.5").json["hops"]
    assert "Outbound Error NetworkSecurityRule UserRule_out" in issues(source)
    assert (destination["resourceId"], issues(destination)) == ("", [])


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"destination": {"address": "8.8.8.8", "port": 443}}, 501, "whether someone listens there"),
        ({"destination": {"address": "example.com", "port": 443}}, 501, "resolves no names"),
        ({"destination": {"address": "2001:db8::1", "port": 443}}, 501, "IPv4 only"),
        ({"destination": {"address": "8.8.8.8", "port": 443}, "protocol": "Icmp"}, 501, "Tcp only"),
        ({"destination": {"address": "8.8.8.8"}}, 400, "destination.port is missing"),
        ({"destination": {"address": "8.8.8.8", "port": 70000}}, 400, "remotePort"),
        ({"destination": {"resourceId": f"{VM}2", "port": 1}}, 412, "no matching resource"),
        ({}, 400, "destination is missing"),
        ({"source": {}, "destination": {"address": "8.8.8.8", "port": 1}}, 412, "no matching resource"),
    ],
)
def test_connectivity_that_only_a_running_network_can_tell(
    start: Start, tmp_path: Path, body: Json, status: int, words: str
) -> None:
    twin = start(written(tmp_path, contoso()))
    reply = ask(twin, "POST", f"{WATCHER}/connectivityCheck", {"source": {"resourceId": VM}} | body)
    assert reply.status == status
    assert words in reply.json["error"]["message"]


def test_connectivity_where_the_model_does_not_know(start: Start, tmp_path: Path) -> None:
    """A rule with a tag that nobody has data for, and one that hinges on the source port."""
    tag = rule(
        "tag", 100, direction="Outbound", access="Deny", destinationAddressPrefix="Storage", destinationPortRange="1"
    )
    port = rule("port", 101, direction="Outbound", access="Deny", sourcePortRange="5", destinationPortRange="2")
    twin = start(written(tmp_path, contoso([tag, port])))
    assert "Storage" in check(twin, address="8.8.8.8", port=1).json["error"]["message"]
    assert "from which port" in check(twin, address="8.8.8.8", port=2).json["error"]["message"]


def test_connectivity_by_a_route_of_the_user(start: Start, tmp_path: Path) -> None:
    resources = contoso(subnet={"routeTable": {"id": TABLE}})
    table = next(one for one in resources if one["id"] == TABLE)
    hop = {"addressPrefix": "8.8.8.8/32", "nextHopType": "None"}
    table["properties"]["routes"] = [{"name": "sink", "properties": hop}]
    twin = start(written(tmp_path, resources), sync=True)
    source, _ = check(twin, address="8.8.8.8").json["hops"]
    assert issues(source)[0] == "Outbound Error UserDefinedRoute User"


def test_the_subscription_of_the_watchers(start: Start, tmp_path: Path) -> None:
    twin = start(written(tmp_path, contoso()))
    assert watcher_in(twin, SUB) == WATCHER
    assert ask(twin, "GET", f"{NETWORK}/networkSecurityGroups").status == 200
