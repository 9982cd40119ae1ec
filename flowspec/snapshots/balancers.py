"""A load balancer of the model -> ARM REST JSON that reads back as the same (azure.md A23)."""

from __future__ import annotations

from flowspec.model.inventory import BackendPool, BalancerRule, Frontend, LoadBalancer
from flowspec.server.documents import NETWORK, ref, refs, resource
from flowspec.server.wire import JsonObject

ALL_PORTS = (0, 65535)


def balancer_document(balancer: LoadBalancer) -> JsonObject:
    """A load balancer; rules that name one ip-configuration are inbound NAT rules."""
    nat = [rule for rule in balancer.rules if "/inboundnatrules/" in rule.id.casefold()]
    properties: JsonObject = {
        "frontendIPConfigurations": [_frontend(one) for one in balancer.frontends],
        "backendAddressPools": [_pool(one) for one in balancer.pools],
        "loadBalancingRules": [_rule(one) for one in balancer.rules if one not in nat],
        "inboundNatRules": [_rule(one) for one in nat],
    }
    return resource(f"{NETWORK}loadBalancers", balancer.id, balancer.name, properties)


def _frontend(one: Frontend) -> JsonObject:
    properties: JsonObject = {
        "privateIPAddress": one.address,
        "subnet": ref(one.subnet),
        "publicIPAddress": ref(one.public_ip),
        "privateIPAddressVersion": f"IPv{one.family}",
    }
    return resource(f"{NETWORK}loadBalancers/frontendIPConfigurations", one.id, one.name, properties)


def _pool(one: BackendPool) -> JsonObject:
    addresses = [
        {"name": f"a{at}", "properties": {"ipAddress": address, "virtualNetwork": ref(vnet)}}
        for at, (address, vnet) in enumerate(one.addresses)
    ]
    properties: JsonObject = {
        "backendIPConfigurations": refs(one.configurations) or None,
        "loadBalancerBackendAddresses": addresses or None,
    }
    return resource(f"{NETWORK}loadBalancers/backendAddressPools", one.id, one.name, properties)


def _rule(one: BalancerRule) -> JsonObject:
    """Ports as a rule has them; a range of the frontend is that of an inbound NAT rule for a whole pool."""
    front, back = one.frontend_ports, one.backend_ports
    is_range = front is not None and front != ALL_PORTS and front[0] != front[1]
    properties: JsonObject = {
        "protocol": one.protocol,
        "frontendIPConfiguration": ref(one.frontend),
        "frontendPort": None if front is None or is_range else 0 if front == ALL_PORTS else front[0],
        "frontendPortRangeStart": front[0] if front and is_range else None,
        "frontendPortRangeEnd": front[1] if front and is_range else None,
        "backendPort": None if back is None else 0 if back == ALL_PORTS else back[0],
        "enableFloatingIP": one.floating_ip,
        "backendAddressPools": refs(one.pools) or None,
        "backendIPConfiguration": ref(one.configurations[0]) if one.configurations else None,
    }
    kind = one.id.split("/")[-2]
    return resource(f"{NETWORK}loadBalancers/{kind}", one.id, one.name, properties)
