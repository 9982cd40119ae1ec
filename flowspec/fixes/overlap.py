"""Two rules as they are written -> whether a flow can match both, and whether one matches all that the other does.

Whatever the tags and groups of the network hold: what is not plain counts as meeting, and as not covered.
"""

from __future__ import annotations

from functools import lru_cache

from flowspec.model.inventory import Rule
from flowspec.network.ports import port_matches
from flowspec.network.tags import ANYWHERE, V4_ANYWHERE
from flowspec.sets.address import parse_prefix, prefix_set
from flowspec.sets.intervals import AddressSet


def may_meet(one: Rule, other: Rule) -> bool:
    """Whether some flow may match both rules."""
    return _ports_meet(one, other) and all(
        _addresses_meet(mine, theirs) for mine, theirs in zip(_ends(one), _ends(other), strict=True)
    )


def covers(wide: Rule, narrow: Rule) -> bool:
    """Whether every flow that matches one rule surely matches the other."""
    return _ports_cover(wide, narrow) and all(
        _addresses_cover(mine, theirs) for mine, theirs in zip(_ends(wide), _ends(narrow), strict=True)
    )


_End = tuple[tuple[str, ...], tuple[str, ...]]
"""Prefixes, tags and `*` of one end of a rule, and its application security groups."""


def _ends(rule: Rule) -> tuple[_End, _End]:
    return (rule.sources, rule.source_asgs), (rule.destinations, rule.destination_asgs)


def _ports_meet(one: Rule, other: Rule) -> bool:
    return any(
        mine.protocols.meets(theirs.protocols)
        and mine.source_ports.meets(theirs.source_ports)
        and mine.destination_ports.meets(theirs.destination_ports)
        for mine in port_matches(one)
        for theirs in port_matches(other)
    )


def _ports_cover(wide: Rule, narrow: Rule) -> bool:
    written = [(r.protocol.casefold(), r.source_ports, r.destination_ports) for r in (wide, narrow)]
    if written[0] == written[1]:
        return True
    return all(
        any(
            set(mine.facts) <= set(theirs.facts)
            and theirs.protocols.is_subset(mine.protocols)
            and theirs.source_ports.is_subset(mine.source_ports)
            and theirs.destination_ports.is_subset(mine.destination_ports)
            for mine in port_matches(wide)
        )
        for theirs in port_matches(narrow)
    )


def _addresses_meet(mine: _End, theirs: _End) -> bool:
    if not any(mine) or not any(theirs):
        return False
    if any(asgs for _, asgs in (mine, theirs)):
        return True
    one, other = _prefixes(mine[0]), _prefixes(theirs[0])
    return one is None or other is None or one.meets(other)


def _addresses_cover(wide: _End, narrow: _End) -> bool:
    texts, asgs = ({text.casefold() for text in texts} for texts in wide)
    if not texts.isdisjoint(ANYWHERE):
        return True
    if {asg.casefold() for asg in narrow[1]} != asgs:
        return False  # a group without members beside others may keep a rule from applying
    left = tuple(text for text in narrow[0] if text.casefold() not in texts)
    covered, prefixes = _prefixes(left), tuple(text for text in wide[0] if parse_prefix(text) is not None)
    return not left or (covered is not None and covered.is_subset(prefix_set(prefixes)))


@lru_cache(maxsize=4096)
def _prefixes(texts: tuple[str, ...]) -> AddressSet | None:
    """The addresses of a list; None where they can't be told from the text."""
    if any(text == V4_ANYWHERE or parse_prefix(text) is None for text in texts):
        return None
    return prefix_set(texts)
