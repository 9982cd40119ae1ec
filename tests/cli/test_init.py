"""`init`: a first spec in any folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import flowspec


@pytest.mark.parametrize("name", ['a "b" ${c}', "back\\slash", "--"])
def test_a_folder_of_any_name(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    assert flowspec("init", "--", folder).returncode == 0
    assert flowspec("validate", folder).returncode == 0


def test_a_place_where_no_folder_can_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = flowspec("init", tmp_path / "file" / "inside")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Can't make the folder ")


def test_names_are_shown_and_not_acted_on(tmp_path: Path) -> None:
    folder = tmp_path / "a\x1b[31m\u202eb\u200b\x9b"
    for word in ("Wrote", "Kept"):
        done = flowspec("init", folder)
        assert done.returncode == 0
        assert word in done.stderr and done.stderr.replace("\n", "").isprintable()


def test_a_gitignore_that_does_not_end_is_told(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").symlink_to("/dev/zero")
    done = flowspec("init", tmp_path)
    assert (done.returncode, "it is a device, not a file" in done.stderr) == (1, True)


def test_a_gitignore_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(b"\xff\xfe")
    done = flowspec("init", tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
