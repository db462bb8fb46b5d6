"""What comes from the command line, and what reaches the terminal or a pipe: text on stdout, all else on stderr.

All of it is harmless. JSON keeps the exact text: what a terminal could act on is escaped, not replaced.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO


def prepare_streams() -> None:
    """Make stdout and stderr unable to fail on a character, whatever the locale, and there, when they were closed."""
    if sys.stdout is None:
        sys.stdout = _nowhere()
    if sys.stderr is None:
        sys.stderr = _nowhere()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _nowhere() -> TextIO:
    return os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def complain(sentence: str) -> None:
    """One sentence on stderr about something that is not as it should be."""
    say(sentence)


def say(line: str) -> None:
    """A line on stderr, foreign parts of it cleaned; a stderr that is closed or full is nobody's concern."""
    from tui.text.clean import clean

    try:
        sys.stderr.write(f"parley: {clean(line)}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass


def announce(line: str) -> None:
    """A line on stderr as it is, cleaned, without our name before it: linear mode's own voice."""
    from tui.text.clean import clean

    try:
        sys.stderr.write(f"{clean(line)}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        pass  # as above


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON that a terminal cannot act on; numbers that JSON has no name for become null."""
    from tui.text.json_escapes import without_risks

    is_plain = not _speaks_unicode(sys.stdout)
    try:
        text = json.dumps(value, ensure_ascii=is_plain, indent=indent, allow_nan=False, default=str)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=is_plain, indent=indent, default=str)
    return without_risks(text)


def _speaks_unicode(stream: TextIO) -> bool:
    """Whether every character can be written; where not, JSON says it in escapes, a question mark would be a lie."""
    return (getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")


def _finite(value: Any) -> Any:
    match value:
        case float():
            return value if value - value == 0 else None
        case dict():
            return {str(key): _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case _:
            return value


def typed(text: str) -> str:
    """A word of the command line as it was typed, also in a locale that has no characters for it."""
    if text.isascii() or not any("\udc80" <= character <= "\udcff" for character in text):
        return text
    return os.fsencode(text).decode("utf-8", "replace")


class TextOut:
    """Reply text on a stream, piece by piece, cleaned.

    A carriage return at the end of a piece waits for the next one, so that CR LF is one line end wherever it was cut.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._held = ""
        self._ends_line = True
        self.wrote = False

    def write(self, text: str) -> None:
        """Write the next piece.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        from tui.text.clean import clean

        text = self._held + text
        self._held = ""
        if text.endswith("\r"):
            text, self._held = text[:-1], "\r"
        if text:
            self._stream.write(clean(text))
            self._stream.flush()
            self._ends_line = text.endswith("\n")
            self.wrote = True

    def close(self) -> None:
        """End the last line."""
        if self._held:
            held, self._held = self._held, ""
            self.write(held + "\n")
        elif self.wrote and not self._ends_line:
            self._stream.write("\n")
            self._stream.flush()
