"""Drifted judgements -> the smallest NSG changes that mend them, each proved by deciding everything again.

An Allow gets a rule in every NSG that stops it; a Deny gets one at the destination, or at the source where the
destination has no filter. A change that can't be proved, harms another intent or touches other flows is not offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from flowspec.engine.algebra import merge, union
from flowspec.engine.causes import Blame, CauseFound, causes_of
from flowspec.engine.drift import Judge, Judgement, emptied
from flowspec.engine.expand import Planner
from flowspec.engine.policy import Policy
from flowspec.engine.prove import Draft, Effect, Prover, but_platform
from flowspec.engine.spelling import Fields, Speller, UnspeakableError, rule_terms, spell_flows, widened
from flowspec.model.inventory import Access, Direction, Rule, key
from flowspec.model.netset import (
    ALL_ADDRESSES,
    ALL_PORTS,
    ALL_PROTOCOLS,
    NO_ADDRESSES,
    NO_FLOWS,
    AddressSet,
    Box,
    FlowSet,
)
from flowspec.model.report import Status
from flowspec.model.spec import Boundary
from flowspec.model.spec import Side as At

_ROUNDS = 4
_LOWEST, _HIGHEST = 100, 4096


@dataclass(frozen=True, slots=True)
class Batch:
    """Rules that mend one intent together, and what they do."""

    address: str
    drafts: tuple[Draft, ...]
    effect: Effect


@dataclass(frozen=True, slots=True)
class Remedy:
    """What mends a cause: indexes of suggested changes, or why there is none."""

    changes: tuple[int, ...] = ()
    no_change: str = ""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The batches on offer, and for each drifted intent the remedy of each of its causes."""

    batches: tuple[Batch, ...] = ()
    remedies: Mapping[str, tuple[Remedy, ...]] = field(default_factory=dict)


class _NotMendableError(Exception):
    """Nothing can be offered; the message says why."""


@dataclass(frozen=True, slots=True)
class _Want:
    """Flows that an NSG should treat otherwise, before any of its rules that decide them."""

    nsg: str
    direction: Direction
    flows: FlowSet
    in_the_way: tuple[Rule, ...]
    vnet: str


def suggest(
    planner: Planner, judge: Judge, judgements: Iterable[Judgement], tell: Callable[[str, int, int], None] | None
) -> Suggestions:
    """Changes for every drifted intent, each proved by itself and all proved together."""
    before = {j.question.address: j for j in judgements if j.status is not Status.ERRORED}
    drifted = [j for j in before.values() if j.status is Status.DRIFTED]
    work = _Suggester(planner, Prover(planner, judge, before))
    batches: dict[str, Batch] = {}
    reasons: dict[str, str] = {}
    for number, judgement in enumerate(drifted):
        try:
            batches[judgement.question.address] = work.batch(judgement)
        except _NotMendableError as failure:
            reasons[judgement.question.address] = str(failure)
        if tell is not None:
            tell("suggest", number + 1, len(drifted))
    _keep_compatible(work.prover, before, batches, reasons)
    return Suggestions(tuple(batches.values()), _remedies(drifted, batches, reasons))


def _keep_compatible(
    prover: Prover, before: Mapping[str, Judgement], batches: dict[str, Batch], reasons: dict[str, str]
) -> None:
    """Drops batches, the last first, until all that is left works when it is put in together."""
    while len(batches) > 1:
        together = prover.effect(draft for batch in batches.values() for draft in batch.drafts)
        unmended = [a for a in batches if together.judged[a].drift.count() > batches[a].effect.judged[a].drift.count()]
        if not unmended and not together.worse(before):
            return
        address, _ = batches.popitem()
        reasons[address] = "its fix does not go together with the other fixes of this plan; apply those and plan again"


def _remedies(
    drifted: list[Judgement], batches: Mapping[str, Batch], reasons: Mapping[str, str]
) -> Mapping[str, tuple[Remedy, ...]]:
    numbered: dict[str, list[tuple[int, Draft]]] = {}
    number = 0
    for address, batch in batches.items():
        for draft in batch.drafts:
            numbered.setdefault(address, []).append((number, draft))
            number += 1
    return {j.question.address: tuple(_remedy(cause, numbered, j, reasons) for cause in causes_of(j)) for j in drifted}


