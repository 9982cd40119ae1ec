"""A large inventory is not bad input: 200 MB, on demand (FLOWSPEC_LARGE=1)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources.network import NET, nsg, rule

MEGABYTE = 1024 * 1024
PROGRAM = """
import resource, sys, time
from flowspec.errors import Where
from flowspec.sources import load_inventory, locate
began = time.process_time()
inventory = load_inventory([sys.argv[1]])
loaded = time.process_time()
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
where = locate(list(inventory.nsgs.values())[-1].rules[-1].where)
print(loaded - began, memory, time.process_time() - loaded, where.line, len(inventory.nsgs))
"""


@pytest.mark.skipif(not os.environ.get("FLOWSPEC_LARGE"), reason="FLOWSPEC_LARGE is not set")
def test_200_megabytes_load_in_seconds_and_little_memory(tmp_path: Path) -> None:
    file, written, groups = tmp_path / "large.json", 0, 0
    with file.open("w") as stream:
        stream.write('{"value": [\n')
        while written < 200 * MEGABYTE:
            group = nsg(
                *(rule(f"rule-{n}", 100 + n) for n in range(50)), path=f"{NET}/networkSecurityGroups/nsg-{groups}"
            )
            text = json.dumps(group, indent=2)
            stream.write((",\n" if groups else "") + text)
            written, groups = written + len(text), groups + 1
        stream.write("]}")
    run = subprocess.run([sys.executable, "-c", PROGRAM, str(file)], capture_output=True, text=True, check=True)
    seconds, memory, located, line, found = map(float, run.stdout.split())
    print(f"{seconds:.1f} s, {memory:.0f} MB; a line in {located:.1f} s")
    assert (found, line > 1_000_000) == (groups, True)
    assert seconds < 16
    assert memory < 1536
    assert located < 10
