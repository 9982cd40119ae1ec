"""`flowspec plan --watch`: again when the spec or the network is saved."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowspec.cli.inputs import NetworkInputs
from flowspec.cli.watching import KeptNetwork
from flowspec.model.inventory import Inventory
from flowspec.reading import noting
from flowspec.sources.bicep import compiled
from flowspec.spec import load_spec
from tests.arm.templates import PARAMETERS, SUBSCRIPTION, rule, template, write
from tests.arm.test_templates import nsg
from tests.cli.command import COMMAND, environment, flowspec

SHOP = Path(__file__).parents[2] / "examples" / "shop"
READY = "Watching for changes"


class Watched:
    """A running `plan --watch` and what it has said."""

    def __init__(self, folder: Path) -> None:
        command = [*COMMAND, "plan", ".", "-i", "network", "--today", "2026-11-21", "--watch"]
        self.process = subprocess.Popen(
            command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def told(self) -> str:
        """All up to the end of the next plan."""
        found = [self.lines.get(timeout=60)]
        while READY not in found[-1]:
            found.append(self.lines.get(timeout=60))
        return "".join(found)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHOP / "network", tmp_path / "network")
    shutil.copy(SHOP / "prod.flow.hcl", tmp_path)
    return tmp_path


@pytest.fixture
def watched(folder: Path) -> Iterator[Watched]:
    watched = Watched(folder)
    yield watched
    watched.process.kill()
    watched.process.wait()
    assert watched.process.stdout is not None
    watched.process.stdout.close()


@pytest.mark.skipif(os.name != "posix", reason="ends by a signal")
def test_a_save_is_planned_at_once(folder: Path, watched: Watched) -> None:
    assert "shop" in watched.told()
    spec, nsgs = folder / "prod.flow.hcl", next(folder.glob("network/nsgs.json"))
    text = spec.read_text("utf-8")

    spec.write_text(text.replace("[5432]", "[5433]"), encoding="utf-8")
    assert "5433" in watched.told()

    spec.write_text(text.replace("group.web", "group.wbe", 1), encoding="utf-8")
    assert "wbe" in watched.told()

    began = time.monotonic()
    spec.write_text(text, encoding="utf-8")
    mended = watched.told()
    took = time.monotonic() - began
    assert "Changed: prod.flow.hcl" in mended and "5433" not in mended and "wbe" not in mended
    assert took < 1.5, took

    (folder / "more.flow.hcl").write_text('group "more" {\n  prefixes = ["10.99.0.0/33"]\n}\n', encoding="utf-8")
    assert "10.99.0.0/33" in watched.told()
    (folder / "more.flow.hcl").unlink()
    assert "Changed: more.flow.hcl" in watched.told()

    nsgs.write_text("[", encoding="utf-8")
    assert "ends too early" in watched.told()

    watched.process.send_signal(signal.SIGINT)
    assert watched.process.wait(timeout=30) == 0


def test_a_network_behind_a_linked_folder_is_read_again(folder: Path, watched: Watched) -> None:
    watched.told()
    away = folder.parent / f"{folder.name}-away"
    (folder / "network").rename(away)
    (folder / "network").mkdir()
    (folder / "network" / "linked").symlink_to(away)
    told = watched.told()
    while "1 drifted" not in told:  # the folder was empty for a moment
        told = watched.told()

    nsgs = away / "nsgs.json"
    nsgs.write_text(nsgs.read_text("utf-8").replace("tmp-allow-ssh", "tmp-allow-sssh"), encoding="utf-8")
    assert "tmp-allow-sssh" in watched.told()


def test_azure_is_not_asked_at_every_save(folder: Path) -> None:
    refused = flowspec("plan", ".", "-i", "network", "--verify", "both", "--watch", cwd=folder)
    assert refused.returncode == 1 and "--watch" in refused.stderr


LINK = {"mode": "Incremental", "templateLink": {"relativePath": "parts/nsg.json"},
        "parameters": {"from": {"value": "[parameters('from')]"}}}  # fmt: skip
FROM = {"from": {"type": "string"}}


def test_every_file_that_a_network_was_read_from_is_watched(tmp_path: Path) -> None:
    """Whatever names it: a template that another one links, and the parameters, once it is there."""
    spec = tmp_path / "a.flow.hcl"
    spec.write_text("")
    main, part, values = tmp_path / "main.json", tmp_path / "parts" / "nsg.json", tmp_path / "values.json"
    deployment = {"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "linked",
                  "properties": LINK}  # fmt: skip
    write(main, template(deployment, parameters=FROM))
    given_values = {"from": {"value": "10.1.0.0/16"}}
    write(values, {"$schema": PARAMETERS, "contentVersion": "1.0.0.0", "parameters": given_values})
    given = ["\0".join(("-i", "0", str(values)))]
    network = NetworkInputs(inventory=[str(main)], parameters=given, resource_group="rg", subscription=SUBSCRIPTION)
    kept = KeptNetwork(network=network)

    def sources() -> tuple[str, ...]:
        return tuple(source for nsg in load().nsgs.values() for rule in nsg.rules for source in rule.sources)

    def load() -> Inventory:
        return kept.load(load_spec([spec]), None)

    assert sources() == () and load() is load()
    part.parent.mkdir()
    write(part, template(nsg(rule("a", 100, sourceAddressPrefix="[parameters('from')]")), parameters=FROM))
    assert sources() == ("10.1.0.0/16",) and load() is load()
    values.write_text(values.read_text("utf-8").replace("10.1.0.0/16", "10.2.0.0/15"), encoding="utf-8")
    assert sources() == ("10.2.0.0/15",) and load() is load()
    part.write_text(part.read_text("utf-8").replace("[parameters('from')]", "10.9.0.0/16"), encoding="utf-8")
    assert sources() == ("10.9.0.0/16",) and load() is load()
    assert {main, part, values} <= {*kept.files()}


def test_what_the_bicep_compiler_opens_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the files name it, each once, though they name each other."""
    program = tmp_path / "bin" / "bicep"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho '{}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    (tmp_path / "parts").mkdir()
    texts = {
        "main.bicep": "module net 'parts/net.bicep' = {\n  name: 'net'\n}\nvar x = 'parts'\n",
        "parts/net.bicep": "import {x} from '../main.bicep'\nvar r = loadJsonContent('rules.json')\n// 'no.json'\n",
        "parts/rules.json": "[]",
        "parts/other.bicep": "",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    with noting() as opened:
        assert compiled(tmp_path / "main.bicep") == b"{}\n"
    assert {path.resolve() for path in opened} == {tmp_path / name for name in texts if "other" not in name}
