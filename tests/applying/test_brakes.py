"""What keeps a plan from being applied, and what --force goes over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from flowspec.applying.attempt import terraform_files
from flowspec.applying.brakes import Objection, asked_brakes, brakes_of, refuse
from flowspec.applying.keepers import Keeper, keepers_of
from flowspec.errors import FlowspecError
from flowspec.model.documents.plan import InventorySource, RuleProperties, Step
from flowspec.model.inventory import Access, Direction, Inventory, Nsg, Rule
from tests.applying.twinned import DB, NSGS, WEB, Applying, made, properties, step, three_steps, twin
from tests.azure.server import Asked, Response, failing, listing, proxy

OURS = "flowspec shop: intent.web-to-db"
LOCK = {"name": "keep", "type": "Microsoft.Authorization/locks", "properties": {"level": "CanNotDelete"}}


def network(rules: Mapping[str, str], nsg: str = WEB, **more: Any) -> Inventory:
    """An NSG with rules: name -> description."""
    found = tuple(
        Rule(name=name, priority=100 + at, direction=Direction.INBOUND, access=Access.DENY, description=description)
        for at, (name, description) in enumerate(rules.items())
    )
    return Inventory(nsgs={nsg.casefold(): Nsg(id=nsg, name=nsg.rpartition("/")[2], rules=found, **more)})


def brakes(steps: list[Step], inventory: Inventory, keepers: list[Keeper] | None = None) -> list[Objection]:
    return list(brakes_of(steps, inventory, "shop", keepers or [], "plan.json"))


SOME = properties(200)


@pytest.mark.parametrize(
    ("name", "description", "own"),
    [("flowspec-web-to-db-allow-in", OURS, True), ("flowspec-web-to-db-in", "flowspec (shop): intent.web-to-db", True),
     ("flowspec-web-to-db-allow-in", "mine now", False), ("web", OURS, False),
     ("flowspec-web-to-db-allow-in", "flowspec lab: intent.web-to-db", False)],
)  # fmt: skip
@pytest.mark.parametrize("after", [None, properties(300)])
def test_rules_of_others(name: str, description: str, own: bool, after: RuleProperties | None) -> None:
    found = brakes([step(WEB, name, SOME, after)], network({name: description}))
    what = "deleted" if after is None else "changed"
    assert [one.why for one in found] == (
        [] if own else [f"nsg-web/securityRules/{name} is to be {what}, and flowspec did not make it"]
    )
    assert all(one.forced for one in found)


def test_a_new_rule_is_no_rule_of_others() -> None:
    assert brakes([step(WEB, "flowspec-x-deny-in", None, SOME)], network({"a": ""})) == []


@pytest.mark.parametrize(
    ("rules", "changed", "too_much"), [(9, 9, False), (10, 3, False), (10, 4, True), (40, 12, False), (40, 13, True)]
)
def test_much_of_an_nsg(rules: int, changed: int, too_much: bool) -> None:
    names = [f"flowspec-{at}-allow-in" for at in range(rules)]
    steps = [step(WEB, name, SOME, None) for name in names[:changed]]
    created = [step(WEB, f"flowspec-new-{at}-allow-in", None, SOME) for at in range(50)]
    found = brakes([*steps, *created], network(dict.fromkeys(names, OURS)))
    assert [one.why for one in found] == (
        [f"{changed} of the {rules} rules of nsg-web are to be changed: more than 30%"] if too_much else []
    )


def test_two_steps_of_a_rule_are_one() -> None:
    names = [f"flowspec-{at}-allow-in" for at in range(10)]
    steps = [
        step(WEB, name, before, after)
        for name in names[:3]
        for before, after in ((SOME, properties(300)), (properties(300), properties(400)))
    ]
    assert brakes(steps, network(dict.fromkeys(names, OURS))) == []


@pytest.mark.parametrize("name", ["Microsoft.Sql-managedInstances_UseOnly_mi-services-out", "x_useonly_y"])
def test_rules_of_azure_s_services_are_never_touched(name: str) -> None:
    found = brakes([step(WEB, name, SOME, None)], network({name: ""}))
    assert not found[0].forced and "belongs to a service of Azure's" in found[0].why
    with pytest.raises(FlowspecError, match="belongs to a service") as refused:
        refuse(found, forced=True)
    assert "--force does not go over this" in refused.value.problems[0].detail


@pytest.mark.parametrize(
    ("nsg", "tags", "who"),
    [("nsg-web", {"managed_by": "Terraform"}, "Terraform"), ("nsg-web", {"terraform": "true"}, "Terraform"),
     ("nsg-web", {"iac": "OpenTofu"}, "Terraform"), ("nsg-web", {"owner": "terraform team"}, ""),
     ("nsg-web", {"terraform": "no"}, ""), ("aks-agentpool-12345678-nsg", {}, "AKS"),
     ("nsg-web", {"aks-managed-cluster-name": "c"}, "AKS"),
     ("nsg-web", {"databricks-environment": "true"}, "Databricks"),
     ("nsg-web", {"Vendor": "Databricks"}, "Databricks"), ("nsg-web", {}, "")],
)  # fmt: skip
def test_keepers_by_their_signs(nsg: str, tags: dict[str, str], who: str) -> None:
    at = f"{NSGS}{nsg}"
    found = list(keepers_of(network({}, at, tags=tuple(tags.items())), [at]))
    assert [one.who for one in found] == ([who] if who else [])
    (objection,) = brakes([], network({}, at), found) or [None]
    assert objection is None or (objection.forced and "flowspec render plan.json --dialect" in objection.advice)


@pytest.mark.parametrize(("group", "who"), [("MC_rg_c_westeurope", "AKS"), ("databricks-rg-ws-abc", "Databricks")])
def test_keepers_by_their_resource_group(group: str, who: str) -> None:
    at = WEB.replace("rg-shop", group)
    assert [one.who for one in keepers_of(network({}, at), [at])] == [who]


def test_a_rule_that_only_a_service_writes_tells_its_keeper() -> None:
    rules = {"Microsoft.Sql-managedInstances_UseOnly_mi-services-out": "", "mine": ""}
    (found,) = keepers_of(network(rules), [WEB])
    assert found.who == "Microsoft.Sql-managedInstances"


STATE = {
    "terraform_version": "1.9.0",
    "resources": [{"type": "azurerm_network_security_group", "instances": [{"attributes": {"id": WEB}}]}],
}  # fmt: skip
PLAN = {
    "terraform_version": "1.9.0",
    "planned_values": {"root_module": {"resources": [
        {"type": "azurerm_network_security_rule", "values": {"name": "a", "resource_group_name": "rg-shop", "network_security_group_name": "nsg-web"}}]}},  # noqa: E501
}  # fmt: skip


LOOKED_UP = {"terraform_version": "1.9.0", "resources": [{"mode": "data", "instances": [{"attributes": {"id": WEB}}]}]}


@pytest.mark.parametrize(("document", "kept"), [(STATE, [WEB]), (PLAN, [WEB]), (LOOKED_UP, [])])
def test_keepers_by_terraform_s_state_or_plan(tmp_path: Path, document: dict[str, Any], kept: list[str]) -> None:
    file = tmp_path / "state.json"
    file.write_text(json.dumps(document), "utf-8")
    assert [one.nsg for one in keepers_of(network({}), [WEB, DB], [file])] == kept


def test_a_plan_from_terraform_tells_its_keeper(tmp_path: Path) -> None:
    """The sources of a plan are looked at; a file that is named must be Terraform's."""
    state, other = tmp_path / "state.json", tmp_path / "other.json"
    state.write_text(json.dumps(STATE), "utf-8")
    other.write_text("[]", "utf-8")
    sources = tuple(
        InventorySource(source=str(file), digest="", resources=1) for file in (state, other, tmp_path / "gone")
    )
    report = structs.replace(made(CREATED), inventory=sources)
    assert terraform_files(report, []) == [state]
    assert terraform_files(made(CREATED), [state]) == [state]
    with pytest.raises(FlowspecError, match="is no state or plan of Terraform's"):
        terraform_files(report, [other])


