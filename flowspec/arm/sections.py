"""The parameters, variables and functions of one template -> their values, each evaluated once, when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowspec.arm.evaluate import Evaluator, Surroundings
from flowspec.arm.render import TemplatePlaces, below, rendered, unrolled
from flowspec.arm.values import Json, Unknown, member, spelled
from flowspec.errors import Where

NO_VALUE = "has no value"
SECURE = ("securestring", "secureobject")


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter that a deployment is given, and where."""

    value: Json
    where: Where


@dataclass(slots=True, kw_only=True)
class Sections:
    """What a template says beside its resources. `given` holds the parameters that it is deployed with, folded."""

    raw: dict[str, Any]
    where: Where
    given: Mapping[str, Given]
    here: Evaluator
    places: TemplatePlaces
    _values: dict[tuple[str, str], Json] = field(default_factory=dict)
    _busy: set[tuple[str, str]] = field(default_factory=set)

    def kept(self, function: str, arguments: tuple[Json, ...]) -> Json:
        """A parameter or a variable, evaluated once."""
        if len(arguments) != 1 or not isinstance(arguments[0], str):
            return Unknown(function, f"{function}() takes a name")
        at = function, arguments[0].casefold()
        words = f"{function}('{arguments[0]}')"
        if at in self._busy:
            return Unknown(words, f"{words} hinges on itself")
        if at not in self._values:
            self._busy.add(at)
            self._values[at] = self.parameter(words, at[1]) if function == "parameters" else self.variable(words, at[1])
            self._busy.discard(at)
        return self._values[at]

    def parameter(self, words: str, name: str) -> Json:
        """What the deployment gives, or else the default."""
        section = member(self.raw, "parameters")
        declared = member(section, name) if isinstance(section, dict) else None
        if not isinstance(declared, dict):
            return Unknown(words, f"the template has no parameter {name}")
        if str(member(declared, "type")).casefold() in SECURE:
            return Unknown(words, f"{words} is secure: its value is not looked at")
        if name in self.given:
            return self.given[name].value
        if (default := spelled(declared, "defaultvalue")) in declared:
            at = below(self.where, spelled(self.raw, "parameters"), spelled(section, name), default)
            return rendered(declared[default], at, self.here, self.places)
        if member(declared, "nullable") is True:
            return None
        return Unknown(words, f"{words} {NO_VALUE}")

    def variable(self, words: str, name: str) -> Json:
        """A variable of its own, or one that a loop makes."""
        section = member(self.raw, "variables")
        if isinstance(section, dict):
            at = below(self.where, spelled(self.raw, "variables"))
            if (key := spelled(section, name)) in section and key.casefold() != "copy":
                return rendered(section[key], below(at, key), self.here, self.places)
            loops = member(section, "copy")
            for number, loop in enumerate(loops if isinstance(loops, list) else []):
                if isinstance(loop, dict) and str(member(loop, "name")).casefold() == name:
                    return unrolled(loop, below(at, "copy", number), self.here, self.places, 0)
        return Unknown(words, f"the template has no variable {name}")

    def users_own(self, function: str, arguments: tuple[Json, ...]) -> Json:
        """A function that the template defines: it sees only its own parameters."""
        spaces = member(self.raw, "functions")
        space, _, name = function.partition(".")
        for declared in spaces if isinstance(spaces, list) else []:
            members = member(declared, "members") if isinstance(declared, dict) else None
            if not isinstance(members, dict) or str(member(declared, "namespace")).casefold() != space:
                continue
            made = member(members, name)
            output = member(made, "output") if isinstance(made, dict) else None
            if isinstance(output, dict):
                names = member(made, "parameters") or []
                bound = {str(one.get("name")).casefold(): value
                         for one, value in zip(names, arguments, strict=False) if isinstance(one, dict)}  # fmt: skip
                inside = Evaluator(_Own(bound, self.here.around), self.here.steps)
                return rendered(member(output, "value"), self.where, inside, self.places)
        return Unknown(function, f"the template has no function {function}")


@dataclass(frozen=True, slots=True)
class _Own:
    """What a user's function sees: its parameters, and the functions of Azure and of its template."""

    bound: Mapping[str, Json]
    around: Surroundings

    def named(self, function: str, arguments: tuple[Json, ...]) -> Json:
        if function == "parameters" and arguments and isinstance(arguments[0], str):
            words = f"parameters('{arguments[0]}')"
            return self.bound.get(arguments[0].casefold(), Unknown(words, f"the function has no parameter {words}"))
        if function in ("variables", "reference"):
            return Unknown(function, f"a function of the template can't use {function}()")
        return self.around.named(function, arguments)
