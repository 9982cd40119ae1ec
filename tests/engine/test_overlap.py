"""Two VNets with one address space: what is taken out of an intent by an address may belong to another NIC."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from flowspec.model.documents.plan import Status
from flowspec.pipeline import Options, run
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


def network(name: str, addresses: tuple[str, ...]) -> list[object]:
    vnet = f"{GROUP}/virtualNetworks/vnet-{name}"
    subnet = f"{vnet}/subnets/default"
    nics = [
        {
            "id": f"{GROUP}/networkInterfaces/nic-{name}-{number}",
            "properties": {
                "ipConfigurations": [
                    {"name": "main", "properties": {"privateIPAddress": address, "subnet": {"id": subnet}}}
                ]
            },
        }
        for number, address in enumerate(addresses, 1)
    ]
    nsg = {"id": f"{GROUP}/networkSecurityGroups/nsg", "properties": {"securityRules": []}}
    space = {"addressSpace": {"addressPrefixes": ["10.0.0.0/24"]}}
    inside = {"addressPrefix": "10.0.0.0/24", "networkSecurityGroup": {"id": nsg["id"]}}
    return [nsg, {"id": vnet, "properties": {**space, "subnets": [{"name": "default", "properties": inside}]}}, *nics]


def status(tmp_path: Path, *networks: list[object], spec_text: str = SPEC) -> Status:
    (tmp_path / "s.flow.hcl").write_text(spec_text)
    resources = [resource for found in networks for resource in found]
    (tmp_path / "net.json").write_text(json.dumps(resources))
    spec = load_spec([tmp_path / "s.flow.hcl"])
    report = run(spec, load_inventory([str(tmp_path / "net.json")]), Options(today=date(2026, 11, 21)))
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
