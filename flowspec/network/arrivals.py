"""Load balancers of an inventory -> what they bring to which ip-configuration (azure.md A23, B4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from flowspec.model.inventory import (
    BalancerRule,
    Frontend,
    Inventory,
    IpConfiguration,
    Lack,
    LoadBalancer,
    balancer_of,
    key,
    lack,
    vnet_part,
)
from flowspec.sets.address import parse_address
from flowspec.sets.flows import Box, between
from flowspec.sets.intervals import NUMBERED_PORTS, AddressSet, PortSet, Protocol, ProtocolSet

_PROTOCOLS = {"tcp": ProtocolSet.one(Protocol.TCP), "udp": ProtocolSet.one(Protocol.UDP)}
_BOTH = ProtocolSet(((Protocol.TCP, Protocol.UDP),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What one rule of a load balancer brings to a backend.

    `asked` are the ports that clients ask the frontend for, `ports` those that the backend's NSGs see. `is_whole`: all
    backends of the rule are in the inventory. `public`: by a public IP, so that VMs come with the address of their NAT.
    """

    protocols: ProtocolSet
    asked: PortSet
    ports: PortSet
    floating: bool
    is_whole: bool
    public: bool
    rule: str = field(default="", compare=False)

    def at(self, addresses: AddressSet) -> Box:
        """Everything that arrives at some addresses this way."""
        box = between(destinations=addresses)
        return Box(
            protocols=self.protocols,
            sources=box.sources,
            source_ports=NUMBERED_PORTS,
            destinations=addresses,
            destination_ports=self.ports,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """An arrival at one ip-configuration (a key). `address` is the frontend's; None where it is not known."""

    configuration: str
    arrival: Arrival
    address: str | None
    public_ip: str | None
    family: int
    rule_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancers:
    """`brought`: in the inventory's order. `unplaced`: ip-configuration (a key) -> why its frontends are not known.

    `lacking`: rule (a key) -> the backends that the inventory does not have. `doubts`: rule (a key) -> why it may bring
    something else, or to others. `doubted`: address of a frontend -> the same. `adrift`: private frontends that
    backends see, whose addresses are not known: in words, with their backends if these are known. `adrift_public`:
    public ones.
    """

    brought: tuple[Brought, ...] = ()
    unplaced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    doubts: Mapping[str, tuple[Lack, ...]] = field(default_factory=dict)
    doubted: Mapping[int, tuple[Lack, ...]] = field(default_factory=dict)
    adrift: tuple[tuple[str, tuple[str, ...]], ...] = ()
    adrift_public: tuple[tuple[str, tuple[str, ...]], ...] = ()


def balancers_of(inventory: Inventory) -> Balancers:
    """What the load balancers of an inventory bring to its NICs. One that is not known whole brings nothing surely."""
    known = {key(c.id): c for nic in inventory.nics.values() for c in nic.ip_configurations}
    brought: list[Brought] = []
    lacking: dict[str, tuple[str, ...]] = {}
    unplaced: dict[str, dict[str, None]] = {}
    doubts: dict[str, tuple[Lack, ...]] = {}
    doubted: dict[int, dict[Lack, None]] = {}
    adrift: list[tuple[str, tuple[str, ...]]] = []
    adrift_public: list[tuple[str, tuple[str, ...]]] = []
    members = _Members(inventory, known)
    balancers = {at: _with_lacks_of_parts(one) for at, one in sorted(inventory.balancers.items())}
    for balancer in balancers.values():
        for rule in balancer.rules:
            backends = members.of(balancer, rule)
            lacking[key(rule.id)] = absent = tuple(one for one in backends if key(one) not in known)
            doubts[key(rule.id)] = found = balancer.lacks[:1] or tuple(members.perhaps(rule))
            for configuration in (key(one) for one in backends if key(one) in known and not balancer.lacks):
                told = _brought(inventory, balancer, rule, configuration, is_whole=not absent and not found)
                brought.append(told)
                if rule.floating_ip and told.address is None:
                    reason = f"the frontend of {balancer.name}/{rule.name} has no address that is known"
                    unplaced.setdefault(configuration, {})[reason] = None
            place = _place(inventory, balancer, rule)
            if found and place is not None and (rule.floating_ip or balancer.lacks):
                doubted.setdefault(place, {}).update(dict.fromkeys(found))
            if place is None and rule.floating_ip and not balancer.lacks:
                words = f"the frontend of {balancer.name}/{rule.name}"
                (adrift_public if _is_public(balancer, rule) else adrift).append((words, backends))
        for frontend in balancer.frontends if balancer.lacks else ():
            place = parse_address(_address(inventory, frontend) or "")
            if place is not None:
                doubted.setdefault(place, {})[balancer.lacks[0]] = None
            else:
                loose = adrift_public if frontend.public_ip else adrift
                loose.append((f"the frontend {balancer.name}/{frontend.name}", ()))
        if lack(balancer, "frontends") is not None:
            adrift.append((f"a frontend of {balancer.name}", ()))
        for one in members.of_any(balancer) if balancer.lacks else ():
            if key(one) in known:
                unplaced.setdefault(key(one), {})[balancer.lacks[0].reason] = None
        pools = lack(balancer, "pools")
        if pools is not None and _may_float(balancer):  # a pool may name anyone by address
            for configuration in known:
                unplaced.setdefault(configuration, {})[pools.reason] = None
    for configuration, own in known.items():
        for name in ("pools", "nat_rules"):
            missing = lack(own, name)
            if missing is not None:
                unplaced.setdefault(configuration, {})[missing.reason] = None
        for part in (*own.pools, *own.nat_rules):
            balancer_id = balancer_of(part)
            named = balancers.get(key(balancer_id or ""))
            if named is None:
                name = (balancer_id or part).rsplit("/", 1)[-1]
                reason = f"it is a backend of the load balancer {name}, which is not in the inventory"
                unplaced.setdefault(configuration, {})[reason] = None
            elif named.lacks:
                unplaced.setdefault(configuration, {})[named.lacks[0].reason] = None
    return Balancers(
        brought=tuple(brought),
        unplaced={at: tuple(reasons) for at, reasons in unplaced.items()},
        lacking=lacking,
        doubts=doubts,
        doubted={at: tuple(found) for at, found in doubted.items()},
        adrift=tuple(adrift),
        adrift_public=tuple(adrift_public),
    )


def _with_lacks_of_parts(balancer: LoadBalancer) -> LoadBalancer:
    """A load balancer of which a rule or a frontend is not known is not known whole."""
    lacks = [replace(one, field="rules") for rule in balancer.rules for one in rule.lacks]
    lacks += [replace(one, field="frontends") for frontend in balancer.frontends for one in frontend.lacks]
    return replace(balancer, lacks=(*balancer.lacks, *lacks)) if lacks else balancer


def _may_float(balancer: LoadBalancer) -> bool:
    """Whether a load balancer has a rule by which flows arrive at its frontend's address, or may have one."""
    return lack(balancer, "rules") is not None or any(rule.floating_ip for rule in balancer.rules)


class _Members:
    """Who belongs to pools and NAT rules: told by the load balancer, or by the NIC."""

    def __init__(self, inventory: Inventory, known: Mapping[str, IpConfiguration]) -> None:
        self._by_part: dict[str, list[str]] = {}
        self._by_address: dict[str, list[IpConfiguration]] = {}
        self._untold = [(lack(own, "pools"), lack(own, "nat_rules")) for own in known.values() if own.lacks]
        for own in known.values():
            for part in (*own.pools, *own.nat_rules):
                self._by_part.setdefault(key(part), []).append(own.id)
            if own.address:
                self._by_address.setdefault(own.address, []).append(own)

    def of(self, balancer: LoadBalancer, rule: BalancerRule) -> tuple[str, ...]:
        """The ids of a rule's backends; of a bare address that no NIC has, the address."""
        pools = {key(pool.id): pool for pool in balancer.pools}
        found = [*rule.configurations, *self._by_part.get(key(rule.id), ())]
        for pool_id in rule.pools:
            found += self._by_part.get(key(pool_id), ())
            pool = pools.get(key(pool_id))
            if pool is not None:
                found += pool.configurations
                found += [one for address, vnet in pool.addresses for one in self._at(address, vnet)]
        return tuple({key(one): one for one in found}.values())

    def of_any(self, balancer: LoadBalancer) -> Iterator[str]:
        """The ids of all backends that are told of a load balancer, by any rule or by none."""
        for rule in balancer.rules:
            yield from self.of(balancer, rule)
        for pool in balancer.pools:
            yield from pool.configurations
            yield from (one for address, vnet in pool.addresses for one in self._at(address, vnet))

    def perhaps(self, rule: BalancerRule) -> Iterator[Lack]:
        """Why there may be other backends of a rule: ip-configurations of which it is not known what they are in."""
        pools = {key(pool) for pool in rule.pools}
        for in_pools, in_rules in self._untold:
            for missing, among in ((in_pools, pools), (in_rules, {key(rule.id)})):
                if missing is not None and (not missing.among or among.intersection(map(key, missing.among))):
                    yield missing

    def _at(self, address: str, vnet: str | None) -> Iterable[str]:
        held = self._by_address.get(address, ())
        inside = [own.id for own in held if vnet is None or vnet_part(key(own.subnet or "")) == key(vnet)]
        return inside or [address]


def _brought(
    inventory: Inventory, balancer: LoadBalancer, rule: BalancerRule, configuration: str, *, is_whole: bool
) -> Brought:
    frontend = next((f for f in balancer.frontends if key(f.id) == key(rule.frontend or "")), None)
    asked = PortSet((rule.frontend_ports,)) if rule.frontend_ports else NUMBERED_PORTS
    ports = PortSet((rule.backend_ports,)) if rule.backend_ports else NUMBERED_PORTS
    arrival = Arrival(
        protocols=_PROTOCOLS.get(rule.protocol.casefold(), _BOTH),
        asked=asked,
        ports=asked if rule.floating_ip else ports,
        floating=rule.floating_ip,
        is_whole=is_whole,
        public=frontend is not None and frontend.public_ip is not None,
        rule=f"{balancer.name}/{rule.name}",
    )
    return Brought(
        configuration=configuration,
        arrival=arrival,
        address=_address(inventory, frontend),
        public_ip=frontend.public_ip if frontend else None,
        family=frontend.family if frontend else 4,
        rule_id=key(rule.id),
    )


def _place(inventory: Inventory, balancer: LoadBalancer, rule: BalancerRule) -> int | None:
    """The address of a rule's frontend on the line of addresses; None where it is not known."""
    frontend = next((f for f in balancer.frontends if key(f.id) == key(rule.frontend or "")), None)
    return parse_address(_address(inventory, frontend) or "")


def _is_public(balancer: LoadBalancer, rule: BalancerRule) -> bool:
    return any(key(f.id) == key(rule.frontend or "") and f.public_ip for f in balancer.frontends)


def _address(inventory: Inventory, frontend: Frontend | None) -> str | None:
    """The address of a frontend, its own or that of its public IP; None where it is not known."""
    if frontend is None:
        return None
    public = inventory.public_ips.get(key(frontend.public_ip)) if frontend.public_ip else None
    found = frontend.address or (public.address if public else None)
    return found if found and parse_address(found) is not None else None


def rules_named(inventory: Inventory, text: str) -> Iterator[tuple[LoadBalancer, BalancerRule]]:
    """The rules that `lb-shop/https`, or an id, means; any letter case."""
    for _, balancer in sorted(inventory.balancers.items()):
        for rule in balancer.rules:
            if key(text) in (key(rule.id), key(f"{balancer.name}/{rule.name}")):
                yield balancer, rule
