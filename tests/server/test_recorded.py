"""What Azure answered, asked again through HTTP: flows, diagnostics and effective rules (tests/data/README.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from flowspec.model.inventory import key
from flowspec.server.options import TwinOptions
from flowspec.server.run import RunningTwin, load
from tests.engine.loading import recorded
from tests.server.asking import Json, Reply, ask

SYNC = TwinOptions(sync=True)
FLOWS = recorded("ipflow")["rows"]
DIAGNOSTICS = recorded("diagnostic")["rows"]
EFFECTIVE = [row for row in recorded("effective")["rows"] if "groups" in row]


class Twins:
    """A running twin for each recorded state, started when it is first asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: dict[tuple[str, str], RunningTwin] = {}

    def of(self, name: str, state: str) -> RunningTwin:
        if (name, state) not in self.running:
            file = self.folder / f"{name}-{state}.json"
            file.write_text(json.dumps(recorded(name)["states"][state]), "utf-8")
            self.running[name, state] = RunningTwin(load([str(file)]), SYNC).start()
        return self.running[name, state]


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    found = Twins(tmp_path_factory.mktemp("states"))
    yield found
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(RunningTwin.stop, found.running.values()))


@cache
def watcher_of(twin: RunningTwin, row_id: str, recorded_id: str) -> str:
    """The watcher of the recording, or, where the state lacks it, the one that the twin made."""
    if ask(twin, "GET", recorded_id).status == 200:
        return recorded_id
    subscription = recorded_id.split("/")[2]
    found = ask(twin, "GET", f"/subscriptions/{subscription}/providers/Microsoft.Network/networkWatchers").json
    return str(found["value"][0]["id"])


def asked(twins: Twins, name: str, row: Json, action: str, body: Json) -> Reply:
    twin = twins.of(name, row["state"])
    watcher = watcher_of(twin, row["id"], row["watcher"]) if row.get("watcher") else ""
    if not watcher:
        subscription = row["request"]["targetResourceId"].split("/")[2]
        listed = ask(twin, "GET", f"/subscriptions/{subscription}/providers/Microsoft.Network/networkWatchers")
        watcher = listed.json["value"][0]["id"]
    return ask(twin, "POST", f"{watcher}/{action}", body)


@pytest.mark.parametrize("row", FLOWS, ids=lambda row: row["id"])
def test_ipflow(twins: Twins, row: Json) -> None:
    reply = asked(twins, "ipflow", row, "ipFlowVerify", row["request"])
    if "error" in row:
        told = {"code": reply.code, "message": reply.json["error"]["message"], "status": reply.status}
        assert told == row["error"]
        return
    assert reply.status == 200
    assert list(reply.json) == ["access", "ruleName", "ruleId"]
    folded = {name: key(value) for name, value in reply.json.items()}
    assert folded == folded | {name: key(value) for name, value in row["response"].items()}


@pytest.mark.parametrize("row", DIAGNOSTICS, ids=lambda row: row["id"])
def test_diagnostic(twins: Twins, row: Json) -> None:
    body = {"targetResourceId": row["target"], "profiles": row["profiles"]}
    reply = asked(twins, "diagnostic", row, "networkConfigurationDiagnostic", body)
    found = [simple(result) for result in reply.json["results"]]
    for result, expected in zip(found, row["results"], strict=True):
        for group, recorded_group in zip(result["nsgs"], expected["nsgs"], strict=True):
            # the oldest answers don't say where an NSG applies
            group["applied_to"] = recorded_group["applied_to"] and group["applied_to"]
    assert found == row["results"]
    assert [result["profile"] for result in reply.json["results"]] == (row["profiles"] if row["results"] else [])


def simple(result: Json) -> Json:
    """A result in the spelling of the recorded facts."""
    found = result["networkSecurityGroupResult"]
    names = {
        "protocol": "protocolMatched",
        "source": "sourceMatched",
        "source_port": "sourcePortMatched",
        "destination": "destinationMatched",
        "destination_port": "destinationPortMatched",
    }
    groups = [
        {
            "nsg": group["networkSecurityGroupId"],
            "applied_to": group["appliedTo"],
            "matched": group["matchedRule"]["ruleName"],
            "action": group["matchedRule"]["action"],
            "rules": [
                {"name": rule["name"], **{short: rule[long] for short, long in names.items()}}
                for rule in group["rulesEvaluationResult"]
            ],
        }
        for group in found["evaluatedNetworkSecurityGroups"]
    ]
    return {"access": found["securityRuleAccessResult"], "nsgs": groups}


OLDEST = ("DefaultInboundDenyAll", "DefaultOutboundDenyAll")
"""Two rules that only the answers of 2016 have."""


@pytest.mark.parametrize("row", EFFECTIVE, ids=lambda row: row["id"])
def test_effective(twins: Twins, row: Json) -> None:
    twin = twins.of("effective", row["state"])
    answer = ask(twin, "POST", f"{row['nic']}/effectiveNetworkSecurityGroups").json["value"]
    held = [group for group in row["groups"] if ask(twin, "GET", group["nsg"]).status == 200]
    assert [group["networkSecurityGroup"]["id"] for group in answer] == [group["nsg"] for group in held]
    for group, expected in zip(answer, held, strict=True):
        (place,) = group["association"].values()
        assert place["id"] == expected["applied_to"]
        rules = [plain(rule) for rule in group["effectiveSecurityRules"]]
        wanted = [as_sets(rule) for rule in recorded("effective")["rules"][expected["rules"]]]
        wanted = [rule for rule in wanted if rule["name"].rpartition("/")[2] not in OLDEST]
        assert rules == wanted if row["date"] > "2017-06" else all(rule in wanted for rule in rules)
        if expected["tags"]:
            assert set(group["tagMap"]["VirtualNetwork"]) == set(expected["tags"]["VirtualNetwork"])


def plain(rule: Json) -> Json:
    """A rule in the spelling of the recorded facts."""
    assert rule["sourcePortRange"] == rule["sourcePortRanges"][0]
    assert rule["destinationAddressPrefix"] == rule["destinationAddressPrefixes"][0]
    names = ("name", "direction", "priority", "access", "protocol")
    found = {name: rule[name] for name in names} | {
        "source": rule["sourceAddressPrefixes"],
        "source_ports": rule["sourcePortRanges"],
        "destination": rule["destinationAddressPrefixes"],
        "destination_ports": rule["destinationPortRanges"],
    }
    return as_sets(found)


def as_sets(rule: Json) -> Json:
    """Old answers write `*` for any address."""
    return {
        name: {"0.0.0.0/0" if text == "*" else text for text in value} if isinstance(value, list) else value
        for name, value in rule.items()
    }
