"""The network as it is, or will be: plain frozen values in Azure's own words.

Ids are kept as the resource spells them; every mapping of `Inventory` is keyed by `key(id)`, since Azure's names match
in any letter case. What an inventory does not say is None (or begins with `UNKNOWN` where None means "there is none").
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from flowspec.errors import Problem, Where


def key(resource_id: str) -> str:
    """The form in which ids and names are compared."""
    return resource_id.casefold().rstrip("/")


def vnet_part(subnet: str) -> str:
    """The VNet's part of a subnet's id or key; "" where there is none."""
    return subnet.rpartition("/subnets/")[0]


def balancer_of(part: str) -> str | None:
    """The id of the load balancer that a pool, rule or frontend (an id) is a part of; None where it is of none."""
    segments = part.split("/")
    return "/".join(segments[:9]) if len(segments) > 9 and segments[7].casefold() == "loadbalancers" else None


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that no source says of a resource, though verdicts rest on it: what the model has there is no fact.

    `field` is the name in the model, `settle` what would bring it. `assumed`: what the model has there is taken for
    true unless an earlier source knows better, and told. `among`: the ids of which it is surely one; of a list, those
    that may be in it besides what the model has. Without any it may be anything.
    """

    field: str
    reason: str
    settle: str = ""
    assumed: bool = False
    among: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)


class Lacking(Protocol):
    """A resource that may lack something."""

    @property
    def lacks(self) -> tuple[Lack, ...]: ...


def lack(resource: Lacking, field: str) -> Lack | None:
    """Why a field of a resource is not known; None where it is. Where several things are said, it may be anything."""
    found = dict.fromkeys(one for one in resource.lacks if one.field == field) if resource.lacks else ()
    first = next(iter(found), None)
    return replace(first, among=()) if first is not None and first.among and len(found) > 1 else first


class Direction(StrEnum):
    """Seen from the NIC, as the rules of an NSG are."""

    INBOUND = "Inbound"
    OUTBOUND = "Outbound"


