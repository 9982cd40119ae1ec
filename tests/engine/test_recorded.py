"""What Azure itself answered, held against the engine (tests/data/README.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flowspec.cli.app import app
from flowspec.errors import RequestError
from flowspec.ipflowverify.classify import FlowRequest, Verifier
from flowspec.model.inventory import Direction, Inventory, Rule, key
from flowspec.network.index import Endpoint
from flowspec.network.internet import internet_list
from flowspec.network.tags import Scope, tag, term
from flowspec.policy.layers import Layer, Variant
from flowspec.sets.address import prefix_set
from flowspec.sets.intervals import V4, AddressSet, IntervalSet, PortSet, ProtocolSet
from flowspec.sets.written import PROTOCOLS, port_span
from tests.engine.loading import Json, load_documents, recorded, recorded_state


def ids(rows: Iterable[Json]) -> list[str]:
    return [row["id"] for row in rows]


@cache
def verifier(name: str, state: str) -> Verifier:
    return Verifier(recorded_state(name, state))


# ipFlowVerify

IPFLOW = recorded("ipflow")["rows"]


def request_of(body: Json) -> FlowRequest:
    return FlowRequest(
        target=body["targetResourceId"],
        direction=body["direction"],
        protocol=body["protocol"],
        local_port=body["localPort"],
        remote_port=body["remotePort"],
        local_ip=body["localIPAddress"],
        remote_ip=body["remoteIPAddress"],
        nic=body.get("targetNicResourceId", ""),
    )


@pytest.mark.parametrize("row", [r for r in IPFLOW if "response" in r], ids=ids(r for r in IPFLOW if "response" in r))
def test_ipflow_answer(row: Json) -> None:
    answer = verifier("ipflow", row["state"]).verify(request_of(row["request"]))
    expected = row["response"]
    assert (answer.access, answer.rule_name) == (expected["access"], expected["ruleName"])
    if "ruleId" in expected:
        assert key(answer.rule_id) == key(expected["ruleId"])


@pytest.mark.parametrize("row", [r for r in IPFLOW if "error" in r], ids=ids(r for r in IPFLOW if "error" in r))
def test_ipflow_refusal(row: Json) -> None:
    with pytest.raises(RequestError) as refused:
        verifier("ipflow", row["state"]).verify(request_of(row["request"]))
    assert {"code": refused.value.code, "message": refused.value.message, "status": refused.value.status} == row[
        "error"
    ]


def test_all_of_ipflow_is_asserted() -> None:
    assert len(IPFLOW) == 87
    assert all(("response" in row) != ("error" in row) for row in IPFLOW)


@pytest.mark.parametrize("row", list({row["state"]: row for row in IPFLOW}.values()), ids=lambda row: row["id"])
def test_ipflow_by_the_command_line(row: Json, tmp_path: Path) -> None:
    state, body = tmp_path / "state.json", row["request"]
    state.write_text(json.dumps(recorded("ipflow")["states"][row["state"]]), "utf-8")
    ends = [f"{body[f'{end}IPAddress']}:{body[f'{end}Port']}" for end in ("local", "remote")]
    flags = ["--vm", body["targetResourceId"], "--direction", body["direction"], "--protocol", body["protocol"]]
    nic = ["--nic", body["targetNicResourceId"]] if body.get("targetNicResourceId") else []
    outcome = CliRunner().invoke(
        app, ["verify", "-i", str(state), *flags, *nic, "--local", ends[0], "--remote", ends[1], "-o", "json"]
    )
    if "error" in row:
        assert outcome.exit_code == 1
        return
    assert outcome.exit_code == 0, outcome.output
    answer = json.loads(outcome.output)
    expected = {name: value for name, value in row["response"].items() if name in answer}
    assert {"access", "ruleName"} <= set(expected)
    assert {name: key(answer[name]) for name in expected} == {name: key(value) for name, value in expected.items()}


# networkConfigurationDiagnostic

DIAGNOSTIC = recorded("diagnostic")["rows"]
FIELDS = {
    "protocol": "protocols",
    "source": "sources",
    "source_port": "source_ports",
    "destination": "destinations",
    "destination_port": "destination_ports",
}


def endpoint_of(asked: Verifier, nic: str) -> Endpoint:
    return next(e for e in asked.network.endpoints if key(e.nic.id) == key(nic))


def diagnostic_name(rule: Rule) -> str:
    return f"{'DefaultRule' if rule.default else 'UserRule'}_{rule.name}"


def queried(asked: Verifier, endpoint: Endpoint, profile: Json) -> dict[str, IntervalSet]:
    """The query as sets; it matches a field when the field holds all of it (azure.md B6.3)."""
    scope = Scope(asked.network, endpoint.subnet, key(endpoint.nic.id))
    port = port_span(str(profile["destinationPort"]))
    assert port is not None
    every = ProtocolSet(((0, 1),))
    protocol = PROTOCOLS.get(profile["protocol"].lower())
    return {
        "protocol": every if protocol is None else ProtocolSet.one(protocol),
        "source": V4 if profile["source"] == "*" else term(scope, profile["source"], "").sure,
        "source_port": PortSet(),
        "destination": V4 if profile["destination"] == "*" else term(scope, profile["destination"], "").sure,
        "destination_port": PortSet((port,)),
    }


def tried(layer: Layer) -> dict[str, list[Variant]]:
    """The variants that hold without a doubt, by rule, in the order of the walk."""
    found: dict[str, list[Variant]] = {}
    for variant in layer.variants:
        if variant.decider.rule is not None and not variant.doubts:
            found.setdefault(diagnostic_name(variant.decider.rule), []).append(variant)
    return found


def matched_fields(variants: list[Variant], query: dict[str, IntervalSet]) -> dict[str, bool]:
    return {
        name: any(query[name].is_subset(getattr(variant.box, side)) for variant in variants)
        for name, side in FIELDS.items()
    }


@pytest.mark.parametrize("row", DIAGNOSTIC, ids=ids(DIAGNOSTIC))
def test_diagnostic(row: Json) -> None:
    asked = verifier("diagnostic", row["state"])
    endpoint = endpoint_of(asked, row["target_nic"])
    if not row["results"]:
        assert all(asked.policies.of_endpoint(endpoint, direction).no_nsg for direction in Direction)
        return
    for profile, expected in zip(row["profiles"], row["results"], strict=True):
        direction = Direction(profile["direction"])
        policy = asked.policies.of_endpoint(endpoint, direction)
        query = queried(asked, endpoint, profile)
        assert [key(layer.nsg) for layer in policy.layers] == [key(nsg["nsg"]) for nsg in expected["nsgs"]]
        for layer, nsg in zip(policy.layers, expected["nsgs"], strict=True):
            diagnose(layer, nsg, query)


def diagnose(layer: Layer, nsg: Json, query: dict[str, IntervalSet]) -> None:
    found = []
    for name, variants in tried(layer).items():
        found.append({"name": name, **matched_fields(variants, query)})
        if all(found[-1].values()):
            assert (name, str(variants[0].decider.access)) == (nsg["matched"], nsg["action"])
            break
    assert found == nsg["rules"]


# Effective rules and what their tags stood for

EFFECTIVE = recorded("effective")["rows"]
VIEWS = recorded("effective")["views"]
VERSIONS = recorded("internet_versions")["versions"]
EXPANDED = [row for row in (*EFFECTIVE, *VIEWS) if row.get("tags") or any(g["tags"] for g in row.get("groups", ()))]


def expansions_of(row: Json) -> list[tuple[str, dict[str, list[str]]]]:
    """(what it applies to, tag -> prefixes), the Internet's out of its list."""
    groups = [(g["applied_to"], g["tags"]) for g in row["groups"]] if "groups" in row else [(row["nic"], row["tags"])]
    return [
        (to, {name: VERSIONS[held]["prefixes"] if isinstance(held, str) else held for name, held in tags.items()})
        for to, tags in groups
    ]


