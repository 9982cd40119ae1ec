"""Changes of rules -> edits of the `.tf` files that declare them, or why a change can't be written there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from flowspec.errors import Problem, RenderError
from flowspec.model.documents.plan import RuleProperties
from flowspec.model.inventory import key
from flowspec.patches.item import ChangeItem
from flowspec.patches.patch import refusal
from flowspec.patches.quoting import azure_spelling, hcl
from flowspec.patches.tf_files import TfAttribute, TfBlock, TfFolder, TfLiteral, TfPlace

_NSG, _RULE = "azurerm_network_security_group", "azurerm_network_security_rule"
_LONG = 100
_LINE = re.compile(r"(\s*)(\w+)\s*=\s*(\S.*)")

Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextEdit:
    """The bytes of a file from `start` to `end` become `text`."""

    file: Path
    start: int
    end: int
    text: str


def write_into(folder: TfFolder, items: Iterable[ChangeItem]) -> None:
    """Writes the changes into the folder, in memory; RenderError where one can't be written, with all reasons.

    First all new rules, then all other changes: a file is read anew twice, however many there are.
    """
    problems: list[Problem] = []
    ordered = list(items)
    for batch in ([one for one in ordered if one.before is None], [one for one in ordered if one.before is not None]):
        edits: dict[Path, list[TextEdit]] = {}
        made = _Made()
        for item in batch:
            try:
                edit = _Home(folder, item, made).edit()
            except RenderError as error:
                problems += error.problems
            else:
                edits.setdefault(edit.file, []).append(edit)
        for file, found in edits.items():
            folder.write(file, _applied(folder.texts[file], found))
    if problems:
        raise RenderError(problems)


def _applied(text: bytes, edits: Iterable[TextEdit]) -> bytes:
    """With all edits made, none of which overlap; of those at one place, the first comes first."""
    line_end = "\r\n" if b"\r\n" in text else "\n"
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        pieces += [text[at : edit.start], edit.text.replace("\n", line_end).encode()]
        at = edit.end
    return b"".join([*pieces, text[at:]])


@dataclass(slots=True)
class _Made:
    """What the edits so far have made of the blocks: `filled` NSGs had an empty list of rules, `gone` rules are taken
    out, and `labels` (a folder and an address) are new."""

    filled: set[TfPlace] = field(default_factory=set)
    gone: dict[TfPlace, TfBlock] = field(default_factory=dict)
    labels: set[tuple[Path, str]] = field(default_factory=set)


class _Home:
    """Where a change belongs: the block of its NSG, and that of its rule where there is one."""

    def __init__(self, folder: TfFolder, item: ChangeItem, made: _Made) -> None:
        self._folder = folder
        self._item = item
        self._made = made
        nsgs = [block for block in folder.of_type(_NSG) if self._is_the_nsg(block)]
        if len(nsgs) != 1:
            found = ", ".join(block.where.text() for block in nsgs) or f"no {_NSG} of that name"
            raise self._refusal(f"the files have {found}", nsgs[0] if nsgs else None)
        self._nsg = nsgs[0]
        if not self._nsg.is_one:
            raise self._refusal("one block stands for several NSGs (count or for_each)", self._nsg)
        rules = [block for block in self._nsg.blocks if "security_rule" in (block.kind, *block.labels)]
        self._blocks = [block for block in rules if block.place not in made.gone]
        self._none = self._nsg.attributes.get("security_rule")
        if self._none is not None and self._none.literal != ():
            raise self._refusal("its security_rule is an expression", self._nsg)
        self._separate = [block for block in folder.of_type(_RULE) if self._is_of_the_nsg(block)]

    def edit(self) -> TextEdit:
        named = self._of_that_name()
        if self._item.before is None:
            if named:
                raise self._refusal("a rule of that name is there already", named[0])
            return self._creation()
        block = self._rule(named)
        if self._item.after is None:
            return self._deletion(block)
        changed = _Rewriting(self._folder.texts[block.file], block, self._item).text()
        return TextEdit(block.file, block.start, block.end, changed)

    def _is_the_nsg(self, block: TfBlock) -> bool:
        group = self._folder.text_of(block, "resource_group_name")
        return key(self._folder.text_of(block, "name") or "") == key(self._item.nsg) and (
            group is None or key(group) == key(self._item.resource_group)
        )

    def _is_of_the_nsg(self, block: TfBlock) -> bool:
        named = block.attributes.get("network_security_group_name")
        if (
            named is not None
            and block.file.parent == self._nsg.file.parent
            and named.text == f"{self._nsg.address}.name"
        ):
            return True
        group = self._folder.text_of(block, "resource_group_name")
        return key(self._folder.text_of(block, "network_security_group_name") or "") == key(self._item.nsg) and (
            group is None or key(group) == key(self._item.resource_group)
        )

    def _of_that_name(self) -> list[TfBlock]:
        blocks = (*self._blocks, *self._separate)
        return [block for block in blocks if key(self._folder.text_of(block, "name") or "") == key(self._item.name)]

    def _rule(self, found: list[TfBlock]) -> TfBlock:
        if len(found) != 1:
            what = "no rule of that name is written out in the files" if not found else "several have that name"
            raise self._refusal(what, self._nsg)
        if not found[0].is_one:
            raise self._refusal("one block stands for several rules (count or for_each)", found[0])
        return found[0]

    def _creation(self) -> TextEdit:
        assert self._item.after
        values = _arguments(self._item.after)
        if self._blocks or self._none:
            text = "\n".join(_block_lines("security_rule", {"name": self._item.name, **values}, "  "))
            if self._none:
                return self._first_of_none(self._none, text)
            return TextEdit(self._nsg.file, self._blocks[-1].end, self._blocks[-1].end, f"\n\n{text}")
        after = ([block for block in self._separate if block.file == self._nsg.file] or [self._nsg])[-1]
        label, number = self._item.label, 2
        while self._is_labelled(label):
            label, number = f"{self._item.label}_{number}", number + 1
        self._made.labels.add((self._nsg.file.parent, label))
        given: dict[str, TfLiteral | TfReference] = {"name": self._item.name}
        if "provider" in self._nsg.attributes:
            given = {"provider": TfReference(self._nsg.attributes["provider"].text), **given}
        given["resource_group_name"] = TfReference(f"{self._nsg.address}.resource_group_name")
        given["network_security_group_name"] = TfReference(f"{self._nsg.address}.name")
        lines = _block_lines(f'resource "{_RULE}" {hcl(label)}', {**given, **values}, "")
        return TextEdit(after.file, after.end, after.end, "\n\n" + "\n".join(lines))

    def _first_of_none(self, none: TfAttribute, text: str) -> TextEdit:
        """In the place of the empty list; where another rule has taken that, behind it."""
        if self._nsg.place in self._made.filled:
            return TextEdit(self._nsg.file, none.end, none.end, f"\n\n{text}")
        self._made.filled.add(self._nsg.place)
        return TextEdit(self._nsg.file, none.start, none.end, text.lstrip())

    def _is_labelled(self, label: str) -> bool:
        is_new = (self._nsg.file.parent, label) in self._made.labels
        return is_new or self._folder.is_labelled(self._nsg, f"{_RULE}.{label}")

    def _deletion(self, block: TfBlock) -> TextEdit:
        text = self._folder.texts[block.file]
        start = text.rfind(b"\n", 0, block.start) + 1
        end = text.find(b"\n", block.end) + 1 or len(text)
        indent = text[start : block.start].decode()
        if indent.strip() or text[block.end : end].strip():
            raise self._refusal("something else stands on its lines", block)
        blank = re.search(rb"(?<=\n)[ \t]*\r?\n\Z", text[:start])
        if block.kind == "resource":
            named = self._folder.mentions(block, self._made.gone.values())
            if named:
                raise self._refusal(f"{block.address} is named in {named[0].text()} too", block)
        self._made.gone[block.place] = block
        if self._blocks == [block]:
            # With no block at all Terraform leaves the rules as they are; an empty list says that there are none.
            return TextEdit(block.file, start, block.end, f"{'' if blank else chr(10)}{indent}security_rule = []")
        return TextEdit(block.file, blank.start() if blank else start, end, "")

    def _refusal(self, why: str, block: TfBlock | None) -> RenderError:
        return refusal(self._item, why, block.where if block else None)


@dataclass(frozen=True, slots=True)
class TfReference:
    """An expression that is written as it is."""

    text: str


class _Rewriting:
    """A block of a rule with the arguments that differ between before and after rewritten, and no others."""

    def __init__(self, text: bytes, block: TfBlock, item: ChangeItem) -> None:
        self._text, self._block, self._item = text, block, item
        self._edits: list[tuple[int, int, str]] = []
        self._is_reshaped = False

    def text(self) -> str:
        assert self._item.before and self._item.after
        old, new = _fields(self._item.before), _fields(self._item.after)
        for names in old:
            if not _same(names, old[names], new[names]):
                self._write(names, old[names], new[names])
        pieces, at = [], self._block.start
        for start, end, text in sorted(self._edits):
            pieces += [self._text[at:start].decode(), text]
            at = end
        whole = "".join([*pieces, self._text[at : self._block.end].decode()]).replace("\r\n", "\n")
        return "\n".join(_realigned(whole.split("\n"))) if self._is_reshaped else whole

    def _write(self, names: Texts, old: Texts, new: Texts) -> None:
        written = [self._block.attributes[name] for name in names if name in self._block.attributes]
        if len(written) > 1:
            raise self._refusal(f"both {names[0]} and {names[1]} are written")
        if not written:
            if old:
                raise self._refusal(f"{names[0]} is not written in the file")
            self._insert(names, new)
            return
        found = written[0]
        literal = (found.literal,) if isinstance(found.literal, str | int) else found.literal
        if literal is None or not _same(names, tuple(map(str, literal)), old):
            text = " ".join(found.text.split())[:80]
            raise self._refusal(f"{found.name} is {text} in the file, and {_told(old)} in the plan")
        if new:
            self._replace(found, names, new)
        else:
            self._is_reshaped = True
            self._edits.append((self._line_start(found), self._text.find(b"\n", found.end) + 1, ""))

    def _replace(self, found: TfAttribute, names: Texts, new: Texts) -> None:
        name, value = _chosen(names, new, is_list=isinstance(found.literal, tuple))
        text = _written(value, self._indent(found))
        if name == found.name and "\n" not in text and "\n" not in found.text:
            self._edits.append((found.value, found.end, text))
        else:
            self._is_reshaped = True
            self._edits.append((found.start, found.end, f"{name} = {text}"))

    def _insert(self, names: Texts, new: Texts) -> None:
        last = max(self._block.attributes.values(), key=lambda one: one.end)
        if b"\n" not in self._text[last.end : self._block.end]:
            raise self._refusal("the block is written on one line")
        name, value = _chosen(names, new, is_list=False)
        indent = self._indent(last)
        end = self._text.find(b"\n", last.end)
        self._is_reshaped = True
        self._edits.append((end, end, f"\n{indent}{name} = {_written(value, indent)}"))

    def _line_start(self, found: TfAttribute) -> int:
        return self._text.rfind(b"\n", 0, found.start) + 1

    def _indent(self, found: TfAttribute) -> str:
        return self._text[self._line_start(found) : found.start].decode()

    def _refusal(self, why: str) -> RenderError:
        return refusal(self._item, why, self._block.where)


def _fields(rule: RuleProperties) -> dict[Texts, Texts]:
    """Each field by the one or two names of its argument, as texts."""
    fields: dict[Texts, Texts] = {
        ("priority",): (str(rule.priority),),
        ("direction",): (azure_spelling(rule.direction),),
        ("access",): (azure_spelling(rule.access),),
        ("protocol",): (azure_spelling(rule.protocol),),
        ("source_address_prefix", "source_address_prefixes"): rule.sources,
        ("source_application_security_group_ids",): rule.source_asgs,
        ("source_port_range", "source_port_ranges"): rule.source_ports,
        ("destination_address_prefix", "destination_address_prefixes"): rule.destinations,
        ("destination_application_security_group_ids",): rule.destination_asgs,
        ("destination_port_range", "destination_port_ranges"): rule.destination_ports,
        ("description",): (rule.description,) if rule.description else (),
    }
    return fields


def _arguments(rule: RuleProperties) -> dict[str, TfLiteral | TfReference]:
    return dict(_chosen(names, values, is_list=False) for names, values in _fields(rule).items() if values)


def _chosen(names: Texts, values: Texts, *, is_list: bool) -> tuple[str, TfLiteral]:
    """The argument that takes so many values, and what it is given."""
    if names == ("priority",):
        return names[0], int(values[0])
    if names[0].endswith("_ids") or len(values) > 1 or is_list:
        return names[-1], values
    return names[0], values[0]


def _same(names: Texts, one: Texts, other: Texts) -> bool:
    """Whether two lists of values mean the same: their order does not count, nor letter case but in a description."""
    if names == ("description",):
        return one == other
    return {value.casefold() for value in one} == {value.casefold() for value in other}


def _told(values: Texts) -> str:
    return ", ".join(values[:3]) + (" and more" if len(values) > 3 else "") if values else "nothing"


def _block_lines(head: str, values: dict[str, TfLiteral | TfReference], indent: str) -> list[str]:
    inner = f"{indent}  "
    body = [line for name, value in values.items() for line in f"{inner}{name} = {_written(value, inner)}".split("\n")]
    return [f"{indent}{head} {{", *_realigned(body), f"{indent}}}"]


def _written(value: TfLiteral | TfReference, indent: str) -> str:
    if isinstance(value, TfReference):
        return value.text
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return hcl(value)
    literals = list(map(hcl, value))
    line = f"[{', '.join(literals)}]"
    if len(line) <= _LONG:
        return line
    return "\n".join(["[", *(f"{indent}  {literal}," for literal in literals), f"{indent}]"])


def _realigned(lines: list[str]) -> list[str]:
    """Arguments on lines below each other with their equals signs in one column, as `terraform fmt` sets them."""
    made: list[str] = []
    group: list[re.Match[str]] = []

    def flush() -> None:
        width = max((len(one[2]) for one in group), default=0)
        made.extend(f"{one[1]}{one[2]:<{width}} = {one[3]}" for one in group)
        group.clear()

    for line in lines:
        found = _LINE.fullmatch(line)
        if found and not found[3].endswith(("[", "{", "(")):
            if group and group[0][1] != found[1]:
                flush()
            group.append(found)
            continue
        flush()
        made.append(f"{found[1]}{found[2]} = {found[3]}" if found else line)
    flush()
    return made
