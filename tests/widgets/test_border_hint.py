"""Which key a hint names where it is clicked."""

from __future__ import annotations

import pytest

from tui.widgets.border_hint import fitting_keys, key_at


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


def test_a_hint_that_is_too_long_keeps_whole_keys_and_the_way_to_all_of_them() -> None:
    hint = "enter opens · alt+p pin · alt+r rename"
    assert fitting_keys(hint, 38) == fitting_keys(hint, 0) == hint
    assert fitting_keys(hint, 37) == "enter opens · alt+p pin · f1 help"
    assert fitting_keys(hint, 20) == "f1 help"
    assert fitting_keys("n next, p previous, esc closes", 20) == "n next, esc closes"
    assert key_at("enter opens · f1 help", 15) == "f1"
