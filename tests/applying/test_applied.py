"""Steps brought into the twin: written one by one, compared, and put back where one fails."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from flowspec.applying.attempt import journal_to_undo, result_of
from flowspec.applying.content import content
from flowspec.applying.journal import FILE, FOLDER, Heading
from flowspec.applying.running import MENDING_VERSION, Doing, Passage
from flowspec.azure.lists import NETWORK as NETWORK_VERSION
from flowspec.server.options import FAULTS, Throttle
from flowspec.server.run import RunningTwin
from flowspec.views import VIEWS, Style
from tests.applying.twinned import (
    APP,
    DB,
    NETWORK,
    WEB,
    Applying,
    Counted,
    existing,
    expected,
    inventory,
    made,
    properties,
    rules_of,
    step,
    three_steps,
    twin,
)
from tests.azure.server import Asked, Response, failing, proxy
from tests.document import fits
from tests.server.asking import ask

RULE = f"{WEB}/securityRules/tmp-allow-ssh"
MADE = f"{DB}/securityRules/flowspec-a-deny-in"


class StoppedError(Exception):
    """As if the process ended here."""


@contextmanager
def through(running: RunningTwin, folder: Path, fault: Callable[[Asked], Response | None]):  # type: ignore[no-untyped-def]
    """An apply of the three steps through a server that may answer in the twin's place."""
    with proxy(running.url, fault) as server:
        applying = Applying(running, folder, made(three_steps()))
        applying.address = server.url
        yield applying, server


def is_write(asked: Asked, rule: str = "") -> bool:
    return asked.method in ("PUT", "DELETE") and rule.casefold() in asked.path.casefold()


def test_all_steps_and_back_again(tmp_path: Path) -> None:
    with twin() as running:
        old = rules_of(running)
        applying = Applying(running, tmp_path, made(three_steps()))
        assert applying.apply() == Passage(Heading.APPLIED)
        new = rules_of(running)
        assert new == expected(old, applying.report.steps) != old
        assert [doing for _, doing in applying.told] == [Doing.BEGUN, Doing.DONE] * 3
        journal = journal_to_undo(applying.report, tmp_path)
        assert applying.attempt(journal).undo() == Passage(Heading.UNDONE)
        assert rules_of(running) == old
        assert [path.name for path in (tmp_path / FOLDER).glob("*.journal")] == []


def test_each_write_is_read_before_and_after_and_names_what_it_expects(tmp_path: Path) -> None:
    with twin() as running, through(running, tmp_path, lambda asked: None) as (applying, server):
        assert applying.apply().course is Heading.APPLIED
    asked = [one for one in server.asked if "securityrules" in one.path.casefold()]
    assert {one.method for one in server.asked} == {"GET", "PUT", "DELETE"}
    writes = [at for at, one in enumerate(asked) if is_write(one)]
    assert [asked[at].method for at in writes] == ["PUT", "PUT", "DELETE"]
    for at in writes:
        assert (asked[at - 1].method, asked[at - 1].path) == ("GET", asked[at].path)
        assert (asked[at + 1].method, asked[at + 1].path) == ("GET", asked[at].path)
    headers = [{name.casefold(): value for name, value in asked[at].headers.items()} for at in writes]
    assert headers[0]["if-none-match"] == "*" and "if-match" not in headers[0]
    assert all(re.fullmatch(r'W/"[\w-]+"', one["if-match"]) for one in headers[1:])


def test_fields_that_no_plan_has_are_sent_and_come_back(tmp_path: Path) -> None:
    folder = tmp_path / "network"
    folder.mkdir()
    for file in NETWORK.iterdir():
        text = file.read_text("utf-8")
        if file.name == "nsgs.json":
            text = text.replace('"priority": 190,', '"priority": 190, "newInAzure": {"level": 7},')
        (folder / file.name).write_text(text, "utf-8")
    ssh = existing(WEB, "tmp-allow-ssh")
    steps = [
        step(WEB, "tmp-allow-ssh", ssh, replace(ssh, priority=195)),
        step(WEB, "tmp-allow-ssh", replace(ssh, priority=195), None),
    ]
    with twin(folder) as running:
        old = rules_of(running)
        assert ("newinazure", '{"level": 7}') in old[RULE.casefold()]
        applying = Applying(running, tmp_path, made(steps[:1]))
        assert applying.apply().course is Heading.APPLIED
        assert ("newinazure", '{"level": 7}') in rules_of(running)[RULE.casefold()]
        applying = Applying(running, tmp_path, made([replace(steps[1], before=steps[0].after)]))
        assert applying.apply().course is Heading.APPLIED
        assert RULE.casefold() not in rules_of(running)
        applying.attempt(journal_to_undo(applying.report, tmp_path)).undo()
        assert ("newinazure", '{"level": 7}') in rules_of(running)[RULE.casefold()]


