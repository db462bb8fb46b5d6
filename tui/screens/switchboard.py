"""What widgets report goes up to the chat screen; from here, each fact goes to the workbench, where something is done.

One method for one message, and nothing else: this module refuses to decide anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.panes import Panes

if TYPE_CHECKING:
    from textual.widgets import TextArea

    from tui.screens.workbench import Workbench
    from tui.transcript import Transcript
    from tui.widgets.attachment_bar import AttachmentBar
    from tui.widgets.beginning import Beginning
    from tui.widgets.column_head import ColumnHead
    from tui.widgets.column_strip import ColumnStrip
    from tui.widgets.column_view import ColumnView
    from tui.widgets.composer import Composer
    from tui.widgets.document_editor import DocumentEditor
    from tui.widgets.edge import Edged
    from tui.widgets.find_bar import FindBar
    from tui.widgets.library_pane import LibraryPane
    from tui.widgets.notice_bar import NoticeBar
    from tui.widgets.parameters.pane import ParameterPane, SystemPrompt
    from tui.widgets.parameters.row import ParameterRow
    from tui.widgets.session_list import SessionList
    from tui.widgets.suggestions import SuggestionList
    from tui.widgets.waiting_bar import WaitingBar


class Switchboard(Panes):
    """A screen that hands on what its widgets report."""

    def __init__(self) -> None:
        super().__init__()
        self._bench: Workbench | None = None

    @property
    def bench(self) -> Workbench:
        """What happens on the screen.

        Raises:
            RuntimeError: it is not there yet.
        """
        if self._bench is None:
            raise RuntimeError("the workbench is asked for before it is there")
        return self._bench

    @property
    def is_ready(self) -> bool:
        """Whether the session is on the screen."""
        return self._bench is not None

    # -- the composer and what stands above it ---------------------------------------------------------------------

    def on_composer_backed_out(self, event: Composer.BackedOut) -> None:
        """Backspace in an empty composer goes to what stands before it."""
        event.stop()
        if self._bench is not None and self._bench.files:
            self._bench.act_go_to_attachments()

    def on_completing_editor_suggested(self, event: Composer.Suggested) -> None:
        """The composer offers something else."""
        event.stop()
        self.bench.suggested(event)

    def on_completing_editor_files_chosen(self, event: Composer.FilesChosen) -> None:
        """Files are to be attached."""
        event.stop()
        self.bench.files_chosen(event)

    def on_suggestion_list_taken(self, event: SuggestionList.Taken) -> None:
        """A suggestion was clicked."""
        event.stop()
        self.bench.suggestion_taken(event)

    def on_attachment_bar_asked(self, event: AttachmentBar.Asked) -> None:
        """Something is to be done with an attachment."""
        event.stop()
        self.bench.attachment_asked(event)

    def on_attachment_bar_left(self) -> None:
        """The user goes back to the prompt."""
        self.composer.focus()

    def on_waiting_bar_asked(self, event: WaitingBar.Asked) -> None:
        """Something is to be done with a prompt that waits."""
        event.stop()
        self.bench.waiting_asked(event)

    def on_waiting_bar_left(self) -> None:
        """The user goes back to the prompt."""
        self.composer.focus()

    def on_transcript_scrolled(self, event: Transcript.Scrolled) -> None:
        """The reader scrolled one of the columns."""
        event.stop()
        self.bench.scrolled(event)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Something was typed: what sending it takes is another sum now."""
        event.stop()
        if self._bench is not None and event.text_area is self.composer:
            self._bench.prompt_changed()
        elif self._bench is not None:
            self._bench.document_changed(event.text_area)

    async def on_column_view_began(self, event: ColumnView.Began) -> None:
        """A reply is under way."""
        event.stop()
        self.bench.reply_began(event)

    async def on_column_view_completed(self, event: ColumnView.Completed) -> None:
        """A reply has ended."""
        event.stop()
        await self.bench.reply_completed(event)

    async def on_column_view_chosen(self, event: ColumnView.Chosen) -> None:
        """The user turned to a column."""
        event.stop()
        await self.bench.column_chosen(event)

    async def on_edged_edge_dragged(self, event: Edged.EdgeDragged) -> None:
        """The line between two columns was moved."""
        event.stop()
        await self.bench.edge_dragged(event)

    def on_find_bar_wanted(self, event: FindBar.Wanted) -> None:
        """Words are to be found."""
        event.stop()
        self.bench.find_wanted(event)

    def on_find_bar_closed(self, event: FindBar.Closed) -> None:
        """Nothing is looked for any more."""
        event.stop()
        self.bench.find_closed()

    async def on_beginning_chosen(self, event: Beginning.Chosen) -> None:
        """A line of an empty column was clicked."""
        event.stop()
        await self.bench.beginning_chosen(event)

    async def on_column_strip_picked(self, event: ColumnStrip.Picked) -> None:
        """A column was picked in the strip."""
        event.stop()
        await self.bench.tab_picked(event)

    async def on_column_head_model_clicked(self, event: ColumnHead.ModelClicked) -> None:
        """A column's head was clicked."""
        event.stop()
        await self.bench.head_clicked(event)

    async def on_transcript_action_requested(self, event: Transcript.ActionRequested) -> None:
        """Something is to be done with a message."""
        event.stop()
        await self.bench.message_act_requested(event)

    async def on_transcript_menu_requested(self, event: Transcript.MenuRequested) -> None:
        """The user wants to see what can be done with a message."""
        event.stop()
        self.bench.menu_requested(event)

    async def on_transcript_link_requested(self, event: Transcript.LinkRequested) -> None:
        """A link was clicked."""
        event.stop()
        self.bench.link_requested(event)

    async def on_transcript_copy_requested(self, event: Transcript.CopyRequested) -> None:
        """A text is to be copied."""
        event.stop()
        self.bench.copy_requested(event)

    async def on_library_pane_model_picked(self, event: LibraryPane.ModelPicked) -> None:
        """A model was chosen."""
        event.stop()
        await self.bench.model_picked(event)

    async def on_library_pane_install_picked(self, event: LibraryPane.InstallPicked) -> None:
        """An embedded model is to be installed."""
        event.stop()
        self.bench.install_picked(event)

    async def on_library_pane_missing_picked(self, event: LibraryPane.MissingPicked) -> None:
        """The user wants to know what an endpoint lacks."""
        event.stop()
        self.bench.missing_picked(event)

    async def on_library_pane_listings_wanted(self, event: LibraryPane.ListingsWanted) -> None:
        """The models of some endpoints are to be shown."""
        event.stop()
        self.bench.listings_wanted(event)

    async def on_library_pane_session_picked(self, event: LibraryPane.SessionPicked) -> None:
        """A saved session is to be opened."""
        event.stop()
        self.bench.session_picked(event)

    async def on_session_list_act_requested(self, event: SessionList.ActRequested) -> None:
        """Something is to be done to a session in the left pane."""
        event.stop()
        self.bench.session_act_requested(event)

    async def on_parameter_row_changed(self, event: ParameterRow.Changed) -> None:
        """A parameter was given another value."""
        event.stop()
        self.bench.parameter_changed(event)

    async def on_parameter_row_edit_requested(self, event: ParameterRow.EditRequested) -> None:
        """A parameter's value needs an editor."""
        event.stop()
        self.bench.parameter_edit_requested(event)

    async def on_parameter_pane_reset_requested(self, event: ParameterPane.ResetRequested) -> None:
        """Every parameter is to be unset."""
        event.stop()
        await self.bench.reset_requested()

    async def on_document_editor_go_on(self, event: DocumentEditor.GoOn) -> None:
        """The model is to go on in a document."""
        event.stop()
        await self.bench.document_goes_on(event)

    async def on_document_editor_taken_back(self, event: DocumentEditor.TakenBack) -> None:
        """What the model wrote in a document is not wanted."""
        event.stop()
        await self.bench.document_taken_back(event)

    async def on_document_editor_left(self, event: DocumentEditor.Left) -> None:
        """What was written in a document counts."""
        event.stop()
        await self.bench.document_left(event)

    async def on_system_prompt_written(self, event: SystemPrompt.Written) -> None:
        """The system prompt was written anew."""
        event.stop()
        await self.bench.system_written(event)

    async def on_notice_bar_clicked(self, event: NoticeBar.Clicked) -> None:
        """What the warning offers is wanted."""
        event.stop()
        await self.bench.take_notice_offer()
