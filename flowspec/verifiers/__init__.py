"""Probes -> answers: the ways to verify a plan, by the name that `--verify` takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flowspec.model.documents.plan import Probe
from flowspec.model.inventory import Inventory
from flowspec.verifiers import both, live, offline
from flowspec.verifiers.asking import Asking
from flowspec.verifiers.live import AzureAnswers

ProbeVerifier = Callable[[Sequence[Probe], Inventory, Asking], AzureAnswers]

VERIFIERS: dict[str, ProbeVerifier] = {"offline": offline.verify, "live": live.verify, "both": both.verify}