def test_azure_may_add_fields_of_its_own(tmp_path: Path) -> None:
    def add(asked: Asked) -> Response | None:
        if is_write(asked, "flowspec-a-deny-in") and asked.body:
            body = json.loads(asked.body)
            body["properties"]["addedByAzure"] = True
            asked.body = json.dumps(body).encode()
        return None

    with twin(sync=True) as running, through(running, tmp_path, add) as (applying, _):
        old = rules_of(running)
        assert applying.apply() == Passage(Heading.APPLIED)
        applying.attempt(journal_to_undo(applying.report, tmp_path)).undo()
        assert rules_of(running) == old


@pytest.mark.parametrize("fault", FAULTS)
def test_every_write_stumbles_at_first(tmp_path: Path, fault: str) -> None:
    """500, a connection that breaks, half an answer: a look at the rule shows what happened."""
    with twin(fault_rate=0.6, faults=(fault,), seed=3, fault_paths=("/operations/",)) as running:
        old = rules_of(running)
        applying = Applying(running, tmp_path, made(three_steps()))
        assert applying.apply() == Passage(Heading.APPLIED)
        assert rules_of(running) == expected(old, applying.report.steps)


def test_throttled(tmp_path: Path) -> None:
    with twin(throttle=Throttle(1, 0.5)) as running:
        applying = Applying(running, tmp_path, made(three_steps()))
        assert applying.apply() == Passage(Heading.APPLIED)


def test_an_operation_of_somebody_else_is_waited_for(tmp_path: Path) -> None:
    """And the etag that it makes stale is read again."""
    with twin(settle=0.3) as running:
        ask(running, "PUT", f"{DB}/securityRules/somebody", {"properties": _raw(300)})
        applying = Applying(running, tmp_path, made(three_steps()))
        assert applying.apply() == Passage(Heading.APPLIED)


def _raw(priority: int, **more: object) -> dict[str, object]:
    return {
        "priority": priority, "direction": "Inbound", "access": "Deny", "protocol": "Tcp",
        "sourceAddressPrefix": "10.9.9.0/24", "sourcePortRange": "*", "destinationAddressPrefix": "*",
        "destinationPortRange": "9", **more,
    }  # fmt: skip


def edited(applying: Applying, number: int, change: Callable[[], Any], moment: str = "before") -> None:
    """Someone else changes something at the n-th call."""

    def hook(at: int, when: str, name: str) -> None:
        if (at, when) == (number, moment):
            change()

    applying.wrapped = lambda api: Counted(api, hook)


def test_a_rule_that_is_not_as_planned_stops_it(tmp_path: Path) -> None:
    with twin(sync=True) as running:
        applying = Applying(running, tmp_path, made(three_steps()))
        ask(running, "PUT", RULE, {"properties": _raw(191)})
        left = rules_of(running)
        way = applying.apply()
        assert (way.course, way.problem) == (
            Heading.UNDONE,
            "nsg-web/securityRules/tmp-allow-ssh: it is not as the plan found it",
        )
        assert rules_of(running) == left


def test_an_edit_between_the_look_and_the_write_is_not_overwritten(tmp_path: Path) -> None:
    """By the etag, or by the second look: whichever comes first."""
    for number in (6, 7, 8):
        with twin(sync=True) as running:
            folder = tmp_path / str(number)
            folder.mkdir()
            applying = Applying(running, folder, made(three_steps()))
            edited(applying, number, lambda running=running: ask(running, "PUT", RULE, {"properties": _raw(191)}))  # type: ignore[misc]
            way = applying.apply()
            assert way.course is Heading.UNDONE and "tmp-allow-ssh" in way.problem
            found = rules_of(running)
            assert found[RULE.casefold()] == content(_raw(191))
            assert MADE.casefold() not in found and applying.unfinished is None


def test_another_rule_of_the_nsg_may_change_meanwhile(tmp_path: Path) -> None:
    """Its write makes every etag of the NSG stale: 412, read again, written."""
    with twin(sync=True) as running:
        applying = Applying(running, tmp_path, made(three_steps()))
        other = f"{WEB}/securityRules/other"
        edited(applying, 6, lambda: ask(running, "PUT", other, {"properties": _raw(777)}), "after")
        assert applying.apply() == Passage(Heading.APPLIED)


def test_a_policy_alters_what_is_written(tmp_path: Path) -> None:
    """What Azure made of it is put back to what was there."""

    def alter(asked: Asked) -> Response | None:
        if is_write(asked, "tmp-allow-ssh") and b"198.51.100.7" in asked.body:
            body = json.loads(asked.body)
            body["properties"]["destinationPortRange"] = "2222"
            asked.body = json.dumps(body).encode()
        return None

    with twin() as running, through(running, tmp_path, alter) as (applying, _):
        old = rules_of(running)
        way = applying.apply()
        assert way.course is Heading.UNDONE
        assert "perhaps a Policy: destinationportrange 22 -> 2222" in way.problem
        assert rules_of(running) == old


