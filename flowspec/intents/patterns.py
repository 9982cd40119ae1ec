"""Names and globs of the spec -> whether a resource's id or name is meant, in any letter case."""

from __future__ import annotations

import re
from functools import lru_cache

from flowspec.model.inventory import key
from flowspec.model.unknown import CLOSE, OPEN, is_opaque


@lru_cache(maxsize=4096)
def pattern(glob: str) -> re.Pattern[str]:
    """`?` is one character that is known, so that only `*` surely covers a part of a name that is not."""
    parts = (".*" if c == "*" else f"[^{OPEN}{CLOSE}]" if c == "?" else re.escape(c) for c in glob.casefold())
    return re.compile("".join(parts), re.DOTALL)


def is_glob(text: str) -> bool:
    return "*" in text or "?" in text


def is_plain(text: str) -> bool:
    """A name: no glob, no id."""
    return not is_glob(text) and "/" not in text


@lru_cache(maxsize=4096)
def may_match(glob: str, name: str) -> bool:
    """Whether a glob may match a name of which parts (`‹why›`) are not known: any text may stand there."""
    known = re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", OPEN, name.casefold())
    wanted = glob.casefold()
    reached = {0}
    for letter in known:
        reached = _through(wanted, reached)
        if letter == OPEN:
            reached = set(range(min(reached), len(wanted) + 1)) if reached else reached
        else:
            stays = {at for at in reached if wanted[at : at + 1] == "*"}
            reached = stays | {at + 1 for at in reached if wanted[at : at + 1] in (letter, "?")}
    return len(wanted) in _through(wanted, reached)


def _through(glob: str, reached: set[int]) -> set[int]:
    """The places of a glob, and those behind the stars that stand there."""
    found = set(reached)
    for at in reached:
        while glob[at : at + 1] == "*":
            at += 1
            found.add(at)
    return found


def may_be_named(patterns: tuple[str, ...], resource_id: str, name: str) -> bool:
    """Whether one of the patterns may be meant, as far as the name is known."""
    if any_name(patterns, resource_id, name):
        return True
    return (is_opaque(resource_id) or is_opaque(name)) and any(
        may_match(p, key(resource_id) if "/" in p else name) for p in patterns
    )


def any_name(patterns: tuple[str, ...], resource_id: str, name: str) -> bool:
    """A pattern with a slash is an id, else a name; both may be globs."""
    return any(pattern(p).fullmatch(key(resource_id) if "/" in p else name.casefold()) is not None for p in patterns)


def subnet_matches(text: str, subnet: str) -> bool:
    """An id, `vnet/subnet` or a subnet's name, against a subnet's key."""
    return pattern(text.rstrip("/")).fullmatch(_written(text, subnet)) is not None


def subnet_may_match(text: str, subnet: str) -> bool:
    """The same, where parts of the subnet's names may not be known."""
    return subnet_matches(text, subnet) or (is_opaque(subnet) and may_match(text.rstrip("/"), _written(text, subnet)))


def _written(text: str, subnet: str) -> str:
    """A subnet's key in the form in which a text names subnets."""
    vnet, _, name = subnet.rpartition("/subnets/")
    slashes = text.count("/")
    return subnet if slashes > 1 else f"{vnet.rsplit('/', 1)[-1]}/{name}" if slashes else name
