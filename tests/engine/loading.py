"""Raw ARM JSON -> Inventory, through the sources as a user's files go."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flowspec.model.inventory import Inventory
from flowspec.sources import load_inventory

Json = dict[str, Any]
DATA = Path(__file__).parents[1] / "data"


def load_documents(documents: dict[str, Any]) -> Inventory:
    """Each document is a file of the given name."""
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in documents]
        for path, document in zip(paths, documents.values(), strict=True):
            path.write_text(json.dumps(document), "utf-8")
        return load_inventory([str(path) for path in paths])


CREATED = {
    "virtualnetworks": {"virtualNetworkPeerings": [], "subnets": []},
    "networksecuritygroups": {"securityRules": []},
    "routetables": {"routes": [], "disableBgpRoutePropagation": False},
    "virtualnetworkgateways": {"enableBgp": False, "gatewayType": "Vpn"},
    "connections": {"enableBgp": False},
}
"""What Azure puts into a new resource where the request that creates it leaves it out."""


def as_created(resource: Json) -> Json:
    """Recorded states are what was sent to create a network, not what reading it answers."""
    made = CREATED.get(str(resource.get("type", "")).lower().partition("/")[2], {})
    properties = resource.get("properties")
    missing = {name: value for name, value in made.items() if name not in (properties or {})}
    return resource | {"properties": (properties or {}) | missing} if missing else resource


@cache
def recorded(name: str) -> Json:
    """One file of recorded facts, `ipflow` and the like (tests/data/README.md)."""
    found: Json = json.loads((DATA / f"{name}.json").read_text("utf-8"))
    if "states" in found:
        states = found["states"]
        pairs = states.items() if isinstance(states, dict) else enumerate(states)
        for at, state in pairs:
            states[at] = [as_created(resource) for resource in state] if isinstance(state, list) else state
    return found


@cache
def recorded_state(name: str, state: str) -> Inventory:
    return load_documents({"state.json": recorded(name)["states"][state]})
