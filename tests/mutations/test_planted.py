"""The planted mistakes are still mistakes: each text stands where it is said to, and what should notice is there."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

import flowspec
from tests.mutations.mutation import Mutation
from tests.mutations.planted import MUTATIONS

PACKAGE = Path(flowspec.__file__).parent
ROOT = Path(__file__).parents[2]
ROOMS = ("sets", "network", "policy", "decide", "ipflowverify", "intents", "fixes", "comparison", "spec", "sources",
         "verifiers", "azure", "patches", "views", "server", "shards", "cli")  # fmt: skip
"""Each has mistakes of its own."""


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_a_mistake_can_be_planted(mutation: Mutation) -> None:
    text = (PACKAGE / mutation.file).read_text("utf-8")
    assert text.count(mutation.old) == 1, f"{mutation.old!r} stands {text.count(mutation.old)} times in {mutation.file}"
    assert mutation.old != mutation.new
    if mutation.file.endswith(".py"):
        ast.parse(text.replace(mutation.old, mutation.new))


@pytest.mark.parametrize("test", sorted({test for mutation in MUTATIONS for test in mutation.tests}))
def test_what_should_notice_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    assert (ROOT / path).exists(), path
    assert not name or f"def {name}(" in (ROOT / path).read_text("utf-8")


def test_every_mistake_has_a_name_and_a_test() -> None:
    assert [what for what, times in Counter(m.what for m in MUTATIONS).items() if times > 1] == []
    assert [mutation.what for mutation in MUTATIONS if not mutation.tests] == []


def test_every_room_that_decides_something_has_mistakes() -> None:
    planted = Counter(mutation.file.partition("/")[0] for mutation in MUTATIONS)
    assert [room for room in ROOMS if not planted[room]] == []
