"""`-o FORMAT[=FILE]` means the same on every command that prints a result."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import flowspec
from tests.cli.shop import CLOSED, SPEC, SSH, lay_out
from tests.document import fits

ASKED = ("--vm", "vm-web-01", "--direction", "Inbound", "--protocol", "TCP", "--local", "10.0.0.4:22",
         "--remote", "8.8.8.8:50000")  # fmt: skip
COMMANDS = {
    "plan": ("plan", "-i", "net.json", "--today", "2026-11-21"),
    "show": ("show", "p.plan"),
    "diff": ("diff", "net.json", "other/net.json"),
    "targets": ("targets", "-i", "net.json"),
    "lint": ("lint", "-i", "net.json"),
    "optimize": ("optimize", "-i", "net.json", "--today", "2026-11-21"),
    "validate": ("validate",),
    "verify": ("verify", "-i", "net.json", *ASKED),
}
DOCUMENTS = {name: name for name in COMMANDS} | {"show": "plan"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = lay_out(tmp_path_factory.mktemp("shop"), SSH)
    (folder / "other").mkdir()
    lay_out(folder / "other", CLOSED)
    assert flowspec(*COMMANDS["plan"], "--out", "p.plan", cwd=folder).returncode == 0
    return folder


@pytest.mark.parametrize("name", COMMANDS)
def test_each_report_goes_where_it_is_sent(name: str, shop: Path) -> None:
    command = COMMANDS[name]
    text, document = flowspec(*command, cwd=shop), flowspec(*command, "-json", cwd=shop)
    fits(document.stdout, DOCUMENTS[name])
    sent = flowspec(*command, "-o", "json", "-o", "text=a.txt", "-o", "json=a.json", cwd=shop)
    assert sent.stdout == document.stdout
    assert (shop / "a.txt").read_text("utf-8") == text.stdout
    assert (shop / "a.json").read_text("utf-8") == document.stdout
    beside = flowspec(*command, "-o", "json=b.json", cwd=shop)
    assert (beside.stdout, beside.returncode) == (text.stdout, text.returncode)
    assert (shop / "b.json").read_text("utf-8") == document.stdout
    assert {text.returncode} == {document.returncode, sent.returncode}


@pytest.mark.parametrize("name", COMMANDS)
def test_all_files_are_written_or_none(name: str, shop: Path) -> None:
    done = flowspec(*COMMANDS[name], "-o", "json=half.json", "-o", "text=no/such/folder.txt", cwd=shop)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Can't write no/such/folder.txt" in done.stderr
    assert not (shop / "half.json").exists()


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("given", "told"), [
    (["-o", "xml"], "'xml' is no format. There are: text, json"),
    (["-o", "xml=x"], "'xml' is no format. There are: text, json"),
    (["-json", "-o", "text"], "Only one report can go to standard output"),
])  # fmt: skip
def test_what_is_no_format_is_refused_before_anything_is_read(
    name: str, given: list[str], told: str, shop: Path
) -> None:
    done = flowspec(*COMMANDS[name], *given, cwd=shop / "other")
    assert (done.returncode, done.stdout) == (1, "")
    assert told in " ".join(done.stderr.split())


def test_what_is_wrong_with_a_group_stands_in_the_document(tmp_path: Path) -> None:
    lay_out(tmp_path, spec=SPEC.replace("vm-db-*", "vm-gone-*"))
    done = flowspec("targets", "-i", "net.json", "-json", cwd=tmp_path)
    assert done.returncode == 1
    assert '"severity": "error"' in fits(done.stdout, "targets")
    assert "Error: " in done.stderr


def test_a_stream_of_answers_goes_to_no_file(shop: Path) -> None:
    done = flowspec("verify", "-i", "net.json", "--flows", "-", "-o", "json=x", cwd=shop)
    assert done.returncode == 1
    assert "--flows writes to standard output" in " ".join(done.stderr.split())
    assert not (shop / "x").exists()
