"""Locators -> Inventory: each source read into a Contribution, applied in order, all problems told at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from flowspec.errors import Problem, SourceError, Where
from flowspec.model.collector import without_collector
from flowspec.model.inventory import Inventory, Origin
from flowspec.model.templates import NO_TEMPLATES, TemplateOptions
from flowspec.reading import misfit
from flowspec.sources.bicep import compiled, compiled_parameters, is_bicep, is_bicep_parameters, of_compiler
from flowspec.sources.complete import complete
from flowspec.sources.contribution import Contribution, Documents
from flowspec.sources.files import Budget, paths
from flowspec.sources.jsontext import JsonText, document, refusal
from flowspec.sources.locate import locate, locate_all
from flowspec.sources.merge import merge
from flowspec.sources.notes import Notes
from flowspec.sources.registry import SCHEMES, describe, kind_of
from flowspec.sources.relaxed import readable
from flowspec.sources.templates import is_parameters, is_template

if TYPE_CHECKING:
    from flowspec.model.live import Cloud

__all__ = ["MAX_INPUT", "load_inventory", "load_with_documents", "locate", "locate_all"]

MAX_INPUT = 2 * 1024**3
NAME_TEMPLATE = "--parameters belongs to the template before it: -i FOLDER/main.json --parameters FILE"
PARAMETERS = (
    'it has "$schema": "…/deploymentParameters.json#"; bicep build-params FILE writes one of a .bicepparam file'
)


def load_inventory(
    locators: Sequence[str],
    max_input: int = MAX_INPUT,
    cloud: Cloud | None = None,
    templates: TemplateOptions = NO_TEMPLATES,
) -> Inventory:
    """The network that all sources tell together; SourceError with every fault of all of them.

    A locator is a file, a folder of JSON files, or `azure:SUBSCRIPTION`. `max_input` bounds the bytes of each source;
    `cloud` is the way to a live one, None the usual. `templates` says how ARM templates are deployed.
    """
    return _load(locators, max_input, cloud, None, templates)


def load_with_documents(
    locators: Sequence[str], max_input: int = MAX_INPUT, templates: TemplateOptions = NO_TEMPLATES
) -> tuple[Inventory, Documents]:
    """The network, and its resources and service tags as they stand in the sources; the later counts."""
    documents = Documents()
    return _load(locators, max_input, None, documents, templates), documents


def _load(
    locators: Sequence[str],
    max_input: int,
    cloud: Cloud | None,
    documents: Documents | None,
    templates: TemplateOptions,
) -> Inventory:
    notes = Notes()
    with without_collector():
        raw = documents is not None
        found: list[Contribution] = []
        for number, locator in enumerate(locators):
            into = Contribution(notes=notes, raw=Documents() if raw else None, below=tuple(found), templates=templates)
            found.append(read_source(locator, into, max_input, cloud, templates.parameters.get(number, ())))
        for one in found:
            if documents is not None and one.raw is not None:
                documents.resources.update(one.raw.resources)
                documents.tags.update(one.raw.tags)
        inventory = complete(merge(found, notes), _origins(found))
    if notes.errors:
        raise SourceError([veiled(problem, inventory.sensitive) for problem in notes.errors])
    return inventory


def veiled(problem: Problem, secrets: frozenset[str]) -> Problem:
    """A problem without the values that a source calls sensitive."""
    summary, detail = problem.summary, problem.detail
    for text in sorted(secrets, key=len, reverse=True):
        summary, detail = summary.replace(text, "(sensitive)"), detail.replace(text, "(sensitive)")
    return replace(problem, summary=summary, detail=detail)


def _origins(found: Iterable[Contribution]) -> Iterator[Origin]:
    """The sources in their order, each with its parameter files."""
    for one in found:
        yield from (one.origin,) if one.origin is not None else ()
        yield from one.beside


def read_source(
    locator: str, into: Contribution, max_input: int, cloud: Cloud | None, parameter_files: Sequence[str] = ()
) -> Contribution:
    """What one source contributes; what can't be read of it is noted."""
    digest = hashlib.sha256()
    try:
        read_parameters(parameter_files, into, max_input)
        scheme = next((scheme for scheme in SCHEMES if locator.lower().startswith(scheme)), None)
        if parameter_files and (scheme or Path(locator).is_dir()):
            raise refusal("it is given parameters and is no template", NAME_TEMPLATE, Where(locator))
        if scheme:
            read_live(locator, document(SCHEMES[scheme](locator, cloud), locator), into)
            return into
        into.budget = Budget(max_input)
        read_files(locator, into, digest)
    except SourceError as error:
        tell(error, into.notes)
    into.origin = Origin(locator, f"sha256:{digest.hexdigest()}", into.resources, into.taken_at)
    return into


