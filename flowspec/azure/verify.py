"""An Ask -> ipFlowVerify through the SDK, one exchange at a time; what came back -> a Step (azure.md B1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from azure.core.polling import PollingMethod

from flowspec.azure.client import OVER, Reply, Session, connect, reply_of
from flowspec.azure.fetch import denied
from flowspec.azure.fetch import watchers as fetched_watchers
from flowspec.azure.lists import NETWORK, VERIFY
from flowspec.azure.parallel import within as done_within
from flowspec.azure.redact import redact
from flowspec.errors import AzureError
from flowspec.model.inventory import id_part
from flowspec.model.live import Ask, AzureAnswer, Cloud, LiveStep, StepKind, Watchers

NO_NSG = "NsgsNotAppliedOnNic"
"""Azure's refusal where neither NIC nor subnet has an NSG (azure.md A3): an answer of its own."""
REMAINING = "x-ms-ratelimit-remaining-subscription-writes"
_AGAIN = frozenset({408, 409, 500, 502, 503, 504})
_REFUSED = frozenset({401, 403})
_STOPPED = re.compile(r"not ?(?:allocated|running)|deallocated|is stopped|running virtual machine", re.IGNORECASE)
_WORKING = frozenset({"inprogress", "running", "accepted", "pending", "started", "updating", "notstarted", ""})


class HandedOver(PollingMethod[Any]):
    """Takes the first answer from the SDK as it is, so that waiting is done by who has the deadline."""

    def __init__(self) -> None:
        self.response: Any = None

    def initialize(self, client: Any, initial_response: Any, deserialization_callback: Callable[[Any], Any]) -> None:
        self.response = initial_response.http_response

    def run(self) -> None:
        return None

    def status(self) -> str:
        return "Succeeded"

    def finished(self) -> bool:
        return True

    def resource(self) -> Any:
        return None

    def get_continuation_token(self) -> str:
        return ""


class IpFlowVerify:
    """Begins calls and polls them. Every method is one HTTP exchange, and none raises for what Azure did."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def address(self) -> str:
        return self._session.endpoint.url

    def watchers(self, subscriptions: Iterable[str]) -> Watchers:
        """The Network Watchers of subscriptions whose list the inventory does not have."""
        wanted = list(subscriptions)
        try:
            listing = "Listing the Network Watchers"
            return done_within(self._session.deadline, listing, lambda: fetched_watchers(self._session, wanted))
        except AzureError as error:
            return Watchers(unread=dict.fromkeys(wanted, str(error)))

    def begin(self, ask: Ask, within: float) -> LiveStep:
        """The POST."""
        watchers = self._session.network(id_part(ask.watcher, "subscriptions") or "-").network_watchers
        group, name = id_part(ask.watcher, "resourceGroups") or "-", ask.watcher.rstrip("/").rpartition("/")[2]

        within = min(within, self._session.deadline.left())
        if not within:
            return LiveStep(kind=StepKind.UNREACHABLE, problem=OVER)

        def send(options: dict[str, Any]) -> Any:
            handed = HandedOver()
            body: Any = body_of(ask)
            watchers.begin_verify_ip_flow(group, name, body, polling=handed, api_version=NETWORK, **options)
            return handed.response

        return step_of(reply_of(send, within))

    def poll(self, url: str, within: float) -> LiveStep:
        """The GET of an operation. GONE: nobody knows of it any more, and the call must be begun anew."""
        reply = self._session.send("GET", url, within=within)
        if reply.status in (404, 410):
            return LiveStep(kind=StepKind.GONE, problem="; ".join(filter(None, reply.error())))
        return step_of(reply, polled=url)


def ip_flow_verify(cloud: Cloud) -> IpFlowVerify:
    """Opens the way to Azure; AzureError when there is none within the run's time."""
    return IpFlowVerify(done_within(cloud.deadline, "Logging in to Azure", lambda: connect(cloud)))


def body_of(ask: Ask) -> dict[str, str]:
    """The REST body: keys as on the wire, which every version of the SDK hands on."""
    return {
        "targetResourceId": ask.vm,
        "targetNicResourceId": ask.nic,
        "direction": ask.direction,
        "protocol": ask.protocol,
        "localPort": ask.local_port,
        "remotePort": ask.remote_port,
        "localIPAddress": ask.local_ip,
        "remoteIPAddress": ask.remote_ip,
    }


