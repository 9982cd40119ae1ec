"""Shares equal inventory states between rows: one test recorded twenty times has few distinct networks."""

from __future__ import annotations

import json

from tests.corpus.arm import Resource


class StatePool:
    """Numbers distinct states in the order in which rows first use them."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._keys: dict[str, str] = {}
        self.states: dict[str, list[Resource]] = {}

    def key(self, resources: list[Resource]) -> str:
        """The name of this state; equal states get one name."""
        text = json.dumps(resources, sort_keys=True)
        if text not in self._keys:
            name = f"{self._prefix}{len(self._keys) + 1:02d}"
            self._keys[text] = name
            self.states[name] = resources
        return self._keys[text]
