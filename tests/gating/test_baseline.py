"""A baseline: what fails, written down exactly, and read back in another run; only more than that counts."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from flowspec.model.documents.baseline import Baseline
from flowspec.schema_files import read_schema
from tests.document import assert_is_the_type, fits
from tests.gating.change import STRICT, Json, nic, plan, resources, rule, ssh, standings
from tests.gating.test_intents import EVERYWHERE

KEEP = ("--write-baseline", "known.json")
HELD = ("--baseline", "known.json")
DOUBTFUL = ssh("PartnerEdge.WestEurope")


def keep(folder: Path, network: list[Json], spec: str = STRICT) -> Json:
    assert plan(folder, [], network, *KEEP, spec=spec)[0] in (0, 2)
    known: Json = json.loads(fits((folder / "known.json").read_text("utf-8"), "baseline"))
    return known


def test_the_schema_is_the_type() -> None:
    schema = json.loads(read_schema("baseline"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert_is_the_type(schema, Baseline)


def test_writing_one_does_not_pass_the_plan(tmp_path: Path) -> None:
    """Left in a workflow, it would let everything pass."""
    code, told = plan(tmp_path, [], resources(ssh("8.8.8.0/24")), *KEEP)
    assert (code, told["gate"]) == (2, None)
    assert plan(tmp_path, [], resources(ssh("8.8.8.0/24")), *HELD)[0] == 0


@pytest.mark.parametrize(
    ("before", "after", "standing"),
    [
        ([ssh("8.8.8.0/24")], [ssh("8.8.8.0/24")], "known"),
        ([ssh("8.8.8.0/23")], [ssh("8.8.8.0/24")], "known"),
        ([ssh("8.8.8.0/24")], [ssh("8.8.8.0/23")], "worse"),
        ([ssh("8.8.8.0/24")], [ssh("2001:db8::/32"), rule("x", 192, "Allow", "8.8.8.0/24", "22")], "known"),
        ([DOUBTFUL], [DOUBTFUL], "known"),
        ([DOUBTFUL], [ssh("SqlManagement")], "worse"),
        ([DOUBTFUL], [ssh("8.8.8.0/24")], "worse"),
        ([ssh("8.8.8.0/24")], [], "mended"),
        ([], [ssh("8.8.8.0/24")], "new"),
    ],
)
def test_only_more_than_is_known_counts(tmp_path: Path, before: list[Json], after: list[Json], standing: str) -> None:
    keep(tmp_path, resources(*before))
    code, told = plan(tmp_path, [], resources(*after), *HELD)
    assert standings(told) == {"no-ssh-from-outside": standing}
    assert (code, told["gate"]["against"]) == (2 if standing in ("new", "worse") else 0, "baseline")


def test_all_protocols_and_addresses_without_a_number_survive_the_file(tmp_path: Path) -> None:
    spec = EVERYWHERE.replace('  protocol = "Tcp"\n  ports    = [22]\n', '  protocol = "*"\n')
    network = [*resources(rule("all", 100, "Allow", "8.8.8.0/24", "*") | {}), *nic("a", None)]
    network[0]["properties"]["securityRules"][0]["properties"]["protocol"] = "*"
    keep(tmp_path, network, spec)
    assert plan(tmp_path, [], network, *HELD, spec=spec)[0] == 0
    assert plan(tmp_path, [], [*network, *nic("b", None)], *HELD, spec=spec)[0] == 2


def test_an_intent_that_expects_otherwise_now_is_another_one(tmp_path: Path) -> None:
    keep(tmp_path, resources(ssh("8.8.8.0/24")))
    known = json.loads((tmp_path / "known.json").read_text())
    known["intents"][0]["expect"] = "Allow"
    (tmp_path / "known.json").write_text(json.dumps(known))
    assert plan(tmp_path, [], resources(ssh("8.8.8.0/24")), *HELD)[0] == 2


def test_what_was_too_much_to_be_written_down_counts(tmp_path: Path) -> None:
    known = keep(tmp_path, resources(ssh("8.8.8.0/24")))
    known["intents"][0]["exact"] = False
    (tmp_path / "known.json").write_text(json.dumps(known))
    code, told = plan(tmp_path, [], resources(ssh("8.8.8.0/24")), *HELD)
    assert (code, standings(told)) == (2, {"no-ssh-from-outside": "worse"})


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    network = resources(ssh("8.8.8.0/24"), rule("x", 191, "Allow", "PartnerEdge.WestEurope", "22"))
    keep(tmp_path, network)
    first = (tmp_path / "known.json").read_bytes()
    keep(tmp_path, network)
    assert (tmp_path / "known.json").read_bytes() == first


@pytest.mark.parametrize(
    "content",
    [
        "", "{}", "[]", "\xff", '{"format_version": "2.0", "flowspec_version": "9", "intents": []}', "[" * 3000,
        '{"format_version":"1.0","flowspec_version":"0","intents":[{"address":"intent.no-ssh-from-outside","expect":"Deny",'
        '"status":"drifted","exact":true,"unknown":[],"drift":[{"at":"","reason":"","flows":[{"protocols":["TCP"],'
        '"source":["everyone"],"source_ports":["0-65535"],"destination":["10.0.0.4/32"],"destination_ports":["22-22"]}]}]}]}',
    ],
)  # fmt: skip
def test_what_is_no_baseline_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "known.json").write_text(content, "latin-1")
    assert plan(tmp_path, [], resources(), *HELD) == (1, {})
    (tmp_path / "known.json").unlink()
    assert plan(tmp_path, [], resources(), *HELD) == (1, {})


def test_it_is_not_written_over_what_is_read(tmp_path: Path) -> None:
    keep(tmp_path, resources())
    before = (tmp_path / "known.json").read_bytes()
    assert plan(tmp_path, [], resources(ssh("8.8.8.0/24")), *HELD, *KEEP) == (1, {})
    assert (tmp_path / "known.json").read_bytes() == before
