"""JSON documents hold what the cloud says, and a terminal that shows them is not acted upon."""

from __future__ import annotations

import json
import sys

from hypothesis import given
from hypothesis import strategies as st

from flowspec.json_escapes import escaped

ODD = "\x7f\x80\x9b\u061c\u200b\u200e\u202e\u2066\u2028\ufeff\U000e0041\U0001f600é"


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.just(ODD))
def test_the_same_document_and_nothing_that_acts(text: str) -> None:
    written = escaped(json.dumps({text: [text]}, ensure_ascii=False, indent=2))
    assert json.loads(written) == {text: [text]}
    assert written.replace("\n", "").isprintable()


def test_letters_stay_as_they_are() -> None:
    text = '{"name": "Büro-Süd 東京 😀"}'
    assert escaped(text) == text


def test_every_character_that_is_not_printed_is_escaped() -> None:
    odd = [chr(code) for code in range(0x7F, sys.maxunicode, 7) if not 0xD800 <= code <= 0xDFFF]
    written = escaped(json.dumps(odd, ensure_ascii=False))
    assert written.isprintable() and json.loads(written) == odd
