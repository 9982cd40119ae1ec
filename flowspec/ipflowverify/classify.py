"""A request as ipFlowVerify takes it -> its answer, as Azure words it (azure.md B1, A3, A8, A10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Literal, TypeVar

from flowspec.decide.batch import PolicyBatch
from flowspec.decide.exact import Compiled, Part, decide
from flowspec.decide.vectors import Vectors
from flowspec.errors import RequestError
from flowspec.model.documents.verify import FlowAnswer
from flowspec.model.inventory import Access, Direction, Inventory, Nic, Vm, id_part, key
from flowspec.network.index import Endpoint, Network
from flowspec.policy.layers import Policy
from flowspec.policy.policies import Policies
from flowspec.sets.address import parse_address
from flowspec.sets.flows import Box, FlowSet
from flowspec.sets.intervals import NUMBERED_PORTS, PORTED, V6_BASE, AddressSet, PortSet, Protocol, ProtocolSet
from flowspec.sets.written import PROTOCOLS, port_text

ASKABLE = {name: protocol for name, protocol in PROTOCOLS.items() if protocol in PORTED}
"""What ipFlowVerify takes (azure.md B1.1)."""
_DIRECTIONS = {direction.casefold(): direction for direction in Direction}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRequest:
    """The body of an ipFlowVerify request. `target` is a VM's id or name, `nic` a NIC's; one of them may be empty.

    Names are looked for in `resource_group`, or anywhere when it is empty.
    """

    target: str
    direction: str
    protocol: str
    local_port: str
    remote_port: str
    local_ip: str
    remote_ip: str
    nic: str = ""
    resource_group: str = ""


class Verifier:
    """Answers requests about one inventory. Policies are compiled when they are first asked about, then kept."""

    def __init__(self, inventory: Inventory) -> None:
        self.network = Network(inventory)
        self.policies = Policies(self.network)
        self._sieves: dict[Policy, Sieve] = {}

    def verify(self, request: FlowRequest) -> FlowAnswer:
        """The answer; RequestError where Azure refuses."""
        direction, asked = _read(request)
        local = asked.destination if direction is Direction.INBOUND else asked.source
        return self.sieve(request, direction, local).answer(asked)

    def holder(self, request: FlowRequest) -> Endpoint:
        """The ip-configuration that is asked about; RequestError where Azure refuses."""
        direction, asked = _read(request)
        return self._endpoint(request, asked.destination if direction is Direction.INBOUND else asked.source)

    def remote_ports(self, request: FlowRequest, low: int, high: int) -> list[int]:
        """Of a range of remote ports, one for each part whose answers are the same whatever else is asked."""
        direction, asked = _read(request)
        inbound = direction is Direction.INBOUND
        local = asked.destination if inbound else asked.source
        return self.sieve(request, direction, local).ports(low, high, source=inbound)

    def sieve(self, request: FlowRequest, direction: Direction, local: int) -> Sieve:
        """What answers for the NIC that a request names and the address (a number) it holds; RequestError if none."""
        endpoint = self._endpoint(request, local)
        policy = self.policies.of_endpoint(endpoint, direction)
        if policy.no_nsg and len(policy.layers) == 1:
            words = f"No NSG applied on nic to allow or block traffic, nic id {endpoint.nic.id}."
            raise RequestError("NsgsNotAppliedOnNic", words)
        if policy not in self._sieves:
            self._sieves[policy] = Sieve(policy)
        return self._sieves[policy]

    def _endpoint(self, request: FlowRequest, local: int) -> Endpoint:
        """The ip-configuration that holds the local address, on the NIC or VM that the request names."""
        nics = self._nics(request)
        for nic in nics:
            for endpoint in self._endpoints.get(key(nic.id), ()):
                if endpoint.place == local:
                    return endpoint
        held = ", ".join(c.address or "not known" for nic in nics for c in nic.ip_configurations)
        owner = request.nic or request.target
        if rule := self._frontend_of(nics, local):
            what = f"is the frontend of {rule}, of which {owner} is a backend"
            raise invalid("localIPAddress", f"{request.local_ip} {what}; it takes the NIC's own addresses only: {held}")
        raise invalid("localIPAddress", f"{request.local_ip} is no address of {owner}, which has: {held or 'none'}")

    def _frontend_of(self, nics: list[Nic], address: int) -> str:
        """The load balancer's rule that brings flows to one of the NICs at this address; "" where none does."""
        ours = {key(nic.id) for nic in nics}
        held = (e for e in self.network.floating_places.get(address, ()) if key(e.nic.id) in ours)
        return next((e.arrival.rule for e in held if e.arrival), "")

    @cached_property
    def _vms_named(self) -> _Named[Vm]:
        return _Named(self.network.inventory.vms)

    @cached_property
    def _nics_named(self) -> _Named[Nic]:
        return _Named(self.network.inventory.nics)

    @cached_property
    def _endpoints(self) -> Mapping[str, list[Endpoint]]:
        found: dict[str, list[Endpoint]] = {}
        for endpoint in self.network.endpoints:
            found.setdefault(key(endpoint.nic.id), []).append(endpoint)
        return found

    @cached_property
    def _nics_of_vm(self) -> Mapping[str, list[Nic]]:
        """A VM's NICs, as the VM lists them and as the NICs name the VM."""
        nics = self.network.inventory.nics
        found: dict[str, dict[str, Nic]] = {}
        for vm_key, vm in self.network.inventory.vms.items():
            found[vm_key] = {key(n): nics[key(n)] for n in vm.nics if key(n) in nics}
        for nic_key, nic in nics.items():
            if nic.vm:
                found.setdefault(key(nic.vm), {})[nic_key] = nic
        return {vm_key: [held[k] for k in sorted(held)] for vm_key, held in found.items()}

    def _nics(self, request: FlowRequest) -> list[Nic]:
        """The NICs that the request may mean."""
        if not request.target and not request.nic:
            raise invalid("targetResourceId", "is missing; it takes the id of a virtual machine")
        nic = self._nics_named.find("targetNicResourceId", request.nic, request.resource_group) if request.nic else None
        if not request.target:
            return [nic] if nic else []
        vm = self._vms_named.find("targetResourceId", request.target, request.resource_group)
        if vm.power == "deallocated":
            raise RequestError("VMNotAllocated", f"The virtual machine {vm.id} is not allocated; start it to ask.")
        attached = self._nics_of_vm.get(key(vm.id), [])
        if nic is not None:
            if nic not in attached:
                raise invalid("targetNicResourceId", f"{nic.id} is not attached to the virtual machine {vm.id}")
            return [nic]
        if len(attached) > 1 and any(n.ip_forwarding for n in attached):
            what = "must be given: the VM has several NICs, and IP forwarding is enabled on one of them"
            raise invalid("targetNicResourceId", what)
        return attached


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The flow of a request; `source_port` None: any."""

    protocol: Protocol
    source: int
    source_port: int | None
    destination: int
    destination_port: int


class Sieve:
    """One policy, ready for any number of flows."""

    def __init__(self, policy: Policy) -> None:
        self._compiled = Compiled(policy)
        self.vectors = Vectors(self._compiled)

    def ports(self, low: int, high: int, *, source: bool) -> list[int]:
        """The first of a range of ports, and every port in it at which some rule begins or ends to match."""
        boxes = [variant.box for layer in self._compiled.policy.layers for variant in layer.variants]
        spans = [span for box in boxes for span in (box.source_ports if source else box.destination_ports).spans]
        edges = {edge for first, last in spans for edge in (first, last + 1)}
        return sorted({low, *(edge for edge in edges if low < edge <= high)})

    @cached_property
    def batch(self) -> PolicyBatch:
        """For arrays of flows; needs numpy."""
        return PolicyBatch(self._compiled, self.vectors)

    def answer(self, asked: Asked) -> FlowAnswer:
        """The answer; RequestError where it hinges on a source port that was left open."""
        protocol, source, destination, port = asked.protocol, asked.source, asked.destination, asked.destination_port
        if asked.source_port is not None:
            return answer_of(self.vectors.part(protocol, source, asked.source_port, destination, port))
        part = self.vectors.any_source_port(protocol, source, destination, port)
        if part is not None:
            return answer_of(part)
        parts = decide(self._compiled, FlowSet((_from_any_port(asked),))).parts
        if len({_words(part) for part in parts}) > 1:
            raise RequestError("AmbiguousSourcePort", _regions(parts))
        return answer_of(parts[0])


_Resource = TypeVar("_Resource", Vm, Nic)


class _Named(Generic[_Resource]):
    """The resources of a kind, by id and by name."""

    def __init__(self, by_key: Mapping[str, _Resource]) -> None:
        self._by_key: Mapping[str, _Resource] = by_key
        self._by_name: dict[str, list[_Resource]] = {}
        for resource in by_key.values():
            self._by_name.setdefault(resource.name.casefold(), []).append(resource)

    def find(self, parameter: str, name: str, group: str) -> _Resource:
        """By an id, or by a name that is one resource's only in a group (empty: in any)."""
        if "/" in name:
            if key(name) not in self._by_key:
                raise _missing(parameter, name)
            return self._by_key[key(name)]
        group = group.casefold()
        found = self._by_name.get(name.casefold(), [])
        found = [r for r in found if not group or (id_part(r.id, "resourceGroups") or "").casefold() == group]
        if not found:
            raise _missing(parameter, name)
        if len(found) > 1:
            candidates = ", ".join(sorted(r.id for r in found))
            what = f"{name} is ambiguous; give the resource group, or one of these ids: {candidates}"
            raise invalid(parameter, what)
        return found[0]


