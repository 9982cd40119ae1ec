"""Where a deployment goes: its subscription and resource group, and the ids of what it deploys there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flowspec.arm.texts import MistakenArgumentError, text
from flowspec.arm.values import GROUP, SUBSCRIPTION, Json, Settings, Unknown, hole

LOCATION = hole("resourceGroup().location")


@dataclass(frozen=True, slots=True)
class DeploymentScope:
    """A resource group; or a subscription, where `group` is "". What nobody said is a part that is not known."""

    subscription: str = SUBSCRIPTION
    group: str = GROUP
    location: str = LOCATION
    name: str = hole("deployment().name")

    @property
    def subscription_id(self) -> str:
        return f"/subscriptions/{self.subscription}"

    @property
    def id(self) -> str:
        return f"{self.subscription_id}/resourceGroups/{self.group}" if self.group else self.subscription_id

    def moved(self, subscription: str, group: str, location: str) -> DeploymentScope:
        """Where a nested deployment goes."""
        return replace(self, subscription=subscription, group=group, location=location)

    def resource_group(self) -> Json:
        if not self.group:
            return Unknown("resourceGroup()", "resourceGroup() is asked for in a deployment to a subscription")
        told = {"id": self.id, "name": self.group, "location": self.location}
        return Settings(told, "resourceGroup()")

    def told_subscription(self) -> Json:
        return Settings({"id": self.subscription_id, "subscriptionId": self.subscription}, "subscription()")

    def deployment(self) -> Json:
        return Settings({"name": self.name, "location": self.location}, "deployment()")


def under(scope_id: str, kind: str, names: Sequence[str]) -> str:
    """The id of a resource below a scope: its type's words and its names, one by one."""
    provider, *words = kind.rstrip("/").split("/")
    if len(words) != len(names):
        raise MistakenArgumentError(f"{kind} takes {len(words)} names, not {len(names)}")
    if kind.casefold() == "microsoft.resources/resourcegroups":
        return f"{scope_id}/resourceGroups/{names[0]}"
    parts = "".join(f"/{word}/{name}" for word, name in zip(words, names, strict=True))
    return f"{scope_id}/providers/{provider}{parts}"


def _typed(arguments: Sequence[str]) -> int:
    """Where among the arguments the type stands."""
    at = next((at for at, one in enumerate(arguments[:3]) if "/" in one), None)
    if at is None:
        raise MistakenArgumentError("there is no type of a resource among the arguments")
    return at


def resource_id(scope: DeploymentScope, arguments: Sequence[Json]) -> str:
    """`resourceId([subscription], [resource group], type, name…)`."""
    given = list(map(text, arguments))
    at = _typed(given)
    group = given[at - 1] if at else scope.group
    subscription = given[0] if at > 1 else scope.subscription
    base = f"/subscriptions/{subscription}"
    return under(f"{base}/resourceGroups/{group}" if group else base, given[at], given[at + 1 :])


def subscription_resource_id(scope: DeploymentScope, arguments: Sequence[Json]) -> str:
    given = list(map(text, arguments))
    at = _typed(given)
    return under(f"/subscriptions/{given[0] if at else scope.subscription}", given[at], given[at + 1 :])


def extension_resource_id(scope: DeploymentScope, arguments: Sequence[Json]) -> str:
    base, kind, *names = map(text, arguments)
    return under(base.rstrip("/"), kind, names)


def tenant_resource_id(scope: DeploymentScope, arguments: Sequence[Json]) -> str:
    kind, *names = map(text, arguments)
    return under("", kind, names)


IDS = {
    "resourceid": resource_id, "subscriptionresourceid": subscription_resource_id,
    "extensionresourceid": extension_resource_id, "tenantresourceid": tenant_resource_id,
}  # fmt: skip
