"""Whatever stands in the place of a value: an inventory, or a SourceError, and nothing else."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowspec.errors import SourceError
from flowspec.sources import load_inventory, locate_all
from tests.sources.network import NIC, NSG, VNET, flatten, ref, shop

ODD: list[Any] = [
    None,
    "",
    "x",
    0,
    -1,
    1.5,
    True,
    [],
    {},
    [None],
    [[]],
    [{}],
    {"id": 1},
    {"id": None},
    ["x"],
    [1],
    "0.0.0.0/0",
    "*",
    "/",
    "\0unknown",
    "10.0.0.0/99",
    {"properties": {}},
    {"value": []},
    NSG,
    ref(VNET),
    10**30,
    "é" * 50,
    "/providers/a/b/c",
]
ANSWERS: list[Any] = [
    {
        "networkSecurityGroup": ref(NSG),
        "association": {"networkInterface": ref(NIC)},
        "effectiveSecurityRules": [{"name": "a/b"}],
    },
    {
        "id": f"{NIC}/effectiveRouteTable",
        "value": [{"source": "Default", "nextHopType": "None", "addressPrefix": ["10.0.0.0/8"]}],
    },
    {"id": f"{VNET}/listNetworkManagerEffectiveSecurityAdminRules", "value": [{"sources": [{"addressPrefix": "*"}]}]},
]


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for name, item in inner for path in paths(item, (*at, name)))]


NETWORKS = [[*shop(), *ANSWERS], flatten([*shop(), *ANSWERS])]
PLACES = [paths(network)[1:] for network in NETWORKS]


def put(network: Any, path: tuple[Any, ...], value: Any) -> None:
    """Writes a value at a path, if the path is still there."""
    *way, last = path
    try:
        for name in way:
            network = network[name]
        if isinstance(network, (dict, list)):
            network[last] = value
    except (KeyError, IndexError, TypeError):
        return


@given(st.data(), st.sampled_from([0, 1]))
@settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
def test_an_odd_value_anywhere(data: st.DataObject, which: int) -> None:
    network = json.loads(json.dumps(NETWORKS[which]))
    for path in data.draw(st.lists(st.sampled_from(PLACES[which]), min_size=1, max_size=3)):
        put(network, path, copy.deepcopy(data.draw(st.sampled_from(ODD))))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "net.json")
        file.write_text(json.dumps(network))
        try:
            problems = load_inventory([str(file)]).problems
        except SourceError as error:
            problems = error.problems
        wheres = {problem.where for problem in problems if problem.where}
        assert all(where.line for where in locate_all(wheres).values() if where.pointer)
