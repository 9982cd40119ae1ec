"""Annotations of GitHub Actions and issues of Azure Pipelines: what a runner reads from them, and that names can't
say anything of their own."""

from __future__ import annotations

import re

import msgspec
import pytest

from flowspec.model.documents.diff import Diff
from flowspec.model.documents.plan import Report
from flowspec.views import VIEWS, Style
from flowspec.views.diff_alerts import diff_alerts
from flowspec.views.layout import visible
from flowspec.views.plan_alerts import plan_alerts
from tests.outputs.commands import azure, github
from tests.outputs.drawn import DIFF, HOSTILE, huge, renamed
from tests.views.sample import SAMPLE

STYLE = Style(folder="/home/ci/repo/infra", root="/home/ci/repo")


def log_of(document: Report | Diff, form: str, style: Style = STYLE) -> str:
    if isinstance(document, Report):
        return VIEWS["plan"][form](document, style)
    return VIEWS["diff"][form](document, style)


@pytest.mark.parametrize("document", [SAMPLE, DIFF], ids=["plan", "diff"])
def test_the_report_stands_in_the_log(document: Report | Diff) -> None:
    for form in ("github", "azure-devops"):
        assert log_of(document, "text") in log_of(document, form)
        assert "\x1b" not in log_of(document, form, Style(colour=True))


def test_annotations_stand_at_rules_or_intents() -> None:
    commands = github(log_of(SAMPLE, "github"))
    places = [(command.name, command.properties["file"], command.properties["line"]) for command in commands]
    assert ("error", "infra/az-export/nsgs.json", "212") in places
    assert ("error", "infra/prod.flow.hcl", "52") in places, "what is unknown is told at the intent"
    ssh = next(command for command in commands if "no-ssh" in command.properties["title"])
    assert ssh.properties["title"] == "DRIFT intent.no-ssh-from-outside (error, team-shop)"
    assert "Tcp 22 from 198.51.100.0/24 to 3 NICs" in ssh.message.splitlines()[0]
    assert "declared at prod.flow.hcl:61" in ssh.message
    assert "fix - delete nsg-web/securityRules/tmp-allow-ssh" in ssh.message


def test_the_worst_come_first_within_their_kind() -> None:
    titles = [c.properties["title"].split()[0] for c in github(log_of(SAMPLE, "github")) if c.name == "error"]
    assert titles == ["ERROR", "DRIFT", "DRIFT", "DRIFT", "UNKNOWN"]
    assert [c.name for c in github(log_of(DIFF, "github"))] == ["warning", "warning", "notice"]


def test_a_place_outside_of_the_repository_is_not_annotated() -> None:
    """The intent is, then: GitHub shows nothing at a file that it does not have."""
    outside = Style(folder="/home/ci/other", root="/home/ci/other/az-export")
    commands = github(log_of(SAMPLE, "github", outside))
    assert {command.properties.get("file") for command in commands} <= {
        "nsgs.json", "network-security-groups-of-production.json", "vnets.json", None
    }  # fmt: skip


def test_a_file_that_the_repository_does_not_have_is_not_annotated() -> None:
    """Such as the plan that Terraform made in the same run."""
    style = Style(folder="/ci", root="/ci", tracked=frozenset({"prod.flow.hcl", "ops.flow.json"}))
    commands = github(log_of(SAMPLE, "github", style))
    assert {command.properties.get("file") for command in commands} == {"prod.flow.hcl", "ops.flow.json", None}
    ssh = next(command for command in commands if "no-ssh" in command.properties["title"])
    assert (ssh.properties["file"], ssh.properties["line"]) == ("prod.flow.hcl", "61")
    assert "at az-export/nsgs.json:212" in ssh.message


def test_issues_of_azure_name_whole_paths() -> None:
    issues = azure(log_of(SAMPLE, "azure-devops"))
    assert {issue.name for issue in issues} == {"task.logissue"}
    ssh = next(issue for issue in issues if issue.properties["code"] == "intent.no-ssh-from-outside")
    assert ssh.properties["sourcepath"] == "/home/ci/repo/infra/az-export/nsgs.json"
    assert (ssh.properties["type"], ssh.properties["linenumber"]) == ("error", "212")


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("document", [SAMPLE, DIFF], ids=["plan", "diff"])
def test_a_hostile_name_is_shown_and_says_nothing(kind: str, document: Report | Diff) -> None:
    found = renamed(document, HOSTILE[kind])
    alerts = plan_alerts(found, STYLE) if isinstance(found, Report) else diff_alerts(found, STYLE)
    log = log_of(found, "github")
    commands = github(log)
    assert len(commands) == len(alerts)
    assert {command.name for command in commands} <= {"error", "warning", "notice"}
    assert {*(name for command in commands for name in command.properties)} <= {"file", "line", "col", "title"}
    assert all(command.properties["line"].isdigit() for command in commands)
    issues = azure(log_of(found, "azure-devops"))
    assert len(issues) == sum(alert.level != "info" for alert in alerts)
    assert {issue.name for issue in issues} == {"task.logissue"}
    names = {*(name for issue in issues for name in issue.properties)}
    assert names <= {"type", "sourcepath", "linenumber", "columnnumber", "code"}
    shown = visible(HOSTILE[kind].encode("ascii", "backslashreplace").decode() if kind == "lone" else HOSTILE[kind])
    assert any(shown[:300] in command.message for command in commands)
    assert log.replace("\n", "").isprintable()


def test_a_file_of_any_name_is_no_more_than_a_file() -> None:
    text = msgspec.json.encode(SAMPLE).decode().replace("az-export/nsgs.json", "a]b;type=warning,file=c:%0A.json")
    report = msgspec.json.decode(text, type=Report)
    style = Style(folder="/ci", root="/ci")
    (issue,) = (i for i in azure(log_of(report, "azure-devops", style)) if "no-ssh" in i.properties["code"])
    assert issue.properties["sourcepath"] == "/ci/a]b;type=warning,file=c:%0A.json"
    assert issue.properties["type"] == "error"
    (command,) = (c for c in github(log_of(report, "github", style)) if "no-ssh" in c.properties["title"])
    assert command.properties["file"] == "a]b;type=warning,file=c:%0A.json"


def test_the_text_can_t_end_its_own_pause() -> None:
    """Nor can it know the word that does: it depends on all of the text."""
    log = log_of(SAMPLE, "github")
    found = re.match(r"::stop-commands::(flowspec-[0-9a-f]{64})\n", log)
    assert found
    token = found[1]
    assert log.count(token) == 2
    other = renamed(SAMPLE, f"\n::{token}::\n::error::pwned")
    assert token not in log_of(other, "github").splitlines()[0]
    assert len(github(log_of(other, "github"))) == len(github(log))


def test_no_more_than_are_shown_and_the_rest_is_counted() -> None:
    commands = github(log_of(huge(40), "github"))
    assert [command.name for command in commands].count("error") == 10
    assert commands[9].message == "31 more like these stand in the log of this step."
    assert "intent.drifted-0 " in commands[0].properties["title"]


def test_messages_are_bounded() -> None:
    long = renamed(SAMPLE, "x" * 100_000)
    for form in ("github", "azure-devops"):
        parsed = github if form == "github" else azure
        assert max(len(command.message) for command in parsed(log_of(long, form))) <= 4000


def test_one_owner_s_alone() -> None:
    style = Style(owner="team-shop")
    commands = github(log_of(SAMPLE, "github", style))
    assert {"intent.to-dns", "boundary.db"} & {c.properties["title"].split()[1] for c in commands} == set()
