"""Judgements that drift -> what each NSG should do otherwise, and which flows none can mend, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from flowspec.fixes.gates import Gate
from flowspec.intents.causes import Blame, causes_of
from flowspec.intents.cover import emptied
from flowspec.intents.judge import Judge
from flowspec.intents.judgement import Checked, Judgement
from flowspec.intents.questions import Question
from flowspec.model.inventory import Access, Direction, Nsg, key, vnet_part
from flowspec.model.spec import Boundary
from flowspec.model.spec import EnforceAt as At
from flowspec.policy.layers import Decider, Layer, Policy
from flowspec.sets.flows import FlowSet, between
from flowspec.sets.intervals import ALL_ADDRESSES, AddressSet

UNSURE = "whether another NSG in front of it lets these flows pass is not known"


@dataclass(frozen=True, slots=True, eq=False)
class AtLayer:
    """Drifted flows, and the layer that should treat them otherwise; `is_alone`: only there does an NSG judge them."""

    layer: Layer
    flows: FlowSet
    is_alone: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Want:
    """What a gate should do for an intent: `targets` are its drifted flows there, `flows` all of them.

    `own` are all flows that the intent asks for here, also those that fare as wished. `vnet`: whose NICs are concerned.
    """

    gate: Gate
    judgement: Judgement
    targets: tuple[AtLayer, ...]
    flows: FlowSet
    own: FlowSet
    vnet: str

    def part(self, flows: FlowSet) -> Want | None:
        """The want for some of its flows, if any drift."""
        targets = [replace(t, flows=some) for t in self.targets if (some := t.flows.intersect(flows))]
        if not targets:
            return None
        return replace(self, targets=tuple(targets), flows=self.flows.intersect(flows), own=self.own.intersect(flows))

    @property
    def is_unavoidable(self) -> bool:
        """Whether no other gate could do it: then some rule of this one has to change."""
        question = self.judgement.question
        if self.access is Access.ALLOW:
            return True
        elsewhere = _is_either(question) and question.sources.parties and question.destinations.parties
        return not elsewhere and all(target.is_alone for target in self.targets)

    @property
    def address(self) -> str:
        return self.judgement.question.address

    @property
    def access(self) -> Access:
        return self.judgement.question.expect


@dataclass(slots=True)
class Obstacles:
    """What stands against mending an intent: gates that can't be changed, and the flows that stay as they are."""

    nsgs: Mapping[str, Nsg]
    gates: dict[Gate, str] = field(default_factory=dict)
    stuck: list[tuple[str, FlowSet]] = field(default_factory=list)

    def of(self, blame: Blame) -> str:
        """Why no rule can change what decided, if none can."""
        return self.at(blame.part.decider, blame.check)

    def at(self, decider: Decider, check: Checked) -> str:
        """Why no rule can change what a decider says at a check, if none can."""
        if key(decider.nsg) in self.nsgs:
            return self.gates.get((key(decider.nsg), check.direction), "")
        if decider.rule is not None:
            return f"the security admin rule {decider.rule.name} decides before any NSG"
        if check.party.policy.no_nsg:
            return "no NSG is applied there, so there is none to put a rule into"
        return decider.note

    def stuck_flows(self) -> FlowSet:
        return FlowSet.union_all(flows for _, flows in self.stuck)


