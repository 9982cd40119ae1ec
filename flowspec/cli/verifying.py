"""`flowspec verify`: one flow, or a stream of them, answered as ipFlowVerify answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from flowspec.cli import options
from flowspec.cli.ending import Code, Ending
from flowspec.cli.inputs import DEFAULT_MAX_INPUT, load_network
from flowspec.cli.outputs import is_json, put, put_json
from flowspec.cli.system import doing
from flowspec.cli.terminal import ReaderGoneError, write
from flowspec.reading import refuse_endless

if TYPE_CHECKING:
    from flowspec.ipflowverify.classify import FlowRequest, Verifier

Vm = Annotated[str, typer.Option("--vm", metavar="NAME|ID", help="The virtual machine.", show_default=False)]
Nic = Annotated[str, typer.Option("--nic", metavar="NAME|ID", help="Its NIC.", show_default=False)]
Group = Annotated[
    str, typer.Option("--resource-group", "-g", metavar="NAME", help="Where names are looked for.", show_default=False)
]
Direction = Annotated[
    str, typer.Option("--direction", metavar="Inbound|Outbound", help="Seen from the VM.", show_default=False)
]
Protocol = Annotated[
    str, typer.Option("--protocol", metavar="TCP|UDP", help="The protocol of the flow.", show_default=False)
]
Local = Annotated[str, typer.Option("--local", metavar="IP:PORT", help="The VM's end.", show_default=False)]
Remote = Annotated[str, typer.Option("--remote", metavar="IP:PORT", help="The other end.", show_default=False)]
Flows = Annotated[
    str,
    typer.Option(
        "--flows", metavar="FILE|-", help="REST request bodies, one a line; one answer a line.", show_default=False
    ),
]


def verify(
    inventory: options.Inventory = None,
    vm: Vm = "",
    nic: Nic = "",
    resource_group: Group = "",
    direction: Direction = "",
    protocol: Protocol = "",
    local: Local = "",
    remote: Remote = "",
    flows: Flows = "",
    output: options.Form = "text",
    max_input: options.MaxInput = DEFAULT_MAX_INPUT,
    json: options.Json = False,
) -> None:
    """Ask as ipFlowVerify is asked: one flow, or many."""
    as_json = is_json(output, json=json)
    given = {"--direction": direction, "--protocol": protocol, "--local": local, "--remote": remote}
    if flows:
        _refuse_with_flows({"--vm": vm, "--nic": nic, "-g": resource_group, **given})
        _answer_all(flows, _verifier(inventory, max_input))
        return
    request = _request(given, vm, nic, resource_group)
    _answer(_verifier(inventory, max_input), request, as_json=as_json)


def _verifier(inventory: options.Inventory, max_input: str) -> Verifier:
    from flowspec.ipflowverify.classify import Verifier

    return Verifier(load_network(inventory, None, max_input))


def _answer(verifier: Verifier, request: FlowRequest, *, as_json: bool) -> None:
    from flowspec.ipflowverify.requests import result_of

    result = result_of(verifier.verify(request))
    if as_json:
        put_json(result)
    else:
        from flowspec.views.layout import visible

        put("".join(f"{name:<9} {visible(str(value))}".rstrip() + "\n" for name, value in result.items()))
    raise Ending(Code.DIFFERENT if result["access"] == "Unknown" else Code.AS_WISHED)


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


def _request(given: dict[str, str], vm: str, nic: str, resource_group: str) -> FlowRequest:
    from flowspec.ipflowverify.classify import FlowRequest

    missing = [name for name, value in given.items() if not value]
    missing = missing if vm or nic else ["--vm or --nic", *missing]
    if missing:
        raise typer.BadParameter(f"Give {', '.join(missing)}; or --flows, for many at once.", param_hint="verify")
    local_ip, local_port = _end("--local", given["--local"])
    remote_ip, remote_port = _end("--remote", given["--remote"])
    return FlowRequest(
        target=vm,
        nic=nic,
        resource_group=resource_group,
        direction=given["--direction"],
        protocol=given["--protocol"],
        local_ip=local_ip,
        local_port=local_port,
        remote_ip=remote_ip,
        remote_port=remote_port,
    )


def _end(flag: str, text: str) -> tuple[str, str]:
    address, colon, port = text.rpartition(":")
    if not colon:
        raise typer.BadParameter(f"{text!r} is not IP:PORT.", param_hint=flag)
    return address.removeprefix("[").removesuffix("]"), port


def _refuse_with_flows(given: dict[str, str]) -> None:
    both = [name for name, value in given.items() if value]
    if both:
        raise typer.BadParameter(
            f"--flows asks for what its lines say: leave out {', '.join(both)}.", param_hint="--flows"
        )
