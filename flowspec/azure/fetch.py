"""Subscriptions -> their network as raw ARM JSON, side by side; what can't be read is told and the rest goes on."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flowspec.azure.asking import Replies, listed, listed_by_post, operated, patiently, why
from flowspec.azure.client import Session
from flowspec.azure.lists import BY_TYPE, GROUPED, GROUPS, LISTS, NETWORK, POWER, WATCHERS, List
from flowspec.azure.needs import Need, needs_of
from flowspec.azure.parallel import side_by_side
from flowspec.errors import AzureError
from flowspec.model.inventory import Watcher, id_part, key
from flowspec.model.live import Progress, Watchers

ArmJson = dict[str, Any]
_T = TypeVar("_T")
_R = TypeVar("_R")
GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_AT_ONCE = 8
_ADMIN = "listNetworkManagerEffectiveSecurityAdminRules"


@dataclass(slots=True)
class Fetched:
    """`unread`: lists and subscriptions that could not be read, in words. `notes`: what a plan can do without."""

    resources: list[ArmJson] = field(default_factory=list)
    service_tags: ArmJson | None = None
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def subscriptions_of(locator: str, session: Session) -> tuple[str, ...]:
    """`azure:ID,name` -> ids; names are looked up among those that the caller sees."""
    given = [part.strip() for part in locator.partition(":")[2].split(",") if part.strip()]
    if not given:
        raise AzureError("azure: names no subscription: write azure:SUBSCRIPTION-ID, several with commas")
    if all(GUID.fullmatch(part) for part in given):
        return tuple(dict.fromkeys(given))
    found = listed(session, "/subscriptions?api-version=2022-12-01")
    named = {str(s.get("displayName", "")).casefold(): str(s.get("subscriptionId", "")) for s in found.values}
    missing = [part for part in given if not GUID.fullmatch(part) and part.casefold() not in named]
    if missing:
        why_not = f" ({found.problem})" if found.problem else ""
        raise AzureError(f"there is no subscription {missing[0]!r} that you see{why_not}")
    return tuple(dict.fromkeys(part if GUID.fullmatch(part) else named[part.casefold()] for part in given))


class Fetcher:
    """One reading of some subscriptions."""

    def __init__(self, session: Session, subscriptions: Sequence[str], progress: Progress | None) -> None:
        self._session = session
        self._subscriptions = subscriptions
        self._progress = progress
        self._found = Fetched()
        self._done = self._total = 0
        self._lock = threading.Lock()

    def run(self) -> Fetched:
        """All of it; AzureError when nothing at all can be read."""
        tasks = [(s, one) for s in self._subscriptions for one in (*LISTS, POWER)]
        lists = dict(zip(tasks, self._all(lambda t: listed(self._session, t[1].url(t[0])), tasks), strict=True))
        for subscription in self._subscriptions:
            self._keep({one: lists[subscription, one] for one in LISTS}, lists[subscription, POWER], subscription)
        if all(lists[task].problem for task in tasks):
            raise AzureError("Azure lets nothing be read: " + "; ".join(self._found.unread))
        for found in self._all(self._grouped, list(self._subscriptions)):
            self._found.resources += found
        self._effective(needs_of(self._found.resources))
        self._service_tags()
        return self._found

    def _all(self, work: Callable[[_T], _R], items: Sequence[_T]) -> list[_R]:
        """The results in order, some at a time."""
        self._total += len(items)
        self._tell(done=0)

        def one(item: _T) -> _R:
            result = work(item)
            self._tell(done=1)
            return result

        return side_by_side(one, items, _AT_ONCE)

    def _tell(self, *, done: int) -> None:
        with self._lock:
            self._done += done
            if self._progress is not None:
                self._progress("reading Azure", self._done, self._total)

    def _keep(self, lists: dict[List, Replies], power: Replies, subscription: str) -> None:
        """The lists of a subscription; one line for all of them when none could be read."""
        failed = [(one.title, found.problem) for one, found in lists.items() if found.problem]
        problems = [f"{title} of subscription {subscription} ({problem})" for title, problem in failed]
        if len(problems) == len(lists):
            first = next(iter(lists.values())).problem
            self._found.unread.append(f"subscription {subscription} ({first})")
            return
        self._found.unread += problems
        if power.problem:
            self._found.notes.append(f"power states of subscription {subscription} ({power.problem})")
        states = {key(str(vm.get("id", ""))): _properties(vm).get("instanceView") for vm in power.values}
        for found in lists.values():
            self._found.resources += [_powered(value, states) for value in found.values]

    def _grouped(self, subscription: str) -> list[ArmJson]:
        """Gateways, connections and local gateways: ARM lists them by group only, so first where there are any."""
        found = listed(self._session, BY_TYPE.url(subscription))
        if not found.problem:
            urls = [f"{value['id']}?api-version={NETWORK}" for value in found.values if value.get("id")]
            return [self._one(url, subscription) for url in urls]
        groups = listed(self._session, GROUPS.url(subscription))
        if groups.problem:
            if not any(subscription in words for words in self._found.unread):
                self._note_unread(f"{BY_TYPE.title} of subscription {subscription} ({found.problem})")
            return []
        kept: list[ArmJson] = []
        for group in groups.values:
            for kind in GROUPED:
                path = f"{group.get('id')}/providers/Microsoft.Network/{kind}?api-version={NETWORK}"
                one = listed(self._session, path)
                if one.problem:
                    self._note_unread(f"{kind} of {group.get('id')} ({one.problem})")
                kept += one.values
        return kept

    def _one(self, url: str, subscription: str) -> ArmJson:
        reply = patiently(self._session, "GET", url)
        document = reply.json() if reply.status == 200 else None
        if not isinstance(document, dict):
            self._note_unread(f"{url.partition('?')[0]} ({why(reply)})")
            return {}
        return document

    def _note_unread(self, words: str) -> None:
        with self._lock:
            self._found.unread.append(words)

    def _effective(self, needs: Iterable[Need]) -> None:
        """Effective answers where verdicts hinge on them, and the admin rules of every VNet (azure.md A15, A16)."""
        wanted = list(needs)
        vnets = [str(r["id"]) for r in self._found.resources if _is(r, "/virtualnetworks/")]
        for answers in self._all(self._of_subnet, wanted):
            self._found.resources += answers
        for answer in self._all(self._admin_rules, vnets):
            self._found.resources += [answer] if answer else []

    def _of_subnet(self, need: Need) -> list[ArmJson]:
        """The effective NSGs and routes of one NIC; routes are the same for its whole subnet."""
        kept = []
        calls = (("effectiveNetworkSecurityGroups", need.nic), ("effectiveRouteTable", need.subnet))
        for call, owner in calls:
            found = operated(self._session, f"{need.nic}/{call}?api-version={NETWORK}")
            if found.problem:
                with self._lock:
                    self._found.notes.append(f"{call} of {need.nic} ({found.problem})")
            else:
                kept.append({"id": f"{owner}/{call}", "value": found.values})
        return kept

    def _admin_rules(self, vnet: str) -> ArmJson | None:
        """None where Azure does not say: the plan then assumes, aloud, that there are none."""
        found = listed_by_post(self._session, f"{vnet}/{_ADMIN}?api-version={NETWORK}")
        if found.problem:
            with self._lock:
                self._found.notes.append(f"security admin rules of {vnet} ({found.problem})")
            return None
        return {"id": f"{vnet}/{_ADMIN}", "value": found.values}

    def _service_tags(self) -> None:
        """One answer holds the tags of all regions."""
        for resource in self._found.resources:
            location, subscription = resource.get("location"), id_part(str(resource.get("id", "")), "subscriptions")
            if location and subscription and _is(resource, "/virtualnetworks/"):
                path = f"/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/serviceTags"
                reply = patiently(self._session, "GET", f"{path}?api-version={NETWORK}")
                document = reply.json() if reply.status == 200 else None
                if isinstance(document, dict) and isinstance(document.get("values"), list):
                    self._found.service_tags = document
                else:
                    self._found.notes.append(f"service tags of {location} ({why(reply)})")
                return


def watchers(session: Session, subscriptions: Sequence[str]) -> Watchers:
    """The Network Watchers of some subscriptions; where a list can't be read, why, with the permission it takes."""
    lists = side_by_side(lambda s: listed(session, WATCHERS.url(s)), subscriptions, _AT_ONCE)
    rows = [value for one in lists for value in one.values if value.get("id")]
    found = tuple(Watcher(str(w["id"]), str(w.get("name", "")), str(w.get("location", ""))) for w in rows)
    by_subscription = zip(subscriptions, lists, strict=True)
    return Watchers(found, {s: denied(one.problem, WATCHERS.action, one.refused) for s, one in by_subscription
                            if one.problem})  # fmt: skip


def denied(problem: str, action: str, refused: bool) -> str:
    """A problem, with the permission that the caller lacks where Azure refused for want of one."""
    return f"{problem} (the caller's role must have {action}: flowspec init --azure-role)" if refused else problem


def _powered(value: ArmJson, states: dict[str, Any]) -> ArmJson:
    """A VM with its instance view out of the list of states."""
    view = states.get(key(str(value.get("id", "")))) if _is(value, "/virtualmachines/") else None
    return {**value, "properties": {**_properties(value), "instanceView": view}} if view else value


def _properties(value: ArmJson) -> ArmJson:
    found = value.get("properties")
    return found if isinstance(found, dict) else {}


def _is(value: ArmJson, kind: str) -> bool:
    """Whether the id's last type is this one."""
    parts = str(value.get("id", "")).rstrip("/").rpartition("/")[0]
    return parts.casefold().endswith(kind.rstrip("/"))
