"""What the groups of a spec came to, as plain data: exactly the document of `schemas/targets.schema.json`, typed."""

from __future__ import annotations

from flowspec.model.documents.plan import DocumentValue, IntentProblem

FORMAT_VERSION = "1.0"


class Candidate(DocumentValue, frozen=True, kw_only=True):
    """Something that may belong to a group (its id), and why that is not known."""

    id: str
    reason: str


class Target(DocumentValue, frozen=True, kw_only=True):
    """A group with its members: ids of NICs and of whole subnets, frontends, prefixes and service tags."""

    address: str
    nics: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    frontends: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    service_tags: tuple[str, ...] = ()
    maybe: tuple[Candidate, ...] = ()
    problems: tuple[IntentProblem, ...] = ()


class Targets(DocumentValue, frozen=True, kw_only=True):
    """The targets document: every group of the spec, in its order.

    `uncovered` are the NICs and subnets (ids) around which there is no boundary; None where that was not asked.
    """

    format_version: str
    flowspec_version: str
    groups: tuple[Target, ...]
    uncovered: tuple[str, ...] | None = None
