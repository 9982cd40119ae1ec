"""How a twin answers: pace, paging, limits, and faults on demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

FAULTS = ("error", "drop", "cut", "garbage", "unknown")
"""A 500, a connection closed before and within the answer, a body that is no JSON, `access: "Unknown"`."""


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
class Options:
    """`latency`: seconds that a long-running call takes. `retry_after`: what its 202 tells the client to wait.

    `sync`: such calls answer 200 at once. `operations`: their 202 has an `Azure-AsyncOperation` beside the Location.
    `fault_rate`: the share of requests that go wrong, in one of the ways of `faults`, where the folded path holds one
    of `fault_paths`; `seed` makes the same ones go wrong again.
    """

    sync: bool = False
    operations: bool = False
    latency: float = 0.0
    retry_after: int = 10
    page_size: int = 200
    throttle: Throttle | None = None
    fault_rate: float = 0.0
    faults: tuple[str, ...] = FAULTS
    fault_paths: tuple[str, ...] = ("/ipflowverify", "/operationresults/")
    seed: int = 0
    lies: tuple[Lie, ...] = ()
    writes: int = 1200
    max_body: int = 1024 * 1024
    max_rate: int = 2000


@dataclass(frozen=True, slots=True)
class Address:
    """Where a twin listens. `port` 0: any free one. `ca`: where the CA certificate of `tls` is written."""

    host: str = "127.0.0.1"
    port: int = 0
    tls: bool = False
    ca: Path | None = field(default=None)
