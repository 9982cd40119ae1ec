"""Reachability as code for Azure: who may talk to whom, decided exactly, every fix with its proof.

What stands in `__all__` is the public API (docs/api.md). Importing it costs nothing: each part loads when it is used.
"""

from __future__ import annotations

from flowspec.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import date
    from os import PathLike
    from typing import overload

    from flowspec.errors import FlowspecError, Problem, RequestError
    from flowspec.ipflowverify.arrays import FlowAnswers, FlowArrays
    from flowspec.ipflowverify.classify import FlowRequest, Verifier
    from flowspec.model.documents.diff import Diff
    from flowspec.model.documents.plan import Report
    from flowspec.model.documents.verify import FlowAnswer
    from flowspec.model.inventory import Inventory
    from flowspec.model.live import Cloud
    from flowspec.model.spec import Spec
    from flowspec.model.templates import TemplateOptions

_TYPES = {
    "Cloud": "model.live",
    "Diff": "model.documents.diff",
    "FlowAnswer": "model.documents.verify",
    "FlowAnswers": "ipflowverify.arrays",
    "FlowArrays": "ipflowverify.arrays",
    "FlowRequest": "ipflowverify.classify",
    "FlowspecError": "errors",
    "Inventory": "model.inventory",
    "Problem": "errors",
    "Report": "model.documents.plan",
    "RequestError": "errors",
    "Spec": "model.spec",
    "TemplateOptions": "model.templates",
    "Verifier": "ipflowverify.classify",
}
__all__ = [  # noqa: RUF022
    "load_spec", "load_inventory", "plan", "diff", "verify", "to_json", "__version__",
    "Cloud", "Diff", "FlowAnswer", "FlowAnswers", "FlowArrays", "FlowRequest", "FlowspecError", "Inventory",
    "Problem", "Report", "RequestError", "Spec", "TemplateOptions", "Verifier",
]  # fmt: skip

