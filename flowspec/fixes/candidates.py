"""A rule that stands in the way, or one that nearly does what is wanted -> what might become of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from flowspec.fixes.drafts import port_texts
from flowspec.fixes.overlap import covers
from flowspec.fixes.wording import Term
from flowspec.model.inventory import Rule
from flowspec.network.ports import port_matches
from flowspec.network.tags import ANYWHERE
from flowspec.sets.address import parse_prefix, prefix_set, prefix_texts
from flowspec.sets.flows import FlowSet
from flowspec.sets.intervals import ALL_ADDRESSES, NUMBERED_PORTS, V4, V6, AddressSet, PortSet

_REST = 40
"""So many prefixes at most may say what is left."""
_MORE_PREFIXES = 3
"""So many prefixes more than before may say what is left of a list."""


def narrowed(rule: Rule, flows: FlowSet, words: Iterable[tuple[str, Term]]) -> Iterator[Rule]:
    """The rule with one field narrower, so that it may no longer decide some flows; `words` (end, term) may be left."""
    ports = PortSet.of(span for box in flows.boxes for span in box.destination_ports.spans)
    held = PortSet.of(span for match in port_matches(rule) for span in match.destination_ports.spans)
    held = held.intersect(NUMBERED_PORTS)
    rest = held.subtract(ports)
    if rest and rest != held:
        yield replace(rule, destination_ports=port_texts(rest))
    for end in ("source", "destination"):
        taken = AddressSet.of(
            span for box in flows.boxes for span in (box.sources if end == "source" else box.destinations).spans
        )
        texts = rule.sources if end == "source" else rule.destinations
        if all(parse_prefix(text) is not None for text in texts) and texts:
            kept = tuple(text for text in texts if not prefix_set((text,)).is_subset(taken))
            if kept and kept != texts:
                yield _with_end(rule, end, Term(AddressSet(), kept))
            left = prefix_texts(prefix_set(texts).subtract(taken)) if prefix_set(texts).meets(taken) else ()
            if left and tuple(left) != kept and len(left) <= max(len(texts) + _MORE_PREFIXES, _most(taken)):
                yield _with_end(rule, end, Term(AddressSet(), tuple(left)))
        elif texts and texts[0].casefold() in (*ANYWHERE, "internet", "virtualnetwork"):
            yield from (_with_end(rule, where, term) for where, term in words if where == end)
            if texts[0].casefold() in ANYWHERE:
                yield _with_end(rule, end, Term(AddressSet(), ("VirtualNetwork",)))
                if others := _rest(taken):
                    yield _with_end(rule, end, Term(AddressSet(), others))


def widened(rule: Rule, wanted: Rule) -> Iterator[Rule]:
    """The rule with one field wider, so that it matches all that another one does; as it is, if it does so already."""
    if covers(rule, wanted):
        yield rule
        return
    held = [
        PortSet.of(s for match in port_matches(one) for s in match.destination_ports.spans) for one in (rule, wanted)
    ]
    found = [replace(rule, destination_ports=port_texts(held[0].union(held[1])))]
    for end in ("source", "destination"):
        mine, theirs = _term(rule, end), _term(wanted, end)
        if mine != theirs and (both := mine.joined(theirs)) is not None:
            found.append(_with_end(rule, end, both))
    yield from (after for after in found if covers(after, wanted))


def _term(rule: Rule, end: str) -> Term:
    texts, asgs = (rule.sources, rule.source_asgs) if end == "source" else (rule.destinations, rule.destination_asgs)
    is_listed = all(parse_prefix(text) is not None for text in texts)
    return Term(prefix_set(texts) if is_listed else ALL_ADDRESSES, texts, asgs)


def _rest(taken: AddressSet) -> tuple[str, ...]:
    """The prefixes of all other addresses, where these are of one family and fewer than what says which are taken."""
    family = next((whole for whole in (V4, V6) if taken and taken.is_subset(whole)), None)
    if family is None:
        return ()
    left = prefix_texts(family.subtract(taken))
    return tuple(left) if len(left) <= _most(taken) else ()


def _most(taken: AddressSet) -> int:
    """So many prefixes may say what is left without some addresses: more would be longer than to say those."""
    return min(_REST, len(prefix_texts(taken)))


def _with_end(rule: Rule, end: str, term: Term) -> Rule:
    if end == "source":
        return replace(rule, sources=term.texts, source_asgs=term.asgs)
    return replace(rule, destinations=term.texts, destination_asgs=term.asgs)
