"""Edits that change no verdict -> the document that says how many rules each NSG needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flowspec.linting.fixing import LintEdit, LintFixes
from flowspec.model.documents.optimize import FORMAT_VERSION, Optimized, OptimizedNsg, OptimizedRule, OptimizeSummary
from flowspec.model.inventory import Inventory, Nsg, key
from flowspec.reporting.plan import LineLookup, place, problem, sources_of
from flowspec.reporting.sensitive import without_secrets
from flowspec.version import __version__


def optimized(inventory: Inventory, fixes: LintFixes, located: LineLookup) -> Optimized:
    """Every NSG with what becomes of its rules, those that lose the most first.

    No name is made of values where some are sensitive: in a name they are spelt otherwise, and would not be hidden.
    """
    edits: dict[str, list[LintEdit]] = {}
    for one in fixes.edits:
        edits.setdefault(key(one.edit.nsg), []).append(one)
    if inventory.sensitive:
        edits = {at: [replace(one, name="") for one in held] for at, held in edits.items()}
    nsgs = [_nsg(nsg, edits.get(at, ()), fixes.kept.get(at, ""), located) for at, nsg in inventory.nsgs.items()]
    document = Optimized(
        format_version=FORMAT_VERSION,
        flowspec_version=__version__,
        inventory=sources_of(inventory),
        summary=OptimizeSummary(
            nsgs=len(nsgs),
            smaller=sum(nsg.after < nsg.before for nsg in nsgs),
            before=sum(nsg.before for nsg in nsgs),
            after=sum(nsg.after for nsg in nsgs),
        ),
        nsgs=tuple(sorted(nsgs, key=lambda nsg: (nsg.after - nsg.before, key(nsg.nsg)))),
        problems=tuple(problem(one, located) for one in inventory.problems),
    )
    return without_secrets(document, inventory.sensitive)


def _nsg(nsg: Nsg, edits: Sequence[LintEdit], kept: str, located: LineLookup) -> OptimizedNsg:
    return OptimizedNsg(
        nsg=nsg.id,
        before=len(nsg.rules),
        after=len(nsg.rules) - sum(one.edit.after is None for one in edits),
        rules=tuple(
            OptimizedRule(
                rule=one.edit.rule.name,
                action="delete" if one.edit.after is None else "update",
                why=one.why,
                better_name=one.name,
            )
            for one in edits
        ),
        kept=kept,
        where=place(nsg.where, located),
    )
