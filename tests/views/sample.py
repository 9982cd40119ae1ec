"""A report that has everything a view must cope with, written out by hand."""

from __future__ import annotations

from flowspec.model.documents.plan import (
    AssumptionNote,
    Cause,
    Change,
    ChangeDetail,
    Check,
    DecidedBy,
    Decision,
    ExampleFlow,
    ExceptionNote,
    IntentChange,
    IntentFlows,
    IntentProblem,
    IntentResult,
    InventorySource,
    Pair,
    Probe,
    Proof,
    Report,
    RuleProperties,
    RuleReference,
    SideBox,
    SourceLine,
    SpecSource,
    Status,
    Summary,
    Total,
    UnknownPairs,
    UnknownSide,
)

NETWORK = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/{}/providers/Microsoft.Network/"


def nic(name: str, group: str = "rg-web") -> str:
    return f"{NETWORK.format(group)}networkInterfaces/{name}"


def nsg(name: str, group: str = "rg-web") -> str:
    return f"{NETWORK.format(group)}networkSecurityGroups/{name}"


def subnet(name: str) -> str:
    return f"{NETWORK.format('rg-net')}virtualNetworks/vnet-prod/subnets/{name}"


def pair(protocol: str, source: str, destination: str, ports: str) -> Pair:
    ported = protocol in ("TCP", "UDP")
    return Pair(
        protocol=protocol,
        source=tuple(source.split()),
        source_ports=("0-65535",) if ported else (),
        destination=tuple(destination.split()),
        destination_ports=tuple(ports.split()) if ported else (),
    )


def box(protocol: str, local: str, local_ports: str, remote: str, remote_ports: str = "0-65535") -> SideBox:
    return SideBox(
        protocol=protocol,
        local=tuple(local.split()),
        local_ports=tuple(local_ports.split()),
        remote=tuple(remote.split()),
        remote_ports=tuple(remote_ports.split()),
    )


def rule(priority: int, access: str, source: str, destination: str, ports: str) -> RuleProperties:
    return RuleProperties(
        priority=priority,
        direction="Inbound",
        access=access,
        protocol="Tcp",
        source_address_prefix=source,
        source_port_range="*",
        destination_address_prefix=destination,
        destination_port_range=ports,
    )


SSH = pair("TCP", "198.51.100.0/24", "10.20.4.4/32 10.20.4.5/32 10.20.4.6/32", "22")
SSH_EXAMPLE = ExampleFlow(
    protocol="TCP", source="198.51.100.7", source_port=49152, destination="10.20.4.4", destination_port=22
)
SSH_TOTAL = Total(count="50331648", example=SSH_EXAMPLE)
SSH_BOX = box("TCP", "10.20.4.4/32 10.20.4.5/32 10.20.4.6/32", "22", "198.51.100.0/24")
TMP_SSH = DecidedBy(
    nsg=nsg("nsg-web"),
    rule="securityRules/tmp-allow-ssh",
    access="Allow",
    priority=190,
    rule_id=f"{nsg('nsg-web')}/securityRules/tmp-allow-ssh",
    where=SourceLine(file="az-export/nsgs.json", line=212, column=9),
)
WEB_NICS = (nic("vm-web-01"), nic("vm-web-02"), nic("vm-web-03"))

