"""`targets --uncovered`: the NICs and subnets that no boundary is around."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gating.change import Json, nic, resources, told, vnet, write

GROUPS = """
group "web" {
  select {
    vm = "vm-web-*"
  }
}
group "subnet" {
  subnets = ["vnet-shop/snet"]
}
group "prefix" {
  prefixes = ["10.0.0.0/24"]
}
intent "fine" {
  from     = [group.public]
  to       = [group.web]
  protocol = "Tcp"
  ports    = [2222]
  expect   = "Deny"
}
"""


EVERYONE = ["nic-db-01", "nic-web-01", "nic-z", "other/subnets/snet", "vnet-shop/subnets/snet"]


def boundary(group: str, more: str = "") -> str:
    return f'boundary "b" {{\n  around = [group.{group}]\n{more}}}\n'


def uncovered(folder: Path, spec: str, *arguments: str) -> list[str]:
    (folder / "shop.flow.hcl").write_text(spec)
    network: list[Json] = [*resources(), *vnet("other", "10.9.0.0/24"), *nic("z", "10.9.0.4")]
    write(folder, "net.json", network)
    code, found = told(folder, "targets", "-i", "net.json", "--uncovered", *arguments)
    assert code == 0
    return [
        of.rpartition("/")[2] if "snet" not in of else of.rpartition("virtualNetworks/")[2] for of in found["uncovered"]
    ]


@pytest.mark.parametrize(
    ("spec", "left"),
    [
        (GROUPS, EVERYONE),
        (GROUPS + boundary("web"), ["nic-db-01", "nic-z", "other/subnets/snet", "vnet-shop/subnets/snet"]),
        (GROUPS + boundary("web", "  enabled = false\n"), EVERYONE),
        (GROUPS + boundary("subnet"), ["other/subnets/snet"]),
        (GROUPS + boundary("prefix"), ["nic-z", "other/subnets/snet"]),
    ],
)  # fmt: skip
def test_who_is_left(tmp_path: Path, spec: str, left: list[str]) -> None:
    assert uncovered(tmp_path, spec) == left


def test_the_platforms_boundaries_cover_too(tmp_path: Path) -> None:
    (tmp_path / "central").mkdir()
    (tmp_path / "central" / "own.flow.hcl").write_text(GROUPS + boundary("subnet"))
    assert uncovered(tmp_path, GROUPS, "--platform", "central") == ["other/subnets/snet"]
