"""The options that hold a change to something -> what the gate is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flowspec.cli.days import Today, day_of
from flowspec.cli.inputs import NetworkInputs
from flowspec.cli.outputs import write_file
from flowspec.cli.system import read_bytes
from flowspec.cli.terminal import tell
from flowspec.counting import counted
from flowspec.errors import FlowspecError, Problem, Severity
from flowspec.revision import Revision

if TYPE_CHECKING:
    from flowspec.gating.gate import Held
    from flowspec.model.documents.baseline import Baseline
    from flowspec.model.live import Cloud
    from flowspec.model.spec import Spec

Closed = Annotated[
    bool,
    typer.Option(
        "--no-new-access",
        help="Fail when anything opens or may open, or a NIC or subnet is new.",
        show_default=False,
    ),
]
DeclaredFile = Annotated[
    Path | None,
    typer.Option(
        "--declared",
        metavar="FILE",
        help="What may open and close: fail when anything else does, or may.",
        show_default=False,
    ),
]
PlatformSpec = Annotated[
    str | None,
    typer.Option(
        "--platform",
        metavar="DIR|GIT_REF",
        help="A platform team's spec, which is always judged: a folder, or REF or REF:FOLDER of the git repository.",
        show_default=False,
    ),
]
SpecRef = Annotated[
    str | None,
    typer.Option(
        "--spec-ref",
        metavar="GIT_REF",
        help="Read the spec and the files beside it as this git revision holds them, so that a change can't approve"
        " itself.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGates:
    """What a plan is held to besides its spec."""

    base: Annotated[
        list[str] | None,
        typer.Option(
            "--base",
            metavar="SOURCE",
            help="The network before, named as after -i: only what fails now and did not then counts. Repeatable.",
            show_default=False,
        ),
    ] = None
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            metavar="FILE",
            help="What is known to fail: only what is new or worse counts.",
            show_default=False,
        ),
    ] = None
    write_baseline: Annotated[
        Path | None,
        typer.Option("--write-baseline", metavar="FILE", help="Write what fails, for --baseline.", show_default=False),
    ] = None
    no_new_access: Closed = False
    declared: DeclaredFile = None
    spec_ref: SpecRef = None
    platform: PlatformSpec = None

    @property
    def asked(self) -> bool:
        """Whether the change is held to anything."""
        return bool(self.base or self.baseline or self.no_new_access or self.declared or self.spec_ref)

    @property
    def files(self) -> list[Path]:
        """What is read besides sources and specs."""
        return [file for file in (self.baseline, self.declared) if file]

    @property
    def written(self) -> list[Path]:
        """What is written besides reports."""
        return [self.write_baseline] if self.write_baseline else []

    def check(self, shard: tuple[int, int] | None) -> None:
        """Refuses options that need another."""
        for asked, name in ((self.no_new_access, "--no-new-access"), (self.declared, "--declared")):
            if asked and not self.base:
                raise typer.BadParameter("it needs the network before: --base SOURCE.", param_hint=name)
        if (self.asked or self.write_baseline) and shard is not None:
            hint = "a shard judges a part of the intents, and a gate speaks for all: leave one of the two out."
            raise typer.BadParameter(hint, param_hint="--shard")

    def revision(self) -> Revision | None:
        """The git revision that the spec is read from, and what stands beside it."""
        return revision_of(self.spec_ref)

    def held(
        self,
        counted: Iterable[str],
        network: NetworkInputs,
        max_boxes: int,
        cloud: Cloud | None,
        revision: Revision | None,
        spec: Spec,
        today: date,
    ) -> Held | None:
        """What the change is held to; None when it is to nothing."""
        if not self.asked:
            return None
        from flowspec.gating.gate import Held
        from flowspec.model.documents.gate import GitRevision

        return Held(
            counted=frozenset(counted),
            base=network.before(self.base, cloud) if self.base else None,
            baseline=_baseline(self.baseline, revision) if self.baseline else None,
            closed=self.no_new_access,
            declared=spec if self.declared else None,
            today=today,
            spec_ref=GitRevision(name=revision.name, commit=revision.commit) if revision is not None else None,
            max_boxes=max_boxes,
        )

    def keep(self, known: Sequence[Baseline], *, failed: bool) -> None:
        """Writes the baseline if it is asked for, but not that of a plan in error."""
        if self.write_baseline is None:
            return
        if failed:
            tell(f"{self.write_baseline} is not written: the plan is in error.")
            return
        from flowspec.gating.known_file import file_text

        write_file(self.write_baseline, file_text(known[0]))
        count = len(known[0].intents)
        tell(f"Wrote {self.write_baseline}: {counted(count, 'intent fails', 'intents fail')}.")


def revision_of(name: str | None) -> Revision | None:
    """The git revision of this name, if one is asked for."""
    if name is None:
        return None
    return Revision(name)


def _baseline(path: Path, revision: Revision | None) -> tuple[Baseline, str]:
    from flowspec.gating.known_file import read_known
    from flowspec.model.documents.baseline import Baseline

    data = read_bytes(path) if revision is None else revision.read(path)
    return read_known(data, str(path), Baseline), str(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffGates:
    """What the difference of two networks is held to."""

    no_new_access: Closed = False
    declared: DeclaredFile = None
    spec: Annotated[
        list[str] | None,
        typer.Option(
            "--spec", metavar="SPEC", help="The spec whose groups --declared names. Repeatable.", show_default=False
        ),
    ] = None
    spec_ref: SpecRef = None
    today: Today = None

    @property
    def files(self) -> list[Path]:
        """What is read besides the two networks."""
        return [self.declared] if self.declared else []

    def held(self, max_boxes: int) -> Held | None:
        """What it is held to; None when it is to nothing."""
        if not self.no_new_access and not self.declared:
            return None
        from flowspec.gating.gate import Held
        from flowspec.model.documents.gate import GitRevision
        from flowspec.spec import load_spec

        revision = revision_of(self.spec_ref)
        return Held(
            counted=frozenset(),
            closed=self.no_new_access,
            declared=load_spec(self.spec or [], revision=revision, declared=self.declared) if self.declared else None,
            today=day_of(self.today),
            spec_ref=GitRevision(name=revision.name, commit=revision.commit) if revision is not None else None,
            max_boxes=max_boxes,
        )


def joined_with_platform(spec: Spec, platform: str | None, today: date) -> Spec:
    """The spec with the platform's in it; neither options nor the environment reach that one."""
    if platform is None:
        return spec
    from flowspec.spec import load_spec
    from flowspec.spec.platform import with_platform

    name, _, folder = platform.partition(":")
    is_folder = Path(platform).is_dir()
    is_known = Revision.is_known(name)
    if is_folder and is_known:
        advice = f"For the folder write {Path(platform).resolve()}, for the revision refs/heads/… or refs/remotes/…."
        raise FlowspecError(Problem(Severity.ERROR, f"{platform} is a folder and a git revision", advice))
    if is_folder or not is_known:
        return with_platform(spec, load_spec([platform], environment={}), today)
    revision = Revision(name)
    found = load_spec([revision.top / folder], environment={}, revision=revision)
    return with_platform(spec, found, today)
