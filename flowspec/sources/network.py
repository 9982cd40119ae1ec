"""VNets, subnets, peerings, NSGs, ASGs and route tables in JSON -> the model, through a Contribution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flowspec.model.inventory import (
    AZURE_DEFAULT_RULES,
    Asg,
    Lack,
    Nsg,
    Peering,
    Route,
    RouteTable,
    Rule,
    Subnet,
    VirtualNetwork,
    key,
)
from flowspec.model.unknown import is_unknown, why
from flowspec.sources import arm_id, essential
from flowspec.sources.contribution import Claim, Contribution, LooseChild
from flowspec.sources.essential import lacking
from flowspec.sources.node import JsonNode
from flowspec.sources.rules import held_back, is_prefix, read_rule

ATTACHED = (
    "ipconfigurations", "privateendpoints", "ipconfigurationprofiles", "applicationgatewayipconfigurations",
    "serviceassociationlinks", "resourcenavigationlinks",
)  # fmt: skip
"""The lists in which a subnet names what sits in it."""

NEXT_HOPS = {hop.lower(): hop for hop in ("VirtualNetworkGateway", "VnetLocal", "Internet", "VirtualAppliance", "None")}


def name_of(node: JsonNode, resource_id: str) -> str:
    """The name as the resource spells it; of a child only its own part."""
    last = arm_id.name(resource_id)
    given = node.text("name") or last
    return given if given.lower() == last.lower() else last


def id_of(node: JsonNode, owner: str, kind: str) -> str | None:
    """The id of a child of `owner`: its own, or made of its name."""
    given, name = node.text("id"), node.text("name")
    if given is None and name is None:
        node.notes.error(f"an entry of {kind} has neither a name nor an id", f"in {owner}", node.where())
        return None
    return given or f"{owner}/{kind}/{name}"


def prefixes(node: JsonNode, *names: str) -> tuple[str, ...]:
    """Address prefixes, refused in Azure's words (InvalidAddressPrefixFormat)."""
    found = tuple(text for text in node.texts(*names) if not is_unknown(text))
    for text in found:
        if not is_prefix(text):
            message = (
                f"Address prefix {text} of resource {node.text('id') or node.text('name')} is not formatted correctly."
            )
            advice = "It should follow CIDR notation, for example 10.0.0.0/24."
            node.notes.error(f"InvalidAddressPrefixFormat: {message} {advice}", where=node.where(names[-1]))
    return found


def space(node: JsonNode, name: str) -> tuple[str, ...]:
    """The prefixes of an address space object; none where one of them is held back."""
    child = node.child(name)
    if child is None or any(map(child.held, ("addressprefix", "addressprefixes"))):
        return ()
    return prefixes(child, "addressprefix", "addressprefixes")


def read_vnet(node: JsonNode, vnet_id: str, into: Contribution) -> None:
    """A VNet with its peerings, and the subnets that stand inside it."""
    name = name_of(node, vnet_id)
    found = space(node, "addressspace")
    lacks = lacking(node, essential.VNET, vnet_id)
    child = node.child("addressspace")
    back = child.held("addressprefixes") if child else None
    if back is not None:
        found, lacks = (), (*lacks, Lack("prefixes", *why(back)))
    if not found and not any(one.field == "prefixes" for one in lacks):
        into.notes.warning(f"VNet {name} has no address space", "what hinges on its addresses is unknown", node.where())
    peerings = tuple(children(node, "virtualnetworkpeerings", "virtualNetworkPeerings", vnet_id, read_peering))
    vnet = VirtualNetwork(
        id=vnet_id,
        name=name,
        location=node.text("location"),
        prefixes=found,
        peerings=peerings,
        tags=node.tags(),
        lacks=lacks,
        where=node.where(),
    )
    into.add(into.upserts.vnets, vnet)
    if node.fields.get("subnets") is not None and node.held("subnets") is None:
        into.whole.add(key(vnet_id))
    for child in node.children("subnets"):
        subnet_id = id_of(child, vnet_id, "subnets")
        if subnet_id is not None:
            read_subnet(child, subnet_id, into)


def read_subnet(node: JsonNode, subnet_id: str, into: Contribution) -> None:
    """A subnet: its prefixes, NSG, route table and private endpoint policies."""
    lacks = lacking(node, essential.SUBNET, subnet_id)
    found = prefixes(node, "addressprefix", "addressprefixes")
    subnet = Subnet(
        id=subnet_id,
        name=name_of(node, subnet_id),
        vnet=arm_id.parent(subnet_id),
        prefixes=found,
        nsg=node.ref("networksecuritygroup"),
        route_table=node.ref("routetable"),
        attached=node.refs(*ATTACHED),
        private_endpoint_policies=node.text("privateendpointnetworkpolicies"),
        known=all(one.field != "known" for one in lacks),
        lacks=tuple(one for one in lacks if one.field != "known" or not essential.is_absent(one)),
        where=node.where(),
    )
    into.add(into.upserts.subnets, subnet)
    for attached in subnet.attached:
        if "/networkinterfaces/" in attached.lower() and "/virtualmachinescalesets/" not in attached.lower():
            into.claims.append(Claim(attached, "subnet", subnet_id, node.where()))


def children(node: JsonNode, field: str, kind: str, owner: str, read: Callable[[JsonNode, str], Any]) -> Iterator[Any]:
    """The children of a list that can be read, each with the id it has or gets."""
    for child in node.children(field):
        child_id = id_of(child, owner, kind)
        value = read(child, child_id) if child_id else None
        if value is not None:
            yield value


