"""NSGs that someone else keeps, who would write over a change or be surprised by it: who, and how that is known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowspec.fixes.ownership import is_use_only
from flowspec.model.inventory import Inventory, Nsg, id_part, key
from flowspec.reading import read

_TERRAFORM_TAGS = re.compile(r"terraform|opentofu|tofu", re.IGNORECASE)
_MANAGED = re.compile(
    r"managed[-_ ]?by|iac|provisioner|created[-_ ]?by|source|terraform|deployed[-_ ]?by", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps an NSG (its id), how that is known, and the dialect in which its owner takes a change; "" for none."""

    nsg: str
    who: str
    known_by: str
    dialect: str = ""


def keepers_of(inventory: Inventory, nsgs: Iterable[str], states: Iterable[Path] = ()) -> Iterator[Keeper]:
    """Of these NSGs (ids) those that someone else keeps; `states` are Terraform's states and plans."""
    kept = {at: file for file in states for at in _in_terraform(file)}
    for nsg_id in sorted(set(nsgs)):
        at = key(nsg_id)
        file = kept.get(at) or kept.get(_short(nsg_id))
        if file is not None:
            yield Keeper(nsg_id, "Terraform", f"it is in {file}", "terraform")
        nsg = inventory.nsgs.get(at)
        if nsg is not None:
            yield from _by_signs(nsg)


def _by_signs(nsg: Nsg) -> Iterator[Keeper]:
    """By tags, names, and the rules that are in it."""
    tags = {name.casefold(): value for name, value in nsg.tags}
    group = (id_part(nsg.id, "resourceGroups") or "").casefold()
    aks = next((name for name in tags if name.startswith("aks-managed")), "")
    if aks or group.startswith("mc_") or re.fullmatch(r"aks-agentpool-\d+-nsg", nsg.name, re.IGNORECASE):
        yield Keeper(
            nsg.id, "AKS", f"tag {aks}" if aks else f"resource group {group}" if group.startswith("mc_") else "its name"
        )
    databricks = "databricks-environment" in tags or tags.get("vendor", "").casefold() == "databricks"
    if databricks or group.startswith("databricks-rg-"):
        yield Keeper(nsg.id, "Databricks", "its tags" if databricks else f"resource group {group}")
    for name, value in nsg.tags:
        if _MANAGED.fullmatch(name) and (_TERRAFORM_TAGS.search(value) or _is_terraform_flag(name, value)):
            yield Keeper(nsg.id, "Terraform", f"tag {name} = {value}", "terraform")
            break
    owned = next((rule.name for rule in nsg.rules if is_use_only(rule.name)), "")
    if owned:
        yield Keeper(nsg.id, owned.partition("_")[0], f"its rule {owned}")


def _is_terraform_flag(name: str, value: str) -> bool:
    return _TERRAFORM_TAGS.search(name) is not None and value.casefold() in ("true", "yes", "1")


def is_terraform(document: object) -> bool:
    """Whether a JSON document is Terraform's: a state, or what `terraform show -json` prints of a state or plan."""
    return isinstance(document, dict) and isinstance(document.get("terraform_version"), str)


def _in_terraform(file: Path) -> set[str]:
    """The NSGs of a state or plan: their ids as keys, and GROUP/NAME where only the names are known."""
    found: set[str] = set()
    for values in _values(json.loads(read(file))):
        group, own, named = (values.get(f"{one}name") for one in ("resource_group_", "", "network_security_group_"))
        at = values.get("id")
        if isinstance(at, str) and "/networksecuritygroups/" in at.casefold() and "|" not in at:
            found.add(key(at).partition("/securityrules/")[0])
        name = named or (own if "security_rule" in values else None)
        if isinstance(group, str) and isinstance(name, str):
            found.add(f"{group}/{name}".casefold())
    return found


def _values(document: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in a document, but for what Terraform only looks up (`data`)."""
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict) and one.get("mode") != "data":
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _short(nsg: str) -> str:
    return f"{id_part(nsg, 'resourceGroups')}/{nsg.rpartition('/')[2]}".casefold()
