"""Subscriptions, resource groups, providers and locations, as far as clients ask before they ask for a resource."""

from __future__ import annotations

from flowspec.server import filters, versions
from flowspec.server.estate import Estate
from flowspec.server.login import TENANT
from flowspec.server.raw import tag_document
from flowspec.server.reads import paged
from flowspec.server.regions import DEFAULT_REGION, region_of
from flowspec.server.wire import HttpAnswer, HttpCall, JsonObject, RefusedError, compact, pretty

PROVIDERS = ("Microsoft.Compute", "Microsoft.Network", "Microsoft.ResourceGraph", "Microsoft.Resources")

TYPES = {
    "microsoft.compute": ("virtualMachines",),
    "microsoft.network": (
        "virtualNetworks", "networkInterfaces", "networkSecurityGroups", "applicationSecurityGroups", "routeTables",
        "virtualNetworkGateways", "localNetworkGateways", "connections", "publicIPAddresses", "networkWatchers",
        "privateEndpoints", "loadBalancers", "natGateways", "azureFirewalls", "bastionHosts", "networkManagers",
        "applicationGateways", "publicIPPrefixes",
    ),
    "microsoft.resourcegraph": ("resources",),
    "microsoft.resources": ("subscriptions", "resourceGroups", "resources", "providers", "tenants"),
}  # fmt: skip
"""Types that exist although the inventory may hold none of them, as Azure spells them."""


def subscription_document(subscription: str) -> JsonObject:
    """A subscription as ARM writes it."""
    return {
        "id": f"/subscriptions/{subscription}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription,
        "tenantId": TENANT,
        "displayName": f"flowspec twin of {subscription}",
        "state": "Enabled",
        "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "spendingLimit": "Off"},
    }


def held(estate: Estate, call: HttpCall) -> str:
    """The subscription of a path, as the resources spell it."""
    wanted = call.folded[1]
    found = next((s for s in estate.subscriptions if s.casefold() == wanted), None)
    if found is None:
        message = f"The subscription '{call.segments[1]}' could not be found."
        raise RefusedError(404, "SubscriptionNotFound", message)
    return found


def group(estate: Estate, call: HttpCall) -> str:
    """The resource group of a path, as the resources spell it."""
    found = estate.groups.get((call.folded[1], call.folded[3]))
    if found is None:
        raise RefusedError(404, "ResourceGroupNotFound", f"Resource group '{call.segments[3]}' could not be found.")
    return found


def group_document(estate: Estate, subscription: str, name: str) -> JsonObject:
    """A resource group as ARM writes it, in the region of the first resource that tells one."""
    inside = f"/subscriptions/{subscription}/resourcegroups/{name}/".casefold()
    placed = (str(d["location"]) for at, d in estate.held.items() if at.startswith(inside) and d.get("location"))
    return {
        "id": f"/subscriptions/{subscription}/resourceGroups/{name}",
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": region_of(next(placed, DEFAULT_REGION)),
        "properties": {"provisioningState": "Succeeded"},
    }


def answer(estate: Estate, call: HttpCall, size: int) -> HttpAnswer | None:
    """The answer to a GET of these; None for any other path."""
    parts = call.folded
    if len(parts) < 4 or (len(parts) == 4 and parts[2] == "resourcegroups") or parts[4:] == ("resources",):
        versions.check_own(call)
    if parts == ("subscriptions",):
        return paged(call, [subscription_document(s) for s in estate.subscriptions], size)
    if parts == ("tenants",):
        return paged(call, [{"id": f"/tenants/{TENANT}", "tenantId": TENANT}], size)
    if parts[:1] != ("subscriptions",) or len(parts) < 2:
        return None
    subscription = held(estate, call)
    match parts[2:]:
        case ():
            return compact(subscription_document(subscription))
        case ("resourcegroups",):
            names = sorted(name for (s, _), name in estate.groups.items() if s == subscription.casefold())
            return paged(call, [group_document(estate, subscription, name) for name in names], size)
        case ("resourcegroups", _):
            return compact(group_document(estate, subscription, group(estate, call)))
        case ("locations",):
            return compact({"value": [location(subscription, region) for region in estate.regions]})
        case ("resources",):
            return all_resources(estate, call, f"/subscriptions/{subscription}/", size)
        case ("resourcegroups", _, "resources"):
            inside = f"/subscriptions/{subscription}/resourceGroups/{group(estate, call)}/"
            return all_resources(estate, call, inside, size)
        case ("providers",):
            return paged(call, [provider(estate, subscription, name) for name in PROVIDERS], size)
        case ("providers", name):
            return compact(provider(estate, subscription, known_provider(name)))
    return None


def location(subscription: str, region: str) -> JsonObject:
    return {"id": f"/subscriptions/{subscription}/locations/{region}", "name": region, "displayName": region}


def known_provider(name: str) -> str:
    found = next((known for known in PROVIDERS if known.casefold() == name.casefold()), None)
    if found is None:
        raise no_namespace(name)
    return found


def no_namespace(name: str) -> RefusedError:
    return RefusedError(404, "InvalidResourceNamespace", f"The resource namespace '{name}' is invalid.")


def provider(estate: Estate, subscription: str, name: str) -> JsonObject:
    """A provider with the types that clients may ask for, and their api-versions, newest first."""
    newest_first = sorted(versions.VERSIONS[name.casefold()], reverse=True)
    regions = sorted(estate.regions)
    return {
        "id": f"/subscriptions/{subscription}/providers/{name}",
        "namespace": name,
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [
            {"resourceType": kind, "locations": regions, "apiVersions": newest_first, "capabilities": "None"}
            for kind in types_of(estate, name)
        ],
    }


def types_of(estate: Estate, name: str) -> list[str]:
    """The types of a provider that exist as far as we know, as Azure spells them where a resource shows it."""
    spelled = {kind.casefold(): kind for kind in TYPES.get(name.casefold(), ())}
    for document in estate.held.values():
        namespace, _, kind = str(document.get("type", "")).partition("/")
        if namespace.casefold() == name.casefold():
            spelled[kind.casefold()] = kind
    return sorted(spelled.values(), key=str.casefold)


def all_resources(estate: Estate, call: HttpCall, inside: str, size: int) -> HttpAnswer:
    """The resources under the start of an id that pass `$filter`."""
    wanted = filters.passes(call.query.get("$filter", ""))
    found = [d for at, d in estate.held.items() if at.startswith(inside.casefold()) and wanted(d)]
    return paged(call, [brief(document) for document in found], size)


def brief(document: JsonObject) -> JsonObject:
    """A resource as the list of all resources shows it: without its properties."""
    return {name: value for name, value in document.items() if name not in ("properties", "etag")}


def service_tags(estate: Estate, subscription: str) -> HttpAnswer:
    """The list API's answer: the tags that the inventory has data for."""
    return pretty(
        {
            "name": "Public",
            "id": f"/subscriptions/{subscription}/providers/Microsoft.Network/serviceTags/Public",
            "type": "Microsoft.Network/serviceTags",
            "changeNumber": "0",
            "cloud": "Public",
            "values": [tag_document(tag) for tag in estate.service_tags.values()],
        }
    )
