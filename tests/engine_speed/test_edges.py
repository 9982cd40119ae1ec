"""The ends of every range, by hand: one request at a time and in a stream."""

from __future__ import annotations

import json

import pytest

from flowspec.ipflowverify.classify import Verifier
from flowspec.ipflowverify.lines import answer_line
from flowspec.ipflowverify.stream import Stream
from tests.engine.loading import load_documents
from tests.plan.lab import NET, Json, nic, nsg, vnet, within

VM = f"{NET.rpartition('/')[0]}/Microsoft.Compute/virtualMachines/vm-{{}}"
RULES = (
    "top 100 In Allow Tcp 10.9.0.9 -> *|65535",
    "zero 110 In Allow Tcp 10.9.0.9 -> *|0",
    "deny 4000 In Deny * * -> *",
)
LAST_SOURCE = {
    "name": "last",
    "properties": {
        "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourcePortRange": "65535",
        "destinationPortRange": "443", "sourceAddressPrefix": "*", "destinationAddressPrefix": "*",
    },
}  # fmt: skip


def machine(name: str, address: str) -> list[Json]:
    """A VM and its NIC."""
    vm = VM.format(name)
    card = nic(name, address)
    card["properties"]["virtualMachine"] = {"id": vm}
    return [{"id": vm, "name": f"vm-{name}", "type": "Microsoft.Compute/virtualMachines", "properties": {}}, card]


def verifier(*rules: str, more: Json | None = None) -> Verifier:
    """A NIC of vm-b behind an NSG, and one of vm-c beside it."""
    group = nsg("nsg-b", *rules)
    group["properties"]["securityRules"] += [more] if more else []
    network = [vnet(snet=within("nsg-b")), group, *machine("b", "10.0.0.5"), *machine("c", "10.0.0.6")]
    return Verifier(load_documents({"network.json": network}))


def asked(**more: str) -> bytes:
    body = {
        "targetResourceId": VM.format("b"), "direction": "Inbound", "protocol": "TCP", "localPort": "443",
        "remotePort": "50000", "localIPAddress": "10.0.0.5", "remoteIPAddress": "10.9.0.9",
    }  # fmt: skip
    return json.dumps(body | more).encode()


def both(of: Verifier, line: bytes) -> Json:
    """The answer, which a stream gives too."""
    answer = answer_line(of, line)
    assert Stream(of).answers([line]) == answer
    found: Json = json.loads(answer)
    return found.get("error", found)


@pytest.mark.parametrize("port, rule", [("65535", "top"), ("65534", "deny"), ("0", "zero"), ("1", "deny")])
def test_the_first_and_the_last_port(port: str, rule: str) -> None:
    found = both(verifier(*RULES), asked(localPort=port))
    assert found["ruleName"] == f"securityRules/{rule}"


@pytest.mark.parametrize(
    "more, told",
    [
        ({"localPort": "65536"}, "localPort '65536' is not an integer in the range 0-65535."),
        ({"remotePort": "65536"}, "remotePort '65536' is not an integer in the range 0-65535, or *."),
        ({"localPort": "-1"}, "localPort '-1' is not an integer in the range 0-65535."),
        ({"localPort": "*"}, "localPort '*' is not an integer in the range 0-65535."),
        ({"protocol": "ICMP"}, "protocol 'ICMP' is not one of TCP, UDP."),
        ({"remoteIPAddress": "2001:db8::1"}, "remoteIPAddress '2001:db8::1' is not a valid IPv4 address."),
        (
            {"localIPAddress": "10.0.0.6"},
            f"localIPAddress 10.0.0.6 is no address of {VM.format('b')}, which has: 10.0.0.5.",
        ),
        (
            {"targetNicResourceId": f"{NET}/networkInterfaces/c", "localIPAddress": "10.0.0.6"},
            f"targetNicResourceId {NET}/networkInterfaces/c is not attached to the virtual machine {VM.format('b')}.",
        ),
    ],
)
def test_refused(more: Json, told: str) -> None:
    found = both(verifier(*RULES), asked(**more))
    assert (found["code"], found["message"]) == ("InvalidParameter", told)


def test_one_source_port_of_all_decides_otherwise() -> None:
    """The last of them, whose segment is the shortest there is."""
    of = verifier("deny 4000 In Deny * * -> *", more=LAST_SOURCE)
    assert both(of, asked(remotePort="65535"))["ruleName"] == "securityRules/last"
    assert both(of, asked(remotePort="65534"))["ruleName"] == "securityRules/deny"
    found = both(of, asked(remotePort="*"))
    assert found["code"] == "AmbiguousSourcePort"
    assert "Allow (securityRules/last) for source ports 65535" in found["message"]
    assert both(of, asked(remotePort="*", localPort="80"))["ruleName"] == "securityRules/deny"


def test_the_direction_is_seen_from_the_nic() -> None:
    of = verifier("in 200 In Allow Tcp 10.9.0.9 -> *|443", "out 210 Out Deny Tcp * -> 10.9.0.9|443", RULES[-1])
    assert both(of, asked())["ruleName"] == "securityRules/in"
    back = asked(direction="outbound", localPort="50000", remotePort="443")
    assert both(of, back)["ruleName"] == "securityRules/out"


def refusal(network: list[Json], **more: str) -> tuple[str, str]:
    found = both(Verifier(load_documents({"network.json": network})), asked(**more))
    return found["code"], found["message"]


def test_who_can_not_be_asked() -> None:
    bare = [vnet(snet=within()), *machine("b", "10.0.0.5")]
    assert refusal(bare) == (
        "NsgsNotAppliedOnNic",
        f"No NSG applied on nic to allow or block traffic, nic id {NET}/networkInterfaces/b.",
    )
    stopped = [vnet(snet=within("nsg-b")), nsg("nsg-b"), *machine("b", "10.0.0.5")]
    stopped[2]["properties"]["instanceView"] = {"statuses": [{"code": "PowerState/deallocated"}]}
    assert refusal(stopped)[0] == "VMNotAllocated"
    stopped[2]["properties"]["instanceView"] = {"statuses": [{"code": "PowerState/stopped"}]}
    assert both(Verifier(load_documents({"network.json": stopped})), asked())["access"] == "Deny"


def test_a_name_that_two_machines_have() -> None:
    network = [vnet(snet=within("nsg-b")), nsg("nsg-b"), *machine("b", "10.0.0.5"), *machine("c", "10.0.0.6")]
    network[4]["id"] = VM.format("b").replace("resourceGroups/rg", "resourceGroups/rg-2")
    code, message = refusal(network, targetResourceId="VM-B")
    assert code == "InvalidParameter"
    assert message.startswith("targetResourceId VM-B is ambiguous; give the resource group, or one of these ids: ")
