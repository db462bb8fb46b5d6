"""What all dialogs share: a framed box in the middle of a dimmed screen, closed by Escape. Decides nothing."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input

from tui.screens.repainting import Repainting, Result
from tui.text.clean import clean_line
from tui.widgets.border_hint import FROM_CORNER_CELLS, fitting_keys, hint_cell, key_at
from tui.widgets.pick_list import PickList
from tui.widgets.working import EndsItsWork


class Dialog(ModalScreen[Result], Repainting[Result], EndsItsWork):
    """A modal screen whose first child is the box."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", show=False),
        Binding("f1", "app.help", "Help", show=False),
    ]

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        & > .dialog-box {
            width: 72;
            max-width: 92%;
            height: auto;
            max-height: 86%;
            background: $surface;
            border: round $border;
            border-title-color: $text-muted;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
            padding: 1 1;
        }
        & Button:focus { text-style: bold underline; }
        & .dialog-words { padding: 0 1; height: auto; }
        & .dialog-problem { padding: 0 1; height: auto; color: $text-error; }
        /* Over those of the chat below, which are the same. */
        & ToastRack { margin-bottom: 4; }
    }
    """

    _is_answered: bool = False
    _keys_hint: str = ""

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close with a result; what keys or clicks ask for behind the first answer counts no more."""
        if self._is_answered:  # Enter twice: the second would close whatever lies below
            return AwaitComplete()
        self._is_answered = True
        return super().dismiss(result)

    def frame(self, box: Widget, title: str, hint: str = "") -> Widget:
        """Make `box` the dialog's box, with a title above and the keys below."""
        box.add_class("dialog-box")
        box.border_title = Content(clean_line(title, 60))
        self.show_keys(box, hint)
        return box

    def show_keys(self, box: Widget, hint: str) -> None:
        """Name the keys in the lower border of the box: as many as it has room for."""
        self._keys_hint = hint
        fitting = fitting_keys(hint, box.outer_size.width - 2 * FROM_CORNER_CELLS)
        if fitting != str(box.border_subtitle or ""):  # each setting paints
            box.border_subtitle = Content(fitting) if fitting else None

    def _on_mount(self, event: events.Mount) -> None:
        super()._on_mount(event)
        self.screen_layout_refresh_signal.subscribe(self, self._fit_keys, immediate=True)

    def _fit_keys(self, screen: Screen[object]) -> None:
        """The box has its width, or another one."""
        for box in self.query(".dialog-box"):
            self.show_keys(box, self._keys_hint)

    @property
    def has_unsaved_text(self) -> bool:
        """Whether something was written here that a click beside the box must not lose."""
        return False

    def action_cancel(self) -> None:
        """Close without a result."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """A click beside the box closes it; one on a key in its lower border is that key."""
        if event.widget is self:
            if not self.has_unsaved_text:
                self.dismiss(None)
        elif event.widget is not None and event.widget.has_class("dialog-box"):
            cell = hint_cell(event.widget, event.screen_x, event.screen_y)
            key = key_at(str(event.widget.border_subtitle), cell) if cell is not None else ""
            if key == "space" and isinstance(self.focused, Input):  # it is about the list; in a field it is a blank
                self.set_focus(next(iter(self.query(PickList)), None))
            if key:  # as sent by who takes it: no message of its own wanders past the dialog, up to what is bound
                self.app.post_message(events.Key(key, None).set_sender(self.focused or self))
