"""The journal of one session: events go in, lines come out, and nothing that was accepted is lost.

Events wait in memory until a flush puts them on disk, all of them in order, in one write with one fsync. When the
disk is full, read-only or gone they go on waiting and `trouble` says so; nothing is raised, because a failing disk
must not take the conversation down with it. A session in which nothing was said makes no file. `Journal` blocks and
is for threads; `AsyncJournal` wraps it for an event loop. This module refuses to decide when to flush a growing
reply: whoever owns the clock does.
"""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from tui.domain.record import MessageAdded, ReplyEnded, ReplyStarted, ReplyText, SessionEvent, SessionStarted, now
from tui.errors import SessionError
from tui.store.codec import LineError, decode_line, encode_values, event_values
from tui.store.lines import LineFile
from tui.store.pieces import GuardedText
from tui.store.scrub import Redacts, scrub_values
from tui.store.sharing import SentRequests

WRITE_WITHIN_S = 1.0
"""How long events that need not be durable may wait in memory."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM}
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ENODEV, errno.ENXIO}


def trouble_words(error: OSError, path: Path) -> str:
    """Why a session is not being saved and what to do, in one sentence."""
    if error.errno in _FULL:
        cause = "the disk is full; make room"
    elif error.errno in _FORBIDDEN:
        cause = f"{path.parent} may not be written; allow it"
    elif error.errno in _GONE and (place := _in_the_way(path)) is not None:
        cause = f"{place} is in the way: it is not a folder; move it"
    elif error.errno in _GONE:
        cause = f"{path.parent if not path.parent.exists() else path.name} is gone; bring it back"
    elif error.errno == errno.ETIMEDOUT:
        cause = "another program keeps the folder locked; end it"
    else:
        cause = f"{path.name}: {error.strerror or 'the disk failed'}; mend it"
    return f"Not saved: {cause} and retry. What was said since is kept in memory."


def _in_the_way(path: Path) -> Path | None:
    """What stands where one of the folders above `path` should be."""
    return next((place for place in path.parents if place.exists() and not place.is_dir()), None)


class _Growth:
    """Text of one reply that came since the last flush."""

    __slots__ = ("id", "reasoning", "text")

    def __init__(self, reply_id: str) -> None:
        self.id = reply_id
        self.text: list[str] = []
        self.reasoning: list[str] = []

    def event(self) -> ReplyText:
        return ReplyText(self.id, "".join(self.text), "".join(self.reasoning))


class Journal:
    """Writes one session's events. Every method but `buffer` may block on the disk; all may be called by any thread."""

    def __init__(
        self,
        path: Path,
        session_id: str,
        *,
        known_bytes: int | None = None,
        sent: SentRequests | None = None,
        redactor: Redacts | None = None,
        is_synced: bool = True,
    ) -> None:
        """A journal for `path`.

        Args:
            path: The session file; made with the first thing said.
            session_id: Goes into the header of a new file.
            known_bytes: How much of an existing file the caller has read; None for a new session.
            sent: What the caller has read of requests, so that new ones need not repeat them.
            redactor: Knows the keys in use, which must not be written.
            is_synced: Whether a flush waits for the disk; see `LineFile`.

        Raises:
            ConfigError: `path` is a symbolic link.
        """
        self.path = path
        self.session_id = session_id
        self.trouble: str | None = None
        """Lasting words about why events are not on disk, or None."""
        self.has_company = False
        """Whether another instance has, or had, this session open."""
        self.read_only_words: str | None = None
        """Why nothing may be appended at all; None when it may."""
        self._file = LineFile(path, is_synced=is_synced)
        self._redactor = redactor
        self._sent = sent or SentRequests()
        self._pending: list[SessionEvent | _Growth] = []
        self._growing: dict[str, _Growth] = {}
        self._unwritten: list[bytes] = []
        self._guards: dict[str, tuple[GuardedText, GuardedText]] = {}
        """Of each growing reply, what keeps keys out of its text and its reasoning."""
        self._has_header = known_bytes is not None
        self._is_flushing = threading.Lock()
        self._is_queuing = threading.Lock()
        if known_bytes is not None:
            self._open(known_bytes)

    def _open(self, known_bytes: int) -> None:
        try:
            self._file.open(known_bytes)
        except OSError as error:
            self.trouble = trouble_words(error, self.path)
        self.has_company = self._file.is_shared

    @property
    def is_saved(self) -> bool:
        """Whether everything accepted so far is on disk (or nothing was said yet)."""
        return not self._unwritten and not any(_is_said(event) for event in self._pending)

    def append(self, events: Iterable[SessionEvent], *, durable: bool = True) -> None:
        """Accept `events`, and write everything that waits when `durable`.

        Raises:
            SessionError: the session is open read-only.
        """
        self.buffer(events)
        if durable:
            self.flush()

    def buffer(self, events: Iterable[SessionEvent]) -> None:
        """Accept `events` without touching the disk; pieces of one reply are joined.

        Raises:
            SessionError: the session is open read-only.
        """
        if self.read_only_words is not None:
            raise SessionError(self.read_only_words)
        with self._is_queuing:
            for event in events:
                self._queue(event)

    def _queue(self, event: SessionEvent) -> None:
        if isinstance(event, ReplyText):
            growth = self._growing.get(event.id)
            if growth is None:
                growth = self._growing[event.id] = _Growth(event.id)
                self._pending.append(growth)
            growth.text.append(event.text)
            growth.reasoning.append(event.reasoning)
            return
        if isinstance(event, ReplyEnded) and (growth := self._growing.pop(event.id, None)) is not None:
            self._pending.remove(growth)  # the end holds the whole text
        self._pending.append(event)

    def flush(self) -> None:
        """Put everything that waits on disk; in vain when `trouble` says so afterwards."""
        with self._is_flushing:
            self._encode_pending()
            if not self._unwritten:
                return
            try:
                self._file.append(b"".join(self._unwritten))
            except OSError as error:
                self.trouble = trouble_words(error, self.path)
                return
            self._unwritten.clear()
            self.trouble = None
            self.has_company |= self._file.is_shared

    def retry(self) -> None:
        """Try again after trouble; a file or folder that vanished is made anew with all that it held."""
        with self._is_flushing:
            try:
                self._file.recreate()
            except OSError as error:
                self.trouble = trouble_words(error, self.path)
                return
        self.flush()

    def poll(self) -> list[SessionEvent]:
        """What other instances appended since the last call; damaged lines are left to the next reading."""
        with self._is_flushing:
            lines = self._file.take_foreign()
        events = []
        for line in lines.split(b"\n"):
            try:
                if line.strip():
                    events.append(self._foreign(decode_line(line)))
            except LineError:
                continue
        self.has_company |= bool(events)
        return events

    def is_alone(self) -> bool:
        """Whether no other instance has the session open any more."""
        with self._is_flushing:
            return self._file.is_alone()

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        self.flush()
        with self._is_flushing:
            self._file.close()

    def _encode_pending(self) -> None:
        """Turn what waits into lines, unless nothing was said yet in a session without a file."""
        with self._is_queuing:
            if not self._has_header and not any(_is_said(event) for event in self._pending):
                return
            taken, self._pending = self._pending, []
            self._growing.clear()
        for item in taken:
            event = self._guarded(item.event()) if isinstance(item, _Growth) else item
            if event is None:
                continue
            if isinstance(event, SessionStarted):
                if self._has_header:
                    continue
                self._has_header = True
            elif not self._has_header:
                self._has_header = True
                self._unwritten.append(self._line(SessionStarted(self.session_id, now())))
            self._unwritten.append(self._line(event))

    def _guarded(self, event: ReplyText) -> ReplyText | None:
        """What may be written of a piece: not the half of a key, whose rest is in the next one."""
        if self._redactor is None:
            return event
        guards = self._guards.get(event.id)
        if guards is None:
            guards = self._guards[event.id] = (GuardedText(self._redactor), GuardedText(self._redactor))
        text, reasoning = guards[0].take(event.text), guards[1].take(event.reasoning)
        return ReplyText(event.id, text, reasoning) if text or reasoning else None

    def _line(self, event: SessionEvent) -> bytes:
        values = scrub_values(event_values(event), self._redactor)
        if isinstance(event, ReplyEnded):
            self._guards.pop(event.id, None)
            if isinstance(sent := values.get("sent"), dict):
                values["sent"] = self._sent.shortened(event.id, sent)
        return encode_values(values)

    def _foreign(self, event: SessionEvent) -> SessionEvent:
        if not isinstance(event, ReplyEnded) or event.sent is None:
            return event
        self._sent.note(event.id, event.sent)
        return replace(event, sent=self._sent.expanded(event.sent))


