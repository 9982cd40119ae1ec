"""A stand-in for ipFlowVerify: answers as told, counts what it was asked."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flowspec.model.live import Ask, AzureAnswer, LiveStep, StepKind, Watchers

WATCHER = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkWatchers/nw"


def ask(number: int, watcher: str = WATCHER) -> Ask:
    return Ask(
        watcher=watcher,
        vm=f"vm-{number}",
        nic=f"nic-{number}",
        direction="Inbound",
        protocol="TCP",
        local_ip="10.0.0.4",
        local_port="22",
        remote_ip="8.8.8.8",
        remote_port=str(number),
    )


def allowed(number: int) -> AzureAnswer:
    """The right answer of an ask, different for each."""
    return AzureAnswer(access="Allow" if number % 2 else "Deny", rule_name=f"securityRules/{number}")


def done(asked: Ask) -> LiveStep:
    return LiveStep(kind=StepKind.DONE, answer=allowed(int(asked.remote_port)))


@dataclass
class Scripted:
    """`script(ask, how many times it was begun before)` gives each step; polls end the operation."""

    script: Callable[[Ask, int], LiveStep] = lambda asked, before: done(asked)
    address: str = "scripted"
    begun: Counter[Ask] = field(default_factory=Counter)
    polled: Counter[str] = field(default_factory=Counter)
    busy: int = 0
    most: int = 0
    latency: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)
    operations: dict[str, Ask] = field(default_factory=dict)

    def begin(self, asked: Ask, within: float) -> LiveStep:
        with self.lock:
            before = self.begun[asked]
            self.begun[asked] += 1
            self.busy += 1
            self.most = max(self.most, self.busy)
        if self.latency:
            time.sleep(min(self.latency, within))
        step = self.script(asked, before)
        with self.lock:
            self.busy -= 1
            if step.kind is StepKind.RUNNING:
                self.operations[step.url] = asked
        return step

    def poll(self, url: str, within: float) -> LiveStep:
        with self.lock:
            self.polled[url] += 1
            return (
                done(self.operations[url]) if self.polled[url] > 1 else LiveStep(kind=StepKind.RUNNING, url=url, wait=0)
            )

    def watchers(self, subscriptions: Iterable[str]) -> Watchers:
        return Watchers()
