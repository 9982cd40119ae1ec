"""The dated list of prefixes that Azure expands the tag `Internet` to (azure.md A5), one data file of the package."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pkgutil import get_data

from flowspec.sets.address import prefix_set
from flowspec.sets.intervals import AddressSet


@dataclass(frozen=True, slots=True)
class InternetList:
    """`date` as ISO text, the day Azure was seen to expand the tag this way. It has no IPv6."""

    date: str
    addresses: AddressSet


@cache
def internet_list() -> InternetList:
    data = json.loads(get_data("flowspec", "data/internet.json") or b"")
    return InternetList(str(data["date"]), prefix_set(tuple(data["prefixes"])))
