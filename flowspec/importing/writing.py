"""Groups, intents and boundaries -> the text of a spec, in HCL as `flowspec fmt` leaves it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from flowspec.model.spec import Group, Select
from flowspec.spec.converting import converted
from flowspec.spec.source import SpecText

_LONGEST = 60
"""Characters of a name: what it is made of may be as long as Azure lets it be."""
_BUILT_IN = frozenset(("any", "public"))


class Names:
    """Names of one kind of block, each given once. What comes from a network is anyone's: letters and digits stay."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {name.casefold() for name in taken}

    def new(self, wished: str) -> str:
        """A name like the one wished for."""
        plain = re.sub(r"[^a-z0-9]+", "-", wished.casefold()).strip("-")[:_LONGEST].strip("-")
        name = plain if plain[:1].isalpha() else f"n-{plain}".strip("-")
        found, number = name, 2
        while found in self._taken:
            found, number = f"{name}-{number}", number + 1
        self._taken.add(found)
        return found


def group_names() -> Names:
    return Names(_BUILT_IN)


def group_body(group: Group, description: str = "") -> dict[str, Any]:
    """A group as JSON has it in a spec."""
    body: dict[str, Any] = {"description": description} if description else {}
    if group.selects:
        body["select"] = [_select(select) for select in group.selects]
    for name in ("prefixes", "service_tags"):
        if values := getattr(group, name):
            body[name] = list(values)
    return body


def _select(select: Select) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("vm", "nic", "subnet", "vnet", "resource_group", "application_security_group"):
        if values := getattr(select, name):
            found[name] = values[0]
    if select.tags:
        found["tags"] = dict(select.tags)
    return found


def text_of(blocks: Mapping[str, Any], heading: str) -> str:
    """The HCL of a JSON spec in which every text says itself, under a comment."""
    body = converted(SpecText("import.flow.json", json.dumps(_plain(blocks))))
    return f"# {heading}\n\n{body.rstrip()}\n"


def _plain(value: Any) -> Any:
    """No text is a template, whatever stands in it."""
    match value:
        case str():
            return value.replace("${", "$${").replace("%{", "%%{")
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {_plain(name): _plain(item) for name, item in value.items()}
    return value
