"""A merged Contribution -> Inventory: references joined, effective answers placed, what is missing told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from flowspec.counting import counted
from flowspec.errors import Where
from flowspec.model.inventory import Inventory, Lack, Nic, Nsg, Origin, Rule, Subnet, Unlisted, balancer_of, key, lack
from flowspec.sources import arm_id, assumptions, contradictions, essential, placing, service_tags
from flowspec.sources.contradictions import contradict
from flowspec.sources.contribution import PARTS, Contribution, PrivateEndpoint, place
from flowspec.sources.essential import SUBNET, VM
from flowspec.sources.fresh import join_peerings, settle_fresh
from flowspec.sources.notes import Notes, some
from flowspec.sources.rules import conflicts, namesakes


def complete(into: Contribution, origins: Iterable[Origin]) -> Inventory:
    """The inventory of a merged contribution; problems go to its notes."""
    settle_fresh(into)
    join_peerings(into)
    join_machines(into)
    join_endpoints(into)
    name_subnets(into)
    machines_without_nics(into)
    assumptions.settle(into)
    note_conflicts(into)
    absent = list(note_missing(into))
    note_states(into)
    note_unmodelled(into)
    placed = placing.put(into)
    contradict(into)
    unlisted = tuple(find_unlisted(into))
    gaps = (*absent, *note_lacks(into))
    tags = service_tags.combine(into.service_tags, into.notes)
    return Inventory(
        vnets=into.upserts.vnets,
        subnets=into.upserts.subnets,
        nics=into.upserts.nics,
        vms=into.upserts.vms,
        nsgs=into.upserts.nsgs,
        asgs=into.upserts.asgs,
        route_tables=into.upserts.route_tables,
        gateways=into.upserts.gateways,
        local_gateways=into.upserts.local_gateways,
        connections=into.upserts.connections,
        public_ips=into.upserts.public_ips,
        balancers=into.upserts.balancers,
        watchers=into.upserts.watchers,
        admin_rules=placed.admin_rules,
        expansions=placed.expansions,
        service_tags=tags,
        unlisted=unlisted,
        unread=tuple(dict.fromkeys(into.unread)),
        unmodelled=tuple((kind, name) for (kind, _), name in sorted(into.unmodelled.items())),
        unplaced=placed.unplaced,
        tagged=tuple(into.tagged),
        gaps=gaps,
        assumed=tuple(dict.fromkeys(into.assumed)),
        sensitive=frozenset(into.sensitive),
        origins=tuple(origins),
        problems=into.notes.problems,
    )


def join_machines(into: Contribution) -> None:
    """A VM and its NICs name each other; one of the two may come from a source that leaves it out."""
    for vm in into.upserts.vms.values():
        for nic_id in vm.nics:
            nic = into.upserts.nics.get(key(nic_id))
            if nic is not None and nic.vm is None:
                left = tuple(one for one in nic.lacks if one.field != "vm")
                into.upserts.nics[key(nic_id)] = replace(nic, vm=vm.id, lacks=left)
    found: dict[str, list[str]] = {}
    for nic in into.upserts.nics.values():
        if nic.vm is not None:
            found.setdefault(key(nic.vm), []).append(nic.id)
    for at, vm in into.upserts.vms.items():
        if not vm.nics and at in found:
            left = tuple(one for one in vm.lacks if one.field != "nics")
            into.upserts.vms[at] = replace(vm, nics=tuple(found[at]), lacks=left)


def machines_without_nics(into: Contribution) -> None:
    """A VM without any NIC: Azure has none, so its NICs are not in the inventory."""
    for at, vm in into.upserts.vms.items():
        if not vm.nics and lack(vm, "nics") is None:
            reason = f"no NIC of the VM {vm.name} is in the inventory"
            into.upserts.vms[at] = replace(vm, lacks=(*vm.lacks, Lack("nics", reason, f"add {VM.export}")))


def join_endpoints(into: Contribution) -> None:
    """A private endpoint gives its NIC its application security groups; either may name the other."""
    for endpoint in into.upserts.endpoints.values():
        for nic_id in endpoint.nics:
            into.endpoint_nics.setdefault(key(nic_id), endpoint.id)
    for at, endpoint_id in into.endpoint_nics.items():
        nic, owner = into.upserts.nics.get(at), into.upserts.endpoints.get(key(endpoint_id))
        if nic is not None:
            into.upserts.nics[at] = in_groups(replace(nic, private_endpoint=True), owner)


def in_groups(nic: Nic, owner: PrivateEndpoint | None) -> Nic:
    """The NIC of a private endpoint in the endpoint's application security groups."""
    missing = lack(owner, "asgs") if owner is not None else None
    if owner is None or not (owner.asgs or missing):
        return nic
    configs = (
        replace(c, asgs=tuple(dict.fromkeys(c.asgs + owner.asgs)), lacks=(*c.lacks, missing) if missing else c.lacks)
        for c in nic.ip_configurations
    )
    return replace(nic, ip_configurations=tuple(configs))


