"""What is rendered, what is refused, and templates of the user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowspec.errors import Problem, RenderError
from flowspec.model.documents.plan import Step
from flowspec.patches import DIALECTS, render
from tests.patches.cases import KINDS, SWAPPED, create, plan, replace
from tests.patches.rendering import one
from tests.views.sample import CREATE_DB, DELETE_TMP_SSH


def refusal(template: str, folder: Path) -> Problem:
    """The one problem that a template of this text meets."""
    path = folder / "mine.txt.j2"
    path.write_text(template, encoding="utf-8")
    with pytest.raises(RenderError) as caught:
        one(KINDS, str(path))
    (problem,) = caught.value.problems
    return problem


def test_an_unknown_dialect_names_the_known_ones() -> None:
    with pytest.raises(RenderError, match="'pulumi' is no dialect") as caught:
        one(KINDS, "pulumi")
    assert all(name in str(caught.value) for name in [*DIALECTS, ".j2"])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_change_with_a_truncated_proof_is_refused(dialect: str) -> None:
    cut = replace(CREATE_DB, proof=replace(CREATE_DB.proof, truncated=True))
    with pytest.raises(RenderError, match=r"flowspec-web-to-db-in .* truncated") as caught:
        one(plan(DELETE_TMP_SSH, cut), dialect)
    assert "--max-boxes" in caught.value.problems[0].detail


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_nsg_without_an_arm_id_is_refused(dialect: str) -> None:
    with pytest.raises(RenderError, match=r"azurerm_network_security_group\.web is no ARM id"):
        one(plan(replace(CREATE_DB, nsg="azurerm_network_security_group.web")), dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_plan_without_changes_has_only_the_opening(dialect: str) -> None:
    assert all("securityRules" not in patch.text for patch in render(plan(), dialect))


def test_a_template_of_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "rules.bicep.j2"
    path.write_text(
        "{% for change in changes %}\n"
        "{{ change.symbol }} {{ change.label }} {{ change.nsg }} {{ change.after.priority }} {{ change.name | hcl }}\n"
        "{% endfor %}\n"
        "{{ report.today }}"
    )
    patch = one(plan(create("a.b")), str(path))
    assert patch.file == "rules.bicep"
    assert patch.text == '+ a_b nsg-db 200 "a.b"\n2026-11-21'


def test_a_template_is_given_the_steps_too(tmp_path: Path) -> None:
    path = tmp_path / "steps.txt.j2"
    path.write_text("{% for step in steps %}{{ step.symbol }}{{ step.name }} {{ step.after.priority }} {% endfor %}")
    assert one(SWAPPED, str(path)).text == "~first 150 ~second 100 ~first 200 "
    path.write_text(
        "{% for c in changes %}{{ c.name | bicep }} {{ c.name | powershell }} {{ c.name | arm }} {% endfor %}"
    )
    assert one(plan(create("a'b")), str(path)).text == "'a\\'b' 'a''b' \"a'b\" "


def test_a_step_that_no_change_names_is_not_skipped() -> None:
    """A rule that is only there on the way."""
    after = create("on-the-way").change.after
    steps = (Step(nsg=CREATE_DB.nsg, rule="on-the-way", before=None, after=after),
             Step(nsg=CREATE_DB.nsg, rule="on-the-way", before=after, after=None))  # fmt: skip
    text = one(replace(plan(), steps=steps), "az").text
    assert text.count("--name on-the-way") == 2
    assert "# + create nsg-db/securityRules/on-the-way\n" in text and "# - delete" in text


def test_templates_may_include_their_neighbours(tmp_path: Path) -> None:
    (tmp_path / "head.j2").write_text("head ")
    (tmp_path / "x.j2").write_text("{% include 'head.j2' %}{{ changes | length }}")
    assert one(plan(create("a")), str(tmp_path / "x.j2")).text == "head 1"


@pytest.mark.parametrize(
    ("template", "line", "words"),
    [
        ("ok\n{% for x in %}", 2, "Expected an expression"),
        ("ok\nok\n{{ changes[0].colour }}", 3, "has no attribute 'colour'"),
        ("\n{{ nothing }}", 2, "'nothing' is undefined"),
        ("\n\n{{ 1 / 0 }}", 3, "ZeroDivisionError"),
        ("{{ ''.__class__.__mro__ }}", 1, "unsafe"),
        ("\n{{ changes | bogus }}", 2, "No filter named 'bogus'"),
        ("{% include 'absent.j2' %}", 1, "absent.j2"),
        ("{% include '../secret.j2' %}", 1, "../secret.j2"),
        ("\n{% for x in range(999999999) %}{% endfor %}", 2, "Range too big"),
    ],
)
def test_a_template_that_fails_says_where(template: str, line: int, words: str, tmp_path: Path) -> None:
    problem = refusal(template, tmp_path)
    assert words in problem.summary
    assert problem.where
    assert (problem.where.file, problem.where.line) == (str(tmp_path / "mine.txt.j2"), line)


def test_a_template_that_can_t_be_read(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="No such file"):
        one(KINDS, str(tmp_path / "absent.j2"))
    (tmp_path / "latin.j2").write_bytes(b"\xe9")
    with pytest.raises(RenderError, match="not UTF-8"):
        one(KINDS, str(tmp_path / "latin.j2"))
