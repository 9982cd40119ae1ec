"""Forms -> `Spec`: references checked, every value canonical."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from flowspec.errors import Severity
from flowspec.model.inventory import Access, Direction
from flowspec.model.spec import (
    GROUP_ANY,
    GROUP_PUBLIC,
    Admission,
    Assumption,
    Boundary,
    Carveout,
    EnforceAt,
    FixSettings,
    Intent,
    Partition,
    Service,
    Spec,
)
from flowspec.spec import version
from flowspec.spec.endpoints import group, prefixes, service
from flowspec.spec.fixing import fix_settings
from flowspec.spec.form import Form
from flowspec.spec.names import Names
from flowspec.spec.network import BadValue
from flowspec.version import __version__

PREDECLARED = (GROUP_ANY, GROUP_PUBLIC)
_INLINE = ("protocol", "ports", "source_ports")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
"""`azure:` and what may come; of two letters at least, since `C:` is a drive."""
_DIRECTIONS = {
    "inbound": (Direction.INBOUND,),
    "outbound": (Direction.OUTBOUND,),
    "both": (Direction.INBOUND, Direction.OUTBOUND),
}
_EXPECTED = (Access.ALLOW, Access.DENY)


@dataclass(frozen=True, slots=True)
class Context:
    """What blocks may refer to. `named` are the declared names by kind."""

    named: Mapping[str, Names]
    forms: Mapping[str, Mapping[str, Form]]
    services: dict[str, Service] = field(default_factory=dict)


def spec(forms: Mapping[str, Mapping[str, Form]], named: Mapping[str, Names]) -> Spec:
    """Everything but the files; problems are added to the forms' list."""
    context = Context(named, forms)
    groups = {name: group(form) for name, form in forms["group"].items() if not _is_predeclared(form)}
    context.services.update((name, service(form)) for name, form in forms["service"].items())
    settings = forms["flowspec"].get("")
    if settings:
        _check_version(settings)
    return Spec(
        name=settings.text("name") if settings else "",
        inventory=tuple(_inventory(settings)) if settings else (),
        inventory_places=tuple(settings.place(p) for p, _ in settings.argument("inventory")) if settings else (),
        fixes=fix_settings(forms["fixes"][""]) if forms["fixes"] else FixSettings(),
        groups=groups,
        intents={name: _intent(form, context) for name, form in forms["intent"].items()},
        boundaries={name: _boundary(form, context) for name, form in forms["boundary"].items()},
        exceptions={name: _exception(form, context) for name, form in forms["exception"].items()},
        admits=_admission(forms["exceptions"][""]) if forms["exceptions"] else None,
        assumptions={name: _assumption(form, context) for name, form in forms["assume"].items()},
    )


def services(forms: Mapping[str, Mapping[str, Form]]) -> dict[str, Service]:
    """The services of the spec, by name; what is wrong with them has been told."""
    return {name: service(form) for name, form in forms["service"].items()}


def _inventory(settings: Form) -> Iterator[str]:
    """The sources; a relative path is relative to the file, wherever the command is run from."""
    folder = os.path.dirname(settings.where.file)  # noqa: PTH120 - a path as it was written, its last slash kept
    for _, item in settings.argument("inventory"):
        yield str(item) if _SCHEME.match(str(item)) else os.path.join(folder, str(item))  # noqa: PTH118


def _is_predeclared(form: Form) -> bool:
    if form.declared.name in PREDECLARED:
        form.refuse(
            (),
            f"{form.declared.address} is predeclared",
            "Give this group another name; use the predeclared one without a block.",
        )
        return True
    return False


def _check_version(form: Form) -> None:
    wanted = form.text("required_version")
    try:
        if wanted and not version.is_met(wanted, __version__):
            detail = f"This is flowspec {__version__}. Install a version that fits, or change required_version."
            form.refuse(("required_version",), f"Unsupported flowspec version: this spec requires {wanted}", detail)
    except BadValue as bad:
        form.refuse(("required_version",), bad.summary, bad.detail)


def _groups(form: Form, name: str, context: Context) -> tuple[str, ...]:
    """The groups of an argument that must name one, when it is given."""
    if form.values.get(name) == []:
        form.refuse((name,), f"{name} is empty", "Name at least one group: [group.example].")
    return tuple(target for _, target in form.references(name, ("group",), context.named))


def _optional(form: Form, name: str, context: Context) -> tuple[str, ...] | None:
    found = _groups(form, name, context)
    return found if name in form.values else None


def _services(form: Form, context: Context) -> tuple[Service, ...]:
    """The services of a block, named or written inline; () when it says nothing of them."""
    inline = [name for name in _INLINE if form.has(name)]
    if form.has("service"):
        if inline:
            form.refuse(
                (inline[0],),
                f"{form.declared.address} has both service and {inline[0]}",
                "Keep one of the two.",
                of_key=True,
            )
        if form.values.get("service") == []:
            form.refuse(("service",), "service is empty", "Name at least one service: [service.example].")
        named = form.references("service", ("service",), context.named)
        return tuple(dict.fromkeys(context.services[name] for _, name in named))
    if inline and not form.has("protocol"):
        form.refuse((inline[0],), f"{inline[0]} needs a protocol", 'For example protocol = "Tcp".', of_key=True)
    return (service(form),) if inline else ()


