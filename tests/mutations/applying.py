"""Mistakes in bringing a plan into Azure."""

from __future__ import annotations

from tests.mutations.mutation import planted

APPLIED = "tests/applying/test_applied.py"
BRAKES = "tests/applying/test_brakes.py"
CONVERGES = "tests/applying/test_converges.py"
JOURNAL = "tests/applying/test_journal.py"
KILLED = "tests/applying/test_killed.py"
STALE = "tests/applying/test_stale.py"

MISTAKES = (
    planted(
        "applying: a rule is written before it is in the journal",
        "applying/running.py",
        "            self.journal.begin(number, before, wanted)\n        begun = self.journal.written[number]\n"
        "        seen = self.writer.bring(place, begun.before, begun.wanted)\n",
        "            seen = self.writer.bring(place, before, wanted)\n"
        "            self.journal.begin(number, before, wanted)\n"
        "        begun = self.journal.written[number]\n"
        "        seen = self.writer.bring(place, begun.before, begun.wanted)\n",
        JOURNAL,
    ),
    planted(
        "applying: the journal stays in memory",
        "applying/journal.py",
        "                data = data[os.write(self._handle, data) :]\n            os.fsync(self._handle)",
        "                data = data[os.write(self._handle, data) :]",
        JOURNAL,
    ),
    planted("applying: a journal for everyone", "applying/journal.py", "flags, 0o600)", "flags, 0o644)", JOURNAL),
    planted(
        "applying: a journal of anyone's",
        "applying/journal.py",
        "stat.S_IMODE(told.st_mode) & 0o077)",
        "stat.S_IMODE(told.st_mode) & 0o000)",
        JOURNAL,
    ),
    planted(
        "applying: what the journal wants is not held against the steps",
        "applying/journal.py",
        "or not as_planned(written.wanted, step.after):",
        "or False:",
        JOURNAL,
    ),
    planted(
        "applying: a broken line is passed over",
        "applying/journal.py",
        "        if entry is None and at < len(lines) - 1:",
        "        if False:",
        JOURNAL,
    ),
    planted(
        "applying: the journal of another plan goes on",
        "applying/attempt.py",
        "    if found.plan != report.digest:\n        detail = (",
        "    if False:\n        detail = (",
        JOURNAL,
    ),
    planted(
        "applying: a rule that someone changed is written over",
        "applying/running.py",
        "            if not as_planned(seen.properties, step.before):",
        "            if False:",
        APPLIED,
    ),
    planted(
        "applying: an edit is written over on the way back",
        "applying/running.py",
        "        if not ours and not same(seen.properties, written.before):",
        "        if False:",
        APPLIED,
    ),
    planted(
        "applying: what came back is not compared",
        "applying/writing.py",
        "            if holds(seen.properties, wanted) and not seen.failed:",
        "            if (taken or holds(seen.properties, wanted)) and not seen.failed:",
        APPLIED,
    ),
    planted(
        "applying: a failed change counts as done",
        "applying/writing.py",
        'failed=state != "succeeded")',
        "failed=False)",
        APPLIED,
    ),
    planted(
        "applying: fields that no plan has are dropped",
        "applying/content.py",
        "    return {**kept, **planned(after)}",
        "    return planned(after)",
        APPLIED,
    ),
    planted(
        "applying: undone in the order in which it was done",
        "applying/journal.py",
        "for number in sorted(self.written, reverse=True) if not",
        "for number in sorted(self.written) if not",
        APPLIED,
        KILLED,
    ),
    planted(
        "applying: a refusal leaves what was done",
        "applying/running.py",
        '                return self.back(f"{place.shown}: {error.why}")',
        '                return Passage(Heading.FORWARD, f"{place.shown}: {error.why}")',
        APPLIED,
    ),
    planted(
        "applying: what an earlier run did is not looked at again",
        "applying/running.py",
        "            self._check_kept(number, place, begun)\n",
        "",
        APPLIED,
    ),
    planted(
        "applying: what Azure adds to a rule is an alteration",
        "applying/writing.py",
        "    return modelled(found) == modelled(wanted) and content(wanted) <= content(found)",
        "    return content(wanted) == content(found)",
        APPLIED,
    ),
    planted(
        "applying: a write that was refused may have been done",
        "applying/writing.py",
        "            self._sent = answer.status == 408 or not 400 <= answer.status < 500",
        "            self._sent = True",
        APPLIED,
    ),
    planted(
        "applying: any rule may be written",
        "azure/policies.py",
        'if method not in ("PUT", "DELETE") or path not in self._rules:',
        'if method not in ("PUT", "DELETE"):',
        APPLIED,
    ),
    planted(
        "applying: created over what is there",
        "azure/rules.py",
        'condition = {"If-Match": etag} if etag else {"If-None-Match": "*"}',
        'condition = {"If-Match": etag} if etag else {}',
        APPLIED,
    ),
    planted(
        "applying: everybody's rules are flowspec's",
        "applying/brakes.py",
        "    return rule is not None and maker_of(rule, spec) is not None",
        "    return rule is not None",
        BRAKES,
    ),
    planted(
        "applying: new rules count against the brake",
        "applying/brakes.py",
        "for place, step in firsts.items() if step.before is not None)",
        "for place, step in firsts.items())",
        BRAKES,
    ),
    planted(
        "applying: 30 % is too much already",
        "applying/brakes.py",
        "count > MOST_SHARE * len(nsg.rules):",
        "count >= MOST_SHARE * len(nsg.rules):",
        BRAKES,
    ),
    planted(
        "applying: rules of Azure's services are forced",
        "applying/brakes.py",
        'which writes it again", forced=False)',
        'which writes it again")',
        BRAKES,
    ),
    planted(
        "applying: a lock on the way back is no lock",
        "applying/brakes.py",
        "    return action_of(step) in forbidden or undoing[action_of(step)] in forbidden",
        "    return action_of(step) in forbidden",
        BRAKES,
    ),
    planted(
        "applying: what is taken from a permission still holds",
        "applying/brakes.py",
        '    return has("actions") and not has("notActions")',
        '    return has("actions")',
        BRAKES,
    ),
    planted(
        "applying: a NIC that came since is no change",
        "applying/network.py",
        "    new = {name for name in now.keys() - then.keys() if is_telling(name)}",
        "    new: set[str] = set()",
        STALE,
    ),
    planted(
        "applying: steps that are not the plan's changes",
        "applying/steps.py",
        "    problems = [*_misnamed(report.steps), *_unlike(report)]",
        "    problems = [*_misnamed(report.steps)]",
        STALE,
    ),
    planted(
        "applying: tags of VMs decide nothing",
        "reporting/basis.py",
        '    "Vm": {"power"},',
        '    "Vm": {"power", "tags"},',
        STALE,
    ),
    planted(
        "applying: a wrong answer is left standing",
        "applying/attempt.py",
        "        if found is not None and found.wrong:",
        "        if False:",
        CONVERGES,
    ),
)
