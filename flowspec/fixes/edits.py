"""One rule of an NSG changed: created, written anew, moved or deleted; and NSGs with such edits put in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from flowspec.fixes.gates import Gate
from flowspec.model.inventory import Nsg, Rule, key


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of one rule of an NSG (its id): no `before` creates it, no `after` deletes it.

    Both are of one name and direction; another priority is a move.
    """

    nsg: str
    before: Rule | None
    after: Rule | None

    @property
    def rule(self) -> Rule:
        """The rule as it will be, or was."""
        rule = self.after or self.before
        assert rule is not None, "an edit of no rule"
        return rule

    @property
    def gate(self) -> Gate:
        return key(self.nsg), self.rule.direction


def place_of(edit: Edit) -> tuple[str, str]:
    """The keys of its NSG and of its rule: no two edits of a plan share them."""
    return key(edit.nsg), key(edit.rule.name)


def edited(nsgs: Mapping[str, Nsg], edits: Iterable[Edit]) -> dict[str, Nsg]:
    """The NSGs (by key) that edits touch, with these put in; rules that stay are the same objects."""
    found: dict[str, Nsg] = {}
    for edit in edits:
        place = key(edit.nsg)
        nsg = found.get(place) or nsgs[place]
        kept = tuple(rule for rule in nsg.rules if edit.before is None or rule is not edit.before)
        found[place] = replace(nsg, rules=kept if edit.after is None else (*kept, edit.after))
    return found
