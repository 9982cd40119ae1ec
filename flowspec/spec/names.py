"""A name that does not exist -> the nearest that does, for messages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

MANY = 200
"""Above so many names, only those that are one letter away are found, by an index."""


class Names(Collection[str]):
    """Names that may be asked for often: ten thousand misspelt references cost no more than ten thousand look-ups.

    `is_whole`: false where there may be more of them, in what could not be read.
    """

    def __init__(self, names: Iterable[str], is_whole: bool = True) -> None:
        self.is_whole = is_whole
        self._names = dict.fromkeys(names)
        self._index: dict[str, str] | None = None

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def near(self, name: str) -> str | None:
        """A name that differs in one letter: left out, added, wrong, or swapped with its neighbour."""
        if self._index is None:
            self._index = {shape: known for known in self._names for shape in _shapes(known)}
        return next((self._index[shape] for shape in _shapes(name[:100]) if shape in self._index), None)


def _shapes(name: str) -> Iterator[str]:
    """The name in small letters, and with each of its letters left out."""
    folded = name.casefold()
    yield folded
    for at in range(len(folded)):
        yield folded[:at] + folded[at + 1 :]


def nearest(name: str, known: Iterable[str]) -> str:
    """`Did you mean "x"?`, or nothing."""
    if isinstance(known, Names) and len(known) > MANY:
        found = known.near(name)
        return f'Did you mean "{found}"?' if found else ""
    spellings = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(name.casefold()[:100], spellings, n=1, cutoff=0.6)
    return f'Did you mean "{spellings[close[0]]}"?' if close else ""


def advice(name: str, known: Collection[str], what: str) -> str:
    """What to do about an unknown name: the nearest one, else all there are."""
    if found := nearest(name, known):
        return found
    if not known:
        return f"There is no {what}."
    listed = ", ".join(sorted(known)[:16] if len(known) <= MANY else list(known)[:16]) + (
        ", …" if len(known) > 16 else ""
    )
    return f"Known: {listed}."
