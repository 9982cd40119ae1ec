"""The server: what an editor asks, answered from the spec as it stands in it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from flowspec.errors import FlowspecError, Problem, Severity, SpecError
from flowspec.language_server.completing import suggestions
from flowspec.language_server.cursor import place_of
from flowspec.language_server.folder import EditedFolders, OpenSpec
from flowspec.language_server.hovering import Hovering
from flowspec.language_server.json_cursor import json_place_of
from flowspec.language_server.names import NameUse, use_at, uses_of
from flowspec.language_server.places import EditorPlaces, path_of, uri_of
from flowspec.language_server.spelling import HclSpelling, JsonSpelling
from flowspec.model.inventory import Inventory
from flowspec.spec.document import BAD_NAME, is_name
from flowspec.spec.fmt import formatted
from flowspec.spec.source import SpecText
from flowspec.version import __version__

PAUSE = 0.15
"""Seconds without a key after which a spec is read again."""
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
_KINDS = {
    "block": types.CompletionItemKind.Module,
    "argument": types.CompletionItemKind.Property,
    "word": types.CompletionItemKind.EnumMember,
    "reference": types.CompletionItemKind.Reference,
    "network": types.CompletionItemKind.Value,
}


class SpecServer(LanguageServer):
    """Holds what is open, and answers one editor."""

    def __init__(self, folders: EditedFolders) -> None:
        super().__init__("flowspec", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.folders = folders
        self.uris: dict[Path, str] = {}
        self.marked: dict[Path, set[str]] = {}
        """Of each folder, the files with problems that the editor shows."""
        self.waiting: dict[Path, asyncio.Task[None]] = {}
        self.reading = asyncio.Lock()

    def opened(self, uri: str) -> None:
        """A text was opened or changed: its spec is read once no key is pressed for a moment."""
        path = path_of(uri)
        if path is None:
            return
        self.uris[path] = uri
        self.folders.texts[path] = self.workspace.get_text_document(uri).source.removeprefix("\ufeff")
        self.look_later(path)

    def closed(self, uri: str) -> None:
        """A text was closed: what is saved counts again."""
        path = path_of(uri)
        if path is not None and self.folders.texts.pop(path, None) is not None:
            self.uris.pop(path, None)
            self.look_later(path)

    def look_later(self, path: Path) -> None:
        if (before := self.waiting.get(path.parent)) is not None:
            before.cancel()
        self.waiting[path.parent] = asyncio.get_running_loop().create_task(self._look(path))

    async def _look(self, path: Path) -> None:
        await asyncio.sleep(PAUSE)
        self.publish(path, self.folders.spec_of(path))

    def publish(self, path: Path, found: OpenSpec) -> None:
        """Every problem at its place; files without any are cleared."""
        by_file: dict[str, list[types.Diagnostic]] = {source.path: [] for source in found.sources}
        for problem in found.problems:
            file = problem.where.file if problem.where else str(path)
            by_file.setdefault(file, []).append(self._diagnostic(found, problem))
        shown = self.marked.get(path.parent, set())
        for file in {*by_file, *shown}:
            told = by_file.get(file, [])
            if told or file in shown or Path(file) in self.uris:
                self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(self.uri(file), told))
        self.marked[path.parent] = {file for file, told in by_file.items() if told}

    def _diagnostic(self, found: OpenSpec, problem: Problem) -> types.Diagnostic:
        source = found.source(Path(problem.where.file)) if problem.where else None
        place = types.Range(types.Position(0, 0), types.Position(0, 0))
        if problem.where and source is not None:
            place = self.places(source).marked(problem.where)
        return types.Diagnostic(
            range=place,
            message=f"{problem.summary}\n{problem.detail}".rstrip(),
            severity=_SEVERITIES[problem.severity],
            source="flowspec",
        )

    def uri(self, file: str) -> str:
        return self.uris.get(Path(file)) or uri_of(file)

    def places(self, source: SpecText) -> EditorPlaces:
        return EditorPlaces(source.text, self.workspace.position_codec)

    def asked(self, uri: str, position: types.Position) -> tuple[OpenSpec, SpecText, int] | None:
        """The spec, the file and the place in it that a request is about."""
        path = path_of(uri)
        found = self.folders.spec_of(path) if path is not None else None
        source = found.source(path) if found is not None and path is not None else None
        if found is None or source is None:
            return None
        return found, source, self.places(source).offset(position)

    async def network(self, found: OpenSpec) -> Inventory | None:
        """The inventory, read aside; None where there is none that can be read."""
        async with self.reading:
            try:
                return await asyncio.to_thread(self.folders.network, found)
            except (FlowspecError, OSError):
                return None

    def named(self, uri: str, position: types.Position) -> tuple[OpenSpec, NameUse] | None:
        """The name at a place."""
        asked = self.asked(uri, position)
        use = use_at(uses_of(asked[1]), asked[2]) if asked is not None else None
        return (asked[0], use) if asked is not None and use is not None else None

    def everywhere(self, found: OpenSpec, name: NameUse) -> list[tuple[types.Location, NameUse]]:
        """Where a name is written in the spec."""
        return [
            (types.Location(self.uri(source.path), self.places(source).range(use.at, use.end)), use)
            for source in found.sources
            for use in uses_of(source)
            if (use.kind, use.name) == (name.kind, name.name)
        ]


def serve(folders: EditedFolders) -> None:
    """Answers on standard input and output until the editor ends it."""
    server_of(folders).start_io()


def server_of(folders: EditedFolders) -> SpecServer:
    """A server with everything that it answers."""
    server = SpecServer(folders)
    _follow_texts(server)
    _help_writing(server)
    _find_names(server)
    return server


def _follow_texts(server: SpecServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        server.opened(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        server.opened(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.closed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(params: types.DidSaveTextDocumentParams) -> None:
        if (path := path_of(params.text_document.uri)) is not None:
            server.look_later(path)


def _help_writing(server: SpecServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[".", '"']))
    async def complete(params: types.CompletionParams) -> list[types.CompletionItem]:
        asked = server.asked(params.text_document.uri, params.position)
        if asked is None:
            return []
        found, source, at = asked
        place = (json_place_of if source.is_json else place_of)(source.text, at)
        if place is None:
            return []
        uses = [use for one in found.sources for use in uses_of(one)]
        replaced = server.places(source).range(place.start, at)
        spelling = JsonSpelling(place) if source.is_json else HclSpelling(place)
        offered = suggestions(place, spelling, uses, await server.network(found))
        return [
            types.CompletionItem(
                label=one.label,
                kind=_KINDS[one.kind],
                documentation=one.about or None,
                filter_text=one.text if one.kind in ("network", "word") else one.label,
                sort_text=f"{number:04}",
                insert_text_format=types.InsertTextFormat.Snippet if one.is_snippet else None,
                text_edit=types.TextEdit(replaced, one.text),
            )
            for number, one in enumerate(offered)
        ]

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        asked = server.asked(params.text_document.uri, params.position)
        if asked is None:
            return None
        found, source, at = asked
        hovering = Hovering(found=found, network=lambda: server.folders.network(found), today=datetime.now(UTC).date())
        async with server.reading:
            told = await asyncio.to_thread(hovering.at, source, at)
        if told is None:
            return None
        content = types.MarkupContent(types.MarkupKind.PlainText, told.text)
        return types.Hover(content, server.places(source).range(told.start, told.end))

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    async def lay_out(params: types.DocumentFormattingParams) -> list[types.TextEdit]:
        source = SpecText(
            str(path_of(params.text_document.uri) or params.text_document.uri),
            server.workspace.get_text_document(params.text_document.uri).source,
        )
        try:
            text = formatted(source)
        except SpecError:
            return []
        whole = server.places(source).range(0, len(source.text))
        return [types.TextEdit(whole, text)] if text != source.text else []


def _find_names(server: SpecServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> list[types.Location]:
        named = server.named(params.text_document.uri, params.position)
        return [place for place, use in server.everywhere(*named) if use.declares] if named else []

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def references(params: types.ReferenceParams) -> list[types.Location]:
        named = server.named(params.text_document.uri, params.position)
        with_declaration = params.context.include_declaration
        return [p for p, use in server.everywhere(*named) if with_declaration or not use.declares] if named else []

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    async def may_rename(params: types.PrepareRenameParams) -> types.Range | None:
        asked = server.asked(params.text_document.uri, params.position)
        use = use_at(uses_of(asked[1]), asked[2]) if asked is not None else None
        if asked is None or use is None or not any(one.declares for _, one in server.everywhere(asked[0], use)):
            return None
        return server.places(asked[1]).range(use.at, use.end)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    async def rename(params: types.RenameParams) -> types.WorkspaceEdit:
        named = server.named(params.text_document.uri, params.position)
        uses = server.everywhere(*named) if named else []
        if named is None or not any(use.declares for _, use in uses):
            raise JsonRpcInvalidParams("There is no name here that the spec declares.")
        found, use = named
        new = params.new_name
        if not is_name(new):
            raise JsonRpcInvalidParams(BAD_NAME)
        taken = any(u.declares and (u.kind, u.name) == (use.kind, new) for s in found.sources for u in uses_of(s))
        if new != use.name and taken:
            raise JsonRpcInvalidParams(f"{use.kind}.{new} is already declared.")
        changes: dict[str, list[types.TextEdit]] = {}
        for place, _ in uses:
            changes.setdefault(place.uri, []).append(types.TextEdit(place.range, new))
        return types.WorkspaceEdit(changes=changes)
