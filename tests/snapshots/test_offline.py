"""`flowspec snapshot` of files: what was read, as Azure's own JSON, reads back as the same network."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowspec.errors import SourceError
from flowspec.model.inventory import Inventory, Lack, Rule
from flowspec.model.templates import TemplateOptions
from flowspec.snapshots.snapshot import snapshot
from flowspec.sources import load_inventory
from tests.arm.templates import NET, load, network, template, write
from tests.arm.test_corpus import CORPUS, FOLDERS
from tests.document import fits
from tests.naive.networks import draw

LEFT_OUT = {"origins", "problems", "unmodelled", "gaps", "where", "attached"}
"""What speaks of the reading, not of the network; what is attached to subnets and has no NIC stands in `unlisted`."""


def plain(value: Any) -> Any:
    """Without places, and without what only the words of a reading tell apart."""
    if isinstance(value, Lack):
        return value.field, value.reason
    if is_dataclass(value):
        left_out = LEFT_OUT | ({"id"} if isinstance(value, Rule) else set())
        made = {field.name: plain(getattr(value, field.name)) for field in fields(value) if field.name not in left_out}
        if "lacks" in made:
            made["lacks"] = sorted(set(map(tuple, made["lacks"])))
            made |= {field: None for field, _ in made["lacks"] if field in made}
        return made
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def again(found: Inventory, folder: Path) -> Inventory:
    """The inventory of its snapshot."""
    text = snapshot(found, ["net.json"])
    fits(text.decode(), "snapshot")
    (folder / "snap.json").write_bytes(text)
    return load_inventory([str(folder / "snap.json")])


def compared(found: Inventory) -> dict[str, Any]:
    told: dict[str, Any] = plain(replace(found, service_tags=replace(found.service_tags, label="")))
    told["subnets"] = {at: one for at, one in told["subnets"].items() if one["known"]}
    told["unread"], told["tagged"] = sorted(told["unread"]), sorted(map(repr, told["tagged"]))
    told["unlisted"] = sorted(map(repr, told["unlisted"]))
    return told


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_snapshot_is_the_network_that_was_read(seed: int) -> None:
    with TemporaryDirectory() as folder:
        resources = [one for one in draw(seed).resources if "id" in one]
        found = load_inventory([write(Path(folder) / "net.json", resources)])
        assert compared(again(found, Path(folder))) == compared(found)


def test_what_nobody_knows_yet_stands_there_with_its_reason(tmp_path: Path) -> None:
    """A NIC whose NSG and whose forwarding, and an NSG whose rules, are only known after the deployment."""
    later = "[reference('other', '2020-01-01').value]"
    configuration = {"name": "ip", "properties": {"privateIPAddress": "10.0.0.4", "privateIPAddressVersion": "IPv4",
                                                  "privateIPAllocationMethod": "Static",
                                                  "subnet": {"id": f"{NET}/virtualNetworks/v/subnets/s"}}}  # fmt: skip
    made = template(
        network("networkSecurityGroups", "n", securityRules=later),
        network("networkInterfaces", "nic", ipConfigurations=[configuration], enableIPForwarding=later,
                networkSecurityGroup=later),
    )  # fmt: skip
    found = load(tmp_path, made)
    reasons = {lack.reason for table in (found.nsgs, found.nics) for one in table.values() for lack in one.lacks}
    assert any("reference(" in reason for reason in reasons), reasons
    assert compared(again(found, tmp_path)) == compared(found)


@pytest.mark.skipif(not FOLDERS, reason="the corpus is not here")
def test_templates_keep_their_reasons(tmp_path: Path) -> None:
    for folder in FOLDERS:
        files = [str(path) for path in sorted((CORPUS / folder).glob("*.json"))]
        values = tuple(file for file in files if file.endswith(".parameters.json"))
        template = next(file for file in files if file not in values)
        try:
            found = load_inventory([template], templates=TemplateOptions(parameters={0: values}))
        except SourceError:
            continue
        assert compared(again(found, tmp_path)) == compared(found), folder


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    found = load_inventory(["examples/shop/network"])
    assert snapshot(found, ["x"]) == snapshot(found, ["x"])
    told = json.loads(snapshot(found, ["x"]))
    assert told["taken_at"] is None or told["taken_at"].endswith("Z")
    assert compared(again(found, tmp_path)) == compared(found)
