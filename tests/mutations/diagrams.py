"""Mistakes in what decides by diagrams, where boxes are too many."""

from __future__ import annotations

from tests.mutations.mutation import planted

AS_BOXES = "tests/engine_speed/test_diagrams.py"
DECIDED = "tests/engine_speed/test_diagrams_of_policies.py"
SHATTERED = "tests/plan/test_shattered.py"
BOUNDS = "tests/plan/test_diagrams_by_hand.py"

MISTAKES = (
    planted(
        "diagrams: a count with a bit that IPv4 leaves open",
        "sets/bdd.py",
        "_OPEN = _V6 - _V4",
        "_OPEN = _V6 - _V4 - 1",
        AS_BOXES,
    ),
    planted(
        "diagrams: an IPv6 address read as an IPv4 address",
        "sets/bdd.py",
        "return block.base + sum(",
        "return sum(",
        AS_BOXES,
    ),
    planted(
        "diagrams: a span one value too wide",
        "sets/bdd.py",
        "if first <= low and last >= high:",
        "if first <= low and last >= high - 1:",
        AS_BOXES,
    ),
    planted(
        "diagrams: a span that is no prefix taken for one",
        "sets/bdd.py",
        "return not (size & size - 1 or low & size - 1)",
        "return not size & size - 1",
        AS_BOXES,
    ),
    planted(
        "diagrams: a span that ends in the middle forgotten above it",
        "sets/bdd.py",
        "reaches = at and spans[at - 1][1] >= middle",
        "reaches = at and spans[at - 1][1] > middle",
        AS_BOXES,
    ),
    planted(
        "diagrams: flows without ports not asked about",
        "decide/by_diagram.py",
        "    (PORTLESS, ALL_PORTS, ALL_PORTS),\n",
        "",
        DECIDED,
    ),
    planted(
        "diagrams: a later rule decides what an earlier one matched",
        "decide/by_diagram.py",
        "return matched | then_matched, matched.ite(allowed, then_allowed)",
        "return matched | then_matched, allowed | then_allowed",
        DECIDED,
    ),
    planted(
        "diagrams: a rule in doubt taken for certain",
        "decide/by_diagram.py",
        "(v.doubts and v.box.meets(kind))",
        "(v.doubts and v.box.is_empty())",
        DECIDED,
    ),
    planted(
        "diagrams: admin rules walked as an NSG's",
        "decide/by_diagram.py",
        "any(layer.admin or (",
        "any((",
        DECIDED,
    ),
    planted(
        "diagrams: what is unknown of one kind of flow left out",
        "decide/by_diagram.py",
        "                yield access, diagram & region\n",
        "                yield access or Access.DENY, diagram & region\n",
        SHATTERED,
    ),
    planted(
        "diagrams: what no diagram can hold is satisfied",
        "intents/by_diagram.py",
        "status=Status.UNKNOWN, unsure=(unsure,)",
        "status=Status.SATISFIED, unsure=()",
        SHATTERED,
    ),
    planted(
        "diagrams: doubt passes for satisfied",
        "intents/by_diagram.py",
        "Status.UNKNOWN if unsure else Status.SATISFIED",
        "Status.SATISFIED",
        SHATTERED,
    ),
    planted(
        "diagrams: undecided flows forgotten",
        "intents/by_diagram.py",
        "undecided = doubted.intersect(everything).subtract(bad)",
        "undecided = bad.subtract(bad)",
        SHATTERED,
    ),
    planted(
        "diagrams: members in doubt forgotten",
        "intents/by_diagram.py",
        "for maybe in question.maybe]",
        "for maybe in question.maybe[:0]]",
        SHATTERED,
    ),
    planted(
        "diagrams: missing paths forgotten",
        "intents/by_diagram.py",
        "union_all([apart, ",
        "union_all([",
        SHATTERED,
    ),
    planted(
        "diagrams: an outline without an answer where memory ends",
        "intents/by_diagram.py",
        "return frozenset({None})",
        "return frozenset({Access.DENY})",
        BOUNDS,
    ),
    planted(
        "diagrams: the number of listed flows passes for that of all",
        "intents/by_diagram.py",
        "Sample(listed.boxes, count)",
        "FlowSet(listed.boxes)",
        BOUNDS,
    ),
)
