"""The functions of templates that make texts: https://learn.microsoft.com/azure/azure-resource-manager/templates/

A text that is known in part stays so where the function leaves that part alone; else the result is not known.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urljoin

from flowspec.arm.values import HOLE, LONGEST_TEXT, is_partial, is_wordy
from flowspec.model.unknown import CLOSE, OPEN

WORD = re.compile(r"[A-Za-z0-9_.()-]")
PLACE = re.compile(r"\{\{|\}\}|\{(\d{1,9})(?:,(-?\d{1,9}))?(?::([^{}]*))?\}")
SPELLED = {True: "True", False: "False", None: ""}


class MistakenArgumentError(Exception):
    """Arguments that the function does not take."""


class NotToldError(Exception):
    """What is not known of the arguments decides the result."""


def text(value: Any) -> str:
    """An argument that is a text."""
    if type(value) is not str:
        raise MistakenArgumentError("an argument is no text")
    return value


def whole(value: Any) -> str:
    """An argument that is a text of which all is known."""
    if is_partial(text(value)):
        raise NotToldError
    return str(value)


def bounded(found: str) -> str:
    if len(found) > LONGEST_TEXT:
        raise MistakenArgumentError(f"the text would be longer than {LONGEST_TEXT} characters")
    return found


def shown(value: Any) -> str:
    """A value inside a text: as concat and format write it."""
    if value is None or isinstance(value, bool):
        return SPELLED[value]
    if isinstance(value, (dict, list)):
        return written(value)
    return str(value)


def written(value: Any) -> str:
    """A value as JSON on one line; what is not known of it was told before."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def concat(*values: Any) -> Any:
    if all(isinstance(value, list) for value in values):
        return [item for value in values for item in value]
    if any(isinstance(value, (list, dict)) for value in values):
        raise MistakenArgumentError("concat takes texts, or arrays, not both")
    return bounded("".join(map(shown, values)))


