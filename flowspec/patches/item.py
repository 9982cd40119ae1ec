"""A suggested change, or a step of the plan -> what a template needs to name it, and nothing quoted yet."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from flowspec.model.documents.plan import Action, Change, ChangeDetail, Proof, Report, RuleProperties, Step
from flowspec.model.inventory import id_part, key

_SYMBOLS: dict[Action, str] = {"create": "+", "update": "~", "delete": "-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeItem:
    """One change of a rule. `label` is unique within the plan and an identifier in any dialect; so are `nsg_label`, of
    the NSG, and `provider`, one for each subscription where the plan has several, else "".

    `subscription` and `resource_group` are "" for an NSG without an ARM id. `waits_for` is the change that must be made
    before this one, where one must; `is_last` tells that none after this one leaves a rule behind. `address` is what
    Terraform calls what declares the rule, where the network was read from Terraform; else "".
    """

    action: Action
    symbol: str
    nsg_id: str
    subscription: str
    resource_group: str
    nsg: str
    name: str
    rule_id: str
    label: str
    nsg_label: str
    provider: str
    mends: tuple[str, ...]
    helps: tuple[str, ...]
    note: str
    before: RuleProperties | None
    after: RuleProperties | None
    address: str = ""
    waits_for: ChangeItem | None = None
    is_last: bool = False


def items_of(report: Report) -> list[ChangeItem]:
    """The changes in the order of the plan's steps: what each rule is at last."""
    changes = sorted(report.suggested_changes, key=_Order(report))
    labels = _Labels()
    providers = _providers(changes)
    return [_item(change, labels, providers) for change in changes]


def steps_of(report: Report) -> list[ChangeItem]:
    """One for each step of the plan: a rule that is written twice on the way is there twice."""
    items = items_of(report)
    if not report.steps:
        return items
    found = {_key(item.nsg_id, item.name): item for item in items}
    labels = _Labels()
    return [_step(step, found.get(_key(step.nsg, step.rule)), labels) for step in report.steps]


def _step(step: Step, item: ChangeItem | None, labels: _Labels) -> ChangeItem:
    """As the change that it is of; one of no change, which is only on the way, mends nothing."""
    action: Action = "delete" if step.after is None else "update" if step.before is not None else "create"
    if item is None:
        detail = ChangeDetail(actions=(action,), before=step.before, after=step.after)
        proof = Proof(opens=(), closes=(), intents_checked=0, intents_changed=())
        return _item(Change(nsg=step.nsg, rule=step.rule, change=detail, mends=(), proof=proof), labels, {})
    return replace(item, action=action, symbol=_SYMBOLS[action], before=step.before, after=step.after)


def in_turn(items: Sequence[ChangeItem]) -> list[ChangeItem]:
    """The same, each waiting for the one before it that leaves a rule behind."""
    made: list[ChangeItem] = []
    last: ChangeItem | None = None
    for at, item in enumerate(items):
        made.append(replace(item, waits_for=last, is_last=not any(later.after for later in items[at + 1 :])))
        last = item if item.after else last
    return made


def needs_order(items: Sequence[ChangeItem]) -> bool:
    """Whether it matters which comes first: new rules of one access don't get into each other's way."""
    kinds = {(item.action, item.after.access.casefold() if item.after else "") for item in items}
    return len(kinds) > 1 or any(action != "create" for action, _ in kinds)


class _Order:
    """The place of a change among the plan's steps: its last one, where it becomes what it is to be."""

    def __init__(self, report: Report) -> None:
        self._places = {_key(step.nsg, step.rule): place for place, step in enumerate(report.steps)}

    def __call__(self, change: Change) -> int:
        return self._places.get(_key(change.nsg, change.rule), len(self._places))


class _Labels:
    """Identifiers, each given out once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._nsgs: dict[str, str] = {}

    def rule(self, change: Change) -> str:
        """The rule's name, or the NSG's and the rule's, or that with a number: the first that is free."""
        plain = _identifier(change.rule)
        label = _free(
            plain if plain not in self._taken else _identifier(f"{_nsg_name(change)}_{change.rule}"), self._taken
        )
        self._taken.add(label)
        return label

    def nsg(self, change: Change) -> str:
        """One for each NSG, in a space of names of its own."""
        at = key(change.nsg)
        if at not in self._nsgs:
            self._nsgs[at] = _free(_identifier(_nsg_name(change)), self._nsgs.values())
        return self._nsgs[at]


def _free(base: str, taken: Collection[str]) -> str:
    """The name, or the first of it with a number, that is not taken."""
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name


def _providers(changes: Sequence[Change]) -> dict[str, str]:
    """Subscription (in lower case) -> its alias, where there are several."""
    found: dict[str, str] = {}
    for subscription in dict.fromkeys(map(_subscription, changes)):
        found[subscription] = _free(_identifier(f"subscription_{subscription}"), found.values())
    return found if len(found) > 1 else {}


def _subscription(change: Change) -> str:
    return (id_part(change.nsg, "subscriptions") or "").casefold()


def _key(nsg: str, rule: str) -> tuple[str, str]:
    return key(nsg), key(rule)


def _item(change: Change, labels: _Labels, providers: dict[str, str]) -> ChangeItem:
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
        label=labels.rule(change),
        nsg_label=labels.nsg(change),
        provider=providers.get(_subscription(change), ""),
        mends=change.mends,
        helps=change.helps,
        note=change.note,
        before=change.change.before,
        after=change.change.after,
        address=(change.where.address or "") if change.where is not None else "",
    )


def _nsg_name(change: Change) -> str:
    return change.nsg.rstrip("/").rsplit("/", 1)[-1]


def _identifier(text: str) -> str:
    word = re.sub(r"[^0-9a-z]+", "_", text.lower()).strip("_")
    return word if word[:1].isalpha() else f"rule_{word}".rstrip("_")
