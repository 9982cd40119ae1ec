"""A policy and a set of flows -> which are allowed, denied and unknown, and what decided them: exact.

Flows are cut into products of classes (`classes.py`). A layer is walked first match first: each variant takes its
part of what is left. A variant in doubt takes nothing away; it is remembered, and what a certain variant decides later
is known only if all that was remembered agrees (docs/semantics.md, "Unknown").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from flowspec.model.inventory import Access
from flowspec.policy.layers import Decider, Layer, Policy, Variant
from flowspec.sets.classes import Dimension
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet, merge_boxes
from flowspec.sets.intervals import ADDRESS_LINE, PORT_LINE, PROTOCOL_LINE, AddressSet, PortSet, ProtocolSet
from flowspec.sets.products import Product, meets, merged, split


@dataclass(frozen=True, slots=True, eq=False)
class CompiledVariant:
    """A variant with its classes."""

    variant: Variant
    classes: Product


class Compiled:
    """A policy cut into classes, once for all questions about it."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        boxes = [variant.box for layer in policy.layers for variant in layer.variants]
        self.protocols = Dimension([b.protocols for b in boxes], PROTOCOL_LINE, ProtocolSet)
        self.destination_ports = Dimension([b.destination_ports for b in boxes], PORT_LINE, PortSet)
        self.destinations = Dimension([b.destinations for b in boxes], ADDRESS_LINE, AddressSet)
        self.sources = Dimension([b.sources for b in boxes], ADDRESS_LINE, AddressSet)
        self.source_ports = Dimension([b.source_ports for b in boxes], PORT_LINE, PortSet)
        products = zip(*(dimension.masks for dimension in self._dimensions()), strict=True)
        self.layers: list[tuple[Layer, list[CompiledVariant]]] = [
            (layer, [CompiledVariant(variant, next(products)) for variant in layer.variants]) for layer in policy.layers
        ]

    def _dimensions(self) -> tuple[Dimension[ProtocolSet] | Dimension[PortSet] | Dimension[AddressSet], ...]:
        return (self.protocols, self.destination_ports, self.destinations, self.sources, self.source_ports)

    def view(self, box: Box) -> BoxView:
        """A box seen through the classes."""
        return BoxView(self, box)


