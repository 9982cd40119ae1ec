"""The schema describes what the loader reads: valid for editors, strict, complete, and the same as the guide."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowspec.model.spec import Spec
from flowspec.schema_files import read_schema
from flowspec.spec import document, load_spec, schema
from flowspec.spec.explain import explain
from tests.spec.specs import SHOP_JSON

SCHEMA: dict[str, Any] = json.loads(read_schema("spec"))
BLOCKS = [*document.KINDS, "select"]
SCALARS = [None, True, 0, -1, 1.0, 1.5, 70000, "", "Tcp", "Tcp\n", "tpc", "true", "group.web", "group.", "group.\x1cx",
           "intent.a", "${var.x}", "2027-01-31", "2027-01-31\n", "9" * 10, "80-90", "\u0662"]  # fmt: skip
VALUES = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["vm", "tags", "x"]), inner, max_size=2)
    ),
    max_leaves=6,
)
GUIDE = (Path(__file__).parents[2] / "docs" / "spec.md").read_text(encoding="utf-8")


def test_it_is_a_schema_of_2020_12() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema_rs.meta.validate(SCHEMA)


def test_a_spec_with_expressions_fits_it() -> None:
    """As an editor sees it: nothing is evaluated yet."""
    jsonschema_rs.Draft202012Validator(SCHEMA).validate(SHOP_JSON)
    jsonschema.Draft202012Validator(SCHEMA).validate(SHOP_JSON)


def test_examples_fit_where_they_stand() -> None:
    def walk(here: Any) -> None:
        if isinstance(here, dict):
            for example in here.get("examples", ()):
                jsonschema.Draft202012Validator({**here, "$defs": SCHEMA["$defs"]}).validate(example)
            for below in here.values():
                walk(below)
        elif isinstance(here, list):
            for below in here:
                walk(below)

    walk(SCHEMA)


@pytest.mark.parametrize("name", [name for name in BLOCKS if name != "locals"])
def test_every_block_is_described_and_closed(name: str) -> None:
    block = SCHEMA["$defs"][name]
    assert block["additionalProperties"] is False
    assert block["title"]
    assert block["description"]
    for argument, about in block["properties"].items():
        assert argument == "//" or about.get("description"), argument


@pytest.mark.parametrize("name", [name for name in BLOCKS if name != "locals"])
def test_the_guide_has_every_argument(name: str) -> None:
    section = re.search(rf"^### `{name}`.*?(?=^##|\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    assert section, f"docs/spec.md has no section for {name}"
    listed = {
        argument
        for row in re.findall(r"^\| (`.*?`) \|", section[0], re.MULTILINE)
        for argument in re.findall(r"`(\w+)`", row)
    }
    assert listed == set(SCHEMA["$defs"][name]["properties"]) - {"//"}


def test_the_specs_of_the_guide_load(tmp_path: Path) -> None:
    """All blocks marked as hcl together are one spec; so is each one marked as json."""
    blocks = re.findall(r"^```(hcl|json)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    (tmp_path / "guide.flow.hcl").write_text("\n".join(text for kind, text in blocks if kind == "hcl"))
    spec = load_spec([tmp_path / "guide.flow.hcl"], {"env": "prod"}, environment={})
    assert isinstance(spec, Spec)
    assert spec.intents
    for number, text in enumerate(text for kind, text in blocks if kind == "json"):
        (tmp_path / f"{number}.flow.json").write_text(text)
        assert load_spec([tmp_path / f"{number}.flow.json"], environment={}).intents


@settings(max_examples=400, deadline=None)
@given(kind=st.sampled_from([kind for kind in document.KINDS if kind != "locals"]), data=st.data())
def test_what_the_gate_refuses_is_explained_where_it_stands(kind: str, data: st.DataObject) -> None:
    """Two validators, one verdict: a block that does not fit has a reason, and no block that fits has one."""
    names = st.sampled_from([*SCHEMA["$defs"][kind]["properties"], "form"])
    block = data.draw(st.dictionaries(names, VALUES, max_size=4))
    assert schema.fits(block, kind) == schema.fits({kind: block if kind in document.ONCE else {"x": block}})
    if schema.fits(block, kind):
        with pytest.raises(AssertionError):
            list(explain(kind, block))
        return
    for finding in explain(kind, block):
        here: Any = block
        for step in finding.pointer[:-1]:
            here = here[step]
        is_missing = finding.summary.startswith("Missing argument")
        assert is_missing or finding.pointer[-1] in (here if isinstance(here, dict) else range(len(here)))
        told = finding.of_key or finding.pointer[0] in ("ports", "source_ports")
        assert told or " must " in finding.summary or " is empty" in finding.summary
