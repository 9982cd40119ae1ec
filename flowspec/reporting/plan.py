"""Judgements -> the intents of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from flowspec.decide.exact import Part
from flowspec.errors import Problem, Where
from flowspec.fixes.edits import Edit, place_of
from flowspec.fixes.gates import Gate
from flowspec.fixes.proposals import Proposals
from flowspec.fixes.prove import NOTHING_MOVED, Portion, closes_platform
from flowspec.fixes.remedies import Remedy, RuleBatch
from flowspec.intents.causes import CauseFound, causes_of, judged_in
from flowspec.intents.groups import Groups
from flowspec.intents.judgement import Checked, Judgement, Unsure
from flowspec.intents.judgements import Judgements
from flowspec.intents.questions import Question
from flowspec.model.documents.network_map import SubnetPairs
from flowspec.model.documents.plan import (
    Action,
    Attachment,
    Cause,
    Change,
    ChangeDetail,
    Check,
    DecidedBy,
    Decision,
    GroupPair,
    IntentChange,
    IntentFlows,
    IntentProblem,
    IntentResult,
    InventorySource,
    Pair,
    Proof,
    RuleProperties,
    RuleReference,
    SourceLine,
    SpecSource,
    Status,
    Step,
    Together,
    Total,
    UnknownPairs,
    UnknownSide,
)
from flowspec.model.inventory import Direction, Inventory, Rule, key
from flowspec.model.spec import Boundary, Intent, Spec
from flowspec.policy.layers import Decider as PolicyDecider
from flowspec.reporting.naming import list_name, remote_name
from flowspec.reporting.probes import probes_of
from flowspec.reporting.room import Listing
from flowspec.reporting.text_of_sets import Scribe
from flowspec.sets.flows import FlowSet
from flowspec.sets.intervals import AddressSet

LineLookup = Callable[[Where], Where]


def wheres(judgements: Iterable[Judgement]) -> list[Where]:
    """Every place that the report will show a line of."""
    found: dict[Where, None] = {}
    for judgement in judgements:
        for cause in causes_of(judgement) if judgement.status is Status.DRIFTED else ():
            found.update((d.rule.where, None) for d in cause.deciders if d.rule and d.rule.where)
        for unsure in judgement.unsure:
            if unsure.decider is not None and unsure.decider.rule and unsure.decider.rule.where:
                found[unsure.decider.rule.where] = None
    return list(found)


def place(where: Where | None, located: LineLookup) -> SourceLine | None:
    if where is None:
        return None
    found = located(where)
    if found.address:
        return SourceLine(file=found.file, line=found.line, column=found.column, address=found.address)
    return SourceLine(file=found.file, line=found.line, column=found.column)


def problem(found: Problem, located: LineLookup) -> IntentProblem:
    return IntentProblem(
        severity=found.severity.value,
        summary=found.summary,
        detail=found.detail,
        where=place(found.where, located),
    )


def decider(found: PolicyDecider, located: LineLookup | None = None, direction: Direction | None = None) -> DecidedBy:
    """What decided at one side, with its file and line if they are to be `located`."""
    rule, access = found.rule, found.access.value
    side: Literal["Inbound", "Outbound", ""] = direction.value if direction else ""
    if rule is None:
        return DecidedBy(nsg=found.nsg, rule="", access=access, direction=side, note=found.note)
    return DecidedBy(
        nsg=found.nsg,
        rule=rule.display if found.nsg else f"adminRules/{rule.name}",
        access=access,
        direction=side,
        priority=rule.priority,
        rule_id="" if rule.default else rule.id,
        note=found.note,
        where=place(rule.where, located) if located is not None else None,
    )


def _decided(cause: CauseFound, located: LineLookup) -> Iterator[DecidedBy]:
    """The first decided at the judged side, all others across; those that diagrams found, at the judged side."""
    across = next(way for way in Direction if way is not cause.direction)
    for at, found in enumerate(cause.deciders):
        yield decider(found, located, across if at and cause.blames else cause.direction)


def sources_of(inventory: Inventory) -> tuple[InventorySource, ...]:
    """What an inventory was read from."""
    return tuple(
        InventorySource(source=o.locator, digest=o.digest, resources=o.resources, taken_at=o.taken_at)
        for o in inventory.origins
    )


def spec_source(spec: Spec) -> SpecSource:
    """What a spec was read from."""
    return SpecSource(
        files=tuple(file.path for file in spec.files),
        digest=spec.digest,
        name=spec.name,
        file_digests=tuple(file.digest for file in spec.files),
    )


def _size(question: Question) -> int:
    """How many NICs and whole subnets are judged; one that is on both sides is one."""
    sides = (question.sources, question.destinations)
    if not sides[0].judged.meets(sides[1].judged):
        return sides[0].size + sides[1].size
    parties = [party for side in sides for party in side.parties]
    nics = {key(endpoint.nic.id) for party in parties for endpoint in party.endpoints}
    return len(nics) + len({subnet for party in parties for subnet in party.subnets})


@dataclass(frozen=True, slots=True)
class Describer:
    """Writes judgements with one scribe; `located` finds the line of a place, `intents` are those of the spec."""

    scribe: Scribe
    located: LineLookup
    intents: Mapping[str, Intent] = field(default_factory=dict)

    def intent(
        self,
        judgement: Judgement,
        remedies: tuple[Remedy, ...],
        listing: Listing,
        pairs: tuple[tuple[GroupPair, ...], int],
        subnets: tuple[SubnetPairs, ...] | None,
    ) -> IntentResult:
        """One intent or boundary. `remedies` stand in the order of `causes_of(judgement)`."""
        question = judgement.question
        of = question.of
        causes = causes_of(judgement) if judgement.status is Status.DRIFTED else ()
        flows = self._flows(judgement, listing)
        checks = tuple(self._check(check) for check in judgement.checks) if listing.checks else ()
        return IntentResult(
            address=of.address,
            kind="boundary" if isinstance(of, Boundary) else "intent",
            expect=str(question.expect),
            status=judgement.status,
            severity=of.severity.value,
            owner=of.owner,
            description=of.description,
            where=place(of.where, self.located),
            endpoints=_size(question),
            flows=flows,
            causes=tuple(self._cause(judgement, c, r) for c, r in zip(causes, remedies, strict=True)),
            checks=checks,
            checks_left_out=judgement.outline.entries - len(checks),
            problems=tuple(problem(p, self.located) for p in question.problems),
            groups=pairs[0],
            subnets=subnets,
            groups_left_out=pairs[1],
        )

    def _flows(self, judgement: Judgement, listing: Listing) -> IntentFlows:
        oneself = judgement.question.oneself
        passing, passing_total = self._pairs(judgement.passing, oneself, listing.passing)
        stopped, stopped_total = self._pairs(judgement.stopped, oneself, listing.stopped)
        drift, drift_total = self.scribe.pairs(judgement.drift, oneself)
        excepted, excepted_total = self._pairs(judgement.question.excepted.merged(), oneself, listing.excepted)
        totals = (passing_total, stopped_total, drift_total, excepted_total)
        return IntentFlows(
            passing=passing,
            stopped=stopped,
            unknown=tuple(self._unknown(judgement, unsure) for unsure in judgement.unsure),
            drift=drift,
            excepted=excepted,
            passing_total=passing_total,
            stopped_total=stopped_total,
            drift_total=drift_total,
            excepted_total=excepted_total,
            truncated=any(total.truncated for total in totals),
        )

    def _pairs(self, flows: FlowSet, oneself: AddressSet, fits: bool) -> tuple[tuple[Pair, ...], Total]:
        """A set of flows, if there is room for it; else its number and an example."""
        if fits:
            return self.scribe.pairs(flows, oneself)
        return (), self.scribe.total(flows, oneself, truncated=True)

    def _unknown(self, judgement: Judgement, unsure: Unsure) -> UnknownPairs:
        flows, total = self.scribe.pairs(unsure.flows, judgement.question.oneself)
        return UnknownPairs(
            flows=flows,
            reason=_reason(unsure.reason, unsure.decider),
            settle=unsure.settle,
            endpoints=_concerned(judgement, unsure),
            total=total,
            truncated=total.truncated,
        )

    def _cause(self, judgement: Judgement, cause: CauseFound, remedy: Remedy) -> Cause:
        flows, total = self.scribe.pairs(cause.flows, judgement.question.oneself)
        return Cause(
            deciders=tuple(_decided(cause, self.located)),
            flows=flows,
            remote=remote_name(judgement, cause, self.intents),
            endpoints=cause.endpoints,
            direction=cause.direction.value if cause.direction else "",
            total=total,
            truncated=total.truncated,
            changes=remedy.changes,
            no_change=_no_change(cause, remedy),
        )

    def _check(self, check: Checked) -> Check:
        verdict, direction, scribe = check.verdict, check.direction, self.scribe.nameless
        allowed, allowed_total = scribe.side(verdict.allowed(), direction)
        denied, denied_total = scribe.side(verdict.denied(), direction)
        unknown = tuple(self._unknown_side(check, part) for part in verdict.parts if part.access is None)
        return Check(
            nics=tuple(dict.fromkeys(e.nic.id for e in check.party.endpoints)),
            subnets=check.party.subnets,
            direction=direction.value,
            allowed=allowed,
            denied=denied,
            unknown=unknown,
            decided_by=self._decisions(check),
            probes=probes_of(check, self.scribe),
            allowed_total=allowed_total,
            denied_total=denied_total,
            truncated=allowed_total.truncated or denied_total.truncated,
            no_nsg=check.party.policy.no_nsg,
        )

    def _unknown_side(self, check: Checked, part: Part) -> UnknownSide:
        flows, total = self.scribe.nameless.side(part.flows, check.direction)
        reason = _reason(part.reason, part.decider)
        return UnknownSide(flows=flows, reason=reason, settle=part.settle, total=total, truncated=total.truncated)

    def _decisions(self, check: Checked) -> tuple[Decision, ...]:
        found: dict[tuple[str, str, str], list[Part]] = {}
        for part in check.verdict.parts:
            if part.access is not None:
                rule = part.decider.rule
                name = rule.display if rule is not None else part.decider.note
                found.setdefault((part.decider.nsg, name, str(part.access)), []).append(part)
        return tuple(self._decision(check, parts) for parts in found.values())

    def _decision(self, check: Checked, parts: list[Part]) -> Decision:
        union = FlowSet(tuple(box for part in parts for box in part.flows.boxes)).merged()
        flows, total = self.scribe.nameless.side(union, check.direction)
        named = decider(parts[0].decider)
        return Decision(
            nsg=named.nsg,
            rule=named.rule,
            access=str(parts[0].access),
            priority=named.priority,
            rule_id=named.rule_id,
            note=named.note,
            flows=flows,
            total=total,
            truncated=total.truncated,
        )


def _no_change(cause: CauseFound, remedy: Remedy) -> str:
    """Why there is no fix: this cause's own reason before that of the intent as a whole."""
    if remedy.no_change and all(decider.rule is None and not decider.nsg for decider in cause.deciders):
        return "no NSG is applied there, so there is none to put a rule into"
    return remedy.no_change