NO_SSH = IntentResult(
    address="intent.no-ssh-from-outside",
    kind="intent",
    expect="Deny",
    status=Status.DRIFTED,
    severity="error",
    owner="team-shop",
    where=SourceLine(file="prod.flow.hcl", line=61, column=1),
    endpoints=3,
    flows=IntentFlows(passing=(SSH,), drift=(SSH,), passing_total=SSH_TOTAL, drift_total=SSH_TOTAL),
    causes=(
        Cause(
            deciders=(TMP_SSH,),
            flows=(SSH,),
            endpoints=WEB_NICS,
            direction="Inbound",
            total=SSH_TOTAL,
            changes=(0,),
        ),
    ),
    checks=(
        Check(
            nics=WEB_NICS,
            subnets=(),
            direction="Inbound",
            allowed=(SSH_BOX,),
            denied=(),
            unknown=(),
            decided_by=(
                Decision(
                    nsg=TMP_SSH.nsg,
                    rule=TMP_SSH.rule,
                    access="Allow",
                    priority=190,
                    rule_id=TMP_SSH.rule_id,
                    where=TMP_SSH.where,
                    flows=(SSH_BOX,),
                    total=SSH_TOTAL,
                ),
            ),
            probes=(
                Probe(
                    nic=nic("vm-web-01"),
                    direction="Inbound",
                    protocol="TCP",
                    local_ip="10.20.4.4",
                    local_port="22",
                    remote_ip="198.51.100.7",
                    remote_port="49152",
                    predicted="Allow",
                    rule_name="securityRules/tmp-allow-ssh",
                    rule_id=TMP_SSH.rule_id,
                ),
            ),
            allowed_total=SSH_TOTAL,
        ),
    ),
)

DELETE_TMP_SSH = Change(
    nsg=nsg("nsg-web"),
    rule="tmp-allow-ssh",
    change=ChangeDetail(actions=("delete",), before=rule(190, "Allow", "198.51.100.0/24", "*", "22"), after=None),
    mends=("intent.no-ssh-from-outside",),
    proof=Proof(
        opens=(),
        closes=(SSH_BOX,),
        intents_checked=8,
        intents_changed=("intent.no-ssh-from-outside",),
        status_changes=(
            IntentChange(address="intent.no-ssh-from-outside", before=Status.DRIFTED, after=Status.SATISFIED),
        ),
        closes_total=SSH_TOTAL,
    ),
    where=TMP_SSH.where,
)

DB_FLOWS = pair("TCP", "10.20.4.0/24", "10.20.5.4/32", "5432")
DB_TOTAL = Total(
    count="16777216",
    example=ExampleFlow(
        protocol="TCP", source="10.20.4.4", source_port=49152, destination="10.20.5.4", destination_port=5432
    ),
)
LOG_FLOWS = (
    pair("UDP", "10.20.5.4/32", "10.9.0.4/32", "514"),
    pair("TCP", "10.20.5.4/32", "10.9.0.4/32", "6514"),
    pair("ICMP", "10.20.5.4/32", "10.9.0.5/32", ""),
)

WEB_TO_DB = IntentResult(
    address="intent.web-to-db",
    kind="intent",
    expect="Allow",
    status=Status.DRIFTED,
    severity="error",
    owner="team-shop",
    description="the shop reads its database",
    where=SourceLine(file="prod.flow.hcl", line=21),
    endpoints=4,
    flows=IntentFlows(stopped=(DB_FLOWS, *LOG_FLOWS), drift=(DB_FLOWS, *LOG_FLOWS), drift_total=DB_TOTAL),
    causes=(
        Cause(
            deciders=(
                DecidedBy(nsg=nsg("nsg-db"), rule="securityRules/deny-all", access="Deny", priority=4000,
                        where=SourceLine(file="az-export/network-security-groups-of-production.json", line=48)),
                DecidedBy(nsg=nsg("nsg-db", "rg-db"), rule="defaultSecurityRules/DenyAllInBound", access="Deny",
                        priority=65500),
            ),
            flows=(DB_FLOWS,),
            endpoints=(nic("vm-db-01", "rg-db"), subnet("snet-db")),
            direction="Inbound",
            total=DB_TOTAL,
            changes=(1, 2),
        ),
        Cause(
            deciders=(DecidedBy(nsg="", rule="adminRules/no-syslog", access="Deny", priority=10, note="hub-manager"),),
            flows=LOG_FLOWS,
            endpoints=(nic("vm-db-01", "rg-db"),),
            direction="Outbound",
            total=Total(count="131073"),
            truncated=True,
            no_change="a security admin rule decides, and no NSG can overrule it",
        ),
    ),
)  # fmt: skip

