"""A seed -> two NSGs on one NIC, as Azure's JSON, loaded through the sources: realistic, or adversarial.

The shapes follow ClassBench and what public Azure templates hold: nested prefixes out of few pools, well-known ports,
source ports that are mostly `*`, a third of the rules for any protocol, 2 % on a service tag of 10,000 prefixes.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flowspec.model.inventory import Direction, Inventory
from flowspec.network.index import Endpoint, Network
from flowspec.policy.layers import Policy
from flowspec.policy.policies import Policies
from flowspec.sources import load_inventory

ROOT = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/bench/providers"
NETWORK = f"{ROOT}/Microsoft.Network"
VM = f"{ROOT}/Microsoft.Compute/virtualMachines/vm"
NIC, VNET = f"{NETWORK}/networkInterfaces/nic", f"{NETWORK}/virtualNetworks/vnet"
NSGS = tuple(f"{NETWORK}/networkSecurityGroups/{name}" for name in ("on-subnet", "on-nic"))
ADDRESS = "10.20.4.4"
TAG = "BigTag"
WELL_KNOWN = (20, 22, 25, 53, 80, 88, 123, 135, 139, 389, 443, 445, 636, 1433, 1521, 3268, 3306, 3389, 5432, 5985,
              6379, 8080, 8443, 9090, 9200, 10250, 27017)  # fmt: skip

Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One generated network: `document` is its Azure JSON, `tags` a service tag file, `policy` what judges the NIC."""

    name: str
    document: list[Json]
    tags: Json

    @cached_property
    def inventory(self) -> Inventory:
        from tempfile import TemporaryDirectory

        with TemporaryDirectory() as folder:
            return load_inventory([str(path) for path in self.write(Path(folder))])

    @cached_property
    def network(self) -> Network:
        return Network(self.inventory)

    @cached_property
    def endpoint(self) -> Endpoint:
        return self.network.endpoints[0]

    @cached_property
    def policy(self) -> Policy:
        """Inbound: the NSG of the subnet, then that of the NIC."""
        return Policies(self.network).of_endpoint(self.endpoint, Direction.INBOUND)

    def write(self, folder: Path) -> list[Path]:
        """The two files that a user would give."""
        paths = [folder / "network.json", folder / "ServiceTags_Public.json"]
        for path, content in zip(paths, (self.document, self.tags), strict=True):
            path.write_text(json.dumps(content), "utf-8")
        return paths


def policy_in(folder: Path) -> Policy:
    """What judges the NIC of a case that was written to a folder."""
    network = Network(load_inventory([str(folder)]))
    return Policies(network).of_endpoint(network.endpoints[0], Direction.INBOUND)


def realistic(seed: int, rules: int, *, tag: bool = True) -> Case:
    """`rules` rules in each NSG. Without `tag` one /16 stands in the place of the service tag."""
    dice = random.Random(f"realistic-{seed}-{rules}")
    pools = _Pools(dice)
    nsgs = [[_realistic_rule(dice, pools, at) for at in range(rules)] for _ in NSGS]
    prefixes = _tag_prefixes(dice) if tag else ["52.239.0.0/16"]
    return _case(f"realistic-{seed}-{rules}{'' if tag else 'n'}", nsgs, prefixes)


def adversarial(seed: int, rules: int) -> Case:
    """Every rule cuts every dimension: random ranges that overlap, which shatter a set of boxes."""
    dice = random.Random(f"adversarial-{seed}-{rules}")
    nsgs = [[_adversarial_rule(dice, at) for at in range(rules)] for _ in NSGS]
    return _case(f"adversarial-{seed}-{rules}", nsgs, ["52.239.0.0/16"])


class _Pools:
    """Prefixes that nest: /8 to /12 parents, and children of them."""

    def __init__(self, dice: random.Random) -> None:
        parents = [_prefix(dice, dice.randint(8, 16)) for _ in range(12)]
        self.remote = parents + [_within(dice, dice.choice(parents), dice.randint(17, 32)) for _ in range(900)]
        inside = "10.20.0.0/16"
        self.local = [inside] + [_within(dice, inside, dice.randint(20, 32)) for _ in range(500)]


def _realistic_rule(dice: random.Random, pools: _Pools, at: int) -> Json:
    roll = dice.random()
    named = ("*", "VirtualNetwork", "Internet", TAG)
    if roll < 0.02:
        sources = [TAG]
    elif roll < 0.14:
        sources = [dice.choice(named[:3])]
    else:
        sources = [dice.choice(pools.remote) for _ in range(dice.choice((1, 1, 1, 2, 4)))]
    wide = dice.random() < 0.12
    destinations = [dice.choice(("*", "VirtualNetwork"))] if wide else _few(dice, pools.local)
    protocol = dice.choices(("Tcp", "Udp", "*", "Icmp"), (50, 17, 31, 2))[0]
    ports = (
        ["*"] if protocol == "Icmp" or dice.random() < 0.1 else [_ports(dice) for _ in range(dice.choice((1, 1, 3)))]
    )
    source_port = "*" if dice.random() < 0.95 or protocol == "Icmp" else dice.choice(("1024-65535", "53", "123", "500"))
    access = "Allow" if dice.random() < 0.65 else "Deny"
    return _rule(at, access, protocol, sources, [source_port], destinations, ports)


