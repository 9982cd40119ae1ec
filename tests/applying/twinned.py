"""Hand-made plans over the shop, a twin to apply them to, and what its rules are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from flowspec.applying import journal as journals
from flowspec.applying.attempt import Attempt, api_of, journal_for
from flowspec.applying.content import Content, content
from flowspec.applying.journal import Journal
from flowspec.applying.running import Doing, Passage
from flowspec.applying.steps import place_of
from flowspec.applying.writing import RuleApi, RuleWriter
from flowspec.model.documents.plan import Change, ChangeDetail, Proof, Report, RuleProperties, Step
from flowspec.model.inventory import Inventory
from flowspec.model.live import Cloud, Deadline, RuleExchange
from flowspec.pipeline import PlanOptions, run
from flowspec.reporting.basis import basis_of
from flowspec.server.options import TwinOptions
from flowspec.server.run import RunningTwin, load
from flowspec.sources import load_inventory
from flowspec.spec import load_spec
from flowspec.views import Style
from flowspec.views.json import read, view
from tests.azure.live import SHOP, TODAY
from tests.document import fitting

NETWORK = SHOP / "network"
NSGS = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-shop/providers/Microsoft.Network/\
networkSecurityGroups/"
WEB, APP, DB = (f"{NSGS}nsg-{name}" for name in ("web", "app", "db"))
Rules = Mapping[str, Content]
"""Every rule of a twin by its id, and what it says."""


def properties(priority: int, access: str = "Deny", port: str = "8081", **more: Any) -> RuleProperties:
    given: dict[str, Any] = {
        "direction": "Inbound",
        "protocol": "Tcp",
        "source_address_prefix": "198.51.100.0/24",
        "source_port_range": "*",
        "destination_address_prefix": "*",
        "destination_port_range": port,
        "description": "flowspec shop: intent.no-ssh-from-outside",
    }
    return RuleProperties(priority=priority, access=access, **given | more)


@cache
def inventory() -> Inventory:
    return load_inventory([str(NETWORK)])


@cache
def shop_plan() -> Report:
    return run(load_spec([SHOP], {}, [], {}), inventory(), PlanOptions(today=TODAY))


def existing(nsg: str, rule: str, network: Inventory | None = None) -> RuleProperties:
    """A rule of the network as a plan writes it."""
    found = next(r for r in (network or inventory()).nsgs[nsg.casefold()].rules if r.name == rule)
    return RuleProperties(
        priority=found.priority,
        direction=found.direction,
        access=found.access,
        protocol=found.protocol,
        description=found.description,
        **_written("source_address_prefix", found.sources),
        **_written("source_port_range", found.source_ports),
        **_written("destination_address_prefix", found.destinations),
        **_written("destination_port_range", found.destination_ports),
    )


def _written(name: str, values: tuple[str, ...]) -> dict[str, Any]:
    """One value alone, several as a list."""
    plural = f"{name}es" if name.endswith("prefix") else f"{name}s"
    return {name: values[0]} if len(values) == 1 else {plural: values}


def step(nsg: str, rule: str, before: RuleProperties | None, after: RuleProperties | None) -> Step:
    return Step(nsg=nsg, rule=rule, before=before, after=after)


def made(steps: Iterable[Step], network: Inventory | None = None, **changes: Any) -> Report:
    """A plan of these steps, written and read again; its proofs are bare."""
    steps = tuple(steps)
    ends: dict[tuple[str, str], list[RuleProperties | None]] = {}
    for one in steps:
        ends.setdefault((one.nsg, one.rule), [one.before, one.after])[1] = one.after
    told = tuple(_change(nsg, rule, *both) for (nsg, rule), both in ends.items())
    report = replace(
        shop_plan(),
        suggested_changes=told,
        steps=steps,
        basis=basis_of(network or inventory(), told),
        applyable=True,
        **changes,
    )
    return read(view(fitting(report), Style()))


def _change(nsg: str, rule: str, before: RuleProperties | None, after: RuleProperties | None) -> Change:
    action = "create" if before is None else "delete" if after is None else "update"
    proof = Proof(opens=(), closes=(), intents_checked=6, intents_changed=())
    detail = ChangeDetail(actions=(action,), before=before, after=after)  # type: ignore[arg-type]
    return Change(nsg=nsg, rule=rule, change=detail, mends=("intent.no-ssh-from-outside",), proof=proof)


def three_steps() -> tuple[Step, ...]:
    """One of each kind, in three NSGs: a rule made, one narrowed, one deleted."""
    ssh = existing(WEB, "tmp-allow-ssh")
    app = inventory().nsgs[APP.casefold()].rules[0].name
    return (
        step(DB, "flowspec-a-deny-in", None, properties(210)),
        step(WEB, "tmp-allow-ssh", ssh, replace(ssh, source_address_prefix="198.51.100.7/32")),
        step(APP, app, existing(APP, app), None),
    )


def twin(network: Path = NETWORK, **options: Any) -> RunningTwin:
    """Changes take a while, and clients are told to come back at once."""
    return RunningTwin(load([str(network)]), TwinOptions(**({"retry_after": 0, "settle": 0.1} | options)))


def rules_of(running: RunningTwin) -> Rules:
    """All rules that the twin has, once nothing is on its way."""
    ends = time.monotonic() + 10
    while running.estate.running("") is not None and time.monotonic() < ends:
        running.estate.settle(time.monotonic() + 3600)
    found = {}
    for at in running.estate.inventory.nsgs:
        held: Any = running.estate.held[at]
        for rule in held["properties"]["securityRules"]:
            found[f"{held['id']}/securityRules/{rule['name']}".casefold()] = content(rule["properties"])
    return found


def expected(before: Rules, steps: Iterable[Step]) -> Rules:
    """The rules after some steps."""
    found = dict(before)
    for one in steps:
        at = place_of(one).key
        found.pop(at, None)
        if one.after is not None:
            found[at] = content(_plain(one.after))
    return found


def _plain(rule: RuleProperties) -> dict[str, Any]:
    written: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(rule))
    return {name: value for name, value in written.items() if value not in (None, "", [])}


def quick(seconds: float) -> None:
    """A pause, but not for long."""
    time.sleep(min(seconds, 0.02))


@dataclass
class Applying:
    """A plan and a twin: applied and undone as the command does it, without its words."""

    twin: RunningTwin
    folder: Path
    report: Report
    wrapped: Callable[[RuleApi], RuleApi] = lambda api: api
    told: list[tuple[int, Doing]] = field(default_factory=list)
    seconds: float = 60.0
    address: str = ""

    def writer(self) -> RuleWriter:
        api = api_of(Cloud(arm_endpoint=self.address or self.twin.url), self.report.steps)
        return RuleWriter(api=self.wrapped(api), deadline=Deadline.after(self.seconds), pace=0.05, sleep=quick)

    def attempt(self, journal: Journal | None = None) -> Attempt:
        (self.folder / journals.FOLDER).mkdir(exist_ok=True)
        found = journal or journal_for(self.report, self.folder, self.address or self.twin.url, "plan.json")
        return Attempt(found, self.writer(), lambda number, doing: self.told.append((number, doing)))

    def apply(self) -> Passage:
        return self.attempt().apply(lambda: None)[0]

    def undo(self) -> Passage:
        found = journals.unfinished(self.folder)
        assert found is not None
        return self.attempt(found).undo()

    @property
    def unfinished(self) -> Journal | None:
        return journals.unfinished(self.folder)


@dataclass
class Counted:
    """The calls of an API, passed on; `hook` is told the number of each and when: before or after it."""

    api: RuleApi
    hook: Callable[[int, str, str], None]
    calls: int = 0

    @property
    def address(self) -> str:
        return self.api.address

    def _call(self, name: str, *given: Any) -> RuleExchange:
        self.calls += 1
        self.hook(self.calls, "before", name)
        found: RuleExchange = getattr(self.api, name)(*given)
        self.hook(self.calls, "after", name)
        return found

    def read(self, rule: str) -> RuleExchange:
        return self._call("read", rule)

    def write(self, rule: str, properties: Mapping[str, Any], etag: str) -> RuleExchange:
        return self._call("write", rule, properties, etag)

    def delete(self, rule: str, etag: str) -> RuleExchange:
        return self._call("delete", rule, etag)

    def poll(self, operation: str) -> RuleExchange:
        return self._call("poll", operation)
