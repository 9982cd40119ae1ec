"""`flowspec import` and `flowspec coverage` on what somebody left behind: a hub, ten spokes, an NSG for each tier."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.estate import Json, item, nic, path, peer, rule, write
from benchmarks.processes import DRIFT, flowspec
from benchmarks.timing import Row

SPOKES = 10
TIERS = ("web", "app", "db")
OFFICES = "203.0.113.0/24", "198.51.100.0/25"
_ALL = {"protocol": "*", "destinationPortRange": "*"}
_EVERYWHERE = (
    rule("bastion", 100, "Inbound", "Allow", "10.0.0.0/26", "*", destinationPortRange="22"),
    rule("probe", 110, "Inbound", "Allow", "AzureLoadBalancer", "*", **_ALL),
    rule("monitor", 120, "Inbound", "Allow", "10.0.2.0/24", "*", destinationPortRange="9100"),
    rule("rest", 4000, "Inbound", "Deny", "*", "*", **_ALL),
    rule("dns", 200, "Outbound", "Allow", "*", "10.0.1.0/24", protocol="Udp", destinationPortRange="53"),
    rule("no-internet", 4000, "Outbound", "Deny", "*", "Internet", **_ALL),
)


def run(seed: int) -> Iterator[Row]:
    for apps in (25, 100):
        with TemporaryDirectory() as folder:
            network, rules = landing_zone(Path(folder), apps, seed)
            spec = Path(folder) / "spec"
            what = f"of {len(TIERS) * apps} NSGs, {rules:,} rules"
            found = flowspec(["import", "-i", str(network), "--out-dir", str(spec)], codes=(0, DRIFT))
            intents = sum(file.read_text("utf-8").count('\nintent "') for file in spec.iterdir())
            yield Row(f"import {what}, to {intents:,} intents with proof", f"{found.processor:.1f} s of processors",
                      memory=f"{found.memory:.0f} MB")  # fmt: skip
            found = flowspec(["coverage", str(spec), "-i", str(network)])
            yield Row(f"coverage {what}", f"{found.processor:.1f} s of processors", memory=f"{found.memory:.0f} MB")


def landing_zone(folder: Path, apps: int, seed: int) -> tuple[Path, int]:
    """Apps of three tiers in spokes that see the hub alone, two NICs each; where they are, and how many rules."""
    dice = random.Random(seed)
    vnets = [_vnet(number) for number in range(SPOKES + 1)]
    for spoke in vnets[1:]:
        peer(vnets[0], spoke)
        peer(spoke, vnets[0])
    groups, nics = [], []
    for app in range(apps):
        spoke, place = vnets[1 + app % SPOKES], app // SPOKES
        ranges = {tier: f"10.{1 + app % SPOKES}.{4 * place + n}" for n, tier in enumerate(TIERS)}
        for tier in TIERS:
            name = f"app{app}-{tier}"
            group = item(
                "networkSecurityGroups", f"nsg-{name}", securityRules=[*_EVERYWHERE, *_own(dice, tier, ranges)]
            )
            subnet = {"id": f"{spoke['id']}/subnets/snet-{name}", "name": f"snet-{name}", "properties": {
                "addressPrefix": f"{ranges[tier]}.0/24", "networkSecurityGroup": {"id": group["id"]}}}  # fmt: skip
            spoke["properties"]["subnets"].append(subnet)
            groups.append(group)
            nics += [nic(f"nic-{name}-{host}", f"{ranges[tier]}.{host}", subnet["id"], tags={"role": tier})
                     for host in (4, 5)]  # fmt: skip
    write(folder / "network.json", [*vnets, *groups, *nics])
    return folder / "network.json", sum(len(group["properties"]["securityRules"]) for group in groups)


def _own(dice: random.Random, tier: str, ranges: dict[str, str]) -> Iterator[Json]:
    """Who may talk to a tier: everyone or the offices to the first, the one before it to the others."""
    if tier == "web":
        source = "Internet" if dice.random() < 0.7 else dice.choice(OFFICES)
        yield rule("https", 300, "Inbound", "Allow", source, "*")
        if dice.random() < 0.2:
            partner = f"{dice.randrange(20, 200)}.{dice.randrange(256)}.{dice.randrange(256)}.0/24"
            yield rule("partner", 310, "Inbound", "Allow", partner, "*", destinationPortRange="8443")
    else:
        before, ports = ("web", ("8080", "8081", "9000")) if tier == "app" else ("app", ("5432", "1433"))
        yield rule(f"from-{before}", 300, "Inbound", "Allow", f"{ranges[before]}.0/24", "*",
                   destinationPortRange=dice.choice(ports))  # fmt: skip


def _vnet(number: int) -> Json:
    """The hub is the first."""
    name = f"vnet-spoke{number}" if number else "vnet-hub"
    subnets = [] if number else [
        {"id": f"{path('virtualNetworks', name)}/subnets/AzureBastionSubnet", "name": "AzureBastionSubnet",
         "properties": {"addressPrefix": "10.0.0.0/26"}}]  # fmt: skip
    return item("virtualNetworks", name, addressSpace={"addressPrefixes": [f"10.{number}.0.0/16"]}, subnets=subnets,
                virtualNetworkPeerings=[])  # fmt: skip
