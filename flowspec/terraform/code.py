"""A folder of Terraform's own files -> where its resources stand, and the expressions that a plan leaves out.

A plan has neither lines, nor locals, nor `dynamic` blocks, nor how an expression uses what it refers to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from flowspec.errors import Problem, Severity, SourceError, Where
from flowspec.reading import read
from flowspec.terraform.addresses import ModulePath
from flowspec.terraform.instances import Instance

if TYPE_CHECKING:
    from tree_sitter import Node

LARGEST = 64 * 1024**2
DEEPEST = 20
BY_KEY = re.compile(r"\[?[\w.-]+\[(?:count\.index|each\.key)\](?:\.id|\.name)?,?\]?")
KNOWN_INDEX = re.compile(rb'\[("[^"]*"|\d+)\]')


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    """A block: where it is, its arguments as they are written, what they refer to, and the blocks in it."""

    where: Where
    written: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inside: tuple[tuple[str, CodeBlock], ...] = ()
    dynamic: frozenset[str] = frozenset()


@dataclass(slots=True)
class CodeModule:
    """The files of one folder: resources by `type.name`, locals, and the folders that it calls."""

    resources: dict[str, CodeBlock] = field(default_factory=dict)
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    calls: dict[str, CodeModule] = field(default_factory=dict)


def read_code(folder: str) -> CodeModule:
    """The module in a folder, with those that it calls by a path; SourceError where there is none."""
    found = _module(Path(folder), 0)
    if not (found.resources or found.calls or found.values):
        advice = "give the folder with the .tf files that the plan was made from"
        raise SourceError(Problem(Severity.ERROR, "the folder holds no Terraform files", advice, Where(folder)))
    return found


def _module(folder: Path, depth: int) -> CodeModule:
    found = CodeModule()
    for path in sorted(folder.glob("*.tf")) if folder.is_dir() else ():
        for node in _children(_parsed(path), "block"):
            _block_of_module(node, str(path), folder, found, depth)
    return found


def _parsed(path: Path) -> Node:
    try:
        import tree_sitter
        import tree_sitter_hcl
    except ImportError:
        advice = "pip install tree-sitter tree-sitter-hcl"
        raise SourceError(Problem(Severity.ERROR, "--terraform-dir needs tree-sitter-hcl", advice)) from None
    language = tree_sitter.Language(tree_sitter_hcl.language())
    root = tree_sitter.Parser(language).parse(read(path, LARGEST)).root_node
    return next(_children(root, "body"), root)


def _block_of_module(node: Node, file: str, folder: Path, into: CodeModule, depth: int) -> None:
    kind, labels = _head(node)
    block = _block(node, file)
    if kind in ("resource", "data") and len(labels) == 2:
        into.resources[f"{'data.' if kind == 'data' else ''}{labels[0]}.{labels[1]}"] = block
    elif kind == "locals":
        into.values |= block.references
    elif kind == "module" and labels and depth < DEEPEST:
        source = block.written.get("source", "").strip('"')
        if source.startswith("."):
            into.calls[labels[0]] = _module(folder / source, depth + 1)


def _head(node: Node) -> tuple[str, list[str]]:
    """The type of a block and its labels."""
    words = [child for child in node.children if child.type in ("identifier", "string_lit")]
    texts = [_text(child).strip('"') for child in words]
    return (texts[0], texts[1:]) if texts else ("", [])


def _block(node: Node, file: str) -> CodeBlock:
    body = next(_children(node, "body"), None)
    written: dict[str, str] = {}
    references: dict[str, tuple[str, ...]] = {}
    inside: list[tuple[str, CodeBlock]] = []
    dynamic: set[str] = set()
    for child in body.children if body is not None else ():
        if child.type == "attribute":
            name, value = _text(child.children[0]), child.children[-1]
            written[name], references[name] = _text(value), tuple(dict.fromkeys(_references(value)))
        elif child.type == "block":
            kind, labels = _head(child)
            name = labels[0] if kind == "dynamic" and labels else kind
            dynamic |= {name} if kind == "dynamic" else set()
            inside.append((name, _block(child, file)))
    return CodeBlock(
        where=_where(node, file), written=written, references=references, inside=tuple(inside),
        dynamic=frozenset(dynamic),
    )  # fmt: skip


def _where(node: Node, file: str) -> Where:
    return Where(file, node.start_point[0] + 1, node.start_point[1] + 1)


def _references(node: Node) -> Iterator[str]:
    """`a.b["x"].c` of every chain of names in an expression, those in templates and indexes too."""
    children = node.children
    for at, child in enumerate(children):
        if child.type == "variable_expr":
            text = _text(child)
            for part in children[at + 1 :]:
                if part.type == "get_attr" or (part.type == "index" and KNOWN_INDEX.fullmatch(part.text or b"")):
                    text += _text(part)
                else:
                    break
            yield text
        yield from _references(child)


def _children(node: Node, kind: str) -> Iterator[Node]:
    return (child for child in node.children if child.type == kind)


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


class TerraformCode:
    """What the files say of the resources of a plan."""

    def __init__(self, root: CodeModule) -> None:
        self.root = root

    def module(self, path: ModulePath) -> CodeModule | None:
        """The module that an instance is of."""
        found: CodeModule | None = self.root
        for name, _ in path:
            found = found.calls.get(name) if found is not None else None
        return found

    def of(self, modules: ModulePath, resource: str) -> CodeBlock | None:
        """The block of a resource."""
        module = self.module(modules)
        return module.resources.get(resource) if module is not None else None

    def value(self, modules: ModulePath, name: str) -> tuple[str, ...] | None:
        """What a local refers to; None where it is not in the files."""
        module = self.module(modules)
        return module.values.get(name) if module is not None else None

    def where(self, one: Instance, where: Where, inside: str = "", name: object = None) -> Where:
        """The place of a resource in the files, or of the block in it that has the name; else as it was."""
        block = self.of(one.modules, one.resource)
        if block is None:
            return where
        blocks = [found for kind, found in block.inside if kind == inside]
        own = [found for found in blocks if found.written.get("name", "").strip('"') == name]
        found = (own or [b for b in blocks if inside in block.dynamic] or [block])[0]
        return replace(found.where, address=one.address)

    def pairs_by_key(self, modules: ModulePath, resource: str, attribute: str) -> bool | None:
        """Whether an argument is `x[count.index]` or `x[each.key]` and nothing else; None where nobody knows."""
        block = self.of(modules, resource)
        text = block.written.get(attribute) if block is not None else None
        return None if text is None else BY_KEY.fullmatch("".join(text.split())) is not None
