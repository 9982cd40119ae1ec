"""Inventory -> the flows that pass today from end to end, and those of which that can't be known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flowspec.intents.case import Case
from flowspec.intents.join import join
from flowspec.model.inventory import Access, Inventory, Rule
from flowspec.model.spec import GROUP_ANY, Group, Intent, Service, Spec
from flowspec.model.unknown import is_unknown
from flowspec.network.index import Network
from flowspec.network.tags import ANYWHERE, PLATFORM_TAGS
from flowspec.sets.address import parse_prefix
from flowspec.sets.flows import FlowSet
from flowspec.sets.intervals import AddressSet, Protocol


@dataclass(frozen=True, slots=True)
class Undecided:
    """Flows of which it is not known whether they pass, and why; without flows, what else is not known."""

    flows: FlowSet
    reason: str
    settle: str


@dataclass(frozen=True, slots=True)
class Passing:
    """What passes between any two ends of which the network judges one at least.

    `oneself`: the addresses that are not judged against themselves.
    """

    network: Network
    flows: FlowSet
    undecided: tuple[Undecided, ...]
    oneself: AddressSet


def rules_of(inventory: Inventory) -> Iterator[Rule]:
    """The custom rules of every NSG."""
    for nsg in inventory.nsgs.values():
        yield from nsg.rules


def tags_of(inventory: Inventory) -> list[str]:
    """The service tags that rules name, as the first of them spells each; not those that mean the platform."""
    found: dict[str, str] = {}
    for rule in rules_of(inventory):
        for text in (*rule.sources, *rule.destinations):
            name = text.casefold()
            is_tag = not is_unknown(text) and name not in ANYWHERE and parse_prefix(text) is None
            if is_tag and name not in PLATFORM_TAGS and name != "virtualnetwork" and text[:1].isalpha():
                found.setdefault(name, text)
    return [found[name] for name in sorted(found)]


def passing_of(inventory: Inventory, today: date) -> Passing:
    """Everything, to everyone, asked as one Allow intent: what the engine says of it is the network's meaning."""
    tags = tuple(tags_of(inventory))
    groups = {"tags": Group(name="tags", service_tags=tags)} if tags else {}
    ends = (GROUP_ANY, *groups)
    everything = Intent(
        name="everything",
        sources=ends,
        destinations=ends,
        services=(Service(tuple(Protocol)),),
        expect=Access.ALLOW,
    )
    case = Case(Spec(groups=groups, intents={everything.name: everything}), inventory, today)
    judgement = case.judge.judge(case.questions[0])
    stopped = join(judgement.question, judgement.checks, judgement.question.asked).bad
    undecided = tuple(Undecided(one.flows, one.reason, one.settle) for one in judgement.unsure)
    return Passing(case.network, judgement.passing.subtract(stopped).merged(), undecided, judgement.question.oneself)
