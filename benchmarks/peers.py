"""Policies in the terms of peers: Aerleon's and Capirca's policy text, z3's bit vectors, a diagram."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

from flowspec.model.inventory import Access
from flowspec.policy.layers import Decider, Layer, Policy, Variant
from flowspec.sets.address import address_text, prefix_texts
from flowspec.sets.flows import Box, Flow
from flowspec.sets.intervals import NUMBERED_PORTS, PORTED, V4, IntervalSet, PortSet, Protocol


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


Z3_PATIENCE = 2
"""Seconds for one question; a few would take minutes."""


class Z3Policy:
    """The policy as one formula of bit vectors; prefixes as equal top bits, which z3 takes better than ranges."""

    def __init__(self, policy: Policy) -> None:
        self.z3 = z3 = importlib.import_module("z3")
        self.source, self.destination = z3.BitVec("s", 32), z3.BitVec("d", 32)
        self.source_port, self.destination_port = z3.BitVec("sp", 16), z3.BitVec("dp", 16)
        self.protocol = z3.BitVec("p", 1)
        self._known: dict[tuple[str, Any], Any] = {}
        self.allowed = z3.And([self._layer(layer) for layer in policy.layers])
        self._solver = self._fresh()
        self._solver.add(self.allowed == z3.Bool("allowed"))

    def incremental(self, box: Box, expected: Access) -> bool | None:
        """All of a box comes to `expected`; the policy was asserted once. None: not known within `Z3_PATIENCE`."""
        self._solver.push()
        self._solver.add(self.box(box), self.z3.Bool("allowed") != (expected is Access.ALLOW))
        held = self._solver.check()
        self._solver.pop()
        return self._told(held)

    def fresh(self, box: Box, expected: Access) -> bool | None:
        """The same, everything asserted anew."""
        solver = self._fresh()
        solver.add(self.box(box), self.allowed != (expected is Access.ALLOW))
        return self._told(solver.check())

    def _fresh(self) -> Any:
        solver = self.z3.SolverFor("QF_BV")
        solver.set("timeout", Z3_PATIENCE * 1000)
        return solver

    def _told(self, held: Any) -> bool | None:
        return None if held == self.z3.unknown else bool(held == self.z3.unsat)

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


class DiagramPolicy:
    """The policy as one decision diagram (oxidd), as one writes it: the order that keeps rules small, prefixes as their
    bits, then from the last rule to the first what it takes and what it leaves. It shares nothing with the engine's."""

    def __init__(self, policy: Policy) -> None:
        self._manager = importlib.import_module("oxidd.bdd").BDDManager(1 << 25, 1 << 20, 1)
        self._manager.add_vars(97)
        self._bits = [self._manager.var(number) for number in range(97)]
        self._none, self._all = self._manager.false(), self._manager.true()
        self._known: dict[tuple[int, Any], Any] = {}
        self.allowed = self._all
        for layer in policy.layers:
            self.allowed = self.allowed & self._layer(layer)

    def other_than(self, box: Box, expected: Access) -> Any:
        """The flows of a box that do not come to `expected`."""
        return self.box(box) & (~self.allowed if expected is Access.ALLOW else self.allowed)

    def counts(self, box: Box) -> dict[Access, int]:
        """How many flows come to what."""
        parts = {access: self.other_than(box, access).sat_count(97) for access in (Access.ALLOW, Access.DENY)}
        return {other: parts[access] for access, other in ((Access.ALLOW, Access.DENY), (Access.DENY, Access.ALLOW))}

    def shadowed(self, layer: Layer) -> set[Decider]:
        """The user's rules of a layer whose flows are all taken before; each has one box."""
        taken, found = self._none, set()
        for variant in layer.variants:
            box, rule = self.box(variant.box), variant.decider.rule
            if rule is not None and not rule.default and not taken.imp_strict(box).satisfiable():
                found.add(variant.decider)
            taken = taken | box
        return found

    def _layer(self, layer: Layer) -> Any:
        allowed = self._none
        for variant in reversed(_ported(layer)):
            box = self.box(variant.box)
            allowed = box.imp_strict(allowed) if variant.decider.access is Access.DENY else allowed | box
        return allowed

    def box(self, box: Box) -> Any:
        found = self._in(81, 16, box.source_ports.intersect(NUMBERED_PORTS))
        found = self._in(49, 32, box.sources.intersect(V4)) & found
        found = self._in(17, 32, box.destinations.intersect(V4)) & found
        found = self._in(1, 16, box.destination_ports.intersect(NUMBERED_PORTS)) & found
        return self._in(0, 1, box.protocols.intersect(PORTED)) & found

    def _in(self, first: int, width: int, members: IntervalSet) -> Any:
        if (first, members) not in self._known:
            blocks = list(_prefixes(members, width))
            self._known[first, members] = self._union([self._prefix(first, width, *block) for block in blocks])
        return self._known[first, members]

    def _prefix(self, first: int, width: int, low: int, free: int) -> Any:
        found = self._all
        for at in range(free, width):
            bit = self._bits[first + width - 1 - at]
            found = bit & found if low >> at & 1 else bit.imp_strict(found)
        return found

    def _union(self, found: list[Any]) -> Any:
        while len(found) > 1:
            odd = found[-1:] if len(found) % 2 else []
            found = [a | b for a, b in zip(found[::2], found[1::2], strict=False)] + odd
        return found[0] if found else self._none


def _prefixes(members: IntervalSet, width: int) -> Iterator[tuple[int, int]]:
    """The set as blocks of 2^bits numbers from `low`."""
    for low, high in members.spans:
        while low <= high:
            bits = (low & -low).bit_length() - 1 if low else width
            while low + (1 << bits) - 1 > high:
                bits -= 1
            yield low, bits
            low += 1 << bits
