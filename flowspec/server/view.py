"""POST …/securityGroupView -> the NSGs of a VM's NICs and the rules that they come to, as recorded (azure.md B6.5)."""

from __future__ import annotations

from collections.abc import Iterator

from flowspec.model.inventory import Direction, Nic, Nsg, Rule, Vm, key
from flowspec.network.tags import Scope
from flowspec.server.changes import properties_of
from flowspec.server.documents import NETWORK, rule_document
from flowspec.server.effective import rule_as_applied
from flowspec.server.estate import Estate
from flowspec.server.machine import check_region, no_match, scope_of, targeted
from flowspec.server.wire import HttpAnswer, HttpCall, JsonObject, pretty, refused

NOWHERE = f"/subscriptions//resourceGroups//providers/{NETWORK}networkSecurityGroups//defaultSecurityRules/"
"""The id that every default rule has in this answer, as recorded."""


def security_groups(estate: Estate, call: HttpCall, watcher: JsonObject) -> HttpAnswer:
    """A part for each NIC of the VM that has an NSG, or whose subnet has one."""
    target = str(targeted(call.members()).get("targetresourceid", ""))
    vm = estate.inventory.vms.get(key(target))
    if vm is None:
        raise no_match(target)
    check_region(estate.inventory, watcher, target)
    if vm.power == "deallocated":
        raise refused("VMNotAllocated", f"The virtual machine {vm.id} is not allocated; start it to ask.")
    shown = (_interface(estate, nic) for nic in nics_of(estate, vm))
    return pretty({"networkInterfaces": [one for one in shown if one is not None]})


def nics_of(estate: Estate, vm: Vm) -> list[Nic]:
    """The NICs of a VM: those that it names, and those that name it."""
    named = {key(one) for one in vm.nics}
    found = estate.inventory.nics.items()
    return [nic for at, nic in found if at in named or key(nic.vm or "") == key(vm.id)]


def _interface(estate: Estate, nic: Nic) -> JsonObject | None:
    inventory = estate.inventory
    endpoint, scope = scope_of(estate.verifier.network, nic)
    subnet = inventory.subnets.get(endpoint.subnet)
    own = inventory.nsgs.get(key(nic.nsg or ""))
    subnets = inventory.nsgs.get(key((subnet.nsg if subnet else None) or ""))
    if own is None and subnets is None:
        return None
    associations: JsonObject = {}
    if own is not None:
        associations["networkInterfaceAssociation"] = _association(estate, nic.id, own)
    if subnets is not None and subnet is not None:
        associations["subnetAssociation"] = _association(estate, subnet.id, subnets)
    nsgs = [nsg for nsg in (own, subnets) if nsg is not None]
    associations["defaultSecurityRules"] = [_default(rule) for rule in nsgs[0].default_rules]
    associations["effectiveSecurityRules"] = [rule for nsg in nsgs for rule in _effective(scope, nsg)]
    return {"id": nic.id, "securityRuleAssociations": associations}


def _association(estate: Estate, owner: str, nsg: Nsg) -> JsonObject:
    return {"id": owner, "securityRules": properties_of(estate.held[key(nsg.id)]).get("securityRules", [])}


def _default(rule: Rule) -> JsonObject:
    document = {name: value for name, value in rule_document(rule, "").items() if name != "etag"}
    return document | {"id": NOWHERE}


def _effective(scope: Scope, nsg: Nsg) -> Iterator[JsonObject]:
    """An NSG's rules: of each direction the host's own last word, the default rules, then the user's."""
    for direction in (Direction.OUTBOUND, Direction.INBOUND):
        yield _last_word(direction)
        for rule in (*nsg.default_rules, *nsg.rules):
            if rule.direction is direction:
                kind = "DefaultRule" if rule.default else "UserRule"
                yield rule_as_applied(scope, rule, f"{kind}_{rule.name}", {}, expand=False)


def _last_word(direction: Direction) -> JsonObject:
    return {
        "name": f"Default{direction}DenyAll",
        "protocol": "All",
        "sourcePortRange": "0-65535",
        "destinationPortRange": "0-65535",
        "sourcePortRanges": ["0-65535"],
        "destinationPortRanges": ["0-65535"],
        "sourceAddressPrefix": "*",
        "destinationAddressPrefix": "*",
        "sourceAddressPrefixes": ["*"],
        "destinationAddressPrefixes": ["*"],
        "access": "Deny",
        "priority": 65500,
        "direction": str(direction),
    }
