"""A NIC (or a whole subnet) and a direction -> the ordered layers that judge it, tags and groups resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from flowspec.model.inventory import Access, Direction, Lack, Nsg, Rule, Unplaced, key, lack
from flowspec.model.unknown import UNKNOWN, is_unknown
from flowspec.network.index import Endpoint, Network
from flowspec.network.match import Match
from flowspec.network.ports import PortMatch, port_matches
from flowspec.network.tags import Scope, asg, term, unapplied_reason
from flowspec.policy.layers import CERTAIN, Decider, Doubts, Layer, Policy, Variant
from flowspec.sets.flows import ANY_FLOW, Box, between
from flowspec.sets.intervals import ALL_ADDRESSES, AddressSet

_MOST_NSGS = 8
"""So many may be told apart where nobody knows which one is applied; their rules are walked one after the other."""
_PASS = Variant(box=ANY_FLOW, decider=Decider(Access.ALLOW, note="no admin rule matches"))


_TRIED = 2000
"""Layers of NSGs that are kept, however often networks are tried out with these."""


@dataclass(frozen=True, slots=True)
class _Renewal:
    """Which NSGs (keys) a layer hangs on, by direction, and how the same layer is made of another network's."""

    places: frozenset[tuple[str, Direction]]
    make: Callable[[Policies], Layer]


