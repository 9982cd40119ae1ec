"""Drifted judgements -> the fewest changed rules that mend them, each set proved by deciding everything again.

All that drifts is mended at once: what every gate should do otherwise is gathered over the whole plan (`goals`), the
fewest edits that do it are chosen gate by gate (`choose`), and what hangs together by its intents is proved together. A
gate whose edits can't be written or proved is left out with the flows that hinge on it, and the rest is chosen anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flowspec.decide.exact import TooManyError
from flowspec.fixes.choose import Choice, Chooser, Unserved
from flowspec.fixes.drafts import Drafter
from flowspec.fixes.edits import Edit, gives_way
from flowspec.fixes.gates import Gate
from flowspec.fixes.goals import UNSURE, Goals, Obstacles, Want, alone
from flowspec.fixes.overlap import may_meet
from flowspec.fixes.ownership import description_of, is_use_only, name_of
from flowspec.fixes.prove import NOTHING_MOVED, Portions, Prover, Trial, a_few
from flowspec.fixes.remedies import Remedy, RuleBatch, Tackled, remedies
from flowspec.fixes.spread import Spread
from flowspec.fixes.wishes import Wishes
from flowspec.intents.judge import Judge
from flowspec.intents.judgement import Judgement
from flowspec.intents.judgements import Judgements
from flowspec.intents.questions import Planner
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Access, Rule, key
from flowspec.policy.layers import Layer
from flowspec.sets.flows import NO_FLOWS, FlowSet

_ROUNDS = 12
_CHECKS = 100
"""As many checks as take about as long as to choose what is done for one want."""
_TOO_MANY = "the rules here cut these flows into more pieces than a change can be proved for: ask about fewer at once"
_TRIALS = 40
"""Proofs that the search for NSGs whose rules do harm may take; those it has not told apart by then are left out."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The batches on offer, and for each drifted intent the remedy of each of its causes.

    `shares`: of each batch, what is each edit's own. `gave_up`: flows stay as they are that other rules of the NSGs may
    let be mended, so that it is worth to search again once the batches are in.
    """

    batches: tuple[RuleBatch, ...] = ()
    shares: tuple[Portions, ...] = ()
    remedies: Mapping[str, tuple[Remedy, ...]] = field(default_factory=dict)
    gave_up: bool = False


def suggest(
    planner: Planner,
    judge: Judge,
    judgements: Iterable[Judgement],
    before: Judgements,
    spread: Spread,
) -> Suggestions:
    """Changes for all drifted ones of some intents, each batch proved by itself and all proved together.

    `before` has all intents: none of them may be harmed.
    """
    drifted = [j for j in judgements if j.status is Status.DRIFTED]
    if not drifted:
        return Suggestions()
    work = _Suggester(prover=Prover(planner, judge, before), drifted=drifted, spread=spread)
    batches = work.batches()
    kept = _compatible(work.prover, batches)
    offered = {address for batch in batches for address in batch.addresses}
    attempts = [Tackled(j, work.obstacles[j.question.address], j.question.address in offered) for j in drifted]
    shares = tuple(work.prover.shares(batch.edits, batch.effect) for batch in kept)
    unsure = {a for a, found in work.obstacles.items() if any(reason == UNSURE for reason, _ in found.stuck)}
    gave_up = len(kept) < len(batches) or not _left(work.obstacles, kept).isdisjoint(work.refused | unsure)
    return Suggestions(tuple(kept), shares, dict(remedies(attempts, kept)), gave_up)


def _left(drifted: Iterable[str], batches: Iterable[RuleBatch]) -> set[str]:
    """The intents that still drift once some batches are in, as far as these serve them."""
    mended = {
        address for b in batches for address in b.addresses if b.effect.judged[address].status is not Status.DRIFTED
    }
    return set(drifted) - mended


def _compatible(prover: Prover, order: Sequence[RuleBatch]) -> list[RuleBatch]:
    """The first batches that do together what each does alone, as many as go; found by halves."""
    works, fails = min(1, len(order)), len(order) + 1
    while fails - works > 1:
        tried = len(order) if fails > len(order) else (works + fails) // 2
        if work_together(prover, order[:tried]):
            works = tried
        else:
            fails = tried
    return list(order[:works])


def work_together(prover: Prover, batches: Sequence[RuleBatch]) -> bool:
    """Whether batches do together what each does alone. An intent that one alone touches fares as in its proof."""
    touched = Counter(address for batch in batches for address in batch.effect.judged)
    shared = {address for address, count in touched.items() if count > 1}
    if not shared:
        return True
    try:
        judged = prover.judged((edit for batch in batches for edit in batch.edits), shared)
    except TooManyError:
        return False
    alone: dict[str, Judgement] = {}
    for batch in batches:
        alone.update((address, batch.effect.judged[address]) for address in batch.addresses)
    return not Trial({}, judged).worse({a: alone[a] if a in alone else prover.before[a] for a in judged})


@dataclass(slots=True, kw_only=True)
class _Suggester:
    """Chooses edits for all gates, until what they come to can be proved."""

    prover: Prover
    drifted: Sequence[Judgement]
    spread: Spread
    obstacles: dict[str, Obstacles] = field(init=False)
    refused: set[str] = field(default_factory=set)
    _goals: Goals = field(init=False)
    _asked: Wishes = field(init=False)
    _chooser: Chooser = field(init=False)
    _wants: dict[str, list[Want]] = field(default_factory=dict)
    _choices: dict[Gate, tuple[tuple[Want, ...], Choice]] = field(default_factory=dict)
    _known: dict[str, dict[tuple[Gate, str, FlowSet], Want]] = field(default_factory=dict)
    _plain: set[Gate] = field(default_factory=set)
    _beside: dict[Gate, set[str]] = field(default_factory=dict)
    _batches: dict[tuple[Edit, ...], RuleBatch] = field(default_factory=dict)
    _removed: dict[Rule, FlowSet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        nsgs = self.prover.planner.network.inventory.nsgs
        self.obstacles = {j.question.address: Obstacles(nsgs) for j in self.drifted}
        self._asked = Wishes(prover=self.prover)
        self._chooser = Chooser(prover=self.prover, asked=self._asked, drafter=Drafter(self.prover, self._asked))
        self._goals = Goals(self.prover.judge, nsgs, self._undoes)
        self._goals.survey(self.drifted)

    def batches(self) -> list[RuleBatch]:
        """What is on offer, in the order of the intents."""
        for _ in range(_ROUNDS):
            self._choose()
            found = [proved for edits in self._hanging_together() if (proved := self._proved(edits)) is not None]
            if all(address in self._wants for address in self.obstacles):
                break
        return self._without_spare(found)

    def _without_spare(self, batches: list[RuleBatch]) -> list[RuleBatch]:
        """The batches without those whose intents another one mends as well, which is for these too then."""
        kept = list(batches)
        for spare in sorted(batches, key=lambda batch: -len(batch.edits)):
            others = [batch for batch in kept if batch is not spare]
            at = next((n for n, batch in enumerate(others) if self._mends_all(batch, spare)), None)
            if at is not None and len(others) < len(kept):  # one that is for more by now stays
                others[at] = self._also_for(others[at], spare.addresses)
                kept = others
        return kept

    def _mends_all(self, batch: RuleBatch, spare: RuleBatch) -> bool:
        """Whether a batch does for the intents of another what that does."""
        judged = batch.effect.judged
        known = all(address in judged for address in spare.addresses)
        return known and not _leaves_more(spare.addresses, spare.effect, judged, self.prover.before)

    def _also_for(self, batch: RuleBatch, more: Sequence[str]) -> RuleBatch:
        """A batch that serves more intents, of which its new rules tell."""
        edits, serves = [], []
        for edit, before in zip(batch.edits, batch.serves, strict=True):
            near = self.prover.behind.questions([edit.gate])
            addresses = {*before, *(address for address in more if address in near)}
            mine = tuple(address for address in self.obstacles if address in addresses)
            if edit.before is None and edit.after is not None:
                about = description_of(self.prover.planner.spec.name, mine)
                edit = replace(edit, after=replace(edit.after, description=about))
            edits.append(edit)
            serves.append(mine)
        return replace(batch, edits=tuple(edits), serves=tuple(serves))

    # What to do, gate by gate

    def _choose(self) -> None:
        """Edits for every gate of which something is wanted, anew where that changed; until all wants can be met."""
        while True:
            for judgement in self.drifted:
                if judgement.question.address not in self._wants:
                    self._wants[judgement.question.address] = self._wants_of(judgement)
            by_gate: dict[Gate, list[Want]] = {}
            for want in (want for wants in self._wants.values() for want in wants):
                by_gate.setdefault(want.gate, []).append(want)
            self._choices = {gate: found for gate, found in self._choices.items() if gate in by_gate}
            self._choose_at([(gate, tuple(wants)) for gate, wants in by_gate.items()])
            failures = [(gate, failed) for gate, (_, choice) in self._choices.items() for failed in choice.failures]
            if not failures:
                return
            for gate, failed in failures:
                if len(by_gate[gate]) > 1:
                    self._beside.setdefault(gate, set()).add(failed.address)
                self._refuse(gate, failed)

    def _choose_at(self, gates: Iterable[tuple[Gate, tuple[Want, ...]]]) -> None:
        """What some gates come to, each by itself, where it is not known."""
        new = [(gate, wants) for gate, wants in gates if gate not in self._choices or self._choices[gate][0] != wants]
        checks = _CHECKS * sum(len(wants) for _, wants in new)
        for (gate, wants), choice in zip(
            new, self.spread(lambda number: self._chosen(*new[number]), len(new), checks), strict=True
        ):
            self._choices[gate] = wants, self._here(gate, choice)

    def _chosen(self, gate: Gate, wants: Sequence[Want]) -> Choice:
        try:
            return self._chooser.choose(gate, wants, plainly=gate in self._plain)
        except TooManyError:
            return Choice(failures=tuple(Unserved(want.address, want.flows, _TOO_MANY) for want in wants))

    def _here(self, gate: Gate, choice: Choice) -> Choice:
        """A choice with the very rules of the NSG, which are known by their identity: it may come from elsewhere."""
        rules = {key(rule.name): rule for rule in self.prover.planner.network.inventory.nsgs[gate[0]].rules}
        edits = (replace(e, before=rules[key(e.before.name)]) if e.before is not None else e for e in choice.edits)
        return replace(choice, edits=tuple(edits))

    def _wants_of(self, judgement: Judgement) -> list[Want]:
        obstacles = self.obstacles[judgement.question.address]
        if judgement.shattered is not None:
            return []
        try:
            found = self._goals.wants(judgement, obstacles)
        except TooManyError:
            obstacles.stuck.append((_TOO_MANY, judgement.drift))
            return []
        known = self._known.setdefault(judgement.question.address, {})
        return [known.setdefault((want.gate, want.vnet, want.flows), want) for want in found]

    def _refuse(self, gate: Gate, failed: Unserved) -> None:
        """A gate can't do what is wanted of it: what hinges on that is wanted no more, or of another gate."""
        address = failed.address
        self.refused.add(address)
        whole = next((want for want in self._wants.get(address, ()) if want.gate == gate), None)
        if whole is not None and whole.access is Access.ALLOW and whole.flows.subtract(failed.flows):
            self.obstacles[address].stuck.append((failed.reason, failed.flows))
        else:
            self.obstacles[address].gates.setdefault(gate, failed.reason)
        self._wants.pop(address, None)

    def _undoes(self, gate: Gate, layer: Layer, flows: FlowSet) -> bool:
        """Whether it is enough that rules of a layer go for some flows to be stopped there, and nothing else is."""
        left = flows
        for part in self.prover.judge.decide(alone(gate[1], layer), flows).parts:
            rule = part.decider.rule
            if rule is None or rule.default or is_use_only(rule.name) or part.access is not Access.ALLOW:
                return False
            if rule not in self._removed:
                self._removed[rule] = self._closed_without(gate, rule, flows)
            left = left.subtract(self._removed[rule])
        return not left

    def _closed_without(self, gate: Gate, rule: Rule, flows: FlowSet) -> FlowSet:
        """What closes when a rule goes, if that is no more than is asked for."""
        nsg = self.prover.planner.network.inventory.nsgs[gate[0]].id
        moved = self.prover.tried([Edit(nsg, rule, None)]).moved(by_itself=True).get(gate[1], NOTHING_MOVED)
        if not moved.closes.meets(flows) or moved.opens or self._asked.beside(moved.closes, Access.DENY, gate):
            return NO_FLOWS
        return moved.closes

    # What hangs together, named and proved

    def _hanging_together(self) -> list[list[tuple[Edit, tuple[str, ...]]]]:
        """The edits in groups: those of two groups share no intents, and their order does not matter."""
        served = [(edit, choice.served_by(edit)) for _, choice in self._choices.values() for edit in choice.edits]
        groups: list[tuple[set[str], list[tuple[Edit, tuple[str, ...]]]]] = []
        for edit, addresses in served:
            mine = [group for group in groups if group[0].intersection(addresses) or _is_tied(edit, group[1])]
            whole = set(addresses).union(*(group[0] for group in mine))
            edits = [pair for group in mine for pair in group[1]]
            groups = [group for group in groups if group not in mine]
            groups.append((whole, [*edits, (edit, addresses)]))
        order = {address: number for number, address in enumerate(self.obstacles)}
        groups.sort(key=lambda group: min((order[address] for address in group[0]), default=len(order)))
        touched = {edit.gate[0] for edit, _ in served}
        nsgs = self.prover.planner.network.inventory.nsgs
        taken = {place: {key(rule.name) for rule in nsgs[place].rules} for place in touched}
        return [self._named(edits, taken) for _, edits in groups]

    def _named(
        self, edits: list[tuple[Edit, tuple[str, ...]]], taken: Mapping[str, set[str]]
    ) -> list[tuple[Edit, tuple[str, ...]]]:
        """New rules by what they are for; by NSG, the names that are `taken` are more then."""
        spec = self.prover.planner.spec
        found: list[tuple[Edit, tuple[str, ...]]] = []
        for edit, addresses in edits:
            rule = edit.after
            if edit.before is None and rule is not None:
                names = taken[key(edit.nsg)]
                name = name_of(addresses[0].partition(".")[2], rule.access, rule.direction, names)
                names.add(key(name))
                about = description_of(spec.name, addresses)
                edit = replace(
                    edit, after=replace(rule, name=name, description=about, id=f"{edit.nsg}/securityRules/{name}")
                )
            found.append((edit, addresses))
        return found

    def _proved(self, served: list[tuple[Edit, tuple[str, ...]]]) -> RuleBatch | None:
        """A group as a batch; None where it does harm, of which the obstacles are told."""
        served.sort(key=lambda pair: _denies(pair[0]))
        edits = tuple(edit for edit, _ in served)
        addresses = tuple(dict.fromkeys(address for _, found in served for address in found))
        known = self._batches.get(edits)
        if known is not None:
            return known
        try:
            effect = self.prover.effect(edits)
            refused = self._refused(served, effect)
            if not refused and self._is_mended(addresses, effect):
                found = self._needed(RuleBatch(edits, tuple(addresses for _, addresses in served), effect))
                self._batches[edits] = replace(found, is_smallest=self._is_smallest(found))
                return self._batches[edits]
        except TooManyError:
            for address in addresses:
                self.obstacles[address].stuck.append((_TOO_MANY, self.prover.before[address].drift))
                self._wants[address] = []
            return None
        for gate, reason in refused.items():
            wants, _ = self._choices.get(gate, ((), None))
            if gate not in self._plain and len(wants) > 1:
                self._plain.add(gate)
                self._choices.pop(gate, None)
                for want in wants:
                    self._wants.pop(want.address, None)
            else:
                culprits = self._culprits([pair for pair in served if pair[0].gate == gate])
                for want in wants:
                    if want.address in culprits:
                        self._refuse(gate, Unserved(want.address, want.flows, reason))
                for address in self._beside.pop(gate, set()) - culprits:  # perhaps these were in their way
                    others = {other: why for other, why in self.obstacles[address].gates.items() if other != gate}
                    self.obstacles[address] = replace(self.obstacles[address], gates=others, stuck=[])
                    self._wants.pop(address, None)
        return None

    def _is_smallest(self, batch: RuleBatch) -> bool:
        """Whether there is one edit, or each is the only one of a gate where some rule has to change."""
        if len(batch.edits) == 1:
            return True
        gates = {edit.gate for edit in batch.edits}
        forced = {
            want.gate for address in batch.addresses for want in self._wants.get(address, ()) if want.is_unavoidable
        }
        return len(gates) == len(batch.edits) and gates <= forced

    def _needed(self, batch: RuleBatch) -> RuleBatch:
        """The batch without edits that do nothing once the others are in: others may stop what they stop."""
        gates = {edit.gate for edit in batch.edits}
        if len(gates) < 2 or len(batch.edits) > _TRIALS:
            return batch
        for edit in reversed(batch.edits):
            others = {
                address for n, other in enumerate(batch.edits) if other is not edit for address in batch.serves[n]
            }
            mine = batch.serves[batch.edits.index(edit)]
            if (edit.rule.access is Access.DENY or edit.after is None) and others.issuperset(mine):
                rest = [n for n, other in enumerate(batch.edits) if other is not edit]
                edits = tuple(batch.edits[n] for n in rest)
                if not edits or gives_way(edit, edits) or self._is_missed(edit, mine, edits, batch.effect):
                    continue
                effect = self.prover.effect(edits)
                leaves_more = _leaves_more(batch.addresses, batch.effect, effect.judged, self.prover.before)
                if not leaves_more and not self._asked.objection(edits, effect):
                    batch = RuleBatch(edits, tuple(batch.serves[n] for n in rest), effect)
        return batch

    def _is_missed(self, edit: Edit, mine: Sequence[str], rest: Sequence[Edit], whole: Trial) -> bool:
        """Whether the intents that an edit serves need it beside the rest: most do, which a few flows show soonest."""
        boxes = FlowSet(tuple(self.prover.tried([edit]).changed_boxes()))
        for address in mine:
            before = self.prover.before[address]
            if before.question.expect is Access.DENY and before.shattered is None:
                mended = before.drift.subtract(whole.judged[address].drift)
                if self.prover.fares(rest, address, a_few(mended.intersect(boxes))).status is Status.DRIFTED:
                    return True
        return _leaves_more(mine, whole, self.prover.judged(rest, mine), self.prover.before)

    def _is_mended(self, addresses: Iterable[str], effect: Trial) -> bool:
        """Whether what was wanted is so; where it is not, another layer still decides."""
        mended = True
        for address in addresses:
            wanted = FlowSet.union_all(want.flows for want in self._wants.get(address, ()))
            after = effect.judged.get(address)
            left = after.drift.intersect(wanted) if after is not None else wanted
            if left:
                reason = "the rule that would mend it does not: another rule or layer still decides"
                self.obstacles[address].stuck.append((reason, left))
                self.refused.add(address)
                self._wants.pop(address, None)
                mended = False
        return mended

    def _refused(self, served: list[tuple[Edit, tuple[str, ...]]], effect: Trial) -> dict[Gate, str]:
        """The gates whose edits do harm, on top of those that do none; found by halves, the likely ones last."""
        edits = [edit for edit, _ in served]
        reason = self._asked.objection(edits, effect)
        gates = list(dict.fromkeys(edit.gate for edit in edits))
        if not reason or len(gates) == 1:
            return dict.fromkeys(gates, reason) if reason else {}
        kept: set[Gate] = set()
        refused: dict[Gate, str] = {}
        judging = self._judging(effect)
        likely, others = ([g for g in gates if (g in judging) is wanted] for wanted in (True, False))
        groups, trials = [group for group in (*_halves(likely), others) if group], 0
        while groups:
            group, trials = groups.pop(), trials + 1
            some = [edit for edit in edits if edit.gate in kept.union(group)]
            reason = self._asked.objection(some, self.prover.effect(some))
            if not reason:
                kept.update(group)
            elif len(group) == 1 or trials > _TRIALS:
                refused.update(dict.fromkeys(group, reason))
            else:
                groups += _halves(group)
        return refused

    def _culprits(self, served: Sequence[tuple[Edit, tuple[str, ...]]]) -> set[str]:
        """The intents of a gate whose edits do harm, on top of those of others that do none."""
        addresses = dict.fromkeys(address for _, found in served for address in found)
        kept: set[str] = set()
        for address in addresses if 1 < len(addresses) <= _TRIALS else ():
            some = [edit for edit, found in served if kept.union([address]).issuperset(found)]
            if not self._asked.objection(some, self.prover.effect(some)):
                kept.add(address)
        return set(addresses) - kept

    def _judging(self, effect: Trial) -> set[Gate]:
        """The gates that judge the intents that come to harm."""
        questions = [effect.judged[address].question for address in effect.worse(self.prover.before)]
        policies = {party.policy for q in questions for party in (*q.sources.parties, *q.destinations.parties)}
        return {(key(layer.nsg), policy.direction) for policy in policies for layer in policy.layers}


def _leaves_more(addresses: Iterable[str], whole: Trial, judged: Mapping[str, Judgement], before: Judgements) -> bool:
    """Whether drift of some intents is left that the whole mends; what is not judged anew is as `before`."""
    for address in addresses:
        now, mended = judged[address] if address in judged else before[address], whole.judged[address]
        if now.status is not mended.status or now.drift.subtract(mended.drift):
            return True
    return False


def _is_tied(edit: Edit, others: Iterable[tuple[Edit, tuple[str, ...]]]) -> bool:
    """Whether an edit and others of its gate may bear on the same flows, so that their order matters."""
    return any(
        edit.gate == other.gate
        and (edit.before is not None or other.before is not None or edit.rule.access is not other.rule.access)
        and may_meet(edit.rule, other.rule)
        for other, _ in others
    )


def _denies(edit: Edit) -> bool:
    """What a rule keeps open is told before the rule that closes the rest."""
    return edit.rule.access is Access.DENY


def _halves(gates: list[Gate]) -> list[list[Gate]]:
    """The second before the first: what is taken from the end is the first."""
    middle = len(gates) // 2
    return [gates[middle:], gates[:middle]]
