"""A suggested change -> what a template needs to name it, and nothing quoted yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flowspec.model.documents.plan import Change, RuleProperties
from flowspec.model.inventory import id_part

_SYMBOLS = {"create": "+", "update": "~", "delete": "-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeItem:
    """One change. `label` is unique within the plan and an identifier in any dialect; so is `provider`, one for each
    subscription where the plan has several, else "".

    `subscription` and `resource_group` are "" for an NSG without an ARM id.
    """

    action: str
    symbol: str
    nsg_id: str
    subscription: str
    resource_group: str
    nsg: str
    name: str
    rule_id: str
    label: str
    provider: str
    mends: tuple[str, ...]
    note: str
    before: RuleProperties | None
    after: RuleProperties | None


def items_of(changes: Sequence[Change]) -> list[ChangeItem]:
    """The changes in their order."""
    taken: set[str] = set()
    providers = _providers(changes)
    return [_item(change, _label(change, taken), providers.get(_subscription(change), "")) for change in changes]


def _providers(changes: Sequence[Change]) -> dict[str, str]:
    """Subscription (in lower case) -> its alias, where there are several."""
    found: dict[str, str] = {}
    for subscription in dict.fromkeys(map(_subscription, changes)):
        base, number = _identifier(f"subscription_{subscription}"), 2
        name = base
        while name in found.values():
            name, number = f"{base}_{number}", number + 1
        found[subscription] = name
    return found if len(found) > 1 else {}


def _subscription(change: Change) -> str:
    return (id_part(change.nsg, "subscriptions") or "").casefold()


def _item(change: Change, label: str, provider: str) -> ChangeItem:
    action = change.change.action
    return ChangeItem(
        action=action,
        symbol=_SYMBOLS[action],
        nsg_id=change.nsg,
        subscription=id_part(change.nsg, "subscriptions") or "",
        resource_group=id_part(change.nsg, "resourceGroups") or "",
        nsg=_nsg_name(change),
        name=change.rule,
        rule_id=f"{change.nsg}/securityRules/{change.rule}",
        label=label,
        provider=provider,
        mends=change.mends,
        note=change.note,
        before=change.change.before,
        after=change.change.after,
    )


def _nsg_name(change: Change) -> str:
    return change.nsg.rstrip("/").rsplit("/", 1)[-1]


def _label(change: Change, taken: set[str]) -> str:
    """The rule's name, or the NSG's and the rule's, or that with a number: the first that is free."""
    plain = _identifier(change.rule)
    label = plain if plain not in taken else _identifier(f"{_nsg_name(change)}_{change.rule}")
    base, number = label, 2
    while label in taken:
        label, number = f"{base}_{number}", number + 1
    taken.add(label)
    return label


def _identifier(text: str) -> str:
    word = re.sub(r"[^0-9a-z]+", "_", text.lower()).strip("_")
    return word if word[:1].isalpha() else f"rule_{word}".rstrip("_")
