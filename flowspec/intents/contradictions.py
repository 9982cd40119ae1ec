"""Questions -> contradictions: an Allow that shares a flow with a Deny, or crosses a boundary that does not list it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from flowspec.errors import Problem, Severity
from flowspec.intents.example import example_flow
from flowspec.intents.questions import Planner, Question
from flowspec.intents.sides import Side
from flowspec.model.inventory import Access
from flowspec.model.spec import Boundary
from flowspec.sets.address import address_text
from flowspec.sets.classes import Dimension
from flowspec.sets.flows import Box, Flow, FlowSet, between
from flowspec.sets.intervals import (
    ADDRESS_LINE,
    NO_PORT,
    PORT_LINE,
    PROTOCOL_LINE,
    AddressSet,
    IntervalSet,
    PortSet,
    ProtocolSet,
    Span,
    is_point,
)

S = TypeVar("S", bound=IntervalSet)


def contradictions(planner: Planner, questions: Iterable[Question]) -> Mapping[str, tuple[Problem, ...]]:
    """Address of an intent or boundary -> its contradictions, each naming the other one and a flow of both."""
    asked = [q for q in questions if not q.problems]
    allows = [q for q in asked if q.expect is Access.ALLOW]
    index = _Index(allows)
    found: dict[str, list[Problem]] = {}
    for deny in (q for q in asked if q.expect is Access.DENY):
        for allow in index.near(deny):
            flow = _shared(allow, deny, planner.network.ambiguous)
            if flow is not None:
                found.setdefault(deny.address, []).append(_clash(planner, deny, allow, flow))
                found.setdefault(allow.address, []).append(_clash(planner, allow, deny, flow))
    return {address: tuple(problems) for address, problems in found.items()}


class _Index:
    """Finds the Allow questions whose flows may touch those of a Deny, without trying every pair."""

    def __init__(self, allows: list[Question]) -> None:
        self._owners = [allow for allow in allows for _ in allow.asked.boxes]
        boxes = [box for allow in allows for box in allow.asked.boxes]
        self._sources = _Touched([b.sources for b in boxes], ADDRESS_LINE, AddressSet)
        self._destinations = _Touched([b.destinations for b in boxes], ADDRESS_LINE, AddressSet)
        self._ports = _Touched([b.destination_ports for b in boxes], PORT_LINE, PortSet)
        self._protocols = _Touched([b.protocols for b in boxes], PROTOCOL_LINE, ProtocolSet)

    def near(self, deny: Question) -> list[Question]:
        found: dict[str, Question] = {}
        for box in deny.asked.boxes:
            touched = self._touching(box)
            while touched:
                low = touched & -touched
                owner = self._owners[low.bit_length() - 1]
                found.setdefault(owner.address, owner)
                touched ^= low
        return list(found.values())

    def _touching(self, box: Box) -> int:
        """The boxes of the index, a bit each, that share something with `box` in every dimension looked at."""
        touched = self._destinations.touching(box.destinations) & self._sources.touching(box.sources)
        return touched & self._ports.touching(box.destination_ports) & self._protocols.touching(box.protocols)


class _Touched(Generic[S]):
    """Along one dimension: which of many sets share an element with a query."""

    def __init__(self, sets: list[S], universe: Span, make: Callable[[tuple[Span, ...]], S]) -> None:
        self._dimension: Dimension[S] = Dimension(sets, universe, make)
        self._holders = self._dimension.holders()

    def touching(self, query: S) -> int:
        found = 0
        for number in self._dimension.classes(query):
            found |= self._holders[number]
        return found


def _shared(allow: Question, deny: Question, ambiguous: AddressSet) -> Flow | None:
    """A flow of both, surely of both and between the same two, that is not from an address to itself."""
    if isinstance(deny.of, Boundary) and allow.address.removeprefix("intent.") in deny.of.allow:
        return None
    flows = _surely(allow).intersect(_surely(deny))
    if flows and ambiguous:
        sources = _others(allow.sources, deny.sources, ambiguous)
        destinations = _others(allow.destinations, deny.destinations, ambiguous)
        flows = flows.subtract(FlowSet.of((between(sources), between(destinations=destinations))))
    return example_flow(flows, allow.oneself.union(deny.oneself)) if flows else None


def _others(here: Side, there: Side, ambiguous: AddressSet) -> AddressSet:
    """The addresses that both sides judge and at which nobody is judged by both (identity, not address)."""
    held = [dict(side.holders()) for side in (here, there)]
    both = AddressSet.of(span for holder in held[0].keys() & held[1].keys() for span in held[0][holder].spans)
    return ambiguous.intersect(here.judged).intersect(there.judged).subtract(both)


def _surely(question: Question) -> FlowSet:
    return question.asked.subtract(question.uncertain) if question.uncertain else question.asked


def _clash(planner: Planner, of: Question, other: Question, flow: Flow) -> Problem:
    there = other.of.where.text() if other.of.where else ""
    summary = f"{of.address} contradicts {other.address}{f' ({there})' if there else ''}"
    wanted = "wanted" if other.expect is Access.ALLOW else "refused"
    crosses = isinstance(of.of, Boundary) or isinstance(other.of, Boundary)
    advice = "list it in the boundary's allow" if crosses else "take it out with except"
    detail = f"{_flow_text(planner, flow)} is {wanted} by the other; {advice}, or change one of them"
    return Problem(Severity.ERROR, summary, detail, of.of.where)


def _flow_text(planner: Planner, flow: Flow) -> str:
    def end(place: int, port: int) -> str:
        name = planner.network.points[place] if is_point(place) else address_text(place)
        name = f"[{name}]" if ":" in name and port != NO_PORT else name
        return name if port == NO_PORT else f"{name}:{port}"

    source, destination = end(flow.source, flow.source_port), end(flow.destination, flow.destination_port)
    return f"{flow.protocol.name.capitalize()} {source} -> {destination}"
