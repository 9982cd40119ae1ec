"""Probes -> Azure's answers, and where one differs from the prediction it is asked again (azure.md A12)."""

from __future__ import annotations

import time
from collections.abc import Sequence

from flowspec.counting import counted
from flowspec.model.documents.plan import Probe
from flowspec.model.inventory import Inventory
from flowspec.verifiers.asking import Asking
from flowspec.verifiers.live import AzureAnswers, Inquiry

_SHARES = (0.1, 0.3, 0.6)
"""The waits before each new round, as shares of the time for them all: a change takes up to minutes to show."""


def verify(probes: Sequence[Probe], inventory: Inventory, asking: Asking) -> AzureAnswers:
    """As `live.verify`, with growing waits between rounds of what differs, bounded by `--recheck` and `--timeout`."""
    inquiry = Inquiry(probes, inventory, asking)
    inquiry.run()
    for share in _SHARES:
        differing = inquiry.differing()
        wait = asking.recheck * share
        if not differing or wait >= asking.deadline.left() or asking.recheck <= 0:
            break
        answers = counted(len(differing), "answer differs", "answers differ")
        asking.tell(f"{answers} from the prediction: asking again in {wait:.0f} s.")
        time.sleep(wait)
        inquiry.ask(differing)
    return inquiry.result()
