"""An ARM template with its parameter files -> a Contribution, through the readers of Azure's own JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flowspec.arm.documents import Deployed, Deployment, deployed, parameters
from flowspec.arm.render import TemplatePlaces
from flowspec.arm.scope import LOCATION, DeploymentScope
from flowspec.arm.sections import Given
from flowspec.arm.values import GROUP, SUBSCRIPTION, TooMuchError
from flowspec.errors import Where
from flowspec.model.inventory import Lack, key
from flowspec.model.unknown import unknown, why
from flowspec.sources import arm_id, azure_json
from flowspec.sources.attached import attached
from flowspec.sources.contribution import Contribution
from flowspec.sources.essential import ESSENTIAL
from flowspec.sources.jsontext import JsonText, refusal
from flowspec.sources.linked import LinkedFiles
from flowspec.sources.meant import doubt_meant
from flowspec.sources.merge import CHILD_FIELDS
from flowspec.sources.node import JsonNode
from flowspec.sources.notes import Notes, some
from flowspec.sources.rules import DECIDING

EARLY = "it may be deployed before what it is a part of, which then takes it away: there is no dependsOn"


def is_template(document: JsonText) -> bool:
    return "deploymenttemplate.json" in str(document.member("$schema")).lower()


def is_parameters(document: JsonText) -> bool:
    schema = document.member("$schema") or document.member("schema")
    return "deploymentparameters.json" in str(schema).lower()


class PlacedNode(JsonNode):
    """An object that came out of a template: its place is where the template, or a parameter file, has it."""

    __slots__ = ("places",)

    def __init__(self, raw: dict[str, Any], pointer: str, file: str, notes: Notes, places: TemplatePlaces) -> None:
        super().__init__(raw, pointer, file, notes)
        self.places = places

    def child(self, name: str) -> JsonNode | None:
        found = super().child(name)
        return found and self._placed(found)

    def children(self, name: str) -> Iterator[JsonNode]:
        return map(self._placed, super().children(name))

    def _placed(self, node: JsonNode) -> JsonNode:
        where = self.places.of(node.raw) or Where(node.file, pointer=node.pointer)
        return PlacedNode(node.raw, where.pointer, where.file, node.notes, self.places)


def read(document: JsonText, into: Contribution) -> int:
    """Reads what the deployment leaves; the parameters and the scope are those of the contribution."""
    options, given = into.templates, dict[str, Given]()
    for file in into.parameter_files:
        given |= parameters(file.whole(), file.file)
    scope = DeploymentScope(
        options.subscription or SUBSCRIPTION, options.resource_group or GROUP, options.location or LOCATION
    )
    template = document.whole()
    where = Where(document.file)
    try:
        found = deployed(template, document.file, scope, given, LinkedFiles(document.file, into))
    except (TooMuchError, RecursionError):
        advice = "it doubles or nests itself beyond what Azure deploys"
        raise refusal("the template is too large to be evaluated", advice, where) from None
    note_parameters(template, given, into, where)
    note_scope(into, where)
    note_linked(found, into)
    into.ahead = True
    into.redeploys = any("/networkmanagers/" in key(one.id) for one in found.resources)
    for one in found.resources:
        read_one(one, found.places, into)
    doubt_meant(into)
    return 0


def note_parameters(template: dict[str, Any], given: dict[str, Given], into: Contribution, where: Where) -> None:
    """Tells of parameters that the template does not have, and of those that nobody gave a value."""
    section = next((value for name, value in template.items() if name.lower() == "parameters"), None)
    declared = section if isinstance(section, dict) else {}
    known = {name.casefold() for name in declared}
    for name, one in given.items():
        if name.casefold() not in known:
            into.notes.warning(f"the template has no parameter {name}", "it is left out", one.where)
    have = {name.casefold() for name in given}
    lacking = [
        name for name, one in declared.items()
        if name.casefold() not in have and isinstance(one, dict)
        and "defaultvalue" not in map(str.lower, one) and one.get("nullable") is not True
    ]  # fmt: skip
    if lacking:
        summary = f"parameters without a value: {some(lacking)}"
        into.notes.info(summary, "what hinges on them is unknown; give them with --parameters FILE", where)


def note_scope(into: Contribution, where: Where) -> None:
    """Tells that a template lies beside the network, not over it, where nobody said where it is deployed to."""
    options = into.templates
    lies_over = any(table for one in into.below for table in one.upserts.every())
    if lies_over and not (options.subscription and options.resource_group):
        advice = "give --subscription ID and --resource-group NAME, else its resources are others than those there"
        into.notes.warning(
            "the template lies over another source, and where it is deployed to is not known", advice, where
        )


def note_linked(found: Deployment, into: Contribution) -> None:
    """Tells of linked templates, and of loops nobody can count: what they deploy is not in the inventory."""
    for one in found.linked:
        into.unread.append(f"the linked template of the deployment {one.name}")
        summary = f"the deployment {one.name} has a linked template, which is not read: {one.unread}"
        advice = "what it deploys is unknown; deploy from one file (bicep build writes one), or by relativePath"
        into.notes.warning(summary, advice, one.where)
    for words in dict.fromkeys(found.untold):
        into.unread.append(words)
        into.notes.warning(words, "what hinges on it is unknown")


def read_one(one: Deployed, places: TemplatePlaces, into: Contribution) -> None:
    """One resource, as far as it is known."""
    parts = arm_id.split(one.id)
    kind = parts[0] if parts else ""
    document = one.document
    if one.unsure:
        document = {**document, "properties": held_properties(kind, one.unsure), "tags": unknown(one.unsure)}
    node = PlacedNode(document, one.where.pointer, one.where.file, into.notes, places)
    into.attached += attached(one, kind)
    owner, segment = arm_id.parent(one.id), kind.rpartition("/")[2]
    if segment in CHILD_FIELDS and kind.count("/") > 1:
        deciding = DECIDING if segment == "securityrules" else ()
        back = one.unsure or next((why(held)[0] for held in map(node.held, deciding) if held), "")
        if one.early and any(key(owner) in table for below in into.below for table in below.upserts.every()):
            back = back or EARLY
        if back:
            lack = Lack(CHILD_FIELDS[segment], f"{one.name}: {back}")
            into.unknown_after_apply[key(owner)] = (*into.unknown_after_apply.get(key(owner), ()), lack)
            into.resources += 1
            return
    azure_json.read_resource(node, into)
    into.fresh.add(key(one.id))


def held_properties(kind: str, reason: str) -> dict[str, str]:
    """The properties of a resource of which nothing is known."""
    names = [name for essential in ESSENTIAL[kind].essentials for name in essential.names] if kind in ESSENTIAL else []
    return dict.fromkeys(names, unknown(reason))
