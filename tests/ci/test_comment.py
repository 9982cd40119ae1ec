"""The sticky comment: written once, replaced, removed, and nobody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ci.comments import BOT, Comments, served

SCRIPT = Path(__file__).parents[2] / "ci" / "comment" / "comment.py"


@pytest.fixture
def github() -> Iterator[Comments]:
    with served() as comments:
        yield comments


def comment(
    github: Comments, folder: Path, text: str, *, key: str = "plan", number: str = "7"
) -> subprocess.CompletedProcess[str]:
    (folder / "comment.md").write_text(text, "utf-8")
    given = {"FLOWSPEC_FILE": str(folder / "comment.md"), "FLOWSPEC_KEY": key, "FLOWSPEC_AUTHOR": BOT,
             "FLOWSPEC_TOKEN": "t", "FLOWSPEC_PULL_REQUEST": number, "GITHUB_API_URL": github.url,
             "GITHUB_REPOSITORY": "o/r", "PATH": os.environ["PATH"]}  # fmt: skip
    return subprocess.run([sys.executable, SCRIPT], env=given, capture_output=True, text=True, timeout=60)


def test_one_comment_is_kept_up_to_date(github: Comments, tmp_path: Path) -> None:
    github.add("lgtm", "octocat")
    plan = "<!-- flowspec:plan:shop -->\n\n## ✗ flowspec: {}\n"
    told = [comment(github, tmp_path, plan.format(text)).stdout for text in ("one", "one", "two")]
    assert told == ["written\n", "as it was\n", "replaced\n"]
    assert github.bodies == ["lgtm", "<!-- flowspec:plan -->\n\n## ✗ flowspec: two\n"]
    assert comment(github, tmp_path, "").stdout == "removed\n"
    assert comment(github, tmp_path, "").stdout == "nothing to say\n"
    assert github.bodies == ["lgtm"]


def test_each_key_has_its_own(github: Comments, tmp_path: Path) -> None:
    for key in ("dev", "prod", "dev"):
        assert comment(github, tmp_path, f"of {key}", key=key).returncode == 0
    assert github.bodies == ["<!-- flowspec:dev -->\n\nof dev\n", "<!-- flowspec:prod -->\n\nof prod\n"]


def test_who_writes_the_marker_gets_no_word_of_ours(github: Comments, tmp_path: Path) -> None:
    github.add("<!-- flowspec:plan -->\n\nall is well", "mallory")
    assert comment(github, tmp_path, "drift").stdout == "written\n"
    assert len(github.bodies) == 2 and "all is well" in github.bodies[0]


def test_a_long_thread_is_read_to_its_end(github: Comments, tmp_path: Path) -> None:
    for number in range(250):
        github.add(f"{number}", "octocat")
    github.add("<!-- flowspec:plan -->\n\nold\n")
    github.add("<!-- flowspec:plan -->\n\nolder\n")
    assert comment(github, tmp_path, "new").stdout == "replaced\n"
    assert [body for body in github.bodies if "flowspec" in body] == ["<!-- flowspec:plan -->\n\nnew\n"]


@pytest.mark.parametrize(("text", "key", "number", "told"), [
    ("x" * 65_536, "plan", "7", "too long for a comment"),
    ("x", "--> <b>", "7", "The input key is made of"),
    ("x", "plan", "", "belongs to no pull request"),
    ("x", "plan", "8", "GitHub answers 404"),
])  # fmt: skip
def test_what_can_t_be_is_told(text: str, key: str, number: str, told: str, github: Comments, tmp_path: Path) -> None:
    done = comment(github, tmp_path, text, key=key, number=number)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr and "Traceback" not in done.stderr
    assert github.bodies == []


def test_a_token_without_the_right_says_which(github: Comments, tmp_path: Path) -> None:
    github.may_write = False
    done = comment(github, tmp_path, "x")
    assert done.returncode == 1
    assert "GitHub answers 403 Forbidden. The job needs `permissions: pull-requests: write`." in done.stderr
