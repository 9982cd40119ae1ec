"""An inventory -> the layers that its NSGs are in force as, and the places behind each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flowspec.comparison.places import JudgedNetwork, JudgedPlace, everyone, places, sides
from flowspec.model.inventory import Direction, Inventory, key
from flowspec.network.index import Endpoint, Network
from flowspec.policy.layers import Layer, Policy
from flowspec.sets.flows import Box, existing
from flowspec.sets.intervals import AddressSet
from flowspec.sets.space import RunSpace

NsgWay = tuple[str, Direction]
"""An NSG (its key) in one direction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LintEstate:
    """What is looked at: `original`, in which an NSG that is attached to nothing is judged as it would be anywhere."""

    original: Inventory
    judged: JudgedNetwork
    places: Sequence[JudgedPlace]
    layers: Mapping[NsgWay, Sequence[Layer]]
    policies: Mapping[Policy, Sequence[JudgedPlace]]
    space: RunSpace = field(default_factory=RunSpace)

    @property
    def network(self) -> Network:
        return self.judged.network

    @property
    def inventory(self) -> Inventory:
        return self.network.inventory

    def of_bastion(self) -> set[str]:
        """The NSGs (keys) of the subnets of Azure Bastion, which wants every rule of its list, idle or not."""
        subnets = self.original.subnets.values()
        return {key(one.nsg) for one in subnets if one.nsg and one.name.casefold() == "azurebastionsubnet"}

    def everything(self) -> list[Box]:
        """All flows that there can be."""
        every = everyone(self.judged, self.judged)
        return list(existing(every, every))

    def at(self, policy: Policy) -> list[Box]:
        """All flows that there can be at the NICs that a policy judges."""
        here = AddressSet.of(span for place in self.policies[policy] for span in place.addresses.spans)
        every = everyone(self.judged, self.judged)
        return list(existing(every, here) if policy.direction is Direction.INBOUND else existing(here, every))


def estate_of(inventory: Inventory) -> LintEstate:
    """The layers of every NSG, and the policies of every NIC."""
    judged, _ = sides(inventory, inventory)
    found = places(judged, judged)
    layers: dict[NsgWay, dict[Layer, None]] = {}
    policies: dict[Policy, list[JudgedPlace]] = {}
    for place in found:
        for direction in Direction:
            if place.new is None or not place.is_judged(direction):
                continue
            policy = judged.policy(place.new, direction)
            for layer in policy.layers:
                if layer.nsg:
                    layers.setdefault((key(layer.nsg), direction), {}).setdefault(layer)
            if isinstance(place.new, Endpoint):
                policies.setdefault(policy, []).append(place)
    return LintEstate(
        original=inventory,
        judged=judged,
        places=found,
        layers={way: tuple(held) for way, held in layers.items()},
        policies=policies,
    )
