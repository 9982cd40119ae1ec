"""Names and descriptions of suggested rules: what Azure takes, and what they are known by again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowspec.fixes.ownership import Maker, description_of, is_digest, is_made_for, maker_of, name_of
from flowspec.model.inventory import Access, Direction, Rule

WEB = ("intent.web-to-db",)
ADDRESSES = st.lists(
    st.from_regex(r"(intent|boundary)\.[a-z_][a-z0-9_-]{0,60}", fullmatch=True), min_size=1, max_size=6
)


def rule(name: str, description: str) -> Rule:
    return Rule(name=name, priority=100, direction=Direction.INBOUND, access=Access.ALLOW, description=description)


@pytest.mark.parametrize(("spec", "addresses", "text"), [
    ("shop", WEB, "flowspec shop: intent.web-to-db"), ("", WEB, "flowspec: intent.web-to-db"),
    ("shop", ("intent.b", "boundary.a", "intent.b"), "flowspec shop: boundary.a, intent.b"),
])  # fmt: skip
def test_a_description_names_the_spec_and_all_that_the_rule_is_for(
    spec: str, addresses: tuple[str, ...], text: str
) -> None:
    assert description_of(spec, addresses) == text
    assert not is_digest(text)


def test_a_description_is_as_long_as_azure_takes_it() -> None:
    longest = ["intent." + "i" * (140 - len("flowspec shop: intent."))]
    assert len(description_of("shop", longest)) == 140 and not is_digest(description_of("shop", longest))
    longer = [longest[0] + "i"]
    text = description_of("shop", longer)
    assert is_digest(text) and text.startswith("flowspec shop: 1 intent, sha256:")
    maker = maker_of(rule("flowspec-i-allow-in", text), "shop")
    assert maker is not None and is_made_for(maker, longer) and not is_made_for(maker, longest)


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=200), ADDRESSES, ADDRESSES, st.text(max_size=200))
def test_a_rule_is_known_again_by_its_spec_only(spec: str, mine: list[str], others: list[str], other: str) -> None:
    text = description_of(spec, mine)
    assert len(text) <= 140
    maker = maker_of(rule("FLOWSPEC-x", text), spec)
    assert maker is not None and is_made_for(maker, mine)
    assert is_made_for(maker, others) == (set(mine) == set(others))
    assert other == spec or maker_of(rule("flowspec-x", text), other) is None


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("flowspec-web-to-db-in", ""),
        ("flowspec-web-to-db-in", "opened for the release"),
        ("web-to-db", "flowspec shop: intent.web-to-db"),
        ("flowspec-x-in", "flowspec shop: intent.web-to-db and more"),
        ("flowspec-x-in", "flowspec shop: "),
        ("flowspec-x-in", "flowspec: intent.x"),
        ("flowspec-x-in", "flowspec shop2: intent.x"),
        ("flowspec-x-in", "Flowspec shop: intent.x"),
        ("flowspec-x-in", ("flowspec (shop): intent." + "x" * 140)[:140]),
    ],
)
def test_what_is_not_known_to_be_ours(name: str, description: str) -> None:
    assert maker_of(rule(name, description), "shop") is None
    assert maker_of(rule(name, description), "") is None


def test_what_earlier_versions_wrote_is_known_too() -> None:
    old = rule("flowspec-web-to-db-in", "flowspec (shop): intent.web-to-db")
    assert maker_of(old, "shop") == Maker(WEB)
    assert maker_of(old, "other") is None and maker_of(old, "") is None


def test_a_name_says_what_the_rule_does_and_fits_azure() -> None:
    assert name_of("web-to-db", Access.ALLOW, Direction.INBOUND, ()) == "flowspec-web-to-db-allow-in"
    assert name_of("no ssh", Access.DENY, Direction.OUTBOUND, ()) == "flowspec-no-ssh-deny-out"
    assert name_of("X", Access.DENY, Direction.OUTBOUND, {"flowspec-x-deny-out"}) == "flowspec-X-deny-out-2"
    words = name_of("-".join(["payments", "archive"] * 6), Access.ALLOW, Direction.INBOUND, ())
    assert words == "flowspec-payments-archive-payments-archive-payments-archive-allow-in", "cut behind a word"
    long = name_of("x" * 100, Access.ALLOW, Direction.OUTBOUND, ())
    assert len(name_of("x" * 100, Access.ALLOW, Direction.OUTBOUND, {long})) <= 80
