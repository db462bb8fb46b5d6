"""When a screen is painted: at once if it has not just been, where the toolkit waits for the next beat of its clock.

What a key changes waits half a beat on average, for nothing: the clock only has to keep the screen from being painted
too often. So the first change after a still moment is painted right away, once all that the widgets told the screen by
then is taken, and the toolkit's clock paints what follows closely. The first change after a key is painted right away,
too, even if a reply that streams in was painted just before. Refuses to say what is painted.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TypeVar

from textual import constants, events
from textual.screen import Screen

Result = TypeVar("Result")


class Repainting(Screen[Result]):
    """A screen whose first change after a still moment is painted at once."""

    _painted_at = 0.0
    _key_painted_at = 0.0
    _is_key_new = False
    """A key was pressed, and nothing has been painted since."""
    _paint_call: asyncio.Handle | None = None

    async def _on_idle(self, event: events.Idle) -> None:
        if self._paint_call is not None:
            event.prevent_default()
        elif self._wants_paint and self._is_due:
            event.prevent_default()
            self._paint_call = asyncio.get_running_loop().call_soon(self._paint)

    def key_pressed(self) -> None:
        """What changes next is what somebody waits for."""
        self._is_key_new = True

    @property
    def _is_due(self) -> bool:
        last = self._key_painted_at if self._is_key_new else self._painted_at
        return perf_counter() - last >= 1 / constants.MAX_FPS

    @property
    def _wants_paint(self) -> bool:
        is_changed = self._layout_required or self._scroll_required or self._repaint_required or self._dirty_widgets
        return bool(is_changed) and self.is_current and not self.app._batch_count

    def _paint(self) -> None:
        self._paint_call = None
        if not self.is_running:
            return
        try:
            self._on_timer_update()
        except Exception as error:  # noqa: BLE001  # as the toolkit does where it calls this
            self.app._handle_exception(error)

    def _on_timer_update(self) -> None:
        super()._on_timer_update()
        self._painted_at = perf_counter()
        if self._is_key_new:
            self._is_key_new, self._key_painted_at = False, self._painted_at
