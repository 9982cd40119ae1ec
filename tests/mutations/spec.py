"""Mistakes in reading specs."""

from __future__ import annotations

from tests.mutations.mutation import planted

LOAD = "tests/spec/test_load.py"
SERVICES = f"{LOAD}::test_services"
TOLD = f"{LOAD}::test_problems_as_told"
EXPRESSIONS = "tests/spec/test_expressions.py"
EDGES = "tests/spec/test_edges.py"

MISTAKES = (
    planted(
        "spec: port 65536 taken", "spec/network.py", "if max(low, high) > 65535:", "if max(low, high) > 65536:", EDGES
    ),
    planted(
        "spec: `*` without port 0",
        "spec/network.py",
        "        return 0, 65535\n",
        "        return 1, 65535\n",
        SERVICES,
    ),
    planted(
        "spec: a range that ends before it begins",
        "spec/network.py",
        "    if high < low:\n",
        "    if high < 0:\n",
        TOLD,
    ),
    planted(
        "spec: a length of a prefix with a zero before it",
        "spec/network.py",
        're.compile(r"0|[1-9]',
        're.compile(r"[0-9]',
        EDGES,
    ),
    planted(
        "spec: ports of a protocol that has none",
        "spec/endpoints.py",
        "if key in network.PORTLESS and form.argument(argument):",
        "if not key and form.argument(argument):",
        TOLD,
    ),
    planted(
        "spec: ports leave the protocols without them",
        "spec/endpoints.py",
        "    if destination or source:\n",
        "    if destination and source:\n",
        SERVICES,
    ),
    planted(
        "spec: an empty list of ports is every port",
        "spec/endpoints.py",
        "    if form.values.get(name) == []:\n",
        "    if form.values.get(name) == [[]]:\n",
        TOLD,
        EDGES,
    ),
    planted(
        "spec: protocols by letter case",
        "spec/endpoints.py",
        "    key = name.casefold()\n",
        "    key = name\n",
        SERVICES,
    ),
    planted(
        "spec: an empty tag matches every NIC",
        "spec/endpoints.py",
        "    if not pairs and not ",
        "    if pairs == 0 and not ",
        EDGES,
    ),
    planted(
        "spec: an empty list of groups is none",
        "spec/lower.py",
        "    if form.values.get(name) == []:\n",
        "    if form.values.get(name) == [[]]:\n",
        TOLD,
    ),
    planted(
        "spec: no remote is an empty remote",
        "spec/lower.py",
        "return found if name in form.values else None",
        "return found",
        LOAD,
    ),
    planted(
        "spec: at of an Allow taken",
        "spec/lower.py",
        "if at and expect is Access.ALLOW:",
        "if at and expect is None:",
        TOLD,
    ),
    planted(
        "spec: at either is at the source",
        "spec/lower.py",
        "at=at or EnforceAt.EITHER",
        "at=at or EnforceAt.SOURCE",
        LOAD,
        EDGES,
    ),
    planted(
        "spec: an exception of an Allow intent",
        "spec/lower.py",
        '_expects(context, name) == "allow"',
        '_expects(context, name) == "Allow"',
        TOLD,
    ),
    planted(
        "spec: a Deny intent listed by a boundary",
        "spec/lower.py",
        '_expects(context, target) == "deny"',
        '_expects(context, target) == "Deny"',
        TOLD,
    ),
    planted(
        "spec: a path that is not assumed is",
        "spec/lower.py",
        '        path=form.boolean("path", False),',
        '        path=form.boolean("path", True),',
        LOAD,
        EDGES,
    ),
    planted(
        "spec: both directions are one",
        "spec/lower.py",
        '"both": (Direction.INBOUND, Direction.OUTBOUND),',
        '"both": (Direction.INBOUND,),',
        LOAD,
    ),
    planted(
        "spec: another version of flowspec",
        "spec/version.py",
        "return version >= wanted and version[:kept] == wanted[:kept]",
        "return version >= wanted",
        EDGES,
    ),
    planted(
        "spec: the environment before a file of variables",
        "spec/load.py",
        "for name, text in from_environment.items() if name not in values}",
        "for name, text in from_environment.items()}",
        f"{LOAD}::test_precedence_of_variables",
    ),
    planted(
        "spec: a value that a variable may not have",
        "spec/variables.py",
        "if choices is not None and not any(",
        "if choices == [] and not any(",
        EDGES,
    ),
    planted(
        "spec: variables are not in the digest",
        "spec/load.py",
        "for name, value in values.items()}",
        "for name, value in ()}",
        f"{LOAD}::test_values_of_variables_change_the_digest",
    ),
    planted(
        "spec: an item behind the last",
        "spec/expressions.py",
        "if not 0 <= index < len(items):",
        "if not -1 <= index < len(items):",
        EXPRESSIONS,
        EDGES,
    ),
    planted(
        "spec: && is ||",
        "spec/expressions.py",
        'if node.operator == "&&" else',
        'if node.operator == "" else',
        EXPRESSIONS,
    ),
    planted(
        "spec: != is ==", "spec/expressions.py", "return same if", "return same if node.left else same if", EXPRESSIONS
    ),
    planted(
        "spec: what a condition does not choose may be undeclared",
        "spec/expressions.py",
        "for at, kind, name in roots(other):",
        "for at, kind, name in ():",
        EXPRESSIONS,
        LOAD,
    ),
    planted(
        "fmt writes what it can read beside what it can't",
        "cli/formatting.py",
        "if problems:",
        "if problems and not found:",
        "tests/spec/test_fmt.py",
    ),
    planted(
        "text that looks like a template becomes one in JSON",
        "spec/converting.py",
        'return text.replace("${", "$${")',
        'return text.replace("${", "${")',
        "tests/spec/test_convert.py",
    ),
)
