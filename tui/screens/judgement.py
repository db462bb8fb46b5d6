"""A judge at work: asks a model in both orders, then shows what it said. Closing the dialog stops the judge.

Refuses to record: what was said is handed on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.chat.judge import Verdict
from tui.errors import ParleyError
from tui.screens.dialog import Dialog
from tui.text.clean import clean
from tui.widgets.looks import MUTED
from tui.widgets.text_table import table

Ask = Callable[[], Awaitable[Verdict]]
Keep = Callable[[Verdict], Awaitable[str]]
"""Puts a verdict on record; gives a sentence about how it agrees with the user's own votes, or nothing."""


class JudgementDialog(Dialog[None]):
    """Waits for a verdict and shows it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,enter", "cancel", "Close", show=False)]

    DEFAULT_CSS = """
    JudgementDialog {
        & > .dialog-box { width: 84; padding: 0; }
        & VerticalScroll { height: auto; max-height: 100%; padding: 1 2; scrollbar-size-vertical: 1; }
        & Static { height: auto; }
    }
    """

    def __init__(self, judge: str, names: Sequence[str], ask: Ask, keep: Keep) -> None:
        """A dialog over `ask`; `names` are the candidates in the order in which the verdict counts them."""
        super().__init__()
        self._judge = judge
        self._names = tuple(names)
        self._ask = ask
        self._keep = keep

    def compose(self) -> ComposeResult:
        """What the judge says."""
        with self.frame(Vertical(), f"{self._judge} judges", "esc closes"), VerticalScroll():
            yield Static("Asking in one order, then in the other …", id="words", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        self.query_one(VerticalScroll).focus()
        self._work()

    @work(exclusive=True)
    async def _work(self) -> None:
        words = self.query_one("#words", Static)
        try:
            verdict = await self._ask()
            agreement = await self._keep(verdict)
        except ParleyError as error:
            words.update(Content.styled(clean(str(error)), "$text-error"))
            return
        words.update(verdict_content(verdict, self._names, agreement, max(30, words.size.width)))


def verdict_content(verdict: Verdict, names: Sequence[str], agreement: str, width: int) -> Content:
    """A verdict in words and figures."""
    match verdict.outcome:
        case "winner" if verdict.winner is not None:
            words = f"{names[verdict.winner]} wins, in both orders."
        case "disagreement":
            words = "The two orders disagree: this judge goes by the order, so there is no verdict and none is kept."
        case _:
            words = "A tie, in both orders."
    rows = [
        (name, *(f"{row[place]:g}" for row in verdict.scores), f"{verdict.mean_scores[place]:.1f}")
        for place, name in enumerate(names)
    ]
    heading = ("", "as shown", "reversed", "mean")
    parts = [Content.styled(clean(words), "bold"), table(heading, rows, width)]
    for order, reason in zip(("As shown", "Reversed"), verdict.reasons, strict=False):
        if reason:
            parts.append(Content.assemble((f"{order}: ", MUTED), clean(reason)))
    if agreement:
        parts.append(Content(agreement))
    return Content("\n\n").join(parts)
