"""An expression and what its template has -> its value; never more than that: no code of a template is run.

What is not known spreads: a function of it is not known either, but `if` and `coalesce` look only at what they need,
and texts keep the parts that are known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from flowspec.arm.arrays import ARRAYS, bool_, held
from flowspec.arm.expressions import Constant, ExpressionError, PartOf, TemplateCall, Tree, parsed
from flowspec.arm.texts import TEXTS, MistakenArgumentError, NotToldError
from flowspec.arm.values import Json, Settings, Steps, Unknown, hole, is_partial, short, unknown_in, words_of

TAKES_PARTS = frozenset(("concat", "format", "tolower", "toupper", "trim", "replace"))
"""Functions that make a text of texts: an argument that is not known leaves a gap in it."""
WHOLE = frozenset(("string", "join", "sort"))
"""Functions that look at all parts of what they are given."""
MADE_UP = frozenset(("uniquestring", "guid", "newguid", "utcnow"))
"""Functions whose result is one word that stands for itself."""
SPELLED = {"uniquestring": "uniqueString", "newguid": "newGuid", "utcnow": "utcNow"}
MOST_LAMBDA_VARIABLES = 8


class Surroundings(Protocol):
    """What functions ask the template and its deployment for."""

    def named(self, function: str, arguments: tuple[Json, ...]) -> Json:
        """What `parameters`, `variables`, `reference`, `resourceId` and their like come to; KeyError for others."""


@dataclass(frozen=True, slots=True)
class Loops:
    """The copy loops around an expression: name -> its index; the last is the one without a name."""

    indexes: tuple[tuple[str, int], ...] = ()

    def inside(self, name: str, index: int) -> Loops:
        return Loops((*self.indexes, (name.casefold(), index)))


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Evaluates expressions of one template."""

    around: Surroundings
    steps: Steps
    loops: Loops = Loops()
    variables: Mapping[str, Json] = field(default_factory=dict)
    """Of a lambda, or the parameters of a user's function."""

    def text(self, expression: str) -> Json:
        """The value of a text in brackets; what can't be known says which expression stopped it."""
        try:
            found = self.value(parsed(expression))
        except ExpressionError as error:
            return Unknown(short(expression), f"{quoted(expression)} can't be read: {error}")
        if isinstance(found, Unknown) and quoted(expression)[1:-1] not in found.why:
            return replace(found, why=f"{quoted(expression)}: {found.why}")
        return found

    def value(self, tree: Tree) -> Json:
        self.steps.spend()
        match tree:
            case Constant(value):
                return value
            case PartOf():
                return self.part(tree)
            case TemplateCall(name, arguments):
                return self.call(name, arguments)

    def part(self, tree: PartOf) -> Json:
        of, at = self.value(tree.of), self.value(tree.at)
        for one in (of, at):
            if isinstance(one, Unknown):
                return one.of(f"{self.words(of)}{self.step(at)}")
        return self.member(of, at, safe=tree.safe)

    def member(self, of: Json, at: Json, *, safe: bool = False) -> Json:
        """A property or an item; what a template does not set of a resource is not known."""
        words = f"{of.words if isinstance(of, Settings) else ''}{self.step(at)}"
        if isinstance(of, dict) and isinstance(at, str):
            if is_partial(at):
                return Unknown(short(words), f"{words} is not known before the deployment")
            spelled = held(of, at)
            if spelled is not None:
                return inner(of, of[spelled], words)
            if isinstance(of, Settings):
                return Unknown(short(words), f"{words} is known only after the deployment")
            return None if safe else Unknown(short(words), f"there is no property {at!r}")
        if isinstance(of, list) and type(at) is int:
            if 0 <= at < len(of):
                return of[at]
            return None if safe else Unknown(short(words), f"there is no item {at} among {len(of)}")
        if of is None and safe:
            return None
        if isinstance(of, str) and is_partial(of):
            return Unknown(short(f"{self.words(of)}{self.step(at)}"), f"{of} is not known before the deployment")
        return Unknown(short(f"{self.words(of)}{self.step(at)}"), f"{self.step(at)} is asked of what has no parts")

    def step(self, at: Json) -> str:
        return f".{at}" if isinstance(at, str) else f"[{self.words(at)}]"

    def words(self, value: Json) -> str:
        return words_of(value, self.steps)

    def call(self, name: str, trees: tuple[Tree, ...]) -> Json:
        """A function: one that looks at its arguments itself, one that asks the template, or any other."""
        lazy = LAZY.get(name)
        if lazy is not None:
            return lazy(self, trees)
        arguments = tuple(map(self.value, trees))
        if name in MADE_UP:
            return hole(self.worded(name, arguments))
        try:
            return self.around.named(name, arguments)
        except KeyError:
            return self.function(name, arguments)

    def worded(self, name: str, arguments: tuple[Json, ...]) -> str:
        """A function with its arguments, in words that no other value has."""
        return short(f"{SPELLED.get(name, name)}({', '.join(map(self.words, arguments))})")

    def function(self, name: str, arguments: tuple[Json, ...]) -> Json:
        """One of the functions that need nothing but their arguments."""
        function = TEXTS.get(name) or ARRAYS.get(name)
        if function is None:
            return Unknown(self.worded(name, arguments), f"{name}() is known only after the deployment, if at all")
        if name in TAKES_PARTS and not any(isinstance(one, (list, dict)) for one in arguments):
            arguments = tuple(hole(one.words) if isinstance(one, Unknown) else one for one in arguments)
        stopped = next((one for one in arguments if isinstance(one, Unknown)), None)
        if name in WHOLE and stopped is None:
            stopped = next(filter(None, (unknown_in(one, self.steps) for one in arguments)), None)
        if stopped is not None and name not in TOLERANT:
            return stopped.of(self.worded(name, arguments))
        self.steps.spend(sum(len(one) for one in arguments if isinstance(one, (str, list, dict))) // 8)
        try:
            return function(*arguments)
        except NotToldError:
            why = next(filter(None, (unknown_in(one, self.steps) for one in arguments)), None)
            words = self.worded(name, arguments)
            return Unknown(words, why.why if why else f"{words} is not known before the deployment")
        except MistakenArgumentError as error:
            words = self.worded(name, arguments)
            return Unknown(words, f"{words}: {error}")
        except TypeError:
            words = self.worded(name, arguments)
            return Unknown(words, f"{words} has too few or too many arguments")

    def bound(self, names: Mapping[str, Json]) -> Evaluator:
        return replace(self, variables={**self.variables, **names})


TOLERANT = frozenset(("createarray", "createobject", "array"))
"""Functions that put what they are given into something, whatever it is."""


def inner(of: dict[str, Any], value: Json, words: str) -> Json:
    """A part of what a template sets of a resource is only what it sets, too."""
    if isinstance(of, Settings):
        if isinstance(value, dict):
            return Settings(value, words)
        if isinstance(value, list):
            return [inner(of, item, f"{words}[{at}]") for at, item in enumerate(value)]
    return value


def quoted(expression: str) -> str:
    return expression if len(expression) <= 160 else f"{expression[:120]}…{expression[-30:]}"


def _if(here: Evaluator, trees: tuple[Tree, ...]) -> Json:
    if len(trees) != 3:
        return Unknown("if()", "if takes a condition and two values")
    condition = here.value(trees[0])
    if isinstance(condition, Unknown):
        both = [here.value(tree) for tree in trees[1:]]
        if not isinstance(both[0], (Unknown, dict, list)) and type(both[0]) is type(both[1]) and both[0] == both[1]:
            return both[0]
        return condition.of(f"if({', '.join(map(here.words, (condition, *both)))})")
    try:
        return here.value(trees[1 if bool_(condition) else 2])
    except (MistakenArgumentError, NotToldError):
        return Unknown("if()", f"the condition {here.words(condition)} is neither true nor false")


def _junction(ends: bool) -> Callable[[Evaluator, tuple[Tree, ...]], Json]:
    """`and`, `or`: one argument may decide, whatever is not known of the others."""

    def decide(here: Evaluator, trees: tuple[Tree, ...]) -> Json:
        unsure: Unknown | None = None
        for tree in trees:
            found = here.value(tree)
            if isinstance(found, Unknown):
                unsure = unsure or found
                continue
            try:
                if bool_(found) is ends:
                    return ends
            except (MistakenArgumentError, NotToldError):
                unsure = unsure or Unknown(here.words(found), f"{here.words(found)} is neither true nor false")
        return unsure.of(f"{'or' if ends else 'and'}({unsure.words}, …)") if unsure else not ends

    return decide


def _coalesce(here: Evaluator, trees: tuple[Tree, ...]) -> Json:
    for tree in trees:
        found = here.value(tree)
        if found is not None:
            return found
    return None


def _try_get(here: Evaluator, trees: tuple[Tree, ...]) -> Json:
    """The value that the names and indexes lead to; null where there is none."""
    found = here.value(trees[0]) if trees else None
    for tree in trees[1:]:
        at = here.value(tree)
        stopped = next((one for one in (found, at) if isinstance(one, Unknown)), None)
        if stopped is not None:
            return stopped.of(f"tryGet({here.words(found)}, {here.words(at)})")
        if found is None:
            return None
        found = here.member(found, at, safe=True)
    return found


def _copy_index(here: Evaluator, trees: tuple[Tree, ...]) -> Json:
    arguments = [here.value(tree) for tree in trees]
    name = arguments.pop(0).casefold() if arguments and isinstance(arguments[0], str) else None
    offset = arguments.pop(0) if arguments else 0
    known = here.loops.indexes
    index = known[-1][1] if known and name is None else next((at for loop, at in reversed(known) if loop == name), None)
    if index is None or type(offset) is not int or arguments:
        return Unknown("copyIndex()", f"there is no copy loop {name or ''} around copyIndex()")
    return index + offset


def _lambda_variables(here: Evaluator, trees: tuple[Tree, ...]) -> Json:
    name = here.value(trees[0]) if trees else None
    if isinstance(name, str) and name.casefold() in here.variables:
        return here.variables[name.casefold()]
    return Unknown("lambdaVariables()", f"there is no lambda variable {name!r}")


def _looping(name: str) -> Callable[[Evaluator, tuple[Tree, ...]], Json]:
    """`map`, `filter`, `reduce`, `toObject`, `sort`: a lambda for each item."""

    def loop(here: Evaluator, trees: tuple[Tree, ...]) -> Json:
        values = [tree if _is_lambda(tree) else here.value(tree) for tree in trees]
        plain = [one for one in values if not isinstance(one, TemplateCall)]
        calls = [one for one in values if isinstance(one, TemplateCall)]
        words = short(f"{name}({', '.join(map(here.words, plain))}, …)")
        if plain and isinstance(plain[0], Unknown):
            return plain[0].of(words)
        if not plain or not isinstance(plain[0], list) or not calls:
            return Unknown(words, f"{words} takes an array and a lambda")
        found = LOOPS[name](here, plain, calls)
        return found.of(words) if isinstance(found, Unknown) else found

    return loop


def _is_lambda(tree: Tree) -> bool:
    return isinstance(tree, TemplateCall) and tree.name == "lambda"


def _applied(here: Evaluator, made: TemplateCall, *values: Json) -> Json:
    """A lambda for some values: its last argument is the expression, those before it name its variables."""
    *names, body = made.arguments[: MOST_LAMBDA_VARIABLES + 1]
    named = {here.value(name).casefold(): value for name, value in zip(names, values, strict=False)}
    return here.bound(named).value(body)


def _map(here: Evaluator, given: list[Json], calls: list[TemplateCall]) -> Json:
    with_index = len(calls[0].arguments) > 2
    return [_applied(here, calls[0], item, *([at] if with_index else [])) for at, item in enumerate(given[0])]


def _filter(here: Evaluator, given: list[Json], calls: list[TemplateCall]) -> Json:
    kept: list[Json] = []
    for at, item in enumerate(given[0]):
        keep = _applied(here, calls[0], item, at)
        if isinstance(keep, Unknown):
            return keep
        if keep is True:
            kept.append(item)
    return kept


def _reduce(here: Evaluator, given: list[Json], calls: list[TemplateCall]) -> Json:
    found = given[1] if len(given) > 1 else None
    for at, item in enumerate(given[0]):
        found = _applied(here, calls[0], found, item, at)
    return found


def _to_object(here: Evaluator, given: list[Json], calls: list[TemplateCall]) -> Json:
    found: dict[str, Json] = {}
    for item in given[0]:
        name = _applied(here, calls[0], item)
        if isinstance(name, Unknown):
            return name
        found[str(name)] = _applied(here, calls[1], item) if len(calls) > 1 else item
    return found


def _sort(here: Evaluator, given: list[Json], calls: list[TemplateCall]) -> Json:
    """By insertion: the lambda says of two whether the first comes first."""
    found: list[Json] = []
    for item in given[0]:
        at = len(found)
        while at:
            before = _applied(here, calls[0], item, found[at - 1])
            if isinstance(before, Unknown):
                return before
            if before is not True:
                break
            at -= 1
        found.insert(at, item)
    return found


LOOPS: dict[str, Callable[[Evaluator, list[Json], list[TemplateCall]], Json]] = {
    "map": _map, "filter": _filter, "reduce": _reduce, "toobject": _to_object, "sort": _sort,
}  # fmt: skip
LAZY: dict[str, Callable[[Evaluator, tuple[Tree, ...]], Json]] = {
    "if": _if, "and": _junction(False), "or": _junction(True), "coalesce": _coalesce, "tryget": _try_get,
    "copyindex": _copy_index, "lambdavariables": _lambda_variables, **{name: _looping(name) for name in LOOPS},
}  # fmt: skip
