"""Edits that hang together, found in another network than the one that they are for -> batches, proved for this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flowspec.fixes.edits import Edit
from flowspec.fixes.overlap import may_meet
from flowspec.fixes.prove import Prover
from flowspec.fixes.remedies import RuleBatch
from flowspec.intents.judgement import Judgement
from flowspec.model.documents.plan import Status


@dataclass(slots=True)
class EditGroup:
    """Edits that hang together, each with the intents that it serves."""

    edits: list[Edit] = field(default_factory=list)
    serves: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, edit: Edit, serves: tuple[str, ...] = ()) -> None:
        self.edits.append(edit)
        self.serves.append(serves)

    def is_tied(self, edit: Edit) -> bool:
        """Whether one of its edits bears on the flows of another of its NSG."""
        return any(mine.gate == edit.gate and may_meet(mine.rule, edit.rule) for mine in self.edits)


def proved(prover: Prover, groups: Sequence[EditGroup]) -> list[RuleBatch] | None:
    """The groups as batches, all in one where one of them would do harm alone; None where they do all together."""
    batches = [batch_of(prover, group) for group in groups]
    if any(batch.effect.worse(prover.before) for batch in batches):
        whole = EditGroup()
        for group in groups:
            for edit, serves in zip(group.edits, group.serves, strict=True):
                whole.add(edit, serves)
        batches = [batch_of(prover, whole)]
    together = prover.effect(edit for batch in batches for edit in batch.edits)
    return None if together.worse(prover.before) else batches


def batch_of(prover: Prover, group: EditGroup) -> RuleBatch:
    """A group with what it does; of the intents that its edits serve, those that drift and are the better for it."""
    effect = prover.effect(group.edits)
    helped = {
        address
        for address, after in effect.judged.items()
        if prover.before[address].status is Status.DRIFTED and _is_less(after, prover.before[address])
    }
    serves = []
    for edit, mine in zip(group.edits, group.serves, strict=True):
        near = helped.intersection(mine) or helped.intersection(prover.behind.questions([edit.gate]))
        serves.append(tuple(address for address in prover.before if address in near))
    return RuleBatch(tuple(group.edits), tuple(serves), effect)


def _is_less(after: Judgement, before: Judgement) -> bool:
    return after.status is not Status.DRIFTED or after.drift.count() < before.drift.count()
