"""Usage: help, versions, spellings, and errors of the command line itself."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from flowspec import __version__
from flowspec.cli import app as app_module
from flowspec.cli.app import app
from flowspec.cli.arguments import options_of, spelled
from flowspec.views import VIEWS
from tests.cli.command import environment, flowspec
from tests.cli.shop import lay_out

COMMANDS = [
    "init",
    "validate",
    "fmt",
    "convert",
    "plan",
    "show",
    "render",
    "apply",
    "diff",
    "lint",
    "optimize",
    "import",
    "targets",
    "coverage",
    "verify",
    "explain",
    "snapshot",
    "serve",
    "lsp",
]
GROUP = typer.main.get_command(app)
assert isinstance(GROUP, TyperGroup)
KNOWN = options_of(GROUP)
LOUD = {"GITHUB_ACTIONS": "true", "FORCE_COLOR": "1", "PY_COLORS": "1", "CLICOLOR_FORCE": "1", "TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["plan", "-var", "a=b"], ["plan", "--var", "a=b"]),
        (["plan", "-var=a=b", "-var-file=x.tfvars"], ["plan", "--var=a=b", "--var-file=x.tfvars"]),
        (["plan", "-out", "p", "-target=intent.x", "-no-color", "-json"],
         ["plan", "--out", "p", "--target=intent.x", "--no-color", "--json"]),
        (["plan", "--out=p", "-o", "json=f", "-i", "x"], ["plan", "--out=p", "-o", "json=f", "-i", "x"]),
        (["verify", "--flows", "-", "-g", "rg"], ["verify", "--flows", "-", "-g", "rg"]),
        (["plan", "--", "-out"], ["plan", "--", "-out"]),
        (["plan", "-inventory=x", "-max-boxes", "5", "-h"], ["plan", "--inventory=x", "--max-boxes", "5", "-h"]),
        (["plan", "-i", "-out", "-var", "-json"], ["plan", "-i", "-out", "--var", "-json"]),
        (["plan", "--shard", "-1/2"], ["plan", "--shard", "-1/2"]),
        (["show", "plan", "-output", "json"], ["show", "plan", "--output", "json"]),
        (["verify", "-flows", "-"], ["verify", "--flows", "-"]),
        (["-help"], ["--help"]),
        ([], []),
    ],
)  # fmt: skip
def test_terraform_s_single_dash_is_taken(typed: list[str], meant: list[str]) -> None:
    assert spelled(typed, KNOWN) == meant


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["plan", "-inventry=x"], "No such option: -inventry Did you mean --inventory, or -i nventry=x, with a blank?"),
        (["plan", "-ojson"], "No such option: -ojson Did you mean --json, or -o json, with a blank?"),
        (["plan", "-xyz"], "No such option: -xyz"),
        (["validate", "-inventory", "x"], "No such option: -inventory"),
        (["-out"], "No such option: -out"),
    ],
)
def test_one_dash_before_what_is_no_option_is_not_read_as_letters(typed: list[str], words: str) -> None:
    done = flowspec(*typed)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in " ".join(done.stderr.split())


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x9b31m", "\x1b[31m", "\x7f"])
@pytest.mark.parametrize("arguments", [["plan", "--bogus{}"], ["b{}"], ["plan", "-b{}"], ["plan", "--fail-on", "x{}"],
                                       ["plan", "--today", "x{}"], ["plan", "--max-input", "x{}"],
                                       ["plan", "-i", "x{}", "-o", "text=y{}/z"], ["show", "x{}"], ["init", "x{}"],
                                       ["diff", "x{}", "y{}"], ["render", "x", "--dialect", "x{}"],
                                       ["verify", "--flows", "x{}"], ["plan", "x{}"],
                                       ["plan", "--var", "x{}"]])  # fmt: skip
def test_a_message_about_what_was_typed_does_not_act_on_the_terminal(
    hidden: str, arguments: list[str], tmp_path: Path
) -> None:
    done = flowspec(*(argument.replace("{}", hidden) for argument in arguments), cwd=tmp_path)
    assert done.returncode == (0 if arguments[0] == "init" else 1)
    assert done.stderr.replace("\n", "").isprintable(), ascii(done.stderr)


def test_a_usage_error_quotes_a_long_value_in_part(tmp_path: Path) -> None:
    lay_out(tmp_path)
    for option in ("--max-input", "--max-boxes", "--timeout", "--parallelism", "--today", "--shard"):
        done = flowspec("plan", option, "9" * 5000, "-i", "net.json", "--verify", "live", cwd=tmp_path)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr and len(done.stderr) < 1500, option
        assert option in done.stderr


def test_a_day_is_one_option_wherever_one_counts() -> None:
    """Read in one place, so that no command takes the clock's day past `--today`."""
    takers = {"plan", "diff", "lint", "optimize", "import", "targets", "coverage", "explain"}
    assert {
        name for name, command in GROUP.commands.items() if "--today" in str([p.opts for p in command.params])
    } == takers
    helps = {p.help for c in GROUP.commands.values() for p in c.params if "--today" in p.opts}
    assert len(helps) == 1
    files = Path(app_module.__file__).parent.rglob("*.py")
    assert [file.name for file in files if "datetime.now" in file.read_text("utf-8")] == ["days.py"]


