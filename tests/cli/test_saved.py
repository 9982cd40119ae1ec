"""`show` and `render`: saved plans, where reports go, and who reads them."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from flowspec.cli.outputs import write_file
from flowspec.errors import FlowspecError
from flowspec.model.documents.plan import Report
from flowspec.patches import render
from flowspec.views import VIEWS, Style
from tests.cli.command import COMMAND, environment, flowspec
from tests.cli.shop import SSH, lay_out
from tests.views.sample import CREATE_DB, SAMPLE


def save(folder: Path, report: Report = SAMPLE) -> Path:
    file = folder / "p.plan"
    file.write_text(VIEWS["plan"]["json"](report, Style()), encoding="utf-8")
    return file


def test_show_is_the_text_of_the_plan(tmp_path: Path) -> None:
    done = flowspec("show", save(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == VIEWS["plan"]["text"](SAMPLE, Style())
    assert flowspec("show", save(tmp_path), "--all").stdout == VIEWS["plan"]["text"](SAMPLE, Style(everything=True))


@pytest.mark.parametrize("flags", [["-o", "json"], ["-json"], ["--json"], ["--output=json"]])
def test_show_json_is_the_document(flags: list[str], tmp_path: Path) -> None:
    assert flowspec("show", save(tmp_path), *flags).stdout == save(tmp_path).read_text(encoding="utf-8")


def test_reports_go_to_files_and_text_to_the_screen(tmp_path: Path) -> None:
    file = save(tmp_path)
    done = flowspec("show", file, "-o", f"json={tmp_path}/a.json", "-o", f"text={tmp_path}/a.txt")
    assert done.stdout == VIEWS["plan"]["text"](SAMPLE, Style()) == (tmp_path / "a.txt").read_text(encoding="utf-8")
    assert (tmp_path / "a.json").read_bytes() == file.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.txt", "p.plan"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "Error: Can't read p.plan: No such file or directory."),
        ("{}", "Error: p.plan is not a saved plan: it has no format_version."),
        ("no", "Error: p.plan is not a saved plan: it is not JSON"),
        ('{"format_version": "9.0"}', "Error: p.plan has format_version 9.0, and this flowspec reads 1.0."),
        ('{"format_version": "1.0"}', "Error: Saved plan is stale\n  p.plan was edited"),
    ],
)
@pytest.mark.parametrize("command", [["show"], ["render", "--dialect", "az"]])
def test_what_is_no_plan_is_an_error(content: str | None, words: str, command: list[str], tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "p.plan").write_text(content)
    done = flowspec(*command, "p.plan", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr


def test_a_folder_is_no_plan(tmp_path: Path) -> None:
    done = flowspec("show", tmp_path)
    assert (done.returncode, done.stderr) == (1, f"Error: Can't read {tmp_path}: Is a directory.\n")


@pytest.mark.parametrize("dialect", ["terraform", "az", "powershell"])
def test_render(dialect: str, tmp_path: Path) -> None:
    file = save(tmp_path)
    (patch,) = render(SAMPLE, dialect)
    done = flowspec("render", file, "--dialect", dialect, "--allow-stale")
    assert (done.returncode, done.stdout, done.stderr) == (0, patch.text, "")
    done = flowspec("render", "p.plan", "--dialect", dialect, "--out-dir", "deep/out", "--allow-stale", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"Wrote deep/out/{patch.file}\n")
    assert (tmp_path / "deep" / "out" / patch.file).read_text(encoding="utf-8") == patch.text


@pytest.mark.parametrize("dialect", ["bicep", "arm"])
def test_render_of_several_resource_groups(dialect: str, tmp_path: Path) -> None:
    """A file for each, and so no standard output."""
    file = save(tmp_path)
    done = flowspec("render", file, "--dialect", dialect, "--allow-stale")
    assert (done.returncode, done.stdout) == (1, "")
    assert "2 resource groups" in done.stderr and "--out-dir" in done.stderr
    done = flowspec("render", "p.plan", "--dialect", dialect, "--out-dir", "out", "--allow-stale", cwd=tmp_path)
    patches = render(SAMPLE, dialect)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("".join(f"Wrote out/{patch.file}\n" for patch in patches))
    assert {path.name: path.read_text("utf-8") for path in (tmp_path / "out").iterdir()} == {
        patch.file: patch.text for patch in patches
    }


def test_render_through_a_template(tmp_path: Path) -> None:
    (tmp_path / "names.txt.j2").write_text("{{ changes | map(attribute='name') | join(' ') }}\n")
    done = flowspec("render", save(tmp_path), "--dialect", "names.txt.j2", cwd=tmp_path)
    assert done.stdout == "tmp-allow-ssh flowspec-web-to-db-in web-to-db\n"
    (tmp_path / "bad.j2").write_text("\n{% if %}")
    done = flowspec("render", save(tmp_path), "--dialect", "bad.j2", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: bad.j2:2: The template fails: Expected an expression")


def test_render_says_what_it_can_t_compare(tmp_path: Path) -> None:
    done = flowspec("render", save(tmp_path), "--dialect", "az", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, render(SAMPLE, "az")[0].text)
    absent = "az-export/, ServiceTags_Public_20251028.json is not here to be compared"
    assert done.stderr == f"Whether the plan is stale can't be told: {absent}.\n"


def _edit(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\n")


STALE = {
    "the spec": (lambda folder: _edit(folder / "shop.flow.hcl"), "shop.flow.hcl changed"),
    "the inventory": (lambda folder: _edit(folder / "net" / "net.json"), "net changed"),
    "one more file": (lambda folder: (folder / "net" / "new.json").write_text("[]"), "net changed"),
    "no file left": (lambda folder: (folder / "net" / "net.json").unlink(), "net changed"),
    "both": (lambda folder: (_edit(folder / "net" / "net.json"), _edit(folder / "shop.flow.hcl")),
             "shop.flow.hcl, net changed"),
}  # fmt: skip


@pytest.mark.parametrize("case", STALE)
def test_a_stale_plan_is_refused(case: str, tmp_path: Path) -> None:
    lay_out(tmp_path, SSH)
    (tmp_path / "net").mkdir()
    (tmp_path / "net.json").rename(tmp_path / "net" / "net.json")
    assert flowspec("plan", "shop.flow.hcl", "-i", "net", "--out", "p.plan", cwd=tmp_path).returncode == 0
    commands = (("show", "p.plan"), ("render", "p.plan", "--dialect", "az"))
    fresh = [flowspec(*command, cwd=tmp_path) for command in commands]
    assert [(done.returncode, done.stderr) for done in fresh] == [(0, ""), (0, "")]
    change, words = STALE[case]
    change(tmp_path)
    for command, before in zip(commands, fresh, strict=True):
        done = flowspec(*command, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("Error: Saved plan is stale\n") and words in done.stderr
        done = flowspec(*command, "--allow-stale", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, before.stdout)


def test_render_of_a_plan_without_changes_says_so(tmp_path: Path) -> None:
    file = save(tmp_path, msgspec.structs.replace(SAMPLE, suggested_changes=(), inventory=()))
    done = flowspec("render", file, "--dialect", "az", "--out-dir", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "The plan suggests no changes: there is nothing to render.\n"
    assert not (tmp_path / "out").exists()


def test_render_refuses_a_truncated_proof_and_writes_nothing(tmp_path: Path) -> None:
    cut = msgspec.structs.replace(CREATE_DB, proof=msgspec.structs.replace(CREATE_DB.proof, truncated=True))
    file = save(tmp_path, msgspec.structs.replace(SAMPLE, suggested_changes=(cut,)))
    done = flowspec("render", file, "--dialect", "az", "--out-dir", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "truncated" in done.stderr
    assert not (tmp_path / "out").exists()


def on_a_terminal(
    *arguments: str, command: Sequence[str] = COMMAND, cwd: Path | None = None, env: dict[str, str] | None = None
) -> str:
    """What the command writes to a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    process = subprocess.Popen(
        [*command, *arguments],
        cwd=cwd,
        env=environment({"TERM": "xterm", **(env or {})}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError as error:
            assert error.errno == errno.EIO
            break
        if not piece:
            break
        written += piece
    process.wait()
    os.close(ours)
    return written.decode().replace("\r\n", "\n")


def test_a_terminal_gets_colour_and_its_own_width(tmp_path: Path) -> None:
    told = on_a_terminal("show", str(save(tmp_path)))
    assert told == VIEWS["plan"]["text"](SAMPLE, Style(colour=True, width=100))


@pytest.mark.parametrize(
    ("flags", "env"),
    [(["--no-color"], {}), (["-no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"}), ([], {"CI": "true"})],
)
def test_a_terminal_can_do_without_colour(flags: list[str], env: dict[str, str], tmp_path: Path) -> None:
    assert "\x1b" not in on_a_terminal("show", str(save(tmp_path)), *flags, env=env)


def test_a_pipe_gets_no_colour_whatever_the_environment_forces(tmp_path: Path) -> None:
    env = {"FORCE_COLOR": "1", "GITHUB_ACTIONS": "true", "COLUMNS": "300", "PYTHONIOENCODING": "latin-1"}
    assert flowspec("show", save(tmp_path), env=env).stdout == VIEWS["plan"]["text"](SAMPLE, Style())


def test_errors_on_a_terminal_are_coloured_unless_asked_otherwise() -> None:
    assert on_a_terminal("show", "absent").startswith("\x1b[1;31mError:\x1b[0m Can't read absent")
    assert on_a_terminal("show", "absent", "--no-color").startswith("Error: Can't read absent")


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    many = msgspec.structs.replace(SAMPLE, problems=SAMPLE.problems * 5000)
    process = subprocess.Popen([*COMMAND, "show", str(save(tmp_path, many))], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment())  # fmt: skip
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline().startswith(b"6 of 8 intents")
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "show", str(save(tmp_path))], stdout=full, stderr=subprocess.PIPE, env=environment()
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"Error: Can't write to standard output: No space left")
    done_to_file = flowspec("show", save(tmp_path), "-o", "json=/dev/full")
    assert (done_to_file.returncode, done_to_file.stdout) == (1, "")
    assert done_to_file.stderr == "Error: Can't write /dev/full: No space left on device.\n"


