"""Who can be asked and who can't, each with its own reason; and that alike policies have one digest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowspec.model.inventory import Access as Permission
from flowspec.model.inventory import Direction, Inventory, IpConfiguration, Nic, Nsg, Rule, Subnet, Vm, Watcher, key
from flowspec.model.live import Watchers
from flowspec.network.index import Network
from flowspec.policy.policies import Policies
from flowspec.verifiers.askable import Ways
from flowspec.verifiers.fingerprint import fingerprint

BASE = "/subscriptions/S/resourceGroups/rg/providers"
NIC = f"{BASE}/Microsoft.Network/networkInterfaces/nic"
VM = f"{BASE}/Microsoft.Compute/virtualMachines/vm"
WATCHER = Watcher(f"{BASE}/Microsoft.Network/networkWatchers/nw", "nw", "westeurope")
SCALE_SET = f"{BASE}/Microsoft.Compute/virtualMachineScaleSets/s/virtualMachines/0/networkInterfaces/nic"


def ways(
    nic: Nic,
    vm: Vm | None = None,
    watchers: tuple[Watcher, ...] = (WATCHER,),
    unread: dict[str, str] | None = None,
) -> Ways:
    vms = {key(vm.id): vm} if vm else {}
    return Ways(Inventory(nics={key(nic.id): nic}, vms=vms), Watchers(watchers, unread or {}))


@pytest.mark.parametrize("power", ["running", None])
@pytest.mark.parametrize("location", ["westeurope", "West Europe", "WESTEUROPE"])
def test_a_nic_of_a_running_vm_is_asked_through_its_region_s_watcher(power: str | None, location: str) -> None:
    way = ways(Nic(id=NIC, name="nic", location=location, vm=VM.upper()), Vm(id=VM, name="vm", power=power)).of(NIC)
    assert (way.watcher, way.vm, way.why_not, way.lacks) == (WATCHER.id, VM, "", "")


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
    ],
)
def test_why_a_nic_can_t_be_asked(nic: Nic, vm: Vm | None, reason: str) -> None:
    found = ways(nic, vm, watchers=())
    assert reason in found.of(nic.id).why_not and not found.of(nic.id).lacks
    assert found.unserved() == []


OTHERS = replace(WATCHER, id=WATCHER.id.replace("/S/", "/T/"))


@pytest.mark.parametrize(
    ("location", "watchers", "unread", "lacks"),
    [
        ("northeurope", (WATCHER,), {}, "there is no Network Watcher in northeurope of subscription S: az network "
         "watcher configure -g NetworkWatcherRG -l northeurope --enabled true"),
        ("westeurope", (OTHERS,), {}, "there is no Network Watcher in westeurope of subscription S"),
        (None, (WATCHER,), {}, "does not say in which region of subscription S the NIC is"),
        ("westeurope", (), {"s": "Forbidden"}, "the Network Watchers of subscription S can't be listed: Forbidden"),
        ("westeurope", (), {"T": "Forbidden"}, "there is no Network Watcher in westeurope"),
    ],
)  # fmt: skip
def test_what_a_nic_lacks_that_could_be_asked(
    location: str | None, watchers: tuple[Watcher, ...], unread: dict[str, str], lacks: str
) -> None:
    """With the step that is missing; that is no reason to leave it out of what is askable."""
    found = ways(Nic(id=NIC, name="nic", location=location, vm=VM), Vm(id=VM, name="vm"), watchers, unread)
    assert lacks in found.of(NIC).lacks and not found.of(NIC).why_not
    assert found.unserved() == ["S"]


def test_a_nic_that_nobody_knows() -> None:
    assert ways(Nic(id=NIC, name="nic", vm=VM)).of("/other").why_not == "the NIC is not in the inventory"


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
