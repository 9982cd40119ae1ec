"""Locators -> Inventory: each source read into a Layer, the later laid over the earlier, all problems told at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flowspec.errors import SourceError, Where
from flowspec.model.collector import without_collector
from flowspec.model.inventory import Inventory, Origin
from flowspec.reading import misfit
from flowspec.sources.complete import complete
from flowspec.sources.files import Budget, paths
from flowspec.sources.jsontext import Document, document, refusal
from flowspec.sources.layer import Layer
from flowspec.sources.locate import locate, locate_all
from flowspec.sources.merge import merge
from flowspec.sources.notes import Notes
from flowspec.sources.registry import SCHEMES, describe, kind_of

if TYPE_CHECKING:
    from flowspec.model.live import Cloud

__all__ = ["MAX_INPUT", "load_inventory", "locate", "locate_all"]

MAX_INPUT = 2 * 1024**3


def load_inventory(locators: Sequence[str], max_input: int = MAX_INPUT, cloud: Cloud | None = None) -> Inventory:
    """The network that all sources tell together; SourceError with every fault of all of them.

    A locator is a file, a folder of JSON files, or `azure:SUBSCRIPTION`. `max_input` bounds the bytes of each source;
    `cloud` is the way to a live one, None the usual.
    """
    notes = Notes()
    with without_collector():
        layers = [read_source(locator, notes, max_input, cloud) for locator in locators]
        inventory = complete(merge((layer for layer, _ in layers), notes), (origin for _, origin in layers))
    if notes.errors:
        raise SourceError(list(notes.errors))
    return inventory


def read_source(locator: str, notes: Notes, max_input: int, cloud: Cloud | None) -> tuple[Layer, Origin]:
    """One source; what can't be read of it is noted."""
    layer, digest = Layer(notes=notes), hashlib.sha256()
    try:
        scheme = next((scheme for scheme in SCHEMES if locator.lower().startswith(scheme)), None)
        if scheme:
            return read_live(locator, document(SCHEMES[scheme](locator, cloud), locator), layer)
        read_files(locator, layer, digest, Budget(max_input))
    except SourceError as error:
        tell(error, notes)
    return layer, Origin(locator, f"sha256:{digest.hexdigest()}", layer.resources, layer.taken_at)


def read_live(locator: str, found: Document, layer: Layer) -> tuple[Layer, Origin]:
    """A snapshot that was taken just now; it brings its digest, which does not count the moment."""
    kind_of(found).read(found, layer)
    for words in layer.unread:
        layer.notes.warning(f"not read: {words}", "what hinges on it is unknown")
    for words in found.member("notes") or ():
        layer.notes.info(f"no answer: {words}", "the plan says where it rests on that")
    return layer, Origin(locator, str(found.member("digest")), layer.resources, layer.taken_at)


def tell(error: SourceError, notes: Notes) -> None:
    for problem in error.problems:
        notes.error(problem.summary, problem.detail, problem.where)


def read_files(locator: str, layer: Layer, digest: hashlib._Hash, budget: Budget) -> None:
    folder = Path(locator).is_dir()
    for path in paths(locator):
        if folder and (why := misfit(path)):
            layer.notes.error(why, "", Where(str(path)))
            continue
        try:
            data = budget.read(path)
            _add(digest, path, data, locator if folder else None)
            read_file(path, data, layer, named=not folder)
        except OSError as error:
            detail = describe() if not path.exists() else ""
            layer.notes.error(f"{error.strerror or error}", detail, Where(str(path)))
        except SourceError as error:
            tell(error, layer.notes)


def digest_of(locator: str, max_input: int = MAX_INPUT) -> str:
    """The digest of a file or folder as an inventory has it, without reading what it says."""
    digest, budget = hashlib.sha256(), Budget(max_input)
    folder = Path(locator).is_dir()
    for path in paths(locator):
        _add(digest, path, budget.read(path), locator if folder else None)
    return f"sha256:{digest.hexdigest()}"


def _add(digest: hashlib._Hash, path: Path, data: bytes, folder: str | None) -> None:
    """A file to a digest; of a folder's, with its name there."""
    digest.update(f"{path.relative_to(folder).as_posix()}\0{len(data)}\0".encode() if folder is not None else b"")
    digest.update(data)


def read_file(path: Path, data: bytes, layer: Layer, *, named: bool) -> None:
    """One file. A stranger among the files of a folder is told, one that was named is an error."""
    before = layer.resources
    found = document(data, str(path))
    strangers = kind_of(found).read(found, layer)
    if strangers and layer.resources == before:
        if named:
            raise refusal("nothing in the file is an Azure resource", describe(), Where(str(path)))
        layer.notes.info("nothing in the file is an Azure resource: left out", describe(), Where(str(path)))
    elif strangers:
        summary = f"{strangers} values in the file are no Azure resources: left out"
        layer.notes.warning(summary, "a resource has the id that Azure gave it", Where(str(path)))
