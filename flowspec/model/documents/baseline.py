"""What was known to fail, as a file: `--write-baseline` writes it, `--baseline` reads it. It holds no clock."""

from __future__ import annotations

from flowspec.model.documents.values import DocumentValue, Status

BASELINE_VERSION = "1.0"


class KnownFinding(DocumentValue, frozen=True, kw_only=True):
    """A finding of lint: its code and severity, the id of its resource and the name of its rule, in lower case."""

    code: str
    severity: str
    resource: str
    rule: str


class LintBaseline(DocumentValue, frozen=True, kw_only=True):
    """What `lint --write-baseline` writes: every finding, in a fixed order."""

    format_version: str
    flowspec_version: str
    findings: tuple[KnownFinding, ...]


class KnownBox(DocumentValue, frozen=True, kw_only=True):
    """A box of flows, exactly. Ports are ranges, and `none` for protocols without ports.

    Addresses are prefixes; `<4 name>` and `<6 name>` stand for one that has no number, by what it is of.
    """

    protocols: tuple[str, ...]
    source: tuple[str, ...]
    source_ports: tuple[str, ...]
    destination: tuple[str, ...]
    destination_ports: tuple[str, ...]


class KnownFlows(DocumentValue, frozen=True, kw_only=True):
    """Flows by where they are judged: a direction and a subnet or NIC, "" for all of them together.

    `reason` is why they are not known; "" for drift.
    """

    at: str
    reason: str
    flows: tuple[KnownBox, ...]


class KnownIntent(DocumentValue, frozen=True, kw_only=True):
    """An intent that fails. `exact` is false where its flows are too many to be kept: then it always counts."""

    address: str
    expect: str
    status: Status
    exact: bool
    drift: tuple[KnownFlows, ...]
    unknown: tuple[KnownFlows, ...]


class Baseline(DocumentValue, frozen=True, kw_only=True):
    """The baseline document, in the order of the addresses."""

    format_version: str
    flowspec_version: str
    intents: tuple[KnownIntent, ...]
