"""Every view that tells an unknown names the place in docs/unknown.md that explains it."""

from __future__ import annotations

import re
from contextlib import chdir
from pathlib import Path

import pytest

from flowspec.cli.app import run
from flowspec.views.why import explained
from tests.reasons import PAGE

EXAMPLE = Path(__file__).parents[2] / "examples" / "missing-data"
SECTIONS = re.findall(r"^## (.+?)\n.*?```text\n(.*?)```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
SAID = {line: heading for heading, said in reversed(SECTIONS) for line in said.splitlines()}
"""What reasons say, with the first section that has it."""


@pytest.mark.parametrize(("said", "heading"), SAID.items())
def test_each_reason_is_found_where_the_page_has_it(said: str, heading: str) -> None:
    place = re.sub(r"[^\w -]", "", heading.casefold()).replace(" ", "-")
    reason = said.replace("…", "nsg-x")
    for told in (reason, f"nsg-x rule 100 (partners): {reason}"):
        assert explained([told]) == f"Why it is unknown: docs/unknown.md#{place}."


def test_several_in_the_order_of_the_page() -> None:
    told = ["the tag Storage has no data", "the NSG a is not in the inventory; the address of b is not known", ""]
    assert explained(told) == (
        "Why it is unknown: docs/unknown.md#a-resource-is-missing, #an-address-is-not-known,"
        " #a-service-tag-has-no-data."
    )
    assert explained(["something that no page explains"]) == "Why it is unknown: docs/unknown.md."
    assert explained([]) == explained([""]) == ""


def test_a_hostile_reason_takes_no_time() -> None:
    assert explained([": " * 50_000 + "; ".join("the the of x: " * 20 for _ in range(5_000))])


@pytest.mark.parametrize("view", ["text", "markdown", "html"])
def test_plans_and_explanations_name_the_place(view: str, tmp_path: Path) -> None:
    with chdir(EXAMPLE):
        run(["plan", ".", "-i", "network", "-o", f"{view}={tmp_path / 'plan'}", "-o", f"text={tmp_path / 'none'}"])
        intent = re.search(r"intent\.[\w-]+  \(", (tmp_path / "none").read_text())
        if view != "markdown":
            run(["explain", intent[0][:-3] if intent else "", ".", "-i", "network", "-o", f"{view}={tmp_path / 'why'}"])
    for file in tmp_path.glob("[pw]*"):
        text = " ".join(file.read_text("utf-8").split())
        assert re.search(r"Why it is unknown: docs/unknown\.md#[a-z]", text), file.name
