"""Asks -> one Answer each: bounded concurrency, every wait under a deadline, no ask lost and none answered twice."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from flowspec.model.live import Ask, AzureAnswer, LiveStep, StepKind
from flowspec.verifiers.gate import AskingGate

_FIRST_POLLS = (1.0, 2.0, 4.0, 8.0)
_IN_A_ROW, _IN_ALL = 6, 20
"""Failures after which an ask is given up; a connection that can't be made does not count."""
_LONGEST_BACKOFF = 15.0
_LEAST_REQUEST = 0.05
LATE = "no answer before the run's time was over (--timeout)"
_GRACE = 0.5
"""Seconds after the deadline, for all together, in which what was sent may still answer."""


class VerifyService(Protocol):
    """ipFlowVerify, one exchange at a time; `within` seconds."""

    def begin(self, ask: Ask, within: float) -> LiveStep: ...
    def poll(self, url: str, within: float) -> LiveStep: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingLimits:
    """In seconds: the whole `run` of calls, one `call`, one `request` of it (an HTTP exchange).

    `silence` is how long nobody at all may be heard before the rest is given up, `longest_wait` the ceiling of any
    Retry-After, `backoff` the first wait after a failure.
    """

    parallelism: int = 10
    run: float = 1800.0
    call: float = 180.0
    request: float = 30.0
    silence: float = 60.0
    longest_wait: float = 60.0
    backoff: float = 1.0


@dataclass(slots=True, kw_only=True)
class Executor:
    """One run of calls. `answered` is told each answer as it comes, from one thread at a time."""

    service: VerifyService
    limits: AskingLimits
    answered: Callable[[Ask, AzureAnswer], None]
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _answers: dict[Ask, AzureAnswer] = field(default_factory=dict)
    _refused: dict[str, str] = field(default_factory=dict)
    _heard: float = 0.0
    _end: float = 0.0
    _gate: AskingGate = field(init=False)

    def run(self, asks: Sequence[Ask]) -> dict[Ask, AzureAnswer]:
        """An answer for every ask, whatever happens; what is still open at the deadline says so."""
        waiting: queue.SimpleQueue[Ask] = queue.SimpleQueue()
        unique = list(dict.fromkeys(asks))
        for ask in unique:
            waiting.put(ask)
        self._gate = AskingGate(self.limits.parallelism, self._stop)
        self._heard = time.monotonic()
        self._end = self._heard + self.limits.run
        workers = [
            threading.Thread(target=self._work, args=(waiting,), daemon=True)
            for _ in range(min(self.limits.parallelism, len(unique)))
        ]
        try:
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join(max(0.0, self._end + _GRACE - time.monotonic()))
        finally:
            self._stop.set()
        with self._lock:
            late = AzureAnswer(problem=LATE)
            return {ask: self._answers.get(ask, late) for ask in unique}

    def _work(self, waiting: queue.SimpleQueue[Ask]) -> None:
        while not self._stop.is_set():
            try:
                ask = waiting.get_nowait()
            except queue.Empty:
                return
            if self._gate.enter(self._end):
                try:
                    answer = self._settle(ask)
                except Exception as error:  # a bug, or a refusal of our own: told as this ask's, the others go on
                    answer = AzureAnswer(problem=f"{type(error).__name__}: {error}")
                finally:
                    self._gate.leave()
                if answer is not None:
                    self._record(ask, answer)

    def _record(self, ask: Ask, answer: AzureAnswer) -> None:
        with self._lock:
            if not self._stop.is_set() and ask not in self._answers:
                self._answers[ask] = answer
                self.answered(ask, answer)

    def _settle(self, ask: Ask) -> AzureAnswer | None:
        """The answer of one ask; None when the run was stopped."""
        refusal = self._refused.get(ask.watcher)
        if refusal is not None:
            return AzureAnswer(problem=refusal, refused=True)
        answer = _Call(self, ask).run()
        if answer is not None and answer.refused:
            self._refused[ask.watcher] = answer.problem
        return answer

    def exchange(self, send: Callable[[float], LiveStep], deadline: float) -> LiveStep:
        """One exchange within what is left of the deadline, and what the gate learns of it."""
        step = send(max(_LEAST_REQUEST, min(self.limits.request, deadline - time.monotonic())))
        if step.kind is not StepKind.UNREACHABLE:
            self._heard = time.monotonic()
        if step.kind not in (StepKind.THROTTLED, StepKind.UNREACHABLE):
            self._gate.went_well(step.remaining)
        return step

    def slow_down(self, wait: float) -> float:
        return self._gate.slow_down(wait)

    def pause(self, seconds: float) -> bool:
        """Sleeps; False when the run was stopped meanwhile."""
        return not self._stop.wait(max(0.0, seconds))

    def silent_for(self) -> float:
        """Seconds since anyone heard of Azure."""
        return time.monotonic() - self._heard

    @property
    def end(self) -> float:
        return self._end