@pytest.mark.parametrize("stream", [1, 2])
def test_a_stream_that_was_closed_before_the_start_leads_nowhere(stream: int, tmp_path: Path) -> None:
    plan = str(save(tmp_path))
    done = subprocess.run(["sh", "-c", f'"$@" {stream}>&-', "sh", *COMMAND, "show", plan], capture_output=True,
                          env=environment())  # fmt: skip
    assert done.returncode == 0
    assert b"Traceback" not in done.stdout + done.stderr


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    done = flowspec("show", save(tmp_path), "-o", "json=/dev/stderr")
    assert done.returncode == 0
    assert done.stderr == save(tmp_path).read_text(encoding="utf-8")


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    file, link = tmp_path / "f", tmp_path / "link"
    file.write_text("old")
    file.chmod(0o600)
    link.symlink_to(file)
    write_file(link, "new")
    assert link.is_symlink()
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o600
    write_file(tmp_path / "fresh", "x")
    assert (tmp_path / "fresh").stat().st_mode & 0o777 == 0o666 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_write_that_fails_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "f"
    file.write_text("old")

    def fails(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(FlowspecError, match=r"Can't write .*: Input/output error\."):
        write_file(file, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["f"]
    assert file.read_text() == "old"


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    done = flowspec("show", save(tmp_path), "-o", "json=absent/x.json", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: Can't write absent/x.json: No such file or directory.\n"


def test_of_several_files_all_are_written_or_none(tmp_path: Path) -> None:
    lay_out(tmp_path)
    before = sorted(tmp_path.iterdir())
    arguments = ("-i", "net.json", "--today", "2026-11-21", "-o", "json=one.json", "-o", "text=nowhere/two.txt")
    done = flowspec("plan", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: Can't write nowhere/two.txt: No such file or directory.\n"
    assert sorted(tmp_path.iterdir()) == before


def test_a_path_does_not_act_on_the_terminal(tmp_path: Path) -> None:
    done = flowspec("plan", "-i", "net.json", "--out", "\x1b[31mred.json", cwd=lay_out(tmp_path))
    assert (tmp_path / "\x1b[31mred.json").exists()
    assert "\x1b" not in done.stderr and "Saved the plan to \\x1b[31mred.json" in done.stderr


def test_a_shard_without_changes_says_nothing_about_the_others(tmp_path: Path) -> None:
    lay_out(tmp_path)
    told = []
    for number in range(1, 4):
        saved = f"shard-{number}.json"
        flowspec("plan", "-i", "net.json", "--shard", f"{number}/3", "--out", saved, cwd=tmp_path)
        told.append(flowspec("render", saved, "--dialect", "az", cwd=tmp_path).stderr)
    silent = [number for number, text in enumerate(told, 1) if "nothing to render" in text]
    assert silent
    for number in silent:
        assert told[number - 1] == f"Shard {number} of 3 alone suggests no changes: there is nothing to render.\n"


def test_render_in_place(tmp_path: Path) -> None:
    file = save(tmp_path)
    for words in (["--dialect", "az", "--in-place"], ["--dialect", "terraform", "--in-place"],
                  ["--dialect", "terraform", "--terraform-dir", "infra"]):  # fmt: skip
        done = flowspec("render", file, *words, "--allow-stale", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, "") and "--in-place" in done.stderr
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(
        'resource "azurerm_network_security_group" "web" {\n  name = "nsg-x"\n}\n'
    )
    done = flowspec("render", file, "--allow-stale", cwd=tmp_path)
    assert done.returncode == 1 and "Give one of terraform, bicep, arm, az, powershell" in " ".join(done.stderr.split())
    place = ("--in-place", "--terraform-dir", "infra", "--allow-stale")
    done = flowspec("render", file, *place, "--out-dir", "out", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "") and not (tmp_path / "out").exists()
    assert done.stderr.count("Error: Can't") == 3, "all reasons"
    for words in ([], ["--dialect", "arm"]):
        done = flowspec("render", file, *words, "--in-place", "--allow-stale", cwd=tmp_path)
        assert done.returncode == 1 and "None of the plan's sources is an ARM template" in done.stderr


@pytest.mark.parametrize("dialect, where", [("arm", "metadata"), ("bicep", "comments")])
def test_what_a_deployment_leaves_as_it_is_is_told(dialect: str, where: str, tmp_path: Path) -> None:
    """Of deletions alone there is nothing to deploy."""
    file = save(tmp_path)
    words = ("--dialect", dialect, "--allow-stale", "--out-dir", "out")
    told = " ".join(flowspec("render", file, *words, cwd=tmp_path).stderr.split())
    assert f"A deployment deletes nothing, and 1 rule is to be deleted: by the az commands in its {where}" in told
    assert "deploys nothing else" not in told
    deleted = [change for change in SAMPLE.suggested_changes if change.change.after is None]
    assert deleted
    file = save(tmp_path, msgspec.structs.replace(SAMPLE, suggested_changes=tuple(deleted), steps=()))
    told = " ".join(flowspec("render", file, *words, cwd=tmp_path).stderr.split())
    assert "It deploys nothing else." in told
    assert "deletes nothing" not in flowspec("render", file, "--dialect", "az", "--allow-stale", cwd=tmp_path).stderr
