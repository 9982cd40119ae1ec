"""The desired state: a spec after variables, locals and expressions are gone and references are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from flowspec.errors import Problem, Severity, Where
from flowspec.model.inventory import Access, Direction
from flowspec.sets.intervals import Protocol

GROUP_ANY = "any"
GROUP_PUBLIC = "public"


class EnforceAt(StrEnum):
    """Where a Deny must be stopped (`at`)."""

    EITHER = "either"
    SOURCE = "source"
    DESTINATION = "destination"
    BOTH = "both"


class Partition(StrEnum):
    """`each` of a boundary."""

    VNET = "vnet"
    SUBNET = "subnet"
    RESOURCE_GROUP = "resource_group"
    NIC = "nic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """Conditions on a NIC that must all hold; an empty tuple (or None) is no condition. Values of one condition add up.

    Names may be globs (`*`, `?`), in any letter case; `tags` are those of the VM or the NIC: values exact, names in
    any letter case. Pairs of one tag name add up (any of the values will do); different tag names must all hold.
    """

    vm: tuple[str, ...] = ()
    nic: tuple[str, ...] = ()
    subnet: tuple[str, ...] = ()
    vnet: tuple[str, ...] = ()
    resource_group: tuple[str, ...] = ()
    subscription: tuple[str, ...] = ()
    location: tuple[str, ...] = ()
    application_security_group: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A union of all it names. `expect_at_least` counts NICs; None means 1 for each select.

    `subnet_places` is where each of `subnets` is written, if that is known.
    """

    name: str
    selects: tuple[Select, ...] = ()
    excludes: tuple[Select, ...] = ()
    subnets: tuple[str, ...] = ()
    subnet_places: tuple[Where, ...] = field(default=(), compare=False)
    frontends: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    service_tags: tuple[str, ...] = ()
    expect_at_least: int | None = None
    description: str = ""
    where: Where | None = field(default=None, compare=False)

    @property
    def address(self) -> str:
        return f"group.{self.name}"


@dataclass(frozen=True, slots=True)
class Service:
    """One protocol and its ports as inclusive ranges, sorted and joined. `protocols` is all of them for `*`.

    Ports of protocols without ports are empty tuples, which mean every port for Tcp and Udp. `*` with ports is Tcp and
    Udp, which alone have any; so ports are only there when every one of `protocols` has them.
    """

    protocols: tuple[Protocol, ...]
    ports: tuple[tuple[int, int], ...] = ()
    source_ports: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """`sources`, `destinations`: names of groups. `except_…`: groups and Allow intents whose flows are taken out."""

    name: str
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    services: tuple[Service, ...]
    expect: Access
    severity: Severity = Severity.ERROR
    at: EnforceAt = EnforceAt.EITHER
    except_groups: tuple[str, ...] = ()
    except_intents: tuple[str, ...] = ()
    owner: str = ""
    description: str = ""
    enabled: bool = True
    where: Where | None = field(default=None, compare=False)

    @property
    def address(self) -> str:
        return f"intent.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """What crosses it must be covered by `allow`. `remote` None: everyone outside. `directions`: one or both."""

    name: str
    around: tuple[str, ...]
    directions: tuple[Direction, ...]
    allow: tuple[str, ...] = ()
    each: Partition | None = None
    remote: tuple[str, ...] | None = None
    severity: Severity = Severity.ERROR
    owner: str = ""
    description: str = ""
    enabled: bool = True
    where: Where | None = field(default=None, compare=False)

    @property
    def address(self) -> str:
        return f"boundary.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carveout:
    """An `exception` block: these flows are not judged by what it is of, until the day `expires`, inclusive.

    None for sources, destinations or services: all of them. `of` holds addresses (`intent.x`, `boundary.y`).
    """

    name: str
    of: tuple[str, ...]
    expires: date
    sources: tuple[str, ...] | None = None
    destinations: tuple[str, ...] | None = None
    services: tuple[Service, ...] | None = None
    reason: str = ""
    owner: str = ""
    of_platform: tuple[str, ...] = ()
    where: Where | None = field(default=None, compare=False)

    @property
    def address(self) -> str:
        return f"exception.{self.name}"


@dataclass(frozen=True, slots=True)
class Admission:
    """Which exceptions of other specs a platform admits: from which files, for how long, saying what. None: any."""

    files: tuple[str, ...] | None = None
    max_days: int | None = None
    require: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """What the inventory can't show: prefixes that a `gateway` (name or id) learns, or a `path` between groups."""

    name: str
    gateway: str | None = None
    learned_prefixes: tuple[str, ...] = ()
    path: bool = False
    sources: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    reason: str = ""
    review: date | None = None
    where: Where | None = field(default=None, compare=False)

    @property
    def address(self) -> str:
        return f"assume.{self.name}"


@dataclass(frozen=True, slots=True)
class FixSettings:
    """Where suggested rules are put: the priorities they take (first and last), each a multiple of `step` if it can."""

    priorities: tuple[int, int] = (100, 4096)
    step: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredFlows:
    """Flows that a change declares to open or close, between groups; no services: all. `text` is how it is written."""

    effect: Literal["opens", "closes"]
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    services: tuple[Service, ...] = ()
    text: str = ""
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A file of the spec and its digest (sha256)."""

    path: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LintIgnore:
    """A comment `# flowspec:ignore FS101 reason until 2027-01-31`: findings of lint not to be told, and until when.

    `of` narrows it to `nsg/rule`, globs; "" for all of the code.
    """

    code: str
    reason: str
    until: date
    of: str = ""
    where: Where | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """All files as one. Mappings are by name, in the order of the files' names and then of their lines.

    `name` of the `flowspec` block owns the rules it suggests; "" when there is none. Relative paths of `inventory` are
    already joined to the folder of the file that names them; `inventory_places` is where each is written. `declared` is
    the change that a file declares; `admits` says which exceptions of others count. `platform` is that part of this
    spec which a platform team wrote, with what it is judged by; `problems` is what is to tell of the spec.
    `ignores` are its comments for lint.
    """

    name: str = ""
    inventory: tuple[str, ...] = ()
    inventory_places: tuple[Where, ...] = field(default=(), compare=False)
    groups: Mapping[str, Group] = field(default_factory=dict)
    intents: Mapping[str, Intent] = field(default_factory=dict)
    boundaries: Mapping[str, Boundary] = field(default_factory=dict)
    exceptions: Mapping[str, Carveout] = field(default_factory=dict)
    assumptions: Mapping[str, Assumption] = field(default_factory=dict)
    fixes: FixSettings = FixSettings()
    declared: tuple[DeclaredFlows, ...] | None = None
    admits: Admission | None = None
    platform: Spec | None = None
    problems: tuple[Problem, ...] = ()
    files: tuple[SpecFile, ...] = ()
    ignores: tuple[LintIgnore, ...] = ()
    digest: str = ""
