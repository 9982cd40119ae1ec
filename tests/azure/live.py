"""A twin, and plans that are verified against it with the real SDK."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flowspec.model.documents.plan import Probe, Report, Verification
from flowspec.model.inventory import Inventory
from flowspec.model.live import Cloud
from flowspec.pipeline import PlanOptions, run
from flowspec.server.options import Address
from flowspec.server.options import TwinOptions as TwinOptions
from flowspec.server.run import RunningTwin
from flowspec.sources import load_inventory
from flowspec.spec import load_spec
from flowspec.verifiers.asking import Asking, through_azure
from flowspec.verifiers.executor import AskingLimits

EXAMPLES = Path(__file__).parents[2] / "examples"
SHOP = EXAMPLES / "shop"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
TODAY = date(2026, 11, 21)
LIMITS = AskingLimits(parallelism=10, run=60.0, call=30.0, request=3.0, silence=5.0, longest_wait=0.5, backoff=0.05)


@dataclass
class Example:
    """A folder of examples/: a spec beside a folder of Azure's JSON."""

    folder: Path

    def inventory(self) -> Inventory:
        return load_inventory([str(self.folder / "network")])

    def plan(self, asking: Asking, verify: str = "both", inventory: Inventory | None = None) -> Report:
        spec = load_spec([self.folder], {}, [], {})
        options = PlanOptions(today=TODAY, verify=verify, asking=asking)  # type: ignore[arg-type]
        return run(spec, inventory or self.inventory(), options)


def asking(url: str, folder: Path, **changes: object) -> Asking:
    """Nothing kept, short waits."""
    given: dict[str, object] = {
        "now": time.time(),
        "folder": folder,
        "limits": LIMITS,
        "recheck": 0.3,
        "max_calls": 10**6,
    }
    return Asking(backend=through_azure(Cloud(arm_endpoint=url)), address=url, **(given | changes))  # type: ignore[arg-type]


def twin(options: TwinOptions | None = None, example: Path = SHOP, *, ca: Path | None = None) -> RunningTwin:
    return RunningTwin(
        load_inventory([str(example / "network")]),
        options or TwinOptions(sync=True),
        Address(tls=ca is not None, ca=ca),
    )


def told(report: Report) -> Verification:
    assert report.verification is not None
    return report.verification


def answered(report: Report) -> dict[Probe, str | None]:
    """Every probe that could be asked, with Azure's answer."""
    probes = [probe for intent in report.intents for check in intent.checks for probe in check.probes]
    return {probe: probe.answered for probe in probes if not probe.not_askable}


def assert_all_agree(report: Report) -> None:
    """No probe lost, none wrong."""
    verification, probes = told(report), answered(report)
    assert not verification.disagreements
    assert all(answer == probe.predicted for probe, answer in probes.items() if probe.predicted != "Unknown")
    flows = {
        (p.nic, p.direction, p.protocol, p.local_ip, p.local_port, p.remote_ip, p.remote_port)
        for p, answer in probes.items()
        if p.predicted != "Unknown" or answer
    }
    assert verification.asked + verification.kept == len(flows)
    assert all(tally.reason == "Azure answered access 'Unknown'" for tally in verification.unanswered)


def assert_all_answered(report: Report) -> None:
    """And none without an answer."""
    assert_all_agree(report)
    assert told(report).asked + told(report).kept and not told(report).unanswered


def assert_nothing_verified(report: Report, reason: str) -> None:
    """No probe is lost, and each is told to lack an answer for this reason (a pattern)."""
    verification = told(report)
    assert verification.is_empty and verification.askable > 0
    assert sum(tally.probes for tally in verification.unanswered) == verification.askable
    assert any(re.search(reason, tally.reason) for tally in verification.unanswered), verification.unanswered


Told = Callable[[str], None]
