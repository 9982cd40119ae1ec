"""The result of a plan as plain data: exactly the saved plan document, typed.

Views draw from it, `flowspec show` reads it back, and nothing in it needs the engine: sets of flows are already boxes
of text, bounded, with the exact number of flows and a witness. Everything is in a deterministic order.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from flowspec.model.documents.diff import Diff
from flowspec.model.documents.gate import ChangeGate
from flowspec.model.documents.network_map import NetworkMap, PairState, SubnetPairs
from flowspec.model.documents.values import (
    UNSET,
    Attachment as Attachment,
    DecidedBy as DecidedBy,
    DocumentValue as DocumentValue,
    ExampleFlow as ExampleFlow,
    IntentProblem as IntentProblem,
    InventorySource as InventorySource,
    Pair as Pair,
    SourceLine as SourceLine,
    Status as Status,
    Total as Total,
    UnsetType,
)
from flowspec.model.documents.walk import FlowWalk

FORMAT_VERSION = "1.0"

Action = Literal["create", "update", "delete"]


class SideBox(DocumentValue, frozen=True, kw_only=True):
    """A box of flows seen from one end, as ipFlowVerify names it.

    `local_named`, `remote_named`: what these addresses are called, if anything, as in a Pair.
    """

    protocol: str
    local: tuple[str, ...]
    local_ports: tuple[str, ...]
    remote: tuple[str, ...]
    remote_ports: tuple[str, ...]
    local_named: str | UnsetType = UNSET
    remote_named: str | UnsetType = UNSET


class UnknownPairs(DocumentValue, frozen=True, kw_only=True):
    """Flows that can't be decided, why, and what would settle it.

    `endpoints` are the NICs (or subnets) they concern, by id; empty where the whole intent is concerned.
    """

    flows: tuple[Pair, ...]
    reason: str
    settle: str = ""
    endpoints: tuple[str, ...] = ()
    total: Total = Total()
    truncated: bool = False


class UnknownSide(DocumentValue, frozen=True, kw_only=True):
    """Flows that one side of a check can neither permit nor deny for sure: why, and what would settle it."""

    flows: tuple[SideBox, ...]
    reason: str
    settle: str = ""
    total: Total = Total()
    truncated: bool = False


class Decision(DecidedBy, frozen=True, kw_only=True):
    """The flows that one rule decided."""

    flows: tuple[SideBox, ...]
    total: Total = Total()
    truncated: bool = False


_PROBE_NAMES = {
    "local_ip": "localIPAddress",
    "local_port": "localPort",
    "remote_ip": "remoteIPAddress",
    "remote_port": "remotePort",
    "rule_name": "ruleName",
    "rule_id": "ruleId",
}


class LiveAnswer(DocumentValue, frozen=True, kw_only=True, rename={"rule_name": "ruleName", "rule_id": "ruleId"}):
    """How a probe was settled by Azure; `answered` of the probe is its word.

    `policy` is the digest of the effective policy, and `infers` the number of other NICs that have it and so must get
    the same answer. `kept_on` is the day (UTC) of an answer of an earlier run, "" for one asked now; `times` how often
    it was asked now. `problem` says why there is no answer.
    """

    policy: str
    infers: int = 0
    rule_name: str = ""
    rule_id: str = ""
    kept_on: str = ""
    times: int = 0
    problem: str = ""


class Probe(DocumentValue, frozen=True, kw_only=True, rename=_PROBE_NAMES):
    """One 5-tuple for ipFlowVerify. `not_askable` says why it can't be asked; "" when it can."""

    nic: str
    direction: str
    protocol: str
    local_ip: str
    local_port: str
    remote_ip: str
    remote_port: str
    predicted: str
    rule_name: str = ""
    rule_id: str = ""
    not_askable: str = ""
    answered: str | None = None
    live: LiveAnswer | None = None


class Check(DocumentValue, frozen=True, kw_only=True):
    """One side: the NICs (and subnets judged as a whole) that share a policy and a verdict, in one direction."""

    nics: tuple[str, ...]
    subnets: tuple[str, ...]
    direction: str
    allowed: tuple[SideBox, ...]
    denied: tuple[SideBox, ...]
    unknown: tuple[UnknownSide, ...]
    decided_by: tuple[Decision, ...]
    probes: tuple[Probe, ...]
    allowed_total: Total = Total()
    denied_total: Total = Total()
    truncated: bool = False
    no_nsg: bool = False


