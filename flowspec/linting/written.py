"""What is written in the fields of rules -> the same of several rules in one list, as Azure takes it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from flowspec.model.inventory import Rule, key
from flowspec.sets.address import parse_prefix
from flowspec.sets.intervals import V4, AddressSet, Span
from flowspec.sets.written import port_span

End = Literal["source", "destination"]
PortsField = Literal["source_ports", "destination_ports"]
ENDS: tuple[End, End] = ("source", "destination")
PORTS: tuple[PortsField, PortsField] = ("source_ports", "destination_ports")
ANY = "*"


@dataclass(frozen=True, slots=True)
class EndValues:
    """What is written at one end of a rule: prefixes, tags and `*`, or application security groups."""

    texts: tuple[str, ...]
    asgs: tuple[str, ...]

    @classmethod
    def of(cls, rule: Rule, end: End) -> EndValues:
        if end == "source":
            return cls(rule.sources, rule.source_asgs)
        return cls(rule.destinations, rule.destination_asgs)

    def put(self, rule: Rule, end: End) -> Rule:
        """A rule with these values at an end."""
        if end == "source":
            return replace(rule, sources=self.texts, source_asgs=self.asgs)
        return replace(rule, destinations=self.texts, destination_asgs=self.asgs)

    @property
    def alike(self) -> Hashable:
        """Equal whatever the order and letter case."""
        return frozenset(map(str.casefold, self.texts)), frozenset(map(key, self.asgs))

    @property
    def kind(self) -> str:
        """What a list holds, if more of that kind can stand beside it; else "". A tag and `*` stand alone.

        Azure takes prefixes of one address family in a rule.
        """
        if self.asgs:
            return "" if self.texts else "groups"
        spans = [parse_prefix(text) for text in self.texts]
        if not spans or None in spans or any(text.endswith("/0") for text in self.texts):
            return ""
        families = {AddressSet((span,)).is_subset(V4) for span in spans if span is not None}
        return ("IPv4" if families == {True} else "IPv6") if len(families) == 1 else ""

    def joined(self, other: EndValues) -> EndValues:
        """What both hold, if they are of one kind. Azure refuses prefixes that overlap
        (`OverlappingSubnetsNotPermittedInSecurityRule`): those within others are left out."""
        asgs = {key(asg): asg for asg in (*other.asgs, *self.asgs)}
        texts = _outermost((*self.texts, *other.texts), parse_prefix)
        return EndValues(texts, tuple(dict.fromkeys(asgs[key(asg)] for asg in (*self.asgs, *other.asgs))))

    def without(self, other: EndValues) -> EndValues | None:
        """The prefixes that share nothing with those of another end; None where all do, or none, or one in part."""
        left = _apart(self.texts, other.texts, parse_prefix) if self.kind else ()
        return EndValues(left, ()) if left else None


def ports_of(rule: Rule, which: PortsField) -> tuple[str, ...]:
    """What is written for the ports of one end."""
    return rule.source_ports if which == "source_ports" else rule.destination_ports


def with_ports(rule: Rule, which: PortsField, ports: tuple[str, ...]) -> Rule:
    """A rule with these ports at one end."""
    return replace(rule, source_ports=ports) if which == "source_ports" else replace(rule, destination_ports=ports)


def joined_ports(own: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Ports of two lists in one: ranges that overlap are one range."""
    if ANY in (*own, *others):
        return (ANY,)
    texts = list(_outermost((*own, *others), port_span))
    for text in list(texts):
        low, high = port_span(text) or (0, 0)
        for other in texts:
            start, end = port_span(other) or (0, 0)
            if other != text and low <= start <= high:
                return joined_ports([f"{low}-{end}" if held == text else held for held in texts if held != other], ())
    return tuple(texts)


def ports_without(own: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Those that share nothing with another list; empty where all do, or none, or one in part."""
    return _apart(own, others, port_span)


_Read = Callable[[str], Span | None]


def _outermost(texts: Sequence[str], read: _Read) -> tuple[str, ...]:
    """Those that no other one holds; of two that are the same, the first."""
    found: list[tuple[str, Span]] = []
    for text in texts:
        span = read(text)
        if span is not None and not _is_within(span, [of for _, of in found]):
            found = [held for held in found if not _is_within(held[1], [span])]
            found.append((text, span))
    return tuple(text for text, _ in found)


def _apart(own: Sequence[str], others: Sequence[str], read: _Read) -> tuple[str, ...]:
    spans = [span for text in others if (span := read(text)) is not None]
    left = tuple(text for text in own if not _is_within(read(text), spans))
    held = [span for text in left if (span := read(text)) is not None]
    meets = any(low <= end and start <= high for start, end in held for low, high in spans)
    return () if len(left) == len(own) or meets else left


def _is_within(span: Span | None, others: Sequence[Span]) -> bool:
    return span is not None and any(low <= span[0] and span[1] <= high for low, high in others)
