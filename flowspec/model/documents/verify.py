"""The result of one flow as plain data: exactly the REST result of ipFlowVerify, and our own word for unknown."""

from __future__ import annotations

from typing import Literal

from flowspec.model.documents.plan import DocumentValue

_REST_NAMES = {"rule_name": "ruleName", "rule_id": "ruleId"}


class FlowAnswer(DocumentValue, frozen=True, kw_only=True, omit_defaults=True, rename=_REST_NAMES):
    """`access` is Allow or Deny, or Unknown with a `reason`. What is None or empty is left out of the document.

    `rule_name` is None where no rule matched, or where a doubt leaves open which of several decides. `rule_id` is ""
    for default rules (azure.md A2), and None where the answer is Unknown.
    """

    access: Literal["Allow", "Deny", "Unknown"]
    rule_name: str | None = None
    rule_id: str | None = None
    reason: str = ""
