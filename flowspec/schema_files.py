"""Name -> bytes of a shipped JSON Schema or of the page of reasons, from the wheel or from the checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def read_schema(name: str) -> bytes:
    """The schema `name` (`plan`, `spec`, …) as it stands in `schemas/<name>.schema.json`.

    A wheel carries the folder inside the package; an editable install has it beside the package.
    """
    file = f"{name}.schema.json"
    shipped = files("flowspec") / "schemas" / file
    if shipped.is_file():
        return shipped.read_bytes()
    return (Path(__file__).parent.parent / "schemas" / file).read_bytes()


def read_reasons() -> str:
    """The page that explains every reason for unknown, `docs/unknown.md`; a wheel carries it among its data."""
    shipped = files("flowspec") / "data" / "unknown.md"
    if shipped.is_file():
        return shipped.read_text("utf-8")
    return (Path(__file__).parent.parent / "docs" / "unknown.md").read_text("utf-8")