def read_peering(node: JsonNode, peering_id: str) -> Peering:
    """The half of a peering that a VNet holds."""
    remote = space(node, "remoteaddressspace") or space(node, "remotevirtualnetworkaddressspace")
    access = node.flag("allowvirtualnetworkaccess")
    return Peering(
        id=peering_id,
        name=name_of(node, peering_id),
        remote_vnet=node.ref("remotevirtualnetwork"),
        state=node.text("peeringstate"),
        allow_access=access is not False,
        allow_gateway_transit=bool(node.flag("allowgatewaytransit")),
        use_remote_gateways=bool(node.flag("useremotegateways")),
        whole=node.flag("peercompletevnets") is not False and not node.flag("enableonlyipv6peering"),
        remote_prefixes=remote,
        lacks=lacking(node, essential.PEERING, peering_id),
        where=node.where(),
    )


def read_nsg(node: JsonNode, nsg_id: str, into: Contribution) -> None:
    """An NSG with its own and its default rules."""

    def user(child: JsonNode, rule_id: str) -> Rule | None:
        note_state(child, into)
        return read_rule(child, nsg_id)

    def default(child: JsonNode, rule_id: str) -> Rule | None:
        return read_rule(child, nsg_id, default=True)

    note_state(node, into)
    rules = tuple(children(node, "securityrules", "securityRules", nsg_id, user))
    unplaced = tuple(filter(None, map(held_back, node.children("securityrules"))))
    defaults = tuple(children(node, "defaultsecurityrules", "defaultSecurityRules", nsg_id, default))
    location, tags = node.text("location"), node.tags()
    nsg = Nsg(
        id=nsg_id,
        name=name_of(node, nsg_id),
        location=location,
        rules=rules,
        default_rules=defaults or AZURE_DEFAULT_RULES,
        tags=tags,
        lacks=lacking(node, essential.NSG, nsg_id) + unplaced,
        where=node.where(),
    )
    into.add(into.upserts.nsgs, nsg)
    claim(node, ("subnets", "networkinterfaces"), "nsg", nsg_id, into)


def note_state(node: JsonNode, into: Contribution) -> None:
    """A rule that Azure has not finished writing, or failed to write."""
    state = node.fields.get("provisioningstate")
    if state is not None and not is_unknown(state) and str(state).lower() != "succeeded":
        into.states.append((node.where(), str(state)))


def claim(node: JsonNode, lists: tuple[str, ...], field: str, value: str, into: Contribution) -> None:
    """What a resource says of those that it lists: that they name it."""
    into.claims += [Claim(listed, field, value, node.where()) for listed in node.refs(*lists)]


def read_asg(node: JsonNode, asg_id: str, into: Contribution) -> None:
    into.add(into.upserts.asgs, Asg(asg_id, name_of(node, asg_id), node.text("location"), node.where()))


def read_route_table(node: JsonNode, table_id: str, into: Contribution) -> None:
    """A route table with its routes."""
    routes = tuple(children(node, "routes", "routes", table_id, read_route))
    propagation = not node.flag("disablebgproutepropagation")
    name = name_of(node, table_id)
    table = RouteTable(
        id=table_id,
        name=name,
        routes=routes,
        bgp_propagation=propagation,
        lacks=lacking(node, essential.ROUTE_TABLE, table_id),
        where=node.where(),
    )
    into.add(into.upserts.route_tables, table)
    claim(node, ("subnets",), "route_table", table_id, into)


def read_route(node: JsonNode, route_id: str) -> Route | None:
    """A route: a prefix or service tag, and where it sends."""
    prefix, hop = node.held("addressprefix") or node.text("addressprefix"), node.text("nexthoptype")
    hop = "a next hop that is not known" if node.held("nexthoptype") else hop
    if prefix is None or hop is None:
        node.notes.error("a route needs addressPrefix and nextHopType", f"in {route_id}", node.where())
        return None
    if prefix[0].isdigit() or ":" in prefix:
        prefixes(node, "addressprefix")
    hop = NEXT_HOPS.get(hop.lower(), hop)
    return Route(
        name=name_of(node, route_id),
        prefix=prefix,
        next_hop=hop,
        next_hop_address=node.text("nexthopipaddress"),
        where=node.where(),
    )


def standalone(read: Callable[[JsonNode, str], Any], field: str = "") -> Callable[[JsonNode, str, Contribution], None]:
    """A reader for a child that comes without its parent, whose `field` is not known where the child is not whole."""

    def reader(node: JsonNode, child_id: str, into: Contribution) -> None:
        back = (
            next((held for name in node.fields for held in node.every_held(name, deep=True)), None) if field else None
        )
        if back is not None:
            owner = key(arm_id.parent(child_id))
            missing = Lack(field, *why(back))
            into.unknown_after_apply[owner] = (*into.unknown_after_apply.get(owner, ()), missing)
        value = read(node, child_id)
        if value is not None:
            into.parts.append(LooseChild(arm_id.parent(child_id), value, node.where()))

    return reader


def read_lone_rule(node: JsonNode, rule_id: str, into: Contribution) -> None:
    """A rule without its NSG; of one that can't be placed among the others, the NSG's rules are not known."""
    owner = arm_id.parent(rule_id)
    rule = read_rule(node, owner, default="/defaultsecurityrules/" in rule_id.lower())
    back = held_back(node)
    if rule is not None:
        into.parts.append(LooseChild(owner, rule, node.where()))
    elif back is not None:
        into.unknown_after_apply[key(owner)] = (*into.unknown_after_apply.get(key(owner), ()), back)
