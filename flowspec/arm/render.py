"""The JSON of a template -> what it comes to: expressions evaluated, copy loops unrolled, places kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from flowspec.arm.evaluate import Evaluator
from flowspec.arm.expressions import is_expression, literal
from flowspec.arm.values import Json, Steps, TooMuchError, Unknown, member, spelled
from flowspec.errors import Where

MOST_COPIES = 800
"""Iterations of a loop that Azure takes."""
DEEPEST = 200


@dataclass(slots=True)
class TemplatePlaces:
    """Where the objects that came out of a template are written in it: by identity, for as long as they are held."""

    found: dict[int, tuple[Any, Where]] = field(default_factory=dict)

    def put(self, made: Any, where: Where) -> None:
        self.found[id(made)] = made, where

    def put_all(self, value: Json, where: Where, steps: Steps) -> None:
        """Every object of a value that stands in a file as it is."""
        steps.spend()
        if isinstance(value, dict):
            self.put(value, where)
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(inner, (dict, list)):
                self.put_all(inner, below(where, name), steps)

    def of(self, made: object) -> Where | None:
        kept = self.found.get(id(made))
        return kept[1] if kept else None


def escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def below(where: Where, *names: str | int) -> Where:
    return replace(where, pointer="".join((where.pointer, *(f"/{escaped(str(name))}" for name in names))))


def rendered(raw: Any, where: Where, here: Evaluator, places: TemplatePlaces, depth: int = 0) -> Json:
    """The value of a part of a template."""
    here.steps.spend()
    if depth > DEEPEST:
        raise TooMuchError
    if type(raw) is str:
        return here.text(raw) if is_expression(raw) else literal(raw)
    if type(raw) is list:
        return [rendered(item, below(where, at), here, places, depth + 1) for at, item in enumerate(raw)]
    if type(raw) is not dict:
        return raw
    made: dict[str, Json] = {}
    places.put(made, where)
    for name, value in raw.items():
        if name.casefold() == "copy" and are_loops(value):
            for at, loop in enumerate(value):
                made[member(loop, "name")] = unrolled(loop, below(where, name, at), here, places, depth)
            continue
        told = here.text(name) if is_expression(name) else literal(name)
        if isinstance(told, Unknown):
            return Unknown(told.words, f"the name of a property is not known: {told.why}")
        made[str(told)] = rendered(value, below(where, name), here, places, depth + 1)
    return made


def are_loops(value: Any) -> bool:
    """Whether the value of `copy` is a list of loops that make properties; in any letter case."""
    return isinstance(value, list) and all(
        isinstance(one, dict) and isinstance(member(one, "name"), str) and member(one, "count") is not None
        for one in value
    )


def unrolled(loop: dict[str, Any], where: Where, here: Evaluator, places: TemplatePlaces, depth: int) -> Json:
    """The list that a loop makes."""
    key = spelled(loop, "input")
    if key not in loop:
        name = str(member(loop, "name"))
        return Unknown(f"copy({name})", f"the copy loop {name} says nothing of its items")
    counted = list(iterations(loop, where, here, places))
    if counted and isinstance(counted[0], Unknown):
        return counted[0]
    inside = [one for one in counted if isinstance(one, Evaluator)]
    return [rendered(loop[key], below(where, key), one, places, depth + 1) for one in inside]


def iterations(
    loop: dict[str, Any], where: Where, here: Evaluator, places: TemplatePlaces, name: str = ""
) -> Iterator[Evaluator | Unknown]:
    """An evaluator for each round of a loop; or why it is not known how many there are."""
    name = name or str(member(loop, "name") or "")
    key = spelled(loop, "count")
    count = rendered(loop.get(key), below(where, key), here, places)
    if isinstance(count, Unknown):
        yield Unknown(count.words, f"the copy loop {name} has a count that is not known: {count.why}")
    elif type(count) is not int or not 0 <= count <= MOST_COPIES:
        yield Unknown(f"copy({name})", f"the copy loop {name} has a count that is not 0 to {MOST_COPIES}: {count!r}")
    else:
        for index in range(count):
            yield replace(here, loops=here.loops.inside(name, index))
