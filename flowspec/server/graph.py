"""POST /providers/Microsoft.ResourceGraph/resources -> rows of what the twin holds, for a small part of the language.

Tables `Resources` and `ResourceContainers`; `where`, `project`, `order by` (`sort by`), `take` (`limit`), `count`. A
condition compares a column, a path below one, or `tolower(…)` or `tostring(…)` of it, with a text, a number or a truth
value by `==`, `!=`, `=~`, `!~`, `contains`, `startswith`, `endswith`, `in`, `in~`, `!in`; also `isempty(…)` and
`isnotempty(…)`. Whatever else the language has is refused with 501.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from flowspec.model.inventory import id_part
from flowspec.server.associations import not_implemented
from flowspec.server.estate import Estate
from flowspec.server.login import TENANT
from flowspec.server.regions import region_of
from flowspec.server.subscriptions import group_document, subscription_document
from flowspec.server.wire import HttpAnswer, HttpCall, JsonObject, RefusedError, compact

Cell = Callable[[JsonObject], object]
RowTest = Callable[[JsonObject], bool]

TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<number>-?\d+(?:\.\d+)?)"""
    r"""|(?P<sign>==|!=|=~|!~|!?in~?(?![A-Za-z0-9_])|[|(),.\[\]=])|(?P<word>[A-Za-z_$][A-Za-z0-9_$-]*))"""
)
COLUMN, MEMBER, TEXT = "column", "member", "text"
"""What a value is: a whole column, a member below one (of any type, maybe missing), or a text made of either."""

LONGEST, DEEPEST, MOST = 20_000, 30, 1000
COLUMNS = (
    "id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy", "sku", "plan",
    "properties", "tags", "identity", "zones", "extendedLocation",
)  # fmt: skip
SPELLED = {name.casefold(): name for name in COLUMNS}


def resources(estate: Estate, call: HttpCall) -> HttpAnswer:
    given = call.members()
    query = given.get("query")
    if not isinstance(query, str) or not query.strip():
        raise _invalid("query is missing; it takes a text.")
    rows = _Query(query).run(estate, _wanted(given.get("subscriptions")))
    return _page(rows, _options(given.get("options")))


def _wanted(given: object) -> set[str] | None:
    """The subscriptions that are asked about, folded; None: all."""
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise _invalid("subscriptions takes a list of texts.")
    return {str(one).casefold() for one in given} or None


def _options(given: object) -> dict[str, object]:
    if given is not None and not isinstance(given, dict):
        raise _invalid("options takes an object.")
    return {str(name).casefold().lstrip("$"): value for name, value in (given or {}).items()}


def _page(rows: list[JsonObject], options: Mapping[str, object]) -> HttpAnswer:
    top, skip, mark = (options.get(name) for name in ("top", "skip", "skiptoken"))
    size = top if isinstance(top, int) and not isinstance(top, bool) and 0 < top <= MOST else MOST
    start = skip if isinstance(skip, int) and not isinstance(skip, bool) and skip > 0 else 0
    if isinstance(mark, str) and mark:
        if not (mark.isascii() and mark.isdigit() and len(mark) < 10):
            raise _invalid("options.$skipToken is none that the twin gave.")
        start = int(mark)
    shown = rows[start : start + size]
    more = start + size < len(rows)
    document: JsonObject = {
        "totalRecords": len(rows),
        "count": len(shown),
        "data": _table(shown) if options.get("resultformat") == "table" else shown,
        "facets": [],
        "resultTruncated": "false",
    }
    return compact(document | ({"$skipToken": str(start + size)} if more else {}))


def _table(rows: list[JsonObject]) -> JsonObject:
    names = list(rows[0]) if rows else []
    columns = [{"name": name, "type": _type_of([row.get(name) for row in rows])} for name in names]
    return {"columns": columns, "rows": [[row.get(name) for name in names] for row in rows]}


def _type_of(values: list[object]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool} and kinds:
        return "boolean"
    if kinds <= {int} and kinds:
        return "integer"
    return "object" if kinds & {dict, list} else "string"


def _invalid(message: str) -> RefusedError:
    details: list[JsonObject] = [{"code": "InvalidQuery", "message": message}]
    return RefusedError(400, "BadRequest", "Please provide a query that can be read.", details)


def _rows(estate: Estate, table: str, wanted: set[str] | None) -> Iterator[JsonObject]:
    if table == "resources":
        documents = list(estate.held.values())
    else:
        documents = [_container(subscription_document(one), one) for one in estate.subscriptions]
        documents += [group_document(estate, s, name) for (s, _), name in sorted(estate.groups.items())]
    for document in documents:
        subscription = id_part(str(document["id"]), "subscriptions") or ""
        if wanted is None or subscription.casefold() in wanted:
            yield _row(document, subscription)


def _container(document: JsonObject, subscription: str) -> JsonObject:
    return {
        "id": document["id"],
        "name": document["displayName"],
        "type": "microsoft.resources/subscriptions",
        "properties": {"state": document["state"]},
        "subscriptionId": subscription,
    }


