"""Spec + inventory + day -> the questions to decide and the judge who decides them: what every part of a run shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.intents.contradictions import contradictions
from flowspec.intents.groups import opaque_tags
from flowspec.intents.judge import Judge
from flowspec.intents.patterns import is_glob, pattern
from flowspec.intents.questions import Planner, Question
from flowspec.intents.summary import Outline
from flowspec.model.inventory import Inventory
from flowspec.model.spec import Boundary, Intent, Spec
from flowspec.network.index import Network
from flowspec.policy.layers import Policy
from flowspec.policy.policies import Policies
from flowspec.sets.intervals import AddressSet

if TYPE_CHECKING:
    from flowspec.model.live import Progress


class Case:
    """`targets`: only these intents and boundaries. `shard` (number, of): of those, every `of`-th is this run's own.

    `questions` are all of them, since a fix must harm none; FlowspecError for a target that is not there. `numbers` are
    those of another case's network, with which this one is to be compared.
    """

    def __init__(
        self,
        spec: Spec,
        inventory: Inventory,
        today: date,
        targets: tuple[str, ...] = (),
        shard: tuple[int, int] = (1, 1),
        tell: Progress | None = None,
        numbers: dict[str, int] | None = None,
    ) -> None:
        self.spec, self.inventory, self.today, self.targets, self.shard = spec, inventory, today, targets, shard
        self.network = network_of(spec, inventory, numbers)
        self.planner = Planner(spec=spec, network=self.network, policies=Policies(self.network), today=today)
        self.judge = Judge(network=self.network, paths_assumed=assumed_paths(self.planner))
        self.questions = self._questions(tell)

    def _questions(self, tell: Progress | None) -> tuple[Question, ...]:
        chosen = _chosen(self.spec, self.targets)
        questions: list[Question] = []
        for of in chosen:
            questions.append(self.planner.question(of))
            if tell is not None:
                tell("expand", len(questions), len(chosen))
        clashes = contradictions(self.planner, questions)
        return tuple(_with(question, clashes.get(question.address, ())) for question in questions)

    @property
    def disabled(self) -> tuple[Intent | Boundary, ...]:
        """The intents and boundaries that the spec does not want judged."""
        return tuple(of for of in _declared(self.spec) if not of.enabled)

    @property
    def own(self) -> tuple[Question, ...]:
        """The questions that this run reports."""
        number, of = self.shard
        return self.questions[number - 1 :: of]

    @property
    def is_whole(self) -> bool:
        """Whether this run reports all that the spec wants judged, over all of the network that it names."""
        return not self.targets and self.shard == (1, 1) and not self.inventory.unread

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """Every policy that the run's own questions are put to, in their order."""
        return tuple(dict.fromkeys(party.policy for question in self.own for party, _ in question.parties()))

    @property
    def checks(self) -> int:
        """How many times a policy is put a question."""
        return sum(len(q.sources.parties) + len(q.destinations.parties) for q in self.own)

    def outlines(self, number: int, of: int) -> Mapping[str, Outline]:
        """What the checks of every `of`-th policy come to, from the `number`-th on: by question."""
        policies = frozenset(self.policies[number::of])
        asked = (question for question in self.own if not question.problems)
        return {question.address: self.judge.outline(question, policies) for question in asked}


def network_of(spec: Spec, inventory: Inventory, numbers: dict[str, int] | None = None) -> Network:
    """The inventory with what the spec assumes of it; `numbers` as in `Network`."""
    tags = opaque_tags(spec, inventory.service_tags.prefixes)
    return Network(inventory, spec.assumptions.values(), tags, numbers)


def assumed_paths(planner: Planner) -> tuple[tuple[AddressSet, AddressSet], ...]:
    """The pairs of address sets between which `assume { path = true }` says that there is a path."""
    stated = (a for a in planner.spec.assumptions.values() if a.path)
    return tuple((planner.places(a.sources), planner.places(a.destinations)) for a in stated)


def _declared(spec: Spec) -> tuple[Intent | Boundary, ...]:
    return (*spec.intents.values(), *spec.boundaries.values())


def _chosen(spec: Spec, targets: tuple[str, ...]) -> list[Intent | Boundary]:
    """The enabled intents and boundaries; of those, the ones that are meant; FlowspecError for a target of none."""
    every = {of.address: of for of in _declared(spec)}
    meant = {target: _meant(target, every) for target in targets}
    unknown = [target for target, addresses in meant.items() if not addresses]
    if unknown:
        near = get_close_matches(unknown[0], every, 1)
        advice = f"did you mean {near[0]}?" if near else f"there are: {', '.join(list(every)[:10]) or 'none'}"
        raise FlowspecError(Problem(Severity.ERROR, f"there is no {unknown[0]} to target", advice))
    chosen = {address for addresses in meant.values() for address in addresses}
    if spec.platform is not None:
        chosen |= {of.address for of in _declared(spec.platform)}
    return [of for address, of in every.items() if of.enabled and (not targets or address in chosen)]


def _meant(target: str, every: Mapping[str, Intent | Boundary]) -> list[str]:
    """The address itself; of a glob all that fit it and are enabled."""
    if is_glob(target):
        matches = pattern(target).fullmatch
        return [address for address, of in every.items() if of.enabled and matches(address.casefold())]
    return [target] if target in every else []


def _with(question: Question, problems: tuple[Problem, ...]) -> Question:
    return replace(question, problems=question.problems + problems) if problems else question
