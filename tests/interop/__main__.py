"""`python -m tests.interop [az] [python] [javascript]`: real Azure clients against a twin, over TLS.

What a client needs is installed into a scratch folder (az alone weighs 700 MB), which goes again unless `--scratch`
names one. No part of `make test`. The exit code is the number of clients that did not find all as expected.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FLOWSPEC = [sys.executable, "-m", "flowspec"]
CLIENTS = ("az", "python", "javascript")

SDKS = (
    "azure-identity", "azure-mgmt-network", "azure-mgmt-compute", "azure-mgmt-resource", "azure-mgmt-resourcegraph",
)  # fmt: skip
NODE = ("@azure/arm-network", "@azure/identity")


def environment(**more: str) -> dict[str, str]:
    """The caller's, where `python -m flowspec` finds this repository."""
    return os.environ | {"PYTHONPATH": str(ROOT)} | more


@contextmanager
def twin(scratch: Path) -> Iterator[tuple[str, Path]]:
    """The address of a twin of the shop, and its CA certificate."""
    ca = scratch / "ca.pem"
    shop = ROOT / "examples" / "shop" / "network"
    command = [*FLOWSPEC, "serve", "-i", str(shop), "--tls", "--ca", str(ca), "--port", "0", "--retry-after", "1"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment()
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                raise SystemExit(
                    "The twin does not start: run `python -m flowspec serve -i examples/shop/network --tls`."
                )
            yield url, ca
        finally:
            process.kill()


def virtual_environment(folder: Path, packages: Sequence[str]) -> Path:
    """The `bin` of a new environment with the packages; one that is there is used again."""
    scripts = folder / "bin"
    if not (scripts / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(scripts / "pip"), "install", "--quiet", *packages], check=True)
        (scripts / "installed").touch()
    return scripts


def az(scratch: Path) -> int:
    found = virtual_environment(scratch / "az", ["azure-cli"]) / "az"
    return subprocess.run(["bash", str(HERE / "az.sh"), str(found), *FLOWSPEC], env=environment()).returncode


def python(scratch: Path) -> int:
    interpreter = virtual_environment(scratch / "python", SDKS) / "python"
    with twin(scratch) as (url, ca):
        command = [str(interpreter), str(HERE / "sdk.py"), url]
        return subprocess.run(command, env=os.environ | {"REQUESTS_CA_BUNDLE": str(ca)}).returncode


def javascript(scratch: Path) -> int:
    prefix = scratch / "node"
    prefix.mkdir(exist_ok=True)
    if not (prefix / "node_modules" / "@azure" / "arm-network").exists():
        subprocess.run(
            ["npm", "install", "--prefix", str(prefix), "--no-audit", "--no-fund", "--no-save", *NODE], check=True
        )
    script = prefix / "sdk.mjs"
    script.write_bytes((HERE / "sdk.mjs").read_bytes())
    with twin(scratch) as (url, ca):
        command = ["node", str(script), url]
        return subprocess.run(command, env=os.environ | {"NODE_EXTRA_CA_CERTS": str(ca)}).returncode


RUNS = {"az": az, "python": python, "javascript": javascript}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.interop", description=__doc__)
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=f"{', '.join(CLIENTS)}; all when none is named")
    parser.add_argument("--scratch", type=Path, help="a folder to install into and to keep")
    options = parser.parse_args(arguments)
    unknown = set(options.clients) - set(CLIENTS)
    if unknown:
        parser.error(f"no client {', '.join(sorted(unknown))}: {', '.join(CLIENTS)}")
    with tempfile.TemporaryDirectory(prefix="flowspec-interop-") as temporary:
        scratch = (options.scratch or Path(temporary)).resolve()
        scratch.mkdir(parents=True, exist_ok=True)
        return sum(told(name, scratch) for name in options.clients or CLIENTS)


def told(name: str, scratch: Path) -> bool:
    """Runs one client and says how it went; whether it failed."""
    print(f"== {name}", flush=True)
    before = time.monotonic()
    code = RUNS[name](scratch)
    print(f"== {name}: {'all as expected' if not code else 'FAILED'} ({time.monotonic() - before:.0f} s)", flush=True)
    return code != 0


if __name__ == "__main__":
    sys.exit(main())