@pytest.mark.parametrize("row", EXPANDED, ids=ids(EXPANDED))
def test_virtual_network_and_load_balancer(row: Json) -> None:
    """Computed for the subnet, they are what Azure expanded; its IPv6 address came to the load balancer in 2020."""
    asked = verifier("effective", row["state"])
    scope = Scope(asked.network, endpoint_of(asked, row["nic"]).subnet, "")
    for _, tags in expansions_of(row):
        inside = tag(scope, "VirtualNetwork")
        assert (inside.sure, inside.maybe) == (prefix_set(tuple(tags["VirtualNetwork"])), AddressSet())
        recorded_then = prefix_set(tuple(tags["AzureLoadBalancer"]))
        now = tag(scope, "AzureLoadBalancer").sure
        assert recorded_then == (now if row["date"] >= "2020-04" else now.intersect(V4))


def test_internet_is_the_newest_list() -> None:
    newest = max(VERSIONS)
    assert internet_list().addresses == prefix_set(tuple(VERSIONS[newest]["prefixes"]))
    assert newest <= internet_list().date <= VERSIONS[newest]["last"]
    asked = verifier("effective", "e06")
    assert tag(Scope(asked.network, asked.network.endpoints[0].subnet, ""), "INTERNET").sure == (
        internet_list().addresses
    )


@pytest.mark.parametrize("row", EXPANDED, ids=ids(EXPANDED))
def test_an_effective_answer_overrides_the_tags(row: Json) -> None:
    """Given with the inventory, the expansion of its day is what the tag means for that NIC or subnet."""
    state = recorded("effective")["states"][row["state"]]
    answer = {"value": [effective_group(row, to, tags) for to, tags in expansions_of(row)]}
    inventory = load_documents({"state.json": state, "effective.json": answer})
    asked = Verifier(inventory)
    endpoint = endpoint_of(asked, row["nic"])
    for to, tags in expansions_of(row):
        scope = Scope(asked.network, endpoint.subnet, key(endpoint.nic.id) if "/networkInterfaces/" in to else "")
        assert key(to) in inventory.expansions
        for name, prefixes in tags.items():
            assert tag(scope, name).sure == prefix_set(tuple(prefixes))
            assert not tag(scope, name).maybe


