"""An inventory -> the lint document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flowspec.errors import Where
from flowspec.fixes.ownership import is_use_only
from flowspec.linting.copies import copies
from flowspec.linting.estate import LintEstate, estate_of
from flowspec.linting.found import LintFound
from flowspec.linting.loose import loose
from flowspec.linting.names import NamesOfRules
from flowspec.linting.rules import NsgFindings, outvoted, rule_findings, told
from flowspec.linting.wide import too_wide
from flowspec.model.documents.lint import FORMAT_VERSION, Lint, LintFinding, LintSummary, counted
from flowspec.model.inventory import Direction, Inventory, Nsg, key
from flowspec.model.spec import Spec
from flowspec.network.index import Network
from flowspec.reporting.plan import LineLookup, decider, place, problem, sources_of
from flowspec.reporting.sensitive import without_secrets
from flowspec.version import __version__

_RANKS = ("error", "warning", "info")
_NAMED = 20
"""Rules that a finding names as its reasons."""


@dataclass(frozen=True, slots=True)
class LintRun:
    """What was looked at, what each NSG came to, and all findings, the gravest first."""

    estate: LintEstate
    rules: Sequence[tuple[Nsg, Direction, NsgFindings]]
    found: Sequence[LintFound]

    def wheres(self) -> list[Where]:
        """Every place that the document shows a line of."""
        places = {one.where: None for one in self.found}
        places |= {d.rule.where: None for one in self.found for d in one.because[:_NAMED] if d.rule}
        places |= {one.where: None for one in self.estate.original.problems}
        places |= {rule.where: None for _, _, one in self.rules for rule in (*one.never, *one.could_go)}
        return [place for place in places if place is not None]


def linted(inventory: Inventory, spec: Spec | None = None, today: date | None = None) -> LintRun:
    """Everything that there is to find; with a spec that has intents, on a day, also what it does not ask for.

    Of rules that a service of Azure's writes nothing is told: nobody else can change them.
    """
    estate = estate_of(inventory)
    every = list(rule_findings(estate))
    bastion = estate.of_bastion()
    network = Network(inventory)
    found = [
        *(one for nsg, _, findings in every for one in told(nsg, findings, of_bastion=key(nsg.id) in bastion)),
        *outvoted(estate, every),
        *NamesOfRules(network).found(),
        *loose(network),
        *copies(inventory),
        *(too_wide(spec, inventory, today) if spec is not None and spec.intents and today is not None else ()),
    ]
    told_of = [one for one in found if one.rule is None or not is_use_only(one.rule.name)]
    return LintRun(estate, every, sorted(told_of, key=_order))


def lint_of(run: LintRun, located: LineLookup) -> Lint:
    """The document."""
    inventory = run.estate.original
    return without_secrets(_document(inventory, run.found, located), inventory.sensitive)


def _order(found: LintFound) -> tuple[object, ...]:
    priority = found.rule.priority if found.rule is not None else 0
    return _RANKS.index(found.severity), found.kind.code, found.resource.casefold(), priority, found.message


def _document(inventory: Inventory, found: Sequence[LintFound], located: LineLookup) -> Lint:
    findings = tuple(_finding(one, located) for one in found)
    looked_at = LintSummary(nsgs=len(inventory.nsgs), rules=sum(len(nsg.rules) for nsg in inventory.nsgs.values()))
    return Lint(
        format_version=FORMAT_VERSION,
        flowspec_version=__version__,
        inventory=sources_of(inventory),
        summary=counted(looked_at, findings),
        findings=findings,
        problems=tuple(problem(one, located) for one in inventory.problems),
    )


def _finding(found: LintFound, located: LineLookup) -> LintFinding:
    rule = found.rule
    return LintFinding(
        code=found.kind.code,
        about=found.kind.about,
        severity=found.severity,
        nsg=found.nsg.id if found.nsg is not None else "",
        rule=rule.display if rule is not None else "",
        where=place(found.where, located),
        message=found.message,
        because=tuple(
            decider(one, located, one.rule.direction if one.rule else None) for one in found.because[:_NAMED]
        ),
        fix=found.fix,
        resource=found.resource,
        access=rule.access.value if rule is not None else "",
        priority=rule.priority if rule is not None else None,
    )
