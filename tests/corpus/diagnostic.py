"""networkConfigurationDiagnostic answers -> `diagnostic.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.corpus.arm import Resource
from tests.corpus.baking import baked_state, unmasked
from tests.corpus.recordings import watcher
from tests.corpus.states import StatePool
from tests.corpus.writing import day, provenance, read_lines

ACTION = "networkConfigurationDiagnostic"
WRONG_RULE = {"diagnostic-0039": "Azure names the wrong matched rule for the second NSG (a fault of February 2019)"}
FIELDS = {
    "protocol": "protocolMatched",
    "source": "sourceMatched",
    "source_port": "sourcePortMatched",
    "destination": "destinationMatched",
    "destination_port": "destinationPortMatched",
}


def reduce_diagnostic(corpus: Path) -> dict[str, Any]:
    """Every answer: `rows` follow from their state, `exceptions` do not and say why."""
    pool = StatePool("d")
    hidden = _subnet_nsgs(corpus)
    rows: list[dict[str, Any]] = []
    exceptions: list[dict[str, Any]] = []
    for row in read_lines(corpus / "ground-truth-diagnostic.jsonl"):
        results = [_result(result) for result in row["response"]["results"]]
        resources, notes = baked_state(_with_subnet_nsg(row, results, hidden), watcher(corpus, row, ACTION))
        fact = _fact(corpus, row, results) | {"state": pool.key(resources), "baked": notes}
        reason = _reason(row["id"], results, resources)
        if reason:
            exceptions.append({"reason": reason} | fact)
        else:
            rows.append(fact)
    return {"rows": rows, "exceptions": exceptions, "states": pool.states}


def _fact(corpus: Path, row: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, Any]:
    request = row["request"]
    return {
        "id": row["id"],
        "date": day(row["observed_at"]),
        "api_version": row["api_version"],
        "target": request["targetResourceId"],
        "target_nic": unmasked(row["target_nic"], row),
        "watcher": unmasked(watcher(corpus, row, ACTION), row),
        "profiles": request.get("profiles") or request["queries"],
        "results": results,
        "source": provenance(row["source"]),
    }


def _result(result: dict[str, Any]) -> dict[str, Any]:
    """The answer to one profile: each NSG with the rule that decided there and what matched in each rule tried."""
    answer = result["networkSecurityGroupResult"]
    return {
        "access": answer["securityRuleAccessResult"],
        "nsgs": [
            {
                "nsg": nsg["networkSecurityGroupId"],
                "applied_to": nsg.get("appliedTo", ""),
                "matched": nsg["matchedRule"]["ruleName"],
                "action": nsg["matchedRule"]["action"],
                "rules": [
                    {"name": rule["name"]} | {ours: rule[theirs] for ours, theirs in FIELDS.items()}
                    for rule in nsg["rulesEvaluationResult"]
                ],
            }
            for nsg in answer["evaluatedNetworkSecurityGroups"]
        ],
    }


def _subnet_nsgs(corpus: Path) -> dict[tuple[str, str], Resource]:
    """NSGs on subnets that other answers of the same recording show, by recording and id."""
    found = {}
    for row in read_lines(corpus / "ground-truth-ipflow.jsonl"):
        nsg = row.get("subnet_nsg")
        if nsg:
            found[row["recording"], nsg["id"].lower()] = nsg
    return found


def _with_subnet_nsg(
    row: dict[str, Any], results: list[dict[str, Any]], hidden: dict[tuple[str, str], Resource]
) -> dict[str, Any]:
    for result in results:
        for nsg in result["nsgs"]:
            known = hidden.get((row["recording"], nsg["nsg"].lower()))
            if known is not None:
                return row | {"subnet_nsg": known}
    return row


def _reason(row_id: str, results: list[dict[str, Any]], resources: list[Resource]) -> str:
    """Why the answer cannot be expected to follow from the state; empty when it can."""
    ids = {resource["id"].lower() for resource in resources}
    if row_id in WRONG_RULE:
        return WRONG_RULE[row_id]
    if any(nsg["nsg"].lower() not in ids for result in results for nsg in result["nsgs"]):
        return "an NSG that the recording does not show was on the subnet: its rules are known by name only"
    if not results and any("networksecuritygroups" in resource["type"].lower() for resource in resources):
        return "Azure answered without any result, although the NIC has an NSG"
    return ""
