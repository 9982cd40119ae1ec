"""What one source says -> a Contribution: resources by id, what it changes of others, and what has to wait for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, TypeVar

from flowspec.errors import Where
from flowspec.model.inventory import (
    AZURE_DEFAULT_RULES,
    Asg,
    Connection,
    Gateway,
    Lack,
    LoadBalancer,
    LocalGateway,
    Nic,
    Nsg,
    Origin,
    PublicIp,
    RouteTable,
    Rule,
    ServiceTags,
    Subnet,
    Tagged,
    VirtualNetwork,
    Vm,
    Watcher,
    key,
    lack,
)
from flowspec.model.templates import NO_TEMPLATES, TemplateOptions
from flowspec.sources.essential import is_absent
from flowspec.sources.files import Budget
from flowspec.sources.jsontext import JsonText
from flowspec.sources.notes import Notes


class Resource(Protocol):
    """What all resources have: an id, a name and their place in a file."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def where(self) -> Where | None: ...


R = TypeVar("R", bound=Resource)

SILENT = ("location", "power", "sku", "private_endpoint_policies", "address", "state", "remote_vnet")
"""Fields whose None says nothing, so that a copy without them does not contradict one with them."""


PARTS: dict[type, tuple[str, ...]] = {
    Nic: ("ip_configurations",), VirtualNetwork: ("peerings",), LoadBalancer: ("frontends", "rules"),
}  # fmt: skip
"""The fields whose children may lack something of their own."""

ParentTable = Literal["nsgs", "vnets", "nics", "route_tables", "balancers"]


@dataclass(frozen=True, slots=True)
class LooseChild:
    """A child resource that came without its parent: a rule, a route, a part of a load balancer and the like."""

    parent: str
    value: Any
    where: Where


@dataclass(frozen=True, slots=True)
class Documents:
    """What stands in the sources: top-level resources by `key(id)`, service tags by `key(name)`."""

    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    tags: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateEndpoint:
    """A private endpoint, by the NICs that Azure made for it."""

    id: str
    name: str
    nics: tuple[str, ...] = ()
    asgs: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()
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


@dataclass(frozen=True, slots=True)
class FieldPatch:
    """Fields of a resource of an earlier source that change, by their names in the model: the NSG of a subnet.

    An ip-configuration is one, too, by its own id.
    """

    id: str
    fields: tuple[tuple[str, Any], ...]
    where: Where | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A group, a backend pool or a NAT rule that a NIC of an earlier source is put into, or taken out of if `gone`.

    `field` is its name in the model, `config` the ip-configuration, None all of them.
    """

    nic: str
    config: str | None
    field: str
    value: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class WrittenList:
    """A list of children that is written as a whole: those of other `names` (folded) go, surely or perhaps."""

    field: Literal["rules", "routes"]
    names: frozenset[str]
    surely: bool
    writer: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What a resource says of another: that its `field` names the resource (`value`, an id)."""

    id: str
    field: str
    value: str
    where: Where


@dataclass(slots=True, kw_only=True)
class Tables:
    """The resources of each type, keyed by `key(id)`."""

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

    def of(self, name: ParentTable) -> dict[str, Any]:
        """The table of the resources that have children."""
        match name:
            case "vnets":
                return self.vnets
            case "nics":
                return self.nics
            case "nsgs":
                return self.nsgs
            case "route_tables":
                return self.route_tables
            case "balancers":
                return self.balancers

    def every(self) -> tuple[dict[str, Any], ...]:
        """All tables, in one order."""
        return tuple(getattr(self, name) for name in self.__slots__)


