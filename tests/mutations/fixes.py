"""Mistakes in the search for fixes and in their proofs."""

from __future__ import annotations

from tests.mutations.mutation import planted

BY_HAND = "tests/plan/test_fixes.py"
PROOFS = "tests/plan/test_proofs.py"
CONVERGENCE = "tests/plan/test_convergence.py"
TOGETHER = "tests/plan/test_together.py"

MISTAKES = (
    planted(
        "fixes: of what intents ask for, what drifts never shares a rule",
        "fixes/choose.py",
        "best = self._narrowly(start.state, self._pruned(start.state, best))",
        "best = self._pruned(start.state, best)",
        "tests/plan/test_minimal.py",
    ),
    planted(
        "fixes: a batch stays though another one mends its intents",
        "fixes/search.py",
        "return self._without_spare(found)",
        "return found",
        "tests/plan/test_minimal.py",
    ),
    planted(
        "fixes: a batch goes though another one mends only a part",
        "fixes/search.py",
        "return known and not _leaves_more(spare.addresses, spare.effect, judged, self.prover.before)",
        "return known",
        "tests/plan/test_convergence.py",
        "tests/plan/test_minimal.py",
    ),
    planted(
        "fixes: a new rule is said to be for all whose decider changed",
        "fixes/choose.py",
        "*(moved if edit.before else served)",
        "*moved",
        "tests/plan/test_convergence.py",
    ),
    planted(
        "fixes: what nobody asks for may open",
        "fixes/bench.py",
        "self.asked.beside(moved.opens, Access.ALLOW, self.gate)",
        "False",
        PROOFS,
        BY_HAND,
    ),
    planted(
        "fixes: what nobody asks for may close",
        "fixes/bench.py",
        "or self.asked.beside(moved.closes, Access.DENY, self.gate)",
        "",
        BY_HAND,
    ),
    planted(
        "fixes: a rule is deleted for what another NSG stops now",
        "fixes/bench.py",
        "by_itself=any(edit.before is not None for edit in more)",
        "by_itself=False",
        "tests/plan/test_words.py",
    ),
    planted(
        "fixes: free addresses are opened though an intent wants them closed",
        "fixes/wishes.py",
        "found = nobody.union(refused)",
        "found = nobody",
        "tests/plan/test_words.py",
    ),
    planted(
        "fixes: partial help is said to mend",
        "reporting/plan.py",
        "return batch.effect.judged[address].status is Status.SATISFIED",
        "return True",
        "tests/plan/test_words.py",
    ),
    planted(
        "fixes: another intent may be broken", "fixes/wishes.py", "        if harmed:\n", "        if False:\n", BY_HAND
    ),
    planted(
        "fixes: what a change makes possible is not looked for",
        "fixes/rounds.py",
        "if not found.suggestions.gave_up or",
        "if found or",
        CONVERGENCE,
    ),
    planted(
        "fixes: a rule is widened where a new one changes as few",
        "fixes/choose.py",
        "least > len(path.state.edits) + 1",
        "least > len(path.state.edits)",
        "tests/plan/test_limits.py",
    ),
    planted(
        "fixes: a rule is never widened",
        "fixes/choose.py",
        "found += self._widenings(path, want)",
        "pass",
        "tests/plan/test_limits.py",
    ),
    planted(
        "fixes: what is left is never listed",
        "fixes/candidates.py",
        "return min(_REST, len(prefix_texts(taken)))",
        "return 0 * len(prefix_texts(taken))",
        "tests/plan/test_words.py",
    ),
    planted(
        "fixes: what another NSG may stop is opened",
        "fixes/goals.py",
        "if beside is not layer)",
        "if beside is layer)",
        BY_HAND,
        CONVERGENCE,
    ),
    planted(
        "fixes: those of two intents are not proved together",
        "fixes/search.py",
        "return not Trial({}, judged).worse(",
        "return bool(judged) or not Trial({}, judged).worse(",
        TOGETHER,
    ),
    planted(
        "fixes: what two intents share is not proved together",
        "fixes/search.py",
        "if count > 1}",
        "if count > 2}",
        TOGETHER,
    ),
    planted(
        "fixes: what an edit undone leaves is not looked at",
        "fixes/bench.py",
        "changed ^ state.changed",
        "changed - state.changed",
        "tests/plan/test_kept_proofs.py",
    ),
    planted(
        "fixes: a few flows are of another question's answers",
        "intents/judge.py",
        "return replace(self, _known={}, _verdicts={})",
        "return self",
        "tests/plan/test_kept_proofs.py",
    ),
    planted(
        "fixes: a Deny comes before what is kept from it",
        "fixes/search.py",
        "return edit.rule.access is Access.DENY",
        "return edit.rule.access is Access.ALLOW",
        BY_HAND,
    ),
    planted(
        "fixes: new drift of an intent that drifts already is no harm",
        "fixes/prove.py",
        "return bool(after.drift.subtract(before.drift))",
        "return False",
        PROOFS,
    ),
    planted(
        "fixes: a status that gets worse is no harm",
        "fixes/prove.py",
        "return _WORSE[after.status] > _WORSE[before.status]",
        "return _WORSE[after.status] > 2",
        PROOFS,
    ),
    planted(
        "fixes: what was denied and is no longer known does not open",
        "fixes/prove.py",
        ".union(now.unknown().intersect(then.denied()))",
        "",
        PROOFS,
    ),
    planted(
        "fixes: what was permitted and is no longer known does not close",
        "fixes/prove.py",
        ".union(now.unknown().intersect(then.allowed()))",
        "",
        PROOFS,
    ),
    planted(
        "fixes: a shattered intent is not compared flow by flow",
        "fixes/prove.py",
        "        return _drifts_more(before, after)\n",
        "        return False\n",
        TOGETHER,
    ),
    planted(
        "fixes: a Deny at the source though the destination can take it",
        "fixes/goals.py",
        "if there < here and whole",
        "if whole",
        BY_HAND,
    ),
    planted(
        "fixes: a part of a tag spelt out",
        "fixes/wording.py",
        "and addresses.meets(self._tags_of(name)):",
        "and not addresses:",
        BY_HAND,
    ),
    planted(
        "fixes: an application security group of another VNet named",
        "fixes/wording.py",
        "if asgs and all(vnet_part(e.subnet) == self.vnet for e in members.endpoints):",
        "if asgs:",
        BY_HAND,
    ),
    planted(
        "fixes: a rule of one protocol for what is of another",
        "fixes/drafts.py",
        "SPELLINGS[Protocol(self.protocols.spans[0][0])]",
        "SPELLINGS[Protocol.TCP]",
        PROOFS,
    ),
    planted(
        "fixes: flows that are no longer known are no harm",
        "fixes/prove.py",
        " or bool(_undecided(after).subtract(_not_as_wished(before)))",
        "",
        "tests/plan/test_proofs.py",
    ),
)
