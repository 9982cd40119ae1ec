"""Mistakes in what lint finds, leaves unsaid, and proposes."""

from __future__ import annotations

from tests.mutations.mutation import planted

EXACT = "tests/linting/test_exact.py"
FOUND = "tests/linting/test_found.py"
FIX = "tests/linting/test_fix.py"
SILENCE = "tests/linting/test_silence.py"

MISTAKES = (
    planted("lint: a rule in doubt takes flows", "linting/stacked.py", "if not variant.doubts)", "if True)", FOUND),
    planted(
        "lint: a rule is taken by itself and by those behind it",
        "linting/idle.py",
        "before = (1 << numbers[0]) - 1",
        "before = -1",
        EXACT,
    ),
    planted("lint: the covering rules are not minimal", "linting/idle.py", "kept = without", "pass", FOUND),
    planted(
        "lint: a rule goes that the next one contradicts",
        "linting/idle.py",
        "agrees = after.decider.access is access",
        "agrees = True",
        EXACT,
    ),
    planted(
        "lint: the other NSG permits and is said to decide",
        "linting/chains.py",
        "_DENIES = (Access.DENY,)",
        "_DENIES = (Access.DENY, Access.ALLOW)",
        EXACT,
    ),
    planted(
        "lint: idle at one NIC is idle at all",
        "linting/chains.py",
        "        if because is None:\n            return ()",
        "        if because is None:\n            continue",
        FOUND,
    ),
    planted(
        "lint: private addresses behind ExpressRoute are nowhere",
        "linting/names.py",
        "gateway.bgp or gateway.kind.casefold() != \"vpn\" or gateway.lacks",
        "gateway.bgp or gateway.lacks",
        FOUND,
    ),
    planted("lint: a gateway subnet needs an NSG", "linting/loose.py", '"gatewaysubnet", ', "", FOUND),
    planted(
        "lint: rules are merged over one that says otherwise",
        "linting/fixing.py",
        "and not contrary:",
        "and (contrary or True):",
        FIX,
    ),
    planted(
        "lint: all that could go by themselves go together",
        "linting/fixing.py",
        "            gone.append(rule)\n",
        "",
        FIX,
    ),
    planted("lint: a comment hides on", "linting/silence.py", "one.until >= today", "True", SILENCE),
    planted(
        "lint: a finding that grew graver is known",
        "gating/lint_baseline.py",
        "known.code, known.severity",
        "known.code",
        SILENCE,
    ),
    planted("lint: a spec's Deny is taken for asked for", "linting/wide.py",
            "question.expect is Access.ALLOW and ", "", FOUND),
)  # fmt: skip
