"""Steps of an apply as they go -> lines on standard error, as Terraform tells them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flowspec.cli.terminal import tell

if TYPE_CHECKING:
    from flowspec.applying.running import Doing
    from flowspec.model.documents.plan import Step

_PATIENT = 10.0
"""Seconds after which it is told that a step still goes on."""
_VERBS = {"create": ("Creating", "Creation"), "update": ("Changing", "Change"), "delete": ("Deleting", "Deletion")}


class StepLines:
    """Told each step as it goes; `sleep` waits for it, and says so where that takes long."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._at, self._verb = "", ""
        self._since = self._told = time.monotonic()

    def __call__(self, number: int, doing: Doing) -> None:
        from flowspec.applying.steps import action_of, place_of

        step = self._steps[number]
        verb, noun = _VERBS[action_of(step)]
        self._at = f"[{number + 1}/{len(self._steps)}] {place_of(step).shown}"
        if doing in ("begun", "undoing"):
            self._verb = verb if doing == "begun" else "Undoing"
            self._since = self._told = time.monotonic()
            tell(f"{self._at}: {self._verb}...")
        elif doing == "kept":
            tell(f"{self._at}: {noun} complete, by an earlier run")
        else:
            what = f"{noun} complete" if doing == "done" else "Undone" if doing == "undone" else "Failed"
            tell(f"{self._at}: {what} after {time.monotonic() - self._since:.0f}s")

    def sleep(self, seconds: float) -> None:
        """Sleeps, and tells every while that it goes on."""
        ends = time.monotonic() + seconds
        while (now := time.monotonic()) < ends:
            if now - self._told >= _PATIENT:
                self._told = now
                tell(f"{self._at}: Still {self._verb.lower() or 'waiting'}... [{now - self._since:.0f}s elapsed]")
            time.sleep(min(_PATIENT, ends - now))
