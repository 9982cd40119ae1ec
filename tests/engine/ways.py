"""Two subnets -> all that parts them, as the engine sees it."""

from __future__ import annotations

from flowspec.engine.network import Network
from flowspec.engine.path import Detour, Paths
from flowspec.engine.sides import Side
from flowspec.model.netset import ALL_ADDRESSES


def detours(network: Network, source: str, destination: str) -> list[Detour]:
    """The subnets are keys; every address counts as theirs."""
    sides = (Side(by_subnet={subnet: ALL_ADDRESSES}) for subnet in (source, destination))
    return list(Paths().detours(network, *sides))
