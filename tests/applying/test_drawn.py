"""Networks and specs drawn at random: their plans rest on what the twin shows, and applied they do what they say."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from flowspec.applying.journal import Heading
from flowspec.applying.network import refuse_stale
from flowspec.applying.running import Passage
from flowspec.model.documents.plan import Status
from flowspec.pipeline import run
from flowspec.server.options import TwinOptions
from flowspec.server.run import RunningTwin, load
from flowspec.views import Style
from flowspec.views.json import read, view
from tests.applying.test_stale import live
from tests.applying.twinned import Applying, expected, rules_of
from tests.engine.generated import documents
from tests.plan.differential import OPTIONS, Case

SEEDS = 200 if os.environ.get("FLOWSPEC_DEEP") == "1" else 8


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_drawn_network(tmp_path: Path, seed: int) -> None:
    case = Case(seed)
    report = read(view(case.before.report, Style()))
    if not report.steps:
        return
    network = tmp_path / "network"
    network.mkdir()
    for name, document in documents(case.drawn).items():
        (network / name).write_text(json.dumps(document), "utf-8")
    with RunningTwin(load([str(network)]), TwinOptions(sync=True)) as running:
        refuse_stale(report, live(running, report))
        old = rules_of(running)
        assert Applying(running, tmp_path, report).apply() == Passage(Heading.APPLIED)
        assert rules_of(running) == expected(old, report.steps)
        again = run(case.spec.spec, live(running, report), OPTIONS)
    mended = {address for change in report.suggested_changes for address in change.mends}
    status = {intent.address: intent.status for intent in again.intents}
    assert all(status[address] is Status.SATISFIED for address in mended)
    assert not any(change.mends for change in again.suggested_changes)
