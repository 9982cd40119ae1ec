"""The list of all resources and its filters, providers and their versions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from flowspec.server.run import RunningTwin, load
from flowspec.server.versions import COMPUTE, NETWORK, RESOURCES, exists
from tests.server.asking import ARM, BASE, FLOW, GROUP, NSG, VM, ask
from tests.server.conftest import Start
from tests.server.networks import SUB, contoso, written
from tests.server.networks import VM as FAR

ALL = f"/subscriptions/{SUB}/resources"


def names(twin: RunningTwin, text: str, path: str = ALL) -> list[str]:
    reply = ask(twin, "GET", f"{path}?{ARM}&$filter={quote(text)}")
    assert reply.status == 200
    return [one["name"] for one in reply.json["value"]]


@pytest.fixture(scope="module")
def contosos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTwin]:
    with RunningTwin(load([str(written(tmp_path_factory.mktemp("contoso"), contoso()))])) as twin:
        yield twin


NSGS = "resourceType eq 'Microsoft.Network/networkSecurityGroups'"
VMS = "resourceType eq 'microsoft.compute/virtualmachines'"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (NSGS, ["contoso-nsg"]),
        ("name eq 'ContosoVM'", ["ContosoVM"]),
        ("name eq 'contosovm'", ["ContosoVM"]),
        ("name eq 'nobody'", []),
        (f"{VMS} and name eq 'nobody'", []),
        (f"{VMS} or {NSGS}", ["ContosoVM", "contoso-nsg"]),
        (f"({VMS} or {NSGS}) and substringof('nsg', name)", ["contoso-nsg"]),
        ("tagName eq 'env'", ["ContosoVM"]),
        ("tagName eq 'env' and tagValue eq 'prod'", ["ContosoVM"]),
        ("tagname eq 'env' and tagvalue eq 'web team'", []),
        ("tagName eq 'owner' and tagValue eq 'web team'", ["ContosoVM"]),
        ("tagValue eq 'prod'", ["ContosoVM"]),
        ("tagName eq 'none'", []),
        ("resourceGroup eq 'contosoexamplerg' and startswith(name, 'contosoV')", ["ContosoVM", "contosovm842"]),
        ("resourceGroup eq 'NetworkWatcherRG'", ["NetworkWatcher_westcentralus"]),
        ("location eq 'West Central US' and name ne 'contoso-nsg' and resourceType ne 'x' and startswith(name, "
         "'contoso-n')", []),
        ("location eq 'eastus'", []),
    ],
)  # fmt: skip
def test_filters(contosos: RunningTwin, text: str, found: list[str]) -> None:
    assert names(contosos, text) == found


def test_a_group_lists_its_own(contosos: RunningTwin) -> None:
    group = f"/subscriptions/{SUB}/resourceGroups/contosoexamplerg/resources"
    assert names(contosos, "", group) == [
        "ContosoVM", "contoso-asg", "contosovm842", "contoso-nsg", "contoso-routes", "contoso-vnet",
    ]  # fmt: skip
    assert names(contosos, "name eq 'contoso-nsg'", group) == ["contoso-nsg"]
    assert ask(contosos, "GET", group.replace("contosoexample", "none")).code == "ResourceGroupNotFound"


@pytest.mark.parametrize(
    "text",
    ["name", "name eq", "name eq 5", "name eq 'x", "name gt 'x'", "plan/publisher eq 'x'", "name eq 'x' and",
     "(name eq 'x'", "name eq 'x')", "substringof(name, 'x')", "endswith(name, 'x')", "tagName ne 'x'", "(" * 200, "'"],
)  # fmt: skip
def test_filters_that_are_not_read_are_refused(contosos: RunningTwin, text: str) -> None:
    reply = ask(contosos, "GET", f"{ALL}?{ARM}&$filter={quote(text)}")
    assert (reply.status, reply.code) == (400, "InvalidFilterInQueryString")


def test_providers_tell_their_versions(shop: RunningTwin) -> None:
    for name, listed in (("Network", NETWORK), ("compute", COMPUTE)):
        document = ask(shop, "GET", f"{BASE}/providers/microsoft.{name}").json
        kinds = {one["resourceType"]: one["apiVersions"] for one in document["resourceTypes"]}
        assert all(versions == sorted(listed, reverse=True) for versions in kinds.values())
        assert {"networkSecurityGroups", "virtualMachines"} & set(kinds)
    listed_all = ask(shop, "GET", f"{BASE}/providers").json["value"]
    assert all(kind["apiVersions"] for one in listed_all for kind in one["resourceTypes"])


@pytest.mark.parametrize(
    ("path", "version", "status", "code", "words"),
    [
        (NSG, "2019-01-01", 400, "NoRegisteredProviderFound",
         "No registered resource provider found for location 'westeurope' and API version '2019-01-01' for type "
         "'networkSecurityGroups'. The supported api-versions are '2014-12-01-preview, 2015-05-01-preview, "),
        (f"{VM}", "2024-05-01", 400, "NoRegisteredProviderFound", "for type 'virtualMachines'"),
        (f"{BASE}/providers/Microsoft.Network/networkSecurityGroups", "2099-01-01", 404, "InvalidResourceType",
         "The resource type 'networkSecurityGroups' could not be found in the namespace 'Microsoft.Network' for api "
         "version '2099-01-01'. The supported api-versions are '"),
        (f"{BASE}/resources", "2024-05-01", 400, "InvalidApiVersionParameter",
         "The api-version '2024-05-01' is invalid. The supported versions are '"),
        ("/subscriptions", "2024-05-01", 400, "InvalidApiVersionParameter", "'2024-05-01' is invalid"),
        (GROUP, "1999-01-01", 400, "InvalidApiVersionParameter", "'1999-01-01' is invalid"),
        ("/subscriptions", "latest", 400, "InvalidApiVersionParameter", "'latest' is invalid"),
    ],
)  # fmt: skip
def test_versions_that_do_not_exist(
    shop: RunningTwin, path: str, version: str, status: int, code: str, words: str
) -> None:
    reply = ask(shop, "GET", f"{path}?api-version={version}")
    assert (reply.status, reply.code) == (status, code)
    assert words in reply.json["error"]["message"]


def test_versions_that_may_have_come_since() -> None:
    day = datetime.now(UTC).date()
    assert exists(day.isoformat(), NETWORK)
    assert not exists((day + timedelta(days=2)).isoformat(), NETWORK)
    assert not exists("2024-05-02", NETWORK)
    assert exists("2015-05-01-preview", COMPUTE)
    assert all(exists(one, RESOURCES) for one in RESOURCES)


def test_a_watcher_sees_its_own_region(start: Start, tmp_path: Path) -> None:
    elsewhere = [dict(one, location="eastus") if one["name"] == "contoso-routes" else one for one in contoso()]
    twin = start(written(tmp_path, elsewhere))
    watchers = f"/subscriptions/{SUB}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers"
    profile = {"direction": "Inbound", "protocol": "*", "source": "*", "destination": "*", "destinationPort": "*"}
    for action, body in (
        ("ipFlowVerify", FLOW | {"targetResourceId": FAR, "localIPAddress": "10.1.1.2"}),
        ("nextHop", {"targetResourceId": FAR, "destinationIPAddress": "8.8.8.8"}),
        ("securityGroupView", {"targetResourceId": FAR}),
        ("networkConfigurationDiagnostic", {"targetResourceId": FAR, "profiles": [profile]}),
        ("connectivityCheck", {"source": {"resourceId": FAR}, "destination": {"address": "8.8.8.8", "port": 80}}),
    ):
        reply = ask(twin, "POST", f"{watchers}/NetworkWatcher_eastus/{action}", body)
        assert (reply.status, reply.code) == (400, "InvalidParameter")
        assert (
            "is in westcentralus, the network watcher NetworkWatcher_eastus in eastus" in reply.json["error"]["message"]
        )
        near = ask(twin, "POST", f"{watchers}/NetworkWatcher_westcentralus/{action}", body).status
        assert near == (501 if action == "connectivityCheck" else 202)