class Access(StrEnum):
    """What a rule does. ALWAYS_ALLOW: a security admin rule after which no NSG is asked."""

    ALLOW = "Allow"
    DENY = "Deny"
    ALWAYS_ALLOW = "AlwaysAllow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of an NSG (or a security admin rule), existing or proposed, with its fields as Azure writes them.

    Singular and plural fields are one tuple here: `sources` holds prefixes, tags and `*`; `source_asgs` ids of
    application security groups. A rule with neither sources nor source_asgs matches no address. A value that the source
    holds back (`model/unknown.py`) stands in its tuple.
    """

    name: str
    priority: int
    direction: Direction
    access: Access
    protocol: str = "*"
    sources: tuple[str, ...] = ()
    source_ports: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    destination_ports: tuple[str, ...] = ()
    source_asgs: tuple[str, ...] = ()
    destination_asgs: tuple[str, ...] = ()
    description: str = ""
    id: str = ""
    default: bool = False
    where: Where | None = field(default=None, compare=False)

    @property
    def display(self) -> str:
        """The name as ipFlowVerify spells it: `securityRules/x` or `defaultSecurityRules/x` (azure.md A2)."""
        return f"{'defaultSecurityRules' if self.default else 'securityRules'}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nsg:
    """`rules` are the user's; `default_rules` those that the resource carries, else Azure's six (azure.md B4.3)."""

    id: str
    name: str
    location: str | None = None
    rules: tuple[Rule, ...] = ()
    default_rules: tuple[Rule, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    lacks: tuple[Lack, ...] = ()
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Asg:
    """An application security group: a name for NICs, which rules use in place of addresses."""

    id: str
    name: str
    location: str | None = None
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IpConfiguration:
    """`address` None: not known. `family` 4 or 6. `public_ip` is an id.

    `pools` and `nat_rules` are ids of load balancers' backend pools and inbound NAT rules that it belongs to.
    """

    id: str
    name: str
    address: str | None
    family: int = 4
    subnet: str | None = None
    primary: bool = False
    asgs: tuple[str, ...] = ()
    public_ip: str | None = None
    pools: tuple[str, ...] = ()
    nat_rules: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Nic:
    """`vm` is the id of the VM it is attached to, if any. `nsg` None: no NSG of its own."""

    id: str
    name: str
    location: str | None = None
    ip_configurations: tuple[IpConfiguration, ...] = ()
    nsg: str | None = None
    vm: str | None = None
    ip_forwarding: bool = False
    private_endpoint: bool = False
    tags: tuple[tuple[str, str], ...] = ()
    lacks: tuple[Lack, ...] = ()
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vm:
    """`power` is the last word of `PowerState/running`, lower case; None when the source does not tell."""

    id: str
    name: str
    location: str | None = None
    nics: tuple[str, ...] = ()
    power: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    lacks: tuple[Lack, ...] = ()
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """`attached` holds the ids of its `ipConfigurations`, `privateEndpoints` and the like, as the subnet lists them.

    `private_endpoint_policies` is the property `privateEndpointNetworkPolicies`; None when it is absent.
    `known` is False for a subnet that is only named by others, and where `lacks` say why nobody knows it: its prefixes,
    NSG and routes are then not known.
    """

    id: str
    name: str
    vnet: str
    prefixes: tuple[str, ...] = ()
    nsg: str | None = None
    route_table: str | None = None
    attached: tuple[str, ...] = ()
    private_endpoint_policies: str | None = None
    known: bool = True
    lacks: tuple[Lack, ...] = ()
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peering:
    """One direction of a peering. `whole` is False when it peers only some subnets.

    `remote_prefixes` are those that Azure repeats on the peering (`remoteAddressSpace`), of use when the remote VNet is
    in a subscription that the inventory does not have.
    """

    id: str
    name: str
    remote_vnet: str | None
    state: str | None = None
    allow_access: bool = True
    allow_gateway_transit: bool = False
    use_remote_gateways: bool = False
    whole: bool = True
    remote_prefixes: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualNetwork:
    """A VNet: its address prefixes and its own half of each peering. Its subnets stand in the inventory."""

    id: str
    name: str
    location: str | None = None
    prefixes: tuple[str, ...] = ()
    peerings: tuple[Peering, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    lacks: tuple[Lack, ...] = ()
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`prefix` may be a service tag. `next_hop`: VirtualNetworkGateway, VnetLocal, Internet, VirtualAppliance, None."""

    name: str
    prefix: str
    next_hop: str
    next_hop_address: str | None = None
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable:
    """User defined routes. `bgp_propagation`: whether gateways add the routes they learn."""

    id: str
    name: str
    routes: tuple[Route, ...] = ()
    bgp_propagation: bool = True
    lacks: tuple[Lack, ...] = ()
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A virtual network gateway. `kind` is `Vpn`, `ExpressRoute` or as the resource says; `subnets` are its ids."""

    id: str
    name: str
    kind: str = "Vpn"
    subnets: tuple[str, ...] = ()
    bgp: bool = False
    client_prefixes: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalGateway:
    """A local network gateway: the on-premises prefixes behind a connection."""

    id: str
    name: str
    prefixes: tuple[str, ...] = ()
    bgp: bool = False
    lacks: tuple[Lack, ...] = ()
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Joins `gateways` (one or two virtual ones) and maybe a local gateway. `kind`: IPsec, Vnet2Vnet, ExpressRoute."""

    id: str
    name: str
    kind: str = "IPsec"
    gateways: tuple[str, ...] = ()
    local_gateway: str | None = None
    bgp: bool = False
    lacks: tuple[Lack, ...] = ()
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicIp:
    """`sku` is `Basic`, `Standard`, `StandardV2`; None when the source does not tell."""

    id: str
    name: str
    sku: str | None = None
    address: str | None = None
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontend:
    """A frontend of a load balancer: a private `address` (None: not known), or a public IP or prefix (its id)."""

    id: str
    name: str
    address: str | None = None
    public_ip: str | None = None
    subnet: str | None = None
    family: int = 4
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendPool:
    """Its members as the pool itself names them: ids of ip-configurations, and bare addresses in a VNet (an id)."""

    id: str
    name: str
    configurations: tuple[str, ...] = ()
    addresses: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerRule:
    """A load balancing rule or inbound NAT rule. Port ranges are inclusive; None: not known.

    With `floating_ip` the flow arrives at the frontend's address and port, else at the backend's (azure.md A23, B4.7).
    `protocol` is `Tcp`, `Udp` or `All`; `configurations` are ids of ip-configurations (NAT rules), `pools` of pools.
    """

    id: str
    name: str
    frontend: str | None
    protocol: str = "All"
    frontend_ports: tuple[int, int] | None = None
    backend_ports: tuple[int, int] | None = None
    floating_ip: bool = False
    pools: tuple[str, ...] = ()
    configurations: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancer:
    """`rules` are load balancing rules and inbound NAT rules alike. Outbound rules change no NSG's view (B4.7)."""

    id: str
    name: str
    frontends: tuple[Frontend, ...] = ()
    pools: tuple[BackendPool, ...] = ()
    rules: tuple[BalancerRule, ...] = ()
    lacks: tuple[Lack, ...] = ()
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Watcher:
    """A Network Watcher: it answers for the VMs of its region."""

    id: str
    name: str
    location: str | None = None
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Expansion:
    """What an effective answer says of one NIC or subnet (`scope`: its id): tag name (folded) -> prefixes.

    `learned` are the prefixes its effective routes show as learned by a gateway; None when there is no route data.
    """

    scope: str
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    learned: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Tagged:
    """A resource with NICs of its own that no type of the model has (a scale set), and its tags."""

    id: str
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Unlisted:
    """An endpoint that a subnet lists and no NIC of the inventory has (azure.md A14)."""

    id: str
    subnet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """An answer that may be about any NIC or VNet, since it does not say which: what it says may hold there.

    `name` tells it apart from others. `admin_rules` hold where a VNet has no answer of its own; None: they are not
    known either. `tags` and `learned` are as in `Expansion`.
    """

    name: str
    reason: str
    settle: str = ""
    admin_rules: tuple[Rule, ...] | None = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    learned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """One source that was read. `digest` is `sha256:…` over its bytes; `resources` how many it gave."""

    locator: str
    digest: str
    resources: int
    taken_at: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceTags:
    """Service tag data: tag name (folded) -> prefixes. `label` names the file and its change number for messages."""

    label: str = ""
    prefixes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cloud: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything known of the network. All mappings are keyed by `key(id)`.

    `admin_rules`: VNet -> its effective security admin rules; a VNet that is not a key has no answer (azure.md A15).
    `assumed`: what is taken for true though no source tells it, in words. `unread`: what could not be read (a
    subscription, a list), in words. `unmodelled`: (type in lower case, name) of resources without a part in verdicts.
    `gaps`: what the resources that were read leave open, in words. `unplaced`: effective answers, and admin rules, that
    don't say whose they are. `sensitive`: texts that are used and never shown.
    """

    vnets: Mapping[str, VirtualNetwork] = field(default_factory=dict)
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    nics: Mapping[str, Nic] = field(default_factory=dict)
    vms: Mapping[str, Vm] = field(default_factory=dict)
    nsgs: Mapping[str, Nsg] = field(default_factory=dict)
    asgs: Mapping[str, Asg] = field(default_factory=dict)
    route_tables: Mapping[str, RouteTable] = field(default_factory=dict)
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    local_gateways: Mapping[str, LocalGateway] = field(default_factory=dict)
    connections: Mapping[str, Connection] = field(default_factory=dict)
    public_ips: Mapping[str, PublicIp] = field(default_factory=dict)
    balancers: Mapping[str, LoadBalancer] = field(default_factory=dict)
    watchers: Mapping[str, Watcher] = field(default_factory=dict)
    admin_rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    expansions: Mapping[str, Expansion] = field(default_factory=dict)
    service_tags: ServiceTags = ServiceTags()
    unlisted: tuple[Unlisted, ...] = ()
    unread: tuple[str, ...] = ()
    unmodelled: tuple[tuple[str, str], ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    tagged: tuple[Tagged, ...] = ()
    gaps: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    sensitive: frozenset[str] = frozenset()
    origins: tuple[Origin, ...] = ()
    problems: tuple[Problem, ...] = ()


OTHER_LISTS = (
    "VNets", "NSGs", "application security groups", "route tables", "public IPs", "private endpoints",
    "network watchers", "virtual machines", "gateways and connections", "load balancers",
)  # fmt: skip
"""Lists of a subscription that hold no NIC, as `unread` names them: `NSGs of subscription …`."""


def may_hold_nics(unread: str) -> bool:
    """Whether something that could not be read may hold NICs that nobody knows of."""
    return not unread.startswith(tuple(f"{kind} of " for kind in OTHER_LISTS))


def may_hold_connections(unread: str) -> bool:
    """Whether something that could not be read may hold gateways or their connections."""
    others = tuple(f"{kind} of " for kind in OTHER_LISTS if "connections" not in kind)
    return not unread.startswith(others)


def id_part(resource_id: str, segment: str) -> str | None:
    """The value behind `segment` in an ARM id: `id_part(x, "resourceGroups")` -> the group's name; any letter case."""
    parts = resource_id.split("/")
    for at, part in enumerate(parts[:-1]):
        if part.casefold() == segment.casefold():
            return parts[at + 1]
    return None


