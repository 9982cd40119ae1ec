"""The az dialect: a script that shellcheck accepts and that hands `az` exactly the names and values of the rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowspec.errors import RenderError
from flowspec.model.documents.plan import ChangeDetail, Report
from flowspec.patches.quoting import shell
from tests.patches.cases import GROUP, GROUPS, HOSTILE, KINDS, LONG, NAMED, SWAPPED, create, plan, replace, update
from tests.patches.rendering import one
from tests.tools import program, python_packages

FAKE_AZ = """#!/bin/bash
printf '%s\\0' "$#" "$PWD" "$@" >> "$AZ_CALLS"
"""


def calls(text: str, folder: Path) -> list[list[str]]:
    """For every call of `az` that the script makes its folder and its arguments, in a shell that finds nothing else to
    do harm with."""
    (folder / "bin").mkdir()
    fake = folder / "bin" / "az"
    fake.write_text(FAKE_AZ)
    fake.chmod(0o755)
    script, made = folder / "script.sh", folder / "calls"
    script.write_text(text, encoding="utf-8", newline="\n")
    environment = {
        "TMPDIR": str(folder),
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "AZ_CALLS": str(made),
    }
    subprocess.run(["bash", script], check=True, env=environment, cwd=folder)
    words = made.read_bytes().decode().split("\0")[:-1]
    found = []
    while words:
        count = int(words[0])
        found.append(words[1 : count + 2])
        words = words[count + 2 :]
    return found


def files_in(folder: Path) -> list[str]:
    """Of all folders below."""
    return sorted(path.name for path in folder.rglob("*") if not path.is_dir())


Taken = dict[str, Any]


def taken(text: str, folder: Path) -> list[Taken]:
    """What the Azure CLI's own code takes the calls of the script for, each option with its value."""
    program = Path(__file__).with_name("real_az.py")
    done = subprocess.run([sys.executable, program, python_packages("az")], input=json.dumps(calls(text, folder)),
                          capture_output=True, text=True, check=True, cwd=folder)  # fmt: skip
    found: list[Taken] = json.loads(done.stdout)
    return found


def test_every_kind_looks_like_this(golden: Callable[[str, str], None]) -> None:
    patch = one(KINDS, "az")
    assert patch.file == "flowspec.sh"
    golden("patches/kinds.sh", patch.text)


@pytest.mark.parametrize(("report", "severity"), [(KINDS, "style"), (NAMED, "warning")], ids=["kinds", "names"])
def test_shellcheck_has_nothing_to_say(report: Report, severity: str) -> None:
    """Of hostile names it asks, as information, whether `${…}` was meant to expand: no, it never is. Nor is a curly
    quote one that was mistyped."""
    text = one(report, "az").text
    words = [program("shellcheck"), f"--severity={severity}", "--exclude=SC1111,SC1112", "-"]
    done = subprocess.run(words, input=text.encode(), capture_output=True)
    assert done.stdout.decode() == ""


def test_hostile_names_come_out_as_they_went_in(tmp_path: Path) -> None:
    made = taken(one(NAMED, "az").text, tmp_path)
    assert [call["command"] for call in made] == ["create", "update", "delete"] * len(HOSTILE)
    assert [call["name"] for call in made] == [name for name in HOSTILE for _ in range(3)]
    described = [call["description"] for call in made if call["command"] != "delete"]
    assert described == [name for name in HOSTILE for _ in range(2)]
    assert files_in(tmp_path) == ["az", "calls", "script.sh"]


def test_hostile_names_of_groups_come_out_as_they_went_in(tmp_path: Path) -> None:
    """NSG, resource group and subscription, each a part of the NSG's id."""
    names = [name for name in HOSTILE if "/" not in name]
    at = "/subscriptions/{1}/resourceGroups/{0}/providers/Microsoft.Network/networkSecurityGroups/{0}".format
    changes = [replace(create(f"r{number}"), nsg=at(name, f"s{name}"))
               for number, name in enumerate(names)]  # fmt: skip
    made = taken(one(plan(*changes), "az").text, tmp_path)
    for option in ("nsg_name", "resource_group"):
        assert [call[option] for call in made] == names
    assert [call["subscription"] for call in made] == [f"s{name}" for name in names]
    assert files_in(tmp_path) == ["az", "calls", "script.sh"]


