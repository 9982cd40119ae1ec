"""A file that declares a change -> `DeclaredFlows`: what opens and what closes, between groups and prefixes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowspec.model.spec import DeclaredFlows, Group, Service
from flowspec.spec import hcl, jsonfile
from flowspec.spec.document import Declared, SpecDocument, entries_of, key_of
from flowspec.spec.endpoints import service
from flowspec.spec.form import Form
from flowspec.spec.names import Names, advice
from flowspec.spec.network import BadValue, prefix
from flowspec.spec.source import Refused, SpecText
from flowspec.spec.syntax import Entry, ListNode, MapNode

EFFECTS = ("opens", "closes")
_GROUP = "group."


def read_declared(source: SpecText, document: SpecDocument) -> None:
    """Puts the blocks of the file under their kinds, numbered; what is wrong with it goes to the problems."""
    document.blocks.update({kind: {} for kind in EFFECTS})
    try:
        found = _of_json(source) if source.is_json else _of_hcl(source, document)
        for kind, at, entries in found:
            name = str(len(document.blocks[kind]) + 1)
            document.blocks[kind][name] = Declared(kind=kind, name=name, source=source, at=at, entries=entries)
    except Refused as refused:
        document.lose(source.problem(refused))


def _of_hcl(source: SpecText, document: SpecDocument) -> Iterator[tuple[str, int, tuple[Entry, ...]]]:
    body = hcl.parse(source, EFFECTS, document.problems)
    if not body.is_whole:
        document.torn.add(source.path)
    for entry in body.attributes:
        raise _unknown(entry.at, key_of(entry))
    for block in body.blocks:
        if block.kind not in EFFECTS:
            raise _unknown(block.at, block.kind)
        if block.labels:
            raise Refused(block.labels[0].at, f"A block {block.kind} has no name", f"Write {block.kind} {{ … }}.")
        yield block.kind, block.at, entries_of(block, source, document)


def _of_json(source: SpecText) -> Iterator[tuple[str, int, tuple[Entry, ...]]]:
    root = jsonfile.parse(source)
    if not isinstance(root, MapNode):
        raise Refused(root.at, "A declared change in JSON is an object", 'For example {"opens": [{ … }]}.')
    for entry in root.entries:
        kind = key_of(entry)
        if kind in ("//", "$schema"):
            continue
        if kind not in EFFECTS:
            raise _unknown(entry.at, kind)
        items = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
        for item in items:
            if not isinstance(item, MapNode):
                raise Refused(item.at, f"{kind} must be a list of objects", f'For example {{"{kind}": [{{ … }}]}}.')
            yield kind, item.at, tuple(e for e in item.entries if key_of(e) != "//")


def _unknown(at: int, kind: str) -> Refused:
    return Refused(
        at, f'Unsupported block type "{kind}"', "A declared change holds blocks opens { … } and closes { … }."
    )


def declared_flows(
    forms: Mapping[str, Mapping[str, Form]], named: Mapping[str, Names], services: Mapping[str, Service]
) -> tuple[tuple[DeclaredFlows, ...], dict[str, Group]]:
    """What the blocks declare, and the groups that stand for their prefixes."""
    groups: dict[str, Group] = {}
    found = []
    for effect in EFFECTS:
        for form in forms[effect].values():
            ends = [_end(form, name, named, groups) for name in ("from", "to")]
            asked = _services(form, named, services)
            found.append(
                DeclaredFlows(
                    effect="opens" if effect == "opens" else "closes",
                    sources=ends[0],
                    destinations=ends[1],
                    services=asked,
                    text=_text(form),
                    where=form.where,
                )
            )
    return tuple(found), groups


def _end(form: Form, name: str, named: Mapping[str, Names], groups: dict[str, Group]) -> tuple[str, ...]:
    """The groups of one end; its prefixes are a group of their own, by a name that no block can have."""
    names, prefixes = [], []
    for pointer, item in form.argument(name):
        text = str(item)
        if text.startswith(_GROUP):
            target = text.removeprefix(_GROUP)
            if target in named["group"]:
                names.append(target)
            else:
                form.refuse(pointer, f"{text} is not declared", advice(target, named["group"], "group"))
            continue
        try:
            prefixes.append(prefix(text))
        except BadValue as bad:
            form.refuse(pointer, bad.summary, bad.detail)
    if not names and not prefixes and not form.is_wrong_in((name,)):
        form.refuse((name,), f"{name} is missing or empty", 'Name groups or prefixes: [group.public], ["10.0.0.0/8"].')
    if prefixes:
        own = f"{form.declared.kind} {form.declared.name} {name}"
        groups[own] = Group(name=own, prefixes=tuple(prefixes))
        names.append(own)
    return tuple(names)


def _services(form: Form, named: Mapping[str, Names], services: Mapping[str, Service]) -> tuple[Service, ...]:
    """The services of a block; () where it names none: all flows."""
    if form.has("service"):
        found = form.references("service", ("service",), named)
        return tuple(services[name] for _, name in found if name in services)
    if form.has("protocol"):
        return (service(form),)
    for name in ("ports", "source_ports"):
        if form.has(name):
            form.refuse((name,), f"{name} needs a protocol", 'For example protocol = "Tcp".', of_key=True)
    return ()


def _text(form: Form) -> str:
    """`Tcp 443 from group.public to 10.0.0.0/24`, as it is written."""
    what = " ".join(
        ", ".join(str(item) for _, item in form.argument(name))
        for name in ("service", "protocol", "ports")
        if form.has(name)
    )
    ends = (", ".join(str(item) for _, item in form.argument(name)) for name in ("from", "to"))
    return "{} from {} to {}".format(what or "everything", *ends)
