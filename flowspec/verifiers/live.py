"""Probes -> Azure's answers: what is kept is not asked again, and no more is asked than was agreed to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from flowspec.counting import counted
from flowspec.errors import AzureError, Problem, Severity
from flowspec.model.documents.plan import Probe
from flowspec.model.inventory import Inventory, key
from flowspec.model.live import Ask, AzureAnswer
from flowspec.verifiers.asking import Asking
from flowspec.verifiers.executor import Executor
from flowspec.verifiers.memory import FOLDER, Memory

SECONDS_A_CALL = 11
"""What a call took when it was recorded (azure.md B1.4)."""
_BURST, _REFILL = 200, 10
"""Writes that a subscription has at once, and gets each second (azure.md B5)."""


@dataclass(slots=True)
class AzureAnswers:
    """One answer for each probe that was to be asked; `calls` counts what was asked of Azure, repeats included."""

    by_probe: dict[Probe, AzureAnswer] = field(default_factory=dict)
    calls: int = 0

    def distinct(self) -> dict[Probe, AzureAnswer]:
        """One probe for each flow at each NIC: two intents may share one."""
        found: dict[tuple[str, ...], Probe] = {}
        for probe in self.by_probe:
            found.setdefault(flow_of(probe), probe)
        return {probe: self.by_probe[probe] for probe in found.values()}


def verify(probes: Sequence[Probe], inventory: Inventory, asking: Asking) -> AzureAnswers:
    """Each probe that can be asked, asked once. AzureError when the budget is too small.

    Where nobody answers, each answer says why: whoever reads the record finds a gate that verified nothing.
    """
    return Inquiry(probes, inventory, asking).run()


class Inquiry:
    """One run of questions about the probes of a plan."""

    def __init__(self, probes: Sequence[Probe], inventory: Inventory, asking: Asking) -> None:
        self._asking = asking
        self.asks: dict[Probe, Ask] = {p: ask_of(p, asking, inventory) for p in probes if not p.not_askable}
        self.answers: dict[Ask, AzureAnswer] = {}
        self.calls = 0
        self._names = {ask: name_of(probe, ask, asking.address) for probe, ask in self.asks.items()}
        self._predicted = {ask: probe.predicted for probe, ask in self.asks.items()}
        self._memory = Memory(folder=asking.folder / FOLDER, max_age=asking.max_age, now=asking.now)
        self._inferred = {ask: probe.live.infers for probe, ask in self.asks.items() if probe.live}
        ways = asking.ways(inventory)
        self._lacks = {ask: lacks for probe, ask in self.asks.items() if (lacks := ways.of(probe.nic).lacks)}

    def run(self) -> AzureAnswers:
        """The answers to all probes: those remembered from earlier runs, the rest asked of the watchers."""
        self._memory.open()
        if not self._asking.refresh:
            self._recall()
        for ask in self._lacks.keys() - self.answers.keys():
            self.answers[ask] = AzureAnswer(problem=self._lacks[ask], refused=True, times=0)
        open_asks = [ask for ask in dict.fromkeys(self.asks.values()) if ask not in self.answers]
        self._announce(open_asks)
        self.ask(open_asks)
        return self.result()

    def result(self) -> AzureAnswers:
        return AzureAnswers({probe: self.answers[ask] for probe, ask in self.asks.items()}, self.calls)

    def differing(self) -> list[Ask]:
        """The asks whose answer is not as predicted."""
        return [ask for ask, answer in self.answers.items() if agrees(self._predicted[ask], answer) is False]

    def ask(self, asks: Sequence[Ask]) -> None:
        """Asks these now, over whatever answer they had, in what is left of the run."""
        if not asks:
            return
        limits = replace(self._asking.limits, run=min(self._asking.limits.run, self._asking.deadline.left()))
        done = 0

        def answered(ask: Ask, answer: AzureAnswer) -> None:
            nonlocal done
            done += 1
            if self._asking.progress is not None:
                self._asking.progress("asking Azure", done, len(asks))
            if answer.access and agrees(self._predicted[ask], answer) is not False:
                self._memory.put(self._names[ask], answer)

        found = Executor(service=self._asking.backend(), limits=limits, answered=answered).run(asks)
        self.calls += len(found)
        for ask, answer in found.items():
            before = self.answers.get(ask)
            times = before.times + 1 if before and not before.kept_on else 1
            if answer.access or before is None or not before.access or before.kept_on:
                self.answers[ask] = replace(answer, times=times)

    def _recall(self) -> None:
        """Kept answers, but for those that differ from the prediction: these are asked anew."""
        for ask, name in self._names.items():
            kept = self._memory.get(name)
            if kept is not None and agrees(self._predicted[ask], kept.answer) is not False:
                day = datetime.fromtimestamp(kept.at, UTC).date().isoformat()
                self.answers[ask] = replace(kept.answer, times=0, kept_on=day)

    def _announce(self, asks: Sequence[Ask]) -> None:
        """How many calls and how long; AzureError beyond the budget."""
        asking = self._asking
        if not asks:
            return
        seconds = estimate(len(asks), asking.limits.parallelism)
        inferred = sum(self._inferred.values())
        about = [f"{inferred:,} inferred"] if inferred else []
        kept = sum(bool(answer.kept_on) for answer in self.answers.values())
        about += [f"{kept:,} kept"] if kept else []
        beside = f" ({', '.join(about)})" if about else ""
        words = f"{counted(len(asks), 'call')} to Azure{beside}, about {duration(seconds)}"
        if len(asks) > asking.max_calls:
            raise AzureError(Problem(Severity.ERROR, f"The plan needs {words}: over --max-calls {asking.max_calls}.",
                                     _advice(len(asks), asking)))  # fmt: skip
        asking.tell(f"{words}, {asking.limits.parallelism} at a time.")


def _advice(calls: int, asking: Asking) -> str:
    """How to go on."""
    ways = [f"allow them: --max-calls {calls}", "narrow the plan: --target ADDRESS"]
    ways += ["ask one NIC of each kind: leave out --exhaustive"] if asking.exhaustive else []
    return "\n".join(ways)


def ask_of(probe: Probe, asking: Asking, inventory: Inventory) -> Ask:
    """The call for a probe: which watcher, which VM and NIC, which flow."""
    way = asking.ways(inventory).of(probe.nic)
    return Ask(
        watcher=way.watcher,
        vm=way.vm,
        nic=probe.nic,
        direction=probe.direction,
        protocol=probe.protocol,
        local_ip=probe.local_ip,
        local_port=probe.local_port,
        remote_ip=probe.remote_ip,
        remote_port=probe.remote_port,
    )


def flow_of(probe: Probe) -> tuple[str, ...]:
    """The NIC and the flow of a probe, and nothing of who wants to know."""
    ends = (probe.local_ip, probe.local_port, probe.remote_ip, probe.remote_port)
    return (key(probe.nic), probe.direction, probe.protocol, *ends)


def name_of(probe: Probe, ask: Ask, address: str) -> str:
    """What an answer is kept under: who was asked what, under which effective policy."""
    parts = (address, probe.live.policy if probe.live else "", key(ask.vm), *flow_of(probe))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]


def agrees(predicted: str, answer: AzureAnswer) -> bool | None:
    """Whether Azure says what was predicted; None when one of the two says nothing."""
    return None if predicted == "Unknown" or not answer.access else answer.access == predicted


def estimate(calls: int, parallelism: int) -> float:
    """Seconds that so many calls take: by their own duration, and by what ARM lets through."""
    return max(calls * SECONDS_A_CALL / parallelism, (calls - _BURST) / _REFILL, SECONDS_A_CALL)


def duration(seconds: float) -> str:
    return f"{round(seconds)} s" if seconds < 100 else f"{round(seconds / 60)} min"
