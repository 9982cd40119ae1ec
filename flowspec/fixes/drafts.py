"""What an NSG should do otherwise -> the rules to put into it: spelt, named, each at a free priority."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from flowspec.fixes.edits import Edit
from flowspec.fixes.gates import Gate
from flowspec.fixes.goals import Want
from flowspec.fixes.ownership import description_of, name_of
from flowspec.fixes.prove import Prover
from flowspec.fixes.slots import LOWEST, free_priority
from flowspec.fixes.wording import Fields, Speller, UnspeakableError, rule_terms, spell_flows, widened
from flowspec.intents.judgement import Judgement
from flowspec.intents.questions import Planner
from flowspec.model.inventory import Access, Direction, Rule, key
from flowspec.model.spec import Boundary
from flowspec.sets.intervals import NO_ADDRESSES


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
            before = min((rule.priority for rule in want.in_the_way), default=LOWEST + 1)
            priority = free_priority(taken, before, self.planner.spec.fixes)
            if priority is None:
                where = f" before {before}" if before <= LOWEST else ""
                raise NoRoomError(f"{nsg.name} has no free priority{where}")
            there = {name for place, name in names if place == key(nsg.id)}
            name = name_of(judgement.question.of.name, access, direction, there)
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
            description=description_of(self.planner.spec.name, [judgement.question.address]),
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
