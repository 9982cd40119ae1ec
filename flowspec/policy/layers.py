"""What judges one side of a flow: layers in order, each a list of variants of which the first that matches decides.

A variant is a box of flows with the doubts it rests on: a rule whose every field is certain is one variant without
doubts; a rule on a tag without data is a variant that holds *if* the address is in the tag. All else that Azure does
(no NSG, a missing NSG, a private endpoint) is spelt as variants too, so that `decide/` knows one thing only.
"""

from __future__ import annotations

from dataclasses import dataclass

from flowspec.model.inventory import Access, Direction, Rule
from flowspec.sets.flows import Box

Doubts = frozenset[tuple[str, str]]
"""Facts that are not known, each of one end of the flow: {("source", "storage")}."""

CERTAIN: Doubts = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Decider:
    """What decides a flow: `rule` of the NSG (or admin collection) `nsg`; without a rule, `note` says what it is."""

    access: Access
    nsg: str = ""
    rule: Rule | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Variant:
    """One way in which a decider applies: to `box`, if its doubts hold. `reason` and `settle` explain the doubts."""

    box: Box
    decider: Decider
    doubts: Doubts = CERTAIN
    reason: str = ""
    settle: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """First match decides; every flow is matched by some certain variant at the end. `nsg` is its id, or "".

    `base`: the layer of the same NSG before its rules were changed; what both have of its variants is the same object.
    """

    nsg: str
    variants: tuple[Variant, ...]
    admin: bool = False
    base: Layer | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """The layers of one side. Alike policies are one object (see `Policies`), however many NICs have them."""

    direction: Direction
    layers: tuple[Layer, ...]
    no_nsg: bool = False
