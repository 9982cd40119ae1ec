"""Services as boxes -> as a spec writes them: a protocol with its ports, by a name where the ports have one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowspec.model.spec import Service
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import (
    NO_PORTS,
    NUMBERED_PORTS,
    PORTED,
    PORTLESS,
    AddressSet,
    PortSet,
    Protocol,
    ProtocolSet,
    Span,
)
from flowspec.sets.written import SPELLINGS, port_text

_KNOWN = {
    20: "ftp-data", 21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 53: "dns", 80: "http", 88: "kerberos", 123: "ntp",
    135: "rpc", 139: "netbios", 161: "snmp", 389: "ldap", 443: "https", 445: "smb", 514: "syslog", 587: "submission",
    636: "ldaps", 993: "imaps", 1433: "mssql", 1521: "oracle", 2049: "nfs", 3306: "mysql", 3389: "rdp",
    5432: "postgres", 5671: "amqps", 5672: "amqp", 5985: "winrm", 5986: "winrm-https", 6379: "redis", 6443: "kube-api",
    9092: "kafka", 9200: "elasticsearch", 27017: "mongodb",
}  # fmt: skip
_MOST = 3
"""Ports of a service that are told in its name."""


@dataclass(frozen=True, slots=True)
class Services:
    """What passes, as services. `but`: all passes but these, which is how it is said where that can't be listed."""

    listed: tuple[Service, ...]
    but: tuple[Service, ...] = ()

    @property
    def cost(self) -> int:
        """What a reader has to look at."""
        return sum(1 + len(one.ports) + len(one.source_ports) for one in self.listed) + sum(
            4 + len(one.ports) + len(one.source_ports) for one in self.but
        )


def services_of(boxes: Sequence[Box]) -> Services:
    """A protocol without a name of its own stands only in `*`, which is all of them: then it is all but the rest."""
    flows = FlowSet.of(boxes)
    rest = _everything().subtract(flows)
    if not rest:
        return Services((Service(tuple(Protocol)),))
    others = ProtocolSet.one(Protocol.OTHER)
    if any(box.protocols.meets(others) for box in flows.boxes):
        return Services((Service(tuple(Protocol)),), _listed(rest))
    return Services(_listed(flows))


def _everything() -> FlowSet:
    here = AddressSet.one(0)
    return FlowSet(tuple(
        Box(protocols=protocols, sources=here, source_ports=ports, destinations=here, destination_ports=ports)
        for protocols, ports in ((PORTED, NUMBERED_PORTS), (PORTLESS, NO_PORTS))
    ))  # fmt: skip


def _listed(flows: FlowSet) -> tuple[Service, ...]:
    """Each protocol with its ports; Tcp and Udp as one where they have the same."""
    found: dict[tuple[tuple[Span, ...], tuple[Span, ...]], list[Protocol]] = {}
    for protocol in Protocol:
        own = [box for box in flows.boxes if protocol in box.protocols]
        for source_ports, ports in _port_pairs(own):
            found.setdefault((source_ports, ports), []).append(protocol)
    services = []
    for (source_ports, ports), protocols in found.items():
        ported = [p for p in protocols if p in PORTED]
        if len(ported) > 1 and (source_ports or ports):
            services.append(Service(tuple(ported), ports, source_ports))
        else:
            services += [Service((p,), ports, source_ports) for p in ported]
        services += [Service((p,)) for p in protocols if p not in PORTED]
    return tuple(sorted(services, key=lambda s: (s.protocols, s.ports, s.source_ports)))


def _port_pairs(boxes: Sequence[Box]) -> list[tuple[tuple[Span, ...], tuple[Span, ...]]]:
    """Source ports and ports of one protocol, each pair once; () is every port."""
    joined: dict[PortSet, PortSet] = {}
    for box in boxes:
        joined[box.source_ports] = joined.get(box.source_ports, PortSet()).union(box.destination_ports)
    return [(_numbered(source_ports), _numbered(ports)) for source_ports, ports in joined.items()]


def _numbered(ports: PortSet) -> tuple[Span, ...]:
    own = ports.intersect(NUMBERED_PORTS)
    return () if own == NUMBERED_PORTS else own.spans


def body_of(service: Service) -> dict[str, object]:
    """As JSON has it in a spec."""
    body: dict[str, object] = {"protocol": protocol_of(service)}
    for name, spans in (("ports", service.ports), ("source_ports", service.source_ports)):
        if spans:
            body[name] = [low if low == high else f"{low}-{high}" for low, high in spans]
    return body


def protocol_of(service: Service) -> str:
    return SPELLINGS[service.protocols[0]] if len(service.protocols) == 1 else "*"


def name_of(service: Service) -> str:
    """`ssh`, `tcp-8080`, `udp-53`, `all`."""
    protocol = protocol_of(service).casefold().replace("*", "any")
    if not service.ports and not service.source_ports:
        return "all" if protocol == "any" else protocol
    ends = list(map(port_text, service.ports))
    if len(service.ports) == 1 and not service.source_ports and protocol != "udp":
        ((low, high),) = service.ports
        if low == high and low in _KNOWN:
            return _KNOWN[low]
    shown = ends if len(ends) <= _MOST else [*ends[: _MOST - 1], "more"]
    return "-".join([protocol, *shown, *(["from-ports"] if service.source_ports else [])])
