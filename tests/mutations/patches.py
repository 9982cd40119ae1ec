"""Mistakes in what renders changes: quoting, refusals, bounds."""

from __future__ import annotations

from tests.mutations.mutation import planted

AZ = "tests/patches/test_az.py"
TERRAFORM = "tests/patches/test_terraform.py"
RENDER = "tests/patches/test_render.py"
BOUNDED = "tests/patches/test_bounded.py"

MISTAKES = (
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
        "patches/quoting.py",
        "'=' if str(value).startswith('-') else ' '",
        "' '",
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
        "patches/__init__.py",
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
        "patches: two resources of one label", "patches/item.py", "while label in taken:", "while not label:", TERRAFORM
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
        "{% for value in values %} {{ value | shell }}",
        "{% for value in values %} {{ value }}",
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
