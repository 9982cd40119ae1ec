"""Contradictions: a table of pairs that certainly are, and of pairs that hinge on the inventory; against brute force; fast."""
# ruff: noqa: E501

from __future__ import annotations

import time
from ipaddress import ip_network
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowspec.model.inventory import Access
from flowspec.model.spec import Group, Intent, Select, Service, Spec
from flowspec.sets.intervals import Protocol
from flowspec.spec import contradictions
from tests.spec.specs import load

GROUPS = """
group "one" {
  select {
    vm = "x"
  }
}
group "one_too" {
  select {
    vm = "y"
  }
}
group "two" {
  select {
    vm = "x"
  }
  expect_at_least = 2
}
group "maybe" {
  select {
    vm = "x"
  }
  expect_at_least = 0
}
group "less" {
  select {
    vm = "x"
  }
  exclude {
    vm = "y"
  }
}
group "subnet" {
  subnets = ["v/s"]
}
group "ten" {
  prefixes = ["10.0.0.0/8"]
}
group "ten_one" {
  prefixes = ["10.1.0.0/16", "192.168.0.0/16"]
}
group "host" {
  prefixes = ["10.1.2.3"]
}
group "host_too" {
  prefixes = ["10.1.2.4"]
}
group "six" {
  prefixes = ["2001:db8::/32"]
}
group "none" {
  prefixes = []
}
group "tag" {
  service_tags = ["Storage"]
}
group "platform" {
  prefixes = ["168.63.129.16"]
}
group "all4" {
  prefixes = ["0.0.0.0/0"]
}
"""


def pair(
    tmp_path: Path,
    allow: str,
    deny: str,
    more: str = "",
    allow_service: str = 'protocol = "Tcp"\n ports = [22]',
    deny_service: str = 'protocol = "*"',
) -> list[str]:
    def intent(name: str, ends: str, expect: str, service: str) -> str:
        source, destination, *rest = ends.split(" ", 2)
        sources, destinations = (", ".join(f"group.{name}" for name in end.split(",")) for end in (source, destination))
        return f'intent "{name}" {{\n from = [{sources}]\n to = [{destinations}]\n expect = "{expect}"\n {service}\n {"".join(rest)}\n}}\n'

    text = GROUPS + intent("a", allow, "Allow", allow_service) + intent("d", deny, "Deny", deny_service) + more
    return [problem.summary for problem in contradictions(load(tmp_path, text))]


@pytest.mark.parametrize(("allow", "deny", "flow"), [
    ("ten ten_one", "ten ten_one", "Tcp from 10.0.0.0 to 10.1.0.0 port 22"), ("ten ten_one", "ten_one ten", "from 10.1.0.0 to 10.1.0.1"), ("host ten", "host ten", "from 10.1.2.3 to 10.0.0.0"),
    ("one ten", "one ten", "from group.one to 10.0.0.0"), ("ten one", "any one", "to group.one"), ("any one", "any one", "from 0.0.0.0 to group.one"), ("any any", "any any", "from 0.0.0.0 to 0.0.0.1"),
    ("host host_too", "host host_too", "from 10.1.2.3 to 10.1.2.4"), ("ten host", "ten host", "from 10.0.0.0 to 10.1.2.3"), ("two one", "two one", "from group.two to group.one"), ("two two", "two two", "from group.two to group.two"), ("subnet subnet", "subnet subnet", "from group.subnet to group.subnet"), ("public one", "public one", "from group.public to group.one"),
    ("public one", "any one", "from group.public to group.one"), ("six six", "six any", "from 2001:db8:: to 2001:db8::1"), ("six any", "six any", "2001:db8::"), ("one,ten one", "maybe,ten one", "from 10.0.0.0 to group.one"), ("ten ten", "ten ten except = [group.ten_one]", "from 10.0.0.0 to 10.0.0.1"), ("ten ten", "ten ten except = [group.none]", "from 10.0.0.0"),
    ("any two", "any two enabled = true", "to group.two"),
])  # fmt: skip
def test_certain(tmp_path: Path, allow: str, deny: str, flow: str) -> None:
    (summary,) = pair(tmp_path, allow, deny)
    assert summary.startswith("intent.a and intent.d contradict each other: ")
    assert flow in summary


@pytest.mark.parametrize(("allow", "deny"), [
    ("public one", "public one except = [group.ten]"), ("platform ten", "platform ten"), ("one one", "one one"), ("one one_too", "one one_too"), ("maybe ten", "maybe ten"), ("less ten", "less ten"), ("one ten", "two ten"), ("ten six", "ten six"), ("one six", "one six"), ("six one", "any one"),
    ("tag one", "tag one"), ("one host", "one host"), ("host host", "host host"), ("none ten", "none ten"), ("none none", "any any"), ("public one", "ten one"), ("platform ten", "any ten"), ("platform ten", "all4 ten"),
    ("ten ten", "ten ten enabled = false"), ("ten ten enabled = false", "ten ten"), ("ten ten", "ten ten except = [intent.a]"), ("ten ten", "ten ten except = [group.ten]"), ("ten ten", "ten ten except = [group.any]"),
    ("ten ten", "ten ten except = [group.one]"), ("ten ten", "ten ten except = [group.tag]"), ("one ten", "one ten except = [group.ten_one]"), ("public one", "public one except = [group.public]"), ("public one", "public one except = [group.all4]"),
    ("ten ten except = [group.all4]", "ten ten"), ("any one", "any one except = [group.tag]"), ("ten ten_one", "six ten_one"),
])  # fmt: skip
def test_not_certain(tmp_path: Path, allow: str, deny: str) -> None:
    assert pair(tmp_path, allow, deny) == []


