"""An inventory that the spec names: relative to the spec, wherever the command runs, and told with who named it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from flowspec.spec import load_spec
from tests.cli.command import flowspec

SHOP = Path(__file__).parents[2] / "examples" / "shop"
SPEC = "flowspec {{\n  inventory = [{named}]\n}}\n"


def team(folder: Path, *named: str, json_form: bool = False) -> Path:
    """A spec of its own in `folder`/team, beside a copy of the shop's network."""
    home = folder / "team"
    home.mkdir()
    shutil.copytree(SHOP / "network", home / "network")
    shutil.copy(SHOP / "prod.flow.hcl", home)
    if json_form:
        (home / "own.flow.json").write_text(json.dumps({"flowspec": {"inventory": list(named)}}))
    else:
        (home / "own.flow.hcl").write_text(SPEC.format(named=", ".join(map(json.dumps, named))))
    text = (home / "prod.flow.hcl").read_text()
    (home / "prod.flow.hcl").write_text(_without_settings(text))
    return home


def _without_settings(text: str) -> str:
    """The shop's spec without its own `flowspec` block."""
    before, found, rest = text.partition("flowspec {")
    return before + rest.partition("\n}\n")[2] if found else text


@pytest.mark.parametrize("json_form", [False, True])
@pytest.mark.parametrize("where", [".", "..", "elsewhere"])
def test_it_is_relative_to_the_spec(where: str, json_form: bool, tmp_path: Path) -> None:
    home = team(tmp_path, "network/", json_form=json_form)
    (tmp_path / "elsewhere").mkdir()
    cwd = {".": home, "..": tmp_path, "elsewhere": tmp_path / "elsewhere"}[where]
    spec = {".": ".", "..": "team", "elsewhere": "../team"}[where]
    for command in ("plan", "targets"):
        done = flowspec(command, spec, cwd=cwd)
        assert done.returncode in (0, 2), done.stderr


def test_on_the_command_line_it_is_relative_to_the_folder_of_the_command(tmp_path: Path) -> None:
    team(tmp_path, "nowhere/")
    assert flowspec("targets", "team", "-i", "team/network", cwd=tmp_path).returncode == 0
    assert "nowhere" not in flowspec("targets", "team", "-i", "network", cwd=tmp_path).stderr


@pytest.mark.parametrize(
    "named", ["azure:00000000-0000-0000-0000-000000000000", "AZURE:shop", "/abs/olute", "C:/exports", "sub/x.json"]
)
def test_what_is_joined_and_what_is_not(named: str, tmp_path: Path) -> None:
    (tmp_path / "a.flow.hcl").write_text(SPEC.format(named=json.dumps(named)))
    spec = load_spec([tmp_path], {}, [], {})
    joined = named in ("sub/x.json", "C:/exports")
    assert spec.inventory == ((f"{tmp_path}/{named}" if joined else named),)
    assert [place.text() for place in spec.inventory_places] == [f"{tmp_path}/a.flow.hcl:2:16"]


def test_an_error_says_who_named_it(tmp_path: Path) -> None:
    team(tmp_path, "network/", "az-exprot/")
    done = flowspec("plan", "team", cwd=tmp_path)
    assert done.returncode == 1
    assert "team/az-exprot/" in done.stderr or "team/az-exprot:" in done.stderr
    assert "Named by inventory in team/own.flow.hcl:2:" in done.stderr
    alone = flowspec("plan", "team", "-i", "az-exprot/", cwd=tmp_path)
    assert alone.returncode == 1 and "Named by" not in alone.stderr


def test_the_placeholder_of_a_first_spec_is_told_with_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "team"
    assert flowspec("init", folder).returncode == 0
    done = flowspec("plan", "team", cwd=tmp_path)
    words = " ".join(done.stderr.split())
    assert done.returncode == 1 and "is the placeholder that flowspec init writes" in words
    assert "Named by inventory in team/team.flow.hcl:3:" in words
