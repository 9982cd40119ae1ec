"""A command that takes groups of options -> the same with an option for each, as Typer reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Each parameter whose type is a dataclass stands for that dataclass's fields; the others stay as they are."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, type[Any]] = {
        name: kind for name, kind in hints.items() if isinstance(kind, type) and is_dataclass(kind)
    }
    names = {name: [field.name for field in fields(kind)] for name, kind in groups.items()}

    def flat(**given: object) -> None:
        made = {name: groups[name](**{field: given.pop(field) for field in names[name]}) for name in groups}
        command(**made, **given)

    flat.__name__, flat.__doc__ = command.__name__, command.__doc__
    flat.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            parameter
            for name, one in signature(command).parameters.items()
            for parameter in (_of_group(groups[name]) if name in groups else [_plain(one, hints[name])])
        ]
    )
    flat.__annotations__ = {p.name: p.annotation for p in signature(flat).parameters.values()}
    return flat


def _of_group(group: type[Any]) -> list[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [_parameter(field.name, hints[field.name], _default(field)) for field in fields(group)]


def _default(field: Field[Any]) -> object:
    return Parameter.empty if field.default is MISSING else field.default


def _plain(parameter: Parameter, hint: object) -> Parameter:
    return _parameter(parameter.name, hint, parameter.default)


def _parameter(name: str, hint: object, default: object) -> Parameter:
    """By keyword, so that one without a default may stand behind those that have one."""
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=hint)