def _few(dice: random.Random, pool: list[str]) -> list[str]:
    return [dice.choice(pool) for _ in range(dice.choice((1, 1, 2)))]


def _ports(dice: random.Random) -> str:
    roll = dice.random()
    if roll < 0.6:
        return str(dice.choice(WELL_KNOWN))
    low = dice.randint(1, 65000)
    return str(low) if roll < 0.8 else f"{low}-{min(65535, low + dice.choice((9, 99, 999, 20000)))}"


def _adversarial_rule(dice: random.Random, at: int) -> Json:
    def span() -> str:
        low, high = sorted((dice.randint(0, 65535), dice.randint(0, 65535)))
        return f"{low}-{high}"

    sources = [_prefix(dice, dice.randint(1, 10)) for _ in range(3)]
    destinations = [_within(dice, "10.20.0.0/16", dice.randint(17, 26)) for _ in range(3)]
    return _rule(at, dice.choice(("Allow", "Deny")), dice.choice(("Tcp", "Udp", "*")), sources, [span()],
                 destinations, [span()])  # fmt: skip


def _prefix(dice: random.Random, length: int) -> str:
    return _text(dice.getrandbits(32), length)


def _within(dice: random.Random, parent: str, length: int) -> str:
    base, _, parent_length = parent.partition("/")
    number = int.from_bytes(bytes(map(int, base.split("."))))
    length = max(length, int(parent_length))
    return _text(number | dice.getrandbits(32) >> int(parent_length), length)


def _text(number: int, length: int) -> str:
    number = number >> (32 - length) << (32 - length)
    return f"{'.'.join(map(str, number.to_bytes(4)))}/{length}"


def _tag_prefixes(dice: random.Random) -> list[str]:
    parents = [_prefix(dice, 10) for _ in range(60)]
    return sorted({_within(dice, dice.choice(parents), dice.choice((20, 22, 24, 26, 28, 32))) for _ in range(10000)})


def _rule(
    at: int, access: str, protocol: str, sources: list[str], source_ports: list[str], destinations: list[str],
    ports: list[str],
) -> Json:  # fmt: skip
    properties: Json = {"priority": 100 + at, "direction": "Inbound", "access": access, "protocol": protocol}
    properties |= {"sourcePortRanges": source_ports, "destinationPortRanges": ports}
    for end, texts in (("source", sources), ("destination", destinations)):
        one = len(texts) == 1
        properties[f"{end}AddressPrefix" if one else f"{end}AddressPrefixes"] = texts[0] if one else texts
    return {"name": f"rule-{at}", "properties": properties}


def _case(name: str, nsgs: list[list[Json]], tag_prefixes: list[str]) -> Case:
    tag = {"name": TAG, "id": TAG, "properties": {"addressPrefixes": tag_prefixes}}
    return Case(name, document(nsgs), {"changeNumber": 1, "values": [tag]})


def document(nsgs: list[list[Json]]) -> list[Json]:
    """One VNet, one subnet, one VM with one NIC, an NSG on each of the two."""
    subnet = {"id": f"{VNET}/subnets/snet", "name": "snet", "properties": {
        "addressPrefix": "10.20.4.0/24", "networkSecurityGroup": {"id": NSGS[0]}}}  # fmt: skip
    configuration = {"id": f"{NIC}/ipConfigurations/ip", "name": "ip", "properties": {
        "privateIPAddress": ADDRESS, "primary": True, "subnet": {"id": subnet["id"]}}}  # fmt: skip
    found = [
        _item(
            VNET,
            addressSpace={"addressPrefixes": ["10.20.0.0/16", "10.21.0.0/16"]},
            virtualNetworkPeerings=[],
            subnets=[subnet],
        ),
        _item(
            NIC,
            networkSecurityGroup={"id": NSGS[1]},
            virtualMachine={"id": VM},
            ipConfigurations=[configuration],
            enableIPForwarding=False,
        ),
        _item(VM, networkProfile={"networkInterfaces": [{"id": NIC}]}),
    ]
    for nsg, rules in zip(NSGS, nsgs, strict=True):
        found.append(_item(nsg, securityRules=[{"id": f"{nsg}/securityRules/{r['name']}", **r} for r in rules]))
    return found


def _item(at: str, **properties: Any) -> Json:
    return {"id": at, "name": at.rsplit("/", 1)[-1], "type": "/".join(at.split("/")[6:8]), "properties": properties}
