"""The mistakes: what is wrong, in which file, which text becomes which, and the tests that should notice first.

Here those in how flows are decided and intents are judged; the others have files of their own, room by room.
"""

from __future__ import annotations

from tests.mutations import cli, concrete, contradictions, diagrams, fixes, patches, server, spec, verifiers, views
from tests.mutations.mutation import Mutation, planted

PACKETS = "tests/engine/test_differential.py::test_packets"
SETS = "tests/engine/test_differential.py::test_sets"
PATHS = "tests/engine/test_differential.py::test_paths"
RECORDED = "tests/engine/test_recorded.py"
BY_HAND = "tests/engine/test_path.py"
SMALL = "tests/engine/test_intents.py::test_small_intents"
FORWARDERS = "tests/plan/test_balancers.py"
INTENTS = "tests/engine/test_intents.py::test_intents"
BOUNDARIES = "tests/engine/test_intents.py::test_boundaries"
NETSET = "tests/engine/test_netset.py"
ADDRESS = "tests/engine/test_address.py"
CLASSES = "tests/engine/test_classes.py"
GATEWAYS = "tests/engine/test_virtual_network.py"
OVERLAPS = "tests/engine/test_overlap.py"
OUTLINES = "tests/plan/test_farm.py::test_what_an_outline_shows_to_hold_holds"
DIFF = "tests/engine/test_diff.py"
SHARDS = "tests/shards"


