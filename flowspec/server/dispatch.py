"""A request's path -> the handler that answers it, after ARM's own checks (azure.md A8, B1.6)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from flowspec.model.inventory import key
from flowspec.server import (
    admin,
    associations,
    authorization,
    connectivity,
    diagnostic,
    effective,
    flows,
    graph,
    groups,
    login,
    operations,
    power,
    reads,
    routing,
    rules,
    subscriptions,
    topology,
    versions,
    view,
)
from flowspec.server.changes import ResourceChange, in_progress
from flowspec.server.estate import Estate
from flowspec.server.operations import Operations
from flowspec.server.options import TwinOptions
from flowspec.server.regions import region_of
from flowspec.server.wire import HttpAnswer, HttpCall, JsonObject, RefusedError

Handler = Callable[[HttpCall, JsonObject], HttpAnswer]


class Twin:
    """One estate and how it answers."""

    def __init__(self, estate: Estate, options: TwinOptions) -> None:
        self.estate = estate
        self.options = options
        self.operations = Operations(options, estate.finish)
        self.liar = flows.Liar(options.lies)
        watcher = "microsoft.network/networkwatchers/"
        self.actions: Mapping[str, Handler] = {
            f"{watcher}ipflowverify": lambda call, found: flows.verify(estate, self.liar, call, found),
            f"{watcher}networkconfigurationdiagnostic": lambda call, found: diagnostic.diagnose(estate, call, found),
            f"{watcher}nexthop": lambda call, found: routing.next_hop(estate, call, found),
            f"{watcher}securitygroupview": lambda call, found: view.security_groups(estate, call, found),
            f"{watcher}connectivitycheck": lambda call, found: connectivity.check(estate, call, found),
            "microsoft.network/networkinterfaces/effectivenetworksecuritygroups": (
                lambda _, nic: effective.security_groups(estate, nic)
            ),
            "microsoft.network/networkinterfaces/effectiveroutetable": lambda _, nic: routing.route_table(estate, nic),
        }
        self.at_once: Mapping[str, Handler] = {
            f"{watcher}topology": lambda call, found: topology.topology(estate, call, found),
            ADMIN_RULES: lambda _, vnet: admin.admin_rules(estate, vnet),
        }

    def answer(self, call: HttpCall) -> HttpAnswer:
        """The answer; RefusedError where Azure refuses."""
        found = login.answer(call)
        if found is not None:
            return found
        self.estate.settle(time.monotonic())
        versions.check_shape(call)
        if call.method == "POST" and call.folded == GRAPH:
            versions.check_type(call, call.segments[1], call.segments[2], self.estate.regions)
            return graph.resources(self.estate, call)
        if call.folded[:1] != ("subscriptions",) and call.folded != ("tenants",):
            raise _no_path(call)
        if call.method in ("GET", "HEAD"):
            return self._read(call)
        if len(call.segments) < 2:
            raise _not_allowed(call)
        subscriptions.held(self.estate, call)
        return self._act(call) if call.method == "POST" else self._change(call)

    def _read(self, call: HttpCall) -> HttpAnswer:
        size = self.options.page_size
        found = authorization.answer(self.estate, call, size) or subscriptions.answer(self.estate, call, size)
        if found is not None:
            return found
        match call.folded[2:]:
            case ("providers", "microsoft.network" | "microsoft.compute", "locations", region, *rest):
                return self._regional(call, region, rest)
            case ("providers", namespace, kind):
                return reads.listed(self.estate, call, self._kind(call, namespace, kind), None, size)
            case ("resourcegroups", _, "providers", namespace, kind):
                group = subscriptions.group(self.estate, call).casefold()
                return reads.listed(self.estate, call, self._kind(call, namespace, kind), group, size)
            case ("resourcegroups", _, "providers", namespace, kind, _, *_):
                subscriptions.group(self.estate, call)
                self._kind(call, namespace, kind)
                return reads.one(self.estate, call, size)
        raise _no_path(call)

    def _regional(self, call: HttpCall, region: str, rest: list[str]) -> HttpAnswer:
        match rest:
            case ["operationresults", number]:
                return self.operations.result(number)
            case ["operations", number]:
                is_result = call.query.get("monitor", "").casefold() == "true"
                return self.operations.result(number) if is_result else self.operations.progress(number)
            case ["servicetags"]:
                return subscriptions.service_tags(self.estate, subscriptions.held(self.estate, call))
        raise _no_path(call)

    def _kind(self, call: HttpCall, namespace: str, kind: str) -> str:
        """The type in lower case; refused when Azure has no such type, as far as we know the types."""
        known = {name.casefold() for name in subscriptions.PROVIDERS}
        held = self.estate.kinds
        found = f"{namespace}/{kind}"
        spelled = call.segments[call.folded.index("providers") + 1 :]
        if found in held or found in KINDS:
            versions.check_type(call, spelled[0], spelled[1], self.estate.regions)
            return found
        if namespace not in known and not any(one.startswith(f"{namespace}/") for one in held):
            raise subscriptions.no_namespace(spelled[0])
        raise reads.no_type(f"{spelled[0]}/{spelled[1]}")

    def _act(self, call: HttpCall) -> HttpAnswer:
        if len(call.segments) != 9 or call.folded[4] != "providers":
            raise _not_allowed(call)
        subscriptions.group(self.estate, call)
        name = f"{self._kind(call, call.folded[5], call.folded[6])}/{call.folded[8]}"
        found = reads.top_level(self.estate, call)
        if name in self.at_once:
            return self.at_once[name](call, found)
        if name in POWER and key(str(found["id"])) in self.estate.inventory.vms:
            return self._begin(call, power.change(self.estate, found, call.folded[8]), operations.COMPUTE)
        action = self.actions.get(name)
        if action is None:
            raise _not_allowed(call)
        return self.operations.verified(call, region_of(str(found.get("location", ""))), action(call, found))

    def _change(self, call: HttpCall) -> HttpAnswer:
        """PUT or DELETE, told as Azure tells a change that takes a while."""
        make = CHANGES.get((call.method, call.folded[4:7] + call.folded[8:9], len(call.segments)))
        if make is None:
            raise _not_allowed(call)
        subscriptions.group(self.estate, call)
        self._kind(call, call.folded[5], call.folded[6])
        authorization.check_locks(self.estate, call)
        self._check_free(call)
        change = make(self.estate, call)
        return HttpAnswer(204) if change is None else self._begin(call, change, operations.NETWORK)

    def _begin(self, call: HttpCall, change: ResourceChange, namespace: str) -> HttpAnswer:
        """A change that is done at once (`sync`), or when its operation is polled."""
        self._check_free(call)
        region = region_of(str(change.shown.get("location") or ""))
        last = HttpAnswer(204 if call.method == "DELETE" else 200)
        operation = self.operations.begin(call, region, last, namespace)
        if self.options.sync:
            self.estate.apply(change)
            shown = self.estate.held.get(change.at) if call.method == "PUT" else None
            return self.operations.changing(operation, change.answer(shown))
        due = max(time.monotonic() + self.options.settle, operation.ready)
        self.estate.begin(change, operation.number, due)
        return self.operations.changing(
            operation, change.answer(change.shown) if call.method == "PUT" else HttpAnswer(202)
        )

    def _check_free(self, call: HttpCall) -> None:
        """One change of a resource at a time; none beside the end of an NSG that it might name, or be named by."""
        top = key("/" + "/".join(call.segments[:8]))
        ends = call.method == "DELETE" and len(call.segments) == 8
        running = self.estate.running("" if ends else top) or self.estate.ending()
        if running is not None:
            raise in_progress(self.operations.url(running))


ADMIN_RULES = "microsoft.network/virtualnetworks/listnetworkmanagereffectivesecurityadminrules"
GRAPH = ("providers", "microsoft.resourcegraph", "resources")
POWER = {f"microsoft.compute/virtualmachines/{action}" for action in power.POWERS}

_NSG = ("providers", "microsoft.network", "networksecuritygroups")
_NIC = ("providers", "microsoft.network", "networkinterfaces")
_SUBNET = ("providers", "microsoft.network", "virtualnetworks", "subnets")

CHANGES: Mapping[tuple[str, tuple[str, ...], int], Callable[[Estate, HttpCall], ResourceChange | None]] = {
    ("PUT", (*_NSG, "securityrules"), 10): rules.put,
    ("DELETE", (*_NSG, "securityrules"), 10): rules.delete,
    ("PUT", _NSG, 8): groups.put,
    ("DELETE", _NSG, 8): groups.delete,
    ("PUT", _NIC, 8): associations.put_nic,
    ("PUT", _SUBNET, 10): associations.put_subnet,
}
"""Method, type and length of a path -> what it changes; None where there is nothing to delete."""

KINDS = {
    f"{namespace}/{kind}".casefold()
    for namespace in ("microsoft.compute", "microsoft.network")
    for kind in subscriptions.TYPES[namespace]
}


def _no_path(call: HttpCall) -> RefusedError:
    return RefusedError(404, "NotFound", f"The twin does not answer {call.method} {call.path[:500]}.")


def _not_allowed(call: HttpCall) -> RefusedError:
    message = f"The twin does not take {call.method} of {call.path[:500]}: it holds a network, it is not Azure."
    return RefusedError(405, "MethodNotAllowed", message)
