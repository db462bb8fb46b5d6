"""What tells columns of the same model apart: the parameters that are not the same in all of them.

Compares what is on record; knows neither blind mode nor the screen.
"""

from __future__ import annotations

import json

from tui.domain.session import Column, Session
from tui.text.clean import clean_line

SMALL_LOCAL = "small local model"
"""Stands beside the embedded models, so that nobody takes one for more."""
LONGEST_NAME_CELLS = 24
LONGEST_VALUE_CELLS = 16


def same_model(session: Session, column: Column) -> list[Column]:
    """The columns that have the model of `column`, itself among them."""
    return [one for one in session.columns.values() if one.model == column.model]


def told_apart(session: Session, column: Column) -> str:
    """“temperature 0.5”: how `column` is set where others with its model are set otherwise; empty where none is."""
    same = same_model(session, column)
    names = dict.fromkeys(name for one in same for name in one.parameters)
    return ", ".join(
        f"{clean_line(name, LONGEST_NAME_CELLS)} {_short(column.parameters.get(name))}"
        for name in names
        if len({repr(one.parameters.get(name)) for one in same}) > 1
    )


def said_beside(session: Session, column: Column) -> tuple[str, str]:
    """What a head says beside the model's name: what the model is, and how it is set where others are set otherwise."""
    return SMALL_LOCAL if column.model.startswith("local/") else "", told_apart(session, column)


def _short(value: object) -> str:
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return "unset" if value is None else clean_line(words, LONGEST_VALUE_CELLS)
