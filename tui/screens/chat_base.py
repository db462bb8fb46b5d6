"""What the parts of the chat screen share: the open session, the widgets, recording what the user did.

The chat screen is one screen in five parts (replies, columns, panes, settings, sessions), each a class over this one.
Nothing here reacts to keys.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual import getters
from textual.screen import Screen

from tui.domain.record import SessionEvent
from tui.domain.session import Column, Message, Session
from tui.screens.desks import Desks
from tui.store.state import AppState
from tui.text.clean import clean_line
from tui.transcript import FrameClock
from tui.widgets.column_strip import ColumnStrip
from tui.widgets.column_view import ColumnView
from tui.widgets.composer import Composer
from tui.widgets.desk import Desk
from tui.widgets.hint_line import HintLine
from tui.widgets.library_pane import LibraryPane
from tui.widgets.notice_bar import NoticeBar
from tui.widgets.parameters.pane import ParameterPane


class ChatBase(Screen[None]):
    """The open session and the widgets that show it."""

    composer = getters.query_one("#composer", Composer)
    left = getters.query_one("#left", LibraryPane)
    right = getters.query_one("#right", ParameterPane)
    notice_bar = getters.query_one(NoticeBar)
    hint_line = getters.query_one(HintLine)
    strip = getters.query_one(ColumnStrip)

    def __init__(self, desk: Desk, desks: Desks, state: AppState) -> None:
        super().__init__()
        self.desk = desk
        self.desks = desks
        self.state = state
        self.frame_clock = FrameClock(self)
        self.current_id = next(iter(desk.session.columns), "")
        """The column that the side panes are about."""

    @property
    def session(self) -> Session:
        """The session that is open."""
        return self.desk.session

    @property
    def views(self) -> list[ColumnView]:
        """The columns on the screen, from the left."""
        return list(self.query(ColumnView))

    @property
    def current_column(self) -> Column:
        """The column that the side panes are about."""
        columns = self.session.columns
        return columns.get(self.current_id) or next(iter(columns.values()))

    @property
    def current_view(self) -> ColumnView:
        """The widget of the current column."""
        return self.view_of(self.current_column.id)

    def view_of(self, column_id: str) -> ColumnView:
        """The widget of a column."""
        return self.query_one(f"#column-{column_id}", ColumnView)

    def view_around(self, widget: object) -> ColumnView:
        """The column that a widget stands in."""
        return next(view for view in self.views if widget is view.transcript or widget is view.head)

    @property
    def is_replying(self) -> bool:
        """Whether any column has a reply under way."""
        return any(view.is_replying for view in self.views)

    # -- recording -------------------------------------------------------------------------------------------------

    async def commit(self, events: Iterable[SessionEvent], *, durable: bool = False) -> None:
        """Fold what the user did into the session, and record it."""
        await self.desk.conversation.commit(events, durable=durable)
        self.show_trouble()

    def show_trouble(self) -> None:
        """Warn, for as long as it lasts, that something is not on disk."""
        trouble = self.desk.trouble
        read_only = self.desk.read_only_words
        self.notice_bar.words = trouble or read_only or ""
        self.notice_bar.offer = "try again" if trouble else ""

    def say(self, words: str, *, is_problem: bool = False) -> None:
        """Tell the user something in passing."""
        self.notify(words, severity="warning" if is_problem else "information", timeout=8 if is_problem else 4)

    # -- what the parts tell each other ----------------------------------------------------------------------------

    def show_hints(self) -> None:
        """Show the keys that matter now."""
        raise NotImplementedError

    def show_destination(self) -> None:
        """Say on the composer where a prompt goes."""
        columns = self.session.on_columns
        total = len(self.session.columns)
        if not columns:
            words = "to no column; f7 switches one on"
        elif total == 1:
            words = f"to {clean_line(columns[0].model)}"
        elif len(columns) == total:
            words = f"to all {total} columns"
        else:
            words = f"to {len(columns)} of {total} columns"
        self.composer.show_destination(words)

    def show_columns(self) -> None:
        """Bring the head lines, the strip and the composer in line with the session."""
        raise NotImplementedError

    def show_settings(self) -> None:
        """Show the current column's settings in the right pane."""
        raise NotImplementedError

    async def keep_settings(self) -> None:
        """Record what was set in the right pane and not yet recorded."""
        raise NotImplementedError

    async def act_further(self, view: ColumnView, message: Message, action: str) -> None:
        """Acts on messages that belong to other parts of the screen."""
        raise NotImplementedError

    def copy_text(self, text: str, what: str) -> None:
        """Put exactly `text` on the clipboard and say how."""
        raise NotImplementedError

    def open_models(self) -> None:
        """Show the models, to choose one."""
        raise NotImplementedError

    def fit_columns(self) -> None:
        """Show as many columns as there is room for now."""
        raise NotImplementedError

    async def choose_model(self, model: str) -> None:
        """Give the current column another model."""
        raise NotImplementedError

    def show_models(self) -> None:
        """Show what is known about endpoints and models."""
        raise NotImplementedError

    def leave_panes(self) -> None:
        """A choice was made: put an overlay away and go back to writing."""
        raise NotImplementedError

    def list_sessions(self) -> object:
        """Show the saved sessions."""
        raise NotImplementedError

    def show_title(self) -> None:
        """Say which session this is, here and in the terminal's title."""
        raise NotImplementedError

    async def build_columns(self) -> None:
        """Make the widgets of the session's columns."""
        raise NotImplementedError
