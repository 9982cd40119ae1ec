"""What is asked of Azure, how Azure is reached, and what it answered: plain values between the planner and the SDK."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

Tell = Callable[[str], None]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Which Azure, and how it is reached. `arm_endpoint` overrides the named cloud's (Azure Stack, the twin).

    `debug` is told every request (never a token or a header); `progress` is told (what, done, of how many).
    """

    name: str = "AzureCloud"
    arm_endpoint: str = ""
    parallelism: int = 10
    debug: Tell | None = None
    progress: Progress | None = None


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
class Answer:
    """What came of an ask. `access` is Azure's word, "" when there is none; then `problem` says why.

    `not_askable`: Azure does not answer for this VM at all (it is stopped), which is no failure. `refused`: the caller
    may not ask. `kept_on` is the day of an answer that was kept, "" for one of now.
    """

    access: str = ""
    rule_name: str = ""
    rule_id: str = ""
    problem: str = ""
    not_askable: bool = False
    refused: bool = False
    times: int = 1
    kept_on: str = ""


class Kind(StrEnum):
    """What an exchange means for the ask it belongs to."""

    DONE = "done"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    THROTTLED = "throttled"
    AGAIN = "again"
    UNREACHABLE = "unreachable"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One exchange. RUNNING names the `url` to poll; `wait` is Azure's Retry-After in seconds, None if it gave none.

    `final` is where the result will be once the operation has SUCCEEDED, where that is another address.

    `remaining`: how many writes the subscription has left, where Azure tells (azure.md B5).
    """

    kind: Kind
    answer: Answer | None = None
    url: str = ""
    wait: float | None = None
    problem: str = ""
    remaining: int | None = None
    final: str = ""
