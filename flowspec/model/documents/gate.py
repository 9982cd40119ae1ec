"""What a gate says of a change, as a part of the plan and of the diff: whether it passes, and what was held against it.

`brakes` are all that were asked for, and a gate passes when every one of them does.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from flowspec.model.documents.values import DocumentValue, InventorySource, Pair, SourceLine, Status, Total


class Standing(StrEnum):
    """An intent as against before: as wished until now, failing and now for more, failing as before, or mended."""

    NEW = "new"
    WORSE = "worse"
    KNOWN = "known"
    MENDED = "mended"


class GatedIntent(DocumentValue, frozen=True, kw_only=True):
    """An intent that fails now or failed before. `before` is None where that was not judged, or could not be.

    `drift` are the flows that were not against the spec before, `unknown` those that were not in doubt before, for
    these `reasons`; both empty for one that is known. `fails`: its severity counts, so the gate does not pass.
    """

    address: str
    severity: Literal["error", "warning", "info"]
    standing: Standing
    before: Status | None
    after: Status
    fails: bool
    drift: tuple[Pair, ...] = ()
    drift_total: Total = Total()
    unknown: tuple[Pair, ...] = ()
    unknown_total: Total = Total()
    reasons: tuple[str, ...] = ()
    truncated: bool = False


class Undeclared(DocumentValue, frozen=True, kw_only=True):
    """Flows of one cause of the difference (its index) that no declared block covers; `effect` is the block's kind."""

    cause: int
    effect: Literal["opens", "closes"]
    flows: tuple[Pair, ...]
    total: Total
    truncated: bool = False


class DeclaredBlock(DocumentValue, frozen=True, kw_only=True):
    """One `opens` or `closes` block, in words. `happens`: how much of what it declares the change does."""

    effect: Literal["opens", "closes"]
    text: str
    happens: Literal["all", "part", "nothing"]
    where: SourceLine | None = None


class Brake(DocumentValue, frozen=True, kw_only=True):
    """One thing that was asked of the change, and in words why it does not hold; `notes` are what is told besides."""

    name: Literal["intents", "no-new-access", "declared", "exceptions"]
    passes: bool
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class GitRevision(DocumentValue, frozen=True, kw_only=True):
    """A revision that files were read from: as it was named, and the commit that this meant."""

    name: str
    commit: str


class ChangeGate(DocumentValue, frozen=True, kw_only=True):
    """The verdict on a change. `against` says what intents were compared with; `baseline` is that file.

    `opens`: the causes of the difference (their indexes) that open flows, or may.
    """

    passes: bool
    brakes: tuple[Brake, ...]
    against: Literal["base", "baseline", ""] = ""
    base: tuple[InventorySource, ...] = ()
    baseline: str = ""
    intents: tuple[GatedIntent, ...] = ()
    opens: tuple[int, ...] = ()
    declared: tuple[DeclaredBlock, ...] = ()
    undeclared: tuple[Undeclared, ...] = ()
    spec_ref: GitRevision | None = None
