"""An inventory with rules as they were, or as they will be; and whether a live one is what a plan rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from flowspec.applying.content import Properties, planned
from flowspec.applying.steps import RulePlace, place_of
from flowspec.errors import PlanFileError, Problem, Severity
from flowspec.model.documents.plan import Report, Step
from flowspec.model.inventory import Inventory, Rule, key
from flowspec.reporting.basis import basis_of, entry_of, is_telling
from flowspec.sources.node import JsonNode
from flowspec.sources.notes import Notes, some
from flowspec.sources.rules import read_rule

RulesAt = Mapping[RulePlace, Properties | None]
"""Rules by their place; None: there is none."""


def with_rules(inventory: Inventory, rules: RulesAt) -> Inventory:
    """The network with these rules as they are given."""
    nsgs = dict(inventory.nsgs)
    for place, properties in rules.items():
        nsg = nsgs.get(key(place.nsg))
        if nsg is not None:
            others = tuple(rule for rule in nsg.rules if key(rule.name) != key(place.rule))
            made = _rule(place, properties) if properties is not None else None
            nsgs[key(place.nsg)] = replace(nsg, rules=others if made is None else (*others, made))
    return replace(inventory, nsgs=nsgs)


def _rule(place: RulePlace, properties: Properties) -> Rule | None:
    raw = {"id": place.id, "name": place.rule, "properties": dict(properties)}
    return read_rule(JsonNode(raw, "", place.nsg, Notes()), place.nsg)


def after_steps(inventory: Inventory, steps: Iterable[Step]) -> Inventory:
    """The network when all steps are done."""
    last = {place_of(step): step.after for step in steps}
    return with_rules(inventory, {at: planned(rule) if rule is not None else None for at, rule in last.items()})


def refuse_stale(report: Report, live: Inventory) -> None:
    """PlanFileError where the live network is not what the proofs of a plan rest on."""
    if report.suggested_changes and not report.basis:
        raise _stale("it does not say what it rests on: an earlier flowspec wrote it")
    then = {entry.id: entry.digest for entry in report.basis}
    now = {entry.id: entry.digest for entry in basis_of(live, report.suggested_changes)}
    elsewhere = (entry_of(live, name) for name in then.keys() - now.keys())
    now |= {entry.id: entry.digest for entry in elsewhere if entry is not None}
    different = list(_different(then, now))
    if different:
        unread = f" Not read just now: {some(list(live.unread))}." if live.unread else ""
        raise _stale(f"since it was made, {some(different)}.{unread}")


def _different(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """What changed first: what is gone or new often follows from it."""
    changed = {name for name in then.keys() & now.keys() if then[name] != now[name]}
    new = {name for name in now.keys() - then.keys() if is_telling(name)}
    for names, words in ((changed, "changed"), (then.keys() - now.keys(), "is gone"), (new, "is new")):
        yield from (f"{_shown(name)} {words}" for name in sorted(names))


def _shown(name: str) -> str:
    """`networkinterfaces/nic-web-01`, `virtualnetworks/vnet-hub/subnets/snet-a`: an id without its beginning."""
    return (name.rpartition("/providers/")[2] or name).partition("/")[2] or name


def _stale(why: str) -> PlanFileError:
    detail = f"The live network is not the one of the plan: {why} Nothing was changed. Run flowspec plan --out again, \
with -i azure:SUBSCRIPTION to judge the network as it is now."
    return PlanFileError(Problem(Severity.ERROR, "Saved plan is stale", detail))
