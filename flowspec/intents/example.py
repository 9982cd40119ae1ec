"""Some flows -> one of them that a person would pick as an example."""

from __future__ import annotations

from flowspec.intents.cover import count_apart
from flowspec.sets.flows import Box, Flow, FlowSet
from flowspec.sets.intervals import (
    NO_ADDRESSES,
    AddressSet,
    PortSet,
    Protocol,
)

_EPHEMERAL = 49152
_WELL_KNOWN_PORT = 443
_WELL_KNOWN_ADDRESS = 0x08080808


def example_flow(flows: FlowSet, oneself: AddressSet = NO_ADDRESSES) -> Flow | None:
    """A flow of the first box that has one between two addresses; from an address to itself only where all are.

    Those from an address of `oneself` to itself are no part of the flows.
    """
    boxes = [(box, *_ends(box)) for box in flows.boxes if not oneself or count_apart(box, oneself)]
    if not boxes:
        return None
    box, source, destination = next((found for found in boxes if found[1] != found[2]), boxes[0])
    return Flow(
        protocol=Protocol(box.protocols.spans[0][0]),
        source=source,
        source_port=_port(box.source_ports, _EPHEMERAL),
        destination=destination,
        destination_port=_port(box.destination_ports, _WELL_KNOWN_PORT),
    )


def _ends(box: Box) -> tuple[int, int]:
    """Source and destination; two addresses, if the box has two."""
    source, destination = _typical(box.sources), _typical(box.destinations)
    if source != destination:
        return source, destination
    if others := box.sources.subtract(AddressSet.one(destination)):
        return _typical(_widest(others)), destination
    if others := box.destinations.subtract(AddressSet.one(source)):
        return source, _typical(_widest(others))
    return source, destination


def _widest(addresses: AddressSet) -> AddressSet:
    return AddressSet((max(addresses.spans, key=lambda span: span[1] - span[0]),))


def _port(ports: PortSet, usual: int) -> int:
    """An edge of the range; of a range that leaves almost everything open, a usual port."""
    return usual if ports.count() > 10000 and usual in ports else ports.spans[0][0]


def _typical(addresses: AddressSet) -> int:
    if _WELL_KNOWN_ADDRESS in addresses and addresses.count() > 1 << 24:
        return _WELL_KNOWN_ADDRESS
    low, high = addresses.spans[0]
    return low + 7 if high - low >= 15 else low + 1 if high - low >= 3 else low
