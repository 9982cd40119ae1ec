"""Flows, and intents by their examples -> why they fare as they do, from end to end, and what would turn them round."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from msgspec import structs

from flowspec.errors import FlowspecError, Where
from flowspec.explaining.flow import point_of
from flowspec.explaining.walk import Walker
from flowspec.intents.case import network_of
from flowspec.model.documents.explain import FORMAT_VERSION, ExplainedFlow, Explanation, TurnRound
from flowspec.model.documents.plan import MOST_WALKS, IntentResult, Report, Status
from flowspec.model.documents.values import ExampleFlow, ShownAccess
from flowspec.model.documents.walk import FlowWalk
from flowspec.model.inventory import Access, Inventory
from flowspec.model.spec import Group, Intent, Service, Spec
from flowspec.network.index import Network
from flowspec.policy.policies import Policies
from flowspec.reporting.plan import LineLookup
from flowspec.reporting.sensitive import without_secrets
from flowspec.sets.intervals import Protocol
from flowspec.version import __version__

_MOST = 3
"""Flows of an intent that are explained: one for each cause, the first ones."""
_NAME = "flow"
_NOBODY = "changes are sought for NICs, and none has an address of this flow"


Planned = Callable[[Spec, tuple[str, ...]], Report]
"""The plan of a spec, or of these targets of it."""


@dataclass(slots=True, kw_only=True)
class Explainer:
    """Explains flows of one inventory. `nic` (a key) is whom an address means that several hold.

    `spec` is what the flows are asked for: its assumptions hold, and its tags. `planned` makes plans of the inventory.
    """

    inventory: Inventory
    planned: Planned
    located: LineLookup
    nic: str = ""
    spec: Spec = field(default_factory=Spec)
    walker: Walker = field(init=False)

    def __post_init__(self) -> None:
        network = network_of(self.spec, self.inventory)
        self.walker = Walker(inventory=self.inventory, network=network, policies=Policies(network),
                             located=self.located, nic=self.nic)  # fmt: skip

    def flow(self, flow: ExampleFlow, of: str = "") -> ExplainedFlow:
        """One flow, and what would turn its answer round."""
        walk = self.walker.walk(flow, of)
        turn = self._turned(flow, walk.access) if any(one.layers for one in walk.ends) else None
        found = ExplainedFlow(of=of, flow=flow, access=walk.access, ends=walk.ends, path=walk.path, turn=turn)
        return without_secrets(found, self.inventory.sensitive)

    def _turned(self, flow: ExampleFlow, access: ShownAccess) -> TurnRound | None:
        """The fix that a plan would suggest for the opposite wish, for this flow alone and from any source port."""
        if access == "Unknown":
            return None
        wished = Access.DENY if access == "Allow" else Access.ALLOW
        wish = replace(_wish(flow, wished), assumptions=self.spec.assumptions)
        report = self.planned(wish, ())
        (intent,) = report.intents
        changes = tuple(one for one in report.suggested_changes if intent.address in one.mends)
        none = ""
        if not changes:
            told = [_NOBODY] if intent.status is Status.ERRORED else []
            told += [*(cause.no_change for cause in intent.causes), *(one.reason for one in intent.flows.unknown)]
            none = next(filter(None, told), "no change of rules was found")
        return TurnRound(access="Deny" if wished is Access.DENY else "Allow", changes=changes, none=none)


def _wish(flow: ExampleFlow, wished: Access) -> Spec:
    """A spec with one intent: this flow, from any source port."""
    ends = {"from": flow.source, "to": flow.destination}
    groups = {name: Group(name=name, prefixes=(f"{end}/{128 if ':' in end else 32}",)) for name, end in ends.items()}
    protocol = Protocol[flow.protocol.upper()]
    ports = ((flow.destination_port, flow.destination_port),) if flow.destination_port is not None else ((0, 65535),)
    intent = Intent(
        name=_NAME, sources=("from",), destinations=("to",), services=(Service((protocol,), ports),), expect=wished
    )
    return Spec(groups=groups, intents={_NAME: intent})


def explain_intent(explainer: Explainer, address: str) -> Iterator[ExplainedFlow]:
    """Of an intent or boundary: one flow for each cause of drift, for what is unknown, or one that is as wished."""
    for intent in explainer.planned(explainer.spec, (address,)).intents:
        for flow in examples(intent):
            yield explainer.flow(flow, of_intent(intent))


def of_intent(intent: IntentResult) -> str:
    """What a flow is an example of."""
    return f"{intent.address} ({intent.status})"


def examples(intent: IntentResult) -> list[ExampleFlow]:
    """The flows that an intent is explained by."""
    totals = [cause.total for cause in intent.causes] + [one.total for one in intent.flows.unknown]
    if not totals:
        totals = [intent.flows.passing_total, intent.flows.stopped_total]
    found = [total.example for total in totals if total.example is not None]
    return [one for one in dict.fromkeys(found) if point_of(one) is not None][:_MOST]


def with_walks(
    report: Report,
    inventory: Inventory,
    network: Network,
    policies: Policies,
    locate: Callable[[list[Where]], Mapping[Where, Where]],
) -> Report:
    """A plan with the walks of its examples; the lines of their rules are looked up all at once."""
    seen: dict[Where, None] = {}

    def noted(where: Where) -> Where:
        seen[where] = None
        return where

    walker = Walker(inventory=inventory, network=network, policies=policies, located=noted)
    first = tuple(_plan_walks(report, walker))
    lines = locate(list(seen))
    walker.located = lambda where: lines.get(where, where)
    return structs.replace(report, walks=tuple(_plan_walks(report, walker)) if lines else first)


def _plan_walks(report: Report, walker: Walker) -> Iterator[FlowWalk]:
    """Of what is wrong first, then of what is as wished; as many as there is room for."""
    told = sorted(report.intents, key=lambda intent: intent.status is Status.SATISFIED)
    asked = ((intent, flow) for intent in told for flow in examples(intent))
    for intent, flow in islice(asked, MOST_WALKS):
        try:
            yield walker.walk(flow, of_intent(intent))
        except FlowspecError:
            continue


def explanation(walks: tuple[ExplainedFlow, ...]) -> Explanation:
    """The document."""
    return Explanation(format_version=FORMAT_VERSION, flowspec_version=__version__, walks=walks)


def is_unknown(document: Explanation) -> bool:
    return any(walk.access == "Unknown" for walk in document.walks)
