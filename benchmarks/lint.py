"""Lint: one NSG of a thousand rules, and 300 NSGs of 200 rules with NICs behind them. Half the rules are idle.

And two NSGs, one behind the other, of 800 rules that cut every dimension.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from benchmarks.policies import adversarial
from benchmarks.timing import Row, forget_peak, timed
from flowspec.linting.lint import linted
from flowspec.model.collector import without_collector
from flowspec.model.inventory import (
    AZURE_DEFAULT_RULES,
    Access,
    Direction,
    Inventory,
    IpConfiguration,
    Nic,
    Nsg,
    Rule,
    Subnet,
    VirtualNetwork,
    key,
)

NET = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network"
VNET = f"{NET}/virtualNetworks/vnet"


def run(seed: int) -> Iterator[Row]:
    for nsgs, rules, most in ((1, 1000, 1), (300, 200, 10)):
        inventory = network(seed, nsgs, rules)
        forget_peak()
        with without_collector():
            found, took = timed(linted, inventory)
        assert len(found.found) > rules / 10
        what = f"lint of {nsgs:,} NSG{'s' if nsgs > 1 else ''} of {rules:,} rules, {len(found.found):,} findings"
        yield Row(what, f"{took:.2f} s", goal=f"< {most} s", met=took < most)
    inventory = adversarial(seed, 800).inventory
    forget_peak()
    with without_collector():
        found, took = timed(linted, inventory)
    what = f"lint of 2 NSGs of 800 rules that cut every dimension, {len(found.found):,} findings"
    yield Row(what, f"{took:.2f} s", goal="< 30 s", met=took < 30)


def network(seed: int, nsgs: int, rules: int) -> Inventory:
    """Every second NSG is on a subnet, the others on the two NICs of each."""
    dice = random.Random(seed)
    found = {}
    for number in range(nsgs):
        name = f"{NET}/networkSecurityGroups/nsg-{number}"
        own = tuple(_rule(dice, name, number, way, at) for way in Direction for at in range(rules // 2))
        found[key(name)] = Nsg(id=name, name=f"nsg-{number}", rules=own, default_rules=AZURE_DEFAULT_RULES)
    ids = [nsg.id for nsg in found.values()]
    subnets, nics = {}, {}
    for number in range(max(1, nsgs // 2)):
        subnet = f"{VNET}/subnets/s{number}"
        subnets[key(subnet)] = Subnet(
            id=subnet, name=f"s{number}", vnet=VNET, prefixes=(f"10.0.{number}.0/24",), nsg=ids[number]
        )
        for host in (4, 5):
            nic = f"{NET}/networkInterfaces/nic-{number}-{host}"
            own_ip = IpConfiguration(
                id=f"{nic}/ipConfigurations/ip", name="ip", address=f"10.0.{number}.{host}", subnet=subnet, primary=True
            )
            nics[key(nic)] = Nic(id=nic, name=f"nic-{number}-{host}", nsg=ids[number - nsgs // 2],
                                 ip_configurations=(own_ip,))  # fmt: skip
    vnets = {key(VNET): VirtualNetwork(id=VNET, name="vnet", prefixes=("10.0.0.0/8",))}
    return Inventory(vnets=vnets, subnets=subnets, nics=nics, nsgs=found)


def _rule(dice: random.Random, nsg: str, number: int, way: Direction, at: int) -> Rule:
    name = f"{way.value.lower()}-{at}"
    far = ("*", "VirtualNetwork", "Internet", f"10.{dice.randrange(40)}.{dice.randrange(250)}.0/24",
           f"10.{dice.randrange(40)}.0.0/16", f"198.51.{dice.randrange(100)}.{dice.randrange(250)}/32")  # fmt: skip
    near = ("*", f"10.0.{number % 150}.0/24", f"10.0.{number % 150}.{dice.randrange(250)}/32")
    return Rule(
        name=name,
        priority=100 + at,
        direction=way,
        access=dice.choice((Access.ALLOW, Access.ALLOW, Access.DENY)),
        protocol=dice.choice(("Tcp", "Tcp", "Udp", "*")),
        sources=(dice.choice(far),),
        source_ports=("*",),
        destinations=(dice.choice(near),),
        destination_ports=(dice.choice(("443", "80", "22", "*", "8000-8100", str(dice.randrange(1, 60000)))),),
        id=f"{nsg}/securityRules/{name}",
    )
