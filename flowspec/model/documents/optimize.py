"""How many rules each NSG needs, as plain data: exactly the document of `schemas/optimize.schema.json`, typed."""

from __future__ import annotations

from typing import Literal

from flowspec.model.documents.values import DocumentValue, IntentProblem, InventorySource, SourceLine

FORMAT_VERSION = "1.0"


class OptimizedRule(DocumentValue, frozen=True, kw_only=True):
    """What becomes of a rule (its name): it is deleted, or written anew in the place of others; and why.

    `better_name` says what the rule does from then on; empty where its own name does.
    """

    rule: str
    action: Literal["delete", "update"]
    why: str
    better_name: str = ""


class OptimizedNsg(DocumentValue, frozen=True, kw_only=True):
    """An NSG (its id) with `before` rules, of which `after` do the same, and what changes on the way.

    `kept` says why it, or a part of it, is left as it is; empty where nothing stood in the way.
    """

    nsg: str
    before: int
    after: int
    rules: tuple[OptimizedRule, ...]
    kept: str
    where: SourceLine | None = None


class OptimizeSummary(DocumentValue, frozen=True, kw_only=True):
    """All NSGs, those that have fewer rules afterwards, and the rules of all of them."""

    nsgs: int
    smaller: int
    before: int
    after: int


class Optimized(DocumentValue, frozen=True, kw_only=True):
    """The document: every NSG, those that lose the most rules first. `problems` are those of the inventory."""

    format_version: str
    flowspec_version: str
    inventory: tuple[InventorySource, ...]
    summary: OptimizeSummary
    nsgs: tuple[OptimizedNsg, ...]
    problems: tuple[IntentProblem, ...] = ()
