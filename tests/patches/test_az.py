"""The az dialect: a script that shellcheck accepts and that hands `az` exactly the names and values of the rules."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowspec.errors import RenderError
from flowspec.model.documents.plan import ChangeDetail, Report
from flowspec.patches import render
from flowspec.patches.quoting import shell
from tests.patches.cases import GROUP, GROUPS, HOSTILE, KINDS, LONG, NAMED, create, plan, replace, update
from tests.tools import program

FAKE_AZ = """#!/bin/bash
printf '%s\\0' "$#" "$@" >> "$AZ_CALLS"
"""


def calls(text: str, folder: Path) -> list[list[str]]:
    """The arguments of every call of `az` that the script makes, in a shell that finds nothing else to do harm with."""
    (folder / "bin").mkdir()
    fake = folder / "bin" / "az"
    fake.write_text(FAKE_AZ)
    fake.chmod(0o755)
    script, made = folder / "script.sh", folder / "calls"
    script.write_text(text, encoding="utf-8", newline="\n")
    environment = {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "AZ_CALLS": str(made)}
    subprocess.run(["bash", script], check=True, env=environment, cwd=folder)
    words = made.read_bytes().decode().split("\0")[:-1]
    found = []
    while words:
        count = int(words[0])
        found.append(words[1 : count + 1])
        words = words[count + 1 :]
    return found


def value(call: list[str], option: str) -> str:
    """The one value of an option, in either spelling; a word of its own that begins with a dash is another option."""
    joined = [word.partition("=")[2] for word in call if word.startswith(f"{option}=")]
    if joined:
        return joined[0]
    word = call[call.index(option) + 1]
    assert not word.startswith("-"), f"{option} {word}: az takes it for an option"
    return word


def values(call: list[str], option: str) -> list[str]:
    """All values of an option up to the next."""
    after = call[call.index(option) + 1 :]
    ends = [at for at, word in enumerate(after) if word.startswith("--")]
    return after[: ends[0]] if ends else after


def test_every_kind_looks_like_this(golden: Callable[[str, str], None]) -> None:
    patch = render(KINDS, "az")
    assert patch.file == "flowspec.sh"
    golden("patches/kinds.sh", patch.text)


@pytest.mark.parametrize(("report", "severity"), [(KINDS, "style"), (NAMED, "warning")], ids=["kinds", "names"])
def test_shellcheck_has_nothing_to_say(report: Report, severity: str) -> None:
    """Of hostile names it asks, as information, whether `${…}` was meant to expand: no, it never is."""
    text = render(report, "az").text
    done = subprocess.run(
        [program("shellcheck"), f"--severity={severity}", "-"], input=text.encode(), capture_output=True
    )
    assert done.stdout.decode() == ""


def test_hostile_names_come_out_as_they_went_in(tmp_path: Path) -> None:
    made = calls(render(NAMED, "az").text, tmp_path)
    assert [call[3] for call in made] == ["create", "update", "delete"] * len(HOSTILE)
    assert [value(call, "--name") for call in made] == [name for name in HOSTILE for _ in range(3)]
    described = [value(call, "--description") for call in made if call[3] != "delete"]
    assert described == [name for name in HOSTILE for _ in range(2)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "calls", "script.sh"]


def test_hostile_names_of_groups_come_out_as_they_went_in(tmp_path: Path) -> None:
    """NSG, resource group and subscription, each a part of the NSG's id."""
    names = [name for name in HOSTILE if "/" not in name]
    at = "/subscriptions/{0}/resourceGroups/{0}/providers/Microsoft.Network/networkSecurityGroups/{0}".format
    changes = [replace(create(f"r{number}"), nsg=at(name)) for number, name in enumerate(names)]
    made = calls(render(plan(*changes), "az").text, tmp_path)
    for option in ("--nsg-name", "--resource-group", "--subscription"):
        assert [value(call, option) for call in made] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "calls", "script.sh"]


def test_values_of_every_shape(tmp_path: Path) -> None:
    made = {value(call, "--name"): call for call in calls(render(KINDS, "az").text, tmp_path)}
    assert values(made["lists"], "--source-address-prefixes") == list(LONG)
    assert values(made["lists"], "--destination-port-ranges") == ["80", "8000-8100"]
    assert values(made["groups"], "--destination-asgs") == [GROUP, GROUP + "2"]
    assert values(made["everything"], "--protocol") == ["*"]
    assert values(made["both-forms"], "--source-address-prefixes") == ["10.0.0.0/8", "11.0.0.0/8"]
    assert made["tmp-allow-ssh"][:4] == ["network", "nsg", "rule", "delete"]
    assert value(made["web-to-db"], "--resource-group") == "rg-db"
    assert value(made["web-to-db"], "--subscription") == "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize("end", ["source", "destination"])
def test_an_update_takes_away_prefixes_where_groups_take_their_place(end: str, tmp_path: Path) -> None:
    groups = {f"{end}_address_prefix": None, f"{end}_application_security_groups": GROUPS[:1]}
    before, after = create("narrowed"), create("narrowed", **groups)
    change = replace(
        after, change=ChangeDetail(actions=("update",), before=before.change.after, after=after.change.after)
    )
    (call,) = calls(render(plan(change), "az").text, tmp_path)
    assert values(call, f"--{end}-address-prefixes") == ["null"]
    assert values(call, f"--{end}-asgs") == [GROUP]


def test_an_update_takes_away_what_the_rule_no_longer_has(tmp_path: Path) -> None:
    change = update(create("narrowed", description=""))
    before = replace(create("narrowed").change.after or pytest.fail(), source_address_prefix=None,
                     source_application_security_groups=GROUPS[:1])  # fmt: skip
    change = replace(change, change=ChangeDetail(actions=("update",), before=before, after=change.change.after))
    (call,) = calls(render(plan(change), "az").text, tmp_path)
    assert values(call, "--source-asgs") == ["null"]
    assert values(call, "--description") == ["null"]
    assert values(call, "--source-address-prefixes") == ["10.0.0.0/8"]


def test_a_name_with_nul_is_refused() -> None:
    with pytest.raises(RenderError, match="NUL"):
        render(plan(create("a\0b")), "az")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=30, max_size=30))
def test_any_strings_are_words(words: list[str]) -> None:
    line = f"printf '%s\\0' {' '.join(map(shell, words))}"
    for locale in ("C", "C.UTF-8"):
        done = subprocess.run(["bash", "-c", line], capture_output=True, check=True, env={"LC_ALL": locale})
        assert done.stdout.decode().split("\0")[:-1] == words
