"""The JSON of a plan or a diff -> the flow that its N-th change, or its N-th cause, is explained by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import structs

from flowspec.counting import counted
from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.model.documents.plan import Pair, SideBox
from flowspec.model.documents.values import DocumentValue, ExampleFlow
from flowspec.sets.address import parse_address, parse_prefix
from flowspec.sets.intervals import Span
from flowspec.sets.written import port_span


class _Count(DocumentValue, frozen=True, kw_only=True):
    example: ExampleFlow | None = None


class _Proof(DocumentValue, frozen=True, kw_only=True):
    opens: tuple[SideBox, ...] = ()
    closes: tuple[SideBox, ...] = ()
    opens_total: _Count = _Count()
    closes_total: _Count = _Count()


class _Rule(DocumentValue, frozen=True, kw_only=True):
    direction: str


class _Edit(DocumentValue, frozen=True, kw_only=True):
    before: _Rule | None = None
    after: _Rule | None = None


class _Change(DocumentValue, frozen=True, kw_only=True):
    change: _Edit = _Edit()
    proof: _Proof

    def moved(self) -> tuple[list[_Count], Iterator[_Flows]]:
        """How many flows it opens and closes, and which."""
        proof, rule = self.proof, self.change.after or self.change.before
        is_inbound = rule is None or rule.direction == "Inbound"
        ends = (
            (box.protocol, (box.local, box.local_ports), (box.remote, box.remote_ports))
            for box in (*proof.opens, *proof.closes)
        )
        sets = ((protocol, there, here) if is_inbound else (protocol, here, there) for protocol, here, there in ends)
        return [proof.opens_total, proof.closes_total], sets


class _Cause(DocumentValue, frozen=True, kw_only=True):
    flows: tuple[Pair, ...] = ()
    total: _Count = _Count()

    def moved(self) -> tuple[list[_Count], Iterator[_Flows]]:
        """How many flows differ, and which."""
        ends = ((one.source, one.source_ports, one.destination, one.destination_ports) for one in self.flows)
        sets = zip((one.protocol for one in self.flows), ((e[:2], e[2:]) for e in ends), strict=True)
        return [self.total], ((protocol, *both) for protocol, both in sets)


class _Document(DocumentValue, frozen=True, kw_only=True):
    """What a plan and a diff have of this; all other members are left out."""

    suggested_changes: tuple[_Change, ...] = ()
    causes: tuple[_Cause, ...] = ()


_End = tuple[tuple[str, ...], tuple[str, ...]]
"""Prefixes and ports."""
_Flows = tuple[str, _End, _End]
"""A protocol, and all flows from one to the other."""


def example_of(text: bytes, file: str, kind: str, number: int, held: Iterable[str] = ()) -> ExampleFlow:
    """Counted from 1; FlowspecError where the file has none of that number, or no flow for it.

    `held` are addresses of NICs: most flows may be of addresses that nobody has, which explain little.
    """
    try:
        document = msgspec.json.decode(text, type=_Document)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise _refused(f"{file} is no JSON of a plan or a diff: {error}") from None
    given: tuple[_Change | _Cause, ...] = document.suggested_changes if kind == "change" else document.causes
    if number > len(given):
        raise _refused(f"{file} has {counted(len(given), kind)}, and no {kind}.{number}")
    counts, sets = given[number - 1].moved()
    found = next((one.example for one in counts if one.example is not None), None)
    if found is None:
        raise _refused(f"{kind}.{number} of {file} moves no flow by itself")
    return _of_somebody(found, sets, list(held))


def _of_somebody(example: ExampleFlow, sets: Iterable[_Flows], held: list[str]) -> ExampleFlow:
    """The same flow of the first NIC whose flow is moved with it."""
    if example.source in held or example.destination in held:
        return example
    for protocol, source, destination in sets:
        if (
            protocol in ("*", example.protocol)
            and _among(example.source, example.source_port, source)
            and _among(example.destination, example.destination_port, destination)
        ):
            for name, (prefixes, _) in (("destination", destination), ("source", source)):
                for address in held:
                    if _within(address, prefixes):
                        return structs.replace(example, **{name: address})
    return example


def _among(address: str, port: int | None, end: _End) -> bool:
    prefixes, ports = end
    return _within(address, prefixes) and (port is None or _holds(port, map(port_span, ports)))


def _within(address: str, prefixes: Iterable[str]) -> bool:
    """Whether an address is in one of the prefixes; no name is, which stands for what has no address."""
    place = parse_address(address)
    return place is not None and _holds(place, map(parse_prefix, prefixes))


def _holds(value: int, spans: Iterable[Span | None]) -> bool:
    return any(span is not None and span[0] <= value <= span[1] for span in spans)


def _refused(what: str) -> FlowspecError:
    return FlowspecError(Problem(Severity.ERROR, what))
