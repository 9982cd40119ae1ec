"""What one moment has of the network, in Azure's JSON: whole resources, and what is said of others elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flowspec.errors import Where
from flowspec.model.inventory import Lack, key
from flowspec.model.unknown import is_opaque

Document = dict[str, Any]


ANY_FIELD = ("rules", "routes", "peerings", "prefixes", "nsg", "route_table", "ip_configurations", "pools", "asgs")


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of a resource that is not in the document: the NSG of a subnet that another state holds."""

    id: str
    field: str
    value: str | None
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """Something that a NIC elsewhere is put into: a group, a pool or a NAT rule. `config` None: all its addresses."""

    nic: str
    config: str | None
    field: str
    value: str
    where: Where


@dataclass(slots=True)
class Origins:
    """Where the objects of a made document stand, by identity: they have no place of their own in a file."""

    _found: dict[int, tuple[Any, Where]] = field(default_factory=dict)

    def put(self, made: Document, where: Where) -> Document:
        """Says where an object comes from."""
        self._found[id(made)] = made, where
        return made

    def of(self, made: object) -> Where | None:
        """Where an object comes from."""
        found = self._found.get(id(made))
        return found[1] if found is not None else None


@dataclass(slots=True, kw_only=True)
class Picture:
    """`resources` by key of their id; `loose` children whose parent is elsewhere; `settings`, `joinings` and `doubts`
    of resources that are elsewhere, `assumed` fields that nothing here tells, of resources that are here.

    `anywhere`: what is not known of any resource of a table of the inventory. `attached`: endpoints in subnets that no
    NIC stands for. `assumptions` are printed. `fresh` (keys of ids) are new, with a body that
    says only what is not Azure's own default.
    """

    resources: dict[str, Document] = field(default_factory=dict)
    loose: list[Document] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    joinings: list[Joining] = field(default_factory=list)
    doubts: dict[str, list[Lack]] = field(default_factory=dict)
    assumed: dict[str, dict[str, str]] = field(default_factory=dict)
    anywhere: list[tuple[str, Lack]] = field(default_factory=list)
    attached: list[tuple[str, str]] = field(default_factory=list)
    assumptions: dict[str, list[str]] = field(default_factory=dict)
    others: dict[tuple[str, str], str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    fresh: set[str] = field(default_factory=set)
    partly_named: list[str] = field(default_factory=list)
    places: Origins = field(default_factory=Origins)

    def add(self, document: Document, where: Where) -> Document:
        """Adds a whole resource; the last of an id counts."""
        self.resources[key(document["id"])] = self.places.put(document, where)
        if is_opaque(document["id"]):
            self.partly_named.append(document["id"])
        return document

    def perhaps(self, resource_id: str) -> list[str]:
        """The ids, of which a part is not known, of resources that may be the one of an id."""
        segments = key(resource_id).split("/")
        return [one for one in self.partly_named if _may_be(key(one).split("/"), segments)]

    def get(self, resource_id: str) -> Document | None:
        """The document of a resource that is here."""
        return self.resources.get(key(resource_id))

    def put(self, child: Document, owner: Document | None, prop: str) -> None:
        """Puts a child into a list of its parent, over one of its name; beside it where that does not say the list."""
        children = owner["properties"].get(prop) if owner is not None else None
        if not isinstance(children, list):
            self.loose.append(child)
            return
        name = key(str(child["name"]))
        same = (one for one in children if isinstance(one, dict) and key(str(one.get("name", ""))) == name)
        before = {id(one) for one in same}
        children[:] = [one for one in children if id(one) not in before] + [child]

    def doubt(self, resource_id: str, lack: Lack) -> None:
        """Something of a resource is not known, be it here or elsewhere."""
        self.doubts.setdefault(key(resource_id), []).append(lack)

    def part(self, resource_id: str, field: str, words: str) -> None:
        """A part of a resource that is elsewhere, which can't be put into it: the field, or "" for any, is in doubt."""
        for name in (field,) if field else ANY_FIELD:
            self.doubt(resource_id, Lack(name, words, "give the state that holds the whole resource"))

    def assume(self, resource_id: str, fields: Iterable[str], words: str) -> None:
        """Fields that nothing here tells: what the document has there counts unless an earlier source knows better."""
        self.assumed.setdefault(key(resource_id), {}).update((name, words) for name in fields)

    def settle(self, resource_id: str, name: str) -> None:
        """A field that something here tells after all."""
        self.assumed.get(key(resource_id), {}).pop(name, None)

    def print(self, words: str, address: str) -> None:
        """An assumption, with whom it is about."""
        self.assumptions.setdefault(words, []).append(address)


def _may_be(opaque: list[str], known: list[str]) -> bool:
    pairs = zip(opaque, known, strict=False)
    return len(opaque) == len(known) and all(one == other or is_opaque(one) for one, other in pairs)
