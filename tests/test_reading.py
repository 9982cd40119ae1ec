"""Files, pipes and devices -> bytes, never more than the bound."""

from __future__ import annotations

import ast
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import flowspec
from flowspec.reading import misfit, noting, read

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="devices and pipes of Unix")


@pytest.mark.parametrize("length", [0, 1, 99, 100])
def test_a_file_up_to_the_bound(length: int, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * length)
    assert read(tmp_path / "f", 100) == b"x" * length
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["sh", "-c", f"exec cat '{tmp_path}/f' > '{tmp_path}/pipe'"]):
        assert read(tmp_path / "pipe", 100) == b"x" * length


@pytest.mark.parametrize("length", [101, 5 << 20])
def test_beyond_the_bound(length: int, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * length)
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["sh", "-c", f"exec cat '{tmp_path}/f' > '{tmp_path}/pipe' 2> /dev/null"]):
        for name in ("f", "pipe"):
            with pytest.raises(OSError, match="it is larger than 100 bytes") as caught:
                read(tmp_path / name, 100)
            assert caught.value.errno == errno.EFBIG


def test_a_pipe_of_many_pieces_is_read_whole(tmp_path: Path) -> None:
    data = os.urandom(5 << 20)
    (tmp_path / "f").write_bytes(data)
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["sh", "-c", f"exec cat '{tmp_path}/f' > '{tmp_path}/pipe'"]):
        assert read(tmp_path / "pipe") == data


def test_a_file_of_the_system_that_says_it_is_empty() -> None:
    if Path("/proc/version").exists():
        assert read(Path("/proc/version")).startswith(b"Linux")


def test_devices_and_names() -> None:
    assert read(Path(os.devnull)) == b""
    with pytest.raises(OSError, match="it is a device, not a file"):
        read(Path("/dev/zero"), 10)
    for name in ("a\0b", "\ud800"):
        with pytest.raises(OSError, match="no file can have this name"):
            read(Path(name))


def test_what_does_not_belong_in_a_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "nothing").symlink_to("nowhere")
    (tmp_path / "f").write_text("")
    (tmp_path / "link").symlink_to("f")
    assert [bool(misfit(tmp_path / name)) for name in ("pipe", "zero", "nothing", "f", "link")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert "not UTF-8" in misfit(tmp_path / os.fsdecode(b"\xff"))


def test_what_is_opened_is_noted_as_it_was_then(tmp_path: Path) -> None:
    there, gone, after = tmp_path / "there", tmp_path / "gone", tmp_path / "after"
    there.write_bytes(b"x")
    with noting() as outer:
        read(there)
        with noting() as inner, pytest.raises(FileNotFoundError):
            read(gone)
        there.write_bytes(b"xx")
    read(there)
    assert inner == {gone: None} and not after.exists()
    assert list(outer) == [there, gone] and outer[there] is not None and outer[there][1] == 1


ROOMS = ("spec", "sources", "arm", "terraform", "gating")
AGAIN = "sources/locate.py"
"""Looks for lines in files that were read before."""


def test_no_input_is_opened_elsewhere() -> None:
    """So that `--watch` knows all that a plan rests on."""
    package = Path(flowspec.__file__).parent
    files = [file for room in ROOMS for file in (package / room).rglob("*.py")]
    opened = {
        file.relative_to(package).as_posix()
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in ("open", "read_bytes", "read_text")
        and ast.unparse(node.func) != "read_bytes"
    }
    assert len(files) > 80 and opened == {AGAIN}
