"""What an index finds for a select against every ip-configuration tried: nothing that meets it is left out."""

from __future__ import annotations

import random

import pytest

from flowspec.intents.candidates import Candidates
from flowspec.intents.groups import _unmet
from flowspec.model.inventory import id_part
from flowspec.model.spec import Select
from flowspec.network.index import Endpoint
from tests.engine.generated import Twins
from tests.naive.networks import draw


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_nothing_that_meets_a_select_is_left_out(first: int) -> None:
    met = fewer = 0
    for seed in range(first, first + 20):
        twins, dice = Twins(draw(seed)), random.Random(seed)
        network = twins.network
        candidates, rank = Candidates(network), {e: n for n, e in enumerate(network.endpoints)}
        for _ in range(30):
            select = drawn(dice, dice.choice(network.endpoints))
            tried = list(candidates.of(select))
            expected = [e for e in network.endpoints if _unmet(network, select, e) is not None]
            assert set(expected) <= set(tried), (seed, select)
            assert [rank[e] for e in tried] == sorted({rank[e] for e in tried})
            met += bool(expected)
            fewer += len(tried) < len(network.endpoints)
    assert met and fewer


def drawn(dice: random.Random, like: Endpoint) -> Select:
    """Conditions that an ip-configuration meets, or once met: in another letter case, as globs, as ids, with others."""
    nic, (vnet, _, subnet) = like.nic, like.subnet.rpartition("/subnets/")
    vm = nic.vm.rsplit("/", 1)[-1] if nic.vm else "vm-none"
    names = {
        "nic": [nic.name, nic.id],
        "vm": [vm, nic.vm or "vm-none"],
        "resource_group": [id_part(nic.id, "resourceGroups") or "none"],
        "subnet": [like.subnet, subnet, f"{vnet.rsplit('/', 1)[-1]}/{subnet}"],
        "vnet": [vnet, vnet.rsplit("/", 1)[-1]],
    }
    chosen = dice.sample(sorted(names), dice.choice([0, 1, 1, 2]))
    tags = tuple(dice.sample(nic.tags, min(len(nic.tags), dice.choice([0, 1, 2]))))
    tags += (("Tier", "web"),) if dice.random() < 0.2 else ()
    return Select(**{kind: patterns(dice, names[kind]) for kind in chosen}, tags=tags)  # type: ignore[arg-type]


def patterns(dice: random.Random, names: list[str]) -> tuple[str, ...]:
    name = dice.choice(names)
    end = dice.randrange(len(name) + 1)
    spelt = dice.choice([name, name.upper(), name.casefold(), name[:end] + "*", "?" + name[1:]])
    return (spelt, *(["no-such-name"] if dice.random() < 0.3 else []))
