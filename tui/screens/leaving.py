"""How the app ends, or steps aside: quitting, being interrupted, signals, ctrl+z. All is on record before it does.

Refuses to know what is to be kept: the bench does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import threading
from time import monotonic
from typing import TYPE_CHECKING

from textual.widget import Widget

from tui.screens.host import Host
from tui.widgets.working import start_work

if TYPE_CHECKING:
    pass

QUIT_WITHIN_S = 3.0
"""ctrl+c twice within this time quits."""
LOSE_WITHIN_S = 10.0
"""Quitting twice within this time leaves although something could not be saved."""
TERMINATED, HUNG_UP = 143, 129
"""The exit codes of what SIGTERM and SIGHUP ended."""
LOOK_FOR_TERMINAL_S = 1.0
"""How often it is made sure that the terminal is still there."""
LEAVE_WITHIN_S = 5.0
"""However it goes, the process is gone this long after all is on record."""


class Leaving(Host):
    """An app that can be left."""

    _is_ending: bool = False
    _interrupted_at: float = 0.0
    _warned_at: float = -LOSE_WITHIN_S

    # -- signals ---------------------------------------------------------------------------------------------------

    def end_on_signals(self) -> None:
        """SIGTERM ends the app like quitting does; SIGHUP, or a terminal that is gone, without a word to it."""
        loop = asyncio.get_running_loop()
        for name, is_gone in (("SIGTERM", False), ("SIGHUP", True)):
            number = getattr(signal, name, None)
            if number is not None:
                with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # no signals here
                    loop.add_signal_handler(number, self._end_soon, is_gone)
        if not self.is_headless and hasattr(select, "poll") and sys.__stdin__ is not None and sys.__stdin__.isatty():
            self.set_interval(LOOK_FOR_TERMINAL_S, self._look_for_terminal)

    def _look_for_terminal(self) -> None:
        """Nobody need send SIGHUP when a terminal goes; the toolkit would read its end over and over."""
        line = select.poll()
        line.register(0, 0)
        if any(state & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, state in line.poll(0)):
            self._end_soon(True)

    def _end_soon(self, is_terminal_gone: bool) -> None:
        if not self._is_ending:
            self._is_ending = True
            self.run_worker(self._end_at_once(is_terminal_gone), exit_on_error=False)

    async def _end_at_once(self, is_terminal_gone: bool) -> None:
        screen = self.chat_screen
        try:
            if screen is not None:
                await screen.close_down()
            self.opening.save_state()
        finally:
            if is_terminal_gone:
                os._exit(HUNG_UP)  # the toolkit would wait for ever to write to a terminal that is not there
            certain = threading.Timer(LEAVE_WITHIN_S, os._exit, (TERMINATED,))
            certain.daemon = True
            certain.start()
        self.exit(0, return_code=TERMINATED)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a document ctrl+z takes back what the model wrote, as it says there."""
        if action == "suspend_process":
            return type(self.focused).__name__ != "DocumentEditor"
        return super().check_action(action, parameters)

    def action_suspend_process(self) -> None:
        """Give the shell its terminal back; `fg` there brings the app back."""
        if self._driver is None or not self._driver.can_suspend:
            self.notify("There is no shell to go back to here.", timeout=4)
            return
        super().action_suspend_process()

    # -- interrupting and quitting ---------------------------------------------------------------------------------

    async def action_interrupt(self) -> None:
        """Copy what is selected; else stop the replies; else quit when pressed twice."""
        selected = _selected_text(self.focused)
        if selected:
            self.copy(selected, "the selection")
            return
        screen = self.chat_screen
        if screen is not None and screen.is_replying:
            await screen.action_act("stop-all")
            return
        if monotonic() - self._interrupted_at < QUIT_WITHIN_S:
            start_work(self, self.action_quit, group="quit")
            return
        self._interrupted_at = monotonic()
        quit_keys = " or ".join(self.keys_of("quit"))
        self.notify(f"Press ctrl+c again to quit{f' ({quit_keys} quits at once)' if quit_keys else ''}.", timeout=3)

    async def action_quit(self) -> None:
        """Put everything on record and end; what the disk does not take is lost only when the user insists."""
        screen = self.chat_screen
        if screen is not None:
            if screen.is_ready and not await screen.bench.may_leave() and not self._is_loss_agreed():
                return
            await screen.close_down()
        self.opening.save_state()
        self.exit(0)

    def _is_loss_agreed(self) -> bool:
        """Whether the user quits for the second time although something is not on disk; asks the first time."""
        if monotonic() - self._warned_at < LOSE_WITHIN_S:
            return True
        self._warned_at = monotonic()
        self.notify("Quit again to leave without saving it.", severity="warning", timeout=LOSE_WITHIN_S)
        return False


def _selected_text(widget: Widget | None) -> str:
    from textual.widgets import Input, TextArea

    from tui.transcript import Transcript

    match widget:
        case TextArea():
            return widget.selected_text
        case Input():
            return widget.selected_text
        case Transcript():
            return widget.selected_source()
        case _:
            return ""
