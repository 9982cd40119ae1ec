"""The executor: every ask gets one answer, whatever the service does, and no wait outlasts its deadline."""

from __future__ import annotations

import threading
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowspec.model.live import Ask, AzureAnswer, LiveStep, StepKind
from flowspec.verifiers.executor import AskingLimits, Executor
from tests.verifiers.service import Scripted, allowed, ask, done

QUICK = AskingLimits(parallelism=8, run=120, call=60, silence=60, longest_wait=0.05, backoff=0.01)
"""Short waits, and limits that a busy machine does not reach: a test of a limit sets its own."""


def run(service: Scripted, number: int, limits: AskingLimits = QUICK) -> tuple[dict[Ask, AzureAnswer], Counter[Ask]]:
    told: Counter[Ask] = Counter()
    answers = Executor(service=service, limits=limits, answered=lambda asked, answer: told.update([asked])).run(
        [ask(n) for n in range(number)]
    )
    return answers, told


def is_right(answers: dict[Ask, AzureAnswer]) -> bool:
    return all(answer == allowed(int(asked.remote_port)) for asked, answer in answers.items())


def test_each_ask_is_answered_once_and_asked_once() -> None:
    service = Scripted()
    answers, told = run(service, 200)
    assert is_right(answers) and len(answers) == 200
    assert set(service.begun.values()) == set(told.values()) == {1}


def test_the_same_ask_twice_is_one_call() -> None:
    service = Scripted()
    answers = Executor(service=service, limits=QUICK, answered=lambda asked, answer: None).run([ask(1), ask(1), ask(2)])
    assert len(answers) == 2 and sum(service.begun.values()) == 2


def test_no_more_than_parallelism_at_once() -> None:
    four = threading.Barrier(4, timeout=60)

    def script(asked: Ask, before: int) -> LiveStep:
        four.wait()
        return done(asked)

    service = Scripted(script, latency=0.01)
    answers, _ = run(service, 60, AskingLimits(parallelism=4, run=120))
    assert is_right(answers) and service.most == 4


def test_operations_are_polled() -> None:
    service = Scripted(lambda asked, before: LiveStep(kind=StepKind.RUNNING, url=f"op-{asked.nic}", wait=0))
    answers, _ = run(service, 30)
    assert is_right(answers)
    assert set(service.polled.values()) == {2}


def faulty(asked: Ask, before: int) -> LiveStep:
    """Every kind of trouble in turn, then the answer."""
    troubles = [
        LiveStep(kind=StepKind.AGAIN, problem="InternalServerError"),
        LiveStep(kind=StepKind.UNREACHABLE, problem="refused"),
        LiveStep(kind=StepKind.THROTTLED, wait=0.01),
        LiveStep(kind=StepKind.AGAIN, problem="garbage"),
        LiveStep(kind=StepKind.GONE),
    ]
    return troubles[(int(asked.remote_port) + before) % 5] if before < 3 else done(asked)


def test_what_may_be_retried_is_retried() -> None:
    answers, told = run(Scripted(faulty), 40)
    assert is_right(answers)
    assert set(told.values()) == {1}


def test_a_storm_of_429_is_waited_out_with_few_calls_at_once() -> None:
    calm_at = time.monotonic() + 0.5
    service = Scripted(
        lambda a, b: done(a) if time.monotonic() > calm_at else LiveStep(kind=StepKind.THROTTLED, wait=0.05)
    )
    answers, _ = run(service, 50)
    assert is_right(answers)
    assert sum(service.begun.values()) < 50 + 200


def test_a_wait_that_azure_asks_for_has_a_ceiling() -> None:
    service = Scripted(lambda a, before: done(a) if before else LiveStep(kind=StepKind.THROTTLED, wait=3600))
    started = time.monotonic()
    answers, _ = run(service, 4)
    assert is_right(answers) and time.monotonic() - started < 60


def test_what_keeps_failing_is_given_up_and_the_others_go_on() -> None:
    service = Scripted(
        lambda a, b: LiveStep(kind=StepKind.AGAIN, problem="broken") if a.remote_port == "3" else done(a)
    )
    answers, _ = run(service, 10)
    assert answers[ask(3)].problem == "broken" and not answers[ask(3)].access
    assert is_right({a: x for a, x in answers.items() if a != ask(3)})
    assert service.begun[ask(3)] == 6


