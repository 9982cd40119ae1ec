"""Rules beside each other -> those copied into many NSGs, and pairs that differ only by what looks like a slip."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from flowspec.linting.codes import COPIED, SLIP
from flowspec.linting.found import LintFound, of_rule
from flowspec.model.inventory import Direction, Inventory, Nsg, Rule
from flowspec.policy.layers import Decider

Said = tuple[object, ...]
_MANY = 10
"""NSGs from which the same rule in all of them is told."""
_AGREEING = 3
"""NSGs whose rules of one name agree, from which another one of that name stands out."""
_LISTS = ("sources", "source_ports", "destinations", "destination_ports")
_PORTS = ("source_ports", "destination_ports")


def copies(inventory: Inventory) -> Iterator[LintFound]:
    """Copied rules first, then slips."""
    named: dict[tuple[str, Direction], list[tuple[Nsg, Rule]]] = defaultdict(list)
    for _, nsg in sorted(inventory.nsgs.items()):
        for rule in nsg.rules:
            named[rule.name.casefold(), rule.direction].append((nsg, rule))
    for _, held in sorted(named.items()):
        same: dict[Said, list[tuple[Nsg, Rule]]] = defaultdict(list)
        for nsg, rule in held:
            same[_said(rule)].append((nsg, rule))
        yield from _copied(same)
        yield from _strayed(same)
    for _, nsg in sorted(inventory.nsgs.items()):
        yield from _slips(nsg)


def _said(rule: Rule) -> Said:
    """What a rule does, but for its priority and description."""
    lists = tuple(tuple(sorted(map(str.casefold, getattr(rule, name)))) for name in _LISTS)
    groups = tuple(tuple(sorted(map(str.casefold, held))) for held in (rule.source_asgs, rule.destination_asgs))
    return (rule.direction, rule.access, rule.protocol.casefold(), *lists, *groups)


def _copied(same: Mapping[Said, Sequence[tuple[Nsg, Rule]]]) -> Iterator[LintFound]:
    for held in same.values():
        if len(held) >= _MANY:
            (nsg, rule), *others = held
            message = f"stands in {len(held):,} NSGs: a change of one of them leaves the others as they are"
            yield of_rule(COPIED, nsg, rule, message, _deciders(others))


def _strayed(same: Mapping[Said, Sequence[tuple[Nsg, Rule]]]) -> Iterator[LintFound]:
    """One rule of a name that differs by a slip from many of that name that agree."""
    sizes = Counter({said: len(held) for said, held in same.items()})
    ranked = sizes.most_common(1)
    if not ranked or ranked[0][1] < _AGREEING or len(same) == 1:
        return
    agreed = same[ranked[0][0]]
    for said, held in same.items():
        slip = _slip(held[0][1], agreed[0][1], prefixes=True) if said != ranked[0][0] and len(held) == 1 else ""
        if slip:
            nsg, rule = held[0]
            message = f"says {slip} {len(agreed):,} other NSGs have in the rule of this name"
            yield of_rule(SLIP, nsg, rule, message, _deciders(agreed))


def _slips(nsg: Nsg) -> Iterator[LintFound]:
    """Two rules of an NSG that are alike but for one port, which looks like the other's."""
    for name in _PORTS:
        alike: dict[Said, list[Rule]] = defaultdict(list)
        for rule in nsg.rules:
            if len(getattr(rule, name)) == 1:
                alike[tuple(part for at, part in enumerate(_said(rule)) if at != 3 + _LISTS.index(name))].append(rule)
        for rules in alike.values():
            for one, other in combinations(sorted(rules, key=lambda rule: rule.priority), 2):
                slip = _slip(other, one, prefixes=False)
                if slip:
                    message = f"says {slip} {one.name} has, and is the same otherwise"
                    yield of_rule(SLIP, nsg, other, message, (Decider(one.access, nsg.id, one),))


def _slip(rule: Rule, model: Rule, *, prefixes: bool) -> str:
    """`port 222 where 22 is what`, if that is all in which two rules differ; "" where it is more, or no slip."""
    differing = [at for at, (a, b) in enumerate(zip(_said(rule), _said(model), strict=True)) if a != b]
    if len(differing) != 1 or not 3 <= differing[0] < 3 + len(_LISTS):
        return ""
    name = _LISTS[differing[0] - 3]
    mine, theirs = getattr(rule, name), getattr(model, name)
    if len(mine) != 1 or len(theirs) != 1:
        return ""
    a, b = mine[0], theirs[0]
    if name in _PORTS:
        return f"port {a} where" + f" {b} is what" if _looks_like(a, b) else ""
    same_address = a.partition("/")[0] == b.partition("/")[0] and "/" in a + b
    return f"{a} where {b} is what" if prefixes and same_address else ""


def _looks_like(one: str, other: str) -> bool:
    """`222` and `22`, `3398` and `3389`: a digit typed twice, or two that changed places."""
    if not (one.isdecimal() and other.isdecimal()):
        return False
    short, long = sorted((one, other), key=len)
    if len(long) == len(short) + 1:
        return any(long[at] == long[at + 1] and long[:at] + long[at + 1 :] == short for at in range(len(short)))
    swapped = (short[:at] + short[at + 1] + short[at] + short[at + 2 :] for at in range(len(short) - 1))
    return len(long) == len(short) and short != long and long in swapped


def _deciders(held: Sequence[tuple[Nsg, Rule]]) -> tuple[Decider, ...]:
    return tuple(Decider(rule.access, nsg.id, rule) for nsg, rule in held)
