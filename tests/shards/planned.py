"""A spec and a network -> the whole plan, and what its shards are merged to, each by way of its document."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import msgspec

from flowspec.model.documents.plan import IntentResult, Report
from flowspec.shards import ShardPlan, merge
from flowspec.views import VIEWS, Style
from flowspec.views.json import read
from tests.document import fits, fitting
from tests.plan.lab import intent, nic, nics, nsg, vnet, within
from tests.plan.lab import plan as lab_plan

Planned = Callable[[tuple[int, int] | None], Report]
"""The plan of one shard (number, of how many), or of all intents."""


def parts_of(planned: Planned, of: int) -> list[ShardPlan]:
    """The shards as `show` reads them."""
    return [ShardPlan(f"{n}.json", read(document(planned((n, of))))) for n in range(1, of + 1)]


def document(report: Report) -> str:
    return fits(VIEWS["plan"]["json"](report, Style()))


def merged(planned: Planned, of: int) -> Report:
    return fitting(merge(parts_of(planned, of)))


def judged(report: Report) -> list[IntentResult]:
    """The intents without what depends on the changes on offer."""
    return [
        msgspec.structs.replace(
            intent, causes=tuple(msgspec.structs.replace(c, changes=(), no_change="") for c in intent.causes)
        )
        for intent in report.intents
    ]


def with_changes(planned: Planned, of: int) -> set[int]:
    """The shards that suggest something."""
    return {n for n in range(1, of + 1) if planned((n, of)).suggested_changes}


# A network whose NSGs are open on both of two ports

NETWORK = (
    vnet(snet=within()),
    nsg("nsg-b", "open 200 In Allow Tcp * -> *|20-500"),
    nsg("nsg-c", "open 200 In Allow Tcp * -> *|20-500"),
    nic("a", "10.0.0.4"),
    nic("b", "10.0.0.5", nsg="nsg-b"),
    nic("c", "10.0.0.6", nsg="nsg-c"),
)
GROUPS = nics("a") + nics("b") + nics("c")


def lab(*intents: str) -> Planned:
    return cache(lambda shard: lab_plan(GROUPS + "".join(intents), *NETWORK, shard=shard))


SSH_B = intent("ssh-b", "group.a", "group.b", "Deny", "22")
WEB_B = intent("web-b", "group.a", "group.b", "Deny", "443")
SSH_C = intent("ssh-c", "group.a", "group.c", "Deny", "22")
