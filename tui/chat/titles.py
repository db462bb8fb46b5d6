"""A title for a session, written by its model when the user asks for one. Never asks by itself."""

from __future__ import annotations

from collections.abc import Sequence

from tui.chat.asides import Tell, ask_aside
from tui.domain.request import ModelRef
from tui.domain.session import TITLE_CHARS, Message
from tui.errors import ReplyUnreadable
from tui.providers.base import Price, Provider

MOST_CHARS = 4_000
"""How much of a conversation a title is made from: its beginning says what it is about."""
_ASK = "Write a title for this conversation: at most six words, in its language, no quotation marks, nothing else."


def title_prompt(messages: Sequence[Message]) -> str:
    """What the model is asked."""
    room, pieces = MOST_CHARS, []
    for message in messages:
        if message.role not in ("user", "assistant") or not message.text.strip():
            continue
        piece = f"{'Question' if message.role == 'user' else 'Answer'}: {message.text.strip()}"[:room]
        pieces.append(piece)
        room -= len(piece)
        if room <= 0:
            break
    joined = "\n\n".join(pieces)
    return f"{_ASK}\n\n<conversation>\n{joined}\n</conversation>"


def read_title(text: str) -> str:
    """The title in a model's reply: its first line that says anything, without quotes, cut to a title's length.

    Raises:
        ReplyUnreadable: it says nothing.
    """
    for line in text.split("\n"):
        title = " ".join(line.replace("*", "").lstrip("#").split()).strip("\"'“”„‘’«»`. ")
        title = title.removeprefix("Title:").strip()
        if title:
            return title if len(title) <= TITLE_CHARS else title[: TITLE_CHARS - 1].rstrip() + "…"
    raise ReplyUnreadable("The model wrote no title; try again, or write one yourself.")


async def suggest_title(
    provider: Provider,
    model: ModelRef,
    messages: Sequence[Message],
    *,
    price: Price | None = None,
    tell: Tell | None = None,
) -> str:
    """Ask a model for a title; nothing of this becomes a message, `tell` hears what it took.

    Raises:
        ReplyUnreadable: the request failed, or no title came.
    """
    reply = await ask_aside(provider, model, title_prompt(messages), "title", price=price, tell=tell)
    if reply.error is not None:
        raise ReplyUnreadable(f"There is no title: {reply.error.message}")
    return read_title(reply.text)
