"""The rules that flowspec made for a spec before -> those that are not, or no longer, what the spec asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from flowspec.decide.exact import TooManyError
from flowspec.fixes.edits import Edit
from flowspec.fixes.gates import Gate
from flowspec.fixes.ownership import Maker, maker_of
from flowspec.fixes.prove import NOTHING_MOVED, Prover
from flowspec.fixes.wishes import Wishes
from flowspec.intents.causes import causes_of
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Access, Rule, key
from flowspec.sets.flows import Box, FlowSet

SHORT = "it does not do all that the spec asks for: the spec changed since it was made, or the rule by hand"


@dataclass(frozen=True, slots=True)
class Made:
    """A rule of an NSG (its id) that flowspec made, what it says it was made for, and why it is not to stay so."""

    nsg: str
    rule: Rule
    maker: Maker
    reason: str

    @property
    def gate(self) -> Gate:
        return key(self.nsg), self.rule.direction

    @property
    def deletion(self) -> Edit:
        return Edit(self.nsg, self.rule, None)


def misfits(prover: Prover) -> list[Made]:
    """Those for intents that are gone, those that do what nobody asks for, and those where a part is missing.

    A rule for an intent that is disabled, or not known to be satisfied or not, stays as it is.
    """
    asked, short = Wishes(prover=prover), _short(prover)
    found = [Made(nsg, rule, maker, "") for nsg, rule, maker in _made(prover)]
    return [
        replace(made, reason=reason)
        for made in found
        if (reason := _misfit(prover, asked, made, short, [one for one in found if one.gate == made.gate]))
    ]


def _made(prover: Prover) -> Iterator[tuple[str, Rule, Maker]]:
    spec = prover.planner.spec.name
    for nsg in prover.planner.network.inventory.nsgs.values():
        for rule in nsg.rules:
            if (maker := maker_of(rule, spec)) is not None:
                yield nsg.id, rule, maker


def _misfit(prover: Prover, asked: Wishes, made: Made, short: dict[str, set[Gate]], beside: list[Made]) -> str:
    """Why a rule does not fit; "" where it does, or where that can't be told. `beside`: all that are at its gate."""
    spec, of = prover.planner.spec, made.maker.addresses
    declared = {*(i.address for i in spec.intents.values()), *(b.address for b in spec.boundaries.values())}
    if any(address in declared and not _is_decided(prover, address) for address in of):
        return ""
    if gone := [address for address in of if address not in declared]:
        return f"it was made for {', '.join(gone)}, which the spec no longer has"
    if _does_more(prover, asked, made, beside):
        return "it does more than the spec asks for: the spec changed since it was made, or the rule by hand"
    if any(made.gate in short.get(address, ()) for address in of):
        return SHORT
    return ""


def _is_decided(prover: Prover, address: str) -> bool:
    return address in prover.before and prover.before[address].status in (Status.SATISFIED, Status.DRIFTED)


def _short(prover: Prover) -> dict[str, set[Gate]]:
    """By intent, the gates that decide flows of its drift."""
    found: dict[str, set[Gate]] = {}
    for address, judgement in prover.before.items():
        for cause in causes_of(judgement) if judgement.status is Status.DRIFTED else ():
            gates = {(key(blame.part.decider.nsg), blame.check.direction) for blame in cause.blames}
            found.setdefault(address, set()).update(gates)
    return found


def _does_more(prover: Prover, asked: Wishes, made: Made, beside: list[Made]) -> bool:
    """Whether it lets pass, or stops, what nobody asks it to: told by what it matches, else by what it does.

    What would be so without all the rules `beside` is no more than it was: one of them keeps it from another.
    """
    allows = made.rule.access is Access.ALLOW
    access = Access.ALLOW if allows else Access.DENY
    try:
        matched = FlowSet.of(_matched(prover, made))
        if not asked.beside(matched, access, made.gate):
            return False
        ends = [_ended(prover, edits, made) for edits in ([made.deletion], [one.deletion for one in beside])]
        return bool(asked.beside(ends[0].intersect(ends[1]).intersect(matched), access, made.gate))
    except TooManyError:
        return False


def _ended(prover: Prover, deletions: list[Edit], made: Made) -> FlowSet:
    """What no longer fares as a rule has it once some rules are gone."""
    moved = prover.tried(deletions).moved(by_itself=True).get(made.rule.direction, NOTHING_MOVED)
    return moved.closes if made.rule.access is Access.ALLOW else moved.opens


def _matched(prover: Prover, made: Made) -> Iterator[Box]:
    """What a rule surely matches of what its NSG judges: a group or tag that it names stands for all that it holds."""
    for policy, judged in prover.behind.policies([made.gate]):
        for variant in (variant for layer in policy.layers for variant in layer.variants):
            if variant.decider.rule is made.rule and not variant.doubts:
                yield from (variant.box.intersect(whole) for whole in judged)
