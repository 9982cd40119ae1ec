"""The only place that talks to Azure: its ARM API -> raw JSON, and ipFlowVerify's answers."""

from __future__ import annotations

from importlib.util import find_spec

from flowspec.errors import AzureError, Problem, Severity


def require_sdk() -> None:
    """AzureError where flowspec was installed without its dependencies."""
    for name in ("azure", "azure.mgmt", "azure.mgmt.network", "azure.identity"):
        if find_spec(name) is None:
            advice = "It comes with flowspec: pip install --upgrade flowspec. Plans of files work without it."
            raise AzureError(Problem(Severity.ERROR, f"Azure's SDK is not installed ({name} is missing).", advice))
