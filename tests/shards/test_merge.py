"""The law of shards: merged, they are the plan of all intents, but for fixes that were not proved together."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import msgspec
import pytest

from flowspec.model.documents.plan import Change, Report, Status
from flowspec.model.spec import Assumption
from flowspec.patches import render
from flowspec.pipeline import PlanOptions, run
from flowspec.shards import merge
from flowspec.sources import load_inventory
from flowspec.spec import load_spec
from flowspec.views import VIEWS, Style
from tests.engine.generated import documents
from tests.engine.loading import load_documents
from tests.naive.networks import draw
from tests.plan.drawn_specs import TODAY, draw_spec
from tests.plan.lab import intent, named
from tests.plan.lab import plan as lab_plan
from tests.shards.planned import (
    GROUPS,
    NETWORK,
    SSH_B,
    SSH_C,
    WEB_B,
    Planned,
    document,
    judged,
    lab,
    merged,
    parts_of,
    with_changes,
)

EXAMPLES = sorted(f for f in (Path(__file__).parents[2] / "examples").iterdir() if (f / "network").is_dir())
SEEDS = range(24)
MOST = 4


def example(folder: Path) -> Planned:
    spec, inventory = load_spec([folder], {}, [], {}), load_inventory([str(folder / "network")])
    return cache(lambda shard: run(spec, inventory, PlanOptions(today=date(2026, 11, 21), shard=shard)))


def drawn(seed: int) -> Planned:
    """A drawn network and spec; contradictions and all."""
    network = draw(seed)
    assumed = (
        Assumption(name=f"a{n}", gateway=a["gateway"], learned_prefixes=tuple(a["learned_prefixes"]))
        for n, a in enumerate(network.assumptions)
    )
    spec = replace(draw_spec(network).spec, assumptions={a.name: a for a in assumed})
    inventory = load_documents(documents(network))
    return cache(lambda shard: run(spec, inventory, PlanOptions(today=TODAY, shard=shard)))


def holds(planned: Planned, seen: Counter[str]) -> None:
    whole = planned(None)
    for of in range(1, MOST + 1):
        found = merged(planned, of)
        assert judged(found) == judged(whole)
        assert counted(found) == counted(whole)
        assert found.shard is None
        assert_changes_belong(found)
        drifting = {n % of for n, i in enumerate(whole.intents) if i.status is Status.DRIFTED}
        if len(drifting) < 2:
            assert document(found) == document(whole)
        seen["the same" if len(drifting) < 2 else "several"] += 1
        several = [p for p in found.problems if "proved shard by shard" in p.summary]
        assert found.problems == (*whole.problems, *several)
        assert lost(found) or len(several) == (len(with_changes(planned, of)) > 1)
        assert found.applyable == (bool(found.suggested_changes) and not several and not found.errored)
        seen["lost"] += bool(lost(found))


def counted(report: Report) -> Report:
    """All of a plan that the merge of shards can't but get right."""
    return msgspec.structs.replace(
        report,
        applyable=False,
        intents=(),
        suggested_changes=(),
        steps=(),
        problems=(),
        summary=msgspec.structs.replace(report.summary, changes=0),
    )


def lost(report: Report) -> bool:
    return any("which another shard found" in cause.no_change for intent in report.intents for cause in intent.causes)


def assert_changes_belong(report: Report) -> None:
    """Indexes and batches fit, and no two shards want one place."""
    assert report.summary.changes == len(report.suggested_changes)
    for found in report.intents:
        for at in (at for cause in found.causes for at in cause.changes):
            assert found.address in served(report.suggested_changes[at])
    batches = [change.batch for change in report.suggested_changes]
    assert batches == sorted(batches) and set(batches) == set(range(len(set(batches))))
    order = [found.address for found in report.intents]
    first: dict[int, int] = {}
    for change in report.suggested_changes:
        found_at = min(order.index(address) for address in served(change))
        first[change.batch] = min(first.get(change.batch, found_at), found_at)
    assert list(first.values()) == sorted(first.values())
    rules = [
        (c.nsg, c.change.after.direction, c.change.after.priority) for c in report.suggested_changes if c.change.after
    ]
    assert len(set(rules)) == len(rules)
    assert len({(c.nsg, c.rule) for c in report.suggested_changes}) == len(report.suggested_changes)


def served(change: Change) -> tuple[str, ...]:
    return (*change.mends, *change.helps)


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_examples(folder: Path) -> None:
    holds(example(folder), Counter())


def test_drawn_networks() -> None:
    seen: Counter[str] = Counter()
    for seed in SEEDS:
        holds(drawn(seed), seen)
    assert min(seen["the same"], seen["several"], seen["lost"]) >= 3, seen


def test_the_order_of_the_files_does_not_matter() -> None:
    parts = parts_of(example(EXAMPLES[0]), 3)
    texts = {
        document(merge([parts[a], parts[b], parts[c]])) for a, b, c in ((0, 1, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0))
    }
    assert len(texts) == 1


# Fixes that were not proved together


