"""Two subnets -> all that parts them, as the engine sees it."""

from __future__ import annotations

from flowspec.intents.sides import Side
from flowspec.network.index import Network
from flowspec.network.path import Detour, Paths
from flowspec.sets.intervals import ALL_ADDRESSES


def detours(network: Network, source: str, destination: str) -> list[Detour]:
    """The subnets are keys; every address counts as theirs."""
    sides = (Side(by_subnet={subnet: ALL_ADDRESSES}) for subnet in (source, destination))
    return list(Paths().detours(network, *sides))
