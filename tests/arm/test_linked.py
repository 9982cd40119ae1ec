"""Linked templates: read by relative path from the folder of the main template, and from nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowspec.errors import SourceError
from flowspec.model.inventory import Inventory, lack
from flowspec.model.unknown import is_unknown, why
from flowspec.sources import load_inventory, load_with_documents, locate
from tests.arm.templates import NET, OPTIONS, load, network, rule, template, write
from tests.arm.test_templates import NSG_KEY, nested, nsg, rules_of

OPEN = rule("open", 100, sourceAddressPrefix="[parameters('from')]")
FROM = {"from": {"type": "string", "defaultValue": "*"}}


def link(path: Any, name: str = "linked", given: Any = None, **more: Any) -> dict[str, Any]:
    properties = {"mode": "Incremental", "templateLink": {"relativePath": path, **more}, "parameters": given or {}}
    return {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": name,
            "properties": properties}  # fmt: skip


def value(told: Any) -> dict[str, Any]:
    return {"from": {"value": told}}


def put(folder: Path, path: str, *resources: Any, **sections: Any) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    write(file, template(*resources, **sections))
    return file


def not_read(found: Inventory) -> str:
    """Why the linked template is not read, which is told and makes the network incomplete."""
    assert found.unread == ("the linked template of the deployment linked",)
    assert NSG_KEY not in found.nsgs
    (told,) = (one.summary for one in found.problems if "linked template" in one.summary)
    return told.partition("not read: ")[2]


def test_a_linked_template_beside_the_main_one_is_evaluated_like_an_inline_one(tmp_path: Path) -> None:
    """With its own parameters and variables, its outputs, its lines, and the templates that it links itself."""
    put(tmp_path, "parts/deep/asg.json", network("applicationSecurityGroups", "asg"))
    file = put(tmp_path, "parts/nsg.json", nsg(OPEN), link("deep/asg.json", "inside"), parameters=FROM,
               outputs={"port": {"type": "string", "value": "443"}})  # fmt: skip
    other = rule("b", 200, destinationPortRange="[reference('linked').outputs.port.value]")
    child = network("networkSecurityGroups/securityRules", "n/b", **other["properties"])
    found = load(tmp_path, template(link("parts/nsg.json", given=value("10.1.0.0/16")), child))
    assert found.unread == ()
    assert rules_of(found) == ["open", "b"]
    one, two = found.nsgs[NSG_KEY].rules
    assert (one.sources, two.destination_ports) == (("10.1.0.0/16",), ("443",))
    assert [asg.name for asg in found.asgs.values()] == ["asg"]
    assert one.where is not None
    where = locate(one.where)
    assert where.file == str(file)
    assert '"open"' in "".join(file.read_text("utf-8").splitlines()[where.line - 1 : where.line + 1])


def test_it_gives_what_the_same_template_gives_inline(tmp_path: Path) -> None:
    """Whatever `expressionEvaluationOptions` says: a linked template always keeps to itself."""
    put(tmp_path, "nsg.json", nsg(OPEN), parameters=FROM)
    linked = link("nsg.json", given=value("[parameters('from')]"))
    linked["properties"]["expressionEvaluationOptions"] = {"scope": "outer"}
    inline = nested("linked", nsg(OPEN), parameters=value("[parameters('from')]"), parameters_=FROM)
    inline["properties"]["template"]["parameters"] = inline["properties"]["template"].pop("parameters_")
    outer = {"from": {"type": "string", "defaultValue": "192.0.2.0/24"}}
    one, two = (load(tmp_path, template(made, parameters=outer)).nsgs[NSG_KEY].rules[0] for made in (linked, inline))
    assert one.sources == two.sources == ("192.0.2.0/24",)


def test_what_it_reads_is_a_source_whose_change_is_noticed(tmp_path: Path) -> None:
    file = put(tmp_path, "nsg.json", nsg(OPEN), parameters=FROM)
    made = template(link("nsg.json"), link("nsg.json", "again"))
    before, after = load(tmp_path, made).origins, None
    assert [origin.locator for origin in before] == [str(tmp_path / "t.json"), str(file)]
    put(tmp_path, "nsg.json", nsg(), parameters=FROM)
    after = load(tmp_path, made).origins
    assert before[0].digest == after[0].digest
    assert before[1].digest != after[1].digest


def test_nothing_outside_of_the_folder_is_read(tmp_path: Path) -> None:
    """Not by `..`, by a whole path, or by a link; a way round that ends inside is one."""
    outside = put(tmp_path, "secret.json", nsg(OPEN), parameters=FROM)
    folder = tmp_path / "main"
    inside = put(folder, "parts/nsg.json", nsg(OPEN), parameters=FROM)
    (folder / "file.json").symlink_to(outside)
    (folder / "out").symlink_to(tmp_path)
    for path in (
        "../secret.json",
        "parts/../../secret.json",
        str(outside),
        "file.json",
        "out/secret.json",
        "../none.json",
    ):
        assert not_read(load(folder, template(link(path)))).endswith("outside of the folder of the template")
    put(folder, "parts/more.json", link("../../secret.json"))
    assert "outside" in not_read(load(folder, template(link("parts/more.json", "more"))))
    put(folder, "parts/more.json", link("../parts/nsg.json"))
    for path in ("parts/more.json", "parts/../parts/nsg.json", str(inside)):
        assert rules_of(load(folder, template(link(path)))) == ["open"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("none.json", "No such file"),
        ("", "names no file"),
        ("nul\0.json", "nul"),
        ("folder", "not a file"),
        ("list.json", "is not a template"),
        ("[parameters('path')]", "parameters('path') has no value"),
        (None, "names no file"),
    ],
)
def test_what_is_not_read_says_why(tmp_path: Path, path: Any, words: str) -> None:
    (tmp_path / "folder").mkdir()
    put(tmp_path, "nsg.json", nsg(OPEN))
    write(tmp_path / "list.json", [nsg(OPEN)])
    assert words in not_read(load(tmp_path, template(link(path), parameters={"path": {"type": "string"}})))


def test_nothing_is_fetched(tmp_path: Path) -> None:
    """A `relativePath` beside a `uri` or an `id` names something at that place, not here."""
    put(tmp_path, "nsg.json", nsg(OPEN), parameters=FROM)
    assert "uri" in not_read(load(tmp_path, template(link("nsg.json", uri="https://example.com/"))))
    assert "id" in not_read(load(tmp_path, template(link("nsg.json", id="/subscriptions/s/templateSpecs/t"))))


def test_a_linked_file_that_is_broken_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "nsg.json").write_text('{"$schema": "deploymentTemplate.json#", "resources": [', "utf-8")
    with pytest.raises(SourceError) as told:
        load(tmp_path, template(link("nsg.json")))
    assert told.value.problems[0].where is not None
    assert told.value.problems[0].where.file.endswith("nsg.json")


def test_templates_that_link_each_other_end(tmp_path: Path) -> None:
    put(tmp_path, "a.json", link("a.json"))
    assert "deployments stand inside each other" in not_read(load(tmp_path, template(link("a.json"))))
    put(tmp_path, "b.json", link("b.json", "one"), link("b.json", "two"))
    with pytest.raises(SourceError, match="too large"):
        load(tmp_path, template(link("b.json")))


def test_what_is_linked_counts_as_input(tmp_path: Path) -> None:
    put(tmp_path, "nsg.json", nsg(rule("x" * 5000, 100)))
    with pytest.raises(SourceError, match="max-input"):
        load_with_documents([write(tmp_path / "t.json", template(link("nsg.json")))], max_input=4000)


def test_parameters_of_a_file_that_is_not_read_are_not_the_defaults(tmp_path: Path) -> None:
    """Nor are those of an object that is not known."""
    put(tmp_path, "nsg.json", nsg(OPEN), parameters=FROM)
    for far in ({"parametersLink": {"uri": "https://example.com/p.json"}}, {"parameters": "[parameters('all')]"}):
        for made in (link("nsg.json"), nested("linked", nsg(OPEN))):
            if "template" in made["properties"]:
                made["properties"]["template"]["parameters"] = FROM
            made["properties"].pop("parameters")
            made["properties"] |= far
            found = load(tmp_path, template(made, parameters={"all": {"type": "object"}}))
            (source,) = found.nsgs[NSG_KEY].rules[0].sources
            assert is_unknown(source)
            assert "parametersLink" in why(source)[0] or "parameters('all')" in why(source)[0]


def test_a_linked_template_under_a_condition_that_is_not_known_is_not_known(tmp_path: Path) -> None:
    put(tmp_path, "nsg.json", nsg(OPEN), parameters=FROM)
    made = {**link("nsg.json"), "condition": "[parameters('on')]"}
    missing = lack(load(tmp_path, template(made, parameters={"on": {"type": "bool"}})).nsgs[NSG_KEY], "rules")
    assert missing is not None
    assert "parameters('on') has no value" in missing.reason


def test_it_is_laid_over_what_is_there(tmp_path: Path) -> None:
    put(tmp_path, "nsg.json", nsg(OPEN), parameters=FROM)
    there = write(tmp_path / "live.json", [{**nsg(rule("old", 200)), "id": f"{NET}/networkSecurityGroups/n"}])
    made = write(tmp_path / "t.json", template(link("nsg.json")))
    assert rules_of(load_inventory([there, made], templates=OPTIONS)) == ["open"]
