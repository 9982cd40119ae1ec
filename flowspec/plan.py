"""Spec + inventory -> report: expand, decide, find drift, suggest and prove. The whole run, with nothing printed."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from typing import Literal, TypeVar

from flowspec import __version__
from flowspec.engine.boxes import Scribe
from flowspec.engine.contradictions import contradictions
from flowspec.engine.describe import Describer, attachments, describe_changes, problem, wheres
from flowspec.engine.drift import Judge, Judgement
from flowspec.engine.expand import Planner, Question
from flowspec.engine.groups import Groups, opaque_tags
from flowspec.engine.judgements import Judgements
from flowspec.engine.network import Network
from flowspec.engine.notes import NOT_JUDGED, assumptions, dated_problems, exceptions
from flowspec.engine.policy import Policies
from flowspec.engine.suggest import Suggestions, suggest
from flowspec.errors import FlowspecError, Problem, Severity, Where
from flowspec.model.inventory import Inventory
from flowspec.model.netset import AddressSet
from flowspec.model.report import FORMAT_VERSION, IntentResult, Report, Shard, Source, SpecSource, Status, Summary
from flowspec.model.spec import Boundary, Intent, Spec
from flowspec.sources.locate import locate_all
from flowspec.verifiers import VERIFIERS
from flowspec.verifiers.asking import Asking
from flowspec.verifiers.picking import Picker, picker
from flowspec.verifiers.record import probes_in, recorded, replace_fields

_R = TypeVar("_R")
ROOM = 300_000
"""Addresses and NICs that fit a plan document of some 50 MB: those of a thousand NICs, or a hundred intents of many."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to plan. `targets`: only these intents and boundaries; `progress` is told (what, done, of how many).

    `verify` names one of VERIFIERS; all but `offline` need `asking`. `room` is how many addresses and NICs
    may be listed of what no person reads: checks and flows that are as wished, those of intents in trouble first.
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


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """What a group resolved to. `maybe`: ids of endpoints that may belong to it, each with the reason."""

    address: str
    nics: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    maybe: tuple[tuple[str, str], ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Run:
    """What the steps of one run share."""

    spec: Spec
    inventory: Inventory
    options: Options
    network: Network = field(init=False)
    planner: Planner = field(init=False)
    judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        self.network = network_of(self.spec, self.inventory)
        self.planner = Planner(self.spec, self.network, Policies(self.network), self.options.today)
        self.judge = Judge(self.network, assumed_paths(self.planner))

    def questions(self) -> list[Question]:
        chosen = _chosen(self.spec, self.options.targets)
        questions = [self._tell("expand", n, len(chosen), self.planner.question(of)) for n, of in enumerate(chosen)]
        clashes = contradictions(self.planner, questions)
        return [_with(question, clashes.get(question.address, ())) for question in questions]

    def judgements(self, every: Judgements) -> list[Judgement]:
        """Of the intents that this run is to report; of the others, those that a proof looks at are made then."""
        number, of = self.options.shard or (1, 1)
        own = list(every)[number - 1 :: of]
        return [self._tell("decide", n, len(own), every[address]) for n, address in enumerate(own)]

    def _tell(self, what: str, done: int, of: int, result: _R) -> _R:
        if self.options.progress is not None:
            self.options.progress(what, done + 1, of)
        return result


def run(spec: Spec, inventory: Inventory, options: Options) -> Report:
    """The plan. What is wrong with one intent stands in its result; FlowspecError only where nothing can be planned."""
    if not spec.intents and not spec.boundaries:
        raise FlowspecError(_nothing_declared(spec))
    work = _Run(spec, inventory, options)
    every = Judgements(work.judge, work.questions())
    judgements = work.judgements(every)
    suggestions = suggest(work.planner, work.judge, judgements, every, options.progress)
    report = _report(work, judgements, suggestions, every)
    return report if options.verify == "offline" else _verified(work, judgements, report)


def _verified(work: _Run, judgements: list[Judgement], report: Report) -> Report:
    """The report with the probes that Azure is asked, and its answers."""
    asking, mode = work.options.asking, work.options.verify
    if asking is None or mode == "offline":
        return report
    pick, scribe = picker(work.inventory, asking), Scribe(work.network.points, work.options.max_boxes)
    intents = tuple(_probed(i, j, pick, scribe) for i, j in zip(report.intents, judgements, strict=True))
    probes = sum(len(check.probes) for intent in intents for check in intent.checks)
    report = replace_fields(report, intents=intents, summary=replace_fields(report.summary, probes=probes))
    answers = VERIFIERS[mode](probes_in(report), work.inventory, asking)
    return recorded(report, answers, mode, work.inventory, asking)


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
        group.address,
        tuple(dict.fromkeys(e.nic.id for e in members.endpoints)),
        tuple(groups.network.inventory.subnets[s].id for s in members.subnets),
        group.prefixes,
        group.service_tags,
        tuple((m.id, m.reason) for m in members.maybe),
        members.problems,
    )


