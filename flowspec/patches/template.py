"""Jinja2 environments: ours for the built-in templates, a sandbox for the user's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from jinja2 import (
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.sandbox import SandboxedEnvironment

from flowspec.errors import Problem, RenderError, Severity, Where
from flowspec.model.documents.plan import Report
from flowspec.patches import az, quoting
from flowspec.patches.item import items_of, steps_of
from flowspec.patches.properties import API_VERSION, arm_properties
from flowspec.patches.wording import deletion, purpose
from flowspec.reading import read

MOST_TEXT = 64 * 1024**2
"""Bytes of what a user's template makes."""


def render_builtin(name: str, **given: object) -> str:
    """A template of this package, with what it is given."""
    environment = Environment(
        loader=PackageLoader("flowspec.patches"),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"purpose": purpose, "deletion": deletion, "api_version": API_VERSION}
    return _filtered(environment).get_template(name).render(given)


def render_file(path: Path, report: Report) -> bytes:
    """What the user's template makes, in UTF-8; it sees values and filters but can't reach behind them.

    RenderError with file and line, whatever goes wrong in it. How long it runs is for the caller to bound.
    """
    environment = SandboxedEnvironment(
        loader=_Neighbours(path.parent),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    source = _source(path)
    try:
        template = _filtered(environment).from_string(source)
        template.filename = str(path)
        return _joined(template.generate(changes=items_of(report), steps=steps_of(report), report=report))
    except RenderError:
        raise
    except TemplateSyntaxError as error:
        raise _failure(
            error.message or "it does not parse", Where(error.filename or str(path), error.lineno)
        ) from error
    except Exception as error:  # a template is a program of the user's, and may fail in any way
        raise _failure(_what(error), Where(str(path), _line(error.__traceback__, path))) from error


class _Neighbours(FileSystemLoader):
    """The files of one folder and below. A link that leads out of it leads to what is nobody's to print."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, file, is_fresh = super().get_source(environment, template)
        inside = Path(os.path.realpath(self.searchpath[0]))
        if not Path(os.path.realpath(file)).is_relative_to(inside):
            raise TemplateNotFound(template, f"{template} is a link that leads out of {self.searchpath[0]}")
        return source, file, is_fresh


def _joined(pieces: Iterable[str]) -> bytes:
    made = bytearray()
    for piece in pieces:
        made += piece.encode()
        if len(made) > MOST_TEXT:
            raise TemplateError(f"it makes more than {MOST_TEXT >> 20} MB of text")
    return bytes(made)


def _what(error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "it makes a text with half a character (a lone surrogate)"
    if isinstance(error, MemoryError):
        return "it takes more memory than a template may"
    what = error.message if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
    return what or type(error).__name__


def _filtered(environment: Environment) -> Environment:
    environment.filters |= {
        "hcl": quoting.hcl,
        "hcl_list": quoting.hcl_list,
        "bicep": quoting.bicep,
        "arm": quoting.arm,
        "arm_argument": quoting.arm_argument,
        "arm_properties": arm_properties,
        "powershell": quoting.powershell,
        "powershell_list": quoting.powershell_list,
        "shell": quoting.shell,
        "comment": quoting.comment,
        "ascii_comment": quoting.ascii_comment,
        "azure_spelling": quoting.azure_spelling,
        "commented": quoting.commented,
        "aligned": quoting.aligned,
        "continued": quoting.continued,
    }
    environment.globals |= {"option": az.option, "options": az.options, "raw_option": az.raw_option}
    return environment


def _source(path: Path) -> str:
    try:
        return read(path, MOST_TEXT).decode("utf-8").replace("\r\n", "\n")
    except OSError as error:
        raise RenderError(f"Can't read the template {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RenderError(f"The template {path} is not UTF-8.") from error


def _line(trace: TracebackType | None, path: Path) -> int:
    """The line of the template in which a run of it ended."""
    line = 0
    while trace:
        if trace.tb_frame.f_code.co_filename in ("<template>", str(path)):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _failure(what: str, where: Where) -> RenderError:
    detail = "See docs/render.md for what a template is given."
    return RenderError(Problem(Severity.ERROR, f"The template fails: {what}", detail, where))
