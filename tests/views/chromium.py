"""Pages in Chromium, by pages.mjs -> what it tells of each."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.tools import node_module, program

LOOK = Path(__file__).with_name("pages.mjs")


def looked_at(folder: Path, jobs: list[dict[str, Any]]) -> dict[str, Any]:
    """By its `name`, what came of each job: the page of the folder that it names, or that is called as it is."""
    node, tools = node_module("playwright-core")
    node_module("axe-core")
    program("chromium")
    for job in jobs:
        job["file"] = str(folder / f"{job.get('page', job['name'])}.html")
    (folder / "jobs.json").write_text(json.dumps(jobs))
    done = subprocess.run(
        [node, str(LOOK), str(tools), str(folder / "jobs.json")], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told
