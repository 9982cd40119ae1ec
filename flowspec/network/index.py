"""Inventory -> an index of its endpoints: who holds which address, and which endpoints have no number.

An ip-configuration whose address is not known, and a service tag without data, is a *point* of the address line
(`netset.point`): it takes part in sets like any address, and each field of a rule says whether it surely, maybe or
never matches it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from flowspec.model.inventory import (
    Direction,
    Inventory,
    IpConfiguration,
    Lack,
    Nic,
    Subnet,
    VirtualNetwork,
    Vm,
    id_part,
    key,
    lack,
    may_hold_nics,
    vnet_part,
)
from flowspec.model.unknown import is_opaque
from flowspec.network.arrivals import Arrival, Balancers, Brought, balancers_of
from flowspec.network.lost import Lost, LostNics, lost_nics
from flowspec.sets.address import parse_address, prefix_set
from flowspec.sets.intervals import ALL_NUMBERS, NO_ADDRESSES, V4, V6, AddressSet, Span, point

if TYPE_CHECKING:
    from flowspec.model.spec import Assumption


K = TypeVar("K")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Endpoint:
    """One ip-configuration of a NIC. `place` is its address, or its point, on the line; `subnet` a key.

    With an `arrival` it stands for what a load balancer brings to its `owner`, at the frontend's address or its own.
    A network makes each of them once, so they are told apart by identity.
    """

    nic: Nic
    configuration: IpConfiguration
    place: int
    subnet: str
    arrival: Arrival | None = None
    owner: Endpoint | None = None

    @property
    def family(self) -> int:
        return self.configuration.family


@dataclass(frozen=True, slots=True)
class TagPoint:
    """The points of a service tag without data, one for each family."""

    tag: str
    v4: int
    v6: int


_SMALLEST = 8
"""Addresses of the smallest subnet, a /29."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """A NIC that is there and of which no ip-configuration is known. `id` is its own, or its VM's where it has none.

    `nic` and `vm` are what the inventory has of it and of its VM.
    """

    id: str
    lack: Lack
    nic: Nic | None = None
    vm: Vm | None = None


class Network:
    """The inventory, the assumptions about it, and indexes over both. Built once for a plan; never changes."""

    def __init__(
        self,
        inventory: Inventory,
        assumptions: Iterable[Assumption] = (),
        opaque_tags: Iterable[str] = (),
        numbers: dict[str, int] | None = None,
    ) -> None:
        """`numbers`: those of points, by what they stand for. Networks that share them number the same things alike."""
        self.inventory = inventory
        self.assumptions = tuple(assumptions)
        self._numbers: dict[str, int] = {} if numbers is None else numbers
        self._numbered: set[str] = set()
        self._tag_data: dict[str, AddressSet] = {}
        self.endpoints: tuple[Endpoint, ...] = tuple(self._endpoints())
        self.tag_points: Mapping[str, TagPoint] = {key(tag): self._tag_point(tag) for tag in sorted(set(opaque_tags))}

    @property
    def numbers(self) -> dict[str, int]:
        """The numbers of points, to be shared with another network."""
        return self._numbers

    def _number(self, of: str) -> int:
        """Each thing of this network has a number of its own, also where two are named alike."""
        while of in self._numbered:
            of += "+"
        self._numbered.add(of)
        return self._numbers.setdefault(of, len(self._numbers))

    def _endpoints(self) -> Iterable[Endpoint]:
        for nic_key in sorted(self.inventory.nics):
            nic = self.inventory.nics[nic_key]
            for configuration in nic.ip_configurations:
                yield Endpoint(
                    nic=nic,
                    configuration=configuration,
                    place=self._place(configuration),
                    subnet=key(configuration.subnet or ""),
                )

    def _place(self, configuration: IpConfiguration) -> int:
        address = configuration.address
        number = parse_address(address) if address else None
        return point(self._number(key(configuration.id)), configuration.family) if number is None else number

    def _tag_point(self, tag: str) -> TagPoint:
        number = self._number(f"tag {key(tag)}")
        return TagPoint(tag, point(number, 4), point(number, 6))

    def tag_data(self, name: str) -> AddressSet | None:
        """The prefixes of a service tag (folded), parsed once: the large ones hold ten thousand. None without data."""
        prefixes = self.inventory.service_tags.prefixes.get(name)
        if prefixes is None:
            return None
        if name not in self._tag_data:
            self._tag_data[name] = prefix_set(prefixes)
        return self._tag_data[name]

    def rest_of(self, subnet_key: str) -> AddressSet:
        """The addresses of a subnet that no known ip-configuration of its VNet holds."""
        vnet = key(self.inventory.subnets[subnet_key].vnet)
        return self.subnet_addresses(subnet_key).subtract(self.taken.get(vnet, NO_ADDRESSES))

    @cached_property
    def by_place(self) -> Mapping[int, tuple[Endpoint, ...]]:
        """Address or point -> who holds it. Several, when address spaces overlap."""
        return grouped((endpoint.place, endpoint) for endpoint in self.endpoints)

    @cached_property
    def ambiguous(self) -> AddressSet:
        """The addresses that do not tell whose they are: of several ip-configurations, or of several VNets."""
        found = AddressSet.of((place, place) for place, held in self.by_place.items() if len(held) > 1)
        spaces: dict[str, list[Span]] = {}
        for endpoint in self.endpoints:
            spaces.setdefault(vnet_part(endpoint.subnet), []).append((endpoint.place, endpoint.place))
        for subnet in self.inventory.subnets.values():
            spaces.setdefault(key(subnet.vnet), []).extend(prefix_set(subnet.prefixes).spans)
        once = NO_ADDRESSES
        for space in map(AddressSet.of, spaces.values()):
            once, found = once.union(space), found.union(once.intersect(space))
        return found

    @cached_property
    def namesakes(self) -> tuple[tuple[Endpoint | str, AddressSet], ...]:
        """Who holds an ambiguous address: ip-configurations, and what is left of subnets (their keys)."""
        nics = (
            (endpoint, AddressSet.one(place))
            for place in self.places.intersect(self.ambiguous)
            for endpoint in self.by_place[place]
        )
        rests = ((subnet, self.rest_of(subnet)) for subnet in self.inventory.subnets)
        return (*nics, *((subnet, rest) for subnet, rest in rests if rest.meets(self.ambiguous)))

    @cached_property
    def by_subnet(self) -> Mapping[str, tuple[Endpoint, ...]]:
        """Subnet (a key) -> its ip-configurations."""
        return grouped((endpoint.subnet, endpoint) for endpoint in self.endpoints)

    @cached_property
    def tagged(self) -> Mapping[tuple[str, str], tuple[Endpoint, ...]]:
        """Tag of the NIC or its VM (name in lower case, value) -> its ip-configurations."""
        return grouped((tag, endpoint) for endpoint in self.endpoints for tag in self._tags(endpoint))

    def _tags(self, endpoint: Endpoint) -> Iterable[tuple[str, str]]:
        vm = self.inventory.vms.get(key(endpoint.nic.vm)) if endpoint.nic.vm else None
        tags = (*endpoint.nic.tags, *(vm.tags if vm else ()))
        return dict.fromkeys((name.casefold(), value) for name, value in tags)

    @cached_property
    def untold(self) -> tuple[Endpoint, ...]:
        """The ip-configurations of VMs that the inventory lacks: their tags are not known."""
        vms = self.inventory.vms
        return tuple(e for e in self.endpoints if e.nic.vm and key(e.nic.vm) not in vms)

    @cached_property
    def doubtful(self) -> tuple[Endpoint, ...]:
        """The ip-configurations of which, or of whose NIC or VM, the inventory does not have everything: a name too."""
        vms = self.inventory.vms
        bare = {at for at, vm in vms.items() if vm.lacks}
        return tuple(
            e
            for e in self.endpoints
            if e.nic.lacks or e.configuration.lacks or _is_opaque(e) or (bare and e.nic.vm and key(e.nic.vm) in bare)
        )

    @cached_property
    def hidden(self) -> tuple[Hidden, ...]:
        """NICs without a known ip-configuration, those that only a VM names, and VMs that don't name any."""
        nics, found = self.inventory.nics, []
        for nic in nics.values():
            missing = lack(nic, "ip_configurations")
            if missing is not None:
                vm = self.inventory.vms.get(key(nic.vm)) if nic.vm else None
                found.append(Hidden(id=nic.id, lack=missing, nic=nic, vm=vm))
        for vm in self.inventory.vms.values():
            missing = lack(vm, "nics")
            if missing is not None:
                found.append(Hidden(id=vm.id, lack=missing, vm=vm))
            for nic_id in vm.nics:
                if key(nic_id) not in nics:
                    reason = f"the NIC {nic_id.rsplit('/', 1)[-1]} of the VM {vm.name} is not in the inventory"
                    found.append(Hidden(id=nic_id, lack=Lack("nics", reason, "add az network nic list -o json"), vm=vm))
        return tuple(found)

    @cached_property
    def _listed_in(self) -> Mapping[str, tuple[str, ...]]:
        """NIC that a subnet lists and of which no ip-configuration is known -> its subnets (all of them keys)."""
        found: dict[str, set[str]] = {}
        for unlisted in self.inventory.unlisted:
            found.setdefault(key(unlisted.id).partition("/ipconfigurations/")[0], set()).add(key(unlisted.subnet))
        return {nic: tuple(sorted(subnets)) for nic, subnets in found.items()}

    @cached_property
    def anywhere(self) -> Lack | None:
        """Why NICs that the inventory lacks may be in any subnet; None where subnets list all that there are."""
        roaming = (hidden.lack for hidden in self.hidden if key(hidden.id) not in self._listed_in)
        return next(roaming, None) or next(self._adrift(), None) or next(self._unread(), None)

    def _unread(self) -> Iterator[Lack]:
        """What could not be read and may hold NICs."""
        return (Lack("nics", f"not read: {words}") for words in self.inventory.unread if may_hold_nics(words))

    @cached_property
    def lost(self) -> LostNics:
        """What NICs of which nobody knows where they are may mean for subnets."""
        roaming: list[Lost] = [(one.nic, one.lack, self._listed_in.get(key(one.id), ())) for one in self.hidden]
        for endpoint in self.doubtful:
            missing = lack(endpoint.configuration, "subnet")
            roaming += [(endpoint.nic, missing, tuple(map(key, missing.among)))] if missing is not None else []
        roaming += [(None, missing, ()) for missing in self._unread()]
        return lost_nics(self.inventory, roaming)

    def _adrift(self) -> Iterator[Lack]:
        """Why NICs that a subnet lists may be anywhere: nobody knows which addresses it will have."""
        for unlisted in self.inventory.unlisted:
            subnet = self.inventory.subnets.get(key(unlisted.subnet))
            missing = lack(subnet, "known") if subnet is not None else None
            if missing is not None and is_nic_like(unlisted.id):
                yield missing

    @cached_property
    def places(self) -> AddressSet:
        """Every address and point that an ip-configuration holds."""
        return AddressSet.of((place, place) for place in self.by_place)

    @cached_property
    def numberless(self) -> tuple[Endpoint, ...]:
        """The ip-configurations whose address is not known."""
        return tuple(e for e in self.endpoints if e.configuration.address in (None, ""))

    @cached_property
    def points(self) -> Mapping[int, str]:
        """Point -> what it stands for, in words."""
        named = {e.place: f"{e.nic.name}/{e.configuration.name}, address not known" for e in self.numberless}
        for tag in self.tag_points.values():
            named[tag.v4] = named[tag.v6] = f"service tag {tag.tag}"
        return named

    def subnet(self, subnet_key: str) -> Subnet | None:
        """The subnet, None when the inventory does not have it or only knows its name."""
        subnet = self.inventory.subnets.get(subnet_key)
        return subnet if subnet is not None and subnet.known else None

    def vnet_of(self, subnet_key: str) -> VirtualNetwork | None:
        subnet = self.inventory.subnets.get(subnet_key)
        return self.inventory.vnets.get(key(subnet.vnet)) if subnet is not None else None

    def subnet_addresses(self, subnet_key: str) -> AddressSet:
        subnet = self.subnet(subnet_key)
        return prefix_set(subnet.prefixes) if subnet is not None else NO_ADDRESSES

    def candidates(self, endpoint: Endpoint) -> AddressSet:
        """Where an ip-configuration without a known address may be: its subnet, or anywhere in its family.

        One of which only the name is known does not even tell its family.
        """
        if lack(endpoint.configuration, "subnet") is not None:
            return ALL_NUMBERS
        here = self.subnet_addresses(endpoint.subnet)
        family = ALL_NUMBERS if self.may_be_either(endpoint) else V4 if endpoint.family == 4 else V6
        inside = here.intersect(family)
        return inside or family

    def may_be_either(self, endpoint: Endpoint) -> bool:
        """Whether an ip-configuration without a known address may have one of either family."""
        if lack(endpoint.configuration, "family") is None:
            return False
        here = self.subnet_addresses(endpoint.subnet)
        return not here or (here.meets(V4) and here.meets(V6))

    @cached_property
    def balancers(self) -> Balancers:
        """What load balancers bring to whom."""
        return balancers_of(self.inventory)

    @cached_property
    def arrivals(self) -> Mapping[str, tuple[Endpoint, ...]]:
        """Rule of a load balancer (a key) -> what it brings to each of its backends."""
        own: dict[str, Endpoint] = {key(endpoint.configuration.id): endpoint for endpoint in self.endpoints}
        return grouped(
            (brought.rule_id, found)
            for brought in self.balancers.brought
            if (found := _arriving(own[brought.configuration], brought)) is not None
        )

    @cached_property
    def floating(self) -> Mapping[Endpoint, tuple[Endpoint, ...]]:
        """Ip-configuration -> what arrives at it with a frontend's address as destination (azure.md A23)."""
        every = (one for found in self.arrivals.values() for one in found)
        return grouped((one.owner, one) for one in every if one.owner and one.arrival and one.arrival.floating)

    @cached_property
    def floating_places(self) -> Mapping[int, tuple[Endpoint, ...]]:
        """Address of a frontend -> what arrives there, at each backend."""
        return grouped((one.place, one) for found in self.floating.values() for one in found)

    @cached_property
    def frontends_adrift(self) -> tuple[tuple[str, AddressSet], ...]:
        """Private frontends whose address is not known, in words; and where each may lie: its backends' VNets."""
        subnets = {key(endpoint.configuration.id): endpoint.subnet for endpoint in self.endpoints}
        found = []
        for name, backends in self.balancers.adrift:
            vnets = [self.vnet_of(subnets[key(one)]) for one in backends if key(one) in subnets]
            spaces = [prefix_set(vnet.prefixes) for vnet in vnets if vnet is not None]
            known = len(spaces) == len(vnets) > 0 and all(spaces)
            found.append((name, AddressSet.of(s for space in spaces for s in space.spans) if known else ALL_NUMBERS))
        return tuple(found)

    def is_open_ended(self, endpoint: Endpoint, direction: Direction) -> bool:
        """Whether an ip-configuration is also judged at addresses that nobody can name (azure.md A23, A24).

        It forwards others' traffic, or may, or it is behind a load balancer whose frontends are not known.
        """
        unplaced = direction is Direction.INBOUND and key(endpoint.configuration.id) in self.balancers.unplaced
        return endpoint.nic.ip_forwarding or unplaced or lack(endpoint.nic, "ip_forwarding") is not None

    @cached_property
    def vnet_addresses(self) -> AddressSet:
        """The address space of every VNet of the inventory."""
        return AddressSet.of(span for vnet in self.inventory.vnets.values() for span in prefix_set(vnet.prefixes).spans)

    def subnet_name(self, subnet_key: str) -> str:
        """`vnet/subnet`, as the resource or whoever names it spells them; `of a NIC` for one that is not known."""
        if not subnet_key:
            return "of a NIC"
        found = self._spelled.get(subnet_key, subnet_key)
        names = (id_part(found, "virtualNetworks"), id_part(found, "subnets"))
        return "/".join(name for name in names if name) or found.rsplit("/", 1)[-1]

    def vnet_name(self, vnet_key: str) -> str:
        """The VNet's name, as the resource or whoever names it spells it."""
        return self._spelled.get(vnet_key, vnet_key).rsplit("/", 1)[-1]

    @cached_property
    def _spelled(self) -> Mapping[str, str]:
        """Key -> id of every subnet and VNet; the resource's own spelling before that of others."""
        inventory = self.inventory
        named = [peering.remote_vnet for vnet in inventory.vnets.values() for peering in vnet.peerings]
        subnets = [e.configuration.subnet for e in self.endpoints] + [
            subnet.id for subnet in inventory.subnets.values()
        ]
        named += [vnet_part(subnet) for subnet in subnets if subnet]
        own = [vnet.id for vnet in inventory.vnets.values()]
        return {key(resource_id): resource_id for resource_id in (*named, *subnets, *own) if resource_id}

    @cached_property
    def reserved(self) -> AddressSet:
        """The first four addresses of each subnet's prefixes and the last: Azure keeps them, nobody ever has one."""
        prefixes = (prefix_set((text,)) for subnet in self.inventory.subnets.values() for text in subnet.prefixes)
        ends = (span for prefix in prefixes for span in prefix.spans if span[1] - span[0] >= _SMALLEST - 1)
        return AddressSet.of(span for low, high in ends for span in ((low, low + 3), (high, high)))

    @cached_property
    def taken(self) -> Mapping[str, AddressSet]:
        """VNet -> the addresses that known ip-configurations hold in it."""
        spans: dict[str, list[tuple[int, int]]] = {}
        for endpoint in self.endpoints:
            subnet = self.inventory.subnets.get(endpoint.subnet)
            if subnet is not None and endpoint.place not in self.points:
                spans.setdefault(key(subnet.vnet), []).append((endpoint.place, endpoint.place))
        return {vnet: AddressSet.of(held) for vnet, held in spans.items()}

    @cached_property
    def members(self) -> Mapping[str, tuple[Endpoint, ...]]:
        """Application security group -> its ip-configurations (azure.md B4.5)."""
        return grouped((key(asg), endpoint) for endpoint in self.endpoints for asg in endpoint.configuration.asgs)

    @cached_property
    def unlisted_subnets(self) -> tuple[str, ...]:
        """The keys of the subnets that list NICs which the inventory lacks (azure.md A14)."""
        subnets = {key(unlisted.subnet) for unlisted in self.inventory.unlisted if is_nic_like(unlisted.id)}
        if self.anywhere is not None:
            subnets.update(self.inventory.subnets)
        return tuple(sorted(subnet for subnet in subnets if self.subnet(subnet) is not None))

    def unlisted_addresses(self, vnets: set[str]) -> AddressSet:
        """Where NICs that subnets list and the inventory lacks may be: free addresses of those subnets (azure.md A14).

        `vnets` narrows it to these VNets, since all members of an application security group share one; empty: all.
        """
        if self.anywhere is not None:
            return ALL_NUMBERS.subtract(self.places.subtract(self.ambiguous)) if self.places else ALL_NUMBERS
        found = NO_ADDRESSES
        for unlisted in self.inventory.unlisted:
            vnet = vnet_part(key(unlisted.subnet))
            if is_nic_like(unlisted.id) and (not vnets or vnet in vnets):
                taken = self.taken.get(vnet, NO_ADDRESSES)
                found = found.union(self.subnet_addresses(key(unlisted.subnet)).subtract(taken))
        return found