def _reason(reason: str, decider: PolicyDecider | None) -> str:
    """The reason, led by the rule that is in doubt."""
    if decider is None or decider.rule is None:
        return reason
    owner = decider.nsg.rsplit("/", 1)[-1] if decider.nsg else "security admin"
    return f"{owner} rule {decider.rule.priority} ({decider.rule.name}): {reason}"


def _concerned(judgement: Judgement, unsure: Unsure) -> tuple[str, ...]:
    """The NICs at whose own side some of the flows are undecided."""
    found: dict[str, None] = {}
    for check in judgement.checks:
        for part in check.verdict.parts:
            if part.access is None and part.reason == unsure.reason:
                shared = part.flows.intersect(unsure.flows)
                found.update(dict.fromkeys(judged_in(judgement.question, check, shared)))
    return tuple(found)


def attachments(intents: Iterable[IntentResult], inventory: Inventory) -> Iterator[Attachment]:
    """The VMs of the NICs that causes and reasons name, in the order of the NICs' ids."""
    told: set[str] = set()
    for intent in intents:
        told.update(*(cause.endpoints for cause in intent.causes))
        told.update(*(unknown.endpoints for unknown in intent.flows.unknown))
    return attached(sorted(told), inventory)


def attached(names: Iterable[str], inventory: Inventory) -> Iterator[Attachment]:
    """The VMs of some NICs (ids; other ids are passed over), in their order; not of VMs with several NICs."""
    nics_of = Counter(key(nic.vm) for nic in inventory.nics.values() if nic.vm is not None)
    for nic in (inventory.nics.get(key(name)) for name in names):
        if nic is not None and nic.vm is not None and nics_of[key(nic.vm)] == 1:
            yield Attachment(nic=nic.id, vm=nic.vm)


