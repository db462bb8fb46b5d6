"""Which key a hint names where it is clicked."""

from __future__ import annotations

import pytest

from tui.widgets.border_hint import key_at


@pytest.mark.parametrize(
    ("hint", "words", "key"),
    [
        ("enter votes, tab note, esc closes", "votes", "enter"),
        ("enter votes, tab note, esc closes", "esc", "escape"),
        ("ctrl+s keeps, esc cancels", "keeps", "ctrl+s"),
        ("t tag, d time, g judges, c CSV, j JSON, esc closes", "CSV", "c"),
        ("n next, ←/→ other replies, esc closes", "other", "right"),
        ("enter opens · alt+p pin · alt+r rename", "pin", "alt+p"),
        ("esc closes; [keys] in config.toml rebinds by id", "rebinds", ""),
        ("enter attaches · a path from elsewhere begins with /", "path", ""),
        ("", "", ""),
    ],
)
def test_a_click_on_a_hint_is_the_key_it_names(hint: str, words: str, key: str) -> None:
    assert key_at(hint, hint.index(words)) == key
