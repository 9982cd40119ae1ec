"""Words of a command line -> what the Azure CLI takes them for, by its own code: a program.

Standard input: a list of command lines as JSON, each `[FOLDER, "network", "nsg", "rule", "create", "--name", …]`.
Standard output: for each the values by option, as they would be sent.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import sys
from pathlib import Path
from typing import Any


def commands(packages: str) -> dict[str, Any]:
    """The classes of the three commands. Two are refined in a module that takes five seconds to import: only their
    definitions are taken of it."""
    from azure.cli.command_modules.network.aaz.latest.network.nsg.rule._create import Create
    from azure.cli.command_modules.network.aaz.latest.network.nsg.rule._delete import Delete
    from azure.cli.command_modules.network.aaz.latest.network.nsg.rule._update import Update

    module = Path(packages, "azure/cli/command_modules/network/custom.py")
    wanted = ("NSGRuleCreate", "NSGRuleUpdate")
    tree = ast.parse(module.read_text("utf-8"))
    tree.body = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name in wanted]
    names: dict[str, Any] = {"_NSGRuleCreate": Create, "_NSGRuleUpdate": Update}
    exec(compile(tree, str(module), "exec"), names)
    return {"create": names["NSGRuleCreate"], "update": names["NSGRuleUpdate"], "delete": Delete}


def main(packages: str) -> None:
    sys.path.insert(0, packages)
    from azure.cli.core.aaz.exceptions import AAZUnregisteredArg
    from azure.cli.core.commands import _pre_command_table_create

    schemas, parsers = {}, {}
    for word, command in commands(packages).items():
        schema = schemas[word] = command._build_arguments_schema()
        parser = parsers[word] = argparse.ArgumentParser(prog=f"az network nsg rule {word}")
        parser.add_argument("--subscription")
        for name, field in schema._fields.items():
            try:
                argument = field.to_cmd_arg(name)
            except AAZUnregisteredArg:
                continue
            settings = {key: value for key, value in argument.type.settings.items()
                        if key in ("nargs", "action", "required", "choices", "dest")}  # fmt: skip
            parser.add_argument(*argument.type.settings["options_list"], **settings)

    class Context:
        refresh_request_id = staticmethod(lambda: None)

    made = []
    for folder, *call in json.load(sys.stdin):
        os.chdir(folder)
        assert call[:3] == ["network", "nsg", "rule"], call
        word, words = call[3], _pre_command_table_create(Context, call[4:])
        space = vars(parsers[word].parse_args(words))
        values = schemas[word]()
        for name, operations in space.items():
            if hasattr(operations, "apply"):
                operations.apply(values, name)
        made.append({"command": word, "subscription": space["subscription"], **values.to_serialized_data()})
    json.dump(made, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
