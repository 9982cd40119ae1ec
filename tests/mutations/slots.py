"""Mistakes in where suggested rules are put, in which order that is done, and in whose they are."""

from __future__ import annotations

from tests.mutations.mutation import planted

SLOTS = "tests/plan/test_slots.py"
OWNERSHIP = "tests/plan/test_ownership.py"
STEPS = "tests/plan/test_steps.py"

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
    planted("owner: a name of 81 characters", "fixes/ownership.py", '- len("-1000")].', "+ 1].", OWNERSHIP),
    planted(
        "owner: names of rules by letter case",
        "fixes/ownership.py",
        "while key(name) in taken",
        "while name in taken",
        OWNERSHIP,
    ),
)
