"""The form of `fixes` -> where suggested rules are put."""

from __future__ import annotations

import re

from flowspec.model.spec import FixSettings
from flowspec.spec.form import Form

_RANGE = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
_FIRST, _LAST = 100, 4096


def fix_settings(form: Form) -> FixSettings:
    """What the block says; what it leaves out is as without it."""
    usual = FixSettings()
    step = form.count("step")
    if step == 0 or (step is not None and step > _LAST):
        form.refuse(("step",), f"step must be a whole number from 1 to {_LAST}, not {step}")
        step = None
    return FixSettings(_priorities(form) or usual.priorities, step or usual.step)


def _priorities(form: Form) -> tuple[int, int] | None:
    if not form.has("priorities") or form.is_refused("priorities"):
        return None
    text = form.text("priorities")
    found = _RANGE.fullmatch(text)
    if found is None:
        form.refuse(
            ("priorities",), f'priorities must be a range, not "{text[:60]}"', 'Write first and last: "1000-3000".'
        )
        return None
    first, last = int(found[1]), int(found[2])
    for value in (first, last):
        if not _FIRST <= value <= _LAST:
            told = f"Security rule has invalid Priority. Value provided: {value} Allowed range {_FIRST}-{_LAST}."
            form.refuse(("priorities",), told)
            return None
    if last < first:
        form.refuse(("priorities",), f'The range "{text}" ends before it begins', f'Write "{last}-{first}".')
        return None
    return first, last
