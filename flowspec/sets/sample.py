"""Some boxes that stand for very many: a set of flows that can be shown and counted, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from flowspec.sets.flows import Box, Flow, FlowSet


@dataclass(frozen=True, slots=True)
class Sample(FlowSet):
    """`boxes` are some of the flows, `total` is the number of all of them. What would need all of them is refused."""

    total: int = 0

    def count(self) -> int:
        return self.total

    def union(self, other: FlowSet) -> NoReturn:
        _refuse()

    def intersect(self, other: FlowSet) -> NoReturn:
        _refuse()

    def subtract(self, other: FlowSet) -> NoReturn:
        _refuse()

    def is_subset(self, other: FlowSet) -> NoReturn:
        _refuse()

    def meets(self, other: FlowSet) -> NoReturn:
        _refuse()

    def merged(self) -> NoReturn:
        _refuse()

    def __contains__(self, flow: Flow) -> NoReturn:
        _refuse()

    @classmethod
    def of(cls, boxes: Iterable[Box]) -> NoReturn:
        _refuse()


def _refuse() -> NoReturn:
    raise TypeError("a sample is not the whole set")
