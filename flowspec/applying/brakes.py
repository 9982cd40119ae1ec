"""What speaks against a plan: rules that are not flowspec's, much of an NSG, its keepers, locks, permissions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flowspec.applying.checking import Checkup
from flowspec.applying.keepers import Keeper
from flowspec.applying.steps import RulePlace, action_of, place_of
from flowspec.counting import counted
from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.fixes.ownership import is_use_only, maker_of
from flowspec.model.documents.plan import Step
from flowspec.model.inventory import Inventory, Rule, key

MOST_SHARE, FROM_RULES = 0.3, 10
"""The part of an NSG's rules that may change without --force, where it has so many."""
_WRITE = "Microsoft.Network/networkSecurityGroups/securityRules/write"
_DELETE = "Microsoft.Network/networkSecurityGroups/securityRules/delete"
_FORBIDS = {"cannotdelete": ("delete",), "readonly": ("create", "update", "delete")}


class AuthorizationApi(Protocol):
    """What Azure tells of locks and permissions; see azure/rules.py. The text says why there is no answer."""

    def locks(self, subscription: str) -> tuple[list[Mapping[str, Any]], str]: ...
    def permissions(self, nsg: str) -> tuple[list[Mapping[str, Any]], str]: ...


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a plan is not applied. `forced`: --force goes on all the same."""

    why: str
    advice: str = ""
    forced: bool = True


def brakes_of(
    steps: Sequence[Step], inventory: Inventory, spec: str, keepers: Iterable[Keeper], plan_file: str
) -> Iterator[Objection]:
    """What the network itself says against these steps of a spec (its name)."""
    firsts = {place_of(step): step for step in reversed(steps)}
    for place in sorted({place for place in firsts if is_use_only(place.rule)}, key=lambda place: place.id):
        yield Objection(f"{place.shown} belongs to a service of Azure's, which writes it again", forced=False)
    foreign = [
        place for place, step in firsts.items() if step.before is not None and not _is_own(place, inventory, spec)
    ]
    for place in sorted(foreign, key=lambda place: place.id):
        what = {"update": "changed", "delete": "deleted"}[_whole_action(place, steps)]
        yield Objection(f"{place.shown} is to be {what}, and flowspec did not make it")
    yield from _much(firsts, inventory)
    for keeper in keepers:
        advice = f"To hand the change to its owner: flowspec render {plan_file} --dialect {keeper.dialect or 'az'}"
        yield Objection(f"{keeper.nsg.rpartition('/')[2]} is kept by {keeper.who} ({keeper.known_by})", advice)


def _whole_action(place: RulePlace, steps: Sequence[Step]) -> str:
    """What all steps of a rule come to."""
    last = next(step for step in reversed(steps) if place_of(step) == place)
    return "delete" if last.after is None else "update"


def _is_own(place: RulePlace, inventory: Inventory, spec: str) -> bool:
    rule = _rule_at(place, inventory)
    return rule is not None and maker_of(rule, spec) is not None


def _rule_at(place: RulePlace, inventory: Inventory) -> Rule | None:
    nsg = inventory.nsgs.get(key(place.nsg))
    return next((r for r in nsg.rules if key(r.name) == key(place.rule)), None) if nsg is not None else None


def _much(firsts: Mapping[RulePlace, Step], inventory: Inventory) -> Iterator[Objection]:
    """NSGs of which too large a part is changed or deleted; what is new does not count."""
    touched = Counter(key(place.nsg) for place, step in firsts.items() if step.before is not None)
    for at, count in sorted(touched.items()):
        nsg = inventory.nsgs.get(at)
        if nsg is not None and len(nsg.rules) >= FROM_RULES and count > MOST_SHARE * len(nsg.rules):
            yield Objection(
                f"{count} of the {len(nsg.rules)} rules of {nsg.name} are to be changed: more than {MOST_SHARE:.0%}"
            )


def asked_brakes(api: AuthorizationApi, steps: Sequence[Step]) -> Iterator[Objection]:
    """What Azure says against these steps: locks, and what the caller's role lacks."""
    yield from _locked(api, steps)
    yield from _not_permitted(api, steps)


