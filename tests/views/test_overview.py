"""The first screen of a plan: one line for each thing that is wrong, in as many lines as a terminal has."""

from __future__ import annotations

import msgspec
import pytest

from flowspec.model.documents.plan import (
    Cause,
    DecidedBy,
    IntentFlows,
    IntentResult,
    Report,
    SideBox,
    Status,
    Summary,
    Together,
    Total,
    UnknownPairs,
)
from flowspec.views import Style
from flowspec.views.text import view
from tests.views.sample import CREATE_DB, NO_SSH, PARTNERS, SAMPLE, nic, nsg, pair

replace = msgspec.structs.replace
SCREEN = 24


def drift(number: int, owner: str = "", port: str = "", **cause: object) -> IntentResult:
    """An intent of its own: another rule in another NSG, for another port."""
    decider = DecidedBy(nsg=nsg(f"nsg-{number:02}"), rule=f"securityRules/rule-{number}", access="Allow", priority=100)
    found = Cause(deciders=(decider,), flows=(pair("TCP", "8.8.8.0/24", f"10.0.0.{number}/32", port or str(number)),),
                  endpoints=(nic(f"vm-{number:02}"),), direction="Inbound", total=Total(count="1"))  # fmt: skip
    return replace(NO_SSH, address=f"intent.i-{number:02}", owner=owner, description="",
                   causes=(replace(found, **cause),))  # fmt: skip


def plan(*intents: IntentResult, **fields: object) -> Report:
    drifted = sum(intent.status is Status.DRIFTED for intent in intents)
    unknown = sum(intent.status is Status.UNKNOWN for intent in intents)
    summary = Summary(intents=len(intents), drifted=drifted, unknown=unknown)
    empty = replace(SAMPLE, intents=intents, suggested_changes=(), problems=(), exceptions=(), errored=False)
    return replace(empty, summary=summary, **fields)


def lines(report: Report, **style: object) -> list[str]:
    return view(report, Style(**style)).splitlines()  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [4, 8, 10, 12, 20, 21, 22, 35, 200])
def test_a_screen_holds_what_is_wrong(count: int) -> None:
    """Each with its flows where there is room, then one line each; what is left over goes by its owners."""
    told = lines(plan(*(drift(number, f"team-{number % 3}") for number in range(1, count + 1))))
    screen = told[: told.index("")]
    assert len(screen) < SCREEN
    rows = [line for line in screen if line.startswith("✗ ")]
    shown = len(rows)
    assert shown == count if count <= 21 else shown == 20
    assert screen[0].startswith(f"{count} of {count} intents are not as wished: {count} drifted.")
    for number, row in enumerate(rows, 1):
        assert row.split() == ["✗", f"intent.i-{number:02}", f"team-{number % 3}", f"nsg-{number:02}/rule-{number}"]
    assert any(line.startswith("    permits  Tcp 1 from") for line in screen) == (count <= 10)
    if shown < count:
        assert screen[-1].startswith(f"  and {count - shown} more below (team-")


def test_a_plan_of_few_words_has_none() -> None:
    assert lines(plan(*map(drift, range(1, 4))))[0].startswith("Inventory")
    assert lines(plan(*map(drift, range(1, 4))), brief=True)[0] == "3 of 3 intents are not as wished: 3 drifted."


def test_brief_is_the_first_screen_and_the_end() -> None:
    report = plan(*(drift(number) for number in range(1, 36)))
    told = lines(report, brief=True)
    assert len(told) <= SCREEN + 4
    assert told[-1].startswith("Plan: 35 intents")
    assert not any("decided by" in line or line.startswith("Inventory") for line in told)
    fine = lines(plan(), brief=True)
    assert not any("not as wished" in line for line in fine)


def test_only_what_an_owner_owns() -> None:
    report = plan(drift(1, "team-a"), drift(2, "Team-B"), drift(3), replace(PARTNERS, owner="team-b"))
    told = "\n".join(lines(report, owner="team-b"))
    assert "intent.i-02" in told and PARTNERS.address in told
    assert "intent.i-01" not in told and "intent.i-03" not in told
    assert "Shown is what team-b owns: 2 of the 4 that are not as wished." in told
    assert told.splitlines()[-1].startswith("Plan: 4 intents")
    none = " ".join(lines(report, owner="team-c"))
    assert "No intent is owned by team-c; there are: team-a, Team-B, team-b." in none


def test_copies_of_a_rule_are_one_cause() -> None:
    """Of one intent and of several; but not where the flows are of other services, or the other side has a name."""
    copied = DecidedBy(nsg="", rule="securityRules/tmp", access="Allow", priority=190)

    def one(number: int, port: str = "22", **cause: object) -> IntentResult:
        return drift(number, port=port, deciders=(replace(copied, nsg=nsg(f"nsg-{number}")),), **cause)

    told = "\n".join(lines(plan(one(1), one(2), one(3), one(4, "23"), one(5, remote="group.x")), width=120))
    assert told.count("decided by") == 3
    assert "decided by securityRules/tmp (190, Allow) in 3 NSGs: nsg-1, nsg-2, nsg-3" in told
    assert "Tcp 22 from 8.8.8.0/24 to 3 NICs: vm-01, vm-02, vm-03" in told
    both = replace(one(1), causes=(*one(1).causes, *one(2).causes))
    assert "Tcp 22 from 8.8.8.0/24 to 2 NICs: vm-01, vm-02" in "\n".join(lines(plan(both), width=120))
    apart = [replace(one(1), severity="info"), replace(one(2), expect="Allow"), replace(one(3), description="x")]
    assert "\n".join(lines(plan(*apart))).count("decided by") == 3


