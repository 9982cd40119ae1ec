"""`$filter` of the list of all resources -> which of them pass; refused where the twin can't read it.

Terms `NAME eq 'VALUE'`, `NAME ne 'VALUE'`, `substringof('VALUE', NAME)` and `startswith(NAME, 'VALUE')`, joined by
`and`, `or` and parentheses. NAME is resourceType, name, resourceGroup, location, tagName or tagValue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from flowspec.model.inventory import id_part
from flowspec.server.regions import region_of
from flowspec.server.wire import JsonObject, RefusedError

FilterTest = Callable[[JsonObject], bool]

TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[A-Za-z]+)|(?P<sign>[(),]))")
DEEPEST = 30


def passes(text: str) -> FilterTest:
    """The test that a filter is; every resource passes an empty one."""
    if not text.strip():
        return lambda _: True
    reader = _Reader(text)
    test = reader.either(0)
    if reader.next is not None:
        raise reader.refusal()
    return test


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = self._split()
        self.next = next(self._tokens, None)

    def _split(self) -> Iterator[str]:
        end, whole = 0, self.text.rstrip()
        while end < len(whole):
            found = TOKEN.match(whole, end)
            if found is None:
                raise self.refusal()
            end = found.end()
            yield found[0].strip()

    def refusal(self) -> RefusedError:
        message = (
            f"Invalid $filter '{self.text[:500]}' specified in the query string. The twin takes eq, ne, substringof "
            "and startswith over resourceType, name, resourceGroup, location, tagName and tagValue, with and, or and "
            "parentheses."
        )
        return RefusedError(400, "InvalidFilterInQueryString", message)

    def take(self, wanted: str | None = None) -> str:
        token = self.next
        if token is None or (wanted is not None and token.casefold() != wanted):
            raise self.refusal()
        self.next = next(self._tokens, None)
        return token

    def is_next(self, word: str) -> bool:
        return self.next is not None and self.next.casefold() == word

    def either(self, depth: int) -> FilterTest:
        tests = [self.both(depth)]
        while self.is_next("or"):
            self.take()
            tests.append(self.both(depth))
        return lambda document: any(test(document) for test in tests)

    def both(self, depth: int) -> FilterTest:
        tests = [self.term(depth)]
        while self.is_next("and"):
            self.take()
            tests.append(self.term(depth))
        names = [test.value for test in tests if isinstance(test, _Tag) and test.name == "tagname"]
        return lambda document: all(
            test.within(document, names) if isinstance(test, _Tag) else test(document) for test in tests
        )

    def term(self, depth: int) -> FilterTest:
        if depth > DEEPEST:
            raise self.refusal()
        if self.is_next("("):
            self.take()
            inner = self.either(depth + 1)
            self.take(")")
            return inner
        word = self.take().casefold()
        if word in ("substringof", "startswith") and self.is_next("("):
            return self._call(word)
        sign = self.take().casefold()
        value = self._quoted().casefold()
        if sign == "eq" and word in ("tagname", "tagvalue"):
            return _Tag(word, value)
        if word not in FIELDS or sign not in ("eq", "ne"):
            raise self.refusal()
        value = region_of(value) if word == "location" else value
        return lambda document: (FIELDS[word](document) == value) == (sign == "eq")

    def _call(self, word: str) -> FilterTest:
        self.take("(")
        first = self.take()
        self.take(",")
        second = self.take()
        self.take(")")
        quoted, name = (first, second) if word == "substringof" else (second, first)
        if name.casefold() not in FIELDS or not quoted.startswith("'"):
            raise self.refusal()
        field, value = FIELDS[name.casefold()], _unquoted(quoted).casefold()
        if word == "substringof":
            return lambda document: value in field(document)
        return lambda document: field(document).startswith(value)

    def _quoted(self) -> str:
        token = self.take()
        if not token.startswith("'"):
            raise self.refusal()
        return _unquoted(token)


def _unquoted(token: str) -> str:
    return token[1:-1].replace("''", "'")


class _Tag:
    """`tagName eq 'N'` and `tagValue eq 'V'`: a value counts for the names that stand beside it."""

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value

    def __call__(self, document: JsonObject) -> bool:
        return self.within(document, [])

    def within(self, document: JsonObject, names: list[str]) -> bool:
        given = document.get("tags")
        tags = {str(n).casefold(): str(v).casefold() for n, v in given.items()} if isinstance(given, dict) else {}
        if self.name == "tagname":
            return self.value in tags
        return any(value == self.value for name, value in tags.items() if not names or name in names)


FIELDS: dict[str, Callable[[JsonObject], str]] = {
    "resourcetype": lambda document: str(document.get("type", "")).casefold(),
    "name": lambda document: str(document.get("name", "")).casefold(),
    "resourcegroup": lambda document: str(id_part(str(document["id"]), "resourceGroups")).casefold(),
    "location": lambda document: region_of(str(document.get("location", " "))),
}
