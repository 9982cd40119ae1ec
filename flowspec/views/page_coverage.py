"""What an HTML report shows of a coverage: what nothing speaks about, the most flows first, as plain data."""

from __future__ import annotations

from flowspec.counting import counted
from flowspec.model.documents.coverage import Coverage, CoverageGap
from flowspec.views import coverage as text
from flowspec.views.blocks import place_text
from flowspec.views.flows import count_phrase, example_phrase, phrase
from flowspec.views.layout import clipped, visible
from flowspec.views.names import DisplayNames, shortened
from flowspec.views.page_words import LONGEST, Data, problem_data, sparse
from flowspec.views.style import Style

_GAPS = 2_000
_RULES = 5_000
_UNCOVERED = 5_000
_NICS = 200


def coverage_data(coverage: Coverage, style: Style, most: int) -> Data:
    """A coverage. Not all of a very large one: `more` counts what there is no room for."""
    names = DisplayNames({*(gap.nsg for gap in coverage.gaps), *(rule.nsg for rule in coverage.silent_rules)} - {""})
    holders = DisplayNames({nic for gap in coverage.gaps for nic in gap.nics} | set(coverage.uncovered))
    nsgs: dict[str, int] = {}
    own, default = text.gaps_of(coverage)
    gaps = [_gap(gap, names, holders, nsgs, most) for gap in (*own[:_GAPS], *default[: max(0, _GAPS - len(own))])]
    return {
        "kind": "coverage",
        "version": coverage.flowspec_version,
        "last": ". ".join(text.summary(coverage)) + ".",
        "gate": [],
        "about": [],
        "counts": {
            "gaps": len(own),
            "default": len(default),
            "silent": len(coverage.silent_rules),
            "uncovered": len(coverage.uncovered),
        },
        "percent": coverage.percent if coverage.permits else None,
        "gaps": gaps,
        "silent": [
            sparse(
                text="/".join(part for part in (names.of(rule.nsg) if rule.nsg else "", visible(rule.rule)) if part),
                access=rule.access,
                where=place_text(rule.where),
                nsgs=[_number(nsgs, names.of(rule.nsg))] if rule.nsg else [],
            )
            for rule in coverage.silent_rules[:_RULES]
        ],
        "uncovered": [holders.of(one) for one in coverage.uncovered[:_UNCOVERED]],
        "nsgs": list(nsgs),
        "problems": [problem_data(one) for one in coverage.problems],
        "more": {
            "gaps": len(coverage.gaps) - len(gaps),
            "silent": max(0, len(coverage.silent_rules) - _RULES),
            "uncovered": max(0, len(coverage.uncovered) - _UNCOVERED),
        },
    }


def _gap(gap: CoverageGap, names: DisplayNames, holders: DisplayNames, nsgs: dict[str, int], most: int) -> Data:
    count = len(gap.nics)
    nsg = names.of(gap.nsg) if gap.nsg else ""
    who = counted(count, "NIC")
    return sparse(
        status="perhaps" if gap.access != "Allow" else "default" if gap.by_default else "gap",
        direction=gap.direction,
        text=clipped(phrase(gap.flows, who, gap.direction), LONGEST),
        count=count_phrase(int(gap.total.count)),
        cut=gap.total.truncated,
        example=example_phrase(gap.total.example) if gap.total.example else "",
        by="/".join(part for part in (nsg, visible(gap.rule)) if part),
        nics=clipped(shortened([holders.of(nic) for nic in gap.nics], _NICS if most else 0), LONGEST),
        nsgs=[_number(nsgs, nsg)] if nsg else [],
    )


def _number(nsgs: dict[str, int], name: str) -> int:
    return nsgs.setdefault(name, len(nsgs))
