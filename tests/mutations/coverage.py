"""Mistakes in coverage: each would call something spoken about that is not, or would lose it."""

from __future__ import annotations

from tests.mutations.mutation import planted

COVERAGE = "tests/coverage/test_coverage.py"

MISTAKES = (
    planted(
        "coverage: a permit is covered when some of its flows are",
        "coverage/coverage.py",
        "            count.spoken += not remaining\n            if remaining:\n",
        "            remaining = FlowSet.of(()) if every.meets(spoken) else remaining\n"
        "            count.spoken += not remaining\n            if remaining:\n",
        COVERAGE,
    ),
    planted(
        "coverage: what is denied counts as permitted",
        "coverage/permits.py",
        "            if part.access is Access.DENY:\n                continue\n",
        "            if not part.flows:\n                continue\n",
        COVERAGE,
    ),
    planted(
        "coverage: what the last NSG permits by default is permitted by default",
        "coverage/permits.py",
        "            for layer in reversed(self.layers[:-1]):\n",
        "            for layer in ():\n",
        COVERAGE,
    ),
)
