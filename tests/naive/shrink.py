"""A drawn network on which something fails -> a small one on which it still fails, so that a person can read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from time import monotonic

from tests.naive.networks import Drawn, ip_configuration_id
from tests.naive.resources import Json

Check = Callable[[Drawn], None]
"""Raises AssertionError where the drawn network fails."""
PATIENCE = 30.0
"""Seconds spent on making a failure small."""


def hold(drawn: Drawn, check: Check) -> None:
    """Run a check; a failure shows the smallest network at hand on which it fails too."""
    try:
        check(drawn)
    except AssertionError as failure:
        small = shrunk(drawn, check)
        network = json.dumps(small.resources, indent=1)
        raise AssertionError(
            f"{_message(small, check)}\n{failure}\n\nseed {drawn.seed}, shrunk to:\n{network}"
        ) from None


def shrunk(drawn: Drawn, check: Check, patience: float = PATIENCE) -> Drawn:
    """Resources, then the entries of their lists, then their properties are left out while it goes on failing."""
    end = monotonic() + patience
    found = True
    while found and monotonic() < end:
        found = False
        for smaller in _smaller(drawn):
            if monotonic() >= end:
                break
            if _message(smaller, check) is not None:
                drawn, found = smaller, True
                break
    return drawn


def _message(drawn: Drawn, check: Check) -> str | None:
    """What the check says; None where it holds. What breaks otherwise is another failure, not this one."""
    try:
        check(drawn)
    except AssertionError as failure:
        return str(failure)
    except Exception:
        return None
    return None


def _smaller(drawn: Drawn) -> Iterator[Drawn]:
    """The network with one thing less, half of the resources first."""
    resources = drawn.resources
    for size in (len(resources) // 2, len(resources) // 4, 1):
        for at in range(0, len(resources), size) if size else ():
            yield _with(drawn, resources[:at] + resources[at + size :])
    for at, resource in enumerate(resources):
        for smaller in _less(resource):
            yield _with(drawn, [*resources[:at], smaller, *resources[at + 1 :]])


def _less(resource: Json) -> Iterator[Json]:
    """The resource without an entry of one of its lists, or without a property."""
    paths = sorted(_paths(resource, ()), key=len)
    for path in paths:
        smaller = deepcopy(resource)
        *parents, last = path
        inner = smaller
        for name in parents:
            inner = inner[name]  # type: ignore[index]
        del inner[last]  # type: ignore[arg-type]
        yield smaller


def _paths(value: object, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Where something can be left out: not what names a resource, nor the fields that a rule can't do without."""
    if isinstance(value, list):
        for at, item in enumerate(value):
            yield (*path, at)
            yield from _paths(item, (*path, at))
    elif isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, dict | list):
                yield from _paths(item, (*path, name))
                if name != "properties":
                    yield (*path, name)


def _with(drawn: Drawn, resources: list[Json]) -> Drawn:
    """Places are those that are still there."""
    there = {
        str(found).casefold()
        for resource in resources
        for found in (
            *(s.get("id", "") for s in resource.get("properties", {}).get("subnets", [])),
            *(ip_configuration_id(resource, c) for c in resource.get("properties", {}).get("ipConfigurations", [])),
        )
    }
    return replace(drawn, resources=resources, places=tuple(p for p in drawn.places if p.casefold() in there))
