"""Load balancers in JSON -> the model, through a Contribution (azure.md A23)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from flowspec.model.inventory import BackendPool, BalancerRule, Frontend, Lack, LoadBalancer
from flowspec.sets.address import parse_address
from flowspec.sources import essential
from flowspec.sources.contribution import Contribution
from flowspec.sources.essential import lacking
from flowspec.sources.network import children, name_of
from flowspec.sources.node import JsonNode

C = TypeVar("C")
_ALL_PORTS = (0, 65535)
PROTOCOLS = ("tcp", "udp", "all")


def read_balancer(node: JsonNode, balancer_id: str, into: Contribution) -> None:
    """A load balancer: its frontends, backend pools, rules and inbound NAT rules."""

    def of(kind: str, read: Callable[[JsonNode, str], C]) -> Iterator[C]:
        return iter(children(node, kind.lower(), kind, balancer_id, read))

    balancer = LoadBalancer(
        id=balancer_id,
        name=name_of(node, balancer_id),
        frontends=tuple(of("frontendIPConfigurations", read_frontend)),
        pools=tuple(of("backendAddressPools", read_pool)),
        rules=(*of("loadBalancingRules", read_balancer_rule), *of("inboundNatRules", read_balancer_rule)),
        lacks=lacking(node, essential.LOAD_BALANCER, balancer_id),
        where=node.where(),
    )
    into.add(into.upserts.balancers, balancer)


def read_frontend(node: JsonNode, frontend_id: str) -> Frontend:
    """A frontend: a private address, or a public IP."""
    version = (node.text("privateipaddressversion") or "").lower()
    address = node.text("privateipaddress")
    if address is not None and parse_address(address) is None:
        node.notes.error(f"{address} is not an IP address", f"in {frontend_id}", node.where("privateipaddress"))
    return Frontend(
        id=frontend_id,
        name=name_of(node, frontend_id),
        address=address,
        public_ip=node.ref("publicipaddress") or node.ref("publicipprefix"),
        subnet=node.ref("subnet"),
        family=6 if version == "ipv6" or ":" in (address or "") else 4,
        lacks=lacking(node, essential.FRONTEND, frontend_id),
    )


def read_pool(node: JsonNode, pool_id: str) -> BackendPool:
    """A backend pool: its members by ip-configuration, and those by address."""
    configurations = list(node.refs("backendipconfigurations"))
    addresses: list[tuple[str, str | None]] = []
    network = node.ref("virtualnetwork")
    for one in node.children("loadbalancerbackendaddresses"):
        configuration, address = one.ref("networkinterfaceipconfiguration"), one.text("ipaddress")
        if configuration is not None:
            configurations.append(configuration)
        elif address is not None:
            subnet = one.ref("subnet")
            vnet = subnet.rpartition("/subnets/")[0] if subnet else one.ref("virtualnetwork") or network
            addresses.append((address, vnet or None))
    return BackendPool(
        id=pool_id,
        name=name_of(node, pool_id),
        configurations=tuple(dict.fromkeys(configurations)),
        addresses=tuple(dict.fromkeys(addresses)),
    )


def read_balancer_rule(node: JsonNode, rule_id: str) -> BalancerRule:
    """A load balancing rule or an inbound NAT rule. Protocol All with port 0 means every port (HA ports)."""
    one = node.ref("backendipconfiguration")
    frontend_ports = _range(node) or _ports(node, "frontendport")
    backend_ports = _ports(node, "backendport")
    protocol = node.text("protocol") or "All"
    lacks = lacking(node, essential.BALANCER_RULE, rule_id)
    if protocol.lower() not in PROTOCOLS:
        lacks += (Lack("protocol", f"the protocol {protocol} of a load balancer's rule is not Tcp, Udp or All"),)
    return BalancerRule(
        id=rule_id,
        name=name_of(node, rule_id),
        frontend=node.ref("frontendipconfiguration"),
        protocol=protocol,
        frontend_ports=frontend_ports,
        backend_ports=backend_ports,
        floating_ip=bool(node.flag("enablefloatingip")),
        pools=node.refs("backendaddresspool", "backendaddresspools"),
        configurations=(one,) if one else (),
        lacks=lacks,
    )


def _range(node: JsonNode) -> tuple[int, int] | None:
    """The frontend ports of an inbound NAT rule for a whole pool: one for each backend."""
    low, high = node.number("frontendportrangestart"), node.number("frontendportrangeend")
    return (low, high) if low and high else None


def _ports(node: JsonNode, name: str) -> tuple[int, int] | None:
    port = node.number(name)
    return None if port is None else _ALL_PORTS if port == 0 else (port, port)
