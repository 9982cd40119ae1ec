"""What a plan does not know yet: each kind ends in the right verdict, or in unknown with its address; never by luck."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import flowspec
from flowspec.sources import load_inventory
from tests.terraform import test_plans as plans
from tests.terraform.documents import LATER, ROOT, Plan, base, constant, judged, named, refs, rule, verdict

Json = dict[str, Any]
OPEN = named("n", security_rule=[rule()], id=LATER)
SHUT = named("n", security_rule=[], id=LATER)
ASSOCIATION = "azurerm_subnet_network_security_group_association.a"
BOTH = {"subnet_id": LATER, "network_security_group_id": LATER, "id": LATER}
WEB, NSG = refs("azurerm_application_security_group.web.id"), refs("azurerm_network_security_group.n.id")
NAME, ADDRESS = refs("azurerm_network_security_group.n.name"), refs("azurerm_public_ip.x.ip_address")
TO_SUBNET = {"subnet_id": refs("azurerm_subnet.s.id")}


def field(name: str, value: Any = LATER, *, access: str = "Allow", **more: Json) -> Callable[[], Plan]:
    """An NSG whose rule has a field that is not known, beside one that lets nobody in."""

    def make() -> Plan:
        held = rule(access=access) | {name: value}
        shut = rule("shut", priority=4000, access="Deny")
        return base(nsg=named("n", security_rule=[held, shut], id=LATER))

    return make


def separate(name: str, value: Any = LATER, **written: Json) -> Callable[[], Plan]:
    """A rule of its own with something that is not known."""

    def make() -> Plan:
        values = {"resource_group_name": "rg", "network_security_group_name": "n", "id": LATER} | rule() | {name: value}
        return base(nsg=SHUT).add("azurerm_network_security_rule.r", values, written)

    return make


def attached(nsg: Json | None, *, subnet: Json | None = None) -> Callable[[], Plan]:
    """A second NSG, and an association by expressions; the first is open, the second shut."""

    def make() -> Plan:
        plan = base(nsg=OPEN, attach=False)
        plan.add("azurerm_network_security_group.shut", named("shut", security_rule=[], id=LATER))
        told = (subnet if subnet is not None else TO_SUBNET) | ({"network_security_group_id": nsg} if nsg else {})
        return plan.add(ASSOCIATION, BOTH, told)

    return make


def one_of(*names: str, more: tuple[str, ...] = ()) -> Callable[[], Plan]:
    """An association with one of several NSGs: `n` and `wide` let everybody in, `shut` and `closed` nobody."""

    def make() -> Plan:
        plan = attached(refs(*(f"azurerm_network_security_group.{name}.id" for name in names), *more))()
        plan.add("azurerm_network_security_group.closed", named("closed", id=LATER, security_rule=[
            rule("no", access="Deny"), rule("never", priority=200)]))  # fmt: skip
        anyone = rule("any", destination_port_range="*")
        return plan.add("azurerm_network_security_group.wide", named("wide", security_rule=[anyone], id=LATER))

    return make


def counted(index: str, *, many: int) -> Callable[[], Plan]:
    """Two NSGs by count, the first open, and as many associations with `x[index]`."""

    def make() -> Plan:
        plan = base(nsg=SHUT, attach=False)
        for at in range(many):
            rules = [rule()] if at == 0 else []
            plan.add(f"azurerm_network_security_group.c[{at}]", named(f"c{at}", security_rule=rules, id=LATER),
                     count_expression=constant(many))  # fmt: skip
        for at in range(2):
            plan.add(f"azurerm_subnet.c[{at}]", {
                "name": f"c{at}", "resource_group_name": "rg", "virtual_network_name": "v",
                "address_prefixes": [f"10.0.{5 + at}.0/24"], "id": LATER}, count_expression=constant(2))  # fmt: skip
            plan.add(f"{ASSOCIATION}[{at}]", BOTH, {
                "subnet_id": {"references": ["azurerm_subnet.c", "count.index"]},
                "network_security_group_id": {"references": ["azurerm_network_security_group.c", index]},
            }, count_expression=constant(2))  # fmt: skip
        return nic_in(plan, "azurerm_subnet.c[1].id")

    return make


def nic_in(plan: Plan, subnet: str) -> Plan:
    """The NIC, in another subnet."""
    for change in plan.changes:
        if change["type"] == "azurerm_network_interface":
            config = plan.configured[()]["azurerm_network_interface.i"]["expressions"]["ip_configuration"][0]
            config["subnet_id"] = {"references": [subnet, subnet.removesuffix(".id"), subnet.partition("[")[0]]}
    return plan


def moduled() -> Plan:
    """The NSG in a module, the association outside by its output, the subnet's id given to the module beside it."""
    plan = base(nsg=SHUT, attach=False)
    plan.add("module.guard.azurerm_network_security_group.g", named("g", security_rule=[rule()], id=LATER))
    plan.outputs["guard"] = {"nsg_id": {"expression": refs("azurerm_network_security_group.g.id")}}
    plan.calls["tie"] = {"expressions": {
        "subnet": refs("azurerm_subnet.s.id"),
        "nsg": {"references": ["module.guard.nsg_id", "module.guard"]}}}  # fmt: skip
    return plan.add(f"module.tie.{ASSOCIATION}", BOTH, {
        "subnet_id": {"references": ["var.subnet"]},
        "network_security_group_id": {"references": ["var.nsg"]}})  # fmt: skip


