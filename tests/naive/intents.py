"""An intent over concrete endpoints -> every flow joined from both sides, by brute force (docs/semantics.md, Intents).

An intent is a dict:
  expect       "Allow" or "Deny"
  at           "either" (default), "source", "destination", "both"; only a Deny heeds it
  from, to     lists of endpoints: {"ipconfig": id}, {"subnet": id}, {"addresses": [prefixes]}, {"tag": name},
               {"maybe": id} (an ip-configuration that may be a member: the intent is then at best unknown)
  services     [{"protocol": "Tcp", "ports": ["80", "90-99"], "source_ports": ["*"]}]; ports default to "*"
  except       [{"group": [endpoints]}] takes out flows from or to them, [{"from", "to", "services"}] the flows of an
               intent or running exception (a key left out: all)
  path         True where an assumption says that there is a path
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tests.naive.evaluate import Access, side
from tests.naive.matching import place
from tests.naive.members import End, Flow, Universe, doubted_members, endpoint_prefixes, flows_of, in_ranges, is_opaque
from tests.naive.paths import path
from tests.naive.resources import Json, Network, lower_id, prefixes

Passage = Literal["pass", "stop", "unknown"]
Result = Literal["ok", "drift", "unknown"]


@dataclass(frozen=True)
class Judged:
    """A flow with what both sides make of it (`passage`) and what that means for the intent (`result`)."""

    flow: Flow
    passage: Passage
    result: Result


@dataclass(frozen=True)
class IntentVerdict:
    """`status` over all flows; `reasons` names what makes the intent unknown whatever its flows say."""

    status: Literal["satisfied", "drift", "unknown", "nothing"]
    flows: tuple[Judged, ...]
    reasons: tuple[str, ...]


def intent_status(
    network: Network, intent: Json, universe: Universe | None = None, flows: Iterable[Flow] | None = None
) -> IntentVerdict:
    """Judge the given flows, else those of the universe, else (both None) all flows: an error when they are too many.

    Flows that the intent does not judge (taken out, an ip-configuration to itself, neither end with a filter) are left
    out of the answer.
    """
    asked = list(flows_of(network, intent, universe)) if flows is None else list(flows)
    judged = tuple(found for flow in asked if (found := judge(network, intent, flow)))
    reasons = tuple(sorted({*doubted_members(network, intent["from"]), *doubted_members(network, intent["to"])}))
    results = {found.result for found in judged}
    if "drift" in results:
        return IntentVerdict("drift", judged, reasons)
    if "unknown" in results or reasons:
        return IntentVerdict("unknown", judged, reasons)
    return IntentVerdict("satisfied" if judged else "nothing", judged, reasons)


# One flow


def judge(network: Network, intent: Json, flow: Flow) -> Judged | None:
    taken_out = is_excepted(network, intent, flow)
    if taken_out or is_same(flow) or not (flow.source.holder or flow.destination.holder):
        return None
    source, destination = side_of(network, flow, "Outbound"), side_of(network, flow, "Inbound")
    found = passage([source, destination])
    if intent["expect"].lower() == "allow":
        result = allow_result(found, has_path(network, intent, flow))
    else:
        result = deny_result(found, source, destination, intent.get("at", "either"))
    return Judged(flow, found, result if result == "ok" or taken_out is False else "unknown")


def is_same(flow: Flow) -> bool:
    """Identity, not address. Reading: one address of the rest of a subnet is also one and the same endpoint."""
    ends = [(end.point, lower_id(end.holder)) for end in (flow.source, flow.destination)]
    return ends[0] == ends[1] and flow.source.holder is not None


def side_of(network: Network, flow: Flow, direction: str) -> Access | None:
    """None: no filter there."""
    end = flow.source if direction == "Outbound" else flow.destination
    return side(network, end.holder, direction, flow.packet, end.is_missing).access if end.holder else None


def passage(sides: list[Access | None]) -> Passage:
    known = [access for access in sides if access]
    if "Deny" in known:
        return "stop"
    return "unknown" if "Unknown" in known else "pass"


def allow_result(found: Passage, is_direct: bool) -> Result:
    if found == "stop":
        return "drift"
    return "ok" if found == "pass" and is_direct else "unknown"


def deny_result(found: Passage, source: Access | None, destination: Access | None, at: str) -> Result:
    """`at` names the sides that must stop the flow; one without a filter leaves it to the other."""
    required = {"source": [source or destination], "destination": [destination or source]}
    required["both"] = [access for access in (source, destination) if access]
    if at.lower() == "either":
        return {"pass": "drift", "stop": "ok", "unknown": "unknown"}[found]  # type: ignore[return-value]
    answers = required[at.lower()]
    return "drift" if "Allow" in answers else "unknown" if "Unknown" in answers else "ok"


def has_path(network: Network, intent: Json, flow: Flow) -> bool:
    """Reading: wanted wherever both ends are a NIC or subnet, also a NIC that came in by a prefix of the intent."""
    source, destination = flow.source, flow.destination
    if intent.get("path") or not (source.holder and destination.holder):
        return True
    points = [point if isinstance(point, str) else None for point in (source.point, destination.point)]
    return path(network, source.holder, destination.holder, points[0], points[1]) == "direct"


# except


def is_excepted(network: Network, intent: Json, flow: Flow) -> bool | None:
    """Taken out by some entry: surely, surely not, or (None) maybe."""
    return any_of(entry_takes(network, entry, flow) for entry in intent.get("except") or [])


def any_of(answers: Iterable[bool | None]) -> bool | None:
    found = set(answers)
    return True if True in found else None if None in found else False


def all_of(answers: Iterable[bool | None]) -> bool | None:
    found = set(answers)
    return False if False in found else None if None in found else True


def entry_takes(network: Network, entry: Json, flow: Flow) -> bool | None:
    if "group" in entry:
        return any_of(in_endpoints(network, entry["group"], end, flow) for end in (flow.source, flow.destination))
    answers: list[bool | None] = [in_services(entry["services"], flow)] if "services" in entry else []
    answers += [in_endpoints(network, entry["from"], flow.source, flow)] if "from" in entry else []
    answers += [in_endpoints(network, entry["to"], flow.destination, flow)] if "to" in entry else []
    return all_of(answers)


def in_endpoints(network: Network, endpoints: list[Json], end: End, flow: Flow) -> bool | None:
    return any_of(in_endpoint(network, endpoint, end, flow) for endpoint in endpoints)


def in_endpoint(network: Network, endpoint: Json, end: End, flow: Flow) -> bool | None:
    """NICs and subnets by identity, prefixes and tags by address."""
    own = network.ip_configuration(end.holder) if end.holder else None
    if "ipconfig" in endpoint or "maybe" in endpoint:
        is_it = end.holder is not None and lower_id(end.holder) == lower_id(next(iter(endpoint.values())))
        return None if is_it and "maybe" in endpoint else is_it
    if "subnet" in endpoint:
        return lower_id(endpoint["subnet"]) in (lower_id(end.holder), own.subnet_id if own else None)
    if not isinstance(end.point, str) and end.point[0] == "tag":
        is_it = end.point[1].lower() == str(endpoint.get("tag")).lower()
        return True if is_it else None
    if "tag" in endpoint and is_opaque(network, endpoint["tag"]):
        return None
    where = network.possible_addresses(own) if own and not isinstance(end.point, str) else prefixes([str(end.point)])
    return place(where, endpoint_prefixes(network, endpoint), [])


def in_services(services: list[Json], flow: Flow) -> bool:
    return any(in_service(service, flow) for service in services)


def in_service(service: Json, flow: Flow) -> bool:
    """Reading: a service of all protocols that limits ports means Tcp and Udp alone."""
    source, destination = service.get("source_ports", ["*"]), service.get("ports", ["*"])
    if service["protocol"] != "*" and service["protocol"].lower() != flow.protocol.lower():
        return False
    if flow.source_port is None:
        return in_ranges(source, 0, 65535) and in_ranges(destination, 0, 65535)
    port = flow.destination_port or 0
    return in_ranges(source, flow.source_port, flow.source_port) and in_ranges(destination, port, port)