def read_parameters(files: Sequence[str], into: Contribution, max_input: int) -> None:
    """The parameter files of a source, the later over the earlier; SourceError for one that can't be read."""
    for file in files:
        digest, data = hashlib.sha256(), read_bytes(file, max_input)
        path = Path(file)
        found = of_compiler(readable(path, compiled_parameters(path) if is_bicep_parameters(path) else data))
        if not is_parameters(found):
            raise refusal("the file holds no parameters of a template", PARAMETERS, Where(file))
        _add(digest, path, data, None)
        into.parameter_files += (found,)
        into.beside += (Origin(file, f"sha256:{digest.hexdigest()}", 0),)


def read_bytes(file: str, max_input: int) -> bytes:
    try:
        return Budget(max_input).read(Path(file))
    except OSError as error:
        raise refusal(f"{error.strerror or error}", "", Where(file)) from None


def read_live(locator: str, found: JsonText, into: Contribution) -> None:
    """A snapshot that was taken just now; it brings its digest, which does not count the moment."""
    kind_of(found).read(found, into)
    for words in into.unread:
        into.notes.warning(f"not read: {words}", "what hinges on it is unknown")
    for words in found.member("notes") or ():
        into.notes.info(f"no answer: {words}", "the plan says where it rests on that")
    into.origin = Origin(locator, str(found.member("digest")), into.resources, into.taken_at)


def tell(error: SourceError, notes: Notes) -> None:
    for problem in error.problems:
        notes.error(problem.summary, problem.detail, problem.where)


def read_files(locator: str, into: Contribution, digest: hashlib._Hash) -> None:
    """A file, or every JSON file of a folder, in a fixed order; one that cannot be read is noted."""
    folder = Path(locator).is_dir()
    for path in paths(locator):
        if folder and (why := misfit(path)):
            into.notes.error(why, "", Where(str(path)))
            continue
        try:
            data = into.budget.read(path)
            _add(digest, path, data, locator if folder else None)
            read_file(path, compiled(path) if is_bicep(path) else data, into, named=not folder)
        except OSError as error:
            detail = describe() if not path.exists() else ""
            into.notes.error(f"{error.strerror or error}", detail, Where(str(path)))
        except SourceError as error:
            tell(error, into.notes)


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


def read_file(path: Path, data: bytes, into: Contribution, *, named: bool) -> None:
    """One file. A stranger among the files of a folder is told, one that was named is an error."""
    before = into.resources
    found = readable(path, data)
    if into.parameter_files and not is_template(found):
        raise refusal("it is given parameters and is no template", NAME_TEMPLATE, Where(str(path)))
    strangers = kind_of(found).read(found, into)
    if strangers and into.resources == before:
        if named:
            raise refusal("nothing in the file is an Azure resource", describe(), Where(str(path)))
        into.notes.info("nothing in the file is an Azure resource: left out", describe(), Where(str(path)))
    elif strangers:
        summary = f"{strangers} values in the file are no Azure resources: left out"
        into.notes.warning(summary, "a resource has the id that Azure gave it", Where(str(path)))
