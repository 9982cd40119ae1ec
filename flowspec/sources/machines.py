"""NICs, VMs, private endpoints and public IPs in JSON -> the model, through a Contribution."""

from __future__ import annotations

from ipaddress import ip_address

from flowspec.model.inventory import IpConfiguration, Nic, PublicIp, Tagged, Vm, key
from flowspec.sources import essential
from flowspec.sources.contribution import Claim, Contribution, PrivateEndpoint
from flowspec.sources.essential import lacking
from flowspec.sources.network import children, name_of
from flowspec.sources.node import JsonNode


def read_nic(node: JsonNode, nic_id: str, into: Contribution) -> None:
    """A NIC with its ip-configurations."""
    endpoint = node.ref("privateendpoint")
    nic = Nic(
        id=nic_id,
        name=name_of(node, nic_id),
        location=node.text("location"),
        ip_configurations=tuple(children(node, "ipconfigurations", "ipConfigurations", nic_id, read_ip_configuration)),
        nsg=node.ref("networksecuritygroup"),
        vm=node.ref("virtualmachine"),
        ip_forwarding=bool(node.flag("enableipforwarding")),
        private_endpoint=endpoint is not None,
        tags=node.tags(),
        lacks=lacking(node, essential.NIC, nic_id),
        where=node.where(),
    )
    into.add(into.upserts.nics, nic)
    if endpoint is not None:
        into.endpoint_nics[key(nic_id)] = endpoint


def read_ip_configuration(node: JsonNode, config_id: str) -> IpConfiguration:
    """An ip-configuration: its address, subnet, ASGs and what is in front of it."""
    address = node.text("privateipaddress")
    family = 6 if (node.text("privateipaddressversion") or "").lower() == "ipv6" else 4
    if address is not None:
        try:
            family = ip_address(address).version
        except ValueError:
            node.notes.error(f"{address} is not an IP address", f"in {config_id}", node.where("privateipaddress"))
    lacks = lacking(node, essential.IP_CONFIGURATION, config_id)
    return IpConfiguration(
        id=config_id,
        name=name_of(node, config_id),
        address=address,
        family=family,
        subnet=node.ref("subnet"),
        primary=bool(node.flag("primary")),
        asgs=node.refs("applicationsecuritygroups"),
        public_ip=node.ref("publicipaddress"),
        pools=node.refs("loadbalancerbackendaddresspools"),
        nat_rules=node.refs("loadbalancerinboundnatrules"),
        lacks=lacks if address is None else tuple(one for one in lacks if one.field != "family"),
    )


def read_vm(node: JsonNode, vm_id: str, into: Contribution) -> None:
    """A VM: its NICs, and whether it runs."""
    profile = node.child("networkprofile")
    nics = profile.refs("networkinterfaces") if profile else ()
    lacks = lacking(node, essential.VM, vm_id)
    if "tags" in node.fields and not node.held("tags"):
        lacks = tuple(one for one in lacks if one.field != "tags")
    vm = Vm(
        id=vm_id,
        name=name_of(node, vm_id),
        location=node.text("location"),
        nics=nics,
        power=power(node),
        tags=node.tags(),
        lacks=lacks,
        where=node.where(),
    )
    into.add(into.upserts.vms, vm)


def read_scale_set(node: JsonNode, set_id: str, into: Contribution) -> None:
    """A scale set whose instances' NICs are not modelled by themselves: its tags may be what a group asks for."""
    into.unmodelled["microsoft.compute/virtualmachinescalesets", key(set_id)] = name_of(node, set_id)
    into.tagged.append(Tagged(set_id, node.tags()))


def power(node: JsonNode) -> str | None:
    """`running` out of the three ways Azure tells it: the instance view, `az vm list -d`, Resource Graph."""
    extended = node.child("extended") or node
    view = extended.child("instanceview") or node.child("instanceview")
    codes = [status.text("code") or "" for status in view.children("statuses")] if view else []
    state = view.child("powerstate") if view and isinstance(view.fields.get("powerstate"), dict) else None
    codes.append((state.text("code") if state else None) or "")
    found = next((code for code in codes if code.lower().startswith("powerstate/")), None) or node.text("powerstate")
    words = found.replace("/", " ").split() if found else []
    return words[-1].lower() if words else None


def read_private_endpoint(node: JsonNode, endpoint_id: str, into: Contribution) -> None:
    """A private endpoint: the NICs that Azure made for it, and its ASGs."""
    nics, asgs = node.refs("networkinterfaces"), node.refs("applicationsecuritygroups")
    endpoint = PrivateEndpoint(
        id=endpoint_id,
        name=name_of(node, endpoint_id),
        nics=nics,
        asgs=asgs,
        lacks=lacking(node, essential.PRIVATE_ENDPOINT, endpoint_id),
        where=node.where(),
    )
    into.add(into.upserts.endpoints, endpoint)


def read_public_ip(node: JsonNode, ip_id: str, into: Contribution) -> None:
    """A public IP: its address and SKU, on which hangs whether it is open without an NSG."""
    sku = node.child("sku") if isinstance(node.fields.get("sku"), dict) else None
    name = sku.text("name") if sku else node.text("sku")
    into.add(
        into.upserts.public_ips,
        PublicIp(id=ip_id, name=name_of(node, ip_id), sku=name, address=node.text("ipaddress"), where=node.where()),
    )
    config = node.ref("ipconfiguration")
    if config is not None:
        into.claims.append(Claim(config, "public_ip", ip_id, node.where()))
