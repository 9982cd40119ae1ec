"""Coverage -> text: how much the spec speaks about, and what it leaves out, the largest first."""

from __future__ import annotations

from collections.abc import Iterator

from flowspec.counting import counted
from flowspec.model.documents.coverage import Coverage, CoverageGap, SilentRule
from flowspec.views.blocks import place_text
from flowspec.views.flows import phrase
from flowspec.views.layout import beside, fill, visible
from flowspec.views.problems import problem_text
from flowspec.views.style import Style

GAPS = "Custom rules permit, and no intent or boundary speaks about it"
DEFAULT_GAPS = "Azure's default rules permit, and no intent or boundary speaks about it"
SILENT = "Custom rules that no intent or boundary speaks about"
UNCOVERED = "NICs and subnets that no boundary is around"
_NAMED = 5


def view(coverage: Coverage, style: Style) -> str:
    """What is in error, how much is covered, a paragraph for each kind of what is missing; ends with a line break."""
    lines = [line for found in coverage.problems for line in problem_text(found, style)]
    lines += summary(coverage)
    own, default = gaps_of(coverage)
    for title, gaps in ((GAPS, own), (DEFAULT_GAPS, default)):
        lines += ["", title] if gaps else []
        lines += [line for gap in gaps for line in fill(gap_phrase(gap), style.width, "    ", "        ")]
    if coverage.silent_rules:
        lines += ["", SILENT]
        lines += [line for rule in coverage.silent_rules
                  for line in beside([f"    {rule_phrase(rule)}"], place_text(rule.where), style.width, 8)]  # fmt: skip
    if coverage.uncovered:
        lines += ["", UNCOVERED, *(f"    {visible(of)}" for of in coverage.uncovered)]
    return "\n".join([*lines, ""])


def summary(coverage: Coverage) -> Iterator[str]:
    """How much is spoken about, of what custom rules permit and of what Azure's default rules do."""
    spoken, permits = f"{coverage.spoken:,}", f"{coverage.permits:,}"
    if coverage.permits:
        yield f"{coverage.percent:g} % covered: the spec speaks about {spoken} of {permits} permits"
    else:
        yield "No custom rule permits anything"
    if coverage.default_permits:
        yield (
            f"Azure's default rules permit {coverage.default_permits:,} more, of which it speaks about "
            f"{coverage.default_spoken:,}; these do not count"
        )


def gaps_of(coverage: Coverage) -> tuple[list[CoverageGap], list[CoverageGap]]:
    """Those of custom rules (and where no NSG applies), those of Azure's default rules."""
    own = [gap for gap in coverage.gaps if not gap.by_default]
    return own, [gap for gap in coverage.gaps if gap.by_default]


def gap_phrase(gap: CoverageGap) -> str:
    """`Tcp 8080 from Internet to 3 NICs (a, b, c), no intent: Inbound by nsg-a/securityRules/any`."""
    names = ", ".join(visible(_last(nic)) for nic in gap.nics[:_NAMED])
    more = ", …" if len(gap.nics) > _NAMED else ""
    nics = f"{counted(len(gap.nics), 'NIC')} ({names}{more})"
    by = "/".join(visible(part) for part in (_last(gap.nsg), gap.rule) if part)
    doubt = "" if gap.access == "Allow" else ", perhaps"
    decided = f" by {by}" if "/" in by else f", {by or 'no NSG'}"
    return f"{phrase(gap.flows, nics, gap.direction)}, no intent{doubt}: {gap.direction}{decided}"


def rule_phrase(rule: SilentRule) -> str:
    """`nsg-a/securityRules/any  Allow`."""
    return f"{visible(_last(rule.nsg))}/{visible(rule.rule)}  {rule.access}"


def _last(of: str) -> str:
    return of.rpartition("/")[2]