class BoxView:
    """A box and the classes it touches."""

    def __init__(self, compiled: Compiled, box: Box) -> None:
        self._protocols = compiled.protocols.view(box.protocols)
        self._destination_ports = compiled.destination_ports.view(box.destination_ports)
        self._destinations = compiled.destinations.view(box.destinations)
        self._sources = compiled.sources.view(box.sources)
        self._source_ports = compiled.source_ports.view(box.source_ports)
        self.product: Product = (
            self._protocols.mask,
            self._destination_ports.mask,
            self._destinations.mask,
            self._sources.mask,
            self._source_ports.mask,
        )

    def count(self, product: Product) -> int:
        """How many flows of the box lie in a product."""
        protocols, destination_ports, destinations, sources, source_ports = product
        return (
            self._protocols.count(protocols)
            * self._destination_ports.count(destination_ports)
            * self._destinations.count(destinations)
            * self._sources.count(sources)
            * self._source_ports.count(source_ports)
        )

    def box(self, product: Product) -> Box:
        """The part of the box that lies in a product."""
        protocols, destination_ports, destinations, sources, source_ports = product
        return Box(
            protocols=self._protocols.restrict(protocols),
            sources=self._sources.restrict(sources),
            source_ports=self._source_ports.restrict(source_ports),
            destinations=self._destinations.restrict(destinations),
            destination_ports=self._destination_ports.restrict(destination_ports),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Flows with one answer. `access` None: unknown, for `reason`; `settle` says what would settle it.

    `decider` is what decided; `others` are deciders in doubt that would have given the same answer.
    """

    access: Access | None
    decider: Decider
    flows: FlowSet
    others: tuple[Decider, ...] = ()
    reason: str = ""
    settle: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was asked, in parts that are disjoint and together all of it, in the order of the rules."""

    parts: tuple[Part, ...]

    def allowed(self) -> FlowSet:
        return self._flows(Access.ALLOW)

    def denied(self) -> FlowSet:
        return self._flows(Access.DENY)

    def unknown(self) -> FlowSet:
        return self._flows(None)

    def opens(self) -> bool:
        """Some flow is not surely denied."""
        return any(part.access is not Access.DENY for part in self.parts)

    def _flows(self, access: Access | None) -> FlowSet:
        parts = [part.flows for part in self.parts if part.access is access]
        if len(parts) <= 1:
            return parts[0] if parts else NO_FLOWS
        return FlowSet(merge_boxes(tuple(box for flows in parts for box in flows.boxes)))


@dataclass(frozen=True, slots=True)
class Carried:
    """What earlier layers left open: they may have denied, or (admin rules) may have allowed for good."""

    maybe_denied: tuple[Variant, ...] = ()
    maybe_final: tuple[Variant, ...] = ()


NOTHING = Carried()
Ruling = tuple[Access | None, Variant, tuple[Variant, ...]]
"""The access (None: unknown), the certain variant that decides, and the doubtful ones that have a part in it."""
_Tag = tuple[Access | None, Decider, tuple[Decider, ...], str, str]


@dataclass(slots=True)
class LayerWalk:
    """One box of flows on its way through the layers; `found` gathers the answers.

    TooManyError when the flows, left or answered, fall into more products than `bound`, if there is one.
    """

    compiled: Compiled
    bound: int | None = None
    found: dict[Ruling, list[Product]] = field(default_factory=dict)

    def run(self, asked: Product) -> None:
        """Walks the flows layer by layer, rule by rule: answers go into `found`, the rest on to the next layer."""
        open_: dict[Carried, list[Product]] = {NOTHING: [asked]}
        last = len(self.compiled.layers) - 1
        for number, (layer, steps) in enumerate(self.compiled.layers):
            relevant = [step for step in steps if meets(step.classes, asked)]
            following: dict[Carried, list[Product]] = {}
            made = 0
            for carried, pieces in open_.items():
                for step, seen, hits in _first_matches(relevant, pieces, self.bound):
                    answer, onward = judge(layer, carried, step.variant, seen, number == last)
                    if answer is not None:
                        self.found.setdefault(answer, []).extend(hits)
                    else:
                        following.setdefault(onward, []).extend(hits)
                    made += len(hits)
                    if self.bound is not None and made > self.bound:
                        raise TooManyError
            open_ = {carried: merged(pieces) for carried, pieces in following.items()}


def judge(
    layer: Layer, carried: Carried, final: Variant, seen: tuple[Variant, ...], is_last: bool
) -> tuple[Ruling | None, Carried]:
    """The answer of a layer for flows that `final` decides unless one of `seen` does; no answer: they go on."""
    return (_judge_admin if layer.admin else _judge)(carried, final, seen, is_last)


def _judge(carried: Carried, final: Variant, seen: tuple[Variant, ...], is_last: bool) -> tuple[Ruling | None, Carried]:
    denies = final.decider.access is Access.DENY
    dissenting = tuple(v for v in seen if (v.decider.access is Access.DENY) is not denies)
    if denies and not dissenting:
        unknown = carried.maybe_final
        return ((None, final, unknown) if unknown else (Access.DENY, final, carried.maybe_denied + seen)), carried
    if dissenting:
        carried = Carried(carried.maybe_denied + dissenting, carried.maybe_final)
    if not is_last:
        return None, carried
    if carried.maybe_denied:
        return (None, final, carried.maybe_denied), carried
    return (Access.ALLOW, final, carried.maybe_final + seen), carried


def _judge_admin(
    carried: Carried, final: Variant, seen: tuple[Variant, ...], is_last: bool
) -> tuple[Ruling | None, Carried]:
    """Deny and AlwaysAllow end the walk, Allow and no match go on (azure.md A15)."""
    accesses = {v.decider.access for v in (*seen, final)}
    if accesses == {Access.DENY}:
        return (Access.DENY, final, seen), carried
    if accesses == {Access.ALWAYS_ALLOW}:
        return (Access.ALLOW, final, seen), carried
    if accesses == {Access.ALLOW}:
        return None, carried
    maybe_denied = carried.maybe_denied + (seen if Access.DENY in accesses else ())
    maybe_final = carried.maybe_final + (seen if Access.ALWAYS_ALLOW in accesses else ())
    return None, Carried(maybe_denied, maybe_final)


class TooManyError(Exception):
    """A question falls into more products than it may."""


def _first_matches(
    steps: list[CompiledVariant], pieces: list[Product], bound: int | None
) -> Iterator[tuple[CompiledVariant, tuple[Variant, ...], list[Product]]]:
    """Each certain step with what it decides, parted by the doubtful variants that stood before it."""
    left: dict[tuple[Variant, ...], list[Product]] = {(): pieces}
    for step in steps:
        if not step.variant.doubts:
            for seen in list(left):
                hits, rest = split(left[seen], step.classes)
                if hits:
                    yield step, seen, hits
                    left[seen] = rest
            left = {seen: rest for seen, rest in left.items() if rest}
            if not left:
                return
        else:
            left = _remember(left, step)
        if bound is not None and sum(map(len, left.values())) > bound:
            raise TooManyError


def _remember(
    left: dict[tuple[Variant, ...], list[Product]], step: CompiledVariant
) -> dict[tuple[Variant, ...], list[Product]]:
    """A variant in doubt is noted on what it may take, unless an earlier one surely takes it first."""
    noted: dict[tuple[Variant, ...], list[Product]] = {}
    for seen, pieces in left.items():
        if any(earlier.doubts <= step.variant.doubts for earlier in seen):
            noted.setdefault(seen, []).extend(pieces)
            continue
        hits, rest = split(pieces, step.classes)
        if hits:
            noted.setdefault((*seen, step.variant), []).extend(hits)
        if rest:
            noted.setdefault(seen, []).extend(rest)
    return noted


def decide(compiled: Compiled, asked: FlowSet) -> Verdict:
    """Part a set of flows by what the policy says of them."""
    return verdict_of(answer for box in asked.boxes for answer in answers(compiled, box))


def answers(compiled: Compiled, box: Box, bound: int | None = None) -> Iterator[tuple[Ruling, list[Box]]]:
    """What the policy says of a box, with the parts of the box of which it says so; TooManyError as of `Walk`."""
    walk, view = LayerWalk(compiled, bound), compiled.view(box)
    walk.run(view.product)
    found: dict[_Tag, tuple[Ruling, list[Product]]] = {}
    for answer, products in walk.found.items():
        found.setdefault(_tag(answer), (answer, []))[1].extend(products)
    for answer, products in found.values():
        yield answer, [view.box(product) for product in merged(products)]


def verdict_of(found: Iterable[tuple[Ruling, list[Box]]]) -> Verdict:
    """Answers, each with flows of its own, as a verdict."""
    parts: dict[_Tag, list[Box]] = {}
    for answer, boxes in found:
        parts.setdefault(_tag(answer), []).extend(boxes)
    return Verdict(tuple(_part(tag, FlowSet(merge_boxes(tuple(boxes)))) for tag, boxes in parts.items()))


def part_of(answer: Ruling, flows: FlowSet) -> Part:
    """An answer as it is shown."""
    return _part(_tag(answer), flows)


def _tag(answer: Ruling) -> _Tag:
    """What is shown of an answer; answers that differ in nothing else are one part."""
    access, final, seen = answer
    others = tuple(dict.fromkeys(v.decider for v in seen))
    if access is not None:
        return access, final.decider, tuple(d for d in others if d is not final.decider), "", ""
    reason = "; ".join(dict.fromkeys(v.reason for v in seen if v.reason))
    settle = "; ".join(dict.fromkeys(v.settle for v in seen if v.settle))
    return None, others[0], others[1:], reason, settle


def _part(tag: _Tag, flows: FlowSet) -> Part:
    access, decider, others, reason, settle = tag
    return Part(access=access, decider=decider, flows=flows, others=others, reason=reason, settle=settle)
