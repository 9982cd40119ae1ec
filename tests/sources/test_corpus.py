"""Everything that Azure returned loads, whole: counts of real listings and of recorded states."""

from __future__ import annotations

import json
import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flowspec.errors import Severity
from flowspec.model.inventory import Inventory
from flowspec.sources import load_inventory
from tests.corpus.inventory import recorded_resources
from tests.sources.network import write

DATA = Path(__file__).parents[1] / "data"
CORPUS = Path(os.environ.get("FLOWSPEC_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
COUNTS: dict[str, dict[str, int]] = json.loads((DATA / "inventory_counts.json").read_text("utf-8"))["counts"]
LISTINGS = sorted(name for name in COUNTS if name.startswith("inventory/") and "#" not in name)
NSGS = sorted(name for name in COUNTS if "#" in name)
RECORDINGS = sorted(name for name in COUNTS if name.startswith("recordings/"))
TABLES = (
    "vnets", "subnets", "nics", "vms", "nsgs", "asgs", "route_tables", "gateways", "local_gateways", "connections",
    "public_ips", "watchers",
)  # fmt: skip
UNMODELLED = ("load_balancers",)
ODD = {"789", "1234", "it is not given"}
"""Addresses that Azure took, and a field that an old api-version left out."""


def counts(inventory: Inventory) -> dict[str, int]:
    found = Counter({name: len(getattr(inventory, name)) for name in TABLES})
    found["subnets"] = sum(subnet.known for subnet in inventory.subnets.values())
    found["default_rules"] = sum(bool(rule.id) for nsg in inventory.nsgs.values() for rule in nsg.default_rules)
    found["user_rules"] = sum(len(nsg.rules) for nsg in inventory.nsgs.values())
    found["ip_configurations"] = sum(len(nic.ip_configurations) for nic in inventory.nics.values())
    found["routes"] = sum(len(table.routes) for table in inventory.route_tables.values())
    found["peerings"] = sum(len(vnet.peerings) for vnet in inventory.vnets.values())
    return {name: number for name, number in found.items() if number}


def wanted(name: str) -> dict[str, int]:
    return {kind: number for kind, number in COUNTS[name].items() if kind not in UNMODELLED}


@cache
def nsg_bodies() -> dict[str, Any]:
    rows = json.loads((DATA / "inventory" / "nsgs.json").read_text("utf-8"))
    return {row["id"]: row["nsg"] for row in (rows["rows"] if isinstance(rows, dict) else rows)}


@pytest.mark.parametrize("name", LISTINGS)
def test_a_listing_of_a_subscription_loads_whole(name: str) -> None:
    assert counts(load_inventory([str(DATA / name)])) == wanted(name)


@pytest.mark.parametrize("name", NSGS)
def test_an_nsg_body_loads_whole(name: str, tmp_path: Path) -> None:
    body = nsg_bodies()[name.rpartition("#")[2]]
    found = load_inventory([write(tmp_path / "nsg.json", body)])
    assert counts(found) == wanted(name)
    told = [p.summary.partition(": ")[2] for p in found.problems if p.severity is not Severity.INFO]
    assert set(told) <= ODD


@pytest.mark.parametrize("name", LISTINGS)
def test_the_listing_in_the_corpus_loads_whole(name: str) -> None:
    if not CORPUS.is_dir():
        pytest.skip("no corpus")
    assert counts(load_inventory([str(CORPUS / name)])) == wanted(name)


STATES = ("ipflow.json", "diagnostic.json", "effective.json", "flowlog.json")


@pytest.mark.parametrize("name", STATES)
def test_every_recorded_state_loads_without_a_fault(name: str, tmp_path: Path) -> None:
    states = json.loads((DATA / name).read_text("utf-8"))["states"]
    for state in states.values() if isinstance(states, dict) else states:
        found = load_inventory([write(tmp_path / "state.json", state)])
        resources = state["resources"] if isinstance(state, dict) else state
        assert found.origins[0].resources == len(resources)
        assert not [p for p in found.problems if "can't be read" in p.summary]


@pytest.mark.parametrize("name", ["ipflow", "diagnostic", "sgview", "effective", "topology", "connectivity"])
def test_every_state_and_answer_in_the_corpus_loads(name: str, tmp_path: Path) -> None:
    if not CORPUS.is_dir():
        pytest.skip("no corpus")
    for row in map(json.loads, (CORPUS / f"ground-truth-{name}.jsonl").read_text("utf-8").splitlines()):
        sources = [write(tmp_path / "state.json", row.get("resources") or [])]
        if name == "effective":
            sources.append(write(tmp_path / "effective.json", row["response"]))
        found = load_inventory(sources)
        assert found.origins[0].resources == len(row.get("resources") or [])
        assert not [p for p in found.problems if p.summary.startswith("stale")]


def test_the_service_tag_file_in_the_corpus_loads_whole() -> None:
    if not CORPUS.is_dir():
        pytest.skip("no corpus")
    tags = load_inventory([str(CORPUS / "service-tags" / "ServiceTags_Public_20251028.json")]).service_tags
    assert (len(tags.prefixes), sum(map(len, tags.prefixes.values()))) == (3039, 93_362)


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_resources_of_a_recording_load_whole(name: str, tmp_path: Path) -> None:
    if not CORPUS.is_dir():
        pytest.skip("no corpus")
    saved = recorded_resources(CORPUS / name)
    found = load_inventory([write(tmp_path / "saved.json", saved)]) if saved else Inventory()
    watchers = {"watchers": COUNTS[name].get("network_watchers", 0)}
    assert counts(found) == {k: n for k, n in (wanted(name) | watchers).items() if n and k != "network_watchers"}
