"""Mistakes in the gate: each would let a change pass that must not, or stop one that may."""

from __future__ import annotations

from tests.mutations.mutation import planted

INTENTS = "tests/gating/test_intents.py"
ACCESS = "tests/gating/test_access.py"
BASELINE = "tests/gating/test_baseline.py"
EXCEPTIONS = "tests/gating/test_exceptions.py"
SPEC_REF = "tests/gating/test_spec_ref.py"

MISTAKES = (
    planted(
        "gate: an intent that failed before may fail for more",
        "gating/failing.py",
        "    is_known = not drift and not doubts and ",
        "    is_known = ",
        INTENTS,
    ),
    planted(
        "gate: doubt that is new is known",
        "gating/failing.py",
        '        if left or (known is None and not places.get("")):\n',
        "        if left and known is not None:\n",
        INTENTS,
    ),
    planted(
        "gate: flows in doubt for another reason are known",
        "gating/failing.py",
        "        known = was.unknown.get(reason)\n",
        "        known = next(iter(was.unknown.values()), None)\n",
        INTENTS,
    ),
    planted(
        "gate: what was in doubt may drift",
        "gating/failing.py",
        "    drift = _beyond(after.drift, [was.drift])\n",
        "    drift = _beyond(after.drift, [was.drift, *was.unknown.values()])\n",
        INTENTS,
    ),
    planted(
        "gate: an address is the same in every VNet",
        "gating/failing.py",
        "        for where, addresses in _holders(check, judgement.question) if wrong else ():\n",
        "        for where, addresses in ():\n",
        INTENTS,
    ),
    planted(
        "gate: addresses that are not known are numbered anew",
        "gating/gate.py",
        "case.targets, case.shard, numbers=numbers)",
        "case.targets, case.shard, numbers={of: -1 - n for of, n in numbers.items()})",
        INTENTS,
    ),
    planted(
        "gate: every severity counts",
        "gating/gate.py",
        "in (Standing.NEW, Standing.WORSE) and of.severity.value in counted,",
        "in (Standing.NEW, Standing.WORSE),",
        INTENTS,
    ),
    planted(
        "gate: an intent that is worse does not count",
        "gating/gate.py",
        "fails=found.standing in (Standing.NEW, Standing.WORSE) and",
        "fails=found.standing is Standing.NEW and",
        INTENTS,
    ),
    planted(
        "gate: what may open passes",
        "gating/access.py",
        '        cause.effect is Effect.UNKNOWN and cause.before != "Allow" and cause.after != "Deny"\n',
        '        cause.effect is Effect.UNKNOWN and cause.before == "Allow" and cause.after != "Deny"\n',
        ACCESS,
    ),
    planted(
        "gate: what closes for certain may open",
        "gating/access.py",
        '        cause.effect is Effect.UNKNOWN and cause.before != "Allow" and cause.after != "Deny"\n',
        "        cause.effect is Effect.UNKNOWN\n",
        ACCESS,
    ),
    planted(
        "gate: a new NIC is no new access",
        "gating/access.py",
        "    reasons = [*_flows(diff), *_newcomers(diff), ",
        "    reasons = [*_flows(diff), ",
        ACCESS,
    ),
    planted(
        "gate: a new NIC opens only what its subnet did not permit",
        "gating/gate.py",
        "difference(old, new, newcomers=True)",
        "difference(old, new)",
        ACCESS,
    ),
    planted(
        "gate: what two other documents leave open is as it was",
        "gating/access.py",
        'return gap.side == "both" and bool(here) and here <= there',
        'return gap.side == "both"',
        ACCESS,
    ),
    planted(
        "gate: what is not known of one network can't open",
        "gating/access.py",
        "return (gap for gap in diff.unread if not _is_same(diff, gap))",
        'return (gap for gap in diff.unread if gap.side == "old")',
        ACCESS,
    ),
    planted(
        "cli: a gate that fails exits as wished",
        "cli/planning.py",
        "return Code.AS_WISHED if report.gate.passes else Code.DIFFERENT",
        "return Code.AS_WISHED",
        INTENTS,
    ),
    planted(
        "cli: a diff whose gate fails exits as wished",
        "cli/differing.py",
        "return found.gate.passes if found.gate is not None else found.is_empty",
        "return found.gate is not None or found.is_empty",
        ACCESS,
    ),
    planted(
        "cli: a shard has a gate",
        "cli/gates.py",
        "        if (self.asked or self.write_baseline) and shard is not None:\n",
        "        if (self.asked or self.write_baseline) and shard == (0, 0):\n",
        INTENTS,
    ),
    planted(
        "gate: an intent that expects otherwise is the same one",
        "gating/failing.py",
        "    was = before if before is not None and before.expect == after.expect else None\n",
        "    was = before\n",
        BASELINE,
    ),
    planted(
        "gate: what can't be compared is known",
        "gating/failing.py",
        "    if not (after.is_exact and was.is_exact):\n",
        "    if not after.is_exact:\n",
        BASELINE,
    ),
    planted(
        "gate: a baseline that can't be read is empty",
        "gating/baseline.py",
        "            if span is None:\n                raise _Unfit(text)\n",
        "",
        BASELINE,
    ),
    planted(
        "gate: addresses without a number are left out of a baseline",
        "gating/baseline.py",
        "return (*prefix_texts(addresses), *sorted(name for place, name in names.items() if place in addresses))",
        "return tuple(prefix_texts(addresses))",
        BASELINE,
    ),
    planted(
        "gate: an exception past its day does not count",
        "model/documents/plan.py",
        "if note.days < 0 and not",
        "if note.days < -99 and not",
        EXCEPTIONS,
    ),
    planted(
        "gate: no warning before an exception ends",
        "reporting/notes.py",
        "        elif days <= WARNED:\n",
        "        elif days < 0:\n",
        EXCEPTIONS,
    ),
    planted(
        "spec-ref: the working tree's files are read",
        "spec/__init__.py",
        "files = SpecFiles() if revision is None else RevisionFiles(revision)",
        "files = SpecFiles()",
        SPEC_REF,
    ),
    planted(
        "spec-ref: a variable file is read from the working tree",
        "spec/variables.py",
        "elif source := files.read(Path(path), document.problems):",
        "elif source := SpecFiles().read(Path(path), document.problems):",
        SPEC_REF,
    ),
    planted(
        "spec-ref: the baseline is read from the working tree",
        "cli/gates.py",
        "data = read_bytes(path) if revision is None else revision.read(path)",
        "data = read_bytes(path)",
        SPEC_REF,
    ),
    planted(
        "spec-ref: a name that means two things is taken",
        "revision.py",
        '        if b"ambiguous" in done.stderr:\n',
        '        if b"ambiguous" in done.stdout:\n',
        SPEC_REF,
    ),
    planted(
        "spec-ref: a link of the change is followed",
        "revision.py",
        "whole = Path(os.path.normpath(self._folder / path))",
        "whole = Path(os.path.realpath(self._folder / path))",
        SPEC_REF,
    ),
    planted("spec-ref: replaced objects are taken", "revision.py", '"GIT_NO_REPLACE_OBJECTS": "1", ', "", SPEC_REF),
)
