"""Names and descriptions of suggested rules, by which flowspec knows again what a spec had it make."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from flowspec.counting import counted
from flowspec.model.inventory import Access, Direction, Rule, key

_USE_ONLY = re.compile(r".*_UseOnly_.*", re.IGNORECASE)
_PREFIX = "flowspec-"
_LONGEST_NAME = 80
_LONGEST = 140
"""Characters that Azure takes of a description."""
_LONGEST_OWNER = 60
_ADDRESSES = re.compile(r"(?:intent|boundary)\.[^\W\d][\w-]*(?:, (?:intent|boundary)\.[^\W\d][\w-]*)*")
_MANY = re.compile(r"[1-9][0-9]* intents?, sha256:[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Maker:
    """The intents and boundaries that a rule says it was made for, or their digest where they are too many."""

    addresses: tuple[str, ...] = ()
    digest: str = ""


def is_use_only(rule: str) -> bool:
    """Whether a rule (its name) belongs to a service of Azure's, which writes it again: it is never touched."""
    return _USE_ONLY.fullmatch(rule) is not None


def is_made(rule: Rule) -> bool:
    """Whether flowspec seems to have made a rule for some spec, which will want it as it is."""
    return rule.name.casefold().startswith(_PREFIX) and rule.description.startswith(("flowspec ", "flowspec: "))


def with_names(description: str, names: Sequence[str]) -> str:
    """The description of a rule that takes the place of others (their names), as far as Azure takes it."""
    lead = f"{description}; also " if description else "also "
    written = (lead + ", ".join(names), lead + counted(len(names), "other rule"))
    return next((text for text in written if not text[_LONGEST:]), description)


def description_of(spec: str, addresses: Iterable[str]) -> str:
    """`flowspec shop: intent.web-to-db, boundary.db`; a digest of the addresses where Azure would not take them all."""
    ordered = tuple(sorted(set(addresses)))
    text = _lead(spec) + ", ".join(ordered)
    return text if len(text) <= _LONGEST else _lead(spec) + _digest(ordered)


def is_digest(description: str) -> bool:
    """Whether a description that flowspec wrote does not name the intents, so that they have to be told beside it."""
    return _MANY.search(description) is not None


def maker_of(rule: Rule, spec: str) -> Maker | None:
    """What a rule that flowspec made for a spec was made for; None for everybody else's.

    Name and description together tell: either could be somebody's own.
    """
    if not spec or not rule.name.casefold().startswith(_PREFIX):
        return None
    if rule.description.startswith(lead := _lead(spec)):
        told = rule.description[len(lead) :]
        if _MANY.fullmatch(told):
            return Maker(digest=told)
    elif rule.description.startswith(lead := f"flowspec ({spec}): "):
        told = rule.description[len(lead) :]  # as versions before 0.2 wrote it, cut off where it was too long
        if len(rule.description) == _LONGEST:
            return None
    else:
        return None
    return Maker(tuple(told.split(", "))) if _ADDRESSES.fullmatch(told) else None


def is_made_for(maker: Maker, addresses: Iterable[str]) -> bool:
    """Whether these are what a rule says it was made for."""
    ordered = tuple(sorted(set(addresses)))
    return maker.digest == _digest(ordered) if maker.digest else tuple(sorted(maker.addresses)) == ordered


def name_of(intent: str, access: Access, direction: Direction, taken: Collection[str]) -> str:
    """`flowspec-<intent>-allow-in`, within Azure's rules for names (azure.md B4.1), numbered where it is taken.

    `taken` are the names (as keys) of the NSG's rules.
    """
    end = f"-{access.value.casefold()}-{'in' if direction is Direction.INBOUND else 'out'}"
    return free_name(_PREFIX + intent, end, taken)


def free_name(stem: str, end: str, taken: Collection[str]) -> str:
    """A name that Azure takes, numbered where it is `taken` (keys). A stem that is too long is cut off behind a word,
    or where it has none that ends in its second half, within it."""
    stem = re.sub(r"[^A-Za-z0-9_.-]", "-", stem)
    room = _LONGEST_NAME - len(end) - len("-1000")
    if stem[room:]:
        whole = re.match(r".*(?=[._-])", stem[: room + 1])
        stem = whole[0] if whole is not None and len(whole[0]) > room // 2 else stem[:room]
    stem = stem.rstrip(".-")
    name, number = stem + end, 2
    while key(name) in taken:
        name, number = f"{stem}{end}-{number}", number + 1
    return name


def _lead(spec: str) -> str:
    """How a description begins: a name that would take all of it is told by its digest."""
    if len(spec) > _LONGEST_OWNER:
        spec = "sha256:" + _sha256(spec)
    return f"flowspec {spec}: " if spec else "flowspec: "


def _digest(ordered: tuple[str, ...]) -> str:
    return f"{counted(len(ordered), 'intent')}, sha256:{_sha256(', '.join(ordered))}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
