"""POST …/networkConfigurationDiagnostic -> rule by rule, which fields match (azure.md B6.3)."""

from __future__ import annotations

from flowspec.model.inventory import Access, Direction, Rule, key
from flowspec.network.index import Endpoint
from flowspec.network.tags import Scope, term
from flowspec.policy.layers import Layer, Variant
from flowspec.server.estate import Estate
from flowspec.server.machine import check_region, scope_of, target_nic, targeted
from flowspec.server.wire import HttpAnswer, HttpCall, JsonObject, pretty, refused
from flowspec.sets.flows import Box
from flowspec.sets.intervals import ALL_ADDRESSES, V4, AddressSet, PortSet, ProtocolSet
from flowspec.sets.written import PROTOCOLS, port_span

TCP_AND_UDP = ProtocolSet(((0, 1),))
REQUIRED = ("direction", "protocol", "source", "destination", "destinationPort")


def diagnose(estate: Estate, call: HttpCall, watcher: JsonObject) -> HttpAnswer:
    """A result for each profile; none when no NSG applies, as recorded."""
    given = targeted(call.members())
    profiles = given.get("profiles", given.get("queries"))
    if not isinstance(profiles, list) or not profiles or not all(isinstance(p, dict) for p in profiles):
        raise refused("InvalidParameter", "profiles is missing; it takes a list of objects.")
    target = str(given.get("targetresourceid", ""))
    check_region(estate.inventory, watcher, target)
    nic = target_nic(estate.inventory, target)
    endpoint, scope = scope_of(estate.verifier.network, nic)
    found = [_result(estate, endpoint, scope, profile) for profile in profiles]
    return pretty({"results": [result for result in found if result is not None]})


def _result(estate: Estate, endpoint: Endpoint, scope: Scope, profile: JsonObject) -> JsonObject | None:
    asked = _fields(profile)
    direction = _direction(asked["direction"])
    policy = estate.verifier.policies.of_endpoint(endpoint, direction)
    if policy.no_nsg:
        return None
    query = _query(scope, asked)
    evaluated, access = [], "Allow"
    for layer in policy.layers:
        if layer.admin or not layer.nsg:
            continue
        shown, action = _evaluated(estate, endpoint, layer, query)
        evaluated.append(shown)
        if action == Access.DENY:
            access = "Deny"
            break
    result: JsonObject = {"securityRuleAccessResult": access, "evaluatedNetworkSecurityGroups": evaluated}
    return {"profile": asked, "networkSecurityGroupResult": result}


def _fields(profile: JsonObject) -> dict[str, str]:
    folded = {name.casefold(): value for name, value in profile.items()}
    missing = [name for name in REQUIRED if not isinstance(folded.get(name.casefold()), str)]
    if missing:
        raise refused("InvalidParameter", f"{missing[0]} is missing in a profile; it takes a string.")
    return {name: str(folded[name.casefold()]) for name in REQUIRED}


def _direction(text: str) -> Direction:
    found = next((direction for direction in Direction if direction.casefold() == text.casefold()), None)
    if found is None:
        raise refused("InvalidParameter", f"direction {text!r} is not one of Inbound, Outbound.")
    return found


def _query(scope: Scope, asked: dict[str, str]) -> Box:
    """The flows that are asked about. No source port is: every rule matches it, as recorded."""
    port = port_span(asked["destinationPort"])
    if port is None:
        raise refused("InvalidParameter", f"destinationPort {asked['destinationPort']!r} is neither * nor a port.")
    protocol = asked["protocol"].casefold()
    if protocol not in PROTOCOLS and protocol not in ("*", "any"):
        raise refused("InvalidParameter", f"protocol {asked['protocol']!r} is not one of TCP, UDP, ICMP, *.")
    protocols = ProtocolSet.one(PROTOCOLS[protocol]) if protocol in PROTOCOLS else TCP_AND_UDP
    sources, destinations = (_addresses(scope, side, asked[side]) for side in ("source", "destination"))
    return Box(
        protocols=protocols,
        sources=sources,
        source_ports=PortSet(),
        destinations=destinations,
        destination_ports=PortSet((port,)),
    )


def _addresses(scope: Scope, name: str, text: str) -> AddressSet:
    """The addresses of a prefix or a tag; `*` is all of IPv4."""
    found = V4 if text == "*" else term(scope, text, "").sure
    if not found:
        raise refused("InvalidParameter", f"{name} {text!r} is neither *, an address, a prefix, nor a known tag.")
    return V4 if found == ALL_ADDRESSES else found


def _evaluated(estate: Estate, endpoint: Endpoint, layer: Layer, query: Box) -> tuple[JsonObject, Access]:
    """The rules of one NSG up to the first that holds all of the query."""
    steps: dict[str, list[Variant]] = {}
    for variant in layer.variants:
        if variant.decider.rule is not None:
            steps.setdefault(_name(variant.decider.rule), []).append(variant)
    shown: list[JsonObject] = []
    matched, action = "", Access.DENY
    for name, variants in steps.items():
        fields = _matched(variants, query)
        shown.append({"name": name, **fields})
        if all(fields.values()):
            matched, action = name, variants[0].decider.access
            break
    own = key(endpoint.nic.nsg or "") == key(layer.nsg)
    applied = endpoint.nic.id if own else estate.inventory.subnets[endpoint.subnet].id
    document: JsonObject = {"networkSecurityGroupId": layer.nsg, "appliedTo": applied}
    if matched:
        document["matchedRule"] = {"ruleName": matched, "action": str(action)}
    return document | {"rulesEvaluationResult": shown}, action


def _matched(variants: list[Variant], query: Box) -> dict[str, bool]:
    certain = [variant.box for variant in variants if not variant.doubts]
    return {
        "protocolMatched": any(query.protocols.is_subset(box.protocols) for box in certain),
        "sourceMatched": any(query.sources.is_subset(box.sources) for box in certain),
        "sourcePortMatched": any(query.source_ports.is_subset(box.source_ports) for box in certain),
        "destinationMatched": any(query.destinations.is_subset(box.destinations) for box in certain),
        "destinationPortMatched": any(query.destination_ports.is_subset(box.destination_ports) for box in certain),
    }


def _name(rule: Rule) -> str:
    """As this API spells it (azure.md B3)."""
    return f"{'DefaultRule' if rule.default else 'UserRule'}_{rule.name}"
