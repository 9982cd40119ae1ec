"""The walk of one flow through Azure's filters, as plain data: documents of several commands hold it."""

from __future__ import annotations

from typing import Literal

from flowspec.model.documents.values import DecidedBy, DocumentValue, ExampleFlow, ShownAccess


class NearMiss(DecidedBy, frozen=True, kw_only=True):
    """A rule that one field alone keeps from matching: which one, and why."""

    field: Literal["protocol", "source", "source port", "destination", "destination port"]
    why: str


class Meaning(DocumentValue, frozen=True, kw_only=True):
    """What a tag or an application security group of the deciding rule stands for here: prefixes, shortened."""

    term: str
    stands_for: tuple[str, ...]


class WalkedLayer(DocumentValue, frozen=True, kw_only=True):
    """One layer: its rules were tried in order until one decided. `tried` counts those of its direction before that.

    `step` counts as docs/semantics.md does under *Layers*. Unknown: `reason` says why and `settle` what would settle
    it; `decided_by` then holds what may decide.
    """

    step: str
    nsg: str
    access: ShownAccess
    tried: int
    decided_by: tuple[DecidedBy, ...]
    near_misses: tuple[NearMiss, ...] = ()
    meanings: tuple[Meaning, ...] = ()
    reason: str = ""
    settle: str = ""


class EndWalk(DocumentValue, frozen=True, kw_only=True):
    """One end of the flow. `nic` and `subnet` are ids, "" where the inventory has none at this address; then it has no
    filter of its own, and `layers` is empty."""

    end: Literal["source", "destination"]
    direction: Literal["Inbound", "Outbound"]
    address: str
    nic: str
    subnet: str
    access: ShownAccess
    layers: tuple[WalkedLayer, ...]
    note: str = ""


class PathWalk(DocumentValue, frozen=True, kw_only=True):
    """Whether a direct path between two ends of the inventory is shown, and what says so."""

    direct: bool
    why: str


class FlowWalk(DocumentValue, frozen=True, kw_only=True):
    """One flow from end to end. `of` is what it is an example of: the address of an intent, with its status; or ""."""

    of: str
    flow: ExampleFlow
    access: ShownAccess
    ends: tuple[EndWalk, ...]
    path: PathWalk | None
