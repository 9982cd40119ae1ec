"""The stream of `verify --flows` answers what one request at a time answers, however it is cut into chunks."""

from __future__ import annotations

import io
import json
import random
import tracemalloc
from typing import Any

import pytest

from benchmarks.flows import flows_near
from flowspec.errors import FlowspecError
from flowspec.ipflowverify.classify import Verifier
from flowspec.ipflowverify.lines import LONGEST, answer_line
from flowspec.ipflowverify.stream import Stream, chunks
from flowspec.model.inventory import Direction
from flowspec.sets.address import address_text
from flowspec.sets.intervals import V6_BASE, Protocol
from tests.engine.generated import Twins
from tests.naive.networks import draw

ODD: list[tuple[str, Any]] = [
    ("localPort", "*"), ("remotePort", "*"), ("localPort", 22), ("remotePort", "00080"), ("localPort", "65536"),
    ("localPort", -1), ("localPort", True), ("localPort", 22.0), ("remotePort", None), ("protocol", "tcp"),
    ("protocol", "ICMP"), ("direction", "inbound"), ("direction", "Sideways"), ("remoteIPAddress", "::1"),
    ("remoteIPAddress", "8.8.8"), ("localIPAddress", "10.99.99.99"), ("targetResourceId", "vm-none"),
    ("targetNicResourceId", ""), ("targetNicResourceId", None), ("other", 1), ("LOCALPORT", "1"), ("localPort", "²"),
    ("localPort", "9" * 5000), ("remoteIPAddress", "\ud800"),
]  # fmt: skip
BROKEN = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff",
    b"\xef\xbb\xbf{}",
    b"\x00",
    b"[" * 5000,
    b'{"localPort":1,"localPort":"2"}',
]


def requests(twins: Twins, seed: int) -> list[bytes]:
    """Requests as they should be, and with one thing odd about them."""
    dice = random.Random(seed)
    lines = list(BROKEN)
    for endpoint in twins.network.endpoints:
        owner = endpoint.nic.vm or ""
        named = {"targetResourceId": owner} if owner else {"targetNicResourceId": endpoint.nic.id}
        for direction in Direction:
            policy = twins.policies.of_endpoint(endpoint, direction)
            for flow in flows_near(policy, dice, 6, v4=True):
                remote = flow.source if direction is Direction.INBOUND else flow.destination
                body: dict[str, Any] = named | {
                    "direction": str(direction),
                    "protocol": "UDP" if flow.protocol is Protocol.UDP else "TCP",
                    "localPort": str(flow.destination_port),
                    "remotePort": str(flow.source_port),
                    "localIPAddress": address_text(endpoint.place) if endpoint.place < V6_BASE >> 96 else "10.0.0.4",
                    "remoteIPAddress": address_text(remote),
                }
                lines.append(json.dumps(body).encode())
                lines.append(json.dumps(body | dict([dice.choice(ODD)])).encode())
    return lines


def test_as_one_at_a_time() -> None:
    known = 0
    for seed in range(40):
        twins = Twins(draw(seed))
        lines = requests(twins, seed)
        verifier = Verifier(twins.inventory)
        expected = [answer_line(verifier, line.removeprefix(b"\xef\xbb\xbf")) for line in lines]
        known += sum('"access"' in answer for answer in expected)
        stream = Stream(Verifier(twins.inventory))
        assert stream.answers(lines) == "".join(expected)
        assert stream.answers(lines) == "".join(expected), "and again, with what is known by now"
    assert known > 500


class Trickle(io.BytesIO):
    """A pipe that gives a few bytes at a time."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read(7)


class Long(io.RawIOBase):
    """As many bytes as are asked for, without a line break until `length` of them are read; then a last line."""

    def __init__(self, length: int) -> None:
        self.left, self.rest = length, [b"\n{}\n"]

    def read1(self, size: int = -1, /) -> bytes:
        if self.left <= 0:
            return self.rest.pop() if self.rest else b""
        self.left -= size
        return b"x" * size


def test_a_line_that_is_too_long_is_answered_and_not_kept() -> None:
    tracemalloc.start()
    found = [line for chunk in chunks(Long(64 << 20)) for line in chunk]  # type: ignore[arg-type]
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()
    assert [len(line) for line in found] == [LONGEST + 1, 2]
    answers = Stream(Verifier(Twins(draw(1)).inventory)).answers(found).splitlines()
    assert [list(json.loads(line)) for line in answers] == [["error"]] * 2
    assert "longer than 1,048,576 bytes" in answers[0]


def test_a_line_without_an_end_is_given_up() -> None:
    with pytest.raises(FlowspecError, match="A line has no end"):
        list(chunks(Long(1 << 40)))  # type: ignore[arg-type]


def test_chunks_are_lines() -> None:
    for text in (b"", b"\n", b"a", b"a\n", b"\n\na", b"first\nsecond is long\n\nthird", b"x" * 100 + b"\n"):
        expected = [line.removesuffix(b"\n") for line in io.BytesIO(text)]
        for stream in (io.BytesIO(text), Trickle(text)):
            assert [line for chunk in chunks(stream) for line in chunk] == expected
