"""What a deployment leaves -> Azure's own JSON, with a text for each value that nobody knows before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flowspec.arm.render import TemplatePlaces, below
from flowspec.arm.scope import DeploymentScope
from flowspec.arm.sections import NO_VALUE, Given, member, spelled
from flowspec.arm.template import DEPLOYMENT, ArmTemplate, DeployedItem, Run, value_of
from flowspec.arm.values import Json, Steps, Unknown, hole, is_partial, unknown_part
from flowspec.errors import Where
from flowspec.model.unknown import unknown

SECRETS = frozenset(("osprofile", "extensionprofile", "protectedsettings", "customdata", "userdata"))
"""Properties of machines that hold passwords, and nothing of the network."""
NAMES = frozenset(("name", "id"))
GIVE = "give it with --parameters FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A resource after the deployment. `unsure`: why nothing is known of it but that it may be there."""

    id: str
    kind: str
    name: str
    document: dict[str, Any]
    where: Where
    unsure: str = ""


@dataclass(slots=True)
class Deployment:
    """All that a template deploys, and what could not be told: linked templates, resources nobody can count."""

    resources: list[Deployed] = field(default_factory=list)
    linked: list[tuple[str, Where]] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    places: TemplatePlaces = field(default_factory=TemplatePlaces)


def deployed(raw: dict[str, Any], file: str, scope: DeploymentScope, given: dict[str, Given]) -> Deployment:
    """What a template comes to with these parameters. TooMuchError for one that no one could deploy."""
    run = Run(Steps(), TemplatePlaces())
    schema = str(member(raw, "$schema")).casefold()
    if "subscriptiondeploymenttemplate" in schema:
        scope = scope.moved(scope.subscription, "", scope.location)
    for one in given.values():
        if isinstance(one.value, (dict, list)):
            run.places.put_all(one.value, one.where, run.steps)
    root = ArmTemplate(run, raw, Where(file), scope, given)
    found = Deployment(places=run.places)
    for instance, unsure in _walk(root, "", found):
        found.resources.append(_made(instance, unsure, run))
    return found


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
            found.linked.append((instance.name, instance.where))
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
        where = run.places.of(value)
        if where is not None:
            run.places.put(made, where)
        if made.get("name") == "":
            made["name"] = hole(f"no name, {run.made()}")
        if "privateipaddress" in {inner.casefold() for inner in made}:
            _without_dynamic(made)
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
