"""Why flows fare as they do, as plain data: exactly the document of `schemas/explain.schema.json`, typed."""

from __future__ import annotations

from typing import Literal

from flowspec.model.documents.plan import Change
from flowspec.model.documents.values import DocumentValue, IntentProblem
from flowspec.model.documents.walk import FlowWalk

FORMAT_VERSION = "1.0"


class TurnRound(DocumentValue, frozen=True, kw_only=True):
    """The smallest change of rules after which the answer is `access`; without one, `none` says why."""

    access: Literal["Allow", "Deny"]
    changes: tuple[Change, ...] = ()
    none: str = ""


class ExplainedFlow(FlowWalk, frozen=True, kw_only=True):
    """A walk, and what would turn its answer round; None where that is not known or nobody filters the flow."""

    turn: TurnRound | None


class Explanation(DocumentValue, frozen=True, kw_only=True):
    """The explain document."""

    format_version: str
    flowspec_version: str
    walks: tuple[ExplainedFlow, ...]
    assumptions: tuple[str, ...] = ()
    problems: tuple[IntentProblem, ...] = ()
