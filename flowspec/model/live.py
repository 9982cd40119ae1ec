"""What is asked of Azure, how Azure is reached, and what it answered: plain values between the planner and the SDK."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flowspec.model.inventory import Watcher

Tell = Callable[[str], None]
Progress = Callable[[str, int, int], None]


_LONGEST = 10.0**7
"""Seconds: what threading still takes for a time-out."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a run that may take `seconds` (--timeout) ends: at `ends`, by the monotonic clock."""

    seconds: float
    ends: float

    @staticmethod
    def after(seconds: float) -> Deadline:
        return Deadline(seconds, time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds until then; 0 when it is over."""
        return max(0.0, min(self.ends - time.monotonic(), _LONGEST))


NEVER = Deadline(float("inf"), float("inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Which Azure, and how it is reached. `arm_endpoint` overrides the named cloud's (Azure Stack, the twin).

    `debug` is told every request (never a token or a header); `progress` is told (what, done, of how many). Nothing is
    waited for beyond `deadline`.
    """

    name: str = "AzureCloud"
    arm_endpoint: str = ""
    parallelism: int = 10
    debug: Tell | None = None
    progress: Progress | None = None
    deadline: Deadline = NEVER


@dataclass(frozen=True, slots=True)
class Watchers:
    """The Network Watchers of some subscriptions. `unread`: by subscription, why its list can't be had."""

    found: tuple[Watcher, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One ipFlowVerify call: the watcher that is asked, and the body's eight values."""

    watcher: str
    vm: str
    nic: str
    direction: str
    protocol: str
    local_ip: str
    local_port: str
    remote_ip: str
    remote_port: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureAnswer:
    """What came of an ask. `access` is Azure's word, "" when there is none; then `problem` says why.

    `not_askable`: Azure does not answer for this VM at all (it is stopped), which is no failure. `refused`: the caller
    may not ask. `kept_on` is the day of an answer that was kept, "" for one of now. `times` is how often it was asked
    now: 0 for a kept one, and where it could not be sent at all.
    """

    access: str = ""
    rule_name: str = ""
    rule_id: str = ""
    problem: str = ""
    not_askable: bool = False
    refused: bool = False
    times: int = 1
    kept_on: str = ""


class StepKind(StrEnum):
    """What an exchange means for the ask it belongs to."""

    DONE = "done"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    THROTTLED = "throttled"
    AGAIN = "again"
    UNREACHABLE = "unreachable"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveStep:
    """One exchange. RUNNING names the `url` to poll; `wait` is Azure's Retry-After in seconds, None if it gave none.

    `final` is where the result will be once the operation has SUCCEEDED, where that is another address.

    `remaining`: how many writes the subscription has left, where Azure tells (azure.md B5).
    """

    kind: StepKind
    answer: AzureAnswer | None = None
    url: str = ""
    wait: float | None = None
    problem: str = ""
    remaining: int | None = None
    final: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExchange:
    """What one request about a security rule came to.

    `status` 0: no answer came, or none that can be read, so whether a write was done is not known. `document` is the
    JSON object that came; `wait` Azure's Retry-After in seconds; `operation` where a write that takes a while is
    polled. `code` and `problem` are Azure's, of an error.
    """

    status: int
    document: Mapping[str, Any] = field(default_factory=dict)
    wait: float | None = None
    operation: str = ""
    code: str = ""
    problem: str = ""
