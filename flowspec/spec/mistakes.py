"""What is wrong with a text of HCL -> the words of HashiCorp's parser for it, which users know from Terraform."""

from __future__ import annotations

import re

from flowspec.spec.source import Refused
from flowspec.spec.syntax import MAX_DEPTH

ALLOWED = (
    "Expressions are literals, references, templates, lists and maps, [index] and .attribute, == != && || ! ?: "
    "and function calls."
)
_HEREDOC = re.compile(r"<<-?([^\W\d][\w-]*)\r?\n")
_TOKEN = re.compile(r'[\w-]+(?:\.[\w-]+)*|"[^"\n]*"?|==|!=|>=|<=|=>|&&|\|\||::|\.\.\.|.', re.DOTALL)
_QUOTES = (
    '"Curly quotes" are not valid here. These can be inadvertently introduced when sharing code via documents or '
    "discussion forums. It might help to replace the character with a straight quote."
)
_ONE_ARGUMENT = (
    "A single-line block definition can contain one argument only, and must be closed on the same line. To define "
    "multiple arguments, write one argument on each line."
)
_CHARACTERS = {
    "'": 'Single quotes are not valid. Use double quotes (") to enclose strings.',
    "`": 'The "`" character is not valid. To create a multi-line string, use the "heredoc" syntax, like "<<EOT".',
    ";": 'The ";" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items '
    "in collection values.",
    "&": 'Bitwise operators are not supported. Did you mean boolean AND ("&&")?',
    "|": 'Bitwise operators are not supported. Did you mean boolean OR ("||")?',
    "^": "Bitwise operators are not supported.",
    "~": "Bitwise operators are not supported.",
    "\ufeff": "A byte order mark may stand at the start of a file only. Remove it.",
    "\u201c": _QUOTES,
    "\u201d": _QUOTES,
}
_UNPAIRED = {
    "(": ("Unbalanced parentheses", 'Expected a closing parenthesis ")" to end the expression'),
    "f": ("Missing item separator", 'Expected a comma or ")" to end this list'),
    "[": ("Missing item separator", 'Expected a comma or "]" to end this list'),
    "i": ("Missing close bracket on index", 'The index operator must end with a closing bracket ("]")'),
    "k": ("Missing key/value separator", 'Expected an equals sign ("=") to mark the beginning of the attribute value'),
    "{": ("Missing attribute separator", "Expected a newline or comma to mark the beginning of the next attribute"),
    "$": ("Invalid template interpolation", 'Expected a closing brace "}" to end the interpolation expression'),
    '"': ("Unterminated string", "No closing quote was found for this string"),
    "": ("Missing newline after argument", "An argument definition must end with a newline"),
    "1": ("Invalid single-argument block definition", _ONE_ARGUMENT + " Expected a closing brace"),
    "e": ("Extra characters after expression", "An expression was parsed, but extra characters were found after it"),
}


def unpaired(text: str, opener: str, place: int, at: int) -> Refused:
    """What is open since `place` goes on wrongly at `at`; if the text ends there, `place` is where the mistake is."""
    summary, detail = _UNPAIRED[opener]
    if at >= len(text):
        return Refused(place, summary, f"{detail}, but the file ended.")
    return Refused(at, summary, f"{detail}, but found {_found(text, at)}.")


def _found(text: str, at: int) -> str:
    return "the end of the line" if text[at] in "\r\n" else f'"{token(text, at)}"'


def token(text: str, at: int) -> str:
    found = _TOKEN.match(text, at)
    return found[0] if found else ""


def invalid_character(character: str, at: int) -> Refused:
    if character in _CHARACTERS:
        summary = "Unsupported operator" if character in "&|^~" else "Invalid character"
        return Refused(at, summary, _CHARACTERS[character])
    shown = character if character.isprintable() and character.strip() else f"U+{ord(character):04X}"
    return Refused(at, "Invalid character", f'The character "{shown}" is not used within the language.')


def broken_string(text: str, place: int, at: int) -> Refused:
    """The text that begins at `place` ends too early, at `at`."""
    if at >= len(text):
        return unpaired(text, '"', place, at)
    detail = "A quoted string ends on its line. Write \\n for a newline character, or use a heredoc (<<EOT)."
    return Refused(at, "Invalid multi-line string", detail)


def unclosed_comment(at: int) -> Refused:
    detail = 'There is no "*/" that closes this comment before the end of the file.'
    return Refused(at, "Unterminated comment", detail)


def no_attribute(at: int) -> Refused:
    return Refused(at, "Invalid attribute name", "An attribute name is required after a dot.")


