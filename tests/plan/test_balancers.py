"""What load balancers bring and NICs forward: flows to addresses that are not the NIC's own (A23, A24, B4.7)."""

from __future__ import annotations

from typing import Any

import pytest

from flowspec.comparison.difference import difference
from flowspec.errors import RequestError
from flowspec.ipflowverify.classify import FlowRequest, Verifier
from flowspec.model.documents.diff import Effect
from flowspec.model.documents.plan import IntentResult, Status
from tests.engine.loading import load_documents
from tests.plan.lab import NET, Json, fixes, group, intent, item, nic, nics, nsg, only, plan, ref, vnet, within

LB = f"{NET}/loadBalancers/lb"
POOL = f"{LB}/backendAddressPools/pool"
FRONT = "20.50.60.70"
VNET, BARE = vnet(snet=within("nsg")), vnet(snet={})
TO_FRONT = nsg("nsg", f"in 200 In Allow Tcp * -> {FRONT}|443")
PUBLIC_IP = {**item("publicIPAddresses", "pip", ipAddress=FRONT), "sku": {"name": "Standard"}}
WEB = nics("web", "web-1")
FE = group("fe", 'frontends = ["lb/https"]')
NO_WEB = WEB + intent("i", "group.public", "group.web", "Deny")


def balancer(*, floating: bool = True, backend: int = 443, address: str | None = None, **more: Any) -> Json:
    """`lb` with one frontend (a public IP, or a private address) and one rule `https` for port 443."""
    front = {"privateIPAddress": address} if address else {"publicIPAddress": ref("publicIPAddresses", "pip")}
    rule = {
        "frontendIPConfiguration": {"id": f"{LB}/frontendIPConfigurations/front"},
        "backendAddressPool": {"id": POOL},
        "protocol": "Tcp",
        "frontendPort": 443,
        "backendPort": backend,
        "enableFloatingIP": floating,
    }
    return item(
        "loadBalancers",
        "lb",
        frontendIPConfigurations=[{"name": "front", "properties": front}],
        **{
            "backendAddressPools": [{"name": "pool", "properties": more.pop("pool", {})}],
            "loadBalancingRules": [{"name": "https", "properties": rule}],
            "inboundNatRules": [],
            **more,
        },
    )


def backend(name: str, address: str, *, pools: tuple[str, ...] = (POOL,), nsg: str | None = None, **more: Any) -> Json:
    found = nic(name, address, nsg=nsg)
    found["properties"]["ipConfigurations"][0]["properties"]["loadBalancerBackendAddressPools"] = [
        {"id": pool} for pool in pools
    ]
    found["properties"] |= more
    return found


BACKEND = backend("web-1", "10.0.0.4")
FLOATING = (VNET, TO_FRONT, PUBLIC_IP, balancer(), BACKEND)
BESIDE = nic("web-1", "10.0.0.4")
MEMBER = {"id": f"{NET}/networkInterfaces/web-1/ipConfigurations/ip0"}
NAT = {
    "name": "ssh",
    "properties": {
        "frontendIPConfiguration": {"id": f"{LB}/frontendIPConfigurations/front"},
        "backendIPConfiguration": MEMBER,
        "protocol": "Tcp",
        "frontendPort": 443,
        "backendPort": 22,
        "enableFloatingIP": True,
    },
}


def behind(*resources: Json, rules: str = f"-> {FRONT}|443", subnet: Json = VNET) -> tuple[Json, ...]:
    """A network with a public IP whose NSG lets anyone in to some places (`rules`, behind the arrow)."""
    found = (nsg("nsg", f"in 200 In Allow Tcp * {rules}"),) if rules else (nsg("nsg"),)
    return (subnet, *found, PUBLIC_IP, *resources)


def of_address(network: str) -> Json:
    """A pool that names an address in a VNet."""
    properties = {"ipAddress": "10.0.0.4", "virtualNetwork": ref("virtualNetworks", network)}
    return {"loadBalancerBackendAddresses": [{"name": "a", "properties": properties}]}


def without_pools(found: Json) -> Json:
    kept = {name: value for name, value in found["properties"].items() if name != "backendAddressPools"}
    return {**found, "properties": kept}


