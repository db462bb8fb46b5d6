"""Which part of a conversation is still sent, when not all of it fits what a model can read at once.

What is left out stays in the session, above a note that says so and names the messages; going back to a message above
the note undoes it. A summary is a reply like any other, to which the note points. Pure functions; decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui.domain.record import HeadMoved, MessageAdded, new_id, now
from tui.domain.session import Column, Message, Session

SUMMARY_HEADING = "Summary of the earlier part of this conversation, which is not shown to you in full:"


@dataclass(frozen=True, slots=True)
class SentPart:
    """What goes out of a path: messages, and the summaries that stand for those left out."""

    messages: tuple[Message, ...]
    summaries: tuple[Message, ...] = ()

    def system(self, own: str) -> str:
        """A column's system prompt, with the summaries behind it."""
        if not self.summaries:
            return own
        told = "\n\n".join(message.text for message in self.summaries)
        return "\n\n".join(filter(None, (own, f"{SUMMARY_HEADING}\n\n{told}")))


def sent_part(path: Sequence[Message]) -> SentPart:
    """What is sent of `path`: without notes, and without what the notes on it leave out."""
    notes = [message for message in path if message.left_out]
    if not notes:
        return SentPart(tuple(message for message in path if message.role != "system"))
    left_out = {name for note in notes for name in note.left_out}
    standing = {name for note in notes if note.id not in left_out for name in note.sources}
    return SentPart(
        tuple(message for message in path if message.role != "system" and message.id not in left_out),
        tuple(message for message in path if message.id in standing and message.text),
    )


def turns(messages: Sequence[Message]) -> list[list[Message]]:
    """Messages in turns, each from what the user said to what came of it."""
    found: list[list[Message]] = []
    for message in messages:
        if message.role == "user" or not found:
            found.append([])
        found[-1].append(message)
    return found


def leave_out(
    session: Session, column: Column, messages: Sequence[Message], *, under: str | None, summary: Message | None = None
) -> list[MessageAdded | HeadMoved]:
    """A note under a message that leaves `messages` out from there on, and the column's head on it.

    Args:
        session: The session.
        column: Whose head it is.
        messages: What is left out.
        under: The message that the note follows.
        summary: The reply that stands for them; it replaces the summaries before it.
    """
    ids = [message.id for message in messages]
    sources: tuple[str, ...] = ()
    if summary is not None:
        earlier = [note for note in session.path(under) if note.left_out]
        ids += [summary.id, *(note.id for note in earlier)]
        sources = (summary.id,)
    at = now()
    words = note_words(len(messages), has_summary=summary is not None)
    note = MessageAdded(new_id(), at, under, "system", words, sources=sources, left_out=tuple(ids))
    return [note, HeadMoved(column.id, at, note.id)]


def note_words(count: int, *, has_summary: bool) -> str:
    """What a note says."""
    first = "The oldest message is" if count == 1 else f"The {count} oldest messages are"
    end = "; the summary above stands for them." if has_summary else "."
    return f"{first} no longer sent from here on{end} Nothing is deleted."