def by_each(*, constants: bool) -> Callable[[], Plan]:
    """An association for each NSG of a map: `each.value` leads through the expression of `for_each`."""

    def make() -> Plan:
        plan = base(nsg=OPEN, attach=False)
        plan.add("azurerm_network_security_group.shut", named("shut", security_rule=[], id=LATER))
        several = [] if constants else ["azurerm_network_security_group.shut.id"]
        loop = refs("azurerm_network_security_group.n.id", *several)
        return plan.add(f'{ASSOCIATION}["x"]', BOTH, TO_SUBNET | {
            "network_security_group_id": {"references": ["each.value"]}}, for_each_expression=loop)  # fmt: skip

    return make


def bare_nic(**expressions: Json) -> Callable[[], Plan]:
    def make() -> Plan:
        plan = base(nsg=SHUT)
        plan.configured[()]["azurerm_network_interface.i"]["expressions"]["ip_configuration"] = [expressions]
        return plan

    return make


def one_of_two_subnets() -> Plan:
    plan = base(nsg=SHUT)
    plan.add("azurerm_subnet.t", {"name": "t", "resource_group_name": "rg", "virtual_network_name": "v",
                                  "address_prefixes": ["10.0.2.0/24"], "id": LATER})  # fmt: skip
    config = plan.configured[()]["azurerm_network_interface.i"]["expressions"]["ip_configuration"][0]
    config["subnet_id"] = refs("azurerm_subnet.s.id", "azurerm_subnet.t.id")
    return plan


def group(**expressions: Json) -> Callable[[], Plan]:
    """A rule for an application security group; whether the NIC is in it hangs on an association."""

    def make() -> Plan:
        allowed = rule() | {"destination_address_prefix": "", "destination_application_security_group_ids": LATER}
        plan = base(nsg=SHUT)
        plan.add("azurerm_application_security_group.web", named("web", id=LATER))
        for other in ("db", "app"):
            plan.add(f"azurerm_application_security_group.{other}", named(other, id=LATER))
        plan.add("azurerm_network_security_rule.r", {
            "resource_group_name": "rg", "network_security_group_name": "n", "id": LATER, **allowed,
        }, {"destination_application_security_group_ids": WEB})  # fmt: skip
        return plan.add("azurerm_network_interface_application_security_group_association.g", {
            "network_interface_id": LATER, "application_security_group_id": LATER, "id": LATER,
        }, {"network_interface_id": refs("azurerm_network_interface.i.id")} | expressions)  # fmt: skip

    return make


def mixed_rule() -> Plan:
    """A Deny for the group of the NIC and another one that is not known, over an Allow for all."""
    plan = group(application_security_group_id=WEB)()
    denied = rule(access="Deny", priority=100) | {
        "name": "deny", "destination_address_prefix": "",
        "destination_application_security_group_ids": [f"{ROOT}/applicationSecurityGroups/web", LATER]}  # fmt: skip
    for change in plan.changes:
        if change["address"] == "azurerm_network_security_rule.r":
            change["change"]["after"]["priority"] = 200
    return plan.add("azurerm_network_security_rule.d", {
        "resource_group_name": "rg", "network_security_group_name": "n", "id": LATER, **denied})  # fmt: skip


