"""What several documents hold: places in files, sets of flows as boxes of text, who decided, what was read."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import UNSET as UNSET
from msgspec import Struct
from msgspec import UnsetType as UnsetType

ShownAccess = Literal["Allow", "Deny", "Unknown"]


class Status(StrEnum):
    """What an intent comes to. ERRORED: it could not be judged at all."""

    SATISFIED = "satisfied"
    DRIFTED = "drifted"
    UNKNOWN = "unknown"
    ERRORED = "errored"


class DocumentValue(Struct, frozen=True, kw_only=True):
    """Base of all parts of the document: immutable, named fields; unknown fields of newer minor versions ignored."""


class SourceLine(DocumentValue, frozen=True, kw_only=True):
    """A file with its line and column, counted from 1; 0 where not known.

    `address` is what Terraform calls the resource there; of other sources there is none.
    """

    file: str
    line: int = 0
    column: int = 0
    address: str | UnsetType = UNSET


class Pair(DocumentValue, frozen=True, kw_only=True):
    """A box of flows seen from outside. Addresses are prefixes, or names in angle brackets for what has no number.

    `protocol` is `TCP`, `UDP`, `ICMP`, `ESP`, `AH`, `OTHER` or `*` (all of them, on all ports). The lists of ports are
    empty for protocols without ports. `except_self`: flows from an address to itself are not of the box.
    `source_named`, `destination_named`: what these addresses are called, if anything: `Internet`, `VNet vnet-hub`.
    """

    protocol: str
    source: tuple[str, ...]
    source_ports: tuple[str, ...]
    destination: tuple[str, ...]
    destination_ports: tuple[str, ...]
    except_self: bool = False
    source_named: str | UnsetType = UNSET
    destination_named: str | UnsetType = UNSET


class ExampleFlow(DocumentValue, frozen=True, kw_only=True):
    """One concrete flow. Ports are None for protocols without ports."""

    protocol: str
    source: str
    source_port: int | None
    destination: str
    destination_port: int | None


class Total(DocumentValue, frozen=True, kw_only=True):
    """Of a list of boxes: the exact number of flows, one of them, and whether the list was cut at `--max-boxes`.

    `count` is text: it easily exceeds what JSON readers hold exactly.
    """

    count: str = "0"
    example: ExampleFlow | None = None
    truncated: bool = False


class DecidedBy(DocumentValue, frozen=True, kw_only=True):
    """What decided: a rule of an NSG, an admin rule, or none (`rule` empty, `nsg` empty: no NSG applied).

    `rule` is spelt as ipFlowVerify does (`securityRules/x`, `defaultSecurityRules/x`; `adminRules/x` for admin rules);
    `rule_id` is empty for default rules. `direction` is the side it decided at: Inbound, the destination's.
    """

    nsg: str
    rule: str
    access: str
    direction: Literal["Inbound", "Outbound", ""] = ""
    priority: int | None = None
    rule_id: str = ""
    note: str = ""
    where: SourceLine | None = None


class IntentProblem(DocumentValue, frozen=True, kw_only=True):
    """What is wrong, or worth a look, about an intent or an inventory: in a few words, in detail, and where."""

    severity: Literal["error", "warning", "info"]
    summary: str
    detail: str = ""
    where: SourceLine | None = None


class InventorySource(DocumentValue, frozen=True, kw_only=True):
    """An inventory source as it was named, its digest (sha256), and how many resources it gave."""

    source: str
    digest: str
    resources: int
    taken_at: str | None = None


class Attachment(DocumentValue, frozen=True, kw_only=True):
    """A NIC of which drift or doubt is told, and the VM of which it is the only one."""

    nic: str
    vm: str