def test_a_subscription_that_names_a_file_is_refused() -> None:
    home = create("a").nsg.replace("00000000-0000-0000-0000-000000000000", "@passwd")
    with pytest.raises(RenderError, match="'@passwd'"):
        one(plan(replace(create("a"), nsg=home)), "az")


def test_hostile_prefixes_and_groups_come_out_as_they_went_in(tmp_path: Path) -> None:
    """A list that `az` would read from a file of that name stays a list, even where the file is there."""
    (tmp_path / "80").write_text('["1", "2"]')
    (tmp_path / "creds.json").write_text('["secret"]')
    odd = [*HOSTILE, "creds.json", "~", ":"]
    changes = [create(f"r{at}", source_address_prefix=None, source_address_prefixes=(name, "10.0.0.0/8"),
                      destination_address_prefix=name, destination_port_range=None,
                      destination_port_ranges=(name,)) for at, name in enumerate(odd)]  # fmt: skip
    made = taken(one(plan(*changes), "az").text, tmp_path)
    assert [call["source_address_prefixes"] for call in made] == [[name, "10.0.0.0/8"] for name in odd]
    assert [call["destination_address_prefixes"] for call in made] == [[name] for name in odd]
    assert [call["destination_port_ranges"] for call in made] == [[name] for name in odd]


def test_values_of_every_shape(tmp_path: Path) -> None:
    made = {(call["command"], call["name"]): call for call in taken(one(KINDS, "az").text, tmp_path)}
    for command in ("create", "update"):
        assert made[command, "lists"]["source_address_prefixes"] == list(LONG)
        assert made[command, "lists"]["destination_port_ranges"] == ["80", "8000-8100"]
        assert made[command, "groups"]["destination_asgs"] == [GROUP, GROUP + "2"]
        assert made[command, "everything"]["protocol"] == "*"
        assert made[command, "both-forms"]["source_address_prefixes"] == ["10.0.0.0/8", "11.0.0.0/8"]
        assert made[command, "any-case"]["direction"] == "Inbound"
        assert made[command, "lists"]["priority"] == 200
    assert made["delete", "tmp-allow-ssh"]["nsg_name"] == "nsg-web"
    assert made["update", "web-to-db"]["resource_group"] == "rg-db"
    assert made["update", "web-to-db"]["subscription"] == "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("end", ["source", "destination"])
def test_an_update_takes_away_prefixes_where_groups_take_their_place(end: str, tmp_path: Path) -> None:
    groups = {f"{end}_address_prefix": None, f"{end}_application_security_groups": GROUPS[:1]}
    before, after = create("narrowed"), create("narrowed", **groups)
    change = replace(
        after, change=ChangeDetail(actions=("update",), before=before.change.after, after=after.change.after)
    )
    (call,) = taken(one(plan(change), "az").text, tmp_path)
    assert call[f"{end}_address_prefixes"] is None
    assert call[f"{end}_asgs"] == [GROUP]


def test_an_update_takes_away_what_the_rule_no_longer_has(tmp_path: Path) -> None:
    change = update(create("narrowed", description=""))
    before = replace(create("narrowed").change.after or pytest.fail(), source_address_prefix=None,
                     source_application_security_groups=GROUPS[:1])  # fmt: skip
    change = replace(change, change=ChangeDetail(actions=("update",), before=before, after=change.change.after))
    (call,) = taken(one(plan(change), "az").text, tmp_path)
    assert call["source_asgs"] is None
    assert call["description"] is None
    assert call["source_address_prefixes"] == ["10.0.0.0/8"]


def test_each_step_of_the_plan_is_a_call(tmp_path: Path) -> None:
    """Two rules change places by way of a third priority."""
    made = taken(one(SWAPPED, "az").text, tmp_path)
    assert [(call["command"], call["name"], call["priority"]) for call in made] == [
        ("update", "first", 150), ("update", "second", 100), ("update", "first", 200),
    ]  # fmt: skip


def test_a_name_with_nul_is_refused() -> None:
    with pytest.raises(RenderError, match="NUL"):
        one(plan(create("a\0b")), "az")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=30, max_size=30))
def test_any_strings_are_words(words: list[str]) -> None:
    line = f"printf '%s\\0' {' '.join(map(shell, words))}"
    for locale in ("C", "C.UTF-8"):
        done = subprocess.run(["bash", "-c", line], capture_output=True, check=True, env={"LC_ALL": locale})
        assert done.stdout.decode().split("\0")[:-1] == words
