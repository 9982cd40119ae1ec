"""Locks and permissions of the twin: listed at every scope, and a lock holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.server.asking import NSG, RULE, ask
from tests.server.conftest import Start

LOCKS = "providers/Microsoft.Authorization/locks"
GROUP = NSG.partition("/providers/")[0]
SUBSCRIPTION = GROUP.partition("/resourceGroups/")[0]
ID = f"{NSG}/securityRules/let-in"
WEB = "/networkSecurityGroups/nsg-web"


@pytest.fixture
def locked(start: Start, tmp_path: Path) -> Start:
    """The shop with one lock."""

    def run(scope: str, level: str) -> object:
        for file in Path("examples/shop/network").iterdir():
            (tmp_path / file.name).write_bytes(file.read_bytes())
        lock = {"id": f"{scope}/{LOCKS}/keep", "name": "keep", "type": "Microsoft.Authorization/locks"}
        (tmp_path / "locks.json").write_text(json.dumps([{**lock, "properties": {"level": level}}]), "utf-8")
        return start(tmp_path, sync=True)

    return run  # type: ignore[return-value]


@pytest.mark.parametrize("scope", [SUBSCRIPTION, GROUP, NSG])
def test_a_lock_is_listed_above_and_below_its_scope(locked: Start, scope: str) -> None:
    twin = locked(scope, "CanNotDelete")
    for at in (SUBSCRIPTION, GROUP, NSG):
        found = ask(twin, "GET", f"{at}/{LOCKS}?api-version=2020-05-01").json["value"]
        assert [one["name"] for one in found] == ["keep"]
    assert not ask(twin, "GET", f"{GROUP}{WEB}x/{LOCKS}?api-version=2020-05-01").json["value"] or scope != NSG


@pytest.mark.parametrize(("level", "statuses"), [("CanNotDelete", (201, 409)), ("ReadOnly", (409, 409))])
@pytest.mark.parametrize("scope", [SUBSCRIPTION, GROUP, NSG])
def test_a_lock_holds(locked: Start, scope: str, level: str, statuses: tuple[int, int]) -> None:
    twin = locked(scope, level)
    replies = [ask(twin, method, ID, {"properties": RULE}) for method in ("PUT", "DELETE")]
    assert tuple(reply.status for reply in replies) == statuses
    assert replies[1].json["error"]["code"] == "ScopeLocked"
    assert f"following scope(s) are locked: '{scope}'" in replies[1].json["error"]["message"]


def test_the_caller_may_do_everything(start: Start) -> None:
    url = f"{NSG}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01"
    assert ask(start(), "GET", url).json["value"][0]["actions"] == ["*"]


def test_what_nobody_models_is_kept(start: Start) -> None:
    twin = start(sync=True)
    ask(twin, "PUT", ID, {"properties": RULE | {"newInAzure": {"level": 7}, "gone": None}})
    shown = ask(twin, "GET", ID).json["properties"]
    assert shown["newInAzure"] == {"level": 7} and "gone" not in shown
