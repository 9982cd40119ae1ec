"""topology answers -> `topology.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.corpus.arm import Resource, known, reduced
from tests.corpus.states import StatePool
from tests.corpus.writing import day, provenance, read_lines

NO_REQUEST = "the recorder kept no request"
NO_STATE = "the recording does not show all of what the answer names"
NOT_IN_FORCE = "the answer lacks a resource that the recording shows"


def reduce_topology(corpus: Path) -> dict[str, Any]:
    """What hangs together with what in a resource group; one answer of each shape, for most are of one network."""
    states = StatePool("t")
    shapes: set[tuple[tuple[str, ...], ...]] = set()
    rows, exceptions = [], []
    for row in read_lines(corpus / "ground-truth-topology.jsonl"):
        fact = _fact(row)
        reason = _reason(row)
        if reason:
            exceptions.append({"reason": reason} | {name: fact[name] for name in ("id", "date", "source")})
        elif (shape := _shape(fact["resources"])) not in shapes:
            shapes.add(shape)
            rows.append(fact | {"state": states.key([reduced(one) for one in row["resources"] if known(one)])})
    return {"rows": rows, "exceptions": exceptions, "states": states.states}


def _fact(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "date": day(row["observed_at"]),
        "api_version": row["api_version"],
        "watcher": urlsplit(row["url"]).path.rpartition("/topology")[0],
        "group": (row.get("request") or {}).get("targetResourceGroupName"),
        "source": provenance(row["source"]),
        "resources": {
            one["id"]: sorted([link["associationType"], link["resourceId"]] for link in one["associations"])
            for one in row["response"]["resources"]
        },
    }


def _shape(resources: dict[str, list[list[str]]]) -> tuple[tuple[str, ...], ...]:
    """The types in an answer, each with how it is tied to which types."""
    return tuple(
        sorted((_type(one), *(f"{kind} {_type(other)}" for kind, other in links)) for one, links in resources.items())
    )


def _type(resource_id: str) -> str:
    return resource_id.split("/")[-2].lower()


def _reason(row: dict[str, Any]) -> str | None:
    if not row.get("request"):
        return NO_REQUEST
    shown = {one["id"].lower() for one in row["response"]["resources"]}
    linked = {link["resourceId"].lower() for one in row["response"]["resources"] for link in one["associations"]}
    held = _ids(row["resources"])
    if not shown | linked <= held:
        return NO_STATE
    return None if shown == held else NOT_IN_FORCE


def _ids(resources: list[Resource]) -> set[str]:
    """The ids of all resources that an answer would show, and of their children."""
    found: set[str] = set()
    for one in (one for one in resources if known(one)):
        found.add(one["id"].lower())
        for kind in ("subnets", "securityRules"):
            for child in one["properties"].get(kind) or []:
                if "name" in child:
                    found.add(f"{one['id']}/{kind}/{child['name']}".lower())
    return found
