"""Rules pushed to the twin: what Azure refuses, in its words (azure.md B1.6, B4.1), and what guards a change."""

from __future__ import annotations

import pytest

from flowspec.server.run import RunningTwin
from tests.server.asking import GROUP, NSG, RULE, Json, ask, verify
from tests.server.conftest import Start

ID = f"{NSG}/securityRules/let-in"
MISSING = f"Required security rule parameters are missing for security rule with Id: {ID}. Security rule must specify "
TAGS = (
    "cannot specify existing VIRTUALNETWORK, INTERNET, AZURELOADBALANCER, '*' or system tags. Unsupported value used: "
)
PORTS = "Value should be an integer OR integer range with '-' delimiter. Valid range 0-65535."

REFUSED: list[tuple[Json, str, str]] = [
    ({"priority": 99}, "SecurityRuleInvalidPriority",
     "Security rule has invalid Priority. Value provided: 99 Allowed range 100-4096."),
    ({"priority": 4097}, "SecurityRuleInvalidPriority",
     "Security rule has invalid Priority. Value provided: 4097 Allowed range 100-4096."),
    ({"destinationPortRange": "66600"}, "SecurityRuleInvalidPortRange",
     f"Security rule has invalid Port range. Value provided: 66600. {PORTS}"),
    ({"sourcePortRange": "90-80"}, "SecurityRuleInvalidPortRange",
     f"Security rule has invalid Port range. Value provided: 90-80. {PORTS}"),
    ({"sourceAddressPrefix": "10.0.0.0/42"}, "SecurityRuleInvalidAddressPrefix",
     f"Security rule {ID} has invalid Address prefix. Value provided: 10.0.0.0/42"),
    ({"destinationAddressPrefix": "not a prefix"}, "SecurityRuleInvalidAddressPrefix",
     f"Security rule {ID} has invalid Address prefix. Value provided: not a prefix"),
    ({"description": "x" * 141}, "SecurityRuleDescriptionTooLong",
     "Security rule description cannot exceed 140 chars."),
    ({"sourceAddressPrefix": None}, "SecurityRuleParametersMissing",
     f"{MISSING}SourceAddressPrefixes, SourceAddressPrefix, or SourceApplicationSecurityGroups."),
    ({"destinationPortRange": ""}, "SecurityRuleParametersMissing",
     f"{MISSING}DestinationPortRanges, or DestinationPortRange."),
    ({"protocol": None}, "SecurityRuleParametersMissing", f"{MISSING}Protocol."),
    ({"sourceAddressPrefix": None, "sourceAddressPrefixes": ["10.0.0.0/8", "Internet"]},
     "SecurityRuleParameterContainsUnsupportedValue",
     f"Security rule parameter SourceAddressPrefix for rule with Id {ID} {TAGS}Internet."),
    ({"destinationAddressPrefixes": ["*"]}, "SecurityRuleParameterContainsUnsupportedValue",
     f"Security rule parameter DestinationAddressPrefix for rule with Id {ID} {TAGS}*."),
    ({"priority": 190}, "SecurityRuleConflict",
     "Security rule let-in conflicts with rule tmp-allow-ssh. Rules cannot have the same Priority and Direction."),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "code", "message"), REFUSED, ids=[f"{r[1]}-{n}" for n, r in enumerate(REFUSED)])
def test_refused_in_azures_words(shop: RunningTwin, changed: Json, code: str, message: str) -> None:
    reply = ask(shop, "PUT", ID, {"properties": RULE | changed})
    assert (reply.status, reply.json) == (400, {"error": {"code": code, "message": message, "details": []}})
    assert b"\r\n" in reply.body
    assert ask(shop, "GET", ID).status == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"properties": []}, {"properties": RULE | {"access": "Perhaps"}}, {"properties": RULE | {"direction": "Up"}},
     {"properties": RULE | {"protocol": "Quic"}}, {"properties": RULE | {"priority": "high"}},
     {"properties": RULE | {"sourcePortRange": {"x": 1}}}, {"properties": RULE | {"sourceAddressPrefixes": [[]]}}, b"{",
     {"properties": {}}, [], {"properties": RULE | {"sourceApplicationSecurityGroups": [7]}}],
)  # fmt: skip
def test_what_is_no_rule(shop: RunningTwin, body: Json) -> None:
    reply = ask(shop, "PUT", ID, body)
    assert reply.status == 400
    assert reply.code in ("InvalidRequestFormat", "SecurityRuleParametersMissing")
    assert ask(shop, "GET", ID).status == 404


