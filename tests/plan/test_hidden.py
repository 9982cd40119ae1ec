"""A NIC that is there and whose place is not known may be in any subnet that is judged as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowspec.model.documents.plan import Status
from flowspec.model.inventory import Lack, id_part, key
from flowspec.network.index import Network
from tests.engine.loading import load_documents
from tests.plan.lab import NET, Json, group, intent, item, nic, nsg, only, plan, vnet, within

SPEC = group("far", 'prefixes = ["8.8.8.0/24"]') + group("all", 'subnets = ["vnet/snet"]')
OPEN, CLOSED = nsg("open", "a 100 In Allow * * -> *"), nsg("closed", "d 100 In Deny * * -> *")
OWN = {"networkSecurityGroup": {"id": f"{NET}/networkSecurityGroups/closed"}}


def hidden(**properties: object) -> Json:
    return item("networkInterfaces", "x", enableIPForwarding=False, **properties)


def placeless(own: str | None) -> Json:
    found = nic("x", "10.0.0.9", nsg=own)
    del found["properties"]["ipConfigurations"][0]["properties"]["subnet"]
    return found


def listing(name: str) -> Json:
    """A VNet with the subnet and another one, which lists the NIC."""
    listed = {"ipConfigurations": [{"id": f"{NET}/networkInterfaces/x/ipConfigurations/ip"}]}
    subnets = {"snet": within("open", "10.0.0.0/24"), "other": within("open", "10.0.1.0/24")}
    return vnet(**{at: {**one, **(listed if at == name else {})} for at, one in subnets.items()})


def status(expect: str, *resources: Json) -> Status:
    return only(plan(SPEC + intent("i", "group.far", "group.all", expect), OPEN, CLOSED, *resources)).status


@pytest.mark.parametrize("lost", [hidden(**OWN), placeless("closed")], ids=["no ip-configuration", "no subnet"])
def test_its_own_nsg_may_stop_what_the_subnets_lets_through(lost: Json) -> None:
    assert status("Allow", vnet(snet=within("open")), lost) is Status.UNKNOWN
    assert status("Deny", vnet(snet=within("closed")), lost) is Status.SATISFIED, "it can open nothing"


def test_one_that_has_none_changes_nothing() -> None:
    assert status("Allow", vnet(snet=within("open")), placeless(None)) is Status.SATISFIED


def test_a_private_endpoint_may_be_past_what_the_subnet_stops() -> None:
    lost = placeless(None)
    lost["properties"]["privateEndpoint"] = {"id": f"{NET}/privateEndpoints/pe"}
    assert status("Deny", vnet(snet=within("closed")), lost) is Status.UNKNOWN


def test_a_public_ip_may_stop_what_no_nsg_stops() -> None:
    lost = placeless(None)
    lost["properties"]["ipConfigurations"][0]["properties"]["publicIPAddress"] = {"id": f"{NET}/publicIPAddresses/ip"}
    assert status("Allow", vnet(snet={"addressPrefix": "10.0.0.0/24"}), lost) is Status.UNKNOWN


@pytest.mark.parametrize(("space", "version", "expected"), [
    ("10.0.0.0/24,fd00:a::/64", None, Status.UNKNOWN), ("10.0.0.0/24,fd00:a::/64", "IPv4", Status.SATISFIED),
    ("10.0.0.0/24", None, Status.SATISFIED),
])  # fmt: skip
def test_an_address_that_is_not_known_may_be_of_either_family(
    space: str, version: str | None, expected: Status
) -> None:
    """Where its subnet has prefixes of both, and nothing says which."""
    own = nic("x", None)
    properties = own["properties"]["ipConfigurations"][0]["properties"]
    del properties["privateIPAddressVersion"]
    properties |= {"privateIPAddressVersion": version} if version else {}
    six = nsg("six", "no 100 In Deny * 0.0.0.0/0 -> *", "yes 110 In Allow * ::/0 -> *")
    spec = group("far", 'prefixes = ["8.8.8.0/24", "2001:db8::/64"]') + group("x", 'select {\n  nic = "x"\n}')
    network = (six, vnet(space=space, snet=within("six")), own)
    assert only(plan(spec + intent("i", "group.far", "group.x", "Deny"), *network)).status is expected


def test_a_bare_nic_may_have_one() -> None:
    bare = {"id": f"{NET}/networkInterfaces/x", "name": "x", "type": "Microsoft.Network/networkInterfaces"}
    assert status("Allow", vnet(snet=within("open")), bare) is Status.UNKNOWN


@pytest.mark.parametrize(("listed_in", "expected"), [("snet", Status.UNKNOWN), ("other", Status.SATISFIED)])
def test_the_subnet_that_lists_it_is_where_it_is(listed_in: str, expected: Status) -> None:
    assert status("Allow", listing(listed_in), hidden(**OWN)) is expected


def test_one_that_is_in_one_of_some_subnets_is_in_no_other() -> None:
    """As where Terraform knows which ones it may be; why nobody knows is told, and nothing of NSGs by their names."""
    subnets = [f"{NET}/virtualNetworks/vnet/subnets/{name}" for name in ("snet", "other", "third")]
    spread = vnet(**{id_part(at, "subnets") or "": within("open", f"10.0.{n}.0/24") for n, at in enumerate(subnets)})
    found = load_documents({"network.json": [OPEN, CLOSED, spread, placeless("closed")]})
    missing = Lack("subnet", "known after apply: azurerm_subnet.x", "settle it", among=tuple(subnets[:2]))
    (own,) = found.nics.values()
    lost = replace(own, ip_configurations=tuple(replace(one, lacks=(missing,)) for one in own.ip_configurations))
    network = Network(replace(found, nics={key(own.id): lost}))
    assert [network.lost.nsgs.get(key(at)) for at in subnets] == [Lack("nsg", missing.reason, missing.settle)] * 2 + [
        None
    ]
