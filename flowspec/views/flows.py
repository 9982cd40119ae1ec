"""Boxes of flows -> a phrase: `Tcp 22 from 198.51.100.0/24 to 10.20.4.4`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from flowspec.counting import counted
from flowspec.model.documents.plan import Cause, ExampleFlow, Pair, RuleProperties, SideBox
from flowspec.model.documents.values import UnsetType
from flowspec.views.layout import visible
from flowspec.views.names import once, shortened

ALL_PORTS = ("0-65535",)
_PROTOCOLS = {"TCP": "Tcp", "UDP": "Udp", "ICMP": "Icmp", "ESP": "Esp", "AH": "Ah", "OTHER": "other protocols"}
_SELF = {True: ("an address with itself",), False: ()}
_LISTED = 4
_BOXES = 3
_READ = 1_000_000
"""The largest number of flows that is told."""


class SetName(str):
    """What a set of addresses is called, in the place of its prefixes."""

    __slots__ = ()


class ShownProduct(NamedTuple):
    """All flows of all `services` (protocol and destination port, `TCP/22`) from `source` to `destination`."""

    services: tuple[str, ...]
    source: tuple[str, ...]
    source_ports: tuple[str, ...]
    destination: tuple[str, ...]
    left_out: tuple[str, ...]


def phrase(pairs: tuple[Pair, ...], endpoints: str = "", direction: str = "") -> str:
    """The flows in words. `endpoints` stands for the addresses of the judged side when one product holds all flows.

    Products that differ in more than one respect are never run into one: that would claim flows that are not there.
    """
    products = _merged(pairs)
    if len(products) == 1:
        return _product(products[0], endpoints, direction)
    told = [_product(product, "", "") for product in products[:_BOXES]]
    left = len(products) - len(told)
    text = "; ".join(told) + (f"; and {left:,} more such sets" if left else "")
    return f"{text} (at {endpoints})" if endpoints and left else text


def side_phrase(boxes: Iterable[SideBox], inbound: bool) -> str:
    """The same for flows seen from one end."""
    return phrase(tuple(_as_pair(box, inbound) for box in boxes))


def rule_phrase(rule: RuleProperties, source: str = "", destination: str = "") -> str:
    """What a rule matches: `Tcp 5432 from 10.0.1.0/24 to 10.0.2.4`; with names for long lists of prefixes."""
    ports, source_ports = listed(rule.destination_ports), listed(rule.source_ports)
    protocol = "any protocol" if rule.protocol == "*" else visible(rule.protocol)
    text = protocol if ports == "*" else f"{protocol} {ports}"
    text += f" from {sources_phrase(rule, source)}"
    if source_ports != "*":
        text += f" source ports {source_ports}"
    return f"{text} to {destinations_phrase(rule, destination)}"


def far_phrase(rule: RuleProperties, *, inbound: bool) -> str:
    """What a rule matches but for the judged side; of a long list how long it is."""
    ports, end = listed(rule.destination_ports), "from" if inbound else "to"
    protocol = "any protocol" if rule.protocol == "*" else visible(rule.protocol)
    far = rule.sources + rule.source_asgs if inbound else rule.destinations + rule.destination_asgs
    told = sources_phrase(rule) if inbound else destinations_phrase(rule)
    service = protocol if ports == "*" else f"{protocol} {ports}"
    return f"{service} {end} {told if len(far) <= _LISTED + 1 else f'{len(far):,} prefixes'}"


def sources_phrase(rule: RuleProperties, name: str = "") -> str:
    """The source of a rule; by its `name` how many prefixes that is: `group.public (109 prefixes)`."""
    return _as_named(name, rule.sources) or _addresses(rule.sources + tuple(map(_last, rule.source_asgs)))


def destinations_phrase(rule: RuleProperties, name: str = "") -> str:
    """The same of its destination."""
    return _as_named(name, rule.destinations) or _addresses(
        rule.destinations + tuple(map(_last, rule.destination_asgs))
    )


def _as_named(name: str, prefixes: tuple[str, ...]) -> str:
    return f"{visible(name)} ({len(prefixes):,} prefixes)" if name else ""


def example_phrase(flow: ExampleFlow) -> str:
    """`Tcp 198.51.100.7:49152 -> 10.20.4.4:22`."""
    source = _endpoint(flow.source, flow.source_port)
    return f"{_protocol(flow.protocol)} {source} -> {_endpoint(flow.destination, flow.destination_port)}"


def count_phrase(count: int) -> str:
    """`1 flow`, `65,536 flows`; a number that nobody reads is words."""
    if count > _READ:
        return "more than a million flows"
    return counted(count, "flow")


def amount_phrase(verb: str, count: int, what: str) -> str:
    """`closes 256 flows (Tcp 22 from …)`, `closes all of Tcp 22 from …`."""
    if count > _READ:
        return f"{verb} {what}" if what.startswith("all ") else f"{verb} all of {what}"
    return f"{verb} {count_phrase(count)} ({what})"


def services_of(causes: Iterable[Cause]) -> tuple[str, ...]:
    """The protocols and ports of all flows of some causes, sorted; those of Tcp and Udp joined to ranges."""
    ports: dict[str, set[str]] = {}
    for pair in (pair for cause in causes for pair in cause.flows):
        ports.setdefault(pair.protocol, set()).update(pair.destination_ports or ("",))
    return tuple(f"{name}/{one}" for name, found in sorted(ports.items()) for one in _ranges(found))


def named_phrase(causes: Sequence[Cause], endpoints: str) -> str:
    """`Tcp 22 from group.public to 3 NICs: a, b, c`, for causes whose other side has a name."""
    services, remote = _service_phrase(services_of(causes)), visible(causes[0].remote)
    inbound = causes[0].direction == "Inbound"
    source, destination = (remote, endpoints) if inbound else (endpoints, remote)
    source_ports = once(pair.source_ports or ALL_PORTS for cause in causes for pair in cause.flows)
    narrowed = "" if source_ports == (ALL_PORTS,) else f" source ports {listed(once(chain(*source_ports)))}"
    return f"{services} from {source}{narrowed} to {destination}"


def _ranges(ports: set[str]) -> list[str]:
    """`80`, `8000-8100`: adjacent and overlapping ones as one; "" stands for a protocol without ports."""
    if "" in ports:
        return [""]
    return [_range(low, high) for low, high in _spans(ports)]


def _spans(ports: Iterable[str]) -> list[tuple[int, int]]:
    """Ranges of ports, sorted, adjacent and overlapping ones as one."""
    spans = sorted((int(low), int(high or low)) for low, _, high in (port.partition("-") for port in ports))
    found: list[tuple[int, int]] = []
    for low, high in spans:
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


def listed(values: tuple[str, ...]) -> str:
    return shortened([visible(value) for value in values], _LISTED)


def _as_pair(box: SideBox, inbound: bool) -> Pair:
    local, remote = (box.local, box.local_ports, box.local_named), (box.remote, box.remote_ports, box.remote_named)
    source, destination = (remote, local) if inbound else (local, remote)
    return Pair(
        protocol=box.protocol,
        source=source[0],
        source_ports=source[1],
        destination=destination[0],
        destination_ports=destination[1],
        source_named=source[2],
        destination_named=destination[2],
    )


def _merged(pairs: tuple[Pair, ...]) -> list[ShownProduct]:
    """The pairs as products, joined as long as two differ in one respect only."""
    products = [
        ShownProduct(
            _services(p),
            _named(p.source_named, p.source),
            p.source_ports or ALL_PORTS,
            _named(p.destination_named, p.destination),
            _SELF[p.except_self],
        )
        for p in pairs
    ]
    before = 0
    while len(products) != before:
        before = len(products)
        for part in ("services", "source", "destination"):
            products = _joined(products, ShownProduct._fields.index(part))
    return products


def _named(name: str | UnsetType, addresses: tuple[str, ...]) -> tuple[str, ...]:
    return (SetName(name),) if name else addresses


def _services(pair: Pair) -> tuple[str, ...]:
    return tuple(f"{pair.protocol}/{ports}" for ports in pair.destination_ports or ("",))


def _joined(products: list[ShownProduct], part: int) -> list[ShownProduct]:
    """Products that are equal but for the field number `part`, joined there, in order of appearance."""
    joined: dict[tuple[tuple[str, ...], ...], dict[str, None]] = {}
    for product in products:
        rest = product[:part] + product[part + 1 :]
        joined.setdefault(rest, {}).update(dict.fromkeys(product[part]))
    return [ShownProduct._make([*rest[:part], tuple(values), *rest[part:]]) for rest, values in joined.items()]


def _product(product: ShownProduct, endpoints: str, direction: str) -> str:
    source = endpoints if endpoints and direction == "Outbound" else _addresses(product.source)
    destination = endpoints if endpoints and direction == "Inbound" else _addresses(product.destination)
    text = f"{_service_phrase(product.services)} from {source}"
    if product.source_ports != ALL_PORTS:
        text += f" source ports {listed(product.source_ports)}"
    text += f" to {destination}"
    if product.left_out:
        text += f", without {listed(product.left_out)}"
    return f"{text} ({endpoints})" if endpoints and not direction else text


def _service_phrase(services: tuple[str, ...]) -> str:
    ports_of: dict[str, list[str]] = {}
    for service in services:
        protocol, _, ports = service.partition("/")
        ports_of.setdefault(protocol, []).append(ports)
    whole = {protocol for protocol, ports in ports_of.items() if {"", *ALL_PORTS} & set(ports)}
    if "*" in ports_of or whole == set(_PROTOCOLS):
        return "all protocols"
    if whole | {"TCP", "UDP"} == set(_PROTOCOLS):
        left = {protocol: _left_out(ports_of.get(protocol, [])) for protocol in sorted({"TCP", "UDP"} - whole)}
        if sum(map(len, left.values())) <= _LISTED:
            return f"all protocols but {_listed_services(left)}"
    return _listed_services(ports_of)


def _listed_services(ports_of: Mapping[str, list[str]]) -> str:
    return " and ".join(_ports_phrase(protocol, ports) for protocol, ports in ports_of.items())


def _left_out(ports: Sequence[str]) -> list[str]:
    """The ranges of ports that are in none of some others; "" stands for all ports."""
    if not ports:
        return [""]
    low, found = 0, list[str]()
    for first, last in [*_spans(ports), (65_536, 65_536)]:
        if low < first:
            found.append(_range(low, first - 1))
        low = last + 1
    return found


def _ports_phrase(protocol: str, ports: list[str]) -> str:
    if "" in ports:
        return _protocol(protocol)
    return f"{_protocol(protocol)} {'on all ports' if set(ports) == set(ALL_PORTS) else listed(tuple(ports))}"


def _protocol(protocol: str) -> str:
    return _PROTOCOLS.get(protocol) or visible(protocol)


def _addresses(prefixes: tuple[str, ...]) -> str:
    if set(prefixes) == {"0.0.0.0/0", "::/0"}:
        return "any address"
    if len(prefixes) > 1:  # `a but not b, c` would take c out of a
        prefixes = tuple(
            SetName(f"({one})") if isinstance(one, SetName) and " but " in one else one for one in prefixes
        )
    return listed(tuple(bare(prefix) for prefix in prefixes))


def bare(prefix: str) -> str:
    """A single address without its length; names as they are."""
    if isinstance(prefix, SetName):
        return prefix
    address, _, length = prefix.partition("/")
    return address if length == ("128" if ":" in address else "32") else prefix


def _endpoint(address: str, port: int | None) -> str:
    shown = visible(address)
    if port is None:
        return shown
    return f"[{shown}]:{port}" if ":" in shown else f"{shown}:{port}"


def _last(resource_id: str) -> str:
    return resource_id.rsplit("/", 1)[-1]
