"""A template with its parameters -> the resources that it deploys, nested deployments included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowspec.arm.evaluate import Evaluator, Loops
from flowspec.arm.expressions import is_expression
from flowspec.arm.linked import Finder, LinkedTemplate, by_nobody
from flowspec.arm.render import TemplatePlaces, below, iterations, rendered, unrolled
from flowspec.arm.scope import IDS, DeploymentScope
from flowspec.arm.sections import NO_VALUE, Given, Sections
from flowspec.arm.texts import MistakenArgumentError
from flowspec.arm.values import Json, Settings, Steps, TooMuchError, Unknown, hole, member, short, spelled, words_of
from flowspec.errors import Where

DEPLOYMENT = "microsoft.resources/deployments"
MOST_RESOURCES = 20_000
"""Of one template Azure takes 800; of all nested ones together we take these."""
DEEPEST = 16
"""Deployments inside each other; Azure takes fewer."""


@dataclass(slots=True, kw_only=True)
class Run:
    """What all templates of one deployment share."""

    find: Finder = by_nobody
    steps: Steps = field(default_factory=Steps)
    places: TemplatePlaces = field(default_factory=TemplatePlaces)
    instances: dict[str, list[DeployedItem]] = field(default_factory=dict)
    """By id, folded: one that is deployed twice has two."""
    _made: int = 0

    def made(self) -> int:
        """A number that no other thing of this run has."""
        self._made += 1
        return self._made


@dataclass(slots=True, eq=False, kw_only=True)
class DeployedItem:
    """One resource as a template deploys it: an item of `resources`, in one round of its loop."""

    template: ArmTemplate
    raw: dict[str, Any]
    where: Where
    here: Evaluator
    id: str
    kind: str
    name: str
    unsure: str = ""
    existing: bool = False
    symbol: str = ""
    unread: str = ""
    waits: list[DeployedItem] | None = None
    _body: Json = None
    _busy: bool = False
    _nested: ArmTemplate | None = None

    def body(self) -> Json:
        """All that is set of it, but for loops, conditions and children."""
        if self._busy:
            return Unknown(self.id, f"{self.name} hinges on itself")
        if self._body is None:
            self._busy = True
            kept = {name: value for name, value in self.raw.items() if name.casefold() not in APART}
            self._body = rendered(kept, self.where, self.here, self.template.run.places)
            self._busy = False
        return self._body

    def part(self, name: str) -> Json:
        """One property of it; None where it is not set."""
        key = spelled(self.raw, name)
        return rendered(self.raw.get(key), below(self.where, key), self.here, self.template.run.places)

    def nested(self) -> ArmTemplate | None:
        """The template of a deployment; None where it can't be read, and `unread` says why."""
        if self._nested is None and not self.unread and self.kind.casefold() == DEPLOYMENT:
            found = nested_template(self)
            if isinstance(found, str):
                self.unread = found
            else:
                self._nested = found
        return self._nested


APART = frozenset(("copy", "condition", "resources", "dependson", "existing", "comments", "metadata"))


