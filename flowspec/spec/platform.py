"""The spec of a team + that of a platform team -> one spec, in which the platform's blocks have names of their own.

What the platform's intents come to does not rest on anything that the team writes, but for exceptions that the
platform admits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import TypeVar

from flowspec.errors import Problem, Severity
from flowspec.model.spec import Admission, Boundary, Carveout, Group, Intent, Spec

_OWN = "platform."
_PREDECLARED = ("any", "public")
T = TypeVar("T", Intent, Boundary, Carveout, Group)


def with_platform(team: Spec, platform: Spec, today: date) -> Spec:
    """The team's spec with the platform's in it. Exceptions that are not admitted do not count, and are told."""
    own = _apart(platform)
    known = {intent.address for intent in own.intents.values()} | {of.address for of in own.boundaries.values()}
    admitted: dict[str, Carveout] = {}
    problems: list[Problem] = []
    for exception in team.exceptions.values():
        of = tuple(f"{kind}.{_OWN}{name}" for kind, _, name in (one.partition(".") for one in exception.of_platform))
        if of:
            reasons = [f"the platform has no {one}" for one in exception.of_platform if _renamed(one) not in known]
            reasons += _against(exception, platform.admits, today)
            if reasons:
                summary = f"{exception.address} does not count for the platform's intents: {'; '.join(reasons)}"
                detail = "They are judged as if it were not there."
                problems.append(Problem(Severity.WARNING, summary, detail, exception.where))
                of = ()
        admitted[exception.name] = replace(exception, of=(*exception.of, *of))
    for_own = {name: replace(e, of=tuple(o for o in e.of if o in known)) for name, e in admitted.items()}
    groups = {**team.groups, **own.groups}
    alone = replace(
        own, groups=groups, exceptions={**own.exceptions, **{n: e for n, e in for_own.items() if e.of}}, inventory=()
    )
    return replace(
        team,
        groups=groups,
        intents={**team.intents, **own.intents},
        boundaries={**team.boundaries, **own.boundaries},
        exceptions={**own.exceptions, **admitted},
        files=(*team.files, *platform.files),
        platform=alone,
        problems=(*team.problems, *problems),
    )


def _renamed(address: str) -> str:
    kind, _, name = address.partition(".")
    return f"{kind}.{_OWN}{name}"


def _against(exception: Carveout, admission: Admission | None, today: date) -> Iterator[str]:
    """Why an exception is not admitted."""
    if admission is None:
        yield "the platform's spec has no exceptions block, so it admits none"
        return
    file = PurePath(exception.where.file).as_posix() if exception.where else ""
    if admission.files is not None and not any(fnmatchcase(file, pattern) for pattern in admission.files):
        yield f"it stands in {file}, and may only come from {', '.join(admission.files)}"
    if admission.max_days is not None and (exception.expires - today).days > admission.max_days:
        yield f"it ends in {(exception.expires - today).days} days, and may last {admission.max_days}"
    for name in admission.require:
        if not str(getattr(exception, name)).strip():
            yield f"it has no {name}"


def _apart(platform: Spec) -> Spec:
    """The platform's spec under names that no other spec can have."""
    return replace(
        platform,
        groups=_named({n: replace(g, name=_OWN + n) for n, g in platform.groups.items()}),
        intents=_named(
            {
                n: replace(
                    i,
                    name=_OWN + n,
                    sources=_all(i.sources),
                    destinations=_all(i.destinations),
                    except_groups=_all(i.except_groups),
                    except_intents=tuple(_OWN + one for one in i.except_intents),
                )
                for n, i in platform.intents.items()
            }
        ),
        boundaries=_named(
            {
                n: replace(
                    b,
                    name=_OWN + n,
                    around=_all(b.around),
                    allow=tuple(_OWN + one for one in b.allow),
                    remote=None if b.remote is None else _all(b.remote),
                )
                for n, b in platform.boundaries.items()
            }
        ),
        exceptions=_named(
            {
                n: replace(
                    e,
                    name=_OWN + n,
                    of=tuple(map(_renamed, e.of)),
                    sources=None if e.sources is None else _all(e.sources),
                    destinations=None if e.destinations is None else _all(e.destinations),
                )
                for n, e in platform.exceptions.items()
            }
        ),
        assumptions={
            n: replace(a, sources=_all(a.sources), destinations=_all(a.destinations))
            for n, a in platform.assumptions.items()
        },
    )


def _all(groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(name if name in _PREDECLARED else _OWN + name for name in groups)


def _named(found: Mapping[str, T]) -> dict[str, T]:
    return {of.name: of for of in found.values()}
