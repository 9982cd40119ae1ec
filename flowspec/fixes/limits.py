"""What Azure takes of one NSG and of one rule (azure.md B4.1, B5): a rule beyond it can't be suggested."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

from flowspec.fixes.edits import Edit, edited
from flowspec.model.inventory import Nsg, Rule, key, vnet_part
from flowspec.network.index import Network
from flowspec.sets.address import parse_prefix

RULES = 1000
PREFIXES = 4000
GROUPS = 10
GROUPS_OF_NSG = 100


def _overlap(texts: Iterable[str]) -> bool:
    """Whether a prefix is within another: Azure answers `OverlappingSubnetsNotPermittedInSecurityRule`."""
    spans = sorted(span for text in texts if (span := parse_prefix(text)) is not None)
    return any(after[0] <= before[1] for before, after in pairwise(spans))


class Limits:
    """`network` tells in which VNet the application security groups are."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def broken(self, steps: Iterable[Edit]) -> str:
        """Why an NSG would refuse one of some steps, made in their order; "" where none does."""
        nsgs = dict(self._network.inventory.nsgs)
        for step in steps:
            nsgs |= edited(nsgs, [step])
            if step.after is not None and (reason := self._refusal(step, step.after, nsgs[key(step.nsg)])):
                return reason
        return ""

    def _refusal(self, step: Edit, rule: Rule, nsg: Nsg) -> str:
        before = step.before
        if before is None and len(nsg.rules) > RULES:
            return f"{nsg.name} would have more than {RULES:,} rules"
        if before is not None and replace(before, priority=rule.priority) == rule:
            return ""
        groups = {key(asg) for one in nsg.rules for asg in (*one.source_asgs, *one.destination_asgs)}
        if (rule.source_asgs or rule.destination_asgs) and len(groups) > GROUPS_OF_NSG:
            return f"the rules of {nsg.name} would name more than {GROUPS_OF_NSG} application security groups"
        return self.refusal_of(rule)

    def refusal_of(self, rule: Rule) -> str:
        """Why Azure would not take a rule, whatever NSG it is in; "" where it would."""
        return next(iter(self._reasons(rule)), "")

    def _reasons(self, rule: Rule) -> Iterator[str]:
        for texts, asgs in ((rule.sources, rule.source_asgs), (rule.destinations, rule.destination_asgs)):
            if len(texts) > PREFIXES:
                yield f"a rule has at most {PREFIXES:,} prefixes at one end"
            if len(texts) > 1 and any(parse_prefix(text) is None for text in texts):
                yield "a list holds prefixes only: a tag or * stands alone"
            if _overlap(texts):
                yield "the prefixes of a list do not overlap"
            if texts and asgs:
                yield "an end of a rule is prefixes or application security groups, not both"
            if len(asgs) > GROUPS:
                yield f"a rule names at most {GROUPS} application security groups at one end"
        vnets = {vnet for asg in (*rule.source_asgs, *rule.destination_asgs) for vnet in self._vnets.get(key(asg), ())}
        if len(vnets) > 1:
            yield "the application security groups of a rule are of one VNet"

    @cached_property
    def _vnets(self) -> Mapping[str, set[str]]:
        """Where the members of each group are."""
        found: dict[str, set[str]] = {}
        for endpoint in self._network.endpoints:
            for asg in endpoint.configuration.asgs:
                found.setdefault(key(asg), set()).add(vnet_part(endpoint.subnet))
        return found
