"""`flowspec snapshot` of a template with its parameters, as a process: one file that a plan reads."""

from __future__ import annotations

import json
from pathlib import Path

from tests.arm.templates import PARAMETERS, network, rule, template, write
from tests.cli.command import flowspec
from tests.document import fits

DRIFT = "NSGs permit Tcp 22 from 198.51.100.0/24"
SPEC = """
flowspec { name = "lab" }
group "web" {
  select {
    nic = ["nic-*"]
  }
}
intent "no-ssh" {
  from     = [group.public]
  to       = [group.web]
  protocol = "Tcp"
  ports    = [22]
  expect   = "Deny"
}
"""


def lab(folder: Path) -> None:
    """A template whose rule takes its source from a parameter, and names that are known in part."""
    prefixes = {"addressPrefixes": ["10.0.0.0/16"]}
    web = {"name": "web", "properties": {"addressPrefix": "10.0.1.0/24",
           "networkSecurityGroup": {"id": "[resourceId('Microsoft.Network/networkSecurityGroups', 'n')]"}}}  # fmt: skip
    config = {"privateIPAllocationMethod": "Static", "privateIPAddress": "10.0.1.4",
              "subnet": {"id": "[resourceId('Microsoft.Network/virtualNetworks/subnets', 'v', 'web')]"}}  # fmt: skip
    ssh = rule("ssh", 100, destinationPortRange="22", sourceAddressPrefix="[parameters('admin')]")
    made = template(
        network("networkSecurityGroups", "n", securityRules=[ssh]),
        network("virtualNetworks", "v", addressSpace=prefixes, subnets=[web]),
        network("networkInterfaces", "[concat('nic-', uniqueString(resourceGroup().id))]",
                ipConfigurations=[{"name": "ip", "properties": config}]),
        parameters={"admin": {"type": "string"}},
    )  # fmt: skip
    write(folder / "main.json", made)
    write(folder / "p.json", {"$schema": PARAMETERS, "parameters": {"admin": {"value": "198.51.100.0/24"}}})
    (folder / "s.flow.hcl").write_text(SPEC, "utf-8")


def test_a_template_is_judged_with_its_parameters_and_kept(tmp_path: Path) -> None:
    lab(tmp_path)
    without = flowspec("plan", "-i", "main.json", cwd=tmp_path)
    assert without.returncode == 2 and "parameters('admin') has no value" in without.stdout
    given = flowspec("plan", "-i", "main.json", "--parameters", "p.json", cwd=tmp_path)
    assert given.returncode == 2 and DRIFT in given.stdout
    assert "main.json:" in given.stdout
    taken = flowspec("snapshot", "-i", "main.json", "--parameters", "p.json", "-o", "snap.json", cwd=tmp_path)
    assert taken.returncode == 0, taken.stderr
    text = (tmp_path / "snap.json").read_text("utf-8")
    fits(text, "snapshot")
    assert json.loads(text)["source"] == "main.json"
    assert DRIFT in flowspec("plan", "-i", "snap.json", cwd=tmp_path).stdout


def test_parameters_belong_to_the_template_before_them(tmp_path: Path) -> None:
    lab(tmp_path)
    (tmp_path / "p.bicepparam").write_text("using 'main.bicep'", "utf-8")
    first = flowspec("plan", "--parameters", "p.json", "-i", "main.json", cwd=tmp_path)
    other = flowspec("plan", "-i", "main.json", "--parameters", "main.json", cwd=tmp_path)
    folder = flowspec("plan", "-i", ".", "--parameters", "p.json", cwd=tmp_path)
    source = flowspec("plan", "-i", "main.json", "--parameters", "p.bicepparam", cwd=tmp_path)
    assert [done.returncode for done in (first, other, folder, source)] == [1, 1, 1, 1]
    assert "bicep build-params p.bicepparam" in source.stderr
    assert "stands before every source" in first.stderr
    assert "holds no parameters" in other.stderr
    assert "is no template" in folder.stderr
    changed = flowspec("diff", "main.json", "main.json", "--new-parameters", "p.json", cwd=tmp_path)
    assert changed.returncode == 2 and "has no value" in changed.stdout
    same = flowspec(
        "diff", "main.json", "main.json", "--old-parameters=p.json", "--new-parameters=p.json", cwd=tmp_path
    )
    assert same.returncode == 0, same.stdout


def compiler(folder: Path, verb: str, answer: str) -> None:
    """A program that answers as the Bicep compiler does."""
    program = folder / "bicep"
    told = f'[ "$1 $2 $3" = "{verb} --stdout --no-restore" ] && cat "$(dirname "$0")/{answer}"'
    program.write_text(f"#!/bin/sh\n{told}\n", "utf-8")
    program.chmod(0o755)


def test_parameters_as_the_bicep_compiler_prints_them(tmp_path: Path) -> None:
    """From a file, and from the compiler itself where it is there."""
    lab(tmp_path)
    printed = {"parametersJson": (tmp_path / "p.json").read_text("utf-8"), "templateJson": "{}", "templateSpecId": None}
    write(tmp_path / "printed.json", printed)
    (tmp_path / "p.bicepparam").write_text("using 'main.bicep'", "utf-8")
    assert DRIFT in flowspec("plan", "-i", "main.json", "--parameters", "printed.json", cwd=tmp_path).stdout
    compiler(tmp_path, "build-params", "printed.json")
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert DRIFT in flowspec("plan", "-i", "main.json", "--parameters", "p.bicepparam", cwd=tmp_path, env=env).stdout
    write(tmp_path / "printed.json", {**printed, "parametersJson": "{"})
    broken = flowspec("plan", "-i", "main.json", "--parameters", "printed.json", cwd=tmp_path)
    assert broken.returncode == 1 and "printed.json" in broken.stderr


def test_bicep_without_its_compiler_says_the_command(tmp_path: Path) -> None:
    (tmp_path / "main.bicep").write_text("param x string", "utf-8")
    done = flowspec("targets", "-i", "main.bicep", cwd=tmp_path, env={"PATH": "", "HOME": str(tmp_path)})
    assert done.returncode == 1


def test_bicep_is_compiled_where_the_compiler_is_there(tmp_path: Path) -> None:
    lab(tmp_path)
    (tmp_path / "s.bicep").write_text("// compiled", "utf-8")
    compiler(tmp_path, "build", "main.json")
    path = f"{tmp_path}:/usr/bin:/bin"
    done = flowspec("plan", "-i", "s.bicep", "--parameters", "p.json", cwd=tmp_path, env={"PATH": path})
    assert DRIFT in done.stdout, done.stderr
