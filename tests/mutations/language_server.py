"""Mistakes in what editors are told."""

from __future__ import annotations

from tests.mutations.mutation import planted

WORK = "tests/language_server/test_work.py"
JSON = "tests/language_server/test_json.py"
EDITOR = "tests/language_server/test_editor.py"

MISTAKES = (
    planted(
        "language server: what is saved counts, not what is open",
        "language_server/folder.py",
        "return self._texts.get(path) or",
        "return self._texts.get(Path()) or",
        EDITOR,
    ),
    planted(
        "language server: columns are characters, whatever the editor counts in",
        "language_server/places.py",
        "self.codec.client_num_units(self.text[start:at])",
        "at - start",
        EDITOR,
    ),
    planted(
        "language server: a name is renamed to one that is taken",
        "language_server/service.py",
        "if new != use.name and taken:",
        "if new == use.name and taken:",
        EDITOR,
    ),
    planted(
        "language server: problems that were mended are still shown",
        "language_server/service.py",
        "if told or file in shown or Path(file) in self.uris:",
        "if told:",
        EDITOR,
    ),
    planted(
        "language server: a selector is said to match what its group does",
        "language_server/hovering.py",
        "self._found_by(spec, group, (select,))",
        "self._found_by(spec, group, group.selects)",
        EDITOR,
    ),
    planted(
        "language server: in JSON what a group leaves out is said to be what it selects",
        "language_server/hovering.py",
        "group.excludes if is_exclude",
        "group.selects if is_exclude",
        JSON,
    ),
    planted(
        "language server: a key of JSON counts as read before its comma",
        "language_server/json_cursor.py",
        "around[-1].in_value = False",
        "around[-1].in_value = True",
        JSON,
    ),
    planted(
        "language server: of a text that changed, what was known by its place is taken",
        "language_server/names.py",
        "if part.is_settled}",
        "}",
        WORK,
    ),
    planted(
        "language server: a spec is read again though nothing changed",
        "language_server/folder.py",
        "if known is None or known[0] != state:\n                known = self._specs[where]",
        "if True:\n                known = self._specs[where]",
        WORK,
    ),
    planted(
        "language server: a completion waits for the network",
        "language_server/service.py",
        "asyncio.wait({reading}, timeout=PATIENCE)",
        "asyncio.wait({reading})",
        WORK,
    ),
)
