"""`flowspec import`: the spec it writes says what the network permits, no more and no less, and reads well."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flowspec.cli.app import run
from flowspec.importing import passing
from flowspec.importing.brief import brief
from flowspec.importing.importing import imported
from flowspec.intents import judge
from flowspec.intents.case import Case
from flowspec.model.inventory import Inventory
from flowspec.model.spec import Group, Spec
from flowspec.sets.flows import FlowSet, between
from flowspec.sets.intervals import AddressSet
from flowspec.sources import load_inventory
from flowspec.spec import load_spec
from tests.engine.generated import documents
from tests.engine.loading import load_documents
from tests.importing.reading import TODAY, read
from tests.naive.networks import draw
from tests.plan.lab import item, nic, nsg, vnet, within
from tests.plan.test_balancers import FRONT, PUBLIC_IP, TO_FRONT, VNET, backend, balancer

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLES / "shop" / "network", tmp_path / "network")
    return tmp_path


def test_the_shop_is_told_as_a_person_would(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with chdir(shop):
        assert run(["import", "-i", "network", "--out-dir", "spec"]) == 0
        told = capsys.readouterr().err
        spec = load_spec(["spec"])
    assert list(spec.intents) == [
        "vnet-shop-nics-to-internet", "vnet-shop-to-web-and-vnet-shop-free", "snet-web-to-app-tcp-8080-8081",
        "internet-to-web-https", "app-to-db-postgres", "net-198-51-100-0-24-and-net-203-0-113-0-24-to-web-tcp-22-443",
        "nothing-else",
    ]  # fmt: skip
    assert list(spec.boundaries) == ["vnet-shop-inbound", "vnet-shop-outbound"]
    assert told.splitlines()[-2:] == [
        "7 intents and 2 boundaries for 7 custom rules.",
        "Proof: 9 of 9 satisfied; coverage 100 %.",
    ]


def test_what_it_wrote_plans_as_wished_and_stays_as_fmt_leaves_it(shop: Path) -> None:
    with chdir(shop):
        assert run(["import", "-i", "network", "--out-dir", "spec"]) == 0
        assert run(["plan", "spec"]) == 0
        assert run(["coverage", "spec", "--min-coverage", "100"]) == 0
        assert run(["fmt", "--check", "spec"]) == 0


def test_without_a_folder_it_goes_to_standard_output(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with chdir(shop):
        assert run(["import", "-i", "network"]) == 0
        (shop / "all.flow.hcl").write_text(capsys.readouterr().out, "utf-8")
        assert run(["plan", "all.flow.hcl"]) == 0
        assert run(["fmt", "--check", "all.flow.hcl"]) == 0


def test_a_rule_more_than_was_imported_drifts(shop: Path) -> None:
    """So the spec is a gate from the first day."""
    with chdir(shop):
        assert run(["import", "-i", "network", "--out-dir", "spec"]) == 0
        file = shop / "network" / "nsgs.json"
        text = file.read_text("utf-8")
        assert text.count("5432") == 1
        file.write_text(text.replace("5432", "5433"), "utf-8")
        assert run(["plan", "spec"]) == 2


def test_a_file_that_is_there_is_left_alone(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "rest.flow.hcl").write_text("# mine\n")
    with chdir(shop):
        assert run(["import", "-i", "network", "--out-dir", "."]) == 1
    assert "There is already a file rest.flow.hcl" in capsys.readouterr().err
    assert (shop / "rest.flow.hcl").read_text() == "# mine\n"
    assert not (shop / "network.flow.hcl").exists()


def test_a_network_without_nics_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "n.json").write_text(json.dumps([vnet(snet=within())]))
    assert run(["import", "-i", str(tmp_path / "n.json")]) == 1
    assert "has no NIC" in capsys.readouterr().err


def test_what_is_not_known_is_said_and_not_claimed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with chdir(EXAMPLES / "missing-data"):
        assert run(["import", "-i", "network", "--out-dir", str(tmp_path / "spec")]) == 2
        assert run(["plan", str(tmp_path / "spec"), "-i", "network"]) == 0
    told = capsys.readouterr().err
    assert "Not known: the tag AzureFrontDoor.Backend has no data" in told
    assert "Not known: the NSG nsg-central is not in the inventory" in told
    spec = load_spec([tmp_path / "spec"])
    unknown = [intent for intent in spec.intents.values() if intent.name.startswith("unknown-")]
    assert unknown
    assert not any(intent.enabled for intent in unknown)
    assert all(intent.description.startswith("not known: ") for intent in unknown)


@pytest.mark.parametrize("name", ["shop", "two-nsgs", "hub-spoke", "missing-data"])
def test_the_examples(name: str, tmp_path: Path) -> None:
    inventory = load_inventory([str(EXAMPLES / name / "network")])
    found, spec = read(inventory, tmp_path)
    assert found.proof.satisfied == found.proof.intents + found.proof.boundaries > 0
    assert found.proof.holds == (name in ("shop", "two-nsgs"))
    assert bool(found.proof.unsaid) == (not found.proof.holds)
    assert imported(inventory, TODAY, "drawn", ["network"]).files == found.files
    assert spec.intents


HOSTILE = 'a"b ${c} %{d}\n}\n\x1b[31m\u202e\\'


def test_names_of_anyone_stay_names(tmp_path: Path) -> None:
    """Tags, and all that Azure lets people call theirs, neither break out nor meet."""
    vms = [
        {"id": f"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm{n}",
         "name": f"vm{n}", "type": "Microsoft.Compute/virtualMachines",
         "tags": {"tier": tier, HOSTILE: HOSTILE},
         "properties": {"networkProfile": {"networkInterfaces": [{"id": nic(f"nic{n}")["id"]}]}}}
        for n, tier in enumerate(("any", "public", "ANY ", f"web{HOSTILE}"))
    ]  # fmt: skip
    nics = [nic(f"nic{n}", f"10.0.0.{4 + n}") for n in range(4)]
    for one, vm in zip(nics, vms, strict=True):
        one["properties"]["virtualMachine"] = {"id": vm["id"]}
    rules = [f"r{n} {100 + n} In Allow Tcp 8.8.{n}.0/24 -> 10.0.0.{4 + n}|{443 + n}" for n in range(4)]
    network = [nsg("nsg", *rules), vnet(space="10.0.0.0/24", snet=within("nsg")), *nics, *vms]
    found, spec = read(load_documents({"network.json": network}), tmp_path)
    assert found.proof.holds
    assert len(spec.groups) == len(set(spec.groups))
    assert all(re.fullmatch("[a-z][a-z0-9-]*", name) for name in (*spec.groups, *spec.intents))
    tags = [pair for group in spec.groups.values() for select in group.selects for pair in select.tags]
    assert ("tier", f"web{HOSTILE}") in tags
    assert run(["fmt", "--check", str(tmp_path)]) == 0


def copied(count: int) -> list[Any]:
    """Subnets with an NSG each, all with the same ten rules."""
    rules = [f"r{n} {100 + n} In Allow Tcp 198.51.100.{n}/32 -> *|{8000 + n}" for n in range(9)]
    subnets = {f"snet{n}": within(f"nsg{n}", f"10.0.{n}.0/24") for n in range(count)}
    nsgs = [nsg(f"nsg{n}", *rules, "deny 4000 In Deny * VirtualNetwork -> *") for n in range(count)]
    nics = [nic(f"nic{n}-{m}", f"10.0.{n}.{4 + m}", subnet=f"snet{n}") for n in range(count) for m in range(3)]
    return [*nsgs, vnet("vnet", "10.0.0.0/16", None, **subnets), *nics]


def test_rules_that_repeat_are_few_intents(tmp_path: Path) -> None:
    found, _ = read(load_documents({"network.json": copied(12)}), tmp_path)
    assert found.proof.holds
    assert found.proof.rules == 120
    assert found.proof.intents <= 40


def test_other_ports_than_a_few_of_every_protocol(tmp_path: Path) -> None:
    """A protocol without a name can't be listed: what is stopped is, and taken out."""
    rules = ["no-ssh 100 In Deny Tcp * -> *|22", "rest 110 In Allow * 8.8.8.0/24 -> *"]
    network = [nsg("nsg", *rules), vnet(space="10.0.0.0/24", snet=within("nsg")), nic("nic", "10.0.0.4")]
    found, spec = read(load_documents({"network.json": network}), tmp_path)
    assert found.proof.holds
    left_out = [intent for intent in spec.intents.values() if intent.name.startswith("not-")]
    assert [(s.ports, i.enabled) for i in left_out for s in i.services] == [(((22, 22),), False)]


