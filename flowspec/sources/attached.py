"""A resource that a template deploys into a subnet -> the endpoints that the subnet will list and nobody else has.

Azure makes the NICs of scale sets, private endpoints and clusters; only their subnet shows them (azure.md A14).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowspec.arm.documents import Deployed
from flowspec.model.unknown import is_unknown, opaque

LISTED = (
    "microsoft.network/networkinterfaces", "microsoft.network/virtualnetworks", "microsoft.network/loadbalancers",
    "microsoft.network/virtualnetworkgateways", "microsoft.network/networksecuritygroups",
    "microsoft.network/routetables",
)  # fmt: skip
"""Types that are in the inventory themselves, or that a subnet names."""
SETS = ("microsoft.compute/", "microsoft.containerservice/", "microsoft.batch/", "microsoft.hdinsight/",
        "microsoft.databricks/", "microsoft.machinelearningservices/", "microsoft.servicefabric/")  # fmt: skip
"""Providers whose resources put machines into a subnet."""


def attached(one: Deployed, kind: str) -> Iterator[tuple[str, str]]:
    """`(subnet, endpoint)` for each subnet that it names, as ids."""
    if kind.startswith(LISTED):
        return
    for subnet in dict.fromkeys(subnets(one.document.get("properties"))):
        nodes = f"/virtualMachineScaleSets/{opaque('nodes')}" if kind.startswith(SETS) else ""
        yield subnet, one.id if "/virtualmachinescalesets" in kind else f"{one.id}{nodes}"


def subnets(value: Any) -> Iterator[str]:
    """The ids of subnets anywhere in the properties of a resource."""
    if isinstance(value, str) and not is_unknown(value):
        found = value.lower()
        if found.startswith("/subscriptions/") and "/virtualnetworks/" in found and found.count("/") == 10:
            yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from subnets(inner)