def _is_opaque(endpoint: Endpoint) -> bool:
    """A part of a name, of the NIC, its VM or its subnet, is not known."""
    return is_opaque(endpoint.nic.id) or is_opaque(endpoint.nic.vm or "") or is_opaque(endpoint.subnet)


def _arriving(own: Endpoint, brought: Brought) -> Endpoint | None:
    """What a rule brings to one of its backends; None where the address that it arrives at is not known."""
    seen = replace(own.configuration, public_ip=brought.public_ip or own.configuration.public_ip)
    place: int | None = own.place
    if brought.arrival.floating:
        seen = replace(seen, address=brought.address, family=brought.family, public_ip=brought.public_ip)
        place = parse_address(brought.address) if brought.address else None
    if place is None:
        return None
    return Endpoint(nic=own.nic, configuration=seen, place=place, subnet=own.subnet, arrival=brought.arrival, owner=own)


def grouped(pairs: Iterable[tuple[K, Endpoint]]) -> Mapping[K, tuple[Endpoint, ...]]:
    """Key -> the ip-configurations that come with it, in their order."""
    found: dict[K, list[Endpoint]] = {}
    for name, endpoint in pairs:
        found.setdefault(name, []).append(endpoint)
    return {name: tuple(endpoints) for name, endpoints in found.items()}


def is_nic_like(resource_id: str) -> bool:
    """The id is of a NIC (of a scale set, of a private endpoint too), not of a gateway or the like."""
    folded = resource_id.casefold()
    return any(part in folded for part in ("/networkinterfaces/", "/virtualmachinescalesets/", "/privateendpoints/"))