def test_a_name_that_is_not_the_only_one_is_an_id(tmp_path: Path) -> None:
    """Two subnets of VNets that are called alike, in two resource groups."""
    other = json.loads(json.dumps([
        nsg("nsg", "r 100 In Allow Tcp 8.8.8.0/24 -> *|443"),
        vnet(space="10.1.0.0/24", snet=within("nsg")),
        nic("nic", "10.1.0.4", nsg="nsg"),
    ]).replace("/resourceGroups/rg/", "/resourceGroups/rg2/"))  # fmt: skip
    own = [nsg("nsg"), vnet(space="10.0.0.0/24", snet=within("nsg")), nic("nic", "10.0.0.4")]
    found, _ = read(load_documents({"network.json": [*own, *other, item("publicIPAddresses", "ip")]}), tmp_path)
    assert found.proof.holds


def test_what_a_source_calls_sensitive_is_not_written(tmp_path: Path) -> None:
    rules = ["office 100 In Allow Tcp 203.0.113.0/24 -> *|443", "open 110 In Allow Tcp 8.8.8.0/24 -> *|443"]
    network = [nsg("nsg", *rules), vnet(space="10.0.0.0/24", snet=within("nsg")), nic("nic", "10.0.0.4")]
    inventory = replace(load_documents({"network.json": network}), sensitive=frozenset({"203.0.113.0/24"}))
    found, _ = read(inventory, tmp_path)
    assert not any("203.0.113" in text or "203-0-113" in text for text in found.files.values())
    assert "what passes to and from addresses that a source calls sensitive" in found.proof.unsaid
    assert found.proof.satisfied == found.proof.intents + found.proof.boundaries
    assert "8.8.8.0/24" in found.files["network.flow.hcl"]


