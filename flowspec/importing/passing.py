"""Inventory -> the flows that pass today from end to end, and those of which that can't be known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flowspec.intents.case import Case
from flowspec.intents.cover import EVERYTHING
from flowspec.intents.join import join
from flowspec.intents.judgement import Judgement
from flowspec.model.inventory import Access, Direction, Inventory, Rule
from flowspec.model.spec import GROUP_ANY, Group, Intent, Select, Spec
from flowspec.model.unknown import is_unknown
from flowspec.network.index import Network
from flowspec.network.tags import ANYWHERE, PLATFORM_TAGS
from flowspec.policy.layers import Policy
from flowspec.sets.address import parse_prefix
from flowspec.sets.flows import NO_FLOWS, FlowSet, between
from flowspec.sets.intervals import AddressSet


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
    """Everything, to everyone, asked as one Allow intent: what the engine says of it is the network's meaning.

    Where that takes too many boxes, a part of the NICs is asked about, and then a smaller one.
    """
    tags = tuple(tags_of(inventory))
    groups = {"tags": Group(name="tags", service_tags=tags)} if tags else {}
    everyone = (GROUP_ANY, *groups)
    case, (whole,) = _judged(inventory, today, groups, [(everyone, everyone)])
    answers = [(whole, NO_FLOWS)]
    if whole.shattered:
        answers = list(_in_parts(inventory, today, groups, case))
    found: list[FlowSet] = []
    undecided: dict[tuple[str, str], list[FlowSet]] = {}
    for judgement, told in answers:
        question = judgement.question
        if judgement.shattered:
            names = ", ".join(dict.fromkeys(e.nic.name for party, _ in question.parties() for e in party.endpoints))
            unsure = [(question.asked, f"the rules of {names} cut what passes there into too many pieces", "")]
        else:
            stopped = join(question, judgement.checks, question.asked).bad
            found.append(judgement.passing.subtract(stopped).subtract(told))
            unsure = [(one.flows, one.reason, one.settle) for one in judgement.unsure]
        for flows, reason, settle in unsure:
            undecided.setdefault((reason, settle), []).append(flows.subtract(told))
    return Passing(
        case.network,
        FlowSet.disjoint(found).merged(),
        tuple(Undecided(FlowSet.union_all(flows), *why) for why, flows in undecided.items()),
        case.questions[0].oneself,
    )


def _in_parts(
    inventory: Inventory, today: date, groups: Mapping[str, Group], case: Case
) -> Iterator[tuple[Judgement, FlowSet]]:
    """The answers about what comes to some NICs and what goes from some, with the flows that others tell already.

    A part whose answer takes too many boxes is halved, down to NICs that share their filters.
    """
    everyone, inbound = (GROUP_ANY, *groups), FlowSet((between(destinations=case.network.places),))
    lots = _alike(case)
    parts = [(half, direction) for direction in Direction for half in _halves(lots)]
    while parts:
        names = [f"nics-{n}" for n in range(len(parts))]
        named = {
            name: _group(name, [nic for lot in part for nic in lot])
            for name, (part, _) in zip(names, parts, strict=True)
        }
        pairs = [
            (everyone, (name,)) if direction is Direction.INBOUND else ((name,), everyone)
            for name, (_, direction) in zip(names, parts, strict=True)
        ]
        _, judgements = _judged(inventory, today, {**groups, **named}, pairs)
        left = []
        for judgement, (part, direction) in zip(judgements, parts, strict=True):
            if judgement.shattered and len(part) > 1:
                left += [(half, direction) for half in _halves(part)]
            else:
                yield judgement, NO_FLOWS if direction is Direction.INBOUND else inbound
        parts = left


def _halves(lots: list[list[str]]) -> list[list[list[str]]]:
    middle = (len(lots) + 1) // 2
    return [half for half in (lots[:middle], lots[middle:]) if half]


def _judged(
    inventory: Inventory, today: date, groups: Mapping[str, Group], pairs: Sequence[tuple[tuple[str, ...], ...]]
) -> tuple[Case, list[Judgement]]:
    """An Allow intent on all services for each pair of ends, put to the engine."""
    intents = {
        f"i{n}": Intent(name=f"i{n}", sources=here, destinations=there, services=EVERYTHING, expect=Access.ALLOW)
        for n, (here, there) in enumerate(pairs)
    }
    case = Case(Spec(groups=groups, intents=intents), inventory, today)
    return case, [case.judge.judge(question) for question in case.questions]


def _alike(case: Case) -> list[list[str]]:
    """The ids of the NICs whose ip-configurations are judged by the same filters."""
    policies = case.planner.policies
    held: dict[str, list[Policy]] = {}
    for endpoint in case.network.endpoints:
        own = held.setdefault(endpoint.nic.id, [])
        own += [policies.of_endpoint(endpoint, direction) for direction in Direction]
    alike: dict[tuple[Policy, ...], list[str]] = {}
    for nic, found in held.items():
        alike.setdefault(tuple(found), []).append(nic)
    return list(alike.values())


def _group(name: str, nics: Sequence[str]) -> Group:
    return Group(name=name, selects=(Select(nic=tuple(nics)),))
