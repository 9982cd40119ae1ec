"""Seed -> estates of any size as files: a service tag file like Azure's, one large NSG, or thousands of NICs."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

Json = dict[str, Any]
NET = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-{}/providers/Microsoft.Network/{}/{}"
PORTS = ("22", "80", "443", "1433", "3389", "5432", "8080-8090", "1024-65535", "*")
REGIONS = [f"Region{number:02}" for number in range(60)]
KNOWN = (
    "Storage",
    "Storage.WestEurope",
    "Sql",
    "Sql.WestEurope",
    "AzureMonitor",
    "AzureKeyVault",
    "EventHub",
    "AppService",
)
TAGS = 3000
PREFIXES = 93_000
IPV6 = 0.26


def path(kind: str, name: str, group: str = "net") -> str:
    return NET.format(group, kind, name)


def item(kind: str, name: str, **properties: Any) -> Json:
    return {
        "id": path(kind, name),
        "name": name,
        "type": f"Microsoft.Network/{kind}",
        "location": "westeurope",
        "tags": {},
        "properties": {"provisioningState": "Succeeded", **properties},
    }


def write(file: Path, document: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2), "utf-8")


# Service tags: as many as Azure publishes, and as unequal


def service_tags(seed: int = 1) -> Json:
    """3,000 tags of 93,000 prefixes; AzureCloud has 13,000 of them, most have a handful."""
    dice = random.Random(seed)
    names = [f"Service{number // 60}.{REGIONS[number % 60]}" for number in range(TAGS - 61 - len(KNOWN))]
    names += [*KNOWN, "AzureCloud", *(f"AzureCloud.{region}" for region in REGIONS)]
    sizes = {name: min(int(dice.paretovariate(0.9)), 400) for name in names}
    sizes |= {f"AzureCloud.{region}": 180 for region in REGIONS}
    sizes["AzureCloud"], sizes["Storage"] = 13_000, 400
    scale = (PREFIXES - 13_000) / sum(size for name, size in sizes.items() if name != "AzureCloud")
    found = {name: _prefixes(dice, size if name == "AzureCloud" else max(1, round(size * scale)))
             for name, size in sizes.items()}  # fmt: skip
    values = [{"name": name, "id": name, "properties": {"changeNumber": 1, "region": name.partition(".")[2],
               "platform": "Azure", "addressPrefixes": prefixes}} for name, prefixes in found.items()]  # fmt: skip
    return {"changeNumber": 1, "cloud": "Public", "values": values}


def _prefixes(dice: random.Random, count: int) -> list[str]:
    return [_prefix(dice) for _ in range(count)]


def _prefix(dice: random.Random) -> str:
    if dice.random() < IPV6:
        return (
            f"2603:{dice.randrange(0x1000, 0x1070):x}:{dice.randrange(0, 0x1000):x}::/{dice.choice((48, 56, 57, 64))}"
        )
    length = dice.choice((16, 20, 22, 24, 24, 26, 27, 28, 29, 30, 31, 32))
    network = (dice.choice((4, 13, 20, 40, 51, 52, 57, 104)) << 24 | dice.randrange(1 << 24)) >> (32 - length)
    address = network << (32 - length)
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0)) + f"/{length}"


# Rules


def rule(name: str, priority: int, direction: str, access: str, source: str, destination: str, **more: str) -> Json:
    properties = {
        "protocol": "Tcp",
        "sourcePortRange": "*",
        "destinationPortRange": "443",
        "sourceAddressPrefix": source,
        "destinationAddressPrefix": destination,
        "access": access,
        "priority": priority,
        "direction": direction,
    }
    return {"name": name, "properties": {**properties, **more}}


def rules(dice: random.Random, count: int, inside: str, first: int = 100) -> Iterator[Json]:
    """Half of them each way; of ten, six name prefixes at both ends, two a tag, two everyone."""
    for number in range(count):
        inbound = number % 2 == 0
        kind = dice.random()
        tags = TAG_NAMES if kind < 0.8 else ("*", "VirtualNetwork")
        far = _private(dice) if kind < 0.6 else dice.choice(tags)
        near = inside.rsplit(".", 1)[0] + f".{dice.randrange(256)}/{dice.choice((28, 30, 32))}"
        ends = (far, near) if inbound else (near, far)
        yield rule(
            f"r-{number}",
            first + number,
            "Inbound" if inbound else "Outbound",
            dice.choice(("Allow", "Allow", "Deny")),
            *ends,
            protocol=dice.choice(("Tcp", "Tcp", "Tcp", "Udp", "*")),
            destinationPortRange=dice.choice(PORTS),
        )


def _private(dice: random.Random) -> str:
    return f"10.{dice.randrange(256)}.{dice.randrange(256)}.0/{dice.choice((16, 22, 24, 24, 28))}"


# One NSG of many rules


def one_nsg(folder: Path, count: int = 1000, seed: int = 1) -> tuple[Path, Path]:
    """The spec and the network of one subnet behind an NSG of `count` rules, with 20 NICs and 12 intents."""
    dice = random.Random(seed)
    nsg = item("networkSecurityGroups", "nsg", securityRules=list(rules(dice, count, "10.0.0.0")))
    subnet = {"name": "snet", "properties": {"addressPrefix": "10.0.0.0/24", "networkSecurityGroup": {"id": nsg["id"]}}}
    vnet = item("virtualNetworks", "vnet", addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
                virtualNetworkPeerings=[], subnets=[subnet])  # fmt: skip
    nics = [nic(f"nic-{n:03}", f"10.0.0.{4 + n}", f"{vnet['id']}/subnets/snet") for n in range(20)]
    write(folder / "network" / "network.json", {"value": [nsg, vnet, *nics]})
    write(folder / "network" / "ServiceTags_Public.json", service_tags(seed))
    spec = folder / "large.flow.hcl"
    spec.write_text("\n".join(_large_spec()), "utf-8")
    return spec, folder / "network"


TAG_NAMES = [*KNOWN, "AzureCloud", "Internet"]


def _large_spec() -> Iterator[str]:
    yield 'flowspec {\n  name = "large"\n}'
    yield 'group "web" {\n  select {\n    nic = "nic-00?"\n  }\n}'
    yield 'group "db" {\n  select {\n    nic = "nic-01?"\n  }\n}'
    yield 'group "cloud" {\n  service_tags = ["AzureCloud"]\n}\ngroup "office" {\n  prefixes = ["10.200.0.0/16"]\n}'
    for expect, port in (("Allow", 443), ("Deny", 22)):
        for source, destination in (("cloud", "web"), ("web", "cloud"), ("office", "db"), ("web", "db"),
                                    ("public", "web"), ("db", "office")):  # fmt: skip
            yield intent(f"{source}-{destination}-{port}", [source], [destination], expect, port)


def intent(name: str, sources: list[str], destinations: list[str], expect: str, port: int | str) -> str:
    ends = [", ".join(f"group.{group}" for group in groups) for groups in (sources, destinations)]
    lines = [f"from = [{ends[0]}]", f"to = [{ends[1]}]", 'protocol = "Tcp"', f"ports = [{json.dumps(port)}]"]
    return f'intent "{name}" {{\n  ' + "\n  ".join([*lines, f'expect = "{expect}"']) + "\n}"


# Rules that shatter what is asked of them


def shattering(folder: Path, count: int = 1000, seed: int = 1) -> tuple[Path, Path]:
    """A subnet behind an NSG whose every rule cuts every dimension, a Deny from everyone and a boundary around it."""
    dice = random.Random(seed)
    cutting = [
        rule(
            f"r-{n}",
            100 + n,
            "Inbound",
            dice.choice(("Allow", "Deny")),
            _anywhere(dice),
            dice.choice(("10.0.0.0/24", "10.0.0.0/26", "10.0.0.64/27", "10.0.0.32/28")),
            protocol=dice.choice(("Tcp", "Udp", "*")),
            sourcePortRange=_ports(dice),
            destinationPortRange=_ports(dice),
        )
        for n in range(count)
    ]
    nsg = item("networkSecurityGroups", "nsg", securityRules=cutting)
    subnet = {"name": "snet", "properties": {"addressPrefix": "10.0.0.0/24", "networkSecurityGroup": {"id": nsg["id"]}}}
    vnet = item("virtualNetworks", "vnet", addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
                virtualNetworkPeerings=[], subnets=[subnet])  # fmt: skip
    nics = [nic(f"nic-{n:03}", f"10.0.0.{4 + n}", f"{vnet['id']}/subnets/snet") for n in range(100)]
    write(folder / "network" / "network.json", {"value": [nsg, vnet, *nics]})
    spec = folder / "shattering.flow.hcl"
    spec.write_text(
        'group "all" {\n  select {\n    vnet = "vnet"\n  }\n}\n'
        'intent "closed" {\n  from = [group.any]\n  to = [group.all]\n  protocol = "*"\n  expect = "Deny"\n}\n'
        'boundary "all" {\n  around = [group.all]\n  direction = "Inbound"\n}\n',
        "utf-8",
    )
    return spec, folder / "network"


def _anywhere(dice: random.Random) -> str:
    length = dice.randrange(8, 25)
    address = dice.randrange(1 << length) << (32 - length)
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0)) + f"/{length}"


def _ports(dice: random.Random) -> str:
    low = dice.randrange(65_000)
    return f"{low}-{min(65_535, low + dice.randrange(1, 20_000))}"


# Many NICs


def nic(name: str, address: str, subnet: str, nsg: str | None = None, tags: Json | None = None) -> Json:
    configuration = {
        "name": "ipconfig1",
        "properties": {"privateIPAddress": address, "primary": True, "subnet": {"id": subnet}},
    }
    holder = {"networkSecurityGroup": {"id": nsg}} if nsg else {}
    return item("networkInterfaces", name, ipConfigurations=[configuration], enableIPForwarding=False, **holder) | {
        "tags": tags or {}
    }


@dataclass(frozen=True)
class Shape:
    """How large an estate is. `rules`: of each NSG, or more where more intents concern those behind it.

    `spread`: every app has NICs in every subnet; else each has a few subnets of its own. `omitted`: of the rules that
    carry out the intents, so many are not there.
    """

    nics: int = 5000
    nsgs: int = 50
    intents: int = 100
    rules: int = 240
    spread: bool = True
    omitted: float = 0.001

    @property
    def subnets(self) -> int:
        """At most a hundred NICs in each."""
        return max(self.nsgs, -(-self.nics // 100))

    @property
    def apps(self) -> int:
        return min(40, self.subnets)

    def nics_of(self, subnet: int) -> range:
        return range(subnet * self.nics // self.subnets, (subnet + 1) * self.nics // self.subnets)

    def app_of(self, nic: int) -> int:
        return nic % self.apps if self.spread else self.subnet_of(nic) * self.apps // self.subnets

    def tier_of(self, nic: int) -> int:
        return (nic if self.spread else self.subnet_of(nic)) % len(TIERS)

    def subnet_of(self, nic: int) -> int:
        return ((nic + 1) * self.subnets - 1) // self.nics


TIERS = ("web", "app", "db")


def estate(folder: Path, shape: Shape | None = None, seed: int = 1) -> tuple[Path, Path]:
    """Peered VNets of many NICs behind many NSGs, and intents, a fifth of them group to group.

    Every subnet has an NSG that carries out the intents of those who live there, but for a rule here and there, and
    rules that others wrote behind them; every tenth NIC has an NSG too.
    """
    shape, dice = shape or Shape(), random.Random(seed)
    wishes = [_wish(dice, number, shape) for number in range(shape.intents)]
    lived = _living(shape)
    groups = [item("networkSecurityGroups", f"nsg-{n:04}", securityRules=_carried_out(dice, wishes, shape, lived[n]))
              for n in range(shape.nsgs)]  # fmt: skip
    vnets = [_vnet(number, groups, shape) for number in range(-(-shape.subnets // PER_VNET))]
    for here, there in permutations(vnets, 2):
        peer(here, there)
    found = [_placed(number, vnets, groups, shape) for number in range(shape.nics)]
    write(folder / "network" / "network.json", {"value": [*groups, *vnets, *found]})
    write(folder / "network" / "ServiceTags_Public.json", service_tags(seed))
    spec = folder / "estate.flow.hcl"
    spec.write_text("\n".join(_estate_spec(wishes, shape)), "utf-8")
    return spec, folder / "network"


def _living(shape: Shape) -> list[set[str]]:
    """The groups that have members behind each NSG."""
    found: list[set[str]] = [set() for _ in range(shape.nsgs)]
    for nic in range(shape.nics):
        names = (f"app-{shape.app_of(nic):02}", TIERS[shape.tier_of(nic)])
        found[shape.subnet_of(nic) % shape.nsgs].update(names)
        if nic % 10 == 0:
            found[_own(nic, shape)].update(names)
    return found


def _own(nic: int, shape: Shape) -> int:
    """The NSG of a NIC that has one of its own: of a subnet of the same app, or the first."""
    return 0 if shape.spread else shape.subnet_of(nic) % shape.nsgs


@dataclass(frozen=True)
class Wish:
    """An intent. Ports of their own keep an Allow and a Deny from contradicting each other."""

    number: int
    source: str
    destination: str

    @property
    def expect(self) -> str:
        return "Allow" if self.number % 2 else "Deny"

    @property
    def port(self) -> int:
        return 2000 + self.number

    def rules(self, groups: set[str]) -> Iterator[Json]:
        """In the words of whoever writes rules for all subnets alike, where some groups live."""
        ends = (("Inbound", self.source, self.destination), ("Outbound", self.destination, self.source))
        for direction, end, here in ends:
            if here not in groups and here != "any":
                continue
            far = WRITTEN.get(end, "VirtualNetwork")
            places = (far, "*") if direction == "Inbound" else ("*", far)
            name = f"i-{self.number:05}-{direction[:2]}"
            yield rule(name, 100 + self.number, direction, self.expect, *places, destinationPortRange=str(self.port))

    def concerns(self, groups: set[str]) -> bool:
        return self.source in groups or self.destination in groups


WRITTEN = {"office": "192.168.0.0/16", "public": "*", "any": "*", "cloud": "Storage"}
MOST_RULES = 600


def _wish(dice: random.Random, number: int, shape: Shape) -> Wish:
    app = f"app-{dice.randrange(shape.apps):02}"
    ends = [dice.choice(("office", "public", "cloud", "any")), app]
    ends = [dice.choice(TIERS), dice.choice(TIERS)] if number % 5 == 0 else ends if number % 3 else ends[::-1]
    return Wish(number, *ends)


def _carried_out(dice: random.Random, wishes: list[Wish], shape: Shape, groups: set[str]) -> list[Json]:
    """The rules of the intents of some groups, a few left out, and some behind them that others wrote."""
    own = [r for wish in wishes if wish.concerns(groups) for r in wish.rules(groups) if dice.random() > shape.omitted]
    own = own[:MOST_RULES]
    return own + list(rules(dice, max(shape.rules - len(own), 0), "10.0.0.0", 3000))


PER_VNET = 50
"""Subnets of a VNet."""


def _vnet(number: int, groups: list[Json], shape: Shape) -> Json:
    name = f"vnet-{number:03}"
    subnets = []
    for n in range(number * PER_VNET, min((number + 1) * PER_VNET, shape.subnets)):
        nsg = groups[n % len(groups)]["id"]
        properties = {"addressPrefix": f"{_network(n)}.0/24", "networkSecurityGroup": {"id": nsg}}
        subnets.append({"id": f"{path('virtualNetworks', name)}/subnets/snet-{n}", "name": f"snet-{n}",
                        "properties": properties})  # fmt: skip
    return item("virtualNetworks", name, addressSpace={"addressPrefixes": [f"10.{number}.0.0/16"]}, subnets=subnets,
                virtualNetworkPeerings=[])  # fmt: skip


def _network(subnet: int) -> str:
    return f"10.{subnet // PER_VNET}.{subnet % PER_VNET}"


def peer(here: Json, there: Json) -> None:
    """What one of two VNets knows of their peering."""
    properties = {"peeringState": "Connected", "allowVirtualNetworkAccess": True,
                  "remoteVirtualNetwork": {"id": there["id"]}}  # fmt: skip
    here["properties"]["virtualNetworkPeerings"].append({"name": f"to-{there['name']}", "properties": properties})


def _placed(number: int, vnets: list[Json], groups: list[Json], shape: Shape) -> Json:
    subnet = shape.subnet_of(number)
    vnet, address = vnets[subnet // PER_VNET], f"{_network(subnet)}.{4 + number - shape.nics_of(subnet)[0]}"
    own = groups[_own(number, shape)]["id"] if number % 10 == 0 else None
    tags = {"app": f"app-{shape.app_of(number):02}", "tier": TIERS[shape.tier_of(number)]}
    return nic(f"nic-{number:06}", address, f"{vnet['id']}/subnets/snet-{subnet}", own, tags)


def _estate_spec(wishes: list[Wish], shape: Shape) -> Iterator[str]:
    yield 'flowspec {\n  name = "estate"\n}'
    for number in range(shape.apps):
        yield f'group "app-{number:02}" {{\n  select {{\n    tags = {{ app = "app-{number:02}" }}\n  }}\n}}'
    for tier in TIERS:
        yield f'group "{tier}" {{\n  select {{\n    tags = {{ tier = "{tier}" }}\n  }}\n}}'
    yield 'group "cloud" {\n  service_tags = ["Storage"]\n}\ngroup "office" {\n  prefixes = ["192.168.0.0/16"]\n}'
    for wish in wishes:
        yield intent(f"i-{wish.number:05}", [wish.source], [wish.destination], wish.expect, wish.port)


def many_intents(folder: Path, intents: int = 10_000, seed: int = 1) -> tuple[Path, Path]:
    """A spec of many intents over a small estate."""
    return estate(folder, Shape(400, 8, intents), seed)
