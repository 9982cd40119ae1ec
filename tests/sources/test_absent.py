"""Absent is not empty: each essential property, lacking in each way, in each command: complete, unknown or refused."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flowspec.comparison.difference import difference
from flowspec.errors import RequestError, Severity, SourceError
from flowspec.ipflowverify.classify import FlowRequest, Verifier
from flowspec.model.documents.targets import Target
from flowspec.model.inventory import Inventory, key
from flowspec.model.spec import Spec
from flowspec.pipeline import PlanOptions, run
from flowspec.reporting.diff import describe
from flowspec.reporting.targets import targets_of
from flowspec.server.estate import Estate
from flowspec.server.raw import shaped
from flowspec.sources import load_inventory, load_with_documents
from flowspec.sources.essential import ESSENTIAL
from flowspec.spec import load_spec
from tests.sources.network import GROUP, NET, Json, child, ref, resource, write

VNET, HUB = f"{NET}/virtualNetworks/vnet", f"{NET}/virtualNetworks/hub"
WEB, DB, GW = f"{VNET}/subnets/web", f"{VNET}/subnets/db", f"{HUB}/subnets/GatewaySubnet"
NSG, TABLE = f"{NET}/networkSecurityGroups/nsg", f"{NET}/routeTables/rt"
NIC, OTHER = f"{NET}/networkInterfaces/nic-web", f"{NET}/networkInterfaces/nic-db"
ENDPOINT, PRIVATE = f"{NET}/privateEndpoints/pe", f"{NET}/networkInterfaces/nic-pe"
VM, DB_VM = (f"{GROUP}/providers/Microsoft.Compute/virtualMachines/{name}" for name in ("vm-web", "vm-db"))
ASG, PIP = f"{NET}/applicationSecurityGroups/asg", f"{NET}/publicIPAddresses/pip"
LB = f"{NET}/loadBalancers/lb"
GATEWAY, LOCAL = f"{NET}/virtualNetworkGateways/vgw", f"{NET}/localNetworkGateways/lgw"

SPEC = """
group "web" {
  select {
    tags = { tier = "web" }
  }
}
group "db" {
  select {
    vm = "vm-db"
  }
}
group "office" {
  prefixes = ["192.168.10.0/24"]
}
group "subnets" {
  subnets = ["vnet/*"]
}
intent "no-ssh" {
  from     = [group.public]
  to       = [group.web, group.db]
  protocol = "Tcp"
  ports    = [22]
  expect   = "Deny"
}
intent "office-to-web" {
  from     = [group.office]
  to       = [group.web]
  protocol = "Tcp"
  ports    = [443]
  expect   = "Allow"
}
intent "web-to-db" {
  from     = [group.web]
  to       = [group.db]
  protocol = "Tcp"
  ports    = [5432]
  expect   = "Allow"
}
"""


def rule(name: str, priority: int, access: str, source: Json, port: str) -> Json:
    fields = {
        "protocol": "Tcp", "sourcePortRange": "*", "destinationPortRange": port, "destinationAddressPrefix": "*",
        "access": access, "priority": priority, "direction": "Inbound", **source,
    }  # fmt: skip
    return child(f"{NSG}/securityRules/{name}", **fields)


def nic(path: str, address: str, subnet: str, config: Json, **properties: Any) -> Json:
    ip = child(f"{path}/ipConfigurations/ip", privateIPAddress=address, subnet=ref(subnet), **config)
    return resource(
        path, "Microsoft.Network/networkInterfaces", ipConfigurations=[ip], **{"enableIPForwarding": False} | properties
    )


def vm(path: str, nic_id: str) -> Json:
    networks = {"networkInterfaces": [ref(nic_id)]}
    return resource(path, "Microsoft.Compute/virtualMachines", networkProfile=networks)


def balancer() -> Json:
    """Floating IP: the backend's NSGs see the frontend's address."""
    front = child(f"{LB}/frontendIPConfigurations/front", privateIPAddress="10.1.0.100")
    pool = child(f"{LB}/backendAddressPools/pool", backendIPConfigurations=[ref(f"{NIC}/ipConfigurations/ip")])
    https = child(
        f"{LB}/loadBalancingRules/https",
        frontendIPConfiguration=ref(front["id"]),
        protocol="Tcp",
        backendAddressPool=ref(pool["id"]),
        frontendPort=443,
        backendPort=443,
        enableFloatingIP=True,
    )
    ssh = child(
        f"{LB}/inboundNatRules/ssh",
        frontendIPConfiguration=ref(front["id"]),
        protocol="Tcp",
        frontendPort=50022,
        backendPort=22,
        enableFloatingIP=False,
        backendIPConfiguration=ref(f"{NIC}/ipConfigurations/ip"),
    )
    return {"frontendIPConfigurations": [front], "backendAddressPools": [pool], "loadBalancingRules": [https],
            "inboundNatRules": [ssh]}  # fmt: skip


@cache
def complete() -> str:
    """A network in which every essential property matters to some answer, with both ends of every reference."""
    anyone = {"sourceAddressPrefix": "*"}
    rules = [
        rule("no-ssh", 100, "Deny", anyone, "22"),
        rule("members", 110, "Allow", {"sourceApplicationSecurityGroups": [ref(ASG)]}, "5432"),
        rule("no-db", 120, "Deny", anyone, "5432"),
    ]
    peering = {
        "peeringState": "Connected", "allowVirtualNetworkAccess": True, "useRemoteGateways": True,
        "remoteVirtualNetwork": ref(HUB), "remoteAddressSpace": {"addressPrefixes": ["10.2.0.0/16"]},
    }  # fmt: skip
    back = {**peering, "useRemoteGateways": False, "remoteVirtualNetwork": ref(VNET)}
    back["remoteAddressSpace"] = {"addressPrefixes": ["10.1.0.0/16"]}
    web = {
        "addressPrefix": "10.1.0.0/24", "networkSecurityGroup": ref(NSG), "routeTable": ref(TABLE),
        "ipConfigurations": [ref(f"{NIC}/ipConfigurations/ip")],
    }  # fmt: skip
    db = {
        "addressPrefix": "10.1.1.0/24", "networkSecurityGroup": ref(NSG),
        "ipConfigurations": [ref(f"{n}/ipConfigurations/ip") for n in (OTHER, PRIVATE)],
        "privateEndpoints": [ref(ENDPOINT)], "privateEndpointNetworkPolicies": "Enabled",
    }  # fmt: skip
    route = child(f"{TABLE}/routes/r", addressPrefix="172.16.0.0/12", nextHopType="VirtualAppliance",
                  nextHopIpAddress="10.2.0.4")  # fmt: skip
    gateway_ip = child(f"{GATEWAY}/ipConfigurations/default", subnet=ref(GW))
    space = "Microsoft.Network/virtualNetworks"
    found = [
        resource(VNET, space, addressSpace={"addressPrefixes": ["10.1.0.0/16"]},
                 subnets=[child(WEB, **web), child(DB, **db)],
                 virtualNetworkPeerings=[child(f"{VNET}/virtualNetworkPeerings/to-hub", **peering)]),
        resource(HUB, space, addressSpace={"addressPrefixes": ["10.2.0.0/16"]},
                 subnets=[child(GW, addressPrefix="10.2.255.0/27", ipConfigurations=[ref(gateway_ip["id"])])],
                 virtualNetworkPeerings=[child(f"{HUB}/virtualNetworkPeerings/to-vnet", **back)]),
        resource(NSG, "Microsoft.Network/networkSecurityGroups", securityRules=rules,
                 subnets=[ref(WEB), ref(DB)], networkInterfaces=[ref(NIC)]),
        resource(TABLE, "Microsoft.Network/routeTables", routes=[route], disableBgpRoutePropagation=False,
                 subnets=[ref(WEB)]),
        nic(NIC, "10.1.0.4", WEB, {"applicationSecurityGroups": [ref(ASG)], "publicIPAddress": ref(PIP),
                                   "loadBalancerBackendAddressPools": [ref(f"{LB}/backendAddressPools/pool")]},
            virtualMachine=ref(VM), networkSecurityGroup=ref(NSG)),
        nic(OTHER, "10.1.1.4", DB, {}, virtualMachine=ref(DB_VM)),
        nic(PRIVATE, "10.1.1.5", DB, {}, privateEndpoint=ref(ENDPOINT)),
        resource(ENDPOINT, "Microsoft.Network/privateEndpoints", networkInterfaces=[ref(PRIVATE)],
                 applicationSecurityGroups=[ref(ASG)]),
        vm(VM, NIC), vm(DB_VM, OTHER),
        resource(ASG, "Microsoft.Network/applicationSecurityGroups"),
        resource(PIP, "Microsoft.Network/publicIPAddresses", ipConfiguration=ref(f"{NIC}/ipConfigurations/ip"))
        | {"sku": {"name": "Standard"}},
        resource(LB, "Microsoft.Network/loadBalancers", **balancer()),
        resource(GATEWAY, "Microsoft.Network/virtualNetworkGateways", gatewayType="Vpn", enableBgp=False,
                 ipConfigurations=[gateway_ip]),
        resource(LOCAL, "Microsoft.Network/localNetworkGateways",
                 localNetworkAddressSpace={"addressPrefixes": ["192.168.10.0/24"]}),
        resource(f"{NET}/connections/cn", "Microsoft.Network/connections", connectionType="IPsec", enableBgp=False,
                 virtualNetworkGateway1=ref(GATEWAY), localNetworkGateway2=ref(LOCAL)),
    ]  # fmt: skip
    return json.dumps(found)


HOLDERS: dict[str, Callable[[list[Json]], Json]] = {
    "microsoft.network/virtualnetworks/subnets": lambda r: r[0]["properties"]["subnets"][0],
    "microsoft.network/virtualnetworks/virtualnetworkpeerings": (
        lambda r: r[0]["properties"]["virtualNetworkPeerings"][0]
    ),
    "microsoft.network/networkinterfaces/ipconfigurations": lambda r: r[4]["properties"]["ipConfigurations"][0],
    "microsoft.network/loadbalancers/frontendipconfigurations": lambda r: part_of(r, "frontendIPConfigurations"),
    "microsoft.network/loadbalancers/loadbalancingrules": lambda r: part_of(r, "loadBalancingRules"),
    "microsoft.network/loadbalancers/inboundnatrules": lambda r: part_of(r, "inboundNatRules"),
}


def part_of(resources: list[Json], name: str) -> Json:
    """The first of a list of the load balancer's."""
    found: Json = holder_of("microsoft.network/loadbalancers", resources)["properties"][name][0]
    return found


