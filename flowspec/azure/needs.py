"""Raw resources -> the NICs whose effective answers verdicts hinge on: what gateways teach, what route tags hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flowspec.model.inventory import key

ArmObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Need:
    """A NIC of a running VM that speaks for its subnet."""

    nic: str
    subnet: str


def needs_of(resources: Sequence[ArmObject]) -> list[Need]:
    """One NIC for each subnet that a gateway may teach prefixes (azure.md A7) or that routes a service tag."""
    running = {key(vm) for vm in _running(resources)}
    subnets = dict(_hinging(resources))
    found: dict[str, Need] = {}
    for nic in _of(resources, "/networkinterfaces"):
        vm = _ref(nic, "virtualMachine")
        if vm is None or key(vm) not in running:
            continue
        for config in _children(nic, "ipConfigurations"):
            subnet = _ref(config, "subnet")
            if subnet is not None and key(subnet) in subnets:
                found.setdefault(key(subnet), Need(str(nic["id"]), subnets[key(subnet)]))
    return list(found.values())


def _hinging(resources: Sequence[ArmObject]) -> Iterator[tuple[str, str]]:
    """The subnets of VNets that have or use a gateway, and those whose route table names a service tag."""
    tables = {key(str(t["id"])) for t in _of(resources, "/routetables") if any(map(_names_tag, _children(t, "routes")))}
    for vnet in _of(resources, "/virtualnetworks"):
        subnets = _children(vnet, "subnets")
        taught = any(str(s.get("name", "")).casefold() == "gatewaysubnet" for s in subnets) or any(
            _properties(peering).get("useRemoteGateways") for peering in _children(vnet, "virtualNetworkPeerings")
        )
        for subnet in subnets:
            table = _ref(subnet, "routeTable")
            if taught or (table is not None and key(table) in tables):
                yield key(str(subnet.get("id", ""))), str(subnet.get("id", ""))


def _names_tag(route: ArmObject) -> bool:
    return str(_properties(route).get("addressPrefix", "0"))[:1].isalpha()


def _running(resources: Iterable[ArmObject]) -> Iterator[str]:
    for vm in _of(resources, "/virtualmachines"):
        view = _properties(vm).get("instanceView")
        statuses = view.get("statuses") if isinstance(view, dict) else None
        codes = [str(s.get("code", "")).casefold() for s in statuses or () if isinstance(s, dict)]
        if "powerstate/running" in codes:
            yield str(vm["id"])


def _of(resources: Iterable[ArmObject], kind: str) -> Iterator[ArmObject]:
    for resource in resources:
        if str(resource.get("id", "")).rstrip("/").rpartition("/")[0].casefold().endswith(kind):
            yield resource


def _properties(value: ArmObject) -> ArmObject:
    found = value.get("properties")
    return found if isinstance(found, dict) else {}


def _children(value: ArmObject, name: str) -> list[ArmObject]:
    found = _properties(value).get(name)
    return [child for child in found if isinstance(child, dict)] if isinstance(found, list) else []


def _ref(value: ArmObject, name: str) -> str | None:
    found = _properties(value).get(name)
    given = found.get("id") if isinstance(found, dict) else None
    return given if isinstance(given, str) else None
