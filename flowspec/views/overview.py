"""Findings -> the first screen: one line for each thing that is wrong (what, owner, where), and what to paste."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flowspec.counting import counted, noun_for
from flowspec.model.documents.plan import Change, Report, Status
from flowspec.views.blocks import HEADS, Blocks
from flowspec.views.changes import SYMBOLS, alike, is_inbound
from flowspec.views.findings import Finding, JointCause
from flowspec.views.flows import far_phrase, rule_phrase
from flowspec.views.layout import clipped, fill, visible, within
from flowspec.views.missing import owners_phrase
from flowspec.views.names import DisplayNames, once
from flowspec.views.style import Style

SCREEN = 24
"""Lines of a terminal."""
_LABEL = 9


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Writes the first screen of one report; `told` are the findings that it has a line of."""

    report: Report
    names: DisplayNames
    blocks: Blocks
    style: Style
    told: Sequence[Finding]

    def lines(self, wrong: Sequence[Finding], taken: int) -> list[str]:
        """Of all that is `wrong`, as much of each told finding as a screen holds of which some lines are `taken`."""
        room, findings = SCREEN - taken - 3, self.told
        for form in (self._whole, self._with_fix, self._row):
            written = [form(finding) for finding in findings]
            if sum(map(len, written)) <= room:
                break
        else:
            written = self._cut(findings, written, room)
        return [*self._title(wrong), *(line for one in written for line in one), *self._paste(findings)]

    def _cut(self, findings: Sequence[Finding], written: list[list[str]], room: int) -> list[list[str]]:
        if self.style.everything:
            return written
        shown = max(room - 1, 1)  # one line for each, and one for the rest
        rest = [intent for finding in findings[shown:] for intent in finding.intents]
        more = f"  and {len(findings) - shown:,} more below ({owners_phrase(rest)})"
        return [*written[:shown], [clipped(more, self.style.width)]]

    def _title(self, findings: Sequence[Finding]) -> list[str]:
        """`36 of 69 intents are not as wished, for 4 reasons: 36 drifted.`"""
        wrong = [intent for finding in findings for intent in finding.intents]
        counts = [(word, sum(intent.status is status for intent in wrong)) for status, word in _WORDS]
        told = ", ".join(f"{count:,} {word}" for word, count in counts if count)
        total = self.report.summary.intents
        reasons = f", for {len(findings):,} reasons" if 1 < len(findings) < len(wrong) else ""
        return fill(
            f"{len(wrong):,} of {counted(total, 'intent is', 'intents are')} not as wished: {told}{reasons}.",
            self.style.width,
        )

    def _row(self, finding: Finding) -> list[str]:
        """What, owner, where."""
        mark, _, colour = HEADS[finding.first.status]
        what, owner = self._columns
        row = f"{mark} {within(self._what(finding), what):<{what}}  {clipped(_owner(finding), owner):<{owner}}  "
        cut = within if finding.causes else clipped
        line = row + cut(self._where(finding), self.style.width - len(row))
        return [line.rstrip().replace(mark, self.style.paint(mark, "bold", colour), 1)]

    @cached_property
    def _columns(self) -> tuple[int, int]:
        """How wide what is wrong, and whose it is, are told: as wide as they are, and no more than their share."""
        width = self.style.width
        longest = max((len(self._what(finding)) for finding in self.told), default=0)
        owner = max((len(_owner(finding)) for finding in self.told), default=0)
        return min(longest, width * 2 // 5), min(owner, width // 5)

    def _with_fix(self, finding: Finding) -> list[str]:
        fix = self._fix(finding)
        return self._row(finding) + ([self._labelled("fix", fix)] if fix else [])

    def _whole(self, finding: Finding) -> list[str]:
        """With the flows, and with all owners where they are several."""
        lines = self._row(finding)
        if len({intent.owner for intent in finding.intents}) > 1:
            lines.append(clipped(f"    {owners_phrase(finding.intents)}", self.style.width))
        for joined in finding.causes[:1]:
            verb = "permits" if finding.first.expect == "Deny" else "denies"
            more = len(finding.causes) - 1
            beside = f"; {counted(more, 'more cause')}" if more else ""
            lines.append(self._labelled(verb, self.blocks.flows(finding, joined) + beside))
        fix = self._fix(finding)
        return lines + ([self._labelled("fix", fix)] if fix else [])

    def _labelled(self, label: str, text: str) -> str:
        return clipped(f"    {label:<{_LABEL}}{text}", self.style.width)

    def _what(self, finding: Finding) -> str:
        if len(finding.intents) == 1:
            return visible(finding.first.address)
        noun = "boundaries" if finding.first.kind == "boundary" else "intents"
        return f"{len(finding.intents):,} {noun}: {visible(finding.first.address.partition('.')[2])}, …"

    def _where(self, finding: Finding) -> str:
        """The rule that decides, or what is not known."""
        if finding.causes:
            return "; ".join(once(self._rule(joined) for joined in finding.causes))
        problems, unknown = finding.first.problems, finding.first.flows.unknown
        return visible(problems[0].summary if problems else unknown[0].reason if unknown else "")

    def _rule(self, joined: JointCause) -> str:
        copied = joined.deciders[0]
        name = visible(copied.rule.rule.partition("/")[2]) or visible(copied.rule.note) or "no NSG applied"
        if len(copied.nsgs) > 1:
            return f"{name} in {len(copied.nsgs):,} NSGs"
        return f"{self.names.of(copied.rule.nsg)}/{name}" if copied.rule.nsg else name

    def _fix(self, finding: Finding) -> str:
        """The rule to put in, and how often; or why there is none."""
        changes = finding.changes(self.report)
        if not changes:
            reasons = once(joined.first.no_change for joined in finding.causes if joined.first.no_change)
            return f"none: {visible(reasons[0])}" if reasons else ""
        kinds = alike(changes)
        more = f"; {len(kinds) - 1:,} more" if len(kinds) > 1 else ""
        return self._change(kinds[0]) + more

    def _change(self, same: list[Change]) -> str:
        """`+ 68 rules Deny Tcp 22 from 198.51.100.0/24 …`, `- nsg-web/tmp-allow-ssh`."""
        first = same[0].change
        rule = first.after or first.before
        count = f"{len(same):,} rules: " if len(same) > 1 else ""
        if rule is None or first.action == "delete":
            return f"{SYMBOLS[first.action]} {first.action} {count}{self.names.of(same[0].nsg)}/{visible(same[0].rule)}"
        if len(same) == 1:
            told = rule_phrase(rule, same[0].sources_named, same[0].destinations_named)
            return f"{SYMBOLS[first.action]} {self.names.of(same[0].nsg)}: {rule.access} {told}"
        nsgs = len(once(change.nsg for change in same))
        told = f"{rule.access} {far_phrase(rule, inbound=is_inbound(same[0]))}"
        return f"{SYMBOLS[first.action]} {count}{told}, in {counted(nsgs, 'NSG')}"

    def _paste(self, findings: Sequence[Finding]) -> list[str]:
        """The command that writes all fixes in a dialect."""
        shown = {number for finding in findings for joined in finding.causes for number in joined.changes}
        if not shown:
            return []
        count, total = len(shown), len(self.report.suggested_changes)
        told = f"Paste {counted(count, 'rule')}"
        if count != total:
            told = f"{noun_for(count, 'This 1 rule is', f'These {count:,} rules are')} among the {total:,} of"
        return fill(f"{told}: flowspec render PLAN --dialect az  (PLAN of: plan --out PLAN)", self.style.width)


def _owner(finding: Finding) -> str:
    owners = once(intent.owner for intent in finding.intents)
    return visible(owners[0]) or "no owner" if len(owners) == 1 else f"{len(owners):,} owners"


_WORDS = (
    (Status.ERRORED, "in error"),
    (Status.DRIFTED, "drifted"),
    (Status.UNKNOWN, "unknown"),
)
