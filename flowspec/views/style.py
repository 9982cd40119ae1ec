"""How a report looks: whether in colour, how wide, how much of it."""

from __future__ import annotations

from dataclasses import dataclass

_CODES = {"bold": "1", "red": "31", "green": "32", "yellow": "33", "cyan": "36", "dim": "2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """`width` in columns; `everything` lists what is satisfied, too, `brief` the first screen only.

    `owner`: only what this one owns is told. `quiet`: Markdown says nothing where all is as wished. `folder` is where
    the files of the report are counted from, `root` that of the repository around it; both absolute, "" not known.
    `tracked` are the files that the repository has, from its root; None: not known. `dialect` is that of the fixes
    which Markdown holds, as `flowspec render` names it.
    """

    colour: bool = False
    width: int = 80
    everything: bool = False
    brief: bool = False
    owner: str | None = None
    quiet: bool = False
    folder: str = ""
    root: str = ""
    tracked: frozenset[str] | None = None
    dialect: str = "terraform"

    def paint(self, text: str, *looks: str) -> str:
        """`text` in these looks, or as it is where there is no colour."""
        if not self.colour or not text:
            return text
        return f"\x1b[{';'.join(_CODES[look] for look in looks)}m{text}\x1b[0m"
