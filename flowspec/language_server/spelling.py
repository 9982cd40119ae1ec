"""What a suggestion stands for -> how it is written, in HCL and in JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Protocol

from flowspec.language_server.cursor import CursorPlace
from flowspec.spec.converting import bare, quoted
from flowspec.spec.document import LABELLED

_KEY = re.compile(r"[A-Za-z_][\w-]*")


class Spelling(Protocol):
    """`block` and `inner_block` are snippets where they hold `$0`, at which the cursor is left."""

    def block(self, kind: str) -> str: ...
    def inner_block(self, kind: str) -> str: ...
    def argument(self, name: str) -> str: ...
    def text(self, text: str) -> str: ...
    def reference(self, address: str) -> str: ...


@dataclass(frozen=True, slots=True)
class HclSpelling:
    """In a text of HCL nothing but text is offered; a key of a map needs no quotes where it is a word."""

    place: CursorPlace

    def block(self, kind: str) -> str:
        label = ' "$1"' if kind in LABELLED else ""
        return f"{kind}{label} {{\n  $0\n}}"

    def inner_block(self, kind: str) -> str:
        return f"{kind} {{\n  $0\n}}"

    def argument(self, name: str) -> str:
        return f"{name} = "

    def text(self, text: str) -> str:
        inside = quoted(text)
        is_key = self.place.key == "" and _KEY.fullmatch(text)
        return inside if self.place.in_text or is_key else f'"{inside}"'

    def reference(self, address: str) -> str:
        return address


@dataclass(frozen=True, slots=True)
class JsonSpelling:
    """Where a quote stands before the cursor, an editor has written the other one behind it."""

    place: CursorPlace

    def block(self, kind: str) -> str:
        if self.place.quoted:
            return kind
        return f'"{kind}": {{\n  "$1": {{\n    $0\n  }}\n}}' if kind in LABELLED else f'"{kind}": {{\n  $0\n}}'

    def inner_block(self, kind: str) -> str:
        return kind if self.place.quoted else f'"{kind}": [\n  {{\n    $0\n  }}\n]'

    def argument(self, name: str) -> str:
        return name if self.place.quoted else f'"{name}": '

    def text(self, text: str) -> str:
        inside = json.dumps(bare(text), ensure_ascii=not text.isprintable())[1:-1]
        return inside if self.place.quoted else f'"{inside}"'

    def reference(self, address: str) -> str:
        if self.place.in_template:
            return address
        written = address if not address.startswith(("var.", "local.")) else f"${{{address}}}"
        return written if self.place.quoted else f'"{written}"'
