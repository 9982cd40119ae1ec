"""Inventory -> a spec of what is permitted today, and the proof that it says neither more nor less."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from flowspec.coverage.coverage import percent_of
from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.importing.brief import brief
from flowspec.importing.passing import passing_of, rules_of
from flowspec.importing.statements import CLOSING, Statements
from flowspec.importing.writing import files_of
from flowspec.intents.case import Case
from flowspec.intents.cover import emptied
from flowspec.intents.judgement import Judgement
from flowspec.intents.judgements import Judgements
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Inventory
from flowspec.reporting.sensitive import without_secrets
from flowspec.spec.load import load
from flowspec.spec.source import SpecFiles, SpecText, decode


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportProof:
    """What the engine says of the written spec, on the network it was made of. `rules` counts the custom ones.

    `satisfied` counts intents and boundaries, `percent` is the coverage, `with_unknown` what it would be if the intents
    of what is not known were enabled. `unsaid` is what is not known or can't be said, `unheld` tells each boundary that
    was looked at and does not hold.
    """

    intents: int
    boundaries: int
    satisfied: int
    rules: int
    percent: float
    with_unknown: float
    unsaid: tuple[str, ...] = ()
    unheld: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the spec says neither more nor less than what is permitted."""
        return self.satisfied == self.intents + self.boundaries and self.percent == 100 and not self.unsaid


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The texts of the files, by their names, and their proof."""

    files: Mapping[str, str]
    proof: ImportProof


def imported(inventory: Inventory, today: date, name: str, sources: Sequence[str]) -> Imported:
    """The spec of an inventory, `name` and `sources` in its `flowspec` block; FlowspecError where it has no NIC.

    What the engine does not say the same of is taken back until it does: it stays as an intent that claims nothing.
    """
    passing = passing_of(inventory, today)
    if not passing.network.endpoints:
        raise FlowspecError(Problem(Severity.ERROR, "The inventory has no NIC: there is nothing to describe", _NICS))
    statements, head = Statements(passing), {"name": name, "inventory": list(sources)}
    borders = statements.borders()
    without, is_closed = "", True
    unheld: list[str] = []
    while True:
        closing = {CLOSING: _closing(statements, without)} if is_closed else {}
        files = files_of(statements, borders, head, closing, brief(unheld))
        spec = load(["."], {}, [], {}, _Texts(files))
        case = Case(spec, inventory, today)
        judgements = Judgements(case.judge, case.questions)
        found = {border.name: judgements[f"boundary.{border.name}"] for border in borders}
        held = [border for border in borders if _holds(found[border.name])]
        if len(held) < len(borders):
            unheld += [
                f"boundary.{n}: {_crossed(one, inventory.sensitive)}" for n, one in found.items() if not _holds(one)
            ]
            borders = held
            continue
        if _taken_back(statements, judgements, inventory.sensitive):
            continue
        last = judgements.get(f"intent.{CLOSING}")
        if last is None or last.status is Status.SATISFIED:
            break
        is_closed = not emptied(last.question.asked, last.question.oneself)
        without = without_secrets(_why(last), inventory.sensitive) if is_closed else ""
    percent = with_unknown = percent_of(case)
    if doubted := {one.name for one in statements.listed if one.unknown}:
        intents = {name: replace(one, enabled=one.enabled or name in doubted) for name, one in spec.intents.items()}
        with_unknown = percent_of(Case(replace(spec, intents=intents), inventory, today))
    unsaid = [*statements.unsaid, *([f"intent.{CLOSING}: {without}"] if without else [])]
    if percent < 100 and not unsaid:
        unsaid.append("what may or may not belong to an intent: flowspec coverage lists it")
    return Imported(
        files=files,
        proof=ImportProof(
            intents=len(judgements) - len(borders),
            boundaries=len(borders),
            satisfied=sum(found.status is Status.SATISFIED for found in judgements.values()),
            rules=sum(1 for _ in rules_of(inventory)),
            percent=percent,
            with_unknown=with_unknown,
            unsaid=tuple(dict.fromkeys(unsaid)),
            unheld=tuple(brief(unheld)),
        ),
    )


def _holds(judgement: Judgement) -> bool:
    return judgement.status is Status.SATISFIED


def _crossed(judgement: Judgement, secrets: Iterable[str]) -> str:
    """Why a boundary does not hold; what crosses unlisted can be stopped at its other end alone."""
    if judgement.status is Status.UNKNOWN:
        return without_secrets(_why(judgement), secrets).split("; ")[0]
    return "more may cross it than passes in the end, since only the other end stops the rest"


def _taken_back(statements: Statements, judgements: Judgements, secrets: Iterable[str]) -> bool:
    """Whether there are statements that the engine does not say the same of; they are not held to be so any more."""
    found = False
    for statement in statements.listed:
        judgement = judgements.get(f"intent.{statement.name}")
        if judgement is not None and judgement.status is not Status.SATISFIED:
            statement.unknown = without_secrets(_why(judgement), secrets)
            statements.unsaid.append(f"intent.{statement.name}: {statement.unknown}")
            found = True
    return found


def _closing(statements: Statements, without: str) -> dict[str, Any]:
    """Everything that no statement is about is stopped; `without` is why that is not known."""
    body: dict[str, Any] = {
        "description": f"not known: {without}" if without else "whatever no other intent is about does not pass",
        "from": ["group.any"],
        "to": ["group.any"],
        "protocol": "*",
        "expect": "Deny",
    }
    taken_out = [f"intent.{one.name}" for one in statements.listed if not one.is_stopped]
    body |= {"except": taken_out} if taken_out else {}
    return {**body, "enabled": False} if without else body


def _why(judgement: Judgement) -> str:
    """Why a judgement is not satisfied, in a few words that are never none."""
    reasons = [one.reason for one in judgement.unsure] + [one.summary for one in judgement.question.problems]
    return next(filter(None, reasons), "its groups can't be told apart from others")


@dataclass(slots=True)
class _Texts(SpecFiles):
    """Files that are not written yet."""

    texts: Mapping[str, str]

    def find(self, paths: Sequence[Path | str], problems: list[Problem]) -> list[Path]:
        """All of them, whatever is asked for."""
        return [Path(name) for name in self.texts]

    def has(self, path: Path) -> bool:
        """Whether a file is among them."""
        return str(path) in self.texts

    def read(self, path: Path, problems: list[Problem]) -> SpecText | None:
        """The text of one."""
        return decode(str(path), self.texts[str(path)].encode(), problems)


_NICS = "Add the NICs, their subnets and their NSGs (az network nic list -o json, and so on)."
