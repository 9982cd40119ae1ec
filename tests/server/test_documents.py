"""Every call of the API's own two documents, byte for byte, and every statement that they make of its answer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from flowspec.server.lies import read_lies
from flowspec.server.run import RunningTwin
from tests.server.asking import Json, Reply, ask
from tests.server.conftest import Start
from tests.server.networks import NETWORK, NIC, SUB, VM, WATCHER, contoso, nic, rule, written

PRINTED = json.loads((Path(__file__).parents[1] / "data" / "documents.json").read_text("utf-8"))
HOW_TO, REFERENCE = PRINTED["how-to"], PRINTED["reference"]
OUTBOUND = {"access": "Deny", "ruleName": "defaultSecurityRules/DenyAllOutBound", "ruleId": ""}

VALUES = {
    "subscriptionId": SUB,
    "resourceGroupName": "ContosoExampleRG",
    "networkWatcherName": "NetworkWatcher_westcentralus",
    "vmName": "ContosoVM",
    "vmNICName": "contosovm842",
    "direction": "Outbound",
    "localIP": "10.1.1.2",
    "localPort": "60000",
    "remoteIP": "10.2.1.2",
    "remotePort": "80",
    "protocol": "TCP",
}


def set_in(text: str, **values: str) -> str:
    """The text with `$name` and `${name}` as PowerShell sets them, and `{name}` as the reference means it."""
    known = VALUES | values
    return re.sub(
        r"\$\{(\w+)\}|\$(\w+)|\{(\w+)\}", lambda found: known.get(found[1] or found[2] or found[3], found[0]), text
    )


def how_to(twin: RunningTwin, **values: str) -> Reply:
    """The script's POST; the watcher lies in a group of its own, as its note says."""
    targets = {name: set_in(text, **values) for name, text in HOW_TO["examples"].items()}
    address = set_in(HOW_TO["post"], **({"resourceGroupName": "NetworkWatcherRG"} | values))
    path = address.replace("https://management.azure.com", "")
    return ask(twin, "POST", path, set_in(HOW_TO["body"], **(targets | values)).encode())


def reference(twin: RunningTwin, body: str | None = None, version: str = "2016-12-01") -> Reply:
    path = set_in(REFERENCE["uri"], resourceGroupName="NetworkWatcherRG").replace("{api-version}", version)
    return ask(twin, "POST", path, (body or set_in(REFERENCE["body"])).encode())


def result(twin: RunningTwin, reply: Reply) -> Json:
    while reply.status == 202:
        reply = ask(twin, "GET", reply.headers["Location"])
    assert reply.status == 200
    return dict(reply.json)


@pytest.fixture
def twin(start: Start, tmp_path: Path) -> RunningTwin:
    return start(written(tmp_path, contoso()), retry_after=0)


def test_the_script_reads_the_machines(twin: RunningTwin) -> None:
    """The id of the VM and of its NIC, its type, place and name: what the next step is set with."""
    reply = ask(twin, "GET", set_in(HOW_TO["get"]).replace("https://management.azure.com", ""))
    (machine,) = reply.json["value"]
    assert [machine[name] for name in ("id", "name", "type", "location")] == [
        VM, "ContosoVM", "Microsoft.Compute/virtualMachines", "westcentralus",
    ]  # fmt: skip
    assert machine["properties"]["networkProfile"]["networkInterfaces"] == [{"id": NIC}]


def test_the_script_asks(twin: RunningTwin) -> None:
    assert b"'direction':  'Outbound'" in set_in(HOW_TO["body"]).encode()
    assert result(twin, how_to(twin)) == OUTBOUND