@pytest.mark.parametrize("flag", ["--version", "-version"])
def test_the_version(flag: str) -> None:
    done = flowspec(flag)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"flowspec {__version__}\n", "")
    assert flowspec(flag, "--no-color").returncode == 1


@pytest.mark.parametrize(
    "where",
    [
        *("bogus", "auto:2", "none:"),
        *("processes:0", "processes:-1", "processes:x", "processes:257", "processes:99999"),
        *("dask", "dask://", "dask://localhost", "dask://localhost:x", "dask://a b:1", "DASK://localhost:8786"),
    ],
)
def test_what_is_no_executor_is_refused_at_once(where: str) -> None:
    done = flowspec("plan", "--executor", where)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{where!r} is no executor" in done.stderr and "Traceback" not in done.stderr


def test_the_version_loads_nothing() -> None:
    program = "import sys, flowspec.__main__ as m; sys.argv = ['flowspec', '--version']; m.main(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"typer", "flowspec.cli", "msgspec"} & set(done.stdout.split())


def test_the_version_costs_little_more_than_python() -> None:
    def seconds(*command: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        return time.perf_counter() - started

    bare = min(seconds("-c", "pass") for _ in range(5))
    version = min(seconds("-m", "flowspec", "--version") for _ in range(5))
    assert version - bare < 0.08


def test_help_and_an_empty_command_load_no_heavy_library() -> None:
    program = "import sys, flowspec.cli.app as a; a.run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    heavy = {"azure", "jinja2", "jsonschema", "jsonschema_rs", "msgspec", "numpy", "pydantic", "rich"}
    assert not heavy & loaded


@pytest.mark.parametrize(
    "arguments", [["--help"], ["-help"], ["-h"], ["plan", "-h"], *([command, "--help"] for command in COMMANDS)]
)
def test_help_is_on_stdout_and_plain(arguments: list[str]) -> None:
    done = flowspec(*arguments, env=LOUD)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "Exit codes: 0" in done.stdout


def test_help_lists_the_commands_that_work_and_no_other() -> None:
    listed = flowspec("--help").stdout.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed if line.startswith("  ") and line.strip() and line[2] != " "][
        :-1
    ] == COMMANDS


