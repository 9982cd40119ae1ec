"""Writes into a recorded state what was in force beside it, so that the state alone gives the recorded answer.

A recording shows only what its test asked for. NSGs that a subscription's own service put on a subnet are known from
other answers of the same recording; the Network Watcher is known from the address of the request.
"""

from __future__ import annotations

import copy
from typing import Any

from tests.corpus.arm import Json, Resource, find, known, reduced, same_id

MASKED_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


def baked_state(row: dict[str, Any], watcher: str = "") -> tuple[list[Resource], list[str]]:
    """The reduced resources of a row of ground truth, and a note for each thing that was added to them."""
    subscription = _masked_subscription(row)
    row = _rebased(row, subscription) if subscription else row
    resources = [_without_public_address(reduced(r)) for r in copy.deepcopy(row["resources"]) if known(r)]
    notes = ["subscription of the ids, from the request"] if subscription else []
    nic = find(resources, row["target_nic"])
    if nic is None:
        raise ValueError(f"{row['id']}: the target NIC is not in the state")
    location = str(nic.get("location", ""))
    _link_nic(resources, nic, row.get("nic_nsg"), location, notes)
    _link_subnet(resources, nic, row.get("subnet_nsg"), location, notes)
    if watcher and find(resources, watcher) is None:
        resources.append(_stub(watcher, "Microsoft.Network/networkWatchers", location))
        notes.append("network watcher, from the address of the request")
    return resources, notes


def unmasked(resource_id: str, row: dict[str, Any]) -> str:
    """An id of the row's state, under the subscription that the request names."""
    return str(_rebased(resource_id, _masked_subscription(row)))


def _masked_subscription(row: dict[str, Any]) -> str:
    """The subscription of the request, where the recorder masked that of the state and let the request stand."""
    target = str((row.get("request") or {}).get("targetResourceId", ""))
    if not target.lower().startswith("/subscriptions/") or find(row["resources"], target) is not None:
        return ""
    return target.split("/")[2]


def _rebased(value: Json, subscription: str) -> Json:
    """`value` with the masked subscription put back, so that the request's target is found in the state."""
    if isinstance(value, dict):
        return {key: _rebased(item, subscription) for key, item in value.items()}
    if isinstance(value, list):
        return [_rebased(item, subscription) for item in value]
    if isinstance(value, str) and subscription:
        return value.replace(MASKED_SUBSCRIPTION, subscription)
    return value


def _without_public_address(resource: Resource) -> Resource:
    """No verdict rests on the address that a public IP happened to get, and without it equal networks are equal."""
    resource.get("properties", {}).pop("ipAddress", None)
    return resource


def _stub(resource_id: str, kind: str, location: str) -> Resource:
    return {"id": resource_id, "name": resource_id.rsplit("/", 1)[-1], "type": kind, "location": location}


def _present(resources: list[Resource], nsg: Resource, location: str, notes: list[str]) -> None:
    if find(resources, nsg["id"]) is not None:
        return
    resource = _stub(nsg["id"], "Microsoft.Network/networkSecurityGroups", location) | nsg
    resources.append(reduced(resource))
    notes.append(f"NSG {resource['name']}")


def _link_nic(resources: list[Resource], nic: Resource, nsg: Resource | None, location: str, notes: list[str]) -> None:
    if nsg is None:
        return
    _present(resources, nsg, location, notes)
    linked = nic["properties"].get("networkSecurityGroup")
    if linked is None or not same_id(linked["id"], nsg["id"]):
        nic["properties"]["networkSecurityGroup"] = {"id": nsg["id"]}
        notes.append(f"NIC {nic['name']} -> NSG")


def _link_subnet(
    resources: list[Resource], nic: Resource, nsg: Resource | None, location: str, notes: list[str]
) -> None:
    if nsg is None:
        return
    _present(resources, nsg, location, notes)
    for configuration in nic["properties"]["ipConfigurations"]:
        subnet = _subnet(resources, configuration["properties"]["subnet"]["id"])
        linked = subnet["properties"].get("networkSecurityGroup")
        if linked is None or not same_id(linked["id"], nsg["id"]):
            subnet["properties"]["networkSecurityGroup"] = {"id": nsg["id"]}
            notes.append(f"subnet {subnet['name']} -> NSG {nsg['id'].rsplit('/', 1)[-1]}")


def nsg_of_rules(rules: list[Resource]) -> Resource | None:
    """The NSG that rules belong to, by their ids: for one that is known only from an answer that lists its rules."""
    if not rules:
        return None
    return {"id": rules[0]["id"].rsplit("/securityRules/", 1)[0], "properties": {"securityRules": rules}}


def _subnet(resources: list[Resource], subnet_id: str) -> Resource:
    network_id, name = subnet_id.rsplit("/subnets/", 1)
    network = find(resources, network_id)
    subnets = network["properties"]["subnets"] if network else []
    for subnet in subnets:
        if same_id(subnet["name"], name):
            found: Resource = subnet
            return found
    raise ValueError(f"{subnet_id} is not in the state")
