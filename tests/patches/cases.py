"""Plans with changes of every kind, with names that would like to be code."""

from __future__ import annotations

import msgspec

from flowspec.model.documents.plan import Change, ChangeDetail, Report, RuleProperties, RuleReference, Step
from tests.views.sample import CREATE_DB, DELETE_TMP_SSH, SAMPLE, UPDATE_DB, nsg

replace = msgspec.structs.replace

HOSTILE = [
    "plain-rule",
    "two words",
    "it's",
    'double"quote',
    "back\\slash",
    "${file('/etc/passwd')}",
    "%{ for x in y }",
    "$${x}",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "new\nline",
    "car\rriage",
    "tab\there",
    "\x1b[31mred",
    "bidi\u202e",
    "--yes",
    "-n",
    "*",
    "?[a-z]",
    "~",
    "#comment",
    "//comment",
    "/* comment */",
    "<<EOF",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "ünïcödé",
    "é\u2603\U0001f600",
    "'\\''",
    "'",
    "''",
    "a'b'",
    "' + $(calc) + '",
    "!history",
    "@/etc/os-release",
    "x=@/etc/os-release",
    "x=@script.sh",
    "@script.sh",
    "@",
    "@-",
    "null",
    "??",
    "true",
    "80",
    "a=b",
    "[0]=b",
    "['a','b']",
    "{a:b}",
    "[resourceGroup().id]",
    "[[x]",
    "[x",
    "[",
    "[]",
    "')]",
    "]]>",
    "\\u{41}",
    "\\${x}",
    "$x",
    "$$",
    "${",
    "\u2018curly\u2019 \u201a\u201b \u201cdouble\u201d \u201e",
    "\u0451\u0452",
    "line\u2028separator",
    "next\u0085line",
    "carriage\r\nreturn",
    "\x7f",
    "\U000e0041tag",
    " leading and trailing ",
    "x" * 400,
]


def create(name: str, **fields: object) -> Change:
    """A change that creates a rule with this name and description."""
    rule = RuleProperties(priority=200, direction="Inbound", access="Allow", protocol="Tcp",
                          description=name, source_address_prefix="10.0.0.0/8", source_port_range="*",
                          destination_address_prefix="*", destination_port_range="443")  # fmt: skip
    after = msgspec.structs.replace(rule, **fields)
    return replace(CREATE_DB, rule=name, mends=(f"intent.{name}",), note=name,
                   change=ChangeDetail(actions=("create",), before=None, after=after))  # fmt: skip


def update(change: Change) -> Change:
    """The same rule, changed."""
    after = change.change.after
    assert after
    before = replace(after, priority=100)
    return replace(change, change=ChangeDetail(actions=("update",), before=before, after=after))


def delete(change: Change) -> Change:
    """The same rule, deleted."""
    return replace(change, change=ChangeDetail(actions=("delete",), before=change.change.after, after=None))


def plan(*changes: Change) -> Report:
    return replace(SAMPLE, suggested_changes=changes)


LONG = tuple(f"10.{number}.0.0/16" for number in range(30))
GROUP = nsg("x").replace("networkSecurityGroups/x", "applicationSecurityGroups/asg-web")
GROUPS = (RuleReference(id=GROUP), RuleReference(id=f"{GROUP}2"))
SHAPES = [
    create("lists", source_address_prefix=None, source_address_prefixes=LONG, destination_port_range=None,
           destination_port_ranges=("80", "8000-8100")),
    create("groups", source_address_prefix=None, source_application_security_groups=GROUPS[:1],
           destination_address_prefix=None, destination_application_security_groups=GROUPS),
    create("any-case", direction="inbound", access="ALLOW", protocol="TCP", description=""),
    create("everything", protocol="*", destination_port_range="*"),
    create("both-forms", source_address_prefixes=("11.0.0.0/8",)),
]  # fmt: skip

KINDS = plan(DELETE_TMP_SSH, CREATE_DB, UPDATE_DB, *SHAPES, *(update(shape) for shape in SHAPES))
NAMED = plan(*(change(create(name)) for name in HOSTILE for change in (lambda c: c, update, delete)))


def elsewhere(change: Change, subscription: str) -> Change:
    """The same change in an NSG of the same name and group, in another subscription."""
    parts = change.nsg.split("/")
    return replace(change, nsg="/".join([*parts[:2], subscription, *parts[3:]]))


TWINS = plan(create("web-in"), elsewhere(create("web-in"), "11111111-1111-1111-1111-111111111111"),
             elsewhere(update(create("db-in")), "11111111-1111-1111-1111-111111111111"),
             elsewhere(delete(create("old")), "22222222-2222-2222-2222-222222222222"))  # fmt: skip
"""Of three subscriptions, two with an NSG of one name."""


def _at(change: Change, priority: int) -> RuleProperties:
    assert change.change.after
    return replace(change.change.after, priority=priority)


def _swapped() -> Report:
    """Two rules that change places by way of a third priority."""
    rules = (create("first"), create("second"))
    ways = ((100, 150, 200), (200, 100))
    changes = [
        replace(rule, change=ChangeDetail(actions=("update",), before=_at(rule, way[0]), after=_at(rule, way[-1])))
        for rule, way in zip(rules, ways, strict=True)
    ]
    steps = [
        Step(
            nsg=rules[which].nsg,
            rule=rules[which].rule,
            before=_at(rules[which], before),
            after=_at(rules[which], after),
        )
        for which, before, after in ((0, 100, 150), (1, 200, 100), (0, 150, 200))
    ]
    return replace(plan(*changes), steps=tuple(steps))


SWAPPED = _swapped()
