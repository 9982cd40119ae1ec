"""A file that a report names -> the same file as the repository around it has it, which is how a CI finds it."""

from __future__ import annotations

import posixpath

from flowspec.model.documents.plan import SourceLine
from flowspec.views.style import Style


def in_repository(where: SourceLine | None, style: Style) -> SourceLine | None:
    """With the path from the root of the repository; None for what it does not have: what lies
    outside, or was made by the run, as the plan of a Terraform."""
    if where is None or not where.file:
        return None
    whole = absolute(where.file, style)
    if style.root and whole.startswith("/"):
        inside = posixpath.relpath(whole, style.root)
    else:
        inside = posixpath.normpath(where.file)
    if inside.startswith(("/", "../")) or inside in ("..", "."):
        return None
    if style.tracked is not None and inside not in style.tracked:
        return None
    return SourceLine(file=inside, line=where.line, column=where.column, address=where.address)


def absolute(file: str, style: Style) -> str:
    """The whole path, where the folder that paths are counted from is known."""
    return posixpath.normpath(posixpath.join(style.folder, file))
