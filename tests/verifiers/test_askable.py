"""Who can be asked and who can't, each with its own reason; and that alike policies have one digest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowspec.model.inventory import Access as Permission
from flowspec.model.inventory import Direction, Inventory, IpConfiguration, Nic, Nsg, Rule, Subnet, Vm, Watcher, key
from flowspec.network.index import Network
from flowspec.policy.policies import Policies
from flowspec.verifiers.askable import Ways
from flowspec.verifiers.fingerprint import fingerprint

BASE = "/subscriptions/S/resourceGroups/rg/providers"
NIC = f"{BASE}/Microsoft.Network/networkInterfaces/nic"
VM = f"{BASE}/Microsoft.Compute/virtualMachines/vm"
WATCHER = Watcher(f"{BASE}/Microsoft.Network/networkWatchers/nw", "nw", "westeurope")
SCALE_SET = f"{BASE}/Microsoft.Compute/virtualMachineScaleSets/s/virtualMachines/0/networkInterfaces/nic"


def ways(nic: Nic, vm: Vm | None = None, watchers: tuple[Watcher, ...] = (WATCHER,)) -> Ways:
    vms = {key(vm.id): vm} if vm else {}
    return Ways(Inventory(nics={key(nic.id): nic}, vms=vms), watchers)


@pytest.mark.parametrize("power", ["running", None])
@pytest.mark.parametrize("location", ["westeurope", "West Europe", "WESTEUROPE"])
def test_a_nic_of_a_running_vm_is_asked_through_its_region_s_watcher(power: str | None, location: str) -> None:
    way = ways(Nic(id=NIC, name="nic", location=location, vm=VM.upper()), Vm(id=VM, name="vm", power=power)).of(NIC)
    assert (way.watcher, way.vm, way.why_not) == (WATCHER.id, VM, "")


@pytest.mark.parametrize(
    ("nic", "vm", "reason"),
    [
        (
            Nic(id=NIC, name="nic", location="westeurope", vm=VM),
            Vm(id=VM, name="vm", power="deallocated"),
            "vm is deallocated",
        ),
        (Nic(id=NIC, name="nic", location="westeurope", vm=VM), Vm(id=VM, name="vm", power="stopped"), "vm is stopped"),
        (Nic(id=NIC, name="nic", location="westeurope"), None, "attached to no VM"),
        (Nic(id=NIC, name="nic", location="westeurope", private_endpoint=True), None, "a private endpoint is no VM"),
        (Nic(id=SCALE_SET, name="nic", location="westeurope", vm=VM), None, "scale sets"),
        (
            Nic(id=NIC, name="nic", location="northeurope", vm=VM),
            None,
            "no Network Watcher in northeurope of subscription S",
        ),
        (Nic(id=NIC, name="nic", location=None, vm=VM), Vm(id=VM, name="vm"), "no Network Watcher in its region"),
    ],
)
def test_why_a_nic_is_not_asked(nic: Nic, vm: Vm | None, reason: str) -> None:
    assert reason in ways(nic, vm).why_not(nic.id)


def test_a_watcher_of_another_subscription_does_not_do() -> None:
    other = replace(WATCHER, id=WATCHER.id.replace("/S/", "/T/"))
    assert "no Network Watcher" in ways(
        Nic(id=NIC, name="nic", location="westeurope", vm=VM), watchers=(other,)
    ).why_not(NIC)


def test_a_nic_that_nobody_knows() -> None:
    assert ways(Nic(id=NIC, name="nic", vm=VM)).why_not("/other") == "the NIC is not in the inventory"


def digest(rule: Rule, name: str = "nsg", location: str = "westeurope") -> str:
    """Of the inbound policy of one NIC behind an NSG with this rule."""
    subnet = f"{BASE}/Microsoft.Network/virtualNetworks/v/subnets/s"
    nsg = Nsg(id=f"{BASE}/Microsoft.Network/networkSecurityGroups/{name}", name=name, location=location, rules=(rule,))
    nic = Nic(
        id=NIC,
        name="nic",
        location=location,
        ip_configurations=(IpConfiguration(id=f"{NIC}/ip", name="ip", address="10.0.0.4", subnet=subnet),),
        nsg=nsg.id,
    )
    inventory = Inventory(
        subnets={
            key(subnet): Subnet(id=subnet, name="s", vnet=subnet.rpartition("/subnets/")[0], prefixes=("10.0.0.0/24",))
        },
        nics={key(NIC): nic},
        nsgs={key(nsg.id): nsg},
    )
    network = Network(inventory)
    return fingerprint(Policies(network).of_endpoint(network.endpoints[0], Direction.INBOUND))


RULE = Rule(
    name="r",
    priority=100,
    direction=Direction.INBOUND,
    access=Permission.DENY,
    protocol="Tcp",
    sources=("8.8.8.8",),
    source_ports=("*",),
    destinations=("*",),
    destination_ports=("22",),
)


def test_the_same_content_has_the_same_digest_in_every_run() -> None:
    assert digest(RULE) == digest(replace(RULE, description="new words"), location="elsewhere")


@pytest.mark.parametrize(
    "changed",
    [
        replace(RULE, access=Permission.ALLOW),
        replace(RULE, priority=101),
        replace(RULE, name="other"),
        replace(RULE, sources=("8.8.8.9",)),
        replace(RULE, destination_ports=("23",)),
        replace(RULE, protocol="Udp"),
        replace(RULE, sources=("Storage",)),
    ],
)
def test_whatever_decides_changes_the_digest(changed: Rule) -> None:
    assert digest(RULE) != digest(changed)
    assert digest(RULE) != digest(RULE, "another-nsg")