class ArmTemplate:
    """One template: its parameters, variables and resources, each evaluated when first asked for."""

    def __init__(
        self,
        run: Run,
        raw: dict[str, Any],
        where: Where,
        scope: DeploymentScope,
        given: Mapping[str, Given],
        *,
        outer: Evaluator | None = None,
        owner: DeployedItem | None = None,
    ) -> None:
        """`owner` is the deployment that it stands in.

        `outer` evaluates the expressions of a nested template that does not keep to itself.
        """
        self.run, self.raw, self.where, self.scope, self.owner = run, raw, where, scope, owner
        self.depth: int = owner.template.depth + 1 if owner is not None else 0
        self.given = {name.casefold(): one for name, one in given.items()}
        self.outer = outer
        self.here = Evaluator(self, run.steps, loops=outer.loops if outer else Loops())
        self.symbols: dict[str, DeployedItem] = {}
        self.sections = Sections(raw=raw, where=where, given=self.given, here=self.here, places=run.places)
        self._instances: list[DeployedItem] | None = None
        self._outputs: dict[str, Json] | None = None
        self.incomplete: list[Unknown] = []

    def named(self, function: str, arguments: tuple[Json, ...]) -> Json:
        """What functions ask their template for; KeyError for a function that needs no template."""
        if function in IDS:
            return self.resource_id(function, arguments)
        if function in ("reference", "resourceinfo"):
            return self.reference(function, arguments)
        if self.outer is not None:
            return self.outer.around.named(function, arguments)
        if function in ("parameters", "variables"):
            return self.sections.kept(function, arguments)
        if function == "resourcegroup":
            return self.scope.resource_group()
        if function == "subscription":
            return self.scope.told_subscription()
        if function == "deployment":
            return self.scope.deployment()
        if "." in function:
            return self.sections.users_own(function, arguments)
        raise KeyError(function)

    def resource_id(self, function: str, arguments: tuple[Json, ...]) -> Json:
        given = [hole(one.words) if isinstance(one, Unknown) else one for one in arguments]
        scope = self.outer_scope()
        try:
            return IDS[function](scope, given)
        except (MistakenArgumentError, ValueError) as error:
            words = f"{function}({', '.join(words_of(one, self.run.steps) for one in arguments)})"
            return Unknown(short(words), f"{words}: {error}")

    def outer_scope(self) -> DeploymentScope:
        """The scope that functions speak of: of the template whose expressions they are."""
        around = self.outer.around if self.outer is not None else self
        return around.outer_scope() if isinstance(around, ArmTemplate) and around is not self else self.scope

    def reference(self, function: str, arguments: tuple[Json, ...]) -> Json:
        """What is known before the deployment of how a resource will answer: what the template sets of it."""
        words = short(f"{function}({', '.join(words_of(one, self.run.steps) for one in arguments[:1])})")
        asked = arguments[0] if arguments else None
        if isinstance(asked, Unknown):
            return asked.of(words)
        found = self.lookup(asked) if isinstance(asked, str) else None
        if function == "resourceinfo" and found is not None:
            return Settings({"id": found.id, "name": found.name, "type": found.kind}, words)
        if found is None or found.existing or found.unsure:
            return Unknown(words, f"{words} is known only after the deployment")
        if found.kind.casefold() == DEPLOYMENT:
            nested = found.nested()
            if nested is None:
                return Unknown(words, f"{words} is the answer of a linked template")
            return Settings({"outputs": nested.outputs()}, words)
        body = found.body()
        if isinstance(body, Unknown):
            return body.of(words)
        full = len(arguments) > 2 and str(arguments[2]).casefold() == "full"
        told = body if full else body.get(spelled(body, "properties"))
        if isinstance(told, Unknown):
            return told.of(words)
        told = told if isinstance(told, dict) else {}
        return Settings(told if full else with_ids(told, found.id), words)

    def lookup(self, asked: str) -> DeployedItem | None:
        """The resource that `reference` means: by symbolic name, by id, or by its name alone."""
        own = self.instances()
        if asked.casefold() in self.symbols:
            return self.symbols[asked.casefold()]
        found = self.run.instances.get(asked.casefold().rstrip("/"))
        if found:
            return found[-1]
        named = [one for one in own if one.name.casefold() == asked.casefold()]
        if not named and self.outer is not None and isinstance(self.outer.around, ArmTemplate):
            return self.outer.around.lookup(asked)
        return named[0] if len(named) == 1 else None

    def instances(self) -> list[DeployedItem]:
        """Every resource of it, in the order of the template."""
        if self._instances is None:
            self._instances = []
            section = spelled(self.raw, "resources")
            for one in self._made(self.raw.get(section), below(self.where, section), self.here, "", "", ""):
                self._instances.append(one)
                self.run.instances.setdefault(one.id.casefold(), []).append(one)
        return self._instances

    def _made(
        self, section: Any, where: Where, here: Evaluator, kind: str, name: str, unsure: str
    ) -> Iterator[DeployedItem]:
        """The resources of a list (or of an object, by symbolic names) below a parent of this type and name."""
        if isinstance(section, dict):
            pairs: list[tuple[str | int, Any]] = list(section.items())
        else:
            pairs = list(enumerate(section)) if isinstance(section, list) else [(0, section)] if section else []
        for at, raw in pairs:
            self.run.steps.spend()
            if not isinstance(raw, dict):
                self.incomplete.append(Unknown(str(raw), f"a resource is not written out: {raw!r}"))
            else:
                symbol = at if isinstance(at, str) else ""
                yield from self._rounds(raw, below(where, at), here, symbol, (kind, name, unsure))

    def _rounds(
        self, raw: dict[str, Any], where: Where, here: Evaluator, symbol: str, parent: tuple[str, str, str]
    ) -> Iterator[DeployedItem]:
        """A resource, once for each round of its loop."""
        loop = member(raw, "copy")
        if loop is None:
            yield from self._one(raw, where, here, symbol, parent)
            return
        loop = loop if isinstance(loop, dict) else {}
        for index, inside in enumerate(iterations(loop, below(where, "copy"), here, self.run.places)):
            if isinstance(inside, Unknown):
                self.incomplete.append(inside)
                once = Evaluator(self, self.run.steps, here.loops, here.variables)
                yield from self._one(raw, where, once, symbol, (*parent[:2], inside.why))
            else:
                yield from self._one(raw, where, inside, f"{symbol}[{index}]" if symbol else "", parent)

    def _one(
        self, raw: dict[str, Any], where: Where, here: Evaluator, symbol: str, parent: tuple[str, str, str]
    ) -> Iterator[DeployedItem]:
        above_kind, above_name, unsure = parent
        places = self.run.places
        wanted = rendered(raw.get(spelled(raw, "condition"), True), where, here, places)
        if isinstance(wanted, Unknown):
            unsure = unsure or f"whether it is deployed is not known: {wanted.why}"
        elif str(wanted).casefold() not in ("true", "false"):
            unsure = (
                unsure or f"whether it is deployed is not known: its condition is {words_of(wanted, self.run.steps)}"
            )
        kind = str(member(raw, "type") or "")
        told = rendered(member(raw, "name"), where, here, places)
        name = hole(told.words) if isinstance(told, Unknown) else named_at(str(told), where)
        if above_kind:
            kind = kind if kind.casefold().startswith(f"{above_kind.casefold()}/") else f"{above_kind}/{kind}"
            name = name if name.count("/") == kind.count("/") - 1 else f"{above_name}/{name}"
        if is_expression(kind) or "/" not in kind:
            self.incomplete.append(Unknown(kind, f"a resource has no type that is known: {kind!r}"))
            return
        section = spelled(raw, "resources")
        inside = self._made(raw.get(section), below(where, section), here, kind, name, unsure)
        if wanted is False or str(wanted).casefold() == "false":
            yield from inside  # a condition is of its resource alone: what stands inside is deployed all the same
            return
        scope_id = self._base(raw, where, here)
        made = DeployedItem(
            template=self,
            raw=raw,
            where=where,
            here=here,
            id=id_of(scope_id, kind, name),
            kind=kind,
            name=name,
            unsure=unsure,
            existing=member(raw, "existing") is True,
            symbol=symbol,
        )
        if symbol:
            self.symbols[symbol.casefold()] = made
        if self.run.made() > MOST_RESOURCES:
            raise TooMuchError
        yield made
        yield from inside

    def _base(self, raw: dict[str, Any], where: Where, here: Evaluator) -> str:
        """The id of the scope below which a resource lies."""
        told = rendered(member(raw, "scope"), where, here, self.run.places)
        if isinstance(told, str) and told.startswith("/subscriptions/"):
            return told.rstrip("/")
        group, subscription = self.scope.group, self.scope.subscription
        for name in ("resourcegroup", "subscriptionid"):
            value = rendered(member(raw, name), where, here, self.run.places)
            value = hole(value.words) if isinstance(value, Unknown) else value
            if isinstance(value, str) and value and name == "resourcegroup":
                group = value
            elif isinstance(value, str) and value:
                subscription = value
        if str(member(raw, "type")).casefold() == "microsoft.resources/resourcegroups":
            group = ""
        base = f"/subscriptions/{subscription}"
        return f"{base}/resourceGroups/{group}" if group else base

    def outputs(self) -> dict[str, Json]:
        """The outputs of the template, as a deployment answers them."""
        if self._outputs is not None:
            return self._outputs
        section = member(self.raw, "outputs")
        found: dict[str, Json] = {}
        self._outputs = found
        for name, declared in section.items() if isinstance(section, dict) else ():
            at = below(self.where, spelled(self.raw, "outputs"), name)
            if isinstance(declared, dict):
                loop = member(declared, "copy")
                if isinstance(loop, dict):
                    value = unrolled({"name": "", **loop}, below(at, "copy"), self.here, self.run.places, 0)
                else:
                    value = rendered(member(declared, "value"), below(at, "value"), self.here, self.run.places)
                found[name] = {"type": member(declared, "type"), "value": value}
        return found


