"""The network that a document is about, to be drawn: VNets, their subnets and peerings, and whose NSGs are where."""

from __future__ import annotations

from typing import Literal

from flowspec.model.documents.values import DocumentValue

PairState = Literal["permitted", "denied", "partly", "open", "unknown", "none", "untold"]
"""What becomes of the flows from one to another, as `GroupPair` has it."""


class DrawnSubnet(DocumentValue, frozen=True, kw_only=True):
    """A subnet on the map: the NSG of its own ("" has none), how many NICs are in it, and the NSGs of these."""

    id: str
    prefixes: tuple[str, ...]
    nsg: str = ""
    nics: int = 0
    nic_nsgs: tuple[str, ...] = ()


class DrawnPeering(DocumentValue, frozen=True, kw_only=True):
    """One direction of a peering: to which VNet (its id), and its state as Azure has it ("": not told)."""

    remote: str
    state: str = ""


class DrawnVnet(DocumentValue, frozen=True, kw_only=True):
    """A VNet on the map."""

    id: str
    prefixes: tuple[str, ...]
    peerings: tuple[DrawnPeering, ...] = ()
    subnets: tuple[DrawnSubnet, ...] = ()


class NetworkMap(DocumentValue, frozen=True, kw_only=True):
    """The network that was judged, to be drawn; what there is no room for is counted."""

    vnets: tuple[DrawnVnet, ...]
    vnets_left_out: int = 0
    subnets_left_out: int = 0


class SubnetBlock(DocumentValue, frozen=True, kw_only=True):
    """All pairs of some subnets, of the flows' source and of their destination.

    Numbers are those of the map's subnets in their order, from 0; the next number is what is elsewhere or not known,
    and the one after that an address that several subnets have.
    """

    sources: tuple[int, ...]
    destinations: tuple[int, ...]


class SubnetPairs(SubnetBlock, frozen=True, kw_only=True):
    """Pairs of subnets of whose flows the same becomes; `drift`: some are not as wished."""

    state: PairState
    drift: bool
