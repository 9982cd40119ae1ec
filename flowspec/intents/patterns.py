"""Names and globs of the spec -> whether a resource's id or name is meant, in any letter case."""

from __future__ import annotations

import re
from functools import lru_cache

from flowspec.model.inventory import key


@lru_cache(maxsize=4096)
def pattern(glob: str) -> re.Pattern[str]:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in glob.casefold())
    return re.compile("".join(parts), re.DOTALL)


def is_glob(text: str) -> bool:
    return "*" in text or "?" in text


def is_plain(text: str) -> bool:
    """A name: no glob, no id."""
    return not is_glob(text) and "/" not in text


def any_name(patterns: tuple[str, ...], resource_id: str, name: str) -> bool:
    """A pattern with a slash is an id, else a name; both may be globs."""
    return any(pattern(p).fullmatch(key(resource_id) if "/" in p else name.casefold()) is not None for p in patterns)


def subnet_matches(text: str, subnet: str) -> bool:
    """An id, `vnet/subnet` or a subnet's name, against a subnet's key."""
    vnet, _, name = subnet.rpartition("/subnets/")
    slashes = text.count("/")
    full = subnet if slashes > 1 else f"{vnet.rsplit('/', 1)[-1]}/{name}" if slashes else name
    return pattern(text.rstrip("/")).fullmatch(full) is not None
