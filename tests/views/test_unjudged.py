"""What a plan and a diff say they did not judge of this inventory."""

from __future__ import annotations

from flowspec.reporting import unjudged
from tests.engine.loading import load_documents
from tests.plan.lab import Json, item, nic, vnet


def forwarding(name: str, address: str) -> Json:
    found = nic(name, address)
    found["properties"]["enableIPForwarding"] = True
    return found


def test_names_and_counts_of_what_is_there() -> None:
    network = [
        vnet(snet={}),
        *(item("azureFirewalls", f"fw-{n}") for n in range(5)),
        item("applicationGateways", "agw"),
        item("routeTables", "rt", routes=[]),
        forwarding("vm-fw-01", "10.0.0.4"),
    ]
    found = load_documents({"network.json": network})
    both = ("5 Azure Firewalls fw-0, fw-1, fw-2 and 2 more", "application gateway agw")
    rest = ("next hops (1 route table)", "guest firewalls")
    through = "forwarded traffic of vm-fw-01 (boundaries do judge it)"
    assert unjudged.of_plan(found) == (*both, through, *rest, "the platform's own addresses")
    assert unjudged.of_diff(found, found) == (*both, *rest), "forwarded traffic and the platform are compared"
    less = load_documents({"network.json": [vnet(snet={}), item("azureFirewalls", "fw-9")]})
    told = ("6 Azure Firewalls fw-0, fw-1, fw-2 and 3 more", both[1], *rest)
    assert unjudged.of_diff(found, less) == told, "what either network has, once"


def test_nothing_is_listed_that_is_not_there() -> None:
    found = load_documents({"network.json": [vnet(snet={})]})
    assert unjudged.of_plan(found) == ("next hops", "guest firewalls", "the platform's own addresses")