def no_alternative(at: int) -> Refused:
    detail = "The conditional operator (...?...:...) requires a false expression, delimited by a colon."
    return Refused(at, "Missing false expression in conditional", detail)


def ambiguous_key(at: int) -> Refused:
    detail = (
        "If this expression is intended to be a reference, wrap it in parentheses. If it's instead "
        "intended as a literal name containing periods, wrap it in quotes to create a string literal."
    )
    return Refused(at, "Ambiguous attribute key", detail)


def no_for(at: int) -> Refused:
    detail = (
        "Write the items out. For many endpoints, one group takes globs, tags or a list: a selector "
        '(vm = "web-*"), subnets or prefixes. For many blocks, have a script write a *.flow.json. '
    )
    return Refused(at, "For expressions are not supported", detail + ALLOWED)


def no_heredoc(text: str, at: int) -> Refused:
    if found := _HEREDOC.match(text, at):
        detail = f'No line with only the closing marker "{found[1]}" was found.'
        return Refused(at, "Unterminated heredoc", detail)
    detail = 'A heredoc opens with "<<" or "<<-", a word directly behind it and a newline.'
    return Refused(at, "Invalid heredoc", detail)


def no_expression(text: str, at: int, is_end: bool) -> Refused:
    if is_end:
        detail = "Expected the start of an expression, but found the end of the line."
        return Refused(at, "Missing expression", detail)
    detail = f'Expected the start of an expression, but found "{token(text, at)}".'
    return Refused(at, "Invalid expression", detail)


def too_deep(at: int) -> Refused:
    return Refused(at, f"Nested more than {MAX_DEPTH} deep", "Take the inner parts out into locals.")


def unsupported(at: int, what: str) -> Refused:
    return Refused(at, f"{what} not supported", ALLOWED)


def no_operator(at: int, operator: str) -> Refused:
    summary = f'The operator "{operator}" is not supported'
    if operator in "*-/":
        return Refused(at, summary, f"Names, globs, addresses and ranges with it are text, in double quotes. {ALLOWED}")
    return Refused(at, summary, ALLOWED)


def no_directives(at: int) -> Refused:
    detail = 'Write "%%{" for a literal "%{"; use a conditional in "${…}" to choose between texts.'
    return Refused(at, "Template directives are not supported", detail)


def no_item(text: str, at: int) -> Refused:
    if text.startswith('"', at):
        return Refused(at, "Invalid argument name", "Argument names must not be quoted.")
    return Refused(at, "Argument or block definition required", "An argument or block definition is required here.")


def no_header(text: str, start: int, labelled: bool, at: int, is_end: bool) -> Refused:
    """What begins at `start` like a block goes on wrongly at `at`."""
    if is_end and not labelled:
        detail = f"To set an argument, write {token(text, start)} = …; to open a block, {token(text, start)} {{ … }}."
        return Refused(start, "Argument or block definition required", detail)
    detail = 'Either a quoted string block label or an opening brace ("{") is expected here.'
    if not labelled and text[at] in ":=":
        detail = f"To set an argument, write {token(text, start)} = …"
    elif is_end:
        detail = 'A block has its content between "{" and "}", and the "{" stands on the line of the block\'s name.'
    elif labelled and text[at] == "=":
        detail = 'The equals sign "=" sets an argument, which has no labels.'
    return Refused(at, "Invalid block definition", detail)


def one_argument(at: int, name: str) -> Refused:
    detail = f"For an argument, write {name} = …; a nested block stands on a line of its own within its parent block."
    return Refused(at, "Argument definition required", detail)


def no_newline(at: int, what: str) -> Refused:
    article = "An" if what == "argument" else "A"
    return Refused(at, f"Missing newline after {what}", f"{article} {what} definition must end with a newline.")


def unclosed_block(at: int) -> Refused:
    detail = "There is no closing brace for this block before the end of the file."
    return Refused(at, "Unclosed configuration block", detail)


def unexpected_brace(at: int) -> Refused:
    return Refused(at, "Unexpected closing brace", "There is no open block here that this brace could close.")


def set_twice(at: int, name: str, before: str) -> Refused:
    detail = f'The argument "{name}" was already set at {before}. Each argument may be set only once.'
    return Refused(at, "Attribute redefined", detail)


def template_in_label(at: int) -> Refused:
    return Refused(at, "Invalid block label", "Template sequences are not allowed in a block label.")


def no_equals_sign(at: int, name: str) -> Refused:
    return Refused(at, f'"{name}" is a block', f'Write {name} "…" {{ … }} without the equals sign.')