def locked_shop(tmp_path: Path, scope: str, level: str) -> Path:
    lock = {**LOCK, "id": f"{scope}/providers/Microsoft.Authorization/locks/keep", "properties": {"level": level}}
    folder = tmp_path / "network"
    folder.mkdir()
    from tests.applying.twinned import NETWORK

    for file in NETWORK.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "locks.json").write_text(json.dumps([lock]), "utf-8")
    return folder


GROUP = WEB.partition("/providers/")[0]
SUBSCRIPTION = GROUP.partition("/resourceGroups/")[0]
CREATED, UPDATED = three_steps()[:1], three_steps()[1:2]


@pytest.mark.parametrize(
    ("scope", "level", "steps", "stops"),
    [(GROUP, "CanNotDelete", CREATED, True), (DB, "CanNotDelete", CREATED, True),
     (SUBSCRIPTION, "ReadOnly", CREATED, True),
     (GROUP, "ReadOnly", UPDATED, True), (WEB, "CanNotDelete", UPDATED, False), (WEB, "CanNotDelete", CREATED, None)],
)  # fmt: skip
def test_locks(tmp_path: Path, scope: str, level: str, steps: tuple[Step, ...], stops: bool | None) -> None:
    """What may not be deleted can't be undone once it is created; a lock that forbids nothing still has its owner."""
    with twin(locked_shop(tmp_path, scope, level), sync=True) as running:
        api: Any = Applying(running, tmp_path, made(steps)).writer().api
        found = list(asked_brakes(api, steps))
        assert [one.forced for one in found] == ([] if stops is None else [not stops])
        assert all(f"is locked ({level}, keep)" in one.why for one in found)


