"""`flowspec apply`: the changes of a saved plan, brought into Azure; or undone."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli import live
from flowspec.cli.consent import AfterApply, Consent
from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import load_plan
from flowspec.cli.outputs import ReportOptions, files_of, put_out
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.progress import ProgressLine
from flowspec.cli.stale import refuse_stale as refuse_changed_files
from flowspec.cli.step_lines import StepLines
from flowspec.cli.system import Ended
from flowspec.cli.terminal import style_of, tell, tell_drawn
from flowspec.counting import counted
from flowspec.errors import FlowspecError, Problem, Severity

if TYPE_CHECKING:
    from flowspec.applying.attempt import Attempt
    from flowspec.applying.checking import Checkup
    from flowspec.applying.journal import Journal
    from flowspec.model.documents.apply import ApplyResult
    from flowspec.model.documents.plan import Report
    from flowspec.model.inventory import Inventory
    from flowspec.model.live import Cloud
    from flowspec.verifiers.asking import Asking


def apply(
    consent: Consent,
    reports: ReportOptions,
    reach: live.LiveReach,
    after: AfterApply,
    planfile: Annotated[
        Path | None,
        typer.Argument(metavar="PLANFILE", help="A plan that `flowspec plan --out` saved.", show_default=False),
    ] = None,
) -> None:
    """Bring the changes of a saved plan into Azure; undo them if one fails."""
    from flowspec.applying.journal import locked
    from flowspec.views import VIEWS

    outputs = reports.outputs(VIEWS["apply"])
    refuse_overlaps(files_of(outputs), files=[planfile] if planfile else [])
    report = load_plan(planfile) if planfile else None
    with locked(Path()):
        if consent.rollback:
            result = _undo(consent, reach, report)
        elif report is not None:
            result = _apply(consent, reports, reach, after, report, str(planfile))
        else:
            raise typer.BadParameter("name the saved plan, or give --rollback.", param_hint="PLANFILE")
    put_out(result, VIEWS["apply"], outputs, reports.look)
    wanted = ("rolled back",) if consent.rollback else ("applied", "unchanged")
    raise Ending(Code.AS_WISHED if result.outcome in wanted else Code.ERROR)


def _apply(
    consent: Consent, reports: ReportOptions, reach: live.LiveReach, after: AfterApply, report: Report, plan_file: str
) -> ApplyResult:
    """What the plan says, all of it or nothing."""
    from flowspec.applying import attempt
    from flowspec.applying.brakes import answered_brakes, refuse
    from flowspec.applying.checking import checklist
    from flowspec.applying.network import refuse_stale
    from flowspec.applying.steps import steps_of

    live.seconds(after.recheck, "--recheck")
    refuse_changed_files(report, allowed=None)
    steps = steps_of(report)
    if not steps:
        return attempt.unchanged(report)
    terraform = attempt.terraform_files(report, consent.terraform or [])
    with ProgressLine() as progress:
        cloud = reach.made(progress)
        api = attempt.api_of(cloud, steps)
        journal = attempt.journal_for(report, Path(), api.address, plan_file)
        if journal.is_going_back:
            before, forced = None, []
        else:
            before = attempt.original(journal, _read(report, cloud))
            refuse_stale(report, before)
            found = [] if journal.written else attempt.brakes(report, before, api, terraform, plan_file)
            forced = refuse(found, forced=consent.force)
            _refuse_haste(len(steps), cloud)
    if before is None:
        tell("An earlier apply of this plan was on its way back: that is finished first.")
        return _put_back(consent, reach, journal)
    _show(report, reports, forced, journal)
    consent.ask("Do you want to change these rules?", "They are written one by one, and put back if one fails.")
    flows = checklist(report, before) if after.max_calls else None
    first = _check(after, reach, flows.before) if flows and not journal.written else None
    if first is not None:
        more = refuse(list(answered_brakes(first)), forced=consent.force)
        _tell_forced(more)
        forced += more
    with _going(journal):
        doing = _attempt(reach.made(None), journal)
        way, checkup = doing.apply(
            lambda: _check(after, reach, lambda asking: flows.after(asking, first)) if flows else None
        )
    return attempt.result_of(journal, way, checkup, forced)


def _refuse_haste(steps: int, cloud: Cloud) -> None:
    """FlowspecError where the steps can't be done in the time that the run has: it would be cut short."""
    from flowspec.verifiers.live import SECONDS_A_CALL, duration

    seconds = steps * SECONDS_A_CALL
    if seconds > cloud.deadline.seconds:
        needed = f"{counted(steps, 'step takes', 'steps take')} about {duration(seconds)}"
        words = f"{needed}: --timeout is {cloud.deadline.seconds:g} s"
        advice = f"Nothing was changed. Give it more time: --timeout {seconds // 30 + 1}m."
        raise FlowspecError(Problem(Severity.ERROR, words, advice))


