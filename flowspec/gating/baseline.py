"""What fails <-> the baseline, a file: exact sets of flows as text, in an order that does not change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from flowspec.gating.failing import Failing, Places
from flowspec.gating.known_file import refusal
from flowspec.model.documents.baseline import BASELINE_VERSION, Baseline, KnownBox, KnownFlows, KnownIntent
from flowspec.model.documents.values import Status
from flowspec.sets.address import parse_prefix, prefix_texts
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import (
    NO_PORT,
    NO_PORTS,
    NUMBERED_PORTS,
    AddressSet,
    PortSet,
    Protocol,
    ProtocolSet,
    point,
)
from flowspec.version import __version__

_NONE = "none"
_FAMILIES = (4, 6)


@dataclass(frozen=True, slots=True)
class _Unfit(Exception):  # noqa: N818
    """A text of the file that is none of ours."""

    text: str


def baseline_of(failing: Mapping[str, Failing], numbers: Mapping[str, int]) -> Baseline:
    """The document of what fails. `numbers` are those of the network's points."""
    names = {point(number, family): f"<{family} {name}>" for name, number in numbers.items() for family in _FAMILIES}
    return Baseline(
        format_version=BASELINE_VERSION,
        flowspec_version=__version__,
        intents=tuple(
            KnownIntent(
                address=address,
                expect=found.expect,
                status=found.status,
                exact=found.is_exact,
                drift=tuple(_written("", found.drift, names)),
                unknown=tuple(
                    one for reason, at in sorted(found.unknown.items()) for one in _written(reason, at, names)
                ),
            )
            for address, found in sorted(failing.items())
            if found.status in (Status.DRIFTED, Status.UNKNOWN)
        ),
    )


def known_of(baseline: Baseline, numbers: Mapping[str, int], file: str) -> Mapping[str, Failing]:
    """What the baseline says failed, in the numbers of another network; FlowspecError where it can't be read."""
    try:
        return {known.address: _failing(known, numbers) for known in baseline.intents}
    except _Unfit as unfit:
        raise refusal(file, Baseline, f"{unfit.text!r} can't be read") from unfit


def _failing(known: KnownIntent, numbers: Mapping[str, int]) -> Failing:
    drift = {one.at: _flows(one.flows, numbers) for one in known.drift}
    unknown: dict[str, dict[str, FlowSet]] = {}
    for one in known.unknown:
        unknown.setdefault(one.reason, {})[one.at] = _flows(one.flows, numbers)
    return Failing(status=known.status, expect=known.expect, drift=drift, unknown=unknown, is_exact=known.exact)


def _written(reason: str, places: Places, names: Mapping[int, str]) -> Iterator[KnownFlows]:
    for at, flows in sorted(places.items()):
        boxes = sorted((_box_text(box, names) for box in flows.merged().boxes), key=msgspec.json.encode)
        yield KnownFlows(at=at, reason=reason, flows=tuple(boxes))


def _box_text(box: Box, names: Mapping[int, str]) -> KnownBox:
    return KnownBox(
        protocols=tuple(Protocol(protocol).name for protocol in box.protocols),
        source=_address_texts(box.sources, names),
        source_ports=_port_texts(box.source_ports),
        destination=_address_texts(box.destinations, names),
        destination_ports=_port_texts(box.destination_ports),
    )


def _address_texts(addresses: AddressSet, names: Mapping[int, str]) -> tuple[str, ...]:
    return (*prefix_texts(addresses), *sorted(name for place, name in names.items() if place in addresses))


def _port_texts(ports: PortSet) -> tuple[str, ...]:
    numbered = (f"{low}-{high}" for low, high in ports.intersect(NUMBERED_PORTS).spans)
    return (*numbered, *((_NONE,) if ports.meets(NO_PORTS) else ()))


def _flows(boxes: Iterable[KnownBox], numbers: Mapping[str, int]) -> FlowSet:
    return FlowSet.of(
        Box(
            protocols=ProtocolSet.of((p, p) for p in map(_protocol, known.protocols)),
            sources=_addresses(known.source, numbers),
            source_ports=_ports(known.source_ports),
            destinations=_addresses(known.destination, numbers),
            destination_ports=_ports(known.destination_ports),
        )
        for known in boxes
    )


def _protocol(text: str) -> int:
    if text not in Protocol.__members__:
        raise _Unfit(text)
    return Protocol[text].value


def _addresses(texts: Iterable[str], numbers: Mapping[str, int]) -> AddressSet:
    """Names that the network does not have are nobody's there."""
    spans = []
    for text in texts:
        if text.startswith("<") and text.endswith(">") and text[1:3] in ("4 ", "6 "):
            number = numbers.get(text[3:-1])
            span = None if number is None else (point(number, int(text[1])),) * 2
        else:
            span = parse_prefix(text)
            if span is None:
                raise _Unfit(text)
        spans += [span] if span is not None else []
    return AddressSet.of(spans)


def _ports(texts: Iterable[str]) -> PortSet:
    spans = []
    for text in texts:
        low, dash, high = text.partition("-")
        if text == _NONE:
            spans.append((NO_PORT, NO_PORT))
        elif dash and low.isdecimal() and high.isdecimal() and int(low) <= int(high) < NO_PORT:
            spans.append((int(low), int(high)))
        else:
            raise _Unfit(text)
    return PortSet.of(spans)
