"""The session's messages as the transcript shows them. Pure functions; no widget."""

from __future__ import annotations

from collections.abc import Sequence

from tui.chat.turn import Turn
from tui.domain.blind import Blind, blind_of
from tui.domain.context import sent_part
from tui.domain.events import Finish
from tui.domain.session import Column, Message, Session
from tui.text.sizes import size_words
from tui.transcript.entry import Entry, MessageState
from tui.widgets.figures import Figures, reply_detail

STATES = {
    Finish.CUT_SHORT: MessageState.CUT_SHORT,
    Finish.CANCELLED: MessageState.STOPPED,
    Finish.ERROR: MessageState.FAILED,
}
NOTICES = {
    Finish.LENGTH: "ended at the length limit (max_tokens)",
    Finish.FILTER: "ended by the provider's content filter",
    Finish.TOOL_CALLS: "asks for a tool; Parley shows tool calls and never runs them",
    Finish.CUT_SHORT: "cut short",
}
BEGINS_HERE = "what is sent to the model begins here; the messages above are left out"


def state_of(message: Message) -> MessageState:
    """How far a message has come."""
    if not message.is_reply:
        return MessageState.DONE
    if message.finish is None:
        return MessageState.CUT_SHORT
    return STATES.get(message.finish, MessageState.DONE)


def notice_of(message: Message) -> str:
    """Why a reply ended as it did; empty for a plain end."""
    if not message.is_reply:
        return ""
    if message.finish is None:
        return "Parley stopped before the reply ended"
    words = message.error.message if message.error is not None else ""
    if message.finish is Finish.CUT_SHORT:
        words = words or message.finish_words
        return f"cut short: {words}" if words else NOTICES[Finish.CUT_SHORT]
    if words:
        return words
    notice = NOTICES.get(message.finish, "")
    return (
        f"{notice}: {message.finish_words}"
        if notice and message.finish is Finish.FILTER and message.finish_words
        else notice
    )


def figures_of(message: Message, *, context_tokens: int | None = None) -> Figures:
    """The figures of a reply that has ended."""
    usage, timings = message.usage, message.timings
    used = None
    if context_tokens and usage.input_tokens is not None and usage.output_tokens is not None:
        used = min(1.0, (usage.input_tokens + usage.output_tokens) / context_tokens)
    return Figures(
        first_token_s=timings.first_token_s,
        elapsed_s=timings.total_s,
        tokens_per_s=timings.tokens_per_s,
        speed_is_estimated=timings.is_estimated,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        tokens_are_estimated=usage.is_estimated,
        cost_usd=message.cost_usd,
        cost_is_estimated=message.cost_is_estimated,
        context_used=used,
        context_is_estimated=usage.is_estimated,
    )


def live_figures(turn: Turn) -> Figures:
    """The figures of a reply that grows."""
    timings = turn.timings()
    tokens, is_estimated = turn.received_tokens
    return Figures(
        first_token_s=timings.first_token_s,
        tokens_per_s=timings.tokens_per_s,
        speed_is_estimated=timings.is_estimated,
        output_tokens=tokens or None,
        tokens_are_estimated=is_estimated,
    )


def tool_words(message: Message) -> str:
    """Tool calls as Markdown, under the reply's text."""
    blocks = []
    for call in message.tool_calls:
        fence = "```"
        while fence in call.arguments:
            fence += "`"
        blocks.append(f"{fence}json\n{call.name}({call.arguments})\n{fence}")
    return "\n\n".join(blocks)


def pager_variants(session: Session, message: Message) -> list[Message]:
    """What the pager on a message walks: its siblings, without what other open columns were asked for.

    Columns at the same prompt have sibling replies; in each column, the neighbours' are no variants of its own.
    """
    if message.id not in session.messages:
        return [message]
    variants = session.variants(message.id)
    if len(variants) == 1:
        return variants  # nearly all, in a long conversation
    others = session.columns.keys() - {_column_of(session, message)}
    return [one for one in variants if one.id == message.id or _column_of(session, one) not in others]


def _column_of(session: Session, message: Message) -> str:
    """The column that a message was said in; what was written over a reply belongs to the reply's column."""
    seen = {message.id}
    while not message.column and message.edited_from in session.messages and message.edited_from not in seen:
        message = session.messages[message.edited_from]
        seen.add(message.id)
    return message.column


def entry_of(session: Session, message: Message) -> Entry:
    """One message."""
    return _entry(session, message, blind_of(session))


def _entry(session: Session, message: Message, blind: Blind) -> Entry:
    message.settle()
    if blind.is_on and message.is_reply:
        return _blind_entry(message, blind)
    tools = tool_words(message) if message.tool_calls else ""
    variants = pager_variants(session, message)
    place = next((index for index, one in enumerate(variants, 1) if one.id == message.id), 1)
    return Entry(
        id=message.id,
        role=message.role,
        title=_title(message),
        text="\n\n".join(filter(None, (message.text, tools))),
        reasoning=message.reasoning,
        reasoning_s=message.timings.reasoning_s,
        state=state_of(message),
        notice="; ".join(filter(None, (_source_words(session, message), notice_of(message)))),
        detail=reply_detail(figures_of(message)) if message.is_reply else "",
        variant=(place, len(variants)) if len(variants) > 1 else None,
        starred=message.is_starred,
        note=message.note,
        attachments=tuple(f"{one.name} · {size_words(one.size_bytes)}" for one in message.attachments),
    )


def _title(message: Message) -> str:
    if message.role == "user":
        return "You"
    return "Left out" if message.left_out else message.model or message.role


def _source_words(session: Session, message: Message) -> str:
    """What a merged reply, or a summary, was written from."""
    if not message.sources or not message.is_reply:
        return ""
    if any(one in session.messages and session.messages[one].role == "user" for one in message.sources):
        return f"a summary of {len(message.sources)} messages above"
    models = (session.messages[one].model for one in message.sources if one in session.messages)
    names = list(dict.fromkeys(filter(None, models)))
    return f"written from the replies of {' and '.join(names)}" if names else ""


def _blind_entry(message: Message, blind: Blind) -> Entry:
    """A reply without what would tell its model: figures, thinking, the provider's words, its place among others."""
    return Entry(
        id=message.id,
        role=message.role,
        title=blind.name(message.column),
        text=message.text,
        state=state_of(message),
        notice=NOTICES[Finish.LENGTH] if message.finish is Finish.LENGTH else "",
        starred=message.is_starred,
        note=message.note,
    )


def entries_of(session: Session, column: Column) -> list[Entry]:
    """The conversation of a column, oldest first."""
    blind = blind_of(session)
    path = session.path(column.head)
    entries = [_entry(session, message, blind) for message in path]
    if any(message.left_out for message in path):
        _mark_beginning(path, entries)
    return entries


def _mark_beginning(path: Sequence[Message], entries: Sequence[Entry]) -> None:
    """Say on the first message that is still sent that those above it are not."""
    first = next(iter(sent_part(path).messages), None)
    place = next((index for index, message in enumerate(path) if first is not None and message.id == first.id), 0)
    if place:
        entries[place].notice = "; ".join(filter(None, (entries[place].notice, BEGINS_HERE)))