@pytest.mark.parametrize(("allowed", "denied", "word"), [
    ('protocol = "Tcp"\n ports = [1]', 'protocol = "Tcp"\n ports = [2]', None), ('protocol = "Tcp"', 'protocol = "Udp"', None), ('protocol = "Icmp"', 'protocol = "Tcp"', None),
    ('protocol = "Icmp"', 'protocol = "*"', "Icmp from 10.0.0.0 to 10.0.0.1"), ('protocol = "*"', 'protocol = "Udp"\n ports = ["5-9"]', "Udp from 10.0.0.0 to 10.0.0.1 port 5"),
    ('protocol = "Tcp"\n source_ports = [1]', 'protocol = "Tcp"\n source_ports = [2]', None), ('protocol = "Tcp"\n ports = ["1-10"]', 'protocol = "Tcp"\n ports = ["10-20"]', "port 10"),
])  # fmt: skip
def test_services(tmp_path: Path, allowed: str, denied: str, word: str | None) -> None:
    found = pair(tmp_path, "ten ten", "ten ten", "", allowed, denied)
    assert (found == []) if word is None else (word in found[0])


def test_an_exception_may_take_the_flows_out(tmp_path: Path) -> None:
    def exception(rest: str) -> str:
        return f'exception "e" {{\n of = [intent.d]\n expires = "2000-01-01"\n {rest}\n}}\n'

    assert pair(tmp_path, "ten ten", "ten ten", exception("")) == []
    assert pair(tmp_path, "ten ten", "ten ten", exception('protocol = "Tcp"')) == []
    assert pair(tmp_path, "ten ten", "ten ten", exception('protocol = "Tcp"\n ports = [23]')) != []


def test_both_places_are_named(tmp_path: Path) -> None:
    text = (
        GROUPS
        + 'intent "d" {\n from = [group.ten]\n to = [group.ten]\n expect = "Deny"\n protocol = "*"\n}\nintent "a" {\n from = [group.ten]\n to = [group.ten]\n expect = "Allow"\n protocol = "Tcp"\n}\n'
    )
    (problem,) = contradictions(load(tmp_path, text))
    assert problem.where is not None
    line = text[: text.index('intent "a"')].count("\n") + 1
    assert problem.where.line == line
    assert f"intent.a ({tmp_path}/a.flow.hcl:{line}:1)" in problem.detail
    assert f"intent.d ({tmp_path}/a.flow.hcl:{line - 6}:1)" in problem.detail


PREFIXES = [
    "10.0.0.0/30",
    "10.0.0.0/31",
    "10.0.0.2/32",
    "10.0.0.1/32",
    "10.0.0.3/32",
    "2001:db8::/127",
    "2001:db8::1/128",
]
prefix_lists = st.lists(st.sampled_from(PREFIXES), max_size=2)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(prefix_lists, min_size=3, max_size=3),
    st.lists(st.sampled_from("012"), min_size=4, max_size=4),
    st.sampled_from(["", "0", "1"]),
    st.sampled_from([80, 443]),
)
def test_literal_groups_against_brute_force(
    prefixes: list[list[str]], ends: list[str], excepted: str, port: int
) -> None:
    groups = {str(i): Group(name=str(i), prefixes=tuple(dict.fromkeys(found))) for i, found in enumerate(prefixes)}
    allow = Intent(
        name="a",
        sources=(ends[0],),
        destinations=(ends[1],),
        services=(Service((Protocol.TCP,), ((80, 80),)),),
        expect=Access.ALLOW,
    )
    deny = Intent(
        name="d",
        sources=(ends[2],),
        destinations=(ends[3],),
        services=(Service((Protocol.TCP,), ((port, port),)),),
        expect=Access.DENY,
        except_groups=tuple(excepted),
    )
    found = contradictions(Spec(groups=groups, intents={"a": allow, "d": deny}))
    members = {
        name: {address for prefix in group.prefixes for address in ip_network(prefix)} for name, group in groups.items()
    }
    out = members[excepted] if excepted else set()
    pairs = product(members[ends[0]] & members[ends[2]], members[ends[1]] & members[ends[3]])
    shared = [(a, b) for a, b in pairs if a.version == b.version and a != b and a not in out and b not in out]
    assert bool(found) == bool(shared and port == 80)


def test_many_intents_in_one_corner() -> None:
    """All of them between the same groups, each on a port of its own; and groups whose prefixes all overlap."""
    groups = {f"g{i}": Group(name=f"g{i}", prefixes=("10.0.0.0/8", f"10.{i % 256}.0.0/16")) for i in range(2000)}
    groups["s"] = Group(name="s", selects=(Select(vm=("*",)),))
    intents = {}
    for i in range(4_000):
        access = Access.ALLOW if i % 2 else Access.DENY
        ports = ((i, i),) if i % 5 else ((i, i + 1),)
        intents[f"i{i}"] = Intent(
            name=f"i{i}",
            sources=(f"g{i % 2000}",),
            destinations=("s" if i % 3 else "any",),
            services=(Service((Protocol.TCP,), ports),),
            expect=access,
        )
    start = time.process_time()
    contradictions(Spec(groups=groups, intents=intents))
    assert time.process_time() - start < 20
