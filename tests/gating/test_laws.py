"""Laws of the gate: a file keeps flows exactly, what fails as before is known, and more is never known."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings, strategies

from flowspec.gating.baseline import baseline_of, known_of
from flowspec.gating.failing import Failing, worsened
from flowspec.gating.known_file import file_text, read_known
from flowspec.model.documents.baseline import Baseline
from flowspec.model.documents.gate import Standing
from flowspec.model.documents.values import Status
from flowspec.sets.flows import NO_FLOWS, Box, FlowSet
from flowspec.sets.intervals import NO_PORT, AddressSet, PortSet, Protocol, ProtocolSet, point

NUMBERS = {"/nic-a/ip": 0, "tag storage": 1, "a name > with < brackets": 2}
PLACES = [*range(0x0A000000, 0x0A000006), *(point(number, 4) for number in NUMBERS.values())]


def sets(values: list[int]) -> strategies.SearchStrategy[list[tuple[int, int]]]:
    return strategies.lists(strategies.sampled_from(values).map(lambda value: (value, value)), min_size=1, max_size=3)


BOXES = strategies.builds(
    Box,
    protocols=sets([protocol.value for protocol in Protocol]).map(ProtocolSet.of),
    sources=sets(PLACES).map(AddressSet.of),
    source_ports=sets([0, 1, 65535, NO_PORT]).map(PortSet.of),
    destinations=sets(PLACES).map(AddressSet.of),
    destination_ports=sets([0, 22, 23, NO_PORT]).map(PortSet.of),
)
FLOWS = strategies.lists(BOXES, max_size=4).map(FlowSet.of)
PLACED = strategies.dictionaries(strategies.sampled_from(["", "Inbound /a", "Outbound /b"]), FLOWS, max_size=3).map(
    lambda places: {"": NO_FLOWS, **places}
)
FAILING = strategies.builds(
    Failing,
    status=strategies.sampled_from([Status.DRIFTED, Status.UNKNOWN]),
    expect=strategies.just("Deny"),
    drift=PLACED,
    unknown=strategies.dictionaries(strategies.sampled_from(["no data", "not read"]), PLACED, max_size=2),
)
quick = settings(max_examples=25, deadline=timedelta(seconds=5), derandomize=True)


def same(here: FlowSet, there: FlowSet) -> bool:
    return not here.subtract(there) and not there.subtract(here)


def kept(failing: Failing) -> Failing:
    text = file_text(baseline_of({"intent.x": failing}, NUMBERS))
    return known_of(read_known(text.encode(), "known.json", Baseline), NUMBERS, "known.json")["intent.x"]


@quick
@given(FAILING)
def test_a_file_keeps_what_fails_exactly(failing: Failing) -> None:
    found = kept(failing)
    assert (found.status, found.expect, found.is_exact) == (failing.status, failing.expect, True)
    for where, flows in failing.drift.items():
        assert same(found.drift[where], flows)
    for reason, places in failing.unknown.items():
        for where, flows in places.items():
            assert same(found.unknown[reason][where], flows)


@quick
@given(FAILING)
def test_what_fails_as_before_is_known(failing: Failing) -> None:
    assert worsened(failing, failing).standing is Standing.KNOWN
    assert worsened(failing, kept(failing)).standing is Standing.KNOWN


@quick
@given(FAILING, FAILING)
def test_what_is_known_holds_no_flow_that_was_as_wished(after: Failing, before: Failing) -> None:
    found = worsened(after, before)
    if found.standing is not Standing.KNOWN:
        return
    for where, flows in after.drift.items():
        assert not flows.subtract(before.drift.get(where, NO_FLOWS))
    for reason, places in after.unknown.items():
        for where, flows in places.items():
            known = before.unknown.get(reason, {}).get(where, NO_FLOWS)
            assert not flows.subtract(before.drift.get(where, NO_FLOWS)).subtract(known)
