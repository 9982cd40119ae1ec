"""What is not known, a sentence each -> few lines, in which sentences that say the same of several things are one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flowspec.counting import counted

_PAIR = re.compile(r"no peering joins (\S+) and (\S+) both ways")
_OF_BLOCK = re.compile(r"((intent|boundary)\.[a-z0-9-]+): (.+)", re.DOTALL)
_NAMED = 5
"""VNets that are told by name where any two of them have no peering."""


def brief(sentences: Iterable[str]) -> list[str]:
    """Pairs of VNets without a peering by VNet, then all others, then intents and boundaries by reason."""
    pairs: dict[frozenset[str], None] = {}
    blocks: dict[tuple[str, str], list[str]] = {}
    others: list[str] = []
    for sentence in dict.fromkeys(_each(sentences)):
        if pair := _PAIR.fullmatch(sentence):
            pairs[frozenset(pair.groups())] = None
        elif of_block := _OF_BLOCK.fullmatch(sentence):
            blocks.setdefault((of_block[2], of_block[3]), []).append(of_block[1])
        else:
            others.append(sentence)
    named = [f"{names[0]}{_more(len(names) - 1, kind)}: {reason}" for (kind, reason), names in blocks.items()]
    return [*_peerings(list(pairs)), *others, *named]


def _each(sentences: Iterable[str]) -> Iterator[str]:
    """Several reasons of one thing one by one: others have the same ones in other company."""
    for sentence in sentences:
        yield from [sentence] if _OF_BLOCK.fullmatch(sentence) else sentence.split("; ")


def is_peering(sentence: str) -> bool:
    """Whether it tells of two VNets that no peering joins them."""
    return bool(_PAIR.fullmatch(sentence))


def _peerings(pairs: list[frozenset[str]]) -> Iterator[str]:
    vnets = list(dict.fromkeys(vnet for pair in pairs for vnet in sorted(pair)))
    if len(vnets) > 2 and len(pairs) == len(vnets) * (len(vnets) - 1) // 2:
        shown = ", ".join(sorted(vnets)[:_NAMED]) + (", …" if len(vnets) > _NAMED else "")
        yield f"no peering joins any two of {len(vnets):,} VNets ({shown}) both ways"
        return
    while pairs:
        most = max(vnets, key=lambda vnet: sum(vnet in pair for pair in pairs))
        others = [min(pair - {most}, default=most) for pair in pairs if most in pair]
        pairs = [pair for pair in pairs if most not in pair]
        second = f" and {others[0]}" if len(others) == 1 else _more(len(others), "VNet")
        yield f"no peering joins {most}{second} both ways"


def _more(count: int, what: str) -> str:
    return f" and {counted(count, f'other {what}')}" if count else ""
