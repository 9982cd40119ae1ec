"""Flows that a change is about, and their neighbours -> what ipFlowVerify answers before the steps and after them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, ip_network

import msgspec

from flowspec.applying.network import after_steps
from flowspec.errors import RequestError
from flowspec.ipflowverify.classify import FlowRequest, Verifier
from flowspec.model.documents.plan import Change, Probe, Report, SideBox
from flowspec.model.inventory import Inventory, Nic, key
from flowspec.verifiers.asking import Asking
from flowspec.verifiers.both import verify
from flowspec.verifiers.live import AzureAnswers, agrees

_BOXES = 3
"""Boxes of each proof out of which flows are taken."""
_EPHEMERAL = 49152


@dataclass(frozen=True, slots=True)
class ChosenProbe:
    """A flow to ask about, with what is predicted after the steps; `was` is the same before them, "" if not sure."""

    probe: Probe
    was: str

    @property
    def mended(self) -> bool:
        """Whether the steps change the answer."""
        return self.was != self.probe.predicted


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What ipFlowVerify was asked. `wrong`: it answers otherwise than the rules say, however often asked.

    `unanswered` are the reasons why probes have no answer; `left_out` how many were more than may be asked. `as_before`
    are wrong answers about flows that the steps do not change: Azure gave the same before the first step.
    """

    asked: int = 0
    mended: int = 0
    calls: int = 0
    wrong: tuple[tuple[Probe, str], ...] = ()
    as_before: tuple[tuple[Probe, str], ...] = ()
    unanswered: tuple[str, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Checklist:
    """The flows of a plan that ipFlowVerify is asked about, the same before its first step and after its last.

    `network` says where the NICs are; the steps change none of that.
    """

    flows: tuple[ChosenProbe, ...]
    network: Inventory

    def before(self, asking: Asking) -> Checkup:
        """What the flows are before the first step, as far as that is sure."""
        olds = (msgspec.structs.replace(one.probe, predicted=one.was) for one in self._few(asking) if one.was)
        return self._asked(olds, asking)

    def after(self, asking: Asking, first: Checkup | None = None) -> Checkup:
        """What they are after the last step.

        `first` is what was answered before: what Azure said wrong already then, the steps did not do.
        """
        found = self._asked((one.probe for one in self._few(asking)), asking)
        known = set(first.wrong if first is not None else ())
        as_before = tuple(one for one in found.wrong if one in known)
        return replace(found, wrong=tuple(one for one in found.wrong if one not in known), as_before=as_before)

    def _few(self, asking: Asking) -> tuple[ChosenProbe, ...]:
        """As many as may be asked, the first ones."""
        return self.flows[: asking.max_calls]

    def _asked(self, probes: Iterable[Probe], asking: Asking) -> Checkup:
        """What Azure answers, against what the probes predict."""
        ways = asking.ways(self.network)
        asked = [msgspec.structs.replace(probe, not_askable=ways.of(probe.nic).why_not) for probe in probes]
        answers = verify(asked, self.network, asking)
        found = answers.by_probe
        answered = [probe for probe, answer in found.items() if answer.access]
        mended = {one.probe for one in self.flows if one.mended}
        return Checkup(
            asked=len(answered),
            mended=sum(probe in mended for probe in answered),
            calls=answers.calls,
            wrong=tuple((p, answer.access) for p, answer in found.items() if agrees(p.predicted, answer) is False),
            unanswered=tuple(_reasons(asked, answers)),
            left_out=max(0, len(self.flows) - asking.max_calls),
        )


def checklist(report: Report, before: Inventory) -> Checklist:
    """Flows of a plan's proofs and their neighbours, what changes first; `before` is the network without its steps."""
    after = after_steps(before, report.steps)
    old, new = Verifier(before), Verifier(after)
    found: dict[Probe, str] = {}
    for probe in (*_of_proofs(report, after), *_of_intents(report, after)):
        for one in (probe, *_neighbours(probe)):
            now = _access(new, one)
            if now:
                found.setdefault(msgspec.structs.replace(one, predicted=now), _access(old, one))
    flows = sorted((ChosenProbe(probe, was) for probe, was in found.items()), key=lambda one: not one.mended)
    return Checklist(tuple(flows), before)


def _reasons(probes: Iterable[Probe], answers: AzureAnswers) -> Iterator[str]:
    """Each reason once, in the order in which the probes have them."""
    told = (
        probe.not_askable or (answers.by_probe[probe].problem if probe in answers.by_probe else "") for probe in probes
    )
    yield from dict.fromkeys(reason for reason in told if reason)


def _access(verifier: Verifier, probe: Probe) -> str:
    """What the engine answers; "" where it can't, or can't say for sure."""
    request = FlowRequest(
        target="", nic=probe.nic, direction=probe.direction, protocol=probe.protocol, local_ip=probe.local_ip,
        local_port=probe.local_port, remote_ip=probe.remote_ip, remote_port=probe.remote_port,
    )  # fmt: skip
    try:
        access = verifier.verify(request).access
    except RequestError:
        return ""
    return access if access in ("Allow", "Deny") else ""


def _of_intents(report: Report, inventory: Inventory) -> Iterator[Probe]:
    """The plan's own probes at the NICs that a changed NSG judges, first those of the intents that are mended."""
    meant = {address for change in report.suggested_changes for address in (*change.mends, *change.helps)}
    touched = {nic.id.casefold() for nic in _judged(inventory, {change.nsg for change in report.suggested_changes})}
    intents = sorted(report.intents, key=lambda intent: intent.address not in meant)
    probes = (probe for intent in intents for one in intent.checks for probe in one.probes)
    for probe in probes:
        if probe.nic.casefold() in touched and not probe.not_askable:
            yield _bare(probe)


def _bare(probe: Probe) -> Probe:
    """The flow of a probe at its NIC, and nothing of what was predicted of it."""
    return msgspec.structs.replace(probe, predicted="", rule_name="", rule_id="", answered=None, live=None)


def _of_proofs(report: Report, inventory: Inventory) -> Iterator[Probe]:
    """A flow out of each of the first boxes that a change opens or closes."""
    for change in report.suggested_changes:
        nics = _judged(inventory, {change.nsg})
        proof = change.proof
        together = proof.together
        boxes = (
            *proof.opens,
            *proof.closes,
            *(together.opens if together else ()),
            *(together.closes if together else ()),
        )
        for box in boxes[:_BOXES]:
            if box.protocol in ("TCP", "UDP", "*"):
                yield from _in_box(box, change, nics)


def _in_box(box: SideBox, change: Change, nics: Sequence[Nic]) -> Iterator[Probe]:
    """The lowest flow of a box at the first NIC that has an address in it."""
    rule = change.change.after or change.change.before
    remote = next(filter(None, map(_first_address, box.remote)), None)
    for nic in nics:
        for address in (one.address for one in nic.ip_configurations if one.address and one.family == 4):
            if remote and rule is not None and any(_holds(prefix, address) for prefix in box.local):
                yield Probe(
                    nic=nic.id,
                    direction=rule.direction,
                    protocol="UDP" if box.protocol == "UDP" else "TCP",
                    local_ip=address,
                    local_port=_first_port(box.local_ports),
                    remote_ip=remote,
                    remote_port=_first_port(box.remote_ports),
                    predicted="",
                )
                return


def _neighbours(probe: Probe) -> Iterator[Probe]:
    """Flows just beside one: the next port at the end that offers the service, the next address at the other end."""
    inbound = probe.direction == "Inbound"
    port = int(probe.local_port if inbound else probe.remote_port)
    for near in (port - 1, port + 1):
        if 0 <= near <= 65535:
            name = "local_port" if inbound else "remote_port"
            yield msgspec.structs.replace(probe, **{name: str(near)})
    number = int(IPv4Address(probe.remote_ip))
    for near in (number - 1, number + 1):
        if 1 << 24 <= near < 224 << 24:
            yield msgspec.structs.replace(probe, remote_ip=str(IPv4Address(near)))


def _judged(inventory: Inventory, nsgs: set[str]) -> list[Nic]:
    """The NICs that some NSGs judge, their own or by their subnet's."""
    wanted = {key(nsg) for nsg in nsgs}
    subnets = {at for at, subnet in inventory.subnets.items() if subnet.nsg and key(subnet.nsg) in wanted}
    return [
        nic
        for nic in inventory.nics.values()
        if (nic.nsg and key(nic.nsg) in wanted)
        or any(one.subnet and key(one.subnet) in subnets for one in nic.ip_configurations)
    ]


def _first_address(prefix: str) -> str:
    """The lowest IPv4 address of a prefix, not one of 0.0.0.0/8; "" where there is none."""
    try:
        network = ip_network(prefix)
    except ValueError:
        return ""
    low, high = int(network.network_address), int(network.broadcast_address)
    low = max(low, 1 << 24)
    return str(IPv4Address(low)) if network.version == 4 and low <= high else ""


def _holds(prefix: str, address: str) -> bool:
    try:
        return IPv4Address(address) in ip_network(prefix)
    except (ValueError, TypeError):
        return False


def _first_port(ports: Sequence[str]) -> str:
    """The lowest port of some ranges; of all of them, one that clients have."""
    low, _, high = (ports[0] if ports else "0-65535").partition("-")
    return str(_EPHEMERAL) if low == "0" and high == "65535" else low
