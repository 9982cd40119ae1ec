"""The Internet tag as Azure expanded it -> the package's own list, and every version for the tests."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

from tests.corpus.writing import read_json

SOURCE = "effectiveNetworkSecurityGroups expansions recorded by public SDK test suites"


def versions(corpus: Path) -> list[dict[str, Any]]:
    """Each version of the tag: the days it was first and last seen, and its prefixes by address."""
    recorded = sorted(read_json(corpus / "internet-tag-expansions.json"), key=lambda version: version["first"])
    return [
        {
            "version": version["first"],
            "last": version["last"],
            "seen": version["seen"],
            "prefixes": sorted(version["prefixes"], key=ip_network),
        }
        for version in recorded
    ]


def reduce_versions(corpus: Path) -> dict[str, Any]:
    """All versions by the day they were first seen, for the tests that ask what an old recording depends on."""
    return {"versions": {v["version"]: {key: v[key] for key in ("last", "seen", "prefixes")} for v in versions(corpus)}}


def version_of(known: list[dict[str, Any]], prefixes: list[str]) -> str:
    """The version that a recorded expansion of the tag is equal to."""
    wanted = set(prefixes)
    for version in known:
        if set(version["prefixes"]) == wanted:
            return str(version["version"])
    raise ValueError(f"an expansion of Internet with {len(wanted)} prefixes is none of the known versions")


def newest(corpus: Path) -> dict[str, Any]:
    """The list that the package uses."""
    latest = versions(corpus)[-1]
    return {"date": latest["last"], "source": SOURCE, "prefixes": latest["prefixes"]}
