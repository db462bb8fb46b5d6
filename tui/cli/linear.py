"""`parley --linear`: the same chats as plain lines, for screen readers, dumb terminals and scripts.

Nothing is painted, nothing moves, each line is written once: replies go to stdout as whole lines, everything else is
announced on stderr. Lines are read as the terminal gives them, without an editor of our own. What the words that begin
with / do is in `linear_acts`; this module refuses to know.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

from tui.cli import main
from tui.cli.linear_acts import LinearChat, Quit
from tui.cli.output import announce
from tui.cli.preset_use import chosen_preset
from tui.config import load_config
from tui.errors import ParleyError

LONGEST_LINE_BYTES = 4095
"""What a terminal's own line holds (Linux: MAX_CANON); the rest of a longer one is lost before we see it."""


def run(args: argparse.Namespace) -> int:
    """Talk until the end of input; returns the exit code.

    On a terminal that is 0, or 130 after Ctrl+C twice; for a script the first thing that went wrong.

    Raises:
        ParleyError: the options cannot be.
    """
    config = load_config(args.config)
    preset = chosen_preset(args)
    models = args.model or ([preset.model] if preset is not None and preset.model else [])
    with asyncio.Runner() as runner:
        chat = LinearChat(config, is_stored=not args.no_store)
        try:
            runner.run(chat.open(models, args.resume))
            if preset is not None:
                runner.run(chat.begin_with(preset))
            return _Prompt(runner, chat).talk()
        finally:
            runner.run(chat.close())


class _Prompt:
    """Reads lines and has them done, one after the other."""

    def __init__(self, runner: asyncio.Runner, chat: LinearChat) -> None:
        self._runner = runner
        self._chat = chat
        self._is_terminal = sys.stdin is not None and sys.stdin.isatty()
        self._was_interrupted = False
        self._worst = main.OK

    def talk(self) -> int:
        """Read and do until the end; returns the exit code."""
        if self._is_terminal:
            announce("Parley, line by line. /help lists what can be done; Ctrl+D quits.")
        while True:
            try:
                text = self._read()
            except KeyboardInterrupt:
                if self._was_interrupted:
                    announce("")
                    return main.INTERRUPTED
                self._was_interrupted = True
                announce("\nPress Ctrl+C again to quit.")
                continue
            self._was_interrupted = False
            if text is None:
                return main.OK if self._is_terminal else self._worst
            if not self._do(text):
                return main.OK if self._is_terminal else self._worst

    def _do(self, text: str) -> bool:
        """Do one prompt or /word; returns whether to go on."""
        try:
            self._note(self._finish(self._chat.do(text)))
        except Quit:
            return False
        except KeyboardInterrupt:
            self._note(main.INTERRUPTED)
        except ParleyError as error:
            announce(str(error))
            self._note(main.exit_code_of(error))
        return True

    def _finish(self, work: Coroutine[Any, Any, int]) -> int:
        return self._runner.run(work)  # Ctrl+C cancels the work, which keeps what came

    def _note(self, code: int) -> None:
        self._worst = self._worst or code

    def _read(self) -> str | None:
        """The next prompt, of several lines when they end in a backslash; None at the end of input."""
        lines: list[str] = []
        while True:
            line = self._read_line("> " if not lines else "… ")
            if line is None:
                return "\n".join(lines) if lines else None
            if not line.endswith("\\"):
                return "\n".join([*lines, line])
            lines.append(line[:-1])

    def _read_line(self, prompt: str) -> str | None:
        if self._is_terminal:
            sys.stderr.write(prompt)
            sys.stderr.flush()
        raw = sys.stdin.buffer.readline() if sys.stdin is not None else b""
        if not raw:
            if self._is_terminal:
                announce("")
            return None
        if self._is_terminal and len(raw) > LONGEST_LINE_BYTES:
            announce("The terminal cuts lines this long, so nothing was sent; write it with /edit.")
            return ""
        return raw.decode("utf-8", "replace").removeprefix("\ufeff").rstrip("\r\n")
