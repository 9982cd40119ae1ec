"""Values -> options of `az`: words of bash that `az` in turn takes for exactly these values.

`az` reads a word that begins with `@` (or what follows the first `=` of one) from the file of that name, and values in
a shorthand of its own, in which `null` is no value and `'` quotes; a list it may also read from a file of that name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from flowspec.errors import RenderError
from flowspec.patches.quoting import shell

_PLAIN = re.compile(r"[A-Za-z0-9*][^=@]*")
_PLAIN_ITEM = re.compile(
    r"\*|[0-9][0-9-]*"  # ports
    r"|[0-9a-fA-F:][0-9a-fA-F:.]*(/[0-9]{1,3})?"  # addresses
    r"|[A-Z][A-Za-z0-9]*(\.[A-Za-z0-9]+)?"  # service tags
    r"|/subscriptions/[A-Za-z0-9/._-]+"  # ids
)
_NULL = "null"


def option(name: str, value: object) -> str:
    """`--name value`; quoted for `az` too, and joined by `=`, where it could be taken for anything but itself."""
    text = str(value)
    if _PLAIN.fullmatch(text) and text != _NULL:
        return f"{name} {shell(text)}"
    return f"{name}={shell(_quoted(text) if text else text)}"


def options(name: str, values: Iterable[str]) -> str:
    """`--name value value …`; one list in the shorthand of `az` where any could be taken for anything but itself."""
    items = list(values)
    if all(_PLAIN_ITEM.fullmatch(item) and item != _NULL for item in items):
        return " ".join([name, *map(shell, items)])
    return f"{name}={shell('[' + ','.join(map(_quoted, items)) + ']')}"


def raw_option(name: str, value: str) -> str:
    """`--name=value` where `az` knows no shorthand, so that nothing could keep a leading `@` from being a file."""
    if value.startswith("@"):
        raise RenderError(f"az would read the file that {value!r} names, and knows no way to write it.")
    return f"{name} {shell(value)}" if _PLAIN.fullmatch(value) else f"{name}={shell(value)}"


def _quoted(text: str) -> str:
    """In the single quotes of the shorthand, in which `'/` stands for one."""
    return "'" + text.replace("'", "'/") + "'"
