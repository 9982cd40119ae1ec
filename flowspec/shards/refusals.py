"""Plans that are not the shards of one plan -> what is wrong with them, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from flowspec.errors import Problem, Severity
from flowspec.model.documents.plan import Report, Shard, Verification

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """A plan and the file that it was read from."""

    file: str
    report: Report


def problems_of(parts: Sequence[ShardPlan]) -> list[Problem]:
    """Everything that keeps plans from being merged, at once; what follows from something else is left out."""
    found = [problem for part in parts for problem in _foreign(part)]
    found = found or [problem for part in parts[1:] for problem in _differences(parts[0], part)]
    return found or [*_doubled(parts), *_missing(parts)]


def shard_of(report: Report) -> Shard:
    """The shard of a plan that `problems_of` has found to be one."""
    assert report.shard is not None
    return report.shard


def _error(summary: str, detail: str) -> Problem:
    return Problem(Severity.ERROR, summary, detail)


def _foreign(part: ShardPlan) -> Iterator[Problem]:
    shard = part.report.shard
    if shard is None:
        yield _error(
            f"{part.file} is no shard: it is the plan of all intents.",
            "Show it alone; only plans of flowspec plan --shard I/N are merged.",
        )
    elif not 1 <= shard.number <= shard.of or len(part.report.intents) != len(_places(shard)):
        yield _error(
            f"{part.file} does not hold the intents of shard {shard.number} of {shard.of}.",
            f"Make it again: flowspec plan --shard {shard.number}/{shard.of}",
        )


def _places(shard: Shard) -> range:
    """Where the intents of a shard stand among all of them."""
    return range(shard.number - 1, shard.intents, shard.of)


# Shards of different plans


def _differences(first: ShardPlan, other: ShardPlan) -> Iterator[Problem]:
    one, two = first.report, other.report
    if one.format_version != two.format_version:
        yield _error(
            f"{other.file} has format_version {two.format_version}, and {first.file} {one.format_version}.",
            "Use one version of flowspec for all shards.",
        )
    if one.flowspec_version != two.flowspec_version:
        yield _error(
            f"{other.file} was written by flowspec {two.flowspec_version}, and {first.file} by {one.flowspec_version}.",
            "Use one version of flowspec for all shards.",
        )
    if one.today != two.today:
        yield _error(
            f"{other.file} was planned for {two.today}, and {first.file} for {one.today}.",
            "Give all shards the same --today.",
        )
    if one.spec.digest != two.spec.digest:
        yield _error(
            f"{other.file} was planned from another spec than {first.file}: {two.spec.digest}, not {one.spec.digest}.",
            "Plan all shards of the same files, with the same variables.",
        )
    yield from _other_networks(first, other)
    yield from _other_parts(first, other)
    if _asked(one.verification) != _asked(two.verification):
        yield _error(
            f"{other.file} {_asked(two.verification)}, and {first.file} {_asked(one.verification)}.",
            "Give all shards the same --verify, --cloud and --arm-endpoint.",
        )


def _other_networks(first: ShardPlan, other: ShardPlan) -> Iterator[Problem]:
    ours, theirs = ([source.digest for source in part.report.inventory] for part in (first, other))
    if ours == theirs:
        return
    changed = [source.source for source in other.report.inventory if source.digest not in ours]
    named = f": {', '.join(changed)} differs" if changed else ""
    yield _error(
        f"{other.file} was planned over another inventory than {first.file}{named}.",
        "Give all shards the same sources in the same order; of a live network, a snapshot: flowspec snapshot -o FILE",
    )


def _other_parts(first: ShardPlan, other: ShardPlan) -> Iterator[Problem]:
    ours, theirs = shard_of(first.report), shard_of(other.report)
    if ours.of != theirs.of:
        yield _error(
            f"{other.file} is a shard of {theirs.of}, and {first.file} of {ours.of}.",
            "Give all shards the same N: flowspec plan --shard I/N",
        )
    same_spec = first.report.spec.digest == other.report.spec.digest
    if same_spec and (ours.intents, ours.chosen) != (theirs.intents, theirs.chosen):
        yield _error(f"{other.file} is a shard of other intents than {first.file}.", "Give all the same --target.")


def _asked(verification: Verification | None) -> str:
    if verification is None:
        return "did not ask Azure"
    return f"asked Azure (--verify {verification.mode}, {verification.endpoint})"


# Shards that are not all there, each once


def _doubled(parts: Sequence[ShardPlan]) -> Iterator[Problem]:
    files: dict[int, list[str]] = {}
    for part in parts:
        files.setdefault(shard_of(part.report).number, []).append(part.file)
    for number, same in sorted(files.items()):
        if len(same) > 1:
            yield _error(
                f"Shard {number} of {shard_of(parts[0].report).of} is given {len(same)} times: {', '.join(same)}.",
                "Give each shard once.",
            )


def _missing(parts: Sequence[ShardPlan]) -> Iterator[Problem]:
    of = shard_of(parts[0].report).of
    given = {shard_of(part.report).number for part in parts}
    lacking = of - len(given)
    if lacking:
        first = list(islice((number for number in range(1, of + 1) if number not in given), _SHOWN))
        shown = ", ".join(f"{number}/{of}" for number in first) + (" and more" if lacking > len(first) else "")
        yield _error(
            f"{lacking:,} of {of:,} shards {'is' if lacking == 1 else 'are'} missing: {shown}.",
            f"Give the plans of all; to make one: flowspec plan --shard {first[0]}/{of} --out FILE",
        )
