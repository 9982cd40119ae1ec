"""Words that users bring along from Terraform and from NSG rules -> what flowspec has instead."""

from __future__ import annotations

_VARIABLE = {
    "type": "flowspec takes the type of a variable from its default or one_of: leave type out.",
    "validation": 'flowspec has one_of instead: one_of = ["dev", "prod"].',
    "sensitive": "flowspec prints the values of variables: keep secrets out of a spec.",
    "nullable": "A variable is null only where null is its default: leave nullable out.",
    "ephemeral": "Variables are not kept: leave ephemeral out.",
}
_LOOPS = (
    "A block is written once. For many endpoints, one group takes globs, tags or lists; a boundary has each. For many "
    "blocks, have a script write a *.flow.json."
)
_ENDS = "The ends are from and to, which name groups: [group.example]."
_PORTS = "Destination ports are ports, source ports are source_ports: [443]."
_EXPECT = 'Write expect = "Allow" or expect = "Deny".'
_INTENT = {
    **dict.fromkeys(("source", "sources", "src", "destination", "destinations", "dst"), _ENDS),
    **dict.fromkeys(("source_address_prefix", "destination_address_prefix"), _ENDS),
    **dict.fromkeys(("destination_ports", "destination_port", "destination_port_range", "port_range"), _PORTS),
    **dict.fromkeys(("action", "access", "effect"), _EXPECT),
    "priority": "Intents have no order: all of them must hold. What one leaves out stands in its except.",
    "direction": "from and to say the direction.",
    "name": 'The name stands behind the word intent: intent "web-to-db" { … }; in JSON, it is the key.',
}
_TERRAFORM = "A spec holds no infrastructure: leave it in files of its own, *.tf."
_TOP = {
    **dict.fromkeys(("resource", "data", "module", "provider", "output", "moved", "import"), _TERRAFORM),
    "terraform": "The versions that may read a spec stand in flowspec { required_version = … }.",
    "rule": 'A rule to be judged is an intent: intent "web-to-db" { … }.',
}
_ANYWHERE = {
    "count": _LOOPS,
    "for_each": _LOOPS,
    "dynamic": _LOOPS,
    "depends_on": "Blocks have no order, and references need none: leave depends_on out.",
}


_IN = {"": _TOP, "variable": _VARIABLE, "intent": _INTENT}


_ENDPOINTS = {
    "internet": "Every public address is group.public, every address group.any.",
    "*": "Every address is group.any.",
    "any": "Every address is group.any.",
}


def endpoint(word: str) -> str:
    """The advice for a word of NSG rules where a group is named, or nothing."""
    return _ENDPOINTS.get(word.casefold(), "")


def habit(kind: str, name: str) -> str:
    """The advice for an argument or inner block `name` in a block of `kind` ("": at the top), or nothing."""
    return _IN.get(kind, {}).get(name, "") or (_ANYWHERE.get(name, "") if kind else "")
