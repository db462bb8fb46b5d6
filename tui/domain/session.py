"""The tree: a session is a tree of messages, a column is a head on it with a model and settings.

A plain chat is a session with one column; comparing is having more. `Session.apply` folds one event in and is the only
way a session changes, so that what is on disk and what is on the screen cannot differ. Which events a user's act
amounts to is said in `acts`. Nothing here draws, sends or writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from tui.domain.events import NO_USAGE, Finish, TokenLogprob, Usage
from tui.domain.record import (
    AskedAside,
    Attachment,
    ColumnAdded,
    ColumnChanged,
    ColumnKind,
    ColumnRemoved,
    HeadMoved,
    MessageAdded,
    MessageMarked,
    MessageRole,
    MessagesDeleted,
    MessagesRestored,
    ReplyEnded,
    ReplyStarted,
    ReplyText,
    SessionEvent,
    SessionMarked,
    SessionStarted,
    Unknown,
    Voted,
)
from tui.domain.reply import NO_TIMINGS, Failure, Timings, ToolCall

TITLE_CHARS = 60


@dataclass(slots=True)
class Message:
    """One node of the tree."""

    id: str
    parent: str | None
    role: MessageRole
    at: str
    text: str = ""
    reasoning: str = ""
    column: str = ""
    """The column that asked for it; empty for what the user wrote."""
    model: str = ""
    system: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    choice: int = 0
    finish: Finish | None = None
    """None: the user's own, or a reply that has not ended (or never did: kill -9)."""
    finish_words: str = ""
    ended_at: str = ""
    usage: Usage = NO_USAGE
    timings: Timings = NO_TIMINGS
    cost_usd: float | None = None
    cost_is_estimated: bool = False
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    sent: Mapping[str, Any] | None = None
    error: Failure | None = None
    attachments: tuple[Attachment, ...] = ()
    sources: tuple[str, ...] = ()
    edited_from: str = ""
    left_out: tuple[str, ...] = ()
    """Of a system note: the messages above it that are not sent any more."""
    continues: str = ""
    is_starred: bool = False
    note: str = ""
    is_deleted: bool = False
    pieces: list[str] = field(default_factory=list)
    """Text of a growing reply not yet joined into `text`."""
    reasoning_pieces: list[str] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        """Whether a model wrote it."""
        return self.role == "assistant"

    @property
    def is_complete(self) -> bool:
        """Whether it is whole: the user's words, or a reply with a finish mark."""
        return not self.is_reply or (self.finish is not None and self.finish.is_complete)

    def settle(self) -> None:
        """Join the pieces that came while streaming."""
        if self.pieces:
            self.text += "".join(self.pieces)
            self.pieces.clear()
        if self.reasoning_pieces:
            self.reasoning += "".join(self.reasoning_pieces)
            self.reasoning_pieces.clear()


@dataclass(slots=True)
class Column:
    """A head on the tree, with a model, a system prompt and parameters. Addressed by id, never by model or place."""

    id: str
    model: str
    system: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    head: str | None = None
    is_on: bool = True
    kind: ColumnKind = "chat"


