"""Policies in the terms of peers: Aerleon's and Capirca's policy text, z3's bit vectors."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

from flowspec.engine.policy import Layer, Policy, Variant
from flowspec.model.address import address_text, prefix_texts
from flowspec.model.inventory import Access
from flowspec.model.netset import NUMBERED_PORTS, PORTED, V4, Box, Flow, IntervalSet, PortSet, Protocol


def acl_checker(name: str, policy: Policy) -> Callable[[Flow], bool] | None:
    """Whether all filters of a policy accept a flow, as the peer's aclcheck says; None if it is not installed."""
    try:
        aclcheck = importlib.import_module(f"{name}.lib.aclcheck")
        parser = importlib.import_module(f"{name}.lib.policy")
        naming = importlib.import_module(f"{name}.lib.naming")
    except ImportError:
        return None
    logging.disable(logging.WARNING)
    parsed = []
    for layer in policy.layers:
        names = naming.Naming()
        text = _acl_text(layer, names)
        parsed.append(parser.ParsePolicy(text, names, optimize=False))

    def accepts(flow: Flow) -> bool:
        ends = (address_text(flow.source), address_text(flow.destination))
        ports = (str(flow.source_port), str(flow.destination_port))
        for held in parsed:
            check = aclcheck.AclCheck(held, *ends, *ports, flow.protocol.name.lower())
            if check.ExactMatches()[0].action != "accept":
                return False
        return True

    return accepts


def _acl_text(layer: Layer, names: Any) -> str:
    terms = ['header {\n  comment:: "flowspec"\n  target:: juniper filter\n}']
    networks: list[str] = []
    services: list[str] = []
    for number, variant in enumerate(_ported(layer)):
        terms.append(_term(number, variant, networks, services))
    names.ParseNetworkList(networks)
    names.ParseServiceList(services)
    return "\n".join(terms)


def _ported(layer: Layer) -> list[Variant]:
    return [
        v for v in layer.variants
        if not v.doubts and v.box.protocols.meets(PORTED) and v.box.sources.meets(V4) and v.box.destinations.meets(V4)
    ]  # fmt: skip


def _term(number: int, variant: Variant, networks: list[str], services: list[str]) -> str:
    box = variant.box
    fields = [f"protocol:: {' '.join(Protocol(p).name.lower() for p in box.protocols.intersect(PORTED))}"]
    for end, addresses in (("source", box.sources), ("destination", box.destinations)):
        held = addresses.intersect(V4)
        if held != V4:
            networks.append(f"{end.upper()}{number} = {' '.join(prefix_texts(held))}")
            fields.append(f"{end}-address:: {end.upper()}{number}")
    for end, ports in (("source", box.source_ports), ("destination", box.destination_ports)):
        held_ports = ports.intersect(NUMBERED_PORTS)
        if held_ports != NUMBERED_PORTS:
            services.append(f"{end.upper()}P{number} = {' '.join(_services(held_ports, box.protocols))}")
            fields.append(f"{end}-port:: {end.upper()}P{number}")
    action = "deny" if variant.decider.access is Access.DENY else "accept"
    body = "\n  ".join([*fields, f"action:: {action}"])
    return f"term t{number} {{\n  {body}\n}}"


def _services(ports: PortSet, protocols: Any) -> list[str]:
    names = [Protocol(p).name.lower() for p in protocols.intersect(PORTED)]
    spans = [str(low) if low == high else f"{low}-{high}" for low, high in ports.spans]
    return [f"{span}/{name}" for span in spans for name in names]


class Z3Policy:
    """The policy as one formula of bit vectors; prefixes as equal top bits, which z3 takes better than ranges."""

    def __init__(self, policy: Policy) -> None:
        self.z3 = z3 = importlib.import_module("z3")
        self.source, self.destination = z3.BitVec("s", 32), z3.BitVec("d", 32)
        self.source_port, self.destination_port = z3.BitVec("sp", 16), z3.BitVec("dp", 16)
        self.protocol = z3.BitVec("p", 1)
        self._known: dict[tuple[str, Any], Any] = {}
        self.allowed = z3.And([self._layer(layer) for layer in policy.layers])
        self._solver = z3.SolverFor("QF_BV")
        self._solver.add(self.allowed == z3.Bool("allowed"))

    def incremental(self, box: Box, expected: Access) -> bool:
        """All of a box comes to `expected`; the policy was asserted once."""
        self._solver.push()
        self._solver.add(self.box(box), self.z3.Bool("allowed") != (expected is Access.ALLOW))
        held = self._solver.check() == self.z3.unsat
        self._solver.pop()
        return bool(held)

    def fresh(self, box: Box, expected: Access) -> bool:
        solver = self.z3.SolverFor("QF_BV")
        solver.add(self.box(box), self.allowed != (expected is Access.ALLOW))
        return bool(solver.check() == self.z3.unsat)

    def _layer(self, layer: Layer) -> Any:
        answer = self.z3.BoolVal(False)
        for variant in reversed(_ported(layer)):
            allows = self.z3.BoolVal(variant.decider.access is not Access.DENY)
            answer = self.z3.If(self.box(variant.box), allows, answer)
        return answer

    def box(self, box: Box) -> Any:
        return self.z3.And(
            self._in("p", self.protocol, box.protocols.intersect(PORTED), 1),
            self._in("s", self.source, box.sources.intersect(V4), 32),
            self._in("d", self.destination, box.destinations.intersect(V4), 32),
            self._in("sp", self.source_port, box.source_ports.intersect(NUMBERED_PORTS), 16),
            self._in("dp", self.destination_port, box.destination_ports.intersect(NUMBERED_PORTS), 16),
        )

    def _in(self, name: str, value: Any, members: IntervalSet, width: int) -> Any:
        if (name, members) not in self._known:
            parts = [self._prefix(value, low, bits, width) for low, bits in _prefixes(members, width)]
            self._known[name, members] = self.z3.Or(parts)
        return self._known[name, members]

    def _prefix(self, value: Any, low: int, bits: int, width: int) -> Any:
        if bits == width:
            return self.z3.BoolVal(True)
        return self.z3.Extract(width - 1, bits, value) == low >> bits


def _prefixes(members: IntervalSet, width: int) -> Iterator[tuple[int, int]]:
    """The set as blocks of 2^bits numbers from `low`."""
    for low, high in members.spans:
        while low <= high:
            bits = (low & -low).bit_length() - 1 if low else width
            while low + (1 << bits) - 1 > high:
                bits -= 1
            yield low, bits
            low += 1 << bits
