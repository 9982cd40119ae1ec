"""Counts what recorded inventories hold -> `inventory_counts.json`, and cuts them down -> `inventory/`.

The counting is plain on purpose and shares nothing with the loaders that it is held against.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.corpus.arm import Resource, known, reduced, resource_type
from tests.corpus.recordings import exchanges
from tests.corpus.writing import provenance, read_json, read_lines

KINDS = {
    "microsoft.network/virtualnetworks": "vnets",
    "microsoft.network/virtualnetworks/subnets": "subnets",
    "microsoft.network/networksecuritygroups": "nsgs",
    "microsoft.network/networkinterfaces": "nics",
    "microsoft.network/networkinterfaces/ipconfigurations": "ip_configurations",
    "microsoft.network/applicationsecuritygroups": "asgs",
    "microsoft.network/routetables": "route_tables",
    "microsoft.network/publicipaddresses": "public_ips",
    "microsoft.network/networkwatchers": "network_watchers",
    "microsoft.network/loadbalancers": "load_balancers",
    "microsoft.compute/virtualmachines": "vms",
}
CHILDREN = {
    "vnets": {"subnets": "subnets", "virtualNetworkPeerings": "peerings"},
    "nsgs": {"securityRules": "user_rules", "defaultSecurityRules": "default_rules"},
    "nics": {"ipConfigurations": "ip_configurations"},
    "route_tables": {"routes": "routes"},
}
METHODS = ("GET", "PUT", "PATCH")


def reduce_counts(corpus: Path) -> dict[str, Any]:
    """How many distinct things each file (of `nsgs.jsonl`: each line) holds, by its path in the corpus."""
    counts = {}
    for path in sorted((corpus / "inventory").glob("*.json")):
        counts[f"inventory/{path.name}"] = count(read_json(path)["resources"])
    for row in read_lines(corpus / "inventory" / "nsgs.jsonl"):
        counts[f"inventory/nsgs.jsonl#{row['id']}"] = count([row["nsg"]])
    for path in sorted((corpus / "recordings").glob("*.json")):
        counts[f"recordings/{path.name}"] = count(recorded_resources(path))
    return {"counts": counts}


def reduce_inventory(corpus: Path, name: str) -> dict[str, Any]:
    """One whole-subscription listing, cut down. Tags stay, for the selectors, but for those that name a person."""
    document = read_json(corpus / "inventory" / name)
    resources = [reduced(r, {"tags": True}) for r in document["resources"] if known(r)]
    for resource in resources:
        resource.get("tags", {}).pop("creator", None)
    return {"source": provenance(document["source"]), "resources": resources}


def reduce_nsgs(corpus: Path) -> dict[str, Any]:
    """Every NSG of `nsgs.jsonl`, cut down."""
    rows = read_lines(corpus / "inventory" / "nsgs.jsonl")
    return {
        "rows": [{"id": row["id"], "source": provenance(row["source"]), "nsg": reduced(row["nsg"])} for row in rows]
    }


def recorded_resources(path: Path) -> list[Resource]:
    """What a user could have saved from a recording: the last body that each id was answered with."""
    latest: dict[str, Resource] = {}
    for exchange in exchanges(path):
        if exchange["method"] in METHODS and exchange["status"] in (200, 201):
            for resource in _bodies(exchange):
                latest[resource["id"].lower()] = resource
    return list(latest.values())


def count(resources: Iterable[Resource]) -> dict[str, int]:
    """Distinct resources and children by kind; a child listed alone and inside its parent counts once."""
    seen: dict[str, set[str]] = {}
    for resource in resources:
        kind = KINDS.get(resource_type(resource))
        if kind is None:
            continue
        seen.setdefault(kind, set()).add(resource["id"].lower())
        for key, child_kind in CHILDREN.get(kind, {}).items():
            for child in resource.get("properties", {}).get(key) or []:
                seen.setdefault(child_kind, set()).add(f"{resource['id']}/{key}/{child['name']}".lower())
    return {kind: len(seen[kind]) for kind in sorted(seen)}


def _bodies(exchange: dict[str, Any]) -> list[Resource]:
    """The resources in an answer: itself or its list, if it is of a kind that is counted."""
    body = exchange["response_body"]
    path = urlsplit(exchange["url"]).path
    if not isinstance(body, dict) or resource_type({"id": path}) not in KINDS:
        return []
    listed = body["value"] if isinstance(body.get("value"), list) else [body]
    return [r for r in listed if isinstance(r, dict) and r.get("id") and resource_type(r) in KINDS]
