"""All that happens on the chat screen: the five parts joined, and which act of `acts.py` is which method.

Imported after the screen's first picture. Decides nothing itself but what a message's menu offers.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from tui.domain.draft import Draft
from tui.screens.choices import Choices
from tui.screens.columns import Columns
from tui.screens.company import Company
from tui.screens.confirm import ConfirmDialog
from tui.screens.desks import Desks
from tui.screens.documents import Documents
from tui.screens.evidence import Evidence
from tui.screens.finding import Finding
from tui.screens.making_room import MakingRoom
from tui.screens.message_menu import MessageMenu
from tui.screens.returning import Returning
from tui.screens.spacing import Spacing
from tui.screens.spending import Spending
from tui.screens.tree import Tree
from tui.screens.wording import Wording
from tui.store.state import AppState
from tui.text.clean import clean_line
from tui.transcript import FrameClock, Transcript
from tui.widgets.attachment_bar import AttachmentBar
from tui.widgets.composer_completing import CompletingEditor
from tui.widgets.desk import Desk
from tui.widgets.model_rows import Shelf
from tui.widgets.suggestions import SuggestionList
from tui.widgets.waiting_bar import WaitingBar

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

BLIND_ACTS = frozenset(
    {"stop", "stop-all", "back", "regenerate", "edit-last", "copy-reply", "retry-saving", "new-session"}
    | {"rename-session", "focus-composer", "focus-transcript", "next-column", "previous-column", "switch-column"}
    | {"new-unsaved", "show-map", "undo-delete", "pin-session", "tag-session", "delete-session"}
    | {"regenerate-all", "retry-failed", "this-column-only", "widen-column", "narrow-column", "even-columns"}
    | {"fold-column", "unfold-columns"}
    | {"attach-file", "attach-clipboard", "go-to-attachments", "go-to-waiting", "find-prompt", "edit-draft"}
    | {"export-session", "zoom-column", "vote", "blind", "difference", "board", "scroll-in-step"}
)
"""What can be done while columns are compared blind; all else might tell who is who."""


class Workbench(
    Wording,
    MessageMenu,
    Spending,
    Choices,
    Documents,
    Evidence,
    Tree,
    Columns,
    Spacing,
    Company,
    MakingRoom,
    Returning,
    Finding,
):
    """What the chat screen hands everything to."""

    def __init__(self, screen: ChatScreen, desk: Desk, desks: Desks, state: AppState) -> None:
        super().__init__(screen, desk, desks, state)
        screen.frame_clock = FrameClock(screen)
        self.shelf = Shelf(recent=state.recent_models)
        self.attachment_bar = AttachmentBar()
        self.waiting_bar = WaitingBar()
        self.suggestion_list = SuggestionList()
        self.waiting_prompts: list[Draft] = []
        self.on_the_way: list[Draft] = []

    async def open(self) -> None:
        """Put the panes and the session on the screen."""
        self.desk.connections.report_to(self._show_status)
        screen = self.screen
        await screen.query_one("#middle").mount_all([self.notice_bar, self.strip], before=0)
        bars = [self.waiting_bar, self.attachment_bar, self.suggestion_list]
        await screen.query_one("#middle").mount_all(bars, before=self.composer)
        self.composer.completer = self.suggest
        await screen.query_one("#left").mount(self.left)
        await screen.query_one("#right").mount(self.right)
        await self.open_desk()
        self.look_around()
        self.list_sessions()
        self.look_after_file()

    async def close(self) -> None:
        """Put everything on record, and remember how the screen was."""
        self.screen.note(self.state)
        await self.leave_desk()
        self.forget_place()
        await self.leave_library()

    @property
    def has_something_to_stop(self) -> bool:
        """Whether Escape would stop anything; what is suggested in the composer is closed first."""
        return not self.composer.is_suggesting and (self.is_replying or bool(self.waiting_prompts))

    def _show_status(self, words: str) -> None:
        if self.desk.blind.is_on:
            return  # only a model on this machine has something to say here
        self.screen.hint_line.status = clean_line(words, 60) or clean_line(self.session.shown_title, 40)

    async def act(self, act_id: str) -> None:
        """Do an act; its method is `act_` and its id with underscores."""
        if act_id not in BLIND_ACTS and self.refuses_while_blind():
            return
        done = getattr(self, f"act_{act_id.replace('-', '_')}")()
        if inspect.isawaitable(done):
            await done

    # -- panes -----------------------------------------------------------------------------------------------------

    def act_show_models(self) -> None:
        """Show the models and go there; from inside, fold the pane."""
        if self.left.sessions.has_focus:
            self.left.filter_input.focus()
        else:
            self.screen.toggle("left", self.left.filter_input.focus)

    def act_show_sessions(self) -> None:
        """Show the saved sessions and go there; from inside, fold the pane."""
        if self.screen.is_open("left") and not self.left.sessions.has_focus:
            self.left.sessions.focus()
        else:
            self.screen.toggle("left", self.left.sessions.focus)

    def act_show_parameters(self) -> None:
        """Show the parameters and go there; from inside, fold the pane."""
        self.screen.toggle("right", self.right.focus_first)

    def act_edit_system(self) -> None:
        """Edit the system prompt."""
        if not self.screen.is_open("right"):
            self.screen.set_open("right", True)
        self.screen.call_after_refresh(self.right.system_prompt.focus)

    def act_fold_panes(self) -> None:
        """Fold both side panes, or unfold them."""
        if not self.screen.fold_both():
            self.say("There is no room for both panes beside the columns; one at a time lies over them.")

    def act_focus_composer(self) -> None:
        """Go to the composer."""
        self.leave_panes()

    def act_focus_transcript(self) -> None:
        """Go to the conversation."""
        self.screen.close_overlay()
        self.current_view.take_focus()

    # -- the composer ----------------------------------------------------------------------------------------------

    def suggested(self, event: CompletingEditor.Suggested) -> None:
        """Show what the composer offers."""
        self.suggestion_list.show(event.suggestions, event.place)

    def suggestion_taken(self, event: SuggestionList.Taken) -> None:
        """A suggestion was clicked."""
        taken = self.composer.accept(event.place)
        self.composer.focus()
        if taken is not None and taken.is_whole:
            self.composer.action_send()

    # -- messages --------------------------------------------------------------------------------------------------

    def link_requested(self, event: Transcript.LinkRequested) -> None:
        """Open a link, once the user has seen where it leads."""
        url = event.url

        def answered(is_agreed: bool | None) -> None:
            if is_agreed:
                self.app.open_url(url)

        self.app.push_screen(ConfirmDialog("Open in the browser", url, yes="Open", no="Stay"), answered)
