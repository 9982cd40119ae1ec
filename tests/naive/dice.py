"""Random choices by one seed: drawing thousands of hypothesis values for a network would take most of a test's time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeVar

from tests.naive.resources import Json

Item = TypeVar("Item")
ROOT = "/subscriptions/0a1b2c3d-0000-0000-0000-000000000001/resourceGroups/rg-Net/providers/Microsoft.Network"


class Dice(random.Random):
    """A random source with the words that drawing a network needs."""

    def chance(self, share: float) -> bool:
        return self.random() < share

    def some(self, items: Sequence[Item], low: int, high: int) -> list[Item]:
        return self.sample(list(items), min(len(items), self.randint(low, high)))

    def weighted(self, weights: dict[Item, float]) -> Item:
        return self.choices(list(weights), list(weights.values()))[0]

    def cased(self, text: str, share: float = 0.15) -> str:
        """The same name in another letter case, now and then: Azure's names are equal in any."""
        return self.choice([text.upper(), text.lower(), text.swapcase()]) if self.chance(share) else text

    def reference(self, resource_id: str) -> Json:
        return {"id": self.cased(resource_id, 0.12)}


def resource(type_name: str, name: str, properties: Json, **more: Any) -> Json:
    """A resource as the REST API returns it."""
    return {
        "id": f"{ROOT}/{type_name}/{name}",
        "name": name,
        "type": f"Microsoft.Network/{type_name}",
        "location": "westeurope",
        "tags": {},
        "properties": properties,
        **more,
    }
