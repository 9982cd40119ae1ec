"""What an HTML report shows of explained flows: the walk through each layer, as plain data in words."""

from __future__ import annotations

from typing import Any

from flowspec.model.documents.explain import ExplainedFlow, Explanation, TurnRound
from flowspec.model.documents.values import DecidedBy
from flowspec.model.documents.walk import EndWalk, FlowWalk, PathWalk, WalkedLayer
from flowspec.views import explain
from flowspec.views.blocks import place_text
from flowspec.views.changes import noted_phrase
from flowspec.views.flows import example_phrase
from flowspec.views.layout import clipped, visible
from flowspec.views.names import DisplayNames
from flowspec.views.page_words import LONGEST, Data, problem_data, sparse
from flowspec.views.style import Style
from flowspec.views.why import explained


def explain_data(explanation: Explanation, style: Style, most: int) -> Data:
    """Explained flows; `most` of each list."""
    walks = [walk_data(walk, most) for walk in explanation.walks]
    nsgs = list(dict.fromkeys(name for walk in walks for name in walk.pop("nsgs")))
    return {
        "kind": "explain",
        "version": explanation.flowspec_version,
        "last": explain.summary(explanation),
        "gate": [],
        "about": [*map(visible, explanation.assumptions), *filter(None, [explained(explain.reasons_of(explanation))])],
        "counts": {access: sum(walk.access == access for walk in explanation.walks) for access in explain.WORDS},
        "nsgs": nsgs,
        "walks": walks,
        "problems": [problem_data(one) for one in explanation.problems],
        "more": {},
    }


def walk_data(walk: FlowWalk, most: int) -> Data:
    """One flow from end to end; `most` entries of each list."""
    nsgs = [layer.nsg for end in walk.ends for layer in end.layers if layer.nsg]
    names = DisplayNames(nsgs)
    return sparse(
        flow=example_phrase(walk.flow),
        of=visible(walk.of),
        access=walk.access,
        answer=explain.WORDS[walk.access],
        nsgs=[names.of(nsg) for nsg in dict.fromkeys(nsgs)],
        ends=[_end(end, names, most) for end in walk.ends],
        path=_path(walk.path) if walk.path else None,
        turn=_turn(walk.turn) if isinstance(walk, ExplainedFlow) and walk.turn else None,
    )


def _path(path: PathWalk) -> Data:
    return sparse(word=explain.path_word(path), why=clipped(visible(path.why), LONGEST))


def _turn(turn: TurnRound) -> Data:
    return sparse(
        wish="permit" if turn.access == "Allow" else "deny",
        changes=[clipped(noted_phrase(one, DisplayNames([one.nsg])), LONGEST) for one in turn.changes],
        none=clipped(visible(turn.none), LONGEST),
    )


def _end(end: EndWalk, names: DisplayNames, most: int) -> Data:
    return sparse(
        end=end.end,
        direction=end.direction,
        address=visible(end.address),
        who=explain.holder(end),
        note=visible(end.note),
        access=end.access,
        layers=[_layer(layer, names, most) for layer in end.layers],
    )


def _layer(layer: WalkedLayer, names: DisplayNames, most: int) -> Data:
    return sparse(
        title=explain.layer_title(layer, names),
        access=layer.access,
        tried=layer.tried,
        decided=[_rule(one, explain.decider_name(one)) for one in layer.decided_by[: max(most, 1)]],
        near=[_rule(one, f"{explain.decider_name(one)}: {visible(one.why)}") for one in layer.near_misses[:most]],
        meanings=[
            clipped(f"{visible(one.term)} stands for {explain.stands_for(one)}", LONGEST)
            for one in layer.meanings[:most]
        ],
        reason=clipped(visible(layer.reason), LONGEST),
        settle=clipped(visible(layer.settle), LONGEST),
    )


def _rule(decider: DecidedBy, text: str) -> dict[str, Any]:
    return sparse(text=clipped(text, LONGEST), where=place_text(decider.where))