def name_subnets(into: Contribution) -> None:
    """Subnets that only others name become entries of which nothing is known."""
    named = [c.subnet for nic in into.upserts.nics.values() for c in nic.ip_configurations]
    named += [subnet for gateway in into.upserts.gateways.values() for subnet in gateway.subnets]
    named += [e.scope for e in into.effective.values() if e.scope and "/subnets/" in e.scope.lower()]
    for subnet_id in named:
        if subnet_id is not None and key(subnet_id) not in into.upserts.subnets:
            subnet = Subnet(id=subnet_id, name=arm_id.name(subnet_id), vnet=arm_id.parent(subnet_id), known=False)
            into.upserts.subnets[key(subnet_id)] = subnet


def find_unlisted(into: Contribution) -> Iterator[Unlisted]:
    """What a subnet lists and no NIC of the inventory has (azure.md A14)."""
    listed = {key(config.id) for nic in into.upserts.nics.values() for config in nic.ip_configurations}
    listed |= {key(endpoint) for at, endpoint in into.endpoint_nics.items() if at in into.upserts.nics}
    for subnet in into.upserts.subnets.values():
        for attached in subnet.attached:
            if key(attached) not in listed:
                yield Unlisted(attached, subnet.id)
    for subnet_id, endpoint in into.attached:
        yield Unlisted(endpoint, subnet_id)


def note_lacks(into: Contribution) -> Iterator[str]:
    """Tells what documents do not say, once for each property; the same in words for the inventory."""
    found: dict[tuple[str, str], dict[str, Where | None]] = {}
    for one, where in every_lack(into):
        what = one.reason.partition(" of the ")[0] if one.reason.startswith(essential.LACKS) else one.reason
        group = (what, one.settle)
        found.setdefault(group, {}).setdefault(one.reason, where)
    for (what, settle), places in found.items():
        reason, where = next(iter(places.items()))
        names = [told.partition(" of the ")[2] for told in places]
        words = reason if len(places) == 1 else f"{what} of {len(places)} resources: {some(names)}"
        if settle != contradictions.SETTLE:  # told with both places already
            into.notes.warning(words, f"what hinges on it is unknown; {settle}" if settle else "", where)
        yield words


def every_lack(into: Contribution) -> Iterator[tuple[Lack, Where | None]]:
    """What is not known of each resource and of its children, and where that resource stands."""
    for table in into.upserts.every():
        for resource in table.values():
            yield from ((one, resource.where) for one in getattr(resource, "lacks", ()))
            if isinstance(resource, Subnet) and not resource.known and lack(resource, "known") is None:
                reason = f"{essential.LACKS}addressPrefix of the subnet {resource.name}"
                if resource.where is not None:
                    yield Lack("known", reason, f"add {SUBNET.export}"), resource.where
            for name in PARTS.get(type(resource), ()):
                yield from ((one, resource.where) for child in getattr(resource, name) for one in child.lacks)


def note_conflicts(into: Contribution) -> None:
    """Refuses rules of one priority or name; those that are yet to be applied Azure will not take as they are."""
    for at, nsg in into.upserts.nsgs.items():
        for told, reason, second in _conflicts_of(nsg):
            if second.where is not None and second.where.address:
                into.notes.warning(told, f"Azure will refuse one of them when it is applied, in {nsg.id}", second.where)
                kept = into.upserts.nsgs[at]
                into.upserts.nsgs[at] = replace(kept, lacks=(*kept.lacks, Lack("rules", reason, "mend them")))
            else:
                into.notes.error(told, f"in {nsg.id}", second.where)


def _conflicts_of(nsg: Nsg) -> Iterator[tuple[str, str, Rule]]:
    """What two rules of an NSG share and may not, in Azure's words and in ours; the second of them."""
    for first, second in conflicts(nsg.rules):
        told = f"SecurityRuleConflict: Security rule {second.name} conflicts with rule {first.name}."
        reason = f"{first.name} and {second.name} of {nsg.name} have one priority"
        yield f"{told} Rules cannot have the same Priority and Direction.", reason, second
    for first, second in namesakes(nsg.rules):
        told = f"DuplicateResourceName: Resource {nsg.id} has two child resources with the same name ({second.name})."
        yield told, f"{first.name} and {second.name} of {nsg.name} have one name", second


