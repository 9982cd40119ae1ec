"""An editor: pygls' own client, and one `flowspec lsp` that all tests of a file share."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.lsp.client import LanguageClient

T = TypeVar("T")
CURSOR = "¦"


class Editor:
    """Opens texts that hold a cursor (`¦`), and asks about the place where it stands."""

    def __init__(self, *arguments: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.client = LanguageClient("tests", "1")
        self.shown: dict[str, list[types.Diagnostic]] = {}
        self.times: dict[str, int] = {}
        self.versions: dict[str, int] = {}
        self.told = asyncio.Event()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.shown[params.uri] = list(params.diagnostics)
            self.times[params.uri] = self.times.get(params.uri, 0) + 1
            self.told.set()

        command = ["-m", "flowspec", "lsp", *arguments]
        self.run(self.client.start_io(sys.executable, *command))
        asked = types.InitializeParams(capabilities=types.ClientCapabilities(), process_id=None, root_uri=None)
        self.capabilities = self.run(self.client.initialize_async(asked)).capabilities
        self.client.initialized(types.InitializedParams())

    def run(self, waited: Awaitable[T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(waited, 60))

    def close(self) -> None:
        self.run(self.client.shutdown_async(None))
        self.client.exit(None)
        self.run(self.client.stop())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def write(self, file: Path, text: str) -> tuple[types.TextDocumentIdentifier, types.Position]:
        """Shows a text as a file's; where its cursor stands is given back."""
        uri, before = file.as_uri(), text.partition(CURSOR)[0]
        text = text.replace(CURSOR, "")
        version = self.versions[uri] = self.versions.get(uri, 0) + 1
        if version == 1:
            item = types.TextDocumentItem(uri, "flowspec", version, text)
            self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        else:
            self.client.text_document_did_change(
                types.DidChangeTextDocumentParams(
                    types.VersionedTextDocumentIdentifier(version, uri),
                    [types.TextDocumentContentChangeWholeDocument(text)],
                )
            )
        line = before.rpartition("\n")[2]
        position = types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)
        return types.TextDocumentIdentifier(uri), position

    def problems(self, file: Path, text: str) -> list[types.Diagnostic]:
        """What is shown for a text once it has been looked at."""
        before = self.times.get(file.as_uri(), 0)
        self.write(file, text)
        self.run(self._next(file.as_uri(), before))
        return self.shown[file.as_uri()]

    async def _next(self, uri: str, before: int) -> None:
        while self.times.get(uri, 0) == before:
            self.told.clear()
            await self.told.wait()

    def completion(self, file: Path, text: str) -> dict[str, types.CompletionItem]:
        """What is offered, once the network has been read."""
        place = self.write(file, text)
        while (found := self.offered(*place)).is_incomplete:
            pass
        return {item.label: item for item in found.items}

    def offered(self, document: types.TextDocumentIdentifier, position: types.Position) -> types.CompletionList:
        found: Any = self.run(self.client.text_document_completion_async(types.CompletionParams(document, position)))
        assert isinstance(found, types.CompletionList)
        return found

    def completed(self, file: Path, text: str, label: str) -> str:
        """The text once a suggestion is taken."""
        edit = self.completion(file, text)[label].text_edit
        assert isinstance(edit, types.TextEdit)
        return applied(text.replace(CURSOR, ""), [edit])

    def hover(self, file: Path, text: str) -> str:
        found = self.run(self.client.text_document_hover_async(types.HoverParams(*self.write(file, text))))
        if found is None:
            return ""
        assert isinstance(found.contents, types.MarkupContent)
        assert found.contents.kind == types.MarkupKind.PlainText
        return found.contents.value


def applied(text: str, edits: list[types.TextEdit]) -> str:
    """A text with edits made, which count in UTF-16."""
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda one: (one.range.start.line, one.range.start.character), reverse=True):
        start, end = edit.range.start, edit.range.end
        head = lines[start.line].encode("utf-16-le")[: 2 * start.character].decode("utf-16-le")
        tail = lines[end.line].encode("utf-16-le")[2 * end.character :].decode("utf-16-le")
        lines[start.line : end.line + 1] = [head + edit.new_text + tail]
    return "\n".join(lines)
