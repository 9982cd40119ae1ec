"""HCL as `terraform fmt` leaves it: HashiCorp's own formatter, compiled to WebAssembly."""

from __future__ import annotations

import subprocess

from tests.tools import node_module

_FORMAT = """
const { format } = require("@cdktn/hcl-tools");
let text = "";
process.stdin.on("data", (data) => (text += data)).on("end", async () => process.stdout.write(await format(text)));
"""


def formatted(text: str) -> str:
    node, folder = node_module("@cdktn/hcl-tools")
    done = subprocess.run([node, "-e", _FORMAT], input=text.encode(), cwd=folder, capture_output=True, check=True)
    return done.stdout.decode()
