"""Mistakes in where suggested rules are put, in which order that is done, and in whose they are."""

from __future__ import annotations

from tests.mutations.mutation import planted

SLOTS = "tests/plan/test_slots.py"
OWNERSHIP = "tests/plan/test_ownership.py"
STEPS = "tests/plan/test_steps.py"
OWN = "tests/plan/test_reconcile.py"
LIMITS = "tests/plan/test_limits.py"

MISTAKES = (
    planted("slots: highest priority 101", "fixes/slots.py", "= 100, 4096", "= 101, 4096", SLOTS),
    planted("slots: lowest priority 4097", "fixes/slots.py", "= 100, 4096", "= 100, 4097", SLOTS),
    planted("slots: lowest priority 4095", "fixes/slots.py", "= 100, 4096", "= 100, 4095", SLOTS),
    planted("slots: a priority that is taken", "fixes/slots.py", "if priority not in taken", "if priority", SLOTS),
    planted("slots: a rule that can stay is moved", "fixes/slots.py", "bisect_right(tails", "bisect_left(tails", SLOTS),
    planted("slots: a rule kept too near to the first", "fixes/slots.py", "not HIGHEST <= (", "not 0 <= (", SLOTS),
    planted(
        "slots: priorities that the spec does not wish",
        "fixes/slots.py",
        "min(high, last + 1)), (low, high)",
        "high), (low, high)",
        SLOTS,
    ),
    planted(
        "steps: of new rules the one asked last first",
        "fixes/steps.py",
        "not agree and self.rule.priority < other.rule.priority",
        "not agree and self.rule.priority > other.rule.priority",
        STEPS,
    ),
    planted(
        "steps: of rules that go the one asked first goes first",
        "fixes/steps.py",
        "not agree and self.rule.priority > other.rule.priority",
        "not agree and self.rule.priority < other.rule.priority",
        STEPS,
    ),
    planted(
        "steps: a rule goes before what takes its place",
        "fixes/steps.py",
        "wanted = self.is_new and agree",
        "wanted = False",
        STEPS,
    ),
    planted(
        "steps: one NSG opens what another has still to close",
        "fixes/steps.py",
        "if not conflict or (",
        "if True or (",
        STEPS,
    ),
    planted(
        "steps: two rules share a priority meanwhile",
        "fixes/steps.py",
        "self.present.get(rule.priority) in (None, step.edit.before)",
        "True",
        STEPS,
    ),
    planted(
        "steps: a rule is moved over another as if it changed nothing",
        "fixes/steps.py",
        "return not jumped and",
        "return",
        STEPS,
    ),
    planted(
        "steps: beside a rule, behind one that disagrees",
        "fixes/steps.py",
        "if any(one.access is not rule.access and may_meet(one, rule) for one in there):",
        "if False:",
        STEPS,
    ),
    planted(
        "overlap: ports don't count",
        "fixes/overlap.py",
        "and mine.destination_ports.meets(theirs.destination_ports)",
        "and mine.destination_ports == theirs.destination_ports",
        STEPS,
    ),
    planted(
        "owner: a name alone claims a rule",
        "fixes/ownership.py",
        "    else:\n        return None\n",
        '    else:\n        told = "intent.x"\n',
        OWNERSHIP,
    ),
    planted(
        "owner: a description alone claims a rule",
        "fixes/ownership.py",
        "if not spec or not rule.name.casefold().startswith(_PREFIX):",
        "if not spec:",
        OWNERSHIP,
    ),
    planted("owner: no spec is every spec", "fixes/ownership.py", "if not spec or not", "if not", OWNERSHIP),
    planted(
        "owner: half a description names an intent",
        "fixes/ownership.py",
        "        if len(rule.description) == _LONGEST:\n            return None\n",
        "",
        OWNERSHIP,
    ),
    planted(
        "owner: a description that Azure refuses",
        "fixes/ownership.py",
        "len(text) <= _LONGEST",
        "len(text) <= _LONGEST + 1",
        OWNERSHIP,
    ),
    planted("owner: a name of 81 characters", "fixes/ownership.py", '- len("-1000")\n', "+ 1\n", OWNERSHIP),
    planted(
        "owner: names of rules by letter case",
        "fixes/ownership.py",
        "while key(name) in taken",
        "while name in taken",
        OWNERSHIP,
    ),
    planted("limits: 1,001 rules", "fixes/limits.py", "RULES = 1000", "RULES = 1001", LIMITS),
    planted("limits: 4,001 prefixes", "fixes/limits.py", "PREFIXES = 4000", "PREFIXES = 4001", LIMITS),
    planted("limits: eleven groups", "fixes/limits.py", "GROUPS = 10\n", "GROUPS = 11\n", LIMITS),
    planted("limits: a tag in a list", "fixes/limits.py", "len(texts) > 1 and any(", "False and any(", LIMITS),
    planted("limits: groups of two VNets", "fixes/limits.py", "if len(vnets) > 1:", "if len(vnets) > 2:", LIMITS),
    planted(
        "limits: one full NSG spoils all fixes",
        "fixes/proposals.py",
        "if number not in left_out]",
        "if not left_out]",
        LIMITS,
    ),
    planted(
        "own: rules of intents that are gone stay", "fixes/made.py", "if address not in declared]:", "if False]:", OWN
    ),
    planted(
        "own: a rule that does more stays", "fixes/made.py", "    if _does_more(", "    if False and _does_more(", OWN
    ),
    planted(
        "own: a rule that does less stays",
        "fixes/made.py",
        "    if any(made.gate in short",
        "    if False and any(made.gate in short",
        OWN,
    ),
    planted(
        "own: rules of disabled intents go",
        "fixes/made.py",
        "if any(address in declared and not _is_decided(prover, address)",
        "if any(address in declared and not declared",
        OWN,
    ),
    planted("own: under --target", "fixes/rounds.py", "if searched.is_whole else []", "if searched else []", OWN),
    planted(
        "own: after an error",
        "fixes/rounds.py",
        "or any(question.problems for question in prover.before.questions.values())",
        "",
        OWN,
    ),
    planted(
        "own: a rule that keeps what was does more",
        "fixes/made.py",
        "ends[0].intersect(ends[1])",
        "ends[0]",
        "tests/plan/test_convergence.py",
    ),
    planted(
        "own: written anew for nothing",
        "fixes/reconcile.py",
        "b for b in batches if b.addresses or",
        "b for b in batches if b or",
        "tests/plan/test_convergence.py",
    ),
    planted("own: what nothing replaces stays", "fixes/reconcile.py", "tied.add(made.deletion)", "pass", OWN),
    planted(
        "own: a rule takes the place of one that has another name",
        "fixes/reconcile.py",
        "replace(new, name=old.name, id=old.id, priority=priority)",
        "replace(new, priority=priority)",
        OWN,
    ),
)
