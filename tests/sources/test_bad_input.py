"""Sources that are refused, and the very words; hostile bytes end in one line, never in a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from flowspec.errors import Problem, SourceError
from flowspec.model.inventory import key
from flowspec.model.unknown import UNKNOWN
from flowspec.sources import load_inventory, locate
from tests.sources.network import NET, NIC, NSG, SUBNET, VNET, Json, child, nsg, resource, rule, several, write

KINDS = (
    "a source is one of: terraform show -json of a plan or a state, an ARM template, ServiceTags_Public_*.json, a "
    "flowspec snapshot, Azure resources as JSON (REST, az … -o json, Resource Graph), effective answers, a folder of "
    "these, azure:SUBSCRIPTION"
)

UTF16 = "Windows PowerShell writes so with >; use: az … | Out-File -Encoding utf8 FILE (or PowerShell 7)"

BYTES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "in.json: the file is empty"),
    "white space": (b" \n\t ", "in.json: the file is empty"),
    "only a BOM": (b"\xef\xbb\xbf", "in.json: the file is empty"),
    "binary": (bytes(range(1, 256)), "in.json: the file is not JSON"),
    "an executable": (b"\x7fELF\x02\x01\x01\0\0\0", "in.json: the file is not JSON"),
    "NULs": (b"\0" * 100, "in.json: the file is UTF-16, not UTF-8"),
    "UTF-16": ("\ufeff[]".encode("utf-16-le"), "in.json: the file is UTF-16, not UTF-8"),
    "UTF-16 big endian": ("\ufeff[]".encode("utf-16-be"), "in.json: the file is UTF-16, not UTF-8"),
    "UTF-16 without a BOM": ("[]".encode("utf-16-le"), "in.json: the file is UTF-16, not UTF-8"),
    "Latin-1": ('[{"name": "Zürich"}]'.encode("latin-1"), "in.json: the file is not UTF-8"),
    "a text": (b"hello", "in.json: the file is not JSON"),
    "YAML": (b"name: x", "in.json: the file is not JSON"),
    "a JSON text": (b'"x"', "in.json: the file is not JSON"),
    "null": (b"null", "in.json: the file is not JSON"),
    "cut off": (b'[\n{"id": "x",\n"name"', "in.json:3:7: the file is not valid JSON: it ends too early"),
    "cut off in a text": (
        b'{"value": [{"id": "/subscr',
        "in.json:1:19: the file is not valid JSON: unterminated string starting at",
    ),
    "a comma": (
        b'[{"id": "x",}]',
        "in.json:1:13: the file is not valid JSON: expecting property name enclosed in double quotes",
    ),
    "single quotes": (
        b"[{'id': 1}]",
        "in.json:1:3: the file is not valid JSON: expecting property name enclosed in double quotes",
    ),
    "two documents": (b"[]\n[]", "in.json:2:1: the file is not valid JSON: extra data"),
    "NaN": (b"[NaN]", "in.json: the file is not valid JSON: JSON is malformed: invalid character (byte 1)"),
    "a huge number": (b'[{"id": 1e999}]', "in.json: the file is not valid JSON: Number out of range"),
    "half a character": (
        b'[{"id": "\\ud800"}]',
        "in.json: the file is not valid JSON: a text holds half a character (a lone surrogate)",
    ),
    "deep": (b"[" * 100_000, "in.json: the JSON is nested deeper than 200 levels"),
    "deep and whole": (b"[" * 100_000 + b"]" * 100_000, "in.json: the JSON is nested deeper than 200 levels"),
    "deep objects": (b'{"a":' * 100_000, "in.json: the JSON is nested deeper than 200 levels"),
    "deep by a little": (b"[" * 203 + b"]" * 203, "in.json: the JSON is nested deeper than 200 levels"),
    "deep behind brackets in texts": (
        b'[{"a": "]]}}\\"]]", "b": ' + b"[" * 300 + b"]" * 300 + b"}]",
        "in.json: the JSON is nested deeper than 200 levels",
    ),
}


def problems(*sources: str, **more: Any) -> tuple[Problem, ...]:
    with pytest.raises(SourceError) as caught:
        load_inventory(sources, **more)
    return caught.value.problems


def line(problem: Problem, folder: Path) -> str:
    where = problem.where.text() if problem.where else "-"
    return f"{where.replace(f'{folder}{os.sep}', '')}: {problem.summary}"


@pytest.mark.parametrize("name", BYTES)
def test_hostile_bytes_end_in_one_line(name: str, tmp_path: Path) -> None:
    data, wanted = BYTES[name]
    (tmp_path / "in.json").write_bytes(data)
    (problem,) = problems(str(tmp_path / "in.json"))
    assert line(problem, tmp_path) == wanted


def test_utf_16_says_how_to_mend_it(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_bytes("\ufeff[]".encode("utf-16-le"))
    assert problems(str(tmp_path / "in.json"))[0].detail == UTF16


def test_nesting_up_to_the_limit_is_no_fault(tmp_path: Path) -> None:
    deep: Any = "]]]" * 500
    for _ in range(190):
        deep = [deep]
    assert load_inventory([write(tmp_path / "a.json", [{**nsg(), "extra": deep}])]).origins[0].resources == 1


STRANGE: list[Any] = [
    {}, [1], [None], [[]] * 3 + ["x"], {"value": "x"}, {"value": [{}]}, {"values": 1},
    {"data": {"columns": 1, "rows": [2]}},
    {"name": "x", "securityRules": []}, {"properties": "x"}, {"properties": {"properties": {}}},
]  # fmt: skip


@pytest.mark.parametrize("value", STRANGE, ids=str)
def test_what_is_no_source_is_refused_with_the_kinds(value: Any, tmp_path: Path) -> None:
    (problem,) = problems(write(tmp_path / "in.json", value))
    assert problem.summary == "nothing in the file is an Azure resource"
    assert problem.detail == KINDS


UNREAD: list[tuple[Any, str]] = [
    (
        {"format_version": "2.0", "terraform_version": "1.9.0", "planned_values": {}},
        "the Terraform document has a format that is not known: '2.0'",
    ),
    (
        {"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"},
        "nothing in the file is an Azure resource",
    ),
    (
        {"error": {"code": "AuthorizationFailed", "message": "…"}},
        "the file holds an error of Azure: AuthorizationFailed",
    ),
]


@pytest.mark.parametrize(("value", "summary"), UNREAD)
def test_kinds_that_hold_no_resources(value: Any, summary: str, tmp_path: Path) -> None:
    assert [p.summary for p in problems(write(tmp_path / "in.json", value))] == [summary]


def test_sources_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    first, second = problems(str(tmp_path / "no.json"), str(tmp_path / "empty"))
    assert (line(first, tmp_path), first.detail) == ("no.json: No such file or directory", KINDS)
    assert line(second, tmp_path) == "empty: the folder has no .json file"


def test_a_source_is_bounded(tmp_path: Path) -> None:
    write(tmp_path / "net" / "a.json", nsg(rule("a", 100)))
    write(tmp_path / "net" / "b.json", nsg(rule("a", 100)))
    size = (tmp_path / "net" / "a.json").stat().st_size
    assert load_inventory([str(tmp_path / "net")], max_input=2 * size).nsgs
    (problem,) = problems(str(tmp_path / "net"), max_input=2 * size - 1)
    assert (
        line(problem, tmp_path) == f"net/b.json: the source is larger than --max-input ({(2 * size - 1) / 1024:.4g} kB)"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="devices and pipes of Unix")
def test_a_source_that_never_ends_is_bounded(tmp_path: Path) -> None:
    (problem,) = problems("/dev/zero", max_input=1024)
    assert problem.summary == "it is a device, not a file"
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["sh", "-c", f"exec yes > '{tmp_path}/pipe'"]) as endless:
        (problem,) = problems(str(tmp_path / "pipe"), max_input=1024)
        endless.kill()
    assert problem.summary == "the source is larger than --max-input (1 kB)"


def vnet(**fields: Any) -> Json:
    fields = {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, **fields}
    return resource(VNET, "Microsoft.Network/virtualNetworks", **fields)


def nic(**fields: Any) -> Json:
    return resource(NIC, "Microsoft.Network/networkInterfaces", **fields)


PORT = "Value should be an integer OR integer range with '-' delimiter. Valid range 0-65535."
RULE = f"{NSG}/securityRules/r"
CIDR = "formatted correctly. It should follow CIDR notation, for example 10.0.0.0/24."

WORDS: list[tuple[Any, str]] = [
    (
        nsg(rule("r", 99)),
        "InvalidPriority: Security rule has invalid Priority. Value provided: 99 Allowed range 100-4096.",
    ),
    (
        nsg(rule("r", 4097)),
        "InvalidPriority: Security rule has invalid Priority. Value provided: 4097 Allowed range 100-4096.",
    ),
    (
        nsg(rule("r", 0, priority=None)),
        "InvalidPriority: Security rule has invalid Priority. Value provided: null Allowed range 100-4096.",
    ),
    (nsg(rule("r", 0, priority="high")), "priority should be a whole number, not a text"),
    (nsg(rule("r", 0, priority=100.5)), "priority should be a whole number, not a number"),
    (
        nsg(rule("r", 100, destinationPortRange="66600")),
        f"InvalidPortRange: Security rule has invalid Port range. Value provided: 66600. {PORT}",
    ),
    (
        nsg(rule("r", 100, destinationPortRange="8" * 5000)),
        f"InvalidPortRange: Security rule has invalid Port range. Value provided: {'8' * 5000}. {PORT}",
    ),
    (
        nsg(rule("r", 100, sourcePortRange="90-80")),
        f"InvalidPortRange: Security rule has invalid Port range. Value provided: 90-80. {PORT}",
    ),
    (
        nsg(rule("r", 100, destinationPortRanges=["80", "http"])),
        f"InvalidPortRange: Security rule has invalid Port range. Value provided: http. {PORT}",
    ),
    (
        nsg(rule("r", 100, sourceAddressPrefix="10.0.0.0/33")),
        f"InvalidAddressPrefix: Security rule {RULE} has invalid Address prefix. Value provided: 10.0.0.0/33",
    ),
    (
        nsg(rule("r", 100, sourceAddressPrefix="10.0.0.0/" + "8" * 5000)),
        f"InvalidAddressPrefix: Security rule {RULE} has invalid Address prefix. Value provided: 10.0.0.0/{'8' * 5000}",
    ),
    (
        nsg(rule("r", 100, **several("10.0.0.0/8", "10.0.0.256"))),
        f"InvalidAddressPrefix: Security rule {RULE} has invalid Address prefix. Value provided: 10.0.0.256",
    ),
    (
        nsg(rule("r", 100, sourceAddressPrefix="2001:db8::/129")),
        f"InvalidAddressPrefix: Security rule {RULE} has invalid Address prefix. Value provided: 2001:db8::/129",
    ),
    (
        nsg(rule("r", 100, direction="Sideways")),
        "InvalidDirection: Security rule has invalid Direction. Value provided: Sideways "
        "Allowed values: Inbound, Outbound.",
    ),
    (
        nsg(rule("r", 100, access=None)),
        "InvalidAccess: Security rule has invalid Access. Value provided: null Allowed values: Allow, Deny.",
    ),
    (
        nsg(rule("r", 100), rule("s", 100)),
        "Conflict: Security rule s conflicts with rule r. Rules cannot have the same Priority and Direction.",
    ),
    (
        nsg(rule("ssh", 100), rule("SSH", 110)),
        f"DuplicateResourceName: Resource {NSG} has two child resources with the same name (SSH).",
    ),
    (
        vnet(subnets=[child(SUBNET, addressPrefix="10.1.0.0/33")]),
        f"InvalidAddressPrefixFormat: Address prefix 10.1.0.0/33 of resource {SUBNET} is not {CIDR}",
    ),
    (
        nsg(path="nsg-web"),
        "a resource of type Microsoft.Network/networkSecurityGroups has an id that is none of Azure's: 'nsg-web'",
    ),
    ({**nsg(), "id": None}, "a resource of type Microsoft.Network/networkSecurityGroups has no id"),
    (
        {**nsg(), "id": 7},
        "a resource of type Microsoft.Network/networkSecurityGroups has an id that is none of Azure's: 7",
    ),
    (
        {**nsg(), "properties": {"securityRules": "System.Object[]"}},
        "securityRules should be a list of objects, not a text",
    ),
    (
        {**nsg(), "properties": {"securityRules": {"value": []}}},
        "securityRules should be a list of objects, not an object",
    ),
    ({**nsg(), "properties": {"securityRules": [None]}}, "securityRules should be a list of objects, not a list"),
    ({**nsg(), "tags": "x"}, "tags should be an object, not a text"),
    (nsg({"properties": {}}), "an entry of securityRules has neither a name nor an id"),
    (vnet(addressSpace="10.0.0.0/8"), "addressSpace should be an object, not a text"),
    (nic(networkSecurityGroup={"id": 5}), 'networkSecurityGroup should be an object with an "id", not an object'),
    (nic(enableIPForwarding="maybe"), "enableIPForwarding should be true or false, not a text"),
    (
        nic(ipConfigurations=[child(f"{NIC}/ipConfigurations/c", privateIPAddress="10.0.0.300")]),
        "10.0.0.300 is not an IP address",
    ),
    (
        resource(
            f"{NET}/routeTables/rt", "Microsoft.Network/routeTables", routes=[child("r", addressPrefix="10.0.0.0/8")]
        ),
        "a route needs addressPrefix and nextHopType",
    ),
]


@pytest.mark.parametrize(("value", "summary"), WORDS, ids=lambda value: value if isinstance(value, str) else "")
def test_azures_own_words(value: Any, summary: str, tmp_path: Path) -> None:
    (problem,) = problems(write(tmp_path / "in.json", value))
    assert problem.summary in (summary, f"SecurityRule{summary}")


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    rules = [rule("a", 99), rule("b", 100, sourcePortRange="x"), rule("c", 101, sourceAddressPrefixes=["10.0.0.0/40"])]
    (tmp_path / "empty.json").touch()
    found = problems(write(tmp_path / "in.json", nsg(*rules)), str(tmp_path / "empty.json"))
    text = (tmp_path / "in.json").read_text().splitlines()
    lines = [text[locate(p.where).line - 1].strip() for p in found if p.where and p.where.pointer]
    assert lines == ['"priority": 99,', '"sourcePortRange": "x",', '"sourceAddressPrefixes": [']
    assert len(found) == 4


UNCLEAR: list[tuple[Json, str, str]] = [
    (
        {"sourceAddressPrefix": "10.0.0.1-10.0.0.9"},
        "sources",
        "sourceaddressprefix that can't be read: 10.0.0.1-10.0.0.9",
    ),
    (
        {"sourceAddressPrefix": "10.0.0.0/255.0.0.0"},
        "sources",
        "sourceaddressprefix that can't be read: 10.0.0.0/255.0.0.0",
    ),
    ({"sourceAddressPrefix": "10.0.0.01"}, "sources", "sourceaddressprefix that can't be read: 10.0.0.01"),
    ({"protocol": "Icmpv6"}, "protocol", "protocol that can't be read: Icmpv6"),
    ({"protocol": None}, "protocol", "protocol that can't be read: it is not given"),
    ({"sourceAddressPrefix": None}, "sources", "source address prefix that can't be read: it is not given"),
    ({"destinationPortRange": ""}, "destination_ports", "destination port range that can't be read: it is not given"),
]


@pytest.mark.parametrize(("fields", "name", "words"), UNCLEAR)
def test_what_may_be_right_is_kept_as_unknown(fields: Json, name: str, words: str, tmp_path: Path) -> None:
    found = load_inventory([write(tmp_path / "in.json", nsg(rule("r", 100, **fields)))])
    assert UNKNOWN in getattr(found.nsgs[key(NSG)].rules[0], name)
    assert [p.summary for p in found.problems] == [f"Security rule has a {words}"]