def effective_group(row: Json, applied_to: str, tags: dict[str, list[str]]) -> Json:
    """The answer as Azure words it: the NIC (or subnet), and the prefixes beside the tag."""
    kind = "networkInterface" if "/networkInterfaces/" in applied_to else "subnet"
    rules = [
        {
            "name": f"defaultSecurityRules/{name}",
            "protocol": "All",
            "sourcePortRange": "0-65535",
            "destinationPortRange": "0-65535",
            "sourceAddressPrefix": name,
            "destinationAddressPrefix": "0.0.0.0/0",
            "expandedSourceAddressPrefix": prefixes,
            "access": "Allow",
            "priority": 65000,
            "direction": "Inbound",
        }
        for name, prefixes in tags.items()
    ]
    return {"association": {kind: {"id": applied_to}}, "effectiveSecurityRules": rules}


# The rules themselves


def plain(rule: Rule) -> tuple[Any, ...]:
    """A rule as an effective rule has it: no name for the anywhere, every port spelt as a range."""
    return (
        rule.name,
        str(rule.direction),
        rule.priority,
        str(rule.access),
        rule.protocol.lower().replace("*", "all"),
        frozenset("0.0.0.0/0" if text == "*" else text.lower() for text in rule.sources),
        frozenset("0.0.0.0/0" if text == "*" else text.lower() for text in rule.destinations),
        frozenset(port_span(text) for text in rule.source_ports),
        frozenset(port_span(text) for text in rule.destination_ports),
    )


def plain_effective(rule: Json) -> tuple[Any, ...]:
    return (
        rule["name"].rpartition("/")[2].removeprefix("DefaultRule_").removeprefix("UserRule_"),
        rule["direction"],
        rule["priority"],
        rule["access"],
        rule["protocol"].lower(),
        frozenset("0.0.0.0/0" if text == "*" else text.lower() for text in rule["source"]),
        frozenset("0.0.0.0/0" if text == "*" else text.lower() for text in rule["destination"]),
        frozenset(port_span(text) for text in rule["source_ports"]),
        frozenset(port_span(text) for text in rule["destination_ports"]),
    )


def effective_rules(name: str) -> set[tuple[Any, ...]]:
    """Without the two rules that the oldest answers and the views add behind all others (tests/data/README.md)."""
    rules = map(plain_effective, recorded("effective")["rules"][name])
    return {rule for rule in rules if rule[0] not in ("DefaultInboundDenyAll", "DefaultOutboundDenyAll")}


def rules_of(inventory: Inventory, nsg: str | None) -> set[tuple[Any, ...]]:
    found = inventory.nsgs[key(nsg)] if nsg else None
    return {plain(rule) for rule in (*found.rules, *found.default_rules)} if found else set()


@pytest.mark.parametrize("row", EFFECTIVE, ids=ids(EFFECTIVE))
def test_effective_rules(row: Json) -> None:
    inventory = recorded_state("effective", row["state"])
    nic = inventory.nics[key(row["nic"])]
    subnets = [inventory.subnets[key(c.subnet or "")] for c in nic.ip_configurations]
    named = {key(nsg) for nsg in (nic.nsg, *(subnet.nsg for subnet in subnets)) if nsg}
    present = [g for g in row["groups"] if key(g["nsg"]) in inventory.nsgs]
    assert named == {key(group["nsg"]) for group in present}
    assert len(present) == len(row["groups"]) or row["id"] == "effective-0078"
    for group in present:
        assert rules_of(inventory, group["nsg"]) == effective_rules(group["rules"])


@pytest.mark.parametrize("row", VIEWS, ids=ids(VIEWS))
def test_security_group_view(row: Json) -> None:
    inventory = recorded_state("effective", row["state"])
    nic = inventory.nics[key(row["nic"])]
    subnet = inventory.subnets[key(nic.ip_configurations[0].subnet or "")]
    assert rules_of(inventory, nic.nsg) | rules_of(inventory, subnet.nsg) == effective_rules(row["rules"])
    for where, nsg in (("nic", nic.nsg), ("subnet", subnet.nsg)):
        names = {rule.name for rule in inventory.nsgs[key(nsg)].rules} if nsg else set()
        assert names == set(row["associated"].get(where, ()))


# Flow logs

FLOWLOG = recorded("flowlog")["rows"]


@pytest.mark.parametrize("row", FLOWLOG, ids=ids(FLOWLOG))
def test_flow_log(row: Json) -> None:
    inbound = row["direction"] == "Inbound"
    local, remote = ("destination", "source") if inbound else ("source", "destination")
    request = FlowRequest(
        target="",
        nic=row["nic"],
        direction=row["direction"],
        protocol=row["protocol"],
        local_ip=row[local],
        local_port=row[f"{local}_port"],
        remote_ip=row[remote],
        remote_port=row[f"{remote}_port"],
    )
    answer = verifier("flowlog", row["state"]).verify(request)
    assert answer.access == row["access"]
    assert row["rule"] in ("", answer.rule_name)
