"""Spec + inventory -> report: case, judgements, suggestions, report, Azure's answers. A whole run, nothing printed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeVar

from flowspec.comparison.difference import difference
from flowspec.errors import FlowspecError, Problem, Severity, Where
from flowspec.explaining.explain import Planned, with_walks
from flowspec.fixes.proposals import propose
from flowspec.fixes.spread import Spread
from flowspec.gating.gate import Held, failing_now, gated_diff, gated_plan
from flowspec.gating.platform import with_platform_alone
from flowspec.intents.case import Case
from flowspec.intents.judgement import Judgement
from flowspec.intents.judgements import Judgements
from flowspec.intents.summary import Outline
from flowspec.linting.change_set import change_set
from flowspec.linting.estate import estate_of
from flowspec.linting.fixing import fixes_of
from flowspec.linting.lint import lint_of, linted
from flowspec.linting.optimizing import optimized
from flowspec.linting.rules import rule_findings
from flowspec.linting.silence import without_ignored
from flowspec.model.collector import without_collector
from flowspec.model.documents.baseline import Baseline
from flowspec.model.documents.diff import Diff
from flowspec.model.documents.lint import Lint
from flowspec.model.documents.optimize import Optimized
from flowspec.model.documents.plan import Report
from flowspec.model.inventory import Inventory
from flowspec.model.live import Progress
from flowspec.model.platform import ALL_BUT_PLATFORM
from flowspec.model.spec import Spec
from flowspec.reporting.diff import describe, scribe_of, wheres
from flowspec.reporting.plan import Describer
from flowspec.reporting.report import Findings, report_of
from flowspec.reporting.room import ROOM
from flowspec.reporting.sensitive import without_secrets
from flowspec.reporting.set_names import names_in
from flowspec.reporting.text_of_sets import Scribe
from flowspec.sources.locate import locate, locate_all
from flowspec.verifiers.asking import Asking
from flowspec.verifiers.verified import verified
from flowspec.workers import Workers, outlines, spread

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """How to plan. `targets`: only these intents and boundaries; `progress` is told (what, done, of how many).

    `verify` names one of VERIFIERS; all but `offline` need `asking`. `room` is how many addresses and NICs
    may be listed of what no person reads: checks and flows that are as wished, those of intents in trouble first.
    `workers` is asked, with the number of checks, who is to decide them, and who is to look for changes that take about
    as long; None: this process alone.
    `shard` (number, of how many): every so-many-th intent is judged, and its fix proved against all of them.
    `gate` is what the change is held to, if it is held to anything; `known` is told what fails, for a baseline.
    """

    today: date
    targets: tuple[str, ...] = ()
    max_boxes: int = 1000
    room: int = ROOM
    progress: Progress | None = None
    verify: Literal["offline", "live", "both"] = "offline"
    asking: Asking | None = None
    shard: tuple[int, int] | None = None
    workers: Callable[[int], Workers | None] | None = None
    gate: Held | None = None
    known: Callable[[Baseline], None] | None = None


def run(spec: Spec, inventory: Inventory, options: PlanOptions) -> Report:
    """The plan. What is wrong with one intent stands in its result; FlowspecError only where nothing can be planned."""
    if not spec.intents and not spec.boundaries:
        raise FlowspecError(_nothing_declared(spec))
    offline = options.verify == "offline"
    with without_collector():
        case = Case(spec, inventory, options.today, options.targets, options.shard or (1, 1), options.progress)
        every = Judgements(case.judge, case.questions, _outlines(case, options))
        judgements = _judgements(case, every, options.progress)
        proposals = propose(
            case.planner, case.judge, judgements, every, spread=_spread(options), is_whole=case.is_whole
        )
        found = Findings(case, judgements, every, proposals)
        network = case.network
        unheld = network.vnet_addresses.subtract(network.places)
        scribe = Scribe(
            points=network.points,
            max_boxes=options.max_boxes,
            reserved=network.reserved,
            unheld=unheld,
            names=names_in(network, groups=case.planner.groups, within=ALL_BUT_PLATFORM),
        )
        lines = locate_all(found.wheres())
        describer = Describer(scribe, lambda where: lines.get(where, where), spec.intents)
        report = report_of(found, describer, options.room if offline else sys.maxsize, options.shard)
        if options.room:
            report = with_walks(report, inventory, network, case.planner.policies, locate_all)
        if options.known is not None:
            options.known(failing_now(found))
        if options.gate is not None:
            report = gated_plan(report, found, scribe, options.gate, locate_all)
        if spec.platform is not None:
            report = with_platform_alone(report, _platform_alone(spec.platform, inventory, options))
    if options.asking is not None and options.verify != "offline":
        report = verified(report, judgements, scribe, inventory, options.verify, options.asking)
    return without_secrets(report, inventory.sensitive)


def planned(inventory: Inventory, today: date) -> Planned:
    """What makes short plans of an inventory, of which only what is wrong is read."""
    return lambda spec, targets: run(spec, inventory, PlanOptions(today=today, targets=targets, room=0))


def _platform_alone(platform: Spec, inventory: Inventory, options: PlanOptions) -> Report | None:
    """The plan of the platform's spec by itself: nothing of the team's, and none of its options, has a part in it."""
    if not platform.intents and not platform.boundaries:
        return None
    held = replace(options.gate, closed=False, declared=None) if options.gate is not None else None
    alone = PlanOptions(today=options.today, max_boxes=options.max_boxes, room=0, gate=held)
    return run(platform, inventory, alone)


def compare(old: Inventory, new: Inventory, max_boxes: int = 1000, held: Held | None = None) -> Diff:
    """Every flow that opens or closes between two inventories, and the verdict on that if it is held to anything."""
    with without_collector():
        if held is not None:
            compared = gated_diff(old, new, held, locate_all)
        else:
            found = difference(old, new)
            compared = describe(found, locate_all(wheres(found)), scribe_of(found, max_boxes))
        return without_secrets(compared, old.sensitive | new.sensitive)


def lint(
    inventory: Inventory, today: date, spec: Spec | None = None, *, fix: bool = False
) -> tuple[Lint, Report | None]:
    """What of the NSGs of an inventory could go, stands for nothing, hangs loose, or is wider than a spec asks for.

    `fix` asks for a plan as well, of changes that mend some of it and leave every verdict as it is.
    """
    with without_collector():
        found = linted(inventory, spec, today)
        fixes = fixes_of(found.estate, found.rules) if fix else None
        lines = locate_all(found.wheres() + (fixes.wheres() if fixes is not None else []))
        plan = None
        if fixes is not None:
            plan = change_set(inventory, fixes, today, lambda where: lines.get(where, where))
        return lint_of(found, lambda where: lines.get(where, where)), plan


def optimize(inventory: Inventory, today: date) -> tuple[Optimized, Report]:
    """How many rules each NSG needs, and the plan that leaves it with those."""
    with without_collector():
        estate = estate_of(inventory)
        fixes = fixes_of(estate, list(rule_findings(estate)))
        nsgs = [nsg.where for nsg in inventory.nsgs.values() if nsg.where is not None]
        lines = locate_all([*nsgs, *fixes.wheres(), *(one.where for one in inventory.problems if one.where)])

        def located(where: Where) -> Where:
            return lines.get(where, where)

        return optimized(inventory, fixes, located), change_set(inventory, fixes, today, located)


def unignored(lint: Lint, spec: Spec, today: date) -> Lint:
    """The findings that no comment of the spec says to ignore."""
    return without_ignored(lint, spec.ignores, today, locate)


def _outlines(case: Case, options: PlanOptions) -> Mapping[str, Outline]:
    """What workers say of the checks, if there are any; what Azure is to be asked, takes the checks themselves."""
    workers = _workers(options, case.checks) if options.verify == "offline" else None
    return outlines(case, workers, options.progress) if workers is not None else {}


def _workers(options: PlanOptions, checks: int) -> Workers | None:
    return options.workers(checks) if options.workers is not None else None


def _spread(options: PlanOptions) -> Spread:
    """The search for changes, spread as the checks are."""

    def by_number(work: Callable[[int], T], count: int, checks: int) -> Iterator[T]:
        for number, found in enumerate(spread(work, count, _workers(options, checks) if count > 1 else None)):
            yield found
            if options.progress is not None:
                options.progress("suggest", number + 1, count)

    return by_number


def _judgements(case: Case, every: Judgements, tell: Progress | None) -> list[Judgement]:
    """Of the intents that this run is to report; of the others, those that a proof looks at are made then."""
    found: list[Judgement] = []
    for question in case.own:
        found.append(every[question.address])
        if tell is not None:
            tell("decide", len(found), len(case.own))
    return found


def _nothing_declared(spec: Spec) -> Problem:
    """An empty spec must not pass for a network that is as wished."""
    where = Where(spec.files[0].path) if spec.files else None
    return Problem(Severity.ERROR, "The spec declares no intent and no boundary", "Write what is to be judged.", where)
