"""ipFlowVerify answers -> `ipflow.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.corpus.baking import baked_state, unmasked
from tests.corpus.recordings import watcher
from tests.corpus.states import StatePool
from tests.corpus.writing import day, provenance, read_lines

ASSERTED = ("clean", "clean-request-from-test-source")
REFUSAL = "NsgsNotAppliedOnNic"
REASONS = {
    "azure-anomaly": "the service misbehaved on that day: its answer does not follow from any rule",
    "rule-name-variant": "an old spelling of a default rule's name; the access follows from the state",
    "hidden-nsg": "an NSG that the recording does not show was on the subnet",
    "state-from-test-source": "the recording holds no state, so there is nothing to ask",
    "error": "a fault of the service (500), not a refusal",
}
REASON_OF_ROW = {
    "ipflow-0021": "Azure answered access Unknown, with status 200",
    "ipflow-0022": "Azure answered access Unknown, with status 200",
    "ipflow-0038": "Azure answered Deny with the name of an Allow rule, on one day in one region",
    "ipflow-0127": "asked 56 s after the rule was written: the change was not yet in force",
}


def reduce_ipflow(corpus: Path) -> dict[str, Any]:
    """Every answer: `rows` follow from their state, `exceptions` do not and say why."""
    pool = StatePool("s")
    rows: list[dict[str, Any]] = []
    exceptions: list[dict[str, Any]] = []
    for row in read_lines(corpus / "ground-truth-ipflow.jsonl"):
        fact = _fact(corpus, row, pool)
        if row["quality"] in ASSERTED or _code(row) == REFUSAL:
            rows.append(fact)
        else:
            reason = REASON_OF_ROW.get(row["id"], REASONS[row["quality"]])
            exceptions.append({"reason": reason} | fact)
    return {"rows": rows, "exceptions": exceptions, "states": pool.states}


def _code(row: dict[str, Any]) -> str:
    return str((row.get("error") or {}).get("error", {}).get("code", ""))


def _fact(corpus: Path, row: dict[str, Any], pool: StatePool) -> dict[str, Any]:
    fact: dict[str, Any] = {
        "id": row["id"],
        "quality": row["quality"],
        "date": day(row["observed_at"]),
        "api_version": row["api_version"],
        "request": row["request"],
    }
    if row.get("error"):
        error = row["error"]["error"]
        fact["error"] = {"code": error["code"], "message": error["message"], "status": row["http_status"]}
    else:
        fact["response"] = row["response"]
    if row.get("resources"):
        asked = unmasked(watcher(corpus, row, "ipFlowVerify"), row)
        resources, notes = baked_state(row, asked)
        nic = unmasked(row["target_nic"], row)
        fact |= {"target_nic": nic, "watcher": asked, "state": pool.key(resources), "baked": notes}
    fact["source"] = provenance(row["source"])
    return fact
