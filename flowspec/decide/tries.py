"""Segments of a line -> tables that give the class of many values at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Trie:
    """IPv4 address -> class by its first 16, next 8 and last 8 bits. The tables hold where the next block begins."""

    first: Array
    second: Array
    third: Array

    def classes(self, addresses: Array) -> Array:
        addresses = addresses.astype(np.uint32, copy=False)
        found: Array = self.first[addresses >> 16]
        found += (addresses >> 8) & 255
        found = self.second[found]
        found += addresses & 255
        classes: Array = self.third[found]
        return classes


def trie(starts: list[int], classes: list[int]) -> Trie:
    """The trie of the IPv4 part of the address line. Blocks of one class are shared by all who need them."""
    lows = np.array([start for start in starts if start < 1 << 32], np.int64)
    numbers = np.array(classes[: len(lows)], np.int32)
    shared = int(numbers.max()) + 1
    first, wide = _level(lows, numbers, np.arange(1 << 16, dtype=np.int64) << 16, 16)
    second, narrow = _level(lows, numbers, _within(wide, 8), 8)
    third = numbers[np.searchsorted(lows, _within(narrow, 0), "right") - 1]
    same = np.repeat(np.arange(shared, dtype=np.int32), _BLOCK)
    return Trie(
        _placed(first, shared),
        np.concatenate((same * _BLOCK, _placed(second, shared))).astype(np.uint32),
        np.concatenate((same, third)).astype(np.int32),
    )


def _level(lows: Array, numbers: Array, blocks: Array, width: int) -> tuple[Array, Array]:
    """Each block of `width` bits: its class, or -1 if it has several; and the blocks that do."""
    at = np.searchsorted(lows, blocks, "right") - 1
    mixed = np.searchsorted(lows, blocks + (1 << width) - 1, "right") - 1 > at
    return np.where(mixed, -1, numbers[at]), blocks[mixed]


def _within(blocks: Array, width: int) -> Array:
    """The parts of blocks one level down, each `width` bits wide."""
    parts: Array = blocks[:, None] + (np.arange(_BLOCK, dtype=np.int64) << width)
    return parts.reshape(-1)


def _placed(level: Array, shared: int) -> Array:
    """Where the block begins that an entry stands for: that of its class, or one of its own behind those."""
    mixed = level < 0
    return (np.where(mixed, shared + np.cumsum(mixed) - 1, level) * _BLOCK).astype(np.uint32)


def line(starts: list[int], classes: list[int], last: int) -> Array:
    """Value -> class, for a line of few values."""
    return np.repeat(np.array(classes, np.int64), np.diff(np.array([*starts, last + 1])))
