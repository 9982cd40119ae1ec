"""Which lists of ARM make an inventory, under which api-version, and what each is called when it can't be read."""

from __future__ import annotations

from dataclasses import dataclass

NETWORK, COMPUTE, RESOURCES = "2024-05-01", "2024-07-01", "2021-04-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A list of one subscription. `path` begins behind the subscription; `action` is what a role must allow."""

    title: str
    path: str
    action: str
    version: str = NETWORK
    query: str = ""

    def url(self, subscription: str) -> str:
        return f"/subscriptions/{subscription}{self.path}?api-version={self.version}{self.query}"


def _network(title: str, kind: str) -> List:
    return List(title=title, path=f"/providers/Microsoft.Network/{kind}", action=f"Microsoft.Network/{kind}/read")


def _machines(title: str, query: str = "") -> List:
    kind = "virtualMachines"
    return List(
        title=title,
        path=f"/providers/Microsoft.Compute/{kind}",
        action=f"Microsoft.Compute/{kind}/read",
        version=COMPUTE,
        query=query,
    )


LISTS = (
    _network("VNets", "virtualNetworks"),
    _network("network interfaces", "networkInterfaces"),
    _network("NSGs", "networkSecurityGroups"),
    _network("application security groups", "applicationSecurityGroups"),
    _network("route tables", "routeTables"),
    _network("public IPs", "publicIPAddresses"),
    _network("load balancers", "loadBalancers"),
    _network("private endpoints", "privateEndpoints"),
    _network("network watchers", "networkWatchers"),
    _machines("virtual machines"),
)
POWER = _machines("power states of virtual machines", "&statusOnly=true")
WATCHERS = next(one for one in LISTS if one.title == "network watchers")
GROUPED = ("virtualNetworkGateways", "connections", "localNetworkGateways")
"""Types that ARM lists by resource group only."""
BY_TYPE = List(
    title="gateways and connections",
    path="/resources",
    action="Microsoft.Resources/subscriptions/resources/read",
    version=RESOURCES,
    query="&$filter="
    + " or ".join(f"resourceType eq 'Microsoft.Network/{kind}'" for kind in GROUPED).replace(" ", "%20"),
)
GROUPS = List(
    title="resource groups",
    path="/resourcegroups",
    action="Microsoft.Resources/subscriptions/resourceGroups/read",
    version=RESOURCES,
)

LOCKS = List(
    title="locks",
    path="/providers/Microsoft.Authorization/locks",
    action="Microsoft.Authorization/locks/read",
    version="2020-05-01",
)
"""Of a subscription: those of everything in it too."""
PERMISSIONS = List(
    title="permissions",
    path="/providers/Microsoft.Authorization/permissions",
    action="Microsoft.Authorization/permissions/read",
    version="2022-04-01",
)
"""The caller's own, at the resource whose id stands before the path."""
_RULES = "Microsoft.Network/networkSecurityGroups/securityRules"
RULE_ACTIONS = (f"{_RULES}/write", f"{_RULES}/delete")
"""What `flowspec apply` does."""

VERIFY = "Microsoft.Network/networkWatchers/ipFlowVerify/action"
ACTIONS = (
    *sorted({one.action for one in (*LISTS, BY_TYPE, GROUPS)} | {f"Microsoft.Network/{kind}/read" for kind in GROUPED}),
    "Microsoft.Compute/virtualMachines/instanceView/read",
    "Microsoft.Network/locations/serviceTags/read",
    "Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action",
    "Microsoft.Network/networkInterfaces/effectiveRouteTable/action",
    VERIFY,
    "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action",
    "Microsoft.Network/virtualNetworks/subnets/read",
    "Microsoft.Resources/subscriptions/read",
)
"""Everything that a live plan asks: reads, and the four actions that only ask."""


def role(subscriptions: tuple[str, ...], *, applies: bool = False) -> dict[str, object]:
    """The least custom role, as `az role definition create --role-definition` takes it; `applies`: for apply too."""
    asks = "Reads the network and asks Network Watcher's ipFlowVerify about it."
    writes = "Writes and deletes rules of NSGs, nothing else." if applies else "Changes nothing."
    own = (*RULE_ACTIONS, LOCKS.action, PERMISSIONS.action, f"{_RULES}/read") if applies else ()
    scopes = [f"/subscriptions/{subscription}" for subscription in subscriptions]
    return {
        "Name": "flowspec apply" if applies else "flowspec plan",
        "IsCustom": True,
        "Description": f"{asks} {writes}",
        "Actions": sorted({*ACTIONS, *own}) if applies else list(ACTIONS),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": scopes or ["/subscriptions/00000000-0000-0000-0000-000000000000"],
    }
