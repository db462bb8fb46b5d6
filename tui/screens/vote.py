"""A dialog to give a verdict on replies to one prompt: one is the best, a tie, or all bad; with a note.

Refuses to record the verdict: it gives the ballot back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.screens.dialog import Dialog
from tui.text.clean import clean_line
from tui.widgets.filter_input import FilterInput
from tui.widgets.looks import MUTED
from tui.widgets.pick_list import PickList, Row

TIE, ALL_BAD = "tie", "all-bad"
_WINNER = "winner:"
SAMPLE_CHARS = 120


@dataclass(frozen=True, slots=True)
class Contender:
    """A reply as the dialog shows it."""

    message_id: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Ballot:
    """What the user decided."""

    outcome: Literal["winner", "tie", "all-bad"]
    winner: str | None = None
    """The message that won."""
    note: str = ""


class NoteInput(FilterInput):
    """One line of note; up, down and Enter go to the list above it."""


class VoteDialog(Dialog[Ballot | None]):
    """Gives a ballot, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(place), f"choose({place - 1})", f"Reply {place} is the best", show=False)
            for place in range(1, 10)
        ),
        Binding("t", "tie", "A tie", show=False),
        Binding("b", "all_bad", "All bad", show=False),
    ]

    DEFAULT_CSS = """
    VoteDialog {
        & > .dialog-box { padding: 1 0; }
        & PickList { height: auto; max-height: 14; }
        & .dialog-words { margin-bottom: 1; }
        & FilterInput { margin: 1 1 0 1; }
    }
    """

    def __init__(self, prompt: str, contenders: Sequence[Contender], *, note: str = "") -> None:
        """A dialog about the replies to `prompt`, in the order in which they stand on the screen."""
        super().__init__()
        self._prompt = prompt
        self._contenders = tuple(contenders)
        self._note = note

    def compose(self) -> ComposeResult:
        """The prompt, the verdicts, a note."""
        with self.frame(Vertical(), "Which reply is the best?", "enter votes, tab note, esc closes"):
            yield Static(Content.styled(clean_line(self._prompt, SAMPLE_CHARS), MUTED), classes="dialog-words")
            yield PickList(self._rows())
            field = NoteInput("why? a note, if you like")
            field.value = self._note
            yield field

    def _rows(self) -> list[Row]:
        rows = [
            Row(f"{_WINNER}{one.message_id}", f"{place}  {one.name}", " ".join(one.text[:SAMPLE_CHARS].split()))
            for place, one in enumerate(self._contenders, 1)
        ]
        return [*rows, Row(TIE, "t  a tie"), Row(ALL_BAD, "b  all bad")]

    def on_mount(self) -> None:
        """The list has the keys."""
        pick_list = self.query_one(PickList)
        pick_list.is_driven = True
        pick_list.focus()

    def _decide(self, row_id: str) -> None:
        note = self.query_one(NoteInput).value.strip()
        if row_id.startswith(_WINNER):
            self.dismiss(Ballot("winner", row_id.removeprefix(_WINNER), note))
        else:
            self.dismiss(Ballot("tie" if row_id == TIE else "all-bad", None, note))

    @on(PickList.Picked)
    def _picked(self, event: PickList.Picked) -> None:
        event.stop()
        self._decide(event.row.id)

    @on(FilterInput.HandedOn)
    def _act_on_list(self, event: FilterInput.HandedOn) -> None:
        event.stop()
        self.query_one(PickList).obey(event.action, event.step)

    @on(Input.Changed)
    def _noted(self, event: Input.Changed) -> None:
        event.stop()

    def action_choose(self, place: int) -> None:
        """A reply is the best."""
        if place < len(self._contenders):
            self._decide(f"{_WINNER}{self._contenders[place].message_id}")

    def action_tie(self) -> None:
        """Nobody wins."""
        self._decide(TIE)

    def action_all_bad(self) -> None:
        """Nobody deserves to win."""
        self._decide(ALL_BAD)
