"""A request's path -> the handler that answers it, after ARM's own checks (azure.md A8, B1.6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from flowspec.server import admin, diagnostic, effective, flows, login, reads, routing, rules, subscriptions
from flowspec.server.estate import Estate, region_of
from flowspec.server.operations import Operations
from flowspec.server.options import Options
from flowspec.server.wire import Answer, Call, Json, RefusedError

VERSION = re.compile(r"\d{4}-\d\d-\d\d(-[A-Za-z0-9.-]{1,30})?", re.ASCII)


class Twin:
    """One estate and how it answers. `asked` counts the requests by what they ask for."""

    def __init__(self, estate: Estate, options: Options) -> None:
        self.estate = estate
        self.options = options
        self.operations = Operations(options)
        self.liar = flows.Liar(options.lies)
        self.actions: Mapping[str, Callable[[Call, Json], Answer]] = {
            "microsoft.network/networkwatchers/ipflowverify": lambda call, _: flows.verify(estate, self.liar, call),
            "microsoft.network/networkwatchers/networkconfigurationdiagnostic": (
                lambda call, _: diagnostic.diagnose(estate, call)
            ),
            "microsoft.network/networkwatchers/nexthop": lambda call, _: routing.next_hop(estate, call),
            "microsoft.network/networkinterfaces/effectivenetworksecuritygroups": (
                lambda _, nic: effective.security_groups(estate, nic)
            ),
            "microsoft.network/networkinterfaces/effectiveroutetable": lambda _, nic: routing.route_table(estate, nic),
        }

    def answer(self, call: Call) -> Answer:
        """The answer; RefusedError where Azure refuses."""
        found = login.answer(call)
        if found is not None:
            return found
        self._check_version(call)
        if call.folded[:1] != ("subscriptions",) and call.folded != ("tenants",):
            raise _no_path(call)
        if call.method in ("GET", "HEAD"):
            return self._read(call)
        if len(call.segments) < 2:
            raise _not_allowed(call)
        subscriptions.held(self.estate, call)
        return self._act(call) if call.method == "POST" else self._change(call)

    def _check_version(self, call: Call) -> None:
        if not call.version:
            message = "The api-version query parameter (?api-version=) is required for all requests."
            raise RefusedError(400, "MissingApiVersionParameter", message)
        if not VERSION.fullmatch(call.version):
            message = f"The api-version '{call.version}' is invalid. The supported versions are '2026-03-01'."
            raise RefusedError(400, "InvalidApiVersionParameter", message)

    def _read(self, call: Call) -> Answer:
        size = self.options.page_size
        found = subscriptions.answer(self.estate, call, size)
        if found is not None:
            return found
        match call.folded[2:]:
            case ("providers", "microsoft.network", "locations", region, *rest):
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

    def _regional(self, call: Call, region: str, rest: list[str]) -> Answer:
        match rest:
            case ["operationresults", number]:
                return self.operations.result(number)
            case ["operations", number]:
                return self.operations.progress(number)
            case ["servicetags"]:
                return subscriptions.service_tags(self.estate, subscriptions.held(self.estate, call))
        raise _no_path(call)

    def _kind(self, call: Call, namespace: str, kind: str) -> str:
        """The type in lower case; refused when Azure has no such type, as far as we know the types."""
        known = {name.casefold() for name in subscriptions.PROVIDERS}
        held = self.estate.kinds
        found = f"{namespace}/{kind}"
        if found in held or found in KINDS:
            return found
        spelled = call.segments[call.folded.index("providers") + 1 :]
        if namespace not in known and not any(one.startswith(f"{namespace}/") for one in held):
            raise subscriptions.no_namespace(spelled[0])
        raise reads.no_type(f"{spelled[0]}/{spelled[1]}")

    def _act(self, call: Call) -> Answer:
        if len(call.segments) != 9:
            raise _not_allowed(call)
        subscriptions.group(self.estate, call)
        kind = self._kind(call, call.folded[5], call.folded[6])
        found = reads.top_level(self.estate, call)
        if f"{kind}/{call.folded[8]}" == ADMIN_RULES:
            return admin.admin_rules(self.estate, found)
        action = self.actions.get(f"{kind}/{call.folded[8]}")
        if action is None:
            raise _not_allowed(call)
        return self.operations.verified(call, region_of(str(found.get("location", ""))), action(call, found))

    def _change(self, call: Call) -> Answer:
        """PUT or DELETE of a security rule: done at once, told as Azure tells a change that takes a while."""
        if len(call.segments) != 10 or call.folded[4:7] + call.folded[8:9] != RULE or call.method not in CHANGES:
            raise _not_allowed(call)
        subscriptions.group(self.estate, call)
        done = CHANGES[call.method](self.estate, call)
        if done.status == 204:
            return done
        nsg = reads.top_level(self.estate, call)
        number, operation = self.operations.begin(call, region_of(str(nsg.get("location", ""))), Answer(204))
        done = done.with_headers(("x-ms-request-id", number), self.operations.status(operation))
        if call.method == "DELETE" and not self.options.sync:
            return Answer(202, done.body, (*done.headers, ("Location", operation.location)))
        return done


ADMIN_RULES = "microsoft.network/virtualnetworks/listnetworkmanagereffectivesecurityadminrules"
RULE = ("providers", "microsoft.network", "networksecuritygroups", "securityrules")
CHANGES = {"PUT": rules.put, "DELETE": rules.delete}

KINDS = {
    "microsoft.compute/virtualmachines",
    *(
        f"microsoft.network/{kind}"
        for kind in (
            "virtualnetworks", "networkinterfaces", "networksecuritygroups", "applicationsecuritygroups", "routetables",
            "virtualnetworkgateways", "localnetworkgateways", "connections", "publicipaddresses", "networkwatchers",
            "privateendpoints", "loadbalancers", "natgateways", "azurefirewalls", "bastionhosts", "networkmanagers",
            "applicationgateways", "publicipprefixes",
        )
    ),
}  # fmt: skip
"""Types that exist although the inventory may hold none of them, in lower case."""


def _no_path(call: Call) -> RefusedError:
    return RefusedError(404, "NotFound", f"The twin does not answer {call.method} {call.path[:500]}.")


def _not_allowed(call: Call) -> RefusedError:
    message = f"The twin does not take {call.method} of {call.path[:500]}: it holds a network, it is not Azure."
    return RefusedError(405, "MethodNotAllowed", message)
