"""The text of a flow -> the flow: `Tcp 10.0.1.4:49152 -> 10.0.2.4:5432`."""

from __future__ import annotations

from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.explaining.layers import FlowPoint
from flowspec.ipflowverify.classify import FlowRequest, Verifier, direction_of
from flowspec.model.documents.values import ExampleFlow
from flowspec.model.inventory import Direction, Inventory, key
from flowspec.sets.address import parse_address
from flowspec.sets.flows import Box
from flowspec.sets.intervals import NO_PORT, PORTED, AddressSet, PortSet, ProtocolSet
from flowspec.sets.written import HIGHEST_PORT, PROTOCOLS

EXAMPLE = "Tcp 10.0.1.4:49152 -> 10.0.2.4:5432"


def read_flow(text: str) -> ExampleFlow:
    """Protocol, source and destination; FlowspecError that says what is wrong. A source port may be left out."""
    head, arrow, far = text.partition("->")
    protocol, _, near = head.strip().partition(" ")
    known = PROTOCOLS.get(protocol.casefold())
    if not arrow or known is None:
        raise _refused(text, f"a flow reads {EXAMPLE}; protocols are Tcp, Udp, Icmp, Esp, Ah")
    has_ports = known in PORTED
    source, source_port = _end(text, near.strip(), has_ports)
    destination, port = _end(text, far.strip(), has_ports)
    if has_ports and port is None:
        raise _refused(text, "the destination needs a port")
    if has_ports and source_port is None:
        source_port = 49152
    numbers = (parse_address(source) or 0, parse_address(destination) or 0)
    if (":" in source) != (":" in destination):
        raise _refused(text, f"{source} and {destination} are not of one address family")
    if numbers[0] == numbers[1]:
        raise _refused(text, "a flow from an address to itself meets no filter")
    return ExampleFlow(
        protocol=known.name, source=source, source_port=source_port, destination=destination, destination_port=port
    )


def flow_of(request: FlowRequest, inventory: Inventory) -> tuple[ExampleFlow, str]:
    """The flow that `verify` would be asked about, and the NIC (a key) that it is about; RequestError if none is."""
    nic = key(Verifier(inventory).holder(request).nic.id)
    local = f"{_bracketed(request.local_ip)}:{request.local_port}"
    remote = f"{_bracketed(request.remote_ip)}:{request.remote_port}"
    ends = (remote, local) if direction_of(request.direction) is Direction.INBOUND else (local, remote)
    source, destination = (end.removesuffix(":*") for end in ends)
    return read_flow(f"{request.protocol} {source} -> {destination}"), nic


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def point_of(flow: ExampleFlow) -> FlowPoint | None:
    """The flow as numbers; None where an end is no address but a name in angle brackets."""
    source, destination = parse_address(flow.source), parse_address(flow.destination)
    protocol = PROTOCOLS.get(flow.protocol.casefold())
    if source is None or destination is None or protocol is None:
        return None
    return FlowPoint(
        Box(
            protocols=ProtocolSet.one(protocol),
            sources=AddressSet.one(source),
            source_ports=PortSet.one(NO_PORT if flow.source_port is None else flow.source_port),
            destinations=AddressSet.one(destination),
            destination_ports=PortSet.one(NO_PORT if flow.destination_port is None else flow.destination_port),
        )
    )


def _end(text: str, given: str, has_ports: bool) -> tuple[str, int | None]:
    """`10.0.0.4:22`, `[::1]:22` or an address alone."""
    address, port = given, ""
    if given.startswith("["):
        address, _, port = given[1:].partition("]")
        port = port.removeprefix(":")
    elif given.count(":") == 1:
        address, _, port = given.partition(":")
    if parse_address(address) is None:
        raise _refused(text, f"{address!r} is no address")
    if port and not has_ports:
        raise _refused(text, "this protocol has no ports")
    if port and not (port.isascii() and port.isdigit() and len(port) < 6 and int(port) <= HIGHEST_PORT):
        raise _refused(text, f"{port!r} is no port")
    return address, int(port) if port else None


def _refused(text: str, why: str) -> FlowspecError:
    what = f"{text[:100]!r} can't be explained: {why}"
    return FlowspecError(Problem(Severity.ERROR, what, f'For example "{EXAMPLE}".'))
