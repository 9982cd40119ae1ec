"""NICs, VMs, private endpoints and public IPs in JSON -> the model, through a Layer."""

from __future__ import annotations

from ipaddress import ip_address

from flowspec.model.inventory import IpConfiguration, Nic, PublicIp, Vm, key
from flowspec.sources.layer import Layer, PrivateEndpoint
from flowspec.sources.network import children, name_of
from flowspec.sources.node import Node


def read_nic(node: Node, nic_id: str, layer: Layer) -> None:
    endpoint = node.ref("privateendpoint")
    nic = Nic(
        nic_id,
        name_of(node, nic_id),
        node.text("location"),
        tuple(children(node, "ipconfigurations", "ipConfigurations", nic_id, read_ip_configuration)),
        node.ref("networksecuritygroup"),
        node.ref("virtualmachine"),
        bool(node.flag("enableipforwarding")),
        endpoint is not None,
        node.tags(),
        node.where(),
    )
    layer.add(layer.nics, nic)
    if endpoint is not None:
        layer.endpoint_nics[key(nic_id)] = endpoint


def read_ip_configuration(node: Node, config_id: str) -> IpConfiguration:
    address = node.text("privateipaddress")
    family = 6 if (node.text("privateipaddressversion") or "").lower() == "ipv6" else 4
    if address is not None:
        try:
            family = ip_address(address).version
        except ValueError:
            node.notes.error(f"{address} is not an IP address", f"in {config_id}", node.where("privateipaddress"))
    return IpConfiguration(
        config_id,
        name_of(node, config_id),
        address,
        family,
        node.ref("subnet"),
        bool(node.flag("primary")),
        node.refs("applicationsecuritygroups"),
        node.ref("publicipaddress"),
    )


def read_vm(node: Node, vm_id: str, layer: Layer) -> None:
    profile = node.child("networkprofile")
    nics = profile.refs("networkinterfaces") if profile else ()
    location = node.text("location")
    layer.add(layer.vms, Vm(vm_id, name_of(node, vm_id), location, nics, power(node), node.tags(), node.where()))


def power(node: Node) -> str | None:
    """`running` out of the three ways Azure tells it: the instance view, `az vm list -d`, Resource Graph."""
    extended = node.child("extended") or node
    view = extended.child("instanceview") or node.child("instanceview")
    codes = [status.text("code") or "" for status in view.children("statuses")] if view else []
    state = view.child("powerstate") if view and isinstance(view.fields.get("powerstate"), dict) else None
    codes.append((state.text("code") if state else None) or "")
    found = next((code for code in codes if code.lower().startswith("powerstate/")), None) or node.text("powerstate")
    return found.replace("/", " ").split()[-1].lower() if found else None


def read_private_endpoint(node: Node, endpoint_id: str, layer: Layer) -> None:
    nics, asgs = node.refs("networkinterfaces"), node.refs("applicationsecuritygroups")
    endpoint = PrivateEndpoint(endpoint_id, name_of(node, endpoint_id), nics, asgs, node.where())
    layer.add(layer.endpoints, endpoint)


def read_public_ip(node: Node, ip_id: str, layer: Layer) -> None:
    sku = node.child("sku") if isinstance(node.fields.get("sku"), dict) else None
    name = sku.text("name") if sku else node.text("sku")
    layer.add(layer.public_ips, PublicIp(ip_id, name_of(node, ip_id), name, node.text("ipaddress"), node.where()))
