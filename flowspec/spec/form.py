"""Declarations + scope -> forms: the evaluated JSON form of each block, read by type, with places for what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar

from flowspec.counting import counted
from flowspec.errors import Problem, Where
from flowspec.spec import schema
from flowspec.spec.document import ONCE, Declared, SpecDocument, key_of
from flowspec.spec.expressions import Broken, NameScope, addresses, evaluate_all
from flowspec.spec.names import Names, advice, nearest
from flowspec.spec.source import Refused, error
from flowspec.spec.syntax import Entry, ListNode, MapNode, Name, Node
from flowspec.spec.values import Json, to_bool, to_json, to_text

Choice = TypeVar("Choice", bound=StrEnum)
Pointer = tuple[str | int, ...]
TOLD_WHEN_READ = ("ports", "source_ports")
"""Arguments of which the reader tells what is wrong in Azure's words, better than the schema could."""
MAX_EXPLAINED = 200
"""So many blocks are explained: each costs jsonschema some milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One block, evaluated. `refused` holds the places whose value is an error that was told; they read as absent."""

    declared: Declared
    values: dict[str, Json]
    problems: list[Problem]
    refused: set[Pointer] = field(default_factory=set)
    is_muted: bool = False
    """It is known that something is wrong, so nothing is read and nothing more is told."""

    def has(self, name: str) -> bool:
        """The argument is given, rightly or wrongly."""
        return name in self.values or (name,) in self.refused

    def is_wrong_in(self, pointer: Pointer) -> bool:
        """The value there, or a part of it, is an error that was told."""
        return any(place[: len(pointer)] == pointer for place in self.refused)

    def is_refused(self, *pointer: str | int) -> bool:
        return pointer in self.refused

    @property
    def where(self) -> Where:
        return self.declared.where

    def place(self, pointer: Pointer) -> Where:
        return self.declared.source.where(place_of(self.declared, pointer))

    def refuse(self, pointer: Pointer, summary: str, detail: str = "", of_key: bool = False) -> None:
        at = place_of(self.declared, pointer, of_key)
        self.problems.append(error(summary, detail, self.declared.source.where(at)))
        self.refused.add(pointer)

    def text(self, name: str) -> str:
        value = self._scalar(name)
        return value if isinstance(value, str) else ""

    def boolean(self, name: str, default: bool) -> bool:
        if name not in self.values or (name,) in self.refused:
            return default
        value = to_bool(self._scalar(name))
        if value is None:
            self.refuse((name,), f"{name} must be true or false")
        return default if value is None else value

    def count(self, name: str) -> int | None:
        text = to_text(self._scalar(name))
        if text is None:
            return None
        if not text.isdecimal():
            self.refuse((name,), f"{name} must be a whole number from 0")
            return None
        return int(text)

    def day(self, name: str) -> date | None:
        """A date as YYYY-MM-DD; None when absent, and when wrong, which is noted as a problem."""
        text = self.text(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError as failure:
            self.refuse(
                (name,),
                f'{name} must be a date, not "{text}": {failure}',
                'Write the year, month and day: "2027-01-31".',
            )
        return None

    def choice(self, name: str, kind: type[Choice], allowed: Iterable[Choice] | None = None) -> Choice | None:
        """A value of an enumeration, in any letter case."""
        text = self.text(name)
        choices = {str(choice).casefold(): choice for choice in (allowed or kind)}
        if name not in self.values or (name,) in self.refused:
            return None
        if text.casefold() not in choices:
            listed = " or ".join(f'"{choice}"' for choice in choices.values())
            self.refuse((name,), f'{name} must be {listed}, not "{text}"', nearest(text, map(str, choices.values())))
            return None
        return choices[text.casefold()]

    def items(self, *pointer: str | int) -> list[tuple[Pointer, Json]]:
        """The items of a list with their places, but those that are refused; a single value is a list of one."""
        value: Json = self.values
        for step in pointer:
            value = value[step] if isinstance(value, dict | list) else None  # type: ignore[index]
        if isinstance(value, list):
            return [((*pointer, i), item) for i, item in enumerate(value) if (*pointer, i) not in self.refused]
        return [] if value is None or pointer in self.refused else [(pointer, value)]

    def argument(self, name: str) -> list[tuple[Pointer, Json]]:
        return self.items(name) if name in self.values else []

    def references(self, name: str, kinds: tuple[str, ...], named: Mapping[str, Names]) -> tuple[tuple[str, str], ...]:
        """The kind and name of each block that a list refers to, each once."""
        found: dict[tuple[str, str], None] = {}
        for pointer, item in self.argument(name):
            kind, _, target = str(item).partition(".")
            if kind not in kinds:
                wanted = " or ".join(f"{wanted}.name" for wanted in kinds)
                known = f"{name} takes {wanted}."
                self.refuse(pointer, f'"{item}" is not what {name} refers to', known)
            elif target in named[kind]:
                found[kind, target] = None
            elif named[kind].is_whole:
                self.refuse(pointer, f"{item} is not declared", advice(target, named[kind], kind))
        return tuple(found)

    def _scalar(self, name: str) -> str | int | float | bool | None:
        value = self.values.get(name)
        return None if isinstance(value, dict | list) or (name,) in self.refused else value


def place_of(declared: Declared, pointer: Pointer, of_key: bool = False) -> int:
    """The offset of the value at `pointer` as it was written, or of the nearest thing around it."""
    at, node = declared.at, None
    entries = declared.entries
    for step in pointer:
        entry = next((entry for entry in entries if key_of(entry) == step), None) if isinstance(step, str) else None
        if entry is not None:
            at, node = (entry.at if of_key and step == pointer[-1] else entry.value.at), entry.value
        elif isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            at = node.at
        else:
            return at
        entries = _entries(node)
    return at


def _entries(node: Node | None) -> tuple[Entry, ...]:
    return node.entries if isinstance(node, MapNode) else ()


def evaluated(document: SpecDocument, scope: NameScope, kinds: Iterable[str]) -> dict[str, dict[str, Form]]:
    """A form for every declaration of `kinds`, checked against the schema."""
    forms = {
        kind: {name: _form(declared, scope, document) for name, declared in document.blocks[kind].items()}
        for kind in kinds
    }
    instance: Json = {
        kind: dict(of_kind[""].values) if kind in ONCE else {name: form.values for name, form in of_kind.items()}
        for kind, of_kind in forms.items()
        if of_kind
    }
    if not schema.fits(instance):
        _explain_misfits(forms, document)
    return forms


def _explain_misfits(forms: dict[str, dict[str, Form]], document: SpecDocument) -> None:
    """Tell what is wrong with each block that does not fit the schema, those first of which nothing is told yet.

    Those beyond the bounds are counted.
    """
    misfits = [form for of_kind in forms.values() for form in of_kind.values() if not _fits(form)]
    misfits.sort(key=lambda form: bool(form.refused))
    unexplained = misfits[MAX_EXPLAINED:]
    if untold := [form for form in unexplained if not form.refused]:
        blocks = counted(len(untold), "more block is", "more blocks are")
        detail = f"{MAX_EXPLAINED} are explained: mend those, and the rest is told. This is the first of the rest."
        document.problems.append(error(f"{blocks} wrong", detail, untold[0].where))
    unexplained += [form for form in misfits[:MAX_EXPLAINED] if not _is_explained(form)]
    for form in unexplained:
        forms[form.declared.kind][form.declared.name] = _muted(form.declared)


def _muted(declared: Declared) -> Form:
    return Form(declared=declared, values={}, problems=[], is_muted=True)


def _fits(form: Form) -> bool:
    return form.is_muted or schema.fits(dict(form.values), form.declared.kind)


def _is_explained(form: Form) -> bool:
    """Tell what the schema finds, unless it follows from an error that has been told; False if it is too much."""
    from flowspec.spec.explain import MAX_FINDINGS, explain

    told = 0
    for finding in explain(form.declared.kind, dict(form.values)):
        place = finding.pointer
        if place[0] in TOLD_WHEN_READ or any(place[:length] in form.refused for length in range(1, len(place) + 1)):
            continue
        if told == MAX_FINDINGS:
            detail = f"{told} are told: mend those, and the rest is told."
            form.problems.append(error(f"More is wrong with {form.declared.address}", detail, form.where))
            return False
        form.refuse(place, finding.summary, finding.detail, finding.of_key)
        told += 1
    return True


def _form(declared: Declared, scope: NameScope, document: SpecDocument) -> Form:
    if declared.source.path in document.torn:
        return _muted(declared)
    form = Form(declared=declared, values={}, problems=document.problems)
    known = schema.arguments(declared.kind)
    for entry in declared.entries:
        name = key_of(entry)
        if name not in known:
            form.values[name] = None
        elif isinstance(entry.value, ListNode):
            form.values[name] = [_argument(form, (name, i), item, scope) for i, item in enumerate(entry.value.items)]
        elif (value := _argument(form, (name,), entry.value, scope)) is not None:
            form.values[name] = value
    return form


def _argument(form: Form, pointer: Pointer, node: Node, scope: NameScope) -> Json:
    """The value of a node; None, and the place refused, when it has none."""
    try:
        return _without_nulls(to_json(evaluate_all(node, scope)))
    except Refused as refused:
        detail = refused.detail
        if isinstance(node, Name) and not addresses(node.name, scope):
            detail = schema.bare_word(form.declared.kind, str(pointer[0]), node.name) or detail
        form.problems.append(form.declared.source.problem(Refused(refused.at, refused.summary, detail)))
    except Broken:
        pass
    form.refused.add(pointer)
    return None


def _without_nulls(value: Json) -> Json:
    """An argument that is null is not given; inside the blocks of a group as well."""
    match value:
        case list():
            return [_without_nulls(item) for item in value] if any(isinstance(item, dict) for item in value) else value
        case dict():
            return {key: item for key, item in value.items() if item is not None}
    return value
