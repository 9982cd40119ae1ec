"""A rule that takes the place of others -> a name that says what it does, where its own says only a part of that."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from flowspec.fixes.ownership import free_name
from flowspec.model.inventory import Direction, Rule

_LISTED = 4
"""Ports that a name lists."""


def better_name(rule: Rule, head: str, absorbed: Sequence[str], taken: Collection[str]) -> str:
    """A name for a joined rule, `head` being its name until now; "" where that stays right.

    It does where all the names differ by a counter only: `office1`, `office2`. `taken` are the keys of the NSG's names.
    """
    if {_without_numbers(name) for name in absorbed} == {_without_numbers(head)} and not _names_a_value(head, rule):
        return ""
    inbound = rule.direction is Direction.INBOUND
    source_ports = _ports(rule.source_ports)
    from_, to = _end(rule.sources, rule.source_asgs), _end(rule.destinations, rule.destination_asgs)
    parts = (
        rule.access.value.casefold(),
        "any" if rule.protocol == "*" else rule.protocol.casefold(),
        _ports(rule.destination_ports),
        f"source-port-{source_ports}" if source_ports else "",
        f"from-{from_}" if from_ else "",
        f"to-{to}" if to else "",
    )
    return free_name("-".join(filter(None, parts)), "-in" if inbound else "-out", taken)


def _without_numbers(name: str) -> str:
    """`office`, of `office`, `office2` and `Office-3`."""
    return re.sub(r"[-_. ]*[0-9]+", "", name.casefold())


def _names_a_value(name: str, rule: Rule) -> bool:
    """Whether a number of a name is one that the rule matches by: `web-80` of a rule that matches port 80."""
    values = (*rule.sources, *rule.source_ports, *rule.destinations, *rule.destination_ports)
    written = {number for value in values for number in re.findall("[0-9]+", value)}
    return not written.isdisjoint(re.findall("[0-9]+", name))


def _ports(ports: Sequence[str]) -> str:
    """`22_80_8000-8100`, in order; how many where they are many, and everything not at all."""
    if "*" in ports:
        return ""
    pairs = sorted({(len(low), low, high) for low, _, high in (port.partition("-") for port in ports)})
    written = [low if high in ("", low) else f"{low}-{high}" for _, low, high in pairs]
    return "_".join(written) if len(written) <= _LISTED else f"{len(written)}-port-ranges"


def _end(texts: Sequence[str], asgs: Sequence[str]) -> str:
    """One address, tag or group by its name, several by how many they are, everyone not at all."""
    if asgs:
        return asgs[0].rpartition("/")[2] if len(asgs) == 1 else f"{len(asgs)}-groups"
    if "*" in texts:
        return ""
    return texts[0].replace("/", "_") if len(texts) == 1 else f"{len(texts)}-prefixes"
