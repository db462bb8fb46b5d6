"""What the terminal sends, made safe before Textual turns it into keys: a paste is text, whatever it holds.

Textual's parser reads an ESC inside a bracketed paste as the beginning of a key, and takes everything behind the first
paste-end mark for typing, so that a hostile clipboard could press Enter. Here a paste is cut out of the input before
that parser sees it, and what comes right behind its end mark is held for a moment: if another end mark follows, the
first one was part of the clipboard, and what was held is text, too. This module refuses to interpret the text.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Generator, Iterable
from time import monotonic

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.message import Message

from tui.widgets.terminal_answers import TerminalSaid, begun_answer_chars, split_answers

PASTE_START = "\x1b[200~"
PASTE_END = "\x1b[201~"
SETTLE_S = 0.15
"""How long after a paste's end mark typing is held back; shorter than anybody's next key."""
STALE_S = 1.0
"""A paste without an end mark that pauses this long is shown; a single key after it is a key again."""
ONE_KEY_CHARS = 8
"""No key sends more characters; longer input after a stalled paste is the rest of it."""
PASTE_LIMIT_CHARS = 8 * 1024 * 1024
"""What is kept of one paste; more is dropped rather than filling the memory."""

_ALT_AND_SIGN = re.compile("\x1b[-=0-9]")
_ESCAPED_ENTER = re.compile("\x1b[\r\n]")
# xterm's and tmux's modifyOtherKeys form of Enter, which Textual does not name.
_MODIFIED_ENTER = re.compile("\x1b\\[27;([0-9]{1,2});13~")


class PasteSafeParser(XTermParser):
    """Textual's input parser with pastes cut out of what it reads."""

    def __init__(self, debug: bool = False) -> None:
        self._state = "typing"  # then "pasting", "settling" and back; "stalled" when a paste pauses
        self._partial = ""
        self._pasted: list[str] = []
        self._pasted_chars = 0
        self._deadline: float | None = None
        super().__init__(debug)

    def feed(self, data: str) -> Iterable[Message]:
        """Turn terminal input into messages; the empty string is the end of input."""
        if not data:
            yield from self._typed(self._partial)
            self._partial = ""
            yield from super().feed("")
            return
        data, self._partial = self._partial + data, ""
        while data:
            data = yield from self._step(data)

    def tick(self) -> Iterable[Message]:
        """Act on time passed; the driver calls this about ten times a second."""
        if self._deadline is not None and monotonic() >= self._deadline:
            yield from self._time_passed()
        yield from super().tick()

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        """A character pressed with Alt is a key and no text.

        Textual's fields would write the letter and keep the key; of comma, full stop and the like Textual forgets Alt,
        and of digits, minus and equals sign it makes what a Mac's keyboard has there: ¡, –, ≠.
        """
        if _ALT_AND_SIGN.fullmatch(sequence):
            sequence, alt = sequence[1], True
        for key in super()._sequence_to_key_events(sequence, alt):
            if alt and key.is_printable:
                yield events.Key(key.key if key.key.startswith("alt+") else f"alt+{key.key}", None)
            else:
                yield key

    def _step(self, data: str) -> Generator[Message, None, str]:
        match self._state:
            case "typing":
                return (yield from self._step_typing(data))
            case "settling":
                return (yield from self._step_settling(data))
            case _:
                return (yield from self._step_pasting(data))

    def _step_typing(self, data: str) -> Generator[Message, None, str]:
        before, mark, behind = data.partition(PASTE_START)
        if mark:
            yield from self._typed(before)
            self._enter("pasting", STALE_S)
            return behind
        keep = max(_cut_mark(data, PASTE_START), begun_answer_chars(data))
        self._partial = data[len(data) - keep :]
        self._deadline = monotonic() + constants.ESCAPE_DELAY if keep else None
        yield from self._typed(data[: len(data) - keep])
        return ""

    def _step_pasting(self, data: str) -> Generator[Message, None, str]:
        if self._state == "stalled" and len(data) <= ONE_KEY_CHARS and PASTE_END not in data:
            self._enter("typing", None)
            return data
        text, mark, behind = data.partition(PASTE_END)
        if mark:
            self._keep(text)
            yield from self._flush_paste()
            self._enter("settling", SETTLE_S)
            return behind
        keep = _cut_mark(data, PASTE_END)
        self._partial = data[len(data) - keep :]
        self._keep(data[: len(data) - keep])
        self._enter("pasting", STALE_S)
        return ""

    def _step_settling(self, data: str) -> Generator[Message, None, str]:
        text, mark, behind = data.rpartition(PASTE_END)
        if mark:
            self._keep(text)
            yield from self._flush_paste()
            self._enter("settling", SETTLE_S)
            return behind
        if data.startswith(PASTE_START):  # a second paste right behind the first
            self._enter("pasting", STALE_S)
            return data[len(PASTE_START) :]
        self._partial = data
        return ""

    def _time_passed(self) -> Iterable[Message]:
        held, self._partial = self._partial, ""
        match self._state:
            case "typing":
                self._deadline = None
                yield from self._typed(held)
                self._timeout_time = 0.0  # it has waited long enough to know that this was the Escape key
            case "settling":
                self._enter("typing", None)
                while held:
                    held = yield from self._step(held)
            case _:
                self._partial = held
                yield from self._flush_paste()
                self._enter("stalled", None)

    def _enter(self, state: str, wait_s: float | None) -> None:
        self._state = state
        self._deadline = None if wait_s is None else monotonic() + wait_s

    def _keep(self, text: str) -> None:
        room = PASTE_LIMIT_CHARS - self._pasted_chars
        if text and room > 0:
            self._pasted.append(text[:room])
            self._pasted_chars += len(text)

    def _flush_paste(self) -> Iterable[Message]:
        text = "".join(self._pasted).replace(PASTE_START, "")
        self._pasted.clear()
        self._pasted_chars = 0
        if text:
            yield events.Paste(text)

    def _typed(self, data: str) -> Iterable[Message]:
        """What Textual makes of `data`, without what the terminal says of itself."""
        if not data:
            return
        if "\x1b" not in data:
            yield from super().feed(data)
            return
        for piece in split_answers(data):
            if isinstance(piece, TerminalSaid):
                yield piece
            else:
                yield from self._pressed(piece)

    def _pressed(self, data: str) -> Iterable[Message]:
        """What Textual makes of `data`, with the ways to press Enter with a modifier that it does not know."""
        data = _MODIFIED_ENTER.sub("\x1b[13;\\1u", data)
        position = 0
        for found in _ESCAPED_ENTER.finditer(data):
            if found.start() > position:
                yield from super().feed(data[position : found.start()])
            yield events.Key("alt+enter", None)
            position = found.end()
        if position < len(data):
            yield from super().feed(data[position:])


def _cut_mark(data: str, mark: str) -> int:
    """How many characters at the end of `data` may be the beginning of `mark`."""
    for length in range(min(len(mark) - 1, len(data)), 0, -1):
        if data.endswith(mark[:length]):
            return length
    return 0


def guard_pastes(driver: type[Driver]) -> type[Driver]:
    """Make `driver` read its input through PasteSafeParser; drivers name their parser as a global of their module."""
    module = sys.modules[driver.__module__]
    if hasattr(module, "XTermParser"):
        vars(module)["XTermParser"] = PasteSafeParser
    return driver
