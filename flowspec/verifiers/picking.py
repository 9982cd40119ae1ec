"""A decided check -> the probes that Azure is asked: one for each region of an effective policy, or for each NIC."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from flowspec.decide.exact import Part
from flowspec.intents.judgement import Checked
from flowspec.model.documents.plan import LiveAnswer, Probe
from flowspec.model.inventory import Inventory
from flowspec.policy.layers import Policy
from flowspec.reporting.probes import holders, probe_at
from flowspec.reporting.text_of_sets import Scribe
from flowspec.verifiers.askable import Way, Ways
from flowspec.verifiers.asking import Asking
from flowspec.verifiers.fingerprint import fingerprint

NO_NSG = "NsgsNotAppliedOnNic"
"""What ipFlowVerify says where no NSG applies (azure.md A3)."""
Picker = Callable[[Checked, Scribe], tuple[Probe, ...]]


def picker(inventory: Inventory, asking: Asking) -> Picker:
    """The probes of a check, each with the digest of its policy and the number of NICs that it stands for."""
    ways = asking.ways(inventory)
    digests: dict[Policy, str] = {}

    def pick(check: Checked, scribe: Scribe) -> tuple[Probe, ...]:
        policy = check.party.policy
        if policy not in digests:
            digests[policy] = fingerprint(policy)
        found = (p for part in check.verdict.parts for p in _probes(check, part, scribe, ways, asking.exhaustive))
        return tuple(_noted(probe, policy, digests[policy]) for probe in found)

    return pick


def _probes(check: Checked, part: Part, scribe: Scribe, ways: Ways, every: bool) -> list[Probe]:
    """One at a NIC that can be asked, if there is one; else one that says why not."""
    held = holders(check, part)
    chosen = held if every else sorted(held, key=lambda e: _difficulty(ways.of(e.nic.id)))[:1]
    probes = [probe_at(check, part, scribe, (endpoint,)) for endpoint in chosen]
    probes = probes or [probe_at(check, part, scribe, check.party.endpoints)]
    infers = 0 if every else max(0, len(held) - 1)
    return [_explained(probe, ways, infers) for probe in probes]


def _difficulty(way: Way) -> int:
    """0 for a NIC that can be asked, then one that only lacks something, then what can't be asked at all."""
    return 2 if way.why_not else 1 if way.lacks else 0


def _explained(probe: Probe, ways: Ways, infers: int) -> Probe:
    reason = probe.not_askable or ways.of(probe.nic).why_not
    live = LiveAnswer(policy="", infers=0 if reason else infers)
    return msgspec.structs.replace(probe, not_askable=reason, live=live)


def _noted(probe: Probe, policy: Policy, digest: str) -> Probe:
    """With the policy's digest, and the refusal as the prediction where no NSG applies."""
    live = msgspec.structs.replace(probe.live or LiveAnswer(policy=""), policy=digest)
    bare = policy.no_nsg and len(policy.layers) == 1
    predicted = NO_NSG if bare and not probe.not_askable else probe.predicted
    return msgspec.structs.replace(probe, predicted=predicted, live=live)
