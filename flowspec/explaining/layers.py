"""A policy and one flow -> the walk through its layers: what decided, what was tried before it, what nearly matched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Literal

from flowspec.decide.exact import Compiled, Part, decide
from flowspec.model.documents.values import ShownAccess
from flowspec.model.documents.walk import Meaning, NearMiss, WalkedLayer
from flowspec.model.inventory import Access, Direction, Rule
from flowspec.network.tags import Scope, asg, term
from flowspec.policy.layers import Decider, Layer, Policy, Variant
from flowspec.reporting.plan import LineLookup
from flowspec.reporting.plan import decider as decided_by
from flowspec.sets.address import address_text, parse_prefix, prefix_texts
from flowspec.sets.flows import ANY_FLOW, Box, FlowSet
from flowspec.sets.intervals import NO_PORT, is_point
from flowspec.sets.written import SPELLINGS

FlowField = Literal["protocol", "source", "source port", "destination", "destination port"]
_SHOWN = 6
"""Prefixes of a tag or group, and terms of a rule, that are listed."""
_MISSES = 5
"""Near misses of a layer that are listed, those that were tried first."""


_ONWARD = Layer("", (Variant(box=ANY_FLOW, decider=Decider(Access.ALLOW, note="goes on to the NSGs")),))
"""Stands for the NSGs where admin rules are walked by themselves."""


@dataclass(frozen=True, slots=True)
class FlowPoint:
    """One flow as numbers, and as a box that holds it alone."""

    box: Box

    @property
    def protocol(self) -> int:
        return self.box.protocols.spans[0][0]

    @property
    def source(self) -> int:
        return self.box.sources.spans[0][0]

    @property
    def source_port(self) -> int:
        return self.box.source_ports.spans[0][0]

    @property
    def destination(self) -> int:
        return self.box.destinations.spans[0][0]

    @property
    def destination_port(self) -> int:
        return self.box.destination_ports.spans[0][0]


@dataclass(frozen=True, slots=True)
class _Tried:
    """What stands in a layer under one decider, with all the ways in which it applies."""

    decider: Decider
    variants: tuple[Variant, ...]

    def misses(self, flow: FlowPoint) -> list[FlowField]:
        """The fields in which no variant holds the flow; empty where one does, in all fields together."""
        boxes = [variant.box for variant in self.variants]
        found: list[FlowField] = []
        if not any(flow.protocol in box.protocols for box in boxes):
            found.append("protocol")
        if not any(flow.source in box.sources for box in boxes):
            found.append("source")
        if not any(flow.destination in box.destinations for box in boxes):
            found.append("destination")
        ported = [box for box in boxes if flow.protocol in box.protocols]
        if not any(flow.source_port in box.source_ports for box in ported or boxes):
            found.append("source port")
        if not any(flow.destination_port in box.destination_ports for box in ported or boxes):
            found.append("destination port")
        return found


def walk_layers(policy: Policy, scope: Scope, flow: FlowPoint, located: LineLookup) -> Iterator[WalkedLayer]:
    """The layers in Azure's order, up to the one that ends the walk."""
    for layer in policy.layers:
        here = _holding(layer, flow)
        alone = Policy(policy.direction, (here, _ONWARD) if layer.admin else (here,), policy.no_nsg)
        (part,) = decide(Compiled(alone), FlowSet((flow.box,))).parts
        yield _walked(layer, policy, part, scope, flow, located)
        if part.access is Access.DENY or part.decider.access is Access.ALWAYS_ALLOW:
            return


def outcome(policy: Policy, flow: FlowPoint) -> Part:
    """What all layers come to, as every other command has it."""
    layers = tuple(_holding(layer, flow) for layer in policy.layers)
    (part,) = decide(Compiled(Policy(policy.direction, layers, policy.no_nsg)), FlowSet((flow.box,))).parts
    return part


def _holding(layer: Layer, flow: FlowPoint) -> Layer:
    """A layer with those of its variants alone that hold the flow: no other has a part in its answer."""
    return Layer(layer.nsg, tuple(v for v in layer.variants if not _Tried(v.decider, (v,)).misses(flow)), layer.admin)


