"""Planted mistakes in how Terraform's documents are read."""

from __future__ import annotations

from tests.mutations.mutation import planted

UNKNOWNS = "tests/terraform/test_unknowns.py"
PLANS = "tests/terraform/test_plans.py"
CONVERTED = "tests/terraform/test_converted.py"
CODE = "tests/terraform/test_code.py"

MISTAKES = (
    planted(
        "terraform: a rule of its own that can't be placed is left out",
        "sources/network.py",
        "    elif back is not None:\n        into.unknown_after_apply",
        "    elif False:\n        into.unknown_after_apply",
        UNKNOWNS,
    ),
    planted(
        "terraform: what is known after apply is absent",
        "terraform/instances.py",
        'return unknown(f"known after apply: {address}")',
        "return None",
        UNKNOWNS,
    ),
    planted(
        "terraform: one of several candidates is taken for sure",
        "terraform/meaning.py",
        "if len(self.ids) == 1 and not self.open else None",
        "if self.ids else None",
        UNKNOWNS,
    ),
    planted(
        "terraform: a local refers to nothing",
        "terraform/world.py",
        "search.open = search.open or told is None",
        "search.open = search.open",
        UNKNOWNS,
    ),
    planted(
        "terraform: pairs by key where the code says otherwise",
        "terraform/world.py",
        "counterparts and scope.by_key is not False",
        "counterparts",
        CODE,
    ),
    planted(
        "terraform: dynamic blocks are overlooked",
        "terraform/code.py",
        'dynamic |= {name} if kind == "dynamic" else set()',
        "dynamic |= set()",
        CODE,
    ),
    planted(
        "terraform: a deleted rule stays in the refreshed list",
        "sources/terraform.py",
        "frozenset(earlier.ids(configuration, below) - later.ids(configuration, below))",
        "frozenset[str]()",
        PLANS,
    ),
    planted(
        "terraform: what is forgotten is gone",
        "terraform/reading.py",
        "        return old, old\n",
        "        return old, None\n",
        PLANS,
    ),
    planted(
        "terraform: what a plan leaves as it is replaces what is live",
        "sources/moments.py",
        "if old is None or at in replaced:",
        "if True:",
        PLANS,
    ),
    planted(
        "terraform: a group holds for the first ip-configuration only",
        "sources/merge.py",
        "if one.config is None or config.name.lower() == one.config.lower():",
        "if one.config is not None or config is nic.ip_configurations[0]:",
        CONVERTED,
    ),
    planted(
        "terraform: an errored plan is read",
        "sources/terraform.py",
        'if document.member("errored") is True:',
        'if document.member("errored") == "yes":',
        PLANS,
    ),
    planted(
        "terraform: a sensitive prefix is shown by its neighbours",
        "reporting/sensitive.py",
        "return inside or span[0] in self.borders or span[1] + 1 in self.borders",
        "return inside",
        "tests/terraform/test_sensitive.py",
    ),
)