class Policies:
    """The policies of a network, each resolved once; NICs with the same NSGs, to whom tags mean the same, share one."""

    def __init__(self, network: Network, nsgs: Mapping[str, Nsg] | None = None) -> None:
        """`nsgs` (by key): what stands in place of the inventory's, if anything does."""
        self.network = network
        self._nsgs = network.inventory.nsgs if nsgs is None else nsgs
        self._policies: dict[tuple[object, ...], Policy] = {}
        self._layers: dict[tuple[object, ...], Layer] = {}
        self._matches: dict[tuple[object, str], Match] = {}
        self._certain: dict[tuple[int, tuple[str, ...]], list[_Alternative]] = {}
        self._meanings: dict[tuple[object, ...], int] = {}
        self._scopes: dict[tuple[str, str], tuple[Scope, int]] = {}
        self._resolutions: dict[tuple[int, str, Rule], tuple[Variant, ...]] = {}
        self._endpoints: dict[tuple[object, ...], Policy] = {}
        self._renewals: dict[Layer, _Renewal] = {}
        self._changed: frozenset[tuple[str, Direction]] = frozenset()
        self._before: Mapping[tuple[object, ...], Layer] = {}
        self._tried: dict[tuple[int, Direction, int], tuple[Nsg, Layer]] = {}
        self._parts: dict[Layer, dict[int, tuple[Variant, ...]]] = {}
        self._renewed: dict[Policy, Policy] = {}

    def of_endpoint(self, endpoint: Endpoint, direction: Direction) -> Policy:
        """The policy of one ip-configuration."""
        exposure = self._exposure(endpoint) if direction is Direction.INBOUND else "closed"
        nic = endpoint.nic
        scope = key(nic.id) if key(nic.id) in self.network.inventory.expansions else ""
        private = lack(nic, "private_endpoint") or nic.private_endpoint
        found = (endpoint.subnet, lack(nic, "nsg") or nic.nsg, private, exposure, scope, direction)
        if found not in self._endpoints:
            self._endpoints[found] = self._policy(*found)
        return self._endpoints[found]

    def of_subnet(self, subnet: str, direction: Direction) -> Policy:
        """The policy of the addresses of a subnet (a key) that no NIC of the inventory holds.

        Where a NIC that is there may hold one, nobody knows which, its own NSG may stop what the subnet's lets through.
        """
        private = self.network.lost.private.get(subnet, False)
        exposure = "unknown" if direction is Direction.INBOUND and subnet in self.network.lost.exposed else "closed"
        return self._policy(subnet, self.network.lost.nsgs.get(subnet), private, exposure, "", direction)

    def of_unlisted(self, subnet: str, direction: Direction) -> Policy:
        """The policy of NICs that a subnet (a key) lists and the inventory lacks: their own NSG is not known (A14)."""
        private = self.network.lost.private.get(subnet, False)
        return self._policy(subnet, UNKNOWN, private, "closed", "", direction)

    def of_doubted(self, missing: Lack, direction: Direction) -> Policy:
        """The policy of a frontend of which it is not known what arrives there, or at whom."""
        found = (direction, self._unknown_layer("", missing))
        return self._policies.setdefault(found, Policy(direction, found[1:], False))

    def with_nsgs(self, nsgs: Mapping[str, Nsg]) -> Policies:
        """The same network with some NSGs (by key) changed. What they do not touch stays the same object."""
        changed = Policies(self.network, {**self._nsgs, **nsgs})
        changed._matches, changed._meanings, changed._resolutions = self._matches, self._meanings, self._resolutions
        changed._policies, changed._scopes, changed._certain = dict(self._policies), self._scopes, self._certain
        changed._changed = frozenset(
            (nsg, way) for nsg in nsgs for way in Direction if not _same_rules(self._nsgs.get(nsg), nsgs[nsg], way)
        )
        changed._renewals = dict(self._renewals)
        changed._layers = {found: layer for found, layer in self._layers.items() if not changed._is_changed(layer)}
        changed._before, changed._parts, changed._tried = self._layers, self._parts, self._tried
        return changed

    def renewed(self, policy: Policy) -> Policy:
        """A policy of the network before `with_nsgs`, as it is now."""
        if policy not in self._renewed:
            layers = tuple(map(self.renewed_layer, policy.layers))
            found = (policy.direction, *layers)
            if found not in self._policies:
                self._policies[found] = Policy(policy.direction, layers, policy.no_nsg)
            self._renewed[policy] = self._policies[found]
        return self._renewed[policy]

    def renewed_layer(self, layer: Layer) -> Layer:
        """A layer of the network before `with_nsgs`, as it is now."""
        return self._renewals[layer].make(self) if self._is_changed(layer) else layer

    def _is_changed(self, layer: Layer) -> bool:
        renewal = self._renewals.get(layer)
        return renewal is not None and not renewal.places.isdisjoint(self._changed)

    def _places(self, *layers: Layer) -> frozenset[tuple[str, Direction]]:
        """Which NSGs the layers hang on that others are made of."""
        found = (self._renewals[layer].places for layer in layers if layer in self._renewals)
        return frozenset(place for places in found for place in places)

    def _scope(self, subnet: str, nic: str) -> tuple[Scope, int]:
        """The scope, and a number that is the same for scopes in which every tag means the same."""
        if (subnet, nic) not in self._scopes:
            scope = Scope(self.network, subnet, nic)
            expanded = tuple(expansion.scope for expansion in scope.expansions)
            meaning = (term(scope, "VirtualNetwork", ""), term(scope, "Internet", ""), expanded)
            self._scopes[subnet, nic] = scope, self._meanings.setdefault(meaning, len(self._meanings))
        return self._scopes[subnet, nic]

    def _policy(
        self,
        subnet: str,
        nic_nsg: str | Lack | None,
        private: Lack | bool,
        exposure: str,
        nic: str,
        direction: Direction,
    ) -> Policy:
        scope, meaning = self._scope(subnet, nic)
        subnet_layer = self._subnet_layer(scope, meaning, private, direction)
        nic_layer = self._nsg_layer(scope, meaning, nic_nsg, direction) if nic_nsg is not None else None
        ordered = (subnet_layer, nic_layer) if direction is Direction.INBOUND else (nic_layer, subnet_layer)
        layers = [layer for layer in ordered if layer is not None]
        no_nsg = not layers
        if no_nsg:
            layers = [self._open_layer(scope, meaning, exposure)]
        layers = self._admin_layers(scope, meaning, direction) + layers
        found = (direction, *layers)
        if found not in self._policies:
            self._policies[found] = Policy(direction, tuple(layers), no_nsg)
        return self._policies[found]

    def _exposure(self, endpoint: Endpoint) -> str:
        """`closed`: no public IP that matters; `standard`: a Standard public IP; `unknown`: its SKU is not known."""
        public = endpoint.configuration.public_ip
        if lack(endpoint.configuration, "public_ip") is not None:
            return "unknown"
        if public is None:
            return "closed"
        address = self.network.inventory.public_ips.get(key(public))
        if address is None or address.sku is None:
            return "unknown"
        return "closed" if address.sku.casefold() == "basic" else "standard"

    def _keep(self, found: tuple[object, ...], make: Callable[[], Layer]) -> Layer:
        """Layers are kept, never remade: a policy is known by the identity of its layers."""
        if found not in self._layers:
            self._layers[found] = make()
        return self._layers[found]

    def _subnet_layer(self, scope: Scope, meaning: int, private: Lack | bool, direction: Direction) -> Layer | None:
        subnet = self.network.inventory.subnets.get(scope.subnet)
        if subnet is not None and (missing := lack(subnet, "known")) is not None:
            return self._unknown_layer("", missing)
        if subnet is None or not subnet.known:
            name = self.network.subnet_name(scope.subnet)
            reason = f"the subnet {name} is not in the inventory"
            return self._keep((scope.subnet,), lambda: _missing_layer("", reason, f"add the subnet {name}"))
        missing = lack(subnet, "nsg")
        if missing is None and subnet.nsg is None:
            return None
        nsg = missing or subnet.nsg or ""
        policies = (subnet.private_endpoint_policies or "").casefold()
        if not private or policies in ("enabled", "networksecuritygroupenabled"):
            return self._nsg_layer(scope, meaning, nsg, direction)
        if policies and not isinstance(private, Lack):
            return None
        return self._perhaps(scope, meaning, nsg, subnet.name, private, direction)

    def _perhaps(
        self, scope: Scope, meaning: int, nsg: str | Lack, subnet: str, private: Lack | bool, direction: Direction
    ) -> Layer:
        layer = self._nsg_layer(scope, meaning, nsg, direction)
        found = self._keep(("perhaps", scope.subnet, private, layer), lambda: _perhaps_layer(layer, subnet, private))
        self._renewals[found] = _Renewal(
            self._places(layer), lambda now: now._perhaps(scope, meaning, nsg, subnet, private, direction)
        )
        return found

    def _unknown_layer(self, nsg: str, missing: Lack) -> Layer:
        return self._keep((nsg, missing), lambda: _missing_layer(nsg, missing.reason, missing.settle))

    def _nsg_layer(self, scope: Scope, meaning: int, nsg_id: str | Lack, direction: Direction) -> Layer:
        if isinstance(nsg_id, Lack):
            return self._one_of(scope, meaning, nsg_id, direction)
        nsg = self._nsgs.get(key(nsg_id))
        if nsg_id == UNKNOWN:
            reason = f"{self.network.subnet_name(scope.subnet)} lists NICs that are not in the inventory"
            return self._keep((UNKNOWN, scope.subnet), lambda: _missing_layer("", reason, "add these NICs"))
        if nsg is None:
            name = nsg_id.rsplit("/", 1)[-1]
            reason = f"the NSG {name} is not in the inventory"
            return self._keep((key(nsg_id),), lambda: _missing_layer(nsg_id, reason, f"add the NSG {name}"))
        missing = lack(nsg, "rules")
        if missing is not None:
            found: tuple[object, ...] = (nsg.id, missing, direction)
            layer = self._keep(found, lambda: _missing_layer(nsg.id, missing.reason, missing.settle))
        else:
            found = (key(nsg_id), direction, meaning)
            layer = self._keep(found, lambda: self._tried_out(scope, meaning, nsg, direction))
        if layer not in self._renewals:
            self._renewals[layer] = _Renewal(
                frozenset([(key(nsg_id), direction)]), lambda now: now._nsg_layer(scope, meaning, nsg_id, direction)
            )
        return layer

    def _tried_out(self, scope: Scope, meaning: int, nsg: Nsg, direction: Direction) -> Layer:
        """The layer of an NSG; of one that is tried out again, the same."""
        place = (id(nsg), direction, meaning)
        if place not in self._tried:
            if len(self._tried) >= _TRIED:
                self._tried.clear()
            self._tried[place] = nsg, self._walk_of(scope, meaning, nsg, direction)
        return self._tried[place][1]

    def _one_of(self, scope: Scope, meaning: int, missing: Lack, direction: Direction) -> Layer:
        """One of some NSGs, nobody knows which: what all of them say is known. Too many, or of any NSG, are not."""
        if not 0 < len(missing.among) <= _MOST_NSGS:
            return self._unknown_layer("", missing)
        layers = [self._nsg_layer(scope, meaning, nsg, direction) for nsg in missing.among]
        found = self._keep(("one of", missing, *layers), lambda: _one_of_layers(layers, missing))
        self._renewals[found] = _Renewal(
            self._places(*layers), lambda now: now._one_of(scope, meaning, missing, direction)
        )
        return found

    def _walk_of(self, scope: Scope, meaning: int, nsg: Nsg, direction: Direction) -> Layer:
        base = self._before.get((key(nsg.id), direction, meaning))
        rules = [rule for rule in (*nsg.rules, *nsg.default_rules) if rule.direction is direction]
        if base is None:
            last = Variant(box=ANY_FLOW, decider=Decider(Access.DENY, nsg.id, note="no rule matches"))
            return Layer(nsg.id, self._resolved(scope, meaning, nsg.id, rules, last))
        known = self._by_rule(base)
        variants: list[Variant] = []
        for rule in sorted(rules, key=_priority):
            variants += known.get(id(rule)) or self._variants(scope, meaning, nsg.id, rule)
        return Layer(nsg.id, (*variants, base.variants[-1]), base=base)

    def _by_rule(self, layer: Layer) -> Mapping[int, tuple[Variant, ...]]:
        """The variants of a layer by the identity of their rules, which the layer keeps alive."""
        if layer not in self._parts:
            found: dict[int, tuple[Variant, ...]] = {}
            for variant in layer.variants[:-1]:
                place = id(variant.decider.rule)
                found[place] = (*found.get(place, ()), variant)
            self._parts[layer] = found
        return self._parts[layer]

    def _admin_layers(self, scope: Scope, meaning: int, direction: Direction) -> list[Layer]:
        subnet = self.network.inventory.subnets.get(scope.subnet)
        vnet = key(subnet.vnet) if subnet is not None else ""
        if vnet not in self.network.inventory.admin_rules:
            return self._unplaced_layers(scope, meaning, direction)
        rules = [r for r in self.network.inventory.admin_rules[vnet] if r.direction is direction]
        if not rules:
            return []
        found = ("admin", vnet, direction, meaning)
        return [self._keep(found, lambda: Layer("", self._resolved(scope, meaning, "", rules, _PASS), admin=True))]

    def _unplaced_layers(self, scope: Scope, meaning: int, direction: Direction) -> list[Layer]:
        """Admin rules that may hold here, as no answer says which are in force on this VNet (azure.md A15)."""
        answers = self.network.inventory.unplaced
        if not any(answer.admin_rules is None or answer.admin_rules for answer in answers):
            return []
        found = ("maybe admin", direction, meaning)
        return [self._keep(found, lambda: self._maybe_admin(scope, meaning, answers, direction))]

    def _maybe_admin(self, scope: Scope, meaning: int, answers: Iterable[Unplaced], direction: Direction) -> Layer:
        given: list[tuple[int, tuple[Variant, ...]]] = []
        for answer in answers:
            doubt = frozenset({("layer", answer.name)})
            if answer.admin_rules is None:
                given.append((-1, _any_admin(answer, doubt)))
            for rule in answer.admin_rules or ():
                if rule.direction is direction:
                    variants = self._variants(scope, meaning, "", rule)
                    hinging = tuple(_hinging(v, doubt, answer.reason, answer.settle) for v in variants)
                    given.append((rule.priority, hinging))
        ordered = sorted(given, key=lambda pair: pair[0])
        return Layer("", (*(variant for _, variants in ordered for variant in variants), _PASS), admin=True)

    def _open_layer(self, scope: Scope, meaning: int, exposure: str) -> Layer:
        inside = self._match(scope, meaning, "VirtualNetwork")
        return self._keep(("open", meaning, exposure), lambda: _open_layer(inside, exposure))

    def _resolved(self, scope: Scope, meaning: int, nsg: str, rules: list[Rule], last: Variant) -> tuple[Variant, ...]:
        variants = [v for rule in sorted(rules, key=_priority) for v in self._variants(scope, meaning, nsg, rule)]
        return (*variants, last)

    def _variants(self, scope: Scope, meaning: int, nsg: str, rule: Rule) -> tuple[Variant, ...]:
        """The variants of a rule, worked out once: an NSG that gains a rule keeps those of all its others."""
        found = (meaning, nsg, rule)
        if found not in self._resolutions:
            self._resolutions[found] = tuple(self._resolve(scope, meaning, nsg, rule))
        return self._resolutions[found]

    def _resolve(self, scope: Scope, meaning: int, nsg: str, rule: Rule) -> Iterable[Variant]:
        """The rule as variants: every combination of what its fields surely and maybe match."""
        decider = Decider(rule.access, nsg, rule)
        sources = self._side(scope, meaning, rule, "source", rule.sources, rule.source_asgs)
        destinations = self._side(scope, meaning, rule, "destination", rule.destinations, rule.destination_asgs)
        unapplied = unapplied_reason(scope, rule)
        doubt = frozenset({("layer", f"{key(nsg)} {rule.display} applies")})
        for source, destination, ports in product(sources, destinations, port_matches(rule)):
            variant = _variant(decider, source, destination, ports)
            yield _hinging(variant, doubt, unapplied, "") if unapplied else variant

    def _side(
        self, scope: Scope, meaning: int, rule: Rule, end: str, texts: tuple[str, ...], asgs: tuple[str, ...]
    ) -> list[_Alternative]:
        """One end of a rule: its terms' certain addresses together, then each doubtful term by itself."""
        found = (meaning, texts)
        if not asgs and found in self._certain:
            return self._certain[found]
        fact = f"{end} of {rule.display}"
        matches = [self._match(scope, meaning, text, fact) for text in texts if text]
        matches += [self._asg(scope, group) for group in asgs]
        if not matches:
            matches = [
                Match(sure=AddressSet(), maybe=ALL_ADDRESSES, fact=fact, reason=f"{rule.display} names no {end}")
            ]
        sure = matches[0].sure if len(matches) == 1 else _union(matches)
        alternatives = [_Alternative(sure)] if sure else []
        for match in matches:
            maybe = match.maybe.subtract(sure) if len(matches) > 1 else match.maybe
            if maybe:
                doubts = frozenset({(end, match.fact)})
                alternatives.append(_Alternative(maybe, doubts, match.reason, match.settle))
        if not asgs and len(alternatives) == 1 and sure:
            self._certain[found] = alternatives
        return alternatives

    def _match(self, scope: Scope, meaning: int, text: str, fact: str = "") -> Match:
        found = (meaning, fact + text if is_unknown(text) else text)
        if found not in self._matches:
            self._matches[found] = term(scope, text, fact)
        return self._matches[found]

    def _asg(self, scope: Scope, group: str) -> Match:
        found = ("asg nowhere" if scope.is_nowhere else "asg", key(group))
        if found not in self._matches:
            self._matches[found] = asg(scope, group)
        return self._matches[found]


