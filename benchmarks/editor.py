"""`flowspec lsp` over its protocol, while a large spec is typed at: how long an editor waits for an answer."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from benchmarks.estate import Shape, estate
from benchmarks.timing import Row

SHAPE = Shape(5_000, 150, 3_000, 100)
_TIMES = 15
_TYPED = '\nintent "typed" {\n  from = [group.app-1'
_REST = ']\n  to = [group.any]\n  protocol = "Tcp"\n  expect = "Allow"\n}\n'


def run(seed: int) -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        spec, network = estate(Path(folder), SHAPE, seed)
        took = asyncio.run(_measured(spec, network))
    where = f"in a spec of {SHAPE.intents:,} intents over {SHAPE.nics:,} NICs"
    for what, seconds in took.items():
        middle, most = statistics.median(seconds) * 1000, max(seconds) * 1000
        told = f"{middle:.0f} ms, at most {most:.0f} ms"
        yield Row(f"{what} {where}, wall", told, goal="< 300 ms", met=middle < 300)


class _Editor:
    """One that has a file open, and has changed it so many times."""

    def __init__(self, file: Path) -> None:
        self.uri, self.text, self.version = file.as_uri(), file.read_text("utf-8"), 1
        self.client = LanguageClient("benchmarks", "1")
        self.told = asyncio.Event()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(_: types.PublishDiagnosticsParams) -> None:
            self.told.set()

    async def open(self, network: Path) -> None:
        """And wait until all of it has been read."""
        await self.client.start_io(sys.executable, "-m", "flowspec", "lsp", "-i", str(network))
        await self.client.initialize_async(types.InitializeParams(types.ClientCapabilities()))
        self.client.initialized(types.InitializedParams())
        item = types.TextDocumentItem(self.uri, "flowspec", self.version, self.text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        await self.told.wait()
        await self.hover(self.text.index("select {") + 1)

    async def close(self) -> None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()

    def write(self, text: str) -> None:
        self.text, self.version = text, self.version + 1
        self.told.clear()
        changed = types.TextDocumentContentChangeWholeDocument(text)
        document = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [changed]))

    def place(self, at: int) -> tuple[types.TextDocumentIdentifier, types.Position]:
        line = self.text.count("\n", 0, at)
        return types.TextDocumentIdentifier(self.uri), types.Position(line, at - self.text.rfind("\n", 0, at) - 1)

    async def complete(self, at: int) -> None:
        found = await self.client.text_document_completion_async(types.CompletionParams(*self.place(at)))
        assert isinstance(found, types.CompletionList) and found.items

    async def hover(self, at: int) -> None:
        found = await self.client.text_document_hover_async(types.HoverParams(*self.place(at)))
        assert found is not None


async def _measured(spec: Path, network: Path) -> dict[str, list[float]]:
    editor = _Editor(spec)
    await editor.open(network)
    before = editor.text
    took: dict[str, list[float]] = {}
    for word, typed, rest in (("a reference", _TYPED, _REST), ("a name of the network", *_selected())):
        place = len(before) + len(typed)
        for pause in (0.0, 0.3):
            asked = f"completion of {word}, {'with its key' if not pause else 'while the spec is checked'}"
            took[asked] = [await _typed(editor, before + typed + rest, pause, place) for _ in range(_TIMES)]
    for word in ("select {", "group.app-", 'intent "i-0'):
        took[f"hover of {word.split('.')[0].split()[0]}"] = [
            await _timed(editor.hover(editor.text.index(word) + 7 * (word[0] != "s") + 1)) for _ in range(_TIMES)
        ]
    await editor.close()
    return took


def _selected() -> tuple[str, str]:
    return '\ngroup "typed" {\n  select {\n    nic = "nic-0012', '"\n  }\n}\n'


async def _typed(editor: _Editor, text: str, pause: float, at: int) -> float:
    """The seconds of a completion, so long after a key that changes the text."""
    editor.write(text + "# " + "x" * (editor.version % 7) + "\n")
    await asyncio.sleep(pause)
    took = await _timed(editor.complete(at))
    await editor.told.wait()
    return took


async def _timed(answer: Awaitable[None]) -> float:
    start = time.perf_counter()
    await answer
    return time.perf_counter() - start
