"""Edits that change no verdict -> a plan document, which `flowspec show`, `render` and `apply` take."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date

from flowspec.errors import Problem, Severity
from flowspec.fixes.edits import Edit
from flowspec.linting.fixing import LintEdit, LintFixes
from flowspec.model.documents.plan import (
    FORMAT_VERSION,
    Action,
    Change,
    ChangeDetail,
    Proof,
    Report,
    SpecSource,
    Summary,
)
from flowspec.model.inventory import Inventory
from flowspec.reporting import unjudged
from flowspec.reporting.basis import basis_of
from flowspec.reporting.plan import LineLookup, describe_steps, place, problem, rule_properties, sources_of
from flowspec.reporting.sensitive import without_secrets
from flowspec.version import __version__

_NO_SPEC = f"sha256:{hashlib.sha256(b'').hexdigest()}"
"""No spec has a part in it."""


def change_set(inventory: Inventory, fixes: LintFixes, today: date, located: LineLookup) -> Report:
    """The plan: it judges no intent, and each change opens and closes nothing. All of an NSG's go together."""
    gates = list(dict.fromkeys(one.edit.gate for one in fixes.edits))
    changes = tuple(_change(one, gates.index(one.edit.gate), located) for one in fixes.edits)
    incomplete = tuple(f"not read: {part}" for part in dict.fromkeys(inventory.unread))
    report = Report(
        format_version=FORMAT_VERSION,
        flowspec_version=__version__,
        today=today.isoformat(),
        complete=not incomplete,
        incomplete=incomplete,
        errored=False,
        applyable=bool(changes),
        inventory=sources_of(inventory),
        spec=SpecSource(files=(), digest=_NO_SPEC),
        assumptions=(),
        exceptions=(),
        not_judged=unjudged.of_plan(inventory),
        summary=Summary(changes=len(changes)),
        intents=(),
        suggested_changes=changes,
        steps=describe_steps(fixes.steps),
        basis=basis_of(inventory, changes),
        problems=tuple(problem(one, located) for one in (*inventory.problems, *_kept(inventory, fixes))),
    )
    return without_secrets(report, inventory.sensitive)


def _kept(inventory: Inventory, fixes: LintFixes) -> Iterator[Problem]:
    """The NSGs of which a part is left as it is, and why."""
    for at, why in sorted(fixes.kept.items()):
        nsg = inventory.nsgs[at]
        yield Problem(Severity.INFO, f"{nsg.name} is left as it is, or a part of it", why, nsg.where)


def _change(found: LintEdit, batch: int, located: LineLookup) -> Change:
    edit = found.edit
    before, after = (rule_properties(rule) if rule is not None else None for rule in (edit.before, edit.after))
    return Change(
        nsg=edit.nsg,
        rule=edit.rule.name,
        change=ChangeDetail(actions=(_action(edit),), before=before, after=after),
        mends=(),
        proof=Proof(opens=(), closes=(), intents_checked=0, intents_changed=()),
        batch=batch,
        note=found.why,
        where=place(edit.before.where, located) if edit.before is not None else None,
    )


def _action(edit: Edit) -> Action:
    return "create" if edit.before is None else "delete" if edit.after is None else "update"
