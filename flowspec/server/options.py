"""How a twin answers: pace, paging, limits, and faults on demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

FAULTS = ("error", "drop", "cut", "garbage", "unknown")
"""A 500, a connection closed before and within the answer, a body that is no JSON, `access: "Unknown"`.

A PUT or DELETE that fails with a 500 is not done; in all other ways it is done, and only its answer is lost.
"""


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most `number` writes at once, refilled over `seconds`: a token bucket, as Azure's (azure.md B5)."""

    number: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Lie:
    """A planted answer to every request that has all of `request` (folded), at most `times` times.

    `answer` is a result, or `{"error": …}` with `status`.
    """

    request: frozenset[tuple[str, str]]
    answer: dict[str, object]
    status: int = 200
    times: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinOptions:
    """`latency`: seconds that a long-running call takes. `retry_after`: what its 202 tells the client to wait.

    `sync`: such calls answer 200 at once, and changes are done at once. `operations`: their 202 has an
    `Azure-AsyncOperation` beside the Location. `settle`: seconds after which a change that nobody polls is done.
    `fault_rate`: the share of requests that go wrong, in one of the ways of `faults`: those whose folded path holds
    one of `fault_paths`, and every PUT and DELETE if `fault_writes`; `seed` makes the same ones go wrong again.
    `head_seconds`: how long the head of a request may take; `connections`: how many one client may hold.
    """

    sync: bool = False
    operations: bool = False
    latency: float = 0.0
    retry_after: int = 10
    settle: float = 60.0
    page_size: int = 200
    throttle: Throttle | None = None
    fault_rate: float = 0.0
    faults: tuple[str, ...] = FAULTS
    fault_paths: tuple[str, ...] = ("/ipflowverify", "/operationresults/", "/operations/")
    fault_writes: bool = True
    seed: int = 0
    lies: tuple[Lie, ...] = ()
    writes: int = 1200
    max_body: int = 1024 * 1024
    max_rate: int = 2000
    head_seconds: float = 20.0
    connections: int = 256


@dataclass(frozen=True, slots=True)
class Address:
    """Where a twin listens. `port` 0: any free one. `ca`: where the CA certificate of `tls` is written."""

    host: str = "127.0.0.1"
    port: int = 0
    tls: bool = False
    ca: Path | None = field(default=None)
