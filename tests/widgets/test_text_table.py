"""Tables in cells: what is cut, and where."""

from __future__ import annotations

from tui.text.widths import cell_width
from tui.widgets.text_table import table


def test_names_that_would_look_alike_are_cut_in_the_middle() -> None:
    rows = [("local/default #1", "0.97 s"), ("local/default #2", "0.06 s"), ("demo/a-very-long-name", "1.00 s")]
    lines = table(("", "first token"), rows, 24).plain.splitlines()
    assert max(map(cell_width, lines)) <= 24
    assert [line.split("  ")[0].rstrip() for line in lines[1:]] == ["local…lt #1", "local…lt #2", "demo/a-ver…"]


def test_what_has_room_is_not_cut() -> None:
    rows = [("local/default #1", "1"), ("local/default #2", "2")]
    assert "local/default #2  2" in table(("", "n"), rows, 40).plain
