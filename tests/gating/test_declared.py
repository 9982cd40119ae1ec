"""`--declared`: a change does what it declares and nothing else, as far as it can be known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.gating.change import STRICT, Json, diff, nic, plan, resources, rule, ssh, text
from tests.gating.repository import commit, repository

HELD = ("--declared", "change.hcl", "--spec", "shop.flow.hcl")
OPENS = 'opens {\n  from = ["8.8.8.0/24"]\n  to = ["10.0.0.0/24"]\n  protocol = "Tcp"\n  ports = [22]\n}\n'
CLOSES = OPENS.replace("opens", "closes")
GROUPS = OPENS.replace('["8.8.8.0/24"]', "[group.public]").replace('["10.0.0.0/24"]', "[group.web, group.db]")
NIC_ONLY = nic("x", "10.0.0.9")


def held(folder: Path, change: str, before: list[Json], after: list[Json], *arguments: str) -> tuple[int, Json]:
    (folder / "shop.flow.hcl").write_text(STRICT)
    (folder / "change.hcl").write_text(change)
    return diff(folder, resources(*before), resources(*after), *(arguments or HELD))


@pytest.mark.parametrize(
    ("change", "before", "after", "code"),
    [
        (OPENS, [], [ssh("8.8.8.0/24")], 0),
        (OPENS, [], [ssh("8.8.8.0/25")], 0),  # less than is declared
        (OPENS, [], [ssh("8.8.8.0/23")], 2),
        (OPENS, [], [rule("x", 190, "Allow", "8.8.8.0/24", "22-23")], 2),
        (OPENS, [ssh("8.8.8.0/24")], [], 2),  # it closes
        (CLOSES, [ssh("8.8.8.0/24")], [], 0),
        (CLOSES, [], [ssh("8.8.8.0/24")], 2),
        (OPENS, [], [], 0),
        ("", [], [ssh("8.8.8.0/24")], 2),
        ("", [], [], 0),
        (OPENS, [], [ssh("8.8.8.0/24"), rule("tag", 191, "Allow", "PartnerEdge.WestEurope", "23")], 2),  # may open
        (OPENS, [rule("tag", 191, "Allow", "PartnerEdge.WestEurope", "23")], [ssh("8.8.8.0/24")], 2),  # may close
        (OPENS.replace('  protocol = "Tcp"\n  ports = [22]\n', ""), [], [ssh("8.8.8.0/24")], 0),  # all flows
        (OPENS.replace("10.0.0.0/24", "10.0.0.4"), [], [ssh("8.8.8.0/24")], 2),  # the subnet's others
        (GROUPS, [], [ssh("8.8.8.0/24")], 2),  # the subnet holds more than the groups
    ],
)
def test_each_difference_is_to_be_covered(
    tmp_path: Path, change: str, before: list[Json], after: list[Json], code: int
) -> None:
    found, told = held(tmp_path, change, before, after)
    assert (found, told["gate"]["passes"], bool(told["gate"]["undeclared"])) == (code, code == 0, code == 2)
    assert ("not declared" in text(tmp_path)) == (code == 2)


def test_what_is_told_is_exactly_what_is_left(tmp_path: Path) -> None:
    code, told = held(tmp_path, OPENS, [], [ssh("8.8.8.0/23")])
    (left,) = told["gate"]["undeclared"]
    assert (code, left["effect"], left["total"]["count"]) == (2, "opens", str(256 * 256 * 65536))
    assert [pair["source"] for pair in left["flows"]] == [["8.8.9.0/24"]]


@pytest.mark.parametrize(
    ("change", "happens"),
    [
        (OPENS, "all"),
        (OPENS.replace("8.8.8.0/24", "8.8.8.0/23"), "part"),
        (OPENS + OPENS.replace("22", "443"), "nothing"),
        (OPENS + CLOSES, "nothing"),
    ],
)
def test_declared_more_than_happens_is_told(tmp_path: Path, change: str, happens: str) -> None:
    code, told = held(tmp_path, change, [], [ssh("8.8.8.0/24")])
    assert (code, told["gate"]["declared"][-1]["happens"]) == (0, happens)
    assert ("of it happens" in text(tmp_path)) == (happens != "all")


def test_a_new_nic_is_to_be_declared(tmp_path: Path) -> None:
    """All that it permits, also what its subnet permitted of the address when nobody held it."""
    whole = ["10.0.0.9/32"]
    both = [{"from": ["group.any"], "to": whole}, {"from": whole, "to": ["group.any"]}]
    for opens, code in ((both, 0), (both[:1], 2), ([], 2)):
        (tmp_path / "change.json").write_text(json.dumps({"opens": opens}))
        network = resources(ssh("8.8.8.0/24"))
        found, _ = diff(tmp_path, network, [*network, *NIC_ONLY], "--declared", "change.json")
        assert found == code, opens


def test_groups_are_those_after_for_what_opens(tmp_path: Path) -> None:
    """A group's new member counts; who may be a member does not."""
    change = (
        "opens {\n  from = [group.any]\n  to = [group.web]\n}\nopens {\n  from = [group.web]\n  to = [group.any]\n}\n"
    )
    (tmp_path / "change.hcl").write_text(change)
    (tmp_path / "shop.flow.hcl").write_text(STRICT)
    assert diff(tmp_path, resources(), [*resources(), *nic("web-02", "10.0.0.9")], *HELD)[0] == 0
    assert diff(tmp_path, resources(), [*resources(), *nic("other", "10.0.0.9")], *HELD)[0] == 2


