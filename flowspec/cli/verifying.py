"""`flowspec verify`: one flow, or a stream of them, answered as ipFlowVerify answers."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import NetworkInputs
from flowspec.cli.outputs import ReportOptions, files_of, put_out
from flowspec.cli.overlaps import refuse_overlaps
from flowspec.cli.system import doing
from flowspec.cli.terminal import ReaderGoneError, write
from flowspec.reading import refuse_endless

if TYPE_CHECKING:
    from flowspec.ipflowverify.classify import FlowRequest, Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowOptions:
    """One flow, as ipFlowVerify is asked about it."""

    vm: Annotated[str, typer.Option("--vm", metavar="NAME|ID", help="The virtual machine.", show_default=False)] = ""
    nic: Annotated[str, typer.Option("--nic", metavar="NAME|ID", help="Its NIC.", show_default=False)] = ""
    direction: Annotated[
        str, typer.Option("--direction", metavar="Inbound|Outbound", help="Seen from the VM.", show_default=False)
    ] = ""
    protocol: Annotated[
        str, typer.Option("--protocol", metavar="TCP|UDP", help="The protocol of the flow.", show_default=False)
    ] = ""
    local: Annotated[str, typer.Option("--local", metavar="IP:PORT", help="The VM's end.", show_default=False)] = ""
    remote: Annotated[str, typer.Option("--remote", metavar="IP:PORT", help="The other end.", show_default=False)] = ""

    def needed(self) -> dict[str, str]:
        return {
            "--direction": self.direction,
            "--protocol": self.protocol,
            "--local": self.local,
            "--remote": self.remote,
        }

    def made(self, resource_group: str) -> FlowRequest:
        """The flow that the options name, in a resource group; a usage error that names every option still missing."""
        from flowspec.ipflowverify.classify import FlowRequest

        missing = [name for name, value in self.needed().items() if not value]
        missing = missing if self.vm or self.nic else ["--vm or --nic", *missing]
        if missing:
            raise typer.BadParameter(f"Give {', '.join(missing)}; or --flows, for many at once.", param_hint="verify")
        local_ip, local_port = _end("--local", self.local)
        remote_ip, remote_port = _end("--remote", self.remote)
        return FlowRequest(
            target=self.vm,
            nic=self.nic,
            resource_group=resource_group,
            direction=self.direction,
            protocol=self.protocol,
            local_ip=local_ip,
            local_port=local_port,
            remote_ip=remote_ip,
            remote_port=remote_port,
        )

    def refuse(self, instead: str) -> None:
        """Where another argument says it all."""
        given = {"--vm": self.vm, "--nic": self.nic, **self.needed()}
        both = [name for name, value in given.items() if value]
        if both:
            raise typer.BadParameter(f"{instead} says it all: leave out {', '.join(both)}.", param_hint=both[0])


def verify(
    network: NetworkInputs,
    flow: FlowOptions,
    reports: ReportOptions,
    flows: Annotated[
        str,
        typer.Option(
            "--flows", metavar="FILE|-", help="REST request bodies, one a line; one answer a line.", show_default=False
        ),
    ] = "",
) -> None:
    """Ask as ipFlowVerify is asked: one flow, or many."""
    import flowspec
    from flowspec.views import VIEWS

    outputs = reports.outputs(VIEWS["verify"])
    if flows:
        flow.refuse("--flows")
        if files_of(outputs):
            raise typer.BadParameter("--flows writes to standard output, an answer a line.", param_hint="-o")
        _answer_all(flows, flowspec.Verifier(network.load()))
        return
    refuse_overlaps(files_of(outputs), sources=network.inventory or (), files=network.parameter_files)
    request = flow.made(network.resource_group)
    answer = flowspec.verify(network.load(), request)
    put_out(answer, VIEWS["verify"], outputs, reports.look)
    raise Ending(Code.DIFFERENT if answer.access == "Unknown" else Code.AS_WISHED)


def _answer_all(flows: str, verifier: Verifier) -> None:
    """As they come, so that a pipe can hold a conversation."""
    with doing("read", flows):
        if flows == "-":
            _answer_lines(sys.stdin.buffer, verifier)
        else:
            with Path(flows).open("rb") as lines:
                _answer_lines(lines, verifier)


def _answer_lines(lines: BinaryIO, verifier: Verifier) -> None:
    from flowspec.ipflowverify.stream import Stream, chunks

    refuse_endless(lines)
    stream = Stream(verifier)
    try:
        for chunk in chunks(lines):
            write(stream.answers(chunk))
    except ReaderGoneError:
        return


def _end(flag: str, text: str) -> tuple[str, str]:
    address, colon, port = text.rpartition(":")
    if not colon:
        raise typer.BadParameter(f"{text!r} is not IP:PORT.", param_hint=flag)
    return address.removeprefix("[").removesuffix("]"), port