@dataclass(slots=True)
class Goals:
    """What the gates should do for all drifted intents.

    Of several gates that could stop a flow: one where it is enough that a rule goes (`undoes`), or the one most wanted.
    """

    judge: Judge
    nsgs: Mapping[str, Nsg]
    undoes: Callable[[Gate, Layer, FlowSet], bool]
    _demand: Counter[Gate] = field(default_factory=Counter)

    def survey(self, judgements: Iterable[Judgement]) -> None:
        """Counts at which gates Denies could be mended."""
        for judgement in judgements:
            if judgement.question.expect is Access.DENY and judgement.shattered is None:
                gates = {gate for blame in _blames(judgement) for gate, _ in self._gates(blame)}
                self._demand.update(gates)

    def wants(self, judgement: Judgement, obstacles: Obstacles) -> list[Want]:
        """What is to be done for an intent. What no rule can mend is added to what is stuck, until nothing new is."""
        while True:
            stuck = obstacles.stuck_flows()
            if emptied(judgement.drift.subtract(stuck), judgement.question.oneself):
                return []
            found: list[tuple[Checked, Gate, AtLayer]] = []
            new: dict[str, list[FlowSet]] = {}
            ask = self._allowing if judgement.question.expect is Access.ALLOW else self._denying
            for check, wish in ask(judgement, obstacles, stuck):
                if isinstance(wish, AtLayer):
                    found.append((check, (key(wish.layer.nsg), check.direction), wish))
                else:
                    new.setdefault(wish[0], []).append(wish[1])
            if not new:
                return list(_gathered(judgement, found))
            obstacles.stuck += [(reason, FlowSet.union_all(sets)) for reason, sets in new.items()]

    def _allowing(self, judgement: Judgement, obstacles: Obstacles, stuck: FlowSet) -> Iterator[_Wish]:
        """Every layer that denies drifted flows should let them pass."""
        for check in judgement.checks:
            drifted = check.denied().intersect(judgement.drift)
            drifted = drifted.subtract(stuck) if stuck else drifted
            if emptied(drifted, judgement.question.oneself):
                continue
            told = FlowSet()
            for layer, flows, doubtful in self._at_layers(check, drifted):
                told = told.union(flows).union(doubtful)
                reason = obstacles.gates.get((key(layer.nsg), check.direction), "")
                if flows:
                    yield check, (reason, flows) if reason else _at(check, layer, flows)
                if doubtful:
                    yield check, (UNSURE, doubtful)
            for part in check.verdict.parts:
                if part.access is Access.DENY and (flows := part.flows.intersect(drifted).subtract(told)):
                    reason = obstacles.at(part.decider, check)
                    where = _layer_of(check.party.policy, part.decider)
                    yield check, _at(check, where, flows) if where and not reason else (reason, flows)

    def _at_layers(self, check: Checked, drifted: FlowSet) -> Iterator[tuple[Layer, FlowSet, FlowSet]]:
        """Of several NSGs in front of one NIC, what each stops, and apart what others may stop or not."""
        layers = check.party.policy.layers if len(check.party.policy.layers) > 1 else ()
        found = [layer for layer in layers if key(layer.nsg) in self.nsgs]
        by_layer = [(layer, self.judge.decide(alone(check.direction, layer), drifted)) for layer in found]
        for layer, verdict in by_layer:
            if flows := verdict.denied():
                unsure = FlowSet.union_all(other.unknown() for beside, other in by_layer if beside is not layer)
                yield layer, flows.subtract(unsure), flows.intersect(unsure)

    def _denying(self, judgement: Judgement, obstacles: Obstacles, stuck: FlowSet) -> Iterator[_Wish]:
        """One layer of those that let drifted flows pass should stop them."""
        for blame in self._placed(judgement, obstacles, stuck):
            layer = self._chosen(blame, obstacles)
            if layer is not None:
                yield blame.check, _at(blame.check, layer, blame.flows)
            else:
                yield blame.check, (self._against(blame, obstacles), blame.flows)

    def _placed(self, judgement: Judgement, obstacles: Obstacles, stuck: FlowSet) -> Iterator[Blame]:
        """The blames whose side is the one to mend: where either will do, the one where fewer NSGs have to change."""
        blames = [replace(b, flows=left) for b in _blames(judgement) if (left := b.flows.subtract(stuck))]
        inbound = [blame for blame in blames if blame.check.direction is Direction.INBOUND]
        yield from (blame for blame in blames if blame.check.direction is Direction.OUTBOUND)
        if not _is_either(judgement.question):
            yield from inbound
            return
        whole = _joined(inbound)
        sources = [b for b in _permitted_at_source(judgement, whole) if self._chosen(b, obstacles) is not None]
        able = [blame for blame in inbound if self._chosen(blame, obstacles) is not None]
        here, there = self._places(able, obstacles), self._places(sources, obstacles)
        first, second = (sources, able) if there < here and whole.is_subset(_joined(sources)) else (able, sources)
        yield from first
        done = _joined(first)
        if whole.is_subset(done):
            return
        for blame in (*second, *inbound):
            if left := blame.flows.subtract(done):
                yield replace(blame, flows=left)
                done = done.union(left)

    def _places(self, blames: Iterable[Blame], obstacles: Obstacles) -> int:
        """How many gates have to change for some flows to be stopped."""
        layers = ((blame, self._chosen(blame, obstacles)) for blame in blames)
        return len({(key(layer.nsg), blame.check.direction) for blame, layer in layers if layer is not None})

    def _chosen(self, blame: Blame, obstacles: Obstacles) -> Layer | None:
        """Of the layers that could stop flows, the one to do so."""
        gates = [(gate, layer) for gate, layer in self._gates(blame) if gate not in obstacles.gates]
        if len(gates) < 2:
            return gates[0][1] if gates else None
        return max(gates, key=lambda found: (self.undoes(found[0], found[1], blame.flows), self._demand[found[0]]))[1]

    def _against(self, blame: Blame, obstacles: Obstacles) -> str:
        own = obstacles.of(blame)
        refused = (obstacles.gates.get(gate, "") for gate, _ in self._gates(blame))
        decider = blame.part.decider
        none = (
            "it is not known which NSG is applied there"
            if key(decider.nsg) in self.nsgs and _layer_of(blame.check.party.policy, decider) is None
            else "no NSG is applied there, so there is none to put a rule into"
        )
        return own or next(filter(None, refused), none)

    def _gates(self, blame: Blame) -> list[tuple[Gate, Layer]]:
        """The layers that can stop permitted flows, the last one first; none where an admin rule has the last word."""
        if key(blame.part.decider.nsg) not in self.nsgs:
            return []
        check = blame.check
        layers = [layer for layer in reversed(check.party.policy.layers) if key(layer.nsg) in self.nsgs]
        return [((key(layer.nsg), check.direction), layer) for layer in dict.fromkeys(layers)]