def _is_said(item: SessionEvent | _Growth) -> bool:
    return isinstance(item, (MessageAdded, ReplyStarted, _Growth, ReplyEnded))


class AsyncJournal:
    """A journal for an event loop: disk work happens in order on a thread of its own, so the loop never waits."""

    def __init__(self, journal: Journal, *, is_inline: bool = False) -> None:
        """A journal that is written by a thread of its own; with `is_inline` by the loop itself.

        That is for a journal that does not wait for the disk, in a program where nobody waits for the loop: to hand a
        write over to a thread costs more than the write.
        """
        self.journal = journal
        self._is_inline = is_inline
        self._thread: ThreadPoolExecutor | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Future[None]] = set()

    @property
    def trouble(self) -> str | None:
        """Lasting words about why events are not on disk, or None."""
        return self.journal.trouble

    @property
    def has_company(self) -> bool:
        """Whether another instance has, or had, this session open."""
        return self.journal.has_company

    @property
    def read_only_words(self) -> str | None:
        """Why nothing may be appended at all; None when it may."""
        return self.journal.read_only_words

    @property
    def is_saved(self) -> bool:
        """Whether everything accepted so far is on disk."""
        return self.journal.is_saved

    async def append(self, events: Sequence[SessionEvent], *, durable: bool = False) -> None:
        """Accept `events` in order; when `durable`, return only after they reached the disk or met `trouble`.

        Raises:
            SessionError: the session is open read-only.
        """
        self.journal.buffer(events)
        if durable:
            await self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WRITE_WITHIN_S, self._write_soon)

    async def flush(self) -> None:
        """Put everything that waits on disk; a cancelled caller does not cancel the write."""
        self._forget_timer()
        await asyncio.shield(self._start(self.journal.flush))

    async def retry(self) -> None:
        """Try again after trouble."""
        await asyncio.shield(self._start(self.journal.retry))

    async def poll(self) -> list[SessionEvent]:
        """What other instances appended since the last call."""
        return await asyncio.get_running_loop().run_in_executor(self._worker(), self.journal.poll)

    async def is_alone(self) -> bool:
        """Whether no other instance has the session open any more."""
        return await asyncio.get_running_loop().run_in_executor(self._worker(), self.journal.is_alone)

    async def close(self) -> None:
        """Write what waits, and let go of the file and the thread."""
        self._forget_timer()
        await asyncio.shield(self._start(self.journal.close))
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None  # a late append, from a task that is still ending, starts another

    def _worker(self) -> ThreadPoolExecutor:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parley-journal")
        return self._thread

    def _start(self, work: Callable[[], None]) -> asyncio.Future[None]:
        if self._is_inline:
            done = asyncio.get_running_loop().create_future()
            work()
            done.set_result(None)
            return done
        task = asyncio.get_running_loop().run_in_executor(self._worker(), work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _write_soon(self) -> None:
        self._timer = None
        self._start(self.journal.flush)

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
