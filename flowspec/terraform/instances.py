"""One instance of a Terraform resource: what it is before and after the apply, what nobody knows yet held back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowspec.errors import Where
from flowspec.model.unknown import is_unknown, unknown
from flowspec.terraform.addresses import InstanceKey, ModulePath

Values = Mapping[str, Any]
NO_VALUES: Values = {}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """`resource` is `type.name`, or `data.type.name`; `values` hold `model.unknown` texts for what is held back.

    `expected`: whether nothing else can have children or parts of it yet, as it is created by this plan.
    """

    address: str
    modules: ModulePath
    resource: str
    type: str
    key: InstanceKey
    provider: str
    values: Values
    where: Where
    is_data: bool = False
    is_new: bool = False
    sensitive: Any = None
    made: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """A text that is known and not empty."""
        value = self.values.get(name)
        return value if isinstance(value, str) and value and not value.startswith("\0") else None

    def blocks(self, name: str) -> list[Values]:
        """The nested blocks of a name that are known to be there."""
        value = self.values.get(name)
        items = value if isinstance(value, list) else [value]
        return [item for item in items if isinstance(item, dict)]


def secrets(values: Any, marks: Any) -> Iterator[str]:
    """The texts that are marked as sensitive."""
    if marks is True:
        yield from _texts(values)
    elif isinstance(marks, dict) and isinstance(values, dict):
        for name, mark in marks.items():
            yield from secrets(values.get(name), mark)
    elif isinstance(marks, list) and isinstance(values, list):
        for value, mark in zip(values, marks, strict=False):
            yield from secrets(value, mark)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value and not is_unknown(value):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def provider_of(name: str) -> str:
    """`azurerm` of `registry.terraform.io/hashicorp/azurerm`, `provider["…/azurerm"].x` or `provider.azurerm`."""
    inside = name.partition('["')[2].partition('"]')[0] or name
    return inside.rpartition("/")[2].removeprefix("provider.").partition(".")[0]


def held_back(after: Any, later: Any, address: str) -> Any:
    """`after` with what `after_unknown` marks put in as unknown; Terraform leaves that out, or writes null."""
    if later is True:
        return unknown(f"known after apply: {address}")
    if isinstance(later, dict) and later and (after is None or isinstance(after, dict)):
        found = dict(after or {})
        for name, value in later.items():
            if value:
                made = held_back(found.get(name), value, f"{address}.{name}")
                if made is not None:
                    found[name] = made
        return found if after is not None or found else None
    if isinstance(later, list) and isinstance(after, list) and any(later):
        longer = [*later, *[False] * (len(after) - len(later))]
        pairs = zip(range(len(longer)), [*after, *[None] * (len(longer) - len(after))], longer, strict=False)
        return [held_back(value, held, f"{address}[{at}]") for at, value, held in pairs]
    return after