class IntentFlows(DocumentValue, frozen=True, kw_only=True):
    """Both sides together. `truncated`: one of the lists was cut; its total tells which."""

    passing: tuple[Pair, ...] = ()
    stopped: tuple[Pair, ...] = ()
    unknown: tuple[UnknownPairs, ...] = ()
    drift: tuple[Pair, ...] = ()
    excepted: tuple[Pair, ...] = ()
    passing_total: Total = Total()
    stopped_total: Total = Total()
    drift_total: Total = Total()
    excepted_total: Total = Total()
    truncated: bool = False


class Cause(DocumentValue, frozen=True, kw_only=True):
    """Drifted flows that the same rules decided: one block of the report.

    `endpoints` are the NICs (or subnets) on the judged side, by id, and `direction` tells which side that is: Inbound,
    they are the destinations of `flows`; Outbound, the sources; "": both sides decided. `changes` are indexes into
    `suggested_changes`; `no_change` says why none is offered, or none for the part of the flows that they leave.
    `remote` is the other side of the flows in the spec's names, where they are all that is asked of their services
    there: `group.public but not group.office`; "" where they have none.
    """

    deciders: tuple[DecidedBy, ...]
    flows: tuple[Pair, ...]
    remote: str = ""
    endpoints: tuple[str, ...]
    direction: Literal["Inbound", "Outbound", ""] = ""
    total: Total = Total()
    truncated: bool = False
    changes: tuple[int, ...] = ()
    no_change: str = ""


class GroupPair(DocumentValue, frozen=True, kw_only=True):
    """What becomes of the flows of an intent from one group to another, both as the spec has them.

    `state` is of those flows that the intent is about: `none` where there are none, `untold` where it is not known
    which of them are of these two groups, `open` where some are not stopped at the side that is judged, which says
    nothing of the other (a boundary; an intent with `at`). `drift`: some are not as wished.
    """

    source: str
    destination: str
    state: PairState
    drift: bool = False


class IntentResult(DocumentValue, frozen=True, kw_only=True):
    """An intent or a boundary. `endpoints` counts the NICs and whole subnets that were judged.

    `groups_left_out` counts the pairs of groups beyond those listed. `subnets` is None where there was no room for the
    pairs of subnets, or it is not known of which flows something is not known.

    `checks_left_out` counts the checks for which the document had no room: then none of this intent is listed.
    """

    address: str
    kind: Literal["intent", "boundary"]
    expect: str
    status: Status
    severity: Literal["error", "warning", "info"]
    owner: str = ""
    description: str = ""
    where: SourceLine | None = None
    endpoints: int = 0
    flows: IntentFlows = IntentFlows()
    causes: tuple[Cause, ...] = ()
    checks: tuple[Check, ...] = ()
    checks_left_out: int = 0
    problems: tuple[IntentProblem, ...] = ()
    groups: tuple[GroupPair, ...] = ()
    groups_left_out: int = 0
    subnets: tuple[SubnetPairs, ...] | None = None


class RuleReference(DocumentValue, frozen=True, kw_only=True):
    """A resource named by another, as ARM does it."""

    id: str


class RuleProperties(DocumentValue, frozen=True, kw_only=True, rename="camel"):
    """The `properties` of a security rule as ARM spells them, every list in its plural or singular form.

    `sources`, `source_ports`, `destinations` and `destination_ports` read both forms as one, `source_asgs` and
    `destination_asgs` are ids; they are not fields.
    """

    priority: int
    direction: str
    access: str
    protocol: str
    source_address_prefix: str | None = None
    source_address_prefixes: tuple[str, ...] = ()
    source_application_security_groups: tuple[RuleReference, ...] = ()
    source_port_range: str | None = None
    source_port_ranges: tuple[str, ...] = ()
    destination_address_prefix: str | None = None
    destination_address_prefixes: tuple[str, ...] = ()
    destination_application_security_groups: tuple[RuleReference, ...] = ()
    destination_port_range: str | None = None
    destination_port_ranges: tuple[str, ...] = ()
    description: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        return _both(self.source_address_prefix, self.source_address_prefixes)

    @property
    def source_ports(self) -> tuple[str, ...]:
        return _both(self.source_port_range, self.source_port_ranges)

    @property
    def destinations(self) -> tuple[str, ...]:
        return _both(self.destination_address_prefix, self.destination_address_prefixes)

    @property
    def destination_ports(self) -> tuple[str, ...]:
        return _both(self.destination_port_range, self.destination_port_ranges)

    @property
    def source_asgs(self) -> tuple[str, ...]:
        return tuple(group.id for group in self.source_application_security_groups)

    @property
    def destination_asgs(self) -> tuple[str, ...]:
        return tuple(group.id for group in self.destination_application_security_groups)


