"""Dice -> NSGs and security admin rules. Few addresses, ports and priorities, so that rules overlap a lot."""

from __future__ import annotations

from tests.naive.dice import Dice, resource
from tests.naive.evaluate import DEFAULTS
from tests.naive.resources import Json

SERVICE_TAGS = {
    "Storage": ["20.60.0.0/16", "52.239.0.0/17", "2603:1030:800::/48"],
    "Storage.WestEurope": ["20.60.0.0/24"],
    "Sql": ["52.239.64.0/18", "40.68.37.158/32"],
    "EmptyTag": [],
}
OPAQUE_TAGS = ("AzureMonitor", "EventHub")
ANYWHERE = ("*", "*", "*", "0.0.0.0/0", "Any", "::/0")
PREFIXES = (
    "10.0.0.0/8",
    "10.0.0.0/16",
    "10.1.0.0/16",
    "10.0.0.0/24",
    "10.0.0.0/25",
    "10.0.0.4/31",
    "10.0.0.4/32",
    "10.0.0.5",
    "10.0.1.4",
    "10.1.0.0/24",
    "10.1.0.4",
    "10.2.0.0/24",
    "172.16.0.0/12",
    "192.168.10.0/24",
    "8.8.8.0/24",
    "8.8.8.8/32",
    "20.60.0.0/17",
    "168.63.129.16",
    "fd00:a::/48",
    "fd00:a::/64",
    "fd00:a::4",
    "2603:1030::/32",
    "2001:db8::/32",
)
TAGS = {
    "VirtualNetwork": 5,
    "Internet": 5,
    "AzureLoadBalancer": 2,
    "Storage": 2,
    "Storage.WestEurope": 1,
    "Sql": 1,
    "EmptyTag": 0.3,
    "AzureMonitor": 2,
    "EventHub": 1,
    "AzurePlatformDNS": 0.3,
    "AzurePlatformIMDS": 0.3,
}
PORTS = ("0", "22", "80", "443", "65535", "0-79", "80-90", "85-443", "1024-65535", "65535-65535", "0-65535")
SOURCE_PORTS = ("0", "23-45", "40000", "1024-65535", "65535")
PROTOCOLS = {"Tcp": 6, "*": 5, "Udp": 2, "Icmp": 1.2, "Esp": 0.6, "Ah": 0.6}
PRIORITIES = (100, 110, 120, 130, 200, 300, 1000, 4096)


def draw_nsg(dice: Dice, name: str, groups: list[str]) -> Json:
    rules = [rule for direction in ("Inbound", "Outbound") for rule in draw_rules(dice, direction, groups)]
    dice.shuffle(rules)
    properties: Json = {"securityRules": rules}
    kind = dice.weighted({"six": 6.0, "absent": 2.5, "some": 1.0, "none": 0.5})
    if kind != "absent":
        kept = dice.some(DEFAULTS, 2, 4) if kind == "some" else DEFAULTS if kind == "six" else ()
        properties["defaultSecurityRules"] = [default_rule(*row) for row in kept]
    return resource("networkSecurityGroups", name, properties)


def default_rule(name: str, priority: int, direction: str, source: str, destination: str, access: str) -> Json:
    properties = {
        "protocol": "*",
        "sourcePortRange": "*",
        "destinationPortRange": "*",
        "sourceAddressPrefix": source,
        "destinationAddressPrefix": destination,
        "access": access,
        "priority": priority,
        "direction": direction,
        "sourcePortRanges": [],
        "destinationPortRanges": [],
        "sourceAddressPrefixes": [],
        "destinationAddressPrefixes": [],
    }
    return {"name": name, "properties": properties}


def draw_rules(dice: Dice, direction: str, groups: list[str]) -> list[Json]:
    priorities = dice.some(PRIORITIES, 0, 4)
    return [draw_rule(dice, f"{direction[:2]}-{priority}", direction, priority, groups) for priority in priorities]


