"""Changes of rules -> edits of the ARM templates that declare them, or why a change can't be written there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from flowspec.errors import Problem, RenderError, Where
from flowspec.model.inventory import key
from flowspec.patches.item import ChangeItem
from flowspec.patches.json_spans import JsonSpan, json_spans
from flowspec.patches.patch import refusal
from flowspec.patches.properties import ArmProperties, arm_properties
from flowspec.patches.quoting import arm

_NSG = "microsoft.network/networksecuritygroups"
_RULES = "securityRules"
_NAMED = re.compile(r"\[(parameters|variables)\('([^']+)'\)\]")
_PLURALS = {"AddressPrefix": "AddressPrefixes", "PortRange": "PortRanges"}


@dataclass(frozen=True, slots=True)
class ArmText:
    """A template with the places of its values."""

    text: str
    root: JsonSpan

    def line(self, span: JsonSpan) -> int:
        return self.text.count("\n", 0, span.start) + 1

    def indent(self, at: int) -> str:
        """The white space that begins the line of a place."""
        line = self.text[self.text.rfind("\n", 0, at) + 1 : at]
        return line[: len(line) - len(line.lstrip())]

    def name_of(self, resource: JsonSpan) -> str:
        """The name of a resource, by way of a variable or the default of a parameter; "" where it takes more."""
        name = resource.text("name")
        found = _NAMED.fullmatch(name)
        declared = self.root.member(found[1]) if found else None
        if found and declared is not None:
            given = declared.member(found[2]) if found[1] == "parameters" else None
            name = given.text("defaultValue") if given is not None else declared.text(found[2])
        return _plain(name) or ""


def template_of(data: bytes) -> ArmText | None:
    """The template that a file is; None where it is something else."""
    try:
        text = data.decode()
        root = json_spans(text)
    except ValueError:
        return None
    is_template = root.member("resources") is not None and "deploymenttemplate" in root.text("$schema").casefold()
    return ArmText(text, root) if is_template else None


def write_into_templates(templates: dict[Path, ArmText], items: Iterable[ChangeItem]) -> None:
    """Writes the changes into the templates, in memory; RenderError where one can't be written, with all reasons.

    First all new rules, then all other changes: a template is read anew twice, however many there are.
    """
    problems: list[Problem] = []
    ordered = list(items)
    for batch in ([one for one in ordered if one.before is None], [one for one in ordered if one.before is not None]):
        found = _Templates(templates)
        for item in batch:
            try:
                _ArmPlace(found, item).write()
            except RenderError as error:
                problems += error.problems
        templates |= found.written()
    if problems:
        raise RenderError(problems)


@dataclass(slots=True)
class _RuleList:
    """The list of rules of an NSG, with those that come to it, as text, and those that go."""

    span: JsonSpan
    comes: list[str] = field(default_factory=list)
    goes: list[JsonSpan] = field(default_factory=list)


class _Templates:
    """The NSGs of some templates, and the edits of their texts: `start`, `end` and what stands there then."""

    def __init__(self, templates: dict[Path, ArmText]) -> None:
        self._templates = templates
        self.nsgs = [
            (file, template, one)
            for file, template in templates.items()
            for one in template.root.objects()
            if one.text("type").casefold() == _NSG
        ]
        self.names = [key(template.name_of(one)) for _, template, one in self.nsgs]
        self.edits: dict[Path, list[tuple[int, int, str]]] = {}
        self._lists: dict[tuple[Path, int], _RuleList] = {}

    def list_of(self, file: Path, span: JsonSpan) -> _RuleList:
        return self._lists.setdefault((file, span.start), _RuleList(span))

    def written(self) -> dict[Path, ArmText]:
        """The templates that have edits, with all of them made."""
        for (file, _), held in self._lists.items():
            made = (*_creation(self._templates[file], held), *_deletions(held))
            self.edits.setdefault(file, []).extend(made)
        return {file: _edited(self._templates[file].text, edits) for file, edits in self.edits.items()}


def _edited(old: str, edits: Iterable[tuple[int, int, str]]) -> ArmText:
    """A text with edits made, none of which overlap."""
    line_end = "\r\n" if "\r\n" in old else "\n"
    pieces, at = [], 0
    for start, end, text in sorted(edits):
        pieces += [old[at:start], text.replace("\r\n", "\n").replace("\n", line_end)]
        at = end
    made = "".join([*pieces, old[at:]])
    return ArmText(made, json_spans(made))


def _creation(template: ArmText, held: _RuleList) -> Iterator[tuple[int, int, str]]:
    """All new rules, behind those that are there."""
    if not held.comes:
        return
    rules, outer = held.span.items or (), template.indent(held.span.start)
    indent = template.indent(rules[-1].start) if rules else outer + _step(template, outer)
    text = f",\n{indent}".join(held.comes)
    if rules:
        yield rules[-1].end, rules[-1].end, f",\n{indent}{text}"
    else:
        yield held.span.start, held.span.end, f"[\n{indent}{text}\n{outer}]"


def _deletions(held: _RuleList) -> Iterator[tuple[int, int, str]]:
    """Each rule with what stands between it and the next; the last ones with what stands before them."""
    rules, gone = held.span.items or (), {rule.start for rule in held.goes}
    left = [rule for rule in rules if rule.start not in gone]
    if gone and not left:
        yield held.span.start, held.span.end, "[]"
        return
    for rule, following in pairwise(rules):
        if rule.start in gone and rule.start < left[-1].start:
            yield rule.start, following.start, ""
    if rules and rules[-1].start in gone:
        yield left[-1].end, rules[-1].end, ""


def _step(template: ArmText, outer: str) -> str:
    """What a level is indented by."""
    first = re.search(r"\n( +)\S", template.text)
    is_four = len(outer) % 4 == 0 and first is not None and len(first[1]) == 4
    return "\t" if "\t" in outer else "    " if is_four else "  "


class _ArmPlace:
    """Where a change belongs: the list of rules of its NSG."""

    def __init__(self, templates: _Templates, item: ChangeItem) -> None:
        self._templates = templates
        self._item = item
        found = [nsg for nsg, name in zip(templates.nsgs, templates.names, strict=True) if name == key(item.nsg)]
        if len(found) != 1:
            places = ", ".join(Where(str(file), template.line(resource)).text() for file, template, resource in found)
            raise refusal(item, f"the templates have {places or 'no NSG whose name can be told to be that'}")
        self._file, self._template, self._nsg = found[0]
        if self._nsg.member("copy") is not None:
            raise self._refusal("one resource stands for several NSGs (copy)", self._nsg)
        generator = (self._template.root.member("metadata") or self._nsg).member("_generator")
        if generator is not None and generator.text("name").casefold() == "bicep":
            raise self._refusal("this template is compiled from Bicep: render for bicep instead", self._nsg)
        properties = self._nsg.member("properties")
        rules = properties.member(_RULES) if properties is not None else None
        if rules is None or rules.items is None:
            raise self._refusal("its securityRules are not written out as a list", self._nsg)
        self._rules, self._list = rules.items, rules

    def write(self) -> None:
        """Has the change made among the edits of the templates."""
        held = self._templates.list_of(self._file, self._list)
        named = [rule for rule in self._rules if key(self._template.name_of(rule)) == key(self._item.name)]
        if self._item.before is None:
            if named:
                raise self._refusal("a rule of that name is there already", named[0])
            held.comes.append(self._new_rule())
            return
        if len(named) != 1:
            what = "no rule of that name is written out in the template" if not named else "several have that name"
            raise self._refusal(what, self._nsg)
        if self._item.after is None:
            held.goes.append(named[0])
        else:
            self._templates.edits.setdefault(self._file, []).append(self._update(named[0]))

    def _new_rule(self) -> str:
        assert self._item.after
        rule = {"name": self._item.name, "properties": arm_properties(self._item.after)}
        outer = self._template.indent(self._list.start)
        step = _step(self._template, outer)
        indent = self._template.indent(self._rules[-1].start) if self._rules else outer + step
        return _json(rule, indent, step)

    def _update(self, rule: JsonSpan) -> tuple[int, int, str]:
        """The properties with what differs rewritten: those that the plan does not name stay as they are."""
        assert self._item.before and self._item.after
        properties = rule.member("properties")
        if properties is None or properties.members is None or "copy" in properties.members:
            raise self._refusal("its properties are not written out", rule)
        old, new = _fields(arm_properties(self._item.before)), _fields(arm_properties(self._item.after))
        changed = [name for name in {**old, **new} if _sorted(name, old.get(name)) != _sorted(name, new.get(name))]
        unseen = {name for name in changed if name in old}
        pieces: list[str] = []
        left = dict(new)
        inner = self._template.indent(next(iter(properties.members.values())).start) if properties.members else "  "
        for member in properties.members.values():
            name = _singular(member.name)
            if name not in changed:
                pieces.append(self._template.text[member.start : member.value.end])
                continue
            written = _values(member.value)
            if written is not None and not written:
                continue  # the other form, empty: as Azure's exports have it
            unseen.discard(name)
            if written is None or _sorted(name, written) != _sorted(name, old.get(name)):
                raise self._refusal(f"{member.name} is not in the template what it is in the plan", member.value)
            if name in left:
                pieces.append(_member(name, left.pop(name), inner))
        if unseen:
            raise self._refusal(f"{min(unseen)} is not written in the template", rule)
        pieces += [_member(name, left[name], inner) for name in changed if name in left]
        text = f",\n{inner}".join(pieces)
        return properties.start, properties.end, f"{{\n{inner}{text}\n{self._template.indent(properties.start)}}}"

    def _refusal(self, why: str, at: JsonSpan) -> RenderError:
        return refusal(self._item, why, Where(str(self._file), self._template.line(at)))


def _plain(text: str) -> str | None:
    """A string of a template as it is deployed; None for an expression."""
    if not (text.startswith("[") and text.endswith("]")):
        return text
    return text[1:] if text.startswith("[[") else None


def _values(span: JsonSpan) -> list[str] | None:
    """What a property holds, be it one value or a list, ids of groups among them; None for an expression."""
    if span.items is not None:
        made = [_plain(item.text("id") if item.members is not None else str(item.scalar)) for item in span.items]
        found = [item for item in made if item is not None]
        return found if len(found) == len(made) else None
    if span.members is not None:
        return None
    text = _plain(str(span.scalar)) if span.scalar is not None else ""
    return None if text is None else [text] if text else []


def _fields(properties: ArmProperties) -> dict[str, list[str]]:
    """By the singular name of each property."""
    return {_singular(name): [item["id"] if isinstance(item, dict) else str(item) for item in value]
            if isinstance(value, list) else [str(value)] for name, value in properties.items()}  # fmt: skip


def _singular(name: str) -> str:
    return next((name.removesuffix(plural) + one for one, plural in _PLURALS.items() if name.endswith(plural)), name)


def _sorted(name: str, values: list[str] | None) -> list[str]:
    """To be compared: neither order nor letter case counts, but in a description."""
    return sorted({value if name == "description" else value.casefold() for value in values or []})


def _member(name: str, values: list[str], indent: str) -> str:
    if name == "priority":
        return f'"{name}": {values[0]}'
    if name.endswith("Groups"):
        return f'"{name}": {_json([{"id": value} for value in values], indent, "  ")}'
    plural = next((name.removesuffix(one) + many for one, many in _PLURALS.items() if name.endswith(one)), name)
    return f'"{name}": {arm(values[0])}' if len(values) == 1 else f'"{plural}": {_json(values, indent, "  ")}'


def _json(value: object, indent: str, step: str) -> str:
    """With the indentation of what is around it."""
    lines = json.dumps(json.loads(arm(value)), indent=step).split("\n")
    return f"\n{indent}".join(lines)