class Session:
    """A session as it stands after the events so far."""

    def __init__(self, session_id: str = "") -> None:
        self.id = session_id
        self.at = ""
        self.app = ""
        self.forked_from = ""
        self.title = ""
        self.is_pinned = False
        self.tags: tuple[str, ...] = ()
        self.layout: Mapping[str, Any] = {}
        self.messages: dict[str, Message] = {}
        self.columns: dict[str, Column] = {}
        """In the order of the screen, from the left."""
        self.votes: list[Voted] = []
        self.asides: list[AskedAside] = []
        """What models were asked beside the conversation: no messages, but paid for."""
        self.last_at = ""
        self._children: dict[str | None, list[str]] = {}

    @classmethod
    def from_events(cls, events: Iterable[SessionEvent]) -> Session:
        """The fold of `events`."""
        session = cls()
        for event in events:
            session.apply(event)
        session.settle()
        return session

    def settle(self) -> None:
        """Join all text that came in pieces; once after loading, and whenever a growing reply is read."""
        for message in self.messages.values():
            message.settle()

    # -- folding ---------------------------------------------------------------------------------------------------

    def apply(self, event: SessionEvent) -> None:
        """Fold one event in. Events about unknown ids are ignored: a file may have lost lines."""
        match event:
            case ReplyText():
                self._grow(event)
            case ReplyStarted():
                self._start_reply(event)
            case ReplyEnded():
                self._end_reply(event)
            case MessageAdded():
                self._add_message(event)
            case ColumnAdded() | ColumnChanged() | ColumnRemoved() | HeadMoved():
                self._apply_to_columns(event)
            case SessionStarted():
                self.id, self.at, self.app, self.forked_from = event.id, event.at, event.app, event.forked_from
            case MessagesDeleted(ids) | MessagesRestored(ids):
                for message_id in ids:
                    if message_id in self.messages:
                        self.messages[message_id].is_deleted = isinstance(event, MessagesDeleted)
            case MessageMarked():
                self._mark_message(event)
            case SessionMarked():
                self._mark_session(event)
            case Voted():
                self.votes.append(event)
            case AskedAside():
                self.asides.append(event)
            case Unknown():
                pass
            case _:
                assert_never(event)
        self.last_at = getattr(event, "at", "") or self.last_at

    def insert(self, message: Message) -> None:
        """Add a message, unless there is one with its id."""
        if message.id in self.messages:
            return  # the same line twice: two writers, or an import repeated
        self.messages[message.id] = message
        self._children.setdefault(message.parent, []).append(message.id)

    def _add_message(self, event: MessageAdded) -> None:
        self.insert(
            Message(
                id=event.id,
                parent=event.parent,
                role=event.role,
                at=event.at,
                text=event.text,
                reasoning=event.reasoning,
                model=event.model,
                attachments=event.attachments,
                sources=event.sources,
                edited_from=event.edited_from,
                continues=self._still_continues(event),
                left_out=event.left_out,
                finish=event.finish or (Finish.STOP if event.role == "assistant" else None),
            )
        )

    def _still_continues(self, event: MessageAdded) -> str:
        """The reply that the message goes on from, as the one did that it is another wording of."""
        old = self.messages.get(event.edited_from)
        return old.continues if old is not None and (old.role, old.parent) == (event.role, event.parent) else ""

    def _start_reply(self, event: ReplyStarted) -> None:
        self.insert(
            Message(
                id=event.id,
                parent=event.parent,
                role="assistant",
                at=event.at,
                column=event.column,
                model=event.model,
                system=event.system,
                parameters=event.parameters,
                choice=event.choice,
                continues=event.continues,
                sources=event.sources,
            )
        )

    def _grow(self, event: ReplyText) -> None:
        message = self.messages.get(event.id)
        if message is None or message.finish is not None:
            return
        if event.text:
            message.pieces.append(event.text)
        if event.reasoning:
            message.reasoning_pieces.append(event.reasoning)

    def _end_reply(self, event: ReplyEnded) -> None:
        message = self.messages.get(event.id)
        if message is None:
            return
        message.pieces.clear()
        message.reasoning_pieces.clear()
        message.text, message.reasoning = event.text, event.reasoning
        message.finish, message.finish_words, message.ended_at = event.finish, event.finish_words, event.at
        message.usage, message.timings = event.usage, event.timings
        message.cost_usd, message.cost_is_estimated = event.cost_usd, event.cost_is_estimated
        message.tool_calls, message.logprobs = event.tool_calls, event.logprobs
        message.meta, message.sent, message.error = event.meta, event.sent, event.error

    def _apply_to_columns(self, event: ColumnAdded | ColumnChanged | ColumnRemoved | HeadMoved) -> None:
        if isinstance(event, ColumnAdded):
            self.columns[event.column] = Column(
                event.column, event.model, event.system, event.parameters, event.head, kind=event.kind
            )
            self._place(event.column, event.position)
            return
        column = self.columns.get(event.column)
        if column is None:
            return
        match event:
            case ColumnRemoved():
                del self.columns[event.column]
            case HeadMoved(head=head):
                column.head = head
            case ColumnChanged():
                for name in ("model", "system", "parameters", "is_on", "kind"):
                    value = getattr(event, name)
                    if value is not None:
                        setattr(column, name, value)
                self._place(event.column, event.position)

    def _place(self, column: str, position: int | None) -> None:
        if position is None:
            return
        order = [name for name in self.columns if name != column]
        order.insert(max(0, min(position, len(order))), column)
        self.columns = {name: self.columns[name] for name in order}

    def _mark_message(self, event: MessageMarked) -> None:
        message = self.messages.get(event.id)
        if message is None:
            return
        if event.is_starred is not None:
            message.is_starred = event.is_starred
        if event.note is not None:
            message.note = event.note

    def _mark_session(self, event: SessionMarked) -> None:
        for name in ("title", "is_pinned", "tags", "layout"):
            value = getattr(event, name)
            if value is not None:
                setattr(self, name, value)

    # -- reading ---------------------------------------------------------------------------------------------------

    def path(self, head: str | None) -> list[Message]:
        """The conversation that ends at `head`, oldest first; deleted messages are left out.

        A loop in a damaged file ends the path instead of hanging it.
        """
        found: list[Message] = []
        seen: set[str] = set()
        while head is not None and head not in seen:
            seen.add(head)
            message = self.messages.get(head)
            if message is None:
                break
            if not message.is_deleted:
                found.append(message)
            head = message.parent
        found.reverse()
        return found

    def children(self, parent: str | None) -> list[Message]:
        """The messages that follow `parent` (None: the roots), oldest first.

        Deleted ones are left out; what follows one of those stands in its place.
        """
        found: list[Message] = []
        queue = list(reversed(self._children.get(parent, ())))
        seen: set[str] = set()
        while queue:
            name = queue.pop()
            message = self.messages[name]
            if not message.is_deleted:
                found.append(message)
            elif name not in seen:
                seen.add(name)
                queue.extend(reversed(self._children.get(name, ())))
        return found

    def variants(self, message_id: str) -> list[Message]:
        """A message and its siblings of the same role, oldest first: what the pager walks."""
        message = self.messages[message_id]
        if len(self._children.get(message.parent, ())) == 1 and not message.is_deleted:
            return [message]  # by far the most messages have no siblings, and a long conversation asks for each
        return [sibling for sibling in self.children(message.parent) if sibling.role == message.role]

    def leaf_below(self, message_id: str) -> str:
        """The newest end of the branch that goes through `message_id`."""
        seen = {message_id}
        while children := self.children(message_id):
            message_id = children[-1].id
            if message_id in seen:
                break
            seen.add(message_id)
        return message_id

    def branch(self, message_id: str) -> list[str]:
        """`message_id` and everything below it, deleted or not."""
        found, queue, seen = [], [message_id], set()
        while queue:
            current = queue.pop()
            if current in seen or current not in self.messages:
                continue
            seen.add(current)
            found.append(current)
            queue.extend(self._children.get(current, ()))
        return found

    @property
    def on_columns(self) -> list[Column]:
        """The columns that a prompt goes to."""
        return [column for column in self.columns.values() if column.is_on]

    @property
    def shown_title(self) -> str:
        """The title, or the beginning of the first question."""
        return self.titled(str)

    def titled(self, mask: Callable[[str], str]) -> str:
        """`shown_title` for where keys must not go: masked before it is cut, so that not even half of one is left."""
        if self.title:
            return mask(self.title)
        asked = (message for message in self.messages.values() if message.role == "user")
        return next(filter(None, (headline(mask(message.text), message.attachments) for message in asked)), "")

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever said."""
        return not self.messages

    @property
    def incomplete_replies(self) -> list[Message]:
        """Replies that never got an end: the app was killed while they streamed."""
        return [message for message in self.messages.values() if message.is_reply and message.finish is None]


def headline(text: str, attachments: Sequence[Attachment]) -> str:
    """What a session is called after its first question: the beginning of it, or the files that were all of it."""
    line = " ".join((text.strip()[: TITLE_CHARS * 4] or ", ".join(file.name for file in attachments)).split())
    return line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1].rstrip() + "…"
