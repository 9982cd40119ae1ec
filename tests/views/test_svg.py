"""The matrix as an image: well-formed, whatever the names are, and in the same words as the page."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from flowspec.model.documents.plan import GroupPair
from flowspec.views import VIEWS, Style
from flowspec.views.matrix import MatrixCell, matrix_of
from tests.outputs.drawn import HOSTILE
from tests.views.sample import FINE, NO_SSH, SAMPLE

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*pairs: tuple[str, str, str, bool]) -> ElementTree.Element:
    groups = tuple(GroupPair(source=a, destination=b, state=s, drift=d) for a, b, s, d in pairs)  # type: ignore[arg-type]
    text = VIEWS["plan"]["svg"](replace(SAMPLE, intents=(replace(NO_SSH, groups=groups),)), Style())
    return ElementTree.fromstring(text)


def titles(image: ElementTree.Element) -> list[str]:
    return [title.text or "" for title in image.iter(f"{SVG}title")]


def test_each_cell_says_what_it_means() -> None:
    image = drawn(("group.a", "group.b", "partly", True), ("group.a", "group.c", "denied", False))
    assert titles(image) == [
        "flowspec: who reaches whom, shop",
        "group.a to group.b: some permitted, some denied, not as wished",
        "group.a to group.c: denied",
    ]
    texts = {text.text for text in image.iter(f"{SVG}text")}
    assert {"a", "b", "c", "!", "denied", "some permitted, some denied", "some flows are not as wished"} <= texts
    assert "permitted" not in texts, "the key names what is there"


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_names_are_text(kind: str) -> None:
    name = HOSTILE[kind].encode("ascii", "backslashreplace").decode() if kind == "lone" else HOSTILE[kind]
    image = drawn((f"group.{name}", "group.b", "permitted", False))
    assert {element.tag for element in image.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "rect", "text", "g", "circle")
    }
    assert not any(attribute.startswith("on") for element in image.iter() for attribute in element.attrib)


def test_what_is_not_drawn_is_counted() -> None:
    image = drawn(*((f"group.s{n}", f"group.d{n}", "denied", False) for n in range(100)))
    assert any(
        text.text == "40 more sources and 40 more destinations are not drawn" for text in image.iter(f"{SVG}text")
    )
    written = VIEWS["plan"]["svg"](replace(SAMPLE, intents=(replace(NO_SSH, groups_left_out=1200),)), Style())
    assert "1,200 more pairs of groups had no room in the plan" in written
    assert any(text.text == "no intent speaks of groups" for text in drawn().iter(f"{SVG}text"))


@pytest.mark.parametrize(
    ("states", "together"),
    [
        (["permitted"], "permitted"),
        (["permitted", "denied"], "partly"),
        (["permitted", "none"], "permitted"),
        (["none"], "none"),
        (["permitted", "open"], "open"),
        (["open", "untold"], "untold"),
        (["permitted", "partly", "unknown"], "unknown"),
    ],
)
def test_what_intents_say_together(states: list[str], together: str) -> None:
    assert MatrixCell([(0, state, False) for state in states]).state == together


def test_rows_and_columns_are_in_the_order_of_the_spec() -> None:
    pairs = tuple(GroupPair(source=s, destination=d, state="denied") for s, d in (("b", "x"), ("a", "x"), ("b", "w")))
    matrix = matrix_of([FINE, replace(NO_SSH, groups=pairs)])
    assert (matrix.sources, matrix.destinations) == (("b", "a"), ("x", "w"))
    assert matrix.cells["b", "w"].intents == [(1, "denied", False)]
