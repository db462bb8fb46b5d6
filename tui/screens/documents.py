"""Text completion on the screen: columns that are documents, continued at their end or filled in at the cursor.

Refuses to know what an edit amounts to: `tui.chat.documents` does.
"""

from __future__ import annotations

from textual.widgets import TextArea

from tui.chat.documents import cut, text_of, write
from tui.domain.acts import add_column
from tui.domain.draft import DocumentDraft, Draft
from tui.domain.record import HeadMoved, now
from tui.screens.columns import Columns
from tui.screens.replies import Replies
from tui.screens.settings import Settings
from tui.widgets.document_editor import DocumentEditor
from tui.widgets.document_view import DocumentView


class Documents(Replies, Columns, Settings):
    """The acts on documents."""

    async def act_add_document(self) -> None:
        """Add a text-completion column: an empty document, with the current column's model and parameters."""
        await self.keep_settings()
        source = self.current_column
        added = add_column(
            source.model,
            parameters=source.parameters,
            kind="completion",
            position=list(self.session.columns).index(source.id) + 1,
        )
        view = await self.open_column(added, after=source.id)
        if isinstance(view, DocumentView):
            view.editor.focus()

    @property
    def document_views(self) -> list[DocumentView]:
        """The columns that are documents."""
        return [view for view in self.views if isinstance(view, DocumentView)]

    async def keep_settings(self) -> None:
        """Record what was written into documents, too."""
        await super().keep_settings()
        await self.keep_documents()

    async def keep_documents(self) -> None:
        """Record what was written into documents."""
        for view in self.document_views:
            await self._keep_document(view)

    async def _keep_document(self, view: DocumentView) -> None:
        column = self.session.columns.get(view.column_id)
        if column is None or view.is_replying or not view.editor.is_changed or self.desk.read_only_words:
            return
        text = view.editor.text
        await self.commit(write(self.session, column, text), durable=True)
        view.editor.shown = text
        self.keep_draft_soon()

    # -- drafts ----------------------------------------------------------------------------------------------------

    @property
    def written_documents(self) -> tuple[DocumentDraft, ...]:
        """See `Drafting`."""
        return tuple(
            DocumentDraft(view.column_id, self.session.columns[view.column_id].head, view.editor.text)
            for view in self.document_views
            if view.column_id in self.session.columns and not view.is_replying and view.editor.is_changed
        )

    def document_changed(self, editor: TextArea) -> None:
        """Something was written: have it on disk within a second, if it was into a document."""
        if any(view.editor is editor and not view.is_replying for view in self.document_views):
            self.keep_draft_soon()

    async def show_draft(self, carried: Draft | None = None) -> None:
        """See `Drafting`; what was written into documents stands there again."""
        await super().show_draft(carried)
        for one in self.kept_documents:
            if self.desk.read_only_words is None:
                self._show_document_draft(one)

    def _show_document_draft(self, kept: DocumentDraft) -> None:
        """Of a session without a word, the columns are gone: an empty document takes it, else the composer."""
        for view in self.document_views:
            column = self.session.columns[view.column_id]
            is_same = column.id == kept.column and column.head == kept.head
            if is_same or (self.session.is_empty and not view.editor.text):
                view.editor.load_text(kept.text)
                return
        if self.session.is_empty:
            self.give_back(Draft(kept.text))

    # -- what the editors ask for ----------------------------------------------------------------------------------

    async def document_left(self, event: DocumentEditor.Left) -> None:
        """What was written into a document counts."""
        await self._keep_document(self._view_around_editor(event.editor))

    async def document_goes_on(self, event: DocumentEditor.GoOn) -> None:
        """The model is to go on."""
        view = self._view_around_editor(event.editor)
        if view.is_replying:
            self.say("Wait for the reply, or stop it, before the model goes on.", is_problem=True)
            return
        if words := self.desk.read_only_words:
            self.say(words, is_problem=True)
            return
        if not (event.before + event.after).strip():
            self.say("Write the beginning of a text first.", is_problem=True)
            return
        await self.keep_settings()
        column = self.session.columns[view.column_id]
        events, parent = cut(self.session, column, event.before, event.after)
        await self.commit(events, durable=True)
        self.state.remember_model(column.model)
        view.reply(self.desk, parent=parent, suffix=event.after)
        self.remember_place()

    async def document_taken_back(self, event: DocumentEditor.TakenBack) -> None:
        """What the model wrote last is taken out of the document; it stays in the session."""
        view = self._view_around_editor(event.editor)
        column = self.session.columns[view.column_id]
        path = self.session.path(column.head)
        reply = next((message for message in reversed(path) if message.is_reply), None)
        if reply is None or view.is_replying:
            return
        behind = "".join(message.text for message in path[path.index(reply) + 1 :])
        await self.commit([HeadMoved(column.id, now(), reply.parent)])
        if behind:
            await self.commit(write(self.session, column, text_of(self.session, column) + behind))
        view.show(self.desk)
        view.keep()

    async def act_regenerate(self) -> None:
        """Another reply; in a document that ends with the user's own words, the model goes on from them."""
        column = self.current_column
        view = self.current_view
        if column.kind == "completion" and isinstance(view, DocumentView) and not view.is_replying:
            await self.keep_settings()
            path = self.session.path(column.head)
            if path and path[-1].role == "user" and not path[-1].edited_from:
                view.reply(self.desk)
                return
        await super().act_regenerate()

    def _view_around_editor(self, editor: DocumentEditor) -> DocumentView:
        return next(view for view in self.document_views if view.editor is editor)