def _remedy(
    cause: CauseFound, numbered: Mapping[str, list[tuple[int, Draft]]], judgement: Judgement, reasons: Mapping[str, str]
) -> Remedy:
    address = judgement.question.address
    if address not in numbered:
        return Remedy(no_change=reasons.get(address, "no change was found"))
    nsgs = {key(layer.nsg) for blame in cause.blames for layer in blame.check.party.policy.layers if layer.nsg}
    theirs = tuple(n for n, draft in numbered[address] if key(draft.nsg) in nsgs)
    others = tuple(n for n, draft in numbered[address])
    if theirs:
        return Remedy(theirs)
    if judgement.question.expect is Access.DENY and not any(_why_no_filter(b) for b in cause.blames):
        return Remedy(others)
    return Remedy(no_change=next(filter(None, map(_why_no_filter, cause.blames)), "no change was found"))


def _why_no_filter(blame: Blame) -> str:
    """Why no rule can change what decided, if none can."""
    decider = blame.part.decider
    if decider.nsg:
        return ""
    if decider.rule is not None:
        return f"the security admin rule {decider.rule.name} decides before any NSG"
    return "no NSG is applied there, so there is none to put a rule into"


@dataclass(slots=True)
class _Suggester:
    planner: Planner
    prover: Prover
    _taken: dict[tuple[str, Direction], set[int]] = field(default_factory=dict)
    _names: set[tuple[str, str]] = field(default_factory=set)

    def batch(self, judgement: Judgement) -> Batch:
        """The shortest way to write the rules that can be proved; the intent's own words before the drifted flows."""
        found: list[Batch] = []
        failures: list[str] = []
        for exact in (False, True):
            try:
                found.append(self._try(judgement, exact=exact))
            except (UnspeakableError, _NotMendableError) as failure:
                failures.append(str(failure))
            if found and _is_plain(found[0]):
                break  # nothing shorter can come of the second way, and a proof is dear in a large network
        if not found:
            raise _NotMendableError(failures[0])
        chosen = min(found, key=_length)
        for draft in chosen.drafts:
            self._taken.setdefault((key(draft.nsg), draft.rule.direction), set()).add(draft.rule.priority)
            self._names.add((key(draft.nsg), draft.rule.name.casefold()))
        return chosen

    def _try(self, judgement: Judgement, *, exact: bool) -> Batch:
        """Rules for what drifts, then for what still drifts behind them (a second NSG), and so on."""
        drafts: list[Draft] = []
        effect: Effect | None = None
        current = judgement
        address = judgement.question.address
        for _ in range(_ROUNDS):
            before = len(drafts)
            for want in _wants(current, exact=exact):
                drafts += list(self._drafts(judgement, want, drafts))
            if len(drafts) == before:
                break
            effect = self.prover.effect(drafts)
            current = effect.judged[address]
            if emptied(current.drift, current.question.oneself):
                break
        if effect is None:
            raise _NotMendableError(_first_obstacle(judgement))
        self._accept(judgement, effect)
        return Batch(address, tuple(sorted(drafts, key=_denies)), effect)

    def _accept(self, judgement: Judgement, effect: Effect) -> None:
        """Refuses what does not mend, harms another intent, or touches flows that the intent is not about."""
        question = judgement.question
        after = effect.judged[question.address]
        if after.status is Status.DRIFTED and not after.drift.count() < judgement.drift.count():
            raise _NotMendableError("the rule that would mend it does not: another rule or layer still decides")
        harmed = effect.worse(self.prover.before)
        if harmed:
            raise _NotMendableError(f"the rule that would mend it would break {', '.join(sorted(harmed)[:3])}")
        wanted, other = (
            (effect.opens, effect.closes) if question.expect is Access.ALLOW else (effect.closes, effect.opens)
        )
        beside = [but_platform(flows) for flows in other.values()]
        beside += [but_platform(flows).subtract(question.asked) for flows in wanted.values()]
        if any(beside):
            raise _NotMendableError("the rule that would mend it would change flows that the intent is not about")

    def _drafts(self, judgement: Judgement, want: _Want, drafts: list[Draft]) -> Iterator[Draft]:
        fields = self._spelt(judgement, want)
        taken = set(self._taken.get((key(want.nsg), want.direction), ()))
        mine = [d for d in drafts if key(d.nsg) == key(want.nsg) and d.rule.direction is want.direction]
        taken |= {d.rule.priority for d in mine}
        names = self._names | {(key(d.nsg), d.rule.name.casefold()) for d in drafts}
        nsg = self.planner.network.inventory.nsgs[key(want.nsg)]
        taken |= {r.priority for r in nsg.rules if r.direction is want.direction}
        names |= {(key(nsg.id), r.name.casefold()) for r in nsg.rules}
        for access, one in fields:
            if any(_says(d.rule, access, one) for d in mine):
                continue
            priority = _free_priority(taken, want.in_the_way, nsg.name)
            name = _free_name(judgement, want.direction, names, key(nsg.id))
            taken.add(priority)
            names.add((key(nsg.id), name.casefold()))
            rule = replace(self._rule(judgement, want, one), access=access, name=name, priority=priority)
            yield Draft(nsg.id, replace(rule, id=f"{nsg.id}/securityRules/{name}"))

    def _spelt(self, judgement: Judgement, want: _Want) -> list[tuple[Access, Fields]]:
        """The rules to be, each behind those that follow it.

        Protocols without a name are denied by a rule for all protocols, behind others that keep what now passes.
        """
        spellers, expect = self._spellers(judgement, want), judgement.question.expect
        try:
            return [(expect, fields) for fields in spell_flows(want.flows, *spellers)]
        except UnspeakableError:
            wide, kept = widened(want.flows)
            if expect is Access.ALLOW or wide == want.flows:
                raise
        passing = self.prover.passing(want.nsg, want.direction, kept)
        denies = [(expect, fields) for fields in spell_flows(wide, *spellers)]
        allows = spell_flows(passing, *self._spellers(judgement, want, kept=True))
        return denies + [(Access.ALLOW, fields) for fields in allows]

    def _rule(self, judgement: Judgement, want: _Want, fields: Fields) -> Rule:
        owner = f" ({self.planner.spec.name})" if self.planner.spec.name else ""
        return Rule(
            name="",
            priority=0,
            direction=want.direction,
            access=judgement.question.expect,
            protocol=fields.protocol,
            sources=fields.source.texts,
            source_ports=fields.source_ports,
            destinations=fields.destination.texts,
            destination_ports=fields.destination_ports,
            source_asgs=fields.source.asgs,
            destination_asgs=fields.destination.asgs,
            description=f"flowspec{owner}: {judgement.question.address}"[:140],
        )

    def _spellers(self, judgement: Judgement, want: _Want, *, kept: bool = False) -> tuple[Speller, Speller]:
        """For the sources and the destinations; of what is `kept`, a boundary's listed intents have the words."""
        of = judgement.question.of
        groups = self.planner.groups
        if not isinstance(of, Boundary):
            sources, destinations = of.sources, of.destinations
        elif kept:
            listed = [self.planner.spec.intents[name] for name in of.allow]
            sources = tuple(name for intent in listed for name in intent.sources)
            destinations = tuple(name for intent in listed for name in intent.destinations)
        else:
            ends = (of.remote or (), of.around)
            sources, destinations = ends if want.direction is Direction.INBOUND else (ends[1], ends[0])
        source_extra = tuple(t for r in want.in_the_way for t in rule_terms(r, "source"))
        destination_extra = tuple(t for r in want.in_the_way for t in rule_terms(r, "destination"))
        behind = self.prover.behind(want.nsg, want.direction)
        inbound = want.direction is Direction.INBOUND
        return (
            Speller(groups, sources, want.vnet, source_extra, NO_ADDRESSES if inbound else behind),
            Speller(groups, destinations, want.vnet, destination_extra, behind if inbound else NO_ADDRESSES),
        )


