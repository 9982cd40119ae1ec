"""Coverage -> text: how much the spec speaks about, and what it leaves out, the largest first."""

from __future__ import annotations

from flowspec.model.documents.coverage import Coverage, CoverageGap, SilentRule
from flowspec.views.flows import phrase
from flowspec.views.layout import fill, visible
from flowspec.views.style import Style

_WIDTH = 200
_NAMED = 5


def view(coverage: Coverage, style: Style) -> str:
    """A line for the whole, one paragraph for each kind of what is missing; ends with a line break."""
    lines = [
        f"{coverage.percent:g} % covered: the spec speaks about {coverage.spoken:,} of {coverage.permits:,} permits"
    ]
    if coverage.gaps:
        lines += ["", "Permitted, and no intent or boundary speaks about it"]
        lines += [line for gap in coverage.gaps for line in fill(_gap(gap), _WIDTH, "    ", "        ")]
    if coverage.silent_rules:
        lines += ["", "Custom rules that no intent or boundary speaks about"]
        lines += [f"    {_rule(rule)}" for rule in coverage.silent_rules]
    if coverage.uncovered:
        lines += [
            "",
            "NICs and subnets that no boundary is around",
            *(f"    {visible(of)}" for of in coverage.uncovered),
        ]
    return "\n".join([*lines, ""])


def _gap(gap: CoverageGap) -> str:
    names = ", ".join(visible(_last(nic)) for nic in gap.nics[:_NAMED])
    more = ", …" if len(gap.nics) > _NAMED else ""
    nics = f"{len(gap.nics):,} {'NIC' if len(gap.nics) == 1 else 'NICs'} ({names}{more})"
    by = "/".join(visible(part) for part in (_last(gap.nsg), gap.rule) if part)
    doubt = "" if gap.access == "Allow" else ", perhaps"
    return f"{phrase(gap.flows, nics, gap.direction)}, no intent{doubt}: {gap.direction} by {by or 'no NSG'}"


def _rule(rule: SilentRule) -> str:
    where = f"  {visible(rule.where.file)}:{rule.where.line}" if rule.where is not None else ""
    return f"{visible(_last(rule.nsg))}/{visible(rule.rule)}  {rule.access}{where}"


def _last(of: str) -> str:
    return of.rpartition("/")[2]
