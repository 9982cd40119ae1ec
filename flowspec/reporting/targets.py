"""Spec + inventory -> what each group resolved to."""

from __future__ import annotations

from collections.abc import Iterator

from flowspec.intents.case import network_of
from flowspec.intents.groups import Groups
from flowspec.model.documents.targets import FORMAT_VERSION, Candidate, Target, Targets
from flowspec.model.inventory import Inventory
from flowspec.model.spec import Spec
from flowspec.reporting.plan import LineLookup, problem
from flowspec.reporting.sensitive import without_secrets
from flowspec.sets.intervals import AddressSet
from flowspec.version import __version__


def targets_of(spec: Spec, inventory: Inventory, located: LineLookup, *, uncovered: bool = False) -> Targets:
    """Every group of the spec; `located` finds the line of a place. `uncovered`: who no boundary is around."""
    groups = Groups(spec, network_of(spec, inventory))
    found = tuple(_target(groups, name, located) for name in spec.groups)
    left = tuple(uncovered_of(groups)) if uncovered else None
    document = Targets(format_version=FORMAT_VERSION, flowspec_version=__version__, groups=found, uncovered=left)
    return without_secrets(document, inventory.sensitive)


def uncovered_of(groups: Groups) -> Iterator[str]:
    """The NICs with an ip-configuration, and the subnets, that are surely in no group around which a boundary is.

    A subnet is covered as a whole, or where its prefixes are; a NIC also by its subnet or its address.
    """
    network = groups.network
    around = [name for b in groups.spec.boundaries.values() if b.enabled for name in b.around]
    members = [groups.members(name) for name in dict.fromkeys(around)]
    subnets = {subnet for one in members for subnet in one.subnets}
    addresses = AddressSet.of(span for one in members for span in one.addresses.spans)
    held = {id(endpoint) for one in members for endpoint in one.endpoints}
    left = {
        endpoint.nic.id: None
        for endpoint in network.endpoints
        if id(endpoint) not in held and endpoint.subnet not in subnets and endpoint.place not in addresses
    }
    left |= {nic.id: None for nic in network.inventory.nics.values() if not nic.ip_configurations}
    yield from left
    for subnet, found in sorted(network.inventory.subnets.items()):
        whole = network.subnet_addresses(subnet)
        if subnet not in subnets and not (whole and whole.is_subset(addresses)):
            yield found.id


def _target(groups: Groups, name: str, located: LineLookup) -> Target:
    members = groups.members(name)
    group = groups.spec.groups[name]
    return Target(
        address=group.address,
        nics=tuple(dict.fromkeys(e.nic.id for e in members.endpoints)),
        subnets=tuple(groups.network.inventory.subnets[s].id for s in members.subnets),
        frontends=group.frontends,
        prefixes=group.prefixes,
        service_tags=group.service_tags,
        maybe=tuple(Candidate(id=m.id, reason=m.reason) for m in members.maybe),
        problems=tuple(problem(p, located) for p in members.problems),
    )
