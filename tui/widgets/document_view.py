"""A completion column on the screen: a document in an editor, where a chat has its transcript.

The transcript is there, out of sight: it holds the same messages, and keeps the column's other acts working. Refuses to
know what an edit amounts to: `tui.chat.documents` does.
"""

from __future__ import annotations

from textual import events, getters, on
from textual.app import ComposeResult
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from tui.chat.conversation import ReplyRun, last_reply
from tui.chat.documents import last_piece, text_behind, text_of
from tui.domain.events import StreamEvent, TextDelta
from tui.domain.request import PromptMessage, RequestOptions
from tui.text.clean import clean_line
from tui.widgets.column_view import ColumnView
from tui.widgets.desk import Desk
from tui.widgets.document_editor import GO_ON, KEEP, TAKE_BACK, DocumentEditor
from tui.widgets.entries import entry_of
from tui.widgets.named_keys import first_key

PAINT_EVERY_S = 1 / 20


class DocumentView(ColumnView):
    """Head, document, a line about the last reply."""

    DEFAULT_CSS = """
    DocumentView {
        & > Transcript, &.-empty > Transcript { display: none; }
        & > Beginning, &.-empty > Beginning { display: none; }
        & > DocumentEditor { margin-top: 1; }
        & > .document-line { height: auto; max-height: 3; padding: 0 2; color: $text-muted; }
    }
    """

    editor = getters.query_one(DocumentEditor)

    def __init__(self, column_id: str) -> None:
        super().__init__(column_id)
        self._desk: Desk | None = None
        self._painter: Timer | None = None

    def compose(self) -> ComposeResult:
        """A column's parts, of which only the head is seen; document and line."""
        yield from super().compose()
        yield DocumentEditor()
        yield Static(classes="document-line", markup=False)

    def take_focus(self) -> None:
        """See `ColumnView.take_focus`; the transcript of a document is out of sight."""
        self.editor.focus()

    # -- showing ---------------------------------------------------------------------------------------------------

    def show(self, desk: Desk) -> None:
        """Show the document as it is on record, to be written in; while a reply is under way it stays as it is."""
        super().show(desk)
        column = desk.session.columns[self.column_id]
        self._desk = desk
        if self._painter is None:
            self.editor.settle()
            self.editor.read_only = desk.read_only_words is not None
            self.editor.show_document(text_of(desk.session, column), last_piece(desk.session, column))
        self._show_line(desk)

    def keep(self) -> None:
        """What the model wrote is the user's now."""
        self.editor.action_keep()

    def on_document_editor_kept(self, event: DocumentEditor.Kept) -> None:
        """The line below says what can be done now."""
        event.stop()
        if self._desk is not None:
            self._show_line(self._desk)

    @on(DocumentEditor.Changed)
    @on(DocumentEditor.SelectionChanged)
    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _follow_editor(self) -> None:
        if self._desk is not None and not self.is_replying:
            self._show_line(self._desk)

    def _show_line(self, desk: Desk) -> None:
        words = [*self._reply_words(desk), *self._key_words(desk)]
        self.query_one(".document-line", Static).update(Content(" · ".join(words)))

    def _reply_words(self, desk: Desk) -> list[str]:
        """What is to be said of the newest reply."""
        reply = last_reply(desk.session, desk.session.columns[self.column_id])
        if reply is None:
            return []
        # As a chat has it: without other columns' replies, blind when they are.
        entry = entry_of(desk.session, reply)
        words = [clean_line(entry.notice)] if entry.notice else []
        if entry.variant is not None:
            keys = " ".join(first_key(self.app, act) for act in ("previous-variant", "next-variant"))
            how = f": {keys}" if self.editor.has_focus or len(desk.session.columns) == 1 else ""
            place, count = entry.variant
            words.append(f"variant {place} of {count}{how}")
        return words

    def _key_words(self, desk: Desk) -> list[str]:
        """How long the document is, and what can be pressed in it."""
        length = f"{len(self.editor.text)} characters"
        if desk.read_only_words:  # the warning says what can be done
            return [length]
        if not self.editor.has_focus:  # its keys mean other things elsewhere
            is_alone = len(desk.session.columns) == 1
            return [length, f"{first_key(self.app, 'focus-transcript')} writes here"] if is_alone else [length]
        if self.editor.has_fresh:
            acts = ((KEEP, "keeps"), (TAKE_BACK, "takes back"), ("regenerate", "another"))
            return [f"{first_key(self.app, act)} {does}" for act, does in acts]
        return [length, f"{first_key(self.app, GO_ON)} {'fills in here' if self.editor.is_in_gap else 'goes on'}"]

    # -- replying --------------------------------------------------------------------------------------------------

    def ask(self, desk: Desk) -> None:
        """What was written in the composer stands at the document's end: show it, and go on."""
        self.show(desk)
        self.reply(desk)

    def reply(
        self,
        desk: Desk,
        *,
        parent: str | None = None,
        continues: str = "",
        options: RequestOptions | None = None,
        suffix: str = "",
        instead: tuple[PromptMessage, ...] = (),
        sources: tuple[str, ...] = (),
    ) -> None:
        """See `ColumnView.reply`; another reply in a gap gets the text behind the gap again."""
        column = desk.session.columns[self.column_id]
        if parent is not None and not suffix and not continues:
            suffix = text_behind(desk.session, column, parent)
        head = parent if parent is not None else column.head
        path = desk.session.path(head)
        self.transcript.set_entries([entry_of(desk.session, message) for message in path])
        before = "".join(message.text for message in path)
        self.editor.show_document(before + suffix)
        self.editor.begin(before)
        if self._painter is None:
            self._painter = self.set_interval(PAINT_EVERY_S, self.editor.flush)
        super().reply(
            desk,
            parent=parent,
            continues=continues,
            options=options,
            suffix=suffix,
            instead=instead,
            sources=sources,
        )

    def _take(self, event: StreamEvent, run: ReplyRun) -> None:
        super()._take(event, run)
        if isinstance(event, TextDelta) and event.choice == run.first and not self._is_held:
            self.editor.extend(event.text)

    def _rest(self, desk: Desk) -> None:
        """See `ColumnView._rest`; the user may write again, also when no reply ever began."""
        super()._rest(desk)
        if self._painter is not None:
            self._painter.stop()
            self._painter = None
        if self.is_attached and self.column_id in desk.session.columns and not self._is_held:
            self.show(desk)


def view_of_kind(kind: str, column_id: str) -> ColumnView:
    """The widget for a column of this kind."""
    return DocumentView(column_id) if kind == "completion" else ColumnView(column_id)