def _azure_rule(
    name: str, priority: int, direction: Direction, access: Access, source: str = "*", destination: str = "*"
) -> Rule:
    """One of Azure's own rules, for all protocols and ports."""
    return Rule(
        name=name,
        priority=priority,
        direction=direction,
        access=access,
        sources=(source,),
        source_ports=("*",),
        destinations=(destination,),
        destination_ports=("*",),
        default=True,
    )


AZURE_DEFAULT_RULES = (
    _azure_rule("AllowVnetInBound", 65000, Direction.INBOUND, Access.ALLOW, "VirtualNetwork", "VirtualNetwork"),
    _azure_rule("AllowAzureLoadBalancerInBound", 65001, Direction.INBOUND, Access.ALLOW, source="AzureLoadBalancer"),
    _azure_rule("DenyAllInBound", 65500, Direction.INBOUND, Access.DENY),
    _azure_rule("AllowVnetOutBound", 65000, Direction.OUTBOUND, Access.ALLOW, "VirtualNetwork", "VirtualNetwork"),
    _azure_rule("AllowInternetOutBound", 65001, Direction.OUTBOUND, Access.ALLOW, destination="Internet"),
    _azure_rule("DenyAllOutBound", 65500, Direction.OUTBOUND, Access.DENY),
)
"""The six rules of every NSG, for sources that leave them out (azure.md B4.3)."""
