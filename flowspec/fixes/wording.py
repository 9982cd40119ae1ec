"""A set of addresses -> the ways to write it in a rule, with the intent's own groups, tags and prefixes first.

A tag is never spelt out: its prefixes change, and a rule that lists them goes stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowspec.intents.groups import Groups, Members
from flowspec.model.inventory import Rule, key, vnet_part
from flowspec.model.spec import GROUP_ANY, Select
from flowspec.network.internet import internet_list
from flowspec.network.tags import ANYWHERE
from flowspec.sets.address import parse_prefix, prefix_set, prefix_texts
from flowspec.sets.intervals import ALL_ADDRESSES, FAMILIES, NO_ADDRESSES, AddressSet, family_of, is_point

MAX_TERMS = 250
MAX_ASGS = 10
"""Application security groups that Azure takes in one end of a rule (azure.md B4.1)."""
_MANY = 4
"""Terms beyond which `*` or `Internet` is shorter, if it comes to the same."""


@dataclass(frozen=True, slots=True)
class Term:
    """One way to write a set of addresses in a rule: prefixes or one tag, or application security groups."""

    addresses: AddressSet
    texts: tuple[str, ...] = ()
    asgs: tuple[str, ...] = ()

    @property
    def is_listable(self) -> bool:
        """Prefixes alone, which can stand beside others; a tag and `*` can't."""
        return bool(self.texts) and all(parse_prefix(text) is not None for text in self.texts)

    @property
    def is_wide(self) -> bool:
        """`*` or `Internet`, which are tried where they may come to the same."""
        return self.texts in (("*",), ("Internet",))

    def joined(self, other: Term) -> Term | None:
        """Both in one end of a rule, if Azure takes that."""
        if self == other or self.texts == ("*",):
            return self
        if other.texts == ("*",):
            return other
        addresses = self.addresses.union(other.addresses)
        if self.asgs and other.asgs:
            asgs = tuple({key(asg): asg for asg in (*self.asgs, *other.asgs)}.values())
            return Term(addresses, (), asgs) if len(asgs) <= MAX_ASGS else None
        if not (self.is_listable and other.is_listable) or _family(self) is not _family(other):
            return None
        texts = tuple(_maximal((*self.texts, *other.texts)))
        return Term(addresses, texts) if len(texts) <= MAX_TERMS else None


EVERYWHERE = Term(ALL_ADDRESSES, ("*",))


