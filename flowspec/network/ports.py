"""The protocol and ports of a rule -> what they match, surely and maybe (azure.md B4.1, A18)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from flowspec.model.inventory import Rule
from flowspec.model.unknown import is_unknown, why
from flowspec.sets.intervals import (
    ALL_PORTS,
    ALL_PROTOCOLS,
    NO_PORTS,
    NUMBERED_PORTS,
    PORTED,
    PORTLESS,
    PortSet,
    ProtocolSet,
)
from flowspec.sets.written import PROTOCOLS, port_span

_ANY = ("*", "all", "any")


@dataclass(frozen=True, slots=True, kw_only=True)
class PortMatch:
    """A product of protocols and ports; it holds if all of `facts` do."""

    protocols: ProtocolSet
    source_ports: PortSet
    destination_ports: PortSet
    facts: tuple[str, ...] = ()
    reason: str = ""


@lru_cache(maxsize=4096)
def _ports(texts: tuple[str, ...]) -> PortSet | None:
    """None when one of them is not known or can't be read."""
    ranges = [port_span(text) for text in texts if text]
    if not ranges or None in ranges:
        return None
    return PortSet.of(span for span in ranges if span is not None)


def port_matches(rule: Rule) -> tuple[PortMatch, ...]:
    """The products that a rule's protocol and ports come to; those with facts are in doubt."""
    return _readable(rule.protocol, rule.source_ports, rule.destination_ports) or _in_doubt(rule)


@lru_cache(maxsize=4096)
def _readable(protocol: str, sources: tuple[str, ...], destinations: tuple[str, ...]) -> tuple[PortMatch, ...]:
    """The products of values that can all be read, else none. The rules of an estate have few of them."""
    protocols, source_ports, destination_ports = _protocols(protocol), _ports(sources), _ports(destinations)
    if protocols is None or source_ports is None or destination_ports is None:
        return ()
    return _products(protocols, source_ports, destination_ports)


def _protocols(text: str) -> ProtocolSet | None:
    """None when it is not known or none that there is."""
    protocol = text.casefold()
    if protocol in PROTOCOLS:
        return ProtocolSet.one(PROTOCOLS[protocol])
    return ALL_PROTOCOLS if protocol in _ANY else None


def _in_doubt(rule: Rule) -> tuple[PortMatch, ...]:
    """What can't be read may be anything. A fact names what is written, so that two of them are told apart."""
    protocols = _protocols(rule.protocol)
    sources, destinations = _ports(rule.source_ports), _ports(rule.destination_ports)
    unread = {
        f"{what} of {rule.display}": [why(text)[0] if is_unknown(text) else text for text in texts]
        for what, texts, found in (
            ("source ports", rule.source_ports, sources), ("destination ports", rule.destination_ports, destinations),
            ("protocol", (rule.protocol,), protocols),
        ) if found is None
    }  # fmt: skip
    facts = [f"{what}: {', '.join(written)}" for what, written in unread.items()]
    held = [why(t)[0] for t in (rule.protocol, *rule.source_ports, *rule.destination_ports) if is_unknown(t)]
    reason = f"{', '.join(unread)} can't be read{''.join(f' ({words})' for words in dict.fromkeys(held))}"
    return _products(
        protocols or ALL_PROTOCOLS, sources or NUMBERED_PORTS, destinations or NUMBERED_PORTS, tuple(facts), reason
    )


def _products(
    protocols: ProtocolSet, sources: PortSet, destinations: PortSet, facts: tuple[str, ...] = (), reason: str = ""
) -> tuple[PortMatch, ...]:
    if sources == NUMBERED_PORTS and destinations == NUMBERED_PORTS:
        return (
            PortMatch(
                protocols=protocols, source_ports=ALL_PORTS, destination_ports=ALL_PORTS, facts=facts, reason=reason
            ),
        )
    found = []
    ported, portless = _halves(protocols)
    if ported:
        found.append(
            PortMatch(
                protocols=ported, source_ports=sources, destination_ports=destinations, facts=facts, reason=reason
            )
        )
    if portless:
        doubt = "whether a rule with ports matches protocols without ports is not known"
        found.append(
            PortMatch(
                protocols=portless,
                source_ports=NO_PORTS,
                destination_ports=NO_PORTS,
                facts=(*facts, "portless"),
                reason=reason or doubt,
            )
        )
    return tuple(found)


@cache
def _halves(protocols: ProtocolSet) -> tuple[ProtocolSet, ProtocolSet]:
    """Those with ports, those without."""
    return protocols.intersect(PORTED), protocols.intersect(PORTLESS)
