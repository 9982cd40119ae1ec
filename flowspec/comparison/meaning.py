"""What a layer answers to a flow, as a function of what is not known: alike where it is the same in every case."""

from __future__ import annotations

from itertools import combinations

from flowspec.model.inventory import Access, key
from flowspec.policy.layers import Doubts, Variant

_MOST_FACTS = 8
"""Beyond so many, two ways to write one function pass for two functions; a difference is never missed."""
_Listed = tuple[tuple[Doubts, Access], ...]


def doubts_of(variant: Variant) -> Doubts:
    """Its doubts, that about a whole NSG under the NSG's id: two that no inventory holds may share a name."""
    nsg = key(variant.decider.nsg)
    return frozenset((end, f"{fact} {nsg}" if end == "layer" else fact) for end, fact in variant.doubts)


def meaning(seen: tuple[Variant, ...], final: Variant) -> object:
    """Equal for outcomes that are the same whichever way their doubts turn out."""
    access = final.decider.access
    listed = [(doubts_of(variant), variant.decider.access) for variant in seen]
    while listed and listed[-1][1] is access:
        listed.pop()
    facts = sorted(frozenset().union(*(doubts for doubts, _ in listed)))
    if len(facts) > _MOST_FACTS:
        return tuple(listed), access
    return _table(tuple(listed), access, facts)


def _table(listed: _Listed, last: Access, facts: list[tuple[str, str]]) -> object:
    """The facts that matter, and the answer in each world of these."""
    worlds = [frozenset(world) for size in range(len(facts) + 1) for world in combinations(facts, size)]
    answers = {world: next((access for doubts, access in listed if doubts <= world), last) for world in worlds}
    mattering = [fact for fact in facts if any(answers[world] is not answers[world ^ {fact}] for world in worlds)]
    kept = frozenset(mattering)
    return kept, frozenset((world, answers[world]) for world in worlds if world <= kept)