def test_what_has_a_name_beside_a_sensitive_one_is_written_by_it(tmp_path: Path) -> None:
    one = {**nic("nic", "10.0.0.4"), "tags": {"owner": "hunter"}}
    network = [nsg("nsg", "web 100 In Allow Tcp 8.8.8.0/24 -> 10.0.0.4|443"), one, nic("other", "10.0.0.5"),
               vnet(space="10.0.0.0/24", snet=within("nsg"))]  # fmt: skip
    inventory = load_documents({"network.json": network})
    assert "hunter" in read(inventory, tmp_path)[0].files["network.flow.hcl"]
    found, spec = read(replace(inventory, sensitive=frozenset({"hunter"})), tmp_path)
    assert not any("hunter" in text for text in found.files.values())
    assert found.proof.holds and "10.0.0.4" in str(spec.groups)


def as_one(inventory: Inventory) -> tuple[FlowSet, FlowSet]:
    """What passes and what is not known, of one question about everything to everyone."""
    tags = tuple(passing.tags_of(inventory))
    groups = {"tags": Group(name="tags", service_tags=tags)} if tags else {}
    everyone = ("any", *groups)
    everything = passing._intents([(everyone, everyone)])
    case = Case(Spec(groups=groups, intents=everything), inventory, TODAY)
    found = case.judge.judge(case.questions[0])
    assert found.checks
    passes = found.passing.subtract(FlowSet.union_all(check.denied() for check in found.checks))
    return passes, FlowSet.union_all(one.flows for one in found.unsure)


def same(inventory: Inventory) -> bool:
    """Whether many small questions come to the same as a single one, which takes an address for all who have it."""
    pieces, (passes, unsure) = passing.passing_of(inventory, TODAY), as_one(inventory)
    doubted = FlowSet.union_all(one.flows for one in pieces.undecided)
    shared = pieces.network.ambiguous
    ignored = FlowSet.union_all(
        [
            FlowSet((between(sources=shared),)),
            FlowSet((between(destinations=shared),)),
            *(FlowSet((between(AddressSet.one(n), AddressSet.one(n)),)) for n in pieces.network.places),
        ]
    )
    pairs = ((pieces.flows, passes), (doubted, unsure))
    return all(not one.subtract(two).union(two.subtract(one)).subtract(ignored) for one, two in pairs)


@pytest.mark.parametrize("name", ["shop", "two-nsgs", "hub-spoke", "missing-data"])
def test_asked_in_pieces_it_comes_to_the_same(name: str) -> None:
    assert same(load_inventory([str(EXAMPLES / name / "network")]))


@pytest.mark.parametrize("seed", range(12))
def test_drawn_networks_asked_in_pieces_come_to_the_same(seed: int) -> None:
    """Full of what can't be known, with load balancers, overlapping VNets and NICs without an address."""
    assert same(load_documents(documents(replace(draw(seed), assumptions=[]))))


def test_what_is_in_too_many_pieces_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    inventory = load_inventory([str(EXAMPLES / "shop" / "network")])
    monkeypatch.setattr(judge, "_BOXES", 0)
    found = imported(inventory, TODAY, "drawn", [])
    assert found.proof.satisfied == found.proof.intents + found.proof.boundaries
    assert any("cut what passes there into too many pieces" in words for words in found.proof.unsaid)


