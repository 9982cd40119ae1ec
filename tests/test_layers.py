"""Who may import whom: every import of the package against a page of sentences, the house read from the ground up."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import flowspec

PACKAGE = Path(flowspec.__file__).parent


@dataclass(frozen=True)
class Room:
    """A folder, or a file beside them: what it is for, the rooms it may look into, and the libraries it may use.

    `lazily`: rooms and libraries that only the inside of a function may import.
    """

    does: str
    rooms: str = ""
    libraries: str = ""
    lazily: str = ""


ROOMS = {
    "version": Room("names the version"),
    "errors": Room("says what is wrong: where, what, what to do"),
    "schema_files": Room("finds the schemas and the page of reasons that the package ships"),
    "counting": Room("words numbers of things"),
    "reading": Room("reads a file, bounded"),
    "revision": Room("reads files of a git revision", "errors reading"),
    "json_escapes": Room("makes JSON safe to look at"),
    "sets": Room("counts, cuts and joins flows; knows nothing of Azure", libraries="oxidd"),
    "model": Room("holds the inventory, the spec and the documents, values only", "sets errors", "msgspec"),
    "network": Room("knows what Azure makes of an inventory", "sets model"),
    "policy": Room("knows who judges a NIC", "sets model network"),
    "decide": Room("decides sets of flows by a policy", "sets model policy", "numpy oxidd"),
    "ipflowverify": Room(
        "answers one flow, or arrays of them, as Azure would",
        "sets model network policy decide json_escapes errors", libraries="msgspec numpy",
    ),
    "intents": Room("judges a spec against a network", "sets model network policy decide errors counting"),
    "fixes": Room("proposes and proves changes", "sets model network policy decide intents counting"),
    "comparison": Room("finds what differs between two networks", "sets model network policy decide", "oxidd"),
    "reporting": Room(
        "writes documents", "sets model network policy decide intents fixes comparison errors version counting",
    ),
    "coverage": Room(
        "says what a spec does not speak about", "sets model policy decide network intents reporting version", "msgspec"
    ),
    "gating": Room(
        "says whether a change passes",
        "sets model intents comparison reporting errors json_escapes version counting",
        "msgspec",
    ),
    "linting": Room(
        "says which rules could go, and what hangs loose",
        "sets model network policy decide intents fixes comparison reporting errors version",
        "msgspec oxidd",
    ),
    "spec": Room(
        "reads specs", "sets model reading revision errors schema_files version counting", "jsonschema jsonschema_rs",
    ),
    "azure": Room("talks to Azure, and alone knows its SDK", "model errors version", "azure"),
    "arm": Room("evaluates ARM templates; runs nothing", "model errors"),
    "terraform": Room(
        "draws Terraform's plans and states as Azure resources", "model errors reading",
        "tree_sitter", lazily="tree_sitter_hcl",
    ),
    "sources": Room("reads inventories", "sets model reading errors arm terraform counting", "msgspec", lazily="azure"),
    "verifiers": Room(
        "holds predictions to ipFlowVerify's answers",
        "sets model policy decide intents reporting reading errors counting",
        "msgspec", lazily="azure",
    ),
    "applying": Room(
        "brings a plan into Azure step by step, and back",
        "model fixes reporting ipflowverify sources verifiers reading errors version counting",
        "msgspec", lazily="azure",
    ),
    "patches": Room(
        "renders changes in a dialect", "model reading errors counting", "jinja2 msgspec tree_sitter tree_sitter_hcl"
    ),
    "views": Room("draws documents", "model json_escapes schema_files errors counting", "msgspec", lazily="patches"),
    "server": Room(
        "is the network's twin", "sets model network policy ipflowverify sources errors", "starlette trustme uvicorn"
    ),
    "snapshots": Room("writes a network that was read as Azure's JSON", "model sources server version"),
    "importing": Room(
        "writes a spec of what a network permits",
        "sets model network policy intents coverage reporting spec errors counting",
    ),
    "workers": Room("has other processes decide", "model intents version"),
    "explaining": Room(
        "says why a flow fares as it does",
        "sets model network policy decide intents ipflowverify reporting errors version counting",
        "msgspec",
    ),
    "pipeline": Room(
        "runs a plan from end to end",
        "model intents fixes comparison reporting gating linting explaining workers verifiers sources errors",
    ),
    "language_server": Room(
        "answers editors while a spec is written",
        "spec model sources reporting pipeline reading errors version counting",
        "lsprotocol pygls",
    ),
    "__init__": Room(
        "is the public API, each part loaded when it is used", "version errors model ipflowverify",
        lazily="spec sources reporting pipeline views",
    ),
    "shards": Room("merges plans made in parts", "model verifiers reporting errors", "msgspec"),
    "cli": Room(
        "is the command line, and alone prints",
        "errors reading revision model reporting ipflowverify patches views sources verifiers spec counting"
        " server snapshots pipeline workers shards applying gating explaining language_server coverage importing"
        " version",
        "typer distributed",
        lazily="azure __init__ watchfiles",
    ),
    "__main__": Room("starts the command line", lazily="version cli"),
}  # fmt: skip


@dataclass(frozen=True)
class Import:
    """`inside` the module of flowspec that is imported, or `outside` another package; `lazy` when in a function."""

    file: Path
    line: int
    inside: str = ""
    outside: str = ""
    lazy: bool = False

    @property
    def room(self) -> str:
        return room_of(self.inside)


def name_of(file: Path) -> str:
    """`flowspec/sets/flows.py` -> `sets.flows`."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