@dataclass(frozen=True, slots=True)
class _Alternative:
    addresses: AddressSet
    doubts: Doubts = CERTAIN
    reason: str = ""
    settle: str = ""


def _hinging(variant: Variant, doubt: Doubts, reason: str, settle: str) -> Variant:
    """A variant that holds only if one more fact does."""
    return Variant(
        box=variant.box,
        decider=variant.decider,
        doubts=variant.doubts | doubt,
        reason="; ".join(filter(None, (reason, variant.reason))),
        settle="; ".join(filter(None, (settle, variant.settle))),
    )


def _any_admin(answer: Unplaced, doubt: Doubts) -> tuple[Variant, ...]:
    """Admin rules of which nothing is known: any flow may be denied by them, or let through past all NSGs."""
    return tuple(
        Variant(
            box=ANY_FLOW,
            decider=Decider(access, note=answer.reason),
            doubts=frozenset({("layer", f"{answer.name} {access}")}) | doubt,
            reason=answer.reason,
            settle=answer.settle,
        )
        for access in (Access.DENY, Access.ALWAYS_ALLOW)
    )


def _union(matches: list[Match]) -> AddressSet:
    return AddressSet.of(span for match in matches for span in match.sure.spans)


def _same_rules(old: Nsg | None, new: Nsg, direction: Direction) -> bool:
    """What an NSG says in a direction has not changed."""
    if old is None or old.default_rules != new.default_rules or old.lacks != new.lacks:
        return False
    ours, theirs = ([rule for rule in nsg.rules if rule.direction is direction] for nsg in (old, new))
    return len(ours) == len(theirs) and all(a is b for a, b in zip(ours, theirs, strict=True))


