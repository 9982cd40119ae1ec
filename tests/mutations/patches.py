"""Mistakes in what renders changes: quoting, refusals, bounds."""

from __future__ import annotations

from tests.mutations.mutation import planted

AZ = "tests/patches/test_az.py"
TERRAFORM = "tests/patches/test_terraform.py"
BICEP = "tests/patches/test_bicep.py"
ARM = "tests/patches/test_arm.py"
POWERSHELL = "tests/patches/test_powershell.py"
IN_PLACE = "tests/patches/test_in_place.py"
RENDER = "tests/patches/test_render.py"
BOUNDED = "tests/patches/test_bounded.py"

MISTAKES = (
    planted(
        "patches: a value in place that is not what was planned on",
        "patches/tf_edits.py",
        "if literal is None or not _same(",
        "if literal is None and not _same(",
        IN_PLACE,
    ),
    planted(
        "patches: the NSG of another group in place",
        "patches/tf_edits.py",
        "group is None or key(group) == key(self._item.resource_group)\n        )\n\n    def _is_of_the_nsg",
        "True\n        )\n\n    def _is_of_the_nsg",
        IN_PLACE,
    ),
    planted(
        "patches: the last inline rule left in Azure",
        "patches/tf_edits.py",
        "elif self._blocks == [block]:",
        "elif self._blocks == []:",
        IN_PLACE,
    ),
    planted(
        "patches: one block for several rules",
        "patches/tf_edits.py",
        "if not found[0].is_one:",
        "if not found:",
        IN_PLACE,
    ),
    planted(
        "patches: a part of the changes in place",
        "patches/tf_edits.py",
        "    if problems:\n",
        "    if len(problems) > 1:\n",
        IN_PLACE,
    ),
    planted(
        "patches: a rule that is named elsewhere",
        "patches/tf_edits.py",
        "            if named:\n",
        "            if named is None:\n",
        IN_PLACE,
    ),
    planted("patches: a cut proof in place", "patches/in_place.py", "    refuse_unproved(report)\n", "", IN_PLACE),
    planted(
        "patches: a curly quote in PowerShell",
        "patches/quoting.py",
        'r"[ -~]+|[^ -~]"',
        'r"[ -~\u2019]+|[^ -~]"',
        POWERSHELL,
    ),
    planted("patches: a quote in PowerShell", "patches/quoting.py", """part.replace("'", "''")""", "part", POWERSHELL),
    planted("patches: a name of Az.Network that is a pattern", "patches/__init__.py", r"[*?\[\]`]", r"[*]", POWERSHELL),
    planted(
        "patches: half a script in another code page", "patches/quoting.py", 'f"<U+{ord(c):04X}>"', "c", POWERSHELL
    ),
    planted("patches: ${ opens a Bicep expression", "patches/quoting.py", '.replace("${", r"\\${")', "", BICEP),
    planted("patches: a quote in Bicep", "patches/quoting.py", """{**_ESCAPES, "'": "\\\\'"}""", "_ESCAPES", BICEP),
    planted(
        "patches: a string of ARM that is an expression",
        "patches/quoting.py",
        'if value.startswith("[") and value.endswith("]") else value',
        'if value.startswith("[[") else value',
        ARM,
    ),
    planted(
        "patches: a string of ARM with a bracket too many",
        "patches/quoting.py",
        'if value.startswith("[") and value.endswith("]") else value',
        'if value.startswith("[") else value',
        ARM,
    ),
    planted(
        "patches: a quote in an ARM expression",
        "patches/quoting.py",
        """doubled = value.replace("'", "''")""",
        "doubled = value",
        ARM,
    ),
    planted(
        "patches: rules deployed all at once",
        "patches/item.py",
        "waits_for=last, is_last",
        "waits_for=None, is_last",
        BICEP,
        ARM,
    ),
    planted(
        "patches: changes in the order of the intents",
        "patches/item.py",
        "key=_Order(report)",
        "key=lambda change: 0",
        BICEP,
        ARM,
    ),
    planted(
        "patches: steps that are only on the way left out",
        "patches/item.py",
        "    if not report.steps:\n",
        "    if report.steps:\n",
        AZ,
        POWERSHELL,
    ),
    planted(
        "patches: two resource groups in one deployment",
        "patches/__init__.py",
        "(key(item.subscription), key(item.resource_group)), []",
        '(key(item.subscription), ""), []',
        BICEP,
    ),
    planted("patches: %{ opens a template", "patches/quoting.py", 'r"([$%])(?=', 'r"([$])(?=', TERRAFORM),
    planted("patches: ${ opens a template", "patches/quoting.py", 'r"([$%])(?=', 'r"([%])(?=', TERRAFORM),
    planted("patches: a backslash not escaped in HCL", "patches/quoting.py", '"\\\\": "\\\\\\\\", ', "", TERRAFORM),
    planted(
        "patches: a backslash not escaped in bash",
        "patches/quoting.py",
        'if character in "\\\\\'":',
        'if character in "\'":',
        AZ,
    ),
    planted(
        "patches: a control character in the shell as it is",
        "patches/quoting.py",
        "shlex.quote(text) if text.isprintable() else",
        "shlex.quote(text) if text else",
        AZ,
    ),
    planted("patches: NUL in the shell", "patches/quoting.py", 'if "\\0" in text:', 'if "\\0\\0" in text:', AZ),
    planted(
        "patches: a value that is taken for an option",
        "patches/az.py",
        '    return f"{name}={shell(_quoted(text) if text else text)}"',
        '    return f"{name} {shell(_quoted(text) if text else text)}"',
        AZ,
    ),
    planted(
        "patches: a value that az reads from a file",
        "patches/az.py",
        'r"[A-Za-z0-9*][^=@]*"',
        'r"[A-Za-z0-9*@][^@]*"',
        AZ,
    ),
    planted("patches: null for az", "patches/az.py", '_NULL = "null"', '_NULL = "nil"', AZ),
    planted("patches: a quote for az", "patches/az.py", """text.replace("'", "'/")""", "text", AZ),
    planted(
        "patches: a list that az reads in its own way",
        "patches/az.py",
        "if all(_PLAIN_ITEM.fullmatch(item)",
        "if all(_PLAIN.fullmatch(item)",
        AZ,
    ),
    planted(
        "patches: a subscription that names a file",
        "patches/az.py",
        'if value.startswith("@"):',
        'if value.startswith("@@"):',
        AZ,
    ),
    planted(
        "patches: az in a folder that has files",
        "patches/templates/az.sh.j2",
        'cd "$empty"',
        'echo "$empty" > /dev/null',
        AZ,
    ),
    planted(
        "patches: a comment that ends",
        "patches/quoting.py",
        'c if c.isprintable() else "\\N{REPLACEMENT CHARACTER}"',
        "c",
        AZ,
        TERRAFORM,
    ),
    planted(
        "patches: enum values by letter case",
        "patches/quoting.py",
        "_SPELLINGS.get(value.casefold(), value)",
        "_SPELLINGS.get(value, value)",
        TERRAFORM,
        AZ,
    ),
    planted(
        "patches: a cut proof rendered",
        "patches/patch.py",
        "        if change.proof.truncated\n",
        "        if change.proof.truncated and not change.rule\n",
        RENDER,
    ),
    planted(
        "patches: an NSG without an ARM id rendered",
        "patches/__init__.py",
        "if not (item.subscription and item.resource_group)",
        "if not (item.subscription or item.nsg)",
        RENDER,
    ),
    planted(
        "patches: a user's template out of its sandbox",
        "patches/template.py",
        "environment = SandboxedEnvironment(",
        "environment = Environment(",
        BOUNDED,
        RENDER,
    ),
    planted(
        "patches: a link out of the template's folder",
        "patches/template.py",
        ".is_relative_to(inside):",
        '.is_relative_to("/"):',
        BOUNDED,
    ),
    planted(
        "patches: a template may make any amount of text",
        "patches/template.py",
        "if len(made) > MOST_TEXT:",
        "if len(made) > 2 * MOST_TEXT:",
        BOUNDED,
    ),
    planted(
        "patches: two resources of one label", "patches/item.py", "while name in taken:", "while not name:", TERRAFORM
    ),
    planted(
        "patches: a name of the cloud in the shell as it is",
        "patches/templates/az.sh.j2",
        '{{ option("--nsg-name", change.nsg) }}',
        "--nsg-name {{ change.nsg }}",
        AZ,
    ),
    planted(
        "patches: a list of prefixes in the shell as it is",
        "patches/templates/az.sh.j2",
        "{{ options(name, values) }}",
        "{{ name }} {{ values | join(' ') }}",
        AZ,
    ),
    planted(
        "patches: an update leaves what the rule no longer has",
        "patches/templates/az.sh.j2",
        "{{ name }} null\n",
        "\n",
        AZ,
    ),
    planted(
        "patches: a description in Terraform as it is",
        "patches/templates/terraform.tf.j2",
        "description = {{ rule.description | hcl }}",
        'description = "{{ rule.description }}"',
        TERRAFORM,
    ),
    planted(
        "patches: a command in a comment that ends",
        "patches/templates/terraform.tf.j2",
        "{{ change.rule_id | shell | comment }}",
        "{{ change.rule_id }}",
        TERRAFORM,
    ),
)
