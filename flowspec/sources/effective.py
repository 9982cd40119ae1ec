"""Effective answers (rules and tags of a NIC, its routes, admin rules of a VNet) -> entries of a Contribution.

Routes and admin rules don't name their NIC or VNet. They get it from an `id` beside the list, spelled as the request's
own path (`<nic id>/effectiveRouteTable`), or else from the name of the file, `<nic or vnet name>.….json`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from flowspec.errors import Where
from flowspec.model.inventory import Rule
from flowspec.sources.contribution import Contribution, Effective
from flowspec.sources.node import JsonNode
from flowspec.sources.notes import Notes
from flowspec.sources.rules import is_prefix, read_rule

ROUTES = "effectiveroutetable"
ADMIN = "listnetworkmanagereffectivesecurityadminrules"


@dataclass(frozen=True, slots=True)
class Page:
    """One list in a file: its pointer, and the id that stands beside it."""

    file: str
    pointer: str
    owner: str | None

    @property
    def call(self) -> str:
        """The last part of the owner, in lower case: the name of the API call, if the owner is one."""
        return (self.owner or "").rpartition("/")[2].lower()

    def where(self) -> Where:
        return Where(self.file, pointer=self.pointer)


def open_page(page: Page, into: Contribution) -> None:
    """Notes an answer that its `id` tells to be one, for it may be empty."""
    if page.call == ROUTES:
        answer(page, into).learned = []
    elif page.call == ADMIN:
        answer(page, into).admin_rules = []


def answer(page: Page, into: Contribution) -> Effective:
    """The entry for a list as a whole."""
    scope = page.owner.rpartition("/")[0] if page.owner and page.call in (ROUTES, ADMIN) else None
    return into.effective.setdefault((page.file, page.pointer), Effective(where=page.where(), scope=scope))


def read(node: JsonNode, page: Page, into: Contribution) -> bool:
    """Reads one entry of an effective answer; False when it is none."""
    fields = node.fields
    if "effectivesecurityrules" in fields:
        read_group(node, into)
    elif "nexthoptype" in fields and "source" in fields and "id" not in fields:
        read_route(node, answer(page, into))
    elif "rulegroups" in fields or "rulecollectionappliestogroups" in fields or page.call == ADMIN:
        read_admin_rule(node, answer(page, into))
    else:
        return False
    into.resources += 1
    return True


def read_group(node: JsonNode, into: Contribution) -> None:
    """One entry of effectiveNetworkSecurityGroups: the rules of one NSG, or of a network manager (azure.md B6.1)."""
    association = node.child("association") or node
    scope = association.ref("networkinterface") or association.ref("subnet")
    entry = Effective(where=node.where(), scope=scope, nsg=node.ref("networksecuritygroup"), tags=expansions(node))
    admin = association.ref("networkmanager") is not None
    owner = association.ref("networkmanager") or entry.nsg or ""
    rules = [effective_rule(child, owner, admin=admin) for child in node.children("effectivesecurityrules")]
    found = [rule for rule in rules if rule is not None]
    if admin:
        entry.admin_rules = found
    else:
        entry.rules = tuple(found)
    into.effective[(node.file, node.pointer)] = entry


def effective_rule(node: JsonNode, owner: str, *, admin: bool) -> Rule | None:
    section, _, name = (node.text("name") or "").rpartition("/")
    node.fields["name"] = name
    if not admin:  # it is only compared with the NSG's own rule, whose faults are told there
        node.notes = Notes()
    rule = read_rule(node, owner, default=section.lower().startswith("default"), admin=True)
    return replace(rule, id="") if rule else None


def expansions(node: JsonNode) -> dict[str, tuple[str, ...]]:
    """Tag name (folded) -> prefixes, out of `tagMap`, else out of the expanded prefixes beside a rule's only tag."""
    tags = node.fields.get("tagmap")
    if isinstance(tags, dict):
        return {tag.casefold(): tuple(map(str, found)) for tag, found in tags.items() if isinstance(found, list)}
    found_tags: dict[str, tuple[str, ...]] = {}
    for rule in node.children("effectivesecurityrules"):
        for side in ("source", "destination"):
            found = rule.texts(f"expanded{side}addressprefix", f"expanded{side}addressprefixes")
            names = [t for t in rule.texts(f"{side}addressprefix", f"{side}addressprefixes") if is_tag(t)]
            if found and len(names) == 1:
                found_tags.setdefault(names[0].casefold(), found)
    return found_tags


def is_tag(text: str) -> bool:
    return bool(re.match(r"[A-Za-z]", text)) and not is_prefix(text)


def read_route(node: JsonNode, entry: Effective) -> None:
    """One effective route; those of a gateway are what it learned."""
    entry.learned = [] if entry.learned is None else entry.learned
    source, state = (node.text("source") or "").lower(), (node.text("state") or "Active").lower()
    if source == "virtualnetworkgateway" and state == "active":
        entry.learned.extend(node.texts("addressprefix", "addressprefixes"))


def read_admin_rule(node: JsonNode, entry: Effective) -> None:
    """One rule of listNetworkManagerEffectiveSecurityAdminRules."""
    entry.admin_rules = [] if entry.admin_rules is None else entry.admin_rules
    rule = read_one_admin_rule(node)
    if rule is not None:
        entry.admin_rules.append(rule)


def read_one_admin_rule(node: JsonNode) -> Rule | None:
    node.fields |= {
        "name": (node.text("id") or node.text("displayname") or "").rpartition("/")[2],
        "sourceaddressprefixes": address_items(node, "sources"),
        "destinationaddressprefixes": address_items(node, "destinations"),
    }
    return read_rule(node, "", admin=True)


def read_configuration(node: JsonNode, rule_id: str, into: Contribution) -> None:
    """An admin rule of a configuration: whether, and on which VNets, it is deployed is not said (azure.md A15)."""
    essential = ("access", "direction", "priority", "protocol")
    if not all(node.fields.get(name) for name in essential):
        into.admin_configuration.append(None)
        return
    into.admin_configuration.append(read_one_admin_rule(node))


def address_items(node: JsonNode, name: str) -> list[Any]:
    """The addresses of a side. A network group's members are not in the answer: its id will read as unknown."""
    items = [child.held("addressprefix") or child.text("addressprefix") for child in node.children(name)]
    return [*node.every_held(name), *items]
