"""A spec and an inventory -> rules that let more through to NICs than any intent asks for: exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from flowspec.decide.exact import Compiled, decide
from flowspec.intents.case import Case
from flowspec.intents.example import example_flow
from flowspec.linting.codes import TOO_WIDE
from flowspec.linting.found import LintFound, of_rule
from flowspec.model.inventory import Access, Direction, Inventory, Nsg, Rule, key
from flowspec.model.platform import ALL_BUT_PLATFORM
from flowspec.model.spec import Spec
from flowspec.network.index import Endpoint, Network
from flowspec.policy.layers import Policy
from flowspec.sets.address import address_text
from flowspec.sets.flows import NO_FLOWS, Flow, FlowSet, existing
from flowspec.sets.intervals import NO_PORT, AddressSet, is_point
from flowspec.sets.written import SPELLINGS


def too_wide(spec: Spec, inventory: Inventory, today: date) -> Iterator[LintFound]:
    """The custom Allow rules with flows that surely get through to a NIC, or from one, and no Allow intent names.

    Azure's own addresses, and those of VNets that no NIC holds, are left out: a rule may speak of a subnet where an
    intent names the machines in it.
    """
    case = Case(spec, inventory, today)
    wanted = FlowSet.union_all(
        question.asked for question in case.questions if question.expect is Access.ALLOW and not question.problems
    )
    policies: dict[Policy, list[Endpoint]] = {}
    for endpoint in case.network.endpoints:
        for direction in Direction:
            policies.setdefault(case.planner.policies.of_endpoint(endpoint, direction), []).append(endpoint)
    found: dict[int, tuple[Rule, str, FlowSet, FlowSet]] = {}
    for policy, endpoints in policies.items():
        for rule, nsg, passing in _passing(case.network, policy, endpoints):
            rest = passing.subtract(wanted)
            _, _, before, left = found.get(id(rule), (rule, nsg, NO_FLOWS, NO_FLOWS))
            found[id(rule)] = rule, nsg, before if before or not passing.meets(wanted) else passing, left or rest
    for rule, nsg, asked_for, rest in found.values():
        if rest:
            yield _told(inventory.nsgs[nsg], rule, rest, is_used=bool(asked_for))


def _passing(network: Network, policy: Policy, endpoints: Sequence[Endpoint]) -> Iterator[tuple[Rule, str, FlowSet]]:
    """The custom Allow rules of a policy, each with those of the flows it decides that all layers let through."""
    inbound = policy.direction is Direction.INBOUND
    here = AddressSet.of((endpoint.place, endpoint.place) for endpoint in endpoints)
    there = ALL_BUT_PLATFORM.subtract(network.vnet_addresses).union(network.places)
    whole = FlowSet(tuple(existing(there, here) if inbound else existing(here, there)))
    allowed = decide(Compiled(policy), whole).allowed()
    for layer in policy.layers:
        if not layer.nsg or layer.admin:
            continue
        for part in decide(Compiled(Policy(policy.direction, (layer,))), whole).parts:
            rule = part.decider.rule
            if rule is not None and not rule.default and part.access is Access.ALLOW:
                yield rule, key(layer.nsg), part.flows.intersect(allowed)


def _told(nsg: Nsg, rule: Rule, rest: FlowSet, *, is_used: bool) -> LintFound:
    flow = example_flow(rest)
    example = f", for example {_text(flow)}" if flow is not None else ""
    words = f"lets through {'more than any' if is_used else 'what no'} Allow intent asks for"
    return of_rule(TOO_WIDE, nsg, rule, words + example)


def _text(flow: Flow) -> str:
    ends = ((flow.source, flow.source_port), (flow.destination, flow.destination_port))
    return f"{SPELLINGS.get(flow.protocol, 'other')} {' -> '.join(_end(place, port) for place, port in ends)}"


def _end(place: int, port: int) -> str:
    address = "an address that is not known" if is_point(place) else address_text(place)
    if port == NO_PORT:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
