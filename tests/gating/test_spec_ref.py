"""`--spec-ref`: a change can't approve itself, whatever it does to the spec and the files beside it."""

from __future__ import annotations

import json
import os
from contextlib import chdir
from pathlib import Path

import pytest

from flowspec.errors import FlowspecError
from flowspec.revision import Revision
from tests.gating.change import STRICT, Json, resources, ssh, standings, text, told, write
from tests.gating.repository import commit, git, repository

REF = ("--spec-ref", "main")
OPEN = resources(ssh("8.8.8.0/24"))
LAX = STRICT.replace('expect   = "Deny"', 'expect   = "Deny"\n  enabled  = false')
WITH_VARIABLE = STRICT.replace('owner    = "team-shop"', "enabled = var.judged") + 'variable "judged" {\n}\n'


def judged(folder: Path, *arguments: str, network: list[Json] = OPEN) -> tuple[int, Json]:
    write(folder, "net.json", network)
    return told(folder, "plan", "-i", "net.json", *arguments)


def test_the_spec_of_the_base_branch_judges(tmp_path: Path) -> None:
    repository(tmp_path, shop_flow_hcl=STRICT)
    commit(tmp_path, shop_flow_hcl=LAX)
    assert judged(tmp_path)[0] == 0, "the change disables what forbids it"
    code, found = judged(tmp_path, *REF)
    assert (code, standings(found)) == (2, {"no-ssh-from-outside": "new"})
    assert found["gate"]["spec_ref"] == {"name": "main", "commit": git(tmp_path, "rev-parse", "main")}
    assert text(tmp_path).startswith("✗ GATE FAILS  (spec of main (")
    assert judged(tmp_path, *REF, network=resources())[0] == 0


def test_what_is_not_committed_does_not_count_either(tmp_path: Path) -> None:
    repository(tmp_path, shop_flow_hcl=STRICT)
    (tmp_path / "shop.flow.hcl").write_text(LAX)
    (tmp_path / "more.flow.hcl").write_text("locals {\n}\n")
    code, found = judged(tmp_path, *REF)
    assert (code, found["spec"]["files"]) == (2, ["shop.flow.hcl"])
    (tmp_path / "shop.flow.hcl").unlink()
    assert judged(tmp_path, *REF)[0] == 2, "nor does a spec that was deleted"


def test_a_new_file_with_an_exception_does_not_count(tmp_path: Path) -> None:
    repository(tmp_path, shop_flow_hcl=STRICT)
    commit(
        tmp_path, mine_flow_hcl='exception "me" {\n  of = [intent.no-ssh-from-outside]\n  expires = "2099-01-01"\n}\n'
    )
    assert judged(tmp_path)[0] == 0
    assert judged(tmp_path, *REF)[0] == 2


def test_variables_are_read_from_there(tmp_path: Path) -> None:
    repository(tmp_path, shop_flow_hcl=WITH_VARIABLE, prod_tfvars="judged = true\n")
    commit(tmp_path, prod_tfvars="judged = false\n")
    files = ("--var-file", "prod.tfvars")
    assert judged(tmp_path, *files)[0] == 0
    assert judged(tmp_path, *files, *REF)[0] == 2
    commit(tmp_path, other_tfvars="judged = false\n")
    assert judged(tmp_path, "--var-file", "other.tfvars", *REF) == (1, {}), "main has no such file"


def test_the_baseline_is_read_from_there(tmp_path: Path) -> None:
    repository(tmp_path, shop_flow_hcl=STRICT)
    assert judged(tmp_path, "--write-baseline", "known.json")[0] == 2
    commit(tmp_path)
    held = ("--baseline", "known.json")
    assert judged(tmp_path, *held)[0] == 0
    assert judged(tmp_path, *held, *REF) == (1, {}), "main has no such file"
    git(tmp_path, "branch", "-f", "main", "change")
    assert judged(tmp_path, *held, *REF)[0] == 0
    known = json.loads((tmp_path / "known.json").read_text())
    (tmp_path / "known.json").write_text(json.dumps({**known, "intents": []}))
    assert judged(tmp_path, *held)[0] == 2
    assert judged(tmp_path, *held, *REF)[0] == 0


