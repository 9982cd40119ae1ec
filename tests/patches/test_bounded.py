"""Templates of the user's own that would run forever, take all memory, or print what is none of theirs."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from flowspec.errors import Problem, RenderError
from flowspec.patches import bounded
from flowspec.patches.bounded import render_bounded
from flowspec.patches.template import MOST_TEXT
from tests.patches.cases import KINDS
from tests.patches.rendering import one


def refusal(template: str, folder: Path, seconds: float) -> Problem:
    path = folder / "mine.j2"
    path.write_text(template, encoding="utf-8")
    with pytest.raises(RenderError) as caught:
        render_bounded(path, KINDS, seconds)
    (problem,) = caught.value.problems
    assert problem.where and problem.where.file == str(path)
    return problem


ENDLESS = {
    "nested loops": "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
    "lipsum": "{{ lipsum(n=100000000) }}",
    "one long calculation": "{% set n = 9 ** (9 ** 9) %}",
    "a file that does not end": "{% include 'endless' %}",
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_template_that_does_not_end_is_ended(kind: str, tmp_path: Path) -> None:
    (tmp_path / "endless").symlink_to("/dev/zero")
    started = time.monotonic()
    problem = refusal(ENDLESS[kind], tmp_path, 3)
    assert time.monotonic() - started < 20
    assert "The template fails: it runs for more than 3 seconds" in problem.summary or "endless" in problem.summary


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is heeded on Linux alone")
@pytest.mark.parametrize("template", ["{{ 'a' * 10 ** 10 }}", "{% set x = ['a' * 10 ** 6] * 10 ** 10 %}",
                                      "{{ '%010000000000d' | format(1) }}",
                                      "{{ 'a' | center(10 ** 10) }}"])  # fmt: skip
def test_a_template_that_takes_all_memory_does_not_get_it(template: str, tmp_path: Path) -> None:
    assert "it takes more memory than a template may" in refusal(template, tmp_path, bounded.SECONDS).summary


def test_what_a_template_makes_is_bounded(tmp_path: Path) -> None:
    template = f"{{% for a in range(100000) %}}{{{{ 'a' * {MOST_TEXT // 1000} }}}}{{% endfor %}}"
    assert "it makes more than 64 MB of text" in refusal(template, tmp_path, bounded.SECONDS).summary


def test_up_to_the_bound_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "own.j2"
    path.write_text(f"{{{{ 'a' * {MOST_TEXT} }}}}")
    assert len(bounded.render_bounded(path, KINDS)) == MOST_TEXT
    assert (
        "it makes more than 64 MB of text"
        in refusal(f"{{{{ 'a' * {MOST_TEXT + 1} }}}}", tmp_path, bounded.SECONDS).summary
    )


@pytest.mark.parametrize("template", [r"{{ '\ud800' }}", r"{{ 'a\udfffb' | upper }}", r"{{ '\ud83d' ~ '\ude00' }}"])
def test_half_a_character_is_no_text(template: str, tmp_path: Path) -> None:
    assert "half a character" in refusal(template, tmp_path, bounded.SECONDS).summary


@pytest.mark.parametrize("name", ["link", "folder/inside", "around/secret"])
def test_an_include_stays_in_its_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "templates"
    (folder / "folder").mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "folder" / "inside").symlink_to("../../secret")
    (folder / "around").symlink_to("..")
    for word in ("include", "import", "extends"):
        template = f"{{% {word} '{name}' {'as x ' if word == 'import' else ''}%}}"
        assert "leads out of" in refusal(template, folder, bounded.SECONDS).summary


def test_links_within_the_folder_and_to_it_are_followed(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "head").write_text("head ")
    (folder / "top").symlink_to("head")
    (folder / "x.j2").write_text("{% include 'top' %}{{ changes | length }}")
    (tmp_path / "linked").symlink_to("templates")
    for place in (folder, tmp_path / "linked"):
        assert one(KINDS, str(place / "x.j2")).text == f"head {len(KINDS.suggested_changes)}"


def test_a_template_sees_the_plan_as_before(tmp_path: Path) -> None:
    """It is rendered by another process: nothing is lost on the way there."""
    path = tmp_path / "all.j2"
    path.write_text("{% for change in changes %}{{ change.after or change.before }}\n{% endfor %}{{ report }}")
    lines = one(KINDS, str(path)).text.splitlines()
    assert lines[-1] == str(KINDS)
    assert lines[:-1] == [str(c.change.after or c.change.before) for c in KINDS.suggested_changes]
