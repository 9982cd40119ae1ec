"""The conditions of a select -> the ip-configurations worth trying: found by an index, not by looking at every NIC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from flowspec.intents.misses import Misses
from flowspec.intents.patterns import any_name, is_plain, pattern, subnet_matches
from flowspec.model.inventory import id_part, vnet_part
from flowspec.model.spec import Select
from flowspec.network.index import Endpoint, Network, grouped

_Held = tuple[Endpoint, ...]
_Index = Mapping[str, _Held]


class Candidates:
    """Indexes over a network, each made when a select first asks for it."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def of(self, select: Select) -> Iterable[Endpoint]:
        """All that meet, or may meet, every condition, and few others, in the network's order."""
        ways = [held for held in self._ways(select) if held is not None]
        if not ways:
            return self.network.endpoints
        few = min(ways, key=lambda held: sum(map(len, held)))
        if len(few) == 1 and not self.network.doubtful:
            return few[0]
        every = {endpoint for held in (*few, self.network.doubtful) for endpoint in held}
        return sorted(every, key=self._rank.__getitem__)

    def _ways(self, select: Select) -> Iterable[list[_Held] | None]:
        yield self._by_tags(select) if select.tags else None
        yield self._named(lambda: self._by_nic, select.nic)
        yield self._named(lambda: self._by_vm, select.vm)
        yield self._named(lambda: self._by_group, select.resource_group)
        if select.subnet:
            by_subnet = self.network.by_subnet.items()
            yield [held for subnet, held in by_subnet if any(subnet_matches(p, subnet) for p in select.subnet)]
        if select.vnet:
            yield [held for v, held in self._by_vnet.items() if any_name(select.vnet, v, v.rsplit("/", 1)[-1])]

    def _by_tags(self, select: Select) -> list[_Held]:
        """Those with the rarest of its tags, and those whose tags are not known."""
        wanted: dict[str, list[_Held]] = {}
        for name, value in select.tags:
            wanted.setdefault(name.casefold(), []).append(self.network.tagged.get((name.casefold(), value), ()))
        few = min(wanted.values(), key=lambda held: sum(map(len, held)))
        return [*few, self.network.untold] if self.network.untold else few

    def _named(self, index: Callable[[], _Index], patterns: tuple[str, ...]) -> list[_Held] | None:
        """By name; None where there is no condition, or one that names an id."""
        if not patterns or any("/" in p for p in patterns):
            return None
        if all(map(is_plain, patterns)):
            return [index().get(p.casefold(), ()) for p in patterns]
        matches = [pattern(p).fullmatch for p in patterns]
        return [held for name, held in index().items() if any(match(name) for match in matches)]

    @cached_property
    def misses(self) -> Misses:
        return Misses(self.network)

    @cached_property
    def _rank(self) -> Mapping[Endpoint, int]:
        return {endpoint: number for number, endpoint in enumerate(self.network.endpoints)}

    @cached_property
    def _by_nic(self) -> _Index:
        return self._indexed(lambda e: e.nic.name.casefold())

    @cached_property
    def _by_vm(self) -> _Index:
        return self._indexed(lambda e: e.nic.vm.rsplit("/", 1)[-1].casefold() if e.nic.vm else None)

    @cached_property
    def _by_group(self) -> _Index:
        return self._indexed(lambda e: (id_part(e.nic.id, "resourceGroups") or "").casefold())

    @cached_property
    def _by_vnet(self) -> _Index:
        return self._indexed(lambda e: vnet_part(e.subnet))

    def _indexed(self, value: Callable[[Endpoint], str | None]) -> _Index:
        named = ((value(endpoint), endpoint) for endpoint in self.network.endpoints)
        return grouped((name, endpoint) for name, endpoint in named if name is not None)
