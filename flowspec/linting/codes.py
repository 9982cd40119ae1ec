"""The codes of findings: what each is a case of, and how much it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LintSeverity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class LintCode:
    """A kind of finding. Its page is `docs/lint/CODE.md`."""

    code: str
    severity: LintSeverity
    about: str


NEVER_MATCHES = LintCode("FS101", "warning", "A rule never matches: rules before it take all its flows")
COULD_GO = LintCode("FS102", "info", "A rule could go: without it every flow is answered alike")
OTHER_NSG = LintCode("FS103", "info", "Only the other filters of every NIC make a rule idle")
EMPTY_ASG = LintCode("FS201", "warning", "A rule names an application security group without members")
NOWHERE = LintCode("FS202", "info", "A rule names private addresses that no network has")
EMPTY_TAG = LintCode("FS203", "warning", "A rule names a service tag that holds nothing")
LOOSE_NSG = LintCode("FS301", "info", "An NSG is attached to nothing")
OPEN_SUBNET = LintCode("FS302", "warning", "A subnet has no NSG")
OPEN_NIC = LintCode("FS303", "warning", "A NIC has no NSG, while others of its subnet have one")
COPIED = LintCode("FS401", "info", "The same rule stands in many NSGs")
SLIP = LintCode("FS402", "warning", "Two rules differ only by what looks like a slip")
HOST_BITS = LintCode("FS403", "warning", "A prefix is shorter than the address in it")
TOO_WIDE = LintCode("FS501", "warning", "A rule lets through more than any intent asks for")

CODES = {
    one.code: one
    for one in (
        NEVER_MATCHES, COULD_GO, OTHER_NSG, EMPTY_ASG, NOWHERE, EMPTY_TAG, LOOSE_NSG, OPEN_SUBNET,
        OPEN_NIC, COPIED, SLIP, HOST_BITS, TOO_WIDE,
    )
}  # fmt: skip
