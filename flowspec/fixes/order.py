"""Batches of edits that go together -> as many as can be made in a safe order, and their steps in that order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from flowspec.decide.exact import TooManyError
from flowspec.fixes.edits import Edit, edited
from flowspec.fixes.gates import Behind
from flowspec.fixes.limits import Limits
from flowspec.fixes.steps import ordered
from flowspec.intents.judge import Judge
from flowspec.intents.questions import Planner
from flowspec.model.inventory import key
from flowspec.policy.layers import Layer, Policy
from flowspec.sets.flows import FlowSet

_NO_ORDER = "its fix can't be made step by step beside the other fixes of this plan; apply those and plan again"
_NO_ORDER_ALONE = "its fix can't be made step by step so that nothing is cut or opened on the way"


@dataclass(frozen=True, slots=True)
class StepOrder:
    """The steps that come to some batches, and why each of the others (by its number) can't be made beside them."""

    steps: tuple[Edit, ...]
    left_out: Mapping[int, str]


@dataclass
class Orderer:
    """Finds safe orders; what a rule would open is looked up where the order hangs on it."""

    planner: Planner
    judge: Judge

    def in_order(self, batches: Sequence[Sequence[Edit]]) -> StepOrder:
        """All batches but those that can't be made beside the ones before them; these are found by halves."""
        left_out: dict[int, str] = {}
        while True:
            numbers = [number for number in range(len(batches)) if number not in left_out]
            steps, reason = self._steps(batches, numbers)
            if not reason:
                return StepOrder(steps, left_out)
            works, fails = 0, len(numbers)
            while fails - works > 1:
                tried = (works + fails) // 2
                _, why = self._steps(batches, numbers[:tried])
                works, fails, reason = (works, tried, why) if why else (tried, fails, reason)
            left_out[numbers[works]] = _NO_ORDER_ALONE if reason == _NO_ORDER and not works else reason

    def _steps(self, batches: Sequence[Sequence[Edit]], numbers: Sequence[int]) -> tuple[tuple[Edit, ...], str]:
        """The steps of some batches, or why there are none."""
        edits = (edit for number in numbers for edit in batches[number])
        steps = ordered(edits, self.planner.network.inventory.nsgs, self._passes)
        return (steps, self._limits.broken(steps)) if steps is not None else ((), _NO_ORDER)

    @cached_property
    def _limits(self) -> Limits:
        return Limits(self.planner.network)

    @cached_property
    def _behind(self) -> Behind:
        return Behind(self.planner, ())

    def _passes(self, edit: Edit) -> bool:
        """Whether the NSG lets pass all that a new rule matches, to and from everyone whom it judges."""
        again = self.planner.policies.with_nsgs(edited(self.planner.network.inventory.nsgs, [edit]))
        for policy, judged in self._behind.policies([edit.gate]):
            for then, now in zip(policy.layers, again.renewed(policy).layers, strict=True):
                boxes = [variant.box for variant in now.variants if variant.decider.rule is edit.after]
                flows = FlowSet.of(box.intersect(whole) for box in boxes for whole in judged)
                if key(then.nsg) == edit.gate[0] and flows and not self._is_allowed(edit, flows, then):
                    return False
        return True

    def _is_allowed(self, edit: Edit, flows: FlowSet, layer: Layer) -> bool:
        try:
            return not flows.subtract(self.judge.decide(Policy(edit.gate[1], (layer,)), flows).allowed())
        except TooManyError:
            return False
