"""Inventory -> a spec of what is permitted today, in two files, and the proof that it says neither more nor less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from flowspec.coverage.coverage import coverage_of
from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.importing.blocks import Block, Blocks, Ground
from flowspec.importing.candidates import candidates_of
from flowspec.importing.naming import Named, Naming
from flowspec.importing.passing import passing_of, rules_of
from flowspec.importing.services import body_of, name_of, simplest
from flowspec.importing.writing import Names, group_body, group_names, text_of
from flowspec.intents.case import Case
from flowspec.intents.judgement import Judgement
from flowspec.intents.judgements import Judgements
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Inventory
from flowspec.model.spec import Service
from flowspec.spec.load import load
from flowspec.spec.source import SpecFiles, SpecText, decode

FILES = MAIN, REST = "network.flow.hcl", "rest.flow.hcl"
CLOSING = "nothing-else"
_ROUNDS = 4


@dataclass(slots=True, kw_only=True)
class Statement:
    """An intent to be: what passes from some groups to others. `unknown` is why it can't be held to be so."""

    name: str
    ends: tuple[Named, Named]
    services: tuple[Service, ...]
    but: str = ""
    stopped: bool = False
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the engine says of the written spec, on the network it was made of."""

    intents: int
    satisfied: int
    rules: int
    percent: float
    holds: bool
    unsaid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The files by their names, and their proof."""

    files: Mapping[str, str]
    proof: Proof


def imported(inventory: Inventory, today: date, name: str, sources: Sequence[str]) -> Imported:
    """The spec of an inventory, with `name` and `sources` in its `flowspec` block; FlowspecError where it has no NIC."""
    writer = _Writer(inventory, today, name, tuple(sources))
    return writer.written()


@dataclass(slots=True)
class _Texts(SpecFiles):
    """Files that are not written yet."""

    texts: Mapping[str, str]

    def find(self, paths: Sequence[Path | str], problems: list[Problem]) -> list[Path]:
        return [Path(name) for name in self.texts]

    def has(self, path: Path) -> bool:
        return str(path) in self.texts

    def read(self, path: Path, problems: list[Problem]) -> SpecText | None:
        return decode(str(path), self.texts[str(path)].encode(), problems)