def note_missing(into: Contribution) -> Iterator[str]:
    """Tells what is named but not in the inventory, once for each absent resource; those that verdicts rest on."""
    nsgs = [(s.nsg, f"subnet {s.name}", s.where) for s in into.upserts.subnets.values()]
    nsgs += [(n.nsg, f"NIC {n.name}", n.where) for n in into.upserts.nics.values()]
    tables = [(s.route_table, f"subnet {s.name}", s.where) for s in into.upserts.subnets.values()]
    subnets = [(c.subnet, f"NIC {n.name}", n.where) for n in into.upserts.nics.values() for c in n.ip_configurations]
    vnets = [(s.vnet, f"subnet {s.name}", s.where) for s in into.upserts.subnets.values() if s.known]
    vms = [(n.vm, f"NIC {n.name}", n.where) for n in into.upserts.nics.values()]
    nics = [(nic, f"VM {vm.name}", vm.where) for vm in into.upserts.vms.values() for nic in vm.nics]
    ips = [(c.public_ip, f"NIC {n.name}", n.where) for n in into.upserts.nics.values() for c in n.ip_configurations]
    known = {at for at, subnet in into.upserts.subnets.items() if subnet.known or lack(subnet, "known") is not None}
    yield from missing("NSG", nsgs, into.upserts.nsgs, into.notes)
    yield from missing("route table", tables, into.upserts.route_tables, into.notes)
    yield from missing("subnet", subnets, known, into.notes)
    yield from missing("VNet", vnets, into.upserts.vnets, into.notes)
    list(missing("VM", vms, into.upserts.vms, into.notes))
    yield from missing("NIC", nics, into.upserts.nics, into.notes)
    list(missing("public IP", ips, into.upserts.public_ips, into.notes))
    yield from missing("load balancer", behind(into), into.upserts.balancers, into.notes)


def behind(into: Contribution) -> Iterator[NamedBy]:
    """The load balancers that NICs name by a backend pool or an inbound NAT rule."""
    for nic in into.upserts.nics.values():
        for config in nic.ip_configurations:
            for part in (*config.pools, *config.nat_rules):
                yield balancer_of(part), f"NIC {nic.name}", nic.where


EXPORTS = {
    "NSG": "network nsg", "route table": "network route-table", "subnet": "network vnet", "VNet": "network vnet",
    "VM": "vm", "NIC": "network nic", "public IP": "network public-ip", "load balancer": "network lb",
}  # fmt: skip
NamedBy = tuple[str | None, str, Where | None]


def missing(kind: str, references: Iterable[NamedBy], present: Iterable[str], notes: Notes) -> Iterator[str]:
    """Notes each absent resource once, with who names it."""
    have = set(present)
    absent: dict[str, list[NamedBy]] = {}
    for reference in references:
        if reference[0] is not None and key(reference[0]) not in have:
            absent.setdefault(key(reference[0]), []).append(reference)
    for users in absent.values():
        named, (resource, _, where) = [user for _, user, _ in users], users[0]
        summary = f"{kind} {arm_id.name(str(resource))} is not in the inventory, but {some(list(dict.fromkeys(named)))}"
        detail = f"what hinges on it is unknown; add az {EXPORTS[kind]} list -o json ({resource})"
        tell = notes.warning if kind in ("NSG", "route table", "subnet", "VNet", "load balancer") else notes.info
        tell(f"{summary} {'name' if len(set(named)) > 1 else 'names'} it", detail, where)
        yield f"{kind} {arm_id.name(str(resource))}"


def note_states(into: Contribution) -> None:
    """Tells once of rules that Azure has not finished writing: they are judged as they stand."""
    odd = [f"{place(where)} ({state})" for where, state in into.states]
    if odd:
        summary = f"{counted(len(odd), 'NSG or rule is', 'NSGs or rules are')} not in the state Succeeded: {some(odd)}"
        into.notes.warning(
            summary, "they are judged as they stand; what Azure applies may be another", into.states[0][0]
        )


def note_unmodelled(into: Contribution) -> None:
    if into.unmodelled:
        numbers = Counter(kind for kind, _ in into.unmodelled)
        counts = ", ".join(f"{number} {kind}" for kind, number in sorted(numbers.items()))
        into.notes.info(f"not modelled: {counts}", "they are in the inventory's files and play no part in verdicts")
