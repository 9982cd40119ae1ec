"""Files of a spec -> `Spec`, in HCL and in JSON: two spellings of one language."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from flowspec.errors import Problem
from flowspec.model.spec import Spec
from flowspec.revision import Revision


def load_spec(
    paths: Sequence[Path | str],
    variables: Mapping[str, str] | None = None,
    variable_files: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
    revision: Revision | None = None,
    declared: Path | None = None,
) -> Spec:
    """The spec in files and folders (`*.flow.hcl`, `*.flow.json`; not their subfolders), read as one.

    Values of variables: `variables` (-var, texts) before `variable_files` before `FLOWSPEC_VAR_x` of `environment`
    (None: that of the process) before defaults. `revision`: the files are read as it holds them; `declared`: a file
    that declares a change. Raises SpecError with all problems at once.
    """
    from flowspec.spec.load import load
    from flowspec.spec.source import RevisionFiles, SpecFiles

    files = SpecFiles() if revision is None else RevisionFiles(revision)
    return load(
        paths, variables or {}, variable_files, os.environ if environment is None else environment, files, declared
    )


def contradictions(spec: Spec) -> tuple[Problem, ...]:
    """Enabled Allow and Deny intents that share a flow, after `except`, whatever the inventory is."""
    from flowspec.spec.contradiction import contradictions as find

    return find(spec)
