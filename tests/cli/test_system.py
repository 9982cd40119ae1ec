"""What the operating system does to a command: names, devices, signals, memory. One line and exit 1, no traceback."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flowspec.__main__ import is_want_of_memory
from flowspec.cli.outputs import write_files
from tests.cli.command import COMMAND, environment, flowspec
from tests.cli.shop import SSH, lay_out

if sys.platform == "win32":
    pytest.skip("signals, pipes and devices of Unix", allow_module_level=True)

PATIENCE = 60
PLAN = ("plan", "--today", "2026-11-21")
FLOW = ("--direction", "Inbound", "--protocol", "TCP", "--local", "10.0.0.4:22", "--remote", "8.8.8.8:4000")

FILES = {
    "plan a spec": (*PLAN, "-i", "net.json", "{}"),
    "plan an inventory": (*PLAN, "-i", "{}"),
    "plan variables": (*PLAN, "-i", "net.json", "-var-file", "{}"),
    "validate": ("validate", "{}"),
    "targets": ("targets", "-i", "{}"),
    "lint": ("lint", "-i", "{}"),
    "optimize": ("optimize", "-i", "{}"),
    "diff old": ("diff", "{}", "net.json"),
    "diff new": ("diff", "net.json", "{}"),
    "diff both": ("diff", "net.json", "net.json", "--both", "{}"),
    "show": ("show", "{}"),
    "show shards": ("show", "p.plan", "{}"),
    "render": ("render", "{}", "--dialect", "az"),
    "render a template": ("render", "p.plan", "--dialect", "{}.j2"),
    "verify": ("verify", "-i", "{}", "--vm", "vm-web-01", *FLOW),
    "verify flows": ("verify", "-i", "net.json", "--flows", "{}"),
    "serve": ("serve", "--port", "0", "-i", "{}"),
    "serve lies": ("serve", "--port", "0", "-i", "net.json", "--lie", "{}"),
}
"""Every argument that names a file to read."""

OUTPUTS = {
    "plan --out": (*PLAN, "-i", "net.json", "--out", "{}"),
    "plan -o": (*PLAN, "-i", "net.json", "-o", "json={}"),
    "optimize --out": ("optimize", "-i", "net.json", "--out", "{}"),
    "show -o": ("show", "p.plan", "-o", "text={}"),
    "render": ("render", "p.plan", "--dialect", "az", "--out-dir", "{}"),
    "init": ("init", "{}"),
    "serve --ca": ("serve", "--port", "0", "-i", "net.json", "--tls", "--ca", "{}"),
}
"""Every argument that names a file or folder to write."""

NAMES = {
    "too long": "a" * 300,
    "not UTF-8": os.fsdecode(b"caf\xe9"),
    "too long a folder": "a" * 300 + "/x",
    "a path too long": "a/" * 3000,
    "below a file": "net.json/x",
    "a link to itself": "loop",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = lay_out(tmp_path_factory.mktemp("shop"), SSH)
    (folder / "loop").symlink_to("loop")
    (folder / "loop.j2").symlink_to("loop.j2")
    (folder / "zero.j2").symlink_to("/dev/zero")
    assert flowspec(*PLAN, "-i", "net.json", "--out", "p.plan", cwd=folder).returncode == 0
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def assert_refused(arguments: tuple[str, ...], folder: Path) -> str:
    """One message, exit 1, nothing on stdout, no file written; the message."""
    before = names(folder)
    done = flowspec(*arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert "Error: " in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert names(folder) == before
    return done.stderr


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("argument", [*FILES, *OUTPUTS])
def test_a_name_that_no_file_can_have(argument: str, name: str, shop: Path) -> None:
    command = FILES.get(argument) or OUTPUTS[argument]
    told = assert_refused(tuple(word.replace("{}", NAMES[name]) for word in command), shop)
    if name == "not UTF-8":
        assert r"An argument is not UTF-8: " in told and r"caf\xe9" in told


@pytest.mark.parametrize("argument", FILES)
def test_a_device_without_an_end(argument: str, shop: Path) -> None:
    name = "zero" if argument == "render a template" else "/dev/zero"
    assert_refused(tuple(word.replace("{}", name) for word in FILES[argument]), shop)


def test_a_device_without_an_end_on_standard_input(shop: Path) -> None:
    with Path("/dev/zero").open("rb") as endless:
        command = [*COMMAND, "verify", "-i", "net.json", "--flows", "-"]
        done = subprocess.run(command, stdin=endless, capture_output=True, cwd=shop, env=environment(), text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert "it is a device, not a file" in done.stderr
    command[-1] = "/dev/null"
    assert subprocess.run(command, capture_output=True, cwd=shop, env=environment()).returncode == 0


@pytest.mark.parametrize("name", ["FLOWSPEC_VAR_x", os.fsdecode(b"FLOWSPEC_VAR_\xe9")])
def test_a_variable_of_the_environment_that_is_not_utf_8(name: str, shop: Path) -> None:
    done = flowspec("validate", cwd=shop, env={name: os.fsdecode(b"\xe9")})
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not UTF-8" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("kind", ["a pipe", "a name that is not UTF-8", "a link to nothing"])
@pytest.mark.parametrize("folder", ["spec", "inventory"])
def test_what_is_no_file_in_a_folder_is_told(folder: str, kind: str, tmp_path: Path) -> None:
    """Left out without a word it would be an intent, or a NIC, that nobody judges."""
    lay_out(tmp_path, SSH)
    place = tmp_path / folder
    place.mkdir()
    end = ".flow.hcl" if folder == "spec" else ".json"
    (tmp_path / ("shop.flow.hcl" if folder == "spec" else "net.json")).rename(place / f"good{end}")
    odd = place / (os.fsdecode(b"caf\xe9" if kind == "a name that is not UTF-8" else b"odd") + end)
    if kind == "a pipe":
        os.mkfifo(odd)
    elif kind == "a link to nothing":
        odd.symlink_to("nowhere")
    else:
        odd.write_text("")
    arguments = ("spec", "-i", "net.json") if folder == "spec" else ("shop.flow.hcl", "-i", "inventory")
    words = {"a pipe": "it is a pipe or a device", "a name that is not UTF-8": "its name is not UTF-8"}
    told = assert_refused((*PLAN, *arguments), tmp_path)
    assert words.get(kind, "No such file or directory") in told


def test_a_folder_whose_name_is_not_utf_8_can_be_worked_in(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    lay_out(folder, SSH)
    assert flowspec(*PLAN, "-i", "net.json", "-o", "json", cwd=folder).returncode == 0
    assert flowspec("init", cwd=folder).returncode == 0


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_full_disk_under_a_stream(stream: str, shop: Path) -> None:
    """Who can't be told on standard error still gets the exit code."""
    with Path("/dev/full").open("w") as full:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: full}
        command = [*COMMAND, *PLAN, "-i", "net.json", "--out", "/dev/null"]
        done = subprocess.run(command, cwd=shop, env=environment(), text=True, **streams)  # type: ignore[call-overload]
    if stream == "stdout":
        assert done.returncode == 1
        assert "Can't write to standard output: No space left on device" in done.stderr
    else:
        assert done.returncode == 0


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["validate"], ["plan", "-h"]])
def test_a_full_disk_under_what_is_asked_for(arguments: list[str], shop: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*COMMAND, *arguments], cwd=shop, stdout=full, stderr=subprocess.PIPE, env=environment())
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr and b"ignored" not in done.stderr


