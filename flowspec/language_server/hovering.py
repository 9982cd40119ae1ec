"""What stands under the cursor -> what it is, and what it comes to in the network as it is now. Plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flowspec.counting import counted
from flowspec.errors import FlowspecError
from flowspec.language_server.names import NameUse, TextNames
from flowspec.model.documents.targets import Target
from flowspec.model.inventory import Inventory
from flowspec.model.spec import GROUP_ANY, GROUP_PUBLIC, Group, Select, Spec
from flowspec.pipeline import PlanOptions, run
from flowspec.reporting.targets import targets_of
from flowspec.sources import locate
from flowspec.spec.document import KINDS, NESTED
from flowspec.spec.schema import Schema, arguments, innermost, whole
from flowspec.spec.source import SpecText, printable

MOST_JUDGED = 2000
"""NICs of a network in which an intent is judged for a hover."""
_LISTED = 20
_LINES = 12
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_PREDECLARED = {
    GROUP_ANY: "group.any: every address.",
    GROUP_PUBLIC: "group.public: every public address that is not the network's own.",
}


@dataclass(frozen=True, slots=True)
class HoverText:
    """The text of a hover, and the part of the file that it is about."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hovering:
    """Answers for one spec, from the names in its texts.

    `spec` brings what it says and `network` its inventory, or None; they are asked only where it takes them.
    """

    names: Sequence[TextNames]
    spec: Callable[[], Spec | None]
    network: Callable[[], Inventory | None]
    today: date

    def at(self, names: TextNames, at: int) -> HoverText | None:
        """What is told at a place of one of the texts; None where there is nothing to tell."""
        use = names.at(at)
        if use is not None:
            text = self._name(use)
            return HoverText(text, use.start, use.end) if text else None
        words = _words_around(names.source.text, at)
        word = next((word for word in words if word.start() <= at <= word.end()), None)
        if word is None:
            return None
        text = self._word(names, word[0], word.start())
        return HoverText(text, word.start(), word.end()) if text else None

    def _word(self, names: TextNames, word: str, at: int) -> str:
        """An argument, or the kind of a block."""
        place = names.place(at)
        if place is None or place.in_text or place.argument or place.quoted != names.source.is_json:
            return ""
        if not place.blocks:
            return _about(whole()["$defs"].get(word, {})) if word in KINDS else ""
        kind = place.blocks[-1]
        schema = arguments("select" if kind in NESTED["group"] else kind).get(word)
        if schema is None:
            return ""
        if kind == "group" and word in NESTED["group"]:
            return _joined([_about(schema), self._selected(names, at)])
        return _about(schema)

    def _name(self, use: NameUse) -> str:
        address = f"{use.kind}.{use.name}"
        if use.kind == "group" and use.name in _PREDECLARED:
            return _PREDECLARED[use.name]
        declared = next(
            (
                (names.source, one)
                for names in self.names
                for one in names.uses
                if one.declares and (one.kind, one.name) == (use.kind, use.name)
            ),
            None,
        )
        if declared is None:
            return ""
        if use.kind not in ("group", "intent", "boundary"):
            return _written(*declared)
        spec = self.spec()
        if spec is None:
            return f"{address}\n\nWhat it comes to is told once the spec has no mistakes."
        if use.kind == "group":
            group = spec.groups.get(use.name)
            return _joined([address, printable(group.description), self._members(spec, use.name)]) if group else ""
        return _joined([address, self._verdict(spec, address)])

    def _selected(self, names: TextNames, at: int) -> str:
        """What one `select` or `exclude` finds by itself; in JSON, where they are a list, all of the list."""
        spec, source = self.spec(), names.source
        if spec is None:
            return ""
        if source.is_json:
            return self._listed(spec, names, at)
        line = source.where(at).line
        for group in spec.groups.values():
            for select in (*group.selects, *group.excludes):
                if select.where and (select.where.file, select.where.line) == (source.path, line):
                    return self._found_by(spec, group, (select,))
        return ""

    def _listed(self, spec: Spec, names: TextNames, at: int) -> str:
        declared = [use.name for use in names.uses if use.declares and use.kind == "group" and use.at < at]
        if not declared:
            return ""
        group = spec.groups.get(declared[-1])
        if group is None:
            return ""
        is_exclude = names.source.text.startswith("exclude", at)
        return self._found_by(spec, group, group.excludes if is_exclude else group.selects)

    def _found_by(self, spec: Spec, group: Group, selects: tuple[Select, ...]) -> str:
        alone = Group(name=group.name, selects=selects, where=group.where)
        return self._members(replace(spec, groups={group.name: alone}), group.name)

    def _members(self, spec: Spec, name: str) -> str:
        """What a group comes to in the network."""
        try:
            inventory = self.network()
        except FlowspecError as error:
            return f"The inventory can't be read: {printable(error.problems[0].summary)}"
        if inventory is None:
            return _NO_NETWORK
        one = replace(spec, groups={name: spec.groups[name]}, intents={}, boundaries={})
        return _veiled(_counted(targets_of(one, inventory, locate).groups[0]), inventory)

    def _verdict(self, spec: Spec, address: str) -> str:
        """What an intent or a boundary comes to in the network."""
        kind, _, name = address.partition(".")
        block = (spec.intents if kind == "intent" else spec.boundaries).get(name)
        if block is None:
            return ""
        if not block.enabled:
            return "It is not enabled, so it is not judged."
        try:
            inventory = self.network()
            if inventory is None:
                return _NO_NETWORK
            if len(inventory.nics) > MOST_JUDGED:
                return f"The network is large: flowspec plan --target {address} judges it."
            report = run(spec, inventory, PlanOptions(today=self.today, targets=(address,)))
        except FlowspecError as error:
            return f"It can't be judged: {printable(error.problems[0].summary)}"
        result = next((one for one in report.intents if one.address == address), None)
        if result is None:
            return ""
        told = [printable(problem.summary) for problem in result.problems[:_LISTED]]
        lines = [f"Now {result.status}; flowspec plan --target {address} says why.", *told]
        return _veiled("\n".join(lines), inventory)


