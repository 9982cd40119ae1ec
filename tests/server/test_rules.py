"""Rules pushed to the twin: what Azure refuses, in its words (azure.md B1.6, B4.1), and what guards a change."""

from __future__ import annotations

import time

import pytest

from flowspec.server.run import RunningTwin
from tests.server.asking import GROUP, NSG, RULE, Json, Reply, ask, verify
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


def rules_of(twin: RunningTwin) -> list[Json]:
    return list(ask(twin, "GET", NSG).json["properties"]["securityRules"])


def bare(value: object) -> object:
    """A document without what a write alone changes."""
    if isinstance(value, dict):
        return {name: bare(item) for name, item in value.items() if name != "etag"}
    return [bare(item) for item in value] if isinstance(value, list) else value


def poll(twin: RunningTwin, reply: Reply) -> Reply:
    return ask(twin, "GET", reply.headers["Azure-AsyncOperation"])


def test_a_rule_is_made_changed_and_deleted(start: Start) -> None:
    twin = start(retry_after=0)
    before = rules_of(twin)
    made = ask(twin, "PUT", ID, {"properties": RULE})
    assert (made.status, made.json["id"], made.json["name"]) == (201, ID, "let-in")
    assert poll(twin, made).body == b'{\r\n  "status": "Succeeded"\r\n}'
    shown = ask(twin, "GET", ID)
    assert shown.headers["ETag"] == shown.json["etag"]
    assert [bare(rule) for rule in rules_of(twin)] == [*map(bare, before), bare(shown.json)]
    assert verify(twin)["ruleId"] == ID
    changed = ask(twin, "PUT", ID.upper(), {"properties": RULE | {"access": "Deny"}})
    assert changed.status == 200
    poll(twin, changed)
    assert verify(twin)["access"] == "Deny"
    assert len(ask(twin, "GET", f"{NSG}/securityRules").json["value"]) == len(before) + 1
    gone = ask(twin, "DELETE", ID)
    assert (gone.status, ask(twin, "GET", gone.headers["Location"]).status) == (202, 204)
    assert ask(twin, "DELETE", ID).status == 204
    assert bare(rules_of(twin)) == bare(before)


def test_a_change_is_done_when_its_operation_is_polled(start: Start) -> None:
    """Until then it is shown as running, and judged as not there (azure.md A12, B1.3)."""
    twin = start(retry_after=7)
    made = ask(twin, "PUT", ID, {"properties": RULE})
    assert made.headers["Retry-After"] == "7"
    assert made.json["properties"]["provisioningState"] == "Updating"
    assert ask(twin, "GET", ID).json == made.json
    assert verify(twin)["access"] == "Deny"
    poll(twin, made)
    shown = ask(twin, "GET", ID).json
    assert (shown["properties"]["provisioningState"], shown["etag"] != made.json["etag"]) == ("Succeeded", True)
    assert verify(twin)["access"] == "Allow"
    gone = ask(twin, "DELETE", ID)
    assert ask(twin, "GET", ID).json["properties"]["provisioningState"] == "Deleting"
    assert verify(twin)["access"] == "Allow"
    poll(twin, gone)
    assert ask(twin, "GET", ID).status == 404
    assert verify(twin)["access"] == "Deny"


def test_a_change_takes_its_time_however_often_it_is_polled(start: Start) -> None:
    twin = start(latency=0.5, retry_after=0)
    made = ask(twin, "PUT", ID, {"properties": RULE})
    assert poll(twin, made).json == {"status": "InProgress"}
    assert ask(twin, "GET", ID).json["properties"]["provisioningState"] == "Updating"
    while poll(twin, made).json["status"] != "Succeeded":
        pass
    assert ask(twin, "GET", ID).json["properties"]["provisioningState"] == "Succeeded"


def test_one_change_of_an_nsg_at_a_time(start: Start) -> None:
    twin = start(retry_after=0)
    made = ask(twin, "PUT", ID, {"properties": RULE})
    for method, path in (("PUT", f"{ID}-2"), ("DELETE", ID), ("DELETE", NSG), ("PUT", NSG)):
        reply = ask(twin, method, path, {"properties": RULE | {"priority": 301}})
        assert (reply.status, reply.code) == (409, "AnotherOperationInProgress")
        assert made.headers["Azure-AsyncOperation"] in reply.json["error"]["message"]
    poll(twin, made)
    assert ask(twin, "PUT", f"{ID}-2", {"properties": RULE | {"priority": 301}}).status == 201


def test_a_change_that_nobody_polls_ends_by_itself(start: Start) -> None:
    """A client that lost the answer can only look; so it is after a crash."""
    twin = start(settle=0.3)
    ask(twin, "PUT", ID, {"properties": RULE})
    assert ask(twin, "GET", ID).json["properties"]["provisioningState"] == "Updating"
    twin.stop()
    twin.start()
    time.sleep(0.35)
    assert ask(twin, "GET", ID).json["properties"]["provisioningState"] == "Succeeded"
    assert verify(twin)["access"] == "Allow"


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


@pytest.mark.parametrize("sync", [True, False])
def test_the_etag_that_is_shown_is_honoured(start: Start, sync: bool) -> None:
    """Also that of a rule out of a file (azure.md A25)."""
    twin = start(sync=sync)
    (rule,) = [rule for rule in rules_of(twin) if rule["name"] == "tmp-allow-ssh"]
    for tag, status in (('W/"other"', 412), (rule["etag"], 200 if sync else 202)):
        assert ask(twin, "DELETE", rule["id"], headers={"If-Match": tag}).status == status


def test_one_new_etag_for_all_rules_on_each_write(start: Start) -> None:
    twin = start(sync=True)

    def tags() -> set[str]:
        nsg = ask(twin, "GET", NSG).json
        rules = nsg["properties"]["securityRules"] + nsg["properties"]["defaultSecurityRules"]
        return {nsg["etag"], *(rule["etag"] for rule in rules)}

    seen = [tags()]
    for method, body in (("PUT", {"properties": RULE}), ("PUT", {"properties": RULE}), ("DELETE", None)):
        ask(twin, method, ID, body)
        seen.append(tags())
    assert all(len(one) == 1 for one in seen)
    assert len(set.union(*seen)) == len(seen)


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
    assert ask(twin, "PUT", f"{ID}-2", {"properties": RULE}).status == 201
    assert ask(twin, "DELETE", ID, headers={"If-Match": changed.json["etag"]}).status == 412
    shown = ask(twin, "GET", ID).json["etag"]
    assert ask(twin, "DELETE", ID, headers={"If-Match": shown}).status == 200


def test_a_rule_of_no_group(shop: RunningTwin) -> None:
    reply = ask(shop, "PUT", f"{NSG}x/securityRules/r", {"properties": RULE})
    assert (reply.status, reply.code) == (404, "ParentResourceNotFound")
    assert ask(shop, "PUT", f"{NSG}/defaultSecurityRules/DenyAllInBound", {"properties": RULE}).status == 405
