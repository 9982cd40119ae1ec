"""`diff`: from two inventories to what opens and closes, its document and its exit code."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowspec.views.diff import ALIKE, NO_DIFFERENCE
from tests.cli.command import flowspec
from tests.cli.shop import CLOSED, NETWORK, SSH, resources, rule
from tests.conftest import GOLDEN
from tests.document import fits

Json = dict[str, Any]
NSG = f"{NETWORK}/networkSecurityGroups/nsg-shop"


def write(folder: Path, name: str, found: list[Json]) -> None:
    (folder / name).write_text(json.dumps({"value": found}, indent=2), "utf-8")


def diff(folder: Path, old: list[Json], new: list[Json], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Of two lists of resources. Its document is held against the schema on the way."""
    write(folder, "old.json", old)
    write(folder, "new.json", new)
    document = flowspec("diff", "old.json", "new.json", "-json", *arguments, cwd=folder)
    fits(document.stdout, "diff")
    done = flowspec("diff", "old.json", "new.json", *arguments, cwd=folder)
    assert done.returncode == document.returncode
    return done


def document(folder: Path, old: list[Json], new: list[Json], *arguments: str) -> Json:
    diff(folder, old, new, *arguments)
    found: Json = json.loads(flowspec("diff", "old.json", "new.json", "-o", "json", *arguments, cwd=folder).stdout)
    return found


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.splitlines()[-1]


def shop(*rules: Json) -> list[Json]:
    return resources(*rules)


