"""An NSG and a direction -> what it takes part in: policies, the addresses they judge, the questions put to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from flowspec.intents.questions import Planner, Question
from flowspec.model.inventory import Direction, key
from flowspec.policy.layers import Policy
from flowspec.sets.intervals import AddressSet

Gate = tuple[str, Direction]
"""Where rules stand: the key of an NSG, and a direction."""


class Behind:
    """Every policy and question of a plan, found by the NSGs they hang on."""

    def __init__(self, planner: Planner, questions: Iterable[Question]) -> None:
        self._local = _judged(planner)
        self._policies: dict[Gate, list[Policy]] = {}
        self._questions: dict[Gate, list[str]] = {}
        for policy in self._local:
            for gate in _gates(policy):
                self._policies.setdefault(gate, []).append(policy)
        for question in (question for question in questions if not question.problems):
            sides = (question.sources, question.destinations)
            asked = dict.fromkeys(party.policy for side in sides for party in side.parties)
            for gate in dict.fromkeys(gate for policy in asked for gate in _gates(policy)):
                self._questions.setdefault(gate, []).append(question.address)

    def policies(self, gates: Iterable[Gate]) -> list[tuple[Policy, AddressSet]]:
        """Every policy of the inventory that some gates take part in, with all addresses it judges."""
        found = dict.fromkeys(policy for gate in gates for policy in self._policies.get(gate, ()))
        return [(policy, self._local[policy]) for policy in found]

    def questions(self, gates: Iterable[Gate]) -> set[str]:
        """The addresses of the intents and boundaries that some gates have a say in."""
        return {address for gate in gates for address in self._questions.get(gate, ())}

    def addresses(self, gate: Gate) -> AddressSet:
        """Every address that a gate judges."""
        return AddressSet.of(span for _, local in self.policies([gate]) for span in local.spans)


def _gates(policy: Policy) -> Iterator[Gate]:
    return ((key(layer.nsg), policy.direction) for layer in policy.layers if layer.nsg)


def _judged(planner: Planner) -> Mapping[Policy, AddressSet]:
    """Every policy with all addresses it judges: NICs, and what is left of each subnet."""
    network, policies = planner.network, planner.policies
    spans: dict[Policy, list[tuple[int, int]]] = {}
    for direction in Direction:
        for endpoint in network.endpoints:
            spans.setdefault(policies.of_endpoint(endpoint, direction), []).append((endpoint.place, endpoint.place))
        for subnet_key, subnet in sorted(network.inventory.subnets.items()):
            if subnet.known:
                rest = network.rest_of(subnet_key)
                spans.setdefault(policies.of_subnet(subnet_key, direction), []).extend(rest.spans)
    return {policy: AddressSet.of(found) for policy, found in spans.items()}
