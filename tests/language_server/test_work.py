"""What the language server reads for a key: what changed, and nothing twice; nobody waits for a network to be read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from flowspec.language_server import folder as folders
from flowspec.language_server import names
from flowspec.language_server.completing import MOST
from flowspec.language_server.folder import EditedFolders
from flowspec.language_server.names import names_of
from flowspec.spec.source import SpecFiles, SpecText
from tests.language_server.editor import Editor

GROUP = 'group "web" {{\n  description = "{}"\n  select {{\n    vm = "*"\n  }}\n}}\n'
MANY = [GROUP.format(number).replace("web", f"web-{number}") for number in range(40)]
PIECES = (
    GROUP, 'group "b" {\n', "}\n", 'locals {\n  a = local.b\n}\n', "/* ", " */\n", "# group \"no\" {\n", "x = <<EOT\n",
    "EOT\n", "${", "}", '"', "intent x { from = [group.web, group.", "]\n", "\n", 'intent "é" {}\n', " ", "\r\n",
)  # fmt: skip


class Counted:
    """How often something was called, and with what first."""

    def __init__(self, patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        self.calls: list[Any] = []
        real: Callable[..., Any] = getattr(owner, name)

        def counted(*given: Any, **more: Any) -> Any:
            self.calls.append(given)
            return real(*given, **more)

        patch.setattr(owner, name, counted)


def test_what_did_not_change_is_not_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main, other = folder / "main.flow.hcl", folder / "other.flow.hcl"
    other.write_text('flowspec {\n  inventory = ["network"]\n}\n' + "".join(MANY), encoding="utf-8")
    edited = EditedFolders()
    loads, networks = Counted(monkeypatch, folders, "load"), Counted(monkeypatch, folders, "load_inventory")
    files, parts = Counted(monkeypatch, SpecFiles, "read"), Counted(monkeypatch, names, "_part")

    def work() -> tuple[int, ...]:
        counts = tuple(len(one.calls) for one in (files, parts, loads, networks))
        for one in (files, parts, loads, networks):
            one.calls.clear()
        return counts

    edited.texts[main] = SpecText(str(main), "".join(MANY).replace("web", "app"))
    for source in edited.sources(main):
        assert edited.names(source).uses
    assert work() == (1, 81, 0, 0)
    found = edited.spec_of(main)
    assert found.spec is not None and edited.network(found.inventory) is not None
    assert work() == (0, 0, 1, 1)
    for source in edited.sources(main):
        edited.names(source)
    assert edited.spec_of(main) is found
    edited.network(found.inventory)
    assert work() == (0, 0, 0, 0)
    edited.texts[main] = SpecText(str(main), edited.texts[main].text.replace('"7"', '"seven'))
    for source in edited.sources(main):
        edited.names(source)
    assert work() == (0, 1, 0, 0)
    broken = edited.spec_of(main)
    assert broken.spec is None and broken.inventory == found.inventory
    edited.network(broken.inventory)
    assert work() == (0, 0, 1, 0)
    network = next(file for file in (folder / "network").iterdir() if file.suffix == ".json")
    os.utime(network, ns=(1, 1))
    edited.network(broken.inventory)
    assert work() == (0, 0, 0, 1)
    os.utime(other, ns=(1, 1))
    edited.spec_of(main)
    assert work() == (1, 0, 1, 0)


def test_a_variable_file_that_changed_is_read_again(tmp_path: Path) -> None:
    main, values = tmp_path / "main.flow.hcl", tmp_path / "a.tfvars"
    main.write_text('variable "nets" {\n  default = []\n}\ngroup "a" {\n  prefixes = var.nets\n}\n')
    values.write_text('nets = ["10.0.0.0/8"]\n')
    edited = EditedFolders(variable_files=(values,))
    for nets in ("10.0.0.0/8", "10.0.0.0/16"):
        values.write_text(f'nets = ["{nets}"]\n')
        spec = edited.spec_of(main).spec
        assert spec is not None and spec.groups["a"].prefixes == (nets,)


@given(st.lists(st.sampled_from(PIECES)), st.data())
def test_names_are_those_of_the_whole_text(pieces: list[str], data: st.DataObject) -> None:
    """Whatever was written before, whatever is half written."""
    place = data.draw(st.integers(0, len(pieces)))
    put = data.draw(st.lists(st.sampled_from(PIECES), max_size=2))
    before = SpecText("a.flow.hcl", "".join(pieces))
    now = SpecText("a.flow.hcl", "".join([*pieces[:place], *put, *pieces[place + data.draw(st.integers(0, 1)) :]]))
    found = names_of(now, names_of(before))
    assert found.parts == names_of(now).parts
    assert "".join(part.text for part in found.parts) == now.text
    assert all(now.text[use.at : use.end] == use.name for use in found.uses)


@pytest.mark.parametrize(("opens", "closes"), [("x = <<EOT\n", "EOT\n"), ("/*\n", "*/\n")])
def test_what_a_later_line_closes_is_read_again(opens: str, closes: str) -> None:
    before, now = (SpecText("a.flow.hcl", opens + MANY[0] + behind + MANY[1]) for behind in ("", closes))
    found = names_of(now, names_of(before))
    assert found.parts == names_of(now).parts
    assert [name for _, name in found.declared()] == ["web-1"]


def test_a_bracket_that_is_not_closed_yet_hides_no_name() -> None:
    half = MANY[0] + 'intent "x" {\n  from = [group.\n' + MANY[1]
    assert list(names_of(SpecText("a.flow.hcl", half)).declared()) == [
        ("group", "web-0"), ("intent", "x"), ("group", "web-1"),
    ]  # fmt: skip


def test_a_completion_does_not_wait_for_a_network_that_is_being_read(tmp_path: Path) -> None:
    pipe, file = tmp_path / "network.json", tmp_path / "main.flow.hcl"
    os.mkfifo(pipe)
    editor = Editor("-i", str(pipe))
    offered = editor.offered(*editor.write(file, MANY[0] + 'group "x" {\n  select {\n    vm = ¦\n  }\n}\n'))
    assert offered.is_incomplete
    offered = editor.offered(*editor.write(file, MANY[0] + 'intent "x" {\n  from = [¦]\n}\n'))
    assert not offered.is_incomplete and "group.web-0" in {one.label for one in offered.items}
    end = os.open(pipe, os.O_RDWR)
    pipe.unlink()
    os.write(end, b"[]")
    os.close(end)
    editor.close()


def test_of_very_many_names_those_are_offered_that_are_typed(editor: Editor, tmp_path: Path) -> None:
    kind = "Microsoft.Compute/virtualMachines"
    vms = [{"type": kind, "id": f"/subscriptions/s/resourceGroups/rg/providers/{kind}/vm-{number:04}"}
           for number in range(MOST + 50)]  # fmt: skip
    (tmp_path / "vms.json").write_text(json.dumps([{**vm, "name": vm["id"].rpartition("/")[2]} for vm in vms]))
    head = 'flowspec {\n  inventory = ["vms.json"]\n}\ngroup "x" {\n  select {\n    vm = '
    last = f"vm-{MOST + 49:04}"
    for typed in ("¦", f'"{last[:-1]}¦"', f'"{last.replace("-", "").upper()}¦"'):
        place = editor.write(tmp_path / "main.flow.hcl", head + typed)
        while (found := editor.offered(*place)).items[0].kind == types.CompletionItemKind.Reference:
            pass
        assert found.is_incomplete and len(found.items) <= MOST
        assert (last in {one.label for one in found.items}) == (typed != "¦")
