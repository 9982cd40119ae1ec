"""Mistakes in what ARM templates come to, and in snapshots of what was read."""

from __future__ import annotations

from tests.mutations.mutation import planted

TEMPLATES = "tests/arm/test_templates.py"
EXPRESSIONS = "tests/arm/test_expressions.py"

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
        'return re.fullmatch(".*".join(map(re.escape, pieces)), text, re.DOTALL) is not None',
        "return False",
        EXPRESSIONS,
    ),
    planted(
        "snapshots: what is held back is left out",
        "snapshots/documents.py",
        "where[names[0]] = unknown(lack.reason, lack.settle, lack.among)",
        "pass",
        "tests/snapshots/test_offline.py",
    ),
)
