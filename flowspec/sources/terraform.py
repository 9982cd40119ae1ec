"""A Terraform plan or state -> a Contribution: as Azure resources through the readers of all sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from typing import Any, Literal

from flowspec.errors import Where
from flowspec.model.inventory import Lack, id_part, key
from flowspec.model.unknown import unknown
from flowspec.sources import arm_id, azure_json, moments
from flowspec.sources.contribution import Contribution, Documents, FieldPatch, Membership, WrittenList
from flowspec.sources.jsontext import JsonText, refusal
from flowspec.sources.merge import CHILD_FIELDS
from flowspec.sources.node import JsonNode
from flowspec.sources.notes import some
from flowspec.terraform.code import TerraformCode, read_code
from flowspec.terraform.configuration import Configuration, read_configuration
from flowspec.terraform.draw import draw
from flowspec.terraform.frame import object_of
from flowspec.terraform.instances import Instance, secrets
from flowspec.terraform.picture import Picture
from flowspec.terraform.reading import changed, kept, kept_long_ago, shown
from flowspec.terraform.types import ADMIN_DEPLOYMENT, AZURE, has_own_id, is_read
from flowspec.terraform.world import World

FORMAT = re.compile(r"(0|1)\.\d{1,9}", re.ASCII)
STATE_VERSIONS = (3, 4)
LISTS: Mapping[str, tuple[Literal["rules", "routes"], str]] = {
    "azurerm_network_security_group": ("rules", "security_rule"),
    "azurerm_route_table": ("routes", "route"),
}
"""Resources whose children may stand in a list of theirs -> its field in the model, and the attribute."""
WORDS = frozenset(("Allow", "Deny", "Inbound", "Outbound", "Tcp", "Udp", "Icmp", "*", "", "true", "false"))
"""Words of Azure, which tell nothing where they are called sensitive."""


def recognised(document: JsonText) -> bool:
    """What `terraform show -json` and `tofu show -json` print, and state files as they are."""
    return any(name in document.head for name in ("planned_values", "terraform_version", "resource_changes"))


def read(document: JsonText, into: Contribution) -> int:
    """Reads a plan or a state; none of its values is a stranger."""
    check(document)
    if "resource_changes" in document.head or "planned_values" in document.head:
        read_plan(document, into)
    else:
        code = TerraformCode(read_code(into.templates.terraform_dir)) if into.templates.terraform_dir else None
        one = Picked(list(state_of(document)))
        contribute(one.picture(Configuration(), (), code=code), document.file, into)
        keep_secret(one.read, into)
    return 0


def check(document: JsonText) -> None:
    """Refuses what is of a version that is not known, and a plan that Terraform could not finish."""
    version = document.member("format_version")
    if version is not None and (not isinstance(version, str) or not FORMAT.fullmatch(version)):
        raise refused(document, "format_version", f"the Terraform document has a format that is not known: {version!r}")
    if version is None and document.member("version") not in STATE_VERSIONS:
        summary = "the state file has a version that is not known; 3 and 4 are"
        raise refused(document, "version" if "version" in document.head else "terraform_version", summary)
    if document.member("errored") is True:
        summary = "Terraform could not finish this plan (errored): it does not show the network after an apply"
        raise refused(document, "errored", summary)


def refused(document: JsonText, name: str, summary: str) -> Exception:
    advice = "write it with terraform show -json PLANFILE (or of a state: terraform show -json)"
    return refusal(summary, advice, Where(document.file, pointer=document.pointer(name)))


def state_of(document: JsonText) -> Iterator[Instance]:
    """The instances of a state, in whichever form."""
    if document.is_list("resources"):
        for pointer, raw in document.items("resources"):
            yield from kept(object_of(raw, pointer, Where(document.file)), Where(document.file, pointer=pointer))
    elif document.is_list("modules"):
        for pointer, raw in document.items("modules"):
            yield from kept_long_ago(
                object_of(raw, pointer, Where(document.file)), Where(document.file, pointer=pointer)
            )
    else:
        values = object_of(document.member("values"), "values", Where(document.file))
        yield from shown(values.get("root_module"), Where(document.file, pointer="/values/root_module"))


def read_plan(document: JsonText, into: Contribution) -> None:
    """What a plan changes, and what it leaves as it is."""
    into.ahead = True
    code = TerraformCode(read_code(into.templates.terraform_dir)) if into.templates.terraform_dir else None
    place = Where(document.file, pointer="/configuration")
    configuration = read_configuration(document.member("configuration"), document.member("variables"), place)
    before: list[Instance] = []
    after: list[Instance] = []
    replaced: set[str] = set()
    updated: dict[str, WrittenList] = {}
    staying: list[Instance] = []
    whole = Where(document.file)
    prior = object_of(object_of(document.member("prior_state"), "prior_state", whole).get("values"), "values", whole)
    place = Where(document.file, pointer="/prior_state/values/root_module")
    for old, new, actions in changes_of(document):
        before += [old] if old is not None else []
        after += [new] if new is not None else []
        into.redeploys = into.redeploys or (is_admin(new or old) and not _stays(old, new, actions))
        if old is not None and new is not None and "create" in actions and old.text("id") and has_own_id(old.type):
            replaced.add(key(str(old.text("id"))))
        if old is not None and new is not None and "update" in actions and (found := written_list(old, new)):
            updated[key(str(old.text("id")))] = found
        staying += [new] if new is not None and old is not None and "create" not in actions else []
    told = {one.address for one in after}
    data = [one for one in shown(prior.get("root_module"), place) if one.is_data and one.address not in told]
    below = sorted(subscriptions(into.below))
    earlier, later = Picked([*data, *before]), Picked([*data, *after])
    gone = frozenset(earlier.ids(configuration, below) - later.ids(configuration, below))
    now, then = scratch(into), scratch(into)
    contribute(later.picture(configuration, below, gone, code), document.file, now)
    contribute(earlier.picture(configuration, below, code=code), document.file, then)
    moments.turn(then, now, replaced, updated, into)
    leave(staying, replaced, into)
    keep_secret((*earlier.read, *later.read), into)
    if document.member("complete") is False:
        into.unread.append(f"the rest of the plan {document.file}: Terraform says that it is not complete")
        where = Where(document.file, pointer=document.pointer("complete"))
        into.notes.warning("the plan is not complete: more will be planned after its apply", "", where)


def written_list(old: Instance, new: Instance) -> WrittenList | None:
    """The list of a resource that is updated. Where the list itself is other, azurerm sends all of it anew.

    Otherwise it depends on the provider and its version whether the list is sent as it was read, or left alone.
    """
    azapi = (new.text("type") or "").partition("@")[0] if new.type == "azapi_resource" else ""
    kind = next((kind for kind in LISTS if AZURE[kind].lower() == azapi.lower()), new.type)
    if kind not in LISTS:
        return None
    field, attribute = LISTS[kind]
    lists = (old.values.get(attribute), new.values.get(attribute))
    surely = lists[0] != lists[1] and all(isinstance(one, list) for one in lists)
    return WrittenList(field, frozenset(), surely, new.address)


def leave(staying: Iterable[Instance], replaced: set[str], into: Contribution) -> None:
    """Children that the plan leaves as they are while their parent is made anew: Azure takes them away with it."""
    for one in staying if replaced else ():
        at = key(one.text("id") or "")
        owner = arm_id.parent(at)
        if owner not in replaced or not has_own_id(one.type):
            continue
        segment = at.split("/")[-2]
        reason = f"{one.address} stays as it is, and what it is a part of is made anew: it may be gone with the old one"
        place, field = (at, "known") if segment == "subnets" else (owner, CHILD_FIELDS.get(segment, "rules"))
        lacks = into.unknown_after_apply.get(place, ())
        into.unknown_after_apply[place] = (*lacks, Lack(field, reason, "have it made anew, too"))


def _stays(old: Instance | None, new: Instance | None, actions: list[str]) -> bool:
    return old is new or actions in (["no-op"], ["read"])


def is_admin(one: Instance | None) -> bool:
    """Whether security admin rules, or where they are deployed, hang on a resource."""
    return one is not None and not one.is_data and (
        one.type in ADMIN_DEPLOYMENT or "/networkmanagers/" in (one.text("type") or "").lower())  # fmt: skip


def changes_of(document: JsonText) -> Iterator[tuple[Instance | None, Instance | None, list[str]]]:
    """The instances before and after, and what the plan does; of a plan without changes those that it plans."""
    if "resource_changes" not in document.head:
        planned = object_of(document.member("planned_values"), "planned_values", Where(document.file)).get(
            "root_module"
        )
        for one in shown(planned, Where(document.file, pointer="/planned_values/root_module")):
            yield None, one, []
        return
    for pointer, raw in document.items("resource_changes"):
        place = Where(document.file, pointer=pointer)
        entry = object_of(raw, "a resource change", place)
        old, new = changed(entry, place)
        yield old, new, list(object_of(entry.get("change"), "change", place).get("actions") or ())


def scratch(into: Contribution) -> Contribution:
    """A contribution beside the one that is being read."""
    return Contribution(notes=into.notes, raw=Documents() if into.raw is not None else None)


def subscriptions(below: Iterable[Contribution]) -> set[str]:
    """The subscriptions of the sources before this one."""
    ids = (value.id for one in below for table in one.upserts.every() for value in table.values())
    return {found for found in (id_part(one, "subscriptions") for one in ids) if found}


class Picked:
    """The instances that play a part, data sources first: what the document manages stands over what it reads."""

    def __init__(self, instances: list[Instance]) -> None:
        self.read = sorted((one for one in instances if is_read(one.type)), key=lambda one: not one.is_data)
        self.others = [one for one in instances if not is_read(one.type) and not one.is_data]

    def world(self, configuration: Configuration, below: Iterable[str], code: TerraformCode | None = None) -> World:
        """The instances with what is known of them besides."""
        return World([*self.read, *self.others], configuration, below, code)

    def ids(self, configuration: Configuration, below: Iterable[str]) -> set[str]:
        """The keys of the ids of all resources."""
        world = self.world(configuration, below)
        return {key(world.id_of(one)) for one in self.read if world.azure_type(one)}

    def picture(
        self,
        configuration: Configuration,
        below: Iterable[str],
        gone: frozenset[str] = frozenset(),
        code: TerraformCode | None = None,
    ) -> Picture:
        """The picture, with what is not modelled."""
        found = draw(self.world(configuration, below, code), gone)
        for one in self.others:
            if one.provider in ("azurerm", "azapi"):
                found.others[f"terraform {one.type}", one.address] = one.address
        return found


def keep_secret(instances: Iterable[Instance], into: Contribution) -> None:
    """Notes what is sensitive, and takes it out of the documents that are kept as they stand."""
    for one in instances:
        into.sensitive |= {text for text in secrets(one.values, one.sensitive) if text not in WORDS}
    if into.raw is not None and into.sensitive:
        kept = {at: withheld(document, into.sensitive) for at, document in into.raw.resources.items()}
        into.raw.resources.update(kept)


def withheld(value: Any, hidden: Set[str]) -> Any:
    """JSON in which what is sensitive is held back; ids and names stay, or nothing could be told apart."""
    if isinstance(value, dict):
        return {
            name: item if name in ("id", "name", "type") else withheld(item, hidden) for name, item in value.items()
        }
    if isinstance(value, list):
        return [withheld(item, hidden) for item in value]
    return unknown("the value is sensitive in Terraform") if isinstance(value, str) and value in hidden else value


def contribute(picture: Picture, file: str, into: Contribution) -> None:
    """Everything of a picture through the readers."""
    for document in (*picture.resources.values(), *picture.loose):
        azure_json.read_resource(JsonNode(document, "", file, into.notes, picture.places.of), into)
    into.whole.clear()
    assume(picture, into)
    into.unmodelled |= picture.others
    into.unread += picture.unread
    into.attached += picture.attached
    into.fresh |= picture.fresh
    into.anywhere += picture.anywhere
    for at, lacks in picture.doubts.items():
        into.unknown_after_apply[at] = (*into.unknown_after_apply.get(at, ()), *dict.fromkeys(lacks))
    into.patches += [FieldPatch(one.id, ((one.field, one.value),), one.where) for one in picture.settings]
    into.memberships += [Membership(nic=one.nic, config=one.config, field=one.field, value=one.value)
                         for one in picture.joinings]  # fmt: skip
    for words, about in picture.assumptions.items():
        into.assumed.append(f"{words}: {some(about)}" if about else words)


def assume(picture: Picture, into: Contribution) -> None:
    """Marks the fields of resources that nothing in the document tells."""
    for table in into.upserts.every():
        for at, resource in table.items():
            fields = picture.assumed.get(at, {})
            own = tuple(Lack(n, words, assumed=True) for n, words in fields.items() if hasattr(resource, n))
            found: Any = replace(resource, lacks=(*resource.lacks, *own)) if own else resource
            if hasattr(found, "ip_configurations"):
                inner = tuple(Lack(n, words, assumed=True) for n, words in fields.items() if not hasattr(resource, n))
                if inner:
                    configs = tuple(replace(c, lacks=(*c.lacks, *inner)) for c in found.ip_configurations)
                    found = replace(found, ip_configurations=configs)
            if hasattr(found, "peerings"):
                found = replace(found, peerings=tuple(peering(one, picture) for one in found.peerings))
            table[at] = found
    for number, part in enumerate(into.parts):
        if hasattr(part.value, "remote_vnet"):
            into.parts[number] = replace(part, value=peering(part.value, picture))


def peering(half: Any, picture: Picture) -> Any:
    """A half of a peering, with its state as what nothing tells."""
    fields = picture.assumed.get(key(half.id), {})
    own = tuple(Lack(name, words, assumed=True) for name, words in fields.items())
    return replace(half, lacks=(*half.lacks, *own)) if own else half
