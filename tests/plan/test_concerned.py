"""Whom a drift names: the NICs and subnets at which something is open, not those beside them under the same NSG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowspec.views import text
from flowspec.views.style import Style
from tests.engine.loading import load_documents
from tests.plan.test_shattered import shattering
from tests.terraform.documents import ROOT, judged

Json = dict[str, Any]
VNET, NSG = f"{ROOT}/virtualNetworks/v", f"{ROOT}/networkSecurityGroups/n"
SPEC = """
group "subnets" {
  subnets = ["v/s1", "v/s2"]
}
intent "no-ssh" {
  from     = [group.public]
  to       = [group.subnets]
  protocol = "Tcp"
  ports    = [22]
  expect   = "Deny"
}
"""


def network() -> list[Json]:
    """Two subnets under one NSG, whose only rule lets everybody in to one of them."""
    rule = {"name": "ssh", "properties": {
        "priority": 100, "access": "Allow", "direction": "Inbound", "protocol": "Tcp", "sourceAddressPrefix": "*",
        "sourcePortRange": "*", "destinationAddressPrefix": "10.0.1.0/24", "destinationPortRange": "22"}}  # fmt: skip
    subnets = [{"id": f"{VNET}/subnets/s{at}", "name": f"s{at}", "properties": {
        "addressPrefix": f"10.0.{at}.0/24", "networkSecurityGroup": {"id": NSG}}} for at in (1, 2)]  # fmt: skip
    return [
        {"id": NSG, "name": "n", "type": "Microsoft.Network/networkSecurityGroups",
         "properties": {"securityRules": [rule]}},
        {"id": VNET, "name": "v", "type": "Microsoft.Network/virtualNetworks", "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "virtualNetworkPeerings": [], "subnets": subnets}},
    ]  # fmt: skip


@pytest.mark.parametrize("shattered", [False, True])
def test_only_the_subnet_that_is_open_is_named(
    shattered: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shattered:
        shattering(monkeypatch)
    report = judged(load_documents({"network.json": network()}), tmp_path, SPEC)
    (cause,) = report.intents[0].causes
    assert [one.rpartition("/")[2] for one in cause.endpoints] == ["s1"]
    assert "1 subnet: v/s1" in text.view(report, Style())