def shown(access: Access | None) -> ShownAccess:
    """An answer in words."""
    return "Unknown" if access is None else "Deny" if access is Access.DENY else "Allow"


def _walked(
    layer: Layer, policy: Policy, part: Part, scope: Scope, flow: FlowPoint, located: LineLookup
) -> WalkedLayer:
    tried = [_Tried(decider, tuple(same)) for decider, same in groupby(layer.variants, lambda v: v.decider)]
    deciding = (part.decider, *part.others)
    last = next((at for at, one in enumerate(tried) if one.decider is part.decider), len(tried))
    return WalkedLayer(
        step=_step(layer, policy),
        nsg=layer.nsg,
        access=shown(part.access),
        tried=sum(one.decider.rule is not None for one in tried[:last]),
        decided_by=tuple(decided_by(one, located, policy.direction) for one in deciding),
        near_misses=tuple(islice(_near(tried, part, flow, policy.direction, located), _MISSES)),
        meanings=tuple(_meanings(part.decider.rule, scope)),
        reason=part.reason,
        settle=part.settle,
    )


def _step(layer: Layer, policy: Policy) -> str:
    """As docs/semantics.md counts under Layers."""
    if layer.admin:
        return "3 security admin rules"
    if not layer.nsg and policy.no_nsg:
        return "5 no NSG applied"
    return "2 NSG"


def _near(
    tried: Sequence[_Tried], part: Part, flow: FlowPoint, direction: Direction, located: LineLookup
) -> Iterator[NearMiss]:
    """Rules that one field alone keeps from matching, and that would have changed the answer or been named for it."""
    for one in tried:
        if one.decider is part.decider:
            return
        rule = one.decider.rule
        missed = one.misses(flow)
        if rule is None or len(missed) != 1:
            continue
        known = decided_by(one.decider, located, direction)
        yield NearMiss(
            nsg=known.nsg, rule=known.rule, access=known.access, direction=known.direction, priority=known.priority,
            rule_id=known.rule_id, note=known.note, where=known.where, field=missed[0], why=_why(missed[0], rule, flow),
        )  # fmt: skip


def _why(field: FlowField, rule: Rule, flow: FlowPoint) -> str:
    """`port 8443 is not in 443`."""
    match field:
        case "protocol":
            spelled = {int(protocol): name for protocol, name in SPELLINGS.items()}
            return f"{spelled.get(flow.protocol, 'another protocol')} is not {rule.protocol}"
        case "source":
            return f"source {_place(flow.source)} is not in {_terms(rule.sources, rule.source_asgs)}"
        case "destination":
            named = _terms(rule.destinations, rule.destination_asgs)
            return f"destination {_place(flow.destination)} is not in {named}"
        case "source port":
            return f"source port {_port(flow.source_port)} is not in {_terms(rule.source_ports)}"
        case "destination port":
            return f"port {_port(flow.destination_port)} is not in {_terms(rule.destination_ports)}"


def _place(place: int) -> str:
    return "an address that is not known" if is_point(place) else address_text(place)


def _port(port: int) -> str:
    return "none" if port == NO_PORT else str(port)


def _terms(texts: Sequence[str], groups: Sequence[str] = ()) -> str:
    listed = [*texts, *(group.rsplit("/", 1)[-1] for group in groups)]
    more = f" and {len(listed) - _SHOWN:,} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more


def _meanings(rule: Rule | None, scope: Scope) -> Iterator[Meaning]:
    """What the tags and groups of a rule stand for at this NIC."""
    if rule is None:
        return
    for text in dict.fromkeys((*rule.sources, *rule.destinations)):
        if text != "*" and text.casefold() != "any" and parse_prefix(text) is None:
            yield _meaning(text, prefix_texts(term(scope, text, "").sure))
    for group in dict.fromkeys((*rule.source_asgs, *rule.destination_asgs)):
        yield _meaning(group.rsplit("/", 1)[-1], prefix_texts(asg(scope, group).sure))


def _meaning(name: str, prefixes: list[str]) -> Meaning:
    more = [f"{len(prefixes) - _SHOWN:,} more"] if len(prefixes) > _SHOWN else []
    return Meaning(term=name, stands_for=(*prefixes[:_SHOWN], *more))