def describe_changes(
    describer: Describer, proposals: Proposals, before: Judgements, groups: Groups
) -> tuple[Change, ...]:
    """The changed rules on offer, in the order that remedies count them."""

    def named(prefixes: tuple[str, ...], addresses: Iterable[str]) -> str:
        asked = (before.questions[address].of for address in addresses)
        return list_name(prefixes, asked, lambda name: groups.members(name).addresses)

    checked = sum(not question.problems for question in before.questions.values())
    suggestions, notes = proposals.suggestions, proposals.notes
    return tuple(
        _change(
            describer,
            (number, (*notes.get(place_of(edit), ()), *([_PLATFORM] if closes_platform(edit, own, together) else []))),
            batch,
            at,
            named,
            _proof(describer.scribe, batch, (own, together), at, before, checked),
        )
        for number, (batch, shares) in enumerate(zip(suggestions.batches, suggestions.shares, strict=True))
        for together in (shares.together,)
        for at, (edit, own) in enumerate(zip(batch.edits, shares.own, strict=True))
    )


def _change(
    describer: Describer,
    numbered: tuple[int, tuple[str, ...]],
    batch: RuleBatch,
    at: int,
    named: Callable[[tuple[str, ...], Iterable[str]], str],
    proof: Proof,
) -> Change:
    """One edit of a batch, with the number of the batch and what is to be said of the edit.

    `named` tells what prefixes are in the words of some intents.
    """
    number, notes = numbered
    edit = batch.edits[at]
    action: Action = "create" if edit.before is None else "delete" if edit.after is None else "update"
    before, after = (rule_properties(rule) if rule is not None else None for rule in (edit.before, edit.after))
    return Change(
        nsg=edit.nsg,
        rule=edit.rule.name,
        change=ChangeDetail(actions=(action,), before=before, after=after),
        mends=tuple(address for address in batch.serves[at] if _is_mended(batch, address)),
        helps=tuple(address for address in batch.serves[at] if not _is_mended(batch, address)),
        proof=proof,
        batch=number,
        smallest=batch.is_smallest,
        sources_named=named(edit.after.sources, batch.serves[at]) if edit.after is not None else "",
        destinations_named=named(edit.after.destinations, batch.serves[at]) if edit.after is not None else "",
        note="; ".join(notes),
        where=place(edit.before.where, describer.located) if edit.before is not None else None,
    )


