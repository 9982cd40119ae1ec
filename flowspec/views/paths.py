"""A flow of an intent -> its path, as far as the plan tells it: who filters it at either end, and where it stops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from flowspec.model.documents.network_map import DrawnSubnet, NetworkMap
from flowspec.model.documents.plan import (
    Cause,
    DecidedBy,
    ExampleFlow,
    IntentResult,
    Report,
    SideBox,
)

_Prefix = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class PathHop:
    """A place on the way. `access`: `Allow`, `Deny`, `Unknown`, or "" where nothing is judged.

    `decider` is the rule, if one decided; `told` says what there is to say where none did.
    """

    access: str
    decider: DecidedBy | None = None
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPath:
    """One flow, from its source to its destination; `at` names the subnets of the two, "" where not known."""

    flow: ExampleFlow
    at: tuple[str, str]
    leaving: PathHop
    arriving: PathHop


class PathFinder:
    """Finds the paths of a plan's flows in its checks."""

    def __init__(self, report: Report) -> None:
        self._subnets = list(_subnets(report.network)) if report.network else []

    def of_cause(self, intent: IntentResult, cause: Cause) -> FlowPath | None:
        """The path of the example of a cause, with its own rules where they are named."""
        flow = cause.total.example
        if flow is None:
            return None
        leaving = self._named(cause, "Outbound") or self._hop(intent, flow, "Outbound")
        arriving = self._named(cause, "Inbound") or self._hop(intent, flow, "Inbound")
        return FlowPath(flow=flow, at=self._places(flow), leaving=leaving, arriving=arriving)

    def of_flow(self, intent: IntentResult, flow: ExampleFlow) -> FlowPath:
        """The path of a flow of which only the checks tell."""
        leaving, arriving = (self._hop(intent, flow, way) for way in ("Outbound", "Inbound"))
        return FlowPath(flow=flow, at=self._places(flow), leaving=leaving, arriving=arriving)

    def _named(self, cause: Cause, way: str) -> PathHop | None:
        found = [decider for decider in cause.deciders if decider.direction == way]
        accesses = {decider.access for decider in found}
        return PathHop(accesses.pop(), found[0]) if len(accesses) == 1 and len(found) == 1 else None

    def _hop(self, intent: IntentResult, flow: ExampleFlow, way: str) -> PathHop:
        for check in (check for check in intent.checks if check.direction == way):
            for unknown in check.unknown:
                if _holds(unknown.flows, flow, way):
                    return PathHop("Unknown", told=unknown.reason)
            for decision in check.decided_by:
                if _holds(decision.flows, flow, way):
                    return PathHop(decision.access, decision)
        if intent.checks_left_out or not intent.checks:
            return PathHop("", told="not listed in this plan")
        if intent.kind == "boundary":
            return PathHop("", told="not judged here: a boundary judges its own side")
        return PathHop("", told="no filter of this network")

    def _places(self, flow: ExampleFlow) -> tuple[str, str]:
        return self._place(flow.source), self._place(flow.destination)

    def _place(self, address: str) -> str:
        """The id of the one subnet with this address; "" where there is none or there are several."""
        found = {subnet.id for prefix, subnet in self._subnets if _within(address, prefix)}
        return found.pop() if len(found) == 1 else ""


def _subnets(network: NetworkMap) -> Iterator[tuple[str, DrawnSubnet]]:
    if network.vnets_left_out or network.subnets_left_out:
        return
    for vnet in network.vnets:
        for subnet in vnet.subnets:
            yield from ((prefix, subnet) for prefix in subnet.prefixes)


def _holds(boxes: Iterable[SideBox], flow: ExampleFlow, way: str) -> bool:
    """Whether a flow is one of those of some boxes, seen from the source (Outbound) or the destination."""
    ends = (flow.source, flow.source_port), (flow.destination, flow.destination_port)
    local, remote = ends if way == "Outbound" else ends[::-1]
    return any(
        box.protocol in ("*", flow.protocol)
        and _among(local[0], box.local)
        and _among(remote[0], box.remote)
        and _of_ports(local[1], box.local_ports)
        and _of_ports(remote[1], box.remote_ports)
        for box in boxes
    )


def _among(address: str, prefixes: Sequence[str]) -> bool:
    return address in prefixes or any(_within(address, prefix) for prefix in prefixes)


def _of_ports(port: int | None, ranges: Sequence[str]) -> bool:
    if port is None or not ranges:
        return True
    spans = (text.partition("-") for text in ranges)
    return any(int(low) <= port <= int(high or low) for low, _, high in spans)


def _within(address: str, prefix: str) -> bool:
    at, network = _network(address), _network(prefix)
    if at is None or network is None or at.version != network.version:
        return False
    return at.network_address in network


@lru_cache(maxsize=200_000)
def _network(text: str) -> _Prefix | None:
    """A prefix or an address; None of what has no number."""
    try:
        return ip_network(text, strict=False) if "/" in text else ip_network(ip_address(text))
    except ValueError:
        return None
