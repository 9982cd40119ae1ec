"""Locks and permissions: what stands between a caller and a write, and the refusal of what a lock forbids."""

from __future__ import annotations

from flowspec.model.inventory import key
from flowspec.server.changes import properties_of
from flowspec.server.estate import Estate
from flowspec.server.reads import paged
from flowspec.server.wire import HttpAnswer, HttpCall, JsonObject, RefusedError

LOCKS, PERMISSIONS = "locks", "permissions"
_MARK = ("providers", "microsoft.authorization")
_FORBIDS = {"canNotDelete".casefold(): ("DELETE",), "readOnly".casefold(): ("PUT", "DELETE")}
_VERBS = {"PUT": "write", "DELETE": "delete"}


def answer(estate: Estate, call: HttpCall, size: int) -> HttpAnswer | None:
    """The answer to a GET of these at any scope; None for any other path."""
    if call.folded[-3:-1] != _MARK or call.folded[-1] not in (LOCKS, PERMISSIONS):
        return None
    if call.folded[-1] == PERMISSIONS:
        return paged(call, [{"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}], size)
    scope = "/" + "/".join(call.folded[:-3])
    found = [lock for lock in _locks(estate) if _under(_scope(lock), scope) or _under(scope, _scope(lock))]
    return paged(call, found, size)


def check_locks(estate: Estate, call: HttpCall) -> None:
    """Refuses a write that a lock on the resource, or on what holds it, forbids."""
    target = "/" + "/".join(call.folded)
    for lock in _locks(estate):
        level = str(properties_of(lock).get("level", ""))
        if call.method in _FORBIDS.get(level.casefold(), ()) and _under(target, _scope(lock)):
            message = (
                f"The scope '/{'/'.join(call.segments)}' cannot perform {_VERBS[call.method]} operation because "
                f"following scope(s) are locked: '{_spelled_scope(lock)}'. Please remove the lock and try again."
            )
            raise RefusedError(409, "ScopeLocked", message)


def _locks(estate: Estate) -> list[JsonObject]:
    return [
        one for one in estate.held.values() if str(one.get("type", "")).casefold() == "microsoft.authorization/locks"
    ]


def _spelled_scope(lock: JsonObject) -> str:
    """What a lock is on: its id up to its own provider."""
    parts = str(lock["id"]).rstrip("/").split("/")
    return "/".join(parts[:-4])


def _scope(lock: JsonObject) -> str:
    return key(_spelled_scope(lock))


def _under(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith(f"{outer}/")