@pytest.mark.parametrize("status, code", [(403, "RequestDisallowedByPolicy"), (409, "ScopeLocked"), (400, "Odd")])
def test_a_refusal_puts_back_what_was_done(tmp_path: Path, status: int, code: str) -> None:
    def refuse(asked: Asked) -> Response | None:
        return failing(status, code, "Not here.") if is_write(asked, "tmp-allow-ssh") else None

    with twin() as running, through(running, tmp_path, refuse) as (applying, server):
        old = rules_of(running)
        way = applying.apply()
        assert way.problem == f"nsg-web/securityRules/tmp-allow-ssh: {code}: Not here."
        assert way.course is Heading.UNDONE and rules_of(running) == old
        assert sum(is_write(one, "tmp-allow-ssh") for one in server.asked) == 1


def test_a_login_that_is_over_is_no_refusal(tmp_path: Path) -> None:
    """The way back would need one too: it goes on after the next login."""

    def expire(asked: Asked) -> Response | None:
        return failing(401, "ExpiredAuthenticationToken", "Over.") if is_write(asked, "tmp-allow-ssh") else None

    with twin(sync=True) as running, through(running, tmp_path, expire) as (applying, _):
        way = applying.apply()
        assert way.course is Heading.FORWARD and "the login is no longer taken: ExpiredAuth" in way.problem
        assert applying.unfinished is not None and applying.undo().course is Heading.UNDONE


def test_what_is_left_is_mended_under_the_version_of_the_reading() -> None:
    assert MENDING_VERSION == NETWORK_VERSION


def test_azure_says_done_and_does_nothing(tmp_path: Path) -> None:
    def swallow(asked: Asked) -> Response | None:
        return Response(200, b"{}") if is_write(asked, "tmp-allow-ssh") else None

    with twin() as running, through(running, tmp_path, swallow) as (applying, _):
        old = rules_of(running)
        way = applying.apply()
        assert "Azure says that it is done, and the rule is as it was" in way.problem
        assert way.course is Heading.UNDONE and rules_of(running) == old


def test_a_change_that_fails_in_azure_is_tried_again(tmp_path: Path) -> None:
    """`provisioningState: Failed`: the rule says what was written, and it does not hold."""
    seen: list[str] = []

    def fail(asked: Asked) -> Response | None:
        if asked.method == "GET" and "tmp-allow-ssh" in asked.path and len(seen) == 1:
            seen.append("failed")
            body = _raw(190, provisioningState="Failed")
            body |= {"access": "Allow", "sourceAddressPrefix": "198.51.100.7/32", "destinationPortRange": "22"}
            return Response(200, json.dumps({"id": RULE, "etag": 'W/"x"', "properties": body}).encode())
        if is_write(asked, "tmp-allow-ssh"):
            seen.append("write")
        return None

    with twin() as running, through(running, tmp_path, fail) as (applying, _):
        old = rules_of(running)
        assert applying.apply() == Passage(Heading.APPLIED)
        assert seen.count("write") >= 2 and rules_of(running) == expected(old, applying.report.steps)


def test_a_way_back_that_is_blocked_names_each_rule_with_its_command(tmp_path: Path) -> None:
    """Someone edits a rule of ours before the last step fails; the commands make the rest as it was."""

    def refuse(asked: Asked) -> Response | None:
        return failing(403, "No", "No.") if asked.method == "DELETE" else None

    with twin(sync=True) as running, through(running, tmp_path, refuse) as (applying, _):
        old = rules_of(running)
        way = applying.apply()
        assert way.course is Heading.BACK
        assert [one.place.rule for one in way.left] == ["flowspec-a-deny-in"]
        journal = applying.unfinished
        assert journal is not None and journal.course is Heading.BACK
        result = result_of(journal, way, None, [])
        fits(VIEWS["apply"]["json"](result, Style()), "apply")
        text = VIEWS["apply"]["text"](result, Style())
        assert f"az network nsg rule delete --ids {MADE}" in text
        assert "Left as they should not be:" in text and str(tmp_path / FOLDER / FILE) in text
        told = [one.outcome for one in result.steps]
        assert told == ["left", "undone", "undone"]
        assert ask(running, "DELETE", MADE).status in (200, 202, 204)
        assert rules_of(running) == old
        assert applying.undo().course is Heading.UNDONE


