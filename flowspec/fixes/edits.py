"""One rule of an NSG changed: created, written anew, moved or deleted; and NSGs with such edits put in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flowspec.fixes.gates import Gate
from flowspec.model.inventory import Access, Nsg, Rule, key


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
    def may_close(self) -> bool:
        """Whether it may stop flows: it does more than to let some pass, or to stop some no longer."""
        is_stopping = self.after is not None and self.after.access is Access.DENY
        return is_stopping or (self.before is not None and self.before.access is Access.ALLOW)

    @property
    def gate(self) -> Gate:
        return key(self.nsg), self.rule.direction


def gives_way(edit: Edit, others: Iterable[Edit]) -> bool:
    """Whether a rule goes or moves so that another one can have its priority."""
    left = edit.before
    return left is not None and any(
        other is not edit and other.gate == edit.gate and other.after and other.after.priority == left.priority
        for other in others
    )


def place_of(edit: Edit) -> tuple[str, str]:
    """The keys of its NSG and of its rule: no two edits of a plan share them."""
    return key(edit.nsg), key(edit.rule.name)


def edited(nsgs: Mapping[str, Nsg], edits: Iterable[Edit]) -> dict[str, Nsg]:
    """The NSGs (by key) that edits touch, with these put in; rules that stay are the same objects."""
    by_nsg: dict[str, list[Edit]] = {}
    for edit in edits:
        by_nsg.setdefault(key(edit.nsg), []).append(edit)
    return {place: _with(nsgs[place], some) for place, some in by_nsg.items()}


def _with(nsg: Nsg, edits: Sequence[Edit]) -> Nsg:
    gone = {id(edit.before) for edit in edits}
    rules = (*nsg.rules, *(edit.after for edit in edits if edit.after is not None))
    return replace(nsg, rules=tuple(rule for rule in rules if id(rule) not in gone))