_NO_NETWORK = "What it comes to is told where the spec, or flowspec lsp -i, names an inventory of files."


def _counted(target: Target) -> str:
    """How many NICs and subnets, and the first of them by name."""
    lines = []
    for what, ids in (("NIC", target.nics), ("subnet", target.subnets)):
        if ids:
            names = ", ".join(printable(one.rpartition("/")[2]) for one in ids[:_LISTED])
            more = f", and {len(ids) - _LISTED} more" if len(ids) > _LISTED else ""
            lines.append(f"Now {counted(len(ids), what)}: {names}{more}")
    if target.maybe:
        lines.append(f"And {len(target.maybe)} of which it is not known: {printable(target.maybe[0].reason)}")
    addresses = [printable(text) for text in (*target.prefixes, *target.service_tags, *target.frontends)]
    lines += [", ".join(addresses[:_LISTED])] if addresses else []
    lines += [f"{printable(one.summary)}. {printable(one.detail)}".strip() for one in target.problems]
    return "\n".join(lines) or "Now nothing."


def _veiled(text: str, inventory: Inventory) -> str:
    for secret in sorted(inventory.sensitive, key=len, reverse=True):
        text = text.replace(secret, "(sensitive)")
    return text


def _written(source: SpecText, use: NameUse) -> str:
    """The block that declares a name as it is written, its first lines."""
    text = source.text
    if use.kind == "local":
        return text[use.start - source.is_json :].partition("\n")[0]
    begin = use.start - 1 if source.is_json else text.rfind("\n", 0, use.start) + 1
    lines = text[begin:].split("\n", _LINES)[:_LINES]
    end = next((at for at, line in enumerate(lines) if line.startswith("}")), _LINES)
    return "\n".join(lines[: end + 1])


def _about(schema: Schema) -> str:
    """What an argument is for, and what it takes."""
    takes = innermost("errorMessage", [schema])
    examples = [repr(one).replace("'", '"') for one in schema.get("examples", ())]
    return _joined([
        str(schema.get("description") or schema.get("title") or ""),
        f"It {takes}." if takes else "",
        f"For example {' or '.join(examples)}." if examples else "",
    ])  # fmt: skip


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _words_around(text: str, at: int) -> Iterable[re.Match[str]]:
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return _WORD.finditer(text, start, len(text) if end < 0 else end)
