"""Terraform plans and states of public repositories -> what of them plays a part in a network, one row a document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]
KEPT = ("network", "subnet", "virtual_machine", "public_ip", "resource_group", "route", "security_group", "peering")
LEFT_OUT = frozenset((
    "admin_password", "admin_username", "admin_ssh_key", "custom_data", "os_disk", "storage_os_disk", "os_profile",
    "storage_image_reference", "source_image_reference", "os_profile_linux_config", "os_profile_windows_config",
    "os_profile_secrets", "boot_diagnostics", "identity", "plan", "tags", "description", "dns_servers",
    "applied_dns_servers", "mac_address", "internal_domain_name_suffix", "delegation", "encryption",
    "storage_data_disk",
    "additional_capabilities", "termination_notification", "gallery_application", "fqdn", "domain_name_label", "vm_id",
    "os_image_notification", "winrm_listener", "additional_unattend_content", "secret", "computer_name", "size",
    "depends_on", "private", "timeouts", "after_sensitive", "before_sensitive", "schema_version", "replace_paths",
))  # fmt: skip


def reduce_terraform(corpus: Path) -> Json:
    """Each document with what plays a part of it, by the name of its file."""
    found: Json = {}
    for folder in ("plans", "states-raw"):
        for path in sorted((corpus / "tf" / folder).iterdir()):
            found[f"{folder}/{path.name}"] = _document(json.loads(path.read_text("utf-8")))
    return {"documents": found}


def _document(document: Json) -> Json:
    frame = ("format_version", "terraform_version", "version", "errored", "complete")
    kept = {name: document[name] for name in frame if name in document}
    if "resource_changes" in document:
        kept["resource_changes"] = [_clean(r) for r in document["resource_changes"] if _counts(r)]
        kept["configuration"] = {"root_module": _module(document["configuration"].get("root_module", {}))}
    elif "modules" in document:
        kept["modules"] = [
            {"path": m["path"], "resources": {n: _flat(r) for n, r in m["resources"].items() if _counts(r)}}
            for m in document["modules"]
        ]
    else:
        kept["resources"] = [_clean(r) for r in document.get("resources", []) if _counts(r)]
    return kept


def _counts(resource: Json) -> bool:
    return any(part in resource["type"] for part in KEPT) and "application_gateway" not in resource["type"]


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {n: _clean(v) for n, v in value.items() if n not in LEFT_OUT}
        return {n: v for n, v in kept.items() if v not in (None, False) or n in ("before", "after_unknown")}
    return [_clean(item) for item in value] if isinstance(value, list) else value


def _flat(resource: Json) -> Json:
    primary = resource["primary"]
    kept = {n: v for n, v in primary["attributes"].items() if n.partition(".")[0] not in LEFT_OUT}
    return {"type": resource["type"], "provider": resource.get("provider", ""),
            "primary": {"id": primary["id"], "attributes": kept}}  # fmt: skip


def _module(module: Json) -> Json:
    calls = {name: {"expressions": _unsaid(call.get("expressions", {})), "module": _module(call["module"])}
             for name, call in module.get("module_calls", {}).items()}  # fmt: skip
    outputs = {name: {"expression": _unsaid(output.get("expression", {}))}
               for name, output in module.get("outputs", {}).items()}  # fmt: skip
    resources = [_clean(r | {"expressions": _unsaid(r.get("expressions", {}))})
                 for r in module.get("resources", []) if _counts(r)]  # fmt: skip
    return {"resources": resources, "module_calls": calls, "outputs": outputs}


def _unsaid(value: Any) -> Any:
    """Expressions without the constants in them: a value that is known stands in the plan."""
    if isinstance(value, dict):
        return {name: _unsaid(item) for name, item in value.items() if name != "constant_value"}
    return [_unsaid(item) for item in value] if isinstance(value, list) else value