def _both(singular: str | None, plural: tuple[str, ...]) -> tuple[str, ...]:
    return ((singular,) if singular else ()) + plural


class ChangeDetail(DocumentValue, frozen=True, kw_only=True):
    """`actions`: create, update or delete, as Terraform's plan has it; `action` sums the list up and is not a field."""

    actions: tuple[Action, ...]
    before: RuleProperties | None
    after: RuleProperties | None

    @property
    def action(self) -> Action:
        """`delete` wherever it is in the list, as readers of Terraform's plans look for it."""
        return "delete" if "delete" in self.actions else self.actions[0]


class IntentChange(DocumentValue, frozen=True, kw_only=True):
    """Another intent whose status the change would move."""

    address: str
    before: Status
    after: Status


class Together(DocumentValue, frozen=True, kw_only=True):
    """What only several rules of a batch do, in one direction: none of them would by itself."""

    opens: tuple[SideBox, ...] = ()
    closes: tuple[SideBox, ...] = ()
    opens_total: Total = Total()
    closes_total: Total = Total()
    free: str = "0"
    truncated: bool = False


class Proof(DocumentValue, frozen=True, kw_only=True):
    """What putting a rule in, with all of its batch, does: decided by the same engine.

    `opens` and `closes` are the rule's own share, at every NIC behind its NSG and in its direction: no other rule of
    the batch has a part in it. `together` is what several of them do there, of which none is the one that does it;
    rules that do the same together have the same. All shares of a batch are all it does; `free` counts the flows of
    addresses that nobody holds. Every intent is decided again with the whole batch put in: `intents_changed` are the
    addresses of those whose status changes, `status_changes` tells from what to what.
    """

    opens: tuple[SideBox, ...]
    closes: tuple[SideBox, ...]
    intents_checked: int
    intents_changed: tuple[str, ...]
    status_changes: tuple[IntentChange, ...] = ()
    opens_total: Total = Total()
    closes_total: Total = Total()
    free: str = "0"
    together: Together | None = None
    truncated: bool = False


class Change(DocumentValue, frozen=True, kw_only=True):
    """One rule to create, update or delete. Changes that mend only together share a `batch`.

    `mends` are the addresses of intents, and `helps` of those that are mended in part only. `smallest`: it is proved
    that its batch can't do with fewer changed rules. `sources_named`, `destinations_named`: what the spec calls a long
    list of prefixes of the new rule, `group.public`; "" where it has no name for that.
    """

    nsg: str
    rule: str
    change: ChangeDetail
    mends: tuple[str, ...]
    helps: tuple[str, ...] = ()
    proof: Proof
    batch: int = 0
    smallest: bool = False
    sources_named: str = ""
    destinations_named: str = ""
    note: str = ""
    where: SourceLine | None = None


class Step(DocumentValue, frozen=True, kw_only=True):
    """One ARM call: what it leaves of a rule (`after` None deletes) that is as `before` (None: not there yet)."""

    nsg: str
    rule: str
    before: RuleProperties | None
    after: RuleProperties | None


class BasisEntry(DocumentValue, frozen=True, kw_only=True):
    """Something that the proofs rest on: the id of a resource, or what else it is; a digest of what is known of it."""

    id: str
    digest: str


class SpecSource(DocumentValue, frozen=True, kw_only=True):
    """The files of the spec; `name` as the spec calls itself.

    `digest` (sha256) is over all files and the values of the variables, `file_digests` over the bytes of each file.
    """

    files: tuple[str, ...]
    digest: str
    name: str = ""
    file_digests: tuple[str, ...] = ()


class AssumptionNote(DocumentValue, frozen=True, kw_only=True):
    """What the spec told flowspec to take as given, by the address of its block."""

    address: str
    text: str


class ExceptionNote(DocumentValue, frozen=True, kw_only=True):
    """An exception with its day: `days` from today, negative once it is past. `of`: what it takes flows out of."""

    address: str
    expires: str
    days: int
    owner: str = ""
    reason: str = ""
    where: SourceLine | None = None
    of: tuple[str, ...] = ()


