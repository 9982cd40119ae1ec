"""NICs of which nobody knows in which subnet they are -> what that leaves open of the subnets that they may be in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flowspec.model.inventory import Inventory, Lack, Nic, Unlisted, key, lack

Lost = tuple[Nic | None, Lack, tuple[str, ...]]
"""A NIC, as far as it is known; why nobody knows where it is; the keys of the subnets that may be it, none: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostNics:
    """By the key of a subnet: why an address of it that no known NIC holds may be that of a NIC with an NSG of its own
    (`nsgs`), or of a private endpoint, for which the subnet's NSG may not count (`private`, azure.md A13).

    `exposed`: the subnets in which it may be that of a NIC with a public IP.
    """

    nsgs: Mapping[str, Lack] = field(default_factory=dict)
    private: Mapping[str, Lack] = field(default_factory=dict)
    exposed: frozenset[str] = frozenset()


def lost_nics(inventory: Inventory, roaming: Iterable[Lost]) -> LostNics:
    """All that the NICs leave open which are `roaming`, or which a subnet lists and the inventory lacks."""
    nsgs: dict[str, Lack] = {}
    private = dict(_endpoints_alone(inventory))
    exposed: set[str] = set()
    for nic, missing, subnets in (*roaming, *_alone(inventory)):
        where = subnets or tuple(inventory.subnets)
        if nic is None or nic.nsg is not None or lack(nic, "nsg") is not None:
            nsgs = dict.fromkeys(where, Lack("nsg", missing.reason, missing.settle)) | nsgs
        if nic is not None and _may_be_private(nic):
            private = dict.fromkeys(where, Lack("private_endpoint", missing.reason, missing.settle)) | private
        if nic is not None and _may_be_public(nic):
            exposed.update(where)
    return LostNics(nsgs=nsgs, private=private, exposed=frozenset(exposed))


def _alone(inventory: Inventory) -> Iterator[Lost]:
    """What subnets list of NICs that are not of a scale set."""
    for unlisted in inventory.unlisted:
        nic = key(unlisted.id).partition("/ipconfigurations/")[0]
        if "/networkinterfaces/" in nic and not is_of_scale_set(unlisted.id):
            yield inventory.nics.get(nic), _absent(unlisted), (key(unlisted.subnet),)


def _endpoints_alone(inventory: Inventory) -> Iterator[tuple[str, Lack]]:
    """The subnets (keys) that list a private endpoint whose NIC the inventory lacks."""
    for unlisted in inventory.unlisted:
        if "/privateendpoints/" in key(unlisted.id):
            reason = f"the NIC of the private endpoint {unlisted.id.rsplit('/', 1)[-1]} is not in the inventory"
            yield key(unlisted.subnet), Lack("private_endpoint", reason, "add az network nic list -o json")


def _may_be_private(nic: Nic) -> bool:
    """Whether a NIC is a private endpoint's, or may be: such a one has neither a VM nor an NSG of its own."""
    return nic.private_endpoint or (lack(nic, "private_endpoint") is not None and nic.nsg is None and nic.vm is None)


def _may_be_public(nic: Nic) -> bool:
    """Whether a NIC has a public IP, or may have one."""
    return not nic.ip_configurations or any(c.public_ip or lack(c, "public_ip") for c in nic.ip_configurations)


def _absent(unlisted: Unlisted) -> Lack:
    name = "/".join(unlisted.id.split("/")[-3::2])
    return Lack(
        "nsg", f"{name} is not in the inventory, and may have an NSG of its own", "add az network nic list -o json"
    )


def is_of_scale_set(resource_id: str) -> bool:
    """The id is of an instance of a scale set, or of the set."""
    return "/virtualmachinescalesets/" in resource_id.casefold()
