"""A merged Layer -> Inventory: references joined, effective answers placed, what is missing told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from flowspec.errors import Where
from flowspec.model.inventory import Inventory, Nic, Origin, Subnet, Unlisted, balancer_of, key
from flowspec.sources import arm_id, placing, service_tags
from flowspec.sources.layer import Layer
from flowspec.sources.notes import Notes, some
from flowspec.sources.rules import conflicts


def complete(layer: Layer, origins: Iterable[Origin]) -> Inventory:
    """The inventory of a merged layer; problems go to the layer's notes."""
    join_machines(layer)
    join_endpoints(layer)
    name_subnets(layer)
    note_conflicts(layer)
    note_missing(layer)
    note_unmodelled(layer)
    expansions, admin_rules = placing.put(layer)
    unlisted = tuple(find_unlisted(layer))
    return Inventory(
        vnets=layer.vnets,
        subnets=layer.subnets,
        nics=layer.nics,
        vms=layer.vms,
        nsgs=layer.nsgs,
        asgs=layer.asgs,
        route_tables=layer.route_tables,
        gateways=layer.gateways,
        local_gateways=layer.local_gateways,
        connections=layer.connections,
        public_ips=layer.public_ips,
        balancers=layer.balancers,
        watchers=layer.watchers,
        admin_rules=admin_rules,
        expansions=expansions,
        service_tags=service_tags.combine(layer.service_tags),
        unlisted=unlisted,
        unread=tuple(dict.fromkeys(layer.unread)),
        unmodelled=tuple((kind, name) for (kind, _), name in sorted(layer.unmodelled.items())),
        origins=tuple(origins),
        problems=layer.notes.problems,
    )


def join_machines(layer: Layer) -> None:
    """A VM and its NICs name each other; one of the two may come from a source that leaves it out."""
    for vm in layer.vms.values():
        for nic_id in vm.nics:
            nic = layer.nics.get(key(nic_id))
            if nic is not None and nic.vm is None:
                layer.nics[key(nic_id)] = replace(nic, vm=vm.id)
    found: dict[str, list[str]] = {}
    for nic in layer.nics.values():
        if nic.vm is not None:
            found.setdefault(key(nic.vm), []).append(nic.id)
    for at, vm in layer.vms.items():
        if not vm.nics and at in found:
            layer.vms[at] = replace(vm, nics=tuple(found[at]))


def join_endpoints(layer: Layer) -> None:
    """A private endpoint gives its NIC its application security groups; either may name the other."""
    for endpoint in layer.endpoints.values():
        for nic_id in endpoint.nics:
            layer.endpoint_nics.setdefault(key(nic_id), endpoint.id)
    for at, endpoint_id in layer.endpoint_nics.items():
        nic, owner = layer.nics.get(at), layer.endpoints.get(key(endpoint_id))
        if nic is not None:
            layer.nics[at] = in_groups(replace(nic, private_endpoint=True), owner.asgs if owner else ())


def in_groups(nic: Nic, asgs: tuple[str, ...]) -> Nic:
    configs = (replace(config, asgs=tuple(dict.fromkeys(config.asgs + asgs))) for config in nic.ip_configurations)
    return replace(nic, ip_configurations=tuple(configs)) if asgs else nic


def name_subnets(layer: Layer) -> None:
    """Subnets that only others name become entries of which nothing is known."""
    named = [c.subnet for nic in layer.nics.values() for c in nic.ip_configurations]
    named += [subnet for gateway in layer.gateways.values() for subnet in gateway.subnets]
    named += [e.scope for e in layer.effective.values() if e.scope and "/subnets/" in e.scope.lower()]
    for subnet_id in named:
        if subnet_id is not None and key(subnet_id) not in layer.subnets:
            subnet = Subnet(id=subnet_id, name=arm_id.name(subnet_id), vnet=arm_id.parent(subnet_id), known=False)
            layer.subnets[key(subnet_id)] = subnet


