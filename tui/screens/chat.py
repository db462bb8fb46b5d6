"""The chat screen: panes left and right, columns in the middle, the composer below them.

Puts the parts together and keeps hints and titles true. What the acts do is in the parts: `replies`, `columns`,
`panes`, `settings`, `sessions`.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tui.screens.acts import CHAT_ACTS
from tui.screens.columns import Columns
from tui.screens.desks import Desks
from tui.screens.host import host_of
from tui.screens.panes import LEAST_HEIGHT_CELLS, LEAST_WIDTH_CELLS, Panes
from tui.screens.pick import PickDialog
from tui.screens.replies import Replies
from tui.screens.sessions import Sessions
from tui.screens.settings import Settings
from tui.store.state import AppState
from tui.text.clean import clean_line
from tui.transcript import Transcript
from tui.widgets.column_strip import ColumnStrip
from tui.widgets.composer import Composer
from tui.widgets.desk import Desk
from tui.widgets.hint_line import Hint, HintLine
from tui.widgets.library_pane import LibraryPane
from tui.widgets.model_rows import Shelf
from tui.widgets.notice_bar import NoticeBar
from tui.widgets.parameters.pane import ParameterPane
from tui.widgets.pick_list import Row

MESSAGE_MENU = (
    ("copy", "Copy"),
    ("edit", "Edit"),
    ("regenerate", "Regenerate"),
    ("retry", "Retry"),
    ("continue", "Continue the reply"),
    ("fork", "Fork into a new column"),
    ("variant-previous", "Variant before"),
    ("variant-next", "Next variant"),
    ("star", "Star"),
    ("note", "Note"),
    ("inspect", "Inspect the request"),
    ("tokens", "Token probabilities"),
    ("delete", "Delete"),
)


class ChatScreen(Replies, Columns, Panes, Settings, Sessions):
    """The screen that Parley opens with."""

    BINDINGS: ClassVar[list[BindingType]] = [act.binding for act in CHAT_ACTS]
    AUTO_FOCUS = "#composer"

    def __init__(self, desk: Desk, desks: Desks, state: AppState) -> None:
        super().__init__(desk, desks, state)
        self.shelf = Shelf(recent=state.recent_models)
        self._waiting_prompts = []

    def compose(self) -> ComposeResult:
        """The panes, the columns' place, the composer, the hints."""
        with Horizontal(id="body"):
            yield LibraryPane(id="left")
            with Vertical(id="middle"):
                yield NoticeBar()
                yield ColumnStrip()
                yield Horizontal(id="columns")
                yield Composer(id="composer")
            yield ParameterPane(id="right")
        yield HintLine()
        yield Static(id="too-small", markup=False)

    async def on_mount(self) -> None:
        """Show the session; what is not needed for the first key comes after the first picture."""
        self.desk.connections.report_to(self._show_status)
        self.composer.key_hint = self._composer_hint()
        self.composer.show_waiting("")
        self.arrange_panes()
        await self.open_desk()
        self.show_hints()
        self.call_after_refresh(self._fill_panes)

    def _fill_panes(self) -> None:
        self.show_settings()
        self.look_around()
        self.list_sessions()

    def _composer_hint(self) -> str:
        keys = {act: self.key_of(act) for act in ("send-prompt", "new-line")}
        return f"{keys['send-prompt']} sends · {keys['new-line']} new line"

    def key_of(self, binding_id: str) -> str:
        """The first key of an act as it is bound now, in words."""
        keys = host_of(self.app).keys_of(binding_id)
        return keys[0] if keys else ""

    # -- hints and titles ------------------------------------------------------------------------------------------

    def show_hints(self) -> None:
        """Show the keys that matter now."""
        found = [Hint(self.key_of("stop"), "stop", "stop")] if self.is_replying else []
        found += [Hint(self.key_of("help"), "help", "app.help")]
        found += [
            Hint(self.key_of(act.id), act.short, act.action) for act in CHAT_ACTS if act.short and act.id != "stop"
        ]
        found += [
            Hint(self.key_of("commands"), "commands", "app.commands"),
            Hint(self.key_of("quit"), "quit", "app.quit"),
        ]
        self.hint_line.hints = tuple(hint for hint in found if hint.key)

    @on(HintLine.Clicked)
    async def _hint_clicked(self, event: HintLine.Clicked) -> None:
        event.stop()
        await self.run_action(event.hint.action)

    def _show_status(self, words: str) -> None:
        self.hint_line.status = clean_line(words, 60) or self._title()

    def _title(self) -> str:
        return clean_line(self.session.shown_title, 40)

    def show_title(self) -> None:
        """Say which session this is, here and in the terminal's title."""
        self.hint_line.status = self._title()
        self.app.title = f"Parley: {self._title()}" if self._title() else "Parley"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape stops a reply if there is one, else it is the focused widget's."""
        if action == "stop":
            return self.is_mounted and (self.is_replying or bool(self._waiting_prompts))
        return True

    # -- going about -----------------------------------------------------------------------------------------------

    def action_back(self) -> None:
        """Put what lies over the columns away, else go to the composer."""
        if not self.close_overlay():
            self.composer.focus()

    def action_focus_composer(self) -> None:
        """Go to the composer."""
        self.close_overlay()
        self.composer.focus()

    def action_focus_transcript(self) -> None:
        """Go to the conversation."""
        self.close_overlay()
        self.current_view.transcript.focus()

    def leave_panes(self) -> None:
        """A choice was made: put an overlay away and go back to writing."""
        self.close_overlay()
        self.composer.focus()

    def fit_columns(self) -> None:
        """Show as many columns as there is room for now."""
        if self.views:
            self.arrange_columns()
            self.show_columns()

    def on_resize(self, event: events.Resize) -> None:
        """Say so when nothing fits any more."""
        size = event.size
        words = (
            f"Parley needs at least {LEAST_WIDTH_CELLS} × {LEAST_HEIGHT_CELLS} cells; "
            f"this terminal has {size.width} × {size.height}."
        )
        self.query_one("#too-small", Static).update(Content(words))

    # -- messages --------------------------------------------------------------------------------------------------

    @on(Transcript.MenuRequested)
    def _menu_requested(self, event: Transcript.MenuRequested) -> None:
        event.stop()
        view = self.view_around(event.transcript)
        message = self.session.messages.get(event.entry_id)
        if message is None:
            return
        impossible: set[str] = set()
        if not message.is_reply:
            impossible |= {"retry", "continue", "inspect", "tokens"}
        if len(self.session.variants(message.id)) < 2:
            impossible |= {"variant-previous", "variant-next"}
        if message.is_complete:
            impossible |= {"retry", "continue"}
        rows = [Row(action, words) for action, words in MESSAGE_MENU if action not in impossible]

        async def picked(action: str | None) -> None:
            if action is not None:
                await self.act_on(view, message, action)

        self.app.push_screen(PickDialog("Message", rows), picked)

    @on(Transcript.LinkRequested)
    def _link_requested(self, event: Transcript.LinkRequested) -> None:
        event.stop()
        from tui.screens.confirm import ConfirmDialog

        def answered(is_agreed: bool | None) -> None:
            if is_agreed:
                self.app.open_url(event.url)

        self.app.push_screen(ConfirmDialog("Open in the browser", event.url, yes="Open", no="Stay"), answered)

    def copy_text(self, text: str, what: str) -> None:
        """Put exactly `text` on the clipboard and say how."""
        host_of(self.app).copy(text, what)

    # -- the end ---------------------------------------------------------------------------------------------------

    async def close_down(self) -> None:
        """Put everything on record before the app ends."""
        self._is_closing = True
        self.frame_clock.stop()
        await self.leave_desk()
