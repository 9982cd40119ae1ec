"""Spec + inventory -> report: expand, decide, find drift, suggest and prove. The whole run, with nothing printed."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from flowspec import __version__
from flowspec.errors import FlowspecError, Problem, Severity, Where
from flowspec.fixes.search import Suggestions, suggest
from flowspec.intents.case import Case, network_of
from flowspec.intents.groups import Groups
from flowspec.intents.judgement import Judgement
from flowspec.intents.judgements import Judgements
from flowspec.intents.summary import Outline
from flowspec.model.collector import without_collector
from flowspec.model.documents.plan import FORMAT_VERSION, IntentResult, Report, Shard, Status, Summary
from flowspec.model.inventory import Inventory
from flowspec.model.live import Progress
from flowspec.model.spec import Spec
from flowspec.reporting.notes import NOT_JUDGED, assumptions, dated_problems, exceptions, idle_assumptions
from flowspec.reporting.plan import Describer, attachments, describe_changes, problem, sources_of, spec_source, wheres
from flowspec.reporting.text_of_sets import Scribe
from flowspec.sources.locate import locate_all
from flowspec.verifiers import VERIFIERS
from flowspec.verifiers.asking import Asking
from flowspec.verifiers.picking import Picker, picker
from flowspec.verifiers.record import probes_in, recorded, replace_fields
from flowspec.workers import Farm, outlines

ROOM = 300_000
"""Addresses and NICs that fit a plan document of some 50 MB: those of a thousand NICs, or a hundred intents of many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to plan. `targets`: only these intents and boundaries; `progress` is told (what, done, of how many).

    `verify` names one of VERIFIERS; all but `offline` need `asking`. `room` is how many addresses and NICs
    may be listed of what no person reads: checks and flows that are as wished, those of intents in trouble first.
    `farm` is asked, with the number of checks, who is to decide them; None: this process alone.
    `shard` (number, of how many): every so-many-th intent is judged, and its fix proved against all of them.
    """

    today: date
    targets: tuple[str, ...] = ()
    max_boxes: int = 1000
    room: int = ROOM
    progress: Progress | None = None
    verify: Literal["offline", "live", "both"] = "offline"
    asking: Asking | None = None
    shard: tuple[int, int] | None = None
    farm: Callable[[int], Farm | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroup:
    """What a group resolved to. `maybe`: ids of endpoints that may belong to it, each with the reason."""

    address: str
    nics: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    maybe: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()


def run(spec: Spec, inventory: Inventory, options: Options) -> Report:
    """The plan. What is wrong with one intent stands in its result; FlowspecError only where nothing can be planned."""
    if not spec.intents and not spec.boundaries:
        raise FlowspecError(_nothing_declared(spec))
    with without_collector():
        case = Case(spec, inventory, options.today, options.targets, options.shard or (1, 1), options.progress)
        every = Judgements(case.judge, case.questions, _outlines(case, options))
        judgements = _judgements(case, every, options.progress)
        suggestions = suggest(case.planner, case.judge, judgements, every, options.progress)
        report = _report(case, options, judgements, suggestions, every)
    return report if options.verify == "offline" else _verified(case, options, judgements, report)


def _outlines(case: Case, options: Options) -> Mapping[str, Outline]:
    """What workers say of the checks, if there are any; what Azure is to be asked, takes the checks themselves."""
    farm = options.farm(case.checks) if options.farm is not None and options.verify == "offline" else None
    return outlines(case, farm, options.progress) if farm is not None else {}


def _judgements(case: Case, every: Judgements, tell: Progress | None) -> list[Judgement]:
    """Of the intents that this run is to report; of the others, those that a proof looks at are made then."""
    found: list[Judgement] = []
    for question in case.own:
        found.append(every[question.address])
        if tell is not None:
            tell("decide", len(found), len(case.own))
    return found


def _verified(case: Case, options: Options, judgements: list[Judgement], report: Report) -> Report:
    """The report with the probes that Azure is asked, and its answers."""
    asking, mode = options.asking, options.verify
    if asking is None or mode == "offline":
        return report
    pick, scribe = picker(case.inventory, asking), Scribe(case.network.points, options.max_boxes)
    intents = tuple(_probed(i, j, pick, scribe) for i, j in zip(report.intents, judgements, strict=True))
    probes = sum(len(check.probes) for intent in intents for check in intent.checks)
    report = replace_fields(report, intents=intents, summary=replace_fields(report.summary, probes=probes))
    answers = VERIFIERS[mode](probes_in(report), case.inventory, asking)
    return recorded(report, answers, mode, case.inventory, asking)


def _probed(intent: IntentResult, judgement: Judgement, pick: Picker, scribe: Scribe) -> IntentResult:
    """The intent with the probes that `pick` finds for each of its checks, which stand in the judgement's order."""
    checks = zip(intent.checks, judgement.checks, strict=True)
    return replace_fields(
        intent, checks=tuple(replace_fields(c, probes=pick(checked, scribe)) for c, checked in checks)
    )


