"""`--no-new-access`: nothing opens or may open, nobody is new, and nothing that may hide it is unknown."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from tests.cli.shop import GROUP, NETWORK
from tests.gating.change import NSG, diff, nic, plan, resources, rule, ssh, text, told, vnet, write

CLOSED = "--no-new-access"
EASY = """
group "x" {
  prefixes = ["10.0.0.4/32"]
}
intent "i" {
  from     = [group.x]
  to       = [group.public]
  protocol = "Tcp"
  ports    = [443]
  expect   = "Allow"
}
"""
"""A spec that the shop satisfies."""
DOUBTFUL = ssh("PartnerEdge.WestEurope")


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ([], [], 0),
        ([], [ssh("8.8.8.0/24")], 2),
        ([ssh("8.8.8.0/24")], [], 0),
        ([], [DOUBTFUL], 2),  # may open
        ([DOUBTFUL], [], 0),  # is surely denied now
        ([DOUBTFUL], [ssh("*")], 2),  # was denied, for all that is known
        ([ssh("*")], [DOUBTFUL], 0),  # was surely permitted: may close only
        ([DOUBTFUL], [ssh("SqlManagement")], 2),  # not known before nor after, for other reasons
        ([DOUBTFUL], [rule("renamed", 150, "Allow", "PartnerEdge.WestEurope", "22")], 0),
        ([ssh("8.8.8.0/24")], [rule("renamed", 150, "Allow", "8.8.8.0/25", "22")], 0),
    ],
)
def test_flows(tmp_path: Path, before: list[dict[str, object]], after: list[dict[str, object]], code: int) -> None:
    found, told = diff(tmp_path, resources(*before), resources(*after), CLOSED)
    assert (found, told["gate"]["passes"]) == (code, code == 0)
    assert text(tmp_path).startswith("✓ GATE PASSES" if code == 0 else "✗ GATE FAILS")
    assert plan(tmp_path, resources(*before), resources(*after), "--base", "old.json", CLOSED, spec=EASY)[0] == code


def test_what_opens_is_told_by_the_names_people_know(tmp_path: Path) -> None:
    """Groups where there is a spec; without one VNets, subnets and the tag Internet, by exactly what opens."""
    assert plan(tmp_path, [*resources()], resources(ssh("*")), "--base", "old.json", CLOSED)[0] == 2
    told = " ".join(text(tmp_path).split())
    assert "new: intent.no-ssh-from-outside (error, satisfied before): drifts for Tcp 22 from group.public to" in told
    assert "Tcp 22 from all but VNet vnet-shop, 168.63.129.16 to 2 NICs: vm-db-01, vm-web-01" in told
    diff(tmp_path, resources(), resources(ssh("Internet")))
    assert "Tcp 22 from Internet but not 168.63.129.16 to 2 NICs" in " ".join(text(tmp_path).split())


def test_a_new_nic_opens_all_that_it_permits(tmp_path: Path) -> None:
    """Also what its subnet's NSG said of the address when nobody held it."""
    network = resources(ssh("8.8.8.0/24"))
    code, found = diff(tmp_path, network, [*network, *nic("new", "10.0.0.9")], CLOSED)
    assert (code, found["gate"]["brakes"][0]["reasons"][-1]) == (2, "1 NIC or subnet is new")
    assert any(pair["destination_ports"] == ["22"] or pair["destination_ports"] == ["0-65535"]
               for at in found["gate"]["opens"] for pair in found["causes"][at]["flows"])  # fmt: skip
    assert diff(tmp_path, [*network, *nic("new", "10.0.0.9")], network, CLOSED)[0] == 0


def test_a_new_subnet_is_new_access(tmp_path: Path) -> None:
    deny = [{**rule(f"d{way}", 100, "Deny", "*", "*")} for way in ("in",)]
    assert diff(tmp_path, resources(), [*resources(), *vnet("other", "10.9.0.0/24", *deny)], CLOSED)[0] == 2


def without_rules(network: list[dict[str, object]]) -> list[dict[str, object]]:
    return [one if one["id"] != NSG else {**one, "properties": {}} for one in network]


def test_what_is_not_known_after_may_open(tmp_path: Path) -> None:
    code, found = diff(tmp_path, resources(), without_rules(resources()), CLOSED)
    assert (code, found["gate"]["passes"]) == (2, False)


def test_a_change_beside_the_very_same_document_leaves_its_gaps_as_they_were(tmp_path: Path) -> None:
    hidden = [*resources(), *nic("x", "10.0.0.77")[1:]]  # a VM that names a NIC which is not there
    write(tmp_path, "net.json", hidden)
    write(tmp_path, "change.json", [resources(ssh("8.8.8.0/24"))[0]])
    write(tmp_path, "same.json", [resources()[0]])
    write(tmp_path, "again.json", [*hidden, {**hidden[0], "id": f"{NSG}-2", "name": "nsg-shop-2"}])
    (tmp_path / "shop.flow.hcl").write_text(EASY)
    base = ("--base", "net.json", CLOSED)
    code, found = told(tmp_path, "plan", "-i", "net.json", "-i", "same.json", *base)
    assert found["difference"]["unread"] and (code, found["gate"]["passes"]) == (0, True)
    assert "neither network has it" in found["gate"]["brakes"][1]["notes"][0]
    assert told(tmp_path, "plan", "-i", "net.json", "-i", "change.json", *base)[0] == 2
    code, found = told(tmp_path, "plan", "-i", "again.json", *base)
    assert (code, found["gate"]["passes"]) == (2, False), "another document: what it does not tell may be otherwise"


def test_it_needs_a_base(tmp_path: Path) -> None:
    assert plan(tmp_path, resources(), resources(), CLOSED) == (1, {})


def test_a_new_endpoint_in_a_subnet_is_new_access(tmp_path: Path) -> None:
    """Of a scale set or a private endpoint only the subnet tells; machines of a set that was there are not new."""

    def seated(*ids: str) -> list[dict[str, object]]:
        network = copy.deepcopy(resources())
        for one in network:
            for subnet in one.get("properties", {}).get("subnets", ()):
                subnet["properties"].setdefault("ipConfigurations", []).extend({"id": made} for made in ids)
        return network

    sets = f"{GROUP}/Microsoft.Compute/virtualMachineScaleSets"
    machine = f"{sets}/{{}}/virtualMachines/{{}}/networkInterfaces/n"
    first, second, other = (f"{machine.format(*of)}/ipConfigurations/i" for of in (("a", 0), ("A", 1), ("b", 0)))
    for before, after, code in (((), (first,), 2), ((first,), (second,), 0), ((first,), (first, other), 2),
                                ((first,), (), 0), ((), (f"{NETWORK}/privateEndpoints/pe",), 2),
                                ((), (f"{NETWORK}/loadBalancers/l/frontendIPConfigurations/f",), 0)):  # fmt: skip
        found, told = diff(tmp_path, seated(*before), seated(*after), CLOSED)
        assert found == code, (before, after)
        reasons = told["gate"]["brakes"][0]["reasons"]
        assert any("is new in vnet-shop/snet" in reason for reason in reasons) is (code == 2), reasons
