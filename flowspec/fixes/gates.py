"""An NSG and a direction -> what it takes part in: policies, the addresses they judge, the questions put to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from flowspec.intents.questions import Planner, Question
from flowspec.model.inventory import Direction, key
from flowspec.network.index import Endpoint
from flowspec.policy.layers import Policy
from flowspec.sets.flows import Box, FlowSet, existing
from flowspec.sets.intervals import ALL_NUMBERS, AddressSet, Span

Gate = tuple[str, Direction]
"""Where rules stand: the key of an NSG, and a direction."""


class Behind:
    """Every policy and question of a plan, found by the NSGs they hang on."""

    def __init__(self, planner: Planner, questions: Iterable[Question]) -> None:
        self._local = _judged(planner)
        self._policies: dict[Gate, list[Policy]] = {}
        self._questions: dict[Gate, list[str]] = {}
        self._subnets: dict[Gate, list[str]] = {}
        for subnet, known in sorted(planner.network.inventory.subnets.items()):
            for direction in Direction if known.known else ():
                for gate in _gates(planner.policies.of_subnet(subnet, direction)):
                    self._subnets.setdefault(gate, []).append(subnet)
        for policy in self._local:
            for gate in _gates(policy):
                self._policies.setdefault(gate, []).append(policy)
        for question in (question for question in questions if not question.problems):
            sides = (question.sources, question.destinations)
            asked = dict.fromkeys(party.policy for side in sides for party in side.parties)
            for gate in dict.fromkeys(gate for policy in asked for gate in _gates(policy)):
                self._questions.setdefault(gate, []).append(question.address)

    def policies(self, gates: Iterable[Gate]) -> list[tuple[Policy, tuple[Box, ...]]]:
        """Every policy of the inventory that some gates take part in, with all that it judges."""
        found = dict.fromkeys(policy for gate in gates for policy in self._policies.get(gate, ()))
        return [(policy, self._local[policy]) for policy in found]

    def questions(self, gates: Iterable[Gate]) -> set[str]:
        """The addresses of the intents and boundaries that some gates have a say in."""
        return {address for gate in gates for address in self._questions.get(gate, ())}

    def subnets(self, gate: Gate) -> list[str]:
        """The keys of the subnets that an NSG is on."""
        return self._subnets.get(gate, [])

    def addresses(self, gate: Gate) -> AddressSet:
        """Every address that a gate judges."""
        boxes = [box for _, judged in self.policies([gate]) for box in judged]
        local = (box.destinations if gate[1] is Direction.INBOUND else box.sources for box in boxes)
        return AddressSet.of(span for addresses in local for span in addresses.spans)


def _gates(policy: Policy) -> Iterator[Gate]:
    return ((key(layer.nsg), policy.direction) for layer in policy.layers if layer.nsg)


def _judged(planner: Planner) -> Mapping[Policy, tuple[Box, ...]]:
    """Every policy with all that it judges: at NICs and what is left of each subnet, behind frontends, passed on.

    An NSG both on a subnet and on its NICs judges as it does on one of them: it stands in a policy once.
    """
    network, policies = planner.network, planner.policies
    remote = ALL_NUMBERS.union(AddressSet.of((point, point) for point in network.points))
    spans: dict[Policy, list[Span]] = {}
    arrivals: dict[Policy, list[Box]] = {}
    for direction in Direction:
        for endpoint in network.endpoints:
            policy = policies.of_endpoint(endpoint, direction)
            spans.setdefault(policy, []).append((endpoint.place, endpoint.place))
            if network.is_open_ended(endpoint, direction):
                spans[policy] += ALL_NUMBERS.spans
        for subnet_key, subnet in sorted(network.inventory.subnets.items()):
            if subnet.known:
                rest = network.rest_of(subnet_key)
                spans.setdefault(policies.of_subnet(subnet_key, direction), []).extend(rest.spans)
    for arriving in (one for found in network.floating.values() for one in found):
        policy = policies.of_endpoint(arriving, Direction.INBOUND)
        arrivals.setdefault(policy, []).extend(_brought(arriving, remote))
    judged: dict[tuple[object, ...], tuple[Policy, list[Box]]] = {}
    for policy in dict.fromkeys((*spans, *arrivals)):
        layers = tuple(dict.fromkeys(policy.layers))
        _, boxes = judged.setdefault((policy.direction, *layers), (replace(policy, layers=layers), []))
        boxes += _everything(policy.direction, AddressSet.of(spans.get(policy, ())), remote)
        boxes += arrivals.get(policy, ())
    return {policy: FlowSet.of(boxes).boxes for policy, boxes in judged.values()}


def _brought(arriving: Endpoint, remote: AddressSet) -> Iterator[Box]:
    """What a load balancer brings to a backend at the address of a frontend."""
    place = AddressSet.one(arriving.place)
    if arriving.arrival is not None:
        yield from (arriving.arrival.at(place).intersect(box) for box in _everything(Direction.INBOUND, place, remote))


def _everything(direction: Direction, local: AddressSet, remote: AddressSet) -> Iterator[Box]:
    """All that can flow to or from some addresses: a rule's box also pairs two families, and Icmp with ports."""
    return existing(remote, local) if direction is Direction.INBOUND else existing(local, remote)
