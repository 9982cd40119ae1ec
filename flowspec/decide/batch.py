"""A compiled policy and arrays of IPv4 flows -> which answer each of them gets, with numpy: millions a second.

An address or port is looked up in tables (`tries.py`) that give its class; a class has a row of bits, one for each
variant that Tcp or Udp can match, and the rows of a flow are ANDed: the first bit of a layer's part decides it. Where
something is in doubt, and for other protocols, the flow is given to `vectors.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from flowspec.decide.exact import NOTHING, Compiled, Part, judge, part_of
from flowspec.decide.vectors import Vectors
from flowspec.policy.layers import Layer, Policy
from flowspec.sets.classes import Dimension
from flowspec.sets.flows import NO_FLOWS
from flowspec.sets.intervals import NO_PORT, PORTED, Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

_GO_ON, _ASK = -1, -2
"""Instead of the number of a part: the next layer decides; arrays can't tell."""
_STEP = 2048
_JOINED = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowColumns:
    """Columns of one length: numbers of `Protocol`, IPv4 addresses, ports (`NO_PORT` where there are none)."""

    protocols: Array
    sources: Array
    source_ports: Array
    destinations: Array
    destination_ports: Array

    def __len__(self) -> int:
        return len(self.protocols)


@dataclass(frozen=True, slots=True)
class Classified:
    """`which`: for each flow the number (int32) of its answer among `parts`, which hold no flows and are all that the
    policy has given so far."""

    which: Array
    parts: tuple[Part, ...]


class PolicyBatch:
    """The policy by arrays of flows."""

    def __init__(self, compiled: Compiled, vectors: Vectors | None = None) -> None:
        from flowspec.decide.tries import line, trie

        self._vectors = vectors or Vectors(compiled)
        self._numbers: dict[Part, int] = {}
        self._layers = [self._tables(layer, compiled.policy) for layer in compiled.policy.layers]
        widest = max(len(layer.columns) for layer in self._layers)
        self._words = -(-widest // 64)
        self._source_trie = trie(*compiled.sources.segments())
        self._destination_trie = trie(*compiled.destinations.segments())
        self._source_rows = self._rows(compiled.sources)
        self._destination_rows = self._rows(compiled.destinations)
        self._services = self._joined(
            [
                (line(*compiled.protocols.segments(), Protocol.OTHER), self._rows(compiled.protocols)),
                (line(*compiled.destination_ports.segments(), NO_PORT), self._rows(compiled.destination_ports)),
                (line(*compiled.source_ports.segments(), NO_PORT), self._rows(compiled.source_ports)),
            ]
        )

    def answer(self, flows: FlowColumns) -> Classified:
        """One answer for each flow, in their order."""
        import numpy as np

        which = np.empty(len(flows), np.int32)
        for at in range(0, len(flows), _STEP):
            here = slice(at, min(at + _STEP, len(flows)))
            self._step(flows, here, which[here])
        for at in map(int, np.flatnonzero(which == _ASK)):
            which[at] = self._number(self._asked(flows, at))
        return Classified(which, tuple(self._numbers))

    def _step(self, flows: FlowColumns, here: slice, which: Array) -> None:
        import numpy as np

        rows = np.take(self._source_rows, self._source_trie.classes(flows.sources[here]), axis=0)
        rows &= np.take(self._destination_rows, self._destination_trie.classes(flows.destinations[here]), axis=0)
        columns = (flows.protocols[here], flows.destination_ports[here], flows.source_ports[here])
        for lines, held in self._services:
            rows &= np.take(held, reduce(np.add, (table[columns[at]] for at, table in lines)), axis=0)
        which[:] = _GO_ON
        for number, layer in enumerate(self._layers):
            first = _first_bit(rows[:, number * self._words : (number + 1) * self._words])
            which[:] = np.where(which == _GO_ON, layer.outcomes[first], which)
        which[columns[0] > Protocol.UDP] = _ASK

    def _asked(self, flows: FlowColumns, at: int) -> Part:
        columns = (flows.protocols, flows.sources, flows.source_ports, flows.destinations, flows.destination_ports)
        return self._vectors.part(*(int(column[at]) for column in columns))

    def _number(self, part: Part) -> int:
        return self._numbers.setdefault(part, len(self._numbers))

    def _tables(self, layer: Layer, policy: Policy) -> _LayerTables:
        import numpy as np

        columns = [at for at, variant in enumerate(layer.variants) if variant.box.protocols.meets(PORTED)]
        outcomes = [self._outcome(layer, at, is_last=layer is policy.layers[-1]) for at in columns]
        return _LayerTables(len(layer.variants), np.array(columns), np.array(outcomes, np.int32))

    def _outcome(self, layer: Layer, at: int, *, is_last: bool) -> int:
        """What comes of a variant that matches first."""
        variant = layer.variants[at]
        if variant.doubts:
            return _ASK
        answer, _ = judge(layer, NOTHING, variant, (), is_last)
        return _GO_ON if answer is None else self._number(part_of(answer, NO_FLOWS))

    def _rows(self, dimension: Dimension[Any]) -> Array:
        """Class -> its bits, those of each layer beginning at a word of their own."""
        import numpy as np

        holders = dimension.holders()
        total = sum(layer.size for layer in self._layers)
        packed = b"".join(held.to_bytes(total // 8 + 1, "little") for held in holders)
        held = np.unpackbits(np.frombuffer(packed, np.uint8).reshape(len(holders), -1), axis=1, bitorder="little")
        rows = np.zeros((len(holders), len(self._layers) * self._words * 64), np.uint8)
        first = 0
        for number, layer in enumerate(self._layers):
            start = number * self._words * 64
            rows[:, start : start + len(layer.columns)] = held[:, first + layer.columns]
            first += layer.size
        return np.packbits(rows, axis=1, bitorder="little").view(np.uint64)

    def _joined(self, fields: Sequence[tuple[Array, Array]]) -> list[tuple[list[tuple[int, Array]], Array]]:
        """The fields in as few tables as stay small: which columns give a row's number, and the rows."""
        groups: list[tuple[list[tuple[int, Array]], Array]] = []
        for at, (table, rows) in enumerate(fields):
            if groups and len(groups[-1][1]) * len(rows) <= _JOINED:
                lines, before = groups[-1]
                both = (before[:, None, :] & rows[None, :, :]).reshape(-1, rows.shape[1])
                groups[-1] = [(n, line * len(rows)) for n, line in lines] + [(at, table)], both
            else:
                groups.append(([(at, table)], rows))
        return groups


@dataclass(frozen=True, slots=True)
class _LayerTables:
    """`columns`: the places, among all `size` variants, of those that Tcp or Udp over IPv4 can match. `outcomes`: by
    the number of a column, what comes of it when it matches first."""

    size: int
    columns: Array
    outcomes: Array


def _first_bit(rows: Array) -> Array:
    """The number of the lowest bit of each row; every row has one."""
    import numpy as np

    words = (rows != 0).argmax(axis=1)
    found = np.take_along_axis(rows, words[:, None], axis=1)[:, 0]
    low = (found & (~found + np.uint64(1))).astype(np.float64)
    first: Array = words * 64 + (low.view(np.int64) >> 52) - 1023
    return first
