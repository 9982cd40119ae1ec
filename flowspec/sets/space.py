"""The decision diagrams of one run: their store is made when something first needs it, and goes with the run."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowspec.sets.bdd import Space


class RunSpace:
    """Hands the store of a run to whoever draws diagrams in it. Two runs share nothing, and leave nothing behind."""

    @cached_property
    def drawn(self) -> Space:
        """The space, which takes loading a library; most runs never ask for it."""
        from flowspec.sets.bdd import Space

        return Space()
