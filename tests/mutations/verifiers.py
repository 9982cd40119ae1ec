"""Mistakes in holding predictions to Azure's answers, and in what is told of the talk with it."""

from __future__ import annotations

from tests.mutations.mutation import planted

ANSWERS = "tests/verifiers/test_answers.py"
ASKABLE = "tests/verifiers/test_askable.py"
EXECUTOR = "tests/verifiers/test_executor.py"
MEMORY = "tests/verifiers/test_memory.py"
BRAKES = "tests/verifiers/test_brakes.py"
TWIN = "tests/azure/test_twin.py"
GATE = "tests/azure/test_gate.py"
DRILLS = "tests/azure/test_drills.py"
CLIENT = "tests/azure/test_client.py"

MISTAKES = (
    planted(
        "verifiers: no answer agrees",
        "verifiers/live.py",
        'return None if predicted == "Unknown" or not answer.access else',
        "return True if not answer.access else",
        ANSWERS,
    ),
    planted(
        "verifiers: a disagreement is kept",
        "verifiers/live.py",
        "if answer.access and agrees(self._predicted[ask], answer) is not False:",
        "if answer.access:",
        BRAKES,
    ),
    planted(
        "verifiers: a kept disagreement is told",
        "verifiers/live.py",
        "if kept is not None and agrees(self._predicted[ask], kept.answer) is not False:",
        "if kept is not None:",
        BRAKES,
    ),
    planted(
        "verifiers: one call over the budget",
        "verifiers/live.py",
        "if len(asks) > asking.max_calls:",
        "if len(asks) > asking.max_calls + 1:",
        BRAKES,
    ),
    planted(
        "verifiers: a gate that verified nothing passes",
        "cli/live.py",
        'if is_empty and told.mode == "live":',
        "if is_empty and told.mode is None:",
        GATE,
    ),
    planted(
        "verifiers: an answer that was due and did not come passes",
        "cli/live.py",
        "if is_empty or told.disagreements or told.unanswered",
        "if is_empty or told.disagreements",
        GATE,
    ),
    planted(
        "verifiers: a disagreement passes",
        "cli/live.py",
        "if is_empty or told.disagreements or told.unanswered",
        "if is_empty or told.unanswered",
        "tests/azure/test_cli_live.py::test_a_disagreement_is_exit_code_2_and_all_of_it_is_told",
    ),
    planted(
        "verifiers: a kept answer of another policy",
        "verifiers/live.py",
        'probe.live.policy if probe.live else ""',
        '""',
        ANSWERS,
    ),
    planted(
        "verifiers: a kept answer of another endpoint",
        "verifiers/live.py",
        "parts = (address, ",
        'parts = ("", ',
        TWIN + "::test_a_kept_answer_is_of_one_endpoint",
    ),
    planted(
        "verifiers: an answer from the future",
        "verifiers/memory.py",
        "0 <= self.now - found[1].at <= self.max_age",
        "self.now - found[1].at <= self.max_age",
        MEMORY,
    ),
    planted(
        "verifiers: a changed line believed",
        "verifiers/memory.py",
        "if int(check, 16) != zlib.crc32(body):",
        "if not check:",
        MEMORY,
    ),
    planted(
        "verifiers: answers written through a link",
        "verifiers/memory.py",
        'getattr(os, "O_NOFOLLOW", 0)',
        "0",
        MEMORY,
    ),
    planted(
        "verifiers: a newer file written to",
        "verifiers/memory.py",
        "        if not self._usable:\n",
        "        if self._usable is None:\n",
        MEMORY,
    ),
    planted(
        "verifiers: a late answer told",
        "verifiers/executor.py",
        "if not self._stop.is_set() and ask not in self._answers:",
        "if ask not in self._answers:",
        EXECUTOR,
    ),
    planted(
        "verifiers: a refusal repeated for each NIC",
        "verifiers/executor.py",
        "if answer is not None and answer.refused:",
        "if answer is None:",
        EXECUTOR,
    ),
    planted(
        "verifiers: one call too many at once",
        "verifiers/gate.py",
        "self._busy < self._limit:",
        "self._busy <= self._limit:",
        BRAKES,
    ),
    planted(
        "verifiers: a 429 changes nothing",
        "verifiers/gate.py",
        "max(1, self._limit // 2)",
        "max(1, self._limit)",
        BRAKES,
    ),
    planted(
        "verifiers: a machine that is stopped is asked",
        "verifiers/askable.py",
        'vm.power not in (None, "running")',
        'vm.power not in (None, "running", "deallocated")',
        ASKABLE,
    ),
    planted(
        "verifiers: regions by letter case",
        "verifiers/askable.py",
        '.replace(" ", "").casefold()',
        '.replace(" ", "")',
        ASKABLE,
    ),
    planted(
        "verifiers: the watcher of another subscription",
        "verifiers/askable.py",
        "self._watchers.get((key(subscription), region(location)))",
        "next(iter(self._watchers.values()), None)",
        ASKABLE,
    ),
    planted(
        "verifiers: doubt not in the fingerprint of a policy",
        "verifiers/fingerprint.py",
        "\\0{rule}\\0{doubts}",
        "\\0{rule}",
        BRAKES,
    ),
    planted(
        "verifiers: what differs is not asked again",
        "verifiers/both.py",
        "if not differing or ",
        "if differing or ",
        ANSWERS,
    ),
    planted(
        "verifiers: unknown counts as agreed",
        "verifiers/record.py",
        "sum(agrees(probe.predicted, answer) is True",
        "sum(agrees(probe.predicted, answer) is not False",
        BRAKES,
    ),
    planted(
        "verifiers: NICs inferred from an answer that differs",
        "verifiers/record.py",
        "if p.live and agrees(p.predicted, a) is not False)",
        "if p.live)",
        BRAKES,
    ),
    planted(
        "verifiers: a token in a message",
        "azure/redact.py",
        're.compile(r"eyJ[',
        're.compile(r"eyK[',
        BRAKES,
    ),
    planted(
        "verifiers: a signature in a URL",
        "azure/redact.py",
        "value if name.casefold() in _SHOWN else HIDDEN",
        "value",
        CLIENT,
    ),
    planted(
        "verifiers: a secret of the environment shown",
        "azure/redact.py",
        "            text = text.replace(form, HIDDEN)\n",
        "            text = text.replace(form, form)\n",
        DRILLS,
    ),
    planted(
        "verifiers: a key in a snapshot",
        "azure/redact.py",
        "if named and isinstance(inner, str) and _SECRET_MEMBER.search(name)",
        "if not named and isinstance(inner, str) and _SECRET_MEMBER.search(name)",
        DRILLS,
    ),
    planted(
        "verifiers: a password in a URL",
        "azure/redact.py",
        'parts.netloc.rpartition("@")[2]',
        "parts.netloc",
        CLIENT,
    ),
)