@dataclass(slots=True, eq=False)
class _Writer:
    """The statements of a spec and the names in it, which are given as they are first used."""

    inventory: Inventory
    today: date
    name: str
    sources: tuple[str, ...]
    statements: list[Statement] = field(default_factory=list)
    unsaid: list[str] = field(default_factory=list)
    closing: str = ""
    naming: Naming = field(init=False)
    group_names: Names = field(default_factory=group_names)
    intent_names: Names = field(default_factory=lambda: Names((CLOSING,)))
    service_names: Names = field(default_factory=Names)
    groups: dict[int, str] = field(default_factory=dict)

    def written(self) -> Imported:
        """States what passes, asks the engine, and takes back what it does not say the same of."""
        self.state()
        for _ in range(_ROUNDS):
            files = self.files()
            spec = load(["."], {}, [], {}, _Texts(files))
            judgements = Judgements((case := Case(spec, self.inventory, self.today)).judge, case.questions)
            if not self.taken_back(judgements):
                break
        percent = coverage_of(spec, self.inventory, self.today, lambda where: where).percent
        satisfied = sum(found.status is Status.SATISFIED for found in judgements.values())
        return Imported(
            files=files,
            proof=Proof(
                intents=len(judgements),
                satisfied=satisfied,
                rules=sum(1 for _ in rules_of(self.inventory)),
                percent=percent,
                holds=satisfied == len(judgements) and percent == 100 and not self.unsaid,
                unsaid=tuple(dict.fromkeys(self.unsaid)),
            ),
        )

    def state(self) -> None:
        """A statement for each block of what passes, and for each of what may."""
        passing = passing_of(self.inventory, self.today)
        network = passing.network
        if not network.endpoints:
            raise FlowspecError(
                Problem(Severity.ERROR, "The inventory has no NIC: there is nothing to describe", _NICS)
            )
        candidates = candidates_of(network)
        groups = [candidate.addresses for candidate in candidates]
        sets = [passing.flows, *(one.flows for one in passing.undecided)]
        ground = Ground(sets, groups, network.places, network.vnet_addresses)
        self.naming = Naming(ground, candidates)
        for block in Blocks(ground, passing.flows).cover(self.cost):
            self.add(block, "")
        for one in passing.undecided:
            self.unsaid.append(one.reason)
            for block in Blocks(ground, one.flows).cover(self.cost) if one.flows else ():
                self.add(block, one.reason)

    def ends(self, block: Block) -> tuple[Named, Named]:
        """How the two ends of a block are best named."""
        return (
            self.naming.named(block.needed_sources, block.sources, block.needed_destinations),
            self.naming.named(block.needed_destinations, block.destinations, block.needed_sources),
        )

    def cost(self, block: Block) -> int:
        """What a reader has to look at in the statement of a block."""
        services = simplest(block.needed_services, block.services)
        return sum(end.cost for end in self.ends(block)) + services.cost

    def add(self, block: Block, unknown: str) -> None:
        """The statement of a block, and of what its services are but for."""
        sources, destinations = (self.naming.written(end) for end in self.ends(block))
        if sources is None or destinations is None:
            self.unsaid.append("NICs without a known address can't be named")
            return
        ends = (sources, destinations)
        services = simplest(block.needed_services, block.services)
        shown = f"{self.shown(sources)}-to-{self.shown(destinations)}"
        word = name_of(services.listed[0]) if len(services.listed) == 1 else ""
        name = f"{shown}-{word}" if word not in ("", "all") else shown
        but = ""
        if services.but:
            but = self.intent_names.new(f"not-{shown}")
            self.statements.append(Statement(name=but, ends=ends, services=services.but, stopped=True))
        self.statements.append(
            Statement(
                name=self.intent_names.new(f"unknown-{name}" if unknown else name),
                ends=ends,
                services=services.listed,
                but=but,
                unknown=unknown,
            )
        )

    def shown(self, end: Named) -> str:
        """An end in the name of an intent."""
        if end.excepts and self.naming.candidates[end.groups[0]].predeclared:
            return f"not-{self.group(end.excepts[0])}"
        return self.group(end.groups[0]) + ("-and-more" if end.groups[1:] else "")

    def group(self, number: int) -> str:
        """The name of a group, given when it is first used."""
        candidate = self.naming.candidates[number]
        if candidate.predeclared:
            return candidate.group.name
        if number not in self.groups:
            self.groups[number] = self.group_names.new(candidate.group.name)
        return self.groups[number]

    def taken_back(self, judgements: Judgements) -> bool:
        """Whether there was something that the engine does not say the same of; it is not held to be so any more."""
        found = False
        for statement in self.statements:
            judgement = judgements.get(f"intent.{statement.name}")
            if judgement is not None and judgement.status is not Status.SATISFIED:
                statement.unknown = _why(judgement)
                self.unsaid.append(f"intent.{statement.name}: {statement.unknown}")
                found = True
        closing = judgements.get(f"intent.{CLOSING}")
        if not found and closing is not None and closing.status is not Status.SATISFIED:
            self.closing = _why(closing)
            self.unsaid.append(f"intent.{CLOSING}: {self.closing}")
            found = True
        return found

    # The text

    def files(self) -> dict[str, str]:
        """What is sure in the first file; what is long, stopped or unknown in the second."""
        sure = [one for one in self.statements if not (one.unknown or one.stopped)]
        rest = [one for one in self.statements if one.unknown or one.stopped]
        times: dict[Service, int] = {}
        for statement in self.statements:
            for service in statement.services:
                times[service] = times.get(service, 0) + (1 if len(statement.services) == 1 else 2)
        self.service_names = Names()
        named = {s: self.service_names.new(name_of(s)) for s, n in times.items() if n > 1 and len(s.protocols) < 6}
        intents = {one.name: self.body(one, named) for one in sure} | {CLOSING: self.closing_body()}
        others = {one.name: self.body(one, named) for one in rest}
        spelled = set(self.naming.spelled.values())
        main: dict[str, Any] = {"flowspec": {"name": self.name, "inventory": list(self.sources)}}
        main["service"] = {name: body_of(service) for service, name in named.items()}
        main["group"] = {
            name: group_body(self.naming.candidates[n].group) for n, name in self.groups.items() if n not in spelled
        }
        main["intent"] = intents
        below: dict[str, Any] = {
            "group": {
                name: group_body(self.naming.candidates[n].group) for n, name in self.groups.items() if n in spelled
            },
            "intent": others,
        }
        texts = {MAIN: text_of({kind: found for kind, found in main.items() if found}, _HEADING)}
        kept = {kind: found for kind, found in below.items() if found}
        return {**texts, REST: text_of(kept, _REST_HEADING)} if kept else texts

    def body(self, statement: Statement, named: Mapping[Service, str]) -> dict[str, Any]:
        """An intent as JSON has it."""
        sources, destinations = statement.ends
        body: dict[str, Any] = {}
        if statement.stopped:
            body["description"] = "does not pass: what an intent names here, it leaves out"
        if statement.unknown:
            body["description"] = f"not known: {statement.unknown}"
        body["from"] = [f"group.{self.group(number)}" for number in sources.groups]
        body["to"] = [f"group.{self.group(number)}" for number in destinations.groups]
        if len(statement.services) == 1 and statement.services[0] not in named:
            body |= body_of(statement.services[0])
        else:
            body["service"] = [f"service.{named[service]}" for service in statement.services]
        body["expect"] = "Allow"
        taken = [f"group.{self.group(number)}" for number in dict.fromkeys((*sources.excepts, *destinations.excepts))]
        taken += [f"intent.{statement.but}"] if statement.but else []
        if taken:
            body["except"] = taken
        if statement.unknown or statement.stopped:
            body["enabled"] = False
        return body

    def closing_body(self) -> dict[str, Any]:
        """Everything that no statement is about is stopped."""
        body: dict[str, Any] = {"description": self.closing and f"not known: {self.closing}"}
        body["description"] = body["description"] or "whatever no other intent is about does not pass"
        body |= {"from": ["group.any"], "to": ["group.any"], "protocol": "*", "expect": "Deny"}
        body["except"] = [f"intent.{one.name}" for one in self.statements if not one.stopped]
        return {**body, "enabled": False} if self.closing else body


_NICS = "Add the NICs, their subnets and their NSGs (az network nic list -o json, and so on)."
_HEADING = "What this network permits today, as flowspec import read it: make it yours."
_REST_HEADING = "What can't be said briefly, and what is not known."


def _why(judgement: Judgement) -> str:
    if judgement.unsure:
        return judgement.unsure[0].reason
    problems = [problem.summary for problem in judgement.question.problems]
    return problems[0] if problems else "the groups can't be told apart from others"
