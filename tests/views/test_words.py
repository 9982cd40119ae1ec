"""The words for flows, proofs and differences: they claim no more than there is, and nothing in them acts."""

from __future__ import annotations

import html

import pytest
from msgspec.structs import replace

from flowspec.counting import counted
from flowspec.json_escapes import escaped
from flowspec.model.documents.diff import DiffCause, Effect
from flowspec.model.documents.plan import Cause, IntentChange, Probe, Status, Total
from flowspec.views import VIEWS, Style, layout
from flowspec.views.changes import proof_phrases
from flowspec.views.diff import turn_phrase
from flowspec.views.findings import Finding, JointCause
from flowspec.views.flows import phrase, side_phrase
from flowspec.views.layout import visible
from flowspec.views.live import flow_phrase
from tests.plan.lab import intent, nic, nics, nsg, plan, vnet, within
from tests.views.sample import DELETE_TMP_SSH, NO_SSH, box, pair


@pytest.mark.parametrize(
    "hostile, shown",
    [
        ("a\x1b[31m", "a\\x1b[31m"),
        ("two\nlines", "two\\x0alines"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\U000e0041", "\\U000e0041"),
        ("::error::all is well", "\\:\\:error::all is well"),
        ("x ::set-output name=a::b", "x \\:\\:set-output name=a::b"),
        ("##vso[task.complete]", "\\#\\#vso[task.complete]"),
        ("##[error]", "\\#\\#[error]"),
        ("2001:db8::1", "2001:db8::1"),
        ("ünï ☃ 😀", "ünï ☃ 😀"),
    ],
)
def test_what_would_act_is_shown(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


def test_delete_is_no_letter_of_json() -> None:
    """It is ASCII, and a terminal acts on it."""
    assert escaped('{"name":"a\x7f"}') == '{"name":"a\\u007f"}'


@pytest.mark.parametrize(
    "pairs, told",
    [
        ([("TCP", "10.0.0.0/8", "10.1.0.0/16", "22"), ("TCP", "10.0.0.0/8", "10.1.0.0/16", "443")],
         "Tcp 22, 443 from 10.0.0.0/8 to 10.1.0.0/16"),
        ([("TCP", "10.0.0.0/8", "10.1.0.0/16", "22"), ("TCP", "11.0.0.0/8", "10.1.0.0/16", "22")],
         "Tcp 22 from 10.0.0.0/8, 11.0.0.0/8 to 10.1.0.0/16"),
        ([("TCP", "10.0.0.0/8", "10.1.0.0/16", "22"), ("TCP", "11.0.0.0/8", "10.1.0.0/16", "443")],
         "Tcp 22 from 10.0.0.0/8 to 10.1.0.0/16; Tcp 443 from 11.0.0.0/8 to 10.1.0.0/16"),
        ([("TCP", "10.0.0.0/8", "10.1.0.0/16", "22"), ("TCP", "10.0.0.0/8", "10.2.0.0/16", "443")],
         "Tcp 22 from 10.0.0.0/8 to 10.1.0.0/16; Tcp 443 from 10.0.0.0/8 to 10.2.0.0/16"),
        ([("TCP", "10.0.0.4/32", "2001:db8::1/128", "22")], "Tcp 22 from 10.0.0.4 to 2001:db8::1"),
        ([("TCP", "2001:db8::/32", "fd00::/64", "22")], "Tcp 22 from 2001:db8::/32 to fd00::/64"),
    ],
)  # fmt: skip
def test_only_what_differs_in_one_respect_is_one_set(pairs: list[tuple[str, str, str, str]], told: str) -> None:
    assert phrase(tuple(pair(*one) for one in pairs)) == told


OTHERS = [("ICMP", ""), ("ESP", ""), ("AH", ""), ("OTHER", "")]


@pytest.mark.parametrize(
    "services, told",
    [
        ([*OTHERS, ("TCP", "0-65535"), ("UDP", "0-65535")], "all protocols"),
        ([*OTHERS, ("UDP", "0-65535"), ("TCP", "0-21"), ("TCP", "23-65535")], "all protocols but Tcp 22"),
        ([*OTHERS, ("UDP", "1-52"), ("UDP", "54-65535"), ("TCP", "0-65534")],
         "all protocols but Tcp 65535 and Udp 0, 53"),
        ([*OTHERS, ("UDP", "0-65535")], "all protocols but Tcp"),
        ([*OTHERS[1:], ("UDP", "0-65535"), ("TCP", "23-65535")],
         "Esp and Ah and other protocols and Udp on all ports and Tcp 23-65535"),
        ([*OTHERS, ("UDP", "0-65535"), ("TCP", "1"), ("TCP", "3"), ("TCP", "5"), ("TCP", "7")],
         "Icmp and Esp and Ah and other protocols and Udp on all ports and Tcp 1, 3, 5, 7"),
    ],
)  # fmt: skip
def test_what_lacks_little_of_all_protocols_is_told_by_that(services: list[tuple[str, str]], told: str) -> None:
    pairs = tuple(pair(protocol, "10.0.0.0/8", "10.1.0.0/16", ports) for protocol, ports in services)
    assert phrase(pairs) == f"{told} from 10.0.0.0/8 to 10.1.0.0/16"


def test_flows_seen_from_an_end() -> None:
    seen = (box("TCP", "10.0.0.4/32", "22", "8.8.8.0/24"),)
    assert side_phrase(seen, inbound=True) == "Tcp 22 from 8.8.8.0/24 to 10.0.0.4"
    seen = (box("TCP", "10.0.0.4/32", "0-65535", "8.8.8.0/24", "53"),)
    assert side_phrase(seen, inbound=False) == "Tcp 53 from 10.0.0.4 to 8.8.8.0/24"


def test_a_probe_goes_from_its_source_to_its_destination() -> None:
    probe = Probe(
        nic="/n", direction="Inbound", protocol="TCP", local_ip="10.0.0.4", local_port="22", remote_ip="8.8.8.8",
        remote_port="49152", predicted="Allow",
    )  # fmt: skip
    assert flow_phrase(probe) == "Inbound Tcp 8.8.8.8:49152 -> 10.0.0.4:22"
    assert flow_phrase(replace(probe, direction="Outbound")) == "Outbound Tcp 10.0.0.4:22 -> 8.8.8.8:49152"


MENDED = (IntentChange(address=NO_SSH.address, before=Status.DRIFTED, after=Status.SATISFIED),)


def closes(
    count: str = NO_SSH.causes[0].total.count, causes: tuple[Cause, ...] = NO_SSH.causes[:1], listed: int = 1
) -> str:
    """The first phrase of a proof that closes so many flows."""
    proof = replace(DELETE_TMP_SSH.proof, closes_total=Total(count=count), status_changes=MENDED)
    proof = replace(proof, closes=proof.closes[:listed])
    finding = Finding((replace(NO_SSH, causes=causes),), tuple(JointCause((cause,)) for cause in causes))
    return proof_phrases([replace(DELETE_TMP_SSH, proof=proof)], finding)[0]


def test_exactly_is_said_of_the_same_flows_only() -> None:
    (cause,) = NO_SSH.causes[:1]
    assert closes().startswith("closes exactly these flows")
    for more in (1, -1):
        assert "exactly" not in closes(str(int(cause.total.count) + more))


def test_nothing_is_said_where_there_is_nothing_only() -> None:
    assert "closes nothing" in closes("0", listed=0)
    assert "closes nothing" not in closes("7", listed=0), "the list is cut"


@pytest.mark.parametrize(
    "before, after, told",
    [
        ("Deny", "Unknown", "was denied, is not known: may open"),
        ("Unknown", "Allow", "was not known, is permitted: may open"),
        ("Allow", "Unknown", "was permitted, is not known: may close"),
        ("Unknown", "Deny", "was not known, is denied: may close"),
        ("Unknown", "Unknown", "not known before nor after, for other reasons: may open or close"),
    ],
)
def test_where_a_doubt_may_lead(before: str, after: str, told: str) -> None:
    cause = DiffCause(
        effect=Effect.UNKNOWN, direction="Inbound", before=before, after=after, endpoints=(), flows=(),
        total=Total(count="1"), old=(), new=(),
    )  # fmt: skip
    assert turn_phrase(cause) == told


@pytest.mark.parametrize("format", ["text", "markdown", "html"])
def test_fixes_that_are_proved_smallest_say_so(format: str) -> None:
    """Of several rules; that one rule is no more than is needed goes without saying."""
    spec = nics("web", "w") + nics("db", "d") + intent("i", "group.web", "group.db", "Allow")
    inside = [vnet(web=within(None, "10.0.0.0/16")), nic("w", "10.0.1.4", subnet="web")]
    deny = "deny 4000 In Deny * * -> *"
    one = plan(spec, *inside, nsg("nsg-d", deny), nic("d", "10.0.2.4", subnet="web", nsg="nsg-d"))
    out = nic("w", "10.0.1.4", subnet="web", nsg="nsg-w")
    both = plan(spec, inside[0], out, nsg("nsg-w", "deny 4000 Out Deny * * -> *"), nsg("nsg-d", deny),
                nic("d", "10.0.2.4", subnet="web", nsg="nsg-d"))  # fmt: skip
    unproved = replace(both, suggested_changes=tuple(replace(c, smallest=False) for c in both.suggested_changes))
    told = [" ".join(VIEWS["plan"][format](report, Style()).split()) for report in (one, both, unproved)]
    assert ["no fewer than 2 rules would do" in text for text in told] == [False, True, False]


@pytest.mark.parametrize("format", ["text", "markdown", "html", "sarif"])
def test_what_is_to_be_known_of_a_change_is_told_in_every_format(format: str) -> None:
    """That a rule cuts health probes off, for one."""
    report = plan(nics("w") + intent("i", "group.any", "group.w", "Deny", "22"),
                  vnet(snet=within("nsg", "10.0.0.0/24")), nsg("nsg", "ssh 100 In Allow Tcp * -> *|22"),
                  nic("w", "10.0.0.4"))  # fmt: skip
    assert any(change.note.startswith("this closes Azure's own") for change in report.suggested_changes)
    told = " ".join(html.unescape(VIEWS["plan"][format](report, Style(width=1000))).split())
    assert "this closes Azure's own addresses too, among them 168.63.129.16" in told


@pytest.mark.parametrize(
    "text, width, told",
    [("intent.a", 8, "intent.a"), ("intent.web-to-db-1", 11, "inten…-db-1"), ("intent.web-to-db-2", 12, "intent…-db-2"),
     ("abcd", 2, "a…"), ("abcd", 3, "a…d"), ("abcd", 1, "…")],
)  # fmt: skip
def test_a_long_name_keeps_both_ends(text: str, width: int, told: str) -> None:
    assert layout.within(text, width) == told


@pytest.mark.parametrize(
    "number, words, told",
    [(1, ["rule"], "1 rule"), (1200, ["rule"], "1,200 rules"), (0, ["boundary"], "0 boundaries"),
     (2, ["more prefix"], "2 more prefixes"), (2, ["day"], "2 days"), (1, ["NIC is", "NICs are"], "1 NIC is"),
     (3, ["NIC is", "NICs are"], "3 NICs are")],
)  # fmt: skip
def test_numbers_of_things(number: int, words: list[str], told: str) -> None:
    assert counted(number, *words) == told
