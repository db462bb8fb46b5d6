"""The tree of a session as rows of a list: what was said, where it branches, where the columns stand.

A conversation that goes straight on stays on one level; only branches are indented, so that a long chat fits. Pure
functions over the session; changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.domain.blind import Blind, by_letter, shown_columns
from tui.domain.session import Message, Session
from tui.text.clean import clean_line
from tui.widgets.entries import STATES
from tui.widgets.pick_list import Row

WORDS_CHARS = 160
"""How much of a message its row begins with; the list cuts it to the width."""
DEEPEST_DRAWN = 12
"""Branches of branches beyond this are drawn on this level."""


@dataclass(frozen=True, slots=True)
class Node:
    """A message in the map."""

    message_id: str
    parent: str | None
    depth: int
    """How many branchings lie above."""
    rails: str
    """The lines in front of it."""


def tree_nodes(session: Session, blind: Blind) -> list[Node]:
    """Every message that is in sight, in the order of the map: each branch whole, oldest first (blind: by letter)."""
    found: list[Node] = []
    seen: set[str] = set()
    stack = _branches(by_letter(session.children(None), blind), None, "", 0)
    while stack:
        node = stack.pop()
        if node.message_id in seen:
            continue  # a loop in a damaged file
        seen.add(node.message_id)
        found.append(node)
        below = by_letter(session.children(node.message_id), blind)
        stack += _branches(below, node.message_id, _rails_below(node.rails), node.depth)
    return found


def _branches(children: list[Message], parent: str | None, rails: str, depth: int) -> list[Node]:
    """The nodes under one, last first. An only child stays on the level of its parent."""
    if len(children) < 2 or depth >= DEEPEST_DRAWN:
        return [Node(child.id, parent, depth, rails) for child in reversed(children)]
    last = len(children) - 1
    nodes = [
        Node(child.id, parent, depth + 1, rails + ("└─" if place == last else "├─"))
        for place, child in enumerate(children)
    ]
    return nodes[::-1]


def _rails_below(rails: str) -> str:
    return rails.replace("├─", "│ ").replace("└─", "  ")


def tree_rows(session: Session, blind: Blind, current_column: str) -> list[Row]:
    """The map; where columns stand is marked with their numbers, the current column's place with ●."""
    heads: dict[str, list[str]] = {}
    for place, column in enumerate(shown_columns(session), 1):
        if column.head is not None:
            heads.setdefault(column.head, []).append(f"{'●' if column.id == current_column else '○'}{place}")
    current = session.columns.get(current_column)
    path = {message.id for message in session.path(current.head)} if current is not None else set()
    return [
        _row(session.messages[node.message_id], node, heads.get(node.message_id, []), blind, node.message_id in path)
        for node in tree_nodes(session, blind)
    ] or [Row("", "nothing said yet", is_dim=True)]


def _row(message: Message, node: Node, heads: list[str], blind: Blind, is_on_path: bool) -> Row:
    sign = {"user": "❯", "assistant": "◆"}.get(message.role, "§")
    star = "★ " if message.is_starred else ""
    note = " ✎" if message.note else ""
    words = " ".join(message.text[:WORDS_CHARS].split()) or _wordless(message)
    speaker = "You"
    if message.is_reply:
        speaker = blind.model_name(message.column, message.model) or "model"
    elif message.role != "user":
        speaker = message.role
    return Row(
        message.id,
        f"{node.rails}{sign} {''.join(f'{head} ' for head in heads)}{star}{clean_line(speaker)}: {words}{note}",
        mark="▌" if is_on_path else "",
        is_dim=not is_on_path,
    )


def _wordless(message: Message) -> str:
    state = STATES.get(message.finish) if message.finish is not None else None
    return f"({state.value})" if state is not None else "(no words)"