def moved_nsg() -> Plan:
    """An NSG whose resource group is not known, and a rule that names it and a group that is."""
    plan = base(nsg=SHUT | {"resource_group_name": LATER})
    values = {"resource_group_name": "rg", "network_security_group_name": "n", "id": LATER}
    return plan.add("azurerm_network_security_rule.r", rule() | values)


def moved(name: str) -> Callable[[], Plan]:
    """The NIC has a name, group or tag that is not known: whether the group of the spec has it is not either."""

    def make() -> Plan:
        plan = base()
        for change in plan.changes:
            if change["type"] == "azurerm_network_interface":
                change["change"]["after"].pop(name)
                change["change"]["after_unknown"][name] = True
        return plan

    return make


D, S, U = "drifted", "satisfied", "unknown"
KNOWN = "known after apply"
TABLE: dict[str, tuple[Callable[[], Plan], str, str]] = {
    # Fields of rules: a rule that may match anything
    "a source": (field("source_address_prefix"), U, f"{KNOWN}: azurerm_network_security_group.n.security_rule[0]"),
    "sources": (field("source_address_prefixes"), D, ""),
    "one of the sources": (field("source_address_prefixes", ["*", LATER]), D, ""),
    "a port": (field("destination_port_range"), U, KNOWN),
    "a protocol": (field("protocol"), U, KNOWN),
    "a source of a Deny": (field("source_address_prefix", access="Deny"), S, ""),
    "an access": (field("access"), U, KNOWN),
    "a direction": (field("direction"), U, KNOWN),
    "a priority": (field("priority"), U, KNOWN),
    "a name": (field("name"), D, ""),
    # Rules of their own
    "a separate source": (separate("source_address_prefix", source_address_prefix=ADDRESS),
                          U, f"{KNOWN}: azurerm_public_ip.x.ip_address"),
    "a separate access": (separate("access"), U, KNOWN),
    "a separate priority": (separate("priority"), U, KNOWN),
    "the name of its NSG, by reference": (
        separate("network_security_group_name", network_security_group_name=NAME),
        D, ""),
    "the name of its NSG": (separate("network_security_group_name"), U, KNOWN),
    "its group, by a local": (separate("resource_group_name", resource_group_name=refs("local.rg")), U, KNOWN),
    "the group of its NSG": (moved_nsg, U, "is a rule of an NSG that is not known"),
    # Lists
    "no rules inside": (lambda: base(nsg=named("n", security_rule=LATER, id=LATER)), S, ""),
    "rules by an expression": (lambda: base_with("security_rule", refs("local.rules")), U, KNOWN),
    # Associations
    "an NSG by reference": (attached(NSG), D, ""),
    "the shut NSG by reference": (attached(refs("azurerm_network_security_group.shut.id")), S, ""),
    "one of two NSGs": (attached(refs("azurerm_network_security_group.n.id", "azurerm_network_security_group.shut.id")),
                        U, "azurerm_network_security_group.n.id, azurerm_network_security_group.shut.id"),
    "one of two that let in": (one_of("n", "wide"), D, ""),
    "one of two that let nobody in": (one_of("shut", "closed"), S, ""),
    "one of three, of which one lets in": (one_of("shut", "closed", "wide"),
                                           U, "azurerm_network_security_group.wide.id"),
    "one of two, or what a local says": (one_of("shut", "closed", more=("local.other",)), U, KNOWN),
    "an NSG, or what a local says": (
        attached(refs("azurerm_network_security_group.shut.id", "local.other")), U, KNOWN),
    "an NSG by a local": (attached(refs("local.nsg")), U, f"{KNOWN}"),
    "an NSG without an expression": (attached(None), U, ASSOCIATION),
    "an NSG by something else that is not known": (
        attached(refs("azurerm_network_security_group.shut.id", "random_id.x.hex")), U, "random_id.x.hex"),
    "a subnet by a local": (attached(refs("azurerm_network_security_group.shut.id"), subnet={
        "subnet_id": refs("local.subnet")}), U, "is an association of what is not known"),
    "NSGs by count": (counted("count.index", many=2), S, ""),
    "more NSGs than subnets, by count": (counted("count.index", many=3), S, ""),
    "too few NSGs, by count": (counted("count.index", many=1), D, ""),
    "through modules": (lambda: moduled(), D, ""),
    "each.value of one": (by_each(constants=True), D, ""),
    "each.value of several": (by_each(constants=False), U, KNOWN),
    # NICs
    "a subnet of a NIC by a local": (bare_nic(name=constant("ip"), subnet_id=refs("local.x")), U, KNOWN),
    "one of two subnets": (one_of_two_subnets, U, "azurerm_subnet.s.id, azurerm_subnet.t.id"),
    "a group of the NIC": (group(application_security_group_id=WEB), D, ""),
    "another group of the NIC": (group(application_security_group_id=refs("azurerm_application_security_group.db.id")),
                                 S, ""),
    "one of two groups of the NIC": (group(application_security_group_id=refs(
        "azurerm_application_security_group.web.id", "azurerm_application_security_group.db.id")), U, KNOWN),
    "one of two groups that no rule names": (group(application_security_group_id=refs(
        "azurerm_application_security_group.db.id", "azurerm_application_security_group.app.id")), S, ""),
    "a group of the NIC by a local": (group(application_security_group_id=refs("local.g")), U, KNOWN),
    "a group of a rule, beside one by a local": (mixed_rule, U, "may name a group which has no member"),
    "the name of the NIC": (moved("name"), U, ""),
}  # fmt: skip


