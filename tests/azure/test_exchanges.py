"""What an exchange with ipFlowVerify means: the wire format of azure.md B1, and everything that is not it."""

from __future__ import annotations

import json

import pytest

from flowspec.azure.client import Reply
from flowspec.azure.lists import VERIFY
from flowspec.azure.policies import seconds_of
from flowspec.azure.verify import step_of
from flowspec.model.live import AzureAnswer, LiveStep, StepKind

RESULT = b'{\r\n  "access": "Deny",\r\n  "ruleName": "defaultSecurityRules/DenyAllInBound",\r\n  "ruleId": ""\r\n}'
LACKING = f"(the caller's role must have {VERIFY}: flowspec init --azure-role)"
DENIED = AzureAnswer(access="Deny", rule_name="defaultSecurityRules/DenyAllInBound")
PLACE = "https://management.azure.com/subscriptions/s/providers/Microsoft.Network/locations/westus/operationResults/1"


def error(code: str, message: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, "details": []}}).encode()


@pytest.mark.parametrize(
    ("reply", "step"),
    [
        (Reply(200, {}, RESULT), LiveStep(kind=StepKind.DONE, answer=DENIED)),
        (Reply(200, {"Location": PLACE, "Retry-After": "10"}, RESULT), LiveStep(kind=StepKind.DONE, answer=DENIED)),
        (
            Reply(200, {"x-ms-ratelimit-remaining-subscription-writes": "1199"}, RESULT),
            LiveStep(kind=StepKind.DONE, answer=DENIED, remaining=1199),
        ),
        (Reply(200, {}, b'{"ACCESS": "allow"}'), LiveStep(kind=StepKind.DONE, answer=AzureAnswer(access="Allow"))),
        (
            Reply(202, {"Location": PLACE, "Retry-After": "10"}, b"null"),
            LiveStep(kind=StepKind.RUNNING, url=PLACE, wait=10.0),
        ),
        (
            Reply(202, {"azure-asyncoperation": "https://a", "location": PLACE}, b"null"),
            LiveStep(kind=StepKind.RUNNING, url="https://a", final=PLACE),
        ),
        (Reply(202, {}, b"null"), LiveStep(kind=StepKind.AGAIN, problem="a 202 that names no operation")),
        (Reply(200, {}, b'{"status": "InProgress"}'), LiveStep(kind=StepKind.RUNNING)),
        (
            Reply(200, {}, b'{"status": "Succeeded"}'),
            LiveStep(kind=StepKind.SUCCEEDED, problem="an operation that succeeded without a result"),
        ),
        (
            Reply(200, {}, b'{"status": "Succeeded", "properties": ' + RESULT + b"}"),
            LiveStep(kind=StepKind.DONE, answer=DENIED),
        ),
        (
            Reply(200, {}, b'{"access": "Unknown"}'),
            LiveStep(kind=StepKind.AGAIN, problem="Azure answered access 'Unknown'"),
        ),
        (Reply(200, {}, b"<html>"), LiveStep(kind=StepKind.AGAIN, problem="an answer that is no JSON object")),
        (Reply(200, {}, b"null"), LiveStep(kind=StepKind.AGAIN, problem="an answer that is no JSON object")),
        (Reply(200, {}, b"[" * 100_000), LiveStep(kind=StepKind.AGAIN, problem="an answer that is no JSON object")),
        (
            Reply(429, {"Retry-After": "17"}, b""),
            LiveStep(kind=StepKind.THROTTLED, wait=17.0, problem="Azure asked to slow down (429)"),
        ),
        (
            Reply(500, {}, error("InternalServerError", "An error occurred.")),
            LiveStep(kind=StepKind.AGAIN, problem="InternalServerError: An error occurred."),
        ),
        (
            Reply(502, {}, b"<html>Bad Gateway"),
            LiveStep(kind=StepKind.AGAIN, problem="HTTP 502 without an error of Azure's"),
        ),
        (Reply(0, problem="refused"), LiveStep(kind=StepKind.UNREACHABLE, problem="refused")),
        (
            Reply(400, {}, error("NsgsNotAppliedOnNic", "No NSG applied on nic")),
            LiveStep(kind=StepKind.DONE, answer=AzureAnswer(access="NsgsNotAppliedOnNic")),
        ),
        (
            Reply(400, {}, error("VMNotAllocated", "The virtual machine x is not allocated.")),
            LiveStep(
                kind=StepKind.DONE,
                answer=AzureAnswer(problem="VMNotAllocated: The virtual machine x is not allocated.", not_askable=True),
            ),
        ),
        (
            Reply(403, {}, error("AuthorizationFailed", "No.")),
            LiveStep(
                kind=StepKind.DONE, answer=AzureAnswer(problem=f"AuthorizationFailed: No. {LACKING}", refused=True)
            ),
        ),
        (
            Reply(403, {}, error("AuthorizationFailed", f"May not {VERIFY}.")),
            LiveStep(
                kind=StepKind.DONE, answer=AzureAnswer(problem=f"AuthorizationFailed: May not {VERIFY}.", refused=True)
            ),
        ),
        (
            Reply(401, {}, error("InvalidAuthenticationToken", "Old.")),
            LiveStep(kind=StepKind.DONE, answer=AzureAnswer(problem="InvalidAuthenticationToken: Old.", refused=True)),
        ),
        (
            Reply(404, {}, error("ResourceNotFound", "Gone.")),
            LiveStep(kind=StepKind.DONE, answer=AzureAnswer(problem="ResourceNotFound: Gone.")),
        ),
        (
            Reply(200, {}, b'{"status": "Failed", "error": {"code": "Agent", "message": "VM is deallocated"}}'),
            LiveStep(kind=StepKind.DONE, answer=AzureAnswer(problem="Agent: VM is deallocated", not_askable=True)),
        ),
    ],
)
def test_what_an_exchange_means(reply: Reply, step: LiveStep) -> None:
    assert step_of(reply) == step


def test_a_poll_that_names_nothing_new_is_polled_again() -> None:
    assert step_of(Reply(202, {}, b"null"), polled=PLACE).url == PLACE
    assert step_of(Reply(200, {}, b'{"status": "Running"}'), polled=PLACE).url == PLACE


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("10", 10),
        ("0.4", 0),
        ("-3", 0),
        ("86400", 120),
        ("inf", 120),
        ("nan", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Fri, 31 Dec 2999 23:59:59 GMT", 120),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_in_any_form(given: str, seconds: int | None) -> None:
    assert seconds_of(given) == seconds
