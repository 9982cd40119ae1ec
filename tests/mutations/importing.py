"""Mistakes in import: each would claim what does not pass, lose what does, or let a name break out."""

from __future__ import annotations

from tests.mutations.mutation import planted

IMPORTING = "tests/importing/test_importing.py"

MISTAKES = (
    planted(
        "importing: what may pass is stated as passing",
        "importing/statements.py",
        "brief(reason for reason, _ in found)",
        "()",
        f"{IMPORTING}::test_what_is_not_known_is_said_and_not_claimed",
    ),
    planted(
        "importing: the last of the blocks is lost",
        "importing/bundles.py",
        "        return list(self._needed(chosen))\n",
        "        return list(self._needed(chosen))[:-1]\n",
        IMPORTING,
    ),
    planted(
        "importing: a group may hold more than passes",
        "importing/naming.py",
        "if mask and not mask & ~allowed]",
        "if mask]",
        IMPORTING,
    ),
    planted(
        "importing: a name is taken as it comes",
        "importing/writing.py",
        'return value.replace("${", "$${")',
        'return value.replace("$[", "$${")',
        f"{IMPORTING}::test_names_of_anyone_stay_names",
    ),
    planted(
        "importing: what a source calls sensitive is written",
        "importing/known_groups.py",
        "if is_open(found[1], secrets)}",
        "if found}",
        f"{IMPORTING}::test_what_has_a_name_beside_a_sensitive_one_is_written_by_it",
    ),
    planted(
        "importing: a boundary that does not hold stays",
        "importing/importing.py",
        "        if len(held) < len(borders):\n",
        "        if len(held) > len(borders):\n",
        f"{IMPORTING}::test_the_examples",
    ),
    planted(
        "importing: a boundary that does not hold is left out without a word",
        "importing/importing.py",
        "            unheld += [",
        "            [",
        f"{IMPORTING}::test_a_boundary_that_does_not_hold_is_told",
    ),
    planted(
        "importing: nobody is asked about frontends alone",
        "importing/passing.py",
        "[(none, none), (lots, lots)]",
        "[(lots, lots)]",
        f"{IMPORTING}::test_frontends_asked_in_pieces_come_to_the_same",
    ),
    planted(
        "importing: half of the NICs are not asked about",
        "importing/passing.py",
        "return [lots[:middle], lots[middle:]]",
        "return [lots[:middle], lots[:middle]]",
        f"{IMPORTING}::test_frontends_asked_in_pieces_come_to_the_same",
    ),
)
