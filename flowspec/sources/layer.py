"""What one source says -> a Layer: resources by id, a resource told twice, and what has to wait for the others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from flowspec.errors import Where
from flowspec.model.inventory import (
    AZURE_DEFAULT_RULES,
    Asg,
    Connection,
    Gateway,
    LoadBalancer,
    LocalGateway,
    Nic,
    Nsg,
    PublicIp,
    RouteTable,
    Rule,
    ServiceTags,
    Subnet,
    VirtualNetwork,
    Vm,
    Watcher,
    key,
)
from flowspec.sources.notes import Notes


class Resource(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def where(self) -> Where | None: ...


R = TypeVar("R", bound=Resource)

TABLES = (
    "vnets", "subnets", "nics", "vms", "nsgs", "asgs", "route_tables", "gateways", "local_gateways", "connections",
    "public_ips", "balancers", "watchers",
)  # fmt: skip

SILENT = ("location", "power", "sku", "private_endpoint_policies")
"""Fields whose None says nothing, so that a copy without them does not contradict one with them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A child resource that came without its parent: a rule, a route, a peering or an ip-configuration."""

    parent: str
    value: Any
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateEndpoint:
    id: str
    name: str
    nics: tuple[str, ...] = ()
    asgs: tuple[str, ...] = ()
    where: Where | None = field(default=None, compare=False)


@dataclass(slots=True, kw_only=True)
class Effective:
    """An effective answer. `scope` is the id of the NIC, subnet or VNet it names, None when it names none.

    It may hold rules of `nsg`, tag expansions, learned prefixes (of effective routes), or security admin rules.
    """

    where: Where
    scope: str | None = None
    nsg: str | None = None
    rules: tuple[Rule, ...] = ()
    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    learned: list[str] | None = None
    admin_rules: list[Rule] | None = None


@dataclass(slots=True, kw_only=True)
class Layer:
    """The resources of one source, keyed by `key(id)`. `whole` holds the VNets that list all their subnets.

    `unmodelled`: (type in lower case, key) of resources that nobody reads -> name.
    """

    notes: Notes
    vnets: dict[str, VirtualNetwork] = field(default_factory=dict)
    subnets: dict[str, Subnet] = field(default_factory=dict)
    nics: dict[str, Nic] = field(default_factory=dict)
    vms: dict[str, Vm] = field(default_factory=dict)
    nsgs: dict[str, Nsg] = field(default_factory=dict)
    asgs: dict[str, Asg] = field(default_factory=dict)
    route_tables: dict[str, RouteTable] = field(default_factory=dict)
    gateways: dict[str, Gateway] = field(default_factory=dict)
    local_gateways: dict[str, LocalGateway] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    public_ips: dict[str, PublicIp] = field(default_factory=dict)
    balancers: dict[str, LoadBalancer] = field(default_factory=dict)
    watchers: dict[str, Watcher] = field(default_factory=dict)
    endpoints: dict[str, PrivateEndpoint] = field(default_factory=dict)
    endpoint_nics: dict[str, str] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    parts: list[Part] = field(default_factory=list)
    effective: dict[tuple[str, str], Effective] = field(default_factory=dict)
    service_tags: list[ServiceTags] = field(default_factory=list)
    unmodelled: dict[tuple[str, str], str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    resources: int = 0
    taken_at: str | None = None

    def add(self, table: dict[str, R], value: R) -> None:
        """Adds a resource; the same one twice in a source must say the same."""
        at = key(value.id)
        known = table.setdefault(at, value)
        if known is not value and known != value:
            table[at] = self._agree(known, value)

    def _agree(self, known: R, value: R) -> R:
        for one, other in ((known, value), (value, known)):
            if fill(one, other) == fill(other, one):
                return fill(one, other)
        self.notes.error(
            f"{value.name} is in this source twice with different contents: {value.id}",
            f"the other one is at {place(known.where)}; keep one, or give them as two sources (the later one counts)",
            value.where,
        )
        return known


def fill(value: R, other: R) -> R:
    """`value`, with what it does not say taken from `other`."""
    missing: dict[str, Any] = {
        name: getattr(other, name) for name in SILENT if hasattr(value, name) and getattr(value, name) is None
    }
    if isinstance(value, Nsg) and isinstance(other, Nsg) and value.default_rules is AZURE_DEFAULT_RULES:
        missing["default_rules"] = other.default_rules
    return replace(value, **missing) if missing else value  # type: ignore[type-var]


def place(where: Where | None) -> str:
    """A place for the middle of a sentence: the file and the pointer inside it."""
    return f"{where.file}{'#' + where.pointer if where.pointer else ''}" if where else "an unknown place"
