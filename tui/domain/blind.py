"""Blind comparing: while it is on, columns are letters in a shuffled order, and nothing else is told about them.

It is part of the session's layout, so that a session opened again, an export and the command line stay blind, too.
Whoever shows a column asks here what to call it. This module refuses to know what a screen or an export looks like.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tui.domain.record import SessionMarked, now
from tui.domain.session import Column, Message, Session

LAYOUT_KEY = "blind"
ELSEWHERE = "an earlier reply"
"""What a reply is called whose column is none of those compared."""

Shuffle = Callable[[list[str]], None]


@dataclass(frozen=True, slots=True)
class Blind:
    """What columns are called instead of their models; without names, blind mode is off."""

    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_on(self) -> bool:
        """Whether models must not be told."""
        return bool(self.names)

    def name(self, column_id: str) -> str:
        """What a column is called while blind mode is on."""
        return self.names.get(column_id, ELSEWHERE)

    def model_name(self, column_id: str, model: str) -> str:
        """What stands where the model's name would: the column's letter while blind, else `model`."""
        return self.name(column_id) if self.is_on else model


def blind_of(session: Session) -> Blind:
    """The session's blind mode."""
    return blind_in(session.layout)


def blind_in(layout: Mapping[str, Any]) -> Blind:
    """The blind mode that is part of a layout; a damaged layout is none."""
    value = layout.get(LAYOUT_KEY)
    if not isinstance(value, Mapping):
        return Blind()
    names = {str(column): name for column, name in value.items() if isinstance(name, str) and name}
    return Blind(names)


def shown_columns(session: Session) -> list[Column]:
    """The columns from the left, as they are shown: by letter while blind, for their own order would tell."""
    blind = blind_of(session)
    columns = list(session.columns.values())
    if blind.is_on:
        columns.sort(
            key=lambda column: (column.id not in blind.names, len(blind.name(column.id)), blind.name(column.id))
        )
    return columns


def can_begin(session: Session) -> bool:
    """Whether the columns cannot be told apart by what was seen: all stand at the same message."""
    return len(session.columns) > 1 and len({column.head for column in session.columns.values()}) == 1


def begin(session: Session, *, shuffle: Shuffle | None = None) -> SessionMarked:
    """Blind mode for all columns, under letters dealt by chance."""
    ids = list(session.columns)
    (shuffle or secrets.SystemRandom().shuffle)(ids)
    names = {column: letter(place) for place, column in enumerate(ids)}
    return SessionMarked(now(), layout={**session.layout, LAYOUT_KEY: names})


def end(session: Session) -> SessionMarked:
    """Names are told again."""
    return SessionMarked(now(), layout={name: value for name, value in session.layout.items() if name != LAYOUT_KEY})


def aliases(session: Session) -> dict[str, str]:
    """Column id -> what replaces its model wherever the session is shown or exported; empty while names may be told.

    Holds columns that were closed, too: their replies would tell by elimination.
    """
    blind = blind_of(session)
    if not blind.is_on:
        return {}
    replied = {message.column for message in session.messages.values() if message.is_reply}
    return {column: blind.name(column) for column in {*session.columns, *replied}}


def masked(session: Session) -> Session:
    """A copy that tells nothing about models while blind: for exports and listings. The session itself when it is not.

    Models become letters; settings, figures, moments, thinking, errors and verdicts are left out; columns and replies
    stand in the order of their letters.
    """
    blind = blind_of(session)
    if not blind.is_on:
        return session
    session.settle()
    copy = Session(session.id)
    for name in ("at", "app", "forked_from", "title", "is_pinned", "tags", "layout", "last_at"):
        setattr(copy, name, getattr(session, name))
    for column in shown_columns(session):
        copy.columns[column.id] = Column(
            column.id, blind.name(column.id), "", {}, column.head, column.is_on, column.kind
        )
    for message in _in_order_of_letters(session, blind):
        copy.insert(_masked_message(message, blind, copy))
    return copy


def _in_order_of_letters(session: Session, blind: Blind) -> Iterator[Message]:
    """All messages, parents first, the replies to one message by letter: the order in which they began would tell."""
    below: dict[str | None, list[Message]] = {}
    for message in session.messages.values():
        parent = message.parent if message.parent in session.messages else None
        below.setdefault(parent, []).append(message)
    row: list[str | None] = [None]
    while row:
        after: list[str | None] = []
        for parent in row:
            for message in by_letter(below.get(parent, ()), blind):
                yield message
                after.append(message.id)
        row = after


def by_letter(siblings: Iterable[Message], blind: Blind) -> list[Message]:
    """Messages under one as they may be shown: as they began, but while blind by letter, for that would tell."""
    return sorted(siblings, key=lambda one: _letter_rank(one, blind)) if blind.is_on else list(siblings)


def _letter_rank(message: Message, blind: Blind) -> tuple[int, str]:
    name = blind.name(message.column) if message.is_reply else ""
    return len(name), name


def _masked_message(message: Message, blind: Blind, copy: Session) -> Message:
    if not message.is_reply:
        return replace(message, pieces=[], reasoning_pieces=[])
    asked = copy.messages.get(message.parent or "")
    return Message(
        id=message.id,
        parent=message.parent,
        role=message.role,
        at=asked.at if asked is not None else "",
        text=message.text,
        column=message.column,
        model=blind.name(message.column),
        choice=message.choice,
        finish=message.finish,
        sources=message.sources,
        continues=message.continues,
        is_starred=message.is_starred,
        note=message.note,
        is_deleted=message.is_deleted,
    )


def letter(place: int) -> str:
    """A, B … Z, AA, AB … for places from 0."""
    found = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