def test_fixes_in_different_nsgs_are_all_offered_and_said_not_to_be_proved_together() -> None:
    found = merged(lab(SSH_B, SSH_C), 2)
    assert [change.mends for change in found.suggested_changes] == [("intent.ssh-b",), ("intent.ssh-c",)]
    assert [change.batch for change in found.suggested_changes] == [0, 1]
    assert [cause.changes for i in found.intents for cause in i.causes] == [(0,), (1,)]
    assert not found.applyable
    (told,) = found.problems
    assert told.severity == "info"
    assert told.summary == "The changes of shards 1 and 2 were proved shard by shard, not together."
    assert "Note: The changes of shards 1 and 2" in VIEWS["plan"]["text"](found, Style())
    assert render(found, "az")[0].text.count("\naz network nsg rule create") == 2


def test_of_two_fixes_for_one_place_the_later_is_not_offered() -> None:
    found = merged(lab(SSH_B, WEB_B), 2)
    assert [change.mends for change in found.suggested_changes] == [("intent.ssh-b",)]
    assert found.applyable
    assert not found.problems
    (cause,) = named(found, "intent.web-b").causes
    assert (cause.changes, cause.no_change) == (
        (),
        "the fix of intent.ssh-b, which another shard found, has a rule of the same priority or name in nsg-b; "
        "apply the other changes and plan again",
    )
    assert "fix        none: the fix of intent.ssh-b" in VIEWS["plan"]["text"](found, Style())
    assert found.summary.changes == 1


def test_what_one_shard_suggests_goes_together() -> None:
    whole = lab(SSH_B, SSH_C, WEB_B)
    found = merged(whole, 2)  # ssh-b and web-b are of one shard
    assert [change.mends for change in found.suggested_changes] == [("intent.ssh-b", "intent.web-b"), ("intent.ssh-c",)]
    assert [cause.changes for i in found.intents for cause in i.causes] == [(0,), (1,), (0,)]


@pytest.mark.parametrize(
    ("name", "direction", "priority", "nsg", "offered"),
    [
        ("same", "Inbound", 3000, "same", 1),
        ("other", "Inbound", 199, "same", 1),
        ("other", "Outbound", 199, "same", 2),
        ("other", "Inbound", 3000, "same", 2),
        ("same", "Inbound", 199, "other", 2),
    ],
)
def test_what_two_rules_of_an_nsg_can_t_share(name: str, direction: str, priority: int, nsg: str, offered: int) -> None:
    """In whatever letter case."""
    parts = parts_of(lab(SSH_B, SSH_C), 2)
    (first,), (change,) = (part.report.suggested_changes for part in parts)
    assert first.change.after and first.change.after.priority == 199 and change.change.after
    after = msgspec.structs.replace(change.change.after, priority=priority, direction=direction)
    change = msgspec.structs.replace(
        change,
        nsg=first.nsg.upper() if nsg == "same" else change.nsg,
        rule=first.rule.upper() if name == "same" else change.rule,
        change=msgspec.structs.replace(change.change, after=after),
    )
    parts[1] = replace(parts[1], report=msgspec.structs.replace(parts[1].report, suggested_changes=(change,)))
    assert len(merge(parts).suggested_changes) == offered


# Shards of their own


def test_an_intent_is_judged_once_and_the_proof_is_of_all() -> None:
    planned = lab(SSH_B, SSH_C)
    first = planned((1, 2))
    assert [i.address for i in first.intents] == ["intent.ssh-b"]
    assert not first.complete
    assert first.suggested_changes[0].proof.intents_checked == 2
    assert "\nShard 1 of 2: 1 of 2 intents. flowspec show merges the plans of all shards.\n" in VIEWS["plan"]["text"](
        first, Style()
    )
    assert "not complete" not in VIEWS["plan"]["text"](first, Style())


def test_a_shard_without_intents_says_so() -> None:
    empty = lab(SSH_B)((3, 3))
    assert (empty.intents, empty.suggested_changes, empty.errored) == ((), (), False)
    text = VIEWS["plan"]["text"](empty, Style())
    assert "\nShard 3 of 3: 0 of 1 intent, so there is nothing to judge." in text
    assert text.endswith(
        "Plan: 0 intents: 0 satisfied, 0 drifted, 0 unknown. 0 rules to add, 0 to change, 0 to delete.\n"
    )


def test_a_contradiction_is_found_whatever_shard_it_is_in() -> None:
    planned = lab(SSH_B, intent("yes", "group.a", "group.b", "Allow", "22"))
    for shard in ((1, 2), (2, 2)):
        assert [i.status for i in planned(shard).intents] == [Status.ERRORED]
    assert merged(planned, 2).errored


def test_targets_are_parted_too_and_stay_narrow() -> None:
    def planned(shard: tuple[int, int] | None) -> Report:
        return lab_plan(GROUPS + SSH_B + WEB_B + SSH_C, *NETWORK, shard=shard, targets=("intent.web-b", "intent.ssh-c"))

    assert [i.address for i in planned((2, 2)).intents] == ["intent.ssh-c"]
    assert "not complete: --target" in VIEWS["plan"]["text"](planned((2, 2)), Style())
    found = merged(planned, 2)
    assert [i.address for i in found.intents] == ["intent.web-b", "intent.ssh-c"]
    assert not found.complete
