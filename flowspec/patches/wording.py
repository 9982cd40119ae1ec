"""A change -> what is said of it beside its code, not quoted yet."""

from __future__ import annotations

from flowspec.counting import counted
from flowspec.model.documents.plan import Report
from flowspec.patches.item import ChangeItem
from flowspec.patches.quoting import comment, shell

DETOURS = (
    "The plan writes some of these rules twice, so that no flow is cut or let through on the way. This writes each"
    " once; take --dialect az or powershell for every step."
)

INLINE = (
    "Where your configuration writes the rules of an NSG inside it (security_rule blocks), write these there: azurerm"
    " does not take both. --in-place --terraform-dir DIR does so."
)


def purpose(item: ChangeItem) -> str:
    """`, mends intent.a, intent.b; helps intent.c`; "" for a step that is only on the way."""
    parts = [f"mends {', '.join(item.mends)}"] if item.mends else []
    parts += [f"helps {', '.join(item.helps)}"] if item.helps else []
    return f", {'; '.join(parts)}" if parts else ""


def head_of_group(item: ChangeItem, *, detours: bool) -> list[str]:
    """What stands above the changes of one resource group, to which `item` belongs."""
    lines = [
        f"Rules that flowspec suggests, for resource group {item.resource_group} of subscription {item.subscription}.",
        "Where a template of yours declares one of these NSGs with its securityRules, write them there: its next"
        " deployment deletes every rule that it does not name.",
    ]
    return [*lines, DETOURS] if detours else lines


def deletion(item: ChangeItem) -> str:
    """How to delete what a deployment leaves as it is, and when."""
    if not item.waits_for:
        when = "Before you deploy this"
    elif item.is_last:
        when = "Once this is deployed"
    else:
        when = f"Between the deployment of {item.waits_for.name} and of what follows"
    command = f"az network nsg rule delete --ids {shell(item.rule_id)}"
    return f"A deployment deletes nothing. {comment(when)}: {comment(command)}"


def undeployed(report: Report, dialect: str) -> str:
    """What is to be done beside the deployment of a template, which deletes nothing; "" where it is all."""
    count = sum(change.change.after is None for change in report.suggested_changes)
    if dialect not in ("arm", "bicep") or not count:
        return ""
    many = f"{counted(count, 'rule is', 'rules are')} to be deleted"
    where = "its metadata" if dialect == "arm" else "its comments"
    only = " It deploys nothing else." if count == len(report.suggested_changes) else ""
    return (
        f"A deployment deletes nothing, and {many}: by the az commands in {where}, or render with --dialect az.{only}"
    )
