"""What lies around the screen: the terminal's title, its focus, its answers, and calling the user back to it.

The title that was there before comes back when the app ends, is suspended, or crashes. Draws nothing.
"""

from __future__ import annotations

import os
from typing import Any

from textual import on
from textual.driver import Driver

from tui.screens.dressed import Dressed
from tui.text.clean import clean_line
from tui.widgets.ringing import call_sequence
from tui.widgets.terminal_answers import (
    ASK_BACKGROUND,
    ASK_KEYS,
    FOLLOW_BACKGROUND,
    LEAVE_BACKGROUND,
    TerminalSaid,
)
from tui.widgets.terminal_input import guard_pastes

KEEP_TITLE, GIVE_TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
LONGEST_TITLE = 80
SILENT_TERMS = frozenset({"", "dumb", "linux", "vt100", "vt102", "vt220"})
"""Terminals that answer nothing, and might show what they do not understand."""


def title_sequence(title: str) -> str:
    """Sets the terminal's title; `title` may be anybody's words."""
    return f"\x1b]2;{clean_line(title, LONGEST_TITLE)}\x1b\\"


def courteous(driver: type[Driver]) -> type[Driver]:
    """`driver`, which asks the terminal what it can do and gives it its title back, also while suspended."""
    is_silent = os.environ.get("TERM", "") in SILENT_TERMS

    class Courteous(driver):  # type: ignore[misc, valid-type]  # which driver it is depends on the platform
        def start_application_mode(self) -> None:
            super().start_application_mode()
            if not is_silent:
                self.write(KEEP_TITLE + title_sequence(self._app.title))
                self.write(ASK_KEYS + ASK_BACKGROUND + FOLLOW_BACKGROUND)
                self.flush()

        def stop_application_mode(self) -> None:
            if not is_silent:
                self.write(LEAVE_BACKGROUND + GIVE_TITLE_BACK)
            super().stop_application_mode()

    return Courteous


class Outside(Dressed):
    """An app that knows that there is a terminal around it."""

    _reports_all_keys: bool = False

    def get_driver_class(self) -> type[Driver]:
        """The driver for this terminal, with pastes made safe."""
        return courteous(guard_pastes(super().get_driver_class()))

    def on_terminal_said(self, event: TerminalSaid) -> None:
        """The terminal answered what it was asked at the start, or says that light turned to dark."""
        event.stop()
        if event.reports_all_keys:
            self._reports_all_keys = True
            self.show_keys_again()
        else:
            self.note_background(event)

    @on(Driver.SignalResume)
    def _paint_anew(self) -> None:
        """Back from the shell: the terminal has forgotten what stood here, which the toolkit would not paint again."""
        self.refresh(layout=True)

    @property
    def new_line_keys(self) -> tuple[str, ...]:
        """The keys that start a new line in the composer, those first that this terminal can report."""
        certain = ("ctrl+j", "alt+enter")
        return ("shift+enter", *certain) if self._reports_all_keys else certain

    def show_keys_again(self) -> None:
        """What can be pressed is known better now."""
        raise NotImplementedError

    def watch_app_focus(self, has_focus: bool) -> None:
        """A screen that came up out of focus, as each one in a browser does, gives the keys to somebody now.

        At once: a key that comes out of focus is what brings it back, and is meant for somebody itself.
        """
        if has_focus and self.is_running and self.screen_stack:
            self._focus_somebody()

    def _focus_somebody(self) -> None:
        screen = self.screen
        if self.focused is None and screen.AUTO_FOCUS:
            found = next((widget for widget in screen.query(screen.AUTO_FOCUS) if widget.focusable), None)
            screen.set_focus(found)

    def watch_title(self, title: Any) -> None:
        """The terminal's title follows the session's."""
        if os.environ.get("TERM", "") not in SILENT_TERMS:
            self._write(title_sequence(str(title)))

    def call_back(self, words: str) -> None:
        """Tell a user who is elsewhere that something has ended here."""
        self._write(call_sequence(self.opening.config.ui.notify, "Parley", words, os.environ))

    def _write(self, sequence: str) -> None:
        if sequence and self._driver is not None and self.is_running and not self.is_headless:
            self._driver.write(sequence)
            self._driver.flush()