@pytest.mark.parametrize(
    ("values", "answer"),
    [
        ({"remoteIP": "8.8.8.8"}, "Allow defaultSecurityRules/AllowInternetOutBound"),
        ({"direction": "Inbound", "remoteIP": "8.8.8.8"}, "Deny defaultSecurityRules/DenyAllInBound"),
        ({"protocol": "UDP"}, "Deny defaultSecurityRules/DenyAllOutBound"),
        ({"protocol": "*"}, "Deny defaultSecurityRules/DenyAllOutBound"),
        ({"remotePort": "80-120"}, "Deny defaultSecurityRules/DenyAllOutBound"),
        ({"protocol": "*", "remotePort": "0-65535", "remoteIP": "8.8.8.8"},
         "Allow defaultSecurityRules/AllowInternetOutBound"),
    ],
)  # fmt: skip
def test_the_values_that_the_script_names(twin: RunningTwin, values: dict[str, str], answer: str) -> None:
    found = result(twin, how_to(twin, **values))
    assert f"{found['access']} {found['ruleName']}" == answer


APART = [
    rule("tcp", 100, direction="Outbound", access="Deny", protocol="Tcp", destinationPortRange="100-200"),
    rule("source", 101, access="Allow", protocol="Tcp", sourcePortRange="90"),
]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"protocol": "*", "remotePort": "150"}, ["Deny (securityRules/tcp)", "TCP", "Allow", "UDP"]),
        ({"remotePort": "80-120"}, ["remotePort 80", "remotePort 100"]),
        ({"remotePort": "190-300"}, ["remotePort 190", "remotePort 201"]),
        ({"direction": "Inbound", "remotePort": "80-120"}, ["remotePort 90", "Allow (securityRules/source)"]),
    ],
)
def test_a_range_that_has_no_one_answer_is_refused(
    start: Start, tmp_path: Path, values: dict[str, str], told: list[str]
) -> None:
    twin = start(written(tmp_path, contoso(APART)))
    reply = how_to(twin, **({"remoteIP": "8.8.8.8"} | values))
    assert (reply.status, reply.code) == (400, "InvalidParameter")
    assert all(words in reply.json["error"]["message"] for words in told)
    assert result(twin, how_to(twin, remoteIP="8.8.8.8", remotePort="100-200"))["ruleName"] == "securityRules/tcp"


@pytest.mark.parametrize("port", ["120-80", "80-70000", "80-", "-80", "80 - 120", "80,90", ""])
def test_what_is_no_range_is_refused(twin: RunningTwin, port: str) -> None:
    assert (how_to(twin, remotePort=port).status, how_to(twin, remotePort=port).code) == (400, "InvalidParameter")


def test_the_reference_asks(start: Start, tmp_path: Path) -> None:
    """200, 202 with the result at Location, and the status at Azure-AsyncOperation."""
    source = written(tmp_path, contoso())
    assert reference(at_once := start(source, sync=True)).json == OUTBOUND
    assert at_once.options.sync
    twin = start(source, operations=True, retry_after=0)
    begun = reference(twin)
    assert begun.status == 202
    assert ask(twin, "GET", begun.headers["Azure-AsyncOperation"]).json == {"status": "Succeeded"}
    assert ask(twin, "GET", begun.headers["Location"]).json == OUTBOUND


REQUIRED = [
    "targetResourceId", "direction", "protocol", "localPort", "remotePort", "localIPAddress", "remoteIPAddress",
]  # fmt: skip


@pytest.mark.parametrize("name", REQUIRED)
def test_what_is_required(twin: RunningTwin, name: str) -> None:
    body = json.loads(set_in(REFERENCE["body"]))
    del body[name]
    reply = reference(twin, json.dumps(body))
    assert (reply.status, reply.code) == (400, "InvalidParameter")
    assert reply.json["error"]["message"].startswith(f"{name} is missing")


def test_the_nic_is_optional(twin: RunningTwin) -> None:
    body = json.loads(set_in(REFERENCE["body"]))
    del body["targetNicResourceId"]
    assert result(twin, reference(twin, json.dumps(body))) == OUTBOUND


