"""HTML in Chromium of what is explained and covered; walks, subnets and the map in the reports of plans and diffs."""

from __future__ import annotations

import json
import shutil
from contextlib import chdir
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flowspec.cli.app import run
from flowspec.model.documents.coverage import Coverage, CoverageGap, SilentRule
from flowspec.model.documents.explain import Explanation
from flowspec.model.documents.plan import Report
from flowspec.model.documents.values import IntentProblem, SourceLine
from flowspec.views import VIEWS, Style
from tests.outputs.drawn import HOSTILE
from tests.views.chromium import looked_at
from tests.views.sample import SSH, SSH_TOTAL, nic, nsg, subnet
from tests.views.test_html import Parts

EXAMPLES = Path(__file__).parents[2] / "examples"
WORST = HOSTILE["code"] + HOSTILE["comment"] + HOSTILE["markup"] + "</script><script>pwned=1</script>"


def coverage(name: str) -> Coverage:
    """One gap of each kind, at NICs of this name, by rules of this name."""
    told: dict[str, Any] = {"direction": "Inbound", "flows": (SSH,), "total": SSH_TOTAL}
    gaps = (
        CoverageGap(access="Allow", by_default=False, nsg=nsg(name), rule=f"securityRules/{name}", nics=(nic(name),),
                    **told),
        CoverageGap(access="Unknown", by_default=False, nsg=nsg("nsg-b"), rule="securityRules/b", nics=(nic("b"),),
                    **told),
        CoverageGap(access="Allow", by_default=True, nsg=nsg("nsg-b"), rule="defaultSecurityRules/AllowVnetInBound",
                    nics=tuple(nic(f"n{number}") for number in range(300)), **told),
    )  # fmt: skip
    silent = SilentRule(nsg=nsg(name), rule=f"securityRules/{name}", access="Deny", where=SourceLine(file=name, line=3))
    problem = IntentProblem(severity="error", summary=f"intent.a is in error and not counted: {name}")
    return Coverage(format_version="1.0", flowspec_version="0.1.0", percent=77.7, permits=9, spoken=7,
                    default_permits=12, default_spoken=0, gaps=gaps, silent_rules=(silent,),
                    uncovered=(nic(name), subnet("s")), problems=(problem,))  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports of the examples, by the commands that make them."""
    made = tmp_path_factory.mktemp("kinds")
    (made / "coverage.html").write_text(VIEWS["coverage"]["html"](coverage("allow-web"), Style()), encoding="utf-8")
    (made / "hostile-coverage.html").write_text(VIEWS["coverage"]["html"](coverage(WORST), Style()), encoding="utf-8")
    with chdir(EXAMPLES / "shop"):
        run(["explain", "intent.no-ssh-from-outside", ".", "-i", "network", "-o", f"html={made}/explain.html",
             "-o", f"json={made}/explain.json"])  # fmt: skip
        run(["plan", ".", "-i", "network", "-o", f"html={made}/plan.html", "-o", f"json={made}/plan.json"])
        shutil.copytree("network", made / "new")
        nsgs = made / "new/nsgs.json"
        text = nsgs.read_text("utf-8").replace('"destinationPortRange": "5432"', '"destinationPortRange": "1433"')
        nsgs.write_text(text, "utf-8")
        run(["diff", "network", str(made / "new"), "-o", f"html={made}/diff.html"])
    with chdir(EXAMPLES / "hub-spoke"):
        run(["plan", ".", "-i", "network", "-o", f"html={made}/hub.html"])
    rewritten = (made / "explain.json").read_text("utf-8").replace("tmp-allow-ssh", json.dumps(WORST)[1:-1])
    found = msgspec.json.decode(rewritten, type=Explanation)
    (made / "hostile-explain.html").write_text(VIEWS["explain"]["html"](found, Style()), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, Any]:
    """What Chromium, started once, tells of each page."""
    jobs: list[dict[str, Any]] = [
        {"name": "coverage", "axe": True, "open": True, "filters": {"status": "Perhaps", "nsg": "nsg-b"}},
        {"name": "coverage-dark", "page": "coverage", "scheme": "dark", "axe": True},
        {"name": "hostile-coverage", "axe": True, "open": True},
        {"name": "explain", "axe": True, "open": True, "print": True},
        {"name": "explain-plain", "page": "explain", "plain": True},
        {"name": "hostile-explain", "axe": True, "open": True},
        {"name": "plan", "axe": True, "open": True, "subnets": True, "mouse": True},
        {"name": "diff", "axe": True, "open": True, "mouse": True, "keyboard": True},
        {"name": "hub", "axe": True, "subnets": True,
         "map": {"nsg": "nsg-spokes", "owner": "team-app", "text": "snet-firewall", "status": "Drift"}},
    ]  # fmt: skip
    return looked_at(folder, jobs)


KINDS = ["coverage", "coverage-dark", "hostile-coverage", "explain", "hostile-explain", "plan", "diff", "hub"]


@pytest.mark.parametrize("page", KINDS)
def test_no_error_no_request_and_nothing_for_axe(page: str, pages: dict[str, Any]) -> None:
    told = pages[page]
    assert told["noise"] == [] and told["axe"] == []
    asked = [url for url in told["requests"] if not url.startswith("data:,")]
    assert len(asked) == 1 and asked[0].endswith(".html"), "the file itself, and nothing else"


def test_coverage_tells_what_nothing_speaks_about(pages: dict[str, Any]) -> None:
    text = pages["coverage"]["whole"]
    head, _, shown = text.partition("4 findings of 4")
    assert "77.7 % covered: the spec speaks about 7 of 9 permits" in head
    places = [shown.index(one) for one in (
        "In error", "intent.a is in error and not counted",
        "Permitted by custom rules, and nothing speaks about it", "○ No intent", "? Perhaps",
        "Permitted by Azure's default rules", "· By default", "Custom rules that nothing speaks about",
        "NICs and subnets that no boundary is around")]  # fmt: skip
    assert places == sorted(places)
    assert "allow-web:3" in text and "and 100 more" in text
    assert "Tcp 198.51.100.7:49152 -> 10.20.4.4:22" in text
    assert len(pages["coverage"]["filters"]["status"]) == 1 and len(pages["coverage"]["filters"]["nsg"]) == 1


def test_explain_tells_rule_by_rule(pages: dict[str, Any]) -> None:
    text = pages["explain"]["whole"]
    assert "✓ Permitted" in text and "intent.no-ssh-from-outside (drifted)" in text
    assert "✓ NSG nsg-web: permits" in text and "securityRules/tmp-allow-ssh (190, Allow)" in text
    assert "securityRules/allow-https (100, Allow): port 22 is not in 443" in text and "network/nsgs.json:9" in text
    assert "To deny it" in text and "flowspec-flow-deny-in" in text
    assert "nearly by securityRules/allow-https" in pages["explain-plain"]["text"]
    assert pages["explain"]["printed"] > 10_000


def test_a_plan_tells_the_walk_of_its_examples(pages: dict[str, Any], folder: Path) -> None:
    """And a saved plan the same, since the walks are part of it."""
    text = pages["plan"]["whole"]
    assert "Why, rule by rule" in text and "port 22 is not in 443" in text
    report = msgspec.json.decode((folder / "plan.json").read_bytes(), type=Report)
    wrong = [walk for walk in report.walks if walk.of == "intent.no-ssh-from-outside (drifted)"]
    assert report.walks[0] in wrong and len(report.walks) > len(wrong)
    data = json.loads(Parts(VIEWS["plan"]["html"](report, Style())).data)
    told = next(one for one in data["intents"] if one["address"] == "intent.no-ssh-from-outside")
    assert data["walks"][told["causes"][0]["walk"]]["access"] == "Allow" and "path" not in told["causes"][0]
    bare = json.loads(Parts(VIEWS["plan"]["html"](msgspec.structs.replace(report, walks=()), Style())).data)
    assert all("path" in cause for one in bare["intents"] for cause in one.get("causes", ()))


def test_the_matrix_of_subnets(pages: dict[str, Any]) -> None:
    cells = pages["plan"]["subnets"]
    assert "vnet-shop/snet-web to vnet-shop/snet-app: permitted, 1 intent" in cells
    assert any(one.startswith("elsewhere, or not known to vnet-shop/snet-web: partly permitted, not as wished")
               for one in cells)  # fmt: skip
    assert "From the subnet of the row" in pages["plan"]["help"]
    assert pages["plan"]["cells"] != cells and any(one.startswith("group.") for one in pages["plan"]["cells"])


def test_a_difference_by_subnets(pages: dict[str, Any]) -> None:
    told = pages["diff"]
    assert told["cells"] == ["vnet-shop/snet-app to vnet-shop/snet-db: some more, some less is permitted, something"
                             " opens, 2 causes"]  # fmt: skip
    assert "2 causes speak of these two." in told["keyboard"]["panel"] and told["keyboard"]["closed"]
    assert "NSG nsg-db: 2 findings" in told["whole"]


def test_the_map_follows_the_filters(pages: dict[str, Any]) -> None:
    told = pages["hub"]["map"]
    assert "snet-jump" in told["before"] and "no part in what is shown" not in told["before"]
    assert "snet-jump" not in told["nsg"] and "snet-app" in told["nsg"] and "2 subnets have no part" in told["nsg"]
    assert "snet-firewall" in told["text"] and "snet-app" not in told["text"]
    assert "finding" in told["status"] and "finding" not in told["owner"], "of what is shown alone"
    assert told["after"] == told["before"]


def test_hostile_names_are_shown_and_do_nothing(pages: dict[str, Any]) -> None:
    for page in ("hostile-coverage", "hostile-explain"):
        told = pages[page]
        assert not {"img", "a-href", "iframe", "object", "br"} & set(told["tags"])
        assert "<img src=x onerror=alert(1)>" in told["whole"] and "pwned=1" in told["whole"]
