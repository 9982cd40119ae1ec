"""The real templates of the corpus: all load, nearly all is known, and ten are as a careful reader counts them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from flowspec.errors import SourceError
from flowspec.model.inventory import Inventory, Rule, lack
from flowspec.model.templates import TemplateOptions
from flowspec.model.unknown import UNKNOWN, is_unknown
from flowspec.sources import load_inventory

CORPUS = Path(os.environ.get("FLOWSPEC_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus") / "arm"
FOLDERS = sorted(path.name for path in CORPUS.iterdir()) if CORPUS.is_dir() else []
COUNTED = {
    "quickstarts_microsoft.servicefabric_service-fabric-secure-nsg-cluster-65-node-3-nodetype": (3, 30, 3, 0),
    "demos_multi-tier-loadbalancing": (4, 4, 8, 6),
    "application-workloads_redhat_rhel-3tier-iaas": (4, 3, 4, 7),
    "demos_hub-and-spoke-sandbox": (1, 1, 6, 1),
    "application-workloads_darktrace_darktrace-vsensor-autoscaling": (1, 10, 2, 0),
    "quickstarts_microsoft.network_front-door-api-management": (1, 14, 1, 0),
    "quickstarts_microsoft.machinelearningservices_machine-learning-end-to-end-secure": (1, 9, 3, 1),
    "demos_nested-vms-in-virtual-network": (4, 0, 4, 2),
    "demos_private-aks-cluster-with-public-dns-zone": (2, 11, 4, 1),
    "demos_app-service-environment-azfirewall_nestedtemplates_vnet": (1, 17, 2, 0),
}
"""NSGs, rules, subnets and NICs, counted by hand: loops, conditions, modules and child resources as they come out."""

pytestmark = pytest.mark.skipif(not FOLDERS, reason="the corpus is not here")


@cache
def loaded(folder: str) -> Inventory | None:
    """The template of a folder with its parameter file; None where it can't be read."""
    files = [str(path) for path in sorted((CORPUS / folder).glob("*.json"))]
    given = tuple(file for file in files if file.endswith(".parameters.json"))
    (template,) = (file for file in files if file not in given)
    try:
        return load_inventory([template], templates=TemplateOptions(parameters={0: given}))
    except SourceError:
        return None


def values(rule: Rule) -> tuple[str, ...]:
    return (rule.protocol, *rule.sources, *rule.source_ports, *rule.destinations, *rule.destination_ports)


def unknowns() -> Iterator[bool]:
    """Of each field of each rule whether it is not known; an NSG whose rules are not known counts as one of nine."""
    for inventory in map(loaded, FOLDERS):
        for nsg in inventory.nsgs.values() if inventory else ():
            yield from ([True] * 9 if lack(nsg, "rules") else ())
            for rule in nsg.rules:
                yield from (False,) * 4  # name, priority, direction, access
                yield from map(is_unknown, values(rule))


def test_nearly_all_templates_load() -> None:
    assert len(FOLDERS) > 60
    assert sum(loaded(folder) is not None for folder in FOLDERS) >= 0.95 * len(FOLDERS)


def test_nearly_all_fields_of_rules_are_known() -> None:
    found = list(unknowns())
    assert len(found) > 2500
    assert sum(found) <= 0.1 * len(found), f"{sum(found)} of {len(found)} are not known"


@pytest.mark.parametrize("folder", COUNTED)
def test_a_template_holds_what_a_reader_counts(folder: str) -> None:
    found = loaded(folder)
    assert found is not None
    assert not [nsg.name for nsg in found.nsgs.values() if lack(nsg, "rules")]
    rules = sum(len(nsg.rules) for nsg in found.nsgs.values())
    assert (len(found.nsgs), rules, len(found.subnets), len(found.nics)) == COUNTED[folder]


def test_the_rest_says_which_expression_stopped_it() -> None:
    for inventory in map(loaded, FOLDERS):
        for nsg in inventory.nsgs.values() if inventory else ():
            missing = lack(nsg, "rules")
            assert missing is None or any(sign in missing.reason for sign in ("(", "linked template", "twice"))
            for text in (text for rule in nsg.rules for text in values(rule) if is_unknown(text)):
                assert "(" in text or text == UNKNOWN  # the rule does not set it