def with_ids(properties: dict[str, Json], owner: str) -> dict[str, Json]:
    """Properties in which children that stand inside have the ids that Azure gives them."""
    return {
        name: [_with_id(one, f"{owner}/{name}") for one in value] if isinstance(value, list) else value
        for name, value in properties.items()
    }


def _with_id(child: Json, where: str) -> Json:
    is_child = isinstance(child, dict) and isinstance(child.get("name"), str) and member(child, "id") is None
    return {**child, "id": f"{where}/{child['name']}"} if is_child else child


def named_at(name: str, where: Where) -> str:
    """The name of a resource; parts that are empty, which Azure refuses, stand for some name."""
    parts = [part or hole(f"no name at {where.pointer.replace('/', ' ')}") for part in name.strip().split("/")]
    return "/".join(parts)


def id_of(scope_id: str, kind: str, name: str) -> str:
    """The id of a resource; a name whose parts are not known has as many as its type asks for."""
    provider, *words = kind.split("/")
    names = name.split("/")
    if len(names) != len(words):
        names = [hole(f"{name} {at}") for at in range(len(words))]
    if kind.casefold() == "microsoft.resources/resourcegroups":
        return f"{scope_id}/resourceGroups/{name}"
    return f"{scope_id}/providers/{provider}" + "".join(f"/{w}/{n}" for w, n in zip(words, names, strict=True))


