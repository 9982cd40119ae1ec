"""Decisions out of real flow logs -> `flowlog.json`.

A log holds flows and rule names but no network. The network written beside them is therefore made up as far as the
log is silent, and each row says what is assumed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.corpus.arm import Json, Resource, reduced
from tests.corpus.states import StatePool
from tests.corpus.writing import read_json, read_lines

ROOT = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/flowlog/providers"
PLATFORM = "a decision of the platform (no rule list named), which no NSG takes part in"
USER_RULE = "a user rule decided, and the log does not say what the rule is"
ONE_HOME = ("173.34.158.146", "203.0.113.146")
KNOWN_NSG = "shopstream-nsg.json"
DEFAULTS_ONLY = "no user rule of the NSG matches: a default rule decided"
ONE_SUBNET = "the address space of the virtual network is the prefix of the subnet"
SAME_NETWORK = "both ends lie in the same virtual network, or in peered ones"


def reduce_flowlog(corpus: Path) -> dict[str, Any]:
    """`rows` follow from their state; `excluded` were not decided by a rule that is known, and say so."""
    pool = StatePool("f")
    rows: list[dict[str, Any]] = []
    excluded: list[dict[str, Any]] = []
    for row in read_lines(corpus / "ground-truth-flowlog.jsonl"):
        fact = _fact(row)
        reason = _reason(row)
        if reason:
            excluded.append({"reason": reason} | fact)
            continue
        rows.append(fact | _placed(corpus, row, pool))
    return {"rows": rows, "excluded": excluded, "states": pool.states}


def _fact(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "date": _day(row["time"]),
        "direction": row["direction"],
        "protocol": row["protocol"],
        "source": _substituted(row["source"]),
        "source_port": row["source_port"],
        "destination": _substituted(row["destination"]),
        "destination_port": row["destination_port"],
        "access": row["decision"],
        "log_rule": row["rule"],
        "rule": _api_name(row["rule"]),
        "count": row["count"],
        "log": row["log"].rsplit("/", 1)[-1],
    }


def _day(time: str) -> str:
    """The day of a flow: logs of version 2 count seconds, those of version 4 milliseconds."""
    seconds = int(time) / (1000 if len(time) > 10 else 1)
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _api_name(name: str) -> str:
    """The rule's name as ipFlowVerify gives it; empty where the log names only the kind of rule."""
    for prefix, kind in (("UserRule_", "securityRules/"), ("DefaultRule_", "defaultSecurityRules/")):
        if name.startswith(prefix):
            return kind + name.removeprefix(prefix)
    return ""


def _reason(row: dict[str, Any]) -> str:
    if row["platform"]:
        return PLATFORM
    if row["rule"].startswith("UserRule") and not row.get("nsg_ref"):
        return USER_RULE
    return ""


def _substituted(value: Json) -> Json:
    """`value` with the one address of somebody's home replaced by one for documentation, everywhere alike."""
    if isinstance(value, dict):
        return {key: _substituted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_substituted(item) for item in value]
    return ONE_HOME[1] if value == ONE_HOME[0] else value


def _placed(corpus: Path, row: dict[str, Any], pool: StatePool) -> dict[str, Any]:
    """The network in which the row is judged, and what of it is assumed."""
    local, remote = row["source"], row["destination"]
    if row["direction"] == "Inbound":
        local, remote = remote, local
    rules: list[Resource] = []
    if row.get("nsg_ref"):
        known = read_json(corpus / "flow-logs" / KNOWN_NSG)
        prefix, spaces = known["subnet_prefix"], [known["subnet_prefix"]]
        rules = _substituted(known["nsg"]["properties"]["securityRules"])
        assumed = [ONE_SUBNET]
    else:
        prefix, internal = _around(local), "Vnet" in row["rule"] or row["rule"] == "DefaultRule"
        spaces = sorted({prefix, _around(remote)}) if internal else [prefix]
        assumed = [DEFAULTS_ONLY, *([SAME_NETWORK] if internal else [])]
    resources = _network(_name(row), spaces, prefix, local, rules)
    return {"nic": resources[-1]["id"], "state": pool.key(resources), "assumed": assumed}


def _around(address: str) -> str:
    return f"{address.rsplit('.', 1)[0]}.0/24"


def _name(row: dict[str, Any]) -> str:
    """A name for the made-up network: the kind of the log and its year."""
    kind = row["log"].rsplit("/", 1)[-1].split("_")[0].split("-")[0]
    return f"{kind}log-{_day(row['time'])[:4]}"


def _network(name: str, spaces: list[str], prefix: str, address: str, rules: list[Resource]) -> list[Resource]:
    """A virtual network with one NIC, and the NSG on its subnet."""
    network_id = f"{ROOT}/Microsoft.Network/virtualNetworks/{name}"
    nsg_id = f"{ROOT}/Microsoft.Network/networkSecurityGroups/{name}-nsg"
    subnet = {"name": "subnet", "properties": {"addressPrefix": prefix, "networkSecurityGroup": {"id": nsg_id}}}
    configuration = {
        "name": "ipconfig",
        "properties": {"privateIPAddress": address, "subnet": {"id": f"{network_id}/subnets/subnet"}, "primary": True},
    }
    return [
        {
            "id": network_id,
            "name": name,
            "type": "Microsoft.Network/virtualNetworks",
            "properties": {"addressSpace": {"addressPrefixes": spaces}, "subnets": [subnet]},
        },
        reduced(
            {
                "id": nsg_id,
                "name": f"{name}-nsg",
                "type": "Microsoft.Network/networkSecurityGroups",
                "properties": {"securityRules": rules},
            }
        ),
        {
            "id": f"{ROOT}/Microsoft.Network/networkInterfaces/{name}-nic",
            "name": f"{name}-nic",
            "type": "Microsoft.Network/networkInterfaces",
            "properties": {"enableIPForwarding": False, "ipConfigurations": [configuration]},
        },
    ]
