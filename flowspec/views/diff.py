"""Diff -> text: what opens, what closes, by cause, and who decided it before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flowspec.counting import counted, noun_for
from flowspec.model.documents.diff import Diff, DiffCause, Effect, Presence
from flowspec.model.documents.plan import DecidedBy, IntentProblem, InventorySource
from flowspec.model.inventory import id_part
from flowspec.views.blocks import INDENT, place_text
from flowspec.views.flows import bare, count_phrase, example_phrase, phrase
from flowspec.views.gate import verdict
from flowspec.views.layout import beside, fill, join, visible
from flowspec.views.names import DisplayNames, shortened
from flowspec.views.style import Style
from flowspec.views.why import explained

ALIKE = "No difference in what is known of both networks; what is not known may differ."
NO_DIFFERENCE = "No difference: every flow that is judged is permitted, denied or not known as before."
DIFF_HEADS = {
    Effect.OPENS: ("+", "OPENS", "red"),
    Effect.CLOSES: ("-", "CLOSES", "green"),
    Effect.UNKNOWN: ("?", "UNKNOWN", "yellow"),
}
_LOOKS = {"error": ("Error", "red"), "warning": ("Warning", "yellow"), "info": ("Note", "cyan")}
_WORDS = {"Allow": "permitted", "Deny": "denied", "Unknown": "not known"}
_SIDES = {
    "old": "of the old network alone: may be different",
    "new": "of the new network alone: may be different",
    "both": "of both networks: may be different",
}
_LABEL = 11
_MOST = 20
"""Causes, and endpoints of one side, that are shown unless all are asked for."""
_DECIDERS = 4
_OPENINGS = 5


def view(diff: Diff, style: Style) -> str:
    """The whole report; ends with a line break. Its last line is one that scripts may look for."""
    writer = DiffText(diff, style)
    sections = [
        verdict(diff.gate, style),
        writer.head(),
        *writer.causes(),
        writer.presences(),
        writer.problems(),
        writer.gaps(),
        writer.why(),
    ]
    lines = [line for section in sections if section for line in [*section, ""]]
    return "\n".join([*lines, *writer.last_sentence(), ""])


def openings(diff: Diff, opens: Sequence[int], style: Style) -> list[list[str]]:
    """For a plan: the blocks of what opens or may, who is new, and how much else differs."""
    writer = DiffText(diff, style)
    shown = diff.causes if style.everything else [diff.causes[at] for at in opens[:_OPENINGS]]
    blocks = [writer.cause(cause) for cause in shown]
    others = len(diff.causes) - len(shown)
    rest = [f"and {counted(others, 'more cause')} of difference (--all lists them)"]
    return [*blocks, rest if others else [], writer.presences()]


class DiffText:
    """Writes one diff in one style."""

    def __init__(self, diff: Diff, style: Style, more: Iterable[str] = ()) -> None:
        """`more` are ids that are named besides."""
        self._diff = diff
        self._style = style
        ids = {e for cause in diff.causes for e in cause.endpoints} | {p.id for p in (*diff.added, *diff.removed)}
        ids |= {decider.nsg for cause in diff.causes for decider in (*cause.old, *cause.new) if decider.nsg}
        self.names = DisplayNames(ids.union(more), diff.vms)

    def head(self) -> list[str]:
        style = self._style
        lines = join(map(_source, self._diff.old), "   ", style.width, "Old        ")
        lines += join(map(_source, self._diff.new), "   ", style.width, "New        ")
        judged = ["security admin rules, NSGs.", f"Not judged: {', '.join(map(visible, self._diff.not_judged))}."]
        return lines + join(judged, "  ", style.width, "Judged     ")

    def causes(self) -> list[list[str]]:
        causes = self._diff.causes
        shown = causes if self._style.everything else causes[:_MOST]
        blocks = [self.cause(cause) for cause in shown]
        if len(shown) < len(causes):
            blocks.append([f"and {counted(len(causes) - len(shown), 'more cause')} (--all lists them)"])
        return blocks

    def cause(self, cause: DiffCause) -> list[str]:
        """The block of one cause."""
        mark, word, colour = DIFF_HEADS[cause.effect]
        turn = f", {turn_phrase(cause)}" if cause.effect is Effect.UNKNOWN else ""
        lines = fill(f"{mark} {word:<8}{cause.direction}{turn}", self._style.width, "", INDENT)
        lines[0] = lines[0].replace(f"{mark} {word}", self._style.paint(f"{mark} {word}", "bold", colour), 1)
        lines += self._text(self.flows(cause))
        if cause.total.example:
            lines += self._text(f"for example {example_phrase(cause.total.example)}")
        lines += self._deciders("before", cause.old) + self._deciders("after", cause.new)
        if cause.reason:
            lines += self._labelled("because", visible(cause.reason))
        return lines + (self._labelled("to settle", visible(cause.settle)) if cause.settle else [])

    def flows(self, cause: DiffCause) -> str:
        """The flows of a cause in words, and who judges them."""
        alone = any(id_part(of, "networkSecurityGroups") for of in cause.endpoints)
        flows = phrase(cause.flows, self._endpoints(cause.endpoints), "" if alone else cause.direction)
        return f"{flows}; cut here, {count_phrase(int(cause.total.count))} in all" if cause.truncated else flows

    def _endpoints(self, ids: tuple[str, ...]) -> str:
        """`3 NICs: a, b, c and 1 subnet: vnet/snet`, `nsg-a, attached to nothing`."""
        alone = [of for of in ids if id_part(of, "networkSecurityGroups")]
        told = [self.names.list(tuple(of for of in ids if of not in alone))] if len(alone) < len(ids) else []
        if alone:
            told.append(f"{shortened([self.names.of(of) for of in alone], 6)}, attached to nothing")
        return " and ".join(told)

    def _deciders(self, label: str, deciders: tuple[DecidedBy, ...]) -> list[str]:
        shown = deciders if self._style.everything or len(deciders) <= _DECIDERS + 1 else deciders[:_DECIDERS]
        lines: list[str] = []
        for at, decider in enumerate(shown):
            lines += self._labelled("" if at else label, self.decider(decider), place_text(decider.where))
        if len(shown) < len(deciders):
            lines += self._labelled("", f"and {counted(len(deciders) - len(shown), 'more rule')} (--all lists them)")
        return lines

    def decider(self, decider: DecidedBy) -> str:
        """`nsg-web/securityRules/tmp-allow-ssh (190, Allow)`, or that no rule did."""
        if not decider.rule:
            of = f"no rule of {self.names.of(decider.nsg)}: " if decider.nsg else "no rule: "
            return f"{of}{visible(decider.note) or 'no NSG applied'}"
        nsg = f"{self.names.of(decider.nsg)}/" if decider.nsg else ""
        return f"{nsg}{visible(decider.rule)} ({decider.priority}, {decider.access})"

    def presences(self) -> list[str]:
        """Who is in one inventory only."""
        lines = []
        for mark, where, found in (("+", "new", self._diff.added), ("-", "old", self._diff.removed)):
            shown = found if self._style.everything else found[:_MOST]
            for one in shown:
                lines += fill(f"{mark} {self.presence(one)}: only in the {where} inventory", self._style.width)
            if len(shown) < len(found):
                lines.append(
                    f"{mark} {len(found) - len(shown):,} more only in the {where} inventory (--all lists them)"
                )
        return lines

    def presence(self, presence: Presence) -> str:
        """`NIC vm-web-01 (10.20.4.4)`."""
        kind = "subnet" if id_part(presence.id, "subnets") else "NIC"
        addresses = shortened([visible(bare(a)) for a in presence.addresses], 4)
        return f"{kind} {self.names.of(presence.id)} ({addresses})"

    def problems(self) -> list[str]:
        found = self._diff.problems
        shown = found if self._style.everything or len(found) <= _DECIDERS else found[:_DECIDERS]
        lines = [line for problem in shown for line in self._problem(problem)]
        if len(shown) < len(found):
            more = counted(len(found) - len(shown), "more message")
            lines.append(f"{more} about the inventories (--all lists them)")
        return lines

    def _problem(self, problem: IntentProblem) -> list[str]:
        word, colour = _LOOKS[problem.severity]
        place = place_text(problem.where)
        told = f"{word}: {f'{place}: ' if place else ''}{visible(problem.summary)}"
        lines = fill(told, self._style.width, "", INDENT)
        lines[0] = lines[0].replace(word, self._style.paint(word, "bold", colour), 1)
        return lines + (self._text(visible(problem.detail)) if problem.detail else [])

    def gaps(self) -> list[str]:
        """What could not be read, if anything."""
        if self._diff.complete:
            return []
        lines = fill("This diff is not complete, as a part of a network is not known:", self._style.width)
        unread = self._diff.unread
        shown = unread if self._style.everything or len(unread) <= _MOST else unread[:_MOST]
        for gap in shown:
            lines += self._text(f"{visible(gap.what)}, {_SIDES[gap.side]}")
        if len(shown) < len(unread):
            lines += self._text(f"and {len(unread) - len(shown):,} more (--all lists them)")
        return lines

    def why(self) -> list[str]:
        """Where the reasons for what is not known are explained."""
        told = explained(cause.reason for cause in self._diff.causes)
        return fill(told, self._style.width) if told else []

    def last_sentence(self) -> list[str]:
        if self._diff.is_empty:
            return [NO_DIFFERENCE]
        if self._diff.is_alike:
            return [ALIKE]
        s = self._diff.summary
        effects = f"{s.causes} {noun_for(s.causes, 'cause')}: opens {s.opens}, closes {s.closes}, unknown {s.unknown}"
        return [f"{self._style.paint('Diff:', 'bold')} {effects}. {s.added} added, {s.removed} removed."]

    def _text(self, text: str) -> list[str]:
        return fill(text, self._style.width, INDENT, INDENT)

    def _labelled(self, label: str, text: str, place: str = "") -> list[str]:
        first = f"{INDENT}{label:<{_LABEL}}"
        return beside(fill(text, self._style.width, first), place, self._style.width, len(first))


def turn_phrase(cause: DiffCause) -> str:
    """`was denied, is not known: may open`."""
    before, after = _WORDS[cause.before], _WORDS[cause.after]
    if before == after:
        return "not known before nor after, for other reasons: may open or close"
    may = "open" if cause.before == "Deny" or cause.after == "Allow" else "close"
    return f"was {before}, is {after}: may {may}"


def _source(source: InventorySource) -> str:
    about = [f"{source.resources:,} resources"] if source.resources else []
    about += [f"taken {visible(source.taken_at[:10])}"] if source.taken_at else []
    return visible(source.source) + (f" ({', '.join(about)})" if about else "")