def _denies(draft: Draft) -> bool:
    """What a rule keeps open comes before the rule that closes the rest, also when they are put in one by one."""
    return draft.rule.access is Access.DENY


def _says(rule: Rule, access: Access, fields: Fields) -> bool:
    """A rule for the same flows (of another VNet, whose address space overlaps) is there already."""
    ends = (rule.sources, rule.source_asgs, rule.destinations, rule.destination_asgs)
    wanted = (fields.source.texts, fields.source.asgs, fields.destination.texts, fields.destination.asgs)
    ports = (rule.protocol, rule.source_ports, rule.destination_ports)
    spelt = (fields.protocol, fields.source_ports, fields.destination_ports)
    return rule.access is access and ends == wanted and ports == spelt


def _is_plain(batch: Batch) -> bool:
    """Each NSG gets one rule, of few terms, and the intent is mended."""
    rules = [draft.rule for draft in batch.drafts]
    few = all(len(r.sources) + len(r.destinations) <= 8 for r in rules)
    one = len({(draft.nsg, draft.rule.direction) for draft in batch.drafts}) == len(rules)
    return few and one and batch.effect.judged[batch.address].status is not Status.DRIFTED


def _length(batch: Batch) -> tuple[int, int, int]:
    """Drift left, rules, and terms in them."""
    rules = [draft.rule for draft in batch.drafts]
    terms = sum(len(r.sources) + len(r.source_asgs) + len(r.destinations) + len(r.destination_asgs) for r in rules)
    return batch.effect.judged[batch.address].drift.count(), len(rules), terms


