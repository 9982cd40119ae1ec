"""What a command does not use, it does not load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment

SHOP = Path(__file__).parents[2] / "examples" / "shop"
HEAVY = {"numpy", "oxidd", "azure", "z3", "jinja2", "starlette", "uvicorn", "pydantic", "rich", "asyncio"}
LOADED = """
import sys
from flowspec.__main__ import main
try:
    main()
except SystemExit:
    pass
sys.stderr.write("\\n".join({name.partition(".")[0] for name in sys.modules}))
"""
ASKED = ["--direction", "Inbound", "--protocol", "TCP", "--local", "10.20.1.4:22", "--remote", "8.8.8.8:50000"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["validate", str(SHOP)],
        ["plan", str(SHOP), "-i", str(SHOP / "network")],
        ["targets", str(SHOP), "-i", str(SHOP / "network")],
        ["verify", "-i", str(SHOP / "network"), "--vm", "vm-web-01", *ASKED],
    ],
    ids=lambda arguments: arguments[0],
)
def test_nothing_heavy_is_loaded(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout
    assert not HEAVY & set(done.stderr.split())
