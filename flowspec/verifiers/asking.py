"""How Azure is to be asked: what the command line said, the way there, and what is known of each NIC."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from flowspec.model.inventory import Inventory
from flowspec.model.live import NEVER, Cloud, Deadline, Progress, Tell, Watchers
from flowspec.verifiers.askable import Ways
from flowspec.verifiers.executor import AskingLimits, VerifyService

DAY = 86_400.0


class Backend(VerifyService, Protocol):
    """Azure, or what stands for it. `address` is its ARM endpoint."""

    @property
    def address(self) -> str: ...
    def watchers(self, subscriptions: Iterable[str]) -> Watchers: ...


def silent(text: str) -> None:
    """Tells nobody."""


@dataclass(slots=True, kw_only=True)
class Asking:
    """`now` is in seconds since 1970; `max_age` and `recheck` (how long a disagreement is asked again) in seconds.

    `backend` opens the way to Azure; it is not called when every answer is kept. `deadline` ends the whole run.
    """

    backend: Callable[[], Backend]
    address: str
    now: float
    folder: Path = Path()
    limits: AskingLimits = field(default_factory=AskingLimits)
    exhaustive: bool = False
    max_calls: int = 500
    max_age: float = DAY
    refresh: bool = False
    recheck: float = 150.0
    tell: Tell = silent
    progress: Progress | None = None
    deadline: Deadline = NEVER
    _ways: Ways | None = field(default=None, repr=False)

    def ways(self, inventory: Inventory) -> Ways:
        """How each NIC is asked; watchers that the inventory does not have are looked up, for it may lack the list."""
        if self._ways is None:
            known = tuple(inventory.watchers.values())
            ways = Ways(inventory, Watchers(known))
            unserved = ways.unserved()
            if unserved:
                more = self.backend().watchers(unserved)
                ways = Ways(inventory, Watchers((*known, *more.found), more.unread))
            self._ways = ways
        return self._ways


def through_azure(cloud: Cloud) -> Callable[[], Backend]:
    """The real way: opened when it is first needed."""

    def opened() -> Backend:
        from flowspec.azure import require_sdk

        require_sdk()
        from flowspec.azure.verify import ip_flow_verify

        return ip_flow_verify(cloud)

    return opened