def holder_of(kind: str, resources: list[Json]) -> Json:
    """The object of a type that has its properties."""
    if kind in HOLDERS:
        return HOLDERS[kind](resources)
    return next(one for one in resources if str(one["type"]).lower() == kind)


# The ways in which a property can lack: a word, and what it makes of the holder


def absent(holder: Json, name: str) -> None:
    del holder["properties"][name]


def null(holder: Json, name: str) -> None:
    holder["properties"][name] = None


def as_text(holder: Json, name: str) -> None:
    holder["properties"][name] = json.dumps(holder["properties"][name])


def all_as_text(holder: Json, name: str) -> None:
    holder["properties"] = json.dumps(holder["properties"])


def snake_case(holder: Json, name: str) -> None:
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    holder["properties"][snake] = holder["properties"].pop(name)


def no_properties(holder: Json, name: str) -> None:
    holder["properties"] = None


def bare_row(holder: Json, name: str) -> None:
    kept = {at: value for at, value in holder.items() if at in ("id", "name", "type", "location")}
    holder.clear()
    holder.update(kept)


def misnamed_twice(holder: Json, name: str) -> None:
    holder["properties"][name.upper()] = []


def present(holder: Json, name: str) -> None:
    return None


STATES = (absent, null, as_text, all_as_text, snake_case, no_properties, bare_row, misnamed_twice, present)
PROPERTIES = [
    (
        kind,
        next((name for name in e.names if name in holder_of(kind, json.loads(complete()))["properties"]), e.names[0]),
    )
    for kind, of in ESSENTIAL.items()
    for e in of.essentials
]
ALWAYS_THERE = tuple(PROPERTIES)
PROPERTIES += [("microsoft.network/virtualnetworks/subnets", name) for name in ("networkSecurityGroup", "routeTable")]
PROPERTIES += [("microsoft.network/networkinterfaces", name) for name in ("networkSecurityGroup", "virtualMachine")]
PROPERTIES += [("microsoft.network/networkinterfaces/ipconfigurations", "publicIPAddress")]
"""The essential ones, and references that Azure leaves out where there is none: their other end tells."""

