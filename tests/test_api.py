"""The public API: what docs/api.md shows runs, is typed and costs nothing; arrays say what single flows do."""

from __future__ import annotations

import doctest
import os
import random
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest

import flowspec
from tests.cli.command import environment
from tests.cli.command import flowspec as command
from tests.engine.generated import Twins
from tests.naive.networks import draw

np = pytest.importorskip("numpy")

ROOT = Path(__file__).parents[1]
SHOP = ROOT / "examples" / "shop"
USER = """
from datetime import date
from pathlib import Path

import flowspec
import numpy as np
from flowspec import FlowAnswer, FlowAnswers, FlowArrays, FlowRequest, Inventory, Report, Spec, Verifier

spec: Spec = flowspec.load_spec([Path("a"), "b"], variables={"env": "prod"})
network: Inventory = flowspec.load_inventory("net.json", cloud=flowspec.Cloud(name="AzureUSGovernment"))
report: Report = flowspec.plan(spec, network, today=date(2026, 11, 21), targets=["intent.x"])
names: list[str] = [change.rule for change in report.suggested_changes]
opened: int = flowspec.diff(network, network).summary.opens
one: FlowAnswer = flowspec.verify(Verifier(network), FlowRequest(
    target="vm", direction="Inbound", protocol="TCP", local_ip="", local_port="", remote_ip="", remote_port=""))
many: FlowAnswers = flowspec.verify(network, FlowArrays(
    target="vm", direction="Inbound", protocols="TCP", local_ip="", local_ports=np.array([22]), remote_ips=[1],
    remote_ports=1))
allowed: int = int((many.access == "Allow").sum())
try:
    text: str = flowspec.to_json(report)
except flowspec.FlowspecError as error:
    told: list[str] = [problem.summary for problem in error.problems]
WRONG
"""
MISTAKES = ("flowspec.plan(network, spec)", "one.acess", "flowspec.verify(network, 1)", "flowspec.unheard_of")


def test_the_examples_of_the_docs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    done = doctest.testfile(str(ROOT / "docs" / "api.md"), module_relative=False, encoding="utf-8")
    assert done.attempted > 20
    assert not done.failed


def test_a_user_is_told_by_mypy(tmp_path: Path) -> None:
    """In strict mode: what the docs show is right, and each mistake is seen."""
    file = tmp_path / "user.py"
    file.write_text(USER.replace("WRONG", "\n".join(MISTAKES)), encoding="utf-8")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=", str(file)]
    done = subprocess.run(mypy, cwd=ROOT, env=os.environ | {"MYPYPATH": str(ROOT)}, capture_output=True, text=True)
    found = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line}
    last = len(file.read_text().splitlines())
    assert found == set(range(last - len(MISTAKES) + 1, last + 1)), done.stdout + done.stderr


