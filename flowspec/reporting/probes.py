"""A decided check -> its probes: one concrete 5-tuple for every region that a different rule decides.

A probe lies at its region's edge where the region has one: a wrong bound shows there first.
"""

from __future__ import annotations

from collections.abc import Sequence

from flowspec.decide.exact import Part
from flowspec.intents.judgement import Checked
from flowspec.model.documents.plan import Probe
from flowspec.model.inventory import Direction
from flowspec.network.index import Endpoint
from flowspec.reporting.text_of_sets import Scribe
from flowspec.sets.flows import Box, Flow
from flowspec.sets.intervals import NO_PORT, V4, V4_POINTS, AddressSet, PortSet, Protocol

_ASKABLE = (Protocol.TCP, Protocol.UDP)
_FIRST_UNICAST = 1 << 24


def probes_of(check: Checked, scribe: Scribe) -> tuple[Probe, ...]:
    """One probe for each part of the check's verdict, with what the engine predicts."""
    return tuple(probe_at(check, part, scribe, check.party.endpoints) for part in check.verdict.parts)


def holders(check: Checked, part: Part) -> tuple[Endpoint, ...]:
    """The ip-configurations at which ipFlowVerify can be asked about some flow of the part."""
    inbound = check.direction is Direction.INBOUND
    boxes = [box for box in part.flows.boxes if _has_askable(box, inbound)]
    local = AddressSet.of(s for b in boxes for s in (b.destinations if inbound else b.sources).intersect(V4).spans)
    return tuple(e for e in check.party.endpoints if e.place in local and _is_own(check, e))


def _is_own(check: Checked, endpoint: Endpoint) -> bool:
    """ipFlowVerify takes a NIC's own addresses: no frontend's, and none of those whose traffic it forwards."""
    floating = endpoint.arrival is not None and endpoint.arrival.floating
    return not floating and not check.party.forwards


def _has_askable(box: Box, inbound: bool) -> bool:
    remote = box.sources if inbound else box.destinations
    return bool(remote.intersect(V4)) and any(p in box.protocols for p in _ASKABLE)


def probe_at(check: Checked, part: Part, scribe: Scribe, endpoints: Sequence[Endpoint]) -> Probe:
    """A probe of the part at one of these ip-configurations of the check."""
    inbound = check.direction is Direction.INBOUND
    box = _askable_box(check, part, endpoints)
    flow = _edge(box)
    local, remote = (flow.destination, flow.source) if inbound else (flow.source, flow.destination)
    local_port, remote_port = (
        (flow.destination_port, flow.source_port) if inbound else (flow.source_port, flow.destination_port)
    )
    holder = next((e for e in endpoints if e.place == local or check.party.forwards), None)
    rule = part.decider.rule if part.access is not None and not part.others else None
    return Probe(
        nic=holder.nic.id if holder else "",
        direction=str(check.direction),
        protocol=flow.protocol.name,
        local_ip=scribe.place_text(local),
        local_port=_port_text(local_port),
        remote_ip=scribe.place_text(remote),
        remote_port=_port_text(remote_port),
        predicted="Unknown" if part.access is None else str(part.access),
        rule_name=rule.display if rule else "",
        rule_id=rule.id if rule and not rule.default else "",
        not_askable=_not_askable(check, flow, holder),
    )


def _not_askable(check: Checked, flow: Flow, holder: Endpoint | None) -> str:
    """Why ipFlowVerify can't be asked; "" when it can."""
    if check.party.forwards:
        return "ipFlowVerify can't be asked about forwarded traffic"
    if holder is not None and not _is_own(check, holder) and holder.arrival is not None:
        return f"ipFlowVerify takes a NIC's own addresses only, not the frontend of {holder.arrival.rule}"
    return "" if holder and _is_askable(flow) else _why_not(flow, held=holder is not None)


def _port_text(port: int) -> str:
    return "" if port == NO_PORT else str(port)


def _askable_box(check: Checked, part: Part, endpoints: Sequence[Endpoint]) -> Box:
    """The first box that ipFlowVerify can be asked about, cut to what it takes; else the first."""
    inbound = check.direction is Direction.INBOUND
    held = AddressSet.of((e.place, e.place) for e in endpoints).intersect(V4)
    for box in part.flows.boxes:
        sources, destinations = box.sources.intersect(V4), box.destinations.intersect(V4)
        sources, destinations = (
            (sources, destinations.intersect(held)) if inbound else (sources.intersect(held), destinations)
        )
        if sources and destinations and any(p in box.protocols for p in _ASKABLE):
            return Box(
                protocols=box.protocols,
                sources=sources,
                source_ports=box.source_ports,
                destinations=destinations,
                destination_ports=box.destination_ports,
            )
    return part.flows.boxes[0]


def _edge(box: Box) -> Flow:
    return Flow(
        protocol=Protocol(box.protocols.spans[0][0]),
        source=_address(box.sources),
        source_port=_port(box.source_ports),
        destination=_address(box.destinations),
        destination_port=_port(box.destination_ports),
    )


def _address(addresses: AddressSet) -> int:
    """The lowest address, but not one of 0.0.0.0/8 where there is another."""
    low = addresses.spans[0][0]
    if low >= _FIRST_UNICAST:
        return low
    unicast = addresses.subtract(AddressSet(((0, _FIRST_UNICAST - 1),)))
    return (unicast or addresses).spans[0][0]


def _port(ports: PortSet) -> int:
    """The lowest port; where all pass there is no edge, and an ephemeral one will do."""
    low, high = ports.spans[0]
    return 49152 if low == 0 and high >= 65535 else low


def _is_askable(flow: Flow) -> bool:
    return flow.protocol in _ASKABLE and flow.source < V4_POINTS and flow.destination < V4_POINTS


def _why_not(flow: Flow, *, held: bool) -> str:
    if flow.protocol not in _ASKABLE:
        return f"ipFlowVerify takes TCP and UDP only, not {flow.protocol.name}"
    if not _is_askable(flow):
        return "ipFlowVerify takes IPv4 addresses only"
    return "" if held else "a whole subnet is judged: there is no NIC to ask"
