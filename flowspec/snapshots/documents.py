"""An Inventory -> its resources and answers in Azure's own JSON; what is held back stands there with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flowspec.model.inventory import Inventory, IpConfiguration, Lack, LoadBalancer, Nic, Nsg, Rule, Subnet, key
from flowspec.model.unknown import unknown
from flowspec.server import documents
from flowspec.server.admin import admin_rule_document
from flowspec.server.documents import ref, refs
from flowspec.server.estate import SPELLED, subnets_by_vnet
from flowspec.snapshots.balancers import balancer_document
from flowspec.sources.arm_id import split
from flowspec.sources.essential import ESSENTIAL, LACKS, EssentialKind
from flowspec.sources.terraform import withheld

AzureJson = dict[str, Any]
NOISE = frozenset(("etag", "provisioningState"))
"""What the twin writes and nobody has read."""


def written(inventory: Inventory) -> list[AzureJson]:
    """The documents, sorted by id."""
    found = [*_networks(inventory), *_resources(inventory), *_answers(inventory), *_loose(inventory)]
    told = (withheld(document, inventory.sensitive) for document in found) if inventory.sensitive else found
    return sorted(map(_plain, told), key=lambda document: key(str(document["id"])))


def _networks(inventory: Inventory) -> Iterator[AzureJson]:
    """VNets with their subnets, and subnets whose VNet nobody has read."""
    subnets = subnets_by_vnet(inventory)
    for at, vnet in inventory.vnets.items():
        document: AzureJson = documents.vnet_document(vnet, ())
        document["properties"]["subnets"] = [_subnet(inventory, one) for one in subnets.get(at, ())]
        halves = zip(document["properties"]["virtualNetworkPeerings"], vnet.peerings, strict=True)
        document["properties"]["virtualNetworkPeerings"] = [held(one, half.lacks) for one, half in halves]
        yield held(document, vnet.lacks)
    for subnet in inventory.subnets.values():
        if (key(subnet.vnet) not in inventory.vnets and subnet.known) or (not subnet.known and subnet.where):
            yield _subnet(inventory, subnet)


def _subnet(inventory: Inventory, subnet: Subnet) -> AzureJson:
    """A subnet with all that it lists, and what sits in it though it lists nothing."""
    document = held(documents.subnet_document(subnet), subnet.lacks)
    properties = document["properties"]
    others = [one.id for one in inventory.unlisted if key(one.subnet) == key(subnet.id)]
    listed = dict.fromkeys((*subnet.attached, *others))
    properties |= {"ipConfigurations": refs(listed)} if listed else {}
    if not subnet.known:
        properties.pop("addressPrefixes", None)
    return document


def _resources(inventory: Inventory) -> Iterator[AzureJson]:
    """All other resources."""
    for table, spell in SPELLED.items():
        for value in getattr(inventory, table).values():
            document: AzureJson = spell(value)
            if isinstance(value, Nic):
                own = [_configuration(one) for one in value.ip_configurations]
                document["properties"]["ipConfigurations"] = own
            if isinstance(value, Nsg) and any(one.field == "rules" for one in value.lacks):
                document["properties"].pop("securityRules")
            yield held(document, getattr(value, "lacks", ()))
    for balancer in inventory.balancers.values():
        yield held(_balancer(balancer), balancer.lacks)
    for tagged in inventory.tagged:
        kind = (split(tagged.id) or ("microsoft.compute/virtualmachinescalesets", ()))[0]
        yield {"id": tagged.id, "type": kind, "tags": dict(tagged.tags)}


def _balancer(balancer: LoadBalancer) -> AzureJson:
    document: AzureJson = balancer_document(balancer)
    lacks = {key(one.id): one.lacks for one in balancer.frontends}
    lacks |= {key(one.id): one.lacks for one in balancer.rules}
    for name in ("frontendIPConfigurations", "loadBalancingRules", "inboundNatRules"):
        document["properties"][name] = [held(one, lacks[key(one["id"])]) for one in document["properties"][name]]
    return document


def _configuration(configuration: IpConfiguration) -> AzureJson:
    document: AzureJson = documents.configuration_document(configuration)
    document["properties"] |= {
        name: refs(ids)
        for name, ids in (
            ("loadBalancerBackendAddressPools", configuration.pools),
            ("loadBalancerInboundNatRules", configuration.nat_rules),
        )
        if ids
    }
    return held(document, configuration.lacks)


def _answers(inventory: Inventory) -> Iterator[AzureJson]:
    """Effective answers: tag expansions, learned routes, security admin rules."""
    for found in inventory.expansions.values():
        kind = "subnet" if "/subnets/" in found.scope.casefold() else "networkInterface"
        if found.tags:
            tags = {tag: [*prefixes] for tag, prefixes in found.tags.items()}
            entry = {"association": {kind: ref(found.scope)}, "tagMap": tags, "effectiveSecurityRules": []}
            yield {"id": f"{found.scope}/effectiveNetworkSecurityGroups", "value": [entry]}
        if found.learned is not None:
            route = {"source": "VirtualNetworkGateway", "state": "Active", "nextHopType": "VirtualNetworkGateway"}
            routes = [route | {"addressPrefix": [*found.learned]}] if found.learned else []
            yield {"id": f"{found.scope}/effectiveRouteTable", "value": routes}
    for vnet, rules in inventory.admin_rules.items():
        owner = inventory.vnets[vnet].id if vnet in inventory.vnets else vnet
        told = [_admin_rule(rule, owner) for rule in rules]
        yield {"id": f"{owner}/listNetworkManagerEffectiveSecurityAdminRules", "value": told}


def _admin_rule(rule: Rule, vnet: str) -> AzureJson:
    return admin_rule_document(rule, vnet.partition("/providers/")[0])


def _loose(inventory: Inventory) -> Iterator[AzureJson]:
    """Endpoints in subnets that nobody has read."""
    unread: dict[str, list[str]] = {}
    for one in inventory.unlisted:
        subnet = inventory.subnets.get(key(one.subnet))
        if subnet is None or (not subnet.known and not subnet.where):
            unread.setdefault(one.subnet, []).append(one.id)
    for subnet_id, ids in unread.items():
        yield {"id": subnet_id, "properties": {"ipConfigurations": refs(ids)}}


def held(document: AzureJson, lacks: Iterable[Lack]) -> AzureJson:
    """With the reason in the place of what is not known; what a source lacks is left out."""
    parts = split(str(document["id"]))
    kind = ESSENTIAL.get(parts[0]) if parts else None
    made: AzureJson = document | {"properties": dict(document["properties"])}
    for lack in lacks if kind else ():
        if lack.field == "tags" and not lack.reason.startswith(LACKS):
            made["tags"] = {**made.get("tags", {}), "not known": unknown(lack.reason, lack.settle)}
            continue
        where, names = made["properties"], _names(kind, lack)
        for name in [one for one in where if one.casefold() in map(str.casefold, names)]:
            del where[name]
        if names and not lack.reason.startswith(LACKS):
            where[names[0]] = unknown(lack.reason, lack.settle, lack.among)
    return made


def _names(kind: EssentialKind | None, lack: Lack) -> tuple[str, ...]:
    """The properties without which a field is not known: those that a source lacks, or the one about it alone."""
    assert kind is not None
    asked = [one.names for one in kind.essentials if lack.field in one.fields]
    told = [names for names in asked if lack.reason.startswith(f"{LACKS}{names[0]} ")]
    alone = [(name,) for name, field in kind.optional if field == lack.field]
    return next(iter((*told, *alone, *asked)), ())


def _plain(value: Any) -> Any:
    """Without what the twin adds, and with reasons only where they say something."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items() if name not in NOISE}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def service_tags(inventory: Inventory) -> AzureJson | None:
    """The service tag data in the form of the list API's answer; None where there is none."""
    found: Mapping[str, tuple[str, ...]] = inventory.service_tags.prefixes
    if not found and not inventory.service_tags.label:
        return None
    values = [{"name": name, "id": name, "properties": {"addressPrefixes": [*found[name]]}} for name in sorted(found)]
    return {"name": inventory.service_tags.label, "cloud": inventory.service_tags.cloud, "values": values}
