"""What a shell is offered, asked as bash asks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.command import flowspec

SHOP = Path(__file__).parents[2] / "examples" / "shop" / "prod.flow.hcl"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spec")
    shutil.copy(SHOP, folder)
    (folder / "half.flow.hcl").write_text('intent "half-written" {\n  from = [\n}\n', encoding="utf-8")
    return folder


def offered(typed: str, folder: Path) -> list[str]:
    asked = {
        "_FLOWSPEC_COMPLETE": "complete_bash",
        "COMP_WORDS": f"flowspec {typed}",
        "COMP_CWORD": str(len(f"flowspec {typed}x".split()) - 1),
    }
    done = flowspec(cwd=folder, env=asked)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("typed", "some"),
    [
        ("plan --target ", ["intent.customers-to-web", "intent.half-written"]),
        ("plan --target intent.cust", ["intent.customers-to-web"]),
        ("plan prod.flow.hcl --target intent.cust", ["intent.customers-to-web"]),
        ("plan -o sar", ["sarif"]),
        ("show -o mark", ["markdown"]),
        ("render --dialect bi", ["bicep"]),
        ("plan -i az", ["azure:"]),
        ("plan --fail-on war", ["warning"]),
    ],
)
def test_values_are_offered(typed: str, some: list[str], folder: Path) -> None:
    found = offered(typed, folder)
    assert set(some) <= set(found)
    begun = typed.rpartition(" ")[2]
    assert all(one.startswith(begun) for one in found)


@pytest.mark.parametrize(
    ("words", "some"),
    [
        ("plan --target = intent.cust", "intent.customers-to-web"),
        ('plan --target = "intent.cust', "intent.customers-to-web"),
        ("plan --fail-on = info --target = intent.cust", "intent.customers-to-web"),
        ("plan --fail-on = war", "warning"),
        ("plan --fail-on =", "warning"),
        ("explain intent.cust", "intent.customers-to-web"),
        ("explain -i net intent.cust", "intent.customers-to-web"),
    ],
)
def test_values_behind_an_equals_sign_are_offered_as_bash_splits_them(words: str, some: str, folder: Path) -> None:
    given = ["flowspec", *words.split()]
    asked = {"_FLOWSPEC_COMPLETE": "complete_bash", "COMP_WORDS": "\n".join(given), "COMP_CWORD": str(len(given) - 1)}
    done = flowspec(cwd=folder, env=asked)
    assert done.stderr == "" and some in done.stdout.split()


@pytest.mark.parametrize("typed", ["plan -i net", "plan --target group.", "plan -o json=x", "plan nowhere --target i"])
def test_where_nothing_fits_the_shell_goes_on_with_files(typed: str, folder: Path) -> None:
    assert offered(typed, folder) == []
