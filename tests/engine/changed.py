"""A drawn network -> the same with something changed, as people change networks; and both as the diff sees them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace

from flowspec.comparison.difference import Difference, difference
from flowspec.comparison.places import ON_ITS_OWN, JudgedPlace
from flowspec.model.inventory import Direction, key
from flowspec.sets.address import parse_address
from flowspec.sets.flows import Flow
from flowspec.sets.intervals import NO_PORT, Protocol
from tests.engine.generated import Twins
from tests.naive.dice import Dice
from tests.naive.drawn_rules import draw_rule
from tests.naive.evaluate import side
from tests.naive.matching import Packet, Point
from tests.naive.networks import GROUPS, Drawn, draw
from tests.naive.resources import Json


def bare(seed: int) -> Drawn:
    """Without assumptions: a diff has none."""
    return replace(draw(seed), assumptions=[])


def changed(drawn: Drawn, seed: int) -> Drawn:
    """One to three changes."""
    dice = Dice(seed)
    resources = copy.deepcopy(drawn.resources)
    for _ in range(dice.randint(1, 3)):
        dice.choice([_rules, _rules, _rules, _attached, _reread, _without_one])(dice, resources)
    return replace(drawn, resources=resources)


def _of(resources: list[Json], kind: str) -> list[Json]:
    return [r for r in resources if str(r.get("type", "")).lower().endswith(kind.lower())]


def _rules(dice: Dice, resources: list[Json]) -> None:
    """A rule is put in, taken out, moved or written anew."""
    nsgs = _of(resources, "networkSecurityGroups")
    if not nsgs:
        return
    rules: list[Json] = dice.choice(nsgs)["properties"]["securityRules"]
    how = dice.choice(["in", "out", "move", "swap", "flip", "rename"])
    if how == "in" or not rules:
        used = {(r["properties"]["direction"].lower(), r["properties"]["priority"]) for r in rules}
        direction, priority = dice.choice(["Inbound", "Outbound"]), dice.randint(101, 4000)
        if (direction.lower(), priority) not in used:
            rules.append(draw_rule(dice, f"new-{priority}", direction, priority, GROUPS))
        return
    rule = dice.choice(rules)
    if how == "out":
        rules.remove(rule)
    elif how == "move":
        rule["properties"]["priority"] = dice.randint(131, 199)
    elif how == "swap":
        other = dice.choice([r for r in rules if _way(r) == _way(rule)])["properties"]
        own = rule["properties"]
        own["priority"], other["priority"] = other["priority"], own["priority"]
    elif how == "flip":
        rule["properties"]["access"] = dice.choice(["Allow", "Deny"])
    else:
        rule["name"], rule["properties"]["description"] = f"{rule['name']}-renamed", "another"


def _way(rule: Json) -> str:
    return str(rule["properties"]["direction"]).lower()


def _attached(dice: Dice, resources: list[Json]) -> None:
    """The NSG of a NIC or subnet comes or goes."""
    nsgs = _of(resources, "networkSecurityGroups")
    subnets = [s for v in _of(resources, "virtualNetworks") for s in v["properties"].get("subnets", [])]
    holders = [*_of(resources, "networkInterfaces"), *subnets]
    if not holders:
        return
    holder = dice.choice(holders)["properties"]
    if "networkSecurityGroup" in holder:
        del holder["networkSecurityGroup"]
    elif nsgs:
        holder["networkSecurityGroup"] = {"id": dice.choice(nsgs)["id"]}


def _reread(dice: Dice, resources: list[Json]) -> None:
    """Another order, which says nothing."""
    dice.shuffle(resources)


def _without_one(dice: Dice, resources: list[Json]) -> None:
    """An NSG, a NIC or a public IP is no longer in the inventory."""
    kinds = ("networkSecurityGroups", "networkInterfaces", "publicIPAddresses", "routeTables")
    found = [r for kind in kinds for r in _of(resources, kind)]
    if found:
        resources.remove(dice.choice(found))


class Pair:
    """Two drawn networks, and their difference."""

    def __init__(self, old: Drawn, new: Drawn) -> None:
        self.old, self.new = Twins(old), Twins(new)
        self.difference: Difference = difference(self.old.inventory, self.new.inventory)
        for found, subnet in self.difference.new.network.inventory.subnets.items():
            if subnet.name == ON_ITS_OWN:  # to the naive evaluator, too, it is on a subnet of which nothing is known
                stand = {"properties": {"networkSecurityGroup": {"id": subnet.nsg}}}
                self.old.naive.subnets[found] = self.new.naive.subnets[found] = stand
        network = self.difference.new.network
        self._own = {key(e.configuration.id): e.place for e in network.endpoints if e.place in network.points}
        self._own_before = {
            key(e.configuration.id): e.place
            for e in self.difference.old.network.endpoints
            if e.place in self.difference.old.network.points
        }
        self._back = {place: found for found, place in {**self._own, **self._own_before}.items()}

    def place(self, found: Point) -> int | None:
        """None for what a diff does not ask about: tags without data, and who is without an address on one side."""
        if isinstance(found, str):
            return parse_address(found)
        if found[0] == "tag" or key(found[1]) not in self._own or key(found[1]) not in self._own_before:
            return None
        return self._own[key(found[1])]

    def flow(self, packet: Packet) -> Flow | None:
        source, destination = self.place(packet.source), self.place(packet.destination)
        if source is None or destination is None:
            return None
        ports = [NO_PORT if port is None else port for port in (packet.source_port, packet.destination_port)]
        return Flow(
            protocol=Protocol[packet.protocol.upper()],
            source=source,
            source_port=ports[0],
            destination=destination,
            destination_port=ports[1],
        )

    def packet(self, flow: Flow) -> Packet:
        ends: list[Point] = [
            ("ipconfig", self._back[place]) if place in self._back else self.new.point(place)
            for place in (flow.source, flow.destination)
        ]
        ports = [None if port == NO_PORT else port for port in (flow.source_port, flow.destination_port)]
        return Packet(flow.protocol.name.capitalize(), ends[0], ports[0], ends[1], ports[1])

    def naive(self, place: JudgedPlace, direction: Direction, packet: Packet) -> tuple[str, str]:
        """Before and after; Deny where nothing is."""
        found = []
        for twins, judged in ((self.old, place.old), (self.new, place.new)):
            where = judged if judged is None or isinstance(judged, str) else judged.configuration.id
            found.append("Deny" if where is None else side(twins.naive, where, str(direction), packet).access)
        return found[0], found[1]

    def told(self, place: JudgedPlace, direction: Direction, flow: Flow) -> list[tuple[str, str]]:
        """What the difference says of a flow at a place: before and after, once at most."""
        return [
            (_word(cause.before), _word(cause.after))
            for cause in self.difference.causes
            if cause.direction is direction
            for shift, places in cause.shifts
            if place in places
            and (any(flow in box for box in shift.boxes) or any(_holds(one, flow) for one in shift.diagrams))
        ]


def _holds(diagrams: object, flow: Flow) -> bool:
    from flowspec.sets.bdd import DiagramSet
    from flowspec.sets.flows import single

    assert isinstance(diagrams, DiagramSet)
    return bool(diagrams.intersect(diagrams.of(single(flow).boxes)))


def _word(access: object) -> str:
    return "Unknown" if access is None else str(access)


def pairs(seed: int) -> Iterator[Pair]:
    """A network and what became of it; now and then another network altogether."""
    drawn = bare(seed)
    yield Pair(drawn, changed(drawn, seed ^ 0xD1FF))
    if seed % 4 == 0:
        yield Pair(drawn, bare(seed + 1))
