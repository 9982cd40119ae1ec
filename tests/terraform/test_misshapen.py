"""Documents that are not as Terraform writes them: one clear error, or read as far as they go; never a traceback."""

from __future__ import annotations

import contextlib
import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from flowspec.errors import FlowspecError, SourceError
from flowspec.sources import load_inventory
from tests.terraform.documents import base
from tests.terraform.test_corpus import NAMES, documents

ODD: list[Any] = [
    None, 0, 1.5, True, "", "x", [], {}, [1], ["x"], [None], [[]], {"a": 1}, "\0unknown", {"references": 5},
    {"references": [1]}, "‹a›",
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"change": []}, "change should be an object"),
        ({"change": {"actions": [1]}}, "actions should be a list of texts"),
        ({"change": {"actions": ["create"], "after": [1]}}, "before and after should be objects"),
        ({"index": [1]}, "the key of an instance should be a number or a text"),
    ],
)
def test_the_error_says_what_is_wrong(change: dict[str, Any], told: str, tmp_path: Path) -> None:
    plan = base()
    plan.changes[0] |= change
    with pytest.raises(SourceError, match=told):
        plan.load(tmp_path)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, item in inner for place in places(item, (*path, name)))]


@pytest.mark.parametrize("seed", range(3))
def test_anything_anywhere_is_no_traceback(seed: int, tmp_path: Path) -> None:
    dice, file = random.Random(seed), tmp_path / "x.json"
    for name in dice.sample(NAMES, 6):
        spots = places(documents()[name])
        for _ in range(15):
            document = copy.deepcopy(documents()[name])
            *way, last = dice.choice(spots[1:])
            at: Any = document
            for step in way:
                at = at[step]
            at[last] = dice.choice(ODD)
            file.write_text(json.dumps(document), "utf-8")
            with contextlib.suppress(FlowspecError):
                load_inventory([str(file)])