BY_NAT = balancer(loadBalancingRules=[], inboundNatRules=[NAT])
BY_MEMBER = balancer(pool={"backendIPConfigurations": [MEMBER]})
OWN = balancer(floating=False)
DENIES = [
    ("the rule opens the frontend", behind(balancer(), BACKEND), Status.DRIFTED),
    ("the pool names its member", behind(BY_MEMBER, BESIDE), Status.DRIFTED),
    ("the pool names its address", behind(balancer(pool=of_address("vnet")), BESIDE), Status.DRIFTED),
    ("the pool is of another VNet", behind(balancer(pool=of_address("other")), BESIDE), Status.SATISFIED),
    ("an inbound NAT rule", behind(BY_NAT, BESIDE), Status.DRIFTED),
    ("no floating IP: it arrives at the NIC's own address", behind(OWN, BACKEND), Status.SATISFIED),
    ("it is no backend", behind(balancer(), BESIDE), Status.SATISFIED),
    ("another port is open", behind(balancer(), BACKEND, rules=f"-> {FRONT}|80"), Status.SATISFIED),
    ("the balancer is not in the inventory", behind(BACKEND), Status.UNKNOWN),
    ("it is not, but nothing gets in at any address", behind(BACKEND, rules=""), Status.SATISFIED),
    ("the frontend's address is not known", (VNET, TO_FRONT, balancer(), BACKEND), Status.UNKNOWN),
    ("no NSG, Standard frontend", behind(balancer(), BACKEND, subnet=BARE), Status.DRIFTED),
    ("its pools are not known: one may name the address", behind(without_pools(balancer()), BESIDE), Status.UNKNOWN),
    ("they are not, but no rule floats", behind(without_pools(OWN), BESIDE), Status.SATISFIED),
]


@pytest.mark.parametrize(("network", "expected"), [c[1:] for c in DENIES], ids=[c[0] for c in DENIES])
def test_a_deny_covers_what_arrives_through_a_frontend(network: tuple[Json, ...], expected: Status) -> None:
    assert only(plan(NO_WEB, *network)).status is expected


CHANGED = balancer(floating=False, backend=8443)
FAR = balancer(pool={"backendIPConfigurations": [{"id": f"{NET}/networkInterfaces/far/ipConfigurations/ip"}]})
TWO = (backend("web-1", "10.0.0.4", nsg="nsg"), backend("web-2", "10.0.0.5", nsg="closed"), nsg("closed"))
ALLOWS = [
    ("floating", behind(balancer(), BACKEND), Status.SATISFIED),
    ("the backend's port", behind(CHANGED, BACKEND, rules="-> *|8443"), Status.SATISFIED),
    ("the frontend's port is not the backend's", behind(CHANGED, BACKEND, rules="-> *|443"), Status.DRIFTED),
    ("floating, but only the NIC is open", behind(balancer(), BACKEND, rules="-> 10.0.0.4|443"), Status.DRIFTED),
    ("a backend that the inventory lacks", behind(FAR, BACKEND), Status.UNKNOWN),
    ("one of two backends denies", behind(balancer(), *TWO, subnet=BARE), Status.DRIFTED),
    ("no NSG, Standard frontend: closed", behind(balancer(), BACKEND, subnet=BARE), Status.DRIFTED),
    ("an empty pool", behind(balancer(), BESIDE), Status.ERRORED),
    ("no such rule", behind(BESIDE), Status.ERRORED),
]


@pytest.mark.parametrize(("network", "expected"), [c[1:] for c in ALLOWS], ids=[c[0] for c in ALLOWS])
def test_a_group_of_frontends(network: tuple[Json, ...], expected: Status) -> None:
    assert only(plan(FE + intent("i", "group.public", "group.fe", "Allow"), *network)).status is expected


def test_a_frontend_sends_nothing() -> None:
    found = only(plan(FE + WEB + intent("i", "group.fe", "group.web", "Allow"), *FLOATING))
    assert [problem.summary for problem in found.problems] == ["intent.i: `from` names frontends"]


def boundary(more: str = "") -> str:
    return (
        WEB
        + FE
        + f'boundary "b" {{\naround = [group.web]\ndirection = "Inbound"\nremote = [group.public]\n{more}\n}}\n'
    )


LISTED = intent("a", "group.public", "group.fe", "Allow", more="enabled = false")
FORWARDER = backend("web-1", "10.0.0.4", pools=(), enableIPForwarding=True)
OTHERS = "-> 10.9.0.0/24|22"


def untold(found: Json) -> Json:
    """The NIC, without a word on whether it forwards."""
    del found["properties"]["enableIPForwarding"]
    return found


