"""Inventory -> the flows that pass today from end to end, and those of which that can't be known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flowspec.intents.case import Case
from flowspec.intents.cover import EVERYTHING
from flowspec.intents.judgement import Judgement
from flowspec.model.inventory import Access, Direction, Inventory, Rule
from flowspec.model.platform import ALL_BUT_PLATFORM
from flowspec.model.spec import GROUP_ANY, Group, Intent, Select, Spec
from flowspec.model.unknown import is_unknown
from flowspec.network.index import Network
from flowspec.network.tags import ANYWHERE, PLATFORM_TAGS
from flowspec.policy.layers import Policy
from flowspec.sets.address import parse_prefix, prefix_texts
from flowspec.sets.flows import FlowSet
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
    """Everything, to everyone, asked as Allow intents: what the engine says of them is the network's meaning.

    Asked are NICs by whose filters flows come and go, lot by lot, then the NICs about each other. Where that takes too
    many boxes, fewer of them are asked about at once.
    """
    tags = tuple(tags_of(inventory))
    groups = {"tags": Group(name="tags", service_tags=tags)} if tags else {}
    case = Case(Spec(groups=groups, intents=_intents([((GROUP_ANY, *groups), (GROUP_ANY, *groups))])), inventory, today)
    elsewhere = ALL_BUT_PLATFORM.subtract(case.network.places)
    groups["elsewhere"] = Group(name="elsewhere", prefixes=tuple(prefix_texts(elsewhere)))
    found: list[FlowSet] = []
    undecided: dict[tuple[str, str], list[FlowSet]] = {}
    for judgement in _answers(inventory, today, groups, _alike(case)):
        question = judgement.question
        if judgement.shattered:
            names = ", ".join(dict.fromkeys(e.nic.name for party, _ in question.parties() for e in party.endpoints))
            unsure = [(question.asked, f"the rules of {names} cut what passes there into too many pieces", "")]
        else:
            found.append(judgement.passing.subtract(FlowSet.union_all(one.denied() for one in judgement.checks)))
            unsure = [(one.flows, one.reason, one.settle) for one in judgement.unsure]
        for flows, reason, settle in unsure:
            undecided.setdefault((reason, settle), []).append(flows)
    return Passing(
        case.network,
        FlowSet.disjoint(found).merged(),
        tuple(Undecided(FlowSet.union_all(flows), *why) for why, flows in undecided.items()),
        case.questions[0].oneself,
    )


_Lots = list[list[str]]
"""NICs by their ids, in lots."""
_Ask = tuple[_Lots, _Lots]
"""From whom to whom; nobody stands for those that are no NICs."""


def _answers(inventory: Inventory, today: date, groups: Mapping[str, Group], lots: _Lots) -> Iterator[Judgement]:
    """The answers to questions that have no flow in common; one that takes too many boxes is asked about halves."""
    none: _Lots = []
    asks: list[_Ask] = [(none, none), (lots, lots)]
    asks += [ask for lot in lots for ask in ((none, [lot]), ([lot], none))]
    while asks:
        named: dict[str, Group] = {}
        pairs = [(_end(here, groups, named), _end(there, groups, named)) for here, there in asks]
        case = Case(Spec(groups={**groups, **named}, intents=_intents(pairs)), inventory, today)
        left: list[_Ask] = []
        for question, ask in zip(case.questions, asks, strict=True):
            judgement = case.judge.by_boxes(question)
            halves = _halved(ask) if judgement is None else []
            left += halves
            if not halves:
                yield judgement or case.judge.judge(question)
        asks = left


def _halved(ask: _Ask) -> list[_Ask]:
    """Two questions in place of one, by the end that has more lots; none where neither has two."""
    here, there = ask
    if max(len(here), len(there)) < 2:
        return []
    if len(here) > len(there):
        return [(half, there) for half in _halves(here)]
    return [(here, half) for half in _halves(there)]


def _halves(lots: _Lots) -> list[_Lots]:
    middle = (len(lots) + 1) // 2
    return [lots[:middle], lots[middle:]]


def _end(lots: _Lots, groups: Mapping[str, Group], named: dict[str, Group]) -> tuple[str, ...]:
    """The groups of one end; NICs get one of their own."""
    if not lots:
        return tuple(groups)
    nics = tuple(nic for lot in lots for nic in lot)
    name = f"nics-{len(named)}"
    named[name] = Group(name=name, selects=(Select(nic=nics),))
    return (name,)


def _intents(pairs: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]) -> dict[str, Intent]:
    """An Allow intent on all services for each pair of ends."""
    return {
        f"i{n}": Intent(name=f"i{n}", sources=here, destinations=there, services=EVERYTHING, expect=Access.ALLOW)
        for n, (here, there) in enumerate(pairs)
    }


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
