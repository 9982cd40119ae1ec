"""Paths and variable values -> `Spec`: read, parse, evaluate, check, lower. Every problem is told at once."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from flowspec.errors import Problem, SpecError
from flowspec.model.collector import without_collector
from flowspec.model.spec import Spec, SpecFile
from flowspec.spec import document, lower, variables
from flowspec.spec.declared import EFFECTS, declared_flows, read_declared
from flowspec.spec.expressions import REFERABLE, NameScope
from flowspec.spec.form import evaluated
from flowspec.spec.ignores import ignores_in
from flowspec.spec.names import Names
from flowspec.spec.source import SpecFiles, SpecText
from flowspec.spec.values import Value, to_json

KINDS = (*document.ONCE, "variable", "service", "group", "intent", "boundary", "exception", "assume")
_FRAMES = 3000
"""Calls on the stack: about five for each of `MAX_DEPTH` levels, and those of the caller."""


def load(
    paths: Sequence[Path | str],
    given: Mapping[str, str],
    variable_files: Sequence[Path],
    environment: Mapping[str, str],
    files: SpecFiles,
    declared: Path | None = None,
) -> Spec:
    with made_for_trees(), without_collector():
        return _load(paths, given, variable_files, environment, files, declared)


@contextmanager
def made_for_trees() -> Iterator[None]:
    """Room for values that nest as deep as they may."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _load(
    paths: Sequence[Path | str],
    given: Mapping[str, str],
    variable_files: Sequence[Path],
    environment: Mapping[str, str],
    files: SpecFiles,
    declared: Path | None = None,
) -> Spec:
    problems: list[Problem] = []
    named = files.find(paths, problems) if paths or declared is None else []
    sources = [source for file in named if (source := files.read(file, problems)) is not None]
    found = document.read(sources)
    change = files.read(declared, problems) if declared is not None else None
    for problem in problems:
        found.lose(problem)
    scope = scope_of(found, given, variable_files, environment, files)
    forms = evaluated(found, scope, KINDS)
    spec = lower.spec(forms, scope.named)
    if change is not None:
        read_declared(change, found)
        flows, groups = declared_flows(evaluated(found, scope, EFFECTS), scope.named, lower.services(forms))
        spec = replace(spec, declared=flows, groups={**spec.groups, **groups})
    _stop_on(found)
    ignores, unread = ignores_in(sources)
    return replace(
        spec,
        ignores=ignores,
        problems=(*spec.problems, *unread),
        files=tuple(SpecFile(source.path, source.digest) for source in sources),
        digest=_digest(sources, scope.variables),
    )


def _stop_on(found: document.SpecDocument) -> None:
    if found.problems:
        ordered = sorted(
            found.problems, key=lambda p: (p.where.file, p.where.line, p.where.column) if p.where else ("", 0, 0)
        )
        raise SpecError(list(dict.fromkeys(ordered)))


def scope_of(
    found: document.SpecDocument,
    given: Mapping[str, str],
    variable_files: Sequence[Path],
    environment: Mapping[str, str],
    files: SpecFiles,
) -> NameScope:
    """Variables, locals and names of blocks. What is wrong with them is added to the problems."""
    kinds = {"var": "variable", "local": "locals", **{kind: kind for kind in REFERABLE}}
    named = {word: Names(found.blocks[kind], not found.is_partial) for word, kind in kinds.items()}
    named["group"] = Names([*found.blocks["group"], *lower.PREDECLARED], not found.is_partial)
    scope = NameScope(named=named)
    variables.check_declared(given, found, "-var")
    values: dict[str, Value] = variables.from_files(variable_files, found, scope, files)
    from_environment = variables.from_environment(environment)
    texts = {name: text for name, text in from_environment.items() if name not in values} | dict(given)
    variables.set_variables(found, values, texts, scope)
    variables.set_locals(found, scope)
    return scope


def _digest(sources: Sequence[SpecText], values: Mapping[str, Value]) -> str:
    """Over the contents of the files, in order, and the values of the variables."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.digest.encode())
    digest.update(json.dumps({name: to_json(value) for name, value in values.items()}, sort_keys=True).encode())
    return "sha256:" + digest.hexdigest()