def format_(template: str, *values: Any) -> str:
    def filled(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        if int(match[1]) >= len(values):
            raise MistakenArgumentError(f"format has no argument {match[1]}")
        return padded(formatted(values[int(match[1])], match[3] or ""), match[2])

    return bounded(PLACE.sub(filled, text(template)))


def padded(found: str, width: str | None) -> str:
    if width is None:
        return found
    if is_partial(found) or abs(int(width)) > 1000:
        raise NotToldError
    return found.rjust(int(width)) if int(width) > 0 else found.ljust(-int(width))


def formatted(value: Any, how: str) -> str:
    """The few of .NET's formats that name things: `D3`, `00`, `N0`, `X`."""
    if not how:
        return shown(value)
    if type(value) is not int:
        if isinstance(value, str):
            return value
        raise MistakenArgumentError(f"the format {how!r} is not known")
    kind, digits = how[0].upper(), how[1:]
    if set(how) == {"0"} and len(how) < 100:
        return f"{value:0{len(how)}d}"
    if kind in "DXN" and ((digits.isascii() and digits.isdigit() and int(digits) < 100) or not digits):
        if kind == "N":
            return f"{value:,.{digits or 2}f}"
        made = f"{value:{'d' if kind == 'D' else 'x' if how[0] == 'x' else 'X'}}"
        return made.zfill(int(digits or 0))
    raise MistakenArgumentError(f"the format {how!r} is not known")


def pieces(found: str, change: Callable[[str], str]) -> str:
    """A text of which only the known parts are changed."""
    parts = HOLE.split(found)
    return "".join(change(part) if at % 2 == 0 else f"{OPEN}{part}{CLOSE}" for at, part in enumerate(parts))


def to_lower(found: Any) -> str:
    return pieces(text(found), str.lower)


def to_upper(found: Any) -> str:
    return pieces(text(found), str.upper)


def trim(found: Any) -> str:
    return text(found).strip()


def replace(found: Any, old: Any, new: Any) -> str:
    old = whole(old)
    if not old:
        raise MistakenArgumentError("replace has nothing to look for")
    if is_partial(text(found)) and (WORD.fullmatch(old[:1]) or not is_wordy(found)):
        raise NotToldError
    return bounded(pieces(found, lambda part: part.replace(old, text(new))))


def split(found: Any, by: Any) -> list[str]:
    signs = [whole(sign) for sign in (by if isinstance(by, list) else [by])]
    if not all(signs):
        raise MistakenArgumentError("split has nothing to look for")
    if is_partial(text(found)) and (any(map(WORD.search, signs)) or not is_wordy(found)):
        raise NotToldError
    return re.split("|".join(map(re.escape, signs)), found) if signs else [found]


def known_start(found: str) -> str:
    return found.partition(OPEN)[0]


def substring(found: Any, start: Any, length: Any = None) -> str:
    begin = number(start)
    known = known_start(text(found))
    if is_partial(found) and (length is None or begin + number(length) > len(known)):
        raise NotToldError
    end = len(known) if length is None else begin + number(length)
    if begin < 0 or end > len(known) or end < begin:
        raise MistakenArgumentError("substring reaches beyond the text")
    return known[begin:end]


def number(value: Any) -> int:
    if type(value) is not int:
        raise MistakenArgumentError("an argument is no whole number")
    return value


def starts_with(found: Any, start: Any) -> bool:
    return _begins(text(found).casefold(), text(start).casefold())


def _begins(found: str, start: str) -> bool:
    for one, other in zip(found, start, strict=False):
        if OPEN in (one, other):
            raise NotToldError
        if one != other:
            return False
    if len(found) < len(start) and OPEN in start[len(found) :]:
        raise NotToldError
    return len(found) >= len(start)


def ends_with(found: Any, end: Any) -> bool:
    turned = str.maketrans(OPEN + CLOSE, CLOSE + OPEN)
    one, other = (text(value).casefold().translate(turned)[::-1] for value in (found, end))
    return _begins(one, other)


def index_of(found: Any, part: Any) -> int:
    return whole(found).casefold().find(whole(part).casefold())


def last_index_of(found: Any, part: Any) -> int:
    return whole(found).casefold().rfind(whole(part).casefold())


def pad_left(found: Any, width: Any, sign: Any = " ") -> str:
    if number(width) > 1000 or len(whole(sign)) != 1:
        raise MistakenArgumentError("padLeft takes a width and one character")
    return whole(shown(found)).rjust(width, sign)


def json_(found: Any) -> Any:
    """A JSON text; what is not known inside its texts stays there where it can hold no quote."""
    if is_partial(text(found)) and not is_wordy(found):
        raise NotToldError
    try:
        return json.loads(found) if found.strip() else None
    except (ValueError, RecursionError):
        raise MistakenArgumentError("the text is no JSON") from None


def join(values: Any, sign: Any) -> str:
    if not isinstance(values, list):
        raise MistakenArgumentError("join takes an array")
    return bounded(text(sign).join(map(shown, values)))


def to_base64(found: Any) -> str:
    return base64.b64encode(whole(found).encode()).decode()


def from_base64(found: Any) -> str:
    try:
        return base64.b64decode(whole(found), validate=True).decode()
    except ValueError:
        raise MistakenArgumentError("the text is no base64") from None


TEXTS: dict[str, Callable[..., Any]] = {
    "concat": concat, "format": format_, "tolower": to_lower, "toupper": to_upper, "trim": trim, "replace": replace,
    "split": split, "substring": substring, "startswith": starts_with, "endswith": ends_with, "indexof": index_of,
    "lastindexof": last_index_of, "padleft": pad_left, "json": json_, "join": join, "base64": to_base64,
    "base64tostring": from_base64, "base64tojson": lambda found: json_(from_base64(found)),
    "uri": lambda base, rest: urljoin(whole(base), whole(rest)),
    "uricomponent": lambda found: quote(whole(found), safe=""),
    "uricomponenttostring": lambda found: unquote(whole(found)),
}  # fmt: skip
