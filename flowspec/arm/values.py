"""What an expression comes to: JSON values, values that are not known and why, texts that are known in part."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flowspec.model.unknown import CLOSE, OPEN, opaque

Json = Any
"""A JSON value in which an `Unknown` may stand for any part."""

HOLE = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
WORDS = ("uniqueString(", "guid(", "newGuid(", "subscription()", "resourceGroup()", "deployment()", "tenant()")
"""How the labels of those parts begin that are one word, whatever they come to: letters, digits and `-_.()`."""
NO_LABEL = re.compile(r"[/*?\s\0\"\\" + OPEN + CLOSE + "]+")
LONGEST_LABEL = 60
MOST_STEPS = 5_000_000
LONGEST_TEXT = 1 << 20


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is known after the deployment, or not at all. Equal `words` come to equal values."""

    words: str
    why: str

    def of(self, words: str) -> Unknown:
        """Something that hinges on it."""
        return Unknown(short(words), self.why)


def member(raw: Mapping[str, Any], name: str) -> Any:
    """A property of the template's own JSON, in any letter case."""
    return next((value for spelled, value in raw.items() if spelled.casefold() == name), None)


def spelled(raw: Mapping[str, Any], name: str) -> str:
    return next((one for one in raw if one.casefold() == name), name)


class Settings(dict[str, Any]):
    """What a template sets of a resource. What it does not set is not known before the deployment; `words` name it."""

    def __init__(self, told: dict[str, Any], words: str) -> None:
        super().__init__(told)
        self.words = words


class TooMuchError(Exception):
    """A template that would take more steps, or nest deeper, than any that Azure deploys."""


class Steps:
    """The steps that a template may still take: hostile ones double themselves."""

    def __init__(self) -> None:
        self.left = MOST_STEPS

    def spend(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise TooMuchError


def short(words: str) -> str:
    """Words of bounded length that are still not those of another value."""
    if len(words) <= 4 * LONGEST_LABEL:
        return words
    return f"{words[: 2 * LONGEST_LABEL]}…{hashlib.sha256(words.encode(errors='replace')).hexdigest()[:12]}"


def hole(words: str) -> str:
    """A part of a text that is not known."""
    label = NO_LABEL.sub(" ", words).strip()
    if label != words or len(label) > LONGEST_LABEL:
        digest = hashlib.sha256(words.encode(errors="replace")).hexdigest()[:6]
        label = f"{label[:LONGEST_LABEL]}…{digest}" if len(label) > LONGEST_LABEL else label
    return opaque(label)


SUBSCRIPTION = hole("subscription().subscriptionId")
GROUP = hole("resourceGroup().name")
PLACES = {
    f"/subscriptions/{SUBSCRIPTION}": "subscription().id",
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}": "resourceGroup().id",
}
"""Ids of which nothing is known, in the words of a template."""


def is_partial(value: object) -> bool:
    return type(value) is str and OPEN in value


def labels(text: str) -> list[str]:
    """What is not known of a text."""
    return HOLE.findall(text)


def is_wordy(text: str) -> bool:
    """Whether what is not known of a text has no slash, comma, colon or blank."""
    return all(label.startswith(WORDS) for label in labels(text))


def may_equal(one: str, other: str) -> bool:
    """Whether two different texts may come to the same: if not both are known, what is known of them has to fit."""
    if not is_partial(one) and not is_partial(other):
        return False
    if is_partial(one) and is_partial(other):
        return _ends_fit(one, other)
    partial, text = (one, other) if is_partial(one) else (other, one)
    return _pattern(partial).fullmatch(text) is not None


@lru_cache(maxsize=1 << 12)
def _pattern(partial: str) -> re.Pattern[str]:
    """The texts that one may come to which is known in part."""
    return re.compile(".*".join(map(re.escape, HOLE.split(partial)[::2])), re.DOTALL)


def _ends_fit(one: str, other: str) -> bool:
    starts = [text[: text.index(OPEN)] for text in (one, other)]
    ends = [text[text.rindex(CLOSE) + 1 :] for text in (one, other)]
    first, second = sorted(starts, key=len)
    if not second.startswith(first):
        return False
    first, second = sorted(ends, key=len)
    return second.endswith(first)


def unknown_in(value: Json, steps: Steps) -> Unknown | None:
    """The first part of a value that is not known."""
    return next(_unknowns(value, steps), None)


def _unknowns(value: Json, steps: Steps) -> Iterator[Unknown]:
    steps.spend()
    if isinstance(value, Unknown):
        yield value
    elif is_partial(value):
        yield Unknown(value, unknown_part(value))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _unknowns(inner, steps)
    elif isinstance(value, list):
        for inner in value:
            yield from _unknowns(inner, steps)


def unknown_part(text: str) -> str:
    """Why a text is not known."""
    return f"{', '.join(dict.fromkeys(labels(text)))} in {text} is not known before the deployment"


def words_of(value: Json, steps: Steps) -> str:
    """A value as it stands in an expression."""
    steps.spend()
    if isinstance(value, Unknown):
        return value.words
    if isinstance(value, str):
        if value in PLACES:
            return PLACES[value]
        whole = HOLE.fullmatch(value)
        return whole[1] if whole else f"'{HOLE.sub(lambda found: found[1], value)}'"
    if isinstance(value, bool) or value is None:
        return {True: "true()", False: "false()", None: "null()"}[value]
    if isinstance(value, dict):
        return short(f"{{{', '.join(f'{name}: {words_of(inner, steps)}' for name, inner in value.items())}}}")
    if isinstance(value, list):
        return short(f"[{', '.join(words_of(inner, steps) for inner in value)}]")
    return str(value)
