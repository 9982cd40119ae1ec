"""A security rule of an NSG: read, written, deleted, one HTTP exchange at a time -> what it came to (azure.md A25)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flowspec.azure.asking import listed, why
from flowspec.azure.client import Reply, Session
from flowspec.azure.fetch import denied
from flowspec.azure.lists import LOCKS, NETWORK, PERMISSIONS
from flowspec.azure.parallel import within
from flowspec.model.live import Cloud, RuleExchange


class RuleService:
    """Reads and writes the rules that a plan changes, and no others. No method raises for what Azure did."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def address(self) -> str:
        return self._session.endpoint.url

    def read(self, rule: str) -> RuleExchange:
        """The rule (its id) as it is now."""
        return exchange_of(self._session.send("GET", _url(rule)))

    def write(self, rule: str, properties: Mapping[str, Any], etag: str) -> RuleExchange:
        """The whole rule; only over the one of this etag, and where that is empty only if there is none."""
        condition = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        return exchange_of(self._session.send("PUT", _url(rule), {"properties": dict(properties)}, headers=condition))

    def delete(self, rule: str, etag: str) -> RuleExchange:
        """Deletes the rule of this etag."""
        return exchange_of(self._session.send("DELETE", _url(rule), headers={"If-Match": etag} if etag else None))

    def poll(self, operation: str) -> RuleExchange:
        """How far an operation is."""
        return exchange_of(self._session.send("GET", operation))

    def locks(self, subscription: str) -> tuple[list[Mapping[str, Any]], str]:
        """All locks of a subscription and of what is in it; or why they can't be read."""
        found = listed(self._session, LOCKS.url(subscription))
        return list(found.values), denied(found.problem, LOCKS.action, found.refused) if found.problem else ""

    def permissions(self, nsg: str) -> tuple[list[Mapping[str, Any]], str]:
        """What the caller may do with an NSG (its id); or why that can't be read."""
        found = listed(self._session, f"{nsg}{PERMISSIONS.path}?api-version={PERMISSIONS.version}")
        return list(found.values), denied(found.problem, PERMISSIONS.action, found.refused) if found.problem else ""


def rule_service(cloud: Cloud, rules: Iterable[str]) -> RuleService:
    """The way to write these rules (their ids); AzureError when there is none within the run's time."""
    return RuleService(within(cloud.deadline, "Logging in to Azure", lambda: Session(cloud, rules)))


def exchange_of(reply: Reply) -> RuleExchange:
    """What a reply says. A 2xx whose body should be JSON and is not tells nothing, like one that never came."""
    headers = {name.casefold(): value for name, value in reply.headers.items()}
    document = reply.json()
    found = document if isinstance(document, dict) else {}
    if reply.status in (200, 201) and reply.body and document is None:
        return RuleExchange(status=0, problem="an answer that is no JSON")
    if not 200 <= reply.status < 300:
        code, problem = reply.error() if reply.status else ("", reply.problem)
        return RuleExchange(status=reply.status, wait=_wait(headers), code=code, problem=problem or why(reply))
    operation = headers.get("azure-asyncoperation") or headers.get("location", "")
    return RuleExchange(status=reply.status, document=found, wait=_wait(headers), operation=operation)


def _wait(headers: Mapping[str, str]) -> float | None:
    try:
        return max(float(headers["retry-after"]), 0.0)
    except (KeyError, ValueError):
        return None


def _url(rule: str) -> str:
    return f"{rule}?api-version={NETWORK}"
