"""Effective rules of an NSG against its own -> the names of those that differ.

Azure rewrites a rule for its effective answer (azure.md B4.1, B6.1): `*` becomes `0.0.0.0/0` and `0-65535`, a port
`80-80`, the protocol `*` `All`, an address a prefix, and application security groups become addresses.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_interface

from flowspec.model.inventory import Nsg, Rule
from flowspec.model.unknown import is_unknown
from flowspec.sources.rules import is_prefix

ANYWHERE = {"*", "any", "0.0.0.0/0", "::/0"}


def stale_rules(effective: Iterable[Rule], nsg: Nsg) -> list[str]:
    """Names of user rules that are on one side only, or say something else."""
    theirs = {rule.name.lower(): rule for rule in effective if not rule.default}
    own = {rule.name.lower(): rule for rule in nsg.rules}
    lone = [rule.name for name, rule in (*theirs.items(), *own.items()) if (name in theirs) != (name in own)]
    return lone + [own[name].name for name, rule in theirs.items() if name in own and not same(rule, own[name])]


def same(effective: Rule, own: Rule) -> bool:
    """Whether both say the same; old answers hold only one value of several."""
    return (
        (effective.priority, effective.direction, effective.access, effective.protocol.lower())
        == (own.priority, own.direction, own.access, own.protocol.lower())
        and agree(set(map(ports, effective.source_ports)), set(map(ports, own.source_ports)))
        and agree(set(map(ports, effective.destination_ports)), set(map(ports, own.destination_ports)))
        and (bool(own.source_asgs) or agree(addresses(effective.sources), addresses(own.sources)))
        and (bool(own.destination_asgs) or agree(addresses(effective.destinations), addresses(own.destinations)))
    )


def agree(effective: set[str], own: set[str]) -> bool:
    if any(map(is_unknown, effective | own)):
        return True
    return effective == own or (len(effective) == 1 and len(own) > 1 and effective < own)


def ports(text: str) -> str:
    low, dash, high = text.replace(" ", "").partition("-")
    if text.lower() in ("*", "any"):
        return "0-65535"
    return text if is_unknown(text) else f"{int(low)}-{int(high if dash else low)}"


def addresses(texts: Iterable[str]) -> set[str]:
    return {address(text) for text in texts}


def address(text: str) -> str:
    if text.lower() in ANYWHERE:
        return "*"
    return str(ip_interface(text).network) if is_prefix(text) else text.lower()