def test_on_a_plan(tmp_path: Path) -> None:
    easy = STRICT.replace("ports    = [22]", "ports    = [2222]")
    change = (resources(), resources(ssh("8.8.8.0/24")))
    (tmp_path / "change.hcl").write_text(OPENS)
    base = ("--base", "old.json", "--declared", "change.hcl")
    assert plan(tmp_path, *change, *base, spec=easy)[0] == 0
    assert plan(tmp_path, *change, *base, "--no-new-access", spec=easy)[0] == 2, "each brake holds by itself"
    (tmp_path / "change.hcl").write_text("")
    code, told = plan(tmp_path, *change, *base, spec=easy)
    assert (code, [b["name"] for b in told["gate"]["brakes"] if not b["passes"]]) == (2, ["declared"])
    assert plan(tmp_path, *change, "--declared", "change.hcl", spec=easy) == (1, {}), "it needs a base"


def test_it_is_read_from_the_base_branch(tmp_path: Path) -> None:
    repository(tmp_path, change_hcl="", shop_flow_hcl=STRICT)
    commit(tmp_path, change_hcl=OPENS)
    assert held(tmp_path, OPENS, [], [ssh("8.8.8.0/24")])[0] == 0
    assert held(tmp_path, OPENS, [], [ssh("8.8.8.0/24")], *HELD, "--spec-ref", "main")[0] == 2


@pytest.mark.parametrize(
    "change",
    [
        "intent {\n}\n", "opens = 1\n", 'opens "x" {\n}\n', "opens {\n}\n", OPENS.replace("8.8.8.0/24", "everyone"),
        OPENS.replace('["8.8.8.0/24"]', "[group.nobody]"), OPENS.replace('["8.8.8.0/24"]', "[]"),
        OPENS.replace('  protocol = "Tcp"\n', ""), OPENS.replace("22", "99999"), OPENS.replace("ports", "port"),
        OPENS + "}", "opens {", OPENS.replace('["10.0.0.0/24"]', "[var.x]"),
    ],
)  # fmt: skip
def test_what_is_no_declared_change_is_an_error(tmp_path: Path, change: str) -> None:
    assert held(tmp_path, change, [], []) == (1, {})


@pytest.mark.parametrize("change", ["[]", '{"opens": 1}', '{"open": []}', '{"opens": [{"from": "group.any"}]}', "{"])
def test_nor_in_json(tmp_path: Path, change: str) -> None:
    (tmp_path / "change.json").write_text(change)
    assert diff(tmp_path, resources(), resources(), "--declared", "change.json") == (1, {})
