"""The ends of every range that a spec may write, and what it means not to write something."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowspec.errors import SpecError
from flowspec.model.inventory import Direction
from flowspec.model.spec import EnforceAt
from flowspec.spec import contradictions, version
from flowspec.spec.network import BadValue, port_range, prefix
from tests.spec.specs import load, refused

GROUP = 'group "g" {\n  prefixes = ["10.0.0.0/8"]\n}\n'


def of_intent(lines: str, expect: str = "Deny") -> str:
    return f'{GROUP}intent "i" {{\n  from = [group.g]\n  to = [group.g]\n  expect = "{expect}"\n{lines}\n}}\n'


@pytest.mark.parametrize(
    "written, ports",
    [
        (0, (0, 0)),
        ("65535", (65535, 65535)),
        ("0-65535", (0, 65535)),
        ("65535-65535", (65535, 65535)),
        ("*", (0, 65535)),
    ],
)
def test_ports(written: int | str, ports: tuple[int, int]) -> None:
    assert port_range(written) == ports


@pytest.mark.parametrize(
    "written", [65536, "65536", "1-65536", "2-1", -1, "", "1-", "-1", "1-2-3", "0x50", " 80", True, 80.5]
)
def test_what_is_no_port(written: int | str) -> None:
    with pytest.raises(BadValue):
        port_range(written)


@pytest.mark.parametrize(
    "written, canonical",
    [("0.0.0.0/0", "0.0.0.0/0"), ("10.1.2.3/32", "10.1.2.3/32"), ("10.1.2.3", "10.1.2.3/32"),
     ("10.1.2.3/8", "10.0.0.0/8"),
     ("::/0", "::/0"), ("2001:DB8::1", "2001:db8::1/128")],
)  # fmt: skip
def test_prefixes(written: str, canonical: str) -> None:
    assert prefix(written) == canonical


@pytest.mark.parametrize(
    "written",
    ["10.0.0.0/33", "::/129", "10.0.0.0/08", "10.0.0.0/", "10.0.0.0/-1", "fe80::1%eth0", "10.0.0.0/255.0.0.0"],
)
def test_what_is_no_prefix(written: str) -> None:
    with pytest.raises(BadValue):
        prefix(written)


@pytest.mark.parametrize("argument", ["ports", "source_ports"])
def test_an_empty_list_of_ports_is_not_every_port(argument: str, tmp_path: Path) -> None:
    problem = refused(tmp_path, of_intent(f'  protocol = "Tcp"\n  {argument} = []'))
    assert problem.summary == f"{argument} is empty"


def test_what_is_not_written(tmp_path: Path) -> None:
    text = of_intent('  protocol = "Tcp"') + 'boundary "b" {\n  around = [group.g]\n}\n'
    text += 'assume "a" {\n  gateway = "vgw"\n  learned_prefixes = []\n}\n'
    spec = load(tmp_path, text)
    assert (spec.intents["i"].at, spec.intents["i"].enabled) == (EnforceAt.EITHER, True)
    boundary = spec.boundaries["b"]
    assert (boundary.directions, boundary.remote) == ((Direction.INBOUND, Direction.OUTBOUND), None)
    assert not spec.assumptions["a"].path, "what a gateway learns is no path"


@pytest.mark.parametrize("block", ["from = []\n  to = [group.g]", "from = [group.g]\n  to = []"])
def test_an_empty_list_of_groups_is_not_everyone(block: str, tmp_path: Path) -> None:
    problem = refused(tmp_path, f'{GROUP}intent "i" {{\n  {block}\n  expect = "Deny"\n  protocol = "Tcp"\n}}\n')
    assert problem.summary.endswith("is empty")


@pytest.mark.parametrize("index, found", [(0, True), (1, True), (2, False)])
def test_items_of_a_list(index: int, found: bool, tmp_path: Path) -> None:
    text = f'locals {{\n  a = ["10.0.0.0/8", "11.0.0.0/8"]\n}}\ngroup "g" {{\n  prefixes = [local.a[{index}]]\n}}\n'
    if found:
        assert load(tmp_path, text).groups["g"].prefixes == (["10.0.0.0/8", "11.0.0.0/8"][index],)
    else:
        assert "there is no item 2 in a list of 2" in refused(tmp_path, text).summary


@pytest.mark.parametrize(
    "constraint, holds",
    [(">= 1.2.3", True), ("> 1.2.3", False), ("<= 1.2.3", True), ("< 1.2.3", False), ("!= 1.2.3", False),
     ("1.2.3", True),
     ("= 1.2", False), ("~> 1.2", True), ("~> 1.2.0", True), ("~> 1.1", True), ("~> 1.1.0", False), ("~> 1.3", False),
     ("~> 0.9", False), (">= 1.0, < 1.2", False), (">= 1.0, < 2", True)],
)  # fmt: skip
def test_versions_as_terraform_has_them(constraint: str, holds: bool) -> None:
    assert version.is_met(constraint, "1.2.3") is holds


@pytest.mark.parametrize(
    "whole, part", [("0.0.0.0/0", "10.0.0.0/8"), ("::/0", "2001:db8::/32"), ("10.0.0.0/31", "10.0.0.1/32")]
)
@pytest.mark.parametrize("turned", [False, True])
def test_the_widest_prefix_holds_the_others(whole: str, part: str, turned: bool, tmp_path: Path) -> None:
    """An Allow of one and a Deny of the other contradict each other, whichever holds which."""
    allow, deny = (part, whole) if turned else (whole, part)
    text = f'group "a" {{\n  prefixes = ["{allow}"]\n}}\ngroup "d" {{\n  prefixes = ["{deny}"]\n}}\n'
    for name, expect in (("a", "Allow"), ("d", "Deny")):
        lines = (f"from = [group.{name}]", "to = [group.any]", f'expect = "{expect}"', 'protocol = "*"')
        text += f'intent "{name}" {{\n' + "\n".join(lines) + "\n}\n"
    (problem,) = contradictions(load(tmp_path, text))
    assert problem.summary.startswith("intent.a and intent.d contradict each other")


@pytest.mark.parametrize("condition", ["tags = {}", "vm = []", ""])
def test_an_empty_condition_is_not_every_nic(condition: str, tmp_path: Path) -> None:
    problem = refused(tmp_path, f'group "g" {{\n  select {{\n    {condition}\n  }}\n}}\n')
    assert problem.summary.endswith(("is empty", "is an empty list", "has no condition"))


@pytest.mark.parametrize(
    "default, given, refused_at",
    [("prod", None, None), ("prod", "dev", None), ("prod", "Dev", 2), ("prod", "", 2), ("test", "dev", None),
     ("test", None, 3)],
)  # fmt: skip
def test_the_values_that_a_variable_may_have(
    default: str, given: str | None, refused_at: int | None, tmp_path: Path
) -> None:
    """What is used is held against them, and the message is at the place to change."""
    text = f'variable "env" {{\n  one_of = ["dev", "prod"]\n  default = "{default}"\n}}\n'
    variables = {} if given is None else {"env": given}
    if refused_at is None:
        assert load(tmp_path, text, variables=variables).digest
        return
    with pytest.raises(SpecError) as failure:
        load(tmp_path, text, variables=variables)
    (problem,) = failure.value.problems
    assert problem.detail == 'It must be one of "dev", "prod".'
    assert problem.where is not None and problem.where.line == refused_at
