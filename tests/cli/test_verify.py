"""`verify`: one flow and many, as ipFlowVerify words them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, environment, flowspec
from tests.cli.shop import CLOSED, NETWORK, SSH, lay_out, rule

SSH_ID = f"{NETWORK}/networkSecurityGroups/nsg-shop/securityRules/tmp-allow-ssh"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tag = rule("tagged", 300, "Deny", "PartnerEdge.WestEurope", "8080")
    return lay_out(tmp_path_factory.mktemp("shop"), SSH, CLOSED, tag, rule("web", 310, "Allow", "*", "8080"))


def asked(**changes: str) -> list[str]:
    options = {"vm": "vm-web-01", "direction": "Inbound", "protocol": "TCP", "local": "10.0.0.4:22",
               "remote": "8.8.8.7:49152"} | changes  # fmt: skip
    return [
        "verify",
        "-i",
        "net.json",
        *(word for name, value in options.items() if value for word in (f"--{name}", value)),
    ]


def body(**changes: object) -> str:
    request = {"targetResourceId": "vm-web-01", "direction": "Inbound", "protocol": "TCP", "localPort": "22",
               "remotePort": "49152", "localIPAddress": "10.0.0.4", "remoteIPAddress": "8.8.8.7"}  # fmt: skip
    return json.dumps({name: value for name, value in (request | changes).items() if value is not None})


def test_text(shop: Path) -> None:
    done = flowspec(*asked(), cwd=shop)
    expected = f"access    Allow\nruleName  securityRules/tmp-allow-ssh\nruleId    {SSH_ID}\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")


@pytest.mark.parametrize("flag", [["-o", "json"], ["-json"], ["--json"]])
def test_json_is_the_rest_result(flag: list[str], shop: Path) -> None:
    done = flowspec(*asked(), *flag, cwd=shop)
    expected = f'{{\n  "access": "Allow",\n  "ruleName": "securityRules/tmp-allow-ssh",\n  "ruleId": "{SSH_ID}"\n}}\n'
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")


def test_a_default_rule_has_an_empty_id(shop: Path) -> None:
    done = flowspec(*asked(remote="9.9.9.9:1"), "-o", "json", cwd=shop)
    assert done.returncode == 0
    assert json.loads(done.stdout) == DENIED


def test_unknown_is_2_and_says_why(shop: Path) -> None:
    done = flowspec(*asked(local="10.0.0.4:8080"), "-o", "json", cwd=shop)
    assert done.returncode == 2
    result = json.loads(done.stdout)
    assert (list(result), result["access"]) == (["access", "reason"], "Unknown")
    assert "PartnerEdge.WestEurope" in result["reason"]
    assert flowspec(*asked(local="10.0.0.4:8080"), cwd=shop).stdout.startswith("access    Unknown\nreason    ")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vm": "vm-web-02"}, "vm-web-02"),
        ({"vm": "", "nic": "nic-web-02"}, "nic-web-02"),
        ({"direction": "Sideways"}, "direction"),
        ({"protocol": "ICMP"}, "protocol"),
        ({"local": "10.0.0.9:22"}, "10.0.0.9"),
        ({"local": "10.0.0.4:99999"}, "localPort"),
        ({"remote": "[2001:db8::1]:22"}, "remoteIPAddress '2001:db8::1'"),
    ],
)
def test_a_refusal_is_an_error(changes: dict[str, str], words: str, shop: Path) -> None:
    done = flowspec(*asked(**changes), cwd=shop)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: (")
    assert words in done.stderr


def test_names_are_looked_for_in_the_group(shop: Path) -> None:
    assert flowspec(*asked(), "-g", "RG-SHOP", cwd=shop).returncode == 0
    assert flowspec(*asked(), "-g", "rg-other", cwd=shop).returncode == 1
    assert flowspec(*asked(vm="", nic="nic-web-01"), "-g", "rg-shop", cwd=shop).returncode == 0


def test_without_an_inventory_it_says_how_to_name_one(shop: Path) -> None:
    done = flowspec("verify", *asked()[3:], cwd=shop)
    assert (done.returncode, done.stdout) == (1, "")
    assert "No inventory" in done.stderr
    assert "-i az-export/" in done.stderr


ALLOWED = {"access": "Allow", "ruleName": "securityRules/tmp-allow-ssh", "ruleId": SSH_ID}
DENIED = {"access": "Deny", "ruleName": "defaultSecurityRules/DenyAllInBound", "ruleId": ""}
LINES = [
    (body(), ALLOWED),
    (body(localPort=22, remotePort=49152), ALLOWED),
    (body(remotePort="*"), ALLOWED),
    (body().replace("targetResourceId", "TARGETRESOURCEID").replace("localIP", "localip"),
     ALLOWED),
    (body(remoteIPAddress="9.9.9.9"), DENIED),
    (body(localPort="8080"), "Unknown"),
    (body(targetResourceId="vm-none"), "NoMatchingResource"),
    (body(direction=None), "InvalidParameter"),
    (body(protocol=7), "InvalidParameter"),
    (body(localPort=True), "InvalidParameter"),
    (body(localPort=22.5), "InvalidParameter"),
    (body(localIPAddress="\ud800"), "InvalidParameter"),
    ("{}", "InvalidParameter"),
    ("[]", "InvalidRequestFormat"),
    ("null", "InvalidRequestFormat"),
    ("", "InvalidRequestFormat"),
    ("{", "InvalidRequestFormat"),
    ("[" * 100_000, "InvalidRequestFormat"),
]  # fmt: skip


def test_a_stream_gives_one_answer_a_line_and_always_completes(shop: Path) -> None:
    requests = "\n".join(line for line, _ in LINES) + "\n"
    (shop / "flows.jsonl").write_text(f"\ufeff{requests}", encoding="utf-8")
    from_file = flowspec("verify", "-i", "net.json", "--flows", "flows.jsonl", cwd=shop)
    from_pipe = flowspec("verify", "-i", "net.json", "--flows", "-", cwd=shop, stdin=requests)
    assert (from_file.returncode, from_file.stderr) == (0, "")
    assert from_pipe.stdout == from_file.stdout
    answers = [json.loads(line) for line in from_file.stdout.splitlines()]
    for (line, expected), answer in zip(LINES, answers, strict=True):
        if isinstance(expected, dict):
            assert answer == expected, line
        elif expected == "Unknown":
            assert answer["access"] == "Unknown"
            assert "PartnerEdge" in answer["reason"]
        else:
            assert list(answer) == ["error"], line
            assert set(answer["error"]) == {"code", "message"}
            assert answer["error"]["code"] == expected, line


def test_bytes_that_are_no_text_are_an_answer_too(shop: Path) -> None:
    command = [*COMMAND, "verify", "-i", "net.json", "--flows", "-"]
    done = subprocess.run(command, cwd=shop, env=environment(), input=b"\xff\xfe\n\x00\n", capture_output=True)
    assert done.returncode == 0
    assert [json.loads(line)["error"]["code"] for line in done.stdout.splitlines()] == ["InvalidRequestFormat"] * 2


def test_a_stream_answers_line_by_line(shop: Path) -> None:
    command = [*COMMAND, "verify", "-i", "net.json", "--flows", "-"]
    with subprocess.Popen(
        command, cwd=shop, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        for _ in range(2):
            process.stdin.write(body().encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["access"] == "Allow"
        process.stdin.close()
        assert process.wait() == 0


def test_a_stream_that_can_t_be_opened_is_an_error(shop: Path) -> None:
    done = flowspec("verify", "-i", "net.json", "--flows", "absent", cwd=shop)
    assert (done.returncode, done.stderr) == (1, "Error: Can't read absent: No such file or directory.\n")