def test_the_run_ends_at_its_deadline_whatever_hangs() -> None:
    hang = threading.Event()

    def script(asked: Ask, before: int) -> LiveStep:
        if asked.remote_port == "5":
            hang.wait(120)
        return done(asked)

    started = time.monotonic()
    answers, _ = run(Scripted(script), 10, AskingLimits(parallelism=4, run=2))
    assert time.monotonic() - started < 60
    assert "--timeout" in answers[ask(5)].problem
    assert is_right({a: x for a, x in answers.items() if a != ask(5)})
    hang.set()


def test_a_late_answer_is_not_told() -> None:
    told: list[Ask] = []
    begun, over = threading.Event(), threading.Event()

    def script(asked: Ask, before: int) -> LiveStep:
        begun.set()
        over.wait(120)
        return done(asked)

    others = set(threading.enumerate())
    answers = Executor(
        service=Scripted(script),
        limits=AskingLimits(parallelism=1, run=0.5),
        answered=lambda asked, answer: told.append(asked),
    ).run([ask(1)])
    assert begun.wait(60) and "--timeout" in answers[ask(1)].problem
    over.set()
    for worker in set(threading.enumerate()) - others:
        worker.join(60)
    assert not told


def test_a_service_that_is_gone_is_given_up_after_a_silence() -> None:
    started = time.monotonic()
    silent = AskingLimits(parallelism=8, run=120, call=120, silence=0.3, longest_wait=0.05, backoff=0.01)
    answers, _ = run(Scripted(lambda a, b: LiveStep(kind=StepKind.UNREACHABLE, problem="refused")), 50, silent)
    assert time.monotonic() - started < 60
    assert {answer.problem for answer in answers.values()} == {"refused"}


def test_a_refusal_is_not_repeated_for_the_same_watcher() -> None:
    service = Scripted(
        lambda a, b: LiveStep(kind=StepKind.DONE, answer=AzureAnswer(problem="AuthorizationFailed", refused=True))
    )
    answers, _ = run(service, 100, AskingLimits(parallelism=2, run=120))
    assert {a.problem for a in answers.values()} == {"AuthorizationFailed"}
    assert sum(service.begun.values()) <= 2


def test_a_bug_in_the_service_is_told_and_the_others_go_on() -> None:
    def script(asked: Ask, before: int) -> LiveStep:
        if asked.remote_port == "1":
            raise KeyError("x")
        return done(asked)

    answers, _ = run(Scripted(script), 5)
    assert answers[ask(1)].problem == "KeyError: 'x'"
    assert len(answers) == 5


def test_few_writes_left_mean_few_calls_at_once() -> None:
    service = Scripted(latency=0.005)
    service.script = lambda a, b: LiveStep(kind=StepKind.DONE, answer=allowed(int(a.remote_port)), remaining=1)
    answers, _ = run(service, 40, AskingLimits(parallelism=20, run=120))
    assert is_right(answers)


STEPS = st.sampled_from(
    [
        LiveStep(kind=StepKind.AGAIN),
        LiveStep(kind=StepKind.UNREACHABLE),
        LiveStep(kind=StepKind.THROTTLED, wait=0.0),
        LiveStep(kind=StepKind.GONE),
        LiveStep(kind=StepKind.RUNNING, url=""),
    ]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(STEPS, max_size=4), min_size=1, max_size=12), st.integers(1, 6))
def test_whatever_comes_first_the_answer_is_the_right_one(scripts: list[list[LiveStep]], parallelism: int) -> None:
    def script(asked: Ask, before: int) -> LiveStep:
        steps = scripts[int(asked.remote_port)]
        if before >= len(steps):
            return done(asked)
        step = steps[before]
        return (
            LiveStep(kind=StepKind.RUNNING, url=f"{asked.nic}-{before}", wait=0)
            if step.kind is StepKind.RUNNING
            else step
        )

    limits = AskingLimits(parallelism=parallelism, run=120, call=60, silence=60, longest_wait=0.002, backoff=0.001)
    answers, told = run(Scripted(script), len(scripts), limits)
    assert is_right(answers) and len(answers) == len(scripts)
    assert set(told.values()) == {1}


@pytest.mark.parametrize("number", [0, 1])
def test_nothing_to_ask_is_nothing_to_wait_for(number: int) -> None:
    assert len(run(Scripted(), number)[0]) == number
