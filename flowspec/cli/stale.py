"""A saved plan against the files that it was made from: whether it still speaks of what is there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.errors import FlowspecError, PlanFileError, Problem, Severity

if TYPE_CHECKING:
    from flowspec.model.documents.plan import Report

_SHOWN = 5
AllowStale = Annotated[
    bool,
    typer.Option(
        "--allow-stale", help="Go on though the spec or the inventory changed after the plan.", show_default=False
    ),
]


def refuse_stale(report: Report, *, allowed: bool | None) -> list[str]:
    """The sources that are not here to be compared; PlanFileError where one has changed, unless that is `allowed`.

    None: the command has no --allow-stale. A live network is not asked again.
    """
    if allowed:
        return []
    changed, absent = [], []
    for name, then, now in _sources(report):
        if now is None:
            absent.append(name)
        elif now != then:
            changed.append(name)
    if changed:
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        otherwise = "" if allowed is None else ", or give --allow-stale to go on with this one"
        detail = (
            f"{', '.join(changed[:_SHOWN])}{more} changed after it was made. Run flowspec plan --out again and use "
            f"the new file{otherwise}."
        )
        raise PlanFileError(Problem(Severity.ERROR, "Saved plan is stale", detail))
    return absent


def _sources(report: Report) -> Iterator[tuple[str, str, str | None]]:
    """Each source with its digest then and now; None for one that is not here."""
    of_revision = report.gate is not None and report.gate.spec_ref is not None
    for file, digest in zip(report.spec.files, report.spec.file_digests, strict=False):
        if not of_revision:
            yield file, digest, _file_digest(Path(file))
    for source in report.inventory:
        if not source.source.lower().startswith("azure:"):
            yield source.source, source.digest, _inventory_digest(source.source)


def _file_digest(file: Path) -> str | None:
    try:
        return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}" if file.is_file() else None
    except OSError:
        return None


def _inventory_digest(locator: str) -> str | None:
    from flowspec.sources import digest_of

    if not Path(locator).is_file() and not Path(locator).is_dir():
        return None
    try:
        return digest_of(locator)
    except (FlowspecError, OSError):
        return ""  # a folder without its files, or one that can't be read, is not what it was
