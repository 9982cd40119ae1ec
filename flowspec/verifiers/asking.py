"""How Azure is to be asked: what the command line said, the way there, and what is known of each NIC."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from flowspec.model.inventory import Inventory, Watcher, id_part, key
from flowspec.model.live import Cloud, Progress, Tell
from flowspec.verifiers.askable import Ways
from flowspec.verifiers.executor import Limits, Service

DAY = 86_400.0


class Backend(Service, Protocol):
    """Azure, or what stands for it. `address` is its ARM endpoint."""

    @property
    def address(self) -> str: ...
    def watchers(self, subscriptions: Iterable[str]) -> list[Watcher]: ...


def silent(text: str) -> None:
    """Tells nobody."""


@dataclass(slots=True, kw_only=True)
class Asking:
    """`now` is in seconds since 1970; `max_age` and `recheck` (how long a disagreement is asked again) in seconds.

    `backend` opens the way to Azure; it is not called when every answer is kept.
    """

    backend: Callable[[], Backend]
    address: str
    now: float
    folder: Path = Path()
    limits: Limits = field(default_factory=Limits)
    exhaustive: bool = False
    max_calls: int = 500
    max_age: float = DAY
    refresh: bool = False
    recheck: float = 150.0
    tell: Tell = silent
    progress: Progress | None = None
    _ways: Ways | None = field(default=None, repr=False)

    def ways(self, inventory: Inventory) -> Ways:
        """How each NIC is asked; watchers that the inventory does not have are looked up."""
        if self._ways is None:
            known = {key(id_part(w.id, "subscriptions") or "") for w in inventory.watchers.values()}
            wanted = {id_part(nic.id, "subscriptions") or "" for nic in inventory.nics.values() if nic.vm}
            live = any(origin.locator.casefold().startswith("azure:") for origin in inventory.origins)
            missing = sorted(s for s in wanted if key(s) not in known and s) if not live else []
            found = self.backend().watchers(missing) if missing else []
            self._ways = Ways(inventory, [*inventory.watchers.values(), *found])
        return self._ways


def through_azure(cloud: Cloud) -> Callable[[], Backend]:
    """The real way: opened when it is first needed."""

    def opened() -> Backend:
        from flowspec.azure import require_sdk

        require_sdk()
        from flowspec.azure.client import connect
        from flowspec.azure.verify import IpFlowVerify

        return IpFlowVerify(connect(cloud))

    return opened