class Disagreement(DocumentValue, frozen=True, kw_only=True):
    """A probe on which Azure and the prediction differ however often it was asked: all that a bug report needs.

    `predicted_rule` and `answered_rule` are the rules as the inventory has them, None where it has no such rule.
    """

    probe: Probe
    vm: str
    watcher: str
    intents: tuple[str, ...]
    predicted_rule: RuleProperties | None = None
    answered_rule: RuleProperties | None = None


class Tally(DocumentValue, frozen=True, kw_only=True):
    """How many probes share a reason."""

    reason: str
    probes: int


class Verification(DocumentValue, frozen=True, kw_only=True):
    """What Azure was asked. All numbers count distinct probes, however many intents share one.

    `probes` are all, `askable` those that ipFlowVerify takes: its answer is due, and `unanswered` says where it lacks.
    `asked` were answered now, `kept` in earlier runs (the oldest `kept_since`), `inferred` from these for other NICs
    with the same effective policy; `agreed` and `kept_agreed` of them as predicted, `unpredicted` where the prediction
    is unknown. `other_rules`: as predicted, but another rule is named. `calls` counts what was sent, repeats included.
    """

    mode: Literal["live", "both"]
    endpoint: str
    probes: int = 0
    askable: int = 0
    asked: int = 0
    agreed: int = 0
    kept: int = 0
    kept_agreed: int = 0
    kept_since: str = ""
    inferred: int = 0
    unpredicted: int = 0
    other_rules: int = 0
    calls: int = 0
    disagreements: tuple[Disagreement, ...] = ()
    unanswered: tuple[Tally, ...] = ()
    not_askable: tuple[Tally, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was verified though there was something to verify: no gate may pass on that."""
        return self.probes > 0 and not self.asked + self.kept


class Summary(DocumentValue, frozen=True, kw_only=True):
    """How many of each there are in the plan. `checks`: one side of an intent at one NIC or subnet each."""

    intents: int = 0
    satisfied: int = 0
    drifted: int = 0
    unknown: int = 0
    errored: int = 0
    disabled: int = 0
    checks: int = 0
    probes: int = 0
    changes: int = 0


class Shard(DocumentValue, frozen=True, kw_only=True):
    """The part of a plan that one of several jobs judges: the k-th intent, counted from 0, is of shard k % of + 1.

    `intents` counts those of all shards, and `chosen` is the digest of their addresses, the same in each shard.
    `complete`: nothing but the sharding narrows the plan.
    """

    number: int
    of: int
    intents: int
    chosen: str
    complete: bool


MOST_WALKS = 200


class Report(DocumentValue, frozen=True, kw_only=True):
    """The plan document. `digest` is the sha256 over the document without this key.

    `walks` are those of examples of its intents: of what is wrong first, and no more than MOST_WALKS.

    `steps` come to the suggested changes, in an order in which nothing is cut or opened on the way; none where
    the changes are those of several shards. `basis` is what their proofs rest on. `incomplete` says why it is not
    `complete`, but for being a shard.
    """

    format_version: str
    flowspec_version: str
    today: str
    complete: bool
    errored: bool
    applyable: bool
    digest: str = ""
    inventory: tuple[InventorySource, ...]
    spec: SpecSource
    assumptions: tuple[AssumptionNote, ...]
    exceptions: tuple[ExceptionNote, ...]
    not_judged: tuple[str, ...]
    summary: Summary
    intents: tuple[IntentResult, ...]
    suggested_changes: tuple[Change, ...]
    steps: tuple[Step, ...] = ()
    basis: tuple[BasisEntry, ...] = ()
    problems: tuple[IntentProblem, ...]
    vms: tuple[Attachment, ...] = ()
    incomplete: tuple[str, ...] = ()
    verification: Verification | None = None
    shard: Shard | None = None
    difference: Diff | None = None
    gate: ChangeGate | None = None
    network: NetworkMap | None = None
    walks: tuple[FlowWalk, ...] = ()

    def expired(self, counted: Collection[str]) -> tuple[ExceptionNote, ...]:
        """The exceptions past their day that are of an intent judged here, of a severity that counts."""
        judged = {intent.address for intent in self.intents if intent.severity in counted}
        return tuple(note for note in self.exceptions if note.days < 0 and not judged.isdisjoint(note.of))
