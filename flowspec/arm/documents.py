"""What a deployment leaves -> Azure's own JSON, with a text for each value that nobody knows before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from flowspec.arm.linked import Finder, by_nobody
from flowspec.arm.order import comes_after
from flowspec.arm.render import TemplatePlaces, below
from flowspec.arm.scope import DeploymentScope
from flowspec.arm.sections import NO_VALUE, Given
from flowspec.arm.template import DEPLOYMENT, ArmTemplate, DeployedItem, Run, value_of
from flowspec.arm.values import Json, Unknown, hole, is_partial, member, spelled, unknown_part
from flowspec.errors import Where
from flowspec.model.unknown import is_unknown, unknown

SECRETS = frozenset(("osprofile", "extensionprofile", "protectedsettings", "customdata", "userdata"))
"""Properties of machines that hold passwords, and nothing of the network."""
NAMES = frozenset(("name", "id"))
CHANGED_BY_OTHERS = frozenset(
    ("microsoft.network/networksecuritygroups", "microsoft.network/virtualnetworks", "microsoft.network/routetables")
)
"""Types that decide flows, and that a linked template knows by a name that it is given."""
TWICE = "the template deploys it twice, with different contents, and does not say which comes last"
GIVE = "give it with --parameters FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A resource after the deployment. `unsure`: why nothing is known of it but that it may be there.

    `early`: it may be deployed before the resource that it is a part of, which then takes it away if it is there now.
    """

    id: str
    kind: str
    name: str
    document: dict[str, Any]
    where: Where
    unsure: str = ""
    early: bool = False


@dataclass(slots=True)
class Deployment:
    """All that a template deploys, and what could not be told: linked templates, resources nobody can count."""

    resources: list[Deployed] = field(default_factory=list)
    linked: list[DeployedItem] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    places: TemplatePlaces = field(default_factory=TemplatePlaces)


def deployed(
    raw: dict[str, Any], file: str, scope: DeploymentScope, given: dict[str, Given], find: Finder = by_nobody
) -> Deployment:
    """What a template comes to with these parameters. TooMuchError for one that no one could deploy.

    `find` gets the templates in the files beside it.
    """
    run = Run(find=find)
    schema = str(member(raw, "$schema")).casefold()
    if "subscriptiondeploymenttemplate" in schema:
        scope = scope.moved(scope.subscription, "", scope.location)
    for one in given.values():
        if isinstance(one.value, (dict, list)):
            run.places.put_all(one.value, one.where, run.steps)
    root = ArmTemplate(run, raw, Where(file), scope, given)
    found = Deployment(places=run.places)
    last: dict[str, tuple[DeployedItem, Deployed]] = {}
    for instance, unsure in _walk(root, "", found):
        at, made = instance.id.casefold(), _made(instance, unsure, run)
        last[at] = _later(last[at], (instance, made)) if at in last else (instance, made)
    given_away = [_texts_of(instance) for instance in found.linked]
    for instance, made in last.values():
        made = _perhaps_changed(instance, made, found.linked, given_away)
        owner = last.get(instance.id.casefold().rpartition("/")[0].rpartition("/")[0])
        early = owner is not None and not comes_after(instance, owner[0])
        found.resources.append(replace(made, early=True) if early else made)
    return found


def _later(one: tuple[DeployedItem, Deployed], other: tuple[DeployedItem, Deployed]) -> tuple[DeployedItem, Deployed]:
    """Of one resource that is deployed twice, what stays."""
    if comes_after(other[0], one[0]):
        return other
    if one[1].document == other[1].document or comes_after(one[0], other[0]):
        return one
    return other[0], replace(other[1], unsure=TWICE)


def _texts_of(linked: DeployedItem) -> frozenset[str]:
    """The texts that a linked template is given, folded."""
    properties = linked.part("properties")
    given = member(properties, "parameters") if isinstance(properties, dict) else None
    return frozenset(_texts(given, linked.template.run))


def _texts(value: Json, run: Run) -> Iterator[str]:
    run.steps.spend()
    if isinstance(value, str):
        yield value.casefold()
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner, run)


def _perhaps_changed(
    instance: DeployedItem, made: Deployed, linked: list[DeployedItem], given: list[frozenset[str]]
) -> Deployed:
    """A resource that a linked template is told of, by name or id, may be changed by it."""
    if made.unsure or instance.kind.casefold() not in CHANGED_BY_OTHERS:
        return made
    names = {instance.id.casefold(), instance.name.casefold()}
    for other, told in zip(linked, given, strict=True):
        if names & told and not comes_after(instance, other):
            return replace(made, unsure=f"the linked template of the deployment {other.name} may change {made.name}")
    return made


def parameters(raw: dict[str, Any], file: str) -> dict[str, Given]:
    """The values of a parameter file; expressions in them are texts."""
    section = member(raw, "parameters")
    base = f"/{spelled(raw, 'parameters')}"
    return {
        name: Given(value_of(name, declared), below(Where(file, pointer=base), name, "value"))
        for name, declared in (section.items() if isinstance(section, dict) else ())
    }


def _walk(template: ArmTemplate, unsure: str, found: Deployment) -> Iterator[tuple[DeployedItem, str]]:
    """Every resource, those of inline deployments too."""
    for instance in template.instances():
        why = unsure or instance.unsure
        if instance.existing:
            continue
        if instance.kind.casefold() != DEPLOYMENT:
            yield instance, why
            continue
        nested = instance.nested()
        if nested is None:
            found.linked.append(instance)
        else:
            yield from _walk(nested, why, found)
    found.untold += [one.why for one in template.incomplete]


def _made(instance: DeployedItem, unsure: str, run: Run) -> Deployed:
    body = instance.body()
    if isinstance(body, Unknown):
        unsure, body = unsure or body.why, {}
    told = {name: value for name, value in body.items() if name.casefold() not in ("name", "type", "id", "scope")}
    document = _azure(told, "", run)
    place = run.places.of(body) or instance.where
    document |= {"id": instance.id, "name": instance.name.rpartition("/")[2], "type": instance.kind}
    return Deployed(
        id=instance.id, kind=instance.kind, name=instance.name, document=document, where=place, unsure=unsure
    )


def _azure(value: Json, name: str, run: Run) -> Any:
    """A value as Azure's JSON has it."""
    run.steps.spend()
    if isinstance(value, Unknown):
        return hole(value.words) if name == "name" else unknown(value.why, GIVE if value.why.endswith(NO_VALUE) else "")
    if isinstance(value, dict):
        told = ((inner, one) for inner, one in value.items() if inner.casefold() not in SECRETS)
        made: dict[str, Any] = {inner: _azure(one, inner.casefold(), run) for inner, one in told}
        if isinstance(made.get("id"), str) and not is_unknown(made["id"]):  # a reference: its id says it all
            made = {inner: one for inner, one in made.items() if not is_unknown(one)}
        if made.get("name") == "":
            made["name"] = hole(f"no name, {run.made()}")
        if "privateipaddress" in {inner.casefold() for inner in made}:
            _without_dynamic(made)
        where = run.places.of(value)
        if where is not None:
            run.places.put(made, where)
        return made
    if isinstance(value, list):
        return [_azure(one, name, run) for one in value]
    if is_partial(value):
        if name == "location":
            return None
        return value if name in NAMES or value.startswith("/subscriptions/") else unknown(unknown_part(value))
    return value


def _without_dynamic(made: dict[str, Any]) -> None:
    """Takes an address away that Azure will choose anew, whatever the template says."""
    method = member(made, "privateipallocationmethod")
    if not (isinstance(method, str) and method.casefold() == "static"):
        del made[spelled(made, "privateipaddress")]
