"""Azure resource ids -> their type, name and parent."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4096)
def _type(parts: tuple[str, ...]) -> str:
    return "/".join(parts).lower()


def split(resource_id: str) -> tuple[str, tuple[str, ...]] | None:
    """`(type in lower case, names)` of `/subscriptions/…/providers/Microsoft.Network/type/name/child/name`.

    None for a text that is no id of a resource. Of an extension resource the last provider counts.
    """
    parts = resource_id.strip("/").split("/")
    at = max((n for n, part in enumerate(parts) if part.lower() == "providers"), default=-1)
    rest = parts[at + 1 :]
    if at < 0 or len(rest) < 3 or not len(rest) % 2 or "" in rest:
        return None
    return _type((rest[0], *rest[1::2])), tuple(rest[2::2])


def parent(resource_id: str) -> str:
    """The id without its last type and name."""
    return "/".join(resource_id.rstrip("/").split("/")[:-2])


def name(resource_id: str) -> str:
    return resource_id.rstrip("/").rpartition("/")[2]
