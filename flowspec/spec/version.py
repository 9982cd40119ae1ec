"""`required_version` against the version that runs, with the constraints that Terraform knows."""

from __future__ import annotations

import re

from flowspec.spec.network import BadValue

_CONSTRAINT = re.compile(r"\s*(>=|<=|!=|~>|>|<|=)?\s*v?([0-9]+(?:\.[0-9]+){0,2})\s*")
_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*")


def is_met(constraints: str, version: str) -> bool:
    """All of the constraints, which commas separate, hold for `version`."""
    return all(_holds(constraint, _numbers(version)) for constraint in constraints.split(","))


def _holds(constraint: str, version: tuple[int, int, int]) -> bool:
    found = _CONSTRAINT.fullmatch(constraint[:100])
    if found is None:
        raise BadValue(
            f'"{constraint.strip()[:100]}" is not a version constraint',
            'Write for example ">= 0.1" or "~> 1.2, != 1.2.3".',
        )
    wanted = _numbers(found[2])
    match found[1]:
        case ">=":
            return version >= wanted
        case "<=":
            return version <= wanted
        case ">":
            return version > wanted
        case "<":
            return version < wanted
        case "!=":
            return version != wanted
        case "~>":
            kept = found[2].count(".")
            return version >= wanted and version[:kept] == wanted[:kept]
    return version == wanted


def _numbers(version: str) -> tuple[int, int, int]:
    found = _NUMBERS.match(version)
    parts = [int(part) for part in found[0].split(".")] if found else []
    major, minor, patch = [*parts, 0, 0, 0][:3]
    return major, minor, patch