NEW_RULE = RuleProperties(
    priority=200,
    direction="Inbound",
    access="Allow",
    protocol="Tcp",
    source_application_security_groups=(
        RuleReference(id=f"{NETWORK.format('rg-web')}applicationSecurityGroups/asg-web"),
    ),
    source_port_range="*",
    destination_address_prefixes=("10.20.5.4", "10.20.5.5"),
    destination_port_range="5432",
    description="intent.web-to-db of shop",
)
DB_PROOF = Proof(
    opens=(box("TCP", "10.20.5.4/32", "5432", "10.20.4.0/24"),),
    closes=(),
    intents_checked=8,
    intents_changed=("intent.web-to-db", "intent.app-to-partners"),
    status_changes=(
        IntentChange(address="intent.web-to-db", before=Status.DRIFTED, after=Status.UNKNOWN),
        IntentChange(address="intent.app-to-partners", before=Status.UNKNOWN, after=Status.SATISFIED),
    ),
    opens_total=DB_TOTAL,
)
CREATE_DB = Change(
    nsg=nsg("nsg-db"),
    rule="flowspec-web-to-db-in",
    change=ChangeDetail(actions=("create",), before=None, after=NEW_RULE),
    mends=("intent.web-to-db",),
    proof=DB_PROOF,
    batch=1,
    note="allows more than the rule it stands for once asg-web has other members",
)
UPDATE_DB = Change(
    nsg=nsg("nsg-db", "rg-db"),
    rule="web-to-db",
    change=ChangeDetail(
        actions=("update",),
        before=rule(300, "Allow", "10.20.4.0/25", "*", "5432"),
        after=rule(300, "Allow", "10.20.4.0/24", "*", "5432"),
    ),
    mends=("intent.web-to-db",),
    proof=DB_PROOF,
    batch=1,
)

BOUNDARY = IntentResult(
    address="boundary.db",
    kind="boundary",
    expect="Deny",
    status=Status.DRIFTED,
    severity="warning",
    where=SourceLine(file="prod.flow.hcl", line=80),
    endpoints=9,
    causes=(
        Cause(
            deciders=(DecidedBy(nsg="", rule="", access="Allow"),),
            flows=(
                pair("*", "0.0.0.0/0 ::/0", "10.20.7.4/32", ""),
            ),
            endpoints=tuple(nic(f"vm-batch-{number:02}") for number in range(1, 10)),
            direction="Inbound",
            total=Total(
                count="1" + "0" * 30,
                example=ExampleFlow(
                    protocol="TCP", source="2001:db8::1", source_port=1, destination="10.20.7.4", destination_port=2
                ),
            ),
            no_change="no NSG stands in front of these NICs",
        ),
    ),
)  # fmt: skip

