"""Statements -> the files of a spec, in HCL as `flowspec fmt` leaves it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flowspec.importing.fresh_names import FreshNames
from flowspec.importing.services import body_of, name_of
from flowspec.importing.statements import Border, Statement, Statements
from flowspec.model.spec import Group, Select, Service
from flowspec.spec.converting import converted
from flowspec.spec.source import SpecText

FILES = MAIN, REST = "network.flow.hcl", "rest.flow.hcl"
_MAIN_HEADING = "What this network permits today, as flowspec import read it: make it yours."
_REST_HEADING = "What can't be said briefly, and what is not known."
_AGING = (
    "",
    "Lists of prefixes are as the network was on the day of the import: a NIC that gets an address of a list is in its",
    "group, whatever it is. Import again into another folder when VNets, subnets or machines come or go, and compare.",
)


def files_of(
    statements: Statements,
    borders: Sequence[Border],
    head: Mapping[str, Any],
    closing: Mapping[str, Any],
    unheld: Sequence[str] = (),
) -> dict[str, str]:
    """What is sure in the first file, under its `flowspec` block; what is long, left out or unknown in the second.

    `closing` are the intents that stand after all statements of the first; `unheld` are told in its heading.
    """
    services = _services(statements.listed)
    sure = {one.name: _intent(one, services) for one in statements.listed if one.is_sure}
    rest = {one.name: _intent(one, services) for one in statements.listed if not one.is_sure}
    main = {
        "flowspec": head,
        "service": {name: body_of(service) for service, name in services.items()},
        "group": {name: _group(group) for name, group in statements.groups.items()},
        "intent": {**sure, **closing},
        "boundary": {border.name: _boundary(border) for border in borders},
    }
    below = {"group": {name: _group(group) for name, group in statements.spelled.items()}, "intent": rest}
    aging = _AGING if any(group.description for group in statements.spelled.values()) else ()
    found = {MAIN: _text(main, _MAIN_HEADING, *_told(unheld))}
    return {**found, REST: _text(below, _REST_HEADING, *aging)} if any(below.values()) else found


def _services(statements: Sequence[Statement]) -> dict[Service, str]:
    """Those that get a name: of several statements, or beside others in one."""
    times: dict[Service, int] = {}
    for statement in statements:
        for service in statement.services:
            times[service] = times.get(service, 0) + (1 if len(statement.services) == 1 else 2)
    names = FreshNames()
    return {one: names.new(name_of(one)) for one, count in times.items() if count > 1 and name_of(one) != "all"}


def _intent(statement: Statement, services: Mapping[Service, str]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if statement.is_stopped:
        body["description"] = "does not pass: it only names what another intent leaves out"
    if statement.unknown:
        body["description"] = f"not known: {statement.unknown}"
    body["from"] = [f"group.{name}" for name in statement.sources]
    body["to"] = [f"group.{name}" for name in statement.destinations]
    named = [services.get(service) for service in statement.services]
    if all(named):
        body["service"] = [f"service.{name}" for name in named]
    else:
        body |= body_of(statement.services[0])
    body["expect"] = "Allow"
    if statement.taken_out:
        body["except"] = list(statement.taken_out)
    return body if statement.is_sure else {**body, "enabled": False}


def _boundary(border: Border) -> dict[str, Any]:
    body = {"around": [f"group.{border.group}"], "direction": str(border.direction)}
    return {**body, "allow": [f"intent.{name}" for name in border.allow]} if border.allow else body


def _group(group: Group) -> dict[str, Any]:
    body: dict[str, Any] = {"description": group.description} if group.description else {}
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
    return {**found, "tags": dict(select.tags)} if select.tags else found


def _told(unheld: Sequence[str]) -> list[str]:
    """Lines of a comment, whatever characters a reason has."""
    if not unheld:
        return []
    lines = ["".join(c if c.isprintable() else " " for c in words) for words in unheld]
    return ["", "There is no boundary where it would not hold today:", *(f"- {line}" for line in lines)]


def _text(blocks: Mapping[str, Any], *heading: str) -> str:
    """The HCL of a JSON spec in which every text says itself, under a comment."""
    kept = {kind: found for kind, found in blocks.items() if found}
    body = converted(SpecText("import.flow.json", json.dumps(_plain(kept))))
    comment = "\n".join(f"# {line}".rstrip() for line in heading)
    return f"{comment}\n\n{body.rstrip()}\n"


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
