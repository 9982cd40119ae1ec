"""Real NSGs with intents that drift -> how many rules change, drift beside changes.

By hand: python -m benchmarks.fixes NSGS.jsonl [--seed N] [--show], a line for each NSG: {"id": …, "nsg": {…}}.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.estate import Json, item, nic, path
from flowspec.model.documents.plan import Report, RuleProperties, Status
from flowspec.pipeline import PlanOptions, run
from flowspec.sources import load_inventory
from flowspec.spec import load_spec

GOAL = 0.6
CASES = 12
LEAST = 10
"""Drifted intents of a case."""
TODAY = date(2026, 11, 21)
MEMBERS = {
    "web": ("10.0.1.4", "10.0.1.5"),
    "db": ("10.0.1.20",),
    "app": ("10.0.2.4", "10.0.2.5"),
    "ops": ("10.0.2.20",),
}
PORTS = (22, 80, 135, 443, 445, 1433, 3389, 5432, 5985, 6379, 8080, 8443, 9200, 27017)
FAR = ("public", "office", "app", "ops")


def spec_of(dice: random.Random) -> str:
    """Intents to web and db: each port of each pair is wanted or not wanted."""
    found = ['group "office" {\n  prefixes = ["203.0.113.0/24", "198.51.100.0/25"]\n}']
    found += [f'group "{name}" {{\n  select {{\n    tags = {{ tier = "{name}" }}\n  }}\n}}' for name in MEMBERS]
    for here in ("web", "db"):
        for far in FAR:
            ports = dice.sample(PORTS, 6)
            wanted = ports[:2] if far != "public" or here == "web" else []
            for port in ports[:5]:
                expect = "Allow" if port in wanted else "Deny"
                excepted = "  except = [group.office]\n" if far == "public" and expect == "Deny" else ""
                found.append(
                    f'intent "{far}-{here}-{port}" {{\n  from = [group.{far}]\n  to = [group.{here}]\n'
                    f'  protocol = "Tcp"\n  ports = [{port}]\n  expect = "{expect}"\n{excepted}}}'
                )
    return "\n".join(found)


def network_of(nsg: Json) -> list[Json]:
    """A subnet with the NSG, and one beside it."""
    subnets = []
    for number, name in ((1, "snet-servers"), (2, "snet-clients")):
        properties: Json = {"addressPrefix": f"10.0.{number}.0/24"}
        properties |= {"networkSecurityGroup": {"id": nsg["id"]}} if number == 1 else {}
        there = f"{path('virtualNetworks', 'vnet')}/subnets/{name}"
        subnets.append({"id": there, "name": name, "properties": properties})
    vnet = item("virtualNetworks", "vnet", addressSpace={"addressPrefixes": ["10.0.0.0/16"]}, subnets=subnets,
                virtualNetworkPeerings=[])  # fmt: skip
    nics = [
        nic(f"{tier}-{at}", address, subnets[0 if tier in ("web", "db") else 1]["id"], None, {"tier": tier})
        for tier, addresses in MEMBERS.items()
        for at, address in enumerate(addresses)
    ]
    return [{**nsg, "properties": {**nsg["properties"], "subnets": [], "networkInterfaces": []}}, vnet, *nics]


def planned(nsg: Json, text: str) -> Report:
    with TemporaryDirectory() as folder:
        spec, network = Path(folder) / "case.flow.hcl", Path(folder) / "network.json"
        spec.write_text(text, "utf-8")
        network.write_text(json.dumps({"value": network_of(nsg)}), "utf-8")
        return run(load_spec([spec], {}, [], {}), load_inventory([str(network)]), PlanOptions(today=TODAY))


def cases(file: Path, seed: int) -> Iterator[tuple[str, Report]]:
    """The NSGs with the most rules, each with intents of which enough drift."""
    nsgs = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    nsgs.sort(key=lambda one: (-len(one["nsg"]["properties"].get("securityRules", [])), one["id"]))
    found = 0
    for at, one in enumerate(nsgs):
        report = planned(one["nsg"], spec_of(random.Random(seed + at)))
        if sum(intent.status is Status.DRIFTED for intent in report.intents) >= LEAST:
            found += 1
            yield one["id"], report
        if found == CASES:
            return


def told(rule: RuleProperties) -> str:
    ends = [_short(rule.sources or rule.source_asgs), _short(rule.destinations or rule.destination_asgs)]
    where = f"{rule.priority} {rule.direction} {rule.access} {rule.protocol}"
    return f"{where} {ends[0]} -> {ends[1]} : {','.join(rule.destination_ports)}"


def _short(texts: tuple[str, ...]) -> str:
    names = [text.rsplit("/", 1)[-1] if "Microsoft." in text else text for text in texts]
    return ",".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="the drift and the changes of each, beside each other")
    given = parser.parse_args()
    for name, report in cases(given.file, given.seed):
        drifted = [intent.address for intent in report.intents if intent.status is Status.DRIFTED]
        changes = report.suggested_changes
        share = len(changes) / len(drifted)
        left = [address for address in drifted if not any(address in change.mends for change in changes)]
        print(f"{name}: {len(drifted)} drift, {len(changes)} rules change, {share:.0%}"
              f"{'' if share <= GOAL else '  TOO MANY'}{f', {len(left)} not mended' if left else ''}")  # fmt: skip
        if given.show:
            rules = [(c.change.action, c.change.after or c.change.before) for c in changes]
            lines = [f"{action} {told(rule)}" for action, rule in rules if rule is not None]
            for at in range(max(len(drifted), len(lines))):
                print(f"    {drifted[at] if at < len(drifted) else '':32}{lines[at] if at < len(lines) else ''}")


if __name__ == "__main__":
    main()
