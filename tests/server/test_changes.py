"""NSGs made, replaced and deleted, associations of NICs and subnets, and the power of VMs: all answers follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowspec.server.run import RunningTwin
from tests.server.asking import Json, Reply, ask
from tests.server.conftest import Start
from tests.server.networks import (
    ASG,
    GROUP,
    NETWORK,
    NIC,
    NSG,
    SUBNET,
    TABLE,
    VM,
    VNET,
    WATCHER,
    contoso,
    rule,
    written,
)

NEW = f"{NETWORK}/networkSecurityGroups/new-nsg"
FLOW = {
    "targetResourceId": VM,
    "direction": "Inbound",
    "protocol": "TCP",
    "localPort": "443",
    "remotePort": "50000",
    "localIPAddress": "10.1.1.2",
    "remoteIPAddress": "198.51.100.7",
}
OPEN = {"location": "westcentralus", "properties": {"securityRules": [rule("web", 100, destinationPortRange="443")]}}


@pytest.fixture
def twin(start: Start, tmp_path: Path) -> RunningTwin:
    return start(written(tmp_path, contoso()), sync=True)


def access(twin: RunningTwin) -> str:
    reply = ask(twin, "POST", f"{WATCHER}/ipFlowVerify", FLOW)
    return str(reply.json["ruleName"] if reply.status == 200 else reply.code)


def put(twin: RunningTwin, path: str, **changed: object) -> Reply:
    """GET, and PUT of what came with some properties changed; None leaves one out."""
    document = ask(twin, "GET", path).json
    properties = {n: v for n, v in (document["properties"] | changed).items() if v is not None}
    return ask(twin, "PUT", path, document | {"properties": properties})


def users(twin: RunningTwin, nsg: str) -> list[str]:
    properties = ask(twin, "GET", nsg).json["properties"]
    return [one["id"] for name in ("networkInterfaces", "subnets") for one in properties.get(name, [])]


def test_an_nsg_is_made_replaced_and_deleted(twin: RunningTwin) -> None:
    made = ask(twin, "PUT", NEW, OPEN | {"tags": {"b": "2", "a": "1"}})
    assert made.status == 201
    document = made.json
    assert (document["id"], document["location"], document["tags"]) == (NEW, "westcentralus", {"a": "1", "b": "2"})
    assert [one["name"] for one in document["properties"]["securityRules"]] == ["web"]
    assert len(document["properties"]["defaultSecurityRules"]) == 6
    assert ask(twin, "GET", NEW).json == document
    assert NEW in [one["id"] for one in ask(twin, "GET", NEW.rpartition("/")[0]).json["value"]]
    again = ask(twin, "PUT", NEW, {"location": "West Central US", "properties": {}})
    assert (again.status, again.json["properties"]["securityRules"], "tags" in again.json) == (200, [], False)
    assert again.json["etag"] != document["etag"]
    assert ask(twin, "DELETE", NEW, headers={"If-Match": document["etag"]}).status == 412
    assert ask(twin, "DELETE", NEW, headers={"If-Match": again.json["etag"]}).status == 200
    assert (ask(twin, "GET", NEW).status, ask(twin, "DELETE", NEW).status) == (404, 204)


def test_replacing_the_rules_changes_the_answers(twin: RunningTwin) -> None:
    assert access(twin) == "defaultSecurityRules/DenyAllInBound"
    assert ask(twin, "PUT", NSG, OPEN, {"If-Match": 'W/"file"'}).status == 200
    assert access(twin) == "securityRules/web"
    assert users(twin, NSG) == [NIC]
    assert ask(twin, "PUT", NSG, OPEN | {"properties": {}}).status == 200
    assert access(twin) == "defaultSecurityRules/DenyAllInBound"


def changed(**properties: object) -> Json:
    return OPEN | {"properties": {"securityRules": [rule("web", 100, **properties)]}}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (NEW, {"properties": {}}, 400, "LocationRequired"),
        (NSG, OPEN | {"location": "eastus"}, 409, "InvalidResourceLocation"),
        (f"{NEW}-", OPEN, 400, "InvalidResourceName"),
        (NEW.replace("Contoso", "No"), OPEN, 404, "ResourceGroupNotFound"),
        (NEW, OPEN | {"properties": {"securityRules": [rule("a", 99)]}}, 400, "SecurityRuleInvalidPriority"),
        (NEW, OPEN | {"properties": {"securityRules": [rule("a", 100), rule("b", 100)]}}, 400, "SecurityRuleConflict"),
        (NEW, OPEN | {"properties": {"securityRules": [rule("a", 100), rule("A", 101)]}}, 400, "InvalidRequestFormat"),
        (NEW, OPEN | {"properties": {"securityRules": [rule("a b", 100)]}}, 400, "InvalidResourceName"),
        (NEW, OPEN | {"properties": {"securityRules": {}}}, 201, ""),
        (NEW, OPEN | {"properties": {"securityRules": {"x": 1}}}, 400, "InvalidRequestFormat"),
        (NEW, OPEN | {"properties": {"securityRules": ["x"]}}, 400, "InvalidRequestFormat"),
        (NEW, OPEN | {"properties": {"securityRules": [{}]}}, 400, "InvalidResourceName"),
        (NEW, OPEN | {"properties": 5}, 400, "InvalidRequestFormat"),
        (NEW, OPEN | {"tags": "x"}, 400, "InvalidRequestFormat"),
        (NEW, [], 400, "InvalidRequestFormat"),
    ],
)
def test_nsgs_that_azure_refuses(twin: RunningTwin, path: str, body: object, status: int, code: str) -> None:
    reply = ask(twin, "PUT", path, body)
    assert (reply.status, reply.code if code else "") == (status, code)
    assert access(twin) == "defaultSecurityRules/DenyAllInBound"


def test_a_nic_gets_another_nsg(twin: RunningTwin) -> None:
    ask(twin, "PUT", NEW, OPEN)
    reply = put(twin, NIC, networkSecurityGroup={"id": NEW})
    assert (reply.status, reply.json["properties"]["networkSecurityGroup"]) == (200, {"id": NEW})
    assert access(twin) == "securityRules/web"
    assert (users(twin, NEW), users(twin, NSG)) == ([NIC], [])
    refused = ask(twin, "DELETE", NEW)
    assert (refused.status, refused.code) == (400, "InUseNetworkSecurityGroupCannotBeDeleted")
    assert refused.json["error"]["message"] == (
        f"Network security group {NEW} cannot be deleted because it is in use by the following resources: {NIC}."
    )
    put(twin, NIC, networkSecurityGroup=None)
    assert access(twin) == "NsgsNotAppliedOnNic"
    assert ask(twin, "DELETE", NEW).status == 200


def test_a_subnet_gets_an_nsg_and_loses_it(twin: RunningTwin) -> None:
    ask(twin, "PUT", NSG, OPEN)
    ask(twin, "PUT", NEW, OPEN | {"properties": {}})
    assert access(twin) == "securityRules/web"
    reply = put(twin, SUBNET, networkSecurityGroup={"id": NEW}, routeTable={"id": TABLE})
    assert (reply.status, reply.json["properties"]["networkSecurityGroup"]) == (200, {"id": NEW})
    assert access(twin) == "defaultSecurityRules/DenyAllInBound"
    assert users(twin, NEW) == [SUBNET]
    (shown,) = ask(twin, "GET", VNET).json["properties"]["subnets"]
    assert (shown["properties"]["networkSecurityGroup"], shown["properties"]["routeTable"]) == (
        {"id": NEW},
        {"id": TABLE},
    )
    body = {"properties": {"addressPrefix": "10.1.1.0/24"}}
    assert "networkSecurityGroup" not in ask(twin, "PUT", SUBNET, body).json["properties"]
    assert (access(twin), users(twin, NEW)) == ("securityRules/web", [])


def test_a_nic_joins_an_application_security_group(twin: RunningTwin) -> None:
    members = {"destinationAddressPrefix": None, "destinationApplicationSecurityGroups": [{"id": ASG}]}
    ask(twin, "PUT", NSG, changed(**members))
    assert access(twin) == "defaultSecurityRules/DenyAllInBound"
    body = {"properties": {"networkSecurityGroup": {"id": NSG}, "ipConfigurations": [
        {"name": "IPCONFIG1",
         "properties": {"subnet": {"id": SUBNET.upper()}, "applicationSecurityGroups": [{"id": ASG}]}}
    ]}}  # fmt: skip
    assert ask(twin, "PUT", NIC, body).status == 200
    assert access(twin) == "securityRules/web"


def configured(**properties: object) -> Json:
    usual = {"privateIPAddress": "10.1.1.2", "subnet": {"id": SUBNET}, "primary": True}
    return {"properties": {"ipConfigurations": [{"name": "ipconfig1", "properties": usual | properties}]}}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (NIC, configured(privateIPAddress="10.1.1.9"), 501, "NotImplemented"),
        (NIC, configured(subnet={"id": f"{SUBNET}2"}), 501, "NotImplemented"),
        (NIC, configured(publicIPAddress={"id": f"{NETWORK}/publicIPAddresses/x"}), 501, "NotImplemented"),
        (NIC, {"properties": {"ipConfigurations": []}}, 501, "NotImplemented"),
        (NIC, {"properties": configured()["properties"] | {"dnsSettings": {"dnsServers": ["1.1.1.1"]}}}, 501,
         "NotImplemented"),
        (NIC, {"properties": configured()["properties"] | {"networkSecurityGroup": {"id": NEW}}}, 400,
         "InvalidResourceReference"),
        (NIC, configured(applicationSecurityGroups=[{"id": f"{ASG}2"}]), 400, "InvalidResourceReference"),
        (NIC, {"location": "eastus"} | configured(), 409, "InvalidResourceLocation"),
        (NIC, {}, 400, "InvalidRequestFormat"),
        (NIC, {"properties": {"ipConfigurations": [{"name": "ipconfig1"}]}}, 400, "InvalidRequestFormat"),
        (f"{NIC}2", configured(), 501, "NotImplemented"),
        (SUBNET, {"properties": {"addressPrefix": "10.1.2.0/24"}}, 501, "NotImplemented"),
        (SUBNET, {"properties": {}}, 501, "NotImplemented"),
        (SUBNET, {"properties": {"addressPrefix": "10.1.1.0/24", "natGateway": {"id": "x"}}}, 501, "NotImplemented"),
        (SUBNET, {"properties": {"addressPrefix": "10.1.1.0/24", "networkSecurityGroup": {"id": NEW}}}, 400,
         "InvalidResourceReference"),
        (SUBNET, {"properties": {"addressPrefix": "10.1.1.0/24", "routeTable": {"id": f"{TABLE}2"}}}, 400,
         "InvalidResourceReference"),
        (f"{SUBNET}2", {"properties": {"addressPrefix": "10.1.1.0/24"}}, 501, "NotImplemented"),
        (f"{VNET}2/subnets/default", {"properties": {"addressPrefix": "10.1.1.0/24"}}, 404, "NotFound"),
    ],
)  # fmt: skip
def test_what_the_twin_does_not_change_it_refuses(
    twin: RunningTwin, path: str, body: object, status: int, code: str
) -> None:
    """A success that changes less than it was asked for would be untrue."""
    before = [ask(twin, "GET", one).json for one in (NIC, VNET)]
    reply = ask(twin, "PUT", path, body)
    assert (reply.status, reply.code) == (status, code)
    assert [ask(twin, "GET", one).json for one in (NIC, VNET)] == before


@pytest.mark.parametrize(("method", "path"), [("DELETE", NIC), ("DELETE", SUBNET), ("PUT", VNET), ("PUT", VM)])
def test_what_it_does_not_take(twin: RunningTwin, method: str, path: str) -> None:
    assert ask(twin, method, path, {}).code == "MethodNotAllowed"


def test_a_stale_etag_guards_an_association(twin: RunningTwin) -> None:
    for path in (NIC, SUBNET):
        document = ask(twin, "GET", path).json
        assert ask(twin, "PUT", path, document, {"If-Match": 'W/"other"'}).status == 412
        assert ask(twin, "PUT", path, document, {"If-Match": document["etag"]}).status == 200
        assert ask(twin, "PUT", path, document, {"If-Match": document["etag"]}).status == 412


def test_associations_are_done_when_polled(start: Start, tmp_path: Path) -> None:
    twin = start(written(tmp_path, contoso()), retry_after=0)

    def now() -> str:
        reply = ask(twin, "POST", f"{WATCHER}/ipFlowVerify", FLOW)
        return str(ask(twin, "GET", reply.headers["Location"]).json["ruleName"]) if reply.status == 202 else reply.code

    running = put(twin, NIC, networkSecurityGroup=None)
    assert (running.json["properties"]["provisioningState"], now()) == (
        "Updating",
        "defaultSecurityRules/DenyAllInBound",
    )
    assert ask(twin, "DELETE", NSG).code == "AnotherOperationInProgress"
    ask(twin, "GET", running.headers["Azure-AsyncOperation"])
    assert (ask(twin, "GET", NIC).json["properties"]["provisioningState"], now()) == (
        "Succeeded",
        "NsgsNotAppliedOnNic",
    )
    gone = ask(twin, "DELETE", NSG)
    assert put(twin, NIC, networkSecurityGroup={"id": NSG}).code == "AnotherOperationInProgress"
    assert (gone.status, ask(twin, "GET", NSG).json["properties"]["provisioningState"]) == (202, "Deleting")
    assert ask(twin, "GET", gone.headers["Location"]).status == 204
    assert ask(twin, "GET", NSG).status == 404


@pytest.mark.parametrize("sync", [True, False])
def test_a_machine_is_deallocated_and_started(start: Start, tmp_path: Path, sync: bool) -> None:
    twin = start(written(tmp_path, contoso()), sync=sync, retry_after=0)

    def power() -> str:
        view = ask(twin, "GET", f"{VM}/instanceView").json
        return str(next(one["code"] for one in view["statuses"] if one["code"].startswith("PowerState/")))

    for action, during, after, refused in (
        ("deallocate", "deallocating", "deallocated", "VMNotAllocated"),
        ("start", "starting", "running", ""),
    ):
        reply = ask(twin, "POST", f"{VM}/{action}")
        assert reply.status == (200 if sync else 202)
        if not sync:
            assert power() == f"PowerState/{during}"
            assert "/providers/Microsoft.Compute/locations/westcentralus/operations/" in reply.headers["Location"]
            assert "monitor=true" in reply.headers["Location"]
            assert ask(twin, "GET", reply.headers["Azure-AsyncOperation"]).json == {"status": "Succeeded"}
            assert ask(twin, "GET", reply.headers["Location"]).status == 200
        assert power() == f"PowerState/{after}"
        flow = ask(twin, "POST", f"{WATCHER}/ipFlowVerify", FLOW)
        assert (flow.status, flow.code if refused else "") == (400 if refused else 200 if sync else 202, refused)
    assert (
        ask(twin, "POST", f"{GROUP}/providers/Microsoft.Compute/virtualMachines/none/start").code == "ResourceNotFound"
    )


def test_what_a_file_says_of_users_is_kept(start: Start, tmp_path: Path) -> None:
    """An NSG that also serves a NIC of elsewhere goes on to show it."""
    far = {"id": "/subscriptions/x/resourceGroups/y/providers/Microsoft.Network/networkInterfaces/far"}
    resources = contoso()
    nsg = next(one for one in resources if one["id"] == NSG)
    nsg["properties"]["networkInterfaces"] = [far, {"id": NIC}]
    twin = start(written(tmp_path, resources), sync=True)
    put(twin, NIC, networkSecurityGroup=None)
    assert users(twin, NSG) == [far["id"]]