def test_the_command_that_mends_sends_the_whole_rule(tmp_path: Path) -> None:
    with twin(sync=True) as running:
        old = rules_of(running)
        applying = Applying(running, tmp_path, made(three_steps()))
        last = f"{APP}/securityRules/{three_steps()[2].rule}"
        applying.apply()
        ask(running, "PUT", last, {"properties": _raw(100)})
        journal = journal_to_undo(applying.report, tmp_path)
        way = applying.attempt(journal).undo()
        waiting = "it waits for the rules above"
        assert [one.why for one in way.left] == ["someone else changed it meanwhile", waiting, waiting]
        for one in result_of(journal, way, None, []).steps:
            words = shlex.split(one.mend)
            if words[:2] == ["az", "rest"]:
                given = dict(zip(words[2::2], words[3::2], strict=True))
                path = given["--url"].removeprefix(running.url)
                assert ask(running, "PUT", path, json.loads(given["--body"])).status == 200
            else:
                assert words[:-1] == ["az", "network", "nsg", "rule", "delete", "--ids"]
                ask(running, "DELETE", words[-1])
        assert rules_of(running) == old


def test_azure_is_gone_and_comes_back(tmp_path: Path) -> None:
    with twin() as running:
        old = rules_of(running)
        applying = Applying(running, tmp_path, made(three_steps()), seconds=0.6)
        edited(applying, 6, running.stop)
        way = applying.apply()
        assert way.course is Heading.FORWARD and "the run's time is over" in way.problem
        running.start()
        applying.seconds, applying.wrapped = 60.0, lambda api: api
        assert applying.apply() == Passage(Heading.APPLIED)
        assert rules_of(running) == expected(old, applying.report.steps)


def test_what_was_done_before_a_crash_and_changed_since_stops_it(tmp_path: Path) -> None:
    with twin(sync=True) as running:
        applying = Applying(running, tmp_path, made(three_steps()))

        def stop() -> None:
            raise StoppedError

        edited(applying, 8, stop)
        with pytest.raises(StoppedError):
            applying.apply()
        applying.wrapped = lambda api: api
        ask(running, "PUT", MADE, {"properties": _raw(210)})
        way = applying.apply()
        assert (way.course, [one.place.rule for one in way.left]) == (Heading.BACK, ["flowspec-a-deny-in"])
        assert rules_of(running)[MADE.casefold()] == content(_raw(210))


def test_a_rule_that_moves_in_two_steps_comes_back_in_two(tmp_path: Path) -> None:
    ssh = existing(WEB, "tmp-allow-ssh")
    moved, narrowed = replace(ssh, priority=195), replace(ssh, priority=195, source_address_prefix="198.51.100.7/32")
    steps = [step(WEB, "tmp-allow-ssh", ssh, moved), step(WEB, "tmp-allow-ssh", moved, narrowed)]
    with twin(sync=True) as running:
        old = rules_of(running)
        applying = Applying(running, tmp_path, made(steps))
        assert applying.apply() == Passage(Heading.APPLIED)
        assert rules_of(running) == expected(old, steps)
        ask(running, "PUT", RULE, {"properties": _raw(191)})
        journal = journal_to_undo(applying.report, tmp_path)
        left = applying.attempt(journal).undo().left
        assert len(left) == 1 and content(left[0].before or {}) == old[RULE.casefold()]


def test_nothing_but_the_steps_rules_is_written(tmp_path: Path) -> None:
    assert inventory().nsgs
    with twin() as running:
        service = Applying(running, tmp_path, made(three_steps()[:1])).writer().api
        for rule in (RULE, DB, f"{DB}/securityRules/other", f"{MADE}/x", f"{MADE}/../other"):
            with pytest.raises(Exception, match="the plan does not change it"):
                service.write(rule, {}, "")
            with pytest.raises(Exception, match="the plan does not change it"):
                service.delete(rule, "")
        assert service.write(MADE.upper(), properties_of(), "").status == 201


def properties_of() -> dict[str, object]:
    assert properties(210)
    return _raw(210)


def test_an_edit_at_the_very_write_is_not_undone_either(tmp_path: Path) -> None:
    """Azure answers 412 and writes nothing: the rule is left to whoever changed it, and the rest is put back."""
    with twin(sync=True) as running:
        applying = Applying(running, tmp_path, made(three_steps()))
        calls: list[str] = []

        def hook(number: int, moment: str, name: str) -> None:
            if moment == "before":
                calls.append(name)
                if name == "write" and calls.count("write") == 2:
                    ask(running, "PUT", RULE, {"properties": _raw(191)})

        applying.wrapped = lambda api: Counted(api, hook)
        way = applying.apply()
        assert way.course is Heading.UNDONE and "someone else changed or made it" in way.problem
        assert rules_of(running)[RULE.casefold()] == content(_raw(191))
        assert MADE.casefold() not in rules_of(running)
