"""A difference of two networks -> whether anything opens, or may: the brake `--no-new-access`."""

from __future__ import annotations

from collections.abc import Iterator

from flowspec.counting import counted
from flowspec.model.documents.diff import Diff, DiffCause, Effect, Gap
from flowspec.model.documents.gate import Brake


def may_open(cause: DiffCause) -> bool:
    """Flows open, or nobody can say that they don't: only what was surely permitted, or is surely denied, does not."""
    return cause.effect is Effect.OPENS or (
        cause.effect is Effect.UNKNOWN and cause.before != "Allow" and cause.after != "Deny"
    )


def may_close(cause: DiffCause) -> bool:
    """Flows close, or nobody can say that they don't."""
    return cause.effect is Effect.CLOSES or (
        cause.effect is Effect.UNKNOWN and cause.before != "Deny" and cause.after != "Allow"
    )


def opening(diff: Diff) -> tuple[int, ...]:
    """The causes that open flows, or may, by their index."""
    return tuple(at for at, cause in enumerate(diff.causes) if may_open(cause))


def no_new_access(diff: Diff) -> Brake:
    """Passes where nothing opens and nothing may: no flow, no NIC or subnet that is new, no part that is not known."""
    reasons = [*_flows(diff), *_newcomers(diff), *(_gap(gap) for gap in open_gaps(diff))]
    notes = (f"{gap.what}: neither network has it, so it is taken to be as it was" for gap in settled_gaps(diff))
    return Brake(name="no-new-access", passes=not reasons, reasons=tuple(reasons), notes=tuple(notes))


def _flows(diff: Diff) -> Iterator[str]:
    causes = [diff.causes[at] for at in opening(diff)]
    sure = sum(cause.effect is Effect.OPENS for cause in causes)
    if sure:
        yield f"flows open, for {counted(sure, 'cause')}"
    if unsure := len(causes) - sure:
        yield f"flows may open, for {counted(unsure, 'cause')} that can't be known"


def _newcomers(diff: Diff) -> Iterator[str]:
    if count := len(diff.added):
        yield f"{counted(count, 'NIC or subnet is', 'NICs or subnets are')} new"


def open_gaps(diff: Diff) -> Iterator[Gap]:
    """What is not known of a network and may hide a difference."""
    return (gap for gap in diff.unread if not _is_same(diff, gap))


def settled_gaps(diff: Diff) -> Iterator[Gap]:
    """What neither network tells because the very same documents don't: a change beside them leaves it as it was."""
    return (gap for gap in diff.unread if _is_same(diff, gap))


def _is_same(diff: Diff, gap: Gap) -> bool:
    """Both networks stand on the same documents, byte for byte, and both lack it."""
    here, there = ({source.digest for source in side} for side in (diff.old, diff.new))
    return gap.side == "both" and bool(here) and here <= there


def _gap(gap: Gap) -> str:
    where = {"old": "before", "new": "after", "both": "before and after"}[gap.side]
    return f"not known {where}, so it may open: {gap.what}"
