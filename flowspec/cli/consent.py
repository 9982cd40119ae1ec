"""What is agreed to beforehand, and the question that is asked otherwise, in Terraform's words."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from flowspec.cli.terminal import tell, tell_drawn
from flowspec.errors import FlowspecError, Problem, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What `flowspec apply` may do."""

    auto_approve: Annotated[
        bool, typer.Option("--auto-approve", help="Do not ask before changing anything.", show_default=False)
    ] = False
    rollback: Annotated[
        bool,
        typer.Option(
            "--rollback",
            help="Undo an apply that was cut short, or that of the plan that is named.",
            show_default=False,
        ),
    ] = False
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Change also much of an NSG, rules that flowspec did not make, and NSGs that someone else keeps.",
            show_default=False,
        ),
    ] = False
    terraform: Annotated[
        list[Path] | None,
        typer.Option(
            "--terraform",
            metavar="FILE",
            help="A state or plan (terraform show -json): the NSGs in it are Terraform's. Repeatable.",
            show_default=False,
        ),
    ] = None

    def ask(self, question: str, what: str) -> None:
        """FlowspecError unless the answer is yes."""
        if self.auto_approve:
            return
        tell_drawn("")
        for line in (question, f"  {what}", "  Only 'yes' will be accepted to confirm."):
            tell(line)
        sys.stderr.write("\n  Enter a value: ")
        sys.stderr.flush()
        answer = sys.stdin.readline() if sys.stdin else ""
        tell_drawn("")
        if not answer:
            advice = "Nothing was changed. Where nobody is there to be asked, give --auto-approve."
            raise FlowspecError(Problem(Severity.ERROR, "Nobody answered", advice))
        if answer.strip() != "yes":
            raise FlowspecError(Problem(Severity.ERROR, "Apply cancelled", "Nothing was changed."))


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterApply:
    """How Azure is asked whether it does as its rules say."""

    recheck: Annotated[
        str, typer.Option("--recheck", metavar="TIME", help="How long Azure may take to answer by the new rules.")
    ] = "300s"
    max_calls: Annotated[
        int, typer.Option("--max-calls", metavar="N", min=0, help="The most flows to ask ipFlowVerify about.")
    ] = 100