# Signals


@contextmanager
def running(*arguments: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    command = [*COMMAND, *arguments]
    with subprocess.Popen(
        command, cwd=cwd, env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_a_draft(folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if any(path.name.startswith(".flowspec-") for path in folder.iterdir()):
            return
        time.sleep(0.01)
    raise AssertionError("no draft was begun")


SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_leaves_no_draft(number: signal.Signals, tmp_path: Path) -> None:
    lay_out(tmp_path, SSH)
    os.mkfifo(tmp_path / "pipe")
    before = names(tmp_path)
    arguments = (*PLAN, "-i", "net.json", "--out", "p.plan", "-o", "text=pipe")  # nobody reads the pipe
    with running(*arguments, cwd=tmp_path) as process:
        wait_for_a_draft(tmp_path)
        process.send_signal(number)
        out, told = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, told) == (SIGNALS[number], "", "")
    assert names(tmp_path) == before


def test_a_signal_between_two_files_waits_until_both_are_there(tmp_path: Path) -> None:
    """Half of a set is nobody's."""
    program = """
import os, signal, sys
from pathlib import Path
from flowspec.cli import outputs, system
system.end_by_signals()
replace = Path.replace
def told_to_end(self, place):
    os.kill(os.getpid(), signal.SIGTERM)
    return replace(self, place)
Path.replace = told_to_end
try:
    outputs.write_files([(Path("a"), "1"), (Path("b"), "2")])
except system.Ended as ended:
    sys.exit(ended.code)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment(), capture_output=True)
    assert (done.returncode, done.stderr) == (143, b"")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "1", "b": "2"}


def test_nohup_is_heeded(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
        "import flowspec.cli.system as s; s.end_by_signals(); os.kill(os.getpid(), signal.SIGHUP); sys.exit(7)"
    )
    assert subprocess.run([sys.executable, "-c", program], env=environment()).returncode == 7


def test_workers_end_with_the_command(tmp_path: Path) -> None:
    program = """
import multiprocessing, os, signal, sys, time
from concurrent.futures import ProcessPoolExecutor
from flowspec.cli import system
system.end_by_signals()
try:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        jobs = [pool.submit(time.sleep, 300) for _ in range(8)]
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        jobs[0].result()
except system.Ended as ended:
    sys.exit(ended.code)
"""
    if sys.platform == "linux":
        done = subprocess.run([sys.executable, "-c", program], env=environment(), timeout=PATIENCE)
        assert done.returncode == 143


# Names that work


@pytest.mark.parametrize("name", ["a" * 255, "é" * 127, "-x", "a b", ".hidden"])
def test_a_name_as_long_as_names_may_be(name: str, tmp_path: Path) -> None:
    write_files([(tmp_path / name, "whole")])
    assert names(tmp_path) == [name]
    lay_out(tmp_path, SSH)
    assert flowspec(*PLAN, "-i", "net.json", f"--out={name}", cwd=tmp_path).returncode == 0
    assert flowspec("show", "--", name, cwd=tmp_path).returncode == 0


# Memory and sizes


def test_an_inventory_that_does_not_fit_the_memory(tmp_path: Path) -> None:
    """As much memory as a small network takes and 16 MB, for an inventory of 256 MB."""
    resource = pytest.importorskip("resource")
    if sys.platform != "linux":
        pytest.skip("RLIMIT_AS is heeded on Linux alone")
    lay_out(tmp_path, SSH)
    with (tmp_path / "large.json").open("wb") as large:
        large.write(b"[" + b" " * (256 << 20) + b"]")
    program = (
        "import sys, flowspec.__main__ as m; sys.argv = ['flowspec', 'plan', '-i', 'net.json', '-o', 'text=/dev/null'];"
        "m.main(); print([l.split()[1] for l in open('/proc/self/status') if l.startswith('VmPeak')][0])"
    )
    small = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True
    )
    limit = int(small.stdout.split()[-1]) * 1024 + (16 << 20)
    for arguments in ((*PLAN, "-i", "large.json", "--out", "p.plan"), ("show", "large.json"),
                      ("diff", "net.json", "large.json")):  # fmt: skip
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=tmp_path, env=environment(), capture_output=True, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (1, ""), done.stderr
        assert done.stderr.startswith("Error: There is not enough memory for this.\n"), done.stderr
    assert not (tmp_path / "p.plan").exists()


@pytest.mark.parametrize(
    ("error", "is_it"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory", "/usr/lib"), True),
        (ImportError("/lib/x.so: failed to map segment from shared object"), True),
        (ImportError("libx.so: cannot allocate memory in static TLS block"), True),
        (ImportError("No module named x"), False),
        (OSError(errno.ENOENT, "No such file or directory"), False),
    ],
)
def test_want_of_memory_has_many_names(error: BaseException, is_it: bool) -> None:
    assert is_want_of_memory(error) is is_it


def test_a_bound_beyond_all_memory_is_no_reason_to_take_it(shop: Path) -> None:
    assert flowspec(*PLAN, "-i", "net.json", "--max-input", "100G", cwd=shop).returncode == 0
    assert flowspec(*PLAN, "-i", "net.json", "--max-input", "999999999999999G", cwd=shop).returncode == 0


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no full device")
@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["plan", "-h"], ["init", "--azure-role"]])
def test_a_full_disk_under_standard_output_is_no_traceback(arguments: list[str], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=tmp_path, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
