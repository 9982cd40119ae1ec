"""An inventory -> the lint document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from flowspec.errors import Where
from flowspec.linting.copies import copies
from flowspec.linting.estate import LintEstate, estate_of
from flowspec.linting.found import LintFound
from flowspec.linting.loose import loose
from flowspec.linting.names import NamesOfRules
from flowspec.linting.rules import outvoted, rule_findings, told
from flowspec.model.documents.lint import FORMAT_VERSION, Lint, LintFinding, LintSummary
from flowspec.model.inventory import Inventory
from flowspec.network.index import Network
from flowspec.reporting.plan import LineLookup, decider, place, problem, sources_of
from flowspec.reporting.sensitive import without_secrets
from flowspec.version import __version__

Locating = Callable[[Iterable[Where]], Mapping[Where, Where]]
_RANKS = ("error", "warning", "info")
_NAMED = 20
"""Rules that a finding names as its reasons."""


def lint_of(inventory: Inventory, locating: Locating) -> Lint:
    """All findings; `locating` looks up the lines of places."""
    found = sorted(findings_of(estate_of(inventory)), key=_order)
    places = {one.where: None for one in found if one.where is not None}
    places |= {d.rule.where: None for one in found for d in one.because[:_NAMED] if d.rule and d.rule.where}
    places |= {one.where: None for one in inventory.problems if one.where is not None}
    lines = locating(places)
    return without_secrets(_document(inventory, found, lambda where: lines.get(where, where)), inventory.sensitive)


def findings_of(estate: LintEstate) -> list[LintFound]:
    """What is found, in no order yet."""
    every = list(rule_findings(estate))
    found = [one for nsg, _, findings in every for one in told(nsg, findings)]
    network = Network(estate.original)
    return [
        *found,
        *outvoted(estate, every),
        *NamesOfRules(network).found(),
        *loose(network),
        *copies(estate.original),
    ]


def _order(found: LintFound) -> tuple[object, ...]:
    priority = found.rule.priority if found.rule is not None else 0
    return _RANKS.index(found.severity), found.kind.code, found.resource.casefold(), priority, found.message


def _document(inventory: Inventory, found: Sequence[LintFound], located: LineLookup) -> Lint:
    counts = Counter(one.severity for one in found)
    return Lint(
        format_version=FORMAT_VERSION,
        flowspec_version=__version__,
        inventory=sources_of(inventory),
        summary=LintSummary(
            findings=len(found),
            errors=counts["error"],
            warnings=counts["warning"],
            infos=counts["info"],
            nsgs=len(inventory.nsgs),
            rules=sum(len(nsg.rules) for nsg in inventory.nsgs.values()),
        ),
        findings=tuple(_finding(one, located) for one in found),
        problems=tuple(problem(one, located) for one in inventory.problems),
    )


def _finding(found: LintFound, located: LineLookup) -> LintFinding:
    rule = found.rule
    return LintFinding(
        code=found.kind.code,
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
