"""An alert: one thing that is wrong, for a reader beside a line of a file. Formats of a CI are made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from flowspec.counting import counted
from flowspec.model.documents.plan import DecidedBy, SourceLine
from flowspec.views.layout import clipped, visible

AlertLevel = Literal["error", "warning", "info"]
MOST = 6
"""Rules, fixes or reasons of one kind that an alert names."""
LONGEST = 1000
"""Characters of one fact: names come from the cloud and may be of any length."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence of an alert: `decided by` something; the first has no label."""

    label: str
    text: str

    def __str__(self) -> str:
        return f"{self.label} {self.text}".strip()


@dataclass(frozen=True, slots=True)
class Spot:
    """A rule that decided, by what stays the same when it moves, and where it is written."""

    key: tuple[str, ...]
    where: SourceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that is wrong. `rule` is what it is a case of: the address of an intent, or a kind of difference.

    `title` says what in a few words, `facts` all of it; `spots` are where it is decided, `wanted` is where the spec
    asks for something else. `key` stays the same as long as it is the same thing. `is_open`: too much is permitted.
    `is_known`: it was so before the change, so nobody is kept from making that.
    """

    level: AlertLevel
    rule: str
    about: str
    title: str
    facts: tuple[Fact, ...]
    spots: tuple[Spot, ...] = ()
    wanted: SourceLine | None = None
    key: tuple[str, ...]
    is_open: bool = False
    is_known: bool = False

    @property
    def where(self) -> SourceLine | None:
        """The line to show it at, if it has one."""
        return self.spots[0].where if self.spots else self.wanted


def level_shown(alert: Alert) -> AlertLevel:
    """Of what was so before the change no more than a note."""
    return "info" if alert.is_known else alert.level


def fact(label: str, text: str) -> Fact:
    """A fact with what acts on a reader made visible, and no longer than is read."""
    return Fact(label, clipped(visible(text), LONGEST))


def more_facts(label: str, count: int, noun: str) -> list[Fact]:
    """`and 3 more rules`, or nothing."""
    return [Fact(label, f"and {counted(count, f'more {noun}')}")] if count > 0 else []


def spots_of(deciders: Iterable[DecidedBy]) -> tuple[Spot, ...]:
    """Every place where a rule that decided is written, once."""
    found: dict[SourceLine, Spot] = {}
    for decider in deciders:
        if decider.where is not None:
            found.setdefault(decider.where, Spot((decider.nsg.casefold(), decider.rule.casefold()), decider.where))
    return tuple(found.values())
