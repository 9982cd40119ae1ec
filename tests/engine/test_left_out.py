"""What is certain without something that Azure always writes is so whatever stands there."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest

from flowspec.errors import FlowspecError
from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Access, Direction, Inventory
from flowspec.model.spec import Boundary, Group, Intent, Select, Service, Spec
from flowspec.network.index import Network
from flowspec.sets.intervals import Protocol
from tests.engine.generated import documents
from tests.engine.left_out import Place, completed, estate, without
from tests.engine.loading import load_documents
from tests.engine.seeds import blocks, named
from tests.naive.networks import Drawn
from tests.terraform.test_estates import judged

BOTH = (Direction.INBOUND, Direction.OUTBOUND)
WEB = Service((Protocol.TCP,), ((22, 22), (80, 80), (443, 443), (8443, 8443)))
GROUPS = (
    Group(name="far", prefixes=("8.8.8.8", "203.0.113.9", "172.31.0.100", "192.168.10.7")),
    Group(name="near", prefixes=("10.0.0.0/24", "10.1.0.0/28", "fd00:a::/64")),
    Group(name="fronts", prefixes=("10.0.0.200", "192.168.77.7", "20.50.60.70")),
    Group(name="nics", selects=(Select(nic=("nic-*",)),), expect_at_least=0),
    Group(name="one", selects=(Select(nic=("nic-0",)),), expect_at_least=0),
    Group(name="inside", selects=(Select(subnet=("snet-0",)),), expect_at_least=0),
    Group(name="web", selects=(Select(application_security_group=("asg-web",)),), expect_at_least=0),
    Group(name="subnet", subnets=("vnet-a/snet-0",)),
)
BY_ADDRESS = {"near", "fronts"}
"""Ends that may hold nobody: then the other end alone counts (docs/semantics.md)."""


def spec(frontends: list[str]) -> Spec:
    """Every pair of ends that a network of ours may be asked about."""
    groups = {group.name: group for group in GROUPS} | {f: Group(name=f, frontends=(f,)) for f in frontends}
    pairs = [*permutations([group.name for group in GROUPS], 2), *(("far", f) for f in frontends),
             *(("nics", f) for f in frontends)]  # fmt: skip
    intents = {
        f"{expect.value}:{source}:{to}": Intent(
            name=f"{expect.value}:{source}:{to}", sources=(source,), destinations=(to,), services=(WEB,), expect=expect
        )
        for source, to in pairs
        for expect in (Access.ALLOW, Access.DENY)
    }
    around = {
        f"b:{name}": Boundary(name=f"b:{name}", around=(name,), directions=BOTH) for name in ("nics", "one", "web")
    }
    return Spec(groups=groups, intents=intents, boundaries=around)


def inventory(drawn: Drawn) -> Inventory:
    return load_documents(documents(drawn))


def held(drawn: Drawn, place: Place) -> Counter[str]:
    """What is said without a place is held against what is said with each thing that may stand there."""
    partial = inventory(without(drawn, place))
    asked = spec([f"{b.name}/{rule.name}" for b in partial.balancers.values() for rule in b.rules])
    guessed = {name: one.status for name, one in judged(asked, partial).items()}
    roaming = bool(Network(partial).unlisted_subnets)
    count: Counter[str] = Counter()
    for number, whole in enumerate(completed(drawn, place)):
        try:
            known = judged(asked, inventory(whole))
        except FlowspecError:
            continue
        for name, mine in guessed.items():
            ends = {*name.split(":")}
            if roaming and BY_ADDRESS & ends:
                continue  # nobody knows whether anybody holds such an address
            if place.kind == "publicipaddresses" and "fronts" in ends and "far" not in ends:
                continue  # what ours send to a public frontend has no filter there, and no path either
            right = known[name].status
            words = f"seed {drawn.seed}, {place.kind} {place.name}, {number}: {name} is {mine.value}, and {right.value}"
            assert mine is not Status.SATISFIED or right in (mine, Status.ERRORED), words
            if "Allow" not in ends or not BY_ADDRESS & ends:
                assert mine is not Status.DRIFTED or right in (mine, Status.ERRORED), words
            count[mine.value] += 1
    return count


@pytest.mark.parametrize("block", blocks(8, 20_000, 4), ids=named)
def test_what_is_certain_is_so_whatever_stands_there(block: range) -> None:
    found: Counter[str] = Counter()
    for seed in block:
        drawn, places = estate(seed)
        found += held(drawn, places[seed % len(places)])
    assert found["satisfied"] > 0 and found["unknown"] > 0 and found["drifted"] > 0


@pytest.mark.parametrize(("seed", "kind", "name"), [
    (87, "balancerrules", "protocol"), (87, "loadbalancers", "backendAddressPools"),
    (103, "balancerrules", "frontendPort"), (1015, "balancerrules", "enableFloatingIP"),
    (3000, "publicipaddresses", "ipAddress"), (3100, "ipconfigurations", "subnet"),
    (160, "virtualnetworks", "addressSpace"), (7067, "peerings", "allowVirtualNetworkAccess"),
])  # fmt: skip
def test_what_was_certain_all_the_same(seed: int, kind: str, name: str) -> None:
    drawn, places = estate(seed)
    held(drawn, next(place for place in places if (place.kind, place.name) == (kind, name)))
