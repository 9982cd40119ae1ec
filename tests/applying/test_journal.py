"""The journal: on the disk before each call, for its owner alone, and trusted only where it holds."""

from __future__ import annotations

import errno
import json
import os
import stat
import zlib
from pathlib import Path
from typing import Any

import pytest

from flowspec.applying import journal as journals
from flowspec.applying.attempt import journal_for, journal_to_undo
from flowspec.applying.content import content
from flowspec.applying.journal import FILE, FOLDER, Heading, locked
from flowspec.errors import FlowspecError
from tests.applying.twinned import (
    DB,
    WEB,
    Applying,
    Counted,
    expected,
    made,
    properties,
    rules_of,
    step,
    three_steps,
    twin,
)


class StoppedError(Exception):
    """As if the process ended here."""


def cut_short(tmp_path: Path, at: int = 9, when: str = "after") -> tuple[Applying, Any]:
    """An apply of the three steps that ends at its n-th call, its twin, and the rules of before."""
    running = twin(sync=True).start()
    applying = Applying(running, tmp_path, made(three_steps()))
    old = rules_of(running)

    def hook(number: int, moment: str, name: str) -> None:
        if (number, moment) == (at, when):
            raise StoppedError

    applying.wrapped = lambda api: Counted(api, hook)
    with pytest.raises(StoppedError):
        applying.apply()
    applying.wrapped = lambda api: api
    running.stop()
    return applying, old


def entries(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line.partition(" ")[2]) for line in file.read_text("utf-8").splitlines()]


def test_what_was_there_is_on_the_disk_before_each_write(tmp_path: Path) -> None:
    file = tmp_path / FOLDER / FILE
    seen: list[tuple[str, int]] = []
    synced: list[int] = []
    with twin(sync=True) as running:
        applying = Applying(running, tmp_path, made(three_steps()))

        def hook(number: int, moment: str, name: str) -> None:
            if moment == "before" and name in ("write", "delete"):
                told = entries(file)
                begun = [one for one in told if "begin" in one]
                seen.append((name, len(begun)))
                assert begun[-1]["begin"] == len(begun) - 1
                assert len(synced) > len(told) - 1, "forced to the disk"
                assert stat.S_IMODE(file.stat().st_mode) == 0o600

        applying.wrapped = lambda api: Counted(api, hook)
        real = os.fsync
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("flowspec.applying.journal.os.fsync", lambda handle: synced.append(handle) or real(handle))
            applying.apply()
        assert seen == [("write", 1), ("write", 2), ("delete", 3)]


def test_the_whole_rule_is_kept(tmp_path: Path) -> None:
    _, old = cut_short(tmp_path)
    told = next(one for one in entries(tmp_path / FOLDER / FILE) if one.get("begin") == 1)
    assert content(told["before"]) == old[f"{WEB}/securityRules/tmp-allow-ssh".casefold()]


def test_a_line_that_was_cut_is_one_that_was_not_written(tmp_path: Path) -> None:
    applying, old = cut_short(tmp_path)
    with applying.twin:
        file = tmp_path / FOLDER / FILE
        with file.open("ab") as stream:
            stream.write(b'12345678 {"done": 1, "le')
        assert applying.undo().course is Heading.UNDONE
        assert rules_of(applying.twin) == old


