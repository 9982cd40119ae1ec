"""The names of resources in a report."""

from __future__ import annotations

from flowspec.model.documents.plan import Attachment
from flowspec.views.names import DisplayNames
from tests.views.sample import NETWORK

NIC = f"{NETWORK.format('rg')}networkInterfaces/web-01-nic417"
OTHER = f"{NETWORK.format('rg')}networkInterfaces/web-02-nic912"
VM = "/subscriptions/s/resourceGroups/{}/providers/Microsoft.Compute/virtualMachines/{}"


def test_a_nic_goes_by_its_vm() -> None:
    names = DisplayNames([NIC, OTHER], [Attachment(nic=NIC.upper(), vm=VM.format("rg", "vm-web-01"))])
    assert names.list((NIC, OTHER)) == "2 NICs: vm-web-01, web-02-nic912"


def test_vms_of_one_name_are_told_apart() -> None:
    vms = [Attachment(nic=NIC, vm=VM.format("rg-a", "vm")), Attachment(nic=OTHER, vm=VM.format("rg-b", "vm"))]
    assert DisplayNames([NIC, OTHER], vms).list((NIC, OTHER)) == "2 NICs: rg-a/vm, rg-b/vm"
