"""A policy -> the rules of its NSGs that never decide a flow, and those whose flows would fare the same without them.

Exact, coverage by several rules together included. A variant in doubt covers nothing, and is covered like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowspec.engine.decide import Compiled, Product, Step, common, meets, split
from flowspec.engine.policy import Decider, Layer, Policy
from flowspec.model.inventory import Rule


@dataclass(frozen=True, slots=True)
class Dead:
    """A rule that could go. `shadowed`: rules before it take all its flows; else those behind it answer them alike."""

    decider: Decider
    rule: Rule
    shadowed: bool


def dead_rules(policy: Policy) -> tuple[Dead, ...]:
    """The user's rules of each layer that could go, one at a time, without a flow being answered otherwise."""
    return tuple(found for layer, steps in Compiled(policy).layers for found in _dead(layer, steps))


def _dead(layer: Layer, steps: list[Step]) -> Iterator[Dead]:
    own: dict[Decider, list[int]] = {}
    for number, step in enumerate(steps):
        own.setdefault(step.variant.decider, []).append(number)
    certain = [not step.variant.doubts for step in steps]
    for decider, numbers in own.items():
        if decider.rule is None or decider.rule.default:
            continue
        before = [step for step, sure in zip(steps[: numbers[0]], certain, strict=False) if sure]
        if all(_left(steps[number].classes, before) is None for number in numbers):
            yield Dead(decider, decider.rule, shadowed=True)
        elif not layer.admin and _alike(steps[numbers[0] : numbers[-1] + 1], before, steps[numbers[-1] + 1 :]):
            yield Dead(decider, decider.rule, shadowed=False)


def _left(product: Product, steps: list[Step]) -> Product | None:
    """Some of a product that none of the steps take; depth first."""
    relevant = [step.classes for step in steps if meets(step.classes, product)]
    open_ = [(product, 0)]
    while open_:
        piece, at = open_.pop()
        while at < len(relevant) and not meets(relevant[at], piece):
            at += 1
        if at == len(relevant):
            return piece
        _, outside = split([piece], relevant[at])
        open_ += [(rest, at + 1) for rest in outside]
    return None


def _alike(own: list[Step], before: list[Step], behind: list[Step]) -> bool:
    """Everything that the rule decides would be decided alike behind it, doubts or not."""
    if any(step.variant.doubts for step in own):
        return False
    for step in own:
        taken = [earlier for earlier in before if meets(earlier.classes, step.classes)]
        for after in behind:
            if meets(after.classes, step.classes):
                if after.variant.decider.access is not step.variant.decider.access:
                    if _left(common(step.classes, after.classes), taken) is not None:
                        return False
                elif not after.variant.doubts:
                    taken.append(after)
    return True
