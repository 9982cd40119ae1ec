"""Suggested rules, put into the raw JSON and judged by the naive evaluator: they do what their proof says, no more."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest
from msgspec.structs import replace

from flowspec.model.documents.plan import Change, IntentResult, Proof, Status
from tests.naive import Network, Packet, Point, intent_status
from tests.naive.evaluate import nsg_rule, version_of
from tests.naive.matching import Scene, in_every_world, rule_matches
from tests.naive.resources import Json, lower_id
from tests.plan.differential import RANK, Case, State, claims, transition, universe_of
from tests.plan.sampling import Names, is_platform, places_of

SEEDS = 2000 if os.environ.get("FLOWSPEC_DEEP") == "1" else 80
CHUNK = 40
PACKETS = 36
NOTHING = Proof(opens=(), closes=(), intents_checked=0, intents_changed=())
ORDER = {"Deny": 0, "Unknown": 1, "Allow": 2}


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_suggestions(first: int) -> None:
    found: Counter[str] = Counter()
    for seed in range(first, first + CHUNK):
        case = Case(seed)
        found.update(seen_in(case))
        every = []
        for change in case.before.report.suggested_changes:
            found.update([change.change.action, *(["shared"] if len((*change.mends, *change.helps)) > 1 else [])])
        for batch in case.batches:
            check_batch(case, batch)
            check_needed(case, batch)
            found.update(check_shares(case, batch))
            every += batch
        if len(case.batches) > 1:
            check_statuses(case, every, case.state(every))
    assert_offered(found)


def seen_in(case: Case) -> Iterator[str]:
    yield from ["in part"] if any(is_in_part(intent) for intent in case.drifted()) else []
    for intent in case.mendable():
        yield "mendable"
        yield "offered" if any(cause.changes for cause in intent.causes) else "refused"
        yield f"{intent.kind} {intent.expect}"


def is_in_part(intent: IntentResult) -> bool:
    """Some of the drift gets a suggestion, some does not."""
    return any(cause.changes for cause in intent.causes) and any(cause.no_change for cause in intent.causes)


def assert_offered(found: Counter[str]) -> None:
    """No test of nothing: most drift that NSGs make gets a suggestion, of every kind, and some of it in part."""
    assert found["mendable"] >= 0.75 * CHUNK, found
    assert found["offered"] >= 0.5 * found["mendable"], found
    assert min(found[kind] for kind in ("intent Allow", "intent Deny", "boundary Deny")) >= 1, found
    assert found["in part"] >= 0.05 * CHUNK, found
    for what in ("several NSGs", "own share", "create", "shared"):
        assert found[what] >= 1, found
    assert found["update"] + found["delete"] >= 1, found


def check_batch(case: Case, batch: list[Change]) -> None:
    """The batch alone: what changes is what the proof names, and the intents fare as it says."""
    after = case.state(batch)
    check_statuses(case, batch, after)
    names, proofs = Names(case.before.naive), proofs_of(batch)
    for direction, proof in proofs.items():
        for place, packet in case.packets(batch, proof, direction, PACKETS // len(proofs)):
            if place.lower() in places_of(names.network, local_of(packet, direction)):
                check_packet(case, names, proof, after, (place, direction, packet))
    for other in {"Inbound", "Outbound"} - set(proofs):
        for place, packet in case.packets(
            batch, Proof(opens=(), closes=(), intents_checked=0, intents_changed=()), other, 5
        ):
            was, now = transition(case.before, after, place, other, packet)
            assert was == now, f"seed {case.drawn.seed}: {was} -> {now}: {packet} {other} at {place}"
    for intent in case.before.report.intents:
        if intent.address in case.spec.naive and intent.status is Status.DRIFTED:
            check_flows(case, intent, after)


def check_needed(case: Case, batch: list[Change]) -> None:
    """Without the rules of one NSG more drifts: none is of no use.

    A Deny in the words of an application security group may also stop members behind the NSG of another rule.
    """
    addresses = sorted({address for change in batch for address in (*change.mends, *change.helps)})
    rules = [change.change.after for change in batch if change.change.after]
    if any(rule.access == "Deny" and (rule.source_asgs or rule.destination_asgs) for rule in rules):
        return
    places = {place_of(change) for change in batch}
    whole = drifting(case.state(batch), addresses) if len(places) > 1 else 0
    for place in sorted(places) if len(places) > 1 else ():
        rest = [change for change in batch if place_of(change) != place]
        assert drifting(case.state(rest), addresses) > whole, f"seed {case.drawn.seed}: {addresses} {place}"


def place_of(change: Change) -> tuple[str, str]:
    return change.nsg.lower(), direction_of(change)


def direction_of(change: Change) -> str:
    rule = change.change.after or change.change.before
    assert rule is not None
    return rule.direction


def drifting(state: State, addresses: list[str]) -> int:
    return sum(int(state.intents()[address].flows.drift_total.count) for address in addresses)


def proofs_of(batch: list[Change]) -> dict[str, Proof]:
    """By direction, all that a batch does: what its rules do by themselves and what they do together."""
    found: dict[str, Proof] = {}
    for direction, changes in by_direction(batch).items():
        proofs = [change.proof for change in changes]
        assert not any(proof.truncated for proof in proofs)
        shares = (*proofs, *dict.fromkeys(proof.together for proof in proofs if proof.together))
        found[direction] = replace(
            proofs[0],
            opens=tuple(box for share in shares for box in share.opens),
            closes=tuple(box for share in shares for box in share.closes),
        )
    return found


def by_direction(batch: list[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in batch:
        found.setdefault(direction_of(change), []).append(change)
    return found


def check_shares(case: Case, batch: list[Change]) -> Iterator[str]:
    """No flow is in two shares; and what is the own share of the rules of one NSG happens without the others."""
    names = Names(case.before.naive)
    places = sorted({place_of(change) for change in batch})
    yield from ["several NSGs"] if len(places) > 1 else []
    for nsg, direction in places if len(places) > 1 else ():
        mine = [change for change in batch if place_of(change) == (nsg, direction)]
        alone, own = case.state(mine), [change.proof for change in mine]
        whole = replace(own[0], opens=tuple(box for p in own for box in p.opens), together=None,
                        closes=tuple(box for p in own for box in p.closes))  # fmt: skip
        for place, packet in case.packets(mine, whole, direction, 12):
            claimed = [found for change in batch if place_of(change)[1] == direction
                       for found in claims(names, change.proof, packet, direction)]  # fmt: skip
            assert len(claimed) <= 1, f"seed {case.drawn.seed}: {packet} {direction} in several shares"
            was, now = transition(case.before, alone, place, direction, packet)
            said = claims(names, whole, packet, direction)
            at_home = place.lower() in places_of(names.network, local_of(packet, direction))
            if said and at_home and not is_shared(case) and "Unknown" not in (was, now) and not is_platform(packet):
                assert said == ({"opens"} if ORDER[now] > ORDER[was] else {"closes"}), (packet, was, now)
                yield "own share"


def local_of(packet: Packet, direction: str) -> Point:
    return packet.destination if direction == "Inbound" else packet.source


def check_packet(case: Case, names: Names, proof: Proof, after: State, asked: tuple[str, str, Packet]) -> None:
    """A change of the verdict, or a doubt on which a new rule bears, is named; what is named does change."""
    place, direction, packet = asked
    if any(isinstance(end, tuple) and end[0] == "tag" and not names_tag(case, end[1]) for end in ends_of(packet)):
        return  # it is one of the numbers, nobody knows which
    was, now = transition(case.before, after, place, direction, packet)
    claimed = claims(names, proof, packet, direction)
    told = f"seed {case.drawn.seed}: {was} -> {now}, said {claimed or 'nothing'}: {packet} {direction} at {place}"
    shift = {"opens"} if ORDER[now] > ORDER[was] else {"closes"} if ORDER[now] < ORDER[was] else set()
    is_doubtful = now == "Unknown" and not surely_matched(case, after, asked)
    assert shift <= claimed or is_doubtful, told
    if not is_shared(case) and not (was == now == "Unknown"):
        assert claimed <= shift, told


def ends_of(packet: Packet) -> tuple[Point, Point]:
    return packet.source, packet.destination


def names_tag(case: Case, tag: str) -> bool:
    """Whether a group of the spec is of a tag, so that what it holds is told apart."""
    return any(tag == named.lower() for group in case.spec.spec.groups.values() for named in group.service_tags)


def surely_matched(case: Case, after: State, asked: tuple[str, str, Packet]) -> bool:
    """A new rule matches the packet whichever way the doubts turn out."""
    place, direction, packet = asked
    own = after.naive.ip_configuration(place)
    subnet = own.subnet_id if own else lower_id(place)
    scene = Scene(after.naive, subnet, direction, packet, version_of(after.naive, packet))
    old = {id_of(nsg, rule) for nsg, rule in rules_of(case.before.naive)}
    new = [nsg_rule("securityRules", rule) for nsg, rule in rules_of(after.naive) if id_of(nsg, rule) not in old]
    mine = [rule for rule in new if rule.direction == direction.lower()]
    return any(in_every_world(partial(rule_matches, rule, scene)) == {True} for rule in mine)


def rules_of(network: Network) -> Iterator[tuple[str, Json]]:
    for nsg in network.of_type("networkSecurityGroups"):
        yield from ((nsg["id"], rule) for rule in nsg["properties"]["securityRules"])


def id_of(nsg: str, rule: Json) -> tuple[str, str]:
    return nsg, rule["name"]


def is_shared(case: Case) -> bool:
    """Two VNets have the same addresses: a box does not tell whose it is."""
    vnets = case.before.naive.of_type("virtualNetworks")
    spaces = [str(case.before.naive.vnet_prefixes(vnet["id"])[0]) for vnet in vnets]
    return len(spaces) != len(set(spaces))


def check_statuses(case: Case, changes: list[Change], after: State) -> None:
    """Planned again, the intents stand as the proofs say; together they do as well, or better."""
    intents, again = case.before.intents(), after.intents()
    told = {c.address: c.after for change in changes for c in change.proof.status_changes}
    alone = len({change.batch for change in changes}) == 1
    for address, intent in intents.items():
        expected = told.get(address, intent.status)
        where = f"seed {case.drawn.seed}: {address} {intent.status} -> {again[address].status}, not {expected}"
        if alone:
            assert again[address].status is expected, where
        else:
            assert RANK[again[address].status] <= RANK[expected], where
    assert not after.report.errored
    assert told_of(after) == told_of(case.before)


def told_of(state: State) -> list[tuple[str, str, str]]:
    return [(problem.severity, problem.summary, problem.detail) for problem in state.report.problems]


def check_flows(case: Case, intent: IntentResult, after: State) -> None:
    """Flow by flow at the corners of the drift: what drifts now, in the naive evaluator's eyes, the plan says."""
    names, again = Names(case.before.naive), after.intents()[intent.address]
    verdict = intent_status(after.naive, case.spec.naive[intent.address], universe_of(case, intent))
    for judged in verdict.flows:
        packet = judged.flow.packet
        if not is_platform(packet) and not again.flows.truncated:
            drifts = any(names.in_pair(pair, packet) for pair in again.flows.drift)
            told = f"seed {case.drawn.seed}: {intent.address} {judged}"
            assert (
                drifts or judged.result != "drift" or (is_shared(case) and case.spec.naive[intent.address]["except"])
            ), told
            assert judged.result == "drift" or not drifts or is_shared(case), told
