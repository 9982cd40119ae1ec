"""Two VNets with one address space: what is taken out of an intent by an address may belong to another NIC."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from flowspec.model.documents.plan import Status
from flowspec.pipeline import PlanOptions, run
from flowspec.sources import load_inventory
from flowspec.spec import load_spec

GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Network"
SPEC = """
group "all" {
  select {
    nic = "*"
  }
}
group "jump" {
  select {
    nic = "nic-dev-1"
  }
}
intent "no-ssh" {
  from     = [group.all]
  to       = [group.all]
  protocol = "Tcp"
  ports    = [22]
  expect   = "Deny"
  except   = [group.jump]
}
"""


OFFICE = {
    "name": "office",
    "properties": {
        "priority": 100,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "Tcp",
        "sourcePortRange": "*",
        "destinationPortRange": "22",
        "sourceAddressPrefix": "8.8.8.0/24",
        "destinationAddressPrefix": "*",
    },
}


def network(name: str, addresses: tuple[str, ...]) -> list[object]:
    vnet = f"{GROUP}/virtualNetworks/vnet-{name}"
    subnet = f"{vnet}/subnets/default"
    nics = [
        {
            "id": f"{GROUP}/networkInterfaces/nic-{name}-{number}",
            "properties": {
                "enableIPForwarding": False,
                "ipConfigurations": [
                    {"name": "main", "properties": {"privateIPAddress": address, "subnet": {"id": subnet}}}
                ],
            },
        }
        for number, address in enumerate(addresses, 1)
    ]
    nsg = {"id": f"{GROUP}/networkSecurityGroups/nsg", "properties": {"securityRules": [OFFICE]}}
    space = {"addressSpace": {"addressPrefixes": ["10.0.0.0/24"]}, "virtualNetworkPeerings": []}
    inside = {"addressPrefix": "10.0.0.0/24", "networkSecurityGroup": {"id": nsg["id"]}}
    return [nsg, {"id": vnet, "properties": {**space, "subnets": [{"name": "default", "properties": inside}]}}, *nics]


def status(tmp_path: Path, *networks: list[object], spec_text: str = SPEC) -> Status:
    (tmp_path / "s.flow.hcl").write_text(spec_text)
    resources = [resource for found in networks for resource in found]
    (tmp_path / "net.json").write_text(json.dumps(resources))
    spec = load_spec([tmp_path / "s.flow.hcl"])
    report = run(spec, load_inventory([str(tmp_path / "net.json")]), PlanOptions(today=date(2026, 11, 21)))
    return report.intents[0].status


def test_an_exception_for_a_nic_does_not_surely_cover_its_namesake(tmp_path: Path) -> None:
    """nic-prod-1 has the address of the excepted nic-dev-1: its flow to nic-prod-2 may not count as excepted."""
    dev, prod = network("dev", ("10.0.0.4",)), network("prod", ("10.0.0.4", "10.0.0.5"))
    assert status(tmp_path, dev, prod) is not Status.SATISFIED


def test_a_nic_with_an_address_of_its_own_is_excepted(tmp_path: Path) -> None:
    """All that is left is a NIC and itself, which is nothing to check."""
    assert status(tmp_path, network("dev", ("10.0.0.4", "10.0.0.5"))) is Status.ERRORED


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((("dev", "10.0.0.4"),), Status.ERRORED),
        ((("dev", "10.0.0.4"), ("prod", "10.0.0.4")), Status.DRIFTED),
        ((("dev", "10.0.0.4"), ("prod", "10.0.0.5")), Status.DRIFTED),
    ],
    ids=["one NIC and itself", "two NICs with one address", "two NICs"],
)
def test_who_oneself_is(tmp_path: Path, found: tuple[tuple[str, str], ...], expected: Status) -> None:
    """A NIC is not judged against itself, but against its namesake in address it is."""
    networks = [network(name, (address,)) for name, address in found]
    assert status(tmp_path, *networks, spec_text=SPEC.replace("  except   = [group.jump]\n", "")) is expected


GROUPS = """
group "office" { prefixes = ["8.8.8.0/24"] }
group "dev" { subnets = ["vnet-dev/default"] }
group "dev-1" {
  select { nic = "nic-dev-1" }
}
group "prod" { subnets = ["vnet-prod/default"] }
group "prod-nics" {
  select { nic = "nic-prod-*" }
}
group "both" {
  select { nic = "*" }
}
"""


def deny(to: str, more: str = "") -> str:
    ends = f"from = [group.office]\n to = [group.{to}]"
    return f'{GROUPS} intent "i" {{\n {ends}\n protocol = "Tcp"\n ports = [22]\n expect = "Deny"\n {more}\n}}'


def allow_to(group: str) -> str:
    ends = f"from = [group.office]\n to = [group.{group}]"
    return f'\nintent "a" {{\n {ends}\n protocol = "Tcp"\n ports = [22]\n expect = "Allow"\n enabled = false\n}}'


def boundary(around: str, more: str) -> str:
    return f'{GROUPS} boundary "b" {{\n around = [group.{around}]\n direction = "Inbound"\n {more}\n}}'


EXCEPTION = """
exception "e" {
  of      = ["intent.i"]
  to      = [group.dev]
  reason  = "x"
  owner   = "y"
  expires = "2027-01-01"
}
"""
CASES = [
    ("except of the other VNet's subnet", deny("prod-nics", "except = [group.dev]"), Status.DRIFTED),
    ("except of the other VNet's NIC", deny("prod", "except = [group.dev-1]"), Status.DRIFTED),
    ("except of the NIC's own subnet", deny("prod-nics", "except = [group.prod]"), Status.ERRORED),
    ("except, where both are judged", deny("both", "except = [group.dev]"), Status.UNKNOWN),
    ("an exception to the other's subnet", deny("prod-nics") + EXCEPTION, Status.DRIFTED),
    ("an exception to the own subnet", deny("dev-1") + EXCEPTION, Status.SATISFIED),
    (
        "a listed intent to the other's subnet",
        boundary("prod-nics", "remote = [group.office]\n allow = [intent.a]") + allow_to("dev"),
        Status.DRIFTED,
    ),
    (
        "a listed intent to the own subnet",
        boundary("prod-nics", "remote = [group.office]\n allow = [intent.a]") + allow_to("prod"),
        Status.SATISFIED,
    ),
    ("remote: a NIC with an address of those inside", boundary("prod-nics", "remote = [group.dev-1]"), Status.UNKNOWN),
    ("remote: those inside", boundary("prod-nics", "remote = [group.prod-nics]"), Status.ERRORED),
    (
        "each: two partitions share an address",
        boundary("both", 'each = "vnet"\n remote = [group.both]'),
        Status.UNKNOWN,
    ),
]


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_whose_flows_they_are(tmp_path: Path, text: str, expected: Status) -> None:
    """nic-dev-1 and nic-prod-1 are both 10.0.0.4: what names one says nothing of the other."""
    dev, prod = network("dev", ("10.0.0.4",)), network("prod", ("10.0.0.4",))
    assert status(tmp_path, dev, prod, spec_text=text) is expected


def test_an_allow_and_a_deny_of_namesakes_do_not_contradict(tmp_path: Path) -> None:
    """The office may come to dev, not to prod."""
    dev, prod = network("dev", ("10.0.0.4",)), network("prod", ("10.0.0.4",))
    text = deny("prod-nics") + allow_to("dev-1").replace("enabled = false", "")
    assert status(tmp_path, dev, prod, spec_text=text) is Status.DRIFTED
    text = deny("both") + allow_to("dev-1").replace("enabled = false", "")
    assert status(tmp_path, dev, prod, spec_text=text) is Status.ERRORED
