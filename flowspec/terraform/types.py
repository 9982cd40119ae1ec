"""Types of Terraform resources -> the Azure resources that they are."""

from __future__ import annotations

from collections.abc import Mapping

NETWORK = "Microsoft.Network"
COMPUTE = "Microsoft.Compute"
ADMIN = "networkManagers/securityAdminConfigurations"

AZURE: Mapping[str, str] = {
    "azurerm_resource_group": "Microsoft.Resources/resourceGroups",
    "azurerm_virtual_network": f"{NETWORK}/virtualNetworks",
    "azurerm_subnet": f"{NETWORK}/virtualNetworks/subnets",
    "azurerm_virtual_network_peering": f"{NETWORK}/virtualNetworks/virtualNetworkPeerings",
    "azurerm_network_security_group": f"{NETWORK}/networkSecurityGroups",
    "azurerm_network_security_rule": f"{NETWORK}/networkSecurityGroups/securityRules",
    "azurerm_application_security_group": f"{NETWORK}/applicationSecurityGroups",
    "azurerm_route_table": f"{NETWORK}/routeTables",
    "azurerm_route": f"{NETWORK}/routeTables/routes",
    "azurerm_network_interface": f"{NETWORK}/networkInterfaces",
    "azurerm_public_ip": f"{NETWORK}/publicIPAddresses",
    "azurerm_private_endpoint": f"{NETWORK}/privateEndpoints",
    "azurerm_virtual_machine": f"{COMPUTE}/virtualMachines",
    "azurerm_linux_virtual_machine": f"{COMPUTE}/virtualMachines",
    "azurerm_windows_virtual_machine": f"{COMPUTE}/virtualMachines",
    "azurerm_virtual_machine_scale_set": f"{COMPUTE}/virtualMachineScaleSets",
    "azurerm_linux_virtual_machine_scale_set": f"{COMPUTE}/virtualMachineScaleSets",
    "azurerm_windows_virtual_machine_scale_set": f"{COMPUTE}/virtualMachineScaleSets",
    "azurerm_orchestrated_virtual_machine_scale_set": f"{COMPUTE}/virtualMachineScaleSets",
    "azurerm_kubernetes_cluster": "Microsoft.ContainerService/managedClusters",
    "azurerm_kubernetes_cluster_node_pool": "Microsoft.ContainerService/managedClusters/agentPools",
    "azurerm_lb": f"{NETWORK}/loadBalancers",
    "azurerm_lb_backend_address_pool": f"{NETWORK}/loadBalancers/backendAddressPools",
    "azurerm_lb_backend_address_pool_address": f"{NETWORK}/loadBalancers/backendAddressPools/addresses",
    "azurerm_lb_rule": f"{NETWORK}/loadBalancers/loadBalancingRules",
    "azurerm_lb_nat_rule": f"{NETWORK}/loadBalancers/inboundNatRules",
    "azurerm_lb_nat_pool": f"{NETWORK}/loadBalancers/inboundNatPools",
    "azurerm_virtual_network_gateway": f"{NETWORK}/virtualNetworkGateways",
    "azurerm_local_network_gateway": f"{NETWORK}/localNetworkGateways",
    "azurerm_virtual_network_gateway_connection": f"{NETWORK}/connections",
    "azurerm_network_watcher": f"{NETWORK}/networkWatchers",
    "azurerm_network_manager_admin_rule": f"{NETWORK}/{ADMIN}/ruleCollections/rules",
}
"""azure.md B9.1. What is not here plays no part in verdicts."""

ADMIN_DEPLOYMENT = frozenset(f"azurerm_network_manager_{kind}" for kind in (
    "admin_rule", "admin_rule_collection", "security_admin_configuration", "deployment", "network_group",
    "static_member",
))  # fmt: skip
"""What decides which security admin rules are in force on which VNets."""

ASSOCIATIONS = frozenset((
    "azurerm_subnet_network_security_group_association",
    "azurerm_subnet_route_table_association",
    "azurerm_network_interface_security_group_association",
    "azurerm_network_interface_application_security_group_association",
    "azurerm_network_interface_backend_address_pool_association",
    "azurerm_network_interface_nat_rule_association",
    "azurerm_private_endpoint_application_security_group_association",
))  # fmt: skip

AZAPI = ("azapi_resource", "azapi_update_resource")

PARENT: Mapping[str, tuple[str, str]] = {
    "azurerm_subnet": ("azurerm_virtual_network", "virtual_network_name"),
    "azurerm_virtual_network_peering": ("azurerm_virtual_network", "virtual_network_name"),
    "azurerm_network_security_rule": ("azurerm_network_security_group", "network_security_group_name"),
    "azurerm_route": ("azurerm_route_table", "route_table_name"),
}
"""Children that name their parent by its name -> the parent's type, and the attribute."""

CHILD_OF_ID: Mapping[str, str] = {
    "azurerm_lb_backend_address_pool": "loadbalancer_id",
    "azurerm_lb_rule": "loadbalancer_id",
    "azurerm_lb_nat_rule": "loadbalancer_id",
    "azurerm_lb_nat_pool": "loadbalancer_id",
    "azurerm_lb_backend_address_pool_address": "backend_address_pool_id",
    "azurerm_network_manager_admin_rule": "admin_rule_collection_id",
    "azurerm_kubernetes_cluster_node_pool": "kubernetes_cluster_id",
}
"""Children that name their parent by its id -> the attribute."""


def has_own_id(kind: str) -> bool:
    """Whether resources of a Terraform type are resources of Azure. Associations have the id of a subnet or NIC."""
    return kind in AZURE or kind == "azapi_resource"


def is_read(kind: str) -> bool:
    """Whether resources of a Terraform type play a part here."""
    return kind in AZURE or kind in ASSOCIATIONS or kind in AZAPI
