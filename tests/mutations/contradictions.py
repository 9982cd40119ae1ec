"""Mistakes in finding what contradicts itself, in the spec alone and with an inventory."""

from __future__ import annotations

from tests.mutations.mutation import planted

IN_SPEC = "tests/spec/test_contradictions.py"
IN_PLAN = "tests/engine/test_candidates.py"
CLASHES = "tests/plan/test_clashes.py"

MISTAKES = (
    planted(
        "contradictions: an address contradicts itself",
        "intents/contradictions.py",
        "example_flow(flows, allow.oneself.union(deny.oneself))",
        "example_flow(flows, AddressSet())",
        CLASHES,
    ),
    planted(
        "contradictions: what is uncertain contradicts",
        "intents/contradictions.py",
        "return question.asked.subtract(question.uncertain) if question.uncertain else question.asked",
        "return question.asked",
        CLASHES,
    ),
    planted(
        "contradictions: only the Deny is told",
        "intents/contradictions.py",
        "found.setdefault(allow.address, [])",
        "found.setdefault(deny.address, [])",
        CLASHES,
    ),
    planted(
        "contradictions: only the last class is looked up",
        "intents/contradictions.py",
        "found |= self._holders[number]",
        "found = self._holders[number]",
        CLASHES,
    ),
    planted(
        "contradictions: only the first Allow is compared",
        "intents/contradictions.py",
        "touched ^= low",
        "touched = 0",
        CLASHES,
    ),
    planted(
        "contradictions: of a disabled Deny",
        "spec/contradiction.py",
        "if intent.enabled and intent.expect is Access.DENY)",
        "if intent.expect is Access.DENY)",
        IN_SPEC,
    ),
    planted(
        "contradictions: what an exception takes out",
        "spec/contradiction.py",
        "in index.carved.get(deny.address, ()):",
        "in ():",
        IN_SPEC,
    ),
    planted(
        "contradictions: what an excepted intent takes out",
        "spec/contradiction.py",
        "for name in (*allow.except_intents, *deny.except_intents):",
        "for name in ():",
        IN_SPEC,
    ),
    planted(
        "contradictions: what excepted groups take out",
        "spec/contradiction.py",
        "for name in (*allow.except_groups, *deny.except_groups)]",
        "for name in ()]",
        IN_SPEC,
    ),
    planted(
        "contradictions: one address to itself",
        "spec/sides.py",
        "if source.count > 1 or destination.count > 1:",
        "if source.count or destination.count:",
        IN_SPEC,
    ),
    planted(
        "contradictions: a group that may be empty",
        "spec/sides.py",
        "return 1 if group.selects and not group.excludes else 0",
        "return 1 if group.selects else 0",
        IN_SPEC,
    ),
    planted(
        "contradictions: the platform's addresses",
        "spec/sides.py",
        "_literals(others, known)).subtract(PLATFORM)",
        "_literals(others, known))",
        IN_SPEC,
    ),
    planted(
        "contradictions: what a select may take out stays",
        "spec/sides.py",
        "    if group.opaque:\n",
        "    if group.opaque and not group.name:\n",
        IN_SPEC,
    ),
    planted(
        "contradictions: a range taken for single ports",
        "spec/allowed.py",
        "if any(low != high for _, low, high in spans)",
        "if any(low > high for _, low, high in spans)",
        IN_SPEC,
    ),
    planted(
        "contradictions: 0.0.0.0/0 holds no prefix",
        "spec/allowed.py",
        ".bit_length() - 1, bits + 1):",
        ".bit_length() - 1, bits):",
        "tests/spec/test_edges.py",
    ),
)
