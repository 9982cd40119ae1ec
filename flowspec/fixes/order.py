"""Batches of edits that go together -> as many as can be made in a safe order, and their steps in that order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flowspec.decide.exact import TooManyError
from flowspec.fixes.edits import Edit, edited
from flowspec.fixes.gates import Behind
from flowspec.fixes.steps import ordered
from flowspec.intents.judge import Judge
from flowspec.intents.questions import Planner
from flowspec.model.inventory import key
from flowspec.policy.layers import Layer, Policy
from flowspec.sets.flows import FlowSet


@dataclass
class Orderer:
    """Finds safe orders; what a rule would open is looked up where the order hangs on it."""

    planner: Planner
    judge: Judge

    def first(self, batches: Sequence[Sequence[Edit]]) -> tuple[int, tuple[Edit, ...]]:
        """How many of the first batches can be made, and the steps that come to them."""
        nsgs = self.planner.network.inventory.nsgs
        for count in range(len(batches), 0, -1):
            steps = ordered((edit for batch in batches[:count] for edit in batch), nsgs, self._passes)
            if steps is not None:
                return count, steps
        return 0, ()

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