TOLD_ELSEWHERE = {
    ("microsoft.compute/virtualmachines", "networkProfile"),
    ("microsoft.network/networkinterfaces", "virtualMachine"),
}
"""A VM and its NIC name each other: one of the two is enough."""

FLOWS = [
    ("nic-web", "Inbound", "10.1.0.4", port, remote)
    for port in ("22", "443", "5432")
    for remote in ("8.8.8.8", "10.1.1.4", "10.1.1.5", "10.2.0.9", "172.16.0.9", "192.168.10.9")
] + [
    ("nic-db", direction, "10.1.1.4", port, remote)
    for direction in ("Inbound", "Outbound")
    for port in ("22", "5432")
    for remote in ("8.8.8.8", "10.1.0.4", "10.1.1.5", "192.168.10.9")
]  # fmt: skip


def verify(inventory: Inventory) -> Iterator[str]:
    yield from answers(Verifier(inventory))


def answers(verifier: Verifier) -> Iterator[str]:
    for name, direction, local, port, remote in FLOWS:
        ports = (port, "50000") if direction == "Inbound" else ("50000", port)
        asked = FlowRequest(target="", nic=name, direction=direction, protocol="Tcp", local_ip=local, remote_ip=remote,
                            local_port=ports[0], remote_port=ports[1])  # fmt: skip
        try:
            yield verifier.verify(asked).access
        except RequestError:
            yield "refused"


