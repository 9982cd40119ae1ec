"""A plan, the live network and a journal -> the plan applied, or undone, and the document that tells it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from flowspec.applying import journal as journals
from flowspec.applying.brakes import AuthorizationApi, Objection, asked_brakes, brakes_of
from flowspec.applying.checking import Checkup
from flowspec.applying.content import Properties
from flowspec.applying.journal import Heading, Journal
from flowspec.applying.keepers import is_terraform, keepers_of
from flowspec.applying.network import with_rules
from flowspec.applying.running import Conductor, Passage, TellStep, mending_command
from flowspec.applying.steps import RulePlace, action_of, place_of, steps_of
from flowspec.applying.writing import RuleApi, RuleWriter
from flowspec.counting import counted
from flowspec.errors import FlowspecError, PlanFileError, Problem, Severity
from flowspec.model.documents.apply import (
    FORMAT_VERSION,
    AppliedCheck,
    AppliedStep,
    ApplyOutcome,
    ApplyResult,
    WrongAnswer,
)
from flowspec.model.documents.plan import Probe, Report, Step
from flowspec.model.inventory import Inventory, id_part
from flowspec.model.live import Cloud
from flowspec.reading import read
from flowspec.version import __version__

_BEGINNING = 4096
"""Bytes in which Terraform writes its version, in a state and in what `terraform show -json` prints."""


def journal_for(report: Report, folder: Path, address: str, plan_file: str) -> Journal:
    """The journal to apply a plan with: a new one, or that of an earlier run of this plan that was cut short."""
    steps = steps_of(report)
    found = journals.unfinished(folder)
    if found is None:
        _refuse_applied(report, folder, plan_file)
        return journals.fresh(folder, plan=report.digest, address=address, steps=steps, plan_file=plan_file)
    if found.plan != report.digest:
        detail = (
            f"{found.path} tells how far it came. flowspec apply {found.plan_file or 'PLAN'} goes on with it, "
            "flowspec apply --rollback undoes what was done."
        )
        raise FlowspecError(Problem(Severity.ERROR, "An apply of another plan was cut short here", detail))
    refuse_elsewhere(found, address)
    if found.steps != steps:
        words = f"The journal {found.path} is not of this plan's steps"
        raise FlowspecError(Problem(Severity.ERROR, words, "Look at the rules in Azure, and then remove the file."))
    return found


def _refuse_applied(report: Report, folder: Path, plan_file: str) -> None:
    """PlanFileError for a plan that was applied from here: the network is no longer the one that it was made for."""
    found = journals.applied(folder, report.digest)
    if found is not None:
        detail = f"It was applied from here already. flowspec apply --rollback {plan_file} undoes it; to change more, \
run flowspec plan --out again."
        raise PlanFileError(Problem(Severity.ERROR, "Saved plan is stale", detail))


def journal_to_undo(report: Report | None, folder: Path) -> Journal:
    """The journal of what is to be undone: of this plan, or without one of what was cut short."""
    found = journals.unfinished(folder)
    if found is not None and report is not None and found.plan != report.digest:
        detail = f"It is of {found.plan_file or 'another plan'}. flowspec apply --rollback undoes that one first."
        raise FlowspecError(Problem(Severity.ERROR, "An apply of another plan was cut short here", detail))
    if found is None and report is not None:
        found = journals.applied(folder, report.digest)
    if found is None:
        kept = sorted(path.name for path in (folder / journals.FOLDER).glob("applied-*.journal"))
        words = f"{(folder / journals.FOLDER).resolve()} has no journal of it: it is written where flowspec apply runs."
        if kept and report is None:
            words = f"Here are {', '.join(kept)}: name the plan, flowspec apply --rollback PLAN."
        raise FlowspecError(Problem(Severity.ERROR, "There is nothing to undo here", words))
    return found


def refuse_elsewhere(journal: Journal, address: str) -> None:
    """FlowspecError where a journal is of another ARM endpoint than this run's."""
    if journal.address != address:
        detail = f"It wrote to {journal.address}, and this run to {address}: give the same --cloud or --arm-endpoint."
        raise FlowspecError(Problem(Severity.ERROR, f"The journal {journal.path} is of another Azure", detail))


def subscriptions_of(report: Report) -> tuple[str, ...]:
    """The subscriptions that the plan's proofs rest on."""
    ids = (*(entry.id for entry in report.basis), *(step.nsg for step in report.steps))
    return tuple(sorted({(id_part(one, "subscriptions") or "").casefold() for one in ids} - {""}))


class ApplyApi(RuleApi, AuthorizationApi, Protocol):
    """All that an apply asks of Azure."""


def api_of(cloud: Cloud, steps: Iterable[Step]) -> ApplyApi:
    """The way to write the rules of these steps, and no others; AzureError when there is none."""
    from flowspec.azure import require_sdk

    require_sdk()
    from flowspec.azure.rules import rule_service

    return rule_service(cloud, sorted({place_of(step).id for step in steps}))