def _undo(consent: Consent, reach: live.LiveReach, report: Report | None) -> ApplyResult:
    """What an apply of the plan did, or one that was cut short, put back."""
    from flowspec.applying.attempt import journal_to_undo

    return _put_back(consent, reach, journal_to_undo(report, Path()))


def _put_back(consent: Consent, reach: live.LiveReach, journal: Journal) -> ApplyResult:
    """All that a journal says was begun, the last first."""
    from flowspec.applying import attempt
    from flowspec.applying.steps import place_of

    doing = _attempt(reach.made(None), journal)
    attempt.refuse_elsewhere(journal, doing.writer.api.address)
    tell("flowspec will put back these rules:")
    for number in journal.open_steps():
        tell(f"  {place_of(journal.steps[number]).shown}")
    consent.ask("Do you want to put them back?", "A rule that someone else has changed meanwhile stops it.")
    with _going(journal):
        return attempt.result_of(journal, doing.undo(), None, [])


def _show(report: Report, reports: ReportOptions, forced: Sequence[str], journal: Journal) -> None:
    """What is going to be done."""
    from flowspec.views.apply import change_set

    tell_drawn(change_set(report, style_of(sys.stderr, no_color=reports.no_color)))
    _tell_forced(forced)
    if journal.written:
        begun, of = len(journal.written), len(journal.steps)
        tell(f"An earlier apply of this plan was cut short after it had begun {begun} of {of} steps: it goes on there.")


def _tell_forced(forced: Sequence[str]) -> None:
    for words in forced:
        tell(f"--force goes over this: {words}.")


def _attempt(cloud: Cloud, journal: Journal) -> Attempt:
    from flowspec.applying.attempt import Attempt, api_of
    from flowspec.applying.writing import RuleWriter

    lines = StepLines(journal.steps)
    writer = RuleWriter(api=api_of(cloud, journal.steps), deadline=cloud.deadline, sleep=lines.sleep)
    return Attempt(journal, writer, lines)


def _read(report: Report, cloud: Cloud) -> Inventory:
    """The live network, of which the plan's proofs speak."""
    from flowspec import load_inventory
    from flowspec.applying.attempt import subscriptions_of

    return load_inventory([f"azure:{','.join(subscriptions_of(report))}"], cloud=cloud)


def _check(after: AfterApply, reach: live.LiveReach, ask: Callable[[Asking], Checkup]) -> Checkup:
    """What ipFlowVerify says of the rules as they are."""
    from flowspec.applying.checking import Checkup
    from flowspec.verifiers.asking import Asking, through_azure
    from flowspec.verifiers.executor import AskingLimits

    seconds = live.seconds(after.recheck, "--recheck")
    with ProgressLine() as progress:
        progress("asking Azure", 0, 0)
        cloud = reach.made(progress)
        asking = Asking(
            backend=through_azure(cloud),
            address=cloud.arm_endpoint.rstrip("/") or cloud.name,
            now=time.time(),
            folder=Path.cwd(),
            limits=AskingLimits(parallelism=cloud.parallelism, run=cloud.deadline.seconds),
            max_calls=after.max_calls,
            refresh=True,
            recheck=seconds,
            tell=tell,
            progress=progress,
            deadline=cloud.deadline,
        )
        try:
            return ask(asking)
        except FlowspecError as error:  # what can't be asked is no reason to undo anything
            return Checkup(unanswered=tuple(problem.summary for problem in error.problems))


@contextmanager
def _going(journal: Journal) -> Iterator[None]:
    """Whoever ends the run is told how it goes on."""
    try:
        yield
    except (KeyboardInterrupt, Ended, FlowspecError):
        if journal.path.exists():
            tell(f"Interrupted. {journal.path} is kept: flowspec apply PLAN goes on, apply --rollback undoes it.")
        raise