@pytest.mark.parametrize("name", ["-x", "x-", "x" * 81, "a b", "a%20b", "é"])
def test_names_that_azure_refuses(shop: RunningTwin, name: str) -> None:
    reply = ask(
        shop, "PUT", f"{NSG}/securityRules/{name}".replace(" ", "%20").replace("é", "%C3%A9"), {"properties": RULE}
    )
    assert (reply.status, reply.code) == (400, "InvalidResourceName")


def test_a_rule_is_made_changed_and_deleted(start: Start) -> None:
    twin = start(retry_after=0)
    before = ask(twin, "GET", NSG).json
    made = ask(twin, "PUT", ID, {"properties": RULE})
    assert (made.status, made.json["id"], made.json["name"]) == (201, ID, "let-in")
    assert ask(twin, "GET", made.headers["Azure-AsyncOperation"]).body == b'{\r\n  "status": "Succeeded"\r\n}'
    shown = ask(twin, "GET", ID)
    assert (shown.json, shown.headers["ETag"]) == (made.json, made.json["etag"])
    assert ask(twin, "GET", NSG).json["properties"]["securityRules"] == [
        *before["properties"]["securityRules"],
        made.json,
    ]
    assert verify(twin)["ruleId"] == ID
    changed = ask(twin, "PUT", ID.upper(), {"properties": RULE | {"access": "Deny"}})
    assert changed.status == 200
    assert verify(twin)["access"] == "Deny"
    assert len(ask(twin, "GET", f"{NSG}/securityRules").json["value"]) == len(before["properties"]["securityRules"]) + 1
    gone = ask(twin, "DELETE", ID)
    assert (gone.status, ask(twin, "GET", gone.headers["Location"]).status) == (202, 204)
    assert ask(twin, "DELETE", ID).status == 204
    assert ask(twin, "GET", NSG).json == before


def test_rules_with_many_values_and_groups(start: Start) -> None:
    twin = start(sync=True)
    group = f"{GROUP}/providers/Microsoft.Network/applicationSecurityGroups/asg"
    single = ("sourceAddressPrefix", "destinationPortRange", "destinationAddressPrefix")
    rule = {name: value for name, value in RULE.items() if name not in single} | {
        "description": "why",
        "protocol": "*",
        "sourceAddressPrefixes": ["198.51.100.0/24", "203.0.113.7"],
        "destinationPortRanges": ["8080", "9000-9010"],
        "destinationApplicationSecurityGroups": [{"id": group}],
    }
    properties = ask(twin, "PUT", ID, {"properties": rule}).json["properties"]
    assert properties == properties | rule
    assert ask(twin, "PUT", ID, {"properties": properties}).json["properties"] == properties


def test_conditions_guard_a_change(start: Start) -> None:
    twin = start(sync=True)
    body = {"properties": RULE}
    assert ask(twin, "PUT", ID, body, {"If-Match": "*"}).status == 412
    made = ask(twin, "PUT", ID, body, {"If-None-Match": "*"})
    assert made.status == 201
    assert ask(twin, "PUT", ID, body, {"If-None-Match": "*"}).code == "PreconditionFailed"
    changed = ask(twin, "PUT", ID, {"properties": RULE | {"priority": 301}}, {"If-Match": made.json["etag"]})
    assert changed.status == 200
    assert ask(twin, "PUT", ID, body, {"If-Match": made.json["etag"]}).status == 412
    assert ask(twin, "DELETE", ID, headers={"If-Match": made.json["etag"]}).status == 412
    assert ask(twin, "DELETE", ID, headers={"If-Match": changed.json["etag"]}).status == 200


def test_a_rule_of_no_group(shop: RunningTwin) -> None:
    reply = ask(shop, "PUT", f"{NSG}x/securityRules/r", {"properties": RULE})
    assert (reply.status, reply.code) == (404, "ParentResourceNotFound")
    assert ask(shop, "PUT", f"{NSG}/defaultSecurityRules/DenyAllInBound", {"properties": RULE}).status == 405
