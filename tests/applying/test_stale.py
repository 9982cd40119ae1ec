"""A plan rests on what its proofs read: where the live network differs in that, it is stale; elsewhere it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from flowspec.applying.attempt import original, subscriptions_of
from flowspec.applying.network import refuse_stale
from flowspec.applying.steps import steps_of
from flowspec.errors import PlanFileError
from flowspec.model.documents.plan import Report
from flowspec.model.inventory import Inventory
from flowspec.model.live import Cloud
from flowspec.pipeline import PlanOptions, run
from flowspec.server.options import TwinOptions
from flowspec.server.run import RunningTwin, load
from flowspec.sources import load_inventory
from flowspec.spec import load_spec
from tests.applying.twinned import NETWORK, Applying, inventory, made, shop_plan, three_steps, twin
from tests.azure.live import EXAMPLES, TODAY

FOLDERS = [EXAMPLES / name for name in ("hub-spoke", "shop", "two-nsgs")]
"""Those whose plans suggest something."""
Documents = dict[str, Any]
"""The files of an export by name, each a list of resources."""


def live(running: RunningTwin, report: Report) -> Inventory:
    cloud = Cloud(arm_endpoint=running.url)
    return load_inventory([f"azure:{','.join(subscriptions_of(report))}"], cloud=cloud)


def changed(folder: Path, change: Callable[[Documents], None]) -> Path:
    """The shop's export, with a change."""
    documents = {file.name: json.loads(file.read_bytes()) for file in NETWORK.glob("*.json")}
    change(documents)
    target = folder / "changed"
    target.mkdir()
    for name, document in documents.items():
        (target / name).write_text(json.dumps(document), "utf-8")
    return target


def first(documents: Documents, kind: str, name: str) -> Any:
    return next(one for one in documents[kind] if one["name"] == name)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_twin_of_an_export_is_what_its_plan_rests_on(folder: Path) -> None:
    """However the two spell it: az's JSON in files, ARM's over the wire."""
    plan = run(load_spec([folder], {}, [], {}), load_inventory([str(folder / "network")]), PlanOptions(today=TODAY))
    assert plan.suggested_changes and plan.basis
    with RunningTwin(load([str(folder / "network")]), TwinOptions(sync=True)) as running:
        refuse_stale(plan, live(running, plan))


def tag(documents: Documents) -> None:
    first(documents, "vms.json", "vm-web-01").setdefault("tags", {})["tier"] = "other"


def address(documents: Documents) -> None:
    nic = first(documents, "nics.json", "nic-web-01")
    nic["ipConfigurations"][0]["privateIPAddress"] = "10.20.1.77"


def new_nic(documents: Documents) -> None:
    copy = json.loads(json.dumps(first(documents, "nics.json", "nic-web-01")).replace("nic-web-01", "nic-web-09"))
    copy["ipConfigurations"][0]["privateIPAddress"] = "10.20.1.79"
    copy.pop("virtualMachine", None)
    documents["nics.json"].append(copy)


def gone_nic(documents: Documents) -> None:
    documents["nics.json"].remove(first(documents, "nics.json", "nic-db-01"))


def rule(documents: Documents) -> None:
    first(documents, "nsgs.json", "nsg-app")["securityRules"][0]["destinationPortRange"] = "1-65000"


def description(documents: Documents) -> None:
    first(documents, "nsgs.json", "nsg-app")["securityRules"][0]["description"] = "other words"


def taken_off(documents: Documents) -> None:
    vnet = first(documents, "vnets.json", "vnet-shop")
    del vnet["subnets"][0]["networkSecurityGroup"]


def routed(documents: Documents) -> None:
    vnet = first(documents, "vnets.json", "vnet-shop")
    table = vnet["id"].replace("virtualNetworks/vnet-shop", "routeTables/rt")
    vnet["subnets"][0]["routeTable"] = {"id": table}
    route = {
        "name": "all",
        "addressPrefix": "0.0.0.0/0",
        "nextHopType": "VirtualAppliance",
        "nextHopIpAddress": "10.0.0.9",
    }
    documents["routes.json"] = [{"id": table, "name": "rt", "location": "westeurope", "routes": [route]}]


def space(documents: Documents) -> None:
    first(documents, "vnets.json", "vnet-shop")["addressSpace"]["addressPrefixes"].append("10.99.0.0/16")


def power(documents: Documents) -> None:
    first(documents, "vms.json", "vm-web-01")["powerState"] = "VM deallocated"


