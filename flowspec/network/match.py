"""What one term of a rule means: the addresses it surely holds, and those it may hold."""

from __future__ import annotations

from dataclasses import dataclass

from flowspec.sets.intervals import ALL_ADDRESSES, NO_ADDRESSES, AddressSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """`sure` and `maybe` are disjoint. `fact` names the doubt: the same fact is true or false of one address throughout
    a layer. `reason` says why it can't be decided, `settle` what the user can add to decide it.
    """

    sure: AddressSet
    maybe: AddressSet = NO_ADDRESSES
    fact: str = ""
    reason: str = ""
    settle: str = ""


EVERYTHING = Match(sure=ALL_ADDRESSES)


def unknown_match(fact: str, reason: str, settle: str = "") -> Match:
    """Any address may match."""
    return Match(sure=NO_ADDRESSES, maybe=ALL_ADDRESSES, fact=fact, reason=reason, settle=settle)
