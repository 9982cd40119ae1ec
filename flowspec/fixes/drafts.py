"""What an NSG should do otherwise -> the rules to put into it: spelt, named, each at a free priority."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from flowspec.fixes.edits import Edit
from flowspec.fixes.gates import Gate
from flowspec.fixes.goals import Want
from flowspec.fixes.prove import Prover
from flowspec.fixes.wording import Fields, Speller, UnspeakableError, rule_terms, spell_flows, widened
from flowspec.intents.judgement import Judgement
from flowspec.intents.questions import Planner
from flowspec.model.inventory import Access, Direction, Rule, key
from flowspec.model.spec import Boundary
from flowspec.sets.intervals import NO_ADDRESSES

_LOWEST, _HIGHEST = 100, 4096


class NoRoomError(Exception):
    """An NSG can't take the rule; the message says why."""


@dataclass(slots=True)
class Drafter:
    """Drafts rules beside those that exist and those it was told to `keep`."""

    planner: Planner
    prover: Prover
    _taken: dict[Gate, set[int]] = field(default_factory=dict)
    _names: set[tuple[str, str]] = field(default_factory=set)

    def keep(self, drafts: Iterable[Edit]) -> None:
        """These will be there: nobody else gets their priorities and names."""
        for draft in drafts:
            self._taken.setdefault(draft.gate, set()).add(draft.rule.priority)
            self._names.add((key(draft.nsg), draft.rule.name.casefold()))

    def drafts(self, judgement: Judgement, want: Want, others: Iterable[Edit]) -> Iterator[Edit]:
        """The rules for a want, beside `others` of the same intent; NoRoomError, UnspeakableError."""
        fields = self._spelt(judgement, want)
        nsg, direction = self.planner.network.inventory.nsgs[want.gate[0]], want.gate[1]
        mine = [draft.rule for draft in others if draft.gate == want.gate]
        beside = [rule for rule in (*nsg.rules, *mine) if rule.direction is direction]
        taken = {rule.priority for rule in beside} | self._taken.get(want.gate, set())
        names = self._names | {(key(d.nsg), d.rule.name.casefold()) for d in others}
        names |= {(key(nsg.id), rule.name.casefold()) for rule in nsg.rules}
        for access, one in fields:
            if any(_says(rule, access, one) for rule in mine):
                continue
            priority = _free_priority(taken, want.in_the_way, nsg.name)
            name = _free_name(judgement, direction, names, key(nsg.id))
            taken.add(priority)
            names.add((key(nsg.id), name.casefold()))
            rule = replace(self._rule(judgement, want, one), access=access, name=name, priority=priority)
            yield Edit(nsg.id, None, replace(rule, id=f"{nsg.id}/securityRules/{name}"))

    def _spelt(self, judgement: Judgement, want: Want) -> list[tuple[Access, Fields]]:
        """The rules to be, each behind those that follow it.

        Protocols without a name are denied by a rule for all protocols, behind others that keep what now passes.
        """
        spellers, expect = self._spellers(judgement, want), judgement.question.expect
        try:
            return [(expect, fields) for fields in spell_flows(want.flows, *spellers)]
        except UnspeakableError:
            wide, kept = widened(want.flows)
            if expect is Access.ALLOW or wide == want.flows:
                raise
        passing = self.prover.passing(*want.gate, kept)
        denies = [(expect, fields) for fields in spell_flows(wide, *spellers)]
        allows = spell_flows(passing, *self._spellers(judgement, want, kept=True))
        return denies + [(Access.ALLOW, fields) for fields in allows]

    def _rule(self, judgement: Judgement, want: Want, fields: Fields) -> Rule:
        owner = f" ({self.planner.spec.name})" if self.planner.spec.name else ""
        return Rule(
            name="",
            priority=0,
            direction=want.gate[1],
            access=judgement.question.expect,
            protocol=fields.protocol,
            sources=fields.source.texts,
            source_ports=fields.source_ports,
            destinations=fields.destination.texts,
            destination_ports=fields.destination_ports,
            source_asgs=fields.source.asgs,
            destination_asgs=fields.destination.asgs,
            description=f"flowspec{owner}: {judgement.question.address}"[:140],
        )

    def _spellers(self, judgement: Judgement, want: Want, *, kept: bool = False) -> tuple[Speller, Speller]:
        """For the sources and the destinations; of what is `kept`, a boundary's listed intents have the words."""
        of = judgement.question.of
        groups = self.planner.groups
        inbound = want.gate[1] is Direction.INBOUND
        if not isinstance(of, Boundary):
            sources, destinations = of.sources, of.destinations
        elif kept:
            listed = [self.planner.spec.intents[name] for name in of.allow]
            sources = tuple(name for intent in listed for name in intent.sources)
            destinations = tuple(name for intent in listed for name in intent.destinations)
        else:
            ends = (of.remote or (), of.around)
            sources, destinations = ends if inbound else (ends[1], ends[0])
        source_extra = tuple(t for r in want.in_the_way for t in rule_terms(r, "source"))
        destination_extra = tuple(t for r in want.in_the_way for t in rule_terms(r, "destination"))
        behind = self.prover.behind(*want.gate)
        return (
            Speller(
                groups=groups,
                names=sources,
                vnet=want.vnet,
                extra=source_extra,
                behind=NO_ADDRESSES if inbound else behind,
            ),
            Speller(
                groups=groups,
                names=destinations,
                vnet=want.vnet,
                extra=destination_extra,
                behind=behind if inbound else NO_ADDRESSES,
            ),
        )


def _says(rule: Rule, access: Access, fields: Fields) -> bool:
    """A rule for the same flows (of another VNet, whose address space overlaps) is there already."""
    ends = (rule.sources, rule.source_asgs, rule.destinations, rule.destination_asgs)
    wanted = (fields.source.texts, fields.source.asgs, fields.destination.texts, fields.destination.asgs)
    ports = (rule.protocol, rule.source_ports, rule.destination_ports)
    spelt = (fields.protocol, fields.source_ports, fields.destination_ports)
    return rule.access is access and ends == wanted and ports == spelt


def _free_priority(taken: set[int], in_the_way: tuple[Rule, ...], nsg: str) -> int:
    """The last free place before the rules in the way: what stands earlier keeps its say."""
    before = min((rule.priority for rule in in_the_way), default=_HIGHEST + 1)
    for priority in range(min(before - 1, _HIGHEST), _LOWEST - 1, -1):
        if priority not in taken:
            return priority
    raise NoRoomError(f"{nsg} has no free priority" + (f" before {before}" if before <= _HIGHEST else ""))


def _free_name(judgement: Judgement, direction: Direction, names: set[tuple[str, str]], nsg: str) -> str:
    """`flowspec-<intent>-in`, within Azure's rules for names (azure.md B4.1), numbered where it is taken."""
    end = "in" if direction is Direction.INBOUND else "out"
    stem = re.sub(r"[^A-Za-z0-9_.-]", "-", f"flowspec-{judgement.question.of.name}")[:70].rstrip(".-")
    name, number = f"{stem}-{end}", 2
    while (nsg, name.casefold()) in names:
        name, number = f"{stem}-{end}-{number}", number + 1
    return name