def plan(inventory: Inventory) -> Iterator[str]:
    report = run(spec(), inventory, PlanOptions(today=date(2026, 11, 21)))
    yield from (str(intent.status) for intent in report.intents)


def targets(inventory: Inventory) -> tuple[Target, ...]:
    return targets_of(spec(), inventory, lambda where: where).groups


@cache
def spec() -> Spec:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        file = Path(folder) / "main.flow.hcl"
        file.write_text(SPEC, "utf-8")
        return load_spec([file], {}, [], {})


def sound(found: str, expected: str) -> bool:
    return found in (expected, "Unknown", "unknown", "refused", "errored")


@cache
def known() -> tuple[Inventory, tuple[str, ...], tuple[str, ...]]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        inventory = load_inventory([write(Path(folder) / "net.json", complete())])
    return inventory, tuple(verify(inventory)), tuple(plan(inventory))


def test_the_complete_network_leaves_nothing_open() -> None:
    inventory, told, statuses = known()
    assert [p.summary for p in inventory.problems if p.severity is not Severity.INFO] == []
    assert inventory.gaps == ()
    assert {"Allow", "Deny"} == set(told)
    assert statuses == ("satisfied", "satisfied", "satisfied")
    assert describe(difference(inventory, inventory), {}).is_empty


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
@pytest.mark.parametrize(("kind", "name"), PROPERTIES)
def test_no_command_answers_otherwise(kind: str, name: str, state: Callable[[Json, str], None], tmp_path: Path) -> None:
    whole, told, statuses = known()
    resources = json.loads(complete())
    state(holder_of(kind, resources), name)
    file = write(tmp_path / "net.json", resources)
    try:
        inventory, documents = load_with_documents([file])
    except SourceError:
        assert state in (as_text, misnamed_twice), "what can be read is not refused"
        return
    for found, expected in zip(verify(inventory), told, strict=True):
        assert sound(found, expected), (found, expected)
    for found, expected in zip(plan(inventory), statuses, strict=True):
        assert sound(found, expected), (found, expected)
    for twin in (Estate(inventory, shaped(documents)), Estate(inventory)):
        for found, expected in zip(answers(twin.verifier), told, strict=True):
            assert sound(found, expected), (found, expected)
        nsg = twin.held[key(NSG)]["properties"]
        assert isinstance(nsg, dict)
        assert nsg.get("securityRules") != [], "what is not known is not shown as none"
    for before, after in zip(targets(whole), targets(inventory), strict=True):
        assert set(after.nics) <= set(before.nics)
        assert after.maybe or after.problems or (after.nics, after.subnets) == (before.nics, before.subnets)
    pairs = ((whole, inventory), (inventory, whole), (inventory, inventory))
    diffs = [describe(difference(*pair), {}) for pair in pairs]
    is_whole = not inventory.gaps
    if state is not as_text and (kind, name) not in TOLD_ELSEWHERE:
        assert is_whole == (state in (present, all_as_text, snake_case))
    assert [diff.is_empty for diff in diffs] == [is_whole] * 3


@pytest.mark.parametrize(("kind", "name"), ALWAYS_THERE)
@pytest.mark.parametrize("state", [absent, null, no_properties, bare_row], ids=lambda state: state.__name__)
def test_laid_over_an_earlier_source_nothing_is_forgotten(
    kind: str, name: str, state: Callable[[Json, str], None], tmp_path: Path
) -> None:
    _, told, statuses = known()
    later = json.loads(complete())
    state(holder_of(kind, later), name)
    files = [write(tmp_path / "net.json", complete()), write(tmp_path / "later.json", copy.deepcopy(later))]
    inventory = load_inventory(files)
    assert tuple(verify(inventory)) == told
    assert tuple(plan(inventory)) == statuses
    assert inventory.gaps == () or HOLDERS.get(kind)