@pytest.mark.parametrize("command", ["plan", "show", "apply", "diff", "targets", "validate", "verify"])
def test_help_names_every_format(command: str) -> None:
    told = " ".join(flowspec(command, "--help").stdout.split())
    formats: dict[str, object] = dict(VIEWS)[{"show": "plan"}.get(command, command)]  # type: ignore[assignment]
    assert f"{' or '.join(formats)}, to standard output" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Usage: flowspec"),
        (["bogus"], "No such command 'bogus'"),
        (["pla"], "No such command 'pla'"),
        (["aply"], "No such command 'aply'"),
        (["apply"], "name the saved plan, or give --rollback"),
        (["plan", "--bogus"], "No such option: --bogus"),
        (["plan", "--fail-on", "fatal"], "'fatal' is not one of 'error', 'warning', 'info'"),
        (["plan", "--max-boxes", "0"], "0 is not in the range x>=1"),
        (["plan", "--max-boxes", "many"], "'many' is not a valid int"),
        (["targets", "-o", "sarif"], "'sarif' is no format. There are: text, json."),
        (["plan", "-o", "text", "-o", "json"], "Only one report can go to standard output"),
        (["plan", "-json", "-o", "text"], "Only one report can go to standard output"),
        (["plan", "--today", "tomorrow"], "'tomorrow' is no day"),
        (["import", "--today", "tomorrow", "-i", "x"], "'tomorrow' is no day"),
        (["plan", "--today", "2026-02-30"], "'2026-02-30' is no day"),
        (["plan", "--shard", "5/4"], "'5/4' is no shard: write I/N with I from 1 to N, as 2/4."),
        (["plan", "--shard", "0/4"], "'0/4' is no shard"),
        (["plan", "--shard", "2"], "'2' is no shard"),
        (["plan", "--shard", "-1/2"], "'-1/2' is no shard"),
        (["plan", "--shard", "٢/٤"], "'٢/٤' is no shard"),
        (["show"], "Missing argument 'PLANFILE...'"),
        (["render", "p"], "Missing option '--dialect'"),
        (["verify"], "Give --vm or --nic, --direction, --protocol, --local, --remote"),
        (["verify", "--vm", "x", "--direction", "Inbound", "--protocol", "TCP", "--local", "10.0.0.4",
          "--remote", "1.2.3.4:5"], "'10.0.0.4' is not IP:PORT"),
        (["verify", "--flows", "-", "--vm", "x"], "leave out --vm"),
        (["verify", "--flows", "-", "-o", "xml"], "'xml' is no format"),
        (["serve", "-i", "x", "--latency", "nan"], "That is no number of seconds"),
        (["serve", "-i", "x", "--latency", "inf"], "That is no number of seconds"),
        (["serve", "-i", "x", "--fault-rate", "nan"], "and no share"),
    ],
)  # fmt: skip
def test_a_usage_error_is_an_error_and_not_drift(arguments: list[str], words: str, tmp_path: Path) -> None:
    done = flowspec(*arguments, cwd=tmp_path, env=LOUD)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in " ".join(done.stderr.split())
    assert "\x1b" not in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_is_130(tmp_path: Path) -> None:
    program = (
        "import sys, flowspec.cli.inputs as i, flowspec.__main__ as m\n"
        "def interrupted(*_): raise KeyboardInterrupt\n"
        "i.load_plan = interrupted\n"
        "import flowspec.cli.saved as s; s.load_plan = interrupted\n"
        "sys.argv = ['flowspec', 'show', 'x']; sys.exit(m.main())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment())
    assert done.returncode == 130
    assert "Traceback" not in done.stderr


def test_a_bug_shows_its_traceback() -> None:
    program = (
        "import sys, flowspec.cli.saved as s, flowspec.__main__ as m\n"
        "def buggy(*_): raise RuntimeError('a bug')\n"
        "s.load_plan = buggy\n"
        "sys.argv = ['flowspec', 'show', 'x']; sys.exit(m.main())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment(LOUD))
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback (most recent call last):")
    assert done.stderr.endswith("RuntimeError: a bug\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "-i", ""),
        ("plan", "-i="),
        ("plan", "--inventory="),
        ("plan", "-i", "net.json", "--out", ""),
        ("plan", "-i", "net.json", "-out="),
        ("plan", "-i", "net.json", "-o", "json="),
        ("plan", "-i", "net.json", "--output=json="),
        ("plan", ""),
        ("validate", ""),
        ("diff", "net.json", ""),
        ("diff", "net.json", "net.json", "--both", ""),
        ("serve", "-i", ""),
        ("render", "plan.json", "--dialect", "az", "--out-dir", ""),
        ("init", ""),
        ("snapshot", "-i", "azure:x", "-o", "json="),
    ],
)
def test_an_empty_argument_is_not_the_folder_that_one_is_in(arguments: tuple[str, ...], tmp_path: Path) -> None:
    lay_out(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    done = flowspec(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert "is empty" in done.stderr or "No such option" in done.stderr, done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_a_variable_may_be_empty(tmp_path: Path) -> None:
    lay_out(tmp_path)
    done = flowspec("validate", "--var", "x=", cwd=tmp_path)
    assert "is empty" not in done.stderr


def test_the_list_of_commands_is_told_whole() -> None:
    """On 80 columns sentences are wrapped, not cut off."""
    listed = flowspec("--help", env={"COLUMNS": "80"}).stdout.partition("Commands:")[2]
    assert "..." not in listed
    told = " ".join(listed.split())
    for command in app.registered_commands:
        assert command.callback is not None and command.callback.__doc__
        assert f"{command.name} {command.callback.__doc__.splitlines()[0]}" in told