def nested_template(instance: DeployedItem) -> ArmTemplate | str:
    """The template of a deployment, that stands in it or in a file beside its own; or why it is not read."""
    owner, run = instance.template, instance.template.run
    properties = member(instance.raw, "properties")
    if not isinstance(properties, dict):
        return "its properties are not written out"
    if owner.depth >= DEEPEST:
        return f"more than {DEEPEST} deployments stand inside each other"
    at = below(instance.where, spelled(instance.raw, "properties"))
    inline = member(properties, "template")
    if isinstance(inline, dict):
        found = LinkedTemplate(inline, below(at, spelled(properties, "template")))
        options = member(properties, "expressionevaluationoptions")
        keeps = isinstance(options, dict) and str(member(options, "scope")).casefold() == "inner"
    else:
        linked = linked_template(instance, member(properties, "templatelink"), at)
        if isinstance(linked, str):
            return linked
        found, keeps = linked, True
    return ArmTemplate(
        run,
        found.raw,
        found.where,
        scope_of(instance, found.raw),
        given_to(instance, properties, at, found.raw) if keeps else {},
        outer=None if keeps else instance.here,
        owner=instance,
    )


def linked_template(instance: DeployedItem, link: Any, at: Where) -> LinkedTemplate | str:
    """The template in the file that `relativePath` names; or why there is none that can be read."""
    told = rendered(link, at, instance.here, instance.template.run.places)
    if isinstance(told, Unknown):
        return told.why
    for name in ("uri", "id") if isinstance(told, dict) else ():
        if member(told, name) is not None:
            return f"its templateLink has {name}, and nothing is fetched"
    path = member(told, "relativepath") if isinstance(told, dict) else None
    if isinstance(path, Unknown):
        return path.why
    if not isinstance(path, str) or not path:
        return "its templateLink names no file"
    return instance.template.run.find(path, instance.template.where.file)


def given_to(
    instance: DeployedItem, properties: dict[str, Any], at: Where, template: dict[str, Any]
) -> dict[str, Given]:
    """The parameters that a deployment gives its template, evaluated in the template around it.

    Where it is not known what it gives, no parameter of the template is, whatever its default.
    """
    section = member(properties, "parameters")
    if isinstance(section, str) and is_expression(section):
        section = rendered(section, at, instance.here, instance.template.run.places)
    back = section if isinstance(section, Unknown) else None
    if member(properties, "parameterslink") is not None:
        back = Unknown("parametersLink", "parametersLink is not read")
    if back is not None:
        declared = member(template, "parameters")
        names = declared if isinstance(declared, dict) else ()
        return {name: Given(back.of(f"parameters('{name}')"), at) for name in names}
    found: dict[str, Given] = {}
    for name, declared in section.items() if isinstance(section, dict) else ():
        where = below(at, spelled(properties, "parameters"), name)
        told = rendered(declared, where, instance.here, instance.template.run.places)
        found[name] = Given(value_of(name, told), where)
    return found


def value_of(name: str, told: Json) -> Json:
    """What `{"value": …}` or `{"reference": …}` gives a parameter."""
    words = f"parameters('{name}')"
    if isinstance(told, Unknown):
        return told
    if isinstance(told, dict) and (key := spelled(told, "value")) in told:
        return told[key]
    if isinstance(told, dict) and member(told, "reference") is not None:
        return Unknown(words, f"{words} comes from a key vault")
    return Unknown(words, f"{words} {NO_VALUE}")


def scope_of(instance: DeployedItem, inline: dict[str, Any]) -> DeploymentScope:
    """Where a nested deployment goes; the location of another resource group is what the template says of it."""
    owner = instance.template
    scope_id = owner._base(instance.raw, instance.where, instance.here)
    subscription, _, rest = scope_id.removeprefix("/subscriptions/").partition("/")
    group = rest.removeprefix("resourceGroups/") if rest.startswith("resourceGroups/") else ""
    location = instance.part("location")
    to_subscription = "subscriptiondeploymenttemplate" in str(member(inline, "$schema")).casefold()
    if to_subscription or (location is not None and member(instance.raw, "resourcegroup") is None):
        group = ""
    if group.casefold() == owner.scope.group.casefold() and group:
        place = owner.scope.location
    else:
        place = _location_of(owner, f"/subscriptions/{subscription}/resourceGroups/{group}", group)
        place = location if isinstance(location, str) and not group else place
    return DeploymentScope(subscription, group, place, instance.name)


def _location_of(owner: ArmTemplate, group_id: str, group: str) -> str:
    made = owner.run.instances.get(group_id.casefold(), [])
    told = made[-1].part("location") if made and not made[-1].existing else None
    return told if isinstance(told, str) else hole(f"resourceGroup('{group}').location")
