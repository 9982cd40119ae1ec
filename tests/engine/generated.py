"""A drawn network, twice: as the engine sees it, loaded through the sources, and as the naive evaluator does."""

from __future__ import annotations

import json
from functools import cached_property
from importlib.resources import files
from typing import Any

from flowspec.decide.exact import Compiled
from flowspec.decide.vectors import Vectors
from flowspec.model.inventory import Direction, Inventory, key
from flowspec.model.spec import Assumption
from flowspec.network.index import Endpoint, Network
from flowspec.policy.layers import Policy
from flowspec.policy.policies import Policies
from flowspec.sets.address import address_text, parse_address
from flowspec.sets.flows import Flow
from flowspec.sets.intervals import NO_PORT, V6_BASE, Protocol
from tests.engine.loading import Json, load_documents
from tests.naive import resources
from tests.naive.drawn_rules import OPAQUE_TAGS
from tests.naive.matching import Packet, Point, point_version
from tests.naive.networks import Drawn

INTERNET: list[str] = json.loads(files("flowspec.data").joinpath("internet.json").read_text("utf-8"))["prefixes"]
ADMIN = "flowspec.test/adminRules"


class Twins:
    """One network for both. The naive side never sees a value of the engine, nor the other way round."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn = drawn
        self.naive: resources.Network = drawn.network(INTERNET)
        self.inventory: Inventory = load_documents(documents(drawn))
        assumed = (
            Assumption(name=f"a{n}", gateway=a["gateway"], learned_prefixes=tuple(a["learned_prefixes"]))
            for n, a in enumerate(drawn.assumptions)
        )
        self.network = Network(self.inventory, assumed, OPAQUE_TAGS)
        self.policies = Policies(self.network)
        self._compiled: dict[Policy, Compiled] = {}
        self._vectors: dict[Policy, Vectors] = {}

    @cached_property
    def endpoints(self) -> dict[str, Endpoint]:
        return {key(e.configuration.id): e for e in self.network.endpoints}

    def policy(self, where: str, direction: str) -> Policy:
        """Of an ip-configuration or of a whole subnet."""
        if "/ipconfigurations/" in where.lower():
            return self.policies.of_endpoint(self.endpoints[key(where)], Direction(direction))
        return self.policies.of_subnet(key(where), Direction(direction))

    def compiled(self, policy: Policy) -> Compiled:
        if policy not in self._compiled:
            self._compiled[policy] = Compiled(policy)
        return self._compiled[policy]

    def vectors(self, policy: Policy) -> Vectors:
        if policy not in self._vectors:
            self._vectors[policy] = Vectors(self.compiled(policy))
        return self._vectors[policy]

    def place(self, point: Point, version: int) -> int:
        """A point of the naive evaluator on the engine's line."""
        if isinstance(point, str):
            number = parse_address(point)
            assert number is not None
            return number
        if point[0] == "tag":
            unsure = self.network.tag_points[key(point[1])]
            return unsure.v4 if version == 4 else unsure.v6
        return self.endpoints[key(point[1])].place

    def point(self, place: int) -> Point:
        """And back."""
        for unsure in self.network.tag_points.values():
            if place in (unsure.v4, unsure.v6):
                return ("tag", unsure.tag)
        for endpoint in self.network.numberless:
            if endpoint.place == place:
                return ("ipconfig", key(endpoint.configuration.id))
        return address_text(place)

    def flow(self, packet: Packet) -> Flow:
        points = (packet.source, packet.destination)
        version = next((v for v in (point_version(self.naive, point) for point in points) if v), 4)
        ports = [NO_PORT if port is None else port for port in (packet.source_port, packet.destination_port)]
        source, destination = (self.place(point, version) for point in points)
        return Flow(
            protocol=Protocol[packet.protocol.upper()],
            source=source,
            source_port=ports[0],
            destination=destination,
            destination_port=ports[1],
        )

    def packet(self, flow: Flow) -> Packet | None:
        """None where the naive evaluator can't say which family is meant: two opaque tags."""
        if flow.source >= V6_BASE and flow.destination < V6_BASE:
            return None
        points = [self.point(place) for place in (flow.source, flow.destination)]
        if all(point_version(self.naive, point) is None for point in points):
            return None
        ports = [None if port == NO_PORT else port for port in (flow.source_port, flow.destination_port)]
        return Packet(flow.protocol.name.capitalize(), points[0], ports[0], points[1], ports[1])


def documents(drawn: Drawn) -> dict[str, Any]:
    """The files that a user would give: the resources, the tags of a service tag file, effective admin rules."""
    found: dict[str, Any] = {
        "network.json": [r for r in drawn.resources if r.get("type") != ADMIN],
        "tags.json": {"changeNumber": 1, "values": [tag(*row) for row in drawn.service_tags.items()]},
    }
    for number, answer in enumerate(r for r in drawn.resources if r.get("type") == ADMIN):
        call = f"{answer['vnet']}/listNetworkManagerEffectiveSecurityAdminRules"
        found[f"admin-{number}.json"] = {"id": call, "value": [admin_rule(rule) for rule in answer["rules"]]}
    return found


def tag(name: str, prefixes: list[str]) -> Json:
    return {"name": name, "id": name, "properties": {"addressPrefixes": prefixes}}


def admin_rule(rule: Json) -> Json:
    properties = {name: rule[name] for name in ("access", "priority", "protocol", "direction")}
    properties |= {name: rule[name] for name in ("sourcePortRanges", "destinationPortRanges")}
    for end in ("sources", "destinations"):
        properties[end] = [{"addressPrefix": text, "addressPrefixType": "IPPrefix"} for text in rule[end]]
    return {"id": f"/managers/m/rules/{rule['name']}", "kind": "Custom", "properties": properties}