FILES = {name_of(file): file for file in sorted(PACKAGE.rglob("*.py"))}


def room_of(module: str) -> str:
    return module.partition(".")[0]


@cache
def imports(file: Path) -> tuple[Import, ...]:
    """Every import of a file, those in functions too."""
    return tuple(_imports(file))


def _imports(file: Path) -> Iterator[Import]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lazy = {id(inner) for function in functions for inner in ast.walk(function)}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            package, _, rest = name.partition(".")
            if package == "flowspec":
                module = rest if rest in FILES else rest.rpartition(".")[0] or "__init__"
                yield Import(file, node.lineno, inside=module, lazy=id(node) in lazy)
            elif package not in sys.stdlib_module_names:
                yield Import(file, node.lineno, outside=package, lazy=id(node) in lazy)


def is_allowed(found: Import, here: str) -> bool:
    room = ROOMS[here]
    if found.outside:
        return found.outside in room.libraries.split() or (found.lazy and found.outside in room.lazily.split())
    looks_into = found.room
    if looks_into == here:
        return True
    return looks_into in room.rooms.split() or (found.lazy and looks_into in room.lazily.split())


@pytest.mark.parametrize("module", FILES)
def test_a_module_imports_only_what_its_room_may(module: str) -> None:
    here = room_of(module)
    assert here in ROOMS, f"{here} has no line in the table"
    wrong = [found for found in imports(FILES[module]) if not is_allowed(found, here)]
    assert not wrong, "\n".join(f"{w.file}:{w.line}: {here} imports {w.inside or w.outside}" for w in wrong)


def test_every_line_of_the_table_is_needed() -> None:
    found = [(room_of(module), one) for module, file in FILES.items() for one in imports(file)]
    used = {(here, one.room if one.inside else one.outside) for here, one in found}
    allowed = {(here, name) for here, room in ROOMS.items()
               for name in f"{room.rooms} {room.libraries} {room.lazily}".split()}  # fmt: skip
    assert allowed - used == set()
    assert all(room.does for room in ROOMS.values())


def test_the_page_reads_from_the_ground_up() -> None:
    """A room looks only into rooms that stand above it on the page: what they are for has been read by then."""
    page = list(ROOMS)
    for at, (here, room) in enumerate(ROOMS.items()):
        ahead = set(page[at:]) & set(f"{room.rooms} {room.lazily}".split())
        assert not ahead, f"{here} comes before {sorted(ahead)}"


def circle(arrows: Mapping[str, Iterable[str]]) -> list[str]:
    """What stands in a circle, and what is above one; empty where there is none."""
    left = {here: set(there) - {here} for here, there in arrows.items()}
    while free := [here for here, there in left.items() if not there & set(left)]:
        for here in free:
            del left[here]
    return sorted(left)


def test_no_file_and_no_room_stands_in_a_circle() -> None:
    """Arrows that only a function follows count too."""
    files = {module: {one.inside for one in imports(file) if one.inside in FILES} for module, file in FILES.items()}
    assert circle(files) == []
    rooms: dict[str, set[str]] = {}
    for module, there in files.items():
        rooms.setdefault(room_of(module), set()).update(map(room_of, there))
    assert circle(rooms) == []


def test_no_room_is_a_hall() -> None:
    """At most 15 % of all lines."""
    lines = Counter[str]()
    for module, file in FILES.items():
        lines[room_of(module)] += len(file.read_text("utf-8").splitlines())
    room, largest = lines.most_common(1)[0]
    assert largest <= 0.15 * lines.total(), f"{room} holds {largest} of {lines.total()} lines"


def test_only_the_documents_of_the_model_know_a_library() -> None:
    users = {module for module, file in FILES.items() for found in imports(file) if found.outside}
    assert {module for module in users if room_of(module) == "model"} <= {"model.documents.values"}


def test_only_the_cli_prints_or_exits() -> None:
    for module, file in FILES.items():
        if room_of(module) in ("cli", "__main__"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            assert name not in ("print", "exit", "sys.exit", "os._exit", "sys.stdout.write"), f"{file}:{node!r}"
