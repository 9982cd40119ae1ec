"""A policy and a set of flows -> what each of its NSGs does with them, and which rule lets pass what passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowspec.decide.exact import Compiled, Part, Verdict, decide
from flowspec.model.inventory import Access
from flowspec.policy.layers import Decider, Layer, Policy
from flowspec.sets.flows import FlowSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """Flows that pass (`sure`) or may pass, by the rule that lets them; `by_default`: no custom rule does."""

    decider: Decider
    sure: bool
    by_default: bool
    flows: FlowSet


@dataclass(frozen=True, slots=True)
class Rulings:
    """The verdict of a policy, and what each of its NSGs says of the flows that come to it, in order."""

    verdict: Verdict
    layers: tuple[Verdict, ...]
    by_admin: tuple[Part, ...]

    def of_rules(self) -> Iterator[Part]:
        """What security admin rules decide, and what the rules of each NSG do."""
        yield from self.by_admin
        for layer in self.layers:
            yield from layer.parts

    def permitted(self) -> Iterator[Permitted]:
        """What passes, in parts that are disjoint: by a custom rule of the last NSG, else of one before, else by
        default."""
        for part in self.verdict.parts:
            if part.access is Access.DENY:
                continue
            sure, rest = part.access is not None, part.flows
            if custom := _custom(part):
                yield Permitted(decider=custom, sure=sure, by_default=False, flows=rest)
                continue
            for layer in reversed(self.layers[:-1]):
                for before in layer.parts:
                    custom = _custom(before)
                    if custom and before.access is not Access.DENY and (flows := rest.intersect(before.flows)):
                        yield Permitted(decider=custom, sure=sure, by_default=False, flows=flows)
                        rest = rest.subtract(flows)
            if rest:
                yield Permitted(decider=part.decider, sure=sure, by_default=True, flows=rest)


def _custom(part: Part) -> Decider | None:
    """What decides or may decide, other than Azure's default rules: where no NSG does, that is no default rule."""
    return next((one for one in (part.decider, *part.others) if one.rule is None or not one.rule.default), None)


class Layers:
    """A policy and each of its NSGs, cut into classes once for all that is asked about them.

    `known` keeps the NSGs alone: many policies have the same.
    """

    def __init__(self, policy: Policy, known: dict[Layer, Compiled]) -> None:
        self._admin = {id(variant.decider) for layer in policy.layers if layer.admin for variant in layer.variants}
        nsgs = [layer for layer in policy.layers if not layer.admin]
        for layer in nsgs:
            if layer not in known:
                known[layer] = Compiled(Policy(policy.direction, (layer,)))
        self._nsgs = tuple(known[layer] for layer in nsgs)
        self._is_alone = len(policy.layers) == len(nsgs) == 1
        self._whole = self._nsgs[0] if self._is_alone else Compiled(policy)

    def rulings(self, asked: FlowSet) -> Rulings:
        """What the policy and each of its NSGs say of some flows."""
        verdict = decide(self._whole, asked)
        if self._is_alone:
            return Rulings(verdict, (verdict,), ())
        by_admin = tuple(part for part in verdict.parts if part.access is not None and id(part.decider) in self._admin)
        coming, found = asked.subtract(FlowSet.union_all(part.flows for part in by_admin)), []
        for nsg in self._nsgs:
            found.append(decide(nsg, coming))
            coming = FlowSet.union_all(part.flows for part in found[-1].parts if part.access is not Access.DENY)
        return Rulings(verdict, tuple(found), by_admin)
