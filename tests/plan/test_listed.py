"""A subnet that is named as a whole and lists endpoints that the inventory lacks (azure.md A13, A14)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

import flowspec
from flowspec.model.documents.plan import Report
from flowspec.model.templates import TemplateOptions
from flowspec.sources import load_inventory
from flowspec.views.style import Style
from flowspec.views.text import view
from tests.arm.templates import template
from tests.sources.network import NET, NIC, NSG, SUBNET, VNET, child, nsg, ref, resource, rule, write

LONE = f"{NET}/networkInterfaces/nic-lone/ipConfigurations/ipconfig1"
SCALED = [
    f"{NET.replace('Network', 'Compute')}/virtualMachineScaleSets/vmss/virtualMachines/{n}/networkInterfaces/nic/"
    "ipConfigurations/ip"
    for n in range(2)
]
GATEWAY = f"{NET}/virtualNetworkGateways/vgw/ipConfigurations/default"
PRIVATE = f"{NET}/privateEndpoints/pe-sql"
EVERYONE = {"sourceAddressPrefix": "*", "destinationAddressPrefix": "*", "destinationPortRange": "443"}
OPENS, SHUTS = (rule("web", 100, access=access, **EVERYONE) for access in ("Allow", "Deny"))


def plan(
    folder: Path,
    expect: str,
    *listed: str,
    by: Any = OPENS,
    to: str = 'subnets = ["snet-web"]',
    rest: list[Any] | None = None,
    **more: Any,
) -> Report:
    """The plan of one intent on a subnet that lists some; `rest` are NICs of a list that has more pages."""
    held = {"privateEndpoints": [ref(one) for one in listed if "/privateEndpoints/" in one]}
    held["ipConfigurations"] = [ref(one) for one in listed if "/privateEndpoints/" not in one]
    subnet = child(SUBNET, addressPrefix="10.1.0.0/24", networkSecurityGroup=ref(NSG), **held, **more)
    vnet = resource(VNET, "Microsoft.Network/virtualNetworks", addressSpace={"addressPrefixes": ["10.1.0.0/16"]},
                    subnets=[subnet], virtualNetworkPeerings=[])  # fmt: skip
    (folder / "s.flow.hcl").write_text(
        f'group "there" {{\n  {to}\n}}\n'
        f'intent "web" {{\n  from = [group.public]\n  to = [group.there]\n  protocol = "Tcp"\n  ports = [443]\n'
        f'  expect = "{expect}"\n}}\n', "utf-8",
    )  # fmt: skip
    sources = [write(folder / "a.json", [vnet, nsg(by)])]
    sources += (
        [write(folder / "nics.json", {"value": rest, "nextLink": "https://management.azure.com/next"})] if rest else []
    )
    inventory = load_inventory(sources)
    return flowspec.plan(flowspec.load_spec(folder / "s.flow.hcl"), inventory, today=date(2026, 11, 28))


def told(report: Report) -> tuple[str, set[str]]:
    (intent,) = report.intents
    return intent.status.value, {one.reason for one in intent.flows.unknown}


def test_a_list_of_nics_that_has_more_pages_leaves_the_nsg_of_any_open(tmp_path: Path) -> None:
    own = {"privateIPAddress": "10.1.0.4", "subnet": ref(SUBNET)}
    one = resource(NIC, "Microsoft.Network/networkInterfaces", enableIPForwarding=False,
                   ipConfigurations=[child(f"{NIC}/ipConfigurations/ip", **own)])  # fmt: skip
    for by, expect, status in ((OPENS, "Allow", "unknown"), (OPENS, "Deny", "drifted"), (SHUTS, "Deny", "satisfied")):
        found, reasons = told(plan(tmp_path, expect, by=by, rest=[one]))
        assert found == status, (expect, found)
        assert status != "unknown" or any("has more pages" in words for words in reasons)


def test_nobody_knows_the_nsg_of_a_nic_that_is_not_there(tmp_path: Path) -> None:
    words = {"nic-lone/ipconfig1 is not in the inventory, and may have an NSG of its own"}
    assert told(plan(tmp_path, "Allow", LONE)) == ("unknown", words)
    assert told(plan(tmp_path, "Deny", LONE)) == ("unknown", words)
    assert told(plan(tmp_path, "Deny", LONE, by=SHUTS)) == ("satisfied", set())
    assert told(plan(tmp_path, "Allow", LONE, by=SHUTS)) == ("drifted", set())


def test_what_can_have_no_nsg_of_its_own_is_judged_by_that_of_its_subnet(tmp_path: Path) -> None:
    assert told(plan(tmp_path, "Allow", GATEWAY)) == ("satisfied", set())
    assert not [one for one in plan(tmp_path, "Allow", GATEWAY).assumptions if one.address == "scale_sets"]


def test_that_scale_sets_have_no_nsg_of_their_own_is_told(tmp_path: Path) -> None:
    report = plan(tmp_path, "Allow", *SCALED)
    assert told(report) == ("satisfied", set())
    words = "no NSG on the NICs of scale sets in vnet-shop/snet-web: it lists 2 instances"
    assert [one.text for one in report.assumptions if one.address == "scale_sets"] == [words]
    assert words in view(report, Style(width=200))
    by_prefix = plan(tmp_path, "Allow", *SCALED, to='prefixes = ["10.1.0.0/24"]')
    assert told(by_prefix)[0] == "unknown", "what lies in a prefix is asked for itself"
    assert not [one for one in by_prefix.assumptions if one.address == "scale_sets"]


@pytest.mark.parametrize("to", ['subnets = ["snet-web"]', 'prefixes = ["10.1.0.0/24"]'])
@pytest.mark.parametrize("policies", ["Disabled", "RouteTableEnabled"])
def test_an_nsg_may_not_apply_to_a_private_endpoint(policies: str, to: str, tmp_path: Path) -> None:
    words = "the NIC of the private endpoint pe-sql is not in the inventory"
    report = plan(tmp_path, "Deny", PRIVATE, by=SHUTS, to=to, privateEndpointNetworkPolicies=policies)
    status, reasons = told(report)
    assert status == "unknown" and all(words in one for one in reasons)
    applied = plan(tmp_path, "Deny", PRIVATE, by=SHUTS, to=to, privateEndpointNetworkPolicies="Enabled")
    assert told(applied) == ("satisfied", set())


def test_a_nic_that_may_be_of_a_private_endpoint_may_be_under_the_nsg(tmp_path: Path) -> None:
    """Where NSGs do not apply to private endpoints, nobody knows whether this one applies."""
    config = {"name": "c", "properties": {"privateIPAddress": "10.1.0.4", "subnet": {"id": SUBNET}}}
    nic = {"type": "Microsoft.Network/networkInterfaces", "apiVersion": "2023-11-01", "name": "nic-web",
           "properties": {"ipConfigurations": [config], "enableIPForwarding": False,
                          "privateEndpoint": "[parameters('endpoint')]"}}  # fmt: skip
    subnet = child(SUBNET, addressPrefix="10.1.0.0/24", networkSecurityGroup=ref(NSG),
                   privateEndpointNetworkPolicies="Disabled")  # fmt: skip
    vnet = resource(VNET, "Microsoft.Network/virtualNetworks", addressSpace={"addressPrefixes": ["10.1.0.0/16"]},
                    subnets=[subnet], virtualNetworkPeerings=[])  # fmt: skip
    files = [write(tmp_path / "live.json", [vnet, nsg(SHUTS)]),
             write(tmp_path / "t.json", template(nic, parameters={"endpoint": {"type": "object"}}))]  # fmt: skip
    parts = NIC.split("/")
    options = TemplateOptions(subscription=parts[2], resource_group=parts[4])
    inventory = load_inventory(files, templates=options)
    for expect in ("Allow", "Deny"):
        (tmp_path / "s.flow.hcl").write_text(
            'group "there" {\n  select {\n    nic = "nic-web"\n  }\n}\n'
            'intent "web" {\n  from = [group.public]\n  to = [group.there]\n  protocol = "Tcp"\n  ports = [443]\n'
            f'  expect = "{expect}"\n}}\n', "utf-8",
        )  # fmt: skip
        report = flowspec.plan(flowspec.load_spec(tmp_path / "s.flow.hcl"), inventory, today=date(2026, 11, 28))
        assert told(report)[0] == "unknown", expect