def _is_mended(batch: RuleBatch, address: str) -> bool:
    return batch.effect.judged[address].status is Status.SATISFIED


def describe_steps(steps: Iterable[Edit]) -> tuple[Step, ...]:
    """Edits as ARM calls, in their order."""
    return tuple(
        Step(
            nsg=step.nsg,
            rule=step.rule.name,
            before=rule_properties(step.before) if step.before is not None else None,
            after=rule_properties(step.after) if step.after is not None else None,
        )
        for step in steps
    )


_PLATFORM = "this closes Azure's own addresses too, among them 168.63.129.16: health probes of load balancers, DNS"


def _proof(
    scribe: Scribe,
    batch: RuleBatch,
    shares: tuple[Portion, Mapping[Gate, Portion]],
    at: int,
    before: Mapping[str, Judgement],
    checked: int,
) -> Proof:
    """What is one rule's own of what its batch does in its direction, and what takes several rules at its NICs."""
    gate = batch.edits[at].gate
    way = gate[1]
    own, together = ([found.opens, found.closes] for found in (shares[0], shares[1].get(gate, NOTHING_MOVED)))
    (opens, opens_total), (closes, closes_total) = (scribe.side(flows, way) for flows in own)
    changed = tuple(
        IntentChange(address=address, before=before[address].status, after=after.status)
        for address, after in batch.effect.judged.items()
        if after.status is not before[address].status
    )
    whole = _together(scribe, together, way)
    return Proof(
        opens=opens,
        closes=closes,
        intents_checked=checked,
        intents_changed=tuple(change.address for change in changed),
        status_changes=changed,
        opens_total=opens_total,
        closes_total=closes_total,
        free=scribe.free(own),
        together=whole,
        truncated=opens_total.truncated or closes_total.truncated or (whole is not None and whole.truncated),
    )


def _together(scribe: Scribe, flows: Sequence[FlowSet], way: Direction) -> Together | None:
    if not any(flows):
        return None
    (opens, opens_total), (closes, closes_total) = (scribe.side(one, way) for one in flows)
    return Together(
        opens=opens,
        closes=closes,
        opens_total=opens_total,
        closes_total=closes_total,
        free=scribe.free(flows),
        truncated=opens_total.truncated or closes_total.truncated,
    )


def rule_properties(rule: Rule) -> RuleProperties:
    """The properties of a rule as ARM spells them: one value in the singular field, several in the plural one."""
    source, sources = _singular_or_plural(rule.sources)
    source_port, source_ports = _singular_or_plural(rule.source_ports)
    destination, destinations = _singular_or_plural(rule.destinations)
    destination_port, destination_ports = _singular_or_plural(rule.destination_ports)
    return RuleProperties(
        priority=rule.priority,
        direction=rule.direction.value,
        access=rule.access.value,
        protocol=rule.protocol,
        source_address_prefix=source,
        source_address_prefixes=sources,
        source_application_security_groups=_references(rule.source_asgs),
        source_port_range=source_port,
        source_port_ranges=source_ports,
        destination_address_prefix=destination,
        destination_address_prefixes=destinations,
        destination_application_security_groups=_references(rule.destination_asgs),
        destination_port_range=destination_port,
        destination_port_ranges=destination_ports,
        description=rule.description,
    )


def _references(ids: tuple[str, ...]) -> tuple[RuleReference, ...]:
    return tuple(RuleReference(id=resource_id) for resource_id in ids)


def _singular_or_plural(texts: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    return (texts[0], ()) if len(texts) == 1 else (None, texts)