class _Call:
    """One ask on its way: begun, polled, throttled, begun anew, until it is settled or its deadline has come."""

    def __init__(self, executor: Executor, ask: Ask) -> None:
        self._executor = executor
        self._limits = executor.limits
        self._ask = ask
        self._deadline = min(executor.end, time.monotonic() + self._limits.call)
        self._url = ""
        self._final = ""
        self._polls = 0
        self._failures = 0
        self._in_a_row = 0
        self._throttled = 0

    def run(self) -> AzureAnswer | None:
        problem = ""
        while time.monotonic() < self._deadline:
            step = self._executor.exchange(self._send, self._deadline)
            if step.kind is StepKind.DONE:
                return step.answer
            problem = step.problem or problem
            wait = self._next(step)
            if wait is None:
                return AzureAnswer(problem=problem)
            if wait >= self._deadline - time.monotonic():
                break
            if not self._executor.pause(wait):
                return None
        late = LATE if self._deadline >= self._executor.end else "no answer in time"
        return AzureAnswer(problem=f"{late}{f': {problem}' if problem else ''}")

    def _send(self, within: float) -> LiveStep:
        service = self._executor.service
        return service.poll(self._url, within) if self._url else service.begin(self._ask, within)

    def _next(self, step: LiveStep) -> float | None:
        """Seconds to wait before the next exchange; None to give up."""
        match step.kind:
            case StepKind.RUNNING:
                self._url, self._final = step.url, step.final or self._final
                self._polls, self._in_a_row = self._polls + 1, 0
                return self._told(step.wait, _FIRST_POLLS[min(self._polls, len(_FIRST_POLLS)) - 1])
            case StepKind.SUCCEEDED if step.final or self._final:
                self._url, self._final = step.final or self._final, ""
                return 0.0
            case StepKind.THROTTLED:
                self._throttled += 1
                wait = self._told(step.wait, min(2.0**self._throttled, _LONGEST_BACKOFF))
                wait = self._executor.slow_down(wait)
                self._deadline = min(self._executor.end, self._deadline + wait)
                return wait
            case StepKind.GONE:
                self._anew()
                return self._failed(step, counts=True)
            case StepKind.UNREACHABLE:
                if self._executor.silent_for() > self._limits.silence:
                    return None
                return self._failed(step, counts=False)
            case _:
                if self._in_a_row >= 1 or step.kind is StepKind.SUCCEEDED:
                    self._anew()  # asking changes nothing, so what fails twice is begun once more
                return self._failed(step, counts=True)

    def _anew(self) -> None:
        self._url = self._final = ""

    def _failed(self, step: LiveStep, *, counts: bool) -> float | None:
        self._failures, self._in_a_row = self._failures + counts, self._in_a_row + 1
        if counts and (self._in_a_row >= _IN_A_ROW or self._failures >= _IN_ALL):
            return None
        backoff = min(self._limits.backoff * 2.0 ** min(self._in_a_row - 1, 6), _LONGEST_BACKOFF)
        return self._told(step.wait, backoff)

    def _told(self, wait: float | None, otherwise: float) -> float:
        """Azure's Retry-After below the ceiling, or our own."""
        return min(otherwise if wait is None else wait, self._limits.longest_wait)
