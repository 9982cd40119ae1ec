"""Rules that flowspec made follow the spec: applied, then planned with intents changed or gone, or changed by hand."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from flowspec.model.documents.plan import Report
from tests.plan.lab import Json, fixes, intent, nic, nics, nsg, plan, said, vnet, within
from tests.plan.patching import patched
from tests.plan.stepping import stepped

NAME = 'flowspec {\nname = "shop"\n}\n'
DB = nics("web", "web") + nics("db", "db") + nics("app", "app")
WEB_TO_DB = intent("web-to-db", "group.web", "group.db", "Allow", "5432")
APP_TO_DB = intent("app-to-db", "group.app", "group.db", "Allow", "5432")
STRICT = "deny 4000 In Deny * * -> *"
NETWORK = [
    vnet(snet=within()),
    nic("web", "10.0.0.4"),
    nic("app", "10.0.0.8"),
    nic("db", "10.0.0.5", nsg="nsg-db"),
    nsg("nsg-db", STRICT),
]


def applied(report: Report, network: list[Json]) -> list[Json]:
    """The network after the steps, which come to the changes."""
    after = list(stepped(network, report.steps))[-1] if report.steps else network
    assert sorted_rules(after) == sorted_rules(patched(network, report.suggested_changes))
    return after


def sorted_rules(network: list[Json]) -> list[Any]:
    return [sorted(map(str, r["properties"].get("securityRules", []))) for r in network]


def mended(spec: str, network: list[Json]) -> list[Json]:
    return applied(plan(spec, *network), network)


def told(report: Report) -> list[tuple[str, str]]:
    """Action and rule of each change."""
    return [(change.change.action, change.rule) for change in report.suggested_changes]


def rules(network: list[Json]) -> dict[str, Json]:
    return {rule["name"]: rule["properties"] for r in network for rule in r["properties"].get("securityRules", [])}


def changed(network: list[Json], name: str, edit: Callable[[Json], object]) -> list[Json]:
    found = copy.deepcopy(network)
    edit(rules(found)[name])
    return found


def test_a_second_run_proposes_nothing() -> None:
    spec = NAME + DB + WEB_TO_DB
    after = mended(spec, NETWORK)
    assert rules(after)["flowspec-web-to-db-allow-in"]["description"] == "flowspec shop: intent.web-to-db"
    again = plan(spec, *after)
    assert not again.suggested_changes and not again.steps and not again.summary.drifted


def test_the_rule_of_an_intent_that_is_gone_is_deleted() -> None:
    after = mended(NAME + DB + WEB_TO_DB, NETWORK)
    report = plan(NAME + DB + intent("other", "group.app", "group.web", "Allow"), *after)
    assert told(report) == [("delete", "flowspec-web-to-db-allow-in")]
    (change,) = report.suggested_changes
    assert "intent.web-to-db, which the spec no longer has" in change.note
    assert change.proof.closes_total.count != "0" and not change.mends
    assert rules(applied(report, after)).keys() == {"deny"}


def test_a_rule_of_several_intents_loses_the_one_that_is_gone() -> None:
    after = mended(NAME + DB + WEB_TO_DB + APP_TO_DB, NETWORK)
    (name,) = rules(after).keys() - {"deny"}
    assert rules(after)[name]["description"] == "flowspec shop: intent.app-to-db, intent.web-to-db"
    report = plan(NAME + DB + APP_TO_DB, *after)
    assert told(report) == [("update", name)]
    again = applied(report, after)
    assert rules(again)[name]["description"] == "flowspec shop: intent.app-to-db"
    assert not plan(NAME + DB + APP_TO_DB, *again).suggested_changes


def test_the_rule_of_an_intent_that_changed_is_written_anew() -> None:
    after = mended(NAME + DB + WEB_TO_DB, NETWORK)
    spec = NAME + DB + WEB_TO_DB.replace("5432", "5433")
    report = plan(spec, *after)
    assert told(report) == [("update", "flowspec-web-to-db-allow-in")]
    assert report.suggested_changes[0].mends == ("intent.web-to-db",)
    again = applied(report, after)
    assert rules(again)["flowspec-web-to-db-allow-in"]["destinationPortRange"] == "5433"
    assert not plan(spec, *again).suggested_changes


def test_a_rule_that_was_widened_by_hand_is_shown_and_put_right() -> None:
    spec = NAME + DB + WEB_TO_DB
    after = mended(spec, NETWORK)
    wide = changed(after, "flowspec-web-to-db-allow-in", lambda rule: rule.update(destinationPortRange="*"))
    report = plan(spec, *wide)
    (change,) = report.suggested_changes
    assert told(report) == [("update", "flowspec-web-to-db-allow-in")] and "by hand" in change.note
    assert change.change.before is not None and change.change.before.destination_ports == ("*",)
    assert sorted_rules(applied(report, wide)) == sorted_rules(after)


def test_a_rule_that_was_narrowed_by_hand_is_put_right() -> None:
    spec = NAME + DB + WEB_TO_DB.replace("5432", '"5432-5440"')
    after = mended(spec, NETWORK)
    narrow = changed(after, "flowspec-web-to-db-allow-in", lambda rule: rule.update(destinationPortRange="5432"))
    report = plan(spec, *narrow)
    assert told(report) == [("update", "flowspec-web-to-db-allow-in")]
    assert sorted_rules(applied(report, narrow)) == sorted_rules(after)


@pytest.mark.parametrize("edit", [
    lambda rule: rule.update(description="opened for the release"),
    lambda rule: rule.update(description="flowspec other: intent.web-to-db"),
    lambda rule: rule.pop("description"),
])  # fmt: skip
def test_what_is_not_known_to_be_its_own_is_left_alone(edit: Callable[[Json], object]) -> None:
    after = mended(NAME + DB + WEB_TO_DB, NETWORK)
    foreign = changed(after, "flowspec-web-to-db-allow-in", edit)
    assert not plan(NAME + DB + intent("other", "group.app", "group.web", "Allow"), *foreign).suggested_changes


def test_what_an_earlier_version_made_is_known() -> None:
    after = mended(NAME + DB + WEB_TO_DB, NETWORK)
    old = changed(after, "flowspec-web-to-db-allow-in",
                  lambda rule: rule.update(description="flowspec (shop): intent.web-to-db"))  # fmt: skip
    assert not plan(NAME + DB + WEB_TO_DB, *old).suggested_changes
    gone = plan(NAME + DB + intent("other", "group.app", "group.web", "Allow"), *old)
    assert told(gone) == [("delete", "flowspec-web-to-db-allow-in")]


def test_nothing_goes_where_not_all_is_judged() -> None:
    after = mended(NAME + DB + WEB_TO_DB + APP_TO_DB, NETWORK)
    spec = NAME + DB + APP_TO_DB
    assert plan(spec, *after).suggested_changes
    assert not plan(spec, *after, targets=("intent.app-to-db",)).suggested_changes, "under --target"
    assert not plan(spec, *after, shard=(1, 2)).suggested_changes, "in a shard"
    clash = intent("a", "group.app", "group.web", "Allow") + intent("b", "group.app", "group.web", "Deny")
    assert not plan(spec + clash, *after).suggested_changes, "after an error"
    assert not plan(spec.replace("shop", ""), *after).suggested_changes, "without a name"
    assert not plan(spec.replace("shop", "shop2"), *after).suggested_changes, "of another spec"


def test_the_rule_of_a_disabled_intent_stays() -> None:
    after = mended(NAME + DB + WEB_TO_DB + APP_TO_DB, NETWORK)
    disabled = intent("web-to-db", "group.web", "group.db", "Allow", "5432", more="enabled = false")
    assert not plan(NAME + DB + disabled + APP_TO_DB, *after).suggested_changes


def test_a_rule_that_another_intent_needs_by_now_is_for_that_one() -> None:
    after = mended(NAME + DB + WEB_TO_DB, NETWORK)
    spec = NAME + DB + WEB_TO_DB.replace('"web-to-db"', '"new"')
    report = plan(spec, *after)
    assert told(report) == [("update", "flowspec-web-to-db-allow-in")]
    assert rules(applied(report, after))["flowspec-web-to-db-allow-in"]["description"] == "flowspec shop: intent.new"


def test_the_deny_of_an_intent_that_is_gone_goes_too() -> None:
    deny = intent("no", "group.web", "group.db", "Deny", "22")
    network = [*NETWORK[:-1], nsg("nsg-db", "all 4000 In Allow * * -> *")]
    after = mended(NAME + DB + deny, network)
    report = plan(NAME + DB + WEB_TO_DB, *after)
    assert told(report) == [("delete", "flowspec-no-deny-in")]
    assert report.suggested_changes[0].proof.opens_total.count != "0"


def test_many_intents_are_told_by_a_digest_that_the_plan_spells_out() -> None:
    names = [f"a-rather-long-name-of-an-intent-{number}" for number in range(6)]
    spec = (
        NAME + DB + "".join(intent(n, "group.web", "group.db", "Allow", f"{5432 + at}") for at, n in enumerate(names))
    )
    report = plan(spec, *NETWORK)
    (change,) = report.suggested_changes
    assert change.change.after is not None and "sha256:" in change.change.after.description
    assert all(f"intent.{name}" in change.note for name in names)
    after = applied(report, NETWORK)
    assert not plan(spec, *after).suggested_changes
    assert fixes(report) == [said(change)]
