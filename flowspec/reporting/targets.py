"""Spec + inventory -> what each group resolved to."""

from __future__ import annotations

from flowspec.intents.case import network_of
from flowspec.intents.groups import Groups
from flowspec.model.documents.targets import FORMAT_VERSION, Candidate, Target, Targets
from flowspec.model.inventory import Inventory
from flowspec.model.spec import Spec
from flowspec.reporting.plan import LineLookup, problem
from flowspec.version import __version__


def targets_of(spec: Spec, inventory: Inventory, located: LineLookup) -> Targets:
    """Every group of the spec; `located` finds the line of a problem's place."""
    groups = Groups(spec, network_of(spec, inventory))
    found = tuple(_target(groups, name, located) for name in spec.groups)
    return Targets(format_version=FORMAT_VERSION, flowspec_version=__version__, groups=found)


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