def test_a_disk_that_is_full_stops_it_where_the_next_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each line, half of which is still written."""
    real, report = os.write, made(three_steps())
    for lines in range(1, 8):
        folder = tmp_path / str(lines)
        folder.mkdir()
        written: list[int] = []

        def write(handle: int, data: bytes, lines: int = lines, written: list[int] = written) -> int:
            written.append(len(data))
            if len(written) > lines:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(handle, data if len(written) < lines else data[: len(data) // 2])

        with twin(sync=True) as running:
            applying, old = Applying(running, folder, report), rules_of(running)
            monkeypatch.setattr("flowspec.applying.journal.os.write", write)
            with pytest.raises(FlowspecError, match=r"apply\.journal can't be written: No space left on device"):
                applying.apply()
            monkeypatch.undo()
            assert applying.apply().course is Heading.APPLIED
            assert rules_of(running) == expected(old, report.steps)


def test_a_file_without_its_first_line_is_of_an_apply_that_began_nothing(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    file = tmp_path / FOLDER / FILE
    file.touch(0o600)
    assert journals.unfinished(tmp_path) is None and not file.exists()


def resealed(entry: dict[str, Any]) -> bytes:
    text = json.dumps(entry).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def changed_line(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b'"priority":210', b'"priority":211', 1))


def another_rule(file: Path) -> None:
    """What is to be written is not the plan's: a rule that lets everyone in, in a line that holds."""
    lines = entries(file)
    lines[1]["wanted"]["access"] = "Allow"
    file.write_bytes(b"".join(map(resealed, lines)))


def others_may_write(file: Path) -> None:
    file.chmod(0o644)


def newer(file: Path) -> None:
    lines = entries(file)
    lines[0]["head"]["flowspec_apply"] = 2
    file.write_bytes(b"".join(map(resealed, lines)))


def odd(file: Path) -> None:
    with file.open("ab") as stream:
        stream.write(resealed({"begun": 1}) + resealed({"undone": 1}))


@pytest.mark.parametrize(
    ("change", "words"),
    [(changed_line, "line 1 was changed or is broken"), (another_rule, "step 1 is not what was written"),
     (others_may_write, "others than you"), (newer, "a newer flowspec wrote it"), (odd, "a line says")],
)  # fmt: skip
def test_what_can_not_be_trusted(tmp_path: Path, change: Any, words: str) -> None:
    applying, _ = cut_short(tmp_path)
    with applying.twin:
        change(tmp_path / FOLDER / FILE)
        for act in (applying.apply, applying.undo):
            with pytest.raises(FlowspecError, match=f"can't be trusted: .*{words}"):
                act()


def test_a_link_is_no_journal(tmp_path: Path) -> None:
    applying, _ = cut_short(tmp_path)
    with applying.twin:
        file = tmp_path / FOLDER / FILE
        file.rename(tmp_path / "elsewhere")
        file.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(FlowspecError, match="can't be trusted"):
            applying.apply()


def test_it_is_of_one_plan_and_one_azure(tmp_path: Path) -> None:
    applying, _ = cut_short(tmp_path)
    with applying.twin:
        other = made([step(DB, "flowspec-b-deny-in", None, properties(220))])
        with pytest.raises(FlowspecError, match="An apply of another plan was cut short here") as refused:
            journal_for(other, tmp_path, applying.twin.url, "other.json")
        assert "flowspec apply plan.json goes on with it" in refused.value.problems[0].detail
        with pytest.raises(FlowspecError, match="is of another Azure"):
            journal_for(applying.report, tmp_path, "https://management.azure.com", "plan.json")
        with pytest.raises(FlowspecError, match="An apply of another plan was cut short here"):
            journal_to_undo(other, tmp_path)


def test_there_is_nothing_to_undo(tmp_path: Path) -> None:
    with pytest.raises(FlowspecError, match="nothing to undo"):
        journal_to_undo(None, tmp_path)
    with twin(sync=True) as running:
        applying = Applying(running, tmp_path, made(three_steps()))
        applying.apply()
    with pytest.raises(FlowspecError, match="nothing to undo") as refused:
        journal_to_undo(None, tmp_path)
    assert f"applied-{applying.report.digest[:16]}.journal: name the plan" in refused.value.problems[0].detail
    assert journal_to_undo(applying.report, tmp_path).course is Heading.APPLIED


def test_one_apply_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(FlowspecError, match="Another flowspec apply runs"), locked(tmp_path):
        pass
    with locked(tmp_path):
        assert (tmp_path / FOLDER / ".gitignore").read_text() == "*\n"