def _missing(parameter: str, name: str) -> RequestError:
    return RequestError("NoMatchingResource", f"{parameter}: no matching resource {name} in the inventory.", 412)


def invalid(parameter: str, what: str) -> RequestError:
    return RequestError("InvalidParameter", f"{parameter} {what}.")


def _read(request: FlowRequest) -> tuple[Direction, Asked]:
    direction = direction_of(request.direction)
    protocol = ASKABLE.get(request.protocol.casefold())
    if protocol is None:
        raise invalid("protocol", f"{request.protocol!r} is not one of TCP, UDP")
    inbound = direction is Direction.INBOUND
    local = address_of("localIPAddress", request.local_ip)
    remote = address_of("remoteIPAddress", request.remote_ip)
    if inbound:
        port = _port("localPort", request.local_port)
        return direction, Asked(
            protocol=protocol,
            source=remote,
            source_port=_source_port("remotePort", request.remote_port),
            destination=local,
            destination_port=port,
        )
    source_port = _source_port("localPort", request.local_port)
    return direction, Asked(
        protocol=protocol,
        source=local,
        source_port=source_port,
        destination=remote,
        destination_port=_port("remotePort", request.remote_port),
    )


def direction_of(text: str) -> Direction:
    direction = _DIRECTIONS.get(text.casefold())
    if direction is None:
        raise invalid("direction", f"{text!r} is not one of Inbound, Outbound")
    return direction


