"""effectiveNetworkSecurityGroups and securityGroupView answers -> `effective.json`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.corpus import internet
from tests.corpus.arm import Json, Resource, find
from tests.corpus.baking import baked_state, nsg_of_rules, unmasked
from tests.corpus.states import StatePool
from tests.corpus.writing import day, provenance, read_lines

NO_STATE = "the recording does not show the network of the NIC"
EMPTY_VIEW = "the service answered without any network interface"
STALE_VIEW = "the effective rules lack a rule that the same answer lists as associated: a change not yet in force"
SIDES = ("source", "destination")


class Reduction:
    """What the rows of both answers share: states, rule lists and the versions of `Internet`."""

    def __init__(self, corpus: Path) -> None:
        self.states = StatePool("e")
        self.rules = StatePool("r")
        self.internet = internet.versions(corpus)
        self.exceptions: list[dict[str, Any]] = []

    def tags(self, expansions: dict[str, list[str]]) -> dict[str, Json]:
        """What each tag stood for at that NIC; `Internet` by the key of its version."""
        return {
            tag: internet.version_of(self.internet, prefixes) if tag == "Internet" else prefixes
            for tag, prefixes in expansions.items()
        }

    def placed(self, fact: dict[str, Any], row: dict[str, Any]) -> dict[str, Any] | None:
        """The fact with its state, or None (noted as an exception) when the state is not recorded."""
        if not _has_network(row):
            self.exceptions.append({"reason": NO_STATE} | fact)
            return None
        resources, notes = baked_state(row)
        return fact | {"nic": unmasked(fact["nic"], row), "state": self.states.key(resources), "baked": notes}


def reduce_effective(corpus: Path) -> dict[str, Any]:
    """Effective rules per NSG (`rows`) and per NIC (`views`), with what each tag expanded to."""
    shared = Reduction(corpus)
    rows = [fact for row in read_lines(corpus / "ground-truth-effective.jsonl") if (fact := _row(row, shared))]
    views = [fact for row in read_lines(corpus / "ground-truth-sgview.jsonl") for fact in _views(row, shared)]
    return {
        "rows": rows,
        "views": views,
        "exceptions": shared.exceptions,
        "rules": shared.rules.states,
        "states": shared.states.states,
    }


def _row(row: dict[str, Any], shared: Reduction) -> dict[str, Any] | None:
    path = urlsplit(row["url"]).path
    nic = row.get("target_nic") or path.rsplit("/", 1)[0]
    groups = [_group(group, shared) for group in row["response"]["value"] if group.get("effectiveSecurityRules")]
    return shared.placed(_head(row, nic) | {"groups": groups}, row | {"target_nic": nic})


def _head(row: dict[str, Any], nic: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "date": day(row["observed_at"]),
        "api_version": row["api_version"],
        "nic": nic,
        "source": provenance(row["source"]),
    }


def _group(group: dict[str, Any], shared: Reduction) -> dict[str, Any]:
    rules = group["effectiveSecurityRules"]
    association = group["association"]
    kind = "subnet" if association.get("subnet") else "networkInterface"
    return {
        "nsg": group["networkSecurityGroup"]["id"],
        "applied_to": association[kind]["id"],
        "tags": shared.tags(group.get("tagMap") or _expansions(rules)),
        "rules": shared.rules.key([_rule(rule) for rule in rules]),
    }


def _views(row: dict[str, Any], shared: Reduction) -> Iterator[dict[str, Any]]:
    interfaces = row["response"]["networkInterfaces"]
    if not interfaces:
        shared.exceptions.append({"reason": EMPTY_VIEW} | _head(row, row.get("target_nic") or ""))
    for interface in interfaces:
        fact = _view(row, interface, shared)
        if _stale(interface):
            shared.exceptions.append({"reason": STALE_VIEW} | fact)
            continue
        placed = shared.placed(fact, _with_subnet_nsg(row | {"target_nic": fact["nic"]}, interface))
        if placed:
            yield placed


def _view(row: dict[str, Any], interface: dict[str, Any], shared: Reduction) -> dict[str, Any]:
    effective = interface["securityRuleAssociations"]["effectiveSecurityRules"]
    return _head(row, _nic(row, interface)) | {
        "associated": {side: [rule["name"] for rule in rules] for side, rules in _associated(interface).items()},
        "tags": shared.tags(_expansions(effective)),
        "rules": shared.rules.key([_rule(rule) for rule in effective]),
    }


def _nic(row: dict[str, Any], interface: dict[str, Any]) -> str:
    """The NIC of a view; the first API version left the id out."""
    return str(interface.get("id") or row["target_nic"])


def _associated(interface: dict[str, Any]) -> dict[str, list[Resource]]:
    """The user rules of the NIC's and the subnet's NSG; the first API version misspelt the key."""
    associations = interface["securityRuleAssociations"]
    sides = {"nic": "networkInterface", "subnet": "subnet"}
    found = {
        side: associations.get(f"{key}Association") or associations.get(f"{key}Assocation")
        for side, key in sides.items()
    }
    return {side: association["securityRules"] for side, association in found.items() if association}


def _stale(interface: dict[str, Any]) -> bool:
    effective = interface["securityRuleAssociations"]["effectiveSecurityRules"]
    named = {rule["name"].removeprefix("UserRule_") for rule in effective}
    return any(rule["name"] not in named for rules in _associated(interface).values() for rule in rules)


def _with_subnet_nsg(row: dict[str, Any], interface: dict[str, Any]) -> dict[str, Any]:
    """The row with the subnet's NSG, where only this answer shows it."""
    nsg = nsg_of_rules(_associated(interface).get("subnet", []))
    if row.get("subnet_nsg") or nsg is None or find(row["resources"], nsg["id"]) is not None:
        return row
    return row | {"subnet_nsg": nsg}


def _has_network(row: dict[str, Any]) -> bool:
    nic = find(row["resources"], row["target_nic"])
    if nic is None:
        return False
    subnets = [c["properties"]["subnet"]["id"] for c in nic["properties"]["ipConfigurations"]]
    return all(find(row["resources"], subnet.rsplit("/subnets/", 1)[0]) is not None for subnet in subnets)


def _expansions(rules: list[Resource]) -> dict[str, list[str]]:
    """The tags that the answer expands rule by rule (before 2017-08 it had no map of tags)."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        for side in SIDES:
            prefixes = rule.get(f"expanded{side.capitalize()}AddressPrefix")
            tag = rule[f"{side}AddressPrefix"]
            if prefixes and set(found.setdefault(tag, prefixes)) != set(prefixes):
                raise ValueError(f"two expansions of {tag} in one answer")
    return found


def _rule(rule: Resource) -> dict[str, Any]:
    """One effective rule; the singular field, which repeats the first of the plural one, is not kept twice."""
    fact = {key: rule[key] for key in ("name", "direction", "priority", "access", "protocol")}
    for side in SIDES:
        fact[side] = _once(rule, f"{side}AddressPrefix", f"{side}AddressPrefixes")
        fact[f"{side}_ports"] = _once(rule, f"{side}PortRange", f"{side}PortRanges")
    return fact


def _once(rule: Resource, singular: str, plural: str) -> list[str]:
    values = [*(rule.get(plural) or []), *([rule[singular]] if rule.get(singular) else [])]
    return list(dict.fromkeys(values))
