"""POST …/connectivityCheck -> Unreachable where an NSG or a route says so; 501 where only a running network can tell.

The recorded answers are of flows that fail. That a permitted flow arrives depends on whether someone listens, which no
inventory tells (azure.md B1.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from flowspec.errors import RequestError
from flowspec.ipflowverify.classify import FlowRequest
from flowspec.model.documents.verify import FlowAnswer
from flowspec.model.inventory import Nic, key, vnet_part
from flowspec.server.associations import not_implemented
from flowspec.server.estate import Estate
from flowspec.server.machine import check_region, no_match, target_nic, targeted
from flowspec.server.routing import Hop, hop_to
from flowspec.server.wire import HttpAnswer, HttpCall, JsonObject, RefusedError, pretty, refused
from flowspec.sets.address import parse_address
from flowspec.sets.intervals import V6_BASE

PROBES = 30
"""How many probes a recorded check sent, and lost."""


def check(estate: Estate, call: HttpCall, watcher: JsonObject) -> HttpAnswer:
    """connectivityCheck for Tcp from a VM: what stops it, by NSG or route; 501 where nothing known does."""
    given = call.members()
    source, destination = (_folded(given, name) for name in ("source", "destination"))
    target = str(targeted({"targetresourceid": source.get("resourceid")}).get("targetresourceid") or "")
    vm = estate.inventory.vms.get(key(target))
    if vm is None:
        raise no_match(target)
    check_region(estate.inventory, watcher, vm.id)
    if str(given.get("protocol") or "Tcp").casefold() != "tcp":
        raise not_implemented("The twin checks Tcp only: what Icmp and Http come to depends on the machines.")
    nic = target_nic(estate.inventory, vm.id)
    here = _address_of(nic)
    there, far = _destination(estate, destination, nic)
    port = _port(destination)
    issues = _route_issues(estate, vm.id, there) + _nsg_issues(
        _asked(estate, "Outbound", (vm.id, "", here), there, port)
    )
    arriving: list[JsonObject] = []
    if far is not None:
        arriving = _nsg_issues(_asked(estate, "Inbound", ("", far.id, there), here, port))
    if not issues and not arriving:
        message = (
            f"The twin can't tell whether {there}:{port} is reached: no NSG and no route that it knows stops the flow, "
            "and whether someone listens there is not in an inventory."
        )
        raise not_implemented(message)
    return pretty(_document(vm.id, here, there, far, (issues, arriving)))


def _folded(given: Mapping[str, object], name: str) -> dict[str, object]:
    value = given.get(name)
    if not isinstance(value, dict):
        raise refused("InvalidParameter", f"{name} is missing; it takes an object.")
    return {str(field).casefold(): item for field, item in value.items()}


def _port(destination: Mapping[str, object]) -> str:
    port = destination.get("port")
    if isinstance(port, bool) or not isinstance(port, int | str):
        raise refused("InvalidParameter", "destination.port is missing; it takes an integer in the range 0-65535.")
    return str(port)


def _destination(estate: Estate, destination: Mapping[str, object], source: Nic) -> tuple[str, Nic | None]:
    """The address of a destination, and its NIC where it is named or has the address in the VNet of the source."""
    named = destination.get("resourceid")
    if isinstance(named, str) and named:
        nic = target_nic(estate.inventory, str(targeted({"targetresourceid": named})["targetresourceid"]))
        return _address_of(nic), nic
    address = str(destination.get("address") or "")
    place = parse_address(address)
    if place is None or place >= V6_BASE:
        raise not_implemented(
            f"The twin resolves no names and checks IPv4 only: destination.address {address[:200]!r}."
        )
    vnets = {key(vnet_part(c.subnet or "")) for c in source.ip_configurations}
    found = (
        nic
        for nic in estate.inventory.nics.values()
        for c in nic.ip_configurations
        if c.address and parse_address(c.address) == place and key(vnet_part(c.subnet or "")) in vnets
    )
    return address, next(found, None)


def _address_of(nic: Nic) -> str:
    found = next((c.address for c in nic.ip_configurations if c.address and c.family == 4), None)
    if found is None:
        raise not_implemented(f"The twin does not know the address of {nic.id}.")
    return found


def _asked(estate: Estate, direction: str, local: tuple[str, str, str], remote: str, port: str) -> FlowAnswer | None:
    """ipFlowVerify's answer for a VM or a NIC and its address, from any source port; None where no NSG applies."""
    vm, nic, address = local
    outbound = direction == "Outbound"
    request = FlowRequest(
        target=vm,
        nic=nic,
        direction=direction,
        protocol="TCP",
        local_port="*" if outbound else port,
        remote_port=port if outbound else "*",
        local_ip=address,
        remote_ip=remote,
    )
    try:
        answer = estate.verifier.verify(request)
    except RequestError as error:
        if error.code == "NsgsNotAppliedOnNic":
            return None
        if error.code == "AmbiguousSourcePort":
            raise not_implemented(f"The twin can't tell from which port the check starts. {error.message}") from None
        raise RefusedError(error.status, error.code, error.message, []) from None
    if answer.access == "Unknown":
        raise not_implemented(f"The twin can't tell: {answer.reason}")
    return answer


def _nsg_issues(answer: FlowAnswer | None) -> list[JsonObject]:
    if answer is None or answer.access != "Deny":
        return []
    kind, _, name = (answer.rule_name or "").partition("/")
    spelled = f"{'UserRule' if kind == 'securityRules' else 'DefaultRule'}_{name}"
    context = [{"key": "RuleName", "value": spelled}] if name else []
    return [{"origin": "Outbound", "severity": "Error", "type": "NetworkSecurityRule", "context": context}]


def _route_issues(estate: Estate, vm: str, there: str) -> list[JsonObject]:
    place = parse_address(there)
    try:
        hop: Hop = hop_to(estate.verifier.network, target_nic(estate.inventory, vm), place or 0)
    except RefusedError as error:
        raise not_implemented(error.message) from None
    if hop.kind.casefold() != "none":
        return []
    context = [{"key": "RouteType", "value": hop.source}]
    return [{"origin": "Outbound", "severity": "Error", "type": "UserDefinedRoute", "context": context}]


def _document(
    vm: str, here: str, there: str, far: Nic | None, issues: tuple[list[JsonObject], list[JsonObject]]
) -> JsonObject:
    first, last = str(uuid4()), str(uuid4())
    link: JsonObject = {"nextHopId": last, "properties": {}, "context": {}, "issues": [], "resourceId": ""}
    owner = (far.vm or far.id) if far else ""
    source: JsonObject = {
        "type": "Source",
        "id": first,
        "address": here,
        "resourceId": vm,
        "nextHopIds": [last],
        "links": [link],
        "previousHopIds": [],
        "previousLinks": [],
        "issues": issues[0],
    }
    destination: JsonObject = {
        "type": "Destination",
        "id": last,
        "address": there,
        "resourceId": owner,
        "nextHopIds": [],
        "links": [],
        "previousHopIds": [first],
        "previousLinks": [link],
        "issues": [{**issue, "origin": "Inbound"} for issue in issues[1]],
    }
    return {
        "hops": [source, destination],
        "connectionStatus": "Unreachable",
        "probesSent": PROBES,
        "probesFailed": PROBES,
    }
