"""`flowspec init`: the role that a live plan needs; a first spec, a CI workflow and .gitignore lines."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import Annotated

import typer

from flowspec.cli.outputs import put, write_file
from flowspec.cli.repository import repository_around
from flowspec.cli.system import doing, read_text
from flowspec.cli.terminal import tell
from flowspec.version import __version__

Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to.  [default: .]", show_default=False)]
AzureRole = Annotated[
    bool,
    typer.Option("--azure-role", help="Only print the least custom role for live plans, as JSON.", show_default=False),
]
ForApply = Annotated[
    bool, typer.Option("--apply", help="With --azure-role: also what flowspec apply needs.", show_default=False)
]
Subscriptions = Annotated[
    list[str] | None,
    typer.Option(
        "--subscription", metavar="ID", help="Where the role may be assigned. Repeatable.", show_default=False
    ),
]

_IGNORED = (".flowspec/", "*.fplan", "plan.json", "shard-*.json")
"""What commands write: kept answers, and saved plans under the names that the documentation gives them."""
_SPEC = """\
flowspec {
  name      = "NAME"
  inventory = ["azure:00000000-0000-0000-0000-000000000000"] # your subscription, or a folder of `az … -o json` files
}

group "web" {
  select {
    tags = { tier = "web" }
  }
}

intent "no-ssh-from-outside" {
  description = "administration does not come from the internet"
  from        = [group.public]
  to          = [group.web]
  protocol    = "Tcp"
  ports       = [22, 3389]
  expect      = "Deny"
}
"""
_WORKFLOW = """\
name: flowspec
on:
  pull_request:
  schedule:
    - cron: "17 5 * * *"
permissions: {}
concurrency:
  group: flowspec-live-${{ github.ref }}
jobs:
  plan:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    env:
      SUBSCRIPTION: ${{ vars.AZURE_SUBSCRIPTION_ID }}
    permissions:
      contents: read
      id-token: write # azure/login exchanges it for a token; there is no secret to keep
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with:
          persist-credentials: false
      - uses: actions/setup-python@a309ff8b426b58ec0e2a45f0f869d46889d02405 # v6.2.0
        with:
          python-version: "3.12"
      - run: pip install flowspec==VERSION
      - uses: azure/login@a457da9ea143d694b1b9c7c869ebb04ebe844ef5 # v2.3.0
        with:
          client-id: ${{ vars.AZURE_CLIENT_ID }}
          tenant-id: ${{ vars.AZURE_TENANT_ID }}
          subscription-id: ${{ vars.AZURE_SUBSCRIPTION_ID }}
      - run: COMMAND
"""
_PLAN = 'flowspec plan FOLDER -i "azure:$SUBSCRIPTION" --verify both -o github -o "step-summary=$GITHUB_STEP_SUMMARY"'


def init(
    folder: Folder = Path(), azure_role: AzureRole = False, apply: ForApply = False, subscription: Subscriptions = None
) -> None:
    """Start: a first spec, a CI workflow, .gitignore lines; or the role for live plans."""
    if apply and not azure_role:
        raise typer.BadParameter("it says for what --azure-role is: give both.", param_hint="--apply")
    if azure_role:
        from flowspec.azure.lists import role

        put(json.dumps(role(tuple(subscription or ()), applies=apply), indent=2) + "\n")
        return
    _put_spec(folder)
    _put_workflow(folder)
    _ignore(folder / ".gitignore")


def _put_spec(folder: Path) -> None:
    """All files of a folder are one spec: where there is one already, whatever its name, it stays alone."""
    from flowspec.cli.watching import spec_files

    name = re.sub(r"[^\w.-]+", "-", Path(os.path.realpath(folder)).name).strip("-") or "network"
    there = sorted(spec_files([str(folder)])) if folder.is_dir() else []
    _put(there[0] if there else folder / f"{name}.flow.hcl", _SPEC.replace("NAME", name))


def _put_workflow(folder: Path) -> None:
    """Where GitHub looks for it: at the root of the repository, with the folder named in it."""
    here = folder.resolve()
    root = repository_around(here)
    command = _command(here.relative_to(root))
    path = (folder if root == here else root) / ".github" / "workflows" / "flowspec.yml"
    is_there = path.exists()
    _put(path, _WORKFLOW.replace("VERSION", __version__).replace("COMMAND", command))
    if is_there and root != here:
        tell(f"To plan this folder too, add to it:  - run: {command}")


def _command(folder: Path) -> str:
    """The step as YAML. A folder's name is anyone's: quoted for the shell, for YAML, and for GitHub's `${{ }}`."""
    where = folder.as_posix()
    if where == ".":
        return _PLAN.replace("FOLDER ", "")
    if re.fullmatch(r"[A-Za-z0-9_][\w./-]*", where, re.ASCII):
        return _PLAN.replace("FOLDER", where)
    quoted = shlex.quote(f"./{where}").replace("${{", "${{ '${{' }}")
    return json.dumps(_PLAN.replace("FOLDER", quoted))


def _put(path: Path, text: str) -> None:
    """A new file; one that is there stays as it is."""
    if path.exists():
        tell(f"Kept  {path}")
        return
    with doing("make the folder", path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, text)
    tell(f"Wrote {path}")


def _ignore(path: Path) -> None:
    there = read_text(path) if path.exists() else ""
    missing = [line for line in _IGNORED if line not in there.splitlines()]
    if missing:
        start = f"{there}\n" if there and not there.endswith("\n") else there
        write_file(path, start + "".join(f"{line}\n" for line in missing))
        tell(f"Wrote {path}: {', '.join(missing)}")
