"""Spec -> the contradictions that hold for any inventory: an Allow and a Deny that share a flow after `except`.

Sound, not complete: what hinges on who is in a group is left to the plan. Intents are found by the groups they name, so
that ten thousand of them take a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from ipaddress import ip_address
from itertools import count

from flowspec.errors import Problem
from flowspec.model.inventory import Access
from flowspec.model.spec import Intent, Service, Spec
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import (
    ALL_NUMBERS,
    NO_PORTS,
    NUMBERED_PORTS,
    V6_BASE,
    AddressSet,
    PortSet,
    Protocol,
    ProtocolSet,
)
from flowspec.spec.allowed import AllowIndex
from flowspec.spec.sides import Facts, Shared, certain_pair, shared, without
from flowspec.spec.source import error

COMPARISONS = 200_000
"""So many pairs are compared in all: some seconds. A spec that needs more gets the rest from the plan."""


def contradictions(spec: Spec) -> tuple[Problem, ...]:
    """A problem for each enabled Deny that certainly shares a flow with an enabled Allow: both, and a flow."""
    index, budget = AllowIndex(spec), count(COMPARISONS, -1)
    denies = (intent for intent in spec.intents.values() if intent.enabled and intent.expect is Access.DENY)
    return tuple(problem for deny in denies if (problem := _contradicted(deny, index, budget)) is not None)


def _contradicted(deny: Intent, index: AllowIndex, budget: Iterator[int]) -> Problem | None:
    for allow in index.candidates(deny):
        if next(budget) < 0:
            return None
        services = _shared_services(allow, deny, index)
        if not services.boxes:
            continue
        pair = _shared_endpoints(allow, deny, index.known)
        if pair is not None:
            return _problem(allow, deny, _flow(services.boxes[0], *pair))
    return None


def _shared_endpoints(allow: Intent, deny: Intent, known: Mapping[str, Facts]) -> tuple[Shared, Shared] | None:
    excepted = [known[name] for name in (*allow.except_groups, *deny.except_groups)]
    sources = (without(side, excepted) for side in shared(allow.sources, deny.sources, known))
    destinations = (without(side, excepted) for side in shared(allow.destinations, deny.destinations, known))
    return certain_pair([side for side in sources if side], [side for side in destinations if side])


def _shared_services(allow: Intent, deny: Intent, index: AllowIndex) -> FlowSet:
    """Protocols and ports of both, less those of excepted intents and of exceptions, which may take them all out."""
    pieces = [mine.intersect(theirs) for mine in _boxes(allow.services) for theirs in _boxes(deny.services)]
    common = [piece for piece in pieces if not piece.is_empty()]
    if not common:
        return FlowSet()
    flows = FlowSet.of(common)
    for name in (*allow.except_intents, *deny.except_intents):
        flows = flows.subtract(FlowSet(_boxes(index.spec.intents[name].services)))
    for services in index.carved.get(deny.address, ()):
        flows = FlowSet() if services is None else flows.subtract(FlowSet.of(_boxes(services)))
    return flows


@lru_cache(maxsize=65536)
def _boxes(services: tuple[Service, ...]) -> tuple[Box, ...]:
    return tuple(box for service in services for box in _boxes_of(service))


def _boxes_of(service: Service) -> Iterator[Box]:
    """Flows of a service between any two addresses."""
    ported = ProtocolSet.of((p, p) for p in service.protocols if p in (Protocol.TCP, Protocol.UDP))
    portless = ProtocolSet.of((p, p) for p in service.protocols if p not in (Protocol.TCP, Protocol.UDP))
    if ported.spans:
        source = PortSet.of(service.source_ports) if service.source_ports else NUMBERED_PORTS
        destination = PortSet.of(service.ports) if service.ports else NUMBERED_PORTS
        yield Box(
            protocols=ported,
            sources=ALL_NUMBERS,
            source_ports=source,
            destinations=ALL_NUMBERS,
            destination_ports=destination,
        )
    if portless.spans:
        yield Box(
            protocols=portless,
            sources=ALL_NUMBERS,
            source_ports=NO_PORTS,
            destinations=ALL_NUMBERS,
            destination_ports=NO_PORTS,
        )


def _problem(allow: Intent, deny: Intent, flow: str) -> Problem:
    first, second = sorted((allow, deny), key=lambda intent: _place(intent))
    return error(
        f"{first.address} and {second.address} contradict each other: {flow}",
        f"{allow.address} ({_text(allow)}) wants it allowed, {deny.address} ({_text(deny)}) wants it denied. "
        f"Narrow one of them, or list {allow.address} under except of {deny.address}.",
        second.where,
    )


def _place(intent: Intent) -> tuple[str, int, int]:
    return (intent.where.file, intent.where.line, intent.where.column) if intent.where else ("", 0, 0)


def _text(intent: Intent) -> str:
    return intent.where.text() if intent.where else "no place"


def _flow(box: Box, source: Shared, destination: Shared) -> str:
    """One flow in words: `Tcp from 10.0.0.1 to group.web port 22`."""
    protocol = Protocol(box.protocols.spans[0][0])
    low = box.destination_ports.spans[0][0]
    port = f" port {low}" if protocol in (Protocol.TCP, Protocol.UDP) else ""
    return f"{protocol.name.capitalize()} from {' to '.join(_ends(source, destination))}{port}"


def _ends(source: Shared, destination: Shared) -> tuple[str, str]:
    """Two endpoints that are not one address."""
    start = _address(source, _only(destination))
    return _name(source, start), _name(destination, _address(destination, start))


def _only(side: Shared) -> int | None:
    """The address of a side that has one."""
    return side.addresses.witness() if side.addresses is not None and side.count == 1 else None


def _address(side: Shared, other: int | None) -> int | None:
    """The lowest address that is not `other`."""
    if side.addresses is None:
        return None
    rest = side.addresses.subtract(AddressSet.one(other)) if other is not None else side.addresses
    return rest.witness()


def _name(side: Shared, number: int | None) -> str:
    if number is None:
        return f"group.{side.name}"
    return str(ip_address(number)) if number < V6_BASE else str(ip_address(number - V6_BASE))