@dataclass(slots=True, kw_only=True)
class Contribution:
    """What one source adds to the network, and what it changes of those before it; applied in the order of sources.

    `kept` are resources that it leaves as they are: they count where no earlier source (`below`) has them. `upserts`
    add or replace, `parts` are children that come without their parent, `patches` and `memberships` change fields,
    `deletes` (keys of ids) take away, `written` (by key) are lists that are written as a whole, and
    `unknown_after_apply` (by key) is what nobody knows yet of a resource once all of it is applied; `anywhere` is not
    known of any resource of a table. `attached` are endpoints in subnets (ids) without a NIC of their own, `assumed` is
    what it takes for true, in words. `whole` holds the VNets that list all their subnets, `claims` what resources say
    of each other. `raw` are the resources as they stand in the source, where they were asked for. `templates` and
    `parameter_files` say how a template is deployed, `beside` are the origins of those files and of linked templates,
    `budget` the bytes that may still be read. `ahead`: it tells of the network as it will be; `redeploys`: security
    admin rules, or where they hold, will be others. `fresh` (keys) are resources that are written anew: what they do
    not set is none, unless an earlier source has it.
    """

    notes: Notes
    upserts: Tables = field(default_factory=Tables)
    kept: Tables = field(default_factory=Tables)
    below: Sequence[Contribution] = ()
    deletes: set[str] = field(default_factory=set)
    patches: list[FieldPatch] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    written: dict[str, WrittenList] = field(default_factory=dict)
    unknown_after_apply: dict[str, tuple[Lack, ...]] = field(default_factory=dict)
    anywhere: list[tuple[str, Lack]] = field(default_factory=list)
    attached: list[tuple[str, str]] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    sensitive: set[str] = field(default_factory=set)
    parts: list[LooseChild] = field(default_factory=list)
    endpoint_nics: dict[str, str] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    claims: list[Claim] = field(default_factory=list)
    effective: dict[tuple[str, str], Effective] = field(default_factory=dict)
    admin_configuration: list[Rule | None] = field(default_factory=list)
    service_tags: list[ServiceTags] = field(default_factory=list)
    unmodelled: dict[tuple[str, str], str] = field(default_factory=dict)
    tagged: list[Tagged] = field(default_factory=list)
    states: list[tuple[Where, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    resources: int = 0
    taken_at: str | None = None
    raw: Documents | None = None
    origin: Origin | None = None
    templates: TemplateOptions = NO_TEMPLATES
    parameter_files: tuple[JsonText, ...] = ()
    beside: tuple[Origin, ...] = ()
    budget: Budget = field(default_factory=Budget)
    fresh: set[str] = field(default_factory=set)
    ahead: bool = False
    redeploys: bool = False

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
    """`value`, with what it does not say taken from `other`; what it says nobody knows is not known."""
    if isinstance(value, Subnet) and isinstance(other, Subnet) and not value.known and lack(value, "known") is None:
        return other
    missing: dict[str, Any] = {
        name: getattr(other, name) for name in SILENT if hasattr(value, name) and getattr(value, name) is None
    }
    if isinstance(value, Nsg) and isinstance(other, Nsg) and value.default_rules is AZURE_DEFAULT_RULES:
        missing["default_rules"] = other.default_rules
    lacks: tuple[Lack, ...] = getattr(value, "lacks", ())
    if lacks:
        stays = {one.field for one in getattr(other, "lacks", ())} | {one.field for one in lacks if not is_absent(one)}
        filled = [one.field for one in lacks if one.field not in stays]
        missing |= {name: _joined(value, other, name) for name in filled if hasattr(value, name)}
        missing["lacks"] = tuple(one for one in lacks if one.field in stays)
    for name in PARTS.get(type(value), ()):
        children = getattr(value, name)
        if any(child.lacks for child in children):
            missing[name] = tuple(_filled(children, getattr(other, name)))
    return replace(value, **missing) if missing else value  # type: ignore[type-var]


def _filled(children: Iterable[Any], before: Iterable[Any]) -> Iterator[Any]:
    """Children of which not all is known, with the rest as an earlier source has it."""
    known = {key(child.id): child for child in before}
    for child in children:
        yield fill(child, known[key(child.id)]) if child.lacks and key(child.id) in known else child


def _joined(value: Any, other: Any, name: str) -> Any:
    """What the other says of a field; children that came on their own stand in the place of those of their names."""
    mine, theirs = getattr(value, name), getattr(other, name)
    if not mine or not isinstance(mine, tuple) or not hasattr(mine[0], "name"):
        return theirs
    named = {child.name.lower(): child for child in (*theirs, *mine)}
    return tuple(named.values())


def place(where: Where | None) -> str:
    """A place for the middle of a sentence: the file and the pointer inside it."""
    return f"{where.file}{'#' + where.pointer if where.pointer else ''}" if where else "an unknown place"
