"""Markdown, rendered: the verdict first, within the limits, and names are code and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import msgspec
import pytest
from markdown_it import MarkdownIt

from flowspec.cli.outputs import FixDialect
from flowspec.model.documents.diff import Diff, DiffSummary, Gap
from flowspec.model.documents.plan import Report, Summary
from flowspec.patches import DIALECTS, render
from flowspec.views import VIEWS, Style
from flowspec.views.layout import visible
from tests.outputs.drawn import DIFF, HOSTILE, huge, renamed
from tests.views.sample import ALSO_FINE, FINE, SAMPLE

ALLOWED = {"h2", "h3", "p", "ul", "li", "code", "pre", "details", "summary", "strong"}
CLEAN = msgspec.structs.replace(
    SAMPLE, intents=(FINE, ALSO_FINE), suggested_changes=(), summary=Summary(intents=2, satisfied=2), errored=False
)
SAME = msgspec.structs.replace(DIFF, causes=(), added=(), removed=(), summary=DiffSummary(compared=4))


class Page(HTMLParser):
    """A rendered comment: which tags it has, what is code and what is not."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.code = ""
        self.prose = ""
        self.comments: list[str] = []
        self._open: list[str] = []
        self.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {f"{name}={value}" for name, value in attrs}
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" in self._open:
            self.code += data
        else:
            self.prose += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def page(document: Report | Diff, form: str = "markdown", style: Style | None = None) -> str:
    if isinstance(document, Report):
        return VIEWS["plan"][form](document, style or Style())
    return VIEWS["diff"][form](document, style or Style())


@pytest.mark.parametrize(("name", "document"), [("plan.md", SAMPLE), ("diff.md", DIFF)])
def test_the_comment_looks_like_this(name: str, document: Report | Diff, golden: object) -> None:
    """But for the fixes, which are those of `render`."""
    text = re.sub(r"(To paste.*?</summary>\n\n```hcl\n).*?```", r"\1```", page(document), flags=re.DOTALL)
    golden(f"outputs/{name}", text)  # type: ignore[operator]


@pytest.mark.parametrize(("document", "verdict", "marker"), [
    (SAMPLE, "✗ flowspec: 1 in error, 3 drifted, 2 unknown of 8 intents", "<!-- flowspec:plan:shop -->"),
    (CLEAN, "✓ flowspec: 2 intents, all satisfied", "<!-- flowspec:plan:shop -->"),
    (DIFF, "✗ flowspec: 1 cause opens flows, 1 may open or close some, 1 closes some; 1 added",
     "<!-- flowspec:diff -->"),
    (SAME, "✓ flowspec: No difference: every flow that is judged is permitted, denied or not known as before",
     "<!-- flowspec:diff -->"),
])  # fmt: skip
def test_the_verdict_comes_first(document: Report | Diff, verdict: str, marker: str) -> None:
    lines = page(document).splitlines()
    assert (lines[0], lines[2]) == (marker, f"## {verdict}")
    assert page(document, "step-summary").splitlines()[0] == f"## {verdict}"


def test_an_unknown_is_no_tick() -> None:
    unknown = msgspec.structs.replace(CLEAN, summary=Summary(intents=2, satisfied=1, unknown=1))
    assert "## ⚠ flowspec: 1 unknown of 2 intents" in page(unknown)
    part = msgspec.structs.replace(SAME, complete=False, unread=(Gap(what="vnet-a", side="new"),))
    assert page(part).splitlines()[2].startswith("## ⚠ flowspec: No difference in what is known")
    assert page(part, style=Style(quiet=True)) == page(part)


def test_fixes_are_folded_code_blocks() -> None:
    text = page(SAMPLE)
    assert (
        "<details><summary>Fix and proof</summary>\n\n```diff\n- delete nsg-web/securityRules/tmp-allow-ssh\n" in text
    )
    assert {"details", "summary", "pre"} <= Page(text).tags


@pytest.mark.parametrize("dialect", DIALECTS)
def test_fixes_can_be_pasted_in_the_dialect_of_the_team(dialect: str) -> None:
    text = page(SAMPLE, style=Style(dialect=dialect))
    for patch in render(SAMPLE, dialect):
        assert f"<details><summary>To paste: 3 rules, {patch.file}</summary>" in text
        assert patch.text.strip() in text
    assert [one.value for one in FixDialect] == list(DIALECTS)


