"""Cuts an ARM resource down to the properties that can decide a flow.

What Azure adds for others (etags, GUIDs, descriptions, DNS names, disks, passwords' places) proves nothing about
reachability and would fill the repository with text that is not ours, so only what is named here is kept.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = Any
Resource: TypeAlias = dict[str, Any]
Keep: TypeAlias = "bool | dict[str, Keep]"

ID: Keep = {"id": True}
RULE: Keep = {
    "name": True,
    "properties": dict.fromkeys(
        (
            "protocol",
            "sourceportrange",
            "sourceportranges",
            "destinationportrange",
            "destinationportranges",
            "sourceaddressprefix",
            "sourceaddressprefixes",
            "destinationaddressprefix",
            "destinationaddressprefixes",
            "access",
            "priority",
            "direction",
        ),
        True,
    )
    | {"sourceapplicationsecuritygroups": ID, "destinationapplicationsecuritygroups": ID},
}
SUBNET: Keep = {
    "id": True,
    "name": True,
    "properties": {
        "addressprefix": True,
        "addressprefixes": True,
        "networksecuritygroup": ID,
        "routetable": ID,
        "ipconfigurations": ID,
        "privateendpoints": ID,
        "privateendpointnetworkpolicies": True,
    },
}
PEERING: Keep = {
    "id": True,
    "name": True,
    "properties": {
        "allowvirtualnetworkaccess": True,
        "allowforwardedtraffic": True,
        "allowgatewaytransit": True,
        "useremotegateways": True,
        "remotevirtualnetwork": ID,
        "remoteaddressspace": {"addressprefixes": True},
        "remotevirtualnetworkaddressspace": {"addressprefixes": True},
        "peeringstate": True,
        "peeringsynclevel": True,
        "peercompletevnets": True,
        "localsubnetnames": True,
        "remotesubnetnames": True,
    },
}
IP_CONFIGURATION: Keep = {
    "id": True,
    "name": True,
    "properties": {
        "privateipaddress": True,
        "privateipallocationmethod": True,
        "privateipaddressversion": True,
        "primary": True,
        "subnet": ID,
        "publicipaddress": ID,
        "applicationsecuritygroups": ID,
    },
}
ROUTE: Keep = {
    "name": True,
    "properties": {"addressprefix": True, "nexthoptype": True, "nexthopipaddress": True, "hasbgpoverride": True},
}
ADDRESS_SPACE: Keep = {"addressprefixes": True}

PROPERTIES: dict[str, dict[str, Keep]] = {
    "microsoft.network/networksecuritygroups": {
        "securityrules": RULE,
        "defaultsecurityrules": RULE,
        "networkinterfaces": ID,
        "subnets": ID,
    },
    "microsoft.network/virtualnetworks": {
        "addressspace": ADDRESS_SPACE,
        "subnets": SUBNET,
        "virtualnetworkpeerings": PEERING,
    },
    "microsoft.network/networkinterfaces": {
        "ipconfigurations": IP_CONFIGURATION,
        "networksecuritygroup": ID,
        "virtualmachine": ID,
        "privateendpoint": ID,
        "enableipforwarding": True,
        "primary": True,
    },
    "microsoft.network/publicipaddresses": {
        "ipaddress": True,
        "publicipaddressversion": True,
        "publicipallocationmethod": True,
        "ipconfiguration": ID,
    },
    "microsoft.network/routetables": {
        "routes": ROUTE,
        "subnets": ID,
        "disablebgproutepropagation": True,
    },
    "microsoft.network/applicationsecuritygroups": {},
    "microsoft.network/networkwatchers": {},
    "microsoft.compute/virtualmachines": {
        "networkprofile": {"networkinterfaces": {"id": True, "properties": {"primary": True}}},
        "instanceview": {"statuses": {"code": True}},
    },
    "microsoft.network/virtualnetworkgateways": {
        "gatewaytype": True,
        "enablebgp": True,
        "ipconfigurations": {"id": True, "name": True, "properties": {"subnet": ID, "publicipaddress": ID}},
        "vpnclientconfiguration": {"vpnclientaddresspool": ADDRESS_SPACE},
    },
    "microsoft.network/localnetworkgateways": {"localnetworkaddressspace": ADDRESS_SPACE, "gatewayipaddress": True},
    "microsoft.network/connections": {
        "connectiontype": True,
        "enablebgp": True,
        "virtualnetworkgateway1": ID,
        "virtualnetworkgateway2": ID,
        "localnetworkgateway2": ID,
        "peer": ID,
    },
}
ENVELOPE: dict[str, Keep] = {"id": True, "name": True, "type": True, "location": True, "sku": {"name": True}}


def slim(value: Json, keep: Keep) -> Json:
    """`value` with only the keys that `keep` names, in their recorded order and letter case; lists item by item."""
    if isinstance(keep, bool) or value is None:
        return value
    if isinstance(value, list):
        return [slim(item, keep) for item in value]
    return {key: slim(value[key], keep[key.lower()]) for key in value if key.lower() in keep}


def resource_type(resource: Resource) -> str:
    """The ARM type in lower case: by the field, else by the id (old answers of lists leave the field out)."""
    if resource.get("type"):
        return str(resource["type"]).lower()
    parts = str(resource.get("id", "")).lower().split("/providers/")[-1].split("/")
    return "/".join([parts[0], *parts[1::2]])


def known(resource: Resource) -> bool:
    """Whether the type can matter to reachability at all."""
    return resource_type(resource) in PROPERTIES


def reduced(resource: Resource, extra: dict[str, Keep] | None = None) -> Resource:
    """The resource cut down to what can decide a flow; `extra` names further keys of its envelope."""
    properties = PROPERTIES[resource_type(resource)]
    keep = ENVELOPE | (extra or {}) | ({"properties": properties} if properties else {})
    slimmed: Resource = slim(resource, keep)
    return slimmed


def same_id(left: str, right: str) -> bool:
    """ARM ids differ in letter case from one answer to the next."""
    return left.lower() == right.lower()


def find(resources: list[Resource], wanted: str) -> Resource | None:
    """The resource with that id."""
    return next((r for r in resources if same_id(r.get("id", ""), wanted)), None)
