"""What an apply, or its way back, came to: exactly the document of `schemas/apply.schema.json`, typed."""

from __future__ import annotations

from typing import Literal

from flowspec.model.documents.plan import Action, DocumentValue

FORMAT_VERSION = "1.0"

ApplyOutcome = Literal["unchanged", "applied", "rolled back", "stopped"]
"""Stopped: the network is between the old and the new, and the journal says how far."""


class AppliedStep(DocumentValue, frozen=True, kw_only=True):
    """A step of the plan and what became of it.

    `open`: it was begun, and how its rule is, is not known. `left`: it was done and could not be undone; `mend` is then
    the command that does.
    """

    nsg: str
    rule: str
    action: Action
    outcome: Literal["not begun", "open", "done", "undone", "left"]
    note: str = ""
    mend: str = ""


class WrongAnswer(DocumentValue, frozen=True, kw_only=True):
    """A flow that Azure answers otherwise than its rules say."""

    nic: str
    direction: str
    protocol: str
    local: str
    remote: str
    expected: str
    answered: str


class AppliedCheck(DocumentValue, frozen=True, kw_only=True):
    """What ipFlowVerify was asked afterwards: `answered` probes, of which `mended` are flows that the plan changes.

    `unanswered` are the reasons why others have no answer; `left_out` were more than was agreed to ask. `as_before` are
    flows that the plan does not change and that Azure answered so before the first step: they are not held against it.
    """

    answered: int
    mended: int
    calls: int
    wrong: tuple[WrongAnswer, ...] = ()
    as_before: tuple[WrongAnswer, ...] = ()
    unanswered: tuple[str, ...] = ()
    left_out: int = 0


class ApplyResult(DocumentValue, frozen=True, kw_only=True):
    """The apply document. `plan` is the plan's digest, `problem` what stopped it, `journal` the file that goes on."""

    format_version: str
    flowspec_version: str
    plan: str
    endpoint: str
    outcome: ApplyOutcome
    problem: str = ""
    forced: tuple[str, ...] = ()
    steps: tuple[AppliedStep, ...] = ()
    check: AppliedCheck | None = None
    journal: str = ""
