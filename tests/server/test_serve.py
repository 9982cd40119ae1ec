"""`flowspec serve` as a process."""

from __future__ import annotations

import http.client
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, environment, flowspec
from tests.server.asking import ARM, BASE, FLOW, SHOP, VERSION, WATCHER

PATIENCE = 120
"""Seconds: a machine that is busy with other things is no failure."""


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A twin of the shop in a process of its own, and its address."""
    command = [*COMMAND, "serve", "-i", SHOP, "--port", "0", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as twin:
        try:
            assert twin.stdout is not None
            yield twin, twin.stdout.readline().strip()
        finally:
            twin.kill()


def ended(twin: subprocess.Popen[str]) -> str:
    """What it told on standard error until Ctrl-C."""
    twin.send_signal(signal.SIGINT)
    out, told = twin.communicate(timeout=PATIENCE)
    assert (twin.returncode, out) == (0, "")
    return told


def test_serve_until_ctrl_c() -> None:
    with serving("--sync", "--verbose") as (twin, url):
        scheme, _, place = url.partition("://")
        assert scheme == "http"
        connection = http.client.HTTPConnection(place, timeout=PATIENCE)
        connection.request(
            "POST", f"{WATCHER}/ipFlowVerify?{VERSION}", json.dumps(FLOW), {"Authorization": "Bearer x7"}
        )
        assert json.loads(connection.getresponse().read())["access"] == "Deny"
        connection.request("GET", f"{BASE}/%1b%5b31m?{ARM}")
        assert connection.getresponse().status == 404
        connection.close()
        told = ended(twin)
    assert "The twin holds 15 resources of 1 subscription." in told
    assert f"POST {WATCHER}/ipFlowVerify 200\n" in told
    assert "\x1b" not in told
    assert "x7" not in told
    assert told.endswith("The twin ends.\n")


def test_serve_with_tls_tells_what_to_paste_for_az(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with serving("--tls", "--ca", str(ca)) as (twin, url):
        context = ssl.create_default_context(cafile=str(ca))
        connection = http.client.HTTPSConnection(url.removeprefix("https://"), timeout=PATIENCE, context=context)
        connection.request("GET", f"/subscriptions?{ARM}")
        assert connection.getresponse().status == 200
        connection.close()
        told = ended(twin)
    (paste,) = (told[told.index("  export") : told.index("The twin ends")].splitlines(),)
    assert [line.split()[:2] for line in paste] == [["export", "AZURE_CONFIG_DIR=$(mktemp"], *[["az", n] for n in
            ("cloud", "cloud", "login")]]  # fmt: skip
    assert f"REQUESTS_CA_BUNDLE={ca}" in paste[0]
    assert paste[1].endswith(f"--endpoint-resource-manager {url}")


def test_serve_with_azure_async_operation() -> None:
    with serving("--async-operation", "--retry-after", "3") as (twin, url):
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE)
        connection.request("POST", f"{WATCHER}/ipFlowVerify?{VERSION}", json.dumps(FLOW))
        begun = connection.getresponse()
        begun.read()
        assert (begun.status, begun.headers["Retry-After"]) == (202, "3")
        connection.request("GET", begun.headers["Azure-AsyncOperation"].removeprefix(url))
        assert json.loads(connection.getresponse().read()) == {"status": "Succeeded"}
        connection.close()
        ended(twin)


LIES = '{"request": {"port": "1"}, "answer": {}}\n'


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], "0.0.0.0 can be reached by others. Add --expose"),
        (["--host", "::"], ":: can be reached by others"),
        (["--host", "nowhere.invalid", "--expose"], "Can't listen on nowhere.invalid"),
        (["--throttle", "5"], "'5' is not N/S"),
        (["--throttle", "0/5"], "'0/5' is not N/S"),
        (["--fault-rate", "2"], "--fault-rate"),
        (["--ca", "x.pem"], "--ca goes with --tls"),
        (["--tls", "--ca", "none/x.pem"], "Can't write the CA certificate to none/x.pem: No such file or directory."),
        (["--tls", "--ca", "."], "Can't write the CA certificate to .: Is a directory."),
        (["--sync", "--async-operation"], "--sync answers no 202"),
        (["--lie", "none.jsonl"], "Can't read none.jsonl: No such file or directory."),
        (["--lie", "lies.jsonl"], "lies.jsonl:1"),
        (["-i", "none/"], "No such file or directory"),
    ],
)
def test_refused(arguments: list[str], words: str, tmp_path: Path) -> None:
    (tmp_path / "lies.jsonl").write_text(LIES, "utf-8")
    done = flowspec("serve", "-i", SHOP, "--port", "0", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_no_inventory_is_an_error_that_shows_how_to_name_one() -> None:
    done = flowspec("serve")
    assert done.returncode == 1
    assert "-i az-export/" in done.stderr


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "from flowspec.cli.app import run\n"
        f"sys.exit(run(['serve', '-i', {SHOP!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment())
    assert done.returncode == 1
    assert "pip install 'flowspec[serve]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_other_commands_do_not_load_the_server() -> None:
    script = (
        "import sys\nfrom flowspec.cli.app import run\n"
        f"run(['targets', {str(Path(SHOP).parent)!r}, '-i', {SHOP!r}])\n"
        "print([name for name in ('starlette', 'uvicorn', 'trustme', 'flowspec.server') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment())
    assert done.stdout.splitlines()[-1] == "[]"