def _priority(rule: Rule) -> int:
    return rule.priority


def _variant(decider: Decider, source: _Alternative, destination: _Alternative, ports: PortMatch) -> Variant:
    box = Box(
        protocols=ports.protocols,
        sources=source.addresses,
        source_ports=ports.source_ports,
        destinations=destination.addresses,
        destination_ports=ports.destination_ports,
    )
    if not (source.doubts or destination.doubts or ports.facts):
        return Variant(box=box, decider=decider)
    doubts = source.doubts | destination.doubts | frozenset(("ports", fact) for fact in ports.facts)
    reasons = (source.reason, destination.reason, ports.reason)
    settles = (source.settle if source.doubts else "", destination.settle if destination.doubts else "")
    reason = "; ".join(dict.fromkeys(r for r in reasons if r)) if doubts else ""
    return Variant(
        box=box, decider=decider, doubts=doubts, reason=reason, settle="; ".join(dict.fromkeys(s for s in settles if s))
    )


def _missing_layer(nsg: str, reason: str, settle: str) -> Layer:
    """Nothing is known of its rules: any flow may be allowed and may be denied."""
    allow = Decider(Access.ALLOW, nsg, note=reason)
    maybe = Variant(box=ANY_FLOW, decider=allow, doubts=frozenset({("layer", reason)}), reason=reason, settle=settle)
    return Layer(nsg, (maybe, Variant(box=ANY_FLOW, decider=Decider(Access.DENY, nsg, note=reason))))


