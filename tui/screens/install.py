"""Installing an embedded model from the app: what it is, its licence, its progress. Cancelling keeps what came.

Refuses to begin before the user has said so.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static
from textual.worker import Worker

from tui.errors import ParleyError
from tui.local.catalogue import require_entry
from tui.screens.dialog import Dialog
from tui.text.clean import clean
from tui.text.sizes import size_words
from tui.widgets.progress_line import ProgressLine

if TYPE_CHECKING:
    from tui.local.install import Progress, SourceSkipped

REPORT_EVERY_S = 0.1


class InstallDialog(Dialog[bool | None]):
    """True when the model is installed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("left,right", "app.focus_next", "Other button", show=False)]

    DEFAULT_CSS = """
    InstallDialog {
        & ProgressLine { margin: 1 1 0 1; }
        & Horizontal { height: auto; align-horizontal: right; margin-top: 1; }
        & Button { margin-left: 2; min-width: 12; }
    }
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self._entry = require_entry(name)
        self._worker: Worker[None] | None = None
        self._reported_at = 0.0

    def compose(self) -> ComposeResult:
        """What it is, how far it is, what can be done."""
        entry = self._entry
        words = (
            f"{entry.label}: {entry.description}.\n"
            f"{size_words(entry.size_bytes)} to download. Licence: {entry.licence} ({entry.licence.url})."
        )
        with self.frame(Vertical(), "Install a model on this machine", "esc cancels; what came is kept"):
            yield Static(Content(clean(words)), classes="dialog-words")
            yield ProgressLine()
            yield Static(classes="dialog-problem", markup=False)
            with Horizontal():
                yield Button("Cancel", id="cancel", compact=True)
                yield Button("Install", id="install", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Enter installs."""
        self.query_one("#install", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Install, or go."""
        event.stop()
        if event.button.id == "install":
            self._start()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Stop the download, which can be gone on with later, and close."""
        if self._worker is not None:
            self._worker.cancel()
        self.dismiss(None)

    def _start(self) -> None:
        if self._worker is None or self._worker.is_finished:
            self.query_one("#install", Button).disabled = True
            self.query_one(".dialog-problem", Static).update("")
            self._worker = self._install()

    @work(exclusive=True)
    async def _install(self) -> None:
        from tui.local.install import install
        from tui.local.openmp import install_openmp

        try:
            await install(self._entry, progress=self._show)
            await install_openmp()
        except ParleyError as error:
            self.query_one(".dialog-problem", Static).update(Content(clean(str(error))))
            button = self.query_one("#install", Button)
            button.label = "Try again"
            button.disabled = False
            button.focus()  # which it lost when there was nothing to press
            return
        self.dismiss(True)

    def _show(self, event: Progress | SourceSkipped) -> None:
        from tui.local.install import Progress

        line = self.query_one(ProgressLine)
        if not isinstance(event, Progress):
            line.words = clean(f"{event.source} cannot be used ({event.reason}); trying the next source")
            return
        is_last = event.done_bytes >= event.total_bytes
        if monotonic() - self._reported_at < REPORT_EVERY_S and not is_last:
            return
        self._reported_at = monotonic()
        source = f" from {event.source}" if event.source else ""
        line.show(event.done_bytes, event.total_bytes, clean(f"{event.phase}{source}"))