def terraform_files(report: Report, given: Sequence[Path]) -> list[Path]:
    """States and plans of Terraform: those that were named, and those among the sources of the plan."""
    for file in given:
        if not _is_terraform_file(file):
            raise FlowspecError(
                Problem(Severity.ERROR, f"{file} is no state or plan of Terraform's",
                        "Give a .tfstate file, or what terraform show -json printed.")
            )  # fmt: skip
    files = [Path(source.source) for source in report.inventory]
    return [
        *given,
        *(file for file in files if file.is_file() and _may_be_terraform(file) and _is_terraform_file(file)),
    ]


def _may_be_terraform(file: Path) -> bool:
    """By its beginning, since the files of an inventory may be large."""
    try:
        with file.open("rb") as stream:
            return b'"terraform_version"' in stream.read(_BEGINNING)
    except OSError:
        return False


def _is_terraform_file(file: Path) -> bool:
    try:
        return is_terraform(json.loads(read(file)))
    except (OSError, ValueError, RecursionError):
        return False


def original(journal: Journal, live: Inventory) -> Inventory:
    """The network as it was before the steps that an earlier run of the plan began."""
    first: dict[RulePlace, Properties | None] = {}
    for number in sorted(journal.written):
        first.setdefault(place_of(journal.steps[number]), journal.written[number].before)
    return with_rules(live, first)


@dataclass(slots=True)
class Attempt:
    """One run of a journal's steps. `tell` is told each step as it goes."""

    journal: Journal
    writer: RuleWriter
    tell: TellStep

    def apply(self, checkup: Callable[[], Checkup | None]) -> tuple[Passage, Checkup | None]:
        """Forward, and the check; back where either fails. What was applied is kept."""
        self._open()
        conductor = Conductor(self.journal, self.writer, self.tell)
        way = conductor.forward()
        if way.course is not Heading.FORWARD or way.problem:
            return way, None
        found = checkup()
        if found is not None and found.wrong:
            wrong = counted(len(found.wrong), "flow")
            return conductor.back(f"ipFlowVerify answers {wrong} otherwise than the rules say"), found
        return conductor.finish(), found

    def undo(self) -> Passage:
        """Back to where the journal began."""
        self._open()
        return Conductor(self.journal, self.writer, self.tell).back()

    def _open(self) -> None:
        if self.journal.course is Heading.APPLIED:
            self.journal.take_up()
        if self.journal.path.exists():
            self.journal.reopen()
        else:
            self.journal.create()


def brakes(
    report: Report, before: Inventory, api: AuthorizationApi, terraform: Sequence[Path], plan_file: str
) -> list[Objection]:
    """All that speaks against applying a plan."""
    keepers = keepers_of(before, [step.nsg for step in report.steps], terraform)
    found = brakes_of(report.steps, before, report.spec.name, keepers, plan_file)
    return [*found, *asked_brakes(api, report.steps)]


def unchanged(report: Report) -> ApplyResult:
    """The document of a plan without steps."""
    return ApplyResult(
        format_version=FORMAT_VERSION,
        flowspec_version=__version__,
        plan=report.digest,
        endpoint="",
        outcome="unchanged",
    )


def result_of(journal: Journal, way: Passage, found: Checkup | None, forced: Sequence[str]) -> ApplyResult:
    """The document."""
    outcomes: dict[Heading, ApplyOutcome] = {Heading.APPLIED: "applied", Heading.UNDONE: "rolled back"}
    return ApplyResult(
        format_version=FORMAT_VERSION,
        flowspec_version=__version__,
        plan=journal.plan,
        endpoint=journal.address,
        outcome=outcomes.get(way.course, "stopped"),
        problem=way.problem or (f"{way.left[0].place.shown}: {way.left[0].why}" if way.left else ""),
        forced=tuple(forced),
        steps=tuple(_told(number, journal, way) for number in range(len(journal.steps))),
        check=_told_check(found) if found is not None else None,
        journal="" if way.course is Heading.UNDONE else str(journal.path),
    )


def _told(number: int, journal: Journal, way: Passage) -> AppliedStep:
    step, written = journal.steps[number], journal.written.get(number)
    left = next((one for one in way.left if one.place == place_of(step)), None)
    plain = AppliedStep(nsg=step.nsg, rule=step.rule, action=action_of(step), outcome="not begun")
    if written is None:
        return plain
    if written.is_undone:
        return replace(plain, outcome="undone")
    if left is not None:
        mend = shlex.join(mending_command(left, journal.address))
        return replace(plain, outcome="left", note=left.why, mend=mend)
    return replace(plain, outcome="done" if written.is_done else "open")


def _told_check(found: Checkup) -> AppliedCheck:
    return AppliedCheck(
        answered=found.asked,
        mended=found.mended,
        calls=found.calls,
        wrong=tuple(_told_wrong(probe, answered) for probe, answered in found.wrong),
        as_before=tuple(_told_wrong(probe, answered) for probe, answered in found.as_before),
        unanswered=found.unanswered,
        left_out=found.left_out,
    )


def _told_wrong(probe: Probe, answered: str) -> WrongAnswer:
    return WrongAnswer(
        nic=probe.nic,
        direction=probe.direction,
        protocol=probe.protocol,
        local=f"{probe.local_ip}:{probe.local_port}",
        remote=f"{probe.remote_ip}:{probe.remote_port}",
        expected=probe.predicted,
        answered=answered,
    )