def test_a_lock_that_comes_later_puts_back_what_was_done(tmp_path: Path) -> None:
    """The twin refuses as Azure does."""
    with twin(locked_shop(tmp_path, GROUP, "CanNotDelete"), sync=True) as running:
        way = Applying(running, tmp_path, made(three_steps())).apply()
        assert "ScopeLocked" in way.problem and "cannot perform delete operation" in way.problem
        assert [one.place.rule for one in way.left] == ["flowspec-a-deny-in"]


@pytest.mark.parametrize(
    ("permissions", "lacking"),
    [([{"actions": ["*"], "notActions": []}], []),
     ([{"actions": ["*/read"], "notActions": []}], ["write", "delete"]),
     ([{"actions": ["Microsoft.Network/*"], "notActions": ["Microsoft.Network/*/delete"]}], ["delete"]),
     ([{"actions": ["*"], "notActions": ["Microsoft.Network/*/write"]}, {"actions": ["microsoft.network/networksecuritygroups/securityrules/WRITE"]}], []),  # noqa: E501
     ([], ["write", "delete"])],
)  # fmt: skip
def test_permissions(tmp_path: Path, permissions: list[dict[str, Any]], lacking: list[str]) -> None:
    def answer(asked: Asked) -> Response | None:
        return listing(*permissions) if "/permissions" in asked.path else None

    with twin(sync=True) as running, proxy(running.url, answer) as server:
        applying = Applying(running, tmp_path, made(CREATED), address=server.url)
        api: Any = applying.writer().api
        found = list(asked_brakes(api, CREATED))
        assert [one.why.split("/")[3].split(" ")[0] for one in found] == lacking
        assert not any(one.forced for one in found)


def test_what_can_not_be_asked_needs_force(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Response | None:
        return failing(403, "AuthorizationFailed") if "Microsoft.Authorization" in asked.path else None

    with twin(sync=True) as running, proxy(running.url, answer) as server:
        api: Any = Applying(running, tmp_path, made(CREATED), address=server.url).writer().api
        found = list(asked_brakes(api, CREATED))
    assert len(found) == 2 and all(one.forced and "can't be read: AuthorizationFailed" in one.why for one in found)
    with pytest.raises(FlowspecError, match="Not applied"):
        refuse(found, forced=False)
    assert len(refuse(found, forced=True)) == 2
