"""The real azure-mgmt-network against the twin, over http and https."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import (  # noqa: TID251
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.mgmt.network import NetworkManagementClient  # noqa: TID251

from flowspec.server.options import TwinOptions
from flowspec.server.run import RunningTwin, load
from tests.server.asking import FLOW, NIC, RULE, SHOP, VM, ask, network_client
from tests.server.conftest import Start

RG, WATCHER = "rg-shop", ("NetworkWatcherRG", "NetworkWatcher_westeurope")


@pytest.fixture(params=["http 202", "https 200"])
def client(request: pytest.FixtureRequest, shop: RunningTwin, secure_shop: RunningTwin) -> NetworkManagementClient:
    return network_client(shop if request.param == "http 202" else secure_shop)


def test_verify_ip_flow(client: NetworkManagementClient) -> None:
    result = client.network_watchers.begin_verify_ip_flow(*WATCHER, FLOW).result()
    assert (result.access, result.rule_name) == ("Deny", "defaultSecurityRules/DenyAllInBound")
    assert result.as_dict()["ruleId"] == ""


def test_a_status_document_leads_to_the_result(start: Start) -> None:
    client = network_client(start(operations=True, retry_after=0, latency=0.1))
    assert client.network_watchers.begin_verify_ip_flow(*WATCHER, FLOW).result().access == "Deny"


def test_lists_are_read_page_by_page(start: Start) -> None:
    client = network_client(start(page_size=2))
    names = [nic.name for nic in client.network_interfaces.list_all()]
    assert names == ["nic-app-01", "nic-app-02", "nic-db-01", "nic-web-01", "nic-web-02"]
    assert [nic.name for nic in client.network_interfaces.list(RG)] == names


def test_resources_have_their_parts(client: NetworkManagementClient) -> None:
    nic = client.network_interfaces.get(RG, "nic-web-01")
    assert (nic.virtual_machine.id, nic.location) == (VM, "westeurope")
    assert nic.ip_configurations[0].private_ip_address == "10.20.1.4"
    (vnet,) = client.virtual_networks.list_all()
    assert vnet.address_space.address_prefixes == ["10.20.0.0/16"]
    assert [subnet.name for subnet in vnet.subnets] == [s.name for s in client.subnets.list(RG, vnet.name)]
    nsg = client.network_security_groups.get(RG, "nsg-web")
    assert len(nsg.default_security_rules) == 6
    assert [rule.name for rule in client.security_rules.list(RG, "nsg-web")] == [r.name for r in nsg.security_rules]
    assert client.default_security_rules.get(RG, "nsg-web", "DenyAllInBound").priority == 65500
    (watcher,) = client.network_watchers.list_all()
    assert (watcher.name, watcher.location) == (WATCHER[1], "westeurope")
    assert client.service_tags.list("westeurope").values_property == []


def test_effective_rules_and_routes(client: NetworkManagementClient) -> None:
    groups = client.network_interfaces.begin_list_effective_network_security_groups(RG, "nic-web-01").result().value
    assert [group.network_security_group.id.rpartition("/")[2] for group in groups] == ["nsg-web"]
    names = [rule.name for rule in groups[0].effective_security_rules]
    assert names[-1] == "defaultSecurityRules/DenyAllOutBound"
    routes = client.network_interfaces.begin_get_effective_route_table(RG, "nic-web-01").result().value
    assert (routes[0].address_prefix, routes[0].next_hop_type) == (["10.20.0.0/16"], "VnetLocal")
    body = {"targetResourceId": VM, "sourceIPAddress": "10.20.1.4", "destinationIPAddress": "10.20.2.4"}
    hop = client.network_watchers.begin_get_next_hop(*WATCHER, body).result()
    assert (hop.next_hop_type, hop.route_table_id) == ("VirtualNetwork", "System Route")


def test_diagnostic(client: NetworkManagementClient) -> None:
    profile = {
        "direction": "Inbound",
        "protocol": "TCP",
        "source": "198.51.100.7",
        "destination": "10.20.1.4",
        "destinationPort": "8080",
    }
    body = {"targetResourceId": VM, "profiles": [profile]}
    (result,) = client.network_watchers.begin_get_network_configuration_diagnostic(*WATCHER, body).result().results
    found = result.network_security_group_result
    assert found.security_rule_access_result == "Deny"
    assert found.evaluated_network_security_groups[0].matched_rule.rule_name == "DefaultRule_DenyAllInBound"


@pytest.mark.parametrize("sync", [False, True])
def test_a_rule_is_pushed_and_taken_back(start: Start, sync: bool) -> None:
    client = network_client(start(sync=sync, retry_after=0))

    def access() -> Any:
        return client.network_watchers.begin_verify_ip_flow(*WATCHER, FLOW).result().as_dict()["access"]

    rules = client.security_rules
    made = rules.begin_create_or_update(RG, "nsg-web", "let-in", {"properties": RULE}).result()
    assert (made.name, made.priority, made.provisioning_state, access()) == ("let-in", 300, "Succeeded", "Allow")
    rules.begin_create_or_update(RG, "nsg-web", "let-in", {"properties": RULE | {"access": "Deny"}}).result()
    assert (rules.get(RG, "nsg-web", "LET-IN").access, access()) == ("Deny", "Deny")
    rules.begin_create_or_update(RG, "nsg-web", "let-in", {"properties": RULE}).result()
    assert access() == "Allow"
    rules.begin_delete(RG, "nsg-web", "let-in").result()
    rules.begin_delete(RG, "nsg-web", "let-in").result()
    assert access() == "Deny"
    with pytest.raises(ResourceNotFoundError):
        rules.get(RG, "nsg-web", "let-in")


Asked = Callable[[NetworkManagementClient], Any]
ERRORS: list[tuple[Asked, type[HttpResponseError], int, str]] = [
    (lambda c: c.network_interfaces.get(RG, "none"), ResourceNotFoundError, 404, "ResourceNotFound"),
    (lambda c: c.network_interfaces.get("none", "none"), ResourceNotFoundError, 404, "ResourceGroupNotFound"),
    (lambda c: c.subnets.get(RG, "vnet-shop", "none"), ResourceNotFoundError, 404, "NotFound"),
    (
        lambda c: c.network_watchers.begin_verify_ip_flow("NetworkWatcherRG", "none", FLOW),
        ResourceNotFoundError, 404, "ResourceNotFound",
    ),
    (
        lambda c: c.network_watchers.begin_verify_ip_flow(*WATCHER, FLOW | {"protocol": "ICMP"}),
        HttpResponseError, 400, "InvalidParameter",
    ),
    (
        lambda c: c.security_rules.begin_create_or_update(RG, "none", "x", {"properties": RULE}),
        ResourceNotFoundError, 404, "ParentResourceNotFound",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "kind", "status", "code"), ERRORS, ids=[row[3] + str(row[2]) for row in ERRORS])
def test_errors(
    client: NetworkManagementClient, asked: Asked, kind: type[HttpResponseError], status: int, code: str
) -> None:
    with pytest.raises(kind) as refused:
        asked(client)
    assert (refused.value.status_code, refused.value.error.code) == (status, code)


def test_a_certificate_that_no_one_vouches_for_is_refused(secure_shop: RunningTwin) -> None:
    client = network_client(secure_shop, connection_verify=True)
    with pytest.raises(ServiceRequestError, match="CERTIFICATE_VERIFY_FAILED"):
        list(client.network_interfaces.list_all())


def test_a_twin_that_was_away(start: Start) -> None:
    """Stopped and started again it listens on its old port; what ran is forgotten, as after a crash."""
    with RunningTwin(load([SHOP]), TwinOptions(retry_after=0)) as twin:
        url, begun = twin.url, ask(twin, "POST", f"{NIC}/effectiveRouteTable")
        twin.stop()
        with pytest.raises(ConnectionError):
            ask(twin, "GET", NIC)
        twin.start()
        assert twin.url == url
        assert ask(twin, "GET", NIC).status == 200
        assert ask(twin, "GET", begun.headers["Location"]).code == "OperationNotFound"
