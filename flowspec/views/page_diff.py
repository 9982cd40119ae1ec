"""What an HTML report shows of a diff, as plain data in words."""

from __future__ import annotations

from typing import Any

from flowspec.model.documents.diff import Diff, DiffCause, Effect
from flowspec.model.documents.plan import DecidedBy
from flowspec.views.blocks import place_text
from flowspec.views.diff import DiffText, turn_phrase
from flowspec.views.flows import example_phrase
from flowspec.views.gate import verdict
from flowspec.views.layout import clipped, visible
from flowspec.views.matrix import DIFF_LEGEND
from flowspec.views.page_map import map_data, map_ids, subnet_names
from flowspec.views.page_words import LONGEST, Data, problem_data, sparse, unwrapped
from flowspec.views.style import Style

_CAUSES = 2_000
_PRESENT = 500


def diff_data(diff: Diff, style: Style, most: int) -> Data:
    """A diff; `most` of each list."""
    style = unwrapped(style)
    writer = DiffText(diff, style, map_ids(diff.network))
    nsgs: dict[str, int] = {}
    causes = [_cause(cause, writer, nsgs, most) for cause in diff.causes[:_CAUSES]]
    network = None
    if diff.network is not None:
        network = map_data(diff.network, writer.names.of, lambda nsg: _number(nsgs, writer.names.of(nsg)))
    summary = diff.summary
    return {
        "kind": "diff",
        "version": diff.flowspec_version,
        "last": " ".join(writer.last_sentence()),
        "gate": [one.strip() for one in verdict(diff.gate, style)],
        "about": [one.strip() for one in (*writer.head(), *writer.gaps(), *writer.why())],
        "counts": {
            "opens": summary.opens,
            "unknown": summary.unknown,
            "closes": summary.closes,
            "added": summary.added,
            "removed": summary.removed,
        },
        "nsgs": list(nsgs),
        "map": network,
        "legend": DIFF_LEGEND,
        "subnets": subnet_names(diff.network, writer.names.of),
        "subnetsLeft": sum(cause.subnets is None for cause in diff.causes[:_CAUSES]),
        "causes": causes,
        "added": [writer.presence(one) for one in diff.added[:_PRESENT]],
        "removed": [writer.presence(one) for one in diff.removed[:_PRESENT]],
        "problems": [problem_data(one) for one in diff.problems[:_PRESENT]],
        "more": {
            "causes": max(0, len(diff.causes) - _CAUSES),
            "added": max(0, len(diff.added) - _PRESENT),
            "removed": max(0, len(diff.removed) - _PRESENT),
            "problems": max(0, len(diff.problems) - _PRESENT),
        },
    }


def _cause(cause: DiffCause, writer: DiffText, nsgs: dict[str, int], most: int) -> Data:
    names = dict.fromkeys(writer.names.of(d.nsg) for d in (*cause.old, *cause.new) if d.nsg)
    example = cause.total.example
    return sparse(
        effect=cause.effect.value,
        direction=cause.direction,
        turn=turn_phrase(cause) if cause.effect is Effect.UNKNOWN else "",
        text=clipped(writer.flows(cause), LONGEST),
        example=example_phrase(example) if example else "",
        ends=[visible(example.source), visible(example.destination)] if example else [],
        old=_deciders(cause.old, writer, most),
        new=_deciders(cause.new, writer, most),
        before=cause.before,
        after=cause.after,
        reason=clipped(visible(cause.reason), LONGEST),
        settle=clipped(visible(cause.settle), LONGEST),
        nsgs=[_number(nsgs, name) for name in names],
        subnets=[
            [cause.effect.value, int(cause.effect is Effect.OPENS), one.sources, one.destinations]
            for one in cause.subnets or ()
        ],
        wrongAt=[_number(nsgs, name) for name in names],
    )


def _number(nsgs: dict[str, int], name: str) -> int:
    return nsgs.setdefault(name, len(nsgs))


def _deciders(deciders: tuple[DecidedBy, ...], writer: DiffText, most: int) -> list[dict[str, Any]]:
    told = [sparse(text=writer.decider(one), where=place_text(one.where)) for one in deciders[:most]]
    left = len(deciders) - len(told)
    return told + ([{"text": f"and {left:,} more"}] if left else [])
