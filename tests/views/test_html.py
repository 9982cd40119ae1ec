"""HTML reports in Chromium: what is wrong first, by mouse and by keyboard; names do nothing, and nobody is asked."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from flowspec.model.documents.network_map import DrawnPeering, DrawnSubnet, DrawnVnet, NetworkMap, SubnetPairs
from flowspec.model.documents.plan import (
    GroupPair,
    IntentResult,
    Report,
)
from flowspec.views import VIEWS, Style, html
from flowspec.views.matrix import LEGEND, MatrixCell, matrix_of
from tests.document import fitting, validator
from tests.outputs.drawn import DIFF, HOSTILE, huge, renamed
from tests.views.chromium import looked_at
from tests.views.sample import BOUNDARY, NO_SSH, SAMPLE, WEB_TO_DB, nsg, subnet

PAIRS = {
    "intent.no-ssh-from-outside": [
        ("group.public", "group.web", "partly", True),
        ("group.public", "group.db", "denied", False),
    ],
    "intent.monitoring": [("group.ops", "group.web", "permitted", False)],
    "intent.backup": [("group.ops", "group.db", "denied", False)],
    "intent.partners": [("group.partners", "group.web", "unknown", False)],
}  # fmt: skip
WORDS = LEGEND | {
    "partly": "partly permitted",
    "open": "not all stopped on the side judged",
    "untold": "not told apart",
}
VNET = subnet("x").partition("/subnets/")[0]


def with_pairs(intent: IntentResult) -> IntentResult:
    pairs = PAIRS.get(intent.address, [("group.a", "group.b", "untold", False)])
    return replace(intent, groups=tuple(GroupPair(source=a, destination=b, state=s, drift=d) for a, b, s, d in pairs))  # type: ignore[arg-type]


NETWORK = NetworkMap(
    vnets=tuple(
        DrawnVnet(
            id=f"{VNET}{name}",
            prefixes=("10.0.0.0/16",),
            peerings=tuple(DrawnPeering(remote=f"{VNET}{other}", state=state) for other, state in peers),
            subnets=(DrawnSubnet(id=f"{VNET}{name}/subnets/s", prefixes=("10.0.0.0/24",), nsg=nsg("nsg-web"), nics=3),),
        )
        for name, peers in {
            "hub": (("a", "Connected"), ("b", "Connected"), ("gone", "Disconnected")),
            "a": (("hub", "Connected"),),
            "b": (),
        }.items()
    ),
    subnets_left_out=2,
)
PLAN = replace(SAMPLE, intents=tuple(map(with_pairs, SAMPLE.intents)), network=NETWORK)
PLAN = replace(PLAN, intents=(replace(PLAN.intents[0], groups_left_out=7), *PLAN.intents[1:]))


def hostile_plan() -> Report:
    """A report with every hostile name at once, in groups, owners, rules, VNets and the spec's own name too."""
    intents: list[IntentResult] = []
    for number, (kind, name) in enumerate(HOSTILE.items()):
        text = name.encode("ascii", "backslashreplace").decode() if kind == "lone" else name
        renamed_plan = renamed(SAMPLE, name)
        assert isinstance(renamed_plan, Report)
        pair = GroupPair(source=f"group.{text}", destination=f"group.{text}", state="partly", drift=True)
        changed = {"owner": text, "description": text, "groups": (pair,)}
        intents += [replace(one, address=f"{one.address}-{number}", **changed) for one in renamed_plan.intents]
    worst = HOSTILE["code"] + HOSTILE["comment"] + HOSTILE["markup"] + "</script><script>pwned=1</script>"
    vnets = (DrawnVnet(id=f"{VNET}{worst.replace('/', '_')}", prefixes=(worst,)),)
    spec = replace(SAMPLE.spec, name=worst)
    return replace(SAMPLE, intents=tuple(intents), spec=spec, network=NetworkMap(vnets=vnets))


LONG = "-of-shared-services-westeurope-production"