def test_a_tag_is_named_where_it_fares_unlike_the_rest(tmp_path: Path) -> None:
    """Not where everything passes, or nothing: without data its addresses are any of those outside."""
    corp = "corp 100 In Allow Tcp CorpNetPublic -> *|443"
    subnets = {"shut": within("nsg", "10.0.0.0/24"), "bare": within(None, "10.0.1.0/24")}
    network = [
        nsg("nsg", corp, "deny 110 In Deny * * -> *", "out 100 Out Deny * * -> *"),
        vnet("vnet", "10.0.0.0/16", None, **subnets),
        nic("a", "10.0.0.4", subnet="shut"),
        nic("b", "10.0.1.4", subnet="bare"),
    ]
    _, spec = read(load_documents({"network.json": network}), tmp_path)
    ends = {name: (intent.sources, intent.destinations) for name, intent in spec.intents.items() if intent.enabled}
    assert ends["any-to-bare-nics"] == (("any",), ("bare-nics",))
    assert ends["corpnetpublic-to-shut-nics-https"] == (("corpnetpublic",), ("shut-nics",))
    assert [name for name, (here, _) in ends.items() if "corpnetpublic" in here] == ["corpnetpublic-to-shut-nics-https"]


def test_frontends_asked_in_pieces_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrives through load balancers, of which the addresses are no NIC's; also where every question is halved."""
    behind = [backend(f"web-{n}", f"10.0.0.{4 + n}", nsg=f"own-{n}") for n in range(4)]
    among = [[f"no-{p} {300 + p} In Deny Tcp 10.0.0.{4 + p} -> *|{22 + n}" for p in range(4)] for n in range(4)]
    opened = [nsg(f"own-{n}", f"in 200 In Allow Tcp 8.8.{n}.0/24 -> {FRONT}|443", *among[n]) for n in range(4)]
    for one in (balancer(), balancer(address="10.0.0.100"), balancer(floating=False)):
        inventory = load_documents({"network.json": [VNET, TO_FRONT, PUBLIC_IP, one, *opened, *behind]})
        assert same(inventory)
        whole = passing.passing_of(inventory, TODAY)
        with monkeypatch.context() as patched:
            patched.setattr(judge, "_BOXES", 8)
            pieces = passing.passing_of(inventory, TODAY)
        doubted = FlowSet.union_all(one.flows for one in pieces.undecided)
        assert pieces.flows.is_subset(whole.flows)
        assert whole.flows.is_subset(pieces.flows.union(doubted))


def test_a_boundary_that_does_not_hold_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the command's answer and in the heading of the spec."""
    with chdir(EXAMPLES / "hub-spoke"):
        run(["import", "-i", "network", "--out-dir", str(tmp_path / "spec")])
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Left out: boundary.")]
    heading = (tmp_path / "spec" / "network.flow.hcl").read_text("utf-8").partition("\n\n")[0]
    assert told
    assert [line.removeprefix("# - ") for line in heading.splitlines() if line.startswith("# - ")] == [
        line.removeprefix("Left out: ") for line in told
    ]


def test_lists_of_prefixes_say_that_they_age(shop: Path) -> None:
    with chdir(shop):
        assert run(["import", "-i", "network", "--out-dir", "spec"]) == 0
        assert "Import again into another folder when VNets" in (shop / "spec" / "rest.flow.hcl").read_text("utf-8")


def test_what_is_known_is_told_apart_from_what_is_not(tmp_path: Path) -> None:
    """Spokes without a peering: of each permit a part can't be known, and the unknown intents say which."""
    vnets = [vnet(f"vnet{n}", f"10.{n}.0.0/24", snet=within("nsg", f"10.{n}.0.0/24")) for n in range(3)]
    nics = [nic(f"nic{n}", f"10.{n}.0.4", vnet=f"vnet{n}") for n in range(3)]
    rules = nsg("nsg", "in 100 In Allow * * -> *", "out 100 Out Allow * * -> *")
    found, spec = read(load_documents({"network.json": [rules, *vnets, *nics]}), tmp_path)
    assert (found.proof.percent, found.proof.with_unknown) == (0, 100)
    unknown = [intent for intent in spec.intents.values() if intent.name.startswith("unknown-")]
    assert len({intent.description for intent in unknown}) == 1
    assert len(found.proof.unsaid) == 6


@pytest.mark.parametrize(
    ("sentences", "told"),
    [
        (["no peering joins a and b both ways", "no peering joins b and a both ways"],
         ["no peering joins a and b both ways"]),
        ([f"no peering joins {a} and {b} both ways" for a in "abc" for b in "abc" if a != b],
         ["no peering joins any two of 3 VNets (a, b, c) both ways"]),
        (["other", *(f"no peering joins hub and spoke-{n} both ways" for n in range(12))],
         ["no peering joins hub and 12 other VNets both ways", "other"]),
        (["intent.a: because", "intent.b: because", "boundary.c: because", "intent.d: else"],
         ["intent.a and 1 other intent: because", "boundary.c: because", "intent.d: else"]),
        (["no peering joins a b and c both ways"], ["no peering joins a b and c both ways"]),
    ],
)  # fmt: skip
def test_what_is_not_known_takes_few_lines(sentences: list[str], told: list[str]) -> None:
    assert brief(sentences) == told
