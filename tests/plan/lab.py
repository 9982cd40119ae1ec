"""Small networks by hand and specs as text -> the plan, for the cases that a drawn network seldom has."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flowspec.model.documents.plan import Change, IntentResult, Report
from flowspec.model.spec import Spec
from flowspec.pipeline import PlanOptions, run
from flowspec.spec import load_spec
from tests.document import fitting
from tests.engine.loading import load_documents

Json = dict[str, Any]
TODAY = date(2026, 11, 21)
NET = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Network"
VNET = f"{NET}/virtualNetworks/vnet"


def item(kind: str, name: str, **properties: Any) -> Json:
    return {"id": f"{NET}/{kind}/{name}", "name": name, "type": f"Microsoft.Network/{kind}", "properties": properties}


def ref(kind: str, name: str) -> Json:
    return {"id": f"{NET}/{kind}/{name}"}


def rule(text: str, **more: Any) -> Json:
    """`deny-all 4000 In Deny * * -> *:443`: name, priority, direction, access, protocol, source, destination:ports."""
    name, priority, direction, access, protocol, source, _, destination = text.split()
    destination, _, ports = destination.partition("|")
    properties = {
        "priority": int(priority),
        "direction": {"In": "Inbound", "Out": "Outbound"}[direction],
        "access": access,
        "protocol": protocol,
        "sourcePortRange": "*",
        **({"destinationPortRanges": ports.split(",")} if "," in ports else {"destinationPortRange": ports or "*"}),
    }
    for end, found in (("source", source), ("destination", destination)):
        if found.startswith("asg-"):
            properties[f"{end}ApplicationSecurityGroups"] = [ref("applicationSecurityGroups", found)]
        else:
            properties[f"{end}AddressPrefixes"] = found.split(",")
    return {"name": name, "properties": {**properties, **more}}


def nsg(name: str, *rules: str) -> Json:
    return item("networkSecurityGroups", name, securityRules=[rule(text) for text in rules])


def vnet(name: str = "vnet", space: str = "10.0.0.0/16", more: Json | None = None, **subnets: Json) -> Json:
    """`subnets`: name -> properties, of which `addressPrefixes` and `networkSecurityGroup` as one likes."""
    spaces = space.split(",")
    found = [{"name": s, "properties": {"addressPrefixes": spaces, **properties}} for s, properties in subnets.items()]
    content = {"addressSpace": {"addressPrefixes": spaces}, "virtualNetworkPeerings": [], **(more or {})}
    return item("virtualNetworks", name, subnets=found, **content)


def within(nsg_name: str | None = None, *prefixes: str, table: str | None = None) -> Json:
    """The properties of a subnet."""
    found: Json = {"addressPrefixes": list(prefixes)} if prefixes else {}
    found |= {"networkSecurityGroup": ref("networkSecurityGroups", nsg_name)} if nsg_name else {}
    return found | ({"routeTable": ref("routeTables", table)} if table else {})


def nic(name: str, *addresses: str | None, nsg: str | None = None, asgs: tuple[str, ...] = (), subnet: str = "snet",
        vnet: str = "vnet") -> Json:  # fmt: skip
    """An ip-configuration for each address; None is one that is not known."""
    place = {"id": f"{NET}/virtualNetworks/{vnet}/subnets/{subnet}"}
    configurations = []
    for number, address in enumerate(addresses):
        properties: Json = {
            "subnet": place,
            "privateIPAddressVersion": "IPv6" if address and ":" in address else "IPv4",
        }
        properties |= {"privateIPAddress": address} if address else {}
        properties |= {"applicationSecurityGroups": [ref("applicationSecurityGroups", a) for a in asgs]} if asgs else {}
        configurations.append({"name": f"ip{number}", "properties": properties})
    holder = {"networkSecurityGroup": ref("networkSecurityGroups", nsg)} if nsg else {}
    return item("networkInterfaces", name, ipConfigurations=configurations, enableIPForwarding=False, **holder)


def group(name: str, body: str) -> str:
    return f'group "{name}" {{\n{body}\n}}\n'


def nics(name: str, *names: str) -> str:
    """A group of NICs by name."""
    return group(name, "\n".join(f'select {{\nnic = "{n}"\n}}' for n in names or [name]))


def intent(name: str, source: str, destination: str, expect: str, ports: str = "443", more: str = "") -> str:
    """Tcp between groups, on some ports."""
    lines = [f"from = [{source}]", f"to = [{destination}]", f'expect = "{expect}"', more]
    lines += ['protocol = "*"'] if ports == "*" else ['protocol = "Tcp"', f"ports = [{ports}]"]
    return f'intent "{name}" {{\n' + "\n".join(lines) + "\n}\n"


def spec_of(text: str) -> Spec:
    """The spec of a text; unless that says otherwise, suggested rules take the very next priority."""
    text += "" if "fixes {" in text else "fixes {\nstep = 1\n}\n"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "lab.flow.hcl"
        file.write_text(text, "utf-8")
        return load_spec([file], {}, [], {})


def plan(
    text: str, *resources: Json, tags: dict[str, list[str]] | None = None, documents: Json | None = None, **more: Any
) -> Report:
    """The plan of a spec over resources; `more` are options of the plan."""
    found: Json = {"network.json": list(resources), **(documents or {})}
    if tags:
        values = [{"name": n, "id": n, "properties": {"addressPrefixes": p}} for n, p in tags.items()]
        found["tags.json"] = {"changeNumber": 1, "values": values}
    return fitting(run(spec_of(text), load_documents(found), PlanOptions(**{"today": TODAY, **more})))


def only(report: Report) -> IntentResult:
    (found,) = report.intents
    return found


def named(report: Report, address: str) -> IntentResult:
    return next(intent for intent in report.intents if intent.address == address)


def said(change: Change) -> str:
    """`nsg 99 Inbound Allow Tcp a,b -> c|443` of a change."""
    after = change.change.after
    assert after is not None
    source = after.sources or after.source_asgs
    destination = after.destinations or after.destination_asgs
    ends = [
        ",".join(text.rsplit("/", 1)[-1] if "Microsoft" in text else text for text in e) for e in (source, destination)
    ]
    ports = ",".join(after.destination_ports)
    where = f"{change.nsg.rsplit('/', 1)[-1]} {after.priority} {after.direction} {after.access} {after.protocol}"
    return f"{where} {ends[0]} -> {ends[1]}" + (f"|{ports}" if ports != "*" else "")


def fixes(report: Report) -> list[str]:
    return [said(change) for change in report.suggested_changes]


def why_not(report: Report, address: str) -> list[str]:
    return [cause.no_change for cause in named(report, address).causes]
