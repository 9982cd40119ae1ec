"""Checks of a question -> what they came to, side by side, without the flows: enough to tell that an intent holds.

Most intents of a network hold. Workers that decide the checks of some policies only have to say this much of them, and
what several workers say adds up; an intent that an outline does not settle is judged in full.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from flowspec.decide.exact import Part, Verdict
from flowspec.intents.questions import Question
from flowspec.intents.sides import Party
from flowspec.model.inventory import Access, Direction, Rule, key
from flowspec.model.spec import Boundary
from flowspec.model.spec import EnforceAt as At
from flowspec.policy.layers import Policy
from flowspec.sets.flows import Box
from flowspec.sets.intervals import Protocol

Accesses = frozenset[Access | None]
_NONE: Accesses = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """`entries` counts checks, `size` their NICs and whole subnets, `probes` the parts of their verdicts.

    `outbound` and `inbound` are the answers of each side. `vnets` are the keys of those whose members are judged.
    `internet`: a rule that names the tag Internet decides; `protocols`: one with protocol * decides a portless one.
    """

    entries: int = 0
    size: int = 0
    probes: int = 0
    outbound: Accesses = _NONE
    inbound: Accesses = _NONE
    vnets: frozenset[str] = frozenset()
    internet: bool = False
    protocols: bool = False

    def joined(self, other: Outline) -> Outline:
        """Both together, as if one worker had decided them."""
        return Outline(
            entries=self.entries + other.entries,
            size=self.size + other.size,
            probes=self.probes + other.probes,
            outbound=self.outbound | other.outbound,
            inbound=self.inbound | other.inbound,
            vnets=self.vnets | other.vnets,
            internet=self.internet or other.internet,
            protocols=self.protocols or other.protocols,
        )


NOTHING_CHECKED = Outline()


def outline(checks: Iterable[tuple[Party, Direction, Verdict]]) -> Outline:
    """What some checks come to."""
    entries = size = probes = 0
    answers: dict[Direction, set[Access | None]] = {direction: set() for direction in Direction}
    vnets: set[str] = set()
    internet = protocols = False
    for party, direction, verdict in checks:
        entries, size, probes = entries + 1, size + party.size, probes + len(verdict.parts)
        vnets |= party.vnets
        for part in verdict.parts:
            answers[direction].add(part.access)
            if part.decider.rule is not None:
                internet = internet or _names_internet(part.decider.rule)
                protocols = protocols or _is_on_any_protocol(part)
    return Outline(
        entries=entries,
        size=size,
        probes=probes,
        outbound=frozenset(answers[Direction.OUTBOUND]),
        inbound=frozenset(answers[Direction.INBOUND]),
        vnets=frozenset(vnets),
        internet=internet,
        protocols=protocols,
    )


def rough(
    party: Party, direction: Direction, answers: Collection[Access | None], asked: Iterable[tuple[Policy, Box]]
) -> Outline:
    """The outline of a check that is too many boxes to be written out: what may decide counts as deciding."""
    rules = [
        (variant.decider.rule, box)
        for policy, box in asked
        for layer in policy.layers
        for variant in layer.variants
        if variant.decider.rule is not None
    ]
    found = frozenset(answers)
    out, into = (found, _NONE) if direction is Direction.OUTBOUND else (_NONE, found)
    internet = any(_names_internet(rule) for rule, _ in rules)
    protocols = any(rule.protocol == "*" and Protocol.ESP in box.protocols for rule, box in rules)
    return Outline(
        entries=1,
        size=party.size,
        probes=len(found),
        outbound=out,
        inbound=into,
        vnets=party.vnets,
        internet=internet,
        protocols=protocols,
    )


def holds(question: Question, found: Outline) -> bool:
    """Whether the answers alone show that a question's filters are as wished. Not so: they may be all the same."""
    if question.maybe or question.problems:
        return False
    if question.expect is Access.ALLOW:
        return found.outbound | found.inbound <= {Access.ALLOW}
    out, into = found.outbound <= {Access.DENY}, found.inbound <= {Access.DENY}
    if isinstance(question.of, Boundary) or question.at is not At.EITHER:
        return out and into
    return (out and not question.sources.foreign) or (into and not question.destinations.foreign)


def _names_internet(rule: Rule) -> bool:
    return any(len(text) == 8 and key(text) == "internet" for text in (*rule.sources, *rule.destinations))


def _is_on_any_protocol(part: Part) -> bool:
    """A rule with protocol * decides what has no name of its own among protocols."""
    rule = part.decider.rule
    return rule is not None and rule.protocol == "*" and any(Protocol.ESP in box.protocols for box in part.flows.boxes)