def test_importing_it_costs_nothing() -> None:
    program = "import sys; before = set(sys.modules); import flowspec; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-S", "-c", program], env=environment() | {"PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True)  # fmt: skip
    assert set(done.stdout.split()) == {"flowspec", "flowspec.version", "__future__"}, done.stderr


def test_every_name_is_there() -> None:
    assert set(flowspec.__all__) <= set(dir(flowspec))
    for name in flowspec.__all__:
        assert getattr(flowspec, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'unheard_of'"):
        flowspec.unheard_of  # noqa: B018


def test_one_path_is_no_list_of_letters() -> None:
    alone, listed = flowspec.load_inventory(SHOP / "network"), flowspec.load_inventory([str(SHOP / "network")])
    assert alone.nics == listed.nics
    assert flowspec.load_spec(str(SHOP)).digest == flowspec.load_spec([SHOP]).digest


def test_documents_are_those_of_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    spec, network = flowspec.load_spec("examples/shop"), flowspec.load_inventory("examples/shop/network")
    other = flowspec.load_inventory("examples/two-nsgs/network")
    report = flowspec.plan(spec, network, today=date(2026, 11, 21))
    assert flowspec.to_json(report) == printed(
        "plan", "examples/shop", "-i", "examples/shop/network", "--today", "2026-11-21", "--json"
    )
    assert flowspec.to_json(flowspec.diff(network, other)) == printed(
        "diff", "examples/shop/network", "examples/two-nsgs/network", "--json"
    )


def printed(*arguments: str) -> str:
    return command(*arguments, cwd=ROOT).stdout


def test_without_numpy_arrays_say_so() -> None:
    program = """
import sys
sys.modules["numpy"] = None
import flowspec
network = flowspec.load_inventory("examples/shop/network")
try:
    flowspec.verify(network, flowspec.FlowArrays(target="vm-web-01", direction="Inbound", protocols="TCP",
        local_ip="10.20.1.4", local_ports=22, remote_ips=1, remote_ports=1))
except flowspec.FlowspecError as error:
    print(error.problems[0].summary, error.problems[0].detail)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert done.stdout == "Arrays of flows need numpy, which a plain installation leaves out. " \
                          "pip install 'flowspec[batch]'\n", done.stderr  # fmt: skip


def test_arrays_say_what_single_flows_do() -> None:
    asked = 0
    for seed in range(20):
        twins, dice = Twins(draw(seed)), random.Random(seed)
        verifier = flowspec.Verifier(twins.network.inventory)
        for endpoint in twins.network.endpoints:
            for direction in ("Inbound", "Outbound"):
                asked += _agree(verifier, endpoint, direction, dice)
    assert asked > 1000


def _agree(verifier: flowspec.Verifier, endpoint: object, direction: str, dice: random.Random) -> int:
    """How many flows were asked; none where Azure refuses, then both ways refuse alike."""
    local = endpoint.place  # type: ignore[attr-defined]
    if not isinstance(local, int) or local >= 1 << 32:
        return 0
    places = [e.place for e in verifier.network.endpoints if e.place < 1 << 32]
    remotes = [dice.choice(places) if dice.random() < 0.5 else dice.randrange(1 << 32) for _ in range(30)]
    protocols = [dice.choice((6, 17)) for _ in remotes]
    ports = [dice.choice((22, 80, 443, 3389, 5432, dice.randrange(65536))) for _ in remotes]
    nic = endpoint.nic.id  # type: ignore[attr-defined]
    arrays = flowspec.FlowArrays(
        nic=nic, direction=direction, local_ip=str(IPv4Address(local)), protocols=np.array(protocols),
        local_ports=np.array(ports), remote_ips=np.array(remotes, np.uint32), remote_ports=50000,
    )  # fmt: skip
    one = flowspec.FlowRequest(
        target="", nic=nic, direction=direction, local_ip=str(IPv4Address(local)), protocol="TCP",
        local_port="1", remote_ip="1.2.3.4", remote_port="50000",
    )  # fmt: skip
    try:
        found = flowspec.verify(verifier, arrays)
    except flowspec.RequestError as refused:
        with pytest.raises(flowspec.RequestError) as alone:
            flowspec.verify(verifier, one)
        assert (alone.value.code, alone.value.message) == (refused.code, refused.message)
        return 0
    for at, (remote, protocol, port) in enumerate(zip(remotes, protocols, ports, strict=True)):
        request = replace(
            one, protocol="TCP" if protocol == 6 else "UDP", local_port=str(port), remote_ip=str(IPv4Address(remote))
        )
        assert found[at] == flowspec.verify(verifier, request)
        assert found.access[at] == found[at].access
    return len(found)


WEB = {"target": "vm-web-01", "direction": "Inbound", "local_ip": "10.20.1.4", "protocols": "TCP", "local_ports": 22,
       "remote_ips": [1, 2, 3], "remote_ports": 50000}  # fmt: skip


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"protocols": "ICMP"}, "protocols hold 'ICMP', which is not one of TCP, UDP"),
        ({"protocols": [6, 1, 6]}, "protocols hold 1, which is neither 6 (TCP) nor 17 (UDP)"),
        ({"protocols": 300}, "protocols hold 300, which is not in the range 0-255"),
        ({"remote_ports": [1, 2]}, "columns of different lengths: remote_ips 3, remote_ports 2"),
        ({"remote_ports": [1, 2, -1]}, "remote_ports hold -1, which is not in the range 0-65535"),
        ({"remote_ips": [1, 1 << 32]}, "remote_ips hold 4294967296"),
        ({"remote_ips": ["1.2.3.4", "fd00::1"]}, "remote_ips 'fd00::1' is not a valid IPv4 address"),
        ({"remote_ips": [1 << 80]}, "remote_ips are no whole numbers but object"),
        ({"local_ports": 65536}, "local_ports hold 65536"),
        ({"local_ports": 22.5}, "local_ports are no whole numbers but float64"),
        ({"local_ports": True}, "local_ports are no whole numbers but bool"),
        ({"remote_ips": [[1, 2]]}, "remote_ips have 2 dimensions"),
        ({"remote_ports": np.ma.masked_array([22, 80], [False, True])}, "remote_ports are a masked array"),
        ({"direction": "Sideways"}, "'Sideways' is not one of Inbound, Outbound"),
        ({"local_ip": "10.20.1.9"}, "10.20.1.9 is no address of vm-web-01"),
        ({"target": "vm-web-09"}, "no matching resource vm-web-09"),
    ],
)
def test_what_is_no_flow_is_refused(given: dict[str, object], told: str) -> None:
    network = flowspec.load_inventory(SHOP / "network")
    with pytest.raises(flowspec.RequestError) as refused:
        flowspec.verify(network, flowspec.FlowArrays(**WEB | given))  # type: ignore[arg-type]
    assert told in str(refused.value)


def test_no_flows_have_no_answers() -> None:
    found = flowspec.verify(
        flowspec.load_inventory(SHOP / "network"),
        flowspec.FlowArrays(**WEB | {"remote_ips": []}),  # type: ignore[arg-type]
    )
    assert (len(found), found.access.tolist()) == (0, [])


ASKED = flowspec.FlowRequest(
    target="vm-web-01",
    direction="Inbound",
    protocol="TCP",
    local_ip="10.20.1.4",
    local_port="22",
    remote_ip="198.51.100.7",
    remote_port="50000",
)


@pytest.mark.parametrize("mistake", [
    lambda spec, network: flowspec.plan(network, spec),
    lambda spec, network: flowspec.plan(str(SHOP), network),
    lambda spec, network: flowspec.plan(spec, network, today="2026-11-21"),
    lambda spec, network: flowspec.plan(spec, network, today=datetime(2026, 11, 21, tzinfo=UTC)),
    lambda spec, network: flowspec.plan(spec, network, max_boxes=0),
    lambda spec, network: flowspec.diff(network, str(SHOP)),
    lambda spec, network: flowspec.diff(spec, network),
    lambda spec, network: flowspec.diff(network, network, max_boxes=-1),
    lambda spec, network: flowspec.verify(str(SHOP), ASKED),
    lambda spec, network: flowspec.verify(network, [ASKED]),
    lambda spec, network: flowspec.verify(network, replace(ASKED, local_port=22)),
    lambda spec, network: flowspec.verify(network, replace(ASKED, protocol=6)),
    lambda spec, network: flowspec.verify(network, replace(ASKED, remote_ip=IPv4Address("8.8.8.8"))),
    lambda spec, network: flowspec.verify(network, flowspec.FlowArrays(
        target="vm-web-01", direction="Inbound", local_ip=3, protocols=6, local_ports=22, remote_ips=1,
        remote_ports=1)),
    lambda spec, network: flowspec.to_json(network),
    lambda spec, network: flowspec.to_json(None),
])  # fmt: skip
def test_what_is_no_document_or_of_another_type_is_told_by_the_name_of_its_argument(mistake) -> None:  # type: ignore[no-untyped-def]
    spec, network = flowspec.load_spec(SHOP), flowspec.load_inventory(SHOP / "network")
    with pytest.raises((TypeError, ValueError), match="must be "):
        mistake(spec, network)


@pytest.mark.parametrize("load", [flowspec.load_spec, flowspec.load_inventory])
def test_what_the_system_says_about_a_name_is_a_flowspec_error(load) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(flowspec.FlowspecError):
        load("a" * 300)


def test_one_text_is_a_list_of_one_everywhere(tmp_path: Path) -> None:
    with pytest.raises(flowspec.FlowspecError) as told:
        flowspec.load_spec(SHOP, variable_files=str(tmp_path / "none.tfvars"))
    assert len(told.value.problems) == 1
    spec, network = flowspec.load_spec(SHOP), flowspec.load_inventory(SHOP / "network")
    report = flowspec.plan(spec, network, today=date(2026, 11, 21), targets="intent.no-ssh-from-outside")
    assert [intent.address for intent in report.intents] == ["intent.no-ssh-from-outside"]
