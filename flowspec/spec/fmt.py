"""Files of a spec -> their texts in the canonical layout."""

from __future__ import annotations

from flowspec.errors import Problem, SpecError
from flowspec.spec import hcl, jsonfile
from flowspec.spec.document import KINDS
from flowspec.spec.load import made_for_trees
from flowspec.spec.source import Refused, SpecText


@made_for_trees()
def formatted(source: SpecText) -> str:
    """The text of a file as it should stand; SpecError with all mistakes of its syntax."""
    from flowspec.spec import json_layout, layout

    problems: list[Problem] = []
    if source.is_json:
        try:
            jsonfile.parse(source)
        except Refused as refused:
            problems.append(source.problem(refused))
    else:
        hcl.parse(source, KINDS, problems)
    if problems:
        raise SpecError(problems)
    return json_layout.laid_out(source.text) if source.is_json else layout.laid_out(source.text)
