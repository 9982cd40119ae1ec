"""Lines of REST request bodies -> lines of answers, a chunk at a time: as `requests.answer_line`, only faster.

A line that is well formed and names what was named before takes the short way: a typed decoder, then look-ups. Every
other line, so every refusal too, takes the long one.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from flowspec.errors import FlowspecError, RequestError
from flowspec.ipflowverify.lines import LONGEST, answer_line, line_of
from flowspec.ipflowverify.requests import result_of
from flowspec.model.inventory import Direction
from flowspec.sets.address import parse_address
from flowspec.sets.intervals import PORTED, V6_BASE, Protocol
from flowspec.sets.written import PROTOCOLS

if TYPE_CHECKING:
    from flowspec.decide.exact import Part
    from flowspec.decide.vectors import Vectors
    from flowspec.ipflowverify.classify import FlowRequest, Verifier

ANY_PORT = -1
_CHUNK = 1 << 18
_KEPT = 1 << 17
_ENDLESS = 1 << 30
"""Bytes after which a line is given up."""


class _Body(msgspec.Struct, forbid_unknown_fields=True, gc=False, kw_only=True):
    """A request body in the letter case of the documentation."""

    direction: str
    protocol: str
    localPort: int | str  # noqa: N815
    remotePort: int | str  # noqa: N815
    localIPAddress: str  # noqa: N815
    remoteIPAddress: str  # noqa: N815
    targetResourceId: str | None = None  # noqa: N815
    targetNicResourceId: str | None = None  # noqa: N815


class _Protocols(dict[str, Protocol]):
    def __missing__(self, text: str) -> Protocol:
        protocol = PROTOCOLS[text.casefold()]
        if protocol not in PORTED:
            raise KeyError(text)
        self[text] = protocol
        return protocol


class _Ports(dict[int | str, int]):
    """Only what is spelt as a number is spelt is kept, so there are no more than twice 65,536."""

    def __missing__(self, given: int | str) -> int:
        text = str(given)
        if not (len(text) <= 5 and text.isascii() and text.isdigit() and int(text) <= 65535):
            raise KeyError(given)
        if str(int(text)) == text:
            self[given] = int(text)
        return int(text)


class _Addresses(dict[str, int]):
    def __missing__(self, text: str) -> int:
        number = parse_address(text)
        if number is None or number >= V6_BASE:
            raise KeyError(text)
        if len(self) >= _KEPT:
            self.clear()
        self[text] = number
        return number


@dataclass(frozen=True, slots=True)
class _Lane:
    """What answers for a NIC, an address of it and a direction. `lines` are by the identity of a part."""

    inbound: bool
    local: int
    vectors: Vectors
    lines: dict[int, str]

    def line(self, protocol: Protocol, local_port: int, remote: int, remote_port: int) -> str | None:
        """The answer; None where there is more to say than one part of the policy."""
        if self.inbound:
            part = _part(self.vectors, protocol, remote, remote_port, self.local, local_port)
        else:
            part = _part(self.vectors, protocol, self.local, local_port, remote, remote_port)
        return None if part is None else self.lines.get(id(part)) or self._told(part)

    def _told(self, part: Part) -> str:
        """The parts of `vectors` live as long as it does, so none takes the place of another."""
        from flowspec.ipflowverify.classify import answer_of

        return self.lines.setdefault(id(part), line_of(result_of(answer_of(part))))


class Stream:
    """Answers chunks of lines. Its memory does not grow with their number."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._lanes: dict[tuple[str | None, str | None, str, str], _Lane] = {}
        self._lines: dict[int, dict[int, str]] = {}
        self._addresses = _Addresses()
        self._ports = _Ports({"*": ANY_PORT})
        self._protocols = _Protocols()
        self._decode = msgspec.json.Decoder(_Body).decode

    def answers(self, lines: list[bytes]) -> str:
        """One answer for each line, in their order."""
        decode, lanes, addresses = self._decode, self._lanes, self._addresses
        ports, protocols = self._ports, self._protocols
        found: list[str] = []
        for line in lines:
            try:
                body = decode(line)
                name = (body.targetResourceId, body.targetNicResourceId, body.direction, body.localIPAddress)
                lane = lanes.get(name) or self._open(name, body)
                protocol, remote = protocols[body.protocol], addresses[body.remoteIPAddress]
                answer = lane.line(protocol, ports[body.localPort], remote, ports[body.remotePort])
            except (KeyError, ValueError, RequestError):
                answer = None
            found.append(answer or answer_line(self._verifier, line.removeprefix(codecs.BOM_UTF8)))
        return "".join(found)

    def _open(self, name: tuple[str | None, str | None, str, str], body: _Body) -> _Lane:
        direction = {known.casefold(): known for known in Direction}[body.direction.casefold()]
        local = self._addresses[body.localIPAddress]
        vectors = self._verifier.sieve(_request(body), direction, local).vectors
        if len(self._lanes) >= _KEPT:
            self._lanes.clear()
        lane = _Lane(direction is Direction.INBOUND, local, vectors, self._lines.setdefault(id(vectors), {}))
        self._lanes[name] = lane
        return lane


def _part(
    vectors: Vectors, protocol: Protocol, source: int, source_port: int, destination: int, destination_port: int
) -> Part | None:
    if destination_port == ANY_PORT:
        return None
    if source_port == ANY_PORT:
        return vectors.any_source_port(protocol, source, destination, destination_port)
    return vectors.part(protocol, source, source_port, destination, destination_port)


def _request(body: _Body) -> FlowRequest:
    from flowspec.ipflowverify.classify import FlowRequest

    return FlowRequest(
        target=body.targetResourceId or "",
        nic=body.targetNicResourceId or "",
        direction=body.direction,
        protocol=body.protocol,
        local_port=str(body.localPort),
        remote_port=str(body.remotePort),
        local_ip=body.localIPAddress,
        remote_ip=body.remoteIPAddress,
    )


def chunks(stream: BinaryIO) -> Iterator[list[bytes]]:
    """The lines of a stream, as many at once as are there, so that a pipe can hold a conversation.

    Of a line that is too long to be answered only so much is kept that it is refused; FlowspecError for an endless one.
    """
    held, length = bytearray(), 0
    while chunk := _some(stream):
        first, newline, rest = chunk.partition(b"\n")
        held += first[: LONGEST + 1 - len(held)]
        length += len(first)
        if newline:
            lines = rest.split(b"\n")
            last = lines.pop()
            yield [bytes(held), *lines]
            held, length = bytearray(last), len(last)
        elif length > _ENDLESS:
            raise FlowspecError(f"A line has no end: after {_ENDLESS >> 30} GB there is no line break.")
    if held:
        yield [bytes(held)]


def _some(stream: BinaryIO) -> bytes:
    read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
    return read(_CHUNK)
