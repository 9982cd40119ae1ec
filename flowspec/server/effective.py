"""POST …/effectiveNetworkSecurityGroups -> the rules of a NIC as Azure rewrites them (azure.md B4.1, B6.1)."""

from __future__ import annotations

from collections.abc import Iterator

from flowspec.model.inventory import Direction, Nic, Rule, key
from flowspec.model.unknown import is_unknown
from flowspec.network.match import Match
from flowspec.network.tags import ANYWHERE, Scope, asg, tag
from flowspec.server.estate import Estate
from flowspec.server.machine import SECURITY, running_nic, scope_of
from flowspec.server.wire import HttpAnswer, JsonObject, pretty
from flowspec.sets.address import parse_prefix, prefix_texts
from flowspec.sets.intervals import V4, V6_BASE
from flowspec.sets.written import PROTOCOLS, SPELLINGS

ANY_ADDRESS = "0.0.0.0/0"
_PROTOCOLS = {"*": "All", "any": "All"} | {name: SPELLINGS[protocol] for name, protocol in PROTOCOLS.items()}


def security_groups(estate: Estate, document: JsonObject) -> HttpAnswer:
    """The security admin rules of its VNet, its own NSG, that of its subnet."""
    nic = running_nic(estate.inventory, document, SECURITY)
    return pretty({"value": list(_groups(estate, nic))})


def _groups(estate: Estate, nic: Nic) -> Iterator[JsonObject]:
    inventory = estate.inventory
    endpoint, scope = scope_of(estate.verifier.network, nic)
    subnet = inventory.subnets.get(endpoint.subnet)
    at_nic: JsonObject = {"networkInterface": {"id": nic.id}}
    admin = inventory.admin_rules.get(key(subnet.vnet), ()) if subnet else ()
    if admin:
        manager = admin[0].id.partition("/securityAdminConfigurations/")[0] or "networkManager"
        yield _group(scope, {"networkManager": {"id": manager}} | at_nic, None, admin)
    at_subnet: JsonObject = {"subnet": {"id": subnet.id}} if subnet else {}
    for nsg_id, association in ((nic.nsg, at_nic), (subnet.nsg if subnet else None, at_subnet)):
        nsg = inventory.nsgs.get(key(nsg_id or ""))
        if nsg is not None:
            yield _group(scope, association, nsg.id, (*nsg.rules, *nsg.default_rules))


def _group(scope: Scope, association: JsonObject, nsg: str | None, rules: tuple[Rule, ...]) -> JsonObject:
    """One NSG; inbound rules first, each direction by priority, and what every tag in them stands for."""
    ordered = sorted(rules, key=lambda rule: (rule.direction is Direction.OUTBOUND, rule.priority))
    tags: dict[str, list[str]] = {}
    document: JsonObject = {"networkSecurityGroup": {"id": nsg}} if nsg else {}
    shown = [rule_as_applied(scope, rule, rule.display if nsg else rule.name, tags) for rule in ordered]
    return document | {"association": association, "effectiveSecurityRules": shown, "tagMap": tags}


def rule_as_applied(
    scope: Scope, rule: Rule, name: str, tags: dict[str, list[str]], *, expand: bool = True
) -> JsonObject:
    """A rule as it is applied, under a name; `tags` collects what its tags stand for, told with it if `expand`."""
    sources, destinations = _ports(rule.source_ports), _ports(rule.destination_ports)
    ends = (
        ("Source", _addresses(scope, rule.sources, rule.source_asgs)),
        ("Destination", _addresses(scope, rule.destinations, rule.destination_asgs)),
    )
    document: JsonObject = {
        "name": name,
        "protocol": _PROTOCOLS.get(rule.protocol.casefold(), rule.protocol),
        "sourcePortRange": sources[0] if sources else None,
        "destinationPortRange": destinations[0] if destinations else None,
        "sourcePortRanges": sources,
        "destinationPortRanges": destinations,
    }
    for side, values in ends:
        document[f"{side.lower()}AddressPrefix"] = values[0] if values else None
    for side, values in ends:
        document[f"{side.lower()}AddressPrefixes"] = values
    for side, values in ends:
        expanded = _expanded(scope, values, tags) if expand else []
        if expanded:
            document[f"expanded{side}AddressPrefix"] = expanded
    told = {name: value for name, value in document.items() if value is not None}
    return told | {"access": str(rule.access), "priority": rule.priority, "direction": str(rule.direction)}


def _ports(ports: tuple[str, ...]) -> list[str]:
    found = []
    for text in ports:
        low, _, high = text.replace(" ", "").partition("-")
        if not is_unknown(text):
            found.append("0-65535" if text.casefold() in ("*", "any") else f"{low}-{high or low}")
    return found


def _addresses(scope: Scope, texts: tuple[str, ...], groups: tuple[str, ...]) -> list[str]:
    """Prefixes and tags; any address stands twice, as recorded, and groups as the addresses of their members."""
    if any(text.casefold() in ANYWHERE for text in texts):
        return [ANY_ADDRESS, ANY_ADDRESS]
    found = [_prefix(text) for text in texts if not is_unknown(text)]
    for group in groups:
        found += prefix_texts(asg(scope, group).sure)
    return found


def _prefix(text: str) -> str:
    """`10.0.0.4` -> `10.0.0.4/32`; tags as they are, but for the letter case of the best known."""
    span = parse_prefix(text)
    if span is None:
        return {"internet": "Internet", "virtualnetwork": "VirtualNetwork"}.get(text.casefold(), text)
    return text if "/" in text else f"{text}/{32 if span[0] < V6_BASE else 128}"


def _expanded(scope: Scope, values: list[str], tags: dict[str, list[str]]) -> list[str]:
    """The prefixes of the tags among the values. A tag that is not certain here is left out: Azure would know it."""
    found: list[str] = []
    for text in values:
        if parse_prefix(text) is None:
            match = tag(scope, text)
            if is_certain(match):
                tags[text] = prefix_texts(match.sure)
                found += tags[text]
    return found


def is_certain(match: Match) -> bool:
    """Whether all IPv4 addresses of a tag are known; of `Internet`, Azure tells no others."""
    return bool(match.sure) and not match.maybe.intersect(V4)
