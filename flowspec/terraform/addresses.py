"""Addresses and references as Terraform writes them -> their parts: names, and keys of instances."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

InstanceKey = int | str | None

PART = re.compile(r'\[(?P<number>\d+)\]|\["(?P<text>(?:[^"\\]|\\.)*)"\]|(?P<name>[^.\[\]]+)|\.|\[\*?\]')
ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Bracketed:
    """What stands in brackets: the key of an instance, or an index."""

    value: int | str


AddressPart = str | Bracketed


@lru_cache(maxsize=1 << 16)
def parts(address: str) -> tuple[AddressPart, ...]:
    """`module.a["x"].azurerm_subnet.b[0].id` -> its names and keys in order."""
    found: list[AddressPart] = []
    for match in PART.finditer(address):
        if match["number"] is not None:
            found.append(Bracketed(int(match["number"])))
        elif match["text"] is not None:
            found.append(Bracketed(ESCAPE.sub(r"\1", match["text"])))
        elif match["name"] is not None and match["name"] != "*":
            found.append(match["name"])
    return tuple(found)


ModulePath = tuple[tuple[str, InstanceKey], ...]
"""The modules on the way to a resource, each with the key of its instance."""


@lru_cache(maxsize=1 << 12)
def module_path(address: str) -> ModulePath:
    """`module.a["x"].module.b` -> (("a", "x"), ("b", None))."""
    found: list[tuple[str, InstanceKey]] = []
    left = list(parts(address))
    while len(left) >= 2 and left[0] == "module":
        name, key = str(left[1]), left[2] if len(left) > 2 else None
        found.append((name, key.value if isinstance(key, Bracketed) else None))
        left = left[3 if isinstance(key, Bracketed) else 2 :]
    return tuple(found)


def split_address(address: str) -> tuple[ModulePath, str, InstanceKey]:
    """The modules, `type.name` (`data.type.name`) and the key of a resource's address."""
    modules = module_path(address)
    left = parts(address)[sum(2 if key is None else 3 for _, key in modules) :]
    key = left[-1].value if left and isinstance(left[-1], Bracketed) else None
    return modules, ".".join(part for part in left if isinstance(part, str)), key


def longest(references: Iterable[str]) -> list[str]:
    """References without those that only begin others: Terraform lists `a.b.id` and `a.b` for one expression."""
    every = list(dict.fromkeys(references))
    return [one for one in every if not any(o != one and o.startswith(one) and o[len(one)] in ".[" for o in every)]


def without_keys(address: str) -> str:
    """An address as the configuration has it, where all instances are one."""
    return ".".join(part for part in parts(address) if isinstance(part, str))
