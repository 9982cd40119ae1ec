"""What a reference may mean, where it stands, and the search for it; values by their path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flowspec.model.unknown import is_unknown, unknown
from flowspec.terraform.addresses import InstanceKey, ModulePath
from flowspec.terraform.configuration import ConfigJson

AttributePath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Meant:
    """The ids that a reference may mean. `open`: it may mean something else, too. `reason`: why it is not known."""

    ids: tuple[str, ...] = ()
    open: bool = False
    reason: str = ""

    @property
    def sure(self) -> str | None:
        """The one id that it surely means."""
        return self.ids[0] if len(self.ids) == 1 and not self.open else None

    @property
    def none(self) -> bool:
        """Surely nothing."""
        return not self.ids and not self.open

    def written(self) -> str | None:
        """The id, nothing, or a text that is held back."""
        if self.sure is not None or self.none:
            return self.sure
        reason = self.reason or f"one of {', '.join(one.rpartition('/')[2] for one in self.ids[:3])}"
        return unknown(reason, among=() if self.open else self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceScope:
    """Where an expression stands: the modules, the key of the instance, and the resource or call it is of.

    `keys` are those of all instances; `by_key`: whether it surely takes the one of its own key, None: nobody knows.
    """

    modules: ModulePath
    key: InstanceKey
    owner: ConfigJson
    keys: frozenset[InstanceKey]
    by_key: bool | None = None


@dataclass(slots=True)
class Search:
    """What is being looked for: an Azure type, or any value; and what was found on the way."""

    wanted: str
    ids: dict[str, None] = field(default_factory=dict)
    open: bool = False
    seen: set[tuple[object, ...]] = field(default_factory=set)


def at(values: Any, path: Iterable[str | int]) -> Any:
    """The value at a path; what is held back on the way is held back."""
    for name in path:
        if isinstance(values, dict) and isinstance(name, str):
            values = values.get(name)
        elif isinstance(values, list) and isinstance(name, int):
            values = values[name] if name < len(values) else None
        elif is_unknown(values):
            return values
        else:
            return None
    return values


def is_of(resource_id: str, wanted: str) -> bool:
    """Whether an id is of a resource of an Azure type."""
    segments = resource_id.lower().rpartition("/providers/")[2].split("/")
    return "/".join((segments[0], *segments[1::2])) == wanted


def named_by(reference: str) -> bool:
    """Whether a reference names something that an apply makes known."""
    return reference.partition(".")[0] not in ("each", "count", "path", "terraform", "var", "local", "self")
