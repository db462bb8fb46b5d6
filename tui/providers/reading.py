"""One reply while it is read: bytes in, events out, and whether what came is a whole reply.

A reply is whole only with a finish mark; what follows a `[DONE]` does not exist. Bad lines become notes, an error
inside the stream is kept until the text before it was handed out. Refuses to wait, and to know any wire format.

Source: wire-contracts 0.4 to 0.7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tui.domain.events import (
    Finish,
    Finished,
    MetaReport,
    Note,
    RawFrame,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    TokenLogprobs,
    ToolCallDelta,
    UsageReport,
)
from tui.providers.base import Rejection, ReplyReader, StreamError
from tui.providers.framing import Framing
from tui.providers.lenient_json import BadJson, keepable, loads
from tui.providers.sse import SseEvent
from tui.text.clean import clean_line

_NOTES_SHOWN = 3
_FRAGMENT_CELLS = 80
_FRAGMENT_CHARS = 400


class Reading:
    """Reads one reply; asked piece by piece."""

    def __init__(
        self,
        reader: ReplyReader,
        framing: Framing,
        *,
        wants_frames: bool = False,
        redact: Callable[[str], str] = str,
    ) -> None:
        self.received_chars = 0
        """Characters of text and thinking so far."""
        self.has_content = False
        """Whether anything was said: text, thinking or a tool call."""
        self.has_progressed = False
        """Whether the last piece brought content or a finish; pings and metadata are none."""
        self.is_over = False
        """Whether nothing more is to be read."""
        self.frames = 0
        self.failure: StreamError | None = None
        """The error that the server put into the reply."""
        self.is_unreadable = False
        """Whether the body is a document that is no reply."""
        self.is_torn = False
        """Whether the body ended inside a JSON object: even where a clean end is the finish mark, this is none."""
        self.framing = framing
        self.seen_choices: set[int] = set()
        self._reader = reader
        self._wants_frames = wants_frames
        self._redact = redact
        self._spoken: set[int] = set()
        self._finished: set[int] = set()
        self._held: list[Finished] = []
        self._is_ended = False
        self._bad_lines = 0

    @property
    def is_finished(self) -> bool:
        """Whether every choice that has begun has its finish mark, and there is one at all."""
        return (self._is_ended or bool(self._finished)) and self.seen_choices <= self._finished

    @property
    def is_whole(self) -> bool:
        """Whether the reply is complete."""
        return self.failure is None and not self.is_unreadable and self.is_finished

    @property
    def is_empty(self) -> bool:
        """Whether a reply that claims to have ended normally says nothing."""
        return not self.has_content and (bool(self._held) or not self._finished)

    def feed(self, piece: bytes) -> list[StreamEvent]:
        """The events that `piece` completes.

        Raises:
            TooLarge: the reply exceeds a limit.
        """
        events: list[StreamEvent] = []
        self.has_progressed = False
        for frame in self.framing.feed(piece):
            if self.is_over:
                break
            self._take_frame(frame, events)
        return events

    def end(self) -> list[StreamEvent]:
        """The events that the clean end of the body completes.

        Raises:
            TooLarge: the reply exceeds a limit.
        """
        events: list[StreamEvent] = []
        for frame in self.framing.end():
            if self.is_over:
                break
            bad_lines = self._bad_lines
            if self.framing.kind == "events":
                self._take_unmarked(events, self._take_frame, frame)
            else:
                self._take_frame(frame, events)
            self.is_torn = self._bad_lines > bad_lines and self.framing.ends_loose and frame.data.startswith("{")
        if self.is_over:
            return events
        if self.framing.kind == "document":
            self._take_document(events)
        elif self.framing.kind:
            self._take_stray(events)
            if self.failure is None and self.is_torn:
                self._take_unmarked(events, self._take_end)
            elif self.failure is None:
                self._take_end(events)
        self.is_over = True
        return events

    def rest(self) -> list[StreamEvent]:
        """What was held back until the reply's end, and how many lines were skipped in all."""
        rest: list[StreamEvent] = []
        if self.has_content:
            rest.extend(self._held)
        if self._bad_lines > _NOTES_SHOWN:
            rest.append(Note(f"{self._bad_lines} parts of the reply could not be read and were skipped."))
        return rest

    # -- frames --------------------------------------------------------------------------------------------------------

    def _take_frame(self, frame: SseEvent, events: list[StreamEvent]) -> None:
        text = frame.data
        if not text:
            return
        if self._wants_frames:
            events.append(RawFrame(text, frame.event))
        if len(text) < 16 and text.strip() == "[DONE]":
            self._take(self._reader.done_mark, events)
            self._is_ended = self.is_over = True
            return
        self.frames += 1
        try:
            data = loads(text)
        except BadJson as bad:
            self._take_bad(frame, str(bad), events)
            return
        if frame.event == "error" and not isinstance(data, dict):
            self._fail(StreamError(Rejection(words=data if isinstance(data, str) else text)))
            return
        self._take(self._reader.frame, events, data, frame.event)
        if self._reader.is_done:
            self._is_ended = self.is_over = True

    def _take_end(self, events: list[StreamEvent]) -> None:
        self._take(self._reader.end, events)

    def _take_unmarked(self, events: list[StreamEvent], take: Callable[..., None], *given: Any) -> None:
        """Take what the end of the body cut: its text counts, its finish marks do not."""
        finished, held, is_ended = set(self._finished), list(self._held), self._is_ended
        found: list[StreamEvent] = []
        take(*given, found)
        self._finished, self._held, self._is_ended = finished, held, is_ended
        events.extend(event for event in found if not isinstance(event, Finished) or event.choice in finished)

    def _take(self, read: Callable[..., Iterable[StreamEvent]], events: list[StreamEvent], *given: Any) -> None:
        """Take what a reader's method finds; it may raise before it yields anything."""
        try:
            for event in read(*given):
                kind = type(event)
                if kind is TextDelta or kind is ReasoningDelta:
                    self._count_text(event)  # type: ignore[arg-type]  # `kind` says so; faster than isinstance
                elif isinstance(event, MetaReport):
                    event = MetaReport(keepable(event.values))  # it goes into a file, whatever the server sent
                elif kind is not UsageReport:
                    self.has_progressed = True
                    if self._holds_back(event):
                        continue
                events.append(event)
        except StreamError as error:
            self._fail(error)
        except RecursionError:
            self._add_note(events, "nested too deep")

    def _count_text(self, event: TextDelta | ReasoningDelta) -> None:
        if event.text:
            self.received_chars += len(event.text)
            self._spoken.add(event.choice)
            self.seen_choices.add(event.choice)
            self.has_content = self.has_progressed = True

    def _holds_back(self, event: StreamEvent) -> bool:
        """Count an event that is not text; whether it waits: an ordinary end of a choice that has said nothing yet."""
        match event:
            case ToolCallDelta(choice=choice):
                self.has_content = True
                self._spoken.add(choice)
                self.seen_choices.add(choice)
            case TokenLogprobs(choice=choice):
                self.seen_choices.add(choice)
            case Finished(Finish.ERROR, words=words):
                self._fail(StreamError(Rejection(words=f"the server ended the reply with “{words or 'error'}”")))
                return True
            case Finished(finish, choice):
                self.seen_choices.add(choice)
                self._finished.add(choice)
                if finish is Finish.STOP and choice not in self._spoken:
                    self._held.append(event)
                    return True
        return False

    def _take_bad(self, frame: SseEvent, why: str, events: list[StreamEvent]) -> None:
        if frame.event == "error":
            self._fail(StreamError(Rejection(words=frame.data)))
        else:
            fragment = self._redact(frame.data[:_FRAGMENT_CHARS])  # before it is cut: half a key is one, too
            self._add_note(events, f"{why}: {clean_line(fragment, _FRAGMENT_CELLS)}")

    def _add_note(self, events: list[StreamEvent], why: str) -> None:
        self._bad_lines += 1
        if self._bad_lines <= _NOTES_SHOWN:
            events.append(Note(f"A part of the reply was skipped ({why})."))

    def _fail(self, error: StreamError) -> None:
        self.failure = error
        self.is_over = True

    # -- bodies that are not streams -----------------------------------------------------------------------------------

    def _take_document(self, events: list[StreamEvent]) -> None:
        body = self.framing.document
        try:
            data = loads(body)
        except BadJson:
            self.is_unreadable = True
            return
        if self._wants_frames:
            events.append(RawFrame(body.decode("utf-8", "replace")))
        self.frames += 1
        if not isinstance(data, dict | list):
            self.is_unreadable = True
            return
        self._take(self._reader.document, events, data)
        if self.failure is not None:
            return
        unfinished = sorted(self.seen_choices - self._finished)
        self._take(
            lambda: [Finished(Finish.STOP, choice) for choice in unfinished], events
        )  # a document ends where it ends
        self.is_unreadable = not self.seen_choices

    def _take_stray(self, events: list[StreamEvent]) -> None:
        """A line of bare JSON between events, when the stream has no proper end: some gateways fail with one."""
        if self.is_finished or not self.framing.stray:
            return
        try:
            data = loads(self.framing.stray)
        except BadJson:
            return
        if isinstance(data, dict) and (data.get("error") or "detail" in data):
            self._take(self._reader.document, events, data)
