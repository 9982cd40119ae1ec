"""One flow -> its walk: who filters it at either end, layer by layer, and whether there is a direct path between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.explaining.flow import point_of
from flowspec.explaining.layers import FlowPoint, outcome, shown, walk_layers
from flowspec.model.documents.values import ExampleFlow, ShownAccess
from flowspec.model.documents.walk import EndWalk, FlowWalk, PathWalk
from flowspec.model.inventory import Direction, Inventory, key, vnet_part
from flowspec.network.index import Endpoint, Network
from flowspec.network.path import Paths
from flowspec.network.tags import Scope
from flowspec.policy.policies import Policies
from flowspec.reporting.plan import LineLookup
from flowspec.reporting.sensitive import without_secrets
from flowspec.sets.address import address_text
from flowspec.sets.intervals import AddressSet


@dataclass(frozen=True, slots=True)
class _End:
    """Who judges one end: an ip-configuration, or a subnet (its key) as a whole; or nobody, and `note` says why."""

    endpoint: Endpoint | None = None
    subnet: str = ""
    note: str = ""


_WHICH = "Say which one is meant, as verify is asked: --nic NAME --direction … --protocol … --local … --remote …"
_ONE_END = "None of them is in the VNet of the NIC that is meant. flowspec verify asks about that NIC alone."


@dataclass(frozen=True, slots=True)
class _Located:
    """An end by where it is, for the paths between two."""

    by_vnet: Mapping[str, AddressSet]
    by_subnet: Mapping[str, AddressSet]


@dataclass(slots=True, kw_only=True)
class Walker:
    """Follows flows through one network. `nic` (a key) is whom an address means that several hold."""

    inventory: Inventory
    network: Network
    policies: Policies
    located: LineLookup
    nic: str = ""

    def walk(self, flow: ExampleFlow, of: str = "") -> FlowWalk:
        """One flow; both of its ends, as far as the inventory has them."""
        point = point_of(flow)
        if point is None:
            why = "one of its ends has no address that is known"
            raise FlowspecError(Problem(Severity.ERROR, f"{of or 'the flow'} can't be explained: {why}"))
        ends = (self._end(point.source), self._end(point.destination))
        ways = (Direction.OUTBOUND, Direction.INBOUND)
        walked = [self._walked(end, point, way) for end, way in zip(ends, ways, strict=True)]
        access = _together([one.access for one in walked if one.layers])
        walk = FlowWalk(of=of, flow=flow, access=access, ends=tuple(walked), path=self._path(ends, point))
        return without_secrets(walk, self.inventory.sensitive)

    def _end(self, place: int) -> _End:
        held = list(self.network.by_place.get(place, ()))
        mine = [one for one in held if key(one.nic.id) == self.nic] or self._beside(held) or held
        if mine and len({one.nic.id for one in mine}) == 1:
            return _End(mine[0])
        if mine:
            names = ", ".join(sorted(one.nic.name for one in mine))
            what = f"Several NICs have the address {address_text(place)}: {names}"
            raise FlowspecError(Problem(Severity.ERROR, what, _ONE_END if self.nic else _WHICH))
        inside = [k for k in sorted(self.inventory.subnets) if place in self.network.rest_of(k)]
        if len(inside) == 1:
            return _End(subnet=inside[0], note="no NIC of the inventory has this address: judged by its subnet alone")
        return _End(note="no NIC and no subnet of the inventory has this address: it has no filter of its own here")

    def _beside(self, held: Iterable[Endpoint]) -> list[Endpoint]:
        """Those in the VNet of the NIC that is meant: elsewhere the address is somebody else's."""
        here = {vnet_part(one.subnet) for one in self.network.endpoints if one.subnet and key(one.nic.id) == self.nic}
        return [one for one in held if one.subnet and vnet_part(one.subnet) in here]

    def _walked(self, end: _End, point: FlowPoint, direction: Direction) -> EndWalk:
        outbound = direction is Direction.OUTBOUND
        address = address_text(point.source if outbound else point.destination)
        if end.endpoint is None and not end.subnet:
            return EndWalk(end="source" if outbound else "destination", direction=direction.value, address=address,
                           nic="", subnet="", access="Allow", layers=(), note=end.note)  # fmt: skip
        if end.endpoint is not None:
            policy = self.policies.of_endpoint(end.endpoint, direction)
            subnet, nic = end.endpoint.subnet, end.endpoint.nic.id
        else:
            policy, subnet, nic = self.policies.of_subnet(end.subnet, direction), end.subnet, ""
        known = self.inventory.subnets.get(subnet)
        return EndWalk(
            end="source" if outbound else "destination",
            direction=direction.value,
            address=address,
            nic=nic,
            subnet=known.id if known is not None else subnet,
            access=shown(outcome(policy, point).access),
            layers=tuple(walk_layers(policy, Scope(self.network, subnet, key(nic)), point, self.located)),
            note=end.note,
        )

    def _path(self, ends: tuple[_End, _End], point: FlowPoint) -> PathWalk | None:
        """Between two ends that both are of the inventory."""
        places = [
            _located(subnet, place)
            for end, place in zip(ends, (point.source, point.destination), strict=True)
            if (subnet := end.endpoint.subnet if end.endpoint is not None else end.subnet)
        ]
        if len(places) < 2:
            return None
        reasons = [detour.reason for detour in Paths().detours(self.network, *places)
                   if point.source in detour.sources and point.destination in detour.destinations]  # fmt: skip
        if reasons:
            return PathWalk(direct=False, why="; ".join(dict.fromkeys(reasons)))
        here, there = (self.network.vnet_name(next(iter(one.by_vnet))) for one in places)
        return PathWalk(direct=True, why=f"both are in {here}" if here == there else f"{here} and {there} are peered")


def _located(subnet: str, place: int) -> _Located:
    here = AddressSet.one(place)
    return _Located({vnet_part(subnet): here}, {subnet: here})


def _together(ends: list[ShownAccess]) -> ShownAccess:
    """Stopped where one end denies, permitted where both allow."""
    return "Deny" if "Deny" in ends else "Unknown" if "Unknown" in ends else "Allow"
