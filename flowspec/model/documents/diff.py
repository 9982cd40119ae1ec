"""The result of a diff as plain data: exactly the document of `schemas/diff.schema.json`, typed."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from flowspec.model.documents.gate import ChangeGate
from flowspec.model.documents.network_map import NetworkMap, SubnetBlock
from flowspec.model.documents.values import (
    Attachment,
    DecidedBy,
    DocumentValue,
    IntentProblem,
    InventorySource,
    Pair,
    ShownAccess,
    Total,
)

FORMAT_VERSION = "1.0"


class Effect(StrEnum):
    """What becomes of flows: they open, they close, or one of the two answers is not known."""

    OPENS = "opens"
    CLOSES = "closes"
    UNKNOWN = "unknown"


class DiffCause(DocumentValue, frozen=True, kw_only=True):
    """Flows that fare otherwise than before, for one reason.

    `effect` is `unknown` where one of the answers is: such flows may open or close. `endpoints` are the NICs, subnets
    and (attached to nothing) NSGs that judge them, by id. `old` decided before, `new` decides after: the rules of the
    layers whose answer changed. `reason` says why an answer is not known, `settle` what would settle it.
    `subnets` are those the flows are between; None where that is not told.
    """

    effect: Effect
    direction: Literal["Inbound", "Outbound"]
    before: ShownAccess
    after: ShownAccess
    endpoints: tuple[str, ...]
    flows: tuple[Pair, ...]
    total: Total
    old: tuple[DecidedBy, ...]
    new: tuple[DecidedBy, ...]
    reason: str = ""
    settle: str = ""
    truncated: bool = False
    subnets: tuple[SubnetBlock, ...] | None = None


class Presence(DocumentValue, frozen=True, kw_only=True):
    """A NIC or subnet (its id) that one inventory alone has, at these addresses."""

    id: str
    addresses: tuple[str, ...]


class Gap(DocumentValue, frozen=True, kw_only=True):
    """A part of a network, in words, that could not be read; `side` says of which."""

    what: str
    side: Literal["old", "new", "both"]


class DiffSummary(DocumentValue, frozen=True, kw_only=True):
    """`compared`: NICs, subnets and NSGs attached to nothing that were looked at."""

    causes: int = 0
    opens: int = 0
    closes: int = 0
    unknown: int = 0
    added: int = 0
    removed: int = 0
    compared: int = 0


class Diff(DocumentValue, frozen=True, kw_only=True):
    """The diff document. `complete` is False where a part of either network is not known: one of `unread`.

    `gate` is the verdict on the change, where one is asked for. `network` is the new one, with what is only in the old.
    """

    format_version: str
    flowspec_version: str
    complete: bool
    old: tuple[InventorySource, ...]
    new: tuple[InventorySource, ...]
    not_judged: tuple[str, ...]
    summary: DiffSummary
    causes: tuple[DiffCause, ...]
    added: tuple[Presence, ...]
    removed: tuple[Presence, ...]
    unread: tuple[Gap, ...] = ()
    problems: tuple[IntentProblem, ...] = ()
    vms: tuple[Attachment, ...] = ()
    gate: ChangeGate | None = None
    network: NetworkMap | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing is different, and nothing of either network is unknown that may be."""
        return self.is_alike and not self.unread

    @property
    def is_alike(self) -> bool:
        """What is known of both networks is the same."""
        return not (self.causes or self.added or self.removed)
