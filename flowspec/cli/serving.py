"""`flowspec serve`: the network's twin, Azure's REST API over an inventory (docs/twin.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli.inputs import NetworkInputs, size
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.system import read_text
from flowspec.cli.terminal import tell, write
from flowspec.counting import counted
from flowspec.errors import FlowspecError, Problem, Severity

if TYPE_CHECKING:
    from flowspec.server.options import Address, Lie, Throttle, TwinOptions
    from flowspec.server.run import RunningTwin
    from flowspec.server.wire import HttpCall

_EXTRA = ("starlette", "uvicorn", "trustme")
_LOGIN_ID = "00000000-0000-0000-0000-000000000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the twin listens."""

    port: Annotated[int, typer.Option("--port", metavar="N", help="The port; 0: any free one.", min=0, max=65535)] = (
        8642
    )
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="The address to listen on.")] = "127.0.0.1"
    expose: Annotated[
        bool, typer.Option("--expose", help="Allow a --host that others can reach: they see the whole network.")
    ] = False
    tls: Annotated[
        bool, typer.Option("--tls", help="https, with a certificate made for the occasion; az needs it.")
    ] = False
    ca: Annotated[
        Path | None,
        typer.Option("--ca", metavar="FILE", help="Where --tls writes the CA certificate.", show_default=False),
    ] = None

    def made(self) -> Address:
        from flowspec.server.options import Address

        return Address(self.host, self.port, self.tls, self.ca or _new_file() if self.tls else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How the twin answers: as fast, as large and as wrong as is asked for."""

    sync: Annotated[bool, typer.Option("--sync", help="Answer 200 at once, where Azure mostly answers 202 first.")] = (
        False
    )
    async_operation: Annotated[
        bool,
        typer.Option(
            "--async-operation",
            help="Answer 202 with Azure-AsyncOperation beside Location, as the REST reference says.",
        ),
    ] = False
    latency: Annotated[
        float, typer.Option("--latency", metavar="SECONDS", help="How long ipFlowVerify and its like take.", min=0)
    ] = 0.0
    retry_after: Annotated[
        int,
        typer.Option("--retry-after", metavar="SECONDS", help="What a 202 tells clients to wait.", min=0, max=3600),
    ] = 10
    page_size: Annotated[
        int, typer.Option("--page-size", metavar="N", help="Resources on one page of a list.", min=1)
    ] = 200
    throttle: Annotated[
        str,
        typer.Option("--throttle", metavar="N/S", help="At most N writes in S seconds, else 429.", show_default=False),
    ] = ""
    fault_rate: Annotated[
        float,
        typer.Option("--fault-rate", metavar="P", help="The share of calls that go wrong, 0 to 1.", min=0, max=1),
    ] = 0.0
    fault_seed: Annotated[
        int, typer.Option("--fault-seed", metavar="N", help="Makes the same calls go wrong again.")
    ] = 0
    lie: Annotated[
        Path | None,
        typer.Option("--lie", metavar="FILE", help="Planted answers, one JSON object a line.", show_default=False),
    ] = None

    def made(self) -> TwinOptions:
        """The same as the server takes it, files read."""
        from flowspec.server.options import TwinOptions

        return TwinOptions(
            sync=self.sync,
            operations=self.async_operation,
            latency=self.latency,
            retry_after=self.retry_after,
            page_size=self.page_size,
            throttle=_throttle(self.throttle) if self.throttle else None,
            fault_rate=self.fault_rate,
            seed=self.fault_seed,
            lies=_lies(self.lie) if self.lie else (),
        )


def serve(
    network: NetworkInputs,
    listening: Listening,
    behaviour: Behaviour,
    verbose: Annotated[bool, typer.Option("--verbose", help="Tell each request on standard error.")] = False,
) -> None:
    """Be the network's twin: the ipFlowVerify REST API on loopback, for any Azure client."""
    _need_extra()
    from flowspec.server.run import RunningTwin, is_loopback, load

    host, ca, lie, sources = listening.host, listening.ca, behaviour.lie, network.inventory or ()
    if not listening.expose and not is_loopback(host):
        raise typer.BadParameter(f"{host} can be reached by others. Add --expose if they may.", param_hint="--host")
    if not (isfinite(behaviour.latency) and isfinite(behaviour.fault_rate)):
        raise typer.BadParameter("That is no number of seconds, and no share.", param_hint="--latency, --fault-rate")
    if ca and not listening.tls:
        raise typer.BadParameter("--ca goes with --tls.", param_hint="--ca")
    if behaviour.sync and behaviour.async_operation:
        raise typer.BadParameter("--sync answers no 202.", param_hint="--async-operation")
    refuse_overlaps([ca] if ca else [], sources=sources, files=[lie] if lie else ())
    answers = behaviour.made()
    estate = load(network.locators(), size(network.max_input), network.templates())
    twin = RunningTwin(estate, answers, listening.made(), _tell if verbose else None)
    try:
        twin.run(lambda: _announce(twin))
    except KeyboardInterrupt:
        tell("The twin ends.")


def _need_extra() -> None:
    from importlib.util import find_spec

    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        summary = f"flowspec serve needs {', '.join(missing)}, which a plain installation leaves out."
        raise FlowspecError(Problem(Severity.ERROR, summary, "pip install 'flowspec[serve]'"))


def _new_file() -> Path:
    import tempfile

    return Path(tempfile.mkdtemp(prefix="flowspec-twin-")) / "ca.pem"


def _throttle(text: str) -> Throttle:
    from flowspec.server.options import Throttle

    found = re.fullmatch(r"(\d{1,6})/(\d{1,6}(?:\.\d+)?)", text.strip())
    if not found or not int(found[1]) or not float(found[2]):
        raise typer.BadParameter(f"{text!r} is not N/S: 200/20 is 200 writes in 20 seconds.", param_hint="--throttle")
    return Throttle(int(found[1]), float(found[2]))


def _lies(file: Path) -> tuple[Lie, ...]:
    from flowspec.server.lies import read_lies

    return read_lies(read_text(file).splitlines(), str(file))


def _announce(twin: RunningTwin) -> None:
    """The address on standard output, for scripts; how to use it on standard error."""
    write(f"{twin.url}\n")
    held, subscriptions = len(twin.estate.held), len(twin.estate.subscriptions)
    tell(f"The twin holds {counted(held, 'resource')} of {counted(subscriptions, 'subscription')}.")
    tell("No credential is checked, and none that it gives is worth anything. Ctrl-C ends it.")
    if twin.ca:
        tell(f"For az, paste (the CA certificate is {twin.ca}):")
        tell(f"  export AZURE_CONFIG_DIR=$(mktemp -d) REQUESTS_CA_BUNDLE={twin.ca} AZURE_CORE_COLLECT_TELEMETRY=no")
        tell(f"  az cloud register -n flowspec-twin --endpoint-resource-manager {twin.url}")
        tell("  az cloud set -n flowspec-twin")
        tell(f"  az login --service-principal -u {_LOGIN_ID} -p dummy --tenant adfs")


def _tell(call: HttpCall, status: int) -> None:
    tell(f"{call.method} {call.path} {status}")
