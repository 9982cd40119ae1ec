"""`flowspec lsp` as an editor uses it, over the protocol: one server for all of the tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from flowspec.errors import SpecError
from flowspec.spec import load_spec
from flowspec.spec.fmt import formatted
from flowspec.spec.source import SpecText
from tests.language_server.editor import Editor, applied

INVENTORY = 'flowspec {\n  name = "shop"\n  inventory = ["network"]\n}\n'
GROUP = 'group "web" {\n  select {\n    tags = { tier = "web" }\n  }\n}\n'
TO_ALL = 'intent "out" {\n  from = [group.web]\n  to = [group.any]\n  protocol = "Tcp"\n  expect = "Deny"\n}\n'


@pytest.fixture
def file(folder: Path) -> Path:
    """A file that is not saved yet."""
    return folder / "main.flow.hcl"


MISTAKES = (
    GROUP + TO_ALL.replace("group.web", "group.wbe"),
    GROUP + TO_ALL.replace('"Deny"', '"Denied"'),
    GROUP + TO_ALL.replace("protocol", "protocoll"),
    GROUP.replace("}\n  }\n}", "}\n  }\n"),
    GROUP + GROUP,
    'group "web" {\n  description = "𝒹 é" sevice_tags = ["Internet"]\n}\n',
)


@pytest.mark.parametrize("text", MISTAKES)
def test_problems_are_those_of_validate_at_their_places(editor: Editor, file: Path, text: str) -> None:
    shown = editor.problems(file, text)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as refused:
        load_spec([file.parent])
    told = [f"{one.summary}\n{one.detail}".rstrip().replace(f"{file.parent}/", "") for one in refused.value.problems]
    assert [one.message for one in shown] == told
    for problem, one in zip(refused.value.problems, shown, strict=True):
        assert problem.where is not None
        assert one.severity == types.DiagnosticSeverity.Error and one.source == "flowspec"
        assert one.range.start.line == problem.where.line - 1
        before = text.split("\n")[problem.where.line - 1][: problem.where.column - 1]
        assert one.range.start.character == len(before.encode("utf-16-le")) // 2
        assert one.range.end.character > one.range.start.character or one.range.end.line > one.range.start.line


def test_problems_go_when_they_are_mended(editor: Editor, file: Path) -> None:
    assert editor.problems(file, GROUP + TO_ALL.replace("group.web", "group.wbe"))
    assert editor.problems(file, GROUP + TO_ALL) == []


def test_all_files_of_the_folder_are_one_spec(editor: Editor, file: Path) -> None:
    other = file.with_name("groups.flow.hcl")
    other.write_text(GROUP, encoding="utf-8")
    assert editor.problems(file, TO_ALL) == []
    (problem,) = editor.problems(file, TO_ALL.replace("group.web", "group.weeb"))
    assert "group.weeb" in problem.message or "weeb" in problem.message
    editor.write(other, GROUP.replace('"web"', '"weeb"'))
    assert editor.problems(file, TO_ALL.replace("group.web", "group.weeb")) == []


def test_contradictions_are_told_too(editor: Editor, file: Path) -> None:
    contrary = TO_ALL.replace('"out"', '"also"').replace('"Deny"', '"Allow"')
    assert editor.problems(file, GROUP + TO_ALL + contrary)


def test_a_file_is_laid_out(editor: Editor, file: Path) -> None:
    text = INVENTORY + GROUP + TO_ALL
    document, _ = editor.write(file, text)
    options = types.FormattingOptions(tab_size=2, insert_spaces=True)
    edits = editor.run(editor.client.text_document_formatting_async(types.DocumentFormattingParams(document, options)))
    assert edits
    assert applied(text, list(edits)) == formatted(SpecText(str(file), text)) != text


def test_a_file_with_mistakes_is_left_as_it_is(editor: Editor, file: Path) -> None:
    document, _ = editor.write(file, GROUP + "group {\n")
    options = types.FormattingOptions(tab_size=2, insert_spaces=True)
    edits = editor.run(editor.client.text_document_formatting_async(types.DocumentFormattingParams(document, options)))
    assert not edits


@pytest.mark.parametrize(
    ("text", "label", "becomes"),
    [
        ("gr¦", "group", 'group "$1" {\n  $0\n}'),
        ('group "a" {\n  sub¦\n}\n', "subnets", 'group "a" {\n  subnets = \n}\n'),
        ('group "a" {\n  ¦\n}\n', "select", 'group "a" {\n  select {\n  $0\n}\n}\n'),
        ('group "a" {\n  select {\n    v¦\n  }\n}\n', "vm", 'group "a" {\n  select {\n    vm = \n  }\n}\n'),
        (GROUP + "intent x {\n  from = [group.w¦]\n}", "group.web", GROUP + "intent x {\n  from = [group.web]\n}"),
        (GROUP + "intent x {\n  from = [¦]\n}", "group.any", GROUP + "intent x {\n  from = [group.any]\n}"),
        ("intent x {\n  expect = ¦\n}", "Allow", 'intent x {\n  expect = "Allow"\n}'),
        ('intent x {\n  expect = "A¦"\n}', "Allow", 'intent x {\n  expect = "Allow"\n}'),
        ("intent x {\n  enabled = ¦\n}", "false", "intent x {\n  enabled = false\n}"),
        ('variable "p" {}\nintent x {\n  ports = [¦]\n}', "var.p", 'variable "p" {}\nintent x {\n  ports = [var.p]\n}'),
        ('variable p {}\ngroup x {\n  prefixes = ["${v¦', "var.p", 'variable p {}\ngroup x {\n  prefixes = ["${var.p'),
    ],
)  # fmt: skip
def test_what_may_be_written_is_offered(editor: Editor, file: Path, text: str, label: str, becomes: str) -> None:
    assert editor.completed(file, text, label) == becomes


@pytest.mark.parametrize(
    ("argument", "label", "becomes"),
    [
        ("select {\n vm = ¦", "vm-web-01", 'select {\n vm = "vm-web-01"'),
        ('select {\n vm = "vm-w¦', "vm-web-01", 'select {\n vm = "vm-web-01'),
        ('select {\n vm = ["x", "vm-w¦"]', "vm-web-01", 'select {\n vm = ["x", "vm-web-01"]'),
        ("select {\n vnet = ¦", "vnet-shop", 'select {\n vnet = "vnet-shop"'),
        ("select {\n subnet = ¦", "vnet-shop/snet-db", 'select {\n subnet = "vnet-shop/snet-db"'),
        ("select {\n tags = { t¦ }", "tier", "select {\n tags = { tier }"),
        ('select {\n tags = { tier = "¦" }', "web", 'select {\n tags = { tier = "web" }'),
        ("subnets = [¦]", "vnet-shop/snet-db", 'subnets = ["vnet-shop/snet-db"]'),
        ("service_tags = [¦]", "Internet", 'service_tags = ["Internet"]'),
    ],
)
def test_the_names_of_the_network_are_offered(
    editor: Editor, file: Path, argument: str, label: str, becomes: str
) -> None:
    head = INVENTORY + 'group "x" {\n  '
    assert editor.completed(file, head + argument, label) == head + becomes


@pytest.mark.parametrize("text", ["# gr¦", 'group "¦"', "group web ¦", 'group "a" {\n  description = "gr¦"\n}'])
def test_nothing_is_offered_where_nothing_fits(editor: Editor, file: Path, text: str) -> None:
    assert editor.completion(file, text) == {}


def test_an_argument_that_stands_there_is_not_offered_again(editor: Editor, file: Path) -> None:
    offered = editor.completion(file, 'group "a" {\n  description = "x"\n  ¦\n}\n')
    assert "prefixes" in offered and "description" not in offered


def test_hover_says_what_an_argument_is_for(editor: Editor, file: Path) -> None:
    assert "Whole subnets" in editor.hover(file, 'group "a" {\n  sub¦nets = []\n}\n')


def test_hover_says_what_a_group_and_a_selector_match(editor: Editor, file: Path) -> None:
    text = INVENTORY + GROUP + TO_ALL
    for place in ("group.web", 'group "web"', "select"):
        told = editor.hover(file, text.replace(place, f"{place[:-1]}¦{place[-1]}", 1))
        assert "Now 2 NICs: " in told, place
    two = GROUP.replace("\n}\n", '\n  select {\n    vm = "vm-nobody"\n  }\n}\n')
    told = editor.hover(file, INVENTORY + two.replace("\n  select {\n    vm", "\n  sel¦ect {\n    vm"))
    assert "vm-nobody" in told and "Now 2 NICs" not in told


def test_hover_says_what_an_intent_comes_to(editor: Editor, file: Path) -> None:
    told = editor.hover(file, INVENTORY + GROUP + TO_ALL.replace('"out"', '"o¦ut"'))
    assert "intent.out" in told and "Now drifted" in told


def test_hover_without_an_inventory_says_so(editor: Editor, file: Path) -> None:
    assert "names an inventory" in editor.hover(file, GROUP + TO_ALL.replace("group.web", "group.w¦eb"))


def renamed(document: types.TextDocumentIdentifier, position: types.Position, name: str) -> types.RenameParams:
    return types.RenameParams(text_document=document, position=position, new_name=name)


def test_a_name_is_found_and_renamed_in_all_files(editor: Editor, file: Path) -> None:
    other = file.with_name("other.flow.json")
    json = '{"intent": {"é𝒹": {"from": "group.web", "to": ["group.web"], "protocol": "Tcp", "expect": "Allow"}}}'
    other.write_text(json, encoding="utf-8")
    text = GROUP + TO_ALL
    document, position = editor.write(file, text.replace("group.web", "group.w¦eb"))
    (place,) = editor.run(editor.client.text_document_definition_async(types.DefinitionParams(document, position)))  # type: ignore[misc,union-attr]
    assert isinstance(place, types.Location)
    assert (place.uri, place.range.start) == (file.as_uri(), types.Position(0, 7))
    context = types.ReferenceContext(include_declaration=False)
    found = editor.run(editor.client.text_document_references_async(types.ReferenceParams(context, document, position)))
    assert sorted(one.uri for one in found or ()) == [file.as_uri(), *[other.as_uri()] * 2]
    edit = editor.run(editor.client.text_document_rename_async(renamed(document, position, "front")))
    assert edit is not None and edit.changes is not None
    assert applied(text, list(edit.changes[file.as_uri()])) == text.replace('"web" {', '"front" {').replace(
        "group.web", "group.front"
    )
    assert applied(json, list(edit.changes[other.as_uri()])) == json.replace("group.web", "group.front")


@pytest.mark.parametrize("name", ["any thing", "", "db"])
def test_a_name_that_can_not_be_is_refused(editor: Editor, file: Path, name: str) -> None:
    text = GROUP + GROUP.replace('"web"', '"db"') + TO_ALL
    document, position = editor.write(file, text.replace("group.web", "group.w¦eb"))
    with pytest.raises(JsonRpcException):
        editor.run(editor.client.text_document_rename_async(renamed(document, position, name)))


def test_what_is_predeclared_has_no_place_and_no_other_name(editor: Editor, file: Path) -> None:
    document, position = editor.write(file, GROUP + TO_ALL.replace("group.any", "group.a¦ny"))
    assert not editor.run(editor.client.text_document_definition_async(types.DefinitionParams(document, position)))
    assert not editor.run(
        editor.client.text_document_prepare_rename_async(types.PrepareRenameParams(document, position))
    )


def test_what_is_not_installed_is_said() -> None:
    """Without pygls there is a message, not a traceback."""
    code = (
        "import sys, importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'pygls' else real(name, *rest)\n"
        "from flowspec.cli.app import run; sys.exit(run(['lsp']))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "pip install 'flowspec[lsp]'" in ran.stderr
