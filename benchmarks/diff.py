"""`flowspec diff` of two snapshots, as a process, against FWShift's `compare` on the same files in the same run.

FWShift is another program, under the GPL: install it apart (`pip install fwshift` in a venv of its own) and name its
command in FWSHIFT, or have it on the path. Without it ours is measured alone.
"""

from __future__ import annotations

import copy
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.policies import NETWORK
from benchmarks.timing import Row

Json = dict[str, Any]
SMALL, LARGE = 125, 500
"""Rules of each direction in each of the two NSGs: 500 and 2,000 in all. The peer takes minutes for the latter."""
PORTS = (22, 80, 443, 1433, 3306, 3389, 8080)
GOAL = 300
_DIFFERENT = 2


def run(seed: int) -> Iterator[Row]:
    """The large snapshots with the first seed only."""
    with TemporaryDirectory() as folder:
        for count in (SMALL, LARGE) if seed == 1 else (SMALL,):
            yield from _of(Path(folder), seed, count)


def _of(folder: Path, seed: int, count: int) -> Iterator[Row]:
    rules = f"{4 * count:,} rules"
    old, inside = snapshot(seed, count), attached(snapshot(seed, count))
    pairs = {
        f"one of {rules} changed": (old, one_changed(old)),
        f"one of {rules} changed, NSGs on subnets": (inside, one_changed(inside)),
        f"5 % of {rules} changed": (old, some_changed(old, seed)),
        f"a last Deny behind {rules}": (old, closed(old)),
    }
    for number, (what, pair) in enumerate(pairs.items()):
        paths = write(folder, *pair)
        ours = took([sys.executable, "-m", "flowspec", "diff", *paths, "-o", "json"], _DIFFERENT)
        theirs = compared(paths) if count == SMALL or number == 0 else None
        if theirs is not None and number < 2:
            assert told_by_us(ours[1]) == told_by_them(theirs[1]), "the peer finds other flows"
        yield row(
            f"{what}, against FWShift" if theirs else what,
            ours[0],
            theirs and theirs[0],
            goal=count == LARGE and number == 0,
        )


def row(what: str, ours: float, theirs: float | None, *, goal: bool) -> Row:
    ratio = None if theirs is None else theirs / ours
    peer = "" if theirs is None else f"{theirs:.2f} s"
    told = f"at least {GOAL}" if goal and ratio is not None else ""
    return Row(what, f"{ours * 1000:.0f} ms", peer, ratio, told, None if not told or ratio is None else ratio >= GOAL)


def snapshot(seed: int, count: int) -> list[Json]:
    """Two NSGs `a` and `b`, each with as many rules in either direction, out of random /24 and few ports."""
    dice = random.Random(f"diff-{seed}-{count}")
    return [
        {"id": f"{NETWORK}/networkSecurityGroups/{name}", "name": name, "location": "westeurope",
         "type": "Microsoft.Network/networkSecurityGroups", "properties": {
             "securityRules": [rule(dice, way, at) for way in ("Inbound", "Outbound") for at in range(count)]}}
        for name in "ab"
    ]  # fmt: skip


def rule(dice: random.Random, direction: str, at: int) -> Json:
    return {"name": f"{direction}-{at}", "properties": {
        "priority": 100 + at, "direction": direction, "access": dice.choice(("Allow", "Allow", "Deny")),
        "protocol": dice.choice(("Tcp", "Udp", "*")), "sourcePortRange": "*",
        "sourceAddressPrefix": prefix(dice), "destinationAddressPrefix": prefix(dice),
        "destinationPortRange": str(dice.choice(PORTS))}}  # fmt: skip


def prefix(dice: random.Random, length: int = 24) -> str:
    return f"10.{dice.randint(0, 255)}.{dice.randint(0, 255) if length == 24 else 0}.0/{length}"


def nsgs(resources: list[Json]) -> list[Json]:
    return [resource for resource in resources if resource["type"].endswith("/networkSecurityGroups")]


def one_changed(old: list[Json]) -> list[Json]:
    """Rule 3 of the first NSG with another port."""
    new = copy.deepcopy(old)
    nsgs(new)[0]["properties"]["securityRules"][3]["properties"]["destinationPortRange"] = "9999"
    return new