def test_what_is_not_proved_to_its_end_is_not_to_be_pasted() -> None:
    change = SAMPLE.suggested_changes[0]
    cut = msgspec.structs.replace(change, proof=msgspec.structs.replace(change.proof, truncated=True))
    report = msgspec.structs.replace(SAMPLE, suggested_changes=(cut, *SAMPLE.suggested_changes[1:]))
    assert "The proof for tmp-allow-ssh in" in page(report) and "```hcl" not in page(report)


def test_nothing_where_nothing_is_to_be_said() -> None:
    quiet = Style(quiet=True)
    assert page(CLEAN, style=quiet) == page(SAME, style=quiet) == ""
    assert page(CLEAN, "step-summary", quiet) == page(SAME, "step-summary", quiet) == ""
    assert page(SAMPLE, style=quiet) == page(SAMPLE)
    assert page(DIFF, style=quiet) == page(DIFF)
    part = msgspec.structs.replace(CLEAN, incomplete=("only a part was asked for",), complete=False)
    assert page(part, style=quiet) == page(part)
    assert VIEWS["plan"]["text"](CLEAN, quiet) == VIEWS["plan"]["text"](CLEAN, Style())


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("document", [SAMPLE, DIFF], ids=["plan", "diff"])
@pytest.mark.parametrize("form", ["markdown", "step-summary"])
def test_a_hostile_name_is_code_and_nothing_else(kind: str, document: Report | Diff, form: str) -> None:
    name = HOSTILE[kind]
    text = page(renamed(document, name), form)
    found = Page(text)
    assert found.tags <= ALLOWED
    assert found.attributes <= {f"class=language-{name}" for name in ("text", "diff", "hcl")}
    assert len(found.comments) == (form == "markdown")
    assert not re.search(r"evil|octocat|onerror|pwned|[@#]|\*\*", found.prose)
    shown = visible(name.encode("ascii", "backslashreplace").decode() if kind == "lone" else name)[:300]
    assert " ".join(shown.split()) in " ".join(found.code.split())
    assert text.replace("\n", "").isprintable()


def test_a_marker_is_a_marker_whatever_the_spec_is_called() -> None:
    named = msgspec.structs.replace(SAMPLE, spec=msgspec.structs.replace(SAMPLE.spec, name="--> <b>x\n"))
    assert page(named).splitlines()[0] == "<!-- flowspec:plan:---b-x- -->"


@pytest.mark.parametrize("intents", [3, 300, 5000])
def test_a_comment_is_never_too_long(intents: int) -> None:
    """And says what it leaves out; the step's summary has room for more."""
    report = huge(intents)
    text, summary = page(report), page(report, "step-summary")
    assert len(text.encode()) < 65_536 and len(summary.encode()) < 1_048_576
    assert Page(text).tags <= ALLOWED and Page(summary).tags <= ALLOWED
    told = text.count("DRIFT intent") + text.count("UNKNOWN intent")
    left = int((re.search(r"([\d,]+) left out", text) or re.match("(0)", "0"))[1].replace(",", ""))  # type: ignore[index]
    assert told + left == 2 * intents
    assert ("There was no room for all" in text) == (intents > 3)
    assert text.splitlines()[-1].startswith("Plan: ")
    assert len(summary) >= len(text) - 100


@pytest.mark.parametrize("letter", ["x", "é", "東", "`", "😀"])
def test_names_of_any_length_leave_room(letter: str) -> None:
    text = page(renamed(huge(100), letter * 20_000))
    assert len(text.encode()) < 65_536
    assert text.splitlines()[2].startswith("## ✗ flowspec: 100 drifted")
    assert "Expected Deny, but NSGs permit" in text
    assert Page(text).tags <= ALLOWED


def test_a_line_of_ticks_ends_no_block() -> None:
    """Long names beside them would put them on a line of their own."""
    owner = f"{'x' * 79} ```` {'y' * 79} <img src=x>"
    exceptions = (msgspec.structs.replace(SAMPLE.exceptions[0], owner=owner),)
    text = page(msgspec.structs.replace(SAMPLE, exceptions=exceptions))
    assert "\n````\n" in text and Page(text).tags <= ALLOWED


def test_colour_is_for_terminals() -> None:
    assert page(SAMPLE, style=replace(Style(), colour=True)) == page(SAMPLE)