def _allowing(form: Form, name: str, kinds: tuple[str, ...], context: Context) -> tuple[tuple[str, str], ...]:
    """References of which the intents must be Allow intents."""
    found = form.references(name, kinds, context.named)
    for kind, target in found:
        if kind == "intent" and _expects(context, target) == "deny":
            pointer = next(p for p, item in form.argument(name) if item == f"intent.{target}")
            form.refuse(pointer, f"intent.{target} is a Deny intent", f"{name} takes Allow intents only.")
            break
    return found


def _expects(context: Context, name: str) -> str:
    return context.forms["intent"][name].text("expect").casefold()


def _intent(form: Form, context: Context) -> Intent:
    expect = form.choice("expect", Access, _EXPECTED)
    services = _services(form, context)
    if not services and not form.has("service") and not form.has("protocol") and not form.has("ports"):
        form.refuse(
            (),
            f"{form.declared.address} has no service",
            'Write service = [service.example], or protocol = "Tcp" and ports = [443].',
        )
    at = form.choice("at", EnforceAt)
    if at and expect is Access.ALLOW:
        form.refuse(("at",), "at is for Deny intents", "An Allow must pass at both sides: take it out.", of_key=True)
    excepts = _allowing(form, "except", ("group", "intent"), context)
    return Intent(
        name=form.declared.name,
        sources=_groups(form, "from", context),
        destinations=_groups(form, "to", context),
        services=services,
        expect=expect or Access.DENY,
        severity=form.choice("severity", Severity) or Severity.ERROR,
        at=at or EnforceAt.EITHER,
        except_groups=tuple(name for kind, name in excepts if kind == "group"),
        except_intents=tuple(name for kind, name in excepts if kind == "intent"),
        owner=form.text("owner"),
        description=form.text("description"),
        enabled=form.boolean("enabled", True),
        where=form.where,
    )


def _boundary(form: Form, context: Context) -> Boundary:
    directions = _DIRECTIONS.get(form.text("direction").casefold() or "both")
    if directions is None:
        form.refuse(
            ("direction",), f'direction must be "Inbound", "Outbound" or "Both", not "{form.text("direction")}"'
        )
    return Boundary(
        name=form.declared.name,
        around=_groups(form, "around", context),
        directions=directions or (),
        allow=tuple(name for _, name in _allowing(form, "allow", ("intent",), context)),
        each=form.choice("each", Partition),
        remote=_optional(form, "remote", context),
        severity=form.choice("severity", Severity) or Severity.ERROR,
        owner=form.text("owner"),
        description=form.text("description"),
        enabled=form.boolean("enabled", True),
        where=form.where,
    )


def _exception(form: Form, context: Context) -> Carveout:
    if not form.has("of") and not form.has("of_platform"):
        form.refuse((), 'Missing argument "of"', "Name the Deny intents or boundaries that it is of: [intent.example].")
    if form.values.get("of") == []:
        form.refuse(("of",), "of is empty", "Name at least one Deny intent or boundary: [intent.example].")
    targets = form.references("of", ("intent", "boundary"), context.named)
    for kind, name in targets:
        if kind == "intent" and _expects(context, name) == "allow":
            form.refuse(("of",), f"intent.{name} is an Allow intent", "An exception is of Deny intents and boundaries.")
            break
    return Carveout(
        name=form.declared.name,
        of=tuple(f"{kind}.{name}" for kind, name in targets),
        expires=form.day("expires") or date.min,
        sources=_optional(form, "from", context),
        destinations=_optional(form, "to", context),
        services=_services(form, context) or None,
        of_platform=tuple(str(item) for _, item in form.argument("of_platform")),
        reason=form.text("reason"),
        owner=form.text("owner"),
        where=form.where,
    )


def _admission(form: Form) -> Admission:
    files = tuple(str(item) for _, item in form.argument("from")) if form.has("from") else None
    return Admission(files, form.count("max_days"), tuple(str(item) for _, item in form.argument("require")))


def _assumption(form: Form, context: Context) -> Assumption:
    _check_assumption(form)
    return Assumption(
        name=form.declared.name,
        gateway=form.text("gateway") or None,
        learned_prefixes=prefixes(form, "learned_prefixes"),
        path=form.boolean("path", False),
        sources=_groups(form, "from", context),
        destinations=_groups(form, "to", context),
        reason=form.text("reason"),
        review=form.day("review"),
        where=form.where,
    )


def _check_assumption(form: Form) -> None:
    """Either what a gateway learns, or a path."""
    gateway = [name for name in ("gateway", "learned_prefixes") if form.has(name)]
    path = [name for name in ("path", "from", "to") if form.has(name)]
    if gateway and path:
        form.refuse(
            (path[0],),
            f"{form.declared.address} has both {gateway[0]} and {path[0]}",
            "Make it two assume blocks.",
            of_key=True,
        )
    elif len(gateway) == 1:
        missing = "learned_prefixes" if gateway[0] == "gateway" else "gateway"
        form.refuse((), f'Missing argument "{missing}"', "gateway and learned_prefixes belong together.")
    elif gateway and not form.text("gateway") and not form.is_refused("gateway"):
        form.refuse(("gateway",), "gateway is empty", "Write the name or the id of a virtual network gateway.")
    elif not gateway and not path:
        form.refuse(
            (),
            f"{form.declared.address} assumes nothing",
            "Give it gateway and learned_prefixes, or path = true with from and to.",
        )
    elif path and len(path) < 3:
        missing = next(name for name in ("path", "from", "to") if name not in path)
        form.refuse(
            (), f'Missing argument "{missing}"', "An assumed path is written path = true, from = […], to = […]."
        )
    elif path and not form.boolean("path", False) and not form.is_refused("path"):
        form.refuse(("path",), "path must be true", "To assume no path, take the block out.")
