"""What a plan rests on and what it leaves out, in words: assumptions, exceptions, what is not judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches

from flowspec.counting import counted
from flowspec.errors import Problem, Severity
from flowspec.intents.judgement import Judgement
from flowspec.model.documents.plan import AssumptionNote, ExceptionNote, SourceLine
from flowspec.model.inventory import key
from flowspec.model.spec import Boundary, Carveout, Intent, Spec
from flowspec.network.index import Network
from flowspec.network.internet import internet_list
from flowspec.network.lost import is_of_scale_set
from flowspec.network.virtual_network import gateway_names, is_gateway

_INTERNET, _ANY_PROTOCOL, _SCALE_SETS, _ADMIN_RULES = _AFTER = (
    "tag.Internet", "protocol.any", "scale_sets", "admin_rules",
)  # fmt: skip
"""Notes that no block of the spec makes, in their order."""
WARNED = 14
"""Days before its end from which an exception is a warning."""
_NO_ADMIN_RULES = "no security admin rules on "


def assumptions(spec: Spec, network: Network, judgements: Iterable[Judgement]) -> Iterator[AssumptionNote]:
    """What the inventory can't show and the verdicts rest on."""
    judgements = list(judgements)
    for assumption in spec.assumptions.values():
        if assumption.gateway and not is_gateway(network, assumption.gateway):
            continue
        what = f"{assumption.gateway} learns {', '.join(assumption.learned_prefixes)}" if assumption.gateway else ""
        path = f"there is a path from {_groups(assumption.sources)} to {_groups(assumption.destinations)}"
        review = f"review {assumption.review}" if assumption.review else ""
        because = ", ".join(filter(None, (assumption.reason, review)))
        text = (what or path) + (f" ({because})" if because else "")
        yield AssumptionNote(address=assumption.address, text=text)
    yield from (AssumptionNote(address="inventory", text=text) for text in network.inventory.assumed)
    if any(judgement.outline.internet for judgement in judgements) or _asks_internet(spec, judgements):
        yield AssumptionNote(address=_INTERNET, text=f"the tag Internet is what it was on {internet_list().date}")
    if any(judgement.outline.protocols for judgement in judgements):
        yield AssumptionNote(
            address=_ANY_PROTOCOL, text="a rule with protocol * covers Esp, Ah and all other protocols"
        )
    yield from _by_subnet_nsg_alone(network, judgements)
    without = _vnets_without_admin_rules(network, judgements)
    if without:
        yield _no_admin_rules(without)


def united(notes: Iterable[AssumptionNote]) -> tuple[AssumptionNote, ...]:
    """The notes of several parts of a plan as those of the whole: the spec's first, then in the order of `_AFTER`."""
    notes = list(dict.fromkeys(notes))
    vnets = {
        vnet
        for note in notes
        if note.address == _ADMIN_RULES
        for vnet in note.text.removeprefix(_NO_ADMIN_RULES).split(", ")
    }
    kept = [note for note in notes if note.address != _ADMIN_RULES] + ([_no_admin_rules(vnets)] if vnets else [])
    return tuple(sorted(kept, key=lambda note: _AFTER.index(note.address) if note.address in _AFTER else -1))


def _no_admin_rules(vnets: Iterable[str]) -> AssumptionNote:
    return AssumptionNote(address=_ADMIN_RULES, text=_NO_ADMIN_RULES + ", ".join(sorted(vnets)))


def _groups(names: tuple[str, ...]) -> str:
    return ", ".join(f"group.{name}" for name in names)


def _asks_internet(spec: Spec, judgements: Iterable[Judgement]) -> bool:
    """An intent or boundary names the tag by one of its groups."""
    named: set[str] = set()
    for of in (judgement.question.of for judgement in judgements):
        if isinstance(of, Boundary):
            named.update((*of.around, *(of.remote or ())))
        else:
            named.update((*of.sources, *of.destinations, *of.except_groups))
    groups = (spec.groups[name] for name in named if name in spec.groups)
    return any(key(tag) == "internet" for group in groups for tag in group.service_tags)


