"""The options that hold a change to something -> what the gate is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli.inputs import NetworkInputs, read_network

if TYPE_CHECKING:
    from flowspec.gating.gate import Held
    from flowspec.model.live import Cloud

Closed = Annotated[
    bool,
    typer.Option(
        "--no-new-access",
        help="Fail when anything opens or may open, or a NIC or subnet is new.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGates:
    """What a plan is held to besides its spec."""

    base: Annotated[
        list[str] | None,
        typer.Option(
            "--base",
            metavar="SOURCE",
            help="The network before, named as after -i: only what fails now and did not then counts. Repeatable.",
            show_default=False,
        ),
    ] = None
    no_new_access: Closed = False

    @property
    def asked(self) -> bool:
        """Whether the change is held to anything."""
        return bool(self.base or self.no_new_access)

    def check(self, shard: tuple[int, int] | None) -> None:
        """Refuses options that need another."""
        if self.no_new_access and not self.base:
            raise typer.BadParameter("it needs the network before: --base SOURCE.", param_hint="--no-new-access")
        if self.asked and shard is not None:
            hint = "a shard judges a part of the intents, and a gate speaks for all: leave one of the two out."
            raise typer.BadParameter(hint, param_hint="--shard")

    def held(self, counted: Iterable[str], network: NetworkInputs, max_boxes: int, cloud: Cloud | None) -> Held | None:
        """What the change is held to; None when it is to nothing. The base is read as the network is."""
        if not self.asked:
            return None
        from flowspec.gating.gate import Held

        return Held(
            counted=frozenset(counted),
            base=read_network(self.base, network.max_input, cloud, network.templates("--base")) if self.base else None,
            closed=self.no_new_access,
            max_boxes=max_boxes,
        )


def diff_held(*, closed: bool, max_boxes: int) -> Held | None:
    """What the difference of two networks is held to; None when it is to nothing."""
    if not closed:
        return None
    from flowspec.gating.gate import Held

    return Held(counted=frozenset(), closed=closed, max_boxes=max_boxes)
