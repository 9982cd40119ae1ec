"""`flowspec lsp` on specs in JSON: what it offers and says is what it does for HCL."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lsprotocol import types

from flowspec.language_server.json_cursor import declaring_keys, json_place_of
from flowspec.spec import load_spec
from flowspec.spec.document import NESTED
from flowspec.spec.schema import arguments
from tests.language_server.editor import CURSOR, Editor, applied

FLOWSPEC = '"flowspec": {"name": "shop", "inventory": ["network"]}'
GROUP = '"group": {"web": {"select": [{"tags": {"tier": "web"}}]}}'
INTENT = '"intent": {"out": {"from": ["group.web"], "to": ["group.any"], "protocol": "Tcp", "expect": "Deny"}}'
WHOLE = f"{{{FLOWSPEC},\n {GROUP},\n {INTENT}}}"


@pytest.fixture
def file(folder: Path) -> Path:
    """A file that is not saved yet."""
    return folder / "main.flow.json"


@pytest.mark.parametrize(
    ("text", "label", "becomes"),
    [
        ("{¦", "group", '{"group": {\n  "$1": {\n    $0\n  }\n}'),
        ('{"gr¦"}', "group", '{"group"}'),
        ('{"fixes": {}, ¦', "flowspec", '{"fixes": {}, "flowspec": {\n  $0\n}'),
        ('{"group": {"a": {¦', "subnets", '{"group": {"a": {"subnets": '),
        ('{"group": {"a": {"sub¦"}}}', "subnets", '{"group": {"a": {"subnets"}}}'),
        ('{"group": {"a": {¦}}}', "select", '{"group": {"a": {"select": [\n  {\n    $0\n  }\n]}}}'),
        ('{"group": {"a": {"select": [{}, {"v¦"', "vm", '{"group": {"a": {"select": [{}, {"vm"'),
        ("{" + GROUP + ', "intent": {"x": {"from": ["gr¦', "group.web",
         "{" + GROUP + ', "intent": {"x": {"from": ["group.web'),
        ('{"intent": {"x": {"from": [¦]}}}', "group.any", '{"intent": {"x": {"from": ["group.any"]}}}'),
        ('{"intent": {"x": {"to": "¦"}}}', "group.any", '{"intent": {"x": {"to": "group.any"}}}'),
        ('{"intent": {"x": {"expect": "¦"}}}', "Allow", '{"intent": {"x": {"expect": "Allow"}}}'),
        ('{"intent": {"x": {"expect": ¦}}}', "Allow", '{"intent": {"x": {"expect": "Allow"}}}'),
        ('{"intent": {"x": {"enabled": ¦}}}', "false", '{"intent": {"x": {"enabled": false}}}'),
        ('{"variable": {"p": {}}, "intent": {"x": {"ports": [¦]}}}', "var.p",
         '{"variable": {"p": {}}, "intent": {"x": {"ports": ["${var.p}"]}}}'),
        ('{"variable": {"p": {}}, "group": {"x": {"prefixes": ["a${v¦', "var.p",
         '{"variable": {"p": {}}, "group": {"x": {"prefixes": ["a${var.p'),
        ('{"locals": {"p": 1, "q": "¦"}}', "local.p", '{"locals": {"p": 1, "q": "${local.p}"}}'),
    ],
)  # fmt: skip
def test_what_may_be_written_is_offered(editor: Editor, file: Path, text: str, label: str, becomes: str) -> None:
    assert editor.completed(file, text, label) == becomes


@pytest.mark.parametrize(
    ("argument", "label", "becomes"),
    [
        ('"select": [{"vm": ¦', "vm-web-01", '"select": [{"vm": "vm-web-01"'),
        ('"select": [{"vm": "vm-w¦', "vm-web-01", '"select": [{"vm": "vm-web-01'),
        ('"select": [{"vm": ["x", "¦"]}]', "vm-web-01", '"select": [{"vm": ["x", "vm-web-01"]}]'),
        ('"exclude": [{"vnet": "¦"}]', "vnet-shop", '"exclude": [{"vnet": "vnet-shop"}]'),
        ('"select": [{"subnet": "¦"}]', "vnet-shop/snet-db", '"select": [{"subnet": "vnet-shop/snet-db"}]'),
        ('"select": [{"tags": {"t¦"}}]', "tier", '"select": [{"tags": {"tier"}}]'),
        ('"select": [{"tags": {"tier": "¦"}}]', "web", '"select": [{"tags": {"tier": "web"}}]'),
        ('"subnets": [¦]', "vnet-shop/snet-db", '"subnets": ["vnet-shop/snet-db"]'),
        ('"service_tags": ["¦"]', "Internet", '"service_tags": ["Internet"]'),
    ],
)
def test_the_names_of_the_network_are_offered(
    editor: Editor, file: Path, argument: str, label: str, becomes: str
) -> None:
    editor.write(file.with_name("net.flow.hcl"), 'flowspec {\n  inventory = ["network"]\n}\n')
    head = '{"group": {"x": {'
    assert editor.completed(file, head + argument, label) == head + becomes


@pytest.mark.parametrize(
    "text", ["¦", '{"group": ¦', '{"group": {"¦"', '{"//": "gr¦"}', '{"nothing": {"¦"', '{"group": {"x": {"select": [¦']
)
def test_nothing_is_offered_where_nothing_fits(editor: Editor, file: Path, text: str) -> None:
    assert editor.completion(file, text) == {}


def test_an_argument_or_block_that_stands_there_is_not_offered_again(editor: Editor, file: Path) -> None:
    offered = editor.completion(file, '{"group": {"a": {"description": "x", "¦')
    assert "prefixes" in offered and "description" not in offered
    offered = editor.completion(file, '{"group": {"a": {"description": "x"}}, "¦')
    assert "intent" in offered and "group" not in offered


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ('"sel¦ect"', "Now 2 NICs: "),
        ('"t¦ags"', "Tags of the VM"),
        ('"fr¦om"', "group"),
        ('"exp¦ect"', "Allow"),
        ('"w¦eb": {"sel', "Now 2 NICs: "),
        ("group.w¦eb", "Now 2 NICs: "),
        ('"o¦ut"', "Now drifted"),
    ],
)
def test_hover_says_what_it_does_in_hcl(editor: Editor, file: Path, place: str, told: str) -> None:
    written = place.replace(CURSOR, "")
    assert WHOLE.count(written) == 1
    found = editor.hover(file, WHOLE.replace(written, place))
    assert told in found


def test_hover_tells_nothing_of_a_value(editor: Editor, file: Path) -> None:
    assert editor.hover(file, WHOLE.replace('"Deny"', '"De¦ny"')) == ""


def test_exclude_is_told_by_itself(editor: Editor, file: Path) -> None:
    text = WHOLE.replace("}}]}}", '}}], "exclude": [{"vm": "vm-web-01"}]}}', 1)
    assert "Now 2 NICs" in editor.hover(file, text.replace('"select"', '"se¦lect"'))
    assert "Now 1 NIC: " in editor.hover(file, text.replace('"exclude"', '"ex¦clude"'))
    assert "Now 1 NIC: " in editor.hover(file, text.replace('"web": {', '"w¦eb": {'))


def test_a_file_is_laid_out(editor: Editor, file: Path) -> None:
    document, _ = editor.write(file, WHOLE)
    options = types.FormattingOptions(tab_size=2, insert_spaces=True)
    edits = editor.run(editor.client.text_document_formatting_async(types.DocumentFormattingParams(document, options)))
    laid_out = applied(WHOLE, list(edits or ()))
    assert json.loads(laid_out) == json.loads(WHOLE) and laid_out.startswith('{\n  "flowspec": {\n    "')


def test_problems_are_those_of_validate(editor: Editor, file: Path) -> None:
    (problem,) = editor.problems(file, WHOLE.replace("group.any", "group.ayn"))
    assert "group.ayn is not declared" in problem.message
    assert problem.range.start == types.Position(2, WHOLE.splitlines()[2].index('"group.any"'))
    (problem,) = editor.problems(file, WHOLE[:-1])
    assert "Invalid JSON" in problem.message


def test_a_local_is_renamed_where_a_block_is_half_written(editor: Editor, file: Path) -> None:
    text = '{"locals": {"net": "10.0.0.0/8"}, "group": {"a": {"prefixes": ["${local.n¦et}"]}, "b": {"pre'
    document, position = editor.write(file, text)
    edit = editor.run(editor.client.text_document_rename_async(types.RenameParams(document, position, "lan")))
    assert edit is not None and edit.changes is not None
    assert applied(text.replace(CURSOR, ""), list(edit.changes[file.as_uri()])) == text.replace(CURSOR, "").replace(
        "net", "lan"
    )


def test_every_argument_of_a_spec_is_found_at_its_place(tmp_path: Path) -> None:
    """The cursor at each key of a whole spec is in the block that the key belongs to."""
    file = tmp_path / "a.flow.json"
    file.write_text(WHOLE)
    spec = load_spec([file])
    names = {(key.kind, key.name) for key in declaring_keys(WHOLE)}
    assert names == {("group", name) for name in spec.groups} | {("intent", name) for name in spec.intents}
    for kind, inner in (("group", ""), ("intent", ""), *((k, i) for k, many in NESTED.items() for i in many)):
        for argument in arguments("select" if inner else kind):
            body = {"x": {inner: [{argument: 0}]} if inner else {argument: 0}}
            text = json.dumps({kind: body}, indent=1)
            place = json_place_of(text, text.index(f'"{argument}": 0') + 1)
            assert place is not None and place.quoted and not place.argument
            assert place.blocks == ((kind, inner) if inner else (kind,))
            place = json_place_of(text, text.rindex("0"))
            if argument not in NESTED.get(kind, ()):
                assert place is not None and place.argument == argument


@pytest.mark.parametrize("cut", range(0, len(WHOLE), 3))
def test_no_text_that_is_cut_off_is_too_much(cut: int) -> None:
    for text in (WHOLE[:cut], WHOLE[cut:], WHOLE[:cut] + '"' + WHOLE[cut:], WHOLE[:cut] + "]}," + WHOLE[cut:]):
        list(declaring_keys(text))
        for at in range(0, len(text) + 1, 7):
            json_place_of(text, at)
