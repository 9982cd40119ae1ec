"""`flowspec import` on drawn networks: its proof holds, and the naive evaluator agrees with what it claims."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flowspec.sets.address import parse_address
from flowspec.sets.flows import Flow
from flowspec.sets.intervals import NO_PORT, Protocol
from tests.engine.generated import INTERNET, documents
from tests.engine.loading import load_documents
from tests.importing.reading import allowed, read
from tests.linting.brute import NIC_NSG, SUBNET_NSG, V6, Brute, drawn_network, packets
from tests.naive import Packet, side
from tests.naive.networks import draw
from tests.naive.questions import packets as asked_of

_EVERY = 5
"""Of so many networks one is put to the naive evaluator packet by packet, which takes a second."""


def flow_of(packet: Packet) -> Flow:
    source, destination = parse_address(str(packet.source)), parse_address(str(packet.destination))
    assert source is not None and destination is not None
    return Flow(
        protocol=Protocol[packet.protocol.upper()],
        source=source,
        source_port=NO_PORT if packet.source_port is None else packet.source_port,
        destination=destination,
        destination_port=NO_PORT if packet.destination_port is None else packet.destination_port,
    )


@pytest.mark.parametrize("seeds", [range(n, n + 20) for n in range(0, 100, 20)], ids=str)
def test_the_proof_holds_and_every_packet_agrees(seeds: range, tmp_path: Path) -> None:
    """Of networks with two NSGs in a row all packets there can be are asked: stated just where they pass."""
    for seed in seeds:
        resources = drawn_network(seed)
        inventory = load_documents({"network.json": resources})
        found, spec = read(inventory, tmp_path)
        assert found.proof.holds, (seed, found.proof)
        stated = allowed(spec, inventory)
        for direction in ("Inbound", "Outbound") if seed % _EVERY == 0 else ():
            brute = Brute(resources, direction)
            passing = brute.walk(SUBNET_NSG)[0].then(brute.walk(NIC_NSG)[0])
            for number, packet in enumerate(packets()):
                ends = {str(packet.source), str(packet.destination)}
                if not brute.local >> number & 1 or len(ends) == 1 or ends & {"168.63.129.16", *V6}:
                    continue
                assert (flow_of(packet) in stated) == bool(passing.permitted >> number & 1), (seed, packet)


@pytest.mark.parametrize("seeds", [range(n, n + 10) for n in range(0, 40, 10)], ids=str)
def test_nothing_is_claimed_that_may_not_pass(seeds: range, tmp_path: Path) -> None:
    """Of networks full of what can't be known: what is stated passes, and what passes is stated or told as unknown."""
    stated_ones = 0
    for seed in seeds:
        drawn = replace(draw(seed), assumptions=[])
        naive, inventory = drawn.network(INTERNET), load_documents(documents(drawn))
        folder = tmp_path / str(seed)
        folder.mkdir()
        found, spec = read(inventory, folder)
        assert found.proof.satisfied == found.proof.intents + found.proof.boundaries > 0, seed
        assert found.proof.holds or found.proof.unsaid, seed
        stated = allowed(spec, inventory)
        for question in asked_of(drawn, 200):
            packet = question.packet
            own = naive.ip_configuration(question.where)
            if own is None or not (isinstance(packet.source, str) and isinstance(packet.destination, str)):
                continue
            if packet.source != packet.destination and flow_of(packet) in stated:
                stated_ones += 1
                assert side(naive, question.where, question.direction, packet).access == "Allow", (seed, question)
    assert stated_ones > 20
