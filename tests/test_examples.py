"""Every folder of examples/: its plan is expected.txt, and the naive evaluator agrees with each verdict in it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowspec.model.documents.plan import Check, IntentResult
from flowspec.views.json import read
from tests.cli.command import flowspec
from tests.document import fits
from tests.engine.generated import INTERNET
from tests.naive import Network, side
from tests.naive.dice import Dice
from tests.naive.matching import Packet
from tests.naive.resources import Json
from tests.plan.sampling import Names, corners, pair_of, places_of

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(folder for folder in (ROOT / "examples").iterdir() if folder.is_dir() and folder.name != "ci")
"""`examples/ci` has no network: tests/ci holds it to what its readers understand. That of `examples/scanners` is a
Terraform plan, of which the naive evaluator knows nothing: tests/terraform has its verdicts."""
TOP = {
    "id",
    "name",
    "type",
    "location",
    "tags",
    "sku",
    "etag",
    "zones",
    "resourceGroup",
    "subscriptionId",
    "properties",
}


def plan(example: Path, *arguments: str) -> tuple[int, str]:
    """From the folder that holds examples/, as their READMEs say."""
    where = example.relative_to(ROOT)
    done = flowspec("plan", where, "-i", where / "network", "--today", "2026-11-21", *arguments, cwd=ROOT)
    assert not done.stderr
    return done.returncode, done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda folder: folder.name)
def test_output(example: Path, request: pytest.FixtureRequest) -> None:
    code, text = plan(example)
    file = example / "expected.txt"
    if request.config.getoption("--update-golden"):
        file.write_text(text, encoding="utf-8", newline="\n")
    assert text == file.read_text("utf-8"), f"{file} differs; look, then run pytest --update-golden"
    assert code == promised(example)


def promised(example: Path) -> int:
    """The exit code that the README promises, or else that of drift."""
    readme = example / "README.md"
    found = re.search(r"exit code (\d)", readme.read_text("utf-8")) if readme.exists() else None
    return int(found[1]) if found else 2


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.name != "scanners"], ids=lambda folder: folder.name)
def test_verdicts(example: Path) -> None:
    """Every box of every check, at its corners and inside; every pair of flows that drift, from both ends."""
    report = read(fits(plan(example, "-o", "json")[1]), example.name)
    network = Network(list(resources(example / "network")), {}, INTERNET)
    judged: Counter[str] = Counter()
    for intent in report.intents:
        for check in intent.checks:
            judged.update(judge_check(network, check))
        judged.update(judge_drift(network, intent))
    assert judged["Allow"]
    assert judged["drift"] or not report.summary.drifted
    assert judged["Unknown"] or not report.summary.unknown


def judge_check(network: Network, check: Check) -> Iterator[str]:
    """Each sampled packet at the NICs and subnets of the check that have its local address."""
    names, dice = Names(network), Dice(1)
    judges = {owner.lower() for owner in (*check.nics, *check.subnets)}
    unknown = [box for part in check.unknown for box in part.flows]
    for access, boxes in (("Allow", check.allowed), ("Deny", check.denied), ("Unknown", unknown)):
        for packet in (p for box in boxes for p in corners(names, pair_of(box, check.direction), dice, 12)):
            local = packet.destination if check.direction == "Inbound" else packet.source
            places = [p for p in places_of(network, local) if p.split("/ipconfigurations/")[0] in judges]
            assert places, f"nobody of the check has {local}"
            for place in places:
                assert side(network, place, check.direction, packet).access == access, packet
                yield access


def judge_drift(network: Network, intent: IntentResult) -> Iterator[str]:
    """A flow that drifts from a Deny passes at every end that is judged; from an Allow, it is stopped at one."""
    names, dice = Names(network), Dice(1)
    for packet in (p for pair in intent.flows.drift[:20] for p in corners(names, pair, dice, 6)):
        found = {side(network, place, way, packet).access for way, place in ends(network, packet)}
        assert found == {"Allow"} if intent.expect == "Deny" else "Deny" in found, packet
        yield "drift"


def ends(network: Network, packet: Packet) -> Iterator[tuple[str, str]]:
    yield from (("Outbound", place) for place in places_of(network, packet.source))
    yield from (("Inbound", place) for place in places_of(network, packet.destination))


# The files as the naive evaluator reads them: the shape of the REST API


def resources(folder: Path) -> Iterator[Json]:
    for file in sorted(folder.glob("*.json")):
        document = json.loads(file.read_text("utf-8"))
        found = document if isinstance(document, list) else document.get("value") or document["data"]
        yield from (nested(resource) for resource in found)


def nested(resource: Json) -> Json:
    """A resource of any shape with its fields, and those of its children, under `properties`."""
    fields = resource.get("properties") or {name: value for name, value in resource.items() if name not in TOP}
    kept = {name: value for name, value in resource.items() if name in TOP - {"properties"}}
    return {**kept, "properties": {name: nested_value(value) for name, value in fields.items()}}


def nested_value(value: object) -> object:
    """A list of children (they have a name) is nested like their parent; all else is as it was."""
    if isinstance(value, list):
        return [nested(item) if isinstance(item, dict) and "name" in item else item for item in value]
    return value