def _by_subnet_nsg_alone(network: Network, judgements: Iterable[Judgement]) -> Iterator[AssumptionNote]:
    """Subnets named as a whole that list instances of scale sets: only the subnet's NSG is known of these (A14)."""
    named = {
        subnet
        for judgement in judgements
        for side in (judgement.question.sources, judgement.question.destinations)
        for subnet in side.whole
    }
    listed = Counter(key(one.subnet) for one in dict.fromkeys(network.inventory.unlisted) if is_of_scale_set(one.id))
    for subnet in sorted(named & listed.keys()):
        instances = counted(listed[subnet], "instance")
        text = f"no NSG on the NICs of scale sets in {network.subnet_name(subnet)}: it lists {instances}"
        yield AssumptionNote(address=_SCALE_SETS, text=text)


def _vnets_without_admin_rules(network: Network, judgements: Iterable[Judgement]) -> set[str]:
    found = {vnet for judgement in judgements for vnet in judgement.outline.vnets}
    vnets = network.inventory.vnets
    if any(answer.admin_rules is None or answer.admin_rules for answer in network.inventory.unplaced):
        return set()
    return {vnets[v].name for v in found if v in vnets and v not in network.inventory.admin_rules}


def exceptions(spec: Spec, today: date) -> tuple[ExceptionNote, ...]:
    """Every exception with its day, the soonest first."""
    notes = [
        ExceptionNote(
            address=e.address,
            expires=e.expires.isoformat(),
            days=(e.expires - today).days,
            owner=e.owner,
            reason=e.reason,
            where=SourceLine(file=e.where.file, line=e.where.line, column=e.where.column) if e.where else None,
            of=e.of,
        )
        for e in spec.exceptions.values()
    ]
    return tuple(sorted(notes, key=lambda note: (note.days, note.address)))


def idle_assumptions(spec: Spec, network: Network) -> Iterator[Problem]:
    """Assumptions about a gateway that is not there: nothing rests on them."""
    for assumption in spec.assumptions.values():
        if assumption.gateway and not is_gateway(network, assumption.gateway):
            names = gateway_names(network)
            near = get_close_matches(assumption.gateway, names, 1)
            summary = f"{assumption.address} is not in force: there is no gateway {assumption.gateway}"
            advice = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names[:10]) or 'none'}"
            yield Problem(Severity.WARNING, summary, advice, assumption.where)


def _most_severe(spec: Spec, exception: Carveout) -> Severity:
    """That of the intents and boundaries it is of."""
    every: tuple[Intent | Boundary, ...] = (*spec.intents.values(), *spec.boundaries.values())
    found = {of.severity for of in every if of.address in exception.of and of.enabled}
    return next((severity for severity in (Severity.ERROR, Severity.WARNING) if severity in found), Severity.WARNING)


def dated_problems(spec: Spec, today: date) -> Iterator[Problem]:
    """Exceptions past their day, those that soon will be, and assumptions past their review."""
    for exception in spec.exceptions.values():
        days = (exception.expires - today).days
        if days < 0:
            since = f"{-days} {'day' if days == -1 else 'days'} ago"
            summary = f"{exception.address} ended on {exception.expires}, {since}: its flows are judged again"
            advice = "as long as it stands, the plan fails: renew it with a new day, or delete it"
            yield Problem(_most_severe(spec, exception), summary, advice, exception.where)
        elif days <= WARNED:
            summary = f"{exception.address} ends on {exception.expires}"
            yield Problem(Severity.WARNING, summary, "after that day the plan fails", exception.where)
    for assumption in spec.assumptions.values():
        if assumption.review is not None and assumption.review < today:
            summary = f"{assumption.address} was to be reviewed by {assumption.review}"
            yield Problem(Severity.WARNING, summary, "check that it still holds and move the day", assumption.where)