@pytest.mark.parametrize(("forwards", "status"), [(True, 400), (False, 202)])
def test_but_not_where_one_of_several_nics_forwards(start: Start, tmp_path: Path, forwards: bool, status: int) -> None:
    group = {"id": f"{NETWORK}/networkSecurityGroups/contoso-nsg"}
    first = nic("contosovm842", "10.1.1.2", networkSecurityGroup=group)
    second = nic("contosovm843", "10.1.1.3", networkSecurityGroup=group, enableIPForwarding=forwards)
    twin = start(written(tmp_path, contoso(nics=[first, second])))
    body = json.loads(set_in(REFERENCE["body"]))
    assert reference(twin, json.dumps(body)).status == 202
    del body["targetNicResourceId"]
    assert reference(twin, json.dumps(body)).status == status


def test_no_rule_matches_and_no_nsg(start: Start, tmp_path: Path) -> None:
    """`Deny` and no ruleName; an error."""
    (tmp_path / "a").mkdir()
    only_inbound = [rule("DenyAllInBound", 65500, access="Deny")]
    twin = start(written(tmp_path / "a", contoso(defaults=only_inbound)))
    assert result(twin, reference(twin)) == {"access": "Deny", "ruleId": ""}
    reply = reference(start(written(tmp_path, contoso(nsg=False))))
    assert (reply.status, reply.code) == (400, "NsgsNotAppliedOnNic")


def test_the_machine_must_be_allocated(start: Start, tmp_path: Path) -> None:
    reply = how_to(start(written(tmp_path, contoso(power="deallocated"))))
    assert (reply.status, reply.code) == (400, "VMNotAllocated")


def test_the_group_is_that_of_the_watcher(twin: RunningTwin) -> None:
    reply = how_to(twin, resourceGroupName="ContosoExampleRG")
    assert (reply.status, reply.code) == (404, "ResourceNotFound")
    assert ask(twin, "GET", WATCHER).status == 200


def test_no_matching_resource(twin: RunningTwin) -> None:
    for changed in ({"vmName": "NoSuchVM"}, {"vmNICName": "NoSuchNic"}):
        assert (how_to(twin, **changed).status, how_to(twin, **changed).code) == (412, "NoMatchingResource")


@pytest.mark.parametrize(
    ("status", "code"), [(400, "BadRequest"), (403, "AuthorizationFailed"), (412, "PreconditionFailed"), (500, "Oops")]
)
@pytest.mark.parametrize("sync", [True, False])
def test_planted_errors_come_where_they_are_planted(
    start: Start, tmp_path: Path, sync: bool, status: int, code: str
) -> None:
    """At the POST itself, whether or not answers take a while; another question has its answer."""
    printed = set_in(HOW_TO["examples"]["targetUri"])
    lie = {
        "request": {"remotePort": "80", "targetResourceId": printed},
        "answer": {"error": {"code": code, "message": "m"}},
        "status": status,
    }
    twin = start(written(tmp_path, contoso()), sync=sync, retry_after=0, lies=read_lies([json.dumps(lie)], "x"))
    reply = how_to(twin)
    assert (reply.status, reply.code) == (status, code)
    assert "Location" not in reply.headers
    assert result(twin, how_to(twin, remotePort="81")) == OUTBOUND


@pytest.mark.parametrize(
    ("body", "reads"),
    [
        ("{'a': 'b'}", {"a": "b"}),
        ("{'a': 'it\\'s', \"b\": \"it's\"}", {"a": "it's", "b": "it's"}),
        ("{'a': 'say \"x\"', 'b': 'c\\\\'}", {"a": 'say "x"', "b": "c\\"}),
        ("{'a': '\\u0041', 'b': 5, 'c': [null, 'd']}", {"a": "A", "b": 5, "c": [None, "d"]}),
        ("{'a': 'b", None),
        ("{'a' 'b'}", None),
        ("'a'", None),
        ("{'a': 'b'\"}", None),
        ("{'a': '\n'}", None),
    ],
)
def test_single_quotes(body: str, reads: Json | None) -> None:
    from flowspec.server.wire import HttpCall, RefusedError

    call = HttpCall(method="POST", path="/", query={}, body=body.encode(), origin="", headers={})
    if reads is None:
        with pytest.raises(RefusedError):
            call.members()
    else:
        assert call.members() == reads