JUDGING = (
    # Forwarded traffic
    planted(
        "a NIC that may forward does not",
        "intents/questions.py",
        "if lacking and not _stops(party.policy, flows):",
        "if not lacking and not _stops(party.policy, flows):",
        FORWARDERS,
    ),
    planted(
        "what may open to a forwarder surely opens",
        "comparison/difference.py",
        "if question.untold:",
        "if question.untold and shift is None:",
        FORWARDERS,
    ),
    planted(
        "members of a group in two VNets are believed",
        "sources/contradictions.py",
        "replace(config, asgs=(), lacks=lacks)",
        "config",
        "tests/sources/test_unsaid.py",
    ),
    # Layers and rules
    planted(
        "NSG order swapped",
        "policy/policies.py",
        "if direction is Direction.INBOUND else (nic_layer, subnet_layer)",
        "if direction is Direction.OUTBOUND else (nic_layer, subnet_layer)",
        RECORDED,
        PACKETS,
    ),
    planted("priority order reversed", "policy/policies.py", "return rule.priority", "return -rule.priority", RECORDED),
    planted("default rules dropped", "policy/policies.py", "(*nsg.rules, *nsg.default_rules)", "nsg.rules", RECORDED),
    planted(
        "rules of the other direction too",
        "policy/policies.py",
        "(*nsg.rules, *nsg.default_rules) if rule.direction is direction]",
        "(*nsg.rules, *nsg.default_rules)]",
        RECORDED,
    ),
    planted(
        "first layer's allow ends the walk",
        "decide/exact.py",
        "    if not is_last:\n",
        "    if not is_last and carried.maybe_denied:\n",
        SETS,
    ),
    planted(
        "no rule matches: allowed",
        "policy/policies.py",
        'Decider(Access.DENY, nsg.id, note="no rule matches")',
        'Decider(Access.ALLOW, nsg.id, note="no rule matches")',
        PACKETS,
    ),
    planted(
        "admin rules ignored",
        "policy/policies.py",
        "        if not rules:\n            return []",
        "        if rules is not None:\n            return []",
        PACKETS,
    ),
    planted(
        "an admin Allow ends the walk",
        "decide/exact.py",
        "if accesses == {Access.ALWAYS_ALLOW}:",
        "if Access.DENY not in accesses:",
        PACKETS,
    ),
    planted(
        "a private endpoint always under the subnet's NSG",
        "policy/policies.py",
        '(subnet.private_endpoint_policies or "").casefold() if private else "enabled"',
        '"enabled"',
        PACKETS,
    ),
    planted(
        "a Standard public IP open without an NSG",
        "policy/policies.py",
        '== "basic" else "standard"',
        '== "basic" else "closed"',
        PACKETS,
    ),
    planted(
        "a public IP of unknown SKU open",
        "policy/policies.py",
        'in (None, UNKNOWN):\n            return "unknown"',
        'in (None, UNKNOWN):\n            return "closed"',
        PACKETS,
    ),
    planted(
        "an NSG that is missing denies",
        "policy/policies.py",
        'maybe = Variant(box=ANY_FLOW, decider=allow, doubts=frozenset({("layer", reason)})',
        'maybe = Variant(box=between(AddressSet()), decider=allow, doubts=frozenset({("layer", reason)})',
        PACKETS,
    ),
    planted(
        "no NSG applied is no refusal",
        "policy/policies.py",
        "no_nsg = not layers\n        if no_nsg:",
        "no_nsg = False\n        if not layers:",
        RECORDED,
    ),
    # Fields
    planted(
        "source ports ignored",
        "network/ports.py",
        "_products(protocols, source_ports, destination_ports)",
        "_products(protocols, NUMBERED_PORTS, destination_ports)",
        PACKETS,
    ),
    planted(
        "plural lists dropped",
        "sources/node.py",
        "for name in names:\n            value = self.fields.get(name)",
        "for name in names[:1]:\n            value = self.fields.get(name)",
        RECORDED,
        PACKETS,
    ),
    planted("65535 is no port", "sets/written.py", "HIGHEST_PORT = 65535", "HIGHEST_PORT = 65534", RECORDED, PACKETS),
    planted(
        "a range without its last port",
        "sets/written.py",
        "return (int(low), int(high)) if",
        "return (int(low), max(int(low), int(high) - 1)) if",
        PACKETS,
    ),
    planted(
        "`*` does not match Esp",
        "network/ports.py",
        "return ALL_PROTOCOLS if protocol in _ANY",
        "return ProtocolSet.of([(0, 2), (4, 5)]) if protocol in _ANY",
        PACKETS,
    ),
    planted(
        "a rule with ports matches protocols without", "network/ports.py", '(*facts, "portless")', "facts", PACKETS
    ),
    planted(
        "a rule with ports never matches protocols without",
        "network/ports.py",
        "    if portless:\n",
        "    if portless and facts:\n",
        PACKETS,
    ),
    planted(
        "`any` is nobody",
        "network/tags.py",
        'ANYWHERE = ("*", "any"',
        'ANYWHERE = ("*", "Any"',
        PACKETS,
    ),
    planted("protocol by letter case", "network/ports.py", "text.casefold()", "text", PACKETS, RECORDED),
    # Tags and groups
    planted(
        "tag names by letter case",
        "network/tags.py",
        "    name = key(text)\n    expanded",
        "    name = text\n    expanded",
        PACKETS,
    ),
    planted("tag data by letter case", "sources/service_tags.py", "name.casefold()", "name", PACKETS),
    planted("effective answers ignored", "network/tags.py", "if tag in expansion.tags:", "if tag in ():", RECORDED),
    planted(
        "default route does not widen VirtualNetwork",
        "network/virtual_network.py",
        "extent.add(default)",
        "extent.add(NO_ADDRESSES)",
        PACKETS,
    ),
    planted(
        "routes do not widen VirtualNetwork",
        "network/virtual_network.py",
        "extent.add(AddressSet((span,)))",
        "extent.add(NO_ADDRESSES)",
        PACKETS,
    ),
    planted(
        "VirtualNetwork without the platform",
        "network/virtual_network.py",
        "prefix_set((HOST,))",
        "prefix_set(())",
        RECORDED,
    ),
    planted(
        "a peering that is not Connected counts",
        "network/virtual_network.py",
        '== "connected"',
        '!= ""',
        PACKETS,
        PATHS,
    ),
    planted(
        "a gateway's BGP routes forgotten",
        "network/virtual_network.py",
        "elif learned is None and _learns(network, gateway, connections):",
        "elif False:",
        PACKETS,
    ),
    planted(
        "a gateway that the inventory lacks learns nothing",
        "network/virtual_network.py",
        "elif learned is None and key(gateway.id) not in network.inventory.gateways:",
        "elif False:",
        GATEWAYS,
    ),
    planted(
        "a gateway counted by the letter case of its subnet's list",
        "network/virtual_network.py",
        "at = key(gateway_id)",
        "at = gateway_id",
        GATEWAYS,
    ),
    planted(
        "a route table that is not there lets gateways through",
        "network/virtual_network.py",
        'f"add the route table {name}")\n        return False',
        'f"add the route table {name}")\n        return True',
        GATEWAYS,
    ),
    planted(
        "Internet not in doubt for IPv6",
        "network/tags.py",
        "doubtful = V6.subtract(scope.network.vnet_addresses)",
        "doubtful = NO_ADDRESSES",
        PACKETS,
    ),
    planted(
        "group members by letter case",
        "network/index.py",
        "grouped((key(asg), endpoint)",
        "grouped((asg, endpoint)",
        PACKETS,
    ),
    planted(
        "members of unknown address forgotten",
        "network/tags.py",
        "    for member in members:\n        if member.place in network.points:\n",
        "    for member in members:\n        if member.place is None:\n",
        PACKETS,
    ),
    planted(
        "secondary ip-configurations ignored",
        "network/index.py",
        "for configuration in nic.ip_configurations:",
        "for configuration in nic.ip_configurations[:1]:",
        PACKETS,
    ),
    planted(
        "IPv6 taken for IPv4", "sets/address.py", "else V6_BASE + int.from_bytes(", "else int.from_bytes(", ADDRESS
    ),
    # Unknown
    planted(
        "unknown read as no match",
        "policy/policies.py",
        "            if maybe:\n",
        "            if maybe and not match.fact:\n",
        PACKETS,
    ),
    planted(
        "unknown read as match",
        "policy/policies.py",
        "doubts = frozenset({(end, match.fact)})",
        "doubts = CERTAIN",
        PACKETS,
    ),
    planted(
        "one doubt counted twice",
        "decide/exact.py",
        "if any(earlier.doubts <= step.variant.doubts for earlier in seen):",
        "if False:",
        SETS,
    ),
    planted(
        "a layer's doubt forgotten",
        "decide/exact.py",
        "    if dissenting:\n        carried",
        "    if False:\n        carried",
        SETS,
    ),
    planted(
        "an opaque tag never holds an address",
        "network/tags.py",
        "sure=NO_ADDRESSES, maybe=ALL_NUMBERS, fact=name,",
        "sure=NO_ADDRESSES, maybe=NO_ADDRESSES, fact=name,",
        PACKETS,
    ),
    # Paths
    planted(
        "a one-way peering accepted",
        "network/path.py",
        "_peering(network, here, there), _peering(network, there, here)",
        "_peering(network, here, there), _peering(network, here, there)",
        BY_HAND,
    ),
    planted(
        "a peering without access accepted", "network/path.py", "if not peering.allow_access:", "if not peering:", PATHS
    ),
    planted("a route to VnetLocal leads away", "network/path.py", '!= "vnetlocal"', '!= ""', PATHS),
    planted(
        "the way back not looked at",
        "network/path.py",
        "for subnet in _diverting(network, destinations, there):",
        "for subnet in ():",
        BY_HAND,
    ),
    planted("the shortest route wins", "network/path.py", "return sized[0]", "return -sized[0]", PATHS),
    # Intents
    planted(
        "the platform judged",
        "intents/groups.py",
        "return Members(addresses=ALL_NUMBERS.subtract(PLATFORM))",
        "return Members(addresses=ALL_NUMBERS)",
        INTENTS,
    ),
    planted("`at` ignored", "intents/join.py", "if question.at is At.EITHER:", "if question.at is not None:", SMALL),
    planted(
        "an exception past its day still runs", "intents/questions.py", " and self.today <= e.expires]", "]", SMALL
    ),
    planted(
        "an exception ends a day early",
        "intents/questions.py",
        "self.today <= e.expires",
        "self.today < e.expires",
        SMALL,
    ),
    planted(
        "`except` ignored",
        "intents/questions.py",
        ".union(taken)",
        ".union(Cover())",
        SMALL,
    ),
    planted(
        "what `except` may take out is taken out",
        "intents/cover.py",
        "        unsure.append(ALL_ADDRESSES)\n",
        "        unsure.append(NO_ADDRESSES)\n",
        SMALL,
        INTENTS,
    ),
    planted(
        "self pairs judged",
        "intents/questions.py",
        "oneself=self._oneself(intent, sources, destinations)",
        "oneself=NO_ADDRESSES",
        SMALL,
    ),
    planted(
        "a namesake in address taken for oneself",
        "intents/questions.py",
        "common.subtract(_held_twice(sources, destinations, several)) if several else common",
        "common",
        OVERLAPS,
    ),
    planted(
        "missing paths satisfy",
        "intents/judge.py",
        "for detour in self.without_path(question):",
        "for detour in ():",
        SMALL,
    ),
    planted(
        "NICs inside a prefix not judged",
        "intents/sides.py",
        "found = [e for place in network.places.intersect(addresses) for e in network.by_place[place]]",
        "found: list[Endpoint] = []",
        SMALL,
    ),
    planted(
        "NICs of a whole subnet not judged",
        "intents/sides.py",
        "(*members.endpoints, *inside, *within)",
        "(*members.endpoints, *inside)",
        SMALL,
    ),
    planted(
        "NICs that the inventory lacks forgotten",
        "intents/sides.py",
        "for subnet in network.unlisted_subnets\n",
        "for subnet in ()\n",
        INTENTS,
    ),
    planted("members in doubt forgotten", "intents/sides.py", "if m.id not in certain", "if m.id in certain", SMALL),
    planted(
        "a partition's own flows judged",
        "intents/questions.py",
        "outside.subtract(inside)",
        "outside.subtract(NO_ADDRESSES)",
        BOUNDARIES,
    ),
    planted(
        "the list of a boundary ignored",
        "intents/questions.py",
        "everything.subtract(listed.sure)",
        "everything.union(NO_FLOWS)",
        BOUNDARIES,
    ),
    # The short cut to an answer
    planted(
        "narrow: one span that holds some taken for all",
        "decide/narrow.py",
        "return Share.SOME if asked.meets(held) else Share.NONE",
        "return Share.ALL if asked.meets(held) else Share.NONE",
        SMALL,
        INTENTS,
    ),
    planted(
        "narrow: spans that hold some taken for all",
        "decide/narrow.py",
        "return Share.ALL if asked.is_subset(held) else Share.SOME",
        "return Share.ALL",
        SMALL,
        INTENTS,
    ),
    planted(
        "narrow: some of the ports taken for all",
        "decide/narrow.py",
        " and whole >> number & 1 == 1",
        "",
        SMALL,
        INTENTS,
    ),
    planted(
        "narrow: a table without port 65535",
        "decide/narrow.py",
        "changes[high + 1] = changes.get(high + 1, 0) ^ variants",
        "changes[min(high + 1, 65535)] = changes.get(min(high + 1, 65535), 0) ^ variants",
        SMALL,
        INTENTS,
    ),
    planted(
        "narrow: the last value of a span not looked up",
        "decide/narrow.py",
        "bisect_right(self._starts, high)]",
        "bisect_right(self._starts, max(low, high - 1))]",
        SMALL,
        INTENTS,
    ),
    planted(
        "narrow: a doubtful variant that comes first taken for certain",
        "decide/narrow.py",
        "if not first.whole or first.variant.doubts:",
        "if not first.whole:",
        SMALL,
        INTENTS,
    ),
    planted(
        "narrow: nothing looked at behind a doubtful variant",
        "decide/narrow.py",
        "if every and not variant.doubts:",
        "if every:",
        SMALL,
        INTENTS,
    ),
    # Outlines of checks that workers make
    planted(
        "outline: addresses without a filter count as stopped",
        "intents/summary.py",
        "return (out and not question.sources.foreign) or (into and not question.destinations.foreign)",
        "return out or into",
        OUTLINES,
    ),
    planted(
        "outline: what is not known counts as denied",
        "intents/summary.py",
        "out, into = found.outbound <= {Access.DENY}, found.inbound <= {Access.DENY}",
        "out, into = Access.ALLOW not in found.outbound, Access.ALLOW not in found.inbound",
        OUTLINES,
    ),
    planted(
        "outline: what is not known counts as allowed",
        "intents/summary.py",
        "return found.outbound | found.inbound <= {Access.ALLOW}",
        "return Access.DENY not in found.outbound | found.inbound",
        OUTLINES,
    ),
    planted(
        "outline: members in doubt forgotten",
        "intents/summary.py",
        "if question.maybe or question.problems:",
        "if question.problems:",
        OUTLINES,
    ),
    planted(
        "outline: one side that stops is enough, whatever `at` says",
        "intents/summary.py",
        "if isinstance(question.of, Boundary) or question.at is not At.EITHER:",
        "if isinstance(question.of, Boundary):",
        OUTLINES,
    ),
    # Differences
    planted(
        "diff: a rule that only the old side has left out",
        "comparison/alignment.py",
        "for number in range(at, mine):",
        "for number in range(at + 1, mine):",
        DIFF,
    ),
    planted(
        "diff: another doubt passes for the same",
        "comparison/parallel.py",
        "return meaning(*old) != meaning(*new)",
        "return old.final.decider.access is not new.final.decider.access",
        DIFF,
    ),
    planted(
        "diff: a flow that two layers answer otherwise told twice",
        "comparison/parallel.py",
        "if at >= number or not _differ(*one)",
        "if at >= 0",
        DIFF,
    ),
    planted(
        "diff: a flow let go of before the last rule that differs",
        "comparison/parallel.py",
        "passed = turned and at - self._firsts[number] >= last",
        "passed = turned",
        DIFF,
    ),
    planted(
        "diff: whoever is gone gains what nobody had",
        "comparison/difference.py",
        "return before is not Access.DENY and after is not Access.ALLOW",
        "return before is not Access.ALLOW or after is not Access.DENY",
        DIFF,
    ),
    planted(
        "diff: a fact that matters taken for one that does not",
        "comparison/meaning.py",
        "answers[world] is not answers[world ^ {fact}] for world in worlds",
        "answers[world] is not answers[world | {fact}] for world in worlds if len(world) > 1",
        DIFF,
    ),
    # Shards
    planted(
        "shards: causes of all shards count in the changes of the first",
        "shards/changes.py",
        "_intent(i, place % len(reports), new, lost)",
        "_intent(i, 0, new, lost)",
        SHARDS,
    ),
    planted(
        "shards: changes in the order of the shards",
        "shards/changes.py",
        "key=lambda b: (b.first, b.shard",
        "key=lambda b: (b.shard, b.shard",
        SHARDS,
    ),
    planted(
        "shards: two rules of one priority",
        "shards/changes.py",
        "    if rule is not None:\n",
        "    if rule is not None and not rule.priority:\n",
        SHARDS,
    ),
    planted(
        "shards: the first fix of two for one place is not offered",
        "shards/changes.py",
        "key=lambda b: (b.first, b.shard, b.number)):",
        "key=lambda b: (-b.first, b.shard, b.number)):",
        SHARDS,
    ),
    planted(
        "shards: what was not proved together may be applied",
        "shards/merge.py",
        "applyable=len(offered.shards) == 1",
        "applyable=len(offered.shards) >= 1",
        SHARDS,
    ),
    planted(
        "shards: a narrowed plan passes for a whole one",
        "shards/merge.py",
        "complete=all(",
        "complete=any(not shard_of(r).complete for r in reports) or all(",
        SHARDS,
    ),
    planted(
        "shards: an agreement hides another shard's disagreement",
        "shards/answers.py",
        "        return 0\n",
        "        return 3\n",
        SHARDS,
    ),
    planted(
        "shards: a probe that two shards asked counts twice",
        "shards/answers.py",
        "flow = flow_of(probe)",
        "flow = (_, *flow_of(probe))",
        SHARDS,
    ),
    planted(
        "shards: what has no admin rules told once for each shard",
        "reporting/notes.py",
        "kept = [note for note in notes if note.address != _ADMIN_RULES]",
        "kept = [note for note in notes if vnets]",
        SHARDS,
    ),
    # Sets
    planted(
        "spans that touch stay apart",
        "sets/intervals.py",
        "if not merged or span[0] > end + 1:",
        "if not merged or span[0] > end:",
        NETSET,
    ),
    planted("a hole one too wide", "sets/intervals.py", "low = theirs[i][1] + 1", "low = theirs[i][1] + 2", NETSET),
    planted(
        "boxes merged that differ in two sides",
        "sets/flows.py",
        "for field in _SIDES if field != name)",
        'for field in _SIDES if field not in (name, "sources"))',
        NETSET,
    ),
    planted(
        "a class one value too wide",
        "sets/classes.py",
        "events[high + 1] = events.get(high + 1, 0) ^ bit",
        "events[high] = events.get(high, 0) ^ bit",
        CLASSES,
    ),
    planted(
        "a prefix too many",
        "sets/address.py",
        "while low + (1 << size) - 1 > high:",
        "while low + (1 << size) > high:",
        ADDRESS,
    ),
    planted(
        "a boundary that leaks outward only has no cause",
        "intents/causes.py",
        "if isinstance(question.of, Boundary) or question.at is At.BOTH",
        "if question.at is At.BOTH",
        "tests/plan/test_fixes.py",
    ),
    planted(
        "diagrams forget what is uncertain",
        "intents/by_diagram.py",
        "bad, undecided, space.flows(question.uncertain.boxes))",
        "bad, undecided, space.flows(()))",
        "tests/plan/test_shattered.py",
    ),
    planted(
        "diagrams judge an address against itself",
        "intents/by_diagram.py",
        "space.flows(question.asked.boxes).subtract(selves)",
        "space.flows(question.asked.boxes)",
        "tests/plan/test_shattered.py",
    ),
    # What is told
    planted(
        "a difference names all who share its question",
        "comparison/difference.py",
        "for place in asked if place.addresses.meets(local))",
        "for place in asked)",
        f"{DIFF}::test_those_are_named_whom_the_flows_touch",
    ),
    planted(
        "what one rule does is told of the next one too",
        "fixes/prove.py",
        "here, left[gate[1]] = here.without(taken), left[gate[1]].without(taken)",
        "here = here.without(taken)",
        "tests/plan/test_suggestions.py",
    ),
    planted(
        "what takes several NSGs is the first one's own",
        "fixes/prove.py",
        "here = alone.common(left[gate[1]])",
        "here = left[gate[1]]",
        "tests/plan/test_suggestions.py",
    ),
    planted(
        "a stale inventory passes",
        "cli/stale.py",
        "elif now != then:",
        "elif False:",
        "tests/cli/test_saved.py::test_a_stale_plan_is_refused",
    ),
)

MUTATIONS: tuple[Mutation, ...] = (
    *JUDGING,
    *diagrams.MISTAKES,
    *concrete.MISTAKES,
    *contradictions.MISTAKES,
    *fixes.MISTAKES,
    *patches.MISTAKES,
    *spec.MISTAKES,
    *verifiers.MISTAKES,
    *views.MISTAKES,
    *server.MISTAKES,
    *cli.MISTAKES,
)
