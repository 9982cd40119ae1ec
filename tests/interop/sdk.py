"""Azure's Python SDKs against a twin: `sdk.py URL`, with REQUESTS_CA_BUNDLE. Logs in as a workload does."""

from __future__ import annotations

import sys
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resourcegraph import ResourceGraphClient

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
GROUP, WATCHER = "rg-shop", ("NetworkWatcherRG", "NetworkWatcher_westeurope")
VM = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/vm-web-01"
FLOW = {
    "targetResourceId": VM,
    "direction": "Inbound",
    "protocol": "TCP",
    "localPort": "8080",
    "remotePort": "50000",
    "localIPAddress": "10.20.1.4",
    "remoteIPAddress": "198.51.100.7",
}
RULE = {
    "priority": 300,
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "Tcp",
    "sourceAddressPrefix": "198.51.100.0/24",
    "sourcePortRange": "*",
    "destinationAddressPrefix": "*",
    "destinationPortRange": "8080",
}

failures = 0


def expect(what: str, found: object, wanted: object) -> None:
    global failures
    good = found == wanted
    failures += not good
    print(f"ok    {what}" if good else f"FAIL  {what}: {found!r}, not {wanted!r}")


def code_of(call: Any) -> str:
    try:
        call()
    except HttpResponseError as error:
        return f"{error.status_code} {error.error.code if error.error else ''}"
    return "no error"


def main(url: str) -> int:
    credential = ClientSecretCredential(
        "00000000-0000-0000-0000-000000000002", "client", "dummy", authority=url, disable_instance_discovery=True
    )
    options: dict[str, Any] = {"base_url": url, "credential_scopes": [f"{url}/.default"], "polling_interval": 1}
    network = NetworkManagementClient(credential, SUBSCRIPTION, **options)
    compute = ComputeManagementClient(credential, SUBSCRIPTION, **options)
    resources = ResourceManagementClient(credential, SUBSCRIPTION, **options)
    graph = ResourceGraphClient(credential, base_url=url, credential_scopes=[f"{url}/.default"])

    def flow() -> str:
        return str(network.network_watchers.begin_verify_ip_flow(*WATCHER, FLOW).result().rule_name)

    watchers = network.network_watchers
    denied = "defaultSecurityRules/DenyAllInBound"
    expect("ipFlowVerify", flow(), denied)
    nsg = network.network_security_groups.get(GROUP, "nsg-web")
    expect("an NSG", (nsg.name, nsg.location), ("nsg-web", "westeurope"))
    rules = network.security_rules
    made = rules.begin_create_or_update(GROUP, "nsg-web", "let-in", {"properties": RULE}).result()
    expect("a rule is made", (made.name, made.provisioning_state), ("let-in", "Succeeded"))
    expect("and counts", flow(), "securityRules/let-in")
    rules.begin_delete(GROUP, "nsg-web", "let-in").result()
    expect("and is deleted", flow(), denied)
    wrong = {"properties": RULE | {"priority": 99}}
    expect("a bad rule", code_of(lambda: rules.begin_create_or_update(GROUP, "nsg-web", "x", wrong)),
           "400 SecurityRuleInvalidPriority")  # fmt: skip

    groups = network.network_security_groups
    body = {"location": "westeurope", "properties": {"securityRules": [{"name": "web", "properties": RULE}]}}
    expect("an NSG is made", groups.begin_create_or_update(GROUP, "nsg-new", body).result().name, "nsg-new")
    nic = network.network_interfaces.get(GROUP, "nic-web-01").as_dict()
    nic["properties"]["networkSecurityGroup"] = {"id": groups.get(GROUP, "nsg-new").id}
    changed = network.network_interfaces.begin_create_or_update(GROUP, "nic-web-01", nic).result()
    expect("a NIC has it", changed.network_security_group.id.rpartition("/")[2], "nsg-new")
    expect("it is in use", code_of(lambda: groups.begin_delete(GROUP, "nsg-new")),
           "400 InUseNetworkSecurityGroupCannotBeDeleted")  # fmt: skip
    del nic["properties"]["networkSecurityGroup"]
    network.network_interfaces.begin_create_or_update(GROUP, "nic-web-01", nic).result()
    groups.begin_delete(GROUP, "nsg-new").result()
    expect("and gone", code_of(lambda: groups.get(GROUP, "nsg-new")), "404 ResourceNotFound")

    topology = watchers.get_topology(*WATCHER, {"targetResourceGroupName": GROUP})
    expect("topology", "vm-web-01" in [one.name for one in topology.resources], True)
    view = watchers.begin_get_vm_security_rules(*WATCHER, {"targetResourceId": VM}).result()
    expect("securityGroupView", len(view.network_interfaces), 1)
    to = {"source": {"resourceId": VM}, "destination": {"address": "8.8.8.8", "port": 443}}
    expect("connectivityCheck", code_of(lambda: watchers.begin_check_connectivity(*WATCHER, to)), "501 NotImplemented")

    compute.virtual_machines.begin_deallocate(GROUP, "vm-web-01").result()
    expect("a deallocated VM", code_of(flow), "400 VMNotAllocated")
    compute.virtual_machines.begin_start(GROUP, "vm-web-01").result()
    expect("and started", flow(), denied)

    found = [one.name for one in resources.resources.list(filter="name eq 'vm-web-01'")]
    expect("resources by name", found, ["vm-web-01"])
    by_group = resources.resources.list_by_resource_group(
        GROUP, filter="resourceType eq 'Microsoft.Network/networkInterfaces'"
    )
    expect("resources of a group", len(list(by_group)), 5)
    expect("groups", [one.name for one in resources.resource_groups.list()], ["NetworkWatcherRG", "rg-shop"])
    kinds = resources.providers.get("Microsoft.Network").resource_types
    expect("versions of a provider", all(kind.api_versions for kind in kinds), True)
    query = "Resources | where type == 'microsoft.compute/virtualmachines' | project name | order by name asc"
    rows = graph.resources({"subscriptions": [SUBSCRIPTION], "query": query}).data
    expect("Resource Graph", rows[0], {"name": "vm-app-01"})
    print(f"{failures} failures")
    return failures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