def elsewhere(documents: Documents) -> None:
    """A VNet of its own, with a NIC."""
    vnet = json.loads(json.dumps(first(documents, "vnets.json", "vnet-shop")).replace("vnet-shop", "vnet-other"))
    for subnet in vnet["subnets"]:
        subnet.pop("networkSecurityGroup", None)
        subnet.pop("ipConfigurations", None)
    documents["vnets.json"].append(vnet)
    nic = json.loads(
        json.dumps(first(documents, "nics.json", "nic-web-01"))
        .replace("nic-web-01", "nic-other")
        .replace("vnet-shop", "vnet-other")
    )
    nic.pop("virtualMachine", None)
    nic.pop("networkSecurityGroup", None)
    documents["nics.json"].append(nic)


@pytest.mark.parametrize(
    ("change", "told"),
    [(tag, "virtualmachines/vm-web-01 changed"), (address, "networkinterfaces/nic-web-01 changed"),
     (new_nic, "networkinterfaces/nic-web-09 is new"), (gone_nic, "networkinterfaces/nic-db-01 is gone"),
     (rule, "networksecuritygroups/nsg-app changed"),
     (taken_off, "since it was made, virtualnetworks/vnet-shop/subnets/snet-web changed"),
     (routed, "virtualnetworks/vnet-shop/subnets/snet-web changed"), (space, "virtualnetworks/vnet-shop changed"),
     (power, ""), (elsewhere, ""), (description, "")],
)  # fmt: skip
def test_what_makes_a_plan_stale(tmp_path: Path, change: Callable[[Documents], None], told: str) -> None:
    plan = shop_plan()
    with RunningTwin(load([str(changed(tmp_path, change))]), TwinOptions(sync=True)) as running:
        now = live(running, plan)
        if not told:
            refuse_stale(plan, now)
            return
        with pytest.raises(PlanFileError, match="Saved plan is stale") as refused:
            refuse_stale(plan, now)
    assert told in refused.value.problems[0].detail


def test_what_a_plan_did_not_know_may_be_there(tmp_path: Path) -> None:
    """An export without VMs: the NICs name them, and what hinges on them was left open."""
    with twin(sync=True) as running:
        report = made(three_steps(), replace(inventory(), vms={}))
        refuse_stale(report, live(running, report))
        told = {entry.id for entry in made(three_steps()).basis} - {entry.id for entry in report.basis}
        assert told and all("/virtualmachines/" in name for name in told)


def test_a_plan_that_was_cut_short_rests_on_the_network_before_it(tmp_path: Path) -> None:
    with twin(sync=True) as running:
        applying = Applying(running, tmp_path, made(three_steps()), seconds=30)
        calls: list[int] = []

        class EndError(Exception):
            pass

        from tests.applying.twinned import Counted

        def hook(number: int, moment: str, name: str) -> None:
            calls.append(number)
            if number == 10 and moment == "after":
                raise EndError

        applying.wrapped = lambda api: Counted(api, hook)
        with pytest.raises(EndError):
            applying.apply()
        now = live(running, applying.report)
        with pytest.raises(PlanFileError, match="stale"):
            refuse_stale(applying.report, now)
        journal = applying.unfinished
        assert journal is not None
        refuse_stale(applying.report, original(journal, now))


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"steps": ()}, "it has no steps"), ({"errored": True}, "is in error"), ({"applyable": False}, "proved apart"),
     ({"basis": ()}, ""), ({"steps": three_steps()[:2]}, "differ"), ({"steps": (*three_steps(), three_steps()[0])}, "does not begin where")],  # noqa: E501
)  # fmt: skip
def test_plans_that_may_not_be_applied(changes: dict[str, Any], words: str) -> None:
    report = structs.replace(made(three_steps()), **changes)
    if words:
        with pytest.raises(PlanFileError, match=words):
            steps_of(report)
    else:
        with pytest.raises(PlanFileError, match="stale"):
            refuse_stale(report, Inventory())


@pytest.mark.parametrize(
    "nsg, rule", [("/x", "a"), ("", "a"), (f"{NETWORK}", "a"), (None, "a b"), (None, "a/../b"), (None, "")]
)
def test_names_that_are_none(nsg: str | None, rule: str) -> None:
    report = made(three_steps())
    wrong = structs.replace(report.steps[0], nsg=report.steps[0].nsg if nsg is None else nsg, rule=rule)
    with pytest.raises(PlanFileError, match=r"is no (id of an NSG|name of a rule)"):
        steps_of(structs.replace(report, steps=(wrong, *report.steps[1:])))
