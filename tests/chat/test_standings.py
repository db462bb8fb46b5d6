"""The board for programs: one shape, whoever asks for it."""

from __future__ import annotations

import json

from tui.chat.standings import FIELDS, board_csv, board_values
from tui.chat.votes import Pair, board


def test_the_values_are_those_of_the_board_with_sensible_digits() -> None:
    lines = board([Pair("a/x", "b/y", 1.0)])
    values = json.loads(json.dumps(board_values(lines, (2, 3))))
    assert values["agreement"] == {"agreed": 2, "compared": 3}
    first = values["standings"][0]
    assert list(first) == list(FIELDS)
    assert (first["model"], first["wins"], first["losses"], first["has_enough"]) == ("a/x", 1, 0, False)
    assert first["rating"] == round(lines[0].rating, 1)


def test_no_cell_is_a_formula_or_a_command_to_the_terminal() -> None:
    heading, *rows = board_csv(board([Pair("=1+1/a", "\x1b[31m/b", 1)])).splitlines()
    assert heading == ",".join(FIELDS)
    assert {row.split(",")[0] for row in rows} == {"'=1+1/a", "␛[31m/b"}
    assert {row.split(",")[-1] for row in rows} == {"false"}
