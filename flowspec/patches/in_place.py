"""Changes of a plan -> one unified diff of the files in which a team keeps its rules, as `git apply` takes it."""

from __future__ import annotations

import difflib
from pathlib import Path

from flowspec.errors import RenderError
from flowspec.model.documents.plan import Report
from flowspec.patches.item import items_of
from flowspec.patches.patch import Patch, refuse_unproved

PATCH_FILE = "flowspec.patch"


def rendered_in_place(report: Report, folder: Path | None) -> Patch:
    """The diff of the `.tf` files of a folder, or of the ARM templates that the plan was made from; RenderError with
    every change that can't be written there."""
    refuse_unproved(report)
    changed = _in_terraform(report, folder) if folder is not None else _in_templates(report)
    return Patch(PATCH_FILE, "".join(_diff(file, old, new) for file, (old, new) in changed.items() if old != new))


def _in_templates(report: Report) -> dict[Path, tuple[bytes, bytes]]:
    from flowspec.patches.arm_edits import template_of, write_into_templates

    files = {file: file.read_bytes() for source in report.inventory for file in _files(Path(source.source))}
    templates = {file: found for file, data in files.items() if (found := template_of(data)) is not None}
    if not templates:
        raise RenderError("None of the plan's sources is an ARM template that is here to be changed.")
    write_into_templates(templates, items_of(report))
    return {file: (files[file], template.text.encode()) for file, template in templates.items()}


def _files(source: Path) -> list[Path]:
    if source.is_dir():
        return sorted(file for file in source.rglob("*.json") if file.is_file())
    return [source] if source.is_file() and source.suffix == ".json" else []


def _in_terraform(report: Report, folder: Path) -> dict[Path, tuple[bytes, bytes]]:
    from flowspec.patches.tf_edits import write_into
    from flowspec.patches.tf_files import TfFolder

    if not folder.is_dir():
        raise RenderError(f"{folder} is no folder.")
    files = TfFolder.read(folder)
    before = dict(files.texts)
    write_into(files, items_of(report))
    return {file: (text, files.texts[file]) for file, text in before.items()}


def _diff(file: Path, old: bytes, new: bytes) -> str:
    name = _name(file)
    lines = difflib.unified_diff(_lines(old), _lines(new), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: bytes) -> list[str]:
    """By line feeds alone: a carriage return, or what Unicode ends lines with, is part of a line."""
    pieces = text.decode().split("\n")
    return [f"{piece}\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])


def _name(file: Path) -> str:
    """As git has it: from the top of the repository that the file is in, else from here."""
    whole = file.resolve()
    top = next((folder for folder in whole.parents if (folder / ".git").exists()), Path.cwd().resolve())
    return (whole.relative_to(top) if whole.is_relative_to(top) else whole).as_posix()
