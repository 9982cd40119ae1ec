"""Rules written by hand, put to the prover that suggestions are put to."""

from __future__ import annotations

from flowspec.fixes.edits import Edit
from flowspec.fixes.prove import Prover, Trial
from flowspec.intents.case import Case
from flowspec.intents.judgements import Judgements
from flowspec.model.inventory import Access, Direction, Rule
from tests.engine.loading import load_documents
from tests.plan.lab import NET, TODAY, Json, spec_of


def prover_of(text: str, *resources: Json) -> Prover:
    case = Case(spec_of(text), load_documents({"network.json": list(resources)}), TODAY)
    return Prover(case.planner, case.judge, Judgements(case.judge, case.questions))


def harmed(text: str, rule: Rule, *resources: Json, of: str = "nsg-snet") -> tuple[Trial, list[str]]:
    """What a rule in an NSG does, and the intents that come to harm by it."""
    prover = prover_of(text, *resources)
    effect = prover.effect([draft(rule, of)])
    return effect, effect.worse(prover.before)


def draft(rule: Rule, nsg: str) -> Edit:
    return Edit(f"{NET}/networkSecurityGroups/{nsg}", None, rule)


def inbound(access: Access, priority: int, source: str, ports: str) -> Rule:
    """Tcp to 10.0.0.5."""
    return Rule(
        name=f"new-{priority}",
        priority=priority,
        direction=Direction.INBOUND,
        access=access,
        protocol="Tcp",
        sources=(source,),
        source_ports=("*",),
        destinations=("10.0.0.5/32",),
        destination_ports=(ports,),
    )