MAY_FORWARD = untold(backend("web-1", "10.0.0.4", pools=()))
BOUNDARIES = [
    ("through the frontend", boundary(), FLOATING, Status.DRIFTED),
    ("a listed intent to the frontend", boundary("allow = [intent.a]") + LISTED, FLOATING, Status.SATISFIED),
    ("closed", boundary(), behind(balancer(), BACKEND, rules=""), Status.SATISFIED),
    ("a balancer that nobody has", boundary(), behind(BACKEND), Status.UNKNOWN),
    ("forwarded traffic", boundary(), behind(FORWARDER, rules=OTHERS), Status.DRIFTED),
    ("nothing is forwarded", boundary(), behind(BESIDE, rules=OTHERS), Status.SATISFIED),
    ("it may be forwarded", boundary(), behind(MAY_FORWARD, rules=OTHERS), Status.UNKNOWN),
    ("it may be, and nothing passes", boundary(), behind(MAY_FORWARD, rules=""), Status.SATISFIED),
]


@pytest.mark.parametrize(("text", "network", "expected"), [c[1:] for c in BOUNDARIES], ids=[c[0] for c in BOUNDARIES])
def test_a_boundary_covers_addresses_of_others(text: str, network: tuple[Json, ...], expected: Status) -> None:
    assert only(plan(text, *network)).status is expected


def test_what_opens_to_a_nic_that_may_forward_may_open() -> None:
    """At its own address it does not, and of others' nobody knows whether it passes them on."""
    old, new = (load_documents({"network.json": [*behind(MAY_FORWARD, rules=rules)]}) for rules in ("", OTHERS))
    (cause,) = difference(old, new).causes
    assert cause.effect is Effect.UNKNOWN and "enableIPForwarding" in cause.reason
    sure = [load_documents({"network.json": [*behind(FORWARDER, rules=rules)]}) for rules in ("", OTHERS)]
    assert [cause.effect for cause in difference(*sure).causes] == [Effect.OPENS]


def test_an_exception_for_one_backend_is_not_one_for_all() -> None:
    """A frontend's address does not tell which backend answers."""
    spec = nics("web", "web-1", "web-2") + nics("one", "web-1")
    both = intent("i", "group.public", "group.web", "Deny", more="except = [group.one]")
    network = (*FLOATING, backend("web-2", "10.0.0.5"))
    assert only(plan(spec + both, *network)).status is Status.UNKNOWN
    all_out = intent("i", "group.public", "group.one", "Deny", more="except = [intent.a]")
    assert only(plan(spec + FE + LISTED + all_out, *network)).status is Status.SATISFIED


def drifting_of(found: IntentResult) -> set[str]:
    return {text for pair in found.flows.drift for text in pair.destination}


def test_a_fix_closes_the_frontend_and_proves_it() -> None:
    report = plan(NO_WEB, *FLOATING)
    assert drifting_of(only(report)) == {f"{FRONT}/32"}
    assert [text.rsplit(" ", 1)[-1] for text in fixes(report)] == [f"{FRONT}|443"]
    (change,) = report.suggested_changes
    assert {text for box in change.proof.closes for text in box.local} == {f"{FRONT}/32"}
    assert [c.after for c in change.proof.status_changes] == [Status.SATISFIED]


def test_ip_flow_verify_is_not_asked_about_frontends() -> None:
    found = only(plan(NO_WEB, *FLOATING))
    why = {probe.not_askable for check in found.checks for probe in check.probes if probe.local_ip == FRONT}
    assert why == {"ipFlowVerify takes a NIC's own addresses only, not the frontend of lb/https"}


def test_verify_says_why_it_refuses_a_frontend() -> None:
    asked = FlowRequest(
        target="",
        nic="web-1",
        direction="Inbound",
        protocol="TCP",
        local_ip=FRONT,
        local_port="443",
        remote_ip="8.8.8.8",
        remote_port="50000",
    )
    with pytest.raises(RequestError, match="the frontend of lb/https, of which web-1 is a backend"):
        Verifier(load_documents({"network.json": list(FLOATING)})).verify(asked)


def test_forwarded_traffic_is_blamed_on_the_nic_that_passes_it_and_never_asked_about() -> None:
    found = only(plan(boundary(), *behind(FORWARDER, rules=OTHERS)))
    assert [name.rsplit("/", 1)[-1] for cause in found.causes for name in cause.endpoints] == ["web-1"]
    assert drifting_of(found) == {"10.9.0.0/24"}
    why = [probe.not_askable for check in found.checks for probe in check.probes if probe.local_ip.startswith("10.9.")]
    assert why == ["ipFlowVerify can't be asked about forwarded traffic"]