def _nothing_declared(spec: Spec) -> Problem:
    """An empty spec must not pass for a network that is as wished."""
    where = Where(spec.files[0].path) if spec.files else None
    return Problem(Severity.ERROR, "The spec declares no intent and no boundary", "Write what is to be judged.", where)


def resolve_groups(spec: Spec, inventory: Inventory) -> tuple[TargetGroup, ...]:
    """Every group of a spec, by name, with what it came to."""
    groups = Groups(spec, network_of(spec, inventory))
    return tuple(_target(groups, name) for name in spec.groups)


def _target(groups: Groups, name: str) -> TargetGroup:
    members = groups.members(name)
    group = groups.spec.groups[name]
    return TargetGroup(
        address=group.address,
        nics=tuple(dict.fromkeys(e.nic.id for e in members.endpoints)),
        subnets=tuple(groups.network.inventory.subnets[s].id for s in members.subnets),
        prefixes=group.prefixes,
        tags=group.service_tags,
        maybe=tuple((m.id, m.reason) for m in members.maybe),
        problems=members.problems,
    )


def _is_satisfied(judgement: Judgement) -> bool:
    return judgement.status is Status.SATISFIED


def _report(
    case: Case, options: Options, judgements: list[Judgement], suggestions: Suggestions, every: Judgements
) -> Report:
    shown = wheres(judgements)
    shown += [p.where for p in case.inventory.problems if p.where is not None]
    found = locate_all(shown)
    room = options.room if options.verify == "offline" else sys.maxsize
    scribe = Scribe(case.network.points, options.max_boxes, case.network.reserved)
    describer = Describer(scribe, lambda where: found.get(where, where), case.spec.intents, room)
    intents = _described(describer, judgements, suggestions, every)
    changes = describe_changes(describer, suggestions, every)
    errored = any(intent.status is Status.ERRORED for intent in intents)
    problems = (
        *case.inventory.problems,
        *dated_problems(case.spec, options.today),
        *idle_assumptions(case.spec, case.network),
        *_not_targeted(case),
    )
    incomplete = tuple(_incomplete(case, options))
    return Report(
        format_version=FORMAT_VERSION,
        flowspec_version=__version__,
        today=options.today.isoformat(),
        complete=not incomplete and options.shard is None,
        incomplete=incomplete,
        errored=errored,
        applyable=bool(changes) and not errored,
        inventory=sources_of(case.inventory),
        spec=spec_source(case.spec),
        assumptions=tuple(assumptions(case.spec, case.network, judgements)),
        exceptions=exceptions(case.spec, options.today),
        not_judged=NOT_JUDGED,
        summary=_summary(intents, judgements, len(changes), len(case.disabled)),
        intents=intents,
        suggested_changes=changes,
        problems=tuple(problem(p, describer.located) for p in problems),
        vms=tuple(attachments(intents, case.inventory)),
        shard=_shard(options.shard, list(every), complete=not incomplete),
    )


def _incomplete(case: Case, options: Options) -> Iterator[str]:
    """Why not every enabled intent of the spec is judged over all of the network."""
    if options.targets:
        yield f"--target names {', '.join(dict.fromkeys(options.targets))} only"
    yield from (f"not read: {part}" for part in dict.fromkeys(case.inventory.unread))


def _not_targeted(case: Case) -> Iterator[Problem]:
    """What --target names and the spec disables."""
    for of in case.disabled:
        if of.address in case.targets:
            summary = f"{of.address} is disabled, so it is not judged"
            yield Problem(Severity.WARNING, summary, "enable it in the spec, or leave it out of --target", of.where)


def _described(
    describer: Describer, judgements: list[Judgement], suggestions: Suggestions, every: Judgements
) -> tuple[IntentResult, ...]:
    """The intents in their order; those in trouble are described first, while there is room for checks."""
    found: dict[str, IntentResult] = {}
    for judgement in sorted(judgements, key=_is_satisfied):
        address = judgement.question.address
        whole = every.whole(address) if describer.room else judgement
        found[address] = describer.intent(whole, suggestions.remedies.get(address, ()), whole.question.problems)
    return tuple(found[judgement.question.address] for judgement in judgements)


def _shard(shard: tuple[int, int] | None, chosen: list[str], *, complete: bool) -> Shard | None:
    if shard is None:
        return None
    digest = hashlib.sha256("\n".join(chosen).encode()).hexdigest()
    return Shard(number=shard[0], of=shard[1], intents=len(chosen), chosen=f"sha256:{digest}", complete=complete)


def _summary(intents: tuple[IntentResult, ...], judgements: list[Judgement], changes: int, disabled: int) -> Summary:
    """`checks` counts NICs and whole subnets times directions, however few entries they share."""
    statuses = Counter(intent.status for intent in intents)
    return Summary(
        intents=len(intents),
        satisfied=statuses[Status.SATISFIED],
        drifted=statuses[Status.DRIFTED],
        unknown=statuses[Status.UNKNOWN],
        errored=statuses[Status.ERRORED],
        disabled=disabled,
        checks=sum(judgement.outline.size for judgement in judgements),
        probes=sum(judgement.outline.probes for judgement in judgements),
        changes=changes,
    )
