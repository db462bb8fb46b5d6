"""A conversation is too long for a model: what can be done about it, to choose from. Does nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, get_args

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.chat.context import Cut, WhenFull
from tui.screens.dialog import Dialog
from tui.text.clean import clean, clean_line
from tui.widgets.figures import count
from tui.widgets.pick_list import PickList, Row


class ContextDialog(Dialog[WhenFull | None]):
    """Gives what is to be done; None and `stop`: nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "choose('drop')", "Drop the oldest messages", show=False),
        Binding("s", "choose('summarise')", "Let a summary stand for them", show=False),
        Binding("a", "choose('send')", "Send all the same", show=False),
        Binding("n", "choose('stop')", "Send nothing", show=False),
    ]

    DEFAULT_CSS = """
    ContextDialog {
        & > .dialog-box { width: 76; }
        & PickList { height: auto; margin-top: 1; }
    }
    """

    def __init__(self, cuts: Sequence[Cut], names: Sequence[str], *, was_refused: bool = False) -> None:
        """A dialog over what could be left out of each column that is too long.

        Args:
            cuts: What could be left out, a column each.
            names: What the columns are called.
            was_refused: Whether the model's server said so, instead of our reckoning.
        """
        super().__init__()
        self._cuts = tuple(cuts)
        self._names = tuple(names)
        self._was_refused = was_refused
        self._choices = choices(self._cuts, was_refused=was_refused)

    def compose(self) -> ComposeResult:
        """What is the matter, and what can be done."""
        words = [
            situation(cut, name, was_refused=self._was_refused)
            for cut, name in zip(self._cuts, self._names, strict=True)
        ]
        with self.frame(Vertical(), "The conversation is too long", "enter chooses, esc sends nothing"):
            yield Static(Content(clean("\n".join(words))), classes="dialog-words")
            yield PickList(self._choices)

    def on_mount(self) -> None:
        """The list takes the keys."""
        self.query_one(PickList).focus()

    @on(PickList.Picked)
    def _pick(self, event: PickList.Picked) -> None:
        event.stop()
        self.action_choose(event.row.id)

    def action_choose(self, choice: str) -> None:
        """Take one of the choices that there are."""
        known: tuple[WhenFull, ...] = get_args(WhenFull)
        if any(row.id == choice for row in self._choices):
            self.dismiss(known[known.index(choice)])


def situation(cut: Cut, name: str, *, was_refused: bool) -> str:
    """How much is too much, in one sentence."""
    name = clean_line(name, 60)
    limit, needed = count(cut.fit.limit_tokens), count(cut.fit.needed_tokens, is_estimated=True)
    if was_refused:
        return f"{name} says that this conversation is longer than it can read: {needed} tokens by our estimate."
    return f"{name} can read {limit} tokens, and with this prompt the conversation takes {needed}."


def choices(cuts: Sequence[Cut], *, was_refused: bool) -> tuple[Row, ...]:
    """What can be done, the gentlest first."""
    rows = []
    if all(cut.messages for cut in cuts):
        most = max(cuts, key=lambda cut: len(cut.messages))
        these = f"the {len(most.messages)} oldest of {most.of_all} messages"
        if len(cuts) > 1:
            these = "the oldest messages of each column"
        rows.append(Row("drop", f"Drop {these}", "d"))
        rows.append(Row("summarise", f"Let the model summarise {these}", "s"))
    if not was_refused:
        rows.append(Row("send", "Send all the same", "a"))
    rows.append(Row("stop", "Leave it" if was_refused else "Send nothing; the prompt stays", "n"))
    return tuple(rows)
