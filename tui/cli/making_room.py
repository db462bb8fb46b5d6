"""A conversation that is too long for its model, on the command line: cut as the user said, or refused with words.

The prompt stands on the path already; what is left out is noted behind it, as the app does. Nobody is asked here.
"""

from __future__ import annotations

import argparse
from contextlib import aclosing

from tui.chat.connections import Connections
from tui.chat.context import (
    Cut,
    Fit,
    WhenFull,
    asking_instead,
    measure,
    plan_cut,
    summary_prompts,
    summary_request,
)
from tui.chat.conversation import Conversation
from tui.domain.context import leave_out, sent_part
from tui.domain.record import SessionEvent
from tui.domain.request import ChatRequest
from tui.domain.session import Column, Message
from tui.errors import ContextTooLong
from tui.text.clean import clean_line
from tui.widgets.figures import count

CHOICES: tuple[WhenFull, ...] = ("drop", "summarise", "stop", "send")
TOO_LONG = "context-too-long"
"""The kind of failure with which a server refuses."""


def add_context_option(parser: argparse.ArgumentParser) -> None:
    """The option that says what is done with a conversation that is too long."""
    parser.add_argument(
        "--when-full",
        choices=CHOICES,
        metavar="WHAT",
        help="when the conversation is too long for the model: drop (the oldest messages), summarise, stop, send",
    )


def needed_cut(
    conversation: Conversation, column: Column, connections: Connections, when_full: WhenFull, *, how: str
) -> Cut | None:
    """What is to be left out before the column is asked; None: nothing.

    Args:
        conversation: The session, with the prompt at the column's head.
        column: Who is asked.
        connections: Knows what the model can read.
        when_full: What the user wants; `ask` is `stop`, and stops only what cannot fit at all.
        how: How leaving out is asked for here, for the words of a refusal.

    Raises:
        ContextTooLong: it does not fit, and nothing may or can be left out.
    """
    limit = connections.context_tokens(column.model)
    fit = measure(conversation, column, limit) if limit and when_full != "send" else None
    if fit is None or not (fit.is_hopeless or (fit.is_too_long and when_full in ("drop", "summarise"))):
        return None
    cut = plan_cut(conversation, column, fit, has_prompt=True)
    if when_full not in ("drop", "summarise"):
        raise ContextTooLong(f"{too_long_words(column, fit)} Nothing was sent; {how}.", model=column.model)
    if cut.messages:
        return cut
    if fit.is_hopeless:
        raise ContextTooLong(f"{too_long_words(column, fit)} Nothing was sent: the prompt alone is too long.")
    return None


def too_long_words(column: Column, fit: Fit) -> str:
    """How much is too much."""
    needed = count(fit.needed_tokens, is_estimated=True)
    name, limit = clean_line(column.model, 60), count(fit.limit_tokens)
    return f"{name} can read {limit} tokens, and the conversation takes {needed}."


def events_of(
    conversation: Conversation, column: Column, cut: Cut, summary: Message | None = None
) -> list[SessionEvent]:
    """The note that leaves out what the cut says."""
    return [*leave_out(conversation.session, column, cut.messages, under=column.head, summary=summary)]


async def summarise(conversation: Conversation, column: Column, connections: Connections, cut: Cut) -> Message:
    """Let the column's model write a summary, recorded as a reply under the prompt; returns it.

    Raises:
        ContextTooLong: there is no summary, so nothing may be left out.
    """
    before = column.head
    earlier = sent_part(conversation.session.path(before)).summaries
    reply: Message | None = None
    for prompt in summary_prompts(cut, earlier):
        request = conversation.request(column, head=before)
        if isinstance(request, ChatRequest):
            request = asking_instead(request, summary_request(prompt, reply.text if reply is not None else ""))
        run = await conversation.begin(
            column,
            connections.provider(column.model),
            request,
            parent=before,
            price=connections.price(column.model),
            sources=tuple(message.id for message in cut.messages),
        )
        async with aclosing(conversation.events(run)) as events:
            async for _ in events:
                pass
        reply = conversation.session.messages[run.message_id]
        if not reply.is_complete or not reply.text.strip():
            why = reply.error.message if reply.error is not None else ""
            raise ContextTooLong(f"There is no summary, so nothing else was sent. {why}".strip(), model=column.model)
    if reply is None:
        raise ContextTooLong("There is nothing to summarise, so nothing was sent.", model=column.model)
    return reply


def done_words(cut: Cut, *, has_summary: bool) -> str:
    """What was left out, in one sentence."""
    many = len(cut.messages)
    first = f"The {many} oldest messages are" if many > 1 else "The oldest message is"
    return f"{first} no longer sent{'; a summary stands for them' if has_summary else ''}."