def _row(document: JsonObject, subscription: str) -> JsonObject:
    """A row as Resource Graph shows one: types and groups in lower case, every column there."""
    kind = str(document.get("type", "")).casefold()
    kind = kind.replace("microsoft.resources/resourcegroups", "microsoft.resources/subscriptions/resourcegroups")
    group = str(id_part(str(document["id"]), "resourceGroups") or "").casefold()
    location = document.get("location")
    row: JsonObject = {name: document.get(name) for name in COLUMNS}
    return row | {
        "type": kind,
        "tenantId": TENANT,
        "kind": document.get("kind") or "",
        "location": region_of(str(location)) if location else "",
        "resourceGroup": group,
        "subscriptionId": subscription,
        "managedBy": document.get("managedBy") or "",
    }


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


class _Query:
    """A query, read from left to right; each step makes rows of rows."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise _invalid(f"The query is longer than {LONGEST} characters.")
        self._tokens = list(_tokens(text))
        self._at = 0
        self._columns: Mapping[str, str] = SPELLED
        self._kind = COLUMN

    def run(self, estate: Estate, wanted: set[str] | None) -> list[JsonObject]:
        first = self._tokens[0].text.casefold() if self._tokens else ""
        if first in STEPS:
            rows = self._step(list(_rows(estate, "resources", wanted)))
        else:
            table = self._word().casefold()
            if table not in ("resources", "resourcecontainers"):
                raise not_implemented(f"The twin has no table {table[:100]}; it has Resources and ResourceContainers.")
            rows = list(_rows(estate, table, wanted))
        while self._next() is not None:
            self._take("|")
            rows = self._step(rows)
        return rows

    def _step(self, rows: list[JsonObject]) -> list[JsonObject]:
        token = self._next()
        step = STEPS.get(token.text.casefold()) if token else None
        if step is None:
            raise self._not_read()
        self._at += 1
        return step(self, rows)

    def where(self, rows: list[JsonObject]) -> list[JsonObject]:
        test = self._either(0)
        return [row for row in rows if test(row)]

    def project(self, rows: list[JsonObject]) -> list[JsonObject]:
        columns: dict[str, Cell] = {}
        while True:
            start = self._at
            if self._ahead(1) == "=":
                name = self._word()
                self._take("=")
                columns[name] = self._value(0)
            else:
                value = self._value(0)
                if self._kind == TEXT:
                    raise not_implemented("The twin names no column by itself: project NAME = tolower(…).")
                columns[self._name_of(start)] = value
            if not self._is(","):
                break
            self._take(",")
        self._columns = {name.casefold(): name for name in columns}
        return [{name: value(row) for name, value in columns.items()} for row in rows]

    def order(self, rows: list[JsonObject]) -> list[JsonObject]:
        """By several keys; falling unless `asc` says otherwise, as the language has it."""
        self._take("by")
        keys: list[tuple[Cell, bool]] = []
        while not keys or self._is(","):
            if keys:
                self._take(",")
            value = self._value(0)
            if self._kind == MEMBER:
                raise not_implemented("The twin orders by columns; put a path below one in tostring(…).")
            falls = self._word().casefold() == "desc" if self._is("asc") or self._is("desc") else True
            keys.append((value, falls))
        for value, falls in reversed(keys):
            rows = sorted(rows, key=partial(_sort_key, value), reverse=falls)
        return rows

    def take(self, rows: list[JsonObject]) -> list[JsonObject]:
        token = self._next()
        if token is None or not token.text.isdigit() or len(token.text) > 9:
            raise self._not_read()
        self._at += 1
        return rows[: int(token.text)]

    def count(self, rows: list[JsonObject]) -> list[JsonObject]:
        self._columns = {"count": "Count"}
        return [{"Count": len(rows)}]

    def _either(self, depth: int) -> RowTest:
        tests = [self._both(depth)]
        while self._is("or"):
            self._at += 1
            tests.append(self._both(depth))
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _both(self, depth: int) -> RowTest:
        tests = [self._term(depth)]
        while self._is("and"):
            self._at += 1
            tests.append(self._term(depth))
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _term(self, depth: int) -> RowTest:
        if depth > DEEPEST:
            raise _invalid("The query is nested too deeply.")
        if self._is("("):
            self._at += 1
            inner = self._either(depth + 1)
            self._take(")")
            return inner
        if (self._is("isempty") or self._is("isnotempty")) and self._ahead(1) == "(":
            wanted = self._word().casefold() == "isempty"
            self._take("(")
            value = self._value(depth + 1)
            self._take(")")
            return lambda row: (value(row) in (None, "", [], {})) == wanted
        left = self._value(depth)
        token = self._next()
        sign = token.text.casefold() if token else ""
        if self._kind == MEMBER and sign.startswith("!"):
            raise not_implemented("The twin does not know how a missing member compares: put it in tostring(…).")
        if sign in ("in", "in~", "!in", "!in~"):
            self._at += 1
            return self._among(left, sign)
        if sign not in SIGNS:
            raise self._not_read()
        self._at += 1
        right, compare = self._literal(), SIGNS[sign]
        return lambda row: compare(left(row), right)

    def _among(self, left: Cell, sign: str) -> RowTest:
        self._take("(")
        found = [self._literal()]
        while self._is(","):
            self._at += 1
            found.append(self._literal())
        self._take(")")
        compare = SIGNS["=~" if sign.endswith("~") else "=="]
        wanted = not sign.startswith("!")
        return lambda row: any(compare(left(row), one) for one in found) == wanted

    def _value(self, depth: int) -> Cell:
        """A column or a path, maybe in `tolower(…)` or `tostring(…)`."""
        if depth > DEEPEST:
            raise _invalid("The query is nested too deeply.")
        word = self._word()
        if self._is("(") and word.casefold() in FUNCTIONS:
            self._at += 1
            inner, function = self._value(depth + 1), FUNCTIONS[word.casefold()]
            self._take(")")
            self._kind = TEXT
            return lambda row: function(inner(row))
        if self._is("("):
            self._at -= 1
            raise self._not_read()
        if word.casefold() not in self._columns:
            raise _invalid(f"Failed to resolve scalar expression named '{word[:100]}'")
        path = [self._columns[word.casefold()]]
        while self._is(".") or self._is("["):
            path.append(self._member())
        self._kind = COLUMN if len(path) == 1 else MEMBER
        return lambda row: _at(row, path)

    def _member(self) -> str:
        if self._is("."):
            self._at += 1
            return self._word()
        self._take("[")
        found = self._literal()
        self._take("]")
        return str(found)

    def _name_of(self, start: int) -> str:
        """The name of a projected column: `properties.a.b` -> `properties_a_b`, as Resource Graph has it."""
        words = [token.text.strip("'\"") for token in self._tokens[start : self._at] if token.kind != "sign"]
        return "_".join(words)

    def _literal(self) -> object:
        token = self._next()
        if token is None:
            raise self._not_read()
        self._at += 1
        if token.kind == "text":
            return re.sub(r"\\(.)", r"\1", token.text[1:-1])
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text)
        if token.text.casefold() in ("true", "false"):
            return token.text.casefold() == "true"
        self._at -= 1
        raise self._not_read()

    def _next(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _ahead(self, by: int) -> str:
        return self._tokens[self._at + by].text if self._at + by < len(self._tokens) else ""

    def _is(self, text: str) -> bool:
        token = self._next()
        return token is not None and token.kind != "text" and token.text.casefold() == text

    def _take(self, text: str) -> None:
        if not self._is(text):
            raise self._not_read()
        self._at += 1

    def _word(self) -> str:
        token = self._next()
        if token is None or token.kind != "word":
            raise self._not_read()
        self._at += 1
        return token.text

    def _not_read(self) -> RefusedError:
        token = self._next()
        where = f"at {token.text[:100]!r}" if token else "at its end"
        return not_implemented(
            f"The twin does not read this query {where}. It takes Resources or ResourceContainers, then where, "
            "project, order by, take and count, with simple conditions: docs/twin.md."
        )


STEPS: Mapping[str, Callable[[_Query, list[JsonObject]], list[JsonObject]]] = {
    "where": _Query.where,
    "project": _Query.project,
    "order": _Query.order,
    "sort": _Query.order,
    "take": _Query.take,
    "limit": _Query.take,
    "count": _Query.count,
}


def _tokens(text: str) -> Iterator[_Token]:
    end, whole = 0, text.rstrip()
    while end < len(whole):
        found = TOKEN.match(whole, end)
        if found is None:
            raise not_implemented(f"The twin does not read this query at {whole[end:].strip()[:100]!r}.")
        end = found.end()
        yield _Token(str(found.lastgroup), found[0].strip())


def _at(row: JsonObject, path: list[str]) -> object:
    """The value of a path; nothing where there is none."""
    value: object = row.get(path[0])
    for name in path[1:]:
        if isinstance(value, list) and name.isdigit():
            value = value[int(name)] if int(name) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def _sort_key(value: Cell, row: JsonObject) -> tuple[int, float, str]:
    return _sortable(value(row))


def _sortable(value: object) -> tuple[int, float, str]:
    """Numbers before texts; nothing first."""
    if value is None:
        return 0, 0, ""
    return (1, float(value), "") if isinstance(value, int | float) else (2, 0, str(value))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _equal(left: object, right: object) -> bool:
    return left is not None and type(left) is type(right) and left == right


def _folded(value: object) -> str:
    return _text(value).casefold()


SIGNS: Mapping[str, Callable[[object, object], bool]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "=~": lambda left, right: _folded(left) == _folded(right),
    "!~": lambda left, right: _folded(left) != _folded(right),
    "contains": lambda left, right: _folded(right) in _folded(left),
    "startswith": lambda left, right: _folded(left).startswith(_folded(right)),
    "endswith": lambda left, right: _folded(left).endswith(_folded(right)),
}
FUNCTIONS: Mapping[str, Callable[[object], object]] = {
    "tolower": lambda value: _text(value).lower(),
    "tostring": _text,
}
