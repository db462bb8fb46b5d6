"""What can be compared: the newest replies of several columns to the same prompt. Pure functions; judges nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tui.domain.record import HeadMoved, Voted, now
from tui.domain.session import Column, Message, Session


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column's newest reply."""

    column: Column
    reply: Message


@dataclass(frozen=True, slots=True)
class Bout:
    """Replies to one prompt, in the order of their columns."""

    prompt: str
    candidates: tuple[Candidate, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The replies' message ids."""
        return tuple(candidate.reply.id for candidate in self.candidates)


def prompt_message(session: Session, message_id: str | None) -> Message | None:
    """The user's message that a reply under `message_id` answers; a continued reply answers what it began with."""
    seen: set[str] = set()
    message = session.messages.get(message_id or "")
    while message is not None and message.is_reply and message.id not in seen:
        seen.add(message.id)
        message = session.messages.get(message.parent or "")
    return None if message is None or message.is_reply else message


def last_bout(session: Session, columns: Iterable[Column]) -> Bout | None:
    """The newest prompt that at least two of `columns` have answered with words; None when there is none.

    A growing reply is no candidate, nor is one that failed before its first word.
    """
    by_prompt: dict[str, list[Candidate]] = {}
    newest: dict[str, str] = {}
    for column in columns:
        reply = next((message for message in reversed(session.path(column.head)) if message.is_reply), None)
        if reply is None or reply.finish is None or not reply.text.strip():
            continue
        prompt = prompt_message(session, reply.parent)
        if prompt is None:
            continue
        candidates = by_prompt.setdefault(prompt.text, [])
        if all(one.reply.id != reply.id for one in candidates):  # two columns may stand at the same reply
            candidates.append(Candidate(column, reply))
        newest[prompt.text] = max(newest.get(prompt.text, ""), prompt.at)
    comparable = [text for text, candidates in by_prompt.items() if len(candidates) > 1]
    if not comparable:
        return None
    text = max(comparable, key=newest.__getitem__)
    return Bout(text, tuple(by_prompt[text]))


def winner_of(session: Session, bout: Bout) -> str | None:
    """The reply of `bout` that the user's newest vote on it named; None: there was no such vote, or no winner."""
    ids = set(bout.ids)
    for vote in reversed(session.votes):
        if not vote.judge and len(ids & set(vote.candidates)) > 1:
            return vote.winner if vote.winner in ids else None
    return None


def continue_from(columns: Iterable[Column], message_id: str) -> list[HeadMoved]:
    """All of `columns` go on from `message_id`."""
    at = now()
    return [HeadMoved(column.id, at, message_id) for column in columns if column.head != message_id]


def ballot(
    bout: Bout, winner: str | None, *, is_all_bad: bool = False, note: str = "", is_blind: bool = False
) -> Voted:
    """The user's verdict on a bout: a winner, else a tie, or all bad."""
    if winner is not None:
        return Voted(now(), bout.ids, winner, "winner", note.strip(), is_blind)
    return Voted(now(), bout.ids, None, "all_bad" if is_all_bad else "tie", note.strip(), is_blind)
