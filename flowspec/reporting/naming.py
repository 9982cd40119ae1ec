"""The flows of a cause -> the other side in the spec's own names, where it has one for exactly these flows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from flowspec.intents.causes import CauseFound
from flowspec.intents.judgement import Judgement
from flowspec.model.inventory import Direction
from flowspec.model.spec import Boundary, Intent, Partition, Service
from flowspec.reporting.set_names import NamedSet, SetNames
from flowspec.sets.address import parse_prefix, prefix_set
from flowspec.sets.flows import Box, FlowSet, between
from flowspec.sets.intervals import ALL_ADDRESSES, AddressSet
from flowspec.sets.sample import Sample
from flowspec.sets.written import SPELLINGS, port_text

_PARTITIONS = {
    Partition.VNET: "VNets",
    Partition.SUBNET: "subnets",
    Partition.RESOURCE_GROUP: "resource groups",
    Partition.NIC: "NICs",
}
_LISTED = 3
_READ = 4
"""So many prefixes are read one by one."""


def remote_name(judgement: Judgement, cause: CauseFound, intents: Mapping[str, Intent]) -> str:
    """`group.public but not group.office`; "" where the flows are not all that is asked of their services there."""
    if cause.direction is None or isinstance(cause.flows, Sample) or not _is_all(judgement, cause, cause.direction):
        return ""
    of, inbound = judgement.question.of, cause.direction is Direction.INBOUND
    if isinstance(of, Boundary):
        listed = [_listed(intents[name], inbound=inbound) for name in of.allow]
        return _outside(of) + _but(listed, "what its allow list names")
    names = of.sources if inbound else of.destinations
    taken = [f"group.{name}" for name in of.except_groups] + [f"intent.{name}" for name in of.except_intents]
    return ", ".join(f"group.{name}" for name in names) + _but(taken, "what its except names", "not ")


def _is_all(judgement: Judgement, cause: CauseFound, direction: Direction) -> bool:
    """Whether the flows are all that is asked of their services at the addresses of the judged side."""
    boxes = cause.flows.boxes
    inbound = direction is Direction.INBOUND
    local = AddressSet.of(span for box in boxes for span in (box.destinations if inbound else box.sources).spans)
    here = between(destinations=local) if inbound else between(sources=local)
    asked = judgement.question.asked.intersect(FlowSet((here,))).intersect(_services(boxes))
    return asked.count() == cause.flows.count()


def _services(boxes: Iterable[Box]) -> FlowSet:
    """The protocols and ports of some boxes, from anyone to anyone."""
    found = {(box.protocols, box.source_ports, box.destination_ports) for box in boxes}
    return FlowSet.of(
        Box(
            protocols=protocols,
            sources=ALL_ADDRESSES,
            source_ports=source_ports,
            destinations=ALL_ADDRESSES,
            destination_ports=destination_ports,
        )
        for protocols, source_ports, destination_ports in found
    )


def _outside(boundary: Boundary) -> str:
    """Who is beyond a boundary, or beyond each of its parts."""
    around = ", ".join(f"group.{name}" for name in boundary.around)
    if boundary.remote is None:
        return "everyone else" if boundary.each else f"everyone outside {around}"
    remote = ", ".join(f"group.{name}" for name in boundary.remote)
    if not set(boundary.remote) & set(boundary.around):
        return remote
    return f"{remote} in other {_PARTITIONS[boundary.each]}" if boundary.each else f"{remote} outside {around}"


def _listed(intent: Intent, *, inbound: bool) -> str:
    """`Tcp 5432 from group.app`."""
    names = ", ".join(f"group.{name}" for name in (intent.sources if inbound else intent.destinations))
    return f"{' and '.join(map(_service, intent.services))} {'from' if inbound else 'to'} {names}"


def _service(service: Service) -> str:
    named = [SPELLINGS[protocol] for protocol in service.protocols if protocol in SPELLINGS]
    if len(service.protocols) > len(named):
        return "all protocols"
    ports = ", ".join(map(port_text, service.ports))
    return " and ".join(f"{name} {ports}".rstrip() for name in named)


def _but(taken: list[str], many: str, before: str = "") -> str:
    if not taken:
        return ""
    return f" but {before}{', '.join(taken)}" if len(taken) <= _LISTED else f" but {before}{many}"


def list_name(prefixes: tuple[str, ...], of: Iterable[Intent | Boundary], group: Callable[[str], AddressSet]) -> str:
    """`group.public`, `all but group.public`: what a long list of prefixes is, in the words of intents; "" if nothing.

    `group` has the addresses that a name stands for.
    """
    if len(prefixes) <= _READ or any(parse_prefix(prefix) is None for prefix in prefixes):
        return ""
    return SetNames(_named(of, group)).whole(prefix_set(prefixes))


def _named(of: Iterable[Intent | Boundary], group: Callable[[str], AddressSet]) -> Iterator[NamedSet]:
    """The groups of some intents, each alone, and without those that an intent excepts."""
    for one in of:
        names = (*one.around, *(one.remote or ())) if isinstance(one, Boundary) else (*one.sources, *one.destinations)
        excepted = () if isinstance(one, Boundary) else one.except_groups
        for name in dict.fromkeys(names):
            yield f"group.{name}", group(name)
            if excepted:
                taken = AddressSet.of(span for other in excepted for span in group(other).spans)
                but = _but([f"group.{other}" for other in excepted], "what its except names", "not ")
                yield f"group.{name}{but}", group(name).subtract(taken)
