"""Resource Graph: a small part of the language over what the twin holds, the rest refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowspec.server import graph
from flowspec.server.estate import Estate
from flowspec.server.run import RunningTwin, load
from flowspec.server.wire import HttpCall, RefusedError
from flowspec.sources import load_inventory
from tests.server.asking import SHOP, SUBSCRIPTION, Json, Reply, ask
from tests.server.networks import SUB, contoso, written
from tests.server.test_lists import plain

URL = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTwin]:
    source = written(tmp_path_factory.mktemp("contoso"), contoso())
    with RunningTwin(load([str(source)])) as running:
        yield running


def query(twin: RunningTwin, text: str, **more: object) -> Reply:
    return ask(twin, "POST", URL, {"query": text} | more)


NAMES = ["ContosoVM", "contoso-asg", "contoso-nsg", "contoso-routes", "contoso-vnet", "contosovm842"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Resources | where type == 'microsoft.compute/virtualmachines' | project name", [{"name": "ContosoVM"}]),
        ("Resources | where type == 'Microsoft.Compute/virtualMachines' | project name", []),
        ("resources | where type =~ \"Microsoft.Compute/virtualMachines\" | project name, rg=resourceGroup",
         [{"name": "ContosoVM", "rg": "contosoexamplerg"}]),
        ("where type has 'x'", None),
        ("Resources | where name startswith 'contosov' or name endswith '-NSG' | order by name asc | project name",
         [{"name": "ContosoVM"}, {"name": "contoso-nsg"}, {"name": "contosovm842"}]),
        ("Resources | where resourceGroup != 'contosoexamplerg' | project name, type",
         [{"name": "NetworkWatcher_westcentralus", "type": "microsoft.network/networkwatchers"}]),
        ("Resources | where tags.env == 'prod' and tags['owner'] =~ 'WEB TEAM' | project name, tags.env",
         [{"name": "ContosoVM", "tags_env": "prod"}]),
        ("Resources | where properties.ipConfigurations[0].properties.privateIPAddress == '10.1.1.2' | project name",
         [{"name": "contosovm842"}]),
        ("Resources | where properties.disableBgpRoutePropagation == false | project name",
         [{"name": "contoso-routes"}]),
        ("Resources | where type in~ ('MICROSOFT.network/routetables', 'x') | project name",
         [{"name": "contoso-routes"}]),
        ("Resources | where type !in ('microsoft.network/routetables') | count", [{"Count": 6}]),
        ("Resources | where name contains 'NSG' | project n = tolower(name)", [{"n": "contoso-nsg"}]),
        ("Resources | where tostring(tags.env) != 'prod' | count", [{"Count": 6}]),
        ("Resources | where isnotempty(tags) and not(name == 'x')", None),
        ("Resources | where isnotempty(tags) | project name", [{"name": "ContosoVM"}]),
        ("Resources | where isempty(tags) | count", [{"Count": 6}]),
        ("Resources | where (name == 'contoso-nsg') | project location, kind, managedBy",
         [{"location": "westcentralus", "kind": "", "managedBy": ""}]),
        ("Resources | sort by name | take 1 | project name", [{"name": "contosovm842"}]),
        ("Resources | order by type asc, name desc | limit 2 | project name",
         [{"name": "ContosoVM"}, {"name": "contoso-asg"}]),
        ("ResourceContainers | where type == 'microsoft.resources/subscriptions' | project subscriptionId",
         [{"subscriptionId": SUB}]),
        ("ResourceContainers | where type == 'microsoft.resources/subscriptions/resourcegroups' | order by name asc "
         "| project name", [{"name": "ContosoExampleRG"}, {"name": "NetworkWatcherRG"}]),
        ("Resources | where name == 'it\\'s'", []),
    ],
)  # fmt: skip
def test_queries(twin: RunningTwin, text: str, rows: list[Json] | None) -> None:
    reply = query(twin, text)
    if rows is None:
        assert (reply.status, reply.code) == (501, "NotImplemented")
        return
    assert reply.status == 200
    assert reply.json["data"] == rows
    assert reply.json["count"] == reply.json["totalRecords"] == len(rows)
    assert reply.json["resultTruncated"] == "false"


@pytest.mark.parametrize(
    "text",
    ["Resources | summarize count() by type", "Resources | extend x = 1", "Resources | join (Resources) on id",
     "SecurityResources", "Resources | where name matches regex 'x'", "Resources | where name == location",
     "Resources |", "Resources | where", "Resources | where name ==", "Resources | project",
     "Resources where name == 'x'",
     "Resources | take all", "Resources | order name", "Resources | mv-expand tags", "let x = 1; Resources",
     "Resources | where name == 'x", "Resources | where strcat(name) == 'x'", "Resources | project name asc",
     "Resources | project tolower(name)", "Resources | where tags.env != 'prod'",
     "Resources | where tags['env'] !in ('prod')", "Resources | order by tags.env", "Resources | where tags.env !~ 'x'",
     "Resources | where name == 'x' // a comment", "Resources | where name == @'x'"],
)  # fmt: skip
def test_the_rest_is_refused_and_says_where(twin: RunningTwin, text: str) -> None:
    reply = query(twin, text)
    assert (reply.status, reply.code) == (501, "NotImplemented")
    assert "The twin" in reply.json["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [{}, {"query": ""}, {"query": 5}, {"query": "Resources | where nam == 'x'"}, {"query": "Resources", "options": 5},
     {"query": "Resources | project name | where type == 'x'"}, {"query": "Resources", "subscriptions": "x"},
     {"query": "Resources | where " + "(" * 100}, {"query": "x" * 30_000},
     {"query": "Resources", "options": {"$skipToken": "x"}}],
)  # fmt: skip
def test_bad_queries(twin: RunningTwin, body: Json) -> None:
    reply = ask(twin, "POST", URL, body)
    assert (reply.status, reply.code) == (400, "BadRequest")


def test_pages_subscriptions_and_tables(twin: RunningTwin) -> None:
    text = "Resources | where type != 'microsoft.network/networkwatchers' | order by name asc | project name"
    names, options = [], {"$top": 4}
    while True:
        page = query(twin, text, options=options).json
        names += [row["name"] for row in page["data"]]
        if "$skipToken" not in page:
            break
        options = {"$top": 4, "$skipToken": page["$skipToken"]}
    assert names == NAMES
    assert query(twin, text, options={"$skip": 5}).json["data"] == [{"name": "contosovm842"}]
    assert query(twin, text, subscriptions=["none"]).json["data"] == []
    assert query(twin, text, subscriptions=[SUB.upper()]).json["count"] == 6
    table = query(twin, "Resources | take 1 | project name, n=tags", options={"resultFormat": "table"}).json["data"]
    assert [column["name"] for column in table["columns"]] == ["name", "n"]
    assert len(table["rows"]) == 1
    reply = ask(twin, "POST", URL.replace("2021-03-01", "2021-03-02"), {"query": "Resources"})
    assert (reply.status, reply.code) == (404, "InvalidResourceType")


@pytest.mark.parametrize("form", ["objectArray", "table"])
def test_what_it_tells_reads_back(shop: RunningTwin, tmp_path: Path, form: str) -> None:
    answer = query(shop, "Resources", options={"resultFormat": form})
    (tmp_path / "graph.json").write_bytes(answer.body)
    again, own = plain(load_inventory([str(tmp_path / "graph.json")])), plain(load_inventory([SHOP]))
    assert SUBSCRIPTION in json.dumps(answer.json)
    assert {table: again[table] for table in ("nics", "nsgs", "subnets", "asgs", "route_tables")} == {
        table: own[table] for table in ("nics", "nsgs", "subnets", "asgs", "route_tables")
    }


WORDS = st.sampled_from(
    ["Resources", "|", "where", "name", "==", "'x'", "project", ",", "(", ")", "and", "or", "in", "tags", ".", "[", "]",
     "0", "order", "by", "asc", "take", "count", "=", "tolower", "isempty", "!in", "=~", '"', "\\", "é"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(words=st.lists(WORDS, max_size=14))
def test_any_query_is_answered_or_refused(words: list[str]) -> None:
    call = HttpCall(
        method="POST", path="/", query={}, body=json.dumps({"query": " ".join(words)}).encode(), origin="", headers={}
    )
    try:
        answer = graph.resources(SHOP_ESTATE, call)
    except RefusedError as refused:
        assert refused.status in (400, 501)
    else:
        assert answer.status == 200


SHOP_ESTATE: Estate = load([SHOP])
