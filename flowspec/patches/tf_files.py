"""A folder of `.tf` files -> their blocks with places, and what is written in them as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import tree_sitter_hcl
from tree_sitter import Language, Node, Parser

from flowspec.errors import Problem, RenderError, Severity, Where
from flowspec.reading import read

TfLiteral = str | int | tuple[str, ...]
TfPlace = tuple[Path, int]
"""A file and the first byte of a block in it."""

_MOST = 16 * 1024**2
_REFERENCE = re.compile(r"(\w+)\.([\w-]+)\.(\w+)")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|([$%])\4\{", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TfAttribute:
    """`name = text`, and the bytes of the file that it takes; `literal` is None for an expression."""

    name: str
    text: str
    start: int
    value: int
    end: int
    literal: TfLiteral | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TfBlock:
    """A block with its labels, from its first byte to its last; `line` counts from 1."""

    file: Path
    kind: str
    labels: tuple[str, ...]
    start: int
    end: int
    line: int
    attributes: dict[str, TfAttribute]
    blocks: tuple[TfBlock, ...]

    @property
    def where(self) -> Where:
        return Where(str(self.file), self.line)

    @property
    def place(self) -> TfPlace:
        return self.file, self.start

    def holds(self, file: Path, at: int) -> bool:
        """Whether a byte of a file is one of its own."""
        return file == self.file and self.start <= at < self.end

    @property
    def address(self) -> str:
        return ".".join(self.labels)

    @property
    def is_one(self) -> bool:
        """Whether it stands for one resource, not for as many as an expression says."""
        return not {"count", "for_each"} & set(self.attributes)


class TfFolder:
    """`.tf` files and their resources."""

    def __init__(self, texts: Mapping[Path, bytes]) -> None:
        self.texts = dict(texts)
        self._blocks = {file: parsed(file, text) for file, text in texts.items()}
        self._index()

    @classmethod
    def read(cls, folder: Path) -> TfFolder:
        """All of a folder and below."""
        files = sorted(path for path in folder.rglob("*.tf") if ".terraform" not in path.parts)
        if not files:
            raise RenderError(f"{folder} holds no .tf files.")
        return cls({file: _read(file) for file in files})

    def write(self, file: Path, text: bytes) -> None:
        """One file becomes another, here and not on the disk."""
        self.texts[file] = text
        self._blocks[file] = parsed(file, text)
        self._index()

    def _index(self) -> None:
        self.resources = [block for blocks in self._blocks.values() for block in blocks if block.kind == "resource"]
        self._by_address = {(block.file.parent, block.address): block for block in self.resources}

    def of_type(self, kind: str) -> list[TfBlock]:
        return [block for block in self.resources if block.labels[:1] == (kind,)]

    def text_of(self, block: TfBlock, name: str, depth: int = 0) -> str | None:
        """An attribute as text, by way of other resources of the folder; None where that takes more than looking up."""
        found = block.attributes.get(name)
        if found is None or isinstance(found.literal, str):
            return found.literal if found is not None and isinstance(found.literal, str) else None
        reference = _REFERENCE.fullmatch(found.text)
        other = self._by_address.get((block.file.parent, f"{reference[1]}.{reference[2]}")) if reference else None
        if reference is None or other is None or depth > 5 or not other.is_one:
            return None
        return self.text_of(other, reference[3], depth + 1)

    def is_labelled(self, block: TfBlock, address: str) -> bool:
        """Whether a resource of that address is in the folder of a block."""
        return (block.file.parent, address) in self._by_address

    def mentions(self, block: TfBlock, gone: Iterable[TfBlock]) -> list[Where]:
        """Where the address of a resource is named outside of it and of blocks that are gone, in its own folder."""
        unread = [block, *gone]
        word = re.compile(rb"\b" + re.escape(block.address.encode()) + rb"(?![\w-])")
        return [
            Where(str(file), text.count(b"\n", 0, found.start()) + 1)
            for file, text in self.texts.items()
            if file.parent == block.file.parent
            for found in word.finditer(text)
            if not any(other.holds(file, found.start()) for other in unread)
        ]


def parsed(file: Path, text: bytes) -> list[TfBlock]:
    """The blocks of a file; RenderError where it can't be read."""
    root = Parser(Language(tree_sitter_hcl.language())).parse(text).root_node
    if root.has_error:
        raise RenderError(Problem(Severity.ERROR, "This file is not understood, so nothing is written into it",
                                  "terraform validate says what is wrong with it.", Where(str(file))))  # fmt: skip
    return [block for body in root.named_children if body.type == "body" for block in _blocks(body, file)]


def _blocks(body: Node, file: Path) -> Iterator[TfBlock]:
    for node in body.named_children:
        if node.type != "block":
            continue
        inner = next((child for child in node.named_children if child.type == "body"), None)
        head = [child for child in node.named_children if child.type in ("identifier", "string_lit")]
        kind, *labels = (_text(child).strip('"') for child in head)
        yield TfBlock(
            file=file,
            kind=kind,
            labels=tuple(labels),
            start=node.start_byte,
            end=node.end_byte,
            line=node.start_point.row + 1,
            attributes={one.name: one for one in _attributes(inner)} if inner else {},
            blocks=tuple(_blocks(inner, file)) if inner else (),
        )


def _attributes(body: Node) -> Iterator[TfAttribute]:
    for node in body.named_children:
        if node.type == "attribute":
            name, value = node.named_children[0], node.named_children[-1]
            yield TfAttribute(
                name=_text(name),
                text=_text(value),
                start=node.start_byte,
                value=value.start_byte,
                end=node.end_byte,
                literal=_literal(value),
            )


def _literal(node: Node) -> TfLiteral | None:
    """A string, a whole number or a list of strings; None for anything else."""
    match node.type:
        case "expression" | "literal_value" | "collection_value" if len(node.named_children) == 1:
            return _literal(node.named_children[0])
        case "string_lit":
            return _ESCAPE.sub(_unescaped, _text(node)[1:-1])
        case "numeric_lit":
            return int(_text(node)) if _text(node).isdigit() else None
        case "tuple":
            items = [_literal(child) for child in node.named_children if child.type == "expression"]
            strings = tuple(item for item in items if isinstance(item, str))
            return strings if len(strings) == len(items) else None
    return None


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    if code:
        return chr(int(code, 16))
    return f"{found[4]}{{" if found[4] else _SIMPLE.get(found[3], found[3])


def _read(file: Path) -> bytes:
    try:
        return read(file, _MOST)
    except OSError as error:
        raise RenderError(f"Can't read {file}: {error.strerror}.") from error


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
