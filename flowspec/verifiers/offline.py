"""Probes -> no answers: the engine's prediction stands alone."""

from __future__ import annotations

from collections.abc import Sequence

from flowspec.model.documents.plan import Probe
from flowspec.model.inventory import Inventory
from flowspec.verifiers.asking import Asking
from flowspec.verifiers.live import AzureAnswers


def verify(probes: Sequence[Probe], inventory: Inventory, asking: Asking) -> AzureAnswers:
    """Nothing is asked."""
    return AzureAnswers()
