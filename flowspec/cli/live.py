"""The options about live Azure, each with its help -> Cloud and Asking."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli.ending import Code
from flowspec.cli.terminal import tell, tell_drawn
from flowspec.counting import counted

if TYPE_CHECKING:
    from flowspec.model.documents.plan import Verification
    from flowspec.model.live import Cloud, Progress
    from flowspec.verifiers.asking import Asking

_REASONS = 5
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Verify(StrEnum):
    """What `--verify` takes."""

    OFFLINE = "offline"
    LIVE = "live"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveReach:
    """Which Azure, and how it is reached."""

    cloud: Annotated[
        str, typer.Option("--cloud", metavar="NAME", help="AzureCloud, AzureUSGovernment or AzureChinaCloud.")
    ] = "AzureCloud"
    arm_endpoint: Annotated[
        str,
        typer.Option(
            "--arm-endpoint", metavar="URL", help="Another ARM: Azure Stack, flowspec serve.", show_default=False
        ),
    ] = ""
    parallelism: Annotated[
        int, typer.Option("--parallelism", metavar="N", min=1, max=256, help="The most calls to Azure at once.")
    ] = 10
    timeout: Annotated[
        str, typer.Option("--timeout", metavar="TIME", help="For the whole run, reading included: 90s, 30m, 2h.")
    ] = "30m"
    debug: Annotated[
        bool, typer.Option("--debug", help="Show every request to Azure, without secrets.", show_default=False)
    ] = False

    def made(self, progress: Progress | None) -> Cloud:
        """The way to Azure; the run's time begins now."""
        from flowspec.model.live import Cloud, Deadline

        return Cloud(
            name=self.cloud,
            arm_endpoint=self.arm_endpoint,
            parallelism=self.parallelism,
            debug=_trace if self.debug else None,
            progress=progress,
            deadline=Deadline.after(seconds(self.timeout, "--timeout")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Whether ipFlowVerify is asked, and how much."""

    verify: Annotated[
        Verify, typer.Option("--verify", help="Ask ipFlowVerify about the probes; both: hold them to the prediction.")
    ] = Verify.OFFLINE
    exhaustive: Annotated[
        bool, typer.Option("--exhaustive", help="Ask for every NIC, not one for each policy.", show_default=False)
    ] = False
    max_calls: Annotated[
        int, typer.Option("--max-calls", metavar="N", min=0, help="Stop before asking more often.")
    ] = 500
    max_age: Annotated[
        str, typer.Option("--max-age", metavar="TIME", help="Use Azure's answers again for so long.")
    ] = "24h"
    refresh: Annotated[bool, typer.Option("--refresh", help="Use no answers of earlier runs.", show_default=False)] = (
        False
    )
    recheck: Annotated[
        str, typer.Option("--recheck", metavar="TIME", help="How long to ask again where Azure disagrees.")
    ] = "150s"

    def made(self, cloud: Cloud) -> Asking | None:
        """How Azure is asked; None where it is not."""
        if self.verify is Verify.OFFLINE:
            return None
        from flowspec.verifiers.asking import Asking, through_azure
        from flowspec.verifiers.executor import AskingLimits

        whole = cloud.deadline.seconds
        return Asking(
            backend=through_azure(cloud),
            address=cloud.arm_endpoint.rstrip("/") or cloud.name,
            now=time.time(),
            folder=Path.cwd(),
            limits=AskingLimits(parallelism=cloud.parallelism, run=whole, call=min(180.0, whole)),
            exhaustive=self.exhaustive,
            max_calls=self.max_calls,
            max_age=seconds(self.max_age, "--max-age"),
            refresh=self.refresh,
            recheck=seconds(self.recheck, "--recheck"),
            tell=tell,
            progress=cloud.progress,
            deadline=cloud.deadline,
        )


def gate(told: Verification | None, *, part: bool = False) -> Code:
    """2 where Azure says otherwise or lacks an answer that was due; 1 where `--verify live` verified nothing."""
    if told is None:
        return Code.AS_WISHED
    is_empty = _verified_nothing(told, part)
    if is_empty and told.mode == "live":
        return Code.ERROR
    return Code.DIFFERENT if is_empty or told.disagreements or told.unanswered else Code.AS_WISHED


def _verified_nothing(told: Verification, part: bool) -> bool:
    """The `part` of a plan that has nothing askable leaves it to the merge of all parts to say whether nothing was."""
    return told.is_empty and not (part and not told.askable)


def tell_nothing_verified(told: Verification | None, *, no_color: bool, part: bool = False) -> None:
    """Why a gate does not pass that asked nothing or was not answered, with what is missing; else silent."""
    if told is None or not _verified_nothing(told, part):
        return
    from flowspec.cli.problems import tell_problems
    from flowspec.errors import Problem, Severity

    what = f"none of {counted(told.askable, 'askable probe')} has an answer"
    if not told.askable:
        what = f"none of {counted(told.probes, 'probe')} can be asked"
    reasons = [*told.unanswered, *told.not_askable]
    lines = [f"{tally.probes:,}: {tally.reason}" for tally in reasons[:_REASONS]]
    lines += ["--verify offline judges without Azure."]
    tell_problems([Problem(Severity.ERROR, f"Azure verified nothing: {what}.", "\n".join(lines))], no_color=no_color)


def _trace(text: str) -> None:
    """One write for all lines of a request, since many threads tell."""
    from flowspec.views.layout import visible

    tell_drawn("\n".join(map(visible, text.split("\n"))))


def seconds(text: str, flag: str) -> float:
    """`90`, `90s`, `30m`, `2h`, `1d` -> seconds."""
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhd]?)", text.strip().lower())
    if not found:
        raise typer.BadParameter(f"{text!r} is no time: write 90s, 30m, 2h or 1d.", param_hint=flag)
    return float(found[1]) * _SECONDS[found[2] or "s"]