def network_of(spec: Spec, inventory: Inventory) -> Network:
    """The inventory with what the spec assumes of it."""
    tags = opaque_tags(spec, inventory.service_tags.prefixes)
    return Network(inventory, spec.assumptions.values(), tags)


def assumed_paths(planner: Planner) -> tuple[tuple[AddressSet, AddressSet], ...]:
    """The pairs of address sets between which `assume { path = true }` says that there is a path."""
    stated = (a for a in planner.spec.assumptions.values() if a.path)
    return tuple((planner.places(a.sources), planner.places(a.destinations)) for a in stated)


def _chosen(spec: Spec, targets: tuple[str, ...]) -> list[Intent | Boundary]:
    """The enabled intents and boundaries, or those that are named."""
    every: dict[str, Intent | Boundary] = {intent.address: intent for intent in spec.intents.values()}
    every.update((boundary.address, boundary) for boundary in spec.boundaries.values())
    unknown = [target for target in targets if target not in every]
    if unknown:
        near = get_close_matches(unknown[0], every, 1)
        advice = f"did you mean {near[0]}?" if near else f"there are: {', '.join(list(every)[:10]) or 'none'}"
        raise FlowspecError(Problem(Severity.ERROR, f"there is no {unknown[0]} to target", advice))
    return [of for address, of in every.items() if (address in targets if targets else of.enabled)]


def _is_satisfied(judgement: Judgement) -> bool:
    return judgement.status is Status.SATISFIED


def _with(question: Question, problems: tuple[Problem, ...]) -> Question:
    return replace(question, problems=question.problems + problems) if problems else question


def _report(work: _Run, judgements: list[Judgement], suggestions: Suggestions, every: Judgements) -> Report:
    shown = wheres(judgements)
    shown += [p.where for p in work.inventory.problems if p.where is not None]
    found = locate_all(shown)
    scribe = Scribe(work.network.points, work.options.max_boxes)
    room = work.options.room if work.options.verify == "offline" else sys.maxsize
    describer = Describer(scribe, lambda where: found.get(where, where), room)
    described = {
        j.question.address: describer.intent(j, suggestions.remedies.get(j.question.address, ()), j.question.problems)
        for j in sorted(judgements, key=_is_satisfied)
    }
    intents = tuple(described[j.question.address] for j in judgements)
    changes = describe_changes(describer, suggestions, every)
    errored = any(intent.status is Status.ERRORED for intent in intents)
    problems = (*work.inventory.problems, *dated_problems(work.spec, work.options.today))
    complete = not work.options.targets and not work.inventory.unread
    return Report(
        format_version=FORMAT_VERSION,
        flowspec_version=__version__,
        today=work.options.today.isoformat(),
        complete=complete and work.options.shard is None,
        errored=errored,
        applyable=bool(changes) and not errored,
        inventory=tuple(
            Source(source=o.locator, digest=o.digest, resources=o.resources, taken_at=o.taken_at)
            for o in work.inventory.origins
        ),
        spec=SpecSource(files=tuple(f.path for f in work.spec.files), digest=work.spec.digest, name=work.spec.name),
        assumptions=tuple(assumptions(work.spec, work.network, judgements)),
        exceptions=exceptions(work.spec, work.options.today),
        not_judged=NOT_JUDGED,
        summary=_summary(intents, judgements, len(changes)),
        intents=intents,
        suggested_changes=changes,
        problems=tuple(problem(p, describer.located) for p in problems),
        vms=tuple(attachments(intents, work.inventory)),
        shard=_shard(work.options.shard, list(every), complete=complete),
    )


def _shard(shard: tuple[int, int] | None, chosen: list[str], *, complete: bool) -> Shard | None:
    if shard is None:
        return None
    digest = hashlib.sha256("\n".join(chosen).encode()).hexdigest()
    return Shard(number=shard[0], of=shard[1], intents=len(chosen), chosen=f"sha256:{digest}", complete=complete)


def _summary(intents: tuple[IntentResult, ...], judgements: list[Judgement], changes: int) -> Summary:
    """`checks` counts NICs and whole subnets times directions, however few entries they share."""
    statuses = Counter(intent.status for intent in intents)
    return Summary(
        intents=len(intents),
        satisfied=statuses[Status.SATISFIED],
        drifted=statuses[Status.DRIFTED],
        unknown=statuses[Status.UNKNOWN],
        errored=statuses[Status.ERRORED],
        checks=sum(check.party.size for judgement in judgements for check in judgement.checks),
        probes=sum(len(check.verdict.parts) for judgement in judgements for check in judgement.checks),
        changes=changes,
    )
