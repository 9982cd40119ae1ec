"""Mistakes in what lint finds, leaves unsaid, and proposes."""

from __future__ import annotations

from tests.mutations.mutation import planted

EXACT = "tests/linting/test_exact.py"
FOUND = "tests/linting/test_found.py"
FIX = "tests/linting/test_fix.py"
OPTIMIZE = "tests/linting/test_optimize.py"
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
    planted(
        "lint: a covering rule is spared whose flows nobody else takes",
        "linting/idle.py",
        "if stacked.some_left(shared, stacked.meeting(number) & others & implied):",
        "if not shared:",
        EXACT,
    ),
    planted(
        "lint: diagrams leave the flows that a rule took",
        "linting/stacked.py",
        "            rest = left\n",
        "",
        EXACT,
    ),
    planted(
        "lint: diagrams end with a rest that they don't tell",
        "linting/stacked.py",
        "return found, rest.satisfiable()",
        "return found, False",
        EXACT,
    ),
    planted(
        "lint: flows that come to the end of a chain by diagrams are forgotten",
        "linting/chains.py",
        "return not here[-1]",
        "return True",
        EXACT,
    ),
    planted(
        "lint: by diagrams a rule that lets flows on lets them go",
        "linting/chains.py",
        "                if onward:\n                    here[onward].append(hits)\n",
        "",
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
        "linting/merging.py",
        "return span[1] < low if rule.priority < against.priority else span[0] > high",
        "return True",
        OPTIMIZE,
    ),
    planted(
        "optimize: a rule is moved past one that was moved the other way",
        "linting/merging.py",
        "        low, high = self._spans[id(against)]\n",
        "        low, high = against.priority, against.priority\n",
        OPTIMIZE,
    ),
    planted(
        "optimize: prefixes of both families come into one rule",
        "linting/merging.py",
        """return ("IPv4" if families == {True} else "IPv6") if len(families) == 1 else \"\"""",
        'return "prefixes"',
        OPTIMIZE,
    ),
    planted(
        "optimize: Azure would not take the merged rule",
        "linting/merging.py",
        " and not self.refuses(now):",
        ":",
        OPTIMIZE,
    ),
    planted(
        "optimize: rules that flowspec made for a spec are merged",
        "linting/fixing.py",
        " or is_made(rule)",
        "",
        OPTIMIZE,
    ),
    planted(
        "optimize: one NSG without a proof spoils the others",
        "linting/fixing.py",
        "if not tried or keeps_meaning(estate, nsg, direction, tried, universe):",
        "if True:",
        OPTIMIZE,
    ),
    planted(
        "lint: all that could go by themselves go together",
        "linting/fixing.py",
        "            gone.append(rule)\n",
        "",
        FIX,
    ),
    planted(
        "optimize: a name with a port in it is taken for a counter",
        "linting/naming.py",
        " and not _names_a_value(head, rule):",
        ":",
        OPTIMIZE,
    ),
    planted(
        "optimize: a name made of sensitive values is shown",
        "linting/optimizing.py",
        "    if inventory.sensitive:",
        "    if False:",
        OPTIMIZE,
    ),
    planted(
        "optimize: a better name is silent on source ports",
        "linting/naming.py",
        "if source_ports else",
        "if False else",
        OPTIMIZE,
    ),
    planted("optimize: a better name is taken", "linting/naming.py", '"-out", taken)', '"-out", ())', OPTIMIZE),
    planted(
        "lint: a rule that Azure Bastion wants could go",
        "linting/rules.py",
        "() if of_bastion else found.could_go.items()",
        "found.could_go.items()",
        FIX,
    ),
    planted(
        "optimize: a rule that Azure Bastion wants goes",
        "linting/fixing.py",
        "        if key(nsg.id) in estate.of_bastion():\n            continue\n",
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
