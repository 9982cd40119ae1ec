"""The frame of Terraform's documents: objects, lists and texts where Terraform has them, or one clear error."""

from __future__ import annotations

from typing import Any

from flowspec.errors import Problem, Severity, SourceError, Where


def misshapen(what: str, wanted: str, where: Where) -> SourceError:
    """What the document has in place of what Terraform writes there."""
    advice = "give the document as terraform show -json, or the state, has it"
    return SourceError(Problem(Severity.ERROR, f"{what} should be {wanted}", advice, where))


def object_of(value: Any, what: str, where: Where) -> dict[str, Any]:
    """An object; an empty one for null."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise misshapen(what, "an object", where)
    return value


def list_of(value: Any, what: str, where: Where) -> list[Any]:
    """A list; an empty one for null."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise misshapen(what, "a list", where)
    return value


def objects_of(value: Any, what: str, where: Where) -> list[dict[str, Any]]:
    """A list of objects."""
    return [object_of(item, f"an item of {what}", where) for item in list_of(value, what, where)]


def texts_of(value: Any, what: str, where: Where) -> list[str]:
    """A list of texts."""
    found = list_of(value, what, where)
    if not all(isinstance(item, str) for item in found):
        raise misshapen(what, "a list of texts", where)
    return found


def key_of(value: Any, where: Where) -> int | str | None:
    """The key of an instance."""
    if value is None or (isinstance(value, int | str) and not isinstance(value, bool)):
        return value
    raise misshapen("the key of an instance", "a number or a text", where)
