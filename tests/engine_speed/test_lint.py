"""Rules that could go: taking each out of its layer changes nothing, and taking out any other rule does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.policies import Case, adversarial, realistic
from flowspec.engine.decide import Compiled
from flowspec.engine.lint import dead_rules
from flowspec.engine.policy import Layer, Policy
from flowspec.engine.regions import Diagrams
from flowspec.engine.wide import first_flow
from flowspec.model.inventory import Access, Direction
from tests.engine_speed.test_wide import EVERYTHING


def answers(layer: Layer) -> object:
    return dict(Diagrams(Policy(Direction.INBOUND, (layer,))).shares(EVERYTHING))


def without(layer: Layer, name: str) -> Layer:
    return replace(
        layer, variants=tuple(v for v in layer.variants if v.decider.rule is None or v.decider.rule.name != name)
    )


@pytest.mark.parametrize(
    "case", [realistic(4, 45), realistic(5, 90, tag=False), adversarial(6, 14)], ids=lambda c: c.name
)
def test_what_could_go(case: Case) -> None:
    for layer in case.policy.layers:
        taken_out(layer, exact=False)
        taken_out(replace(layer, variants=tuple(v for v in layer.variants if not v.doubts)), exact=True)


def taken_out(layer: Layer, *, exact: bool) -> None:
    """`exact`: nothing is in doubt, so taking out what is not found changes something."""
    found = {dead.rule.name: dead for dead in dead_rules(Policy(Direction.INBOUND, (layer,)))}
    assert found
    whole = answers(layer)
    for name in {v.decider.rule.name for v in layer.variants if v.decider.rule and not v.decider.rule.default}:
        if name in found:
            assert answers(without(layer, name)) == whole, name
            assert found[name].shadowed == never_decides(layer, name)
        elif exact:
            assert answers(without(layer, name)) != whole, name


def is_of(rule: object, name: str) -> bool:
    return getattr(rule, "name", "") == name


def never_decides(layer: Layer, name: str) -> bool:
    """With the rule's variants alone allowing, and alone denying, nothing is answered otherwise."""

    def only(access: Access) -> Layer:
        variants = tuple(
            replace(v, decider=replace(v.decider, access=access if is_of(v.decider.rule, name) else Access.DENY))
            for v in layer.variants
        )
        return Layer(layer.nsg, variants)

    compiled = Compiled(Policy(Direction.INBOUND, (only(Access.ALLOW),)))
    return first_flow(compiled, EVERYTHING, Access.DENY) is None