def some_changed(old: list[Json], seed: int) -> list[Json]:
    """One rule of twenty: another port, the other access, a wider source, any destination."""
    dice, new = random.Random(f"changed-{seed}"), copy.deepcopy(old)
    for nsg in nsgs(new):
        rules = nsg["properties"]["securityRules"]
        for at in dice.sample(range(len(rules)), len(rules) // 20):
            found = rules[at]["properties"]
            access = {"Allow": "Deny", "Deny": "Allow"}[found["access"]]
            found |= dice.choice((
                {"destinationPortRange": str(dice.randint(1, 65535))}, {"access": access},
                {"sourceAddressPrefix": prefix(dice, 16)}, {"destinationAddressPrefix": "*"},
            ))  # fmt: skip
    return new


def closed(old: list[Json]) -> list[Json]:
    """Another rule behind all others, so that every flow they leave changes."""
    new = copy.deepcopy(old)
    for nsg in nsgs(new):
        for direction in ("Inbound", "Outbound"):
            every = {"sourceAddressPrefix": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*"}
            last = rule(random.Random(0), direction, 3996)
            last["properties"] |= {"access": "Deny", "protocol": "*", **every}
            nsg["properties"]["securityRules"].append(last)
    return new


def attached(old: list[Json]) -> list[Json]:
    """The NSGs on two subnets of a VNet, and a third rule that lets somebody in from outside of it."""
    found = copy.deepcopy(old)
    ways = {"direction": "Inbound", "sourceAddressPrefix": "10.200.1.0/24", "destinationAddressPrefix": "10.1.2.0/24"}
    changing = nsgs(found)[0]["properties"]["securityRules"][3]["properties"]
    changing |= {**ways, "access": "Allow", "protocol": "Tcp", "destinationPortRange": "443", "priority": 100}
    nsgs(found)[0]["properties"]["securityRules"][0]["properties"]["priority"] = 4000
    vnet = f"{NETWORK}/virtualNetworks/vnet"
    subnets = [
        {"id": f"{vnet}/subnets/{nsg['name']}", "name": nsg["name"],
         "properties": {"addressPrefix": space, "networkSecurityGroup": {"id": nsg["id"]}}}
        for nsg, space in zip(nsgs(found), ("10.1.0.0/17", "10.1.128.0/17"), strict=True)
    ]  # fmt: skip
    properties = {
        "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]},
        "virtualNetworkPeerings": [],
        "subnets": subnets,
    }
    return [*found, {"id": vnet, "name": "vnet", "location": "westeurope",
                     "type": "Microsoft.Network/virtualNetworks", "properties": properties}]  # fmt: skip


def write(folder: Path, old: list[Json], new: list[Json]) -> list[str]:
    paths = [folder / "old.json", folder / "new.json"]
    for path, content in zip(paths, (old, new), strict=True):
        path.write_text(json.dumps(content), "utf-8")
    return list(map(str, paths))


def took(command: list[str], expected: int | None, times: int = 5) -> tuple[float, bytes]:
    """Seconds of processor time of the process, the median of several unless one is long; and what it prints."""
    found, printed = [], b""
    while len(found) < times:
        before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
        done = subprocess.run(command, capture_output=True, check=False)
        assert expected is None or done.returncode == expected, f"{command} failed: {done.stderr.decode()}"
        found.append(sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before)
        printed = done.stdout
        if found[0] > 5:
            break
    return statistics.median(found), printed


def fwshift() -> str | None:
    return os.environ.get("FWSHIFT") or shutil.which("fwshift")


def compared(pair: list[str]) -> tuple[float, bytes] | None:
    peer = fwshift()
    return took([peer, "compare", *pair, "--format", "json"], 3, 3) if peer else None


def told_by_us(printed: bytes) -> dict[str, set[tuple[str, str, str]]]:
    """What may open and close: (service, source, destination)."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for cause in json.loads(printed)["causes"]:
        change = "opened" if cause["before"] == "Deny" or cause["after"] == "Allow" else "closed"
        for flows in cause["flows"]:
            service = f"{flows['protocol'].lower()}/{','.join(flows['destination_ports'])}"
            found.setdefault(change, set()).add((service, *map(",".join, (flows["source"], flows["destination"]))))
    return found


def told_by_them(printed: bytes) -> dict[str, set[tuple[str, str, str]]]:
    """The same of the peer, which tells IPv4 and IPv6, and each pair of its zones, apart."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for difference in json.loads(printed)["differences"]:
        for flows in difference["connections"]:
            for service in flows["services"]:
                ends = (",".join(flows["sources"]), ",".join(flows["destinations"]))
                found.setdefault(difference["change"], set()).add((service, *ends))
    return found