def base_with(name: str, expression: Json) -> Plan:
    plan = base(nsg=named("n", id=LATER, **{name: LATER}))
    plan.configured[()]["azurerm_network_security_group.n"]["expressions"][name] = expression
    return plan


@pytest.mark.parametrize("kind", TABLE)
def test_each_kind_of_unknown(kind: str, tmp_path: Path) -> None:
    make, status, reason = TABLE[kind]
    found = make().load(tmp_path)
    told, reasons = verdict(found, tmp_path)
    assert told == status, (kind, reasons, found.gaps, found.assumed)
    assert reason in f"{reasons} {'; '.join(found.gaps)}", (kind, reasons)


def test_no_rule_is_suggested_where_nobody_knows_for_which_nsg(tmp_path: Path) -> None:
    (intent,) = judged(one_of("n", "wide")().load(tmp_path), tmp_path).intents
    assert [cause.no_change for cause in intent.causes] == ["it is not known which NSG is applied there"]


def test_pairs_by_key_are_an_assumption_that_is_printed(tmp_path: Path) -> None:
    found = counted("count.index", many=2)().load(tmp_path)
    told = [note.text for note in judged(found, tmp_path).assumptions]
    assert any(f"each {ASSOCIATION} goes with" in text for text in told)


def test_a_name_in_part_matches_what_it_may(tmp_path: Path) -> None:
    text = """
    group "nic" {
      select {
        resource_group = "rg"
        nic            = "NAME"
      }
    }
    intent "no-ssh" {
      from     = [group.public]
      to       = [group.nic]
      protocol = "Tcp"
      ports    = [22]
      expect   = "Deny"
    }
    """
    found = moved("name")().load(tmp_path)
    assert judged(found, tmp_path, text.replace("NAME", "*")).intents[0].status.value == D
    (intent,) = judged(found, tmp_path, text.replace("NAME", "vm-1")).intents
    assert intent.status.value == U


def test_an_unknown_value_over_a_live_network_is_unknown_too(tmp_path: Path) -> None:
    below = plans.live(tmp_path, rule())
    old = named("n", id=plans.NSG, security_rule=[rule()])
    new = old | {"security_rule": [rule() | {"source_address_prefix": LATER}]}
    plan = Plan().add("azurerm_network_security_group.n", new, before=old)
    assert verdict(plan.load(tmp_path, below), tmp_path)[0] == U
    whole = Plan().add("azurerm_network_security_group.n", old | {"security_rule": LATER},
                       {"security_rule": refs("local.x")}, before=old)  # fmt: skip
    assert verdict(whole.load(tmp_path, below), tmp_path)[0] == U
    path = tmp_path / "x.json"
    path.write_text(json.dumps(whole.document()), "utf-8")
    assert verdict(load_inventory([below, str(path)]), tmp_path)[0] == U


