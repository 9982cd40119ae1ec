"""Mistakes in what a person reads: what acts on a terminal, and what is said that is not so."""

from __future__ import annotations

from tests.mutations.mutation import planted

TEXT = "tests/views/test_text.py"
JSON = "tests/views/test_json.py"
NAMES = "tests/views/test_names.py"
HOSTILE = "tests/bad_input/test_hostile.py"
DIFF = "tests/cli/test_diff.py"
ANSWERS = "tests/verifiers/test_answers.py"
WORDS = "tests/views/test_words.py"
ANNOTATIONS = "tests/outputs/test_annotations.py"
MARKDOWN = "tests/outputs/test_markdown.py"
SARIF = "tests/outputs/test_sarif.py"
JUNIT = "tests/outputs/test_junit.py"
GATE = "tests/outputs/test_gate.py"
PAGE = "tests/views/test_html.py"
PAIRS = "tests/plan/test_pairs.py"
SET_NAMES = "tests/outputs/test_set_names.py"

MISTAKES = (
    planted(
        "views: control characters as they are", "views/layout.py", "if not text.isprintable():", "if not text:", WORDS
    ),
    planted(
        "views: commands for a CI log as they are",
        "views/layout.py",
        'if "::" in text or "##" in text:',
        "if not text:",
        WORDS,
    ),
    planted(
        "views: only half of a CI command",
        "views/layout.py",
        'if "::" in text or "##" in text:',
        'if "::" in text:',
        WORDS,
    ),
    planted("views: DEL in JSON", "json_escapes.py", 'text.isascii() and "\\x7f" not in text', "text.isascii()", WORDS),
    planted(
        "views: an edited plan believed",
        "views/json.py",
        'if document.get("digest") != digest(document):',
        'if document.get("digest") is None:',
        JSON,
    ),
    planted("views: a newer plan read", "views/json.py", "if int(major) > int(", "if int(major) > 9 + int(", JSON),
    planted(
        "views: what is unknown has no block",
        "views/findings.py",
        "if intent.status is not Status.SATISFIED:",
        "if intent.status in (Status.DRIFTED, Status.ERRORED):",
        TEXT,
    ),
    planted(
        "views: a plan that is not complete does not say so",
        "views/text.py",
        "    if report.incomplete:\n",
        "    if report.incomplete is None:\n",
        TEXT,
    ),
    planted(
        "views: a proof of other flows said to be exact",
        "views/changes.py",
        "return any(sum(moved) == finding.whole or set(moved) - {0} == {finding.whole} for moved in (every, held))",
        "return any(every)",
        WORDS,
    ),
    planted(
        "views: a cut list opens nothing",
        "views/changes.py",
        "if not any(_whole(verb, mine) for mine in sides):",
        "if not any(c.proof.opens or c.proof.closes for c in changes):",
        WORDS,
    ),
    planted(
        "views: unlike sets run into one",
        "views/flows.py",
        "rest = product[:part] + product[part + 1 :]",
        "rest = product[:part]",
        WORDS,
    ),
    planted(
        "views: one end of a flow for the other",
        "views/flows.py",
        "= (remote, local) if inbound else (local, remote)",
        "= (local, remote) if inbound else (remote, local)",
        WORDS,
        TEXT,
    ),
    planted(
        "views: what all protocols lack is not told whole",
        "views/flows.py",
        'for protocol in sorted({"TCP", "UDP"} - whole)}',
        'for protocol in sorted({"TCP", "UDP"} - whole)[:1]}',
        WORDS,
    ),
    planted(
        "views: a change is told without its note",
        "views/changes.py",
        "(fix_phrase(change, names), more, visible(change.note))",
        "(fix_phrase(change, names), more)",
        WORDS,
    ),
    planted(
        "views: all but nothing is a name",
        "reporting/set_names.py",
        "        if left_out := self.universe.subtract(addresses):\n",
        "        left_out = self.universe.subtract(addresses)\n        if True:\n",
        SET_NAMES,
    ),
    planted(
        "views: an IPv6 prefix of 32 bits as an address",
        "views/flows.py",
        '("128" if ":" in address else "32")',
        '"32"',
        WORDS,
    ),
    planted(
        "views: a cut list said to be whole",
        "views/blocks.py",
        "        if not truncated:\n            return text\n",
        "        if text:\n            return text\n",
        TEXT,
        WORDS,
    ),
    planted(
        "views: two NSGs of one name", "views/names.py", "if len(distinct) > 1}", "if len(distinct) > 2}", NAMES, TEXT
    ),
    planted(
        "views: a disagreement the wrong way round",
        "views/live.py",
        'if probe.direction == "Inbound" else',
        'if probe.direction == "Outbound" else',
        WORDS,
        ANSWERS,
    ),
    planted(
        "views: a diff that is not complete does not say so",
        "views/diff.py",
        "        if self._diff.complete:\n",
        "        if self._diff is not None:\n",
        f"{DIFF}::test_what_could_not_be_read",
    ),
    planted(
        "views: what may open said to close",
        "views/diff.py",
        'may = "open" if',
        'may = "close" if',
        WORDS,
        DIFF,
    ),
    planted(
        "views: a comma ends a property of an annotation",
        "views/github.py",
        '.replace(":", "%3A").replace(",", "%2C")',
        '.replace(":", "%3A")',
        ANNOTATIONS,
    ),
    planted(
        "views: commands are heard in the report",
        "views/github.py",
        "hashlib.sha256(told.encode())",
        "hashlib.sha256(b'')",
        ANNOTATIONS,
    ),
    planted(
        "views: more annotations than are shown, and not a word of it",
        "views/ci_log.py",
        "if len(alerts) <= most:",
        "if True:",
        ANNOTATIONS,
    ),
    planted(
        "views: a bracket ends an issue of Azure Pipelines",
        "views/azure_devops.py",
        '(*_DATA, ("]", "%5D"), (";", "%3B"))',
        "_DATA",
        ANNOTATIONS,
    ),
    planted(
        "views: a code span that a name ends",
        "views/markdown.py",
        'fence = "`" * (_ticks(told) + 1)',
        'fence = "`"',
        MARKDOWN,
    ),
    planted(
        "views: a block of code that a name ends",
        "views/markdown.py",
        'fence = "`" * max(3, _ticks("\\n".join(lines)) + 1)',
        'fence = "`" * 3',
        MARKDOWN,
    ),
    planted(
        "views: quiet though not all was judged",
        "views/markdown.py",
        "and not report.incomplete and _passes(report.gate):",
        "and _passes(report.gate):",
        MARKDOWN,
    ),
    planted(
        "views: a comment leaves things out and does not say so",
        "views/markdown.py",
        "(len(alerts) - len(briefs), ",
        "(0, ",
        MARKDOWN,
    ),
    planted(
        "views: an alert at the intent, where nobody changed a line",
        "views/sarif.py",
        "(in_repository(spot.where, style) if spot else None) or wanted",
        "wanted",
        SARIF,
    ),
    planted(
        "views: a fingerprint that a line moves",
        "views/sarif.py",
        "parts = (alert.rule, *spot.key) if spot else alert.key",
        "parts = (alert.rule, spot.where.file, str(spot.where.line)) if spot else alert.key",
        SARIF,
    ),
    planted(
        "views: a name makes a link of SARIF's",
        "views/sarif.py",
        'if "](" in text else text',
        'if "](" not in text else text',
        SARIF,
    ),
    planted(
        "views: what is unknown passes in JUnit",
        "views/junit.py",
        "if intent.status is Status.SATISFIED:",
        "if intent.status in (Status.SATISFIED, Status.UNKNOWN):",
        JUNIT,
    ),
    planted(
        "views: a gate that fails is silent in the annotations",
        "views/plan_alerts.py",
        "if not brake.passes",
        "if brake.passes",
        GATE,
    ),
    planted(
        "views: what was so before the change is an error of the change",
        "views/alert.py",
        'return "info" if alert.is_known else alert.level',
        "return alert.level",
        GATE,
    ),
    planted(
        "views: what opens against the gate is a note",
        "views/diff_alerts.py",
        'opens = gate.opens if "no-new-access" in stopped else ()',
        "opens: tuple[int, ...] = ()",
        GATE,
    ),
    planted(
        "views: an annotation at a file that the repository does not have",
        "views/in_repository.py",
        "if style.tracked is not None and inside not in style.tracked:",
        "if style.tracked is None:",
        ANNOTATIONS,
    ),
    planted(
        "page: markup in the data",
        "views/html.py",
        'return re.sub("[<>&]", lambda found: _ACTING[found[0]], data)',
        "return data",
        PAGE,
    ),
    planted(
        "page: any script may run",
        "views/html.py",
        "script-src '{_digest(script)}'\"",
        "script-src 'unsafe-inline'\"",
        PAGE,
    ),
    planted(
        "page: words as markup",
        "views/page/dom.js",
        "document.createTextNode(String(child))",
        "document.createRange().createContextualFragment(String(child))",
        PAGE,
    ),
    planted(
        "pairs: one side passes, so all do",
        "reporting/pairs.py",
        "if passing and _is_one_sided(judgement.question):",
        "if False:",
        PAIRS,
    ),
    planted(
        "pairs: shared addresses are told apart",
        "reporting/pairs.py",
        "None if several or here.meets(self.network.ambiguous) else here",
        "None if several else here",
        PAIRS,
    ),
    planted(
        "pairs: nobody without an address may be of a group",
        "reporting/pairs.py",
        " or self._may_hold_others(members)",
        "",
        PAIRS,
    ),
    planted(
        "views: the caret counts characters, not columns",
        "views/excerpt.py",
        "2 if east_asian_width(one) in",
        "1 if east_asian_width(one) in",
        "tests/views/test_excerpt.py",
    ),
    planted(
        "views: the caret stands where the text was before its escapes",
        "views/excerpt.py",
        "_columns(visible(before + after))",
        "_columns(before + after)",
        "tests/views/test_excerpt.py",
    ),
)