class UnspeakableError(Exception):
    """These flows can't be written as rules; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speller:
    """Writes the addresses of some groups for NSGs of `vnet` (a key), beyond which its groups can't be named.

    `extra` are terms of rules in the way. `behind` are the addresses of all who stand behind the NSG, where this is the
    end that it judges: to it they are `*`. `subnets` are those that the groups are.
    """

    groups: Groups
    names: tuple[str, ...]
    vnet: str
    extra: tuple[Term, ...] = ()
    behind: AddressSet = NO_ADDRESSES
    subnets: tuple[str, ...] = ()

    def whole(self, addresses: AddressSet) -> Iterator[Term]:
        """Single terms that hold all of some addresses of one family, the best first; some hold more."""
        family = _family_of(addresses)
        if self.behind and self.behind.intersect(family).is_subset(addresses) and self.behind.meets(family):
            yield EVERYWHERE
        known = [*self._own(family), *self._places(family)]
        yield from (term for term in known if addresses.is_subset(term.addresses))
        together: Term | None = None
        for term in known:
            if term.addresses.meets(addresses) and not (together and term.addresses.is_subset(together.addresses)):
                together = term if together is None else together.joined(term) or together
        if together is not None and addresses.is_subset(together.addresses):
            yield together
        extra = [term for term in self.extra if addresses.is_subset(term.addresses)]
        extra = [_in_family(term, family) for term in extra]
        try:
            listed = self._prefixes(addresses)
        except UnspeakableError:
            listed = None
        if listed is None or len(listed.texts) > _MANY:
            yield EVERYWHERE
            if addresses.is_subset(internet_list().addresses):
                yield Term(internet_list().addresses, ("Internet",))
            yield from extra
        if listed is not None:
            yield listed
            yield from extra

    def spell(self, addresses: AddressSet) -> list[Term]:
        """The fewest terms that come to the addresses, which are of one family, exactly."""
        terms = []
        left = addresses
        family = _family_of(addresses)
        for term in (*self._own(family), *(_in_family(term, family) for term in self.extra)):
            wanted = term.addresses.intersect(left if term.asgs else family)
            if wanted and wanted.is_subset(left):
                terms.append(term)
                left = left.subtract(wanted)
        if not left:
            return terms
        behind = self.behind.intersect(family)
        if behind and behind.is_subset(addresses) and any(is_point(low) for low, _ in left.spans):
            return [EVERYWHERE]
        return [*terms, self._prefixes(left)]

    def _own(self, family: AddressSet) -> Iterator[Term]:
        """How the groups themselves are written: their application security groups, their tags, `*`."""
        for name in self.names:
            if name == GROUP_ANY:
                yield Term(self.groups.members(name).addresses, ("*",))
                continue
            group = self.groups.spec.groups.get(name)
            if group is None:
                continue
            members = self.groups.members(name)
            asgs = _asgs_of(group.selects, group.excludes, members)
            if asgs and all(vnet_part(e.subnet) == self.vnet for e in members.endpoints):
                yield Term(AddressSet.of((e.place, e.place) for e in members.endpoints), (), asgs)
            for tag in group.service_tags:
                yield Term(self._tagged(tag, members), (tag,))
            if group.prefixes:
                term = Term(members.addresses.intersect(prefix_set(group.prefixes)), group.prefixes)
                yield _in_family(term, family)

    def _places(self, family: AddressSet) -> Iterator[Term]:
        """The prefixes of the subnets that the groups are."""
        for name in self.subnets:
            subnet = self.groups.network.inventory.subnets.get(name)
            if subnet is not None and subnet.prefixes:
                term = _in_family(Term(prefix_set(subnet.prefixes), subnet.prefixes), family)
                if term.texts:
                    yield term

    def _tagged(self, tag: str, members: Members) -> AddressSet:
        unsure = self.groups.network.tag_points.get(key(tag))
        if unsure is not None:
            return AddressSet.of([(unsure.v4, unsure.v4), (unsure.v6, unsure.v6)])
        prefixes = self.groups.network.inventory.service_tags.prefixes.get(key(tag))
        return prefix_set(prefixes) if prefixes is not None else members.addresses

    def _prefixes(self, addresses: AddressSet) -> Term:
        if any(is_point(low) for low, _ in addresses.spans):
            raise UnspeakableError("an address that is not known can't be written in a rule")
        for name in self.names:
            group = self.groups.spec.groups.get(name)
            if group is not None and group.service_tags and addresses.meets(self._tags_of(name)):
                raise UnspeakableError(
                    f"only a part of the tags of group.{name} is meant, and a tag is never spelt out"
                )
        texts = prefix_texts(addresses)
        if len(texts) > MAX_TERMS:
            raise UnspeakableError(f"it would take {len(texts)} prefixes")
        return Term(addresses, tuple(texts))

    def _tags_of(self, name: str) -> AddressSet:
        members = self.groups.members(name)
        tags = self.groups.spec.groups[name].service_tags
        return AddressSet.of(span for tag in tags for span in self._tagged(tag, members).spans)


def rule_terms(rule: Rule, end: str) -> tuple[Term, ...]:
    """The source or destination of an existing rule as terms to write again, if it is prefixes."""
    texts = rule.sources if end == "source" else rule.destinations
    if not texts or any(text.casefold() in ANYWHERE or parse_prefix(text) is None for text in texts):
        return ()
    return (Term(prefix_set(texts), texts),)


def _family_of(addresses: AddressSet) -> AddressSet:
    return FAMILIES[0] if family_of(addresses.spans[0][0]) == 4 else FAMILIES[1]


def _family(term: Term) -> AddressSet:
    return _family_of(term.addresses)


def _in_family(term: Term, family: AddressSet) -> Term:
    """Prefixes of one family: a rule does not mix them."""
    texts = tuple(text for text in term.texts if parse_prefix(text) is None or prefix_set((text,)).meets(family))
    return Term(term.addresses.intersect(family), texts, term.asgs)


def _maximal(texts: Iterable[str]) -> Iterator[str]:
    """Prefixes without those inside of others, each once, in their order."""
    spans = {text: span for text in texts if (span := parse_prefix(text)) is not None}
    kept: set[str] = set()
    end = -1
    for text in sorted(spans, key=lambda text: (spans[text][0], -spans[text][1])):
        if spans[text][1] > end:
            kept.add(text)
            end = spans[text][1]
    return (text for text in spans if text in kept)


def _asgs_of(selects: tuple[Select, ...], excludes: tuple[Select, ...], members: Members) -> tuple[str, ...]:
    """The ids of the application security groups that a group is made of, if it is made of nothing else."""
    plain = all(
        s.application_security_group
        and s == Select(application_security_group=s.application_security_group)
        and not any("*" in name or "?" in name for name in s.application_security_group)
        for s in selects
    )
    if not selects or excludes or not plain:
        return ()
    wanted = {name.rsplit("/", 1)[-1].casefold() for s in selects for name in s.application_security_group}
    found = {key(a): a for e in members.endpoints for a in e.configuration.asgs}
    return tuple(found[k] for k in sorted(found) if k.rsplit("/", 1)[-1] in wanted)