def step_of(reply: Reply, polled: str = "") -> LiveStep:
    """What an answer to the POST, or to a poll of `polled`, means."""
    headers = {name.casefold(): value for name, value in reply.headers.items()}
    wait, remaining = _number(headers.get("retry-after")), _number(headers.get(REMAINING))
    left = int(remaining) if remaining is not None else None
    if reply.status == 0:
        return LiveStep(kind=StepKind.UNREACHABLE, problem=reply.problem)
    if reply.status == 429:
        return LiveStep(kind=StepKind.THROTTLED, wait=wait, problem="Azure asked to slow down (429)", remaining=left)
    if reply.status == 202:
        final = headers.get("location", "")
        url = headers.get("azure-asyncoperation") or final or polled
        if not url:
            return LiveStep(kind=StepKind.AGAIN, problem="a 202 that names no operation", wait=wait, remaining=left)
        return LiveStep(kind=StepKind.RUNNING, url=url, wait=wait, remaining=left, final=final if final != url else "")
    if reply.status == 200:
        return _done(reply, headers, wait, left, polled)
    return _failed(reply, wait, left)


def _done(reply: Reply, headers: dict[str, str], wait: float | None, left: int | None, polled: str) -> LiveStep:
    """A 200: the result, or the status of an Azure-AsyncOperation, which holds or names the result."""
    document = reply.json()
    if not isinstance(document, dict):
        return LiveStep(kind=StepKind.AGAIN, problem="an answer that is no JSON object", wait=wait, remaining=left)
    members = {str(name).casefold(): value for name, value in document.items()}
    if "access" not in members and isinstance(members.get("status"), str):
        return _operation(members, headers, wait, left, polled)
    found = _verdict(members)
    if found is None:
        words = redact(f"Azure answered access {members.get('access')!r}")
        return LiveStep(kind=StepKind.AGAIN, problem=words, wait=wait, remaining=left)
    return LiveStep(kind=StepKind.DONE, answer=found, remaining=left)


def _operation(
    members: dict[str, Any], headers: dict[str, str], wait: float | None, left: int | None, polled: str
) -> LiveStep:
    status = str(members["status"]).casefold()
    if status in _WORKING:
        return LiveStep(kind=StepKind.RUNNING, url=polled, wait=wait, remaining=left)
    if status == "succeeded":
        inner = members.get("properties")
        found = _verdict({str(n).casefold(): v for n, v in inner.items()}) if isinstance(inner, dict) else None
        if found is not None:
            return LiveStep(kind=StepKind.DONE, answer=found, remaining=left)
        final = headers.get("location", "")
        words = "an operation that succeeded without a result"
        return LiveStep(kind=StepKind.SUCCEEDED, problem=words, remaining=left, final=final if final != polled else "")
    error = members.get("error")
    code = redact(str(error.get("code", ""))) if isinstance(error, dict) else ""
    message = redact(str(error.get("message", ""))) if isinstance(error, dict) else ""
    return LiveStep(
        kind=StepKind.DONE,
        answer=refusal(code, message or redact(f"the operation ended as {members['status']}")),
        remaining=left,
    )


def _verdict(members: dict[str, Any]) -> AzureAnswer | None:
    """Allow or Deny with its rule; None for anything else (azure.md A12)."""
    access = {"allow": "Allow", "deny": "Deny"}.get(str(members.get("access")).casefold())
    if access is None:
        return None
    rule_name, rule_id = (redact(str(members.get(name) or "")) for name in ("rulename", "ruleid"))
    return AzureAnswer(access=access, rule_name=rule_name, rule_id=rule_id)


def _failed(reply: Reply, wait: float | None, left: int | None) -> LiveStep:
    code, message = reply.error()
    words = f"{code}: {message}" if code else message
    if reply.status in _REFUSED:
        problem = words if VERIFY.casefold() in words.casefold() else denied(words, VERIFY, reply.status == 403)
        return LiveStep(kind=StepKind.DONE, answer=AzureAnswer(problem=problem, refused=True), remaining=left)
    if reply.status in _AGAIN:
        return LiveStep(kind=StepKind.AGAIN, problem=words, wait=wait, remaining=left)
    return LiveStep(kind=StepKind.DONE, answer=refusal(code, message), remaining=left)


def refusal(code: str, message: str) -> AzureAnswer:
    """What Azure will not answer: no NSG is an answer, a VM that does not run can't be asked, all else is a failure."""
    if code == NO_NSG:
        return AzureAnswer(access=NO_NSG)
    words = f"{code}: {message}" if code else message
    return AzureAnswer(problem=words, not_askable=bool(_STOPPED.search(words)))


def _number(text: str | None) -> float | None:
    try:
        return max(float(text), 0) if text is not None else None
    except ValueError:
        return None