def _perhaps_layer(layer: Layer, subnet: str, private: Lack | bool) -> Layer:
    """Of a private endpoint, or what may be one, under a subnet whose NSG may not apply to it: it may not be there."""
    reason = f"the subnet {subnet} does not say whether NSGs apply to its private endpoints"
    settle = f"add privateEndpointNetworkPolicies of {subnet}"
    if isinstance(private, Lack):
        reason, settle = private.reason, private.settle
    skip = Decider(Access.ALLOW, note=reason)
    return Layer(
        layer.nsg,
        (
            Variant(box=ANY_FLOW, decider=skip, doubts=frozenset({("layer", reason)}), reason=reason, settle=settle),
            *layer.variants,
        ),
    )


def _one_of_layers(layers: list[Layer], missing: Lack) -> Layer:
    """Each layer but the last holds if it is the one; the last is the one if no other is."""
    *others, last = layers
    variants: list[Variant] = []
    for layer in others:
        doubt = frozenset({("layer", f"{missing.reason}: {key(layer.nsg)}")})
        variants += (_hinging(variant, doubt, missing.reason, missing.settle) for variant in layer.variants)
    return Layer("", (*variants, *last.variants))


def _open_layer(inside: Match, exposure: str) -> Layer:
    """No NSG: open, but for what comes from outside the virtual network to a Standard public IP (azure.md A3)."""
    allow = Decider(Access.ALLOW, note="no NSG applied")
    if exposure == "closed":
        return Layer("", (Variant(box=ANY_FLOW, decider=allow),))
    variants = []
    for addresses, doubts in ((inside.sure, CERTAIN), (inside.maybe, frozenset({("source", inside.fact)}))):
        if addresses:
            box = between(addresses)
            variants.append(Variant(box=box, decider=allow, doubts=doubts, reason=inside.reason, settle=inside.settle))
    deny = Decider(Access.DENY, note="no NSG applied, and a Standard public IP is closed without one")
    if exposure == "standard":
        return Layer("", (*variants, Variant(box=ANY_FLOW, decider=deny)))
    reason = "the SKU of its public IP is not known"
    doubt = Variant(
        box=ANY_FLOW, decider=deny, doubts=frozenset({("layer", reason)}), reason=reason, settle="add the public IP"
    )
    return Layer("", (*variants, doubt, Variant(box=ANY_FLOW, decider=allow)))
