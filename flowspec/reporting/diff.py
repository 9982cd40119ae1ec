"""A difference -> its document: causes in words and boxes, few and bounded, who came and who went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from flowspec.comparison.difference import Difference, DifferenceFound, JudgedPlaces
from flowspec.comparison.places import JudgedPlace as Judged
from flowspec.errors import Problem, Where
from flowspec.intents.groups import Groups
from flowspec.model.documents.diff import (
    FORMAT_VERSION,
    Diff,
    DiffCause,
    DiffSummary,
    Effect,
    Gap,
    Presence,
)
from flowspec.model.documents.values import Attachment, DecidedBy, Pair, ShownAccess, Total
from flowspec.model.inventory import Access, Inventory, key
from flowspec.network.index import is_nic_like
from flowspec.policy.layers import Decider as PolicyDecider
from flowspec.reporting import unjudged
from flowspec.reporting.between_subnets import SubnetTeller
from flowspec.reporting.network_map import network_map
from flowspec.reporting.plan import LineLookup, attached, decider, problem, sources_of
from flowspec.reporting.set_names import names_in
from flowspec.reporting.text_of_sets import Scribe
from flowspec.sets.address import prefix_texts
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import AddressSet
from flowspec.version import __version__

if TYPE_CHECKING:
    from flowspec.sets.bdd import DiagramSet

_INSIDE = ("/virtualmachines/", "/ipconfigurations/")
_Written = tuple[tuple[Pair, ...], Total]


def wheres(difference: Difference) -> list[Where]:
    """Every place that the document will show a line of."""
    found = {d.rule.where: None for c in difference.causes for d in (*c.old, *c.new) if d.rule and d.rule.where}
    found |= {p.where: None for p in problems(difference) if p.where is not None}
    return list(found)


def problems(difference: Difference) -> list[Problem]:
    """Those of both inventories, once."""
    both = (side.network.inventory for side in (difference.old, difference.new))
    return list(dict.fromkeys(problem for inventory in both for problem in inventory.problems))


def scribe_of(difference: Difference, max_boxes: int = 1000, groups: Groups | None = None) -> Scribe:
    """Writes flows of both networks; no list has more than `max_boxes` entries. `groups`: those of the spec, if any."""
    old, new = difference.old.network, difference.new.network
    return Scribe(
        points={**old.points, **new.points},
        max_boxes=max_boxes,
        reserved=old.reserved.union(new.reserved),
        names=names_in(old, new, groups=groups),
    )


def describe(difference: Difference, located: Mapping[Where, Where], scribe: Scribe | None = None) -> Diff:
    """The document, as its scribe writes it."""
    old, new = difference.old.network, difference.new.network
    scribe = scribe or scribe_of(difference)
    drawn = network_map(_together(old.inventory, new.inventory))
    subnets = SubnetTeller(drawn, (*old.numberless, *new.numberless))
    writer = _Writer(scribe, lambda where: located.get(where, where), subnets)
    causes = tuple(map(writer.cause, difference.causes))
    effects = Counter(cause.effect for cause in causes)
    added, removed = writer.presences(difference.added), writer.presences(difference.removed)
    named = {*(e for cause in causes for e in cause.endpoints), *(p.id for p in (*added, *removed))}
    return Diff(
        format_version=FORMAT_VERSION,
        flowspec_version=__version__,
        complete=not _unknown(old.inventory) and not _unknown(new.inventory),
        unread=tuple(_gaps(old.inventory, new.inventory)),
        old=sources_of(old.inventory),
        new=sources_of(new.inventory),
        not_judged=unjudged.of_diff(old.inventory, new.inventory),
        summary=DiffSummary(
            causes=len(causes),
            opens=effects[Effect.OPENS],
            closes=effects[Effect.CLOSES],
            unknown=effects[Effect.UNKNOWN],
            added=len(added),
            removed=len(removed),
            compared=difference.compared,
        ),
        causes=causes,
        added=added,
        removed=removed,
        problems=tuple(problem(p, writer.located) for p in problems(difference)),
        vms=tuple(_attachments(named, old.inventory, new.inventory)),
        network=drawn,
    )


def _together(old: Inventory, new: Inventory) -> Inventory:
    """The new network, with the VNets and subnets that only the old one has."""
    return replace(new, vnets={**old.vnets, **new.vnets}, subnets={**old.subnets, **new.subnets})


@dataclass(frozen=True, slots=True)
class _Writer:
    scribe: Scribe
    located: LineLookup
    subnets: SubnetTeller

    def cause(self, found: DifferenceFound) -> DiffCause:
        whole = _drawn(found)
        flows, total = self._flows(found, whole)
        return DiffCause(
            effect=found.effect,
            direction=found.direction.value,
            before=_answer(found.before),
            after=_answer(found.after),
            endpoints=tuple(found.places),
            flows=flows,
            total=total,
            old=self._deciders(found.old),
            new=self._deciders(found.new),
            reason=found.reason,
            settle=found.settle,
            truncated=total.truncated,
            subnets=self.subnets.of_flows(_joined(found)) if whole is None else self.subnets.of_diagram(whole),
        )

    def presences(self, places: Iterable[Judged]) -> tuple[Presence, ...]:
        """By id, with all addresses."""
        held: dict[str, list[Judged]] = {}
        for judged in places:
            held.setdefault(judged.id, []).append(judged)
        return tuple(Presence(id=of, addresses=self._addresses(held[of])) for of in sorted(held))

    def _addresses(self, places: Iterable[Judged]) -> tuple[str, ...]:
        addresses = AddressSet.of(span for judged in places for span in judged.addresses.spans)
        named = [self.scribe.place_text(place) for place in sorted(self.scribe.points) if place in addresses]
        return (*prefix_texts(addresses), *named)

    def _deciders(self, deciders: Iterable[PolicyDecider]) -> tuple[DecidedBy, ...]:
        return tuple(dict.fromkeys(sorted((decider(d, self.located) for d in deciders), key=_rank)))

    def _flows(self, found: DifferenceFound, whole: DiagramSet | None) -> _Written:
        """The boxes of a cause; those that only diagrams hold are counted there, and as many drawn as are shown."""
        if whole is None:
            return self.scribe.pairs(_joined(found).merged())
        most = self.scribe.max_boxes
        some = whole.boxes(most + 1)
        pairs, total = self.scribe.pairs(some.merged())
        if len(some.boxes) <= most:
            return pairs, total
        return pairs[:most], Total(count=str(whole.count()), example=total.example, truncated=True)


def _drawn(found: DifferenceFound) -> DiagramSet | None:
    """All flows of a cause as one diagram, where some of them are held in diagrams alone."""
    drawn = list(chain.from_iterable(shift.diagrams for shift, _ in found.shifts))
    boxes = [box for shift, _ in found.shifts for box in shift.boxes]
    return drawn[0].union_all([drawn[0].of(boxes), *drawn]) if drawn else None


def _joined(found: DifferenceFound) -> FlowSet:
    """All flows of a cause. Those of one question share none; those of two only where addresses are held twice."""
    asked: dict[int, tuple[JudgedPlaces, list[Box]]] = {}
    for shift, places in found.shifts:
        asked.setdefault(id(places), (places, []))[1].extend(shift.boxes)
    sets = [FlowSet(tuple(boxes)) for _, boxes in asked.values()]
    held = [AddressSet.of(s for judged in places for s in judged.addresses.spans) for places, _ in asked.values()]
    if AddressSet.of(span for one in held for span in one.spans).count() == sum(one.count() for one in held):
        return FlowSet(tuple(box for flows in sets for box in flows.boxes))
    return FlowSet.union_all(sets)


def _answer(access: Access | None) -> ShownAccess:
    if access is None:
        return "Unknown"
    return "Deny" if access is Access.DENY else "Allow"


def _rank(decider: DecidedBy) -> tuple[object, ...]:
    """As Azure tries them."""
    priority = -1 if decider.priority is None else decider.priority
    return decider.nsg.casefold(), priority, decider.rule, decider.access, decider.note


def _gaps(old: Inventory, new: Inventory) -> Iterator[Gap]:
    """What could not be read, or is left open by what was, each part once."""
    mine, theirs = _unknown(old), _unknown(new)
    for what in dict.fromkeys((*mine, *theirs)):
        if what in mine and what in theirs:
            yield Gap(what=what, side="both")
        else:
            yield Gap(what=what, side="old" if what in mine else "new")
    yield from (Gap(what=what, side="new") for what in dict.fromkeys(_newcomers(old, new)))


def _newcomers(old: Inventory, new: Inventory) -> Iterator[str]:
    """What came into a subnet whose NICs neither network lists: a scale set, a private endpoint."""
    before = {_seat(one.id) for one in old.unlisted} | old.nics.keys()
    for one in new.unlisted:
        if is_nic_like(one.id) and _seat(one.id) not in before:
            name = _seat(one.id, one.id).rpartition("/")[2]
            yield f"{name} is new in {'/'.join(one.subnet.split('/')[-3::2])}, and its NICs are not in the inventory"


def _seat(endpoint: str, spelled: str = "") -> str:
    """The NIC of an ip-configuration, or the scale set that all NICs of its machines belong to."""
    folded = key(endpoint)
    end = min(at for sign in _INSIDE if (at := f"{folded}{sign}".find(sign)) >= 0)
    return (spelled or folded)[:end]


def _unknown(inventory: Inventory) -> tuple[str, ...]:
    return inventory.unread + inventory.gaps + tuple(answer.reason for answer in inventory.unplaced)


def _attachments(named: Collection[str], *inventories: Inventory) -> Iterator[Attachment]:
    """The VMs of NICs that are named, where the NIC is the only one of its VM."""
    told = {key(one.nic): one for inventory in inventories for one in attached(named, inventory)}
    return (told[nic] for nic in sorted(told))
