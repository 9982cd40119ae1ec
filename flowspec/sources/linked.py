"""The relative path of a linked template -> its JSON, from the folder of the main template and nowhere else."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flowspec.arm.linked import LinkedTemplate
from flowspec.errors import Where
from flowspec.model.inventory import Origin
from flowspec.reading import misfit
from flowspec.sources.contribution import Contribution
from flowspec.sources.relaxed import readable


class LinkedFiles:
    """Reads each file once. What it reads is told as a source beside the template, so that its change is noticed."""

    def __init__(self, main: str, into: Contribution) -> None:
        self._folder = Path(main).parent.resolve()
        self._into = into
        self._found: dict[Path, LinkedTemplate | str] = {}

    def __call__(self, path: str, file: str) -> LinkedTemplate | str:
        """The template at a path relative to the file that names it; or why it is not read."""
        beside = Path(file).parent / path
        try:
            real = beside.resolve()
            if not real.is_relative_to(self._folder):
                return f"{path} lies outside of the folder of the template"
            if real not in self._found:
                self._found[real] = self._read(beside, path)
        except (OSError, RuntimeError, ValueError) as error:
            return f"{path}: {getattr(error, 'strerror', None) or 'no file can have this name'}"
        return self._found[real]

    def _read(self, beside: Path, path: str) -> LinkedTemplate | str:
        if why := misfit(beside):
            return f"{path}: {why}"
        data = self._into.budget.read(beside)
        raw: Any = readable(beside, data).whole()
        if not isinstance(raw, dict) or "resources" not in map(str.casefold, raw):
            return f"{path} is not a template"
        self._into.beside += (Origin(str(beside), f"sha256:{hashlib.sha256(data).hexdigest()}", 0),)
        return LinkedTemplate(raw, Where(str(beside)))