def _free_priority(taken: set[int], in_the_way: tuple[Rule, ...], nsg: str) -> int:
    """The last free place before the rules in the way: what stands earlier keeps its say."""
    before = min(rule.priority for rule in in_the_way)
    for priority in range(min(before - 1, _HIGHEST), _LOWEST - 1, -1):
        if priority not in taken:
            return priority
    raise _NotMendableError(f"{nsg} has no free priority before {before}")


def _free_name(judgement: Judgement, direction: Direction, names: set[tuple[str, str]], nsg: str) -> str:
    """`flowspec-<intent>-in`, within Azure's rules for names (azure.md B4.1), numbered where it is taken."""
    end = "in" if direction is Direction.INBOUND else "out"
    stem = re.sub(r"[^A-Za-z0-9_.-]", "-", f"flowspec-{judgement.question.of.name}")[:70].rstrip(".-")
    name, number = f"{stem}-{end}", 2
    while (nsg, name.casefold()) in names:
        name, number = f"{stem}-{end}-{number}", number + 1
    return name


def _wants(judgement: Judgement, *, exact: bool) -> Iterator[_Want]:
    """What each NSG that decides drifted flows should treat otherwise: the intent's flows there, or just those."""
    found: dict[tuple[str, Direction, str], list[Blame]] = {}
    for blame in _placed(judgement):
        if blame.part.decider.nsg and blame.part.decider.rule is not None:
            vnet = _vnet(blame)
            found.setdefault((blame.part.decider.nsg, blame.check.direction, vnet), []).append(blame)
    for (nsg, direction, vnet), blames in found.items():
        rules = tuple({id(b.part.decider.rule): b.part.decider.rule for b in blames}.values())
        flows = union(b.flows if exact else _own_flows(judgement, b) for b in blames)
        yield _Want(nsg, direction, merge(flows), tuple(r for r in rules if r is not None), vnet)


def _vnet(blame: Blame) -> str:
    party = blame.check.party
    subnets = [*(e.subnet for e in party.endpoints), *party.subnets]
    return subnets[0].rpartition("/subnets/")[0] if subnets else ""


def _own_flows(judgement: Judgement, blame: Blame) -> FlowSet:
    """All flows of the intent at the NICs where some drift."""
    inbound = blame.check.direction is Direction.INBOUND
    spans = [s for box in blame.flows.boxes for s in (box.destinations if inbound else box.sources).spans]
    local = AddressSet.of(spans)
    sources, destinations = (ALL_ADDRESSES, local) if inbound else (local, ALL_ADDRESSES)
    here = Box(ALL_PROTOCOLS, sources, ALL_PORTS, destinations, ALL_PORTS)
    question = judgement.question
    return question.asked.subtract(question.uncertain).intersect(FlowSet((here,)))


def _placed(judgement: Judgement) -> Iterator[Blame]:
    """The blames whose side is the one to mend: of a Deny the destination, where it can filter."""
    question = judgement.question
    blames = [blame for cause in causes_of(judgement) for blame in cause.blames]
    if question.expect is Access.ALLOW or question.at is not At.EITHER or isinstance(question.of, Boundary):
        yield from blames
        return
    unfiltered = NO_FLOWS
    for blame in blames:
        if blame.check.direction is Direction.INBOUND and not _has_nsg(blame.check.party.policy):
            unfiltered = unfiltered.union(blame.flows)
        else:
            yield blame
    if not unfiltered:
        return
    for check in judgement.checks:
        if check.direction is Direction.OUTBOUND:
            for part in check.verdict.parts:
                if part.access is Access.ALLOW and (flows := part.flows.intersect(unfiltered)):
                    yield Blame(check, part, flows)


def _has_nsg(policy: Policy) -> bool:
    return any(layer.nsg for layer in policy.layers)


def _first_obstacle(judgement: Judgement) -> str:
    reasons = (_why_no_filter(blame) for blame in _placed(judgement))
    return next(filter(None, reasons), "no rule in the way was found")
