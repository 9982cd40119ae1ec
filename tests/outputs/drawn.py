"""Plans and diffs for the formats that a CI reads: an ordinary one, one whose names are hostile, one that is huge."""

from __future__ import annotations

import json

import msgspec

from flowspec.model.documents.diff import Diff, DiffCause, DiffSummary, Effect, Presence
from flowspec.model.documents.plan import InventorySource, Report, SourceLine, Summary, Total
from tests.bad_input.test_hostile import NASTY
from tests.views.sample import NO_SSH, PARTNERS, SAMPLE, SSH, SSH_TOTAL, TMP_SSH, nic

HOSTILE = NASTY | {
    "command": "x\n::error file=a,line=1,title=t::pwned\n::set-output name=a::b",
    "legacy": "x ##[error]pwned ##vso[task.complete result=Succeeded;]done",
    "property": "a,file=/etc/passwd,line=1::b%0A::error::c;]",
    "stop": "::flowspec-0::\n::stop-commands::x",
    "code": "``` ` `` </code></pre>\n</details><img src=x onerror=alert(1)>",
    "link": "[click](https://evil.example) ![x](https://evil.example) <https://evil.example> www.evil.example",
    "mention": "@octocat #1 GH-1 ~~x~~ **b** | a | b |",
    "comment": "--> <!-- flowspec:plan --> ]]> <![CDATA[",
    "lone": "a\ud800b",
}
"""Kind -> a name. A lone surrogate can't be in a document, so there its escape stands for it."""

DIFF = Diff(
    format_version="1.0",
    flowspec_version="0.1.0",
    complete=True,
    old=(InventorySource(source="old.json", digest="sha256:" + "a" * 64, resources=3),),
    new=(InventorySource(source="new.json", digest="sha256:" + "b" * 64, resources=3),),
    not_judged=("next hops",),
    summary=DiffSummary(causes=3, opens=1, closes=1, unknown=1, added=1, compared=4),
    causes=(
        DiffCause(effect=Effect.OPENS, direction="Inbound", before="Deny", after="Allow", flows=(SSH,),
                  endpoints=NO_SSH.causes[0].endpoints, total=SSH_TOTAL, old=(), new=(TMP_SSH,)),
        DiffCause(effect=Effect.CLOSES, direction="Inbound", before="Allow", after="Deny", endpoints=(nic("vm-a"),),
                  flows=(SSH,), total=SSH_TOTAL, old=(TMP_SSH,), new=()),
        DiffCause(effect=Effect.UNKNOWN, direction="Outbound", before="Deny", after="Unknown", endpoints=(nic("vm-b"),),
                  flows=(SSH,), total=Total(count="1"), old=(), new=(), reason="the tag tmp-allow-ssh has no data",
                  settle="add -i ServiceTags_Public_<date>.json"),
    ),
    added=(Presence(id=nic("vm-new"), addresses=("10.0.0.9/32",)),),
    removed=(),
)  # fmt: skip


def renamed(document: Report | Diff, name: str) -> Report | Diff:
    """The document with a hostile name for the rule, the VM, the description and the owner."""
    text = msgspec.json.encode(document).decode()
    for plain in ("tmp-allow-ssh", "vm-web-01", "the shop reads its database", "team-shop", "PartnerEdge.WestEurope"):
        text = text.replace(
            plain, json.dumps(name.encode("ascii", "backslashreplace").decode() if "\ud800" in name else name)[1:-1]
        )
    return msgspec.json.decode(text, type=type(document))


def huge(intents: int) -> Report:
    """So many intents that drift, each by a rule of its own, and as many that are not known."""
    found = []
    for number in range(intents):
        where = SourceLine(file=f"nsgs/{number}.json", line=number + 1)
        decider = msgspec.structs.replace(TMP_SSH, rule=f"securityRules/r{number}", where=where)
        cause = msgspec.structs.replace(NO_SSH.causes[0], deciders=(decider,), changes=())
        found.append(msgspec.structs.replace(NO_SSH, address=f"intent.drifted-{number}", causes=(cause,)))
        found.append(msgspec.structs.replace(PARTNERS, address=f"intent.unknown-{number}", severity="warning"))
    summary = Summary(intents=2 * intents, drifted=intents, unknown=intents)
    return msgspec.structs.replace(SAMPLE, intents=tuple(found), summary=summary, suggested_changes=())
