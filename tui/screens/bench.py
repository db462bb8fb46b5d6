"""What the parts of the workbench share: the open session, the screen's widgets, recording what the user did.

The workbench is what happens on the chat screen, in five parts (replies, columns, shelves, settings, sessions), each a
class over this one; `workbench.py` joins them. It is no widget: the screen shows its first picture, and takes the first
keys, before all this is imported. Nothing here reacts to keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.containers import Horizontal

from tui.domain.arrangement import Arrangement, arrangement_of
from tui.domain.draft import DraftFile
from tui.domain.record import AskedAside, ColumnAdded, SessionEvent
from tui.domain.request import Request
from tui.domain.session import Column, Message, Session
from tui.errors import SessionError
from tui.providers.base import Price
from tui.screens.desks import Desks
from tui.screens.host import host_of
from tui.store.state import AppState
from tui.text.clean import clean_line
from tui.widgets.column_ids import widget_id
from tui.widgets.column_strip import ColumnStrip
from tui.widgets.column_view import ColumnView
from tui.widgets.composer import Composer
from tui.widgets.desk import Desk
from tui.widgets.library_pane import LibraryPane
from tui.widgets.notice_bar import NoticeBar
from tui.widgets.parameters.pane import ParameterPane

if TYPE_CHECKING:
    from tui.chat.asides import Tell
    from tui.screens.chat import ChatScreen
    from tui.widgets.composer_completing import Suggestion

BLIND_WORDS = "The columns are compared blind: this would tell who is who. Vote first."


class Bench:
    """The open session and the widgets that show it."""

    is_making_room: bool = False
    """Whether a summary of what is left out is under way: prompts that wait go on waiting."""

    def __init__(self, screen: ChatScreen, desk: Desk, desks: Desks, state: AppState) -> None:
        self.screen = screen
        self.desk = desk
        self.desks = desks
        self.state = state
        self.current_id = next(iter(desk.session.columns), "")
        """The column that the side panes are about."""
        self.left = LibraryPane()
        self.right = ParameterPane()
        self.notice_bar = NoticeBar()
        self.strip = ColumnStrip()
        self._changing = asyncio.Lock()
        """Held while one session is left and another is opened."""

    @property
    def app(self) -> App[Any]:
        """The app that shows the screen."""
        return self.screen.app

    @property
    def composer(self) -> Composer:
        """Where prompts are written."""
        return self.screen.composer

    @property
    def columns_box(self) -> Horizontal:
        """Where the columns stand."""
        return self.screen.columns_box

    @property
    def session(self) -> Session:
        """The session that is open."""
        return self.desk.session

    @property
    def views(self) -> list[ColumnView]:
        """The columns on the screen, from the left."""
        return list(self.columns_box.query_children(ColumnView))

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
        return self.columns_box.query_one(f"#{widget_id(column_id)}", ColumnView)

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

    def paid_aside(self) -> Tell:
        """What puts on record that a model was asked beside the conversation: in the session that is open now."""
        conversation = self.desk.conversation

        async def keep(aside: AskedAside) -> None:
            with suppress(SessionError):  # open for reading only: it counts as spent until the session is closed
                await conversation.commit([aside], durable=True)

        return keep

    def show_trouble(self) -> None:
        """Warn, for as long as it lasts, that something is not on disk."""
        trouble = self.desk.trouble
        read_only = self.desk.read_only_words
        self.notice_bar.words = trouble or read_only or ""
        act, words = ("retry-saving", "try again") if trouble else ("fork-session", "fork it")
        key = self.screen.key_of(act)
        self.notice_bar.offer = f"{words}{f': {key}' if key else ''}" if trouble or read_only else ""

    async def take_notice_offer(self) -> None:
        """Do what the warning offers: try to save again, or fork what is open for reading only."""
        await self.screen.action_act("retry-saving" if self.desk.trouble else "fork-session")

    def refuses_while_blind(self) -> bool:
        """Whether columns are compared blind, so that what was asked for must wait; says so."""
        if self.desk.blind.is_on:
            self.say(BLIND_WORDS)
        return self.desk.blind.is_on

    def say(self, words: str, *, is_problem: bool = False) -> None:
        """Tell the user something in passing."""
        self.app.notify(words, severity="warning" if is_problem else "information", timeout=8 if is_problem else 4)

    # -- what the parts tell each other ----------------------------------------------------------------------------

    def show_destination(self) -> None:
        """Say on the composer where a prompt goes."""
        columns = self.session.on_columns
        total = len(self.session.columns)
        if not columns:
            key = self.screen.key_of("switch-column")
            words = f"to no column{f'; {key} switches one on' if key else ''}"
        elif total == 1:
            words = f"to {clean_line(columns[0].model)}"
        elif len(columns) == total:
            words = f"to all {total} columns"
        elif len(columns) == 1:
            name = self.desk.blind.model_name(columns[0].id, columns[0].model)
            words = f"to {clean_line(name)} alone, 1 of {total} columns"
        else:
            words = f"to {len(columns)} of {total} columns"
        if self.desk.journal is None:
            words += ", nothing is stored"
        elif self.desk.read_only_words is not None:
            words = "open for reading only; fork it to go on"
        if takes := self.estimate_words():
            words += f" · {takes}"
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

    async def keep_documents(self) -> None:
        """Record what was written into documents."""
        raise NotImplementedError

    async def act_further(self, view: ColumnView, message: Message, action: str) -> None:
        """Acts on messages that belong to other parts of the screen."""
        raise NotImplementedError

    async def look_into(self, view: ColumnView, message: Message, action: str) -> None:
        """Acts that show more of a reply: its request, its tokens, its choices."""
        raise NotImplementedError

    def copy_text(self, text: str, what: str) -> None:
        """Put exactly `text` on the clipboard and say how."""
        host_of(self.app).copy(text, what)

    def open_models(self) -> None:
        """Show the models, to choose one."""
        if self.refuses_while_blind():
            return
        if not self.screen.is_open("left"):
            self.screen.set_open("left", True)
        self.screen.call_after_refresh(self.left.filter_input.focus)

    async def choose_model(self, model: str) -> None:
        """Give the current column another model."""
        raise NotImplementedError

    def show_models(self) -> None:
        """Show what is known about endpoints and models."""
        raise NotImplementedError

    def leave_panes(self) -> None:
        """A choice was made: put an overlay away and go back to writing."""
        self.screen.close_overlay()
        self.composer.focus()

    async def turn_to(self, column_id: str) -> None:
        """Make a column the one that the side panes are about."""
        raise NotImplementedError

    async def show_message(self, message_id: str, query: str = "") -> None:
        """Show a message with the cursor on it, and mark what was looked for."""
        raise NotImplementedError

    async def change_desk(self, desk: Desk) -> None:
        """Leave this session and open another."""
        raise NotImplementedError

    async def may_leave(self) -> bool:
        """Whether nothing is lost by leaving the session."""
        raise NotImplementedError

    def list_sessions(self) -> None:
        """Show the saved sessions."""
        raise NotImplementedError

    def show_title(self) -> None:
        """Say which session this is, here and in the terminal's title."""
        self.screen.show_title(clean_line(self.session.shown_title, 40))

    async def open_column(self, added: ColumnAdded, *, after: str | None = None) -> ColumnView:
        """Put a new column on record and on the screen."""
        raise NotImplementedError

    def fit_columns(self) -> None:
        """Show as many columns as there is room for now."""
        raise NotImplementedError

    def prompt_changed(self) -> None:
        """What is about to be sent is something else now."""
        raise NotImplementedError

    def runs_word(self, text: str) -> bool:
        """Do what a word means, if the text is one; returns whether it was."""
        raise NotImplementedError

    def suggest(self, before: str, after: str) -> Sequence[Suggestion]:
        """What could be meant by the text before the cursor."""
        raise NotImplementedError

    def estimate_words(self) -> str:
        """What sending the composer's text will take, in a few words."""
        raise NotImplementedError

    async def guard_budget(
        self,
        columns: Sequence[Column],
        text: str,
        proceed: Callable[[], Awaitable[None]],
        *,
        head: str | None = None,
        on_refused: Callable[[], None] | None = None,
        files: Sequence[DraftFile] = (),
    ) -> None:
        """Do `proceed`, unless it may cross a ceiling and the user does not want to."""
        raise NotImplementedError

    def tokens_of_files(self, column: Column, files: Sequence[DraftFile]) -> int:
        """About how many tokens files take in a column."""
        raise NotImplementedError

    async def guard_context(
        self,
        columns: Sequence[Column],
        text: str,
        proceed: Callable[[], Awaitable[None]],
        *,
        on_refused: Callable[[], None],
        files: Sequence[DraftFile] = (),
    ) -> None:
        """Do `proceed` once the prompt fits every column, or the user wants it sent all the same."""
        raise NotImplementedError

    async def offer_room(self, event: ColumnView.Completed) -> None:
        """When a reply failed because the conversation is too long: ask what is to be left out, and ask again."""
        raise NotImplementedError

    async def guard_requests(
        self,
        requests: Sequence[tuple[Request, Price | None]],
        proceed: Callable[[], Awaitable[None]],
        *,
        on_refused: Callable[[], None] | None = None,
    ) -> None:
        """Do `proceed`, which sends `requests`, unless they may cross a ceiling and the user does not want to."""
        raise NotImplementedError

    @property
    def arrangement(self) -> Arrangement:
        """How the session's columns stand on the screen."""
        return arrangement_of(self.session)

    async def arrange(self, arrangement: Arrangement) -> None:
        """Let the columns stand otherwise, and remember it with the session."""
        raise NotImplementedError

    def arrange_columns(self) -> None:
        """Show as many columns as fit, the current one among them."""
        raise NotImplementedError

    async def unfold(self, column_id: str) -> None:
        """Bring a folded column back."""
        raise NotImplementedError

    async def offer_install(self, event: ColumnView.Completed) -> None:
        """When a reply failed because the embedded model is not here yet: install it, then ask again."""
        raise NotImplementedError

    def remember_place(self) -> None:
        """Note which session is open and how the screen is; on disk soon."""
        raise NotImplementedError

    def show_beginnings(self) -> None:
        """Tell empty columns what was found, and what the user could do now."""
        raise NotImplementedError

    @property
    def last_session_title(self) -> str:
        """The title of the session that was open last; empty when there is none, or it is the one that is open."""
        raise NotImplementedError

    async def open_session(self, session_id: str) -> bool:
        """Open a saved session; returns whether it is open."""
        raise NotImplementedError

    async def act_on(self, view: ColumnView, message: Message, action: str) -> None:
        """Do what was asked with a message."""
        raise NotImplementedError

    async def build_columns(self) -> None:
        """Make the widgets of the session's columns."""
        raise NotImplementedError