def test_the_whole_report(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    tagged = rule("deny-db", 200, "Deny", "PartnerEdge.WestEurope", "5432")
    done = diff(tmp_path, shop(CLOSED, rule("web", 300, "Allow", "*", "443")), shop(SSH, tagged))
    assert (done.returncode, done.stderr) == (2, "")
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    golden("cli/diff.txt", done.stdout)


def test_the_documentation_shows_a_part_of_it() -> None:
    shown = (Path(__file__).parents[2] / "docs" / "diff.md").read_text("utf-8").partition("```text\n")[2]
    assert shown.partition("```")[0] in (GOLDEN / "cli" / "diff.txt").read_text("utf-8")


def test_a_rule_that_is_written_otherwise_is_no_difference(tmp_path: Path) -> None:
    """Renamed, described, split, spelled in another letter case, in another order, at another priority."""
    split = rule("deny-db-again", 201, "Deny", "0.0.0.0/1", "5432")
    split["properties"] |= {"sourceAddressPrefix": "", "sourceAddressPrefixes": ["*"], "description": "as agreed"}
    split["properties"] |= {"protocol": "TCP", "access": "deny", "direction": "INBOUND"}
    halves = rule("web-low", 300, "Allow", "8.0.0.0/7", "443")
    halves["properties"] |= {"sourceAddressPrefix": None, "sourceAddressPrefixes": ["8.0.0.0/8", "9.0.0.0/8"]}
    old = shop(CLOSED, rule("web", 310, "Allow", "8.0.0.0/7", "443"))
    done = diff(tmp_path, old, shop(halves, split)[::-1])
    assert (done.returncode, last_line(done), done.stderr) == (0, NO_DIFFERENCE, "")


def test_a_rule_that_no_flow_meets_is_no_difference(tmp_path: Path) -> None:
    before = rule("all", 100, "Allow", "*", "*")
    assert diff(tmp_path, shop(before), shop(before, SSH)).returncode == 0


def test_the_order_of_rules_that_clash_is_a_difference(tmp_path: Path) -> None:
    def both(first: str, second: str) -> list[Json]:
        return shop(rule("a", 100, first, "8.8.8.0/24", "22"), rule("b", 110, second, "8.8.8.8", "22"))

    assert diff(tmp_path, both("Allow", "Deny"), both("Deny", "Allow")).returncode == 2
    old = shop(rule("a", 100, "Allow", "8.8.8.0/24", "22"), rule("b", 110, "Deny", "8.8.8.8", "20-30"))
    new = shop(rule("a", 110, "Allow", "8.8.8.0/24", "22"), rule("b", 100, "Deny", "8.8.8.8", "20-30"))
    done = diff(tmp_path, old, new)
    assert "Tcp 22 from 8.8.8.8 to 2 NICs" in done.stdout
    assert last_line(done) == "Diff: 1 cause: opens 0, closes 1, unknown 0. 0 added, 0 removed."


def test_the_same_file_twice(tmp_path: Path) -> None:
    write(tmp_path, "net.json", shop(SSH))
    done = flowspec("diff", "net.json", "net.json", cwd=tmp_path)
    assert (done.returncode, last_line(done)) == (0, NO_DIFFERENCE)


OUTSIDE = 2**32 - 2**16 - 1
"""IPv4 addresses outside of the tag VirtualNetwork, which has the VNet and 168.63.129.16."""


@pytest.mark.parametrize(
    ("source", "port", "flows"),
    [
        ("8.8.8.8/32", "0", 1),
        ("8.8.8.8", "65535", 1),
        ("8.8.8.0/31", "0-65535", 2 * 65536),
        ("0.0.0.0/0", "22", OUTSIDE),
        ("*", "*", OUTSIDE * 65536),
        ("10.0.0.0/16", "22", 0),
        ("::/0", "22", 0),
    ],
)
def test_borders(source: str, port: str, flows: int, tmp_path: Path) -> None:
    """To the last flow. The VNet was let in before, and the subnet has no IPv6."""
    found = document(tmp_path, shop(), shop(rule("x", 100, "Allow", source, port)))
    assert [int(cause["total"]["count"]) for cause in found["causes"]] == [flows * 65536 * 256] * bool(flows)
    assert {address for cause in found["causes"] for pair in cause["flows"] for address in pair["destination"]} <= {
        "10.0.0.0/24"
    }


def test_who_came_and_who_went(tmp_path: Path) -> None:
    """A new NIC fares as the free addresses of its subnet did: that is told, and is no opening."""
    found = shop(CLOSED)
    without = [r for r in found if r["name"] not in ("nic-db-01", "vm-db-01")]
    done = diff(tmp_path, without, found)
    assert done.returncode == 2
    assert "+ NIC vm-db-01 (10.0.0.5): only in the new inventory\n" in done.stdout
    assert last_line(done) == "Diff: 0 causes: opens 0, closes 0, unknown 0. 1 added, 0 removed."
    assert "- NIC vm-db-01 (10.0.0.5): only in the old inventory\n" in diff(tmp_path, found, without).stdout


def test_only_those_are_named_whom_the_flows_touch(tmp_path: Path) -> None:
    """Both NICs and the rest of their subnet have one NSG; the rule is about one of them."""
    to_db = rule("to-db", 100, "Allow", "8.8.8.0/24", "443")
    to_db["properties"] |= {"destinationAddressPrefix": "10.0.0.5"}
    (cause,) = document(tmp_path, shop(), shop(to_db))["causes"]
    assert cause["endpoints"] == [f"{NETWORK}/networkInterfaces/nic-db-01"]
    assert "Tcp 443 from 8.8.8.0/24 to 1 NIC: vm-db-01\n" in diff(tmp_path, shop(), shop(to_db)).stdout
    to_free = rule("to-free", 100, "Allow", "8.8.8.0/24", "443")
    to_free["properties"] |= {"destinationAddressPrefix": "", "destinationAddressPrefixes": ["10.0.0.4", "10.0.0.77"]}
    told = " ".join(diff(tmp_path, shop(), shop(to_free)).stdout.split())
    assert "to 1 NIC: vm-web-01 and 1 subnet: vnet-shop/snet for example" in told


def test_a_nic_by_another_name_at_the_same_address_is_compared(tmp_path: Path) -> None:
    renamed = json.loads(json.dumps(shop(SSH)).replace("db-01", "db-02"))
    done = diff(tmp_path, shop(), renamed)
    assert last_line(done) == "Diff: 1 cause: opens 1, closes 0, unknown 0. 0 added, 0 removed."
    assert "2 NICs: vm-db-02, vm-web-01" in done.stdout


def test_an_nsg_that_is_attached_to_nothing_is_compared_by_itself(tmp_path: Path) -> None:
    alone = [resource for resource in shop(SSH) if resource["name"] == "nsg-shop"]
    none = [resource for resource in shop() if resource["name"] == "nsg-shop"]
    done = diff(tmp_path, none, alone)
    assert done.returncode == 2
    assert "(nsg-shop, attached to nothing)" in done.stdout
    assert "may open" in done.stdout


@pytest.mark.parametrize("source", ["AzureLoadBalancer", "168.63.129.16"])
def test_a_rule_for_health_probes_is_compared(source: str, tmp_path: Path) -> None:
    """The platform's addresses are compared like everyone's: a Deny from anywhere stops health probes too."""
    rest, probes = rule("rest", 4000, "Deny", "*", "443"), rule("probes", 3000, "Allow", source, "443")
    done = diff(tmp_path, shop(probes, rest), shop(rest))
    assert done.returncode == 2
    assert "- CLOSES  Inbound\n    Tcp 443 from 168.63.129.16" in done.stdout
    assert "before     nsg-shop/securityRules/probes" in done.stdout
    swapped = shop(rule("rest", 3000, "Deny", "*", "443"), rule("probes", 4000, "Allow", source, "443"))
    assert "168.63.129.16" in diff(tmp_path, shop(probes, rest), swapped).stdout
    assert diff(tmp_path, shop(probes), shop()).returncode == 0, "the default rule lets them in as well"
    assert "168.63.129.16" in diff(tmp_path, shop(rest), shop()).stdout


@pytest.mark.parametrize("end", ["source", "destination"])
def test_an_nsg_alone_does_not_know_who_is_in_a_group(end: str, tmp_path: Path) -> None:
    """`az network nsg list` and nothing else: that no member is in the inventory does not say that there is none."""

    def alone(access: str, *further: Json) -> list[Json]:
        grouped = rule("grouped", 100, access, "8.8.8.0/24", "22")
        found: Json = grouped["properties"]  # type: ignore[assignment]
        found[f"{end}AddressPrefix"] = ""
        found[f"{end}ApplicationSecurityGroups"] = [{"id": f"{NETWORK}/applicationSecurityGroups/asg-web"}]
        return [resource for resource in shop(grouped, *further) if resource["name"] == "nsg-shop"]

    done = diff(tmp_path, alone("Allow"), alone("Deny"))
    assert done.returncode == 2
    assert "asg-web has no member in the inventory" in " ".join(done.stdout.split())
    assert diff(tmp_path, alone("Allow"), alone("Allow")).returncode == 0


def test_a_subnet_that_is_only_named_is_not_known(tmp_path: Path) -> None:
    """Its NSG may be any: nothing is new there, but what it permits may be."""
    vnets = [resource for resource in shop(SSH) if resource["name"] != "vnet-shop"]
    done = diff(tmp_path, vnets, shop(SSH))
    assert last_line(done).startswith("Diff: ")
    assert "opens 0, closes 0, unknown " in last_line(done)
    assert last_line(done).endswith(" 0 added, 0 removed.")
    assert "the subnet vnet-shop/snet is not in the inventory" in " ".join(done.stdout.split())


def test_two_nsgs_of_one_name_that_no_inventory_holds_are_two(tmp_path: Path) -> None:
    def on(group: str) -> list[Json]:
        text = json.dumps([resource for resource in shop() if resource["name"] != "nsg-shop"])
        nsg = "/providers/Microsoft.Network/networkSecurityGroups"
        found: list[Json] = json.loads(text.replace(f"rg-shop{nsg}", f"{group}{nsg}"))
        return found

    same = diff(tmp_path, on("one"), on("one"))
    assert (same.returncode, last_line(same)) == (2, ALIKE), "the rules of an NSG that nobody has may have changed"
    done = diff(tmp_path, on("one"), on("two"))
    assert last_line(done) == "Diff: 2 causes: opens 0, closes 0, unknown 2. 0 added, 0 removed."
    assert "no rule of two/nsg-shop: the NSG nsg-shop is not in the inventory" in done.stdout


def test_sources_of_both_sides(tmp_path: Path) -> None:
    tagged = rule("partner", 150, "Allow", "PartnerEdge", "443")
    data = {"name": "PartnerEdge", "id": "PartnerEdge", "properties": {"addressPrefixes": ["20.1.2.0/24"]}}
    (tmp_path / "tags.json").write_text(json.dumps({"changeNumber": 1, "values": [data]}), "utf-8")
    assert "unknown 1." in last_line(diff(tmp_path, shop(), shop(tagged)))
    done = diff(tmp_path, shop(), shop(tagged), "--both", "tags.json")
    assert last_line(done) == "Diff: 1 cause: opens 1, closes 0, unknown 0. 0 added, 0 removed."
    assert "Tcp 443 from 20.1.2.0/24 to 2 NICs" in done.stdout


def test_a_list_that_is_cut_says_so_and_counts_all(tmp_path: Path) -> None:
    holes = [rule(f"r{n}", 100 + n, "Deny", f"8.{n}.0.0/24", str(n + 1)) for n in range(5)]
    new = shop(*holes, rule("wide", 1000, "Allow", "*", "*"))
    (cause,) = document(tmp_path, shop(*holes), new, "--max-boxes", "2")["causes"]
    assert (len(cause["flows"]), cause["truncated"], cause["total"]["truncated"]) == (2, True, True)
    assert int(cause["total"]["count"]) == (OUTSIDE * 65536 - 5 * 256) * 65536 * 256
    told = " ".join(diff(tmp_path, shop(*holes), new, "--max-boxes", "2").stdout.split())
    assert "; cut here, more than a million flows in all" in told


def test_two_nics_at_one_address_are_two(tmp_path: Path) -> None:
    """As in an export that is not of one moment: neither hides behind the other, in either direction."""
    nic = next(resource for resource in shop() if resource["name"] == "nic-db-01")
    rest = [resource for resource in shop() if resource["name"] not in ("nic-db-01", "vm-db-01")]
    a, b, c = (json.loads(json.dumps(nic).replace("nic-db-01", name)) for name in ("nic-a", "nic-b", "nic-c"))
    there, back = document(tmp_path, [*rest, a, b], rest), document(tmp_path, rest, [*rest, a, b])
    assert [presence["id"].rpartition("/")[2] for presence in there["removed"]] == ["nic-a", "nic-b"]
    assert there["removed"] == back["added"]
    done = diff(tmp_path, [*rest, a, b], [*rest, c])
    assert last_line(done) == "Diff: 0 causes: opens 0, closes 0, unknown 0. 0 added, 1 removed."


def test_what_could_not_be_read(tmp_path: Path) -> None:
    """What is not known of both may differ, and what is not known of one: never a network that is the same."""

    def unread(name: str, *parts: str) -> None:
        snapshot = {"format_version": "1.0", "unread": parts, "resources": shop()}
        (tmp_path / name).write_text(json.dumps(snapshot), "utf-8")

    unread("old.json", "subscription 1 (403)", "NSGs of subscription 2")
    unread("new.json", "subscription 1 (403)")
    same = flowspec("diff", "old.json", "old.json", cwd=tmp_path)
    assert (same.returncode, last_line(same)) == (2, ALIKE)
    assert "not complete" in same.stdout and "subscription 1 (403), of both" in same.stdout
    for one, other, side in (("old", "new", "old"), ("new", "old", "new")):
        done = flowspec("diff", f"{one}.json", f"{other}.json", cwd=tmp_path)
        assert (done.returncode, last_line(done)) == (2, ALIKE)
        assert f"NSGs of subscription 2, of the {side} network alone" in done.stdout
        text = flowspec("diff", f"{one}.json", f"{other}.json", "-json", cwd=tmp_path).stdout
        found = json.loads(fits(text, "diff"))
        assert not found["complete"]
        assert found["unread"] == [
            {"what": "subscription 1 (403)", "side": "both"},
            {"what": "NSGs of subscription 2", "side": side},
        ]


def test_hostile_names(tmp_path: Path) -> None:
    evil = rule("\x1b[31mx\n::error::y\u202e", 190, "Allow", "8.8.8.0/24", "22")
    done = diff(tmp_path, shop(), shop(evil))
    assert done.returncode == 2
    assert all(part not in done.stdout for part in ("\x1b", "\n::error::", "\u202e"))
    assert "\\x1b[31mx" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["old.json"], "Missing argument 'NEW'"),
        (["absent.json", "old.json"], "absent.json: No such file"),
        (["old.json", "absent.json"], "absent.json: No such file"),
        (["old.json", "broken.json"], "broken.json"),
        (["tags.json", "tags.json"], "Nothing to compare"),
        (["old.json", "old.json", "-o", "pdf"], "'pdf' is no format"),
        (["old.json", "old.json", "--both", "absent.json"], "absent.json"),
        (["old.json", "old.json", "--max-boxes", "0"], "--max-boxes"),
        (["old.json", "old.json", "--max-input", "10"], "--max-input"),
    ],
)
def test_what_can_t_be_compared_is_an_error(arguments: list[str], words: str, tmp_path: Path) -> None:
    write(tmp_path, "old.json", shop())
    (tmp_path / "broken.json").write_text("[{", "utf-8")
    (tmp_path / "tags.json").write_text('{"changeNumber": 1, "values": []}', "utf-8")
    done = flowspec("diff", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path, "old.json", shop(CLOSED))
    write(tmp_path, "new.json", shop(SSH))
    for form in ("text", "json"):
        runs = {
            flowspec("diff", "old.json", "new.json", "-o", form, cwd=tmp_path, env={"PYTHONHASHSEED": seed}).stdout
            for seed in "17"
        }
        assert len(runs) == 1