def test_a_route_to_an_appliance_names_its_nic() -> None:
    route = {"addressPrefix": "10.0.0.5/32", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.9"}
    table = item("routeTables", "rt", routes=[{"name": "r", "properties": route}])
    network = (
        vnet(snet=within(table="rt")),
        table,
        nic("a", "10.0.0.4"),
        nic("b", "10.0.0.5"),
        nic("vm-fw", "10.0.0.9"),
    )
    found = only(plan(nics("a") + nics("b") + intent("i", "group.a", "group.b", "Allow"), *network))
    assert [u.reason for u in found.flows.unknown] == ["the route rt/r sends it to VirtualAppliance 10.0.0.9 (vm-fw)"]


A, TO_WEB = nic("a", "10.0.0.20"), group("front", f'prefixes = ["{FRONT}/32"]')
INNER = balancer(address="10.0.0.200")
OFFICE = group("office", 'prefixes = ["198.51.100.0/24"]')
CLOSED_INSIDE = (A, INNER, BACKEND, nsg("no", "no 100 In Deny * * -> 10.0.0.200"))
BY_PREFIX = {
    "by a public IP a NIC of ours comes with its NAT's address: the source alone decides": ("Deny", Status.DRIFTED),
    "so it does for an Allow": ("Allow", Status.SATISFIED),
}
ENDS = [
    ("named by the rule", behind(A, balancer(), BACKEND), Status.UNKNOWN),
    ("a private frontend", behind(A, INNER, BACKEND, rules="-> 10.0.0.200|443"), Status.SATISFIED),
    ("the backend denies", behind(*CLOSED_INSIDE, subnet=vnet(snet=within("no")), rules=""), Status.DRIFTED),
]


@pytest.mark.parametrize(("expect", "expected"), BY_PREFIX.values(), ids=BY_PREFIX.keys())
def test_a_nic_to_the_address_of_a_public_frontend(expect: str, expected: Status) -> None:
    spec = nics("a") + TO_WEB + intent("i", "group.a", "group.front", expect)
    assert only(plan(spec, *behind(A, balancer(), BACKEND, rules=""))).status is expected


@pytest.mark.parametrize(("network", "expected"), [c[1:] for c in ENDS], ids=[c[0] for c in ENDS])
def test_a_nic_to_a_frontend_by_name(network: tuple[Json, ...], expected: Status) -> None:
    spec = nics("a") + FE + intent("i", "group.a", "group.fe", "Allow")
    assert only(plan(spec, *network)).status is expected


@pytest.mark.parametrize(("rules", "expected"), [("", Status.SATISFIED), (f"-> {FRONT}|443", Status.DRIFTED)])
def test_from_outside_the_backend_decides(rules: str, expected: Status) -> None:
    spec = OFFICE + TO_WEB + intent("i", "group.office", "group.front", "Deny")
    assert only(plan(spec, *behind(balancer(), BACKEND, rules=rules))).status is expected


@pytest.mark.parametrize("is_known", [True, False])
def test_a_prefix_in_which_a_frontend_may_lie(is_known: bool) -> None:
    """Its backends let in what the NSG of the prefix stops; where its address is not known, it may be of the prefix."""
    subnets = {
        name: {**within(f"nsg-{name}"), "addressPrefixes": [f"10.0.{at}.0/24"]} for at, name in enumerate(("a", "b"))
    }
    front = balancer(address="10.0.0.99")
    if not is_known:
        del front["properties"]["frontendIPConfigurations"][0]["properties"]["privateIPAddress"]
    spec = group("p", 'prefixes = ["10.0.0.0/24"]')
    closed, open_ = nsg("nsg-a", "no 200 In Deny * * -> *"), nsg("nsg-b", "in 200 In Allow Tcp * -> 10.0.0.0/16|443")
    web = backend("web-1", "10.0.1.4")
    web["properties"]["ipConfigurations"][0]["properties"]["subnet"] = {"id": f"{NET}/virtualNetworks/vnet/subnets/b"}
    network = (vnet(**subnets), closed, open_, front, nic("x", "10.0.0.5", subnet="a"), web)
    spec += intent("i", "group.public", "group.p", "Deny")
    (found,) = plan(spec, *network).intents
    assert found.status is (Status.DRIFTED if is_known else Status.UNKNOWN)