if not TYPE_CHECKING:  # a type checker looks at the imports above, and knows no other names

    def overload(function):
        return function

    def __getattr__(name):
        if name not in _TYPES:
            raise AttributeError(f"module 'flowspec' has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"flowspec.{_TYPES[name]}"), name)

    def __dir__():
        return sorted({*globals(), *_TYPES})


def load_spec(
    paths: str | PathLike[str] | Iterable[str | PathLike[str]] = ".",
    *,
    variables: Mapping[str, str] | None = None,
    variable_files: Iterable[str | PathLike[str]] = (),
) -> Spec:
    """The spec in files and folders, read as one; SpecError with everything that is wrong with it.

    `variables` are texts, as after `--var`, and come before those of `variable_files` (.tfvars form), which come
    before `FLOWSPEC_VAR_name` of the environment.
    """
    from pathlib import Path

    from flowspec.spec import load_spec

    files = [Path(file) for file in _several(variable_files)]
    with _system_told():
        return load_spec([Path(path) for path in _several(paths)], variables, files)


def load_inventory(
    sources: str | PathLike[str] | Iterable[str | PathLike[str]],
    *,
    max_input: int = 2 * 1024**3,
    cloud: Cloud | None = None,
    templates: TemplateOptions | None = None,
) -> Inventory:
    """The network that all sources tell together, a later one laid over an earlier; SourceError with every fault.

    A source is what `-i` takes: a file or folder of Azure's JSON, an ARM template, a snapshot, `azure:SUBSCRIPTION`.
    `max_input` bounds the bytes of each; `cloud` says how a live one is reached, `templates` how templates deploy.
    """
    from flowspec.model.templates import NO_TEMPLATES
    from flowspec.sources import load_inventory

    with _system_told():
        located = [str(source) for source in _several(sources)]
        return load_inventory(located, max_input, cloud, templates or NO_TEMPLATES)


def plan(
    spec: Spec, inventory: Inventory, *, today: date | None = None, targets: Iterable[str] = (), max_boxes: int = 1000
) -> Report:
    """Every intent decided, with drift by cause and proved changes: the document of `flowspec plan -o json`.

    `today` (None: today, UTC) is the day that exceptions are held against; `targets` are addresses of intents and
    boundaries, none for all; no list of flows has more than `max_boxes` entries.
    """
    from datetime import UTC, date, datetime

    from flowspec.model.inventory import Inventory
    from flowspec.model.spec import Spec
    from flowspec.pipeline import PlanOptions, run

    day = datetime.now(UTC).date() if today is None else today
    _must_be("spec", spec, Spec)
    _must_be("inventory", inventory, Inventory)
    _must_be("today", day, date)
    if isinstance(day, datetime):
        raise TypeError("today must be a date, not a datetime: exceptions end with a day")
    names = (targets,) if isinstance(targets, str) else tuple(targets)
    return run(spec, inventory, PlanOptions(today=day, targets=names, max_boxes=_at_least_one(max_boxes)))


def diff(old: Inventory, new: Inventory, *, max_boxes: int = 1000) -> Diff:
    """Every flow that opens or closes between two inventories: the document of `flowspec diff -o json`."""
    from flowspec.model.inventory import Inventory
    from flowspec.pipeline import compare

    _must_be("old", old, Inventory)
    _must_be("new", new, Inventory)
    _at_least_one(max_boxes)
    return compare(old, new, max_boxes)


@overload
def verify(network: Inventory | Verifier, flows: FlowRequest) -> FlowAnswer: ...
@overload
def verify(network: Inventory | Verifier, flows: FlowArrays) -> FlowAnswers: ...  # noqa: F811
def verify(  # noqa: F811
    network: Inventory | Verifier, flows: FlowRequest | FlowArrays
) -> FlowAnswer | FlowAnswers:
    """What ipFlowVerify would say of one flow, or of arrays of flows; RequestError where it would refuse.

    A `Verifier(inventory)` in place of the inventory keeps what it has worked out, for many calls. Arrays need numpy
    (`flowspec[batch]`).
    """
    from flowspec.ipflowverify.arrays import FlowArrays, answers_of
    from flowspec.ipflowverify.classify import FlowRequest, Verifier
    from flowspec.model.inventory import Inventory
    from flowspec.reporting.sensitive import without_secrets

    _must_be("network", network, Inventory, Verifier)
    _must_be("flows", flows, FlowRequest, FlowArrays)
    verifier = network if isinstance(network, Verifier) else Verifier(network)
    if isinstance(flows, FlowRequest):
        _must_hold_texts(flows, *FlowRequest.__dataclass_fields__)
        return without_secrets(verifier.verify(flows), verifier.network.inventory.sensitive)
    _must_hold_texts(flows, "direction", "local_ip", "target", "nic", "resource_group")
    return answers_of(verifier, flows)


def to_json(document: Report | Diff | FlowAnswer) -> str:
    """A document as its command writes it with `-o json`; a Report is sealed by its digest."""
    from flowspec.model.documents.diff import Diff
    from flowspec.model.documents.plan import Report
    from flowspec.model.documents.verify import FlowAnswer
    from flowspec.views import Style
    from flowspec.views.json import view

    _must_be("document", document, Report, Diff, FlowAnswer)
    return view(document, Style())


def _several(given: str | PathLike[str] | Iterable[str | PathLike[str]]) -> list[str | PathLike[str]]:
    """One path is a list of one: a text would fall into its letters."""
    from os import PathLike

    return [given] if isinstance(given, str | PathLike) else list(given)


def _must_be(name: str, given: object, *types: type) -> None:
    """TypeError that says what goes there: paths, say, are not read where a Spec or an Inventory is expected."""
    if not isinstance(given, types):
        wanted = " or ".join(kind.__name__ for kind in types)
        raise TypeError(f"{name} must be of type {wanted}, not {type(given).__name__}")


def _must_hold_texts(flows: object, *names: str) -> None:
    """TypeError for a port as a number, or an address that is an object: all of them are texts, as in the REST body."""
    for name in names:
        value = getattr(flows, name)
        if not isinstance(value, str) and not (value is None and name in ("target", "nic", "resource_group")):
            raise TypeError(f"{name} must be a text, such as in the REST body, not {type(value).__name__}")


def _at_least_one(max_boxes: int) -> int:
    if max_boxes < 1:
        raise ValueError(f"max_boxes must be a whole number of at least 1, not {max_boxes}")
    return max_boxes


def _system_told() -> AbstractContextManager[None]:
    """What the operating system says about a file comes as a FlowspecError, as all that a user can mend."""
    from contextlib import contextmanager

    from flowspec.errors import FlowspecError

    @contextmanager
    def telling() -> Iterator[None]:
        try:
            yield
        except OSError as error:
            place = f"{error.filename}: " if error.filename is not None else ""
            raise FlowspecError(f"{place}{error.strerror or error}") from error

    return telling()
