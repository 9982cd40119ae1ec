"""What linting finds, before it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowspec.errors import Where
from flowspec.linting.codes import LintCode, LintSeverity
from flowspec.model.inventory import Nsg, Rule
from flowspec.policy.layers import Decider


@dataclass(frozen=True, slots=True, kw_only=True)
class LintFound:
    """One finding: about a rule of an NSG, an NSG, or another resource (its id).

    `because` are the rules that it rests on; `fix` says in words what would mend it, "" where that is for a person to
    decide. `severity` is that of its code unless it is told.
    """

    kind: LintCode
    resource: str
    message: str
    nsg: Nsg | None = None
    rule: Rule | None = None
    where: Where | None = None
    because: Sequence[Decider] = ()
    fix: str = ""
    level: LintSeverity | None = None

    @property
    def severity(self) -> LintSeverity:
        return self.level or self.kind.severity


def of_rule(
    kind: LintCode,
    nsg: Nsg,
    rule: Rule,
    message: str,
    because: Sequence[Decider] = (),
    fix: str = "",
    level: LintSeverity | None = None,
) -> LintFound:
    """A finding about a rule, at its line."""
    return LintFound(
        kind=kind,
        resource=nsg.id,
        message=message,
        nsg=nsg,
        rule=rule,
        where=rule.where or nsg.where,
        because=because,
        fix=fix,
        level=level,
    )
