"""What a run found -> the Report, the document of a plan."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flowspec.errors import Problem, Severity, Where
from flowspec.fixes.proposals import Proposals
from flowspec.intents.case import Case
from flowspec.intents.judgement import Judgement
from flowspec.intents.judgements import Judgements
from flowspec.model.documents.network_map import NetworkMap
from flowspec.model.documents.plan import FORMAT_VERSION, IntentResult, Report, Shard, Status, Summary
from flowspec.reporting import unjudged
from flowspec.reporting.basis import basis_of
from flowspec.reporting.between_subnets import SubnetTeller
from flowspec.reporting.network_map import network_map
from flowspec.reporting.notes import assumptions, dated_problems, exceptions, idle_assumptions
from flowspec.reporting.pairs import PairTeller
from flowspec.reporting.plan import (
    Describer,
    attachments,
    describe_changes,
    describe_steps,
    problem,
    sources_of,
    spec_source,
    wheres,
)
from flowspec.reporting.room import shared
from flowspec.version import __version__


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run found: the judgements of its own intents, in their order; any of all intents; the changes on offer."""

    case: Case
    judgements: Sequence[Judgement]
    every: Judgements
    proposals: Proposals

    def wheres(self) -> list[Where]:
        """Every place that the report shows a line of."""
        return wheres(self.judgements) + [p.where for p in self.case.inventory.problems if p.where is not None]


def report_of(found: Findings, describer: Describer, room: int, shard: tuple[int, int] | None) -> Report:
    """The report. `room`: how many addresses and NICs it may list of what no person reads; `shard` as in the case."""
    case = found.case
    drawn = network_map(case.inventory)
    intents = _intents(found, describer, room, drawn)
    changes = describe_changes(describer, found.proposals, found.every, case.planner.groups)
    errored = any(intent.status is Status.ERRORED for intent in intents)
    incomplete = tuple(_incomplete(case))
    problems = (
        *case.inventory.problems,
        *case.spec.problems,
        *dated_problems(case.spec, case.today),
        *idle_assumptions(case.spec, case.network),
        *_not_targeted(case),
    )
    return Report(
        format_version=FORMAT_VERSION,
        flowspec_version=__version__,
        today=case.today.isoformat(),
        complete=not incomplete and shard is None,
        incomplete=incomplete,
        errored=errored,
        applyable=bool(changes) and not errored,
        inventory=sources_of(case.inventory),
        spec=spec_source(case.spec),
        assumptions=tuple(assumptions(case.spec, case.network, found.judgements)),
        exceptions=exceptions(case.spec, case.today),
        not_judged=unjudged.of_plan(case.inventory),
        summary=_summary(intents, found.judgements, len(changes), len(case.disabled)),
        intents=intents,
        suggested_changes=changes,
        steps=describe_steps(found.proposals.steps),
        basis=basis_of(case.inventory, changes),
        problems=tuple(problem(p, describer.located) for p in problems),
        vms=tuple(attachments(intents, case.inventory)),
        shard=_shard(shard, found.every, complete=not incomplete),
        network=drawn,
    )


def _incomplete(case: Case) -> Iterator[str]:
    """Why not every enabled intent of the spec is judged over all of the network."""
    if case.targets:
        yield f"--target names {', '.join(dict.fromkeys(case.targets))} only"
    yield from (f"not read: {part}" for part in dict.fromkeys(case.inventory.unread))


def _not_targeted(case: Case) -> Iterator[Problem]:
    """What --target names and the spec disables."""
    for of in case.disabled:
        if of.address in case.targets:
            summary = f"{of.address} is disabled, so it is not judged"
            yield Problem(Severity.WARNING, summary, "enable it in the spec, or leave it out of --target", of.where)


def _intents(found: Findings, describer: Describer, room: int, drawn: NetworkMap) -> tuple[IntentResult, ...]:
    """The intents in their order."""
    remedies = found.proposals.suggestions.remedies
    pairs = PairTeller(found.case.network, found.case.planner.groups)
    subnets = SubnetTeller(drawn, found.case.network.numberless) if room else None
    described = {
        judgement.question.address: describer.intent(
            judgement,
            remedies.get(judgement.question.address, ()),
            listing,
            pairs.pairs(judgement),
            subnets.of_judgement(judgement) if subnets is not None else None,
        )
        for judgement, listing in shared(found.judgements, found.every, room)
    }
    return tuple(described[judgement.question.address] for judgement in found.judgements)


def _shard(shard: tuple[int, int] | None, chosen: Judgements, *, complete: bool) -> Shard | None:
    if shard is None:
        return None
    digest = hashlib.sha256("\n".join(chosen).encode()).hexdigest()
    return Shard(number=shard[0], of=shard[1], intents=len(chosen), chosen=f"sha256:{digest}", complete=complete)


def _summary(intents: Iterable[IntentResult], judgements: Sequence[Judgement], changes: int, disabled: int) -> Summary:
    """`checks` counts NICs and whole subnets times directions, however few entries they share."""
    statuses = Counter(intent.status for intent in intents)
    return Summary(
        intents=statuses.total(),
        satisfied=statuses[Status.SATISFIED],
        drifted=statuses[Status.DRIFTED],
        unknown=statuses[Status.UNKNOWN],
        errored=statuses[Status.ERRORED],
        disabled=disabled,
        checks=sum(judgement.outline.size for judgement in judgements),
        probes=sum(judgement.outline.probes for judgement in judgements),
        changes=changes,
    )
