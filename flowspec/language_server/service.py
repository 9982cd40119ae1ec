"""The server: what an editor asks, answered from the spec as it stands in it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from flowspec.errors import FlowspecError, Problem, Severity, SpecError
from flowspec.language_server.completing import asks_network, suggestions
from flowspec.language_server.folder import EditedFolders, OpenSpec
from flowspec.language_server.hovering import Hovering
from flowspec.language_server.names import NameUse, TextNames
from flowspec.language_server.places import EditorPlaces, path_of, uri_of
from flowspec.language_server.spelling import HclSpelling, JsonSpelling
from flowspec.model.inventory import Inventory
from flowspec.spec.document import BAD_NAME, is_name
from flowspec.spec.fmt import formatted
from flowspec.spec.source import SpecText
from flowspec.version import __version__

PAUSE = 0.15
"""Seconds without a key after which a spec is read again."""
PATIENCE = 0.2
"""Seconds that a completion waits for the network; until it is there, the rest is offered."""
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


@dataclass(frozen=True, slots=True)
class EditorQuestion:
    """What a request is about: the texts of a spec, and a place in one of them."""

    path: Path
    texts: tuple[TextNames, ...]
    text: TextNames
    at: int

    @property
    def use(self) -> NameUse | None:
        """The name at the place."""
        return self.text.at(self.at)


class SpecServer(LanguageServer):
    """Holds what is open, and answers one editor."""

    def __init__(self, folders: EditedFolders) -> None:
        super().__init__("flowspec", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.folders = folders
        self.uris: dict[Path, str] = {}
        self.marked: dict[Path, set[str]] = {}
        """Of each folder, the files with problems that the editor shows."""
        self.waiting: dict[Path, asyncio.Task[None]] = {}
        self.reading: set[asyncio.Task[Inventory | None]] = set()

    def opened(self, uri: str) -> None:
        """A text was opened or changed: its spec is read once no key is pressed for a moment."""
        path = path_of(uri)
        if path is None:
            return
        self.uris[path] = uri
        text = self.workspace.get_text_document(uri).source.removeprefix("\ufeff")
        self.folders.texts[path] = SpecText(str(path), text)
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
        is_first = self.folders.known(path) is None
        self.publish(path, await asyncio.to_thread(self.folders.spec_of, path))
        if is_first:
            self.network_soon(path)

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

    def asked(self, uri: str, position: types.Position) -> EditorQuestion | None:
        """The spec, the file and the place in it that a request is about."""
        path = path_of(uri)
        if path is None:
            return None
        texts = tuple(self.folders.names(source) for source in self.folders.sources(path))
        text = next((one for one in texts if one.source.path == str(path)), None)
        return (
            EditorQuestion(path, texts, text, self.places(text.source).offset(position)) if text is not None else None
        )

    async def network(self, path: Path) -> Inventory | None:
        """The inventory of a spec; None where there is none that can be read."""
        found = self.folders.known(path)
        if found is None:
            found = await asyncio.to_thread(self.folders.spec_of, path)
        try:
            return await asyncio.to_thread(self.folders.network, found.inventory)
        except (FlowspecError, OSError):
            return None

    def network_soon(self, path: Path) -> asyncio.Task[Inventory | None]:
        """Begins to read it; nobody has to wait."""
        task = asyncio.get_running_loop().create_task(self.network(path))
        self.reading.add(task)
        task.add_done_callback(self.reading.discard)
        return task

    def everywhere(self, asked: EditorQuestion, name: NameUse) -> list[tuple[types.Location, NameUse]]:
        """Where a name is written in the spec."""
        return [
            (types.Location(self.uri(text.source.path), self.places(text.source).range(use.at, use.end)), use)
            for text in asked.texts
            for use in text.uses
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
    async def complete(params: types.CompletionParams) -> types.CompletionList:
        asked = server.asked(params.text_document.uri, params.position)
        place = asked.text.place(asked.at) if asked is not None else None
        if asked is None or place is None:
            return types.CompletionList(is_incomplete=False, items=[])
        source, inventory, is_read = asked.text.source, None, True
        if asks_network(place):
            reading = server.network_soon(asked.path)
            is_read = bool((await asyncio.wait({reading}, timeout=PATIENCE))[0])
            inventory = reading.result() if is_read else None
        replaced = server.places(source).range(place.start, asked.at)
        spelling = JsonSpelling(place) if source.is_json else HclSpelling(place)
        names = (name for text in asked.texts for name in text.declared())
        offer = suggestions(place, spelling, names, inventory, source.text[place.start : asked.at])
        items = [
            types.CompletionItem(
                label=one.label,
                kind=_KINDS[one.kind],
                documentation=one.about or None,
                filter_text=one.text if one.kind in ("network", "word") else one.label,
                sort_text=f"{number:04}",
                insert_text_format=types.InsertTextFormat.Snippet if one.is_snippet else None,
                text_edit=types.TextEdit(replaced, one.text),
            )
            for number, one in enumerate(offer.suggestions)
        ]
        return types.CompletionList(is_incomplete=not (offer.is_whole and is_read), items=items)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        asked = server.asked(params.text_document.uri, params.position)
        if asked is None:
            return None
        folders, path = server.folders, asked.path
        hovering = Hovering(
            names=asked.texts,
            spec=lambda: folders.spec_of(path).spec,
            network=lambda: folders.network(folders.spec_of(path).inventory),
            today=datetime.now(UTC).date(),
        )
        told = await asyncio.to_thread(hovering.at, asked.text, asked.at)
        if told is None:
            return None
        content = types.MarkupContent(types.MarkupKind.PlainText, told.text)
        return types.Hover(content, server.places(asked.text.source).range(told.start, told.end))

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
    def written(params: types.DefinitionParams | types.ReferenceParams) -> list[tuple[types.Location, NameUse]]:
        """Where the name at a place is written."""
        asked = server.asked(params.text_document.uri, params.position)
        return server.everywhere(asked, asked.use) if asked is not None and asked.use is not None else []

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def definition(params: types.DefinitionParams) -> list[types.Location]:
        return [place for place, use in written(params) if use.declares]

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def references(params: types.ReferenceParams) -> list[types.Location]:
        with_declaration = params.context.include_declaration
        return [place for place, use in written(params) if with_declaration or not use.declares]

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    async def may_rename(params: types.PrepareRenameParams) -> types.Range | None:
        asked = server.asked(params.text_document.uri, params.position)
        if (
            asked is None
            or asked.use is None
            or not any(use.declares for _, use in server.everywhere(asked, asked.use))
        ):
            return None
        return server.places(asked.text.source).range(asked.use.at, asked.use.end)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    async def rename(params: types.RenameParams) -> types.WorkspaceEdit:
        asked = server.asked(params.text_document.uri, params.position)
        use = asked.use if asked is not None else None
        uses = server.everywhere(asked, use) if asked is not None and use is not None else []
        if asked is None or use is None or not any(one.declares for _, one in uses):
            raise JsonRpcInvalidParams("There is no name here that the spec declares.")
        new = params.new_name
        if not is_name(new):
            raise JsonRpcInvalidParams(BAD_NAME)
        taken = any((use.kind, new) in text.declared() for text in asked.texts)
        if new != use.name and taken:
            raise JsonRpcInvalidParams(f"{use.kind}.{new} is already declared.")
        changes: dict[str, list[types.TextEdit]] = {}
        for place, _ in uses:
            changes.setdefault(place.uri, []).append(types.TextEdit(place.range, new))
        return types.WorkspaceEdit(changes=changes)