_Wish = tuple[Checked, AtLayer | tuple[str, FlowSet]]


def _blames(judgement: Judgement) -> list[Blame]:
    return [blame for cause in causes_of(judgement) for blame in cause.blames]


def _joined(blames: Iterable[Blame]) -> FlowSet:
    return FlowSet.union_all(blame.flows for blame in blames)


def alone(direction: Direction, layer: Layer) -> Policy:
    """A layer as if it were the only one."""
    return Policy(direction, (layer,))


def _layer_of(policy: Policy, decider: Decider) -> Layer | None:
    return next((layer for layer in policy.layers if layer.nsg and key(layer.nsg) == key(decider.nsg)), None)


def _permitted_at_source(judgement: Judgement, flows: FlowSet) -> Iterator[Blame]:
    for check in judgement.checks if flows else ():
        if check.direction is Direction.OUTBOUND:
            for part in check.verdict.parts:
                if part.access is Access.ALLOW and (shared := part.flows.intersect(flows)):
                    yield Blame(check, part, shared)


def _gathered(judgement: Judgement, found: Iterable[tuple[Checked, Gate, AtLayer]]) -> Iterator[Want]:
    """By gate and VNet."""
    groups: dict[tuple[Gate, str], list[AtLayer]] = {}
    for check, gate, target in found:
        groups.setdefault((gate, _vnet(check)), []).append(target)
    for (gate, vnet), targets in groups.items():
        flows = FlowSet.union_all(target.flows for target in targets).merged()
        own = _own_flows(judgement, gate[1], flows).merged()
        yield Want(
            gate=gate,
            judgement=judgement,
            targets=tuple(_by_layer(targets)),
            flows=flows,
            own=own,
            vnet=vnet,
        )


def _at(check: Checked, layer: Layer, flows: FlowSet) -> AtLayer:
    return AtLayer(layer, flows, sum(bool(one.nsg) for one in check.party.policy.layers) == 1)


def _by_layer(targets: Iterable[AtLayer]) -> Iterator[AtLayer]:
    """One target for all NICs that the same layer judges."""
    found: dict[tuple[Layer, bool], list[FlowSet]] = {}
    for target in targets:
        found.setdefault((target.layer, target.is_alone), []).append(target.flows)
    for (layer, is_alone), flows in found.items():
        yield AtLayer(layer, FlowSet.union_all(flows).merged(), is_alone)


def _vnet(check: Checked) -> str:
    subnets = [*(e.subnet for e in check.party.endpoints), *check.party.subnets]
    return vnet_part(subnets[0]) if subnets else ""


def _own_flows(judgement: Judgement, direction: Direction, drifted: FlowSet) -> FlowSet:
    """All flows of the intent at the NICs where some drift; but to whom the destination can stop, it does."""
    question = judgement.question
    inbound = direction is Direction.INBOUND
    sources = ALL_ADDRESSES if inbound else AddressSet.of(s for b in drifted.boxes for s in b.sources.spans)
    destinations = AddressSet.of(s for b in drifted.boxes for s in b.destinations.spans)
    if not inbound:
        destinations = destinations.union(question.destinations.foreign) if _is_either(question) else ALL_ADDRESSES
    here = between(sources, destinations)
    return question.asked.subtract(question.uncertain).intersect(FlowSet((here,)))


def _is_either(question: Question) -> bool:
    """It is enough that one end stops the flows."""
    return question.expect is Access.DENY and question.at is At.EITHER and not isinstance(question.of, Boundary)
