"""Jinja2 environments: ours for the built-in templates, a sandbox for the user's."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from jinja2 import Environment, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from flowspec.errors import Problem, RenderError, Severity, Where
from flowspec.model.documents.plan import Report
from flowspec.patches import quoting
from flowspec.patches.item import Item


def render_builtin(name: str, report: Report, items: list[Item]) -> str:
    """A template of this package."""
    environment = Environment(
        loader=PackageLoader("flowspec.patches"),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return _filtered(environment).get_template(name).render(changes=items, report=report)


def render_file(path: Path, report: Report, items: list[Item]) -> str:
    """The user's template, which sees values and filters but can't reach behind them.

    RenderError with file and line, whatever goes wrong in it.
    """
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(path.parent),
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
        return template.render(changes=items, report=report)
    except RenderError:
        raise
    except TemplateSyntaxError as error:
        raise _failure(
            error.message or "it does not parse", Where(error.filename or str(path), error.lineno)
        ) from error
    except Exception as error:  # a template is a program of the user's, and may fail in any way
        line = _line(error.__traceback__, path)
        what = error.message if isinstance(error, TemplateError) else f"{type(error).__name__}: {error}"
        raise _failure(what or type(error).__name__, Where(str(path), line)) from error


def _filtered(environment: Environment) -> Environment:
    environment.filters |= {
        "hcl": quoting.hcl,
        "hcl_list": quoting.hcl_list,
        "shell": quoting.shell,
        "comment": quoting.comment,
        "azure_spelling": quoting.azure_spelling,
        "aligned": quoting.aligned,
        "continued": quoting.continued,
    }
    environment.globals["option"] = quoting.option
    return environment


def _source(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
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
    detail = "See README.md, Templates, for what a template is given."
    return RenderError(Problem(Severity.ERROR, f"The template fails: {what}", detail, where))
