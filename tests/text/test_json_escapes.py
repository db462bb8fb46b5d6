"""JSON that a terminal cannot act on and that says the same."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tui.text.json_escapes import without_risks


@given(st.text(st.characters(codec="utf-8")))
def test_what_is_read_back_is_what_was_said(text: str) -> None:
    assert json.loads(without_risks(json.dumps(text, ensure_ascii=False))) == text


def test_what_steers_a_terminal_is_escaped() -> None:
    hostile = "a\x7fb\x9bc\u202ed\u2066e\U000e0041f\u00adg"
    escaped = without_risks(json.dumps(hostile, ensure_ascii=False))
    assert escaped.isascii()
    assert json.loads(escaped) == hostile
