"""How a region is written in an id or a path: `West Europe` -> `westeurope`."""

from __future__ import annotations

DEFAULT_REGION = "westeurope"


def region_of(location: str | None) -> str:
    """`West Europe` -> `westeurope`."""
    return (location or DEFAULT_REGION).replace(" ", "").lower()
