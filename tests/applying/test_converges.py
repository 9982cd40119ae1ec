"""A plan of an example, applied to its twin and checked: planned again, nothing drifts and nothing is suggested."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flowspec.applying import journal as journals
from flowspec.applying.attempt import journal_to_undo
from flowspec.applying.brakes import answered_brakes
from flowspec.applying.checking import Checkup, checklist
from flowspec.applying.journal import Heading
from flowspec.model.documents.plan import Report, Status
from flowspec.model.inventory import Inventory
from flowspec.model.live import Cloud
from flowspec.pipeline import PlanOptions, run
from flowspec.server.options import Lie, TwinOptions
from flowspec.server.run import RunningTwin, load
from flowspec.sources import load_inventory
from flowspec.spec import load_spec
from flowspec.verifiers.asking import Asking, through_azure
from flowspec.views import Style
from flowspec.views.json import read, view
from tests.applying.test_stale import FOLDERS, live
from tests.applying.twinned import Applying, rules_of
from tests.azure.live import LIMITS, SHOP, TODAY


def planned(folder: Path, network: Inventory) -> Report:
    report = run(load_spec([folder], {}, [], {}), network, PlanOptions(today=TODAY))
    return read(view(report, Style()))


def asking(running: RunningTwin, folder: Path, **changes: Any) -> Asking:
    given: dict[str, Any] = {"max_calls": 60, "refresh": True, "recheck": 0.4, "limits": LIMITS, "folder": folder}
    backend = through_azure(Cloud(arm_endpoint=running.url))
    return Asking(backend=backend, address=running.url, now=time.time(), **(given | changes))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_example(folder: Path, tmp_path: Path) -> None:
    report = planned(folder, load_inventory([str(folder / "network")]))
    with RunningTwin(load([str(folder / "network")]), TwinOptions(sync=True)) as running:
        old, before = rules_of(running), live(running, report)
        applying = Applying(running, tmp_path, report)
        way, found = applying.attempt().apply(lambda: checklist(report, before).after(asking(running, tmp_path)))
        assert (way.course, way.problem) == (Heading.APPLIED, "")
        assert found is not None and found.mended and not found.wrong and not found.unanswered
        again = planned(folder, live(running, report))
        mended = {address for change in report.suggested_changes for address in change.mends}
        assert mended and not again.suggested_changes
        assert all(one.status is Status.SATISFIED for one in again.intents if one.address in mended)
        status = {one.address: one.status for one in report.intents}
        assert all(one.status is status[one.address] for one in again.intents if one.address not in mended)
        assert applying.attempt(journal_to_undo(report, tmp_path)).undo().course is Heading.UNDONE
        assert rules_of(running) == old


def shop(tmp_path: Path, options: TwinOptions) -> tuple[Heading, Checkup | None, bool]:
    """Where the shop's plan comes to, what was asked, and whether the rules are as before."""
    report = planned(SHOP, load_inventory([str(SHOP / "network")]))
    with RunningTwin(load([str(SHOP / "network")]), options) as running:
        old, before = rules_of(running), live(running, report)
        applying = Applying(running, tmp_path, report)
        way, found = applying.attempt().apply(lambda: checklist(report, before).after(asking(running, tmp_path)))
        assert journals.unfinished(tmp_path) is None
        return way.course, found, rules_of(running) == old


def lie(access: str, times: int | None = None) -> Lie:
    """An answer to whoever asks about port 22 of the web servers."""
    request = frozenset({("localport", "22"), ("direction", "inbound"), ("remoteipaddress", "198.51.100.1")})
    return Lie(request, {"access": access, "ruleName": "securityRules/x", "ruleId": "x"}, times=times)


def test_a_wrong_answer_counts_when_it_stays(tmp_path: Path) -> None:
    course, found, same = shop(tmp_path, TwinOptions(sync=True, lies=(lie("Allow"),)))
    assert found is not None and found.wrong
    assert (course, same) == (Heading.UNDONE, True)


def test_an_old_answer_is_asked_for_again(tmp_path: Path) -> None:
    """A write is not seen at once (azure.md A12)."""
    course, found, same = shop(tmp_path, TwinOptions(sync=True, lies=(lie("Allow", times=3),)))
    assert found is not None and not found.wrong and found.calls > found.asked
    assert (course, same) == (Heading.APPLIED, False)


def test_what_can_not_be_asked_undoes_nothing(tmp_path: Path) -> None:
    refusal = Lie(frozenset(), {"error": {"code": "Odd", "message": "The VM is not running."}}, status=400)
    course, found, same = shop(tmp_path, TwinOptions(sync=True, lies=(refusal,)))
    assert found is not None and not found.asked and "Odd: The VM is not running." in found.unanswered
    assert (course, same) == (Heading.APPLIED, False)


def at_telnet(access: str) -> Lie:
    """A wrong answer about a flow that the shop's plan does not change: its neighbours ask about it."""
    request = frozenset({("localport", "23"), ("direction", "inbound")})
    return Lie(request, {"access": access, "ruleName": "securityRules/x", "ruleId": "x"})


def test_what_azure_said_before_the_first_step_is_not_the_plans_doing(tmp_path: Path) -> None:
    report = planned(SHOP, load_inventory([str(SHOP / "network")]))
    with RunningTwin(load([str(SHOP / "network")]), TwinOptions(sync=True, lies=(at_telnet("Allow"),))) as running:
        before = live(running, report)
        first = checklist(report, before).before(asking(running, tmp_path))
        assert first.wrong and not first.mended
        objections = list(answered_brakes(first))
        assert "TCP Inbound" in objections[0].why and objections[0].why.endswith(": Allow")
        applying = Applying(running, tmp_path, report)
        way, found = applying.attempt().apply(lambda: checklist(report, before).after(asking(running, tmp_path), first))
        assert way.course is Heading.APPLIED and found is not None
        assert not found.wrong and set(found.as_before) == set(first.wrong)


def test_a_changed_flow_that_was_wrong_before_still_counts(tmp_path: Path) -> None:
    """Denied before by the rules and allowed by Azure, allowed now and denied by Azure: that is the plan's doing."""
    report = planned(SHOP, load_inventory([str(SHOP / "network")]))
    with RunningTwin(load([str(SHOP / "network")]), TwinOptions(sync=True, lies=(lie("Allow"),))) as running:
        before = live(running, report)
        first = checklist(report, before).before(asking(running, tmp_path))
        assert not first.wrong and not list(answered_brakes(first))
        assert checklist(report, before).after(asking(running, tmp_path), first).wrong


def test_the_same_flows_are_asked_before_and_after(tmp_path: Path) -> None:
    """Also where only some may be asked, and of one of these it is not sure what it was."""
    report = planned(SHOP, load_inventory([str(SHOP / "network")]))
    with RunningTwin(load([str(SHOP / "network")]), TwinOptions(sync=True)) as running:
        flows = checklist(report, live(running, report))
        flows = replace(flows, flows=(replace(flows.flows[0], was=""), *flows.flows[1:]))
        few = asking(running, tmp_path, max_calls=3)
        first, last = flows.before(few), flows.after(few)
    assert (first.asked, last.asked) == (2, 3)
    assert first.left_out == last.left_out == len(flows.flows) - 3