def test_a_named_side_is_told_by_its_name() -> None:
    cause = drift(1).causes[0]
    # fmt: off
    flows = (pair("TCP", "8.8.8.0/24", "10.0.0.1/32", "0-99"), pair("TCP", "9.0.0.0/8", "10.0.0.1/32", "100-65535"),
             *(pair(name, "8.8.8.0/24", "10.0.0.1/32", "0-65535") for name in ("UDP", "ICMP", "ESP", "AH", "OTHER")))
    # fmt: on
    remote = "everyone outside group.db but Tcp 5432 from group.app"
    told = " ".join(lines(plan(replace(drift(1), causes=(replace(cause, flows=flows, remote=remote),))), width=200))
    assert f"permit all protocols from {remote} to 1 NIC: vm-01" in told
    outward = replace(cause, direction="Outbound", remote="group.internet")
    told = " ".join(lines(plan(replace(drift(1), causes=(outward,))), width=200))
    assert "permit Tcp 1 from 1 NIC: vm-01 to group.internet" in told
    cut = replace(cause, remote="group.public", truncated=True)
    assert "group.public" not in " ".join(lines(plan(replace(drift(1), causes=(cut,)))))


def unknown(number: int, *reasons: str, settle: str = "add az vm list -o json") -> IntentResult:
    doubts = tuple(UnknownPairs(flows=(), reason=reason, settle=settle) for reason in reasons)
    return replace(PARTNERS, address=f"intent.u-{number}", flows=IntentFlows(unknown=doubts), owner="team-x")


def test_what_is_missing_is_told_once() -> None:
    report = plan(unknown(1, "a", "b"), unknown(2, "a"), unknown(3, "c", settle="add the NSG x"))
    told = lines(report)
    assert told[:2] == ["? MISSING az vm list -o json", "    a; b: leaves 2 intents unknown (team-x)"]
    assert sum("UNKNOWN" in line for line in told) == 1, "the one that is not told at the top"
    whole = lines(report, everything=True)
    assert sum("UNKNOWN" in line for line in whole) == 3
    assert "MISSING" not in "".join(lines(plan(unknown(1, "a", "b", "c"))))
    many = lines(plan(unknown(1, "a", "b", "c", "d")))
    assert many[1] == "    a, and 3 more like this: leaves 1 intent unknown (team-x)"


def test_an_intent_that_lacks_something_else_too_keeps_its_block() -> None:
    more = UnknownPairs(flows=(), reason="z", settle="add z")
    both = unknown(2, "a")
    both = replace(both, flows=replace(both.flows, unknown=(*both.flows.unknown, more)))
    told = "\n".join(lines(plan(unknown(1, "a"), both)))
    assert told.count("UNKNOWN") == 1 and "Unknown: z" in told and "Unknown: a" not in told


def test_own_shares_and_what_only_the_set_does() -> None:
    """Two rules that open nothing alone, and one that does."""

    def box(ports: str) -> SideBox:
        return SideBox(protocol="TCP", local=("10.0.0.1/32",), local_ports=(ports,), remote=("8.8.8.0/24",),
                       remote_ports=("0-65535",))  # fmt: skip

    joint = Together(opens=(box("443"),), opens_total=Total(count="256"))
    bare = replace(CREATE_DB.proof, opens=(), opens_total=Total(), together=joint)
    own = replace(bare, opens=(box("80"),), opens_total=Total(count="100"))
    after = CREATE_DB.change.after
    assert after is not None
    other = replace(CREATE_DB, nsg=nsg("other"), note="", proof=bare,
                    change=replace(CREATE_DB.change, after=replace(after, destination_port_range="444")))  # fmt: skip
    changes = (replace(CREATE_DB, note="", proof=own), other)
    intent = drift(1, changes=(0, 1))
    told = " ".join(" ".join(lines(plan(intent, suggested_changes=changes), width=120)).split())
    assert "by itself opens 100 flows (Tcp 80 from 8.8.8.0/24 to 10.0.0.1)" in told
    assert "by itself does nothing" in told
    assert "proof opens 356 flows (Tcp 80, 443 from 8.8.8.0/24 to 10.0.0.1), closes nothing" in told
    assert "of that, no rule by itself opens 256 flows (Tcp 443 from 8.8.8.0/24 to 10.0.0.1)" in told


def test_assumptions_beyond_three_are_counted() -> None:
    notes = tuple(replace(SAMPLE.assumptions[1], text=f"thing {number}") for number in range(5))
    told = " ".join(lines(plan(assumptions=notes), width=200))
    assert "thing 2; and 2 more (--all lists them)" in told and "thing 3" not in told
    assert "thing 4" in " ".join(lines(plan(assumptions=notes), width=200, everything=True))
