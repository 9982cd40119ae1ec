"""The C program of ceiling.c, compiled on the spot, over the tables of a `PolicyBatch`."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from flowspec.decide.batch import _GO_ON, FlowColumns, PolicyBatch


def _pointer(array: Any) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


class Ceiling:
    """Answers the flows of a batch, Tcp and Udp without a doubt."""

    def __init__(self, batch: PolicyBatch) -> None:
        library = Path(mkdtemp()) / "ceiling.so"
        source = Path(__file__).with_name("ceiling.c")
        subprocess.run(["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source], check=True)
        self._classify = ctypes.CDLL(str(library)).classify
        self._batch = batch
        lines: list[Any] = [np.zeros(65537, np.int64)] * 3
        rows = []
        for group, held in batch._services:
            for column, line in group:
                lines[column] = np.ascontiguousarray(line)
            rows.append(held)
        assert len(rows) in (1, 2), "this many tables are not what the program takes"
        tries = [
            getattr(t, n) for t in (batch._source_trie, batch._destination_trie) for n in ("first", "second", "third")
        ]
        self._kept = (lines, rows, tries)
        self._tries = (ctypes.c_void_p * 6)(*(t.ctypes.data for t in tries))
        self._lines = (ctypes.c_void_p * 3)(*(line.ctypes.data for line in lines))
        self._rows = (ctypes.c_void_p * 2)(*(held.ctypes.data for held in rows))  # the second is null if all are joined

    def answer(self, flows: FlowColumns) -> Any:
        batch = self._batch
        deciders = np.empty((len(batch._layers), len(flows)), np.int32)
        columns = (flows.protocols, flows.sources, flows.source_ports, flows.destinations, flows.destination_ports)
        self._classify(
            ctypes.c_size_t(len(flows)), ctypes.c_size_t(len(batch._layers)), ctypes.c_size_t(batch._words),
            self._tries, _pointer(batch._source_rows), _pointer(batch._destination_rows), self._lines, self._rows,
            *map(_pointer, columns), _pointer(deciders),
        )  # fmt: skip
        which = np.full(len(flows), _GO_ON, np.int32)
        for layer, found in zip(batch._layers, deciders, strict=True):
            which = np.where(which == _GO_ON, layer.outcomes[found], which)
        return which