def _locked(api: AuthorizationApi, steps: Sequence[Step]) -> Iterator[Objection]:
    """A lock forbids a step or its way back: what is created can't be undone where nothing may be deleted."""
    for subscription in sorted({step.nsg.split("/")[2].casefold() for step in steps}):
        found, problem = api.locks(subscription)
        if problem:
            yield Objection(f"the locks of subscription {subscription} can't be read: {problem}",
                        "A lock that shows only on the way may keep a change from being undone.")  # fmt: skip
        mine = [step for step in steps if step.nsg.split("/")[2].casefold() == subscription]
        for lock in found:
            scope = _scope(lock)
            held = [step for step in mine if scope == place_of(step).key or place_of(step).key.startswith(f"{scope}/")]
            forbidden = {step.nsg.rpartition("/")[2] for step in held if _forbids(lock, step)}
            for nsg in sorted({step.nsg.rpartition("/")[2] for step in held}):
                words = f"{nsg} is locked ({_level(lock)}, {lock.get('name', '')})"
                advice = "Have the lock removed while this runs." if nsg in forbidden else ""
                yield Objection(words, advice, forced=nsg not in forbidden)


def _forbids(lock: Mapping[str, Any], step: Step) -> bool:
    undoing = {"create": "delete", "delete": "create", "update": "update"}
    forbidden = _FORBIDS.get(_level(lock).casefold(), ())
    return action_of(step) in forbidden or undoing[action_of(step)] in forbidden


def _level(lock: Mapping[str, Any]) -> str:
    properties = lock.get("properties")
    return str(properties.get("level", "")) if isinstance(properties, Mapping) else ""


def _scope(lock: Mapping[str, Any]) -> str:
    """What a lock is on: its id up to its own provider, as a key."""
    return key(str(lock.get("id", ""))).rpartition("/providers/microsoft.authorization/")[0]


def _not_permitted(api: AuthorizationApi, steps: Sequence[Step]) -> Iterator[Objection]:
    """A way forward or back that the caller's role does not allow."""
    for nsg in sorted({step.nsg.rstrip("/") for step in steps}, key=key):
        found, problem = api.permissions(nsg)
        if problem:
            yield Objection(f"what the caller may do with {nsg.rpartition('/')[2]} can't be read: {problem}")
            continue
        actions = {action_of(step) for step in steps if key(step.nsg) == key(nsg)}
        needed = [_WRITE] if actions == {"update"} else [_WRITE, _DELETE]
        for action in needed:
            if not any(_allows(permission, action) for permission in found):
                advice = "flowspec init --azure-role --apply prints a role that does."
                yield Objection(f"the caller's role lacks {action} on {nsg.rpartition('/')[2]}", advice, forced=False)


def _allows(permission: Mapping[str, Any], action: str) -> bool:
    """Whether a permission has an action among its `actions` and not among its `notActions`; `*` is any text."""

    def has(name: str) -> bool:
        listed = permission.get(name)
        return isinstance(listed, list) and any(_fits(str(pattern), action) for pattern in listed)

    return has("actions") and not has("notActions")


def _fits(pattern: str, action: str) -> bool:
    parts = map(re.escape, pattern.split("*"))
    return re.fullmatch(".*".join(parts), action, re.IGNORECASE) is not None


def answered_brakes(first: Checkup) -> Iterator[Objection]:
    """What ipFlowVerify answers before the first step otherwise than the rules say: the proofs rest on the rules."""
    if not first.wrong:
        return
    probe, answered = first.wrong[0]
    local, remote = f"{probe.local_ip}:{probe.local_port}", f"{probe.remote_ip}:{probe.remote_port}"
    flow = f"{probe.protocol} {probe.direction} {local} <-> {remote} at {probe.nic.rpartition('/')[2]}"
    wrong = counted(len(first.wrong), "flow")
    why = f"ipFlowVerify answers {wrong} otherwise than the rules say, for example {flow}: {answered}"
    yield Objection(why, "Something decides there that the plan does not know of: its proofs may not hold.")


def refuse(brakes: Sequence[Objection], *, forced: bool) -> list[str]:
    """FlowspecError with every brake that holds; what --force goes over, in words."""
    holding = [brake for brake in brakes if not (forced and brake.forced)]
    if holding:
        advice = "Nothing was changed. Give --force to go on all the same."
        final = "Nothing was changed; --force does not go over this."
        problems = [
            Problem(Severity.ERROR, f"Not applied: {brake.why}.",
                    " ".join(filter(None, [brake.advice.rstrip(".") + "." if brake.advice else "",
                                           advice if brake.forced else final])))
            for brake in holding
        ]  # fmt: skip
        raise FlowspecError(problems)
    return [brake.why for brake in brakes]
