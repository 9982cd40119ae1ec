"""Mistakes in what ARM templates come to, and in snapshots of what was read."""

from __future__ import annotations

from tests.mutations.mutation import planted

TEMPLATES = "tests/arm/test_templates.py"
EXPRESSIONS = "tests/arm/test_expressions.py"
LINKED = "tests/arm/test_linked.py"

MISTAKES = (
    planted(
        "arm: what stands inside a resource that is not deployed is not either",
        "arm/template.py",
        "yield from inside  # a condition",
        "yield from ()  # a condition",
        TEMPLATES,
    ),
    planted(
        "arm: an address that Azure chooses is believed",
        "arm/documents.py",
        'method.casefold() == "static"',
        'method.casefold() != ""',
        TEMPLATES,
    ),
    planted(
        "arm: what may be deployed is deployed",
        "arm/template.py",
        'unsure = unsure or f"whether it is deployed is not known: {wanted.why}"',
        'unsure = unsure or ""',
        TEMPLATES,
    ),
    planted(
        "arm: a condition that is not known takes the first value",
        "arm/evaluate.py",
        "return condition.of(",
        "return both[0] or condition.of(",
        EXPRESSIONS,
    ),
    planted(
        "arm: of two deployments the later in the file counts",
        "arm/documents.py",
        "return other[0], replace(other[1], unsure=TWICE)",
        "return other",
        TEMPLATES,
    ),
    planted(
        "arm: a linked template holds nothing",
        "sources/templates.py",
        'into.unread.append(f"the linked template of the deployment {one.name}")',
        "pass",
        TEMPLATES,
    ),
    planted(
        "arm: a rule that has no place is left out",
        "sources/templates.py",
        "into.unknown_after_apply[key(owner)] = (",
        "_ = (",
        TEMPLATES,
    ),
    planted(
        "arm: secure values are looked at",
        "arm/sections.py",
        'SECURE = ("securestring", "secureobject")',
        "SECURE = ()",
        EXPRESSIONS,
    ),
    planted(
        "arm: names of which a part is not known are different",
        "arm/values.py",
        "return _pattern(partial).fullmatch(text) is not None",
        "return False",
        EXPRESSIONS,
    ),
    planted(
        "arm: a linked template is read from anywhere",
        "sources/linked.py",
        "if not real.is_relative_to(self._folder):",
        "if False:",
        LINKED,
    ),
    planted(
        "arm: what lies at a uri is read from here",
        "arm/template.py",
        'for name in ("uri", "id") if isinstance(told, dict) else ():',
        "for name in ():",
        LINKED,
    ),
    planted(
        "arm: parameters that are not read have their defaults",
        "arm/template.py",
        "    if back is not None:\n        declared = member(template",
        "    if False:\n        declared = member(template",
        LINKED,
    ),
    planted(
        "arm: what a linked template says is no source",
        "sources/linked.py",
        "self._into.beside += (",
        "_ = (",
        LINKED,
    ),
    planted(
        "arm: what the deployment leaves out stays as it is",
        "sources/merge.py",
        "written_anew(above, below) if anew & into.fresh else fill",
        "fill(above, below) if anew & into.fresh else fill",
        TEMPLATES,
    ),
    planted(
        "arm: what nobody knows is as an earlier source has it",
        "sources/contribution.py",
        " | {one.field for one in lacks if not is_absent(one)}",
        "",
        TEMPLATES,
    ),
    planted(
        "arm: a subnet of which nothing is known is as it was",
        "sources/contribution.py",
        'not value.known and lack(value, "known") is None:',
        "not value.known:",
        TEMPLATES,
    ),
    planted(
        "arm: subnets of a VNet whose list is not known stay",
        "sources/merge.py",
        "    doubt_listed_subnets(base, into)\n",
        "",
        TEMPLATES,
    ),
    planted(
        "arm: a name that is not known is that of nobody",
        "sources/templates.py",
        "    doubt_meant(into)\n",
        "",
        TEMPLATES,
    ),
    planted(
        "arm: a child comes after its parent by itself",
        "arm/documents.py",
        "early = owner is not None and not comes_after(instance, owner[0])",
        "early = False",
        TEMPLATES,
    ),
    planted(
        "arm: a condition that is neither true nor false is true",
        "arm/template.py",
        'elif str(wanted).casefold() not in ("true", "false"):',
        "elif False:",
        TEMPLATES,
    ),
    planted(
        "arm: the properties of a rule that are not known are none",
        "sources/node.py",
        "return super().get(name, self._back)",
        "return super().get(name, default)",
        TEMPLATES,
    ),
    planted(
        "snapshots: what is held back is left out",
        "snapshots/documents.py",
        "where[names[0]] = unknown(lack.reason, lack.settle, lack.among)",
        "pass",
        "tests/snapshots/test_offline.py",
    ),
)
