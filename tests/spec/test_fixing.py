"""The block `fixes`: what it may say, and what it means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flowspec.model.spec import FixSettings
from tests.spec.specs import SHOP_HCL, SHOP_JSON_TEXT, load, refused

PROD = {"env": "prod"}


def block(text: str) -> str:
    return f"fixes {{\n  {text}\n}}\n"


def test_both_spellings(tmp_path: Path) -> None:
    assert load(tmp_path, SHOP_HCL, variables=PROD).fixes == FixSettings((1000, 3000), 20)
    assert load(tmp_path, SHOP_JSON_TEXT, "a.flow.json", PROD).fixes == FixSettings((1000, 3000), 20)


def test_without_it_every_priority_may_be_taken_and_ten_are_left_between(tmp_path: Path) -> None:
    assert load(tmp_path, "").fixes == FixSettings((100, 4096), 10)
    assert load(tmp_path, block("step = 1")).fixes == FixSettings((100, 4096), 1)
    assert load(tmp_path, block('priorities = "200-200"')).fixes == FixSettings((200, 200), 10)


@pytest.mark.parametrize(("text", "words"), [
    ('priorities = "1000"', "must be a range"), ('priorities = ""', "must be a range"),
    ("priorities = 1000", "must be a range"),
    ('priorities = "3000-1000"', "ends before it begins"),
    ('priorities = "99-4096"', "Value provided: 99 Allowed range 100-4096."),
    ('priorities = "100-4097"', "Value provided: 4097 Allowed range 100-4096."),
    ("step = 0", "from 1 to 4096"), ("step = 5000", "from 1 to 4096"), ('step = "ten"', "whole number"),
])  # fmt: skip
def test_what_is_wrong_with_it(text: str, words: str, tmp_path: Path) -> None:
    problem = refused(tmp_path, block(text))
    assert words in problem.summary
    assert problem.where is not None and problem.where.line == 2


def test_it_stands_once_and_has_no_name(tmp_path: Path) -> None:
    assert refused(tmp_path, block("step = 1") * 2).summary == "The block fixes is declared twice"
    assert refused(tmp_path, 'fixes "a" {\n}\n').summary == "A block fixes has no name"
    assert "must be an object" in refused(tmp_path, json.dumps({"fixes": 1}), "a.flow.json").summary