IP_A, IP_B = refs("azurerm_public_ip.a.ip_address"), refs("azurerm_public_ip.b.ip_address")
BY_A, BY_B = {"source_address_prefix": LATER}, {"destination_port_ranges": ["80", LATER], "destination_port_range": ""}


@pytest.mark.parametrize("fields, old, new, changed", [
    (BY_A, IP_A, IP_A, False),
    (BY_A, IP_A, IP_B, True),
    (BY_B, IP_A, IP_A, False),
    (BY_B, IP_A, IP_B, True),
])  # fmt: skip
def test_two_plans_that_wait_for_different_things_differ(
    fields: Json, old: Json, new: Json, changed: bool, tmp_path: Path
) -> None:
    """Neither is known, so that the new one may let in who the old one did not."""
    found = []
    for name, expression in (("old.json", old), ("new.json", new)):
        plan = field("name", "ssh")()
        plan.add("azurerm_network_security_rule.r", {
            "resource_group_name": "rg", "network_security_group_name": "n", "id": LATER,
            **rule("later", priority=150), **fields}, dict.fromkeys(fields, expression))  # fmt: skip
        plan.changes = [change for change in plan.changes if change["address"] != "azurerm_network_security_group.n"]
        plan.add("azurerm_network_security_group.n", SHUT)
        found.append(load_inventory([plan.write(tmp_path, name)]))
    told = flowspec.diff(found[0], found[1])
    assert bool(told.causes) is changed


def test_two_plans_of_which_each_opens_a_port_beside_one_that_is_not_known(tmp_path: Path) -> None:
    found = []
    for port in ("80", "81"):
        plan = base(nsg=SHUT).add("azurerm_network_security_rule.r", {
            "resource_group_name": "rg", "network_security_group_name": "n", "id": LATER,
            **rule(destination_port_range="", destination_port_ranges=[port, LATER])})  # fmt: skip
        found.append(load_inventory([plan.write(tmp_path, f"{port}.json")]))
    told = flowspec.diff(found[0], found[1])
    assert told.causes


@pytest.mark.parametrize("rules, status", [((), S), ((rule(),), U)])
def test_one_of_two_nsgs_over_a_live_subnet(rules: tuple[Json, ...], status: str, tmp_path: Path) -> None:
    below = plans.live(tmp_path, *rules)
    names = ("a", "b")
    plan = Plan()
    for name in names:
        plan.add(f"azurerm_network_security_group.{name}", named(name, id=LATER, security_rule=[]))
    told = refs(*(f"azurerm_network_security_group.{name}.id" for name in names))
    values = {"subnet_id": f"{ROOT}/virtualNetworks/v/subnets/s", "network_security_group_id": LATER, "id": LATER}
    plan.add(ASSOCIATION, values, {"network_security_group_id": told})
    found = plan.load(tmp_path, below)
    assert verdict(found, tmp_path)[0] == S, "what was there before counts no more"
    plan.add("azurerm_network_security_group.b", named("b", id=LATER, security_rule=list(rules)))
    assert verdict(plan.load(tmp_path, below), tmp_path)[0] == status


@pytest.mark.parametrize("name", ["priority", "direction", "access"])
def test_a_rule_without_a_place_in_a_live_nsg_may_let_in_whoever_it_matches(name: str, tmp_path: Path) -> None:
    below = plans.live(tmp_path)
    assert verdict(load_inventory([below]), tmp_path)[0] == S
    values = {"resource_group_name": "rg", "network_security_group_name": "n", "id": LATER, **rule(), name: LATER}
    status, reason = verdict(Plan().add("azurerm_network_security_rule.r", values).load(tmp_path, below), tmp_path)
    assert status == U
    assert f"azurerm_network_security_rule.r.{name}" in reason
