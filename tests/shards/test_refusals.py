"""Files that are not the shards of one plan: what differs, in which file, and what to do."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from flowspec.errors import PlanFileError
from flowspec.model.documents.plan import InventorySource, Report, Verification
from flowspec.shards import ShardPlan, merge
from tests.shards.planned import SSH_B, SSH_C, WEB_B, lab, parts_of

PLANNED = lab(SSH_B, SSH_C, WEB_B)
PARTS = parts_of(PLANNED, 3)
OTHER = "sha256:" + "0" * 64


def with_fields(value: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(value, **changes)


def second(**changes: Any) -> list[ShardPlan]:
    """All shards, the second with other fields."""
    return [PARTS[0], ShardPlan("2.json", with_fields(PARTS[1].report, **changes)), PARTS[2]]


def second_shard(**changes: Any) -> list[ShardPlan]:
    return second(shard=with_fields(PARTS[1].report.shard, **changes))


def told(parts: list[ShardPlan]) -> list[str]:
    with pytest.raises(PlanFileError) as refused:
        merge(parts)
    return [f"{problem.summary} {problem.detail}" for problem in refused.value.problems]


SOURCE = PARTS[0].report.inventory[0]
LIVE = Verification(mode="both", endpoint="AzureCloud")
WHOLE = ShardPlan("all.json", PLANNED(None))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([*PARTS, WHOLE], "all.json is no shard: it is the plan of all intents."),
        (second(format_version="1.1"), "2.json has format_version 1.1, and 1.json 1.0."),
        (second(flowspec_version="9.9"), "2.json was written by flowspec 9.9, and 1.json by"),
        (second(today="2026-11-22"), "2.json was planned for 2026-11-22, and 1.json for 2026-11-21."),
        (
            second(spec=with_fields(PARTS[0].report.spec, digest=OTHER)),
            f"2.json was planned from another spec than 1.json: {OTHER}, not sha256:",
        ),
        (
            second(inventory=(SOURCE, InventorySource(source="tags.json", digest=OTHER, resources=0))),
            "2.json was planned over another inventory than 1.json: tags.json differs.",
        ),
        (second(inventory=()), "2.json was planned over another inventory than 1.json. Give all shards"),
        (second_shard(of=4), "2.json is a shard of 4, and 1.json of 3."),
        (second_shard(chosen=OTHER), "2.json is a shard of other intents than 1.json. Give all the same --target."),
        (
            second(verification=LIVE),
            "2.json asked Azure (--verify both, AzureCloud), and 1.json did not ask Azure.",
        ),
        (second_shard(number=4), "2.json does not hold the intents of shard 4 of 3."),
        (second_shard(number=0), "2.json does not hold the intents of shard 0 of 3."),
        (second_shard(intents=9), "2.json does not hold the intents of shard 2 of 3."),
        (PARTS[:2], "1 of 3 shards is missing: 3/3. Give the plans of all; to make one: flowspec plan --shard 3/3"),
        (PARTS[1:2], "2 of 3 shards are missing: 1/3, 3/3."),
        ([*PARTS, ShardPlan("copy.json", PARTS[1].report)], "Shard 2 of 3 is given 2 times: 2.json, copy.json."),
    ],
)  # fmt: skip
def test_what_is_refused(parts: list[ShardPlan], words: str) -> None:
    (problem,) = told(parts)
    assert words in problem


def test_everything_that_differs_is_told_at_once() -> None:
    first, *others = second(today="2026-11-22", flowspec_version="9.9")
    assert len(told([first, *others[:1], ShardPlan("3.json", with_fields(PARTS[2].report, today="2026-11-23"))])) == 3


def test_what_is_missing_and_what_is_doubled_are_told_together() -> None:
    assert len(told([PARTS[0], PARTS[0], PARTS[2]])) == 2


def test_many_missing_shards_are_a_short_line() -> None:
    one = with_fields(PARTS[0].report, shard=with_fields(PARTS[0].report.shard, of=10**9))
    one = with_fields(one, intents=one.intents[:1])
    (problem,) = told([ShardPlan("1.json", one), ShardPlan("1b.json", one)][:1])
    assert len(problem) < 300


def test_where_the_files_lie_does_not_matter() -> None:
    elsewhere: list[Report] = [
        with_fields(
            part.report,
            spec=with_fields(part.report.spec, files=("/elsewhere/lab.flow.hcl",)),
            inventory=(with_fields(SOURCE, source="/elsewhere/network.json"),),
        )
        for part in PARTS[1:]
    ]
    found = merge([PARTS[0], *(ShardPlan(f"{n}.json", report) for n, report in enumerate(elsewhere))])
    assert found.spec == PARTS[0].report.spec
