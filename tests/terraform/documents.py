"""Small Terraform documents for tests: resources with what is known after apply, and the configuration behind them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import flowspec
from flowspec.model.documents.plan import Report
from flowspec.model.inventory import Inventory, Subnet, key
from flowspec.sources import load_inventory

Json = dict[str, Any]
LATER = object()
"""A value that is known after apply."""
SUBSCRIPTION = "00000000-0000-0000-0000-00000000000a"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network"


def split(value: Any) -> tuple[Any, Any]:
    """(`after`, `after_unknown`) as Terraform writes them: what is unknown is missing, or null in a list."""
    if value is LATER:
        return None, True
    if isinstance(value, dict):
        parts = {name: split(item) for name, item in value.items()}
        return {n: a for n, (a, u) in parts.items() if u is not True}, {n: u for n, (_, u) in parts.items() if u}
    if isinstance(value, list):
        pairs = [split(item) for item in value]
        return [a for a, _ in pairs], [u for _, u in pairs]
    return value, False


def refs(*names: str) -> Json:
    """An expression that refers to things, as Terraform lists them: each with all that begins it."""
    found: list[str] = []
    for name in names:
        found.append(name)
        plain = name.split(".")
        if len(plain) > 2 and plain[0] not in ("data", "module", "each", "count"):
            found.append(".".join(plain[:2]))
    return {"references": found}


def constant(value: Any) -> Json:
    return {"constant_value": value}


class Plan:
    """A plan that is put together resource by resource."""

    def __init__(self, subscription: str = SUBSCRIPTION) -> None:
        self.subscription = subscription
        self.changes: list[Json] = []
        self.configured: dict[tuple[str, ...], dict[str, Json]] = {(): {}}
        self.calls: dict[str, Json] = {}
        self.outputs: dict[str, dict[str, Json]] = {}
        self.more: Json = {}

    def add(
        self,
        address: str,
        values: Json | None,
        expressions: Json | None = None,
        *,
        before: Json | None = None,
        actions: tuple[str, ...] | None = None,
        refreshed: tuple[str, ...] = (),
        **more: Any,
    ) -> Plan:
        """`values` None: it is deleted. `expressions`: those that are no constants, `refreshed`: what none writes.

        `more` goes into the configuration.
        """
        *modules, kind, name = address.partition("[")[0].split(".")
        index = json.loads("[" + address.partition("[")[2]) if "[" in address else []
        after, later = split(values) if values is not None else (None, {})
        if actions is None:
            actions = (
                ("create",)
                if before is None
                else ("delete",)
                if values is None
                else ("no-op",)
                if before == after
                else ("update",)
            )
        change = {"actions": list(actions), "before": before, "after": after, "after_unknown": later or {}}
        entry = {
            "address": address, "mode": "managed", "type": kind, "name": name,
            "provider_name": "registry.terraform.io/hashicorp/" + kind.partition("_")[0], "change": change,
        }  # fmt: skip
        if index:
            entry["index"] = index[0]
        if modules:
            entry["module_address"] = ".".join(modules)
        self.changes.append(entry)
        written = {n: constant(v) for n, v in (values or {}).items() if n not in refreshed and not _holds_later(v)}
        config = {
            "address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name,
            "provider_config_key": kind.partition("_")[0], "expressions": written | (expressions or {}), **more,
        }  # fmt: skip
        self.configured.setdefault(tuple(modules[1::2]), {})[f"{kind}.{name}"] = config
        return self

    def document(self) -> Json:
        root: Json = {"resources": list(self.configured[()].values()), "module_calls": {}}
        for path, resources in self.configured.items():
            if path:
                call = root["module_calls"].setdefault(path[0], dict(self.calls.get(path[0], {})))
                call["module"] = {"resources": list(resources.values()), "outputs": self.outputs.get(path[0], {})}
        provider = {"azurerm": {"name": "azurerm", "expressions": {"subscription_id": constant(self.subscription)}}}
        return {
            "format_version": "1.2", "terraform_version": "1.9.4", "planned_values": {"root_module": {}},
            "resource_changes": self.changes, "configuration": {"provider_config": provider, "root_module": root},
            **self.more,
        }  # fmt: skip

    def write(self, folder: Path, name: str = "plan.json") -> str:
        path = folder / name
        path.write_text(json.dumps(self.document()), "utf-8")
        return str(path)

    def load(self, folder: Path, *below: str) -> Inventory:
        return load_inventory([*below, self.write(folder)])


def _holds_later(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_later, value.values()))
    if isinstance(value, list):
        return any(map(_holds_later, value))
    return value is LATER


def rule(name: str = "ssh", **fields: Any) -> Json:
    """A rule that lets everybody in to port 22."""
    return {
        "name": name, "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
        "source_port_range": "*", "destination_port_range": "22", "source_address_prefix": "*",
        "destination_address_prefix": "*",
    } | fields  # fmt: skip


def named(name: str, **fields: Any) -> Json:
    return {"name": name, "resource_group_name": "rg", "location": "westeurope"} | fields


def base(plan: Plan | None = None, nsg: Json | None = None, *, attach: bool = True) -> Plan:
    """A VNet with a subnet, an NSG on it, and a NIC; all new."""
    plan = plan or Plan()
    plan.add("azurerm_virtual_network.v", named("v", address_space=["10.0.0.0/16"], id=LATER, subnet=LATER))
    plan.add("azurerm_subnet.s", {"name": "s", "resource_group_name": "rg", "virtual_network_name": "v",
             "address_prefixes": ["10.0.1.0/24"], "id": LATER})  # fmt: skip
    plan.add("azurerm_network_security_group.n", nsg or named("n", security_rule=[rule()], id=LATER))
    plan.add("azurerm_network_interface.i", named("i", id=LATER, ip_configuration=[
        {"name": "ip", "private_ip_address_allocation": "Dynamic", "private_ip_address_version": "IPv4",
         "private_ip_address": LATER, "subnet_id": LATER}]),
        {"ip_configuration": [{"name": constant("ip"), "subnet_id": refs("azurerm_subnet.s.id")}]})  # fmt: skip
    if attach:
        plan.add("azurerm_subnet_network_security_group_association.a",
                 {"subnet_id": LATER, "network_security_group_id": LATER, "id": LATER},
                 {"subnet_id": refs("azurerm_subnet.s.id"),
                  "network_security_group_id": refs("azurerm_network_security_group.n.id")})  # fmt: skip
    return plan


SPEC = """
group "nic" {
  select {
    nic = "i"
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


def judged(inventory: Inventory, folder: Path, text: str = SPEC) -> Report:
    """The plan of a small spec: nobody outside may come to port 22."""
    spec = folder / "spec.flow.hcl"
    spec.write_text(text, "utf-8")
    return flowspec.plan(flowspec.load_spec(spec), inventory, today=date(2026, 11, 28))


def verdict(inventory: Inventory, folder: Path) -> tuple[str, str]:
    """The status of that intent, and the reasons of what is unknown."""
    (intent,) = judged(inventory, folder).intents
    return intent.status.value, "; ".join(dict.fromkeys(unsure.reason for unsure in intent.flows.unknown))


def subnet_of(inventory: Inventory, name: str = "s") -> Subnet:
    return inventory.subnets[key(f"{ROOT}/virtualNetworks/v/subnets/{name}")]
