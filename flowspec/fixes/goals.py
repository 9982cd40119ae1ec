"""A judgement that drifts -> what each NSG should do otherwise, and which flows none can mend, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from flowspec.fixes.gates import Gate
from flowspec.intents.causes import Blame, causes_of
from flowspec.intents.cover import emptied
from flowspec.intents.judgement import Judgement
from flowspec.intents.questions import Question
from flowspec.model.inventory import Access, Direction, Nsg, Rule, key, vnet_part
from flowspec.model.spec import Boundary
from flowspec.model.spec import EnforceAt as At
from flowspec.sets.flows import FlowSet, between
from flowspec.sets.intervals import ALL_ADDRESSES, AddressSet


@dataclass(frozen=True, slots=True)
class Want:
    """Flows that an NSG should treat otherwise, before any of its rules that decide them."""

    gate: Gate
    flows: FlowSet
    in_the_way: tuple[Rule, ...]
    vnet: str


@dataclass(slots=True)
class Obstacles:
    """What stands against mending an intent: gates that can't be changed, and the flows that stay as they are."""

    nsgs: Mapping[str, Nsg]
    gates: dict[Gate, str] = field(default_factory=dict)
    stuck: list[tuple[str, FlowSet]] = field(default_factory=list)

    def of(self, blame: Blame) -> str:
        """Why no rule can change what decided, if none can."""
        decider = blame.part.decider
        if key(decider.nsg) in self.nsgs:
            return self.gates.get((key(decider.nsg), blame.check.direction), "")
        if decider.rule is not None:
            return f"the security admin rule {decider.rule.name} decides before any NSG"
        if blame.check.party.policy.no_nsg:
            return "no NSG is applied there, so there is none to put a rule into"
        return decider.note

    def aims(self, judgement: Judgement) -> tuple[list[Blame], list[tuple[str, FlowSet]]]:
        """Where drift can be mended; and flows that can't, which were not known to be stuck."""
        stuck = FlowSet.union_all(flows for _, flows in self.stuck)
        if emptied(judgement.drift.subtract(stuck), judgement.question.oneself):
            return [], []
        aims: list[Blame] = []
        found: dict[str, list[FlowSet]] = {}
        for blame in self._placed(judgement):
            flows = blame.flows.subtract(stuck) if stuck else blame.flows
            if flows and (reason := self.of(blame)):
                found.setdefault(reason, []).append(flows)
            elif flows:
                aims.append(replace(blame, flows=flows))
        return aims, [(reason, FlowSet.union_all(sets)) for reason, sets in found.items()]

    def _placed(self, judgement: Judgement) -> Iterator[Blame]:
        """The blames whose side is the one to mend: of a Deny the destination, else the source, where one can."""
        blames = [blame for cause in causes_of(judgement) for blame in cause.blames]
        if not _is_either(judgement.question):
            yield from blames
            return
        elsewhere: list[Blame] = []
        for blame in blames:
            if blame.check.direction is Direction.INBOUND and self.of(blame):
                elsewhere.append(blame)
            else:
                yield blame
        permitted = list(_permitted_at_source(judgement, FlowSet.union_all(blame.flows for blame in elsewhere)))
        yield from permitted
        taken = FlowSet.union_all(blame.flows for blame in permitted)
        yield from (replace(b, flows=left) for b in elsewhere if (left := b.flows.subtract(taken)))


def _permitted_at_source(judgement: Judgement, flows: FlowSet) -> Iterator[Blame]:
    for check in judgement.checks if flows else ():
        if check.direction is Direction.OUTBOUND:
            for part in check.verdict.parts:
                if part.access is Access.ALLOW and (shared := part.flows.intersect(flows)):
                    yield Blame(check, part, shared)


def wants(judgement: Judgement, aims: Iterable[Blame], *, exact: bool) -> Iterator[Want]:
    """What each NSG that decides drifted flows should treat otherwise: the intent's flows there, or just those."""
    found: dict[tuple[Gate, str], list[Blame]] = {}
    for blame in aims:
        gate = key(blame.part.decider.nsg), blame.check.direction
        found.setdefault((gate, _vnet(blame)), []).append(blame)
    for (gate, vnet), blames in found.items():
        rules = {id(b.part.decider.rule): b.part.decider.rule for b in blames}
        flows = FlowSet.union_all(b.flows if exact else _own_flows(judgement, b) for b in blames)
        yield Want(gate, flows.merged(), tuple(r for r in rules.values() if r is not None), vnet)


def _vnet(blame: Blame) -> str:
    party = blame.check.party
    subnets = [*(e.subnet for e in party.endpoints), *party.subnets]
    return vnet_part(subnets[0]) if subnets else ""


def _own_flows(judgement: Judgement, blame: Blame) -> FlowSet:
    """All flows of the intent at the NICs where some drift; but to whom the destination can stop, it does."""
    question = judgement.question
    inbound = blame.check.direction is Direction.INBOUND
    sources = ALL_ADDRESSES if inbound else AddressSet.of(s for b in blame.flows.boxes for s in b.sources.spans)
    destinations = AddressSet.of(s for b in blame.flows.boxes for s in b.destinations.spans)
    if not inbound:
        destinations = destinations.union(question.destinations.foreign) if _is_either(question) else ALL_ADDRESSES
    here = between(sources, destinations)
    return question.asked.subtract(question.uncertain).intersect(FlowSet((here,)))


def _is_either(question: Question) -> bool:
    """It is enough that one end stops the flows."""
    return question.expect is Access.DENY and question.at is At.EITHER and not isinstance(question.of, Boundary)