PARTNERS = IntentResult(
    address="intent.app-to-partners",
    kind="intent",
    expect="Allow",
    status=Status.UNKNOWN,
    severity="warning",
    where=SourceLine(file="prod.flow.hcl", line=44),
    endpoints=48,
    flows=IntentFlows(
        unknown=(
            UnknownPairs(
                flows=(pair("TCP", "10.20.6.9/32", "203.0.113.0/24", "443"),),
                reason="nsg-app-09 rule 150 names the tag PartnerEdge.WestEurope, which has no data",
                settle="add -i ServiceTags_Public_<date>.json",
                endpoints=(nic("vm-app-09"),),
            ),
        )
    ),
    checks=(
        Check(
            nics=(nic("vm-app-09"),),
            subnets=(subnet("snet-app"),),
            direction="Outbound",
            allowed=(),
            denied=(),
            unknown=(
                UnknownSide(
                    flows=(box("TCP", "10.20.6.9/32", "0-65535", "203.0.113.0/24", "443"),),
                    reason="the tag PartnerEdge.WestEurope has no data",
                ),
            ),
            decided_by=(),
            probes=(
                Probe(
                    nic=nic("vm-app-09"),
                    direction="Outbound",
                    protocol="ICMP",
                    local_ip="10.20.6.9",
                    local_port="",
                    remote_ip="203.0.113.1",
                    remote_port="",
                    predicted="Unknown",
                    not_askable="ipFlowVerify takes TCP and UDP only",
                ),
            ),
            no_nsg=True,
        ),
    ),
)
TO_DNS = IntentResult(
    address="intent.to-dns",
    kind="intent",
    expect="Allow",
    status=Status.UNKNOWN,
    severity="error",
    where=SourceLine(file="prod.flow.hcl", line=52),
    endpoints=2,
    flows=IntentFlows(
        unknown=(
            UnknownPairs(
                flows=(pair("UDP", "10.20.4.0/24", "10.0.0.4/32", "53"),),
                reason="no direct path: route table rt-prod sends 10.0.0.0/16 to 10.0.0.68",
                settle='state it: assume "dns" { path = true, from = [group.web], to = [group.dns], reason = "…" }',
            ),
        )
    ),
)
CONTRADICTION = IntentResult(
    address="intent.ops",
    kind="intent",
    expect="Allow",
    status=Status.ERRORED,
    severity="info",
    where=SourceLine(file="ops.flow.json", line=3),
    problems=(
        IntentProblem(
            severity="error",
            summary="intent.ops and intent.no-ssh-from-outside contradict each other",
            detail="Both hold Tcp 203.0.113.9:1 -> 10.20.4.4:22. Name intent.ops in the other's except, or narrow one.",
            where=SourceLine(file="ops.flow.json", line=3),
        ),
    ),
)
FINE = IntentResult(
    address="intent.monitoring",
    kind="intent",
    expect="Allow",
    status=Status.SATISFIED,
    severity="info",
    owner="team-ops",
    where=SourceLine(file="prod.flow.hcl", line=9),
    endpoints=7,
    problems=(IntentProblem(severity="warning", summary="vm-old is deallocated", detail="Its rules are judged."),),
)
ALSO_FINE = IntentResult(
    address="intent.backup",
    kind="intent",
    expect="Deny",
    status=Status.SATISFIED,
    severity="error",
    where=SourceLine(file="prod.flow.hcl", line=15),
    endpoints=1,
)

SAMPLE = Report(
    format_version="1.0",
    flowspec_version="0.1.0",
    today="2026-11-21",
    complete=True,
    errored=True,
    applyable=True,
    inventory=(
        InventorySource(
            source="az-export/", digest="sha256:" + "a" * 64, resources=612, taken_at="2026-11-20T06:00:00Z"
        ),
        InventorySource(source="ServiceTags_Public_20251028.json", digest="sha256:" + "b" * 64, resources=0),
    ),
    spec=SpecSource(files=("ops.flow.json", "prod.flow.hcl"), digest="sha256:" + "c" * 64, name="shop"),
    assumptions=(
        AssumptionNote(address="assume.onprem", text="ergw-hub learns 10.200.0.0/13 (review 2027-06-30)"),
        AssumptionNote(address="", text="Internet tag as of 2024-08-26"),
    ),
    exceptions=(
        ExceptionNote(address="exception.vendor-rdp", expires="2026-11-30", days=9, owner="team-sap",
                      reason="CHG-1234", where=SourceLine(file="prod.flow.hcl", line=99)),
        ExceptionNote(address="exception.old", expires="2026-11-20", days=-1),
        ExceptionNote(address="exception.far", expires="2027-11-20", days=364),
    ),
    not_judged=("Azure Firewall", "next hops", "guest firewalls"),
    summary=Summary(intents=8, satisfied=2, drifted=3, unknown=2, errored=1, checks=74, probes=2, changes=3),
    intents=(NO_SSH, WEB_TO_DB, BOUNDARY, PARTNERS, TO_DNS, CONTRADICTION, FINE, ALSO_FINE),
    suggested_changes=(DELETE_TMP_SSH, CREATE_DB, UPDATE_DB),
    problems=(
        IntentProblem(
            severity="warning",
            summary="snet-aks lists an ip-configuration that no NIC of the inventory has",
            detail="aks-agentpool-1-vmss; what hinges on the members of snet-aks is unknown.",
            where=SourceLine(file="az-export/vnets.json", line=31),
        ),
    ),
)  # fmt: skip