def large(intents: int) -> Report:
    """Many intents between many groups and 300 subnets, several of them between the same two."""
    report = huge(intents // 2)
    states = list(LEGEND)
    groups = [
        GroupPair(
            source=f"group.s{number % 23}",
            destination=f"group.d{number * 7 % 29}",
            state=states[number * number % 71 % len(states)],  # type: ignore[arg-type]
            drift=number % 5 == 0,
        )
        for number in range(intents)
    ]
    blocks = [
        SubnetPairs(
            state=pair.state,
            drift=pair.drift,
            sources=(300,) if number % 3 == 0 else tuple(range(number % 50, 300, 1 + number % 7)),
            destinations=tuple(range(number % 70, 300, 5 + number % 31)),
        )
        for number, pair in enumerate(groups)
    ]
    told = zip(report.intents, groups, blocks, strict=True)
    found = (replace(one, groups=(pair,), subnets=(block,)) for one, pair, block in told)
    vnets = tuple(
        DrawnVnet(
            id=f"{VNET}spoke-{at}{LONG}",
            prefixes=(f"10.{at}.0.0/16",),
            peerings=tuple(
                DrawnPeering(remote=f"{VNET}spoke-{to}{LONG}", state="Connected")
                for to in (range(1, 30) if at == 0 else (0, 1 + at % 29))
            ),
            subnets=tuple(
                DrawnSubnet(
                    id=f"{VNET}spoke-{at}{LONG}/subnets/s{number}", prefixes=(f"10.{at}.{number}.0/24",), nics=33
                )
                for number in range(10)
            ),
        )
        for at in range(30)
    )
    return replace(report, intents=tuple(found), network=NetworkMap(vnets=vnets))


LARGE = large(500)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Chromium, started once, tells of each page."""
    folder = tmp_path_factory.mktemp("pages")
    written = {
        "plan": VIEWS["plan"]["html"](PLAN, Style()),
        "hostile": VIEWS["plan"]["html"](hostile_plan(), Style()),
        "large": VIEWS["plan"]["html"](LARGE, Style()),
        "diff": VIEWS["diff"]["html"](DIFF, Style()),
        "hostile-diff": VIEWS["diff"]["html"](renamed(DIFF, HOSTILE["code"]), Style()),  # type: ignore[arg-type]
    }
    for name, text in written.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    jobs: list[dict[str, Any]] = [
        {"name": "plan", "keyboard": True, "mouse": True, "axe": True, "attack": True, "print": True,
         "filters": {"owner": "team-shop", "status": "Unknown", "nsg": "nsg-web"}},
        {"name": "plan-dark", "page": "plan", "scheme": "dark", "axe": True},
        {"name": "plan-plain", "page": "plan", "plain": True},
        {"name": "hostile", "open": True, "narrow": True, "axe": True},
        {"name": "large", "mouse": True, "subnets": True},
        {"name": "diff", "axe": True, "open": True, "filters": {"status": "Closes"}},
        {"name": "hostile-diff", "open": True, "narrow": True},
    ]  # fmt: skip
    return looked_at(folder, jobs)


def test_the_document_fits_its_schema() -> None:
    """The hostile one alone: its names stand in reasons that the documentation can't have."""
    fitting(PLAN)
    validator("plan").validate(json.loads(VIEWS["plan"]["json"](hostile_plan(), Style())))


@pytest.mark.parametrize("page", ["plan", "plan-dark", "hostile", "large", "diff", "hostile-diff"])
def test_no_error_and_no_request(page: str, pages: dict[str, Any]) -> None:
    told = pages[page]
    assert told["noise"] == []
    asked = [url for url in told["requests"] if not url.startswith("data:,")]
    assert len(asked) == 1 and asked[0].endswith(".html"), "the file itself, and nothing else"


@pytest.mark.parametrize("page", ["plan", "plan-dark", "hostile", "diff"])
def test_axe_finds_nothing(page: str, pages: dict[str, Any]) -> None:
    assert pages[page]["axe"] == []


def test_what_is_wrong_comes_first(pages: dict[str, Any]) -> None:
    text = pages["plan"]["text"]
    assert "Plan: 8 intents: 2 satisfied, 3 drifted, 2 unknown, 1 in error" in text
    order = ["What is wrong", "! Error", "✗ Drift", "? Unknown", "Who reaches whom", "The network", "✓ Satisfied"]
    shown = text.partition("8 intents of 8")[2]
    places = [shown.index(one) for one in order]
    assert places == sorted(places)
    assert "Expected Deny, but NSGs permit Tcp 22 from 198.51.100.0/24 to 3 NICs" in text
    assert "nsg-web/securityRules/tmp-allow-ssh (190, Allow)" in text and "az-export/nsgs.json:212" in text


def test_the_path_tells_where_a_flow_passes(pages: dict[str, Any]) -> None:
    text = pages["plan"]["text"]
    assert "Tcp 198.51.100.7:49152 -> 10.20.4.4:22" in text
    assert "✓ Filters at the destination: permits" in text
    assert "next hops are not judged" in text


def test_a_difference_shows_the_way_before_and_after(pages: dict[str, Any]) -> None:
    text = pages["diff"]["whole"]
    assert "Before, the way of Tcp 198.51.100.7:49152 -> 10.20.4.4:22" in text
    assert "✗ Filters at the destination: stops it here" in text and "Destination, not reached" in text


def test_the_map(pages: dict[str, Any]) -> None:
    text = pages["plan"]["text"]
    assert re.search(r"NSG nsg-web: \d findings?", text)
    assert "There was no room for 7 pairs of groups that intents speak of." in text
    assert "There was no room for 2 more subnets." in text and "(Disconnected)" in text


def test_names_on_the_map_do_not_lie_on_one_another(pages: dict[str, Any]) -> None:
    drawn, met = pages["large"]["laid"]
    assert drawn == 60 and met == []
    assert pages["plan"]["laid"] == [6, []]


def test_by_keyboard_alone(pages: dict[str, Any]) -> None:
    keys = pages["plan"]["keyboard"]
    assert keys["first"] == "Skip to what is wrong"
    assert {"text", "owner", "status", "nsg"} <= set(keys["seen"]), "every filter is a stop on the way"
    assert " to " in keys["cell"]
    assert keys["right"] != keys["cell"] and " to " in keys["right"]
    assert " to " in keys["opened"] and "of these two." in keys["panel"]
    assert keys["back"] == keys["cell"] and keys["closed"]


def test_by_mouse_and_filter(pages: dict[str, Any]) -> None:
    assert pages["plan"]["mouse"]["none"] == 0
    filtered = pages["plan"]["filters"]
    of = {one.address: one for one in PLAN.intents}
    assert set(filtered["owner"]) == {address for address, one in of.items() if one.owner == "team-shop"}
    assert set(filtered["status"]) == {address for address, one in of.items() if one.status == "unknown"}
    assert NO_SSH.address in filtered["nsg"] and len(filtered["nsg"]) < len(of)
    assert len(pages["diff"]["filters"]["status"]) == 1


def test_a_click_is_answered_at_once(pages: dict[str, Any]) -> None:
    told = pages["large"]
    assert told["opened"] < 2000 and told["mouse"]["click"] < 2000 and told["mouse"]["filter"] < 2000
    assert told["painted"] < 2000


def test_each_cell_says_what_its_intents_say_together(pages: dict[str, Any]) -> None:
    for name, report in (("plan", PLAN), ("large", LARGE)):
        wanted = {}
        for (source, destination), cell in matrix_of(report.intents).cells.items():
            wanted[f"{source} to {destination}"] = (cell.state, cell.drift, len(cell.intents))
        assert told_cells(pages[name]["cells"]) == wanted


def test_each_cell_of_many_subnets_says_the_same(pages: dict[str, Any]) -> None:
    """Of 301 by 300 the 60 by 60 first that something is wrong with, row by row until all are there."""
    cells: dict[tuple[int, int], MatrixCell] = {}
    for number, intent in enumerate(LARGE.intents):
        for block in intent.subnets or ():
            for ends in product(block.sources, block.destinations):
                cells.setdefault(ends, MatrixCell()).intents.append((number, block.state, block.drift))
    blocks = [block for intent in LARGE.intents for block in intent.subnets or () if block.drift]
    wrong = [sorted({at for block in blocks for at in getattr(block, end)}) for end in ("sources", "destinations")]
    assert all(len(found) > 60 for found in wrong)
    names = [f"vnet-prodspoke-{at}{LONG}/s{number}" for at in range(30) for number in range(10)]
    names.append("elsewhere, or not known")
    wanted = {
        f"{names[ends[0]]} to {names[ends[1]]}": (cells[ends].state, cells[ends].drift, len(cells[ends].intents))
        for ends in product(wrong[0][:60], wrong[1][:60])
        if ends in cells
    }
    assert told_cells(pages["large"]["subnets"]) == wanted and len(wanted) > 2_000


def told_cells(labels: list[str]) -> dict[str, tuple[str, bool, int]]:
    """What the labels of cells say: state, whether not as wished, how many intents speak of the two."""
    told = {}
    for label in labels:
        ends, _, rest = label.partition(": ")
        words, _, number = rest.rpartition(", ")
        state = next(state for state, said in WORDS.items() if words.removesuffix(", not as wished") == said)
        told[ends] = (state, words.endswith("not as wished"), int(number.split()[0].replace(",", "")))
    return told


def test_the_policy_refuses_what_is_not_of_the_page(pages: dict[str, Any]) -> None:
    assert pages["plan"]["attacked"] == [False, "refused"]
    assert any("Content Security Policy" in one for one in pages["plan"]["attacks"])


def test_without_script_it_says_what_is_wrong(pages: dict[str, Any]) -> None:
    assert "DRIFT" in pages["plan-plain"]["text"] and "Plan: 8 intents" in pages["plan-plain"]["text"]


def test_it_prints(pages: dict[str, Any]) -> None:
    assert pages["plan"]["printed"] > 10_000 and not pages["plan"]["formInPrint"]


def test_hostile_names_are_shown_and_do_nothing(pages: dict[str, Any]) -> None:
    for page in ("hostile", "hostile-diff"):
        told = pages[page]
        assert not {"img", "a-href", "iframe", "object", "br"} & set(told["tags"])
        assert "<img src=x onerror=alert(1)>" in told["whole"]
    assert "pwned=1" in pages["hostile"]["text"], "as text, in the title"
    assert "\\u202egpj" in pages["hostile"]["whole"]


@pytest.mark.parametrize("page", ["hostile", "hostile-diff"])
def test_the_longest_names_keep_within_a_small_screen(page: str, pages: dict[str, Any]) -> None:
    assert pages[page]["beyond"] <= 0


class Parts(HTMLParser):
    """The scripts, the styles and the policy of a page, as a browser's parser parts them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {"script": [], "style": []}
        self.policy = ""
        self.data = ""
        self._open: tuple[str, bool] | None = None
        self.outside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in self.found:
            self._open = tag, named.get("type") == "application/json"
        if tag == "meta" and named.get("http-equiv") == "Content-Security-Policy":
            self.policy = named["content"] or ""
        self.outside += [
            value or "" for name, value in attrs if name in ("src", "href", "action", "style") or name[:2] == "on"
        ]

    def handle_endtag(self, tag: str) -> None:
        self._open = None

    def handle_data(self, data: str) -> None:
        if self._open == ("script", True):
            self.data += data
        elif self._open:
            self.found[self._open[0]].append(data)


@pytest.mark.parametrize("report", [PLAN, hostile_plan()], ids=["plan", "hostile"])
def test_the_policy_names_the_digests_of_what_the_page_holds(report: Report) -> None:
    page = Parts(VIEWS["plan"]["html"](report, Style()))
    assert "default-src 'none'" in page.policy and "unsafe" not in page.policy
    for tag in ("script", "style"):
        (content,) = page.found[tag]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in page.policy
    assert all(value.startswith("#") or value == "data:," for value in page.outside), "links stay in the page"
    assert len(json.loads(page.data)["intents"]) == len(report.intents)


def test_names_are_no_markup_in_the_data() -> None:
    text = VIEWS["plan"]["html"](hostile_plan(), Style())
    data = text.partition('id="data">')[2].partition("</script>")[0]
    assert not set("<>&") & set(data)


def test_what_there_is_no_room_for_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = replace(NO_SSH, causes=tuple(replace(c, remote=f"r{n}") for n in range(30) for c in NO_SSH.causes))
    page = Parts(VIEWS["plan"]["html"](replace(SAMPLE, intents=(wide, BOUNDARY)), Style()))
    first = json.loads(page.data)["intents"][0]
    assert len(first["causes"]) == 12 and first["causesLeft"] == 18
    monkeypatch.setattr(html, "_ROOM", 30_000)
    many = tuple(replace(NO_SSH, address=f"intent.i{n}") for n in range(100))
    text = VIEWS["plan"]["html"](replace(SAMPLE, intents=many), Style())
    assert json.loads(Parts(text).data)["most"] == 0


def test_one_owners_page_tells_of_one_owner() -> None:
    page = Parts(VIEWS["plan"]["html"](PLAN, Style(owner=WEB_TO_DB.owner)))
    assert {one["owner"] for one in json.loads(page.data)["intents"]} == {WEB_TO_DB.owner}
