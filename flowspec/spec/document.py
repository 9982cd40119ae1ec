"""Files -> one set of declarations, whichever spelling they are in.

`intent "x" { … }` and `{"intent": {"x": { … }}}` are one.
Names that are declared twice, unknown kinds of blocks and wrong labels end here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flowspec.errors import Problem, Where
from flowspec.spec import hcl, jsonfile
from flowspec.spec.habits import habit
from flowspec.spec.names import advice
from flowspec.spec.schema import arguments
from flowspec.spec.source import Refused, SpecText, error
from flowspec.spec.syntax import Block, Body, Entry, ListNode, Literal, MapNode, Node, Unreadable

LABELLED = ("variable", "service", "group", "intent", "boundary", "exception", "assume")
ONCE = ("flowspec", "fixes", "exceptions")
"""Kinds without names, of which there is one block at most."""
KINDS = (*ONCE, "locals", *LABELLED)
NESTED = {"group": ("select", "exclude")}
"""Blocks that may stand in blocks of a kind."""

_NAME = re.compile(r"[^\W\d][\w-]*")
BAD_NAME = (
    "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes."
)


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One block: its attributes, and its inner blocks as lists of maps, as JSON spells them."""

    kind: str
    name: str
    source: SpecText
    at: int
    entries: tuple[Entry, ...]

    @property
    def address(self) -> str:
        return f"{self.kind}.{self.name}" if self.name else self.kind

    @property
    def where(self) -> Where:
        return self.source.where(self.at)


