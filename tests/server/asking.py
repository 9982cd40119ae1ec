"""A twin, and plain HTTP and the real SDK to ask it with."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.core.credentials import AccessToken  # noqa: TID251
from azure.core.pipeline.policies import SansIOHTTPPolicy  # noqa: TID251
from azure.mgmt.network import NetworkManagementClient  # noqa: TID251

from flowspec.server.run import RunningTwin

Json = dict[str, Any]

SHOP = str(Path(__file__).parents[2] / "examples" / "shop" / "network")
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
BASE = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{BASE}/resourceGroups/rg-shop"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
NIC = f"{NETWORK}/networkInterfaces/nic-web-01"
NSG = f"{NETWORK}/networkSecurityGroups/nsg-web"
VM = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-web-01"
WATCHER = (
    f"{BASE}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_westeurope"
)
VERSION = "api-version=2024-05-01"
COMPUTE = "api-version=2024-07-01"
ARM = "api-version=2022-12-01"

FLOW = {
    "targetResourceId": VM,
    "direction": "Inbound",
    "protocol": "TCP",
    "localPort": "8080",
    "remotePort": "50000",
    "localIPAddress": "10.20.1.4",
    "remoteIPAddress": "198.51.100.7",
}
"""Denied by default in the shop."""

RULE = {
    "priority": 300,
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "Tcp",
    "sourceAddressPrefix": "198.51.100.0/24",
    "sourcePortRange": "*",
    "destinationAddressPrefix": "*",
    "destinationPortRange": "8080",
}
"""Lets FLOW in."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


def with_version(path: str) -> str:
    """A path that has no query gets an api-version of whoever answers it."""
    if "?" in path:
        return path
    own = "/providers/" not in path.casefold()
    return f"{path}?{ARM if own else COMPUTE if 'microsoft.compute' in path.casefold() else VERSION}"


def ask(
    twin: RunningTwin, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """One request. `path` may be a whole URL; without a query it gets an api-version."""
    path = with_version(path.removeprefix(twin.url))
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    address = twin.address
    connection: http.client.HTTPConnection
    if address.tls:
        context = ssl.create_default_context(cafile=str(twin.ca))
        connection = http.client.HTTPSConnection(address.host, address.port, timeout=20, context=context)
    else:
        connection = http.client.HTTPConnection(address.host, address.port, timeout=20)
    try:
        connection.request(method, path, data, dict(headers or {}))
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read())
    finally:
        connection.close()


def verify(twin: RunningTwin, **changed: str) -> Json:
    """The result of FLOW with some properties changed, however it is answered."""
    reply = ask(twin, "POST", f"{WATCHER}/ipFlowVerify", FLOW | changed)
    while reply.status == 202:
        reply = ask(twin, "GET", reply.headers["Location"])
    return dict(reply.json)


class LoopbackAuth(SansIOHTTPPolicy[Any, Any]):
    """No token, so that none can leak over plain http."""

    def on_request(self, request: Any) -> None:
        request.http_request.headers["Authorization"] = "Bearer loopback"


class DummyCredential:
    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken("dummy", 4102444800)


def network_client(twin: RunningTwin, **options: Any) -> NetworkManagementClient:
    """The real client: over https with its usual policies, over http with a header instead of a token."""
    usual: dict[str, Any] = {"polling_interval": 0, "retry_total": 0}
    if twin.address.tls:
        usual |= {"connection_verify": str(twin.ca), "credential_scopes": [f"{twin.url}/.default"]}
    else:
        usual["authentication_policy"] = LoopbackAuth()
    options = usual | options
    return NetworkManagementClient(DummyCredential(), SUBSCRIPTION, base_url=twin.url, **options)