def address_of(parameter: str, text: str) -> int:
    number = parse_address(text)
    if number is None or number >= V6_BASE:
        raise invalid(parameter, f"{text!r} is not a valid IPv4 address")
    return number


def _port(parameter: str, text: str, more: str = "") -> int:
    if not (len(text) <= 20 and text.isascii() and text.isdigit() and int(text) <= 65535):
        raise invalid(parameter, f"{text!r} is not an integer in the range 0-65535{more}")
    return int(text)


def _source_port(parameter: str, text: str) -> int | None:
    return None if text == "*" else _port(parameter, text, ", or *")


def _from_any_port(asked: Asked) -> Box:
    return Box(
        protocols=ProtocolSet.one(asked.protocol),
        sources=AddressSet.one(asked.source),
        source_ports=NUMBERED_PORTS,
        destinations=AddressSet.one(asked.destination),
        destination_ports=PortSet.one(asked.destination_port),
    )


def answer_of(part: Part) -> FlowAnswer:
    """A part of a verdict in ipFlowVerify's words."""
    if part.access is None:
        return FlowAnswer(access="Unknown", reason=part.reason)
    access: Literal["Allow", "Deny"] = "Deny" if part.access is Access.DENY else "Allow"
    rule = part.decider.rule
    if rule is None or part.others:
        return FlowAnswer(access=access, rule_id="")
    return FlowAnswer(access=access, rule_name=rule.display, rule_id="" if rule.default else rule.id)


def _words(part: Part) -> FlowAnswer:
    """As far as two answers differ in what is asked: a doubt is a doubt, whatever its reason."""
    answer = answer_of(part)
    return FlowAnswer(access="Unknown") if answer.access == "Unknown" else answer


def _regions(parts: tuple[Part, ...]) -> str:
    """Azure's answer to `*` where it matters is not recorded, so both regions are named (azure.md A10)."""
    told = []
    for part in parts:
        spans = [span for box in part.flows.boxes for span in box.source_ports.spans]
        ports = ", ".join(map(port_text, sorted(spans)))
        answer = answer_of(part)
        name = f" ({answer.rule_name})" if answer.rule_name else ""
        told.append(f"{answer.access}{name} for source ports {ports}")
    return f"The answer is not the same for every source port: {'; '.join(told)}. Ask for one of them."
