"""What a spec does not speak about, as plain data: exactly the document of `schemas/coverage.schema.json`, typed."""

from __future__ import annotations

from typing import Literal

from flowspec.model.documents.values import DocumentValue, IntentProblem, Pair, ShownAccess, SourceLine, Total

FORMAT_VERSION = "1.0"


class CoverageGap(DocumentValue, frozen=True, kw_only=True):
    """Flows that one rule permits at some NICs (ids) and of which nothing speaks; Unknown: that it may permit.

    `by_default`: Azure's default rules permit them, no custom rule has a part in it.
    """

    access: ShownAccess
    by_default: bool
    direction: Literal["Inbound", "Outbound"]
    nsg: str
    rule: str
    nics: tuple[str, ...]
    flows: tuple[Pair, ...]
    total: Total


class SilentRule(DocumentValue, frozen=True, kw_only=True):
    """A custom rule that decides flows, none of which an intent or boundary is about."""

    nsg: str
    rule: str
    access: ShownAccess
    where: SourceLine | None = None


class Coverage(DocumentValue, frozen=True, kw_only=True):
    """The coverage document. `percent` is `spoken` of `permits`, rounded down to a tenth; 100 where there are none.

    A permit is a NIC's address, a direction and what lets flows pass there; it is spoken of when all of its flows are.
    What Azure's default rules alone let pass is counted apart, as `default_permits` and `default_spoken`.
    `problems`: what is wrong with intents that are in error, and so speak of nothing.
    """

    format_version: str
    flowspec_version: str
    percent: float
    permits: int
    spoken: int
    default_permits: int
    default_spoken: int
    gaps: tuple[CoverageGap, ...]
    silent_rules: tuple[SilentRule, ...]
    uncovered: tuple[str, ...]
    problems: tuple[IntentProblem, ...] = ()
