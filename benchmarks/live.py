"""Live verification against the network's twin: calls a second, beside a loop of single SDK calls.

    python benchmarks/live.py [--probes 1000] [--latency 0.2] [--parallelism 32] [--naive 50]

The twin runs in a process of its own (`flowspec serve --sync --latency`), the executor and the naive loop use the real
azure-mgmt-network over http. Ideal is calls x latency / parallelism.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers"
NETWORK = f"{GROUP}/Microsoft.Network"
POLICIES = 10

SPEC = """
group "all" {
  select {
    vm = "vm-*"
  }
}
intent "no-ssh" {
  from     = [group.public]
  to       = [group.all]
  protocol = "Tcp"
  ports    = [22]
  expect   = "Deny"
}
"""


def network(nics: int) -> list[dict[str, object]]:
    """`nics` VMs behind POLICIES NSGs: each NIC has two regions that different rules decide."""
    found: list[dict[str, object]] = [
        {"id": f"{NETWORK}/networkWatchers/nw", "name": "nw", "type": "Microsoft.Network/networkWatchers",
         "location": "westeurope", "properties": {}}
    ]  # fmt: skip
    subnets = []
    for number in range(POLICIES):
        nsg = f"{NETWORK}/networkSecurityGroups/nsg-{number}"
        rule = {"priority": 100, "access": "Deny", "direction": "Inbound", "protocol": "Tcp",
                "sourceAddressPrefix": f"8.{number}.0.0/16", "sourcePortRange": "*", "destinationAddressPrefix": "*",
                "destinationPortRange": "22"}  # fmt: skip
        found.append({"id": nsg, "name": f"nsg-{number}", "type": "Microsoft.Network/networkSecurityGroups",
                      "location": "westeurope",
                      "properties": {"securityRules": [{"name": "deny", "id": f"{nsg}/securityRules/deny",
                                                        "properties": rule}]}})  # fmt: skip
        subnets.append(
            {
                "name": f"snet-{number}",
                "id": f"{NETWORK}/virtualNetworks/vnet/subnets/snet-{number}",
                "properties": {"addressPrefix": f"10.{number}.0.0/16", "networkSecurityGroup": {"id": nsg}},
            }
        )
    found.append(
        {
            "id": f"{NETWORK}/virtualNetworks/vnet",
            "name": "vnet",
            "type": "Microsoft.Network/virtualNetworks",
            "location": "westeurope",
            "properties": {
                "addressSpace": {"addressPrefixes": ["10.0.0.0/8"]},
                "virtualNetworkPeerings": [],
                "subnets": subnets,
            },
        }
    )
    for number in range(nics):
        nic, vm = (
            f"{NETWORK}/networkInterfaces/nic-{number:04}",
            f"{GROUP}/Microsoft.Compute/virtualMachines/vm-{number:04}",
        )
        at = number % POLICIES
        address = f"10.{at}.{number // 250}.{4 + number % 250}"
        config = {"privateIPAddress": address, "primary": True,
                  "subnet": {"id": f"{NETWORK}/virtualNetworks/vnet/subnets/snet-{at}"}}  # fmt: skip
        found.append(
            {
                "id": nic,
                "name": f"nic-{number:04}",
                "type": "Microsoft.Network/networkInterfaces",
                "location": "westeurope",
                "properties": {
                    "virtualMachine": {"id": vm},
                    "enableIPForwarding": False,
                    "ipConfigurations": [{"id": f"{nic}/ipConfigurations/ip", "name": "ip", "properties": config}],
                },
            }
        )
        found.append({"id": vm, "name": f"vm-{number:04}", "type": "Microsoft.Compute/virtualMachines",
                      "location": "westeurope",
                      "properties": {"networkProfile": {"networkInterfaces": [{"id": nic}]}}})  # fmt: skip
    return found


@contextmanager
def twin(source: Path, latency: float) -> Iterator[str]:
    """The twin in its own process; its URL."""
    command = [sys.executable, "-m", "flowspec", "serve", "-i", str(source), "--sync", "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(found[0] for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
        finally:
            process.terminate()


def planned(folder: Path, url: str, parallelism: int, *, exhaustive: bool) -> tuple[float, dict[str, object]]:
    """Seconds that the verification took, and its tally."""
    from flowspec.model.live import Cloud
    from flowspec.pipeline import PlanOptions, run
    from flowspec.sources import load_inventory
    from flowspec.spec import load_spec
    from flowspec.verifiers.asking import Asking, through_azure
    from flowspec.verifiers.executor import AskingLimits

    cloud = Cloud(arm_endpoint=url, parallelism=parallelism)
    backend = through_azure(cloud)
    backend()  # the SDK's import is not what is measured
    asking = Asking(
        backend=backend,
        address=url,
        now=time.time(),
        folder=folder,
        limits=AskingLimits(parallelism=parallelism),
        exhaustive=exhaustive,
        max_calls=10**6,
        refresh=True,
    )
    inventory = load_inventory([str(folder / "net.json")])
    spec = load_spec([folder / "bench.flow.hcl"], {}, [], {})
    moments: list[float] = []
    asking.tell = lambda text: moments.append(time.perf_counter())
    report = run(spec, inventory, PlanOptions(today=date(2026, 11, 21), verify="both", asking=asking))
    took = time.perf_counter() - moments[0]
    assert report.verification is not None
    told = report.verification
    assert not told.disagreements and not told.unanswered, told
    return took, {"calls": told.calls, "asked": told.asked, "agreed": told.agreed, "inferred": told.inferred}


def naive(url: str, number: int) -> float:
    """Seconds of a call, as a script would make them: one `begin_…().result()` after another."""
    from azure.core.pipeline.policies import SansIOHTTPPolicy
    from azure.mgmt.network import NetworkManagementClient

    class Nobody:
        def get_token(self, *scopes: str, **options: object) -> None:
            raise AssertionError

    client = NetworkManagementClient(
        Nobody(),
        SUBSCRIPTION,
        base_url=url,
        authentication_policy=SansIOHTTPPolicy(),  # type: ignore[arg-type]
    )
    started = time.perf_counter()
    for at in range(number):
        body = {
            "targetResourceId": f"{GROUP}/Microsoft.Compute/virtualMachines/vm-{at:04}",
            "direction": "Inbound", "protocol": "TCP", "localPort": "22", "remotePort": "50000",
            "localIPAddress": f"10.{at % POLICIES}.{at // 250}.{4 + at % 250}", "remoteIPAddress": "9.9.9.9",
        }  # fmt: skip
        assert client.network_watchers.begin_verify_ip_flow("rg", "nw", body).result().access == "Deny"  # type: ignore
    return (time.perf_counter() - started) / number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--probes", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--parallelism", type=int, default=32)
    parser.add_argument("--naive", type=int, default=50)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bench.flow.hcl").write_text(SPEC)
        (folder / "net.json").write_text(json.dumps(network(given.probes // 2)))
        with twin(folder / "net.json", given.latency) as url:
            took, told = planned(folder, url, given.parallelism, exhaustive=True)
            few_took, few = planned(folder, url, given.parallelism, exhaustive=False)
            each = naive(url, given.naive) if given.naive else 0.0
    calls = int(str(told["calls"]))
    ideal = calls * given.latency / given.parallelism
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"exhaustive      {calls} calls in {took:.2f} s, {took / ideal:.2f} x ideal ({ideal:.2f} s); {told}")
    print(
        f"one a policy    {few['calls']} calls in {few_took:.2f} s for {few['asked'] + few['inferred']} probes; {few}"
    )  # type: ignore[operator]
    if given.naive:
        print(
            f"naive loop      {each:.3f} s a call, {each * calls:.0f} s for {calls}: {each * calls / took:.1f} x slower"
        )
    print(f"memory          {memory:.0f} MB")


if __name__ == "__main__":
    main()
