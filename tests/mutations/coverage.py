"""Mistakes in coverage, and in the pairs of subnets and the walks that reports show."""

from __future__ import annotations

from tests.mutations.mutation import planted

COVERAGE = "tests/coverage/test_coverage.py"
SUBNETS = "tests/plan/test_between_subnets.py"

MISTAKES = (
    planted(
        "coverage: a permit is covered when some of its flows are",
        "coverage/coverage.py",
        "                into.counts[by_default].permits += 1\n",
        "                is_left = is_left and not any(one.subtract(alike.silent) for one in flows)\n"
        "                into.counts[by_default].permits += 1\n",
        COVERAGE,
    ),
    planted(
        "coverage: a rule is spoken of when anything is asked where it stands",
        "coverage/coverage.py",
        "return any(mine.meets(theirs) and count_apart(",
        "return bool(self.asked) or any(count_apart(",
        COVERAGE,
    ),
    planted(
        "coverage: a permit of an address to itself counts",
        "coverage/coverage.py",
        "return place in own and others.spans != ((place, place),)",
        "return place in own",
        COVERAGE,
    ),
    planted(
        "coverage: a question speaks of whoever has the address",
        "coverage/asked.py",
        "        for number in numbers:\n",
        "        for number in range(len(self._boxes)):\n",
        COVERAGE,
    ),
    planted(
        "coverage: an NSG before the last sees nothing",
        "coverage/permits.py",
        "self._is_alone = len(policy.layers) == len(nsgs) == 1",
        "self._is_alone = len(nsgs) >= 1",
        "tests/coverage/test_law.py",
    ),
    planted(
        "coverage: what is denied counts as permitted",
        "coverage/permits.py",
        "            if part.access is Access.DENY:\n                continue\n",
        "            if not part.flows:\n                continue\n",
        COVERAGE,
    ),
    planted(
        "coverage: what the last NSG permits by default is permitted by default",
        "coverage/permits.py",
        "            for layer in reversed(self.layers[:-1]):\n",
        "            for layer in ():\n",
        COVERAGE,
    ),
    planted(
        "subnets: flows of an address with itself join a subnet to itself",
        "reporting/between_subnets.py",
        "if here >> source & 1 and oneself and not self._is_within(box, source, oneself):",
        "if here >> source & 1 and not oneself and not self._is_within(box, source, oneself):",
        SUBNETS,
    ),
    planted(
        "subnets: a map that is cut calls the others elsewhere",
        "reporting/between_subnets.py",
        "if size > self.room or not self.is_whole:",
        "if size > self.room:",
        SUBNETS,
    ),
    planted(
        "subnets: flows of a diagram are told by one of their ends alone",
        "reporting/between_subnets.py",
        "there = self._of(flows.intersect(flows.of((box,))).addresses(of_source=not by_source))",
        "there = self._of(flows.addresses(of_source=not by_source))",
        SUBNETS,
    ),
    planted(
        "names: a set is called after another that meets it",
        "reporting/set_names.py",
        "if rest and held.meets(rest) and held.is_subset(addresses):",
        "if rest and held.meets(rest):",
        "tests/outputs/test_set_names.py",
    ),
    planted(
        "names: addresses that two VNets have are called after one of them",
        "reporting/set_names.py",
        "if len(self.held[place]) == 1 and not held.meets(shared)",
        "if len(self.held[place]) == 1",
        "tests/outputs/test_set_names.py",
    ),
    planted(
        "walks: a plan explains what is as wished before what is wrong",
        "explaining/explain.py",
        "told = sorted(report.intents, key=lambda intent: intent.status is Status.SATISFIED)",
        "told = sorted(report.intents, key=lambda intent: intent.status is not Status.SATISFIED)",
        "tests/explaining/test_plan_walks.py",
    ),
)