def test_folders_as_the_repository_has_them(tmp_path: Path) -> None:
    """Also from a folder below, and by an absolute path."""
    repository(tmp_path, specs__shop_flow_hcl=STRICT, specs__deeper__x_flow_hcl="not read", lax__shop_flow_hcl=LAX)
    assert judged(tmp_path, "specs", *REF)[0] == 2
    assert judged(tmp_path, str(tmp_path / "specs"), *REF)[0] == 2
    assert judged(tmp_path / "specs", *REF)[0] == 2
    assert judged(tmp_path / "specs", "../lax", *REF)[0] == 0
    assert judged(tmp_path, ".", *REF) == (1, {}), "no spec at the top"
    assert judged(tmp_path, "elsewhere", *REF) == (1, {})
    assert judged(tmp_path, "/etc", *REF) == (1, {})


def test_a_link_of_the_change_is_not_followed(tmp_path: Path) -> None:
    repository(tmp_path, specs__shop_flow_hcl=STRICT, lax__shop_flow_hcl=LAX)
    git(tmp_path, "rm", "-rq", "specs")
    (tmp_path / "specs").symlink_to("lax")
    commit(tmp_path)
    assert judged(tmp_path, "specs")[0] == 0
    assert judged(tmp_path, "specs", *REF)[0] == 2
    git(tmp_path, "branch", "-f", "main", "change")
    assert judged(tmp_path, "specs", *REF) == (1, {}), "a link in the revision is refused"


@pytest.mark.parametrize(
    "name", ["nowhere", "", " ", "-h", "--all", "main:shop.flow.hcl", "^main", "main..change", "a\nb"]
)
def test_what_is_no_revision_is_an_error(tmp_path: Path, name: str) -> None:
    repository(tmp_path, shop_flow_hcl=STRICT)
    assert judged(tmp_path, f"--spec-ref={name}") == (1, {})


def test_a_name_that_means_two_things_is_an_error(tmp_path: Path) -> None:
    """A tag or branch of this name that a change brought along would be taken before the branch that is meant."""
    repository(tmp_path, shop_flow_hcl=STRICT)
    commit(tmp_path, shop_flow_hcl=LAX)
    git(tmp_path, "tag", "main")
    assert judged(tmp_path, *REF) == (1, {})
    assert judged(tmp_path, "--spec-ref", "refs/heads/main")[0] == 2


def test_a_replaced_object_is_not_taken(tmp_path: Path) -> None:
    repository(tmp_path, shop_flow_hcl=STRICT)
    strict = git(tmp_path, "rev-parse", "main:shop.flow.hcl")
    commit(tmp_path, shop_flow_hcl=LAX)
    git(tmp_path, "replace", strict, git(tmp_path, "rev-parse", "change:shop.flow.hcl"))
    assert judged(tmp_path, *REF)[0] == 2


def test_without_a_repository_or_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop.flow.hcl").write_text(STRICT)
    with chdir(tmp_path), pytest.raises(FlowspecError, match="no git repository"):
        Revision("main")
    monkeypatch.setenv("PATH", os.devnull)
    with chdir(tmp_path), pytest.raises(FlowspecError, match="git can't be started"):
        Revision("main")


def test_an_exception_of_the_base_branch_ends_there(tmp_path: Path) -> None:
    """The change renews it, and that does not count before it is merged."""
    block = 'exception "x" {\n  of = [intent.no-ssh-from-outside]\n  expires = "2026-11-20"\n}\n'
    repository(tmp_path, shop_flow_hcl=STRICT + block)
    commit(tmp_path, shop_flow_hcl=STRICT + block.replace("2026", "2027"))
    late = ("--today", "2026-11-25")
    assert judged(tmp_path, *late)[0] == 0
    assert judged(tmp_path, *late, *REF)[0] == 2