def crowd(dice: Dice, nsg: Json) -> None:
    """Makes a rule for every address the first that there can be: no free priority is left before it."""
    direction = dice.choice(["Inbound", "Outbound"])
    first = draw_rule(dice, f"{direction[:2]}-first", direction, PRIORITIES[0], [])
    first["properties"] |= {"protocol": dice.choice(["*", "*", "Tcp"]), "sourceAddressPrefix": "*"}
    first["properties"] |= {"destinationAddressPrefix": "*", "sourceAddressPrefixes": []}
    first["properties"] |= {"destinationAddressPrefixes": [], "sourcePortRange": "*", "sourcePortRanges": []}
    rules = nsg["properties"]["securityRules"]
    places = [(r["properties"]["direction"].lower(), r["properties"]["priority"]) for r in rules]
    taken = (direction.lower(), PRIORITIES[0])
    rules[:] = [r for r, place in zip(rules, places, strict=True) if place != taken] + [first]


def draw_rule(dice: Dice, name: str, direction: str, priority: int, groups: list[str]) -> Json:
    properties: Json = {
        "protocol": dice.cased(dice.weighted(PROTOCOLS)),
        "access": dice.cased(dice.choice(["Allow", "Deny"])),
        "priority": priority,
        "direction": dice.cased(direction),
    }
    source_ports = dice.some(SOURCE_PORTS, 1, 2) if dice.chance(0.15) else ["*"]
    ports = dice.some(PORTS, 1, 3) if dice.chance(0.7) else ["*"]
    properties |= forms(dice, "sourcePortRange", source_ports) | forms(dice, "destinationPortRange", ports)
    for end in ("source", "destination"):
        properties |= draw_end(dice, end, groups)
    return {"name": name, "properties": properties}


def draw_end(dice: Dice, end: str, groups: list[str]) -> Json:
    """The addresses of one end: groups alone, or prefixes and tags; rarely nothing at all (a value not known)."""
    if groups and dice.chance(0.2):
        return {f"{end}ApplicationSecurityGroups": [dice.reference(g) for g in dice.some(groups, 1, 2)]}
    if dice.chance(0.01):
        return {}
    return forms(dice, f"{end}AddressPrefix", draw_addresses(dice))


def draw_addresses(dice: Dice) -> list[str]:
    match dice.weighted({"any": 3.0, "tag": 4.0, "prefixes": 3.0, "mixed": 1.0}):
        case "any":
            return [dice.choice(ANYWHERE)]
        case "tag":
            return [dice.cased(dice.weighted(TAGS))]
        case "prefixes":
            return dice.some(PREFIXES, 1, 3)
    return [dice.cased(dice.weighted(TAGS)), *dice.some(PREFIXES, 1, 2)]


def forms(dice: Dice, singular: str, values: list[str]) -> Json:
    """The ways that Azure, its tools and people write one list: singular, plural, both, with empty forms beside."""
    plural = singular + ("es" if singular.endswith("x") else "s")
    match dice.weighted({"plain": 5.0, "empty": 2.0, "plural": 2.0, "both": 1.5}):
        case "plain" if len(values) == 1:
            return {singular: values[0]}
        case "empty" if len(values) == 1:
            return {singular: values[0], plural: []}
        case "both":
            return {singular: values[0], plural: values[1:] or values}
        case "empty":
            return {singular: "", plural: values}
    return {plural: values}


def draw_admin_rules(dice: Dice, vnet_id: str) -> Json:
    """Effective security admin rules of a VNet, in the form that the evaluator reads."""
    directions = [dice.choice(["Inbound", "Outbound"]) for _ in range(dice.randint(1, 4))]
    rules = [
        {
            "name": f"admin-{priority}",
            "priority": priority,
            "direction": direction,
            "access": dice.choice(["Allow", "Deny", "AlwaysAllow"]),
            "protocol": dice.weighted(PROTOCOLS),
            "sources": admin_addresses(dice),
            "destinations": admin_addresses(dice),
            "sourcePortRanges": ["0-65535"],
            "destinationPortRanges": dice.some(PORTS, 1, 2),
        }
        for priority, direction in enumerate(directions, start=10)
    ]
    return {"type": "flowspec.test/adminRules", "vnet": vnet_id, "rules": rules}


def admin_addresses(dice: Dice) -> list[str]:
    if dice.chance(0.4):
        return ["*"]
    return [dice.weighted(TAGS)] if dice.chance(0.4) else dice.some(PREFIXES, 1, 2)