@dataclass(slots=True)
class SpecDocument:
    """All declarations of a spec, by kind and name; a local is a `Declared` with one entry."""

    blocks: dict[str, dict[str, Declared]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    problems: list[Problem] = field(default_factory=list)
    is_partial: bool = False
    """A block could not be read, so that references to it would be told as errors that they are not."""
    torn: set[str] = field(default_factory=set)
    """Files whose braces don't pair: which argument is in which block is not known."""

    def lose(self, problem: Problem) -> None:
        self.problems.append(problem)
        self.is_partial = True

    def add(self, declared: Declared) -> None:
        """Puts a block under its kind and label; one that is declared twice is noted."""
        if declared.kind not in ONCE and not is_name(declared.name):
            self.lose(error(f'"{declared.name}" is not a name', BAD_NAME, declared.where))
            return
        before = self.blocks[declared.kind].setdefault(declared.name, declared)
        if before is not declared:
            what = f"The block {declared.kind}" if declared.kind in ONCE else f'{declared.kind} "{declared.name}"'
            detail = f"It is already declared at {before.where.text()}. Give one of the two another name, or remove it."
            if declared.kind in ONCE:
                detail = f"It is already declared at {before.where.text()}. Put everything into one of the two."
            self.problems.append(error(f"{what} is declared twice", detail, declared.where))


def read(sources: Iterable[SpecText]) -> SpecDocument:
    """Everything that the files declare, with the problems of their syntax and structure."""
    document = SpecDocument()
    for source in sources:
        if source.is_json:
            _read_json(source, document)
        else:
            body = hcl.parse(source, KINDS, document.problems)
            if not body.is_whole:
                document.is_partial = True
                document.torn.add(source.path)
            _read_hcl(source, body, document)
    return document


def _read_hcl(source: SpecText, body: Body, document: SpecDocument) -> None:
    def refuse(at: int, summary: str, detail: str) -> None:
        document.problems.append(source.problem(Refused(at, summary, detail)))

    for entry in body.attributes if body.is_whole else ():
        name = key_of(entry)
        refuse(
            entry.at,
            f'Unsupported argument "{name}"',
            f"Only blocks stand at the top of a spec. {_block_hint(name)}".strip(),
        )

    def lose(at: int, summary: str, detail: str) -> None:
        document.lose(source.problem(Refused(at, summary, detail)))

    for block in body.blocks:
        if block.kind not in KINDS:
            lose(block.at, f'Unsupported block type "{block.kind}"', _unknown_kind(block.kind))
        elif name := _label(block, lose):
            entries = _entries(block, refuse)
            _declare(
                Declared(
                    kind=block.kind,
                    name=name if block.kind in LABELLED else "",
                    source=source,
                    at=block.at,
                    entries=entries,
                ),
                document,
            )


def _unknown_kind(kind: str) -> str:
    return habit("", kind) or advice(kind, KINDS, "block type")


def _block_hint(name: str) -> str:
    return (
        f"Write {name} {{ … }} without the equals sign."
        if name in KINDS
        else "Values of your own go into locals { … }."
    )


Refuse = Callable[[int, str, str], None]


def _label(block: Block, refuse: Refuse) -> str:
    """The name of a block, or "" when it is wrong; a kind without names has its own as name."""
    if block.kind not in LABELLED:
        if block.labels:
            refuse(block.labels[0].at, f"A block {block.kind} has no name", f"Write {block.kind} {{ … }}.")
            return ""
        return block.kind
    if len(block.labels) == 1:
        if block.labels[0].text:
            return block.labels[0].text
        refuse(block.labels[0].at, f"The name of this {block.kind} is empty", BAD_NAME)
        return ""
    if not block.labels:
        refuse(block.at, f"Missing name for {block.kind}", f'Write {block.kind} "name" {{ … }}.')
    else:
        refuse(
            block.labels[1].at,
            f"Extra label for {block.kind}",
            f'A block {block.kind} has one name: {block.kind} "{block.labels[0].text}" {{ … }}.',
        )
    return ""


def _entries(block: Block, refuse: Refuse) -> tuple[Entry, ...]:
    """The attributes of a block, and its inner blocks gathered into one list for each kind."""
    nested = NESTED.get(block.kind, ())
    entries: list[Entry] = []
    for entry in block.body.attributes:
        if key_of(entry) in nested:
            refuse(
                entry.at,
                f'"{key_of(entry)}" is a block',
                f"Write {key_of(entry)} {{ … }} without the equals sign; repeat it for more.",
            )
        entries.append(entry)
    inner: dict[str, list[Block]] = {}
    for below in block.body.blocks:
        if below.kind in nested and not below.labels:
            inner.setdefault(below.kind, []).append(below)
        elif below.kind in nested:
            refuse(below.labels[0].at, f"A block {below.kind} has no name", f"Write {below.kind} {{ … }}.")
        else:
            refuse(
                below.at,
                f'Unsupported block type "{below.kind}" in {block.kind}',
                habit(block.kind, below.kind) or _nested_hint(below.kind, block.kind),
            )
            if below.kind in arguments(block.kind):
                entries.append(Entry(below.at, Literal(below.at, below.kind), Unreadable(below.at)))
    for kind, blocks in inner.items():
        maps = tuple(MapNode(below.at, _entries(below, refuse)) for below in blocks)
        entries.append(Entry(blocks[0].at, Literal(blocks[0].at, kind), ListNode(blocks[0].at, maps)))
    return tuple(entries)


def entries_of(block: Block, source: SpecText, document: SpecDocument) -> tuple[Entry, ...]:
    """The attributes of a block that stands in a file of its own kind."""

    def refuse(at: int, summary: str, detail: str) -> None:
        document.problems.append(source.problem(Refused(at, summary, detail)))

    return _entries(block, refuse)


def _nested_hint(kind: str, inside: str) -> str:
    if kind == "service":
        return "Blocks of this type stand at the top of a file; name one here: service = [service.example]."
    if kind in KINDS:
        return "Blocks of this type stand at the top of a file: is a closing brace missing before it?"
    known = arguments(inside)
    if kind in known:
        return f"It is an argument: write {kind} = {'{ … }' if kind == 'tags' else '…'}"
    if nested := NESTED.get(inside):
        return advice(kind, nested, "block type here")
    return advice(kind, [name for name in known if name != "//"], "argument here")


def key_of(entry: Entry) -> str:
    return str(entry.key.value) if isinstance(entry.key, Literal) else ""


def _declare(declared: Declared, document: SpecDocument) -> None:
    if declared.kind != "locals":
        document.add(declared)
        return
    for entry in declared.entries:
        document.add(Declared(kind="locals", name=key_of(entry), source=declared.source, at=entry.at, entries=(entry,)))


def _read_json(source: SpecText, document: SpecDocument) -> None:
    try:
        root = jsonfile.parse(source)
        if not isinstance(root, MapNode):
            raise Refused(root.at, "A spec in JSON is an object", 'For example {"intent": {"web-to-db": { … }}}.')
    except Refused as refused:
        document.lose(source.problem(refused))
        return
    for entry in _without_comments(root):
        kind = key_of(entry)
        try:
            if kind in KINDS:
                _read_json_kind(source, kind, entry, document)
            elif kind != "$schema":
                raise Refused(entry.at, f'Unsupported block type "{kind}"', _unknown_kind(kind))
        except Refused as refused:
            document.lose(source.problem(refused))


def _read_json_kind(source: SpecText, kind: str, entry: Entry, document: SpecDocument) -> None:
    example = f'{{"{kind}": {{"name": {{ … }}}}}}' if kind in LABELLED else f'{{"{kind}": {{ … }}}}'
    entries = _without_comments(_object(entry.value, f'"{kind}" must be an object', f"Write {example}."))
    if kind not in LABELLED:
        _declare(
            Declared(kind=kind, name="", source=source, at=entry.at, entries=_templated(entries, source, document)),
            document,
        )
        return
    for block in entries:
        try:
            body = _object(block.value, f'{kind} "{key_of(block)}" must be an object', f"Write {example}.")
            templated = _templated(_without_comments(body), source, document)
            _declare(Declared(kind=kind, name=key_of(block), source=source, at=block.at, entries=templated), document)
        except Refused as refused:
            document.lose(source.problem(refused))


def _templated(entries: tuple[Entry, ...], source: SpecText, document: SpecDocument) -> tuple[Entry, ...]:
    templated: list[Entry] = []
    for entry in entries:
        try:
            templated.append(Entry(entry.at, entry.key, jsonfile.with_templates(entry.value)))
        except Refused as refused:
            document.problems.append(source.problem(refused))
            templated.append(Entry(entry.at, entry.key, Unreadable(entry.value.at)))
    return tuple(templated)


def _object(node: Node, summary: str, detail: str) -> MapNode:
    if not isinstance(node, MapNode):
        raise Refused(node.at, summary, detail)
    return node


def _without_comments(node: MapNode) -> tuple[Entry, ...]:
    """A key `//` holds a comment, as in Terraform's JSON."""
    return tuple(entry for entry in node.entries if key_of(entry) != "//")