def find_unlisted(layer: Layer) -> Iterator[Unlisted]:
    """What a subnet lists and no NIC of the inventory has (azure.md A14)."""
    listed = {key(config.id) for nic in layer.nics.values() for config in nic.ip_configurations}
    listed |= {key(endpoint) for at, endpoint in layer.endpoint_nics.items() if at in layer.nics}
    for subnet in layer.subnets.values():
        for attached in subnet.attached:
            if key(attached) not in listed:
                yield Unlisted(attached, subnet.id)


def note_conflicts(layer: Layer) -> None:
    for nsg in layer.nsgs.values():
        for first, second in conflicts(nsg.rules):
            message = f"Security rule {second.name} conflicts with rule {first.name}."
            advice = "Rules cannot have the same Priority and Direction."
            layer.notes.error(f"SecurityRuleConflict: {message} {advice}", f"in {nsg.id}", second.where)


def note_missing(layer: Layer) -> None:
    """Tells what is named but not in the inventory, once for each absent resource."""
    nsgs = [(s.nsg, f"subnet {s.name}", s.where) for s in layer.subnets.values()]
    nsgs += [(n.nsg, f"NIC {n.name}", n.where) for n in layer.nics.values()]
    tables = [(s.route_table, f"subnet {s.name}", s.where) for s in layer.subnets.values()]
    subnets = [(c.subnet, f"NIC {n.name}", n.where) for n in layer.nics.values() for c in n.ip_configurations]
    vnets = [(s.vnet, f"subnet {s.name}", s.where) for s in layer.subnets.values() if s.known]
    vms = [(n.vm, f"NIC {n.name}", n.where) for n in layer.nics.values()]
    nics = [(nic, f"VM {vm.name}", vm.where) for vm in layer.vms.values() for nic in vm.nics]
    ips = [(c.public_ip, f"NIC {n.name}", n.where) for n in layer.nics.values() for c in n.ip_configurations]
    known = {at for at, subnet in layer.subnets.items() if subnet.known}
    missing("NSG", nsgs, layer.nsgs, layer.notes)
    missing("route table", tables, layer.route_tables, layer.notes)
    missing("subnet", subnets, known, layer.notes)
    missing("VNet", vnets, layer.vnets, layer.notes)
    missing("VM", vms, layer.vms, layer.notes)
    missing("NIC", nics, layer.nics, layer.notes)
    missing("public IP", ips, layer.public_ips, layer.notes)
    missing("load balancer", behind(layer), layer.balancers, layer.notes)


def behind(layer: Layer) -> Iterator[Reference]:
    """The load balancers that NICs name by a backend pool or an inbound NAT rule."""
    for nic in layer.nics.values():
        for config in nic.ip_configurations:
            for part in (*config.pools, *config.nat_rules):
                yield balancer_of(part), f"NIC {nic.name}", nic.where


EXPORTS = {
    "NSG": "network nsg", "route table": "network route-table", "subnet": "network vnet", "VNet": "network vnet",
    "VM": "vm", "NIC": "network nic", "public IP": "network public-ip", "load balancer": "network lb",
}  # fmt: skip
Reference = tuple[str | None, str, Where | None]


def missing(kind: str, references: Iterable[Reference], present: Iterable[str], notes: Notes) -> None:
    have = set(present)
    absent: dict[str, list[Reference]] = {}
    for reference in references:
        if reference[0] is not None and key(reference[0]) not in have:
            absent.setdefault(key(reference[0]), []).append(reference)
    for users in absent.values():
        named, (resource, _, where) = [user for _, user, _ in users], users[0]
        summary = f"{kind} {arm_id.name(str(resource))} is not in the inventory, but {some(list(dict.fromkeys(named)))}"
        detail = f"what hinges on it is unknown; add az {EXPORTS[kind]} list -o json ({resource})"
        tell = notes.warning if kind in ("NSG", "route table", "subnet", "VNet", "load balancer") else notes.info
        tell(f"{summary} {'name' if len(set(named)) > 1 else 'names'} it", detail, where)


def note_unmodelled(layer: Layer) -> None:
    if layer.unmodelled:
        numbers = Counter(kind for kind, _ in layer.unmodelled)
        counts = ", ".join(f"{number} {kind}" for kind, number in sorted(numbers.items()))
        layer.notes.info(f"not modelled: {counts}", "they are in the inventory's files and play no part in verdicts")
