"""What an HTML report shows of a plan, as plain data in words: the page's own script only arranges it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowspec.model.documents.plan import (
    Cause,
    ExampleFlow,
    IntentResult,
    Pair,
    Report,
    Status,
    Total,
)
from flowspec.model.inventory import key
from flowspec.views import live, text
from flowspec.views.blocks import Blocks, complaint, place_text
from flowspec.views.changes import noted_phrase, proof_phrases
from flowspec.views.findings import Copied, Finding, JointCause, joined, of_owner, ranked
from flowspec.views.flows import count_phrase, example_phrase, phrase
from flowspec.views.gate import verdict
from flowspec.views.layout import clipped, visible
from flowspec.views.matrix import LEGEND
from flowspec.views.names import DisplayNames, names_of, once
from flowspec.views.page_map import map_data, map_ids, subnet_names, subnet_pairs
from flowspec.views.page_walk import walk_data
from flowspec.views.page_words import LONGEST, Data, problem_data, sparse, unwrapped
from flowspec.views.paths import FlowPath, PathFinder, PathHop
from flowspec.views.style import Style

_PROBLEMS = 200
_CHANGES = 1_000
_WORST_FIRST = (Status.ERRORED, Status.DRIFTED, Status.UNKNOWN, Status.SATISFIED)


@dataclass(frozen=True, slots=True)
class Detail:
    """How many causes of an intent, and items of each list, are told."""

    most: int

    def of(self, items: Sequence[Any]) -> Sequence[Any]:
        return items[: self.most]


def plan_data(report: Report, style: Style, most: int) -> Data:
    """A plan; `most` of each list."""
    style = unwrapped(style)
    whole = replace(style, everything=True)
    told = of_owner(report, style)
    writer = _PlanWriter(report, style, Detail(most))
    for pair in (pair for intent in told.intents for pair in intent.groups):
        writer.group(pair.source)
        writer.group(pair.destination)
    intents = [writer.intent(intent) for intent in ranked(told.intents)]
    drawn = map_data(report.network, writer.name, writer.nsg) if report.network else None
    parts = (text.header, text.rest, text.why)
    return {
        "kind": "plan",
        "title": visible(report.spec.name),
        "today": report.today,
        "version": report.flowspec_version,
        "last": text.last_sentence(report, style),
        "gate": [one.strip() for one in verdict(report.gate, style)],
        "live": live.summary(report.verification) if report.verification else "",
        "about": [clipped(one.strip(), LONGEST) for part in parts for one in part(report, whole)],
        "counts": {status.value: sum(i.status is status for i in told.intents) for status in _WORST_FIRST},
        "groups": writer.groups,
        "nsgs": writer.nsgs,
        "intents": intents,
        "problems": [problem_data(one) for one in report.problems[:_PROBLEMS]],
        "changes": [writer.change(at) for at in range(min(len(report.suggested_changes), _CHANGES))],
        "more": {
            "problems": max(0, len(report.problems) - _PROBLEMS),
            "changes": max(0, len(report.suggested_changes) - _CHANGES),
        },
        "map": drawn,
        "walks": writer.walks,
        "legend": LEGEND,
        "subnets": subnet_names(report.network, writer.name),
        "subnetsLeft": sum(one.subnets is None or not most for one in told.intents if one.status is not Status.ERRORED),
    }


class _PlanWriter:
    """Writes intents; `groups` and `nsgs` are the names that intents give by their number."""

    def __init__(self, report: Report, style: Style, detail: Detail) -> None:
        self._report = report
        self._detail = detail
        self._names = _names(report)
        self._blocks = Blocks(report, self._names, style)
        self._paths = PathFinder(report)
        self._walks = {(walk.of, walk.flow): walk for walk in report.walks}
        self.walks: list[Data] = []
        self._groups: dict[str, int] = {}
        self._nsgs: dict[str, tuple[int, str]] = {}

    @property
    def groups(self) -> list[str]:
        return [visible(name) for name in self._groups]

    @property
    def nsgs(self) -> list[str]:
        return [self._names.of(nsg) for _, nsg in self._nsgs.values()]

    def intent(self, intent: IntentResult) -> Data:
        causes = joined(intent.causes)
        flows, finding = intent.flows, Finding((intent,), tuple(causes))
        shown = self._detail.of(causes)
        return sparse(
            address=visible(intent.address),
            kind=intent.kind,
            expect=intent.expect,
            status=intent.status.value,
            severity=intent.severity,
            owner=visible(intent.owner),
            description=clipped(visible(intent.description), LONGEST),
            where=place_text(intent.where),
            endpoints=intent.endpoints,
            groups=[
                [self.group(pair.source), self.group(pair.destination), pair.state, int(pair.drift)]
                for pair in intent.groups
            ],
            groupsLeft=intent.groups_left_out,
            subnets=subnet_pairs(intent.subnets or ()) if self._detail.most else [],
            nsgs=sorted({self.nsg(nsg) for nsg in _nsgs_of(intent)}),
            wrongAt=sorted({self.nsg(nsg) for nsg in _wrong_at(intent)}),
            permitted=self._flows(flows.passing, flows.passing_total),
            denied=self._flows(flows.stopped, flows.stopped_total),
            excepted=self._flows(flows.excepted, flows.excepted_total),
            unknown=[
                sparse(
                    text=clipped(self._blocks.unknown(intent, one, first=False), LONGEST),
                    flows=clipped(phrase(one.flows), LONGEST),
                    settle=visible(one.settle),
                    **self._way(intent, one.total.example),
                )
                for one in self._detail.of(flows.unknown)
            ],
            unknownLeft=max(0, len(flows.unknown) - self._detail.most),
            causes=[self._cause(finding, one) for one in shown],
            causesLeft=len(causes) - len(shown),
            problems=[problem_data(one) for one in self._detail.of(intent.problems)],
            ways=self._other_ways(intent),
            deciders=self._deciders(intent),
        )

    def _cause(self, finding: Finding, cause: JointCause) -> Data:
        changes = [self._report.suggested_changes[at] for at in cause.changes]
        of_cause = Finding(finding.intents, (cause,))
        proof = proof_phrases(changes, of_cause, self._report.suggested_changes) if changes else []
        deciders = cause.deciders
        return sparse(
            text=clipped(f"{complaint(finding.first, cause)} {self._blocks.flows(finding, cause)}", LONGEST),
            example=example_phrase(cause.first.total.example) if cause.first.total.example else "",
            deciders=[self._decider(one) for one in self._detail.of(deciders)],
            decidersLeft=max(0, len(deciders) - self._detail.most),
            fixes=[clipped(noted_phrase(one, self._names), LONGEST) for one in self._detail.of(changes)],
            fixesLeft=max(0, len(changes) - self._detail.most),
            proof=[clipped(one, LONGEST) for one in proof],
            noFix=visible(cause.first.no_change),
            **self._way(finding.first, cause.first.total.example, cause.first),
        )

    def _decider(self, copied: Copied) -> Data:
        place = copied.places[0] if copied.places else None
        return sparse(text=self._blocks.decider(copied), where=place_text(place))

    def _deciders(self, intent: IntentResult) -> list[str]:
        """The rules that decide the intent's flows, as far as its checks are listed."""
        found = once((d.nsg, d.rule, d.access, d.priority) for check in intent.checks for d in check.decided_by)
        told = []
        for nsg, rule, access, priority in self._detail.of(found):
            at = f"{self._names.of(nsg)}/" if nsg else ""
            about = access if priority is None else f"{priority}, {access}"
            told.append(f"{at}{visible(rule) or 'no rule'} ({about})")
        return told + ([f"and {len(found) - self._detail.most:,} more"] if len(found) > self._detail.most else [])

    def _other_ways(self, intent: IntentResult) -> list[Data]:
        """One flow that is permitted and one that is denied, where no cause shows its own."""
        if not self._detail.most or intent.status in (Status.DRIFTED, Status.ERRORED):
            return []
        totals = (intent.flows.passing_total, intent.flows.stopped_total)
        return [drawn for total in totals if (drawn := self._way(intent, total.example))]

    def _way(self, intent: IntentResult, flow: ExampleFlow | None, cause: Cause | None = None) -> Data:
        """The number of the flow's walk, if the plan has it, else its path, as far as the checks tell it."""
        if flow is None:
            return {}
        walk = self._walks.get((f"{intent.address} ({intent.status})", flow))
        if walk is not None and self._detail.most:
            self.walks.append(walk_data(walk, self._detail.most))
            return {"walk": len(self.walks) - 1}
        path = self._paths.of_cause(intent, cause) if cause is not None else self._paths.of_flow(intent, flow)
        return {"path": self._drawn(path)} if path else {}

    def _drawn(self, path: FlowPath) -> Data:
        source, destination = (self._names.of(at) if at else "" for at in path.at)
        return {
            "flow": example_phrase(path.flow),
            "source": [visible(path.flow.source), source],
            "leaving": self._hop(path.leaving),
            "arriving": self._hop(path.arriving),
            "destination": [visible(path.flow.destination), destination],
        }

    def _hop(self, hop: PathHop) -> Data:
        if hop.decider is None:
            return sparse(access=hop.access, text=visible(hop.told))
        return sparse(
            access=hop.access,
            text=self._blocks.decider(Copied(hop.decider, (hop.decider.nsg,), ())),
            where=place_text(hop.decider.where),
        )

    def _flows(self, pairs: tuple[Pair, ...], total: Total) -> Data | None:
        if total.example is None:
            return None
        return sparse(
            text=clipped(phrase(pairs), LONGEST) if self._detail.most else "",
            count=count_phrase(int(total.count)),
            cut=total.truncated,
            example=example_phrase(total.example),
        )

    def change(self, at: int) -> str:
        """A suggested change in words."""
        change = self._report.suggested_changes[at]
        mends = ", ".join(visible(address) for address in change.mends[:5])
        told = noted_phrase(change, self._names)
        return clipped(f"{told}; mends {mends}" if mends else told, LONGEST)

    def group(self, name: str) -> int:
        """The number of a group, in the order in which they are asked for."""
        return self._groups.setdefault(name, len(self._groups))

    def name(self, resource_id: str) -> str:
        """What a resource goes by."""
        return self._names.of(resource_id)

    def nsg(self, nsg: str) -> int:
        """The number of an NSG, likewise."""
        number, _ = self._nsgs.setdefault(key(nsg), (len(self._nsgs), nsg))
        return number


def _names(report: Report) -> DisplayNames:
    """The names of all that the page shows."""
    ids = {d.nsg for i in report.intents for check in i.checks for d in check.decided_by if d.nsg}
    return names_of(report, ids | map_ids(report.network))


def _nsgs_of(intent: IntentResult) -> Iterable[str]:
    """The NSGs that decide about an intent, in their spelling."""
    for cause in intent.causes:
        yield from (decider.nsg for decider in cause.deciders if decider.nsg)
    for check in intent.checks:
        yield from (decision.nsg for decision in check.decided_by if decision.nsg)


def _wrong_at(intent: IntentResult) -> Iterable[str]:
    """The NSGs that decide its drift, or of whoever has flows that are not known."""
    for cause in intent.causes:
        yield from (decider.nsg for decider in cause.deciders if decider.nsg)
    if intent.status is Status.UNKNOWN:
        for check in (check for check in intent.checks if check.unknown):
            yield from (decision.nsg for decision in check.decided_by if decision.nsg)
