"""A saved plan -> the steps that are brought into Azure, held against the changes that its proof speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flowspec.applying.content import Properties, modelled, planned
from flowspec.errors import PlanFileError, Problem, Severity
from flowspec.model.documents.plan import Action, Report, RuleProperties, Step
from flowspec.model.inventory import key

_NSG = re.compile(
    r"/subscriptions/[\w-]{1,64}/resourceGroups/[\w.()-]{1,90}/providers/Microsoft\.Network/networkSecurityGroups/"
    r"\w(?:[\w.-]{0,78}\w)?",
    re.IGNORECASE,
)
_RULE = re.compile(r"\w(?:[\w.-]{0,78}\w)?")
_AGAIN = "Run flowspec plan --out again and use the new file."


@dataclass(frozen=True, slots=True)
class RulePlace:
    """Where a rule stands: an NSG (its id) and the rule's name."""

    nsg: str
    rule: str

    @property
    def id(self) -> str:
        return f"{self.nsg}/securityRules/{self.rule}"

    @property
    def key(self) -> str:
        return key(self.id)

    @property
    def shown(self) -> str:
        """`nsg-web/securityRules/allow-https`."""
        return f"{self.nsg.rpartition('/')[2]}/securityRules/{self.rule}"


def place_of(step: Step) -> RulePlace:
    return RulePlace(step.nsg.rstrip("/"), step.rule)


def action_of(step: Step) -> Action:
    return "create" if step.before is None else "delete" if step.after is None else "update"


def steps_of(report: Report) -> tuple[Step, ...]:
    """The steps of a plan; PlanFileError where it is not one that may be applied, or its steps are not its changes."""
    _refuse_unfit(report)
    problems = [*_misnamed(report.steps), *_unlike(report)]
    if problems:
        raise PlanFileError([Problem(Severity.ERROR, words, _AGAIN) for words in problems])
    return report.steps


def _refuse_unfit(report: Report) -> None:
    """A plan without a whole proof: of one shard, with an intent in error, or with a list that was cut."""
    if report.errored:
        raise _unfit("an intent of the plan is in error, so its changes are not proved")
    if report.shard is not None and report.shard.of > 1:
        raise _unfit(
            "the plan is a shard: the other intents were judged elsewhere",
            "Plan the intents that are to be mended by --target, or all of them in one run.",
        )
    if report.suggested_changes and not report.applyable:
        raise _unfit(
            "its changes were proved apart, not together", "Plan those of one intent (--target), or all in one run."
        )
    for change in report.suggested_changes:
        if change.proof.truncated:
            raise _unfit(f"the proof of {change.rule} is truncated", "Plan again with a larger --max-boxes.")
    if report.suggested_changes and not report.steps:
        raise _unfit(
            "it has no steps: an earlier flowspec wrote it, or several shards", "Plan in one run, without --shard."
        )


def _unfit(why: str, advice: str = _AGAIN) -> PlanFileError:
    return PlanFileError(
        Problem(Severity.ERROR, f"The plan can't be applied: {why}.", f"Nothing was changed. {advice}")
    )


def _misnamed(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        place = place_of(step)
        if not _NSG.fullmatch(place.nsg):
            yield f"{step.nsg!r} is no id of an NSG"
        elif not _RULE.fullmatch(place.rule):
            yield f"{step.rule!r} is no name of a rule"
        elif step.before is None and step.after is None:
            yield f"the step of {place.shown} neither leaves a rule nor had one"


def _unlike(report: Report) -> Iterator[str]:
    """Where what the steps come to is not what the changes say, rule by rule."""
    first: dict[str, RuleProperties | None] = {}
    last: dict[str, RuleProperties | None] = {}
    for step in report.steps:
        at = place_of(step).key
        if at in last and not alike(last[at], step.before):
            yield f"a step of {place_of(step).shown} does not begin where the one before ends"
        first.setdefault(at, step.before)
        last[at] = step.after
    changes = {RulePlace(change.nsg.rstrip("/"), change.rule).key: change.change for change in report.suggested_changes}
    for at in sorted({*changes, *last}):
        change = changes.get(at)
        if change is None or at not in last:
            yield f"the steps and the changes of the plan differ: {at}"
        elif not alike(first[at], change.before) or not alike(last[at], change.after):
            yield f"the steps of {at} do not come to what the plan says"


def alike(one: RuleProperties | None, other: RuleProperties | None) -> bool:
    """Whether two rules of a plan say the same; None is no rule."""
    if one is None or other is None:
        return one is other
    return modelled(planned(one)) == modelled(planned(other))


def as_planned(found: Properties | None, wanted: RuleProperties | None) -> bool:
    """Whether a rule of Azure's is what a plan says; None is no rule."""
    if found is None or wanted is None:
        return (found is None) == (wanted is None)
    return modelled(found) == modelled(planned(wanted))
