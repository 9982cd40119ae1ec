"""NSGs, their rules, and application security groups -> Azure documents."""

from __future__ import annotations

from flowspec.errors import Where
from flowspec.model.inventory import Lack, key
from flowspec.model.unknown import is_unknown
from flowspec.terraform.instances import Instance, Values
from flowspec.terraform.meaning import AttributePath, Meant, at
from flowspec.terraform.picture import Document, Picture
from flowspec.terraform.shape import block_list, framed, refs, said
from flowspec.terraform.types import AZURE
from flowspec.terraform.world import World

FIELDS = {
    "description": "description",
    "protocol": "protocol",
    "source_port_range": "sourcePortRange",
    "source_port_ranges": "sourcePortRanges",
    "destination_port_range": "destinationPortRange",
    "destination_port_ranges": "destinationPortRanges",
    "source_address_prefix": "sourceAddressPrefix",
    "source_address_prefixes": "sourceAddressPrefixes",
    "destination_address_prefix": "destinationAddressPrefix",
    "destination_address_prefixes": "destinationAddressPrefixes",
    "access": "access",
    "priority": "priority",
    "direction": "direction",
}
GROUPS = {
    "source_application_security_group_ids": "sourceApplicationSecurityGroups",
    "destination_application_security_group_ids": "destinationApplicationSecurityGroups",
}
NONE_INSIDE = "no {} is written inside a new resource whose list is known after apply"
_GROUP = AZURE["azurerm_application_security_group"]


def draw_groups(world: World, picture: Picture) -> None:
    """Application security groups."""
    for one in world.of("azurerm_application_security_group"):
        picture.add(framed(world, one, {}), world.place(one, one.where))


def draw_nsgs(world: World, picture: Picture) -> None:
    """NSGs with the rules that stand in them; a refreshed list has all that there were."""
    for one in world.of("azurerm_network_security_group"):
        blocks = block_list(world, one, "security_rule")
        if blocks is None:
            picture.print(NONE_INSIDE.format("security_rule"), one.address)
        rules: list[Document] | str = blocks if isinstance(blocks, str) else []
        if isinstance(blocks, list) and isinstance(rules, list):
            rules += [_inside(world, one, at, block, picture) for at, block in enumerate(blocks)]
        picture.add(framed(world, one, {"securityRules": rules}), world.place(one, one.where))


def _inside(world: World, one: Instance, at: int, block: Values, picture: Picture) -> Document:
    name = block.get("name")
    rule = {
        "name": f"{one.address}.security_rule[{at}]" if is_unknown(name) or not name else name,
        "properties": properties(world, one, ("security_rule", at), block),
    }
    where = one.where
    place = Where(where.file, pointer=f"{where.pointer}/security_rule/{at}", address=one.address)
    return picture.places.put(rule, world.place(one, place, "security_rule", rule["name"]))


def properties(world: World, one: Instance, path: AttributePath, values: Values) -> Document:
    """The properties of a rule as Azure has them."""
    found: Document = {}
    for name, azure in FIELDS.items():
        value = values.get(name)
        if is_unknown(value):
            value = world.value(one, *path, name)
        elif isinstance(value, list):
            value = [world.value(one, *path, name, n) if is_unknown(item) else item for n, item in enumerate(value)]
        found[azure] = value
    for name, azure in GROUPS.items():
        known, more = world.members(one, (*path, name), _GROUP)
        found[azure] = refs(known, more) or None
    return said(found)


def draw_rules(world: World, picture: Picture, gone: frozenset[str]) -> None:
    """Rules of their own stand over the list of their NSG, in which those of `gone` (keys of ids) are no more."""
    for nsg in world.of("azurerm_network_security_group"):
        owner = world.id_of(nsg)
        document = picture.get(owner)
        rules = document["properties"].get("securityRules") if document is not None else None
        if isinstance(rules, list) and gone and not world.writes(nsg, "security_rule"):
            rules[:] = [rule for rule in rules if key(f"{owner}/securityRules/{rule['name']}") not in gone]
    for one in world.of("azurerm_network_security_rule"):
        _draw_rule(world, one, picture)


def _draw_rule(world: World, one: Instance, picture: Picture) -> None:
    nsg = parent_of(world, one, "network_security_group_name", AZURE["azurerm_network_security_group"], picture)
    rule: Document = {
        "id": world.id_of(one),
        "name": world.name_of(one),
        "type": AZURE[one.type],
        "properties": properties(world, one, (), one.values),
    }
    picture.places.put(rule, world.place(one, one.where))
    if nsg.sure is None:
        _somewhere(one, nsg, picture)
        return
    rule["id"] = f"{nsg.sure}/securityRules/{rule['name']}"
    picture.put(rule, picture.get(nsg.sure), "securityRules")


def _somewhere(one: Instance, nsg: Meant, picture: Picture) -> None:
    """A rule of an NSG that is not known: what each that it may be of does is not known."""
    reason = f"{nsg.reason or 'known after apply'}: {one.address} is a rule of an NSG that is not known"
    for candidate in nsg.ids:
        picture.doubt(candidate, Lack("rules", reason))
    if nsg.open:
        picture.anywhere.append(("nsgs", Lack("rules", reason)))


def parent_of(world: World, one: Instance, attribute: str, kind: str, picture: Picture) -> Meant:
    """The parent that a child names by its name: by its own id where it has one."""
    own = one.text("id")
    if own is not None and "/" in own:
        return Meant(("/".join(own.split("/")[:-2]),))
    if one.text(attribute) is None and at(one.values, (attribute,)) is not None:
        return world.meant(one, (attribute,), kind)
    parent = "/".join(world.id_of(one).split("/")[:-2])
    if picture.get(parent) is None and "‹" in parent:
        end = f"/{kind.rpartition('/')[2]}/{one.values.get(attribute)}".lower()
        namesakes = [d["id"] for d in picture.resources.values() if key(d["id"]).endswith(end)]
        return Meant(tuple(namesakes), open=True, reason=f"known after apply: the id of {one.address}")
    others = picture.perhaps(parent) if picture.get(parent) is None else []
    if others:
        return Meant((parent, *others), reason=f"known after apply: the id of {others[0].rpartition('/')[2]}")
    return Meant((parent,))
